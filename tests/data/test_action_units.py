import numpy as np
import pytest
import tensorflow as tf

from fer_tf.data.action_units import ActionUnitOptions, ActionUnitTargets, asked_units, presence
from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS

NAN = float("nan")


def labels(rows: int = 10, **units: list) -> dict:
    """Columns of ``rows`` images on which only these units are annotated."""
    values = np.full((rows, 24), NAN, np.float32)
    for name, column in units.items():
        values[:, ACTION_UNITS.index(int(name[2:]))] = column
    return {"action_units": values}


def test_presence_begins_with_facs_b():
    assert presence(np.array([0, 0.15, 0.151, 0.225, 1])).tolist() == [0, 0, 1, 1, 1]
    assert np.isnan(presence(np.array([NAN]))).all()


def test_units_are_chosen_by_occurrences_and_missing_labels_count_as_nothing():
    facts = labels(AU1=[1] * 6 + [0] * 4, AU12=[0.5] * 3 + [0] * 2 + [NAN] * 5, AU4=[0.1] * 10)
    found = ActionUnitTargets(ActionUnitOptions(min_occurrences=4, positive_weight_power=1), facts, "set")
    assert found.units == (1,)
    assert found.positive_weights.tolist() == pytest.approx([4 / 6])
    both = ActionUnitTargets(ActionUnitOptions(min_occurrences=0, positive_weight_power=1), facts, "set")
    assert both.units == (1, 12)  # 4 is annotated and never present
    assert both.positive_weights.tolist() == pytest.approx([4 / 6, 2 / 3])
    half = ActionUnitTargets(ActionUnitOptions(min_occurrences=0, positive_weight_power=0.5), facts, "set")
    assert half.positive_weights.tolist() == pytest.approx([(4 / 6) ** 0.5, (2 / 3) ** 0.5])
    always = labels(AU1=[1] * 10)
    weights = ActionUnitTargets(ActionUnitOptions(min_occurrences=0, positive_weight_power=1), always, "set")
    assert weights.positive_weights.tolist() == [1]
    asked = ActionUnitTargets(ActionUnitOptions(action_units="12,1", min_occurrences=4), facts, "set")
    assert asked.units == (1, 12)


def test_targets_are_presence_or_soft_and_missing_stays_missing():
    facts = labels(3, AU1=[1, 0, 0.2], AU2=[0.16, NAN, 0])
    hard = ActionUnitTargets(ActionUnitOptions(min_occurrences=0), facts, "set")
    target, weight = hard.of_batch(tf.constant(facts["action_units"]))
    np.testing.assert_array_equal(target, np.array([[1, 1], [0, NAN], [1, 0]], np.float32))
    assert weight.numpy().tolist() == [1, 1, 1]
    soft = ActionUnitTargets(ActionUnitOptions(min_occurrences=0, presence_softness=0.05), facts, "set")
    target = soft.of_batch(tf.constant(facts["action_units"]))[0].numpy()
    assert np.isnan(target[1, 1])
    assert target[2, 0] == pytest.approx(1 / (1 + np.exp(-1)))
    assert (np.nan_to_num(target) > 0.5).tolist() == [[True, True], [False, False], [True, False]]


def test_an_image_is_labelled_with_one_chosen_unit():
    facts = labels(4, AU1=[1, NAN, NAN, 0], AU2=[1, 1, NAN, NAN])
    found = ActionUnitTargets(ActionUnitOptions(action_units="1"), facts, "set")
    assert found.labelled(facts).tolist() == [True, False, False, True]
    one = {"action_units": tf.constant(facts["action_units"][1])}
    assert not found.labelled(one)


@pytest.mark.parametrize(
    ("options", "facts", "message"),
    [
        ({"action_units": "4"}, labels(AU1=[1] * 10, AU4=[0] * 10), "no training image of set shows AU 4: it has 1"),
        ({"min_occurrences": 0}, labels(), "set: no image has a label for any action unit"),
        ({}, labels(AU1=[1] * 10), "no action unit is shown by 8000 training images of set; AU 1 by 10, the most"),
    ],
)
def test_labels_that_teach_nothing_are_refused(options, facts, message):
    with pytest.raises(InputError, match=message):
        ActionUnitTargets(ActionUnitOptions(**options), facts, "set")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"action_units": "1,3"}, "'3' is none of 1, 2, 4"),
        ({"action_units": ""}, "'' is none of"),
        ({"min_occurrences": -1}, "min_occurrences is -1"),
        ({"positive_weight_power": 2.0}, "positive_weight_power is 2.0: it must lie in 0..1"),
        ({"presence_softness": 1.0}, "presence_softness is 1.0"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        ActionUnitOptions(**options)


def test_all_units_are_those_of_the_record():
    assert asked_units("all") == ACTION_UNITS
    assert asked_units("43, 1") == (1, 43)
