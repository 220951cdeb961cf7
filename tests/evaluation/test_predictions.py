import dataclasses

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.evaluation.groups import group_table
from fer_tf.evaluation.predictions import from_columns, write_predictions
from fer_tf.evaluation.predictions_file import read_predictions
from fer_tf.labels import EMOTIONS


@pytest.fixture
def predictions():
    random = np.random.default_rng(0)
    columns = {
        "image_id": np.array([f"i{n}" for n in range(40)]),
        "subject_id": np.array([f"s{n % 20}" for n in range(40)]),
        "emotion": np.arange(40) % 7,
        "gender": np.arange(40) % 3 - 1,
        "skin_tone": np.where(np.arange(40) % 2, 10, -1),
        "age_group": np.full(40, -1),
        "disguise": np.zeros(40, int),
    }
    return from_columns(columns, random.dirichlet(np.ones(7), 40))


def test_what_is_written_is_read_again(predictions, tmp_path):
    write_predictions(predictions, tmp_path / "p.csv")
    again = read_predictions(tmp_path / "p.csv")
    for field in dataclasses.fields(predictions):
        first, second = getattr(predictions, field.name), getattr(again, field.name)
        if field.name == "groups":
            assert {k: v.tolist() for k, v in first.items()} == {k: v.tolist() for k, v in second.items()}
        elif field.name == "probabilities":
            np.testing.assert_allclose(first, second, atol=1e-5)
        else:
            assert first.tolist() == second.tolist()


def test_groups_are_words_and_unknown_is_empty(predictions):
    assert predictions.groups["gender"][:3].tolist() == ["", "female", "male"]
    assert predictions.groups["skin_tone"][:2].tolist() == ["", "10"]


def test_group_table_counts_every_known_group(predictions):
    table = group_table(predictions).set_index(["column", "group"])
    assert table.loc[("all", "all"), "n"] == 40
    assert table.loc[("all", "all"), "subjects"] == 20
    assert table.loc[("gender", "female"), "n"] + table.loc[("gender", "male"), "n"] == 26
    assert ("age_group", "") not in table.index
    female = predictions.groups["gender"] == "female"
    right = np.mean(predictions.predicted[female] == predictions.truth[female])
    assert table.loc[("gender", "female"), "accuracy"] == pytest.approx(right)
    assert table.loc[("gender", "female"), "accuracy_low"] <= right <= table.loc[("gender", "female"), "accuracy_high"]


def test_a_group_of_few_people_has_no_interval(predictions):
    few = dataclasses.replace(predictions, groups={"gender": np.array(["female"] * 5 + [""] * 35)})
    row = group_table(few).set_index("group").loc["female"]
    assert row["n"] == 5
    assert np.isnan(row["accuracy_low"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image_id,emotion\na,anger\n", "lack the column probability_anger"),
        ("image_id,emotion," + ",".join(f"probability_{e}" for e in EMOTIONS) + "\na,rage,1,0,0,0,0,0,0\n", "'rage'"),
        (
            "image_id,emotion," + ",".join(f"probability_{e}" for e in EMOTIONS) + "\na,fear,x,0,0,0,0,0,0\n",
            "no number",
        ),
    ],
)
def test_bad_files_are_named(tmp_path, text, message):
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_predictions(tmp_path / "p.csv")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"do not exist: evaluate\.py writes them"):
        read_predictions(tmp_path / "p.csv")
