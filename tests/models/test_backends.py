"""Models hold nothing of TensorFlow, so that they run where Keras runs on JAX."""

import os
import subprocess
import sys

PROGRAM = """
import keras, numpy as np
from fer_tf.models.registry import build
assert keras.backend.backend() == "jax"
model = build("mobilenet_v2", image_size=32, weights="none", alpha=0.35)
print(model.predict(np.zeros((2, 32, 32, 3), np.uint8), verbose=0).shape)
"""


def test_the_emotion_model_runs_on_jax():
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert "(2, 7)" in result.stdout


PLACES = """
import keras, numpy as np
from fer_tf.models.alexnet_places import alexnet_places
from fer_tf.models.place_cnn import place_cnn
from fer_tf.models.place_network import place_network
from fer_tf.models.wideresnet_places import wideresnet_places
assert keras.backend.backend() == "jax"
images = np.zeros((1, 64, 64, 3), np.uint8)
place_cnn(classes=3, image_size=32).save("{path}")
alexnet, wideresnet = alexnet_places(image_size=64, top=False), wideresnet_places(image_size=64)
models = alexnet, wideresnet, place_network("{path}", image_size=64)
print([model.predict(images, verbose=0).shape for model in models])
"""


def test_the_place_networks_run_on_jax(tmp_path):
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    program = PLACES.format(path=tmp_path / "place.keras")
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert "[(1, 9216), (1, 365), (1, 384)]" in result.stdout
