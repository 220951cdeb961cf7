"""Beards: where they grow, that they move with the face and leave the lips free."""

import types

import numpy as np
import pytest

from fer_tf.synthesis.render.hair import facial_hair
from fer_tf.synthesis.render.hair.facial_hair import facial_hair_surfaces, full_beard_surfaces
from fer_tf.synthesis.render.head.topology import neutral_face
from fer_tf.synthesis.render.spec import SHAPE_NAMES, Subject

FACE = neutral_face()
HEAD = types.SimpleNamespace(neutral=FACE, landmarks=FACE)
KINDS = ("moustache", "goatee", "full_beard")
LIP_LINE, UPPER_LIP, LOWER_LIP, NOSE_TIP, CHIN = 13, 0, 17, 1, 152


def person(kind: str, seed: int = 5) -> Subject:
    shape = (0.0,) * len(SHAPE_NAMES)
    return Subject("p", seed, 1, 40.0, 4, shape, "crew_cut", (70.0, 45.0, 30.0), facial_hair=kind)


def roots_of(surface) -> np.ndarray:
    return surface.vertices[surface.uv[:, 1] == 0]


@pytest.mark.parametrize("kind", ["none", "stubble"])
def test_what_the_skin_shows_is_no_geometry(kind):
    assert facial_hair_surfaces(person(kind), HEAD) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_surface_is_sound(kind):
    (hair,) = facial_hair_surfaces(person(kind), HEAD)
    assert hair.name == "facial_hair"
    assert np.isfinite(hair.vertices).all()
    assert hair.triangles.max() < len(hair.vertices)
    assert len(hair.triangles) <= 12_000
    np.testing.assert_allclose(np.linalg.norm(hair.tangent, axis=1), 1, atol=1e-4)


def test_each_kind_has_its_place():
    moustache, goatee, full = (roots_of(facial_hair_surfaces(person(kind), HEAD)[0]) for kind in KINDS)
    assert moustache[:, 1].max() < 0.80
    assert np.abs(moustache[:, 0]).max() < 0.45
    assert (goatee[:, 1] > 0.9).sum() > 100
    assert np.abs(goatee[:, 0]).max() < 0.5
    assert (np.abs(full[:, 0]) > 0.55).sum() > 100
    for part in (moustache, goatee, full):
        assert part[:, 1].min() > -0.1
        assert abs(part[:, 0].mean()) < 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_no_root_on_the_lips(kind):
    root = roots_of(facial_hair_surfaces(person(kind), HEAD)[0])
    top, bottom = FACE[UPPER_LIP, 1] + 0.02, FACE[LOWER_LIP, 1] - 0.03
    assert not ((np.abs(root[:, 0]) < 0.16) & (root[:, 1] > top) & (root[:, 1] < bottom)).any()


def test_a_beard_follows_the_face():
    moved = FACE + np.where(FACE[:, 1:2] > 0.8, (0.0, 0.2, 0.0), 0.0)
    (rest,) = facial_hair_surfaces(person("goatee"), HEAD)
    (open_,) = facial_hair_surfaces(person("goatee"), types.SimpleNamespace(neutral=FACE, landmarks=moved))
    low = rest.vertices[:, 1] > 1.0
    shift = open_.vertices[low, 1] - rest.vertices[low, 1]
    assert np.median(shift) == pytest.approx(0.2, abs=0.02)


def test_same_seed_same_bytes_other_seed_other_hair():
    drawn = []
    for seed in (5, 5, 6):
        facial_hair._own_beard.cache_clear()
        drawn.append(facial_hair_surfaces(person("full_beard", seed), HEAD)[0])
    first, again, other = drawn
    assert first.vertices.tobytes() == again.vertices.tobytes()
    assert first.vertices.tobytes() != other.vertices.tobytes()


def test_the_big_beard_hides_the_chin_and_not_the_lips():
    (beard,) = full_beard_surfaces(person("none"), HEAD, 0.6)
    assert beard.name == "beard"
    middle = beard.vertices[beard.triangles].mean(1)
    at_chin = np.linalg.norm(middle[:, :2] - FACE[CHIN, :2], axis=1) < 0.1
    assert at_chin.sum() > 30
    assert middle[at_chin, 2].max() > FACE[CHIN, 2]
    at_lips = (np.abs(middle[:, 0]) < 0.12) & (np.abs(middle[:, 1] - FACE[LIP_LINE, 1]) < 0.03)
    assert at_lips.sum() < 12
    longer = full_beard_surfaces(person("none"), HEAD, 1.2)[0]
    assert longer.vertices[:, 1].max() > beard.vertices[:, 1].max() + 0.2
