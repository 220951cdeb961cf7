"""Reference images of a built dataset."""

import numpy as np
import pytest
import tensorflow_datasets as tfds

from fer_tf.data.references import digest, reference_files, references
from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from fer_tf.synthesis.generate.run import _decoded
from tfds_builders.registry import load_builder

NAME = "rendered_faces/tiny"


def test_references_are_all_that_wear_nothing(rendered_faces):
    records = {
        record["image_id"].decode(): record
        for record in tfds.as_numpy(load_builder(NAME, rendered_faces).as_dataset(split="train"))
    }
    found = references(NAME, "train", rendered_faces)
    assert {reference.image_id for reference in found} == {key for key in records if records[key]["disguise"] == 0}
    assert 0 < len(found) < len(records)
    for reference in found:
        record = records[reference.image_id]
        assert EMOTIONS[record["emotion"]] == reference.emotion
        assert record["subject_id"].decode() == reference.subject_id
        for group in ("gender", "skin_tone", "age_group"):
            assert record[group] == getattr(reference, group) > -1
    chosen = sorted(records)[:3]
    files = reference_files(NAME, "train", rendered_faces, [*chosen, chosen[0]])
    assert sorted(files) == chosen
    for key, content in files.items():
        np.testing.assert_array_equal(_decoded(content), records[key]["image"])
    assert digest(found) != digest(found[1:])
    assert digest(found) == digest(references(NAME, "train", rendered_faces))


def test_a_split_that_is_not_there(rendered_faces):
    with pytest.raises(InputError, match="split 'testing' is not in rendered_faces/tiny"):
        references(NAME, "testing", rendered_faces)
