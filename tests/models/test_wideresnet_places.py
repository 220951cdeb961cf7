"""WideResNet18 of Places365 against a slow one in NumPy."""

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.models.wideresnet_places import wideresnet_places
from tests.models.numpy_networks import random_wideresnet18, wideresnet18
from tests.models.torch_file.writing import write_state

IMAGE = np.random.default_rng(1).integers(0, 256, (224, 224, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def state():
    return random_wideresnet18()


def test_it_agrees_with_numpy(state, tmp_path):
    counted = {f"module.{name}": array for name, array in state.items()}
    counted["module.bn1.num_batches_tracked"] = np.array(9, "i8")
    path = str(write_state(tmp_path / "wideresnet18_places365.pth.tar", counted))
    features, logits = wideresnet18(state, IMAGE)
    found = wideresnet_places(weights=path).predict(IMAGE[None], verbose=0)
    np.testing.assert_allclose(found[0], logits, atol=1e-4)
    below = wideresnet_places(weights=path, top=False).predict(IMAGE[None], verbose=0)
    assert below.shape == (1, 512)
    np.testing.assert_allclose(below[0], features, atol=1e-4)


def test_files_that_do_not_fit_are_refused(state, tmp_path):
    wider = state | {"layer2.0.downsample.1.running_var": np.ones(64, "f4")}
    path = str(write_state(tmp_path / "a.pth.tar", wider, legacy=False))
    with pytest.raises(
        InputError,
        match=r"layer2\.0\.downsample\.1\.running_var \(layer layer2_0_downsample_1\): the file has shape \(64,\), "
        r"the model needs \(128,\)",
    ):
        wideresnet_places(weights=path)


def test_small_pictures_are_refused_and_others_resized():
    with pytest.raises(InputError, match="image_size is 16: wideresnet_places needs at least 32"):
        wideresnet_places(image_size=16)
    model = wideresnet_places(image_size=64)
    assert model.get_layer("layer4_1_relu2").output.shape == (None, 14, 14, 512)
    assert model.count_params() == 11_176_512 + 365 * 513 + 9600  # torchvision, and running averages
