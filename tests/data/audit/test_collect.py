import cv2
import numpy as np
import pytest

from fer_tf.data.audit import collect as collecting
from fer_tf.data.audit.collect import collect
from fer_tf.labels import GROUPS
from tests.data.audit.made import pictures


def record(number: int, image: bytes | None = None, **known) -> dict:
    texts = {"image_id": f"näme{number}".encode(), "subject_id": b"", "sequence_id": b""}
    fields = texts | dict.fromkeys(GROUPS, -1) | {"emotion": number % 7, "emotion_votes": np.full(7, np.nan)}
    picture = cv2.imencode(".png", pictures(1, number)[0])[1].tobytes() if image is None else image
    return fields | {"image": picture} | known


def test_every_picture_has_its_row(tmp_path):
    train = [record(number) for number in range(70)]
    test = [record(100, subject_id=b"somebody", gender=1), record(3), record(101, b"no picture")]
    found = collect({"train": train, "test": test}, tmp_path, (), workers=1)
    assert (len(found), found.splits, np.bincount(found.split).tolist()) == (73, ("train", "test"), [70, 3])
    assert found.ids(np.array([0, 70])) == ["näme0", "näme100"]
    assert found.split_names(np.array([0, 70])) == ["train", "test"]
    assert found.numbers["gender"].tolist() == [-1] * 70 + [1, -1, -1]
    assert found.texts["subject_id"][70] == b"somebody"
    assert found.reasons == {72: "not a picture that can be read"}
    assert found.readable.tolist() == [True] * 72 + [False]
    assert found.digests[3] == found.digests[71]
    assert len(set(found.digests.tolist())) == 72
    assert found.facts["height"][0] == 48
    assert np.isnan(found.facts["faces"]).all()  # nobody looked
    np.testing.assert_array_equal(found.thumbnails.pictures(np.array([71]))[71], pictures(1, 3)[0])


def test_a_killed_audit_goes_on(tmp_path, monkeypatch):
    measured = []

    def measure(contents, detectors):
        measured.append(len(contents))
        return original(contents, detectors)

    def dying():
        yield from records[:128]
        raise KeyboardInterrupt

    original = collecting.measure
    monkeypatch.setattr(collecting, "measure", measure)
    records = [record(number) for number in range(150)]
    with pytest.raises(KeyboardInterrupt):
        collect({"train": dying()}, tmp_path, (), workers=1)
    found = collect({"train": records}, tmp_path, (), workers=1)
    assert measured == [64, 64, 22]
    whole = collect({"train": records}, tmp_path, (), workers=1)
    np.testing.assert_array_equal(found.digests, whole.digests)
    assert found.thumbnails.count == 150
    assert not list(tmp_path.glob("parts/*"))
