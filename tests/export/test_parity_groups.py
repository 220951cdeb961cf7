"""Parity by group: against a loop over groups, and with losses that were planted."""

import numpy as np
import pytest

from export.parity import Limits, parity_report
from export.parity_groups import group_changes, group_warnings
from export.parity_tables import group_table
from fer_tf.evaluation.action_unit_predictions import ActionUnitPredictions
from fer_tf.evaluation.predictions import Predictions

PEOPLE, EACH = 120, 20
GROUP_LIMITS = Limits(1.0, 0.01, 0.01)


def dataset(seed=0):
    """2,400 images of 120 people: every tenth wears a hat, gender is known of five in six."""
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(PEOPLE), EACH)
    gender = np.array(["female", "male", "male", "female", "male", ""])[person % 6]
    groups = {"gender": gender, "disguise": np.where(person % 10 == 0, "hat", "none")}
    return random, person, groups


def emotions(right, truth, person, groups):
    """Predictions that are right where asked, else one emotion further."""
    probabilities = np.full((len(truth), 7), 0.05)
    probabilities[np.arange(len(truth)), np.where(right, truth, (truth + 1) % 7)] = 0.7
    names = np.arange(len(truth)).astype(str)
    return Predictions(names, np.char.add("p", person.astype(str)), truth, probabilities, groups)


@pytest.fixture(scope="module")
def planted():
    """A model, an export that is worse with hats, and one that is worse here and there."""
    random, person, groups = dataset()
    truth = random.integers(0, 7, len(person))
    # Some people are read better than others, so that people and not images must be drawn.
    right = random.random(len(person)) < np.repeat(random.uniform(0.5, 0.9, PEOPLE), EACH)
    hat = groups["disguise"] == "hat"
    hurt = right & ~(hat & (random.random(len(person)) < 0.12))
    gained = ~right & ~hat & (random.random(len(person)) < 0.02)
    scattered = right ^ (random.random(len(person)) < 0.01)
    return [emotions(values, truth, person, groups) for values in (right, hurt | gained, scattered)]


def slow(original, export, mask, resamples, seed):
    """Accuracy of both and their difference in a group, and the draws of the difference, person by person."""
    random = np.random.default_rng(seed)
    people = np.unique(original.subject_id)
    right = [found.predicted == found.truth for found in (original, export)]
    value = [values[mask].mean() for values in right]
    drawn = []
    images = {name: np.flatnonzero(mask & (original.subject_id == name)) for name in people}
    for _ in range(resamples):
        chosen = np.concatenate([images[name] for name in random.choice(people, len(people))])
        drawn.append(right[1][chosen].mean() - right[0][chosen].mean())
    return *value, np.percentile(drawn, [2.5, 97.5])


def test_rows_agree_with_a_loop_over_groups(planted):
    original, export, _ = planted
    rows = group_changes(original, export)
    assert [(row["column"], row["group"]) for row in rows] == [
        ("all", "all"),
        ("gender", "male"),
        ("gender", "female"),
        ("disguise", "hat"),
        ("disguise", "none"),
    ]
    for row in rows:
        mask = np.ones(len(original.truth), bool)
        if row["column"] != "all":
            mask = original.groups[row["column"]] == row["group"]
        before, after, interval = slow(original, export, mask, 600, seed=7)
        assert row["n"] == mask.sum()
        assert row["people"] == len(np.unique(original.subject_id[mask]))
        assert (row["original"], row["export"]) == (pytest.approx(before), pytest.approx(after))
        assert row["difference"] == pytest.approx(after - before)
        width = interval[1] - interval[0]
        # Ours is widened for few people (12 with a hat), and both are draws.
        found = [row["difference_low"], row["difference_high"]]
        np.testing.assert_allclose(found, interval, atol=0.2 * width + 1e-3)
        assert row["label_flips"] == (original.predicted[mask] != export.predicted[mask]).sum()
        assert row["beyond_own_interval"] == (before - after > (row["original_high"] - row["original_low"]) / 2)


def test_an_export_that_hurts_one_group_is_refused_though_the_mean_stays(planted):
    original, hurt, _ = planted
    report = parity_report(original, hurt, GROUP_LIMITS)
    assert abs(report["accuracy_difference"]) < 0.01
    (sentence,) = report["violations"]
    assert sentence.startswith("accuracy of disguise hat falls by 0.0")
    assert "95 % interval" in sentence
    assert "allowed is 0.01" in sentence
    hats = next(line for line in group_table([report | {"name": "a"}]).splitlines() if "disguise hat" in line)
    assert " !" in hats


def test_scattered_changes_pass(planted):
    original, _, scattered = planted
    report = parity_report(original, scattered, GROUP_LIMITS)
    assert report["label_flips"] > 10
    assert report["violations"] == []
    assert {row["column"] for row in report["groups"]} == {"gender", "disguise"}
    assert "groups_note" not in report


def test_a_wider_limit_lets_a_certain_loss_pass(planted):
    original, hurt, _ = planted
    report = parity_report(original, hurt, Limits(1.0, 0.01, 0.2))
    assert report["violations"] == []
    assert " *" in group_table([report | {"name": "a"}])


def test_skin_tones_are_also_compared_in_two_bands(planted):
    original, hurt, _ = planted
    tones = np.array([str(1 + int(name[1:]) % 10) for name in original.subject_id])
    both = [
        Predictions(found.image_id, found.subject_id, found.truth, found.probabilities, {"skin_tone": tones})
        for found in (original, hurt)
    ]
    bands = [row for row in group_changes(*both, resamples=200) if row["column"] == "tone_band"]
    assert [(row["group"], row["n"]) for row in bands] == [("dark", 1200), ("light", 1200)]


def test_few_people_say_nothing_and_say_so():
    _, person, groups = dataset()
    truth = np.zeros(len(person), int)
    groups = {"disguise": np.where(person < 5, "hat", "none")}
    right = np.ones(len(person), bool)
    before, after = (emotions(values, truth, person, groups) for values in (right, right & (person != 0)))
    report = parity_report(before, after, GROUP_LIMITS)
    hat = next(row for row in report["groups"] if row["group"] == "hat")
    assert hat["difference"] == pytest.approx(-0.2)
    assert np.isnan(hat["difference_low"])
    assert hat["found"] == "too few to say"
    assert hat["beyond_own_interval"] is None
    assert report["violations"] == []
    (warning,) = group_warnings(report["groups"], "accuracy")
    assert "accuracy of disguise hat falls by 0.2000, of 5 people" in warning
    assert "-0.2000 ?" in group_table([report | {"name": "a"}])


def test_a_group_without_loss_has_no_finding(planted):
    report = parity_report(planted[0], planted[0], Limits())
    assert {row["found"] for row in report["groups"]} == {"no change found"}
    assert report["accuracy_difference_interval"] == [0, 0]


def units(probabilities, intensity, person, groups):
    names = np.arange(len(person)).astype(str)
    return ActionUnitPredictions(
        (1, 4, 12), names, np.char.add("p", person.astype(str)), intensity, probabilities, groups
    )


def macro_f1(truth, decided):
    f1 = []
    for unit in range(truth.shape[1]):
        known = ~np.isnan(truth[:, unit])
        true, said = truth[known, unit] == 1, decided[known, unit]
        if true.any():
            f1.append(2 * (true & said).sum() / (2 * (true & said).sum() + (true != said).sum()))
    return np.mean(f1)


def test_units_lose_by_group_too():
    random, person, groups = dataset(3)
    intensity = (random.random((len(person), 3)) < 0.3).astype(np.float64)
    intensity[random.random(intensity.shape) < 0.1] = np.nan
    shown = np.nan_to_num(intensity) > 0.5
    says = shown ^ (random.random(shown.shape) < 0.15)
    hat = groups["disguise"] == "hat"
    lost = says & ~(hat[:, None] & (random.random(says.shape) < 0.2))
    before, after = (units(np.where(s, 0.8, 0.1), intensity, person, groups) for s in (says, lost))
    report = parity_report(before, after, Limits(1.0, 0.03, 0.04))
    assert report["score"] == "macro_f1"
    for row in report["groups"]:
        mask = groups[row["column"]] == row["group"]
        assert row["original"] == pytest.approx(macro_f1(intensity[mask], says[mask]))
        assert row["export"] == pytest.approx(macro_f1(intensity[mask], lost[mask]))
    (sentence,) = report["violations"]
    assert sentence.startswith("macro_f1 of disguise hat falls by")
