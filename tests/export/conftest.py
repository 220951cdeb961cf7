import shutil

import keras
import numpy as np
import pytest

from fer_tf.models.place_cnn import place_cnn
from fer_tf.models.registry import build
from fer_tf.models.safer.model import MEASUREMENTS
from tfds_builders import registry

CONTEXT = "context/rendered_faces.tiny"


@pytest.fixture(scope="session")
def model() -> keras.Model:
    """A small convolutional model of the contract: image 32x32 -> 7 logits that differ well."""
    return small_model(7, "small")


@pytest.fixture(scope="session")
def unit_model() -> keras.Model:
    """The same of three action units."""
    return small_model(3, "small_units")


def small_model(outputs: int, name: str) -> keras.Model:
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
    return keras.Model(image, keras.layers.Dense(outputs, kernel_initializer=initializer)(x), name=name)


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    """uint8 (40, 32, 32, 3): smooth pictures of different colours."""
    return coloured(0)


def coloured(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    colours = random.integers(0, 256, (40, 2, 2, 3)).astype(np.uint8)
    return colours.repeat(16, axis=1).repeat(16, axis=2)


@pytest.fixture(scope="session")
def views(images) -> dict[str, np.ndarray]:
    """What SAFER takes of 40 images: some faces are missing, and some meshes."""
    random = np.random.default_rng(1)
    geometry = random.normal(0.5, 0.2, (40, len(MEASUREMENTS))).astype(np.float32)
    # Each measurement has a scale of its own, as distances and angles have.
    geometry *= np.geomspace(0.01, 100, len(MEASUREMENTS))
    geometry[::3] = np.nan
    face = images.copy()
    face[::7] = 0
    return {"face": face, "geometry": geometry, "background": coloured(2), "place": coloured(3)}


@pytest.fixture(scope="session")
def safer_model(views, tmp_path_factory) -> keras.Model:
    """All streams of SAFER; the place's network has another size than the pictures."""
    place = tmp_path_factory.mktemp("place") / "place.keras"
    place_cnn(image_size=16, classes=2, seed=0).save(place)
    options = {"image_size": 32, "head_width": 0.005, "stream_width": 8, "stream_dropout": 0.1}
    model = build("safer", **options, place_weights=str(place))
    model.get_layer("measurements").adapt(views["geometry"])
    kernel, bias = model.get_layer("logits").get_weights()
    model.get_layer("logits").set_weights([2 * kernel, bias])
    return model


@pytest.fixture(scope="session")
def context_faces(rendered_faces, tmp_path_factory) -> tuple[str, str]:
    """Name and data_dir of a dataset for SAFER: faces, meshes and backgrounds of rendered_faces/tiny."""
    folder = tmp_path_factory.mktemp("context")
    shutil.copytree(rendered_faces, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.cpu_count", lambda: 1)  # no processes for so little
        registry.build(CONTEXT, folder)
    return CONTEXT, str(folder)
