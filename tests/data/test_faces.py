import pytest

from fer_tf.data.faces import dataset_faces
from fer_tf.data.load import load, num_examples
from fer_tf.errors import InputError
from fer_tf.faces.cache import FaceSettings
from fer_tf.faces.face import Face
from fer_tf.faces.store import Found

DATASET = "rendered_faces/tiny"


def test_what_was_found_is_not_looked_for_again(rendered_faces, monkeypatch):
    looked_at = []

    def find(self, images):
        looked_at.extend(images)
        return [Found([Face((0.0, 0.0, 1.0, float(image[0, 0, 0])), 1.0, {})], [None]) for image in images]

    monkeypatch.setattr(FaceSettings, "find", find)
    settings = FaceSettings(min_size=21)  # of no other test
    first = list(dataset_faces(DATASET, "test", rendered_faces, settings))
    again = list(dataset_faces(DATASET, "test", rendered_faces, settings))
    assert len(looked_at) == num_examples(DATASET, "test", rendered_faces) == 35
    records = list(load(DATASET, "test", rendered_faces).as_numpy_iterator())
    assert [image_id for image_id, _ in first] == [record["image_id"].decode() for record in records]
    assert [found.faces[0].box[3] for _, found in again] == [float(record["image"][0, 0, 0]) for record in records]


def test_a_dataset_that_is_not_built(tmp_path):
    with pytest.raises(InputError, match="is not built"):
        list(dataset_faces(DATASET, "test", str(tmp_path)))
