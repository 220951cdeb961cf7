import numpy as np
import pandas as pd
import pytest

from fer_tf.explain.summary import FALSE_POSITIVE, MISSED, SCORES, TRUE_POSITIVE, difference, outcome, relevance_summary


def table(seed=0, people=30, shift=0.0, targets=("AU1", "AU12")):
    random = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        for target in targets:
            for image in range(3):
                row = {score: random.normal(2 + shift, 0.5) for score in SCORES}
                word = random.choice([TRUE_POSITIVE, FALSE_POSITIVE, MISSED])
                gender = "female" if person % 2 else "male"
                rows.append(
                    {
                        "target": target,
                        "image_id": f"{person}/{image}",
                        "subject_id": f"p{person}",
                        "outcome": word,
                        "gender": gender,
                    }
                    | row
                )
    return pd.DataFrame(rows)


def row_of(summary, **where):
    chosen = summary
    for column, value in where.items():
        chosen = chosen[chosen[column] == value]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_outcomes():
    present, said = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    assert outcome(present, said).tolist() == [TRUE_POSITIVE, MISSED, FALSE_POSITIVE, ""]


def test_means_by_target_group_and_outcome():
    rows = table()
    found = relevance_summary(rows, groups=("gender",))
    some = rows[(rows["target"] == "AU1") & (rows["gender"] == "female") & (rows["outcome"] == TRUE_POSITIVE)]
    row = row_of(found, target="AU1", group="female", outcome=TRUE_POSITIVE)
    assert row["mu_w"] == pytest.approx(some["mu_w"].mean())
    assert row["n"] == len(some)
    assert row["mu_w_low"] < row["mu_w"] < row["mu_w_high"]
    present = rows[(rows["target"] == "AU1") & rows["outcome"].isin([TRUE_POSITIVE, MISSED])]
    assert row_of(found, target="AU1", group="all", outcome="present")["mu"] == pytest.approx(present["mu"].mean())
    # Of all targets together each counts the same, however many images it has.
    every = row_of(found, target="all", group="all", outcome=FALSE_POSITIVE)
    false = rows[rows["outcome"] == FALSE_POSITIVE]
    assert every["face"] == pytest.approx(false.groupby("target")["face"].mean().mean())


def test_undefined_scores_are_left_out_and_not_zero():
    rows = table()
    rows.loc[rows["target"] == "AU1", "mu_w"] = np.nan
    found = relevance_summary(rows, groups=())
    assert np.isnan(row_of(found, target="AU1", outcome="present")["mu_w"])
    second = row_of(found, target="AU12", outcome="present")["mu_w"]
    assert row_of(found, target="all", outcome="present")["mu_w"] == pytest.approx(second)


def test_a_difference_is_found_where_there_is_one_and_not_elsewhere():
    first, second = table(1, shift=0.4), table(2)
    found = difference(first, second, "mu_w")
    assert found["value"] == pytest.approx(0.4, abs=0.15)
    assert found["low"] > 0
    assert found["targets"] == 2
    same = difference(table(3), table(3), "mu_w")
    assert same["value"] == 0
    assert same["low"] == same["high"] == 0
    none = difference(table(4), table(5, targets=("AU1", "AU25")), "face")
    assert none["targets"] == 1


def test_intervals_of_few_people_are_undefined():
    row = relevance_summary(table(people=4), groups=()).iloc[0]
    assert np.isnan(row["mu_low"])
    assert not np.isnan(row["mu"])


def test_images_stand_for_as_many_as_they_were_drawn_from():
    rows = table(targets=("AU1",))
    rows["weight"] = np.where(rows["outcome"] == MISSED, 1.0, 9.0)
    found = row_of(relevance_summary(rows, groups=()), target="AU1", outcome="present")
    present = rows[rows["outcome"] != FALSE_POSITIVE]
    assert found["mu_w"] == pytest.approx(np.average(present["mu_w"], weights=present["weight"]))


def test_where_no_subject_is_known_an_image_is_its_own():
    first, second = table(1), table(1, shift=0.5)
    named = difference(first, second, "mu_w")
    unknown = [one.assign(subject_id="") for one in (first, second)]
    found = difference(*unknown, "mu_w")
    assert found["value"] == pytest.approx(named["value"])
    # Paired: what makes an image score high in both does not widen the interval.
    assert found["high"] - found["low"] < 0.05
    nothing = difference(first, second.assign(target="AU99"), "mu_w")
    assert nothing["targets"] == 0
    assert np.isnan(nothing["value"])
