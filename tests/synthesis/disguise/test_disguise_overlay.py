"""Disguises change what they should of a photo, and nothing else."""

import functools

import cv2
import numpy as np
import pytest
from drawn_faces import SIZE, face, mesh, worn

from fer_tf.errors import InputError
from fer_tf.faces.face import Mesh
from fer_tf.labels import DISGUISES
from fer_tf.synthesis.disguise.overlay import disguise_faces
from fer_tf.synthesis.render.head.topology import mirror
from fer_tf.synthesis.render.surface import to_linear, to_srgb

ALL = DISGUISES[1:]
MASKS = ("surgical_mask", "cloth_mask", "n95")
EYES = (159, 145, 386, 374, 33, 263)
MOUTH = (0, 13, 17, 61, 291)
CHEEKS = (50, 280, 205, 425)
# Of each kind, landmarks that it hides and landmarks that it leaves as they are.
HIDES = {
    **dict.fromkeys(MASKS, ((*MOUTH, 4, 164), (*EYES, 10, 151))),
    **dict.fromkeys(("hat", "cap", "turban"), ((), (*EYES, *MOUTH, *CHEEKS))),
    "hijab": ((), (*EYES, *MOUTH, *CHEEKS, 4)),
    "sunglasses": ((159, 145, 386, 374), (*MOUTH, 4, 10, 199)),
    "clear_glasses": ((), (*MOUTH, 4, 10, 199)),
    "beard": ((199, 152, 200), (*EYES, 4, 10, 13, 50, 280)),
    "make_up": ((0, 17), ()),
    "scarf": ((), (*EYES, 10, 151)),
    "gas_mask": ((*MOUTH, 4), ()),
}


@functools.cache
def disguised(name: str, yaw: float = 0.0, seed: int = 1):
    (result,) = disguise_faces([face(yaw)], [[mesh(yaw)]], name, [seed])
    return result


def at(values: np.ndarray, landmarks) -> np.ndarray:
    columns, rows = mesh().points[list(landmarks), :2].astype(int).T
    return values[rows, columns]


def resized_face(side: int, image: np.ndarray | None = None) -> tuple[np.ndarray, Mesh]:
    image = cv2.resize(face() if image is None else image, (side, side), interpolation=cv2.INTER_AREA)
    return image, Mesh(mesh().points * np.float32(side / SIZE), 1.0)


def test_every_disguise_is_tested():
    assert set(HIDES) == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_right_region_is_hidden_and_the_rest_is_the_photo(name):
    result = disguised(name)
    assert result.placed == (True,)
    assert result.image.dtype == np.uint8
    assert result.image.shape == face().shape
    assert result.alpha.dtype == np.float32
    assert result.alpha.shape == face().shape[:2]
    assert 0 <= result.alpha.min() <= result.alpha.max() <= 1
    outside = result.alpha == 0
    assert (result.image[outside] == face()[outside]).all()
    assert outside.mean() > 0.1
    soft = (result.alpha > 0.1) & (result.alpha < 0.9)
    assert soft.sum() > 30
    hidden, free = HIDES[name]
    assert (at(result.alpha, hidden) > 0.5).all()
    # A shadow or a pane may lie on what stays to be seen.
    assert (at(result.alpha, free) < 0.45).all()


@pytest.mark.parametrize("name", ["hat", "cap", "turban", "hijab"])
@pytest.mark.parametrize("seed", range(3))
def test_headgear_hides_the_top_of_the_head(name, seed):
    (x, y), down = mesh().points[10, :2], mesh().points[152, 1] - mesh().points[10, 1]
    above = disguised(name, 0.0, seed).alpha[int(y - 0.3 * down), int(x - 0.2 * down) : int(x + 0.2 * down)]
    assert (above > 0.95).all()
    assert (at(disguised(name, 0.0, seed).alpha, EYES) < 0.6).all()  # the shadow of a peak


@pytest.mark.parametrize("name", ALL)
def test_seed_decides_whatever_the_batch(name):
    alone = disguised(name, 0.0, 1)
    other, same = disguise_faces([face(30.0), face()], [[mesh(30.0)], [mesh()]], name, [2, 1])
    assert same.image.tobytes() == alone.image.tobytes()
    assert same.alpha.tobytes() == alone.alpha.tobytes()
    assert other.image.tobytes() != same.image.tobytes()
    if name in ("surgical_mask", "hat", "make_up"):
        assert any(disguised(name, 0.0, seed).image.tobytes() != alone.image.tobytes() for seed in (2, 3))


@pytest.mark.parametrize("yaw", [-30.0, 0.0, 30.0])
@pytest.mark.parametrize("name", ["surgical_mask", "n95"])
def test_mask_sits_where_the_renderer_puts_it(name, yaw):
    theirs = np.abs(worn(name, yaw).astype(int) - face(yaw)).max(axis=2) > 24
    result = disguised(name, yaw)
    ours = (result.alpha > 0.5) & (np.abs(result.image.astype(int) - face(yaw)).max(axis=2) > 24)
    assert (ours & theirs).sum() / (ours | theirs).sum() > 0.8


@pytest.mark.parametrize("name", ["surgical_mask", "sunglasses", "gas_mask"])
def test_mirrored_face_wears_the_mirrored_disguise(name):
    points = mesh(30.0).points[mirror()] * np.float32([-1, 1, 1]) + np.float32([SIZE, 0, 0])
    (flipped,) = disguise_faces([face(30.0)[:, ::-1]], [[Mesh(points, 1.0)]], name, [1])
    straight = disguised(name, 30.0)
    ours, theirs = flipped.alpha[:, ::-1] > 0.5, straight.alpha > 0.5
    assert (ours & theirs).sum() / (ours | theirs).sum() > 0.93
    both = ours & theirs
    assert np.abs(flipped.image[:, ::-1].astype(int) - straight.image)[both].mean() < 12


@pytest.mark.parametrize("name", ["surgical_mask", "hat", "make_up"])
def test_darker_photo_has_a_darker_disguise(name):
    dark = np.rint(to_srgb(to_linear(face()) * np.float32(0.3))).astype(np.uint8)
    (result,) = disguise_faces([dark], [[mesh()]], name, [1])
    where = disguised(name).alpha > 0.8
    assert result.image[where].mean() < 0.75 * disguised(name).image[where].mean()


@pytest.mark.parametrize("name", ALL)
def test_grey_stays_grey_and_48_pixels_are_enough(name):
    grey = cv2.cvtColor(face(), cv2.COLOR_RGB2GRAY)
    small, small_mesh = resized_face(48, grey)
    three = np.repeat(small[..., None], 3, axis=2)
    flat, deep = disguise_faces([small, three], [[small_mesh], [small_mesh]], name, [1, 1])
    assert flat.image.shape == (48, 48)
    assert deep.image.shape == (48, 48, 3)
    assert (deep.image == flat.image[..., None]).all()
    assert (flat.alpha > 0.3).sum() > 15
    assert (flat.image[flat.alpha == 0] == small[flat.alpha == 0]).all()


def test_small_picture_looks_like_the_large_one_reduced():
    small, small_mesh = resized_face(48)
    (result,) = disguise_faces([small], [[small_mesh]], "surgical_mask", [1])
    large, _ = resized_face(48, disguised("surgical_mask").image)
    assert np.abs(result.image.astype(int) - large).mean() < 4


def test_faces_without_a_mesh_are_reported_and_others_drawn():
    broken = Mesh(np.random.default_rng(0).normal(90, 30, (468, 3)).astype(np.float32), 1.0)
    away = Mesh(mesh().points + np.float32([1000, 0, 0]), 1.0)
    images = [face()] * 4
    nothing, none, bad, mixed = disguise_faces(images, [[], [None], [broken, away], [None, mesh()]], "hat", [1] * 4)
    assert nothing is none is bad is None
    assert mixed.placed == (False, True)


def test_a_hat_above_the_picture_is_not_placed():
    top = int(mesh().points[168, 1])
    cut = Mesh(mesh().points - np.float32([0, top, 0]), 1.0)
    assert disguise_faces([face()[top:]], [[cut]], "cap", [1]) == [None]


@pytest.mark.parametrize("name", ["surgical_mask", "n95", "scarf", "beard"])
def test_what_lies_below_the_picture_is_not_placed(name):
    eyes = int(mesh().points[[33, 263], 1].mean())
    assert disguise_faces([face()[:eyes]], [[mesh()]], name, [1]) == [None]


def test_several_faces_wear_it_in_styles_of_their_own():
    image = np.concatenate([face(), face()], axis=1)
    second = Mesh(mesh().points + np.float32([SIZE, 0, 0]), 1.0)
    (result,) = disguise_faces([image], [[mesh(), second]], "cloth_mask", [3])
    assert result.placed == (True, True)
    left, right = np.split(result.image, 2, axis=1)
    assert (left != right).any()
    assert (result.alpha[:, :SIZE] > 0.5).any()
    assert (result.alpha[:, SIZE:] > 0.5).any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"disguise": "none"}, "disguise 'none': known are hat, cap"),
        ({"disguise": "moustache"}, "disguise 'moustache'"),
        ({"seeds": [1, 2]}, "1 images, 1 lists of meshes and 2 seeds"),
        ({"seeds": [-1]}, "seed -1: expected a whole number, 0 or more"),
        ({"seeds": [0.5]}, "seed 0.5"),
        ({"images": [np.zeros((20, 20, 4), np.uint8)]}, r"not uint8 \(20, 20, 4\)"),
        ({"images": [np.zeros((20, 20, 3))]}, "not float64"),
        ({"images": [np.zeros((0, 20, 3), np.uint8)]}, r"\(0, 20, 3\)"),
        ({"images": ["face.png"]}, "not str"),
        ({"meshes": [None]}, "expected a list for each image, came NoneType"),
    ],
)
def test_bad_input_is_refused(changes, message):
    arguments = {"images": [face()], "meshes": [[mesh()]], "disguise": "hat", "seeds": [1]} | changes
    with pytest.raises(InputError, match=message):
        disguise_faces(**arguments)


def test_no_images_no_results():
    assert disguise_faces([], [], "hat", []) == []
