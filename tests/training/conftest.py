import keras
import pytest

from fer_tf.models import registry


def tiny(*, image_size=32, weights="none", seed=0, dropout=0.3):
    """A network of a few layers with everything that has state: normalisation, dropout, seeds."""
    inputs = keras.Input((image_size, image_size, 3), name="image")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = keras.layers.Conv2D(8, 3, strides=2, use_bias=False)(x)
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
    x = keras.layers.ReLU()(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(dropout, seed=seed)(x)
    return keras.Model(inputs, keras.layers.Dense(7, name="logits")(x), name="tiny")


@pytest.fixture(autouse=True, scope="module")
def tiny_model():
    """Lets ``registry.build("tiny")`` find it, in these tests alone."""
    registry.MODELS["tiny"] = tiny
    yield
    del registry.MODELS["tiny"]
