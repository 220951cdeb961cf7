import keras
import numpy as np
import pytest
from tf_explain.core.integrated_gradients import IntegratedGradients as TheirIntegratedGradients
from tf_explain.core.smoothgrad import SmoothGrad as TheirSmoothGrad
from tf_explain.core.vanilla_gradients import VanillaGradients
from tf_explain.utils.image import transform_to_normalized_grayscale

from fer_tf.errors import InputError
from fer_tf.explain.gradients import (
    GRADIENTS,
    GradCam,
    Gradient,
    InputGradient,
    IntegratedGradients,
    Occlusion,
    SmoothGrad,
)
from fer_tf.explain.methods import explainer
from fer_tf.models.registry import build
from tests.explain import slow_lrp as slow

NETWORK = slow.plain_network()


@pytest.fixture(scope="module")
def model():
    return slow.keras_model(NETWORK)


def images(count=2):
    return np.random.default_rng(1).uniform(0, 255, (count, 8, 8, 3)).astype(np.float32)


@pytest.mark.parametrize("name", GRADIENTS)
def test_all_have_one_interface(name, model):
    options = {"patch": 4, "stride": 2} if name == "occlusion" else {}
    explain = GRADIENTS[name](model, **options)
    found = explain(images(3), [0, 2], batch_size=2)
    assert found.shape == (3, 2, 8, 8, 1 if name in ("grad_cam", "occlusion") else 3)
    assert found.dtype == np.float32
    each = explain(images(3), np.array([[2], [0], [2]]))
    np.testing.assert_allclose(each[:, 0], [found[0, 1], found[1, 0], found[2, 1]], rtol=1e-4, atol=1e-7)
    with pytest.raises(InputError, match="expected numbers from 0 to 2"):
        explain(images(), [3])


def test_the_gradient_is_that_of_finite_differences_and_tf_explains(model):
    ours = Gradient(model)(images(), [1])[:, 0]
    np.testing.assert_allclose(ours, VanillaGradients.compute_gradients(images(), model, 1), rtol=1e-5, atol=1e-9)
    step = np.zeros((1, 8, 8, 3), np.float32)
    step[0, 3, 4, 1] = 0.5
    ends = [model.predict(images() + way * step, verbose=0)[:, 1] for way in (1, -1)]
    np.testing.assert_allclose(ours[:, 3, 4, 1], ends[0] - ends[1], rtol=0.05, atol=1e-5)
    np.testing.assert_allclose(InputGradient(model)(images(), [1])[:, 0], ours * images(), rtol=1e-5)


def test_integrated_gradients_sum_to_the_difference_of_logits(model):
    found = IntegratedGradients(model, steps=200)(images(), [0, 1, 2]).sum((2, 3, 4))
    grey = model.predict(np.full((1, 8, 8, 3), 127.5), verbose=0)
    np.testing.assert_allclose(found, model.predict(images(), verbose=0) - grey, atol=0.02 * np.abs(found).max())


def test_tf_explains_integrated_gradients_are_a_mean_gradient_without_the_way(model):
    path = TheirIntegratedGradients.generate_interpolations(images(), 50).astype(np.float32)
    theirs = TheirIntegratedGradients.get_integrated_gradients(path, model, 1, 50).numpy()
    ours = IntegratedGradients(model, steps=50, baseline=0.0)(images(), [1])[:, 0]
    assert np.corrcoef((theirs * images()).ravel(), ours.ravel())[0, 1] > 0.999
    difference = model.predict(images(), verbose=0)[:, 1] - model.predict(images() * 0, verbose=0)[:, 1]
    assert np.abs(theirs.sum((1, 2, 3)) - difference).max() > 0.5 * np.abs(difference).max()


def test_smooth_grad_without_noise_is_the_gradient_and_tf_explains_is_not(model):
    ours = SmoothGrad(model, copies=2, noise=0)(images(), [1])[:, 0]
    np.testing.assert_allclose(ours, Gradient(model)(images(), [1])[:, 0], rtol=1e-5, atol=1e-9)
    theirs = np.nan_to_num(TheirSmoothGrad.get_averaged_gradients(images(), model, 1, 1).numpy()) + 1e-20
    assert not np.allclose(theirs / np.abs(theirs).max(), ours / np.abs(ours).max(), atol=0.01)
    noisy = SmoothGrad(model, copies=4, noise=0.3)
    np.testing.assert_array_equal(noisy(images(), [1]), noisy(images(), [1]))


def test_tf_explains_pictures_wrap_around():
    signed = np.zeros((1, 4, 4, 3), np.float32)
    signed[0, 0, 0], signed[0, 1, 1] = -1.0, 1.0
    picture = transform_to_normalized_grayscale(signed).numpy()[0]
    assert picture[0, 0] > 0  # the most negative pixel, which is no darker than grey


def test_grad_cam_is_the_maps_weighted_by_their_mean_gradient(model):
    layer = "r2"
    maps = keras.Model(model.input, model.get_layer(layer).output).predict(images(), verbose=0)
    upper = keras.Model(model.get_layer(layer).output, model.output)
    weights = Gradient(upper)(maps, [2])[:, 0].mean((1, 2))
    cam = np.einsum("bhwc,bc->bhw", maps, weights)
    found = GradCam(model, layer=layer)(images(), [2])[:, 0, :, :, 0]
    # Corners keep their values when a map is enlarged.
    np.testing.assert_allclose(found[:, 0, 0], cam[:, 0, 0], rtol=1e-4, atol=1e-6)
    with pytest.raises(InputError, match=r"none with a feature map: choose one of .*r2"):
        GradCam(model, layer="logits")


def test_occlusion_finds_the_only_place_that_counts():
    inputs = keras.Input((8, 8, 3), name="image")
    corner = keras.layers.Flatten()(keras.layers.Cropping2D(((0, 6), (5, 1)))(inputs))
    model = keras.Model(inputs, keras.layers.Dense(2, kernel_initializer="ones", use_bias=False)(corner))
    white = np.full((1, 8, 8, 3), 255, np.float32)
    found = Occlusion(model, patch=2, stride=1)(white, [0])[0, 0, :, :, 0]
    assert np.unravel_index(found.argmax(), found.shape) in ((0, 5), (0, 6))
    assert found[:, :3].max() == 0
    assert found[4:].max() == 0
    full = Occlusion(model, patch=8, stride=8)(white, [0])[0, 0]
    np.testing.assert_allclose(full, 2 * 2 * 3 * (255 - 127.5))


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        (Occlusion, {"patch": 2, "stride": 3}, "1 <= stride <= patch"),
        (IntegratedGradients, {"steps": 0}, "steps is 0"),
        (SmoothGrad, {"copies": 0}, "copies is 0"),
    ],
)
def test_impossible_options_are_refused(method, options, message, model):
    with pytest.raises(InputError, match=message):
        method(model, **options)


def test_grad_cam_lies_within_what_the_model_sees():
    options = {"weights": "none", "image_size": 64, "alpha": 0.35, "head_width": 0.01, "seed": 1}
    model = build("mobilenet_au", margins="0.25,0,0.25,0", **options)
    found = GradCam(model, layer="block_1_expand")(np.full((1, 64, 64, 3), 99.0), [0])[0, 0, :, :, 0]
    assert not found[:16].any()
    assert not found[:, :16].any()
    assert found[16:, 16:].any()


def test_of_a_softmax_the_logit_is_explained(model):
    ended = keras.Model(model.input, keras.layers.Softmax()(model.output))
    with pytest.warns(UserWarning, match="ends with softmax: relevance starts at its logits"):
        found = explainer("gradient", ended)(images(), [1])
    np.testing.assert_allclose(found, Gradient(model)(images(), [1]))


def test_pictures_of_another_size_are_refused(model):
    with pytest.raises(InputError, match=r"expected \(None, 8, 8, 3\), came \(2, 9, 8, 3\)"):
        Gradient(model)(np.zeros((2, 9, 8, 3)), [0])
