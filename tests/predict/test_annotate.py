from pathlib import Path

import numpy as np
import pytest
from PIL import ImageColor

from fer_tf.labels import EMOTIONS
from fer_tf.predict.annotate import COLOURS, annotate, annotated_path, common_root


def face(emotion="happiness", box=(20, 30, 40, 50), sure=0.7):
    chances = dict.fromkeys(EMOTIONS, (1 - sure) / 6) | {emotion: sure}
    return {"box": list(box), "score": 0.99, "emotion": emotion, "probabilities": chances}


def record(image, *faces):
    return {"image": "a.jpg", "width": image.shape[1], "height": image.shape[0], "faces": list(faces)}


def count(picture, colour):
    return int((np.asarray(picture) == ImageColor.getrgb(colour)).all(-1).sum())


def test_every_emotion_has_a_colour_of_its_own():
    assert tuple(COLOURS) == EMOTIONS
    assert len(set(COLOURS.values())) == 7


def test_box_and_bars_are_drawn():
    image = np.full((600, 800, 3), 90, np.uint8)
    picture = annotate(image, record(image, face(box=(200, 100, 200, 300))))
    pixels = np.asarray(picture)
    assert picture.size[0] > 800
    assert picture.size[1] == 600
    happy = np.array(ImageColor.getrgb(COLOURS["happiness"]))
    for row, column in ((250, 200), (250, 400), (400, 300)):
        assert (pixels[row, column] == happy).all()
    np.testing.assert_array_equal(pixels[250:350, 250:350], image[250:350, 250:350])


def test_the_bars_are_as_long_as_the_probabilities():
    image = np.zeros((800, 800, 3), np.uint8)

    def length(sure):
        drawn = np.asarray(annotate(image, record(image, face(sure=sure))))[:, 800:]
        line = (drawn == ImageColor.getrgb(COLOURS["happiness"])).all(-1).sum(1)
        return line.max()

    assert length(0.9) / length(0.45) == pytest.approx(2, rel=0.03)


def test_small_pictures_are_enlarged_and_boxes_with_them():
    image = np.zeros((100, 200, 3), np.uint8)
    picture = annotate(image, record(image, face(box=(50, 25, 50, 50))))
    assert picture.size[1] == 400
    assert tuple(np.asarray(picture)[200, 200]) == ImageColor.getrgb(COLOURS["happiness"])


@pytest.mark.parametrize("faces", [1, 2, 3, 5, 12, 40])
def test_charts_never_cover_the_picture_nor_each_other(faces):
    image = np.zeros((600, 800, 3), np.uint8)
    one = annotate(image, record(image, face(sure=1.0, emotion="anger", box=(0, 0, 1, 1))))
    many = annotate(image, record(image, *[face(sure=1.0, emotion="anger", box=(0, 0, 1, 1))] * faces))
    # Each chart has the same full bar; were one covered, pixels would be missing.
    bar = count(one.crop((800, 0, *one.size)), COLOURS["anger"])
    assert count(many.crop((800, 0, *many.size)), COLOURS["anger"]) >= 0.97 * bar * faces
    assert many.size[0] <= 1600


@pytest.mark.parametrize("box", [(0, 0, 799, 599), (700, 0, 100, 100), (0, 550, 30, 50)])
def test_faces_at_the_edge(box):
    image = np.zeros((600, 800, 3), np.uint8)
    picture = annotate(image, record(image, face(box=box)))
    # The label is filled, so it has far more pixels than the box's line.
    label = count(picture.crop((0, 0, 800, 600)), COLOURS["happiness"])
    assert label > 1000


def test_without_a_face_the_picture_says_so():
    image = np.zeros((600, 800, 3), np.uint8)
    picture = annotate(image, record(image))
    assert picture.size == (800, 600)
    assert np.asarray(picture)[:40].any()
    assert not np.asarray(picture)[100:].any()


def test_other_labels_are_drawn_too():
    image = np.zeros((600, 800, 3), np.uint8)
    other = {"box": [1, 2, 30, 40], "score": 1, "emotion": "contempt", "probabilities": {"contempt": 1.0, "other": 0.0}}
    assert annotate(image, record(image, other)).size[0] > 800


def test_copies_keep_their_places(tmp_path):
    images = [Path("/data/a/x.jpg"), Path("/data/a/x.png"), Path("/data/b/x.jpg")]
    root = common_root(images)
    places = [annotated_path(tmp_path, image, root) for image in images]
    names = [str(path.relative_to(tmp_path)) for path in places]
    assert names == ["a/x.jpg.annotated.jpg", "a/x.png.annotated.jpg", "b/x.jpg.annotated.jpg"]
