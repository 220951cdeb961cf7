"""What metadata say goes to the picture that they mean, or to none."""

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.explain.narrative import files


@pytest.fixture
def known(monkeypatch):
    """What each picture's person was said to be."""
    asked = {}

    def facts_of(image, name, reader, cues, *, known, **_):
        asked[name] = known
        return []

    monkeypatch.setattr(files, "facts_of", facts_of)
    return asked


def pictures(*names):
    return [(name, lambda: np.zeros((8, 8, 3), np.uint8)) for name in names]


def test_a_name_alone_counts_where_it_is_the_only_one(known, tmp_path):
    metadata = {"a.jpg": {"gender": "female"}, "one/b.jpg": {"gender": "male"}}
    paths = ("one/a.jpg", "one/b.jpg", "two/b.jpg")
    list(files.narrate_files(pictures(*paths), None, None, tmp_path, metadata=metadata))
    assert known == {"one/a.jpg": {"gender": "female"}, "one/b.jpg": {"gender": "male"}, "two/b.jpg": None}
    list(files.narrate_files(pictures("one/a.jpg", "two/a.jpg"), None, None, tmp_path, metadata=metadata))
    assert known["two/a.jpg"] is None


def test_a_comma_too_many_is_refused(tmp_path):
    (tmp_path / "people.csv").write_text("image,gender\na.jpg,female,\nb.jpg,male,\n")
    with pytest.raises(InputError, match=r"people.csv cannot be read"):
        files.read_metadata(tmp_path / "people.csv")
