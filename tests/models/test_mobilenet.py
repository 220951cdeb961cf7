import keras
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.models import mobilenet
from fer_tf.models.registry import build
from fer_tf.models.weights import load_model, load_weights

SMALL = {"image_size": 32, "weights": "none", "alpha": 0.35}


@pytest.fixture(scope="module")
def small():
    return build("mobilenet_v2", **SMALL)


def head_parameters(model):
    return sum(int(np.prod(w.shape)) for layer in ("hidden", "logits") for w in model.get_layer(layer).weights)


def test_the_head_is_the_papers():
    model = build("mobilenet_v2", image_size=32, weights="none")
    assert head_parameters(model) == 128_807
    assert model.get_layer("pool").output.shape == (None, 1280)
    assert model.get_layer("hidden").units == 100


def test_bytes_and_floats_give_the_same_logits(small):
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    first, second = small.predict(images, verbose=0), small.predict(images.astype(np.float32), verbose=0)
    assert first.shape == (3, 7)
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_scaling_is_the_first_layer(small):
    scale = keras.Model(small.input, small.get_layer("scale").output)
    values = np.array([0, 127.5, 255], np.float32)[:, None, None, None] * np.ones((3, 32, 32, 3), np.float32)
    assert scale.predict(values, verbose=0)[:, 0, 0, 0].tolist() == [-1, 0, 1]


def test_a_saved_model_answers_the_same(small, tmp_path):
    small.save(tmp_path / "m.keras")
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    again = load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(small.predict(images, verbose=0), again.predict(images, verbose=0), atol=1e-6)


def test_batch_norm_momentum_is_set(small):
    layers = [layer for layer in small.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(layers) > 50
    assert {layer.momentum for layer in layers} == {0.99}


@pytest.mark.parametrize(
    ("blocks", "frozen_up_to"), [(1, "expanded_conv_project"), (3, "block_2_project"), (17, "block_16_project")]
)
def test_frozen_blocks_are_the_first_ones(blocks, frozen_up_to):
    model = build("mobilenet_v2", frozen_blocks=blocks, **SMALL)
    names = [layer.name for layer in model.layers if layer.weights]
    last = names.index(frozen_up_to + "_BN")
    trainable = {layer.name for layer in model.layers if layer.trainable_weights}
    assert not trainable & set(names[: last + 1])
    assert trainable == set(names[last + 1 :])


def test_nothing_is_frozen_unless_asked(small):
    assert len(small.trainable_weights) > 100


def test_mixed_precision_ends_in_float32_logits():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build("mobilenet_v2", **SMALL)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.get_layer("Conv1").compute_dtype == "bfloat16"
    assert model.output.dtype == "float32"


def test_backbone_weights_are_loaded(shared):
    path = str(shared / "weights/mobilenet_v2_imagenet_notop.weights.h5")
    model = build("mobilenet_v2", image_size=32, weights=path)
    kernel = model.get_layer("Conv1").kernel.numpy()
    again = build("mobilenet_v2", image_size=48, weights=path).get_layer("Conv1").kernel.numpy()
    assert (kernel == again).all()
    assert kernel.std() > 0.1


def test_a_whole_model_is_taken_over_at_another_size(small, tmp_path):
    small.save(tmp_path / "m.keras")
    model = build("mobilenet_v2", image_size=64, alpha=0.35, weights=str(tmp_path / "m.keras"))
    assert (model.get_layer("logits").kernel.numpy() == small.get_layer("logits").kernel.numpy()).all()
    assert (model.get_layer("Conv1").kernel.numpy() == small.get_layer("Conv1").kernel.numpy()).all()


def test_weights_that_do_not_fit_are_refused_with_layer_and_shapes(small, tmp_path):
    small.save(tmp_path / "m.keras")
    with pytest.raises(InputError, match=r"do not fit at .*: the file has shape \(.*\), the model \(.*\)"):
        build("mobilenet_v2", image_size=32, alpha=0.5, weights=str(tmp_path / "m.keras"))


def test_backbone_weights_that_do_not_fit_are_refused(small, tmp_path):
    small.save_weights(tmp_path / "m.weights.h5")
    other = build("mobilenet_v2", image_size=32, alpha=0.5, weights="none")
    with pytest.raises(InputError, match=r"m\.weights\.h5 do not fit mobilenet_v2"):
        load_weights(other, tmp_path / "m.weights.h5")


@pytest.mark.parametrize("name", ["absent.keras", "absent.weights.h5"])
def test_absent_weights_are_named(tmp_path, name):
    with pytest.raises(InputError, match=r"do(es)? not exist"):
        build("mobilenet_v2", image_size=32, weights=str(tmp_path / name))


@pytest.mark.parametrize(("name", "message"), [("x.keras", "cannot be read"), ("x.weights.h5", "are no HDF5 file")])
def test_damaged_weights_are_named(tmp_path, name, message):
    (tmp_path / name).write_bytes(b"not a model")
    with pytest.raises(InputError, match=message):
        build("mobilenet_v2", image_size=32, weights=str(tmp_path / name))


def test_a_failed_download_says_what_to_do(monkeypatch):
    def no_network(**_):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(mobilenet.keras.applications, "MobileNetV2", no_network)
    with pytest.raises(InputError, match=r"could not be downloaded .*: give the path of a file"):
        build("mobilenet_v2", weights="imagenet")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": 16}, "image_size is 16: MobileNetV2 needs at least 32"),
        ({"frozen_blocks": 18}, "frozen_blocks is 18: MobileNetV2 has 17 blocks"),
        ({"depth": 3}, "mobilenet_v2 has no option 'depth'"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        build("mobilenet_v2", **{"weights": "none", **options})


def test_an_unknown_model_is_named():
    known = "mobilenet_au, mobilenet_v2, safer, small_cnn, vgg_au"
    with pytest.raises(InputError, match=f"model 'resnet' is unknown: choose one of {known}"):
        build("resnet")
