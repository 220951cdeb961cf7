"""AlexNet of Places365 against a slow one in NumPy, and files that do not fit."""

import keras
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.models.alexnet_places import alexnet_places
from fer_tf.models.heads import FEATURES
from fer_tf.training.features import split_model
from tests.models.numpy_networks import alexnet, random_alexnet
from tests.models.torch_file.writing import write_state

IMAGE = np.random.default_rng(1).integers(0, 256, (224, 224, 3), dtype=np.uint8)


def in_parallel(state):
    """With the names that torch gives to what it trained on several devices."""
    return {name.replace("features.", "features.module."): array for name, array in state.items()}


@pytest.fixture(scope="module")
def state():
    return random_alexnet()


@pytest.fixture(scope="module")
def file(state, tmp_path_factory):
    return str(write_state(tmp_path_factory.mktemp("weights") / "alexnet_places365.pth.tar", in_parallel(state)))


@pytest.fixture(scope="module")
def model(file):
    return alexnet_places(weights=file)


def test_it_agrees_with_numpy(model, file, state):
    features, logits = alexnet(state, IMAGE)
    found = model.predict(IMAGE[None], verbose=0)
    assert found.shape == (1, 365)
    np.testing.assert_allclose(found[0], logits, atol=1e-4)
    below = alexnet_places(weights=file, top=False).predict(IMAGE[None].astype("f4"), verbose=0)
    assert below.shape == (1, 9216)
    np.testing.assert_allclose(below[0].reshape(6, 6, 256), features.transpose(1, 2, 0), atol=1e-4)
    inner, _ = split_model(model)
    np.testing.assert_allclose(inner.predict(IMAGE[None], verbose=0), below, atol=1e-5)


def test_layers_have_names_and_numbers(model):
    assert model.name == "alexnet_places"
    names = [layer.name for layer in model.layers]
    for name in ("image", "scale", "conv1", "pool1", "conv5", "pool5", FEATURES, "fc1", "fc2", "logits"):
        assert name in names
    assert model.get_layer("pool5").output.shape == (None, 6, 6, 256)
    # Convolutions and connected layers of torchvision's AlexNet, with 365 outputs.
    assert model.count_params() == 2_469_696 + 37_752_832 + 16_781_312 + 365 * 4097


def test_other_sizes_are_resized_inside(file):
    model = alexnet_places(weights=file, image_size=112, top=False)
    small = IMAGE[::2, ::2][None]
    large = keras.ops.image.resize(small.astype("f4"), (224, 224), interpolation="bilinear")
    expected = alexnet_places(weights=file, top=False).predict(np.asarray(large), verbose=0)
    np.testing.assert_allclose(model.predict(small, verbose=0), expected, atol=1e-4)


def test_a_saved_model_is_loaded_again(file, tmp_path):
    model = alexnet_places(weights=file, top=False)
    model.save(tmp_path / "a.keras")
    again = alexnet_places(weights=str(tmp_path / "a.keras"), top=False)
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded.predict(IMAGE[None], verbose=0), model.predict(IMAGE[None], verbose=0))


def test_seeds_decide_the_weights_without_a_file():
    first, again, other = (alexnet_places(top=False, seed=seed).get_weights()[0] for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


CAFFE_SHAPE = {"features.0.weight": np.zeros((96, 3, 11, 11), "f4")}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            CAFFE_SHAPE,
            r"does not fit alexnet_places at features\.0\.weight \(layer conv1\): "
            r"the file has shape \(96, 3, 11, 11\), the model needs \(64, 3, 11, 11\)",
        ),
        ({"features.3.bias": None}, r"at features\.3\.bias \(layer conv2\): the file has no such tensor"),
        ({"features.12.weight": np.zeros(1, "f4")}, r"it has 'features\.12\.weight', which is of another network"),
    ],
)
def test_files_of_other_networks_are_refused(state, tmp_path, changed, message):
    small = {name: array for name, array in (state | changed).items() if array is not None}
    small = {name: array for name, array in small.items() if not name.startswith("classifier")}
    path = write_state(tmp_path / "a.pth.tar", small, legacy=False)
    with pytest.raises(InputError, match=message):
        alexnet_places(weights=str(path), top=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": 31}, "image_size is 31: alexnet_places needs at least 32"),
        ({"weights": "nowhere.pth.tar"}, r"torch file nowhere\.pth\.tar does not exist"),
        ({"weights": "nowhere.keras"}, r"weights nowhere\.keras do not exist"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        alexnet_places(top=False, **options)
