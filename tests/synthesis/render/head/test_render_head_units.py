import itertools

import numpy as np
import pytest

from fer_tf.labels import ACTION_UNITS
from fer_tf.synthesis.render.head import eyes, lids, lips, muscles, topology
from fer_tf.synthesis.render.head.shape import close_lips
from fer_tf.synthesis.render.spec import Expression

REST = np.array(topology.neutral_face())
close_lips(REST)
# Where each unit must be seen (a landmark, the axis and the sign of its way) and where it must not.
BROW, CHIN, NOSE, FOREHEAD = 105, 152, 4, 10
EFFECTS = {
    **{1: (107, 1, -1, CHIN), 2: (70, 1, -1, CHIN), 4: (107, 1, 1, CHIN), 5: (159, 1, -1, CHIN), 6: (50, 1, -1, CHIN)},
    **{
        7: (145, 1, -1, CHIN),
        9: (129, 1, -1, CHIN),
        10: (39, 1, -1, BROW),
        11: (206, 2, 1, BROW),
        12: (61, 0, -1, BROW),
    },
    **{14: (61, 2, -1, BROW), 15: (61, 1, 1, BROW), 16: (17, 1, 1, BROW), 17: (199, 1, -1, BROW), 18: (61, 0, 1, BROW)},
    **{20: (61, 0, -1, BROW), 22: (17, 2, 1, BROW), 23: (17, 1, -1, BROW), 24: (17, 1, -1, BROW), 25: (14, 1, 1, BROW)},
    **{26: (152, 1, 1, BROW), 27: (152, 1, 1, BROW), 28: (0, 1, 1, BROW), 43: (159, 1, 1, CHIN)},
}


def shaped(units, asymmetry=None):
    active = muscles.combined(Expression(units, asymmetry or {}))
    points = REST + muscles.pulled(active)
    lids.move_lids(points, REST, eyes.sockets(REST), active, 0.0)
    lips.move_lips(points, REST, active)
    return points


def test_no_unit_no_movement():
    np.testing.assert_allclose(shaped({}), REST, atol=1e-9)


@pytest.mark.parametrize("unit", ACTION_UNITS)
def test_each_unit_moves_its_part_and_nothing_far_off(unit):
    vertex, axis, sign, far = EFFECTS[unit]
    half, full = (shaped({unit: value}) - REST for value in (0.5, 1.0))
    assert sign * full[vertex, axis] > 0.015
    assert 0 < sign * half[vertex, axis] < sign * full[vertex, axis]
    assert np.linalg.norm(full[far]) < 0.004
    assert np.linalg.norm(full, axis=1).max() < 0.5


@pytest.mark.parametrize("unit", ACTION_UNITS)
def test_left_alone_is_the_mirror_image_of_right_alone(unit):
    left, right = (shaped({unit: 0.8}, {unit: lean}) - REST for lean in (-1.0, 1.0))
    np.testing.assert_allclose(left[topology.mirror()] * (-1, 1, 1), right, atol=1e-6)


@pytest.mark.parametrize("unit", [unit for unit in ACTION_UNITS if unit not in (26, 27)])
def test_one_side_alone_leaves_the_other_side(unit):
    left = np.linalg.norm(shaped({unit: 0.8}, {unit: -1.0}) - REST, axis=1)
    x = topology.neutral_face()[:, 0]
    assert left[x < -0.15].max() > 10 * left[x > 0.2].max()


def test_the_brows_come_up_and_together():
    both, raised, lowered = (shaped(units)[107] - REST[107] for units in ({1: 1, 4: 1}, {1: 1}, {4: 1}))
    assert raised[1] < both[1] < -0.03
    assert lowered[1] > 0.03
    assert both[0] > 0.02


def test_the_jaw_opens_the_mouth_by_degrees():
    for unit in (25, 26, 27):
        gaps = [shaped({unit: value})[14, 1] - shaped({unit: value})[13, 1] for value in (0, 0.25, 0.5, 0.75, 1)]
        assert gaps[0] == pytest.approx(0, abs=1e-9)
        assert np.all(np.diff(gaps) > 0.008)


def test_the_wide_mouth_outdoes_the_dropped_jaw():
    assert lips.jaw_angle(muscles.combined(Expression({26: 1.0}))) < lips.jaw_angle(
        muscles.combined(Expression({26: 1.0, 27: 1.0}))
    )


def test_the_jaw_turns_about_its_hinge():
    hinge = np.array([0.3, lips.HINGE_Y, lips.HINGE_Z, 1])
    np.testing.assert_allclose(lips.jaw_transform(0.3) @ hinge, hinge)
    assert (lips.jaw_transform(0.3) @ (0, 1.2, 0.15, 1))[1] > 1.3


@pytest.mark.parametrize("units", [(12,), (15, 17), (23, 24), (18,), (28,), (4, 17, 24), (14, 15), (20,), (12, 17)])
def test_closed_lips_stay_closed(units):
    points = shaped(dict.fromkeys(units, 1.0))
    upper, lower = points[list(lips.UPPER_INNER)], points[list(lips.LOWER_INNER)]
    np.testing.assert_allclose(upper, lower, atol=2e-3)


def test_lips_never_pass_through_each_other():
    generator = np.random.default_rng(0)
    for _ in range(60):
        chosen = generator.choice(ACTION_UNITS, 5, replace=False)
        units = {int(unit): float(generator.random()) for unit in chosen}
        asymmetry = {unit: float(generator.uniform(-1, 1)) for unit in units}
        points = shaped(units, asymmetry)
        assert np.all(points[list(lips.LOWER_INNER), 1] - points[list(lips.UPPER_INNER), 1] > -1e-9), (units, asymmetry)


def test_lids_never_cross_and_a_blink_closes():
    for values in itertools.product((0.0, 0.5, 1.0), repeat=4):
        points = shaped(dict(zip((5, 6, 7, 43), values, strict=True)))
        gap = (points[list(lids.indices.LOWER_LID)] - points[list(lids.indices.UPPER_LID)])[:, 1]
        assert gap.min() > -1e-9
        if values[-1] == 1:
            assert gap.max() < 1e-9
        elif values[-1] == 0:
            assert gap[3] > 0.01


def test_the_upper_lid_follows_the_look_down():
    active = {}
    down, up = lids.closures(active, 20.0)[0], lids.closures(active, -20.0)[0]
    assert np.all(down > 0.1)
    assert np.all(up < 0)


def test_unknown_strength_stays_symmetric():
    points = shaped({1: 0.7, 12: 0.9, 25: 0.5, 27: 0.4, 6: 1.0})
    np.testing.assert_allclose(points[topology.mirror()] * (-1, 1, 1), points, atol=1e-6)
