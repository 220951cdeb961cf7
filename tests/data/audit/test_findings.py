import numpy as np
import pytest

from fer_tf.data.audit.duplicates import find_duplicates
from fer_tf.data.audit.findings import SETS, TITLES, class_finding, finding_names, picture_findings
from fer_tf.data.audit.options import AuditOptions
from fer_tf.errors import InputError
from tests.data.audit.made import collected

OPTIONS = AuditOptions()


def names_of(made, options=OPTIONS) -> dict[str, list[int]]:
    """Findings that are not empty, with their pictures."""
    findings = picture_findings(made, find_duplicates(made, options.similarity), options)
    return {finding.name: finding.pictures.tolist() for finding in findings if len(finding)}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"height": 31}, ["small"]),
        ({"face_side": 31}, ["small"]),
        ({"blur": 0.6}, ["blurred"]),
        ({"light": 50}, ["dark"]),
        ({"face_light": 250}, ["bright"]),
        ({"colour": 0}, ["grey"]),
        ({"faces": 0, "face_side": np.nan, "cut": np.nan}, ["no_face"]),
        ({"faces": 2}, ["several_faces"]),
        ({"cut": 0.1}, ["cut_face"]),
        # One cause each: what is too dark or too small shows no edges and no face.
        ({"light": 50, "blur": 0.6, "faces": 0, "cut": np.nan}, ["dark"]),
        ({"height": 20, "blur": 0.6, "faces": 0, "cut": np.nan}, ["small"]),
        ({"blur": 0.6, "faces": 0, "cut": np.nan}, ["no_face"]),
        ({"blur": 0.6, "faces": np.nan, "cut": np.nan}, ["blurred"]),
        ({"blur": np.nan}, []),
    ],
)
def test_each_fault_is_found_once(tmp_path, facts, expected):
    assert names_of(collected(tmp_path, 3, facts={1: facts})) == {name: [1] for name in expected}


def test_pictures_that_cannot_be_read_have_no_other_fault(tmp_path):
    facts = {1: dict.fromkeys(("height", "width", "colour", "light", "face_light", "blur", "faces"), np.nan)}
    made = collected(tmp_path, 3, facts=facts, reasons={1: "damaged picture"})
    assert names_of(made) == {"unreadable": [1]}


def test_grey_is_no_fault_where_everything_is(tmp_path):
    facts = {number: {"colour": 0} for number in (0, 1)}
    assert names_of(collected(tmp_path, 3, facts=facts)) == {}
    assert names_of(collected(tmp_path, 5, facts=facts)) == {"grey": [0, 1]}


def test_in_tight_crops_a_missing_face_is_a_hint_and_cuts_are_not_asked(tmp_path):
    facts = {0: {"faces": 0}, 1: {"cut": 0.3, "face_side": 20}}
    made = collected(tmp_path, 3, facts=facts, cut_faces=True)
    findings = {f.name: f for f in picture_findings(made, find_duplicates(made, 0.92), OPTIONS)}
    assert findings["no_face"].hint
    assert findings["no_face"].pictures.tolist() == [0]
    assert not len(findings["cut_face"])
    assert not len(findings["small"])


def test_people_and_films_in_several_splits(tmp_path):
    made = collected(
        tmp_path,
        6,
        subject_id=[b"a", b"a", b"b", b"a", b"b", b""],
        sequence_id=[b"", b"", b"x", b"", b"", b"x"],
        split=["train", "train", "train", "test", "train", "test"],
    )
    assert names_of(made) == {"subject_leak": [0, 1, 3], "sequence_leak": [2, 5]}


def test_duplicates_with_another_label_conflict(tmp_path):
    digests = [b"a", b"a", b"b", b"b", b"c", b"c"]
    made = collected(tmp_path, 6, digests=digests, emotion=[0, 1, 2, 2, 3, -1])
    findings = {f.name: f for f in picture_findings(made, find_duplicates(made, 0.92), OPTIONS)}
    conflict = findings["label_conflict"]
    assert conflict.pictures.tolist() == [0, 1]
    assert conflict.others.tolist() == [1, 0]
    assert conflict.details["other_emotion"].tolist() == ["disgust", "anger"]


def test_rare_classes_are_told(tmp_path):
    made = collected(tmp_path, 14, emotion=[0] * 6 + [1] * 6 + [2, -1])
    found = class_finding(made, OPTIONS)
    assert found.rows["emotion"].tolist() == ["fear", "happiness", "neutral", "sadness", "surprise"]
    assert found.rows["pictures"].tolist() == [1, 0, 0, 0, 0]
    assert len(class_finding(made, AuditOptions(imbalance=6))) == 4


def test_sets_and_names_may_be_mixed():
    assert finding_names("leak, dark", "fail_on") == ("dark", *SETS["leak"])
    assert finding_names("all", "fail_on") == tuple(TITLES)
    assert finding_names("", "fail_on") == ()
    assert set(TITLES) == {name for part in SETS.values() for name in part}
    with pytest.raises(
        InputError, match="--fail_on: no finding is called 'leaks': choose of quality, duplicates, leak"
    ):
        finding_names("leaks", "fail_on")


@pytest.mark.parametrize(
    ("options", "message"),
    [({"blur": 1.5}, r"blur is 1.5: expected 0..1"), ({"detector": "haar"}, "expected one of auto, mtcnn, blazeface")],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        AuditOptions(**options)


def test_auto_looks_with_what_suits_the_pictures():
    assert OPTIONS.detectors(False) == ("mtcnn", "blazeface")
    assert OPTIONS.detectors(True) == ("blazeface",)
    assert AuditOptions("mtcnn").detectors(True) == ("mtcnn",)
    assert AuditOptions("none").detectors(False) == ()
