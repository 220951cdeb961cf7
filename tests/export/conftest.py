import keras
import numpy as np
import pytest


@pytest.fixture(scope="session")
def model() -> keras.Model:
    """A small convolutional model of the contract: image 32x32 -> 7 logits that differ well."""
    keras.utils.set_random_seed(0)
    image = keras.Input((32, 32, 3), name="image")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(image)
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.ReLU(6.0)(x)
    x = keras.layers.DepthwiseConv2D(3, padding="same")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(16, activation="relu")(x)
    initializer = keras.initializers.RandomNormal(stddev=4.0, seed=1)
    return keras.Model(image, keras.layers.Dense(7, kernel_initializer=initializer)(x), name="small")


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    """uint8 (40, 32, 32, 3): smooth pictures of different colours."""
    random = np.random.default_rng(0)
    colours = random.integers(0, 256, (40, 2, 2, 3)).astype(np.uint8)
    return colours.repeat(16, axis=1).repeat(16, axis=2)
