import numpy as np
import pytest

from fer_tf.data.audit.clean import clean_members
from fer_tf.data.audit.duplicates import find_duplicates
from fer_tf.data.audit.findings import finding_names, picture_findings
from fer_tf.data.audit.options import AuditOptions
from fer_tf.errors import InputError
from tests.data.audit.made import collected, pictures


def kept(made, clean: str) -> list[int]:
    duplicates = find_duplicates(made, 0.92)
    findings = picture_findings(made, duplicates, AuditOptions())
    return np.flatnonzero(clean_members(made, duplicates, findings, finding_names(clean, "clean"))).tolist()


def test_test_pictures_stay_and_their_copies_go(tmp_path):
    digests = [b"a", b"b", b"a", b"c", b"a", b"a", b"d", b"d"]
    split = ["train"] * 4 + ["test", "test", "train", "train"]
    made = collected(tmp_path, 8, digests=digests, split=split)
    assert kept(made, "exact_leak") == [1, 3, 4, 5, 6, 7]
    assert kept(made, "duplicates") == [0, 1, 3, 4, 6]  # one in each split
    assert kept(made, "duplicates,leak") == [1, 3, 4, 6]
    assert kept(made, "") == list(range(8))


def test_near_copies_go_likewise(tmp_path):
    drawn = pictures(4)
    thumbnails = np.stack([*drawn, drawn[0] // 2, drawn[1] // 2])
    split = ["train"] * 4 + ["validation", "test"]
    made = collected(tmp_path, 6, thumbnails=thumbnails, split=split)
    assert kept(made, "near_leak") == [2, 3, 4, 5]


def test_people_and_films_stay_on_the_side_that_judges(tmp_path):
    made = collected(
        tmp_path,
        7,
        subject_id=[b"a", b"b", b"a", b"b", b"", b"c", b"c"],
        split=["train", "validation", "test", "train", "train", "train", "train"],
    )
    assert kept(made, "subject_leak") == [1, 2, 4, 5, 6]


def test_what_is_named_goes_and_the_rest_stays(tmp_path):
    made = collected(tmp_path, 4, facts={0: {"light": 9}, 2: {"blur": 0.9}}, reasons={3: "damaged"})
    assert kept(made, "unreadable,dark") == [1, 2]


def test_a_split_that_would_be_empty_is_refused(tmp_path):
    made = collected(tmp_path, 2, subject_id=[b"a", b"a"], split=["train", "test"])
    with pytest.raises(InputError, match="nothing of train would remain: choose less with --clean"):
        kept(made, "leak")
