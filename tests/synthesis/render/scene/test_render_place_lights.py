"""The light of a place."""

import re

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.synthesis.render.scene.place_lights import place_light
from fer_tf.synthesis.render.spec import PLACES

EVERYWHERE = (*PLACES, "plain", "studio")


def _lights(place: str, count: int = 40) -> list:
    return [place_light(place, np.random.default_rng(seed)) for seed in range(count)]


@pytest.mark.parametrize("place", EVERYWHERE)
def test_lights_are_plausible_and_repeatable(place):
    lights = _lights(place)
    assert lights == _lights(place)
    assert len(set(lights)) == len(lights)
    for light in lights:
        assert 2 <= len(light.lamps) <= 3
        for lamp in light.lamps:
            assert np.linalg.norm(lamp.direction) == pytest.approx(1.0)
            assert all(0.0 < part <= 1.6 for part in lamp.colour)
        key, fill = light.lamps[:2]
        assert key.direction[1] < 0, "the key light is above"
        assert key.direction[2] > 0, "the key light is on the viewer's side"
        assert sum(key.colour) > sum(fill.colour)
        assert sum(light.sky) > 0.8 * sum(light.ground)


def test_places_differ_as_they_should():
    mean = {}
    for place in EVERYWHERE:
        keys = np.array([light.lamps[0].colour for light in _lights(place)])
        sky = np.array([light.sky for light in _lights(place)]).mean(axis=0)
        mean[place] = keys.mean(axis=0), sky
    assert mean["beach"][0].sum() > 1.5 * mean["bar"][0].sum()
    assert mean["bar"][0][0] > 1.3 * mean["bar"][0][2], "warm"
    assert mean["beach"][1][2] > 1.2 * mean["beach"][1][0], "blue sky"
    assert mean["forest_path"][1].argmax() == 1, "green light through leaves"
    assert mean["office"][0][2] > mean["bedroom"][0][2] * 0.8


def test_light_comes_from_either_side():
    sides = np.sign([light.lamps[0].direction[0] for light in _lights("park")])
    assert 0.2 < (sides > 0).mean() < 0.8


def test_an_unknown_place_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match=re.escape("'moon': known are plain, studio, bar, bedroom")):
        place_light("moon", np.random.default_rng(0))
