import numpy as np
import pytest

from fer_tf.data.audit.skin import (
    MONK_SWATCHES,
    cheek_colour,
    colour_difference,
    individual_typology_angle,
    monk_tone,
)
from fer_tf.faces.face import Face

# Of the 34 pairs of Sharma, Wu and Dalal 2005, table 1: Lab, Lab, difference.
PAIRS = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "expected"), PAIRS)
def test_differences_are_those_of_the_table(one, other, expected):
    assert colour_difference(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)
    assert colour_difference(np.array(other), np.array(one)) == pytest.approx(expected, abs=1e-4)


def test_swatches_are_their_own_tones_and_have_known_angles():
    np.testing.assert_array_equal(monk_tone(MONK_SWATCHES), np.arange(1, 11))
    known = [83, 80, 72, 65, 50, 11, -20, -55, -78, -84]
    np.testing.assert_allclose(individual_typology_angle(MONK_SWATCHES), known, atol=1)


@pytest.mark.parametrize("mouth", ["one", "two"])
def test_cheeks_are_read_and_nothing_else(mouth):
    image = np.zeros((200, 200, 3), np.uint8)
    image[100:140, 60:140] = (200, 150, 120)  # cheeks and nose
    image[100:140, 90:110] = (255, 0, 0)  # the nose
    points = {"left_eye": (75.0, 80.0), "right_eye": (125.0, 80.0), "nose": (100.0, 110.0)}
    if mouth == "one":
        points["mouth"] = (100.0, 140.0)
    else:
        points |= {"mouth_left": (80.0, 140.0), "mouth_right": (120.0, 140.0)}
    np.testing.assert_array_equal(cheek_colour(image, Face((50, 50, 100, 100), 1.0, points)), (200, 150, 120))


def test_cheeks_outside_of_the_picture_have_no_colour():
    points = {"left_eye": (-80.0, 5.0), "right_eye": (-40.0, 5.0), "mouth": (-60.0, 50.0)}
    assert cheek_colour(np.zeros((50, 50, 3), np.uint8), Face((-100, 0, 90, 90), 1.0, points)) is None
