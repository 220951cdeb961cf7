import numpy as np
import pandas as pd
import pytest

from fer_tf.data.action_units import unit_columns
from fer_tf.errors import InputError
from fer_tf.evaluation.action_unit_predictions import from_columns, read_predictions, write_predictions
from fer_tf.evaluation.action_unit_run import score_lines, thresholds_of, write_results
from fer_tf.evaluation.groups import unit_group_table

UNITS = (1, 12)


@pytest.fixture
def predictions():
    random = np.random.default_rng(0)
    intensity = np.full((60, 24), np.nan, np.float32)
    intensity[:, unit_columns(UNITS)] = random.choice([0, 0.1, 0.4, 1], (60, 2))
    intensity[:5] = np.nan
    columns = {
        "image_id": np.array([f"i{number}" for number in range(60)]),
        "subject_id": np.array([f"s{number % 12}" for number in range(60)]),
        "action_units": intensity,
        "gender": np.arange(60) % 3 - 1,
        "skin_tone": np.full(60, -1),
        "age_group": np.full(60, 2),
        "disguise": np.zeros(60, int),
    }
    return from_columns(columns, random.random((60, 2)), UNITS)


def test_the_file_holds_truth_intensity_and_probability(predictions, tmp_path):
    write_predictions(predictions, tmp_path / "p.csv")
    table = pd.read_csv(tmp_path / "p.csv")
    assert {"image_id", "subject_id", "AU1", "intensity_AU1", "probability_AU12", "gender"} <= set(table)
    assert table["AU1"].isna().sum() == 5
    assert ((table["intensity_AU1"] > 0.15) == (table["AU1"] == 1)).all()
    again = read_predictions(tmp_path / "p.csv")
    assert again.units == UNITS
    np.testing.assert_allclose(again.intensity, predictions.intensity, rtol=1e-5)
    np.testing.assert_array_equal(again.truth, predictions.truth)
    np.testing.assert_allclose(again.probabilities, predictions.probabilities, rtol=1e-5)
    assert (again.groups["gender"] == predictions.groups["gender"]).all()


def test_another_tools_file_needs_no_intensities(predictions, tmp_path):
    write_predictions(predictions, tmp_path / "p.csv")
    table = pd.read_csv(tmp_path / "p.csv", dtype=str, keep_default_na=False)
    table.drop(columns=["intensity_AU1", "intensity_AU12", "subject_id", "gender"]).to_csv(tmp_path / "o.csv")
    again = read_predictions(tmp_path / "o.csv")
    np.testing.assert_array_equal(again.truth, predictions.truth)
    assert set(again.subject_id) == set(again.groups["gender"]) == {""}


def test_groups_have_counts_scores_and_intervals(predictions):
    table = unit_group_table(predictions, np.full(2, 0.5)).set_index(["column", "group"])
    assert table.loc[("all", "all"), "n"] == 60
    assert table.loc[("gender", "female"), "n"] == 20
    assert table.loc[("gender", "female"), "subjects"] == 4
    assert "skin_tone" not in table.index.get_level_values("column")
    women = predictions.groups["gender"] == "female"
    truth, predicted = predictions.truth[women, 1], predictions.probabilities[women, 1] >= 0.5
    hit = np.sum((truth == 1) & predicted)
    f1 = 2 * hit / (np.sum(truth == 1) + np.sum(predicted & ~np.isnan(truth)))
    assert table.loc[("gender", "female"), "f1/AU12"] == pytest.approx(f1)
    assert np.isnan(table.loc[("gender", "female"), "macro_f1_low"])  # four people say too little
    row = table.loc[("all", "all")]
    assert row["macro_f1_low"] < row["macro_f1"] < row["macro_f1_high"]
    assert row["units"] == 2


def test_results_are_written_and_shown(predictions, tmp_path):
    result = write_results(predictions, np.array([0.5, 0.2]), tmp_path, "a title")
    assert (tmp_path / "action_unit_scores.png").read_bytes().startswith(b"\x89PNG")
    assert result["annotated"] == {"AU1": 55, "AU12": 55}
    assert result["thresholds"] == {"AU1": 0.5, "AU12": 0.2}
    assert result["metrics"]["macro_f1"] == pytest.approx(
        (result["metrics"]["f1/AU1"] + result["metrics"]["f1/AU12"]) / 2
    )
    assert any(line.startswith("AU12") for line in score_lines(result))


def test_thresholds_come_from_a_number_or_from_validation(predictions):
    assert thresholds_of("0.3", UNITS, None).tolist() == [0.3, 0.3]
    assert thresholds_of("validation", UNITS, predictions).shape == (2,)
    for wrong in ("test", "1", "nan"):
        with pytest.raises(InputError, match="expected a number between 0 and 1, or validation"):
            thresholds_of(wrong, UNITS, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns=["AU1", "AU12"]), "lack columns: expected image_id, and AU1"),
        (lambda table: table.assign(AU1="yes"), "no number"),
        (lambda table: table.assign(probability_AU1="1.5"), "outside 0..1"),
        (lambda table: table.assign(probability_AU12=""), "lack a probability"),
    ],
)
def test_bad_files_are_named(predictions, tmp_path, change, message):
    write_predictions(predictions, tmp_path / "p.csv")
    change(pd.read_csv(tmp_path / "p.csv", dtype=str, keep_default_na=False)).to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(InputError, match=message):
        read_predictions(tmp_path / "p.csv")
    with pytest.raises(InputError, match="do not exist"):
        read_predictions(tmp_path / "absent.csv")
