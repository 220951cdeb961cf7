"""Units drawn one by one: each often, weak and strong, and none a hint of another."""

import numpy as np
import pytest

from fer_tf.labels import ACTION_UNITS, PRESENT, UNKNOWN
from fer_tf.synthesis.render.settle import settle
from fer_tf.synthesis.render.single_units import draw_units


@pytest.fixture(scope="module")
def drawn():
    return [draw_units(np.random.default_rng(n)) for n in range(3000)]


@pytest.fixture(scope="module")
def intensity(drawn):
    return np.array([expression.intensities() for expression in drawn])


def test_every_unit_is_shown_often_weak_and_strong(intensity):
    present = (intensity > PRESENT).mean(axis=0)
    assert present.min() > 0.07
    assert present[[unit != 25 for unit in ACTION_UNITS]].max() < 0.2
    near = ((intensity > PRESENT - 0.1) & (intensity < PRESENT + 0.1)).mean(axis=0)
    assert near.min() > 0.02
    assert (intensity > 0.6).mean(axis=0).min() > 0.015


def test_no_unit_is_a_hint_of_another_but_lips_part_where_the_jaw_drops(intensity):
    present = (intensity > PRESENT).astype(float)
    related = np.corrcoef(present.T) - np.eye(len(ACTION_UNITS))
    parted, jaw = ACTION_UNITS.index(25), [ACTION_UNITS.index(unit) for unit in (26, 27)]
    assert (related[parted, jaw] > 0.2).all()
    related[parted], related[:, parted] = 0, 0
    # Rivals, which pull on the same part, cannot be independent.
    assert np.abs(related).max() < 0.2
    assert np.abs(related).mean() < 0.025


def test_no_emotion_is_meant_and_nothing_is_out_of_range(drawn, intensity):
    assert {expression.emotion for expression in drawn} == {UNKNOWN}
    assert intensity.min() == 0
    assert intensity.max() <= 1
    assert max(abs(angle) for expression in drawn for angle in expression.gaze) <= 30


def test_rivals_yield_to_the_stronger_one():
    settled = settle({43: 0.5, 5: 0.8, 12: 1.4, 9: 0.01})
    assert settled == {5: 0.8, 12: 1.0, 43: pytest.approx(0.1)}
