"""FER+: what each rule makes of the votes, what it drops and why; missing and damaged tables; the real votes."""

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from tfds_builders import registry
from tfds_builders.fer2013 import dummy_data as fer2013
from tfds_builders.fer2013.votes import ANSWERS, read_counts
from tfds_builders.ferplus import dummy_data, rules
from tfds_builders.ferplus.ferplus_dataset_builder import RULES, Builder
from tfds_builders.source import testing
from tfds_builders.source.testing import records, rejected


class FerplusTest(testing.SourceBuilderTestCase):
    """tfds's own tests."""

    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ("majority",)
    SPLITS = {"train": 10, "validation": 7, "test": 7}  # noqa: RUF012


@pytest.fixture(autouse=True)
def small_table(monkeypatch):
    monkeypatch.setattr(Builder, "EXPECTED", dummy_data.ROWS)


@pytest.fixture
def source(tmp_path):
    dummy_data.write_source(tmp_path / "source")
    return tmp_path / "source"


def votes(**given):
    return np.array([given.get(answer, 0) for answer in ANSWERS])


# Row -> word that is kept, or what the reason begins with.
OUTCOMES = {
    "majority": {
        0: "anger",
        1: "!10 of 10 annotators say that it is no face",
        2: "!no majority: 5 anger, 5 disgust",
        3: "contempt",
        4: "fear",
        5: "!no majority: 4 unknown, 3 happiness, 3 surprise",
        6: "!no majority: 1 anger, 1 disgust, 1 fear, ",
    },
    "distribution": {
        0: "anger",
        1: "!10 of 10 annotators say that it is no face",
        2: "anger",
        3: "contempt",
        4: "fear",
        5: "!4 of 10 annotators say that they do not know",
        6: "!no two annotators agree: 1 anger, 1 disgust, ",
    },
    "consensus": {
        0: "anger",
        1: "!10 of 10 annotators say that it is no face",
        2: "!two answers have half of the votes: 5 anger, 5 disgust",
        3: "contempt",
        4: "fear",
        5: "!fewer than 50% agree: 4 unknown, 3 happiness, 3 surprise",
        6: "!fewer than 50% agree: 1 anger, ",
    },
    "consensus_80": {
        0: "!fewer than 80% agree: 5 anger, 2 disgust, 1 neutral, 1 contempt, 1 NF",
        1: "!10 of 10 annotators say that it is no face",
        2: "!fewer than 80% agree: 5 anger, 5 disgust",
        3: "contempt",
        4: "fear",
        5: "!fewer than 80% agree: 4 unknown",
        6: "!fewer than 80% agree: 1 anger, ",
    },
}


@pytest.mark.parametrize("config", RULES)
def test_each_row_is_kept_or_listed_with_its_reason(config, source, tmp_path):
    builder = registry.build(f"ferplus/{config}", tmp_path / "data", source)
    found, reasons = records(builder, "train"), rejected(builder)
    assert {"train", "validation", "test"} == set(builder.info.splits)
    assert {split: len(records(builder, split)) for split in ("validation", "test")} == {"validation": 7, "test": 7}
    assert found.keys() | reasons.keys() == {f"fer{row:07d}" for row in range(14)}
    assert not found.keys() & reasons.keys()
    for row in range(14):
        image_id, outcome = f"fer{row:07d}", OUTCOMES[config].get(row, "happiness")
        if outcome.startswith("!"):
            assert reasons[image_id].startswith(outcome[1:])
            continue
        record = found[image_id]
        assert record["source_label"].decode() == outcome
        assert record["emotion"] == (-1 if outcome == "contempt" else EMOTIONS.index(outcome))
        np.testing.assert_array_equal(record["image"][..., 1], fer2013.noise_images()[row])


def test_shares_are_of_all_votes_or_of_the_emotions(source, tmp_path):
    all_votes = {"anger": 0.5, "disgust": 0.2, "neutral": 0.1}
    for config, shares, fear in (
        ("consensus", all_votes, 0.8),
        ("majority", all_votes, 0.8),
        ("distribution", {"anger": 5 / 7, "disgust": 2 / 7}, 1.0),
    ):
        found = records(registry.build(f"ferplus/{config}", tmp_path / "data", source), "train")
        expected = [shares.get(name, 0) for name in EMOTIONS]
        np.testing.assert_allclose(found["fer0000000"]["emotion_votes"], expected, rtol=1e-6)
        assert found["fer0000004"]["emotion_votes"][EMOTIONS.index("fear")] == pytest.approx(fear)
        # Contempt keeps its share, for which there is no place among the seven.
        assert found["fer0000003"]["emotion_votes"].sum() == pytest.approx(0.2)


def test_a_single_vote_decides_no_majority():
    # Five of ten are no majority, five of nine after a single vote is left away are.
    assert rules.majority(votes(anger=5, fear=3, sadness=2)).startswith("no majority")
    assert rules.majority(votes(anger=5, fear=4, sadness=1)).word == "anger"


def test_four_of_eight_and_eight_of_ten_are_enough():
    assert rules.consensus(0.5)(votes(anger=4, fear=2, sadness=2)).word == "anger"
    assert rules.consensus(0.8)(votes(anger=8, fear=2)).word == "anger"
    assert rules.consensus(0.8)(votes(anger=7, fear=2)).startswith("fewer than 80% agree: 7 anger, 2 fear")


def test_both_tables_are_needed(source, tmp_path):
    (source / "fer2013new.csv").rename(tmp_path / "fer2013new.csv")
    with pytest.raises(InputError, match=r"source holds no fer2013new\.csv: put .*github\.com/microsoft/FERPlus"):
        registry.build("ferplus", tmp_path / "data", source)
    (source / "fer2013.csv").unlink()
    (tmp_path / "fer2013new.csv").rename(source / "fer2013new.csv")
    with pytest.raises(InputError, match=r"source holds no fer2013\.csv nor .*fer2013\.tar\.gz: put"):
        registry.build("ferplus", tmp_path / "data", source)


def test_damaged_tables_are_refused(source, tmp_path):
    path = source / "fer2013new.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-1]))
    with pytest.raises(InputError, match=r"fer2013new\.csv: expected 28 rows, .* came 27"):
        registry.build("ferplus", tmp_path / "data", source)
    path.write_text("\n".join([*lines[:3], lines[3].replace(",5,5,", ",5,five,"), *lines[4:]]))
    with pytest.raises(InputError, match=r"fer2013new\.csv: row 3: expected Training and ten whole numbers"):
        registry.build("ferplus", tmp_path / "data", source)
    path.write_text("\n".join(lines))
    table = source / "fer2013.csv"
    table.write_text("\n".join(table.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(InputError, match=r"fer2013\.csv is not the whole table"):
        registry.build("ferplus", tmp_path / "data", source)
    assert not registry.is_built("ferplus", tmp_path / "data")


@pytest.mark.shared
def test_what_the_rules_keep_of_the_real_votes(shared):
    path = shared / "data" / "fer2013new.csv"
    if not path.is_file():
        pytest.skip(f"needs {path.name} in the development data")
    counts = read_counts(path, {"Training": 28709, "PublicTest": 3589, "PrivateTest": 3589})
    kept = {name: sum(not isinstance(rule(row), str) for row in counts) for name, (rule, _) in RULES.items()}
    # Counted with numpy, without the rules.
    totals, top = counts.sum(axis=1), counts.max(axis=1)
    emotion_first, alone = counts.argmax(axis=1) < 8, (counts == top[:, None]).sum(axis=1) == 1
    for name, tenths in (("consensus", 5), ("consensus_80", 8)):
        assert kept[name] == int((emotion_first & alone & (10 * top >= tenths * totals)).sum())
    assert (kept["majority"], kept["distribution"]) == (31_412, 35_488)
    assert kept["distribution"] > kept["majority"] > kept["consensus"] > kept["consensus_80"]
