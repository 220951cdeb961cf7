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
