"""Tables from hand-made cells."""

import pytest

from fer_tf.studies.au_bias.splits import GENDER, SKIN
from fer_tf.studies.au_bias.tables import flat, gap_lines, loss_rows, report, score_rows


def cell(seed, trained_on, female, male, found=False):
    tests = {
        group: {"subjects": 10, "images": 500, "macro_f1": f1, "weighted_f1": None if f1 is None else f1 + 0.1}
        for group, f1 in (("female", female), ("male", male))
    }
    gap = None if None in (female, male) else female - male
    difference = {"macro_f1": {"value": gap, "low": -0.1, "high": 0.2, "p_value": None if gap is None else 0.5}}
    if found:
        difference["macro_f1"] |= {"low": 0.02, "p_value": 0.001}
    return {
        "comparison": "gender",
        "seed": seed,
        "trained_on": trained_on,
        "train_subjects": 37,
        "tests": tests,
        "difference": difference,
        "people": {"female": 200, "male": 200},
    }


CELLS = [
    *(cell(0, "female", 0.5, 0.4, True), cell(1, "female", 0.6, 0.5)),
    *(cell(0, "male", 0.4, 0.45), cell(1, "male", 0.3, 0.55, True)),
    *(cell(0, "mixed", 0.5, None), cell(1, "mixed", 0.5, 0.5)),
]


def test_scores_are_means_over_seeds_beside_the_papers():
    rows = {row.names: row for row in score_rows(CELLS, GENDER)}
    row = rows["male", "female", "macro_f1"]
    assert row.ours == pytest.approx(0.35)
    assert row.paper == 0.44
    assert row.interval[0] < 0.35 < row.interval[1]
    assert rows["mixed", "male", "macro_f1"].ours == 0.5  # the undefined seed is left out
    assert rows["mixed", "male", "weighted_f1"].paper == 0.63


def test_losses_are_paired_by_seed_on_the_same_test_people():
    rows = {row.names: row for row in loss_rows(CELLS, GENDER)}
    row = rows["female", "female instead of male", "macro_f1"]
    assert row.ours == pytest.approx((0.1 + 0.3) / 2)
    assert row.paper == 0.11
    assert rows["male", "male instead of female", "macro_f1"].paper == -0.01


def test_training_sets_that_were_not_possible_have_no_rows():
    cells = [cell for cell in CELLS if cell["trained_on"] == "female"]
    assert {row.names[0] for row in score_rows(cells, GENDER)} == {"female"}
    assert not list(loss_rows(cells, GENDER))
    assert len(gap_lines(cells, GENDER)) == 1


def test_the_report_says_how_many_seeds_and_people_and_where_the_paper_errs():
    text = report(CELLS, [GENDER, SKIN])
    assert "2 seeds; 37 people to train on, 10 female and 10 male to test, drawn from 200 female and 200 male." in text
    few = [cell | {"people": {"female": 47, "male": 25}} for cell in CELLS]
    assert "seeds share many of them" in report(few, [GENDER])
    assert "which 0.60 contradicts" in text
    assert "Table 2" not in text  # no cell of it
    assert gap_lines(CELLS, GENDER)[1].endswith("found in 1 of 2 seeds")
    assert gap_lines(CELLS, GENDER)[2].endswith("found in 0 of 1 seeds")


def test_the_ledger_has_every_row_once():
    metrics, intervals = flat(CELLS, [GENDER])
    assert metrics.keys() == intervals.keys()
    assert metrics["gender/male/female/macro_f1"] == pytest.approx(0.35)
    assert metrics["gender/loss/female/male/macro_f1"] == pytest.approx(0.2)
    assert len(metrics) == 3 * 2 * 2 + 2 * 2 * 2
