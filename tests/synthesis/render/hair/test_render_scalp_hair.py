"""Hair of the head: where it lies, what a hat leaves, that it is a person's own."""

import types

import numpy as np
import pytest

from fer_tf.synthesis.render.hair import scalp_hair
from fer_tf.synthesis.render.hair.growth import cut_at, head_space, unit
from fer_tf.synthesis.render.hair.hairline import angles_of, direction_of, hairline, roots
from fer_tf.synthesis.render.hair.locks import Locks, lock_colours, ribbon_surface
from fer_tf.synthesis.render.hair.scalp_hair import hair_surfaces
from fer_tf.synthesis.render.head.skull import scalp_points
from fer_tf.synthesis.render.head.topology import neutral_face
from fer_tf.synthesis.render.spec import HAIR_STYLES, SHAPE_NAMES, Subject
from fer_tf.synthesis.render.surface import Material

FACE = neutral_face()
HEAD = types.SimpleNamespace(neutral=FACE, landmarks=FACE)
FRINGES = ("pixie", "bob_fringe", "long_fringe")
LONG = ("bob", "bob_fringe", "long_straight", "long_wavy", "long_fringe", "afro")
EYES_AND_MOUTH = (33, 133, 159, 145, 263, 362, 386, 374, 13, 14, 61, 291)


def person(style: str, seed: int = 5, age: float = 50.0) -> Subject:
    return Subject("p", seed, 1, age, 4, (0.0,) * len(SHAPE_NAMES), style, (70.0, 45.0, 30.0))


@pytest.fixture(scope="module")
def grown() -> dict:
    return {style: hair_surfaces(person(style), HEAD)[0] for style in HAIR_STYLES}


@pytest.mark.parametrize("lift", [0.0, 0.05, 0.4])
def test_heights_above_the_scalp_are_those_that_points_were_lifted_by(lift):
    space = head_space(FACE)
    direction = unit(np.random.default_rng(0).normal(size=(50, 3)))
    points = space.on_scalp(direction, lift)
    np.testing.assert_allclose(space.height(points), lift, atol=1e-5)
    np.testing.assert_allclose(space.raise_to(space.on_scalp(direction), np.full(50, lift)), points, atol=1e-5)


def test_unit_vectors_keep_their_shape_and_zero_stays_zero():
    vectors = np.zeros((2, 4, 3))
    vectors[1, 2] = 0.0, 3.0, 4.0
    assert unit(vectors).shape == vectors.shape
    assert unit(vectors)[1, 2].tolist() == [0.0, 0.6, 0.8]
    assert not unit(vectors)[0].any()


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_surface_is_sound(grown, style):
    hair = grown[style]
    count = len(hair.vertices)
    assert hair.name == "hair"
    assert hair.material == Material.HAIR
    assert hair.two_sided
    assert hair.on_head
    assert hair.triangles.min() >= 0
    assert hair.triangles.max() < count
    for values, columns in ((hair.vertices, 3), (hair.colour, 3), (hair.tangent, 3), (hair.uv, 2)):
        assert values.shape == (count, columns)
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
    np.testing.assert_allclose(np.linalg.norm(hair.tangent, axis=1), 1, atol=1e-4)
    assert hair.colour.min() >= 0
    assert hair.colour.max() <= 1
    assert hair.uv[:, 1].min() >= 0
    assert hair.uv[:, 1].max() <= 1
    assert len(hair.triangles) <= (25_000 if style in LONG else 12_600)


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_no_hair_inside_the_skull(grown, style):
    height = head_space(FACE).height(grown[style].vertices)
    assert np.quantile(height, 0.01) > -0.03
    assert height.min() > -0.06


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_eyes_and_mouth_stay_free(grown, style):
    hair = grown[style]
    middle = hair.vertices[hair.triangles].mean(1)
    free = [vertex for vertex in EYES_AND_MOUTH if style not in FRINGES or FACE[vertex, 1] > 0.1]
    before = middle[middle[:, 2] > -0.3]
    near = np.abs(before[:, None, :2] - FACE[free][None, :, :2]).max(-1) < 0.06
    assert near.sum() <= 2


@pytest.mark.parametrize("style", ["bob_fringe", "long_fringe"])
def test_a_fringe_covers_the_forehead_and_others_do_not(grown, style):
    def on_forehead(name: str) -> int:
        vertices = grown[name].vertices
        return int(
            ((np.abs(vertices[:, 0]) < 0.3) & (np.abs(vertices[:, 1] + 0.42) < 0.08) & (vertices[:, 2] > 0)).sum()
        )

    assert on_forehead(style) > 150
    assert max(on_forehead(name) for name in HAIR_STYLES if name not in FRINGES) < 20


def test_long_hair_is_longer_than_a_bob_and_a_bob_than_a_crew_cut(grown):
    lowest = {name: np.quantile(grown[name].vertices[:, 1], 0.98) for name in ("crew_cut", "bob", "long_straight")}
    assert lowest["crew_cut"] + 0.3 < lowest["bob"]
    assert lowest["bob"] + 0.6 < lowest["long_straight"]


def test_afro_stands_off_further_than_a_buzz_cut(grown):
    top = {name: -grown[name].vertices[:, 1].min() for name in ("buzz_cut", "afro")}
    assert top["afro"] > top["buzz_cut"] + 0.2


@pytest.mark.parametrize("style", ["crew_cut", "long_wavy", "bun", "ponytail", "afro"])
def test_same_seed_same_bytes_other_seed_other_hair(style):
    drawn = []
    for seed in (5, 5, 6):
        scalp_hair._grown.cache_clear()
        drawn.append(hair_surfaces(person(style, seed), HEAD)[0])
    first, again, other = drawn
    for field in ("vertices", "triangles", "colour", "uv", "tangent"):
        assert getattr(first, field).tobytes() == getattr(again, field).tobytes()
    assert first.vertices.tobytes() != other.vertices.tobytes()


@pytest.mark.parametrize("style", ["long_straight", "afro", "bun", "side_part"])
def test_a_hat_hides_what_lies_above_it(style):
    space = head_space(FACE)
    (hair,) = hair_surfaces(person(style), HEAD, covered=15.0)
    (free,) = hair_surfaces(person(style), HEAD)
    assert len(hair.triangles) < len(free.triangles)
    above = space.elevation(hair.vertices) > 16.0
    assert space.height(hair.vertices)[above].max(initial=0) < 0.03
    assert space.elevation(hair.vertices).max() < 20.0


def test_a_hijab_hides_all_hair():
    assert all(hair_surfaces(person(style), HEAD, covered=-90.0) == () for style in HAIR_STYLES)


def test_the_young_bald_have_none_and_the_old_a_wreath_that_leaves_the_crown_bare(grown):
    assert hair_surfaces(person("bald", age=30.0), HEAD) == ()
    assert head_space(FACE).elevation(grown["bald"].vertices).max() < 35.0


def test_head_space_agrees_with_the_skull_behind_the_forehead():
    azimuth, elevation = np.array([95.0, 130.0, 180.0, -120.0]), np.array([10.0, 40.0, -10.0, 60.0])
    here = head_space(FACE).on_scalp(direction_of(azimuth, elevation), 0.05)
    np.testing.assert_allclose(here, scalp_points(FACE, azimuth, elevation, 0.05), atol=1e-5)
    np.testing.assert_allclose(head_space(FACE).height(here), 0.05, atol=1e-5)
    np.testing.assert_allclose(head_space(FACE).elevation(here), elevation, atol=1e-3)


def test_roots_lie_within_the_hairline_and_recede():
    rng = np.random.default_rng(1)
    direction, _ = roots(1500, 0.0, 90.0, rng)
    azimuth, elevation = angles_of(direction)
    assert (elevation - hairline(azimuth)).min() > -9
    far, _ = roots(1500, 15.0, 90.0, np.random.default_rng(1))
    assert (far[:, 2] > 0.6).sum() < 0.7 * (direction[:, 2] > 0.6).sum()


def test_cut_hair_ends_at_the_level():
    line = np.stack([np.zeros(9), np.linspace(0, 4, 9), np.zeros(9)], 1)[None]
    cut = cut_at(np.repeat(line, 2, 0), np.array([1.3, 9.0]))
    assert cut[0, -1, 1] == pytest.approx(1.3, abs=1e-5)
    assert cut[1, -1, 1] == pytest.approx(4.0)


def test_ribbons_face_the_way_they_are_told():
    points = np.stack([np.zeros(5), np.linspace(0, 1, 5), np.zeros(5)], 1)[None].astype(np.float32)
    locks = Locks(points, np.tile(np.float32([0, 0, 1]), (1, 5, 1)), np.float32([0.1]), np.full((1, 3), 0.2))
    surface = ribbon_surface(locks, "hair", np.random.default_rng(0))
    a, b, c = (surface.vertices[surface.triangles[:, corner]] for corner in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()


def test_age_brings_grey():
    young, old = (lock_colours((30, 24, 20), age, 400, np.random.default_rng(2)) for age in (20.0, 80.0))
    assert old.mean() > 1.2 * young.mean()
