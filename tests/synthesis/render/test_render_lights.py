"""Light: every setup is plausible and differs from the others."""

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.synthesis.render.lights import SETUPS, draw_light


def drawn(setup, count=40):
    return [draw_light(np.random.default_rng(seed), setup) for seed in range(count)]


def power(light):
    """What falls on a face that looks at the camera: lamps before it, and what comes from around."""
    lamps = sum(np.mean(lamp.colour) * max(0.0, lamp.direction[2]) for lamp in light.lamps)
    return lamps + (np.mean(light.sky) + np.mean(light.ground)) / 2


@pytest.mark.parametrize("setup", SETUPS)
def test_lights_are_plausible(setup):
    for light in drawn(setup):
        assert 1 <= len(light.lamps) <= 3
        for lamp in light.lamps:
            assert np.linalg.norm(lamp.direction) == pytest.approx(1)
            assert 0 < min(lamp.colour) <= max(lamp.colour) < 2
        assert np.mean(light.sky) > np.mean(light.ground) > 0.03
        assert 0.2 < power(light) < 2.2


def test_setups_are_what_they_are_called():
    assert all(light.lamps[0].direction[2] < 0 for light in drawn("rim"))
    assert all(light.lamps[0].direction[1] < -0.75 for light in drawn("overhead"))
    assert np.mean([power(light) for light in drawn("dim")]) < 0.6 * np.mean([power(light) for light in drawn("room")])
    assert all(abs(light.lamps[0].direction[0]) > 0.6 for light in drawn("window"))
    assert all(light.sky[2] > light.sky[0] for light in drawn("sun"))


def test_key_lights_come_from_both_sides():
    sides = [draw_light(np.random.default_rng(seed)).lamps[0].direction[0] for seed in range(200)]
    assert 0.35 < np.mean(np.array(sides) > 0) < 0.65


def test_same_state_same_light_and_seeds_differ():
    lights = [draw_light(np.random.default_rng(seed)) for seed in range(20)]
    assert lights == [draw_light(np.random.default_rng(seed)) for seed in range(20)]
    assert len({light.sky for light in lights}) == 20


def test_an_unknown_setup_is_refused():
    with pytest.raises(InputError, match=r"light 'candle': known are room, studio, .*rim"):
        draw_light(np.random.default_rng(0), "candle")
