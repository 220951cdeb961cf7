import dataclasses

import pytest

from fer_tf.data.augment import AugmentOptions
from fer_tf.data.augment.options import OPERATIONS, PROBABILITIES
from fer_tf.errors import InputError

FIELDS = {option.name: option for option in dataclasses.fields(AugmentOptions)}

# The ten operations of paper A, and the two of paper C.
PAPER_A = {
    *("crop", "flip", "rotation", "grayscale", "jitter"),
    *("blur", "sharpness", "autocontrast", "equalise", "cutout"),
}


def drawn(options: AugmentOptions) -> set[str]:
    return {name for name in OPERATIONS if options.uses(name)}


def test_presets_draw_what_the_papers_list():
    assert drawn(AugmentOptions.none()) == set()
    assert drawn(AugmentOptions.paper_a()) == PAPER_A
    assert drawn(AugmentOptions.paper_c()) == {"crop", "rotation", "brightness", "contrast"}
    assert set(OPERATIONS) == PAPER_A | {"brightness", "contrast"}
    assert AugmentOptions.paper_a().rotation_degrees == 15
    assert AugmentOptions.paper_a().cutout_count == 8


def test_every_operation_has_a_strength_but_flip():
    for operation in set(OPERATIONS) - {"flip"}:
        strengths = [name for name in FIELDS if name.startswith(operation + "_") and name not in PROBABILITIES]
        assert strengths, operation


@pytest.mark.parametrize("name", FIELDS)
def test_ends_of_each_range_are_taken_and_what_lies_outside_is_refused(name):
    low, high = FIELDS[name].metadata["low"], FIELDS[name].metadata["high"]
    assert FIELDS[name].metadata["help"]
    for value in (low, high):
        assert getattr(AugmentOptions(**{name: value}), name) == value
    for value in (low - 1, high + 1):
        with pytest.raises(InputError, match=rf"^{name} must be a .*number from {low:g} to {high:g}, got {value!r}"):
            AugmentOptions(**{name: value})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "0.5", None, True])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(InputError, match=r"^blur_probability must be a number from 0 to 1, got "):
        AugmentOptions(blur_probability=value)


def test_a_count_must_be_whole():
    with pytest.raises(InputError, match=r"^cutout_count must be a whole number from 1 to 31, got 2\.5"):
        AugmentOptions(cutout_count=2.5)
