import dataclasses

import numpy as np
import pytest

from benchmarks.faces_disguises import measure, table
from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from fer_tf.synthesis.disguise.photo import Refused
from tfds_builders.disguised import parts


@dataclasses.dataclass
class Info:
    labels: tuple = EMOTIONS


class Oracle:
    """Knows the emotion of every image that it has seen before, and takes others for anger."""

    info = Info()

    def __init__(self, known):
        self.known = known

    def probabilities(self, images):
        return np.eye(len(EMOTIONS))[[self.known.get(image.tobytes(), 0) for image in images]]


@dataclasses.dataclass
class Painted:
    image: np.ndarray


@pytest.fixture
def records(rendered_faces, monkeypatch):
    """Those of the train split; hats are refused on every second one, scarves on all, caps change nothing."""
    from fer_tf.data.load import load

    records = list(load("rendered_faces/tiny", "train", rendered_faces).as_numpy_iterator())
    for record in records:
        record["image_id"] = record["image_id"].decode()
    bare = {r["image"].tobytes(): number for number, r in enumerate(r for r in records if r["disguise"] == 0)}

    def disguise(images, kind, seeds):
        assert len(seeds) == len(images)
        refused = {"hat": lambda image: bare[image.tobytes()] % 2, "scarf": lambda _: True, "cap": lambda _: False}[
            kind
        ]
        painted = (image if kind == "cap" else 255 - image for image in images)
        return [Refused("no") if refused(image) else Painted(new) for image, new in zip(images, painted, strict=True)]

    monkeypatch.setattr(parts, "disguise_pictures", disguise)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    known = {record["image"].tobytes(): record["emotion"] for record in records}
    monkeypatch.setattr("fer_tf.predict.models.load_runner", lambda model: Oracle(known))
    return records


def test_drops_are_those_of_the_same_images(records, rendered_faces):
    kinds = ["hat", "scarf", "cap"]
    metrics, intervals = measure("rendered_faces/tiny", "train", rendered_faces, disguises=kinds)
    bare = [record for record in records if record["disguise"] == 0]
    with_hat = [record["emotion"] for record in bare][::2]
    anger = np.mean(np.array(with_hat) == 0)
    assert (metrics["accuracy"], metrics["mean_class_accuracy"]) == (1, 1)
    assert metrics["placed_hat"] == pytest.approx(len(with_hat) / 70)
    assert metrics["accuracy_hat"] == pytest.approx(anger)
    assert metrics["accuracy_drop_hat"] == pytest.approx(1 - anger)
    assert metrics["mean_class_accuracy_hat"] == pytest.approx((0 in with_hat) / len(set(with_hat)))
    low, high = intervals["accuracy_drop_hat"]
    assert low < metrics["accuracy_drop_hat"] <= high
    assert metrics["placed_scarf"] == 0
    assert "accuracy_scarf" not in metrics, "undefined, not zero"
    assert metrics["placed_cap"] == len(bare) / 70
    assert (metrics["accuracy_drop_cap"], metrics["mean_class_accuracy_drop_cap"]) == (0, 0)
    lines = table(metrics, intervals, kinds).splitlines()
    assert [line.split()[0] for line in lines[2:]] == kinds
    assert lines[3].split() == ["scarf", "0.000"]


@pytest.mark.usefixtures("records")
def test_a_few_images_only(rendered_faces):
    metrics, intervals = measure("rendered_faces/tiny", "train", rendered_faces, disguises=["cap"], limit=7)
    assert round(metrics["placed_cap"] * 7, 6) in range(1, 8)
    assert np.isnan(intervals["accuracy_drop_cap"]).all(), "seven images of one subject say nothing"


@pytest.mark.usefixtures("records")
def test_a_model_of_other_emotions_is_refused(rendered_faces, monkeypatch):
    other = Oracle({})
    other.info = Info(EMOTIONS[::-1])
    monkeypatch.setattr("fer_tf.predict.models.load_runner", lambda model: other)
    with pytest.raises(InputError, match=r"model names surprise, .*: expected anger"):
        measure("rendered_faces/tiny", "test", rendered_faces)
