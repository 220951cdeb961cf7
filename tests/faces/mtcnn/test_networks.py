import importlib.machinery

import numpy as np
import pytest
from mtcnn.network.onet import ONet
from mtcnn.network.pnet import PNet
from mtcnn.network.rnet import RNet

from fer_tf.errors import InputError
from fer_tf.faces.mtcnn import networks

RANDOM = np.random.default_rng(1)


def model(kind, name):
    """The package's own Keras model."""
    network = kind()
    network.build()
    network.set_weights(networks._read(name))
    return network


@pytest.mark.parametrize(("height", "width"), [(12, 12), (13, 31), (48, 75), (75, 50), (90, 21)])
def test_pnet_agrees_with_the_packages_model(height, width):
    level = RANDOM.uniform(-1, 1, (3, height, width)).astype(np.float32)
    moves, scores = networks.pnet(level)
    expected_moves, expected = model(PNet, "pnet")(level.transpose(1, 2, 0)[None])
    np.testing.assert_allclose(moves, expected_moves[0].numpy().transpose(2, 0, 1), atol=2e-5)
    np.testing.assert_allclose(scores, expected[0, ..., 1].numpy(), atol=2e-5)


@pytest.mark.parametrize(("name", "kind", "size"), [("rnet", RNet, 24), ("onet", ONet, 48)])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_networks_of_crops_agree_with_the_packages_models(name, kind, size, count):
    crops = RANDOM.uniform(-1, 1, (3, count, size, size)).astype(np.float32)
    answers = getattr(networks, name)(crops)
    assert answers.shape == (count, 5 if name == "rnet" else 15)
    if count:
        *values, scores = (part.numpy() for part in model(kind, name)(crops.transpose(1, 2, 3, 0)))
        np.testing.assert_allclose(answers[:, :-1], np.concatenate(values, axis=1), atol=2e-5)
        np.testing.assert_allclose(answers[:, -1], scores[:, 1], atol=2e-5)
        (alone,) = getattr(networks, name)(np.ascontiguousarray(crops[:, -1:]))
        np.testing.assert_array_equal(answers[-1], alone)


def test_other_weights_are_not_opened(monkeypatch, tmp_path):
    folder = tmp_path / "assets" / "weights"
    folder.mkdir(parents=True)
    (folder / "pnet.lz4").write_bytes(b"not weights")
    spec = importlib.machinery.ModuleSpec("mtcnn", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: spec)
    for name in ("pnet", "rnet"):
        with pytest.raises(InputError, match=r"expected the weights of mtcnn 1\.0\.0.*pip install mtcnn==1\.0\.0"):
            networks._read(name)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"^pnet\.lz4: expected"):
        networks._read("pnet")
