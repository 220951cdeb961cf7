import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from export.metadata import info_of
from export.runners import KerasRunner, SavedModelRunner
from export.saved_model import export_saved_model
from fer_tf.errors import InputError

# Runs with TensorFlow alone, as on a server.
SERVER = """
import sys
import numpy as np
import tensorflow as tf

loaded = tf.saved_model.load("saved_model")
assert sorted(loaded.signatures) == ["jpeg", "serving_default"]
given = np.load("given.npz", allow_pickle=False)
image = given["image"]
float_image = tf.constant(image, tf.float32)
files = tf.constant([open("a.png", "rb").read(), open("b.png", "rb").read()])
results = {
    "served": loaded.signatures["serving_default"](image=float_image),
    "jpeg": loaded.signatures["jpeg"](jpeg=files),
    "uint8": loaded.classify(tf.constant(image)),
}
flat = {f"{name}_{key}": value.numpy() for name, result in results.items() for key, value in result.items()}
np.savez("found.npz", info=loaded.info().numpy(), **flat)
assert not any(name.split(".")[0] in ("fer_tf", "export") for name in sys.modules)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, model, images):
    folder = tmp_path_factory.mktemp("export")
    export_saved_model(model, folder / "saved_model", info=info_of(model, {"crop_size": 24}))
    for name, size, image in (("a", 32, images[0]), ("b", 80, images[1])):
        Image.fromarray(image).resize((size, size), Image.Resampling.NEAREST).save(folder / f"{name}.png")
    np.savez(folder / "given.npz", image=images[:5])
    (folder / "server.py").write_text(SERVER)
    # -P keeps the checkout off the path.
    subprocess.run([sys.executable, "-P", "server.py"], cwd=folder, check=True, capture_output=True, timeout=600)
    return folder


@pytest.fixture
def found(folder):
    return np.load(folder / "found.npz")


def test_a_fresh_process_gives_what_keras_gives(found, model, images):
    expected = KerasRunner(model, info_of(model)).probabilities(images[:5])
    np.testing.assert_allclose(found["served_probabilities"], expected, atol=1e-6)
    np.testing.assert_allclose(found["uint8_probabilities"], expected, atol=1e-6)
    logits = model.predict_on_batch(images[:5].astype(np.float32))
    np.testing.assert_allclose(found["served_logits"], logits, atol=1e-4)


def test_files_of_any_size_are_decoded(found, images):
    assert found["jpeg_probabilities"].shape == (2, 7)
    np.testing.assert_allclose(found["jpeg_probabilities"][0], found["served_probabilities"][0], atol=1e-6)
    assert np.abs(found["jpeg_probabilities"][1] - found["served_probabilities"][1]).max() < 0.2


def test_it_knows_its_labels(found):
    info = json.loads(str(found["info"].item().decode()))
    assert info["labels"][3] == "happiness"
    assert (info["input_size"], info["crop_size"]) == (32, 24)


def test_other_sizes_are_resized_inside(folder, model, images):
    runner = SavedModelRunner(folder / "saved_model")
    large = images[:3].repeat(3, axis=1).repeat(3, axis=2)
    expected = KerasRunner(model, info_of(model)).probabilities(large)
    np.testing.assert_allclose(runner.probabilities(large), expected, atol=1e-6)


def test_jpeg_bytes_are_taken(folder, images):
    buffer = io.BytesIO()
    Image.fromarray(images[0]).save(buffer, "JPEG", quality=95)
    loaded = SavedModelRunner(folder / "saved_model")._loaded
    import tensorflow as tf

    result = loaded.signatures["jpeg"](jpeg=tf.constant([buffer.getvalue()]))
    direct = loaded.signatures["serving_default"](image=tf.constant(images[:1], tf.float32))
    assert np.abs(result["probabilities"] - direct["probabilities"]).max() < 0.1


def test_labels_must_fit(model, tmp_path):
    with pytest.raises(InputError, match="has 7 outputs for 1 labels"):
        export_saved_model(model, tmp_path, labels=["one"])


def test_other_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"SavedModel .* cannot be read"):
        SavedModelRunner(tmp_path)
