"""The record: defaults, round trip, and what is refused."""

import io

import numpy as np
import pytest
from PIL import Image

from fer_tf import labels
from fer_tf.errors import InputError
from tfds_builders.record import make_record, record_features

GREY = np.arange(12, dtype=np.uint8).reshape(3, 4)
RGB = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)


def test_features_are_those_of_the_design():
    features = record_features()
    assert list(features) == [
        *("image", "image_id", "subject_id", "sequence_id", "source_label", "emotion"),
        *("gender", "skin_tone", "age_group", "disguise", "frame", "emotion_votes", "action_units", "synthetic"),
    ]
    assert features["image"].shape == (None, None, 3)
    assert features["emotion_votes"].shape == (7,)
    assert features["action_units"].shape == (24,)
    assert record_features("jpeg")["image"].encoding_format == "jpeg"


def test_what_is_not_said_is_unknown():
    record = make_record(RGB, "a")
    assert set(record) == set(record_features())
    assert [record[name] for name in ("subject_id", "sequence_id", "source_label")] == [""] * 3
    for name in ("emotion", "gender", "skin_tone", "age_group", "disguise", "frame"):
        assert record[name] == labels.UNKNOWN
    assert np.isnan(record["emotion_votes"]).all()
    assert np.isnan(record["action_units"]).all()
    assert record["synthetic"] is False


def test_what_is_said_is_kept():
    votes, units = np.full(7, 0.1), np.full(24, np.nan)
    units[3] = 0.5
    known = {"emotion": 6, "skin_tone": 10, "frame": 90, "synthetic": True}
    record = make_record(RGB, "a", emotion_votes=votes, action_units=units, **known)
    assert (record["emotion"], record["skin_tone"], record["frame"], record["synthetic"]) == (6, 10, 90, True)
    np.testing.assert_array_equal(record["emotion_votes"], votes.astype(np.float32))
    np.testing.assert_array_equal(record["action_units"], units.astype(np.float32))


@pytest.mark.parametrize("kind", ["rgb", "grey", "png bytes"])
def test_images_come_back_with_three_channels(kind):
    image, expected = RGB, RGB
    if kind == "grey":
        image, expected = GREY, np.repeat(GREY[..., None], 3, axis=2)
    if kind == "png bytes":
        buffer = io.BytesIO()
        Image.fromarray(RGB).save(buffer, format="png")
        image = buffer.getvalue()
    features = record_features()
    encoded = features.encode_example(make_record(image, "a"))
    decoded = features["image"].decode_example(encoded["image"])
    np.testing.assert_array_equal(np.asarray(decoded), expected)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"mood": 1}, r"a: unknown field mood: a record has .*emotion"),
        ({"emotion": 7}, r"a: emotion: expected an integer 0\.\.6 or -1 for unknown, came 7"),
        ({"emotion": 1.0}, r"emotion: expected an integer .* came 1\.0"),
        ({"gender": True}, r"gender: expected an integer"),
        ({"skin_tone": 0}, r"skin_tone: expected an integer 1\.\.10"),
        ({"age_group": 5}, r"age_group: expected an integer 0\.\.4"),
        ({"disguise": -2}, r"disguise: expected an integer 0\.\.13"),
        ({"source_label": None}, r"source_label: expected text, came None"),
        ({"emotion_votes": np.zeros(8)}, r"emotion_votes: expected 7 values, came shape \(8,\)"),
        ({"action_units": np.full(24, 1.5)}, r"action_units: expected 0\.\.1 or NaN"),
        ({"action_units": ["x"] * 24}, r"action_units: expected 24 numbers"),
        ({"synthetic": 1}, r"synthetic: expected True or False, came 1"),
    ],
)
def test_wrong_values_are_refused(known, message):
    with pytest.raises(InputError, match=message):
        make_record(RGB, "a", **known)


@pytest.mark.parametrize(
    ("image", "came"),
    [
        (RGB.astype(np.float32), r"came float32 \(3, 4, 3\)"),
        (RGB[..., :2], r"came uint8 \(3, 4, 2\)"),
        (RGB[:0], r"came uint8 \(0, 4, 3\)"),
        ("face.png", r"came str"),
        (b"GIF89a", r"expected the bytes of a PNG or JPEG file"),
    ],
)
def test_wrong_images_are_refused(image, came):
    with pytest.raises(InputError, match=came):
        make_record(image, "a")


def test_an_image_without_id_is_refused():
    with pytest.raises(InputError, match="image_id: expected text that is not empty"):
        make_record(RGB, "")
