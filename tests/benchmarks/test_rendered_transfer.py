import json

import pytest

from benchmarks.rendered_transfer import gain, mean_class_accuracies
from fer_tf.errors import InputError


def scored(folder, scores, dataset="fer2013", split="test"):
    """A folder as train.py and evaluate.py leave it, one run for each score."""
    for seed, score in scores.items():
        run = folder / f"seed_{seed}"
        run.mkdir(parents=True)
        content = {"dataset": dataset, "split": split, "seed": seed, "metrics": {"mean_class_accuracy": score}}
        (run / "metrics.json").write_text(json.dumps(content))
    return folder


def test_gain_is_the_mean_of_the_seeds_differences(tmp_path):
    alone = scored(tmp_path / "alone", {0: 0.30, 1: 0.32, 2: 0.31})
    after = scored(tmp_path / "after", {0: 0.40, 1: 0.44, 2: 0.39})
    middle, (low, high) = gain(alone, after)
    assert middle == pytest.approx(0.10)
    # Student's t with 2 degrees of freedom: 4.3027; the differences are 0.10, 0.12, 0.08.
    assert (low, high) == pytest.approx((0.10 - 4.3027 * 0.02 / 3**0.5, 0.10 + 4.3027 * 0.02 / 3**0.5), abs=1e-5)


def test_a_single_run_is_read(tmp_path):
    run = scored(tmp_path, {3: 0.4}) / "seed_3"
    (run / "model.keras").touch()
    assert mean_class_accuracies(run) == {3: 0.4}


def test_other_seeds_are_refused(tmp_path):
    alone, after = scored(tmp_path / "alone", {0: 0.3, 1: 0.3}), scored(tmp_path / "after", {0: 0.4, 2: 0.4})
    with pytest.raises(InputError, match=r"seeds \[0, 1\].* \[0, 2\]: expected the same"):
        gain(alone, after)


@pytest.mark.parametrize("place", [{"dataset": "rendered_faces/demo"}, {"split": "validation"}])
def test_scores_on_other_images_are_refused(tmp_path, place):
    with pytest.raises(InputError, match=r"expected fer2013, test; run evaluate\.py"):
        mean_class_accuracies(scored(tmp_path, {0: 0.5}, **place))


def test_a_seed_that_was_not_scored_is_named(tmp_path):
    scored(tmp_path, {0: 0.5})
    (tmp_path / "seed_1").mkdir()
    with pytest.raises(InputError, match=r"seed_1 was scored on None, None"):
        mean_class_accuracies(tmp_path)


def test_a_folder_without_runs_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no run"):
        mean_class_accuracies(tmp_path)
