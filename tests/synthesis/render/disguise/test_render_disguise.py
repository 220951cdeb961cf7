"""Disguises: they cover what they should, lie on the skin without piercing it, and move with the jaw."""

import functools

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.labels import DISGUISES
from fer_tf.synthesis.render.disguise.wear import disguise_surfaces, hides_hair
from fer_tf.synthesis.render.head.build import build_head
from fer_tf.synthesis.render.head.skull import scalp_points
from fer_tf.synthesis.render.spec import SHAPE_NAMES, Expression, Subject
from fer_tf.synthesis.render.surface import Material

MASKS = ("surgical_mask", "cloth_mask", "n95")
WORN = tuple(name for name in DISGUISES if name not in ("none", "make_up"))
EYES = (33, 133, 159, 145, 263, 362, 386, 374)
MOUTH = (0, 13, 14, 17, 61, 291, 37, 267)
NOSE_TIP, CHIN, NOSE_ROOT, FOREHEAD = 4, 152, 168, 10
BROWS = (105, 66, 334, 296)
CLEARANCE = 0.012
EXPRESSIONS = (Expression(), Expression({27: 1.0, 25: 1.0}), Expression({12: 1.0, 6: 1.0, 25: 0.5}))
SEEDS = range(4)


@functools.cache
def subject(number: int) -> Subject:
    scores = np.random.default_rng(number).normal(0, 0.9, len(SHAPE_NAMES))
    return Subject(f"s{number}", number, number % 2, 30.0, 5, tuple(scores), "crew_cut", (40.0, 30.0, 25.0))


@functools.cache
def head(number: int = 0, expression: int = 0):
    return build_head(subject(number), EXPRESSIONS[expression])


def worn(name: str, number: int = 0, expression: int = 0, seed: int = 0):
    rng = np.random.default_rng(seed)
    return disguise_surfaces(DISGUISES.index(name), subject(number), head(number, expression), rng)


def front(surfaces, points: np.ndarray) -> np.ndarray:
    """Largest z of the surfaces before or behind each point, seen straight from the front; -inf where none is."""
    corners = np.concatenate([surface.vertices[surface.triangles] for surface in surfaces]).astype(np.float64)
    a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    keep = np.abs(area) > 1e-12
    a, ab, ac, area = a[keep], ab[keep], ac[keep], area[keep]
    way = np.asarray(points, np.float64)[:, None, :2] - a[None, :, :2]
    u = (way[..., 0] * ac[:, 1] - way[..., 1] * ac[:, 0]) / area
    v = (ab[:, 0] * way[..., 1] - ab[:, 1] * way[..., 0]) / area
    inside = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9)
    return np.where(inside, a[:, 2] + u * ab[:, 2] + v * ac[:, 2], -np.inf).max(axis=1)


def hides(surfaces, points: np.ndarray) -> np.ndarray:
    """Which points the surfaces hide from the front, bool (N,)."""
    return front(surfaces, points) > np.asarray(points)[:, 2]


@pytest.mark.parametrize("name", WORN)
@pytest.mark.parametrize("seed", SEEDS)
def test_surfaces_are_sound(name, seed):
    surfaces = worn(name, number=seed, seed=seed)
    assert surfaces
    for surface in surfaces:
        count = len(surface.vertices)
        assert surface.name == name
        assert surface.vertices.dtype == np.float32
        assert np.isfinite(surface.vertices).all()
        assert surface.triangles.dtype == np.int32
        assert 0 <= surface.triangles.min() <= surface.triangles.max() < count
        assert surface.colour.shape == (count, 3)
        assert surface.colour.dtype == np.float32
        assert 0 <= surface.colour.min() <= surface.colour.max() <= 1
        assert np.abs(surface.vertices).max() < 4
        assert (surface.opacity < 1) == (surface.material == Material.LENS)
    if name != "beard":
        assert sum(len(surface.triangles) for surface in surfaces) <= (9000 if name == "gas_mask" else 6000)
        assert all(surface.uv.shape == (len(surface.vertices), 2) for surface in surfaces)


@pytest.mark.parametrize("name", WORN)
def test_same_generator_gives_the_same_surfaces_and_another_not(name):
    first, again, other = worn(name, seed=3), worn(name, seed=3), worn(name, seed=4)
    for one, two in zip(first, again, strict=True):
        assert one.vertices.tobytes() == two.vertices.tobytes()
        assert one.colour.tobytes() == two.colour.tobytes()
    shapes = [np.concatenate([s.vertices for s in surfaces]) for surfaces in (first, other)]
    colours = [np.concatenate([s.colour for s in surfaces]) for surfaces in (first, other)]
    assert shapes[0].shape != shapes[1].shape or not all(map(np.array_equal, *zip(shapes, colours, strict=True)))


def test_none_and_make_up_have_no_geometry():
    assert worn("none") == ()
    assert worn("make_up") == ()


@pytest.mark.parametrize("disguise", [-1, len(DISGUISES)])
def test_unknown_index_is_refused(disguise):
    with pytest.raises(InputError, match=rf"disguise {disguise}: expected 0..{len(DISGUISES) - 1}"):
        disguise_surfaces(disguise, subject(0), head(), np.random.default_rng(0))
    with pytest.raises(InputError, match=f"disguise {disguise}"):
        hides_hair(disguise)


def test_which_disguises_hide_hair():
    hidden = {name: hides_hair(DISGUISES.index(name)) for name in DISGUISES}
    assert hidden["hijab"] == -90
    assert hidden["turban"] <= hidden["cap"] == hidden["hat"] <= 20
    assert all(hidden[name] is None for name in DISGUISES if name not in ("hat", "cap", "turban", "hijab"))


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("expression", range(len(EXPRESSIONS)))
@pytest.mark.parametrize("seed", SEEDS)
def test_mask_covers_mouth_and_nose_but_not_the_eyes(name, expression, seed):
    landmarks = head(seed, expression).landmarks
    surfaces = worn(name, seed, expression, seed)
    assert hides(surfaces, landmarks[[*MOUTH, NOSE_TIP]]).all()
    assert not hides(surfaces, landmarks[[*EYES, NOSE_ROOT]]).any()


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("expression", range(len(EXPRESSIONS)))
@pytest.mark.parametrize("seed", SEEDS)
def test_no_landmark_pokes_through_a_mask(name, expression, seed):
    landmarks = head(seed, expression).landmarks
    height = front(worn(name, seed, expression, seed)[:1], landmarks)
    under = np.isfinite(height)
    assert under.sum() > 120
    assert (height - landmarks[:, 2])[under].min() >= CLEARANCE


def test_mask_follows_the_jaw():
    lowest = [worn("surgical_mask", 0, expression)[0].vertices[:, 1].max() for expression in (0, 1)]
    fall = head(0, 1).landmarks[CHIN, 1] - head(0, 0).landmarks[CHIN, 1]
    assert fall > 0.1
    assert lowest[1] - lowest[0] == pytest.approx(fall, abs=0.08)


@pytest.mark.parametrize("expression", range(len(EXPRESSIONS)))
@pytest.mark.parametrize("seed", range(8))
def test_gas_mask_covers_mouth_and_nose_and_has_panes_before_the_eyes_or_leaves_them(seed, expression):
    landmarks = head(seed % 4, expression).landmarks
    surfaces = worn("gas_mask", seed % 4, expression, seed)
    panes = [surface for surface in surfaces if surface.material == Material.LENS]
    rubber = [surface for surface in surfaces if surface.material != Material.LENS]
    assert hides(rubber, landmarks[[*MOUTH, NOSE_TIP]]).all()
    middles = np.array([landmarks[list(EYES[:4])].mean(0), landmarks[list(EYES[4:])].mean(0)])
    assert not hides(rubber, middles).any()
    if panes:
        assert len(panes) == 2
        assert surfaces[-2:] == tuple(panes)
        assert hides(panes, middles).all()
        assert hides(surfaces, landmarks[[*BROWS, NOSE_ROOT]]).all()
    else:
        assert not hides(rubber, landmarks[list(EYES)]).any()


def test_gas_masks_are_of_both_kinds():
    kinds = [any(part.material == Material.LENS for part in worn("gas_mask", seed=seed)) for seed in range(12)]
    assert any(kinds)
    assert not all(kinds)


@pytest.mark.parametrize("name", ["sunglasses", "clear_glasses"])
@pytest.mark.parametrize("seed", range(8))
def test_lenses_lie_before_the_eyes_and_clear_the_skin(name, seed):
    landmarks = head(seed % 4, 0).landmarks
    surfaces = worn(name, seed % 4, 0, seed)
    panes = [surface for surface in surfaces if surface.material == Material.LENS]
    assert len(panes) == 2
    assert surfaces[-2:] == tuple(panes)
    height = front(panes, landmarks)
    middles = np.array([landmarks[list(EYES[:4])].mean(0), landmarks[list(EYES[4:])].mean(0)])
    assert hides(panes, middles).all()
    under = np.isfinite(height)
    assert (height - landmarks[:, 2])[under].min() > 0
    dark = name == "sunglasses"
    assert all((pane.opacity > 0.8) == dark for pane in panes)


@pytest.mark.parametrize("name", ["hat", "cap", "turban", "hijab"])
@pytest.mark.parametrize("seed", SEEDS)
def test_headgear_covers_the_crown_and_leaves_the_brows(name, seed):
    landmarks = head(seed).landmarks
    surfaces = worn(name, seed, 0, seed)
    scalp = scalp_points(landmarks, np.linspace(-60, 60, 9), np.array([[40.0], [60.0]])).reshape(-1, 3)
    assert hides(surfaces, scalp).all()
    flat = surfaces if name != "cap" else surfaces[:2]
    if name != "hat":  # a brim, like a peak, may hang before the brows
        assert not hides(flat, landmarks[list(BROWS)]).any()
    assert not hides(flat, landmarks[[*MOUTH, NOSE_TIP, *EYES]]).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_hijab_covers_the_ears_the_neck_and_the_skull(seed):
    whole = head(seed)
    surfaces = worn("hijab", seed, 0, seed)
    parts = {surface.name: surface.vertices for surface in whole.surfaces}
    outline = np.abs(whole.landmarks[:, 0]).max()
    ears = parts["ears"][np.abs(parts["ears"][:, 0]) > outline + 0.03]  # the rest lies behind the cheeks
    throat = parts["neck"][(parts["neck"][:, 1] > whole.landmarks[CHIN, 1] + 0.05) & (parts["neck"][:, 1] < 2)]
    assert len(ears) > 50
    assert hides(surfaces, np.concatenate([ears, throat])[::5]).all()
    face = parts["face"]
    skull = face[(face[:, 1] < whole.landmarks[FOREHEAD, 1] - 0.05) & (face[:, 2] > -0.7)]
    assert hides(surfaces, skull[::15]).all()
    assert not hides(surfaces, whole.landmarks[[*MOUTH, *EYES, *BROWS, NOSE_TIP]]).any()


@pytest.mark.parametrize("seed", range(6))
def test_scarf_covers_the_throat_and_only_its_upper_turn_moves_with_the_head(seed):
    landmarks = head(seed % 4).landmarks
    surfaces = worn("scarf", seed % 4, 0, seed)
    throat = landmarks[[CHIN]] + np.float32([0, 0.2, -0.2])
    assert hides(surfaces, throat).all()
    assert not hides(surfaces, landmarks[list(EYES)]).any()
    assert [surface.on_head for surface in surfaces][:2] == [True, False]
    above = front(surfaces[:1], landmarks) - landmarks[:, 2]
    assert above[above > -0.3].min() > 0  # what lies further back is its part behind the neck


@pytest.mark.parametrize("name", MASKS + ("cap", "turban", "hat", "hijab"))
def test_cloth_is_wound_outwards(name):
    surface = worn(name)[0]
    corners = surface.vertices[surface.triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    middle = np.float32([0, 0.6, -0.4]) if name in MASKS else np.float32([0, -0.2, -0.7])
    outwards = ((corners.mean(axis=1) - middle) * normal).sum(axis=1)
    assert outwards[np.abs(outwards) > 1e-7].sum() > 0
    assert (outwards > -1e-7).mean() > 0.8
