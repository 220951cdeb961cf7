import keras
import numpy as np
import pytest
from PIL import Image

from fer_tf.faces.face import MTCNN_KEYPOINTS, Face


@pytest.fixture(scope="session")
def model() -> keras.Model:
    """Answers by colour: a red image is anger, a green one disgust, a blue one fear."""
    image = keras.Input((16, 16, 3), name="image")
    mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(image))
    dense = keras.layers.Dense(7)
    model = keras.Model(image, dense(mean), name="by_colour")
    dense.set_weights([np.eye(3, 7, dtype=np.float32) * 8, np.zeros(7, np.float32)])
    return model


@pytest.fixture(scope="session")
def keras_file(tmp_path_factory, model):
    path = tmp_path_factory.mktemp("models") / "by_colour.keras"
    model.save(path)
    return path


@pytest.fixture
def photos(tmp_path):
    """Folder with a red, a green, a black and a broken picture; those of colour hold faces."""
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    for name, colour in (("a_red.png", (255, 0, 0)), ("b_black.png", (0, 0, 0)), ("deep/green.png", (0, 255, 0))):
        Image.new("RGB", (60, 40), colour).save(folder / name)
    (folder / "c_broken.jpg").write_bytes(b"\xff\xd8\xff no more")
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture
def colour_detector(monkeypatch):
    """Finds two faces in every picture that is not black."""
    face = Face((10.0, 5.0, 20.0, 24.0), 0.98765, dict.fromkeys(MTCNN_KEYPOINTS, (20.0, 15.0)))
    other = Face((50.0, 20.0, 20.0, 24.0), 0.95, dict.fromkeys(MTCNN_KEYPOINTS, (60.0, 30.0)))

    def detect(images, *, detector, min_size, min_score):
        return [[face, other] if image.any() else [] for image in images]

    monkeypatch.setattr("fer_tf.predict.predictor.detect_faces", detect)
