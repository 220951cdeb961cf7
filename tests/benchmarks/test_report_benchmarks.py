"""The benchmarks of the report, in small."""

import numpy as np

from benchmarks import group_report, interval_coverage
from fer_tf.evaluation.predictions_file import read_predictions
from fer_tf.evaluation.scores import confusion_matrix, scores


def test_the_made_up_table_has_all_columns(tmp_path):
    group_report.write_table(tmp_path / "p.csv", 300, 50)
    found = read_predictions(tmp_path / "p.csv", groups=list(group_report.COLUMNS))
    assert len(set(found.subject_id)) == 50
    assert {name: len(set(found.groups[name])) for name in group_report.COLUMNS} == group_report.COLUMNS
    assert 0.7 < np.mean(found.predicted == found.truth) < 0.9


def test_the_known_truth_is_that_of_a_large_sample():
    kind = interval_coverage.Kind(40_000, 2, 0.1)
    found = interval_coverage.simulate(kind, 0.1, np.random.default_rng(0))
    for number, group in enumerate(interval_coverage.GROUPS):
        own = found.groups["group"] == group
        measured = scores(confusion_matrix(found.truth[own], found.predicted[own], 7))
        for name, value in interval_coverage.population(0.1 * number).items():
            assert abs(float(measured[name]) - value) < 0.006, name
