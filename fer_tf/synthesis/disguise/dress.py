"""The geometry of a disguise on a fitted head, and of the head that hides part of it."""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np

from fer_tf.labels import DISGUISES
from fer_tf.synthesis.disguise.fit import Fit
from fer_tf.synthesis.disguise.light import BROWS, LUMINANCE, PhotoLight
from fer_tf.synthesis.render.disguise.shapes import sheet
from fer_tf.synthesis.render.disguise.wear import disguise_surfaces
from fer_tf.synthesis.render.hair.facial_hair import full_beard_surfaces
from fer_tf.synthesis.render.head import topology
from fer_tf.synthesis.render.head.body import body_surfaces
from fer_tf.synthesis.render.head.ears import ears_surface
from fer_tf.synthesis.render.head.skull import scalp_centre
from fer_tf.synthesis.render.people import HAIR_COLOURS, choose, draw_subject
from fer_tf.synthesis.render.raster.projection import PIVOT, place, turned
from fer_tf.synthesis.render.skin import texture_space
from fer_tf.synthesis.render.spec import PITCH_LIMIT, ROLL_LIMIT, SHAPE_NAMES, YAW_LIMIT, Pose, Subject
from fer_tf.synthesis.render.surface import Material, Surface, to_linear

# Real hair stands off more than the room that a drawn hat leaves for it: how much wider (to the
# sides) and higher these are made, about the middle of the skull.
_ROOM = {"hat": (1.07, 1.12), "cap": (1.07, 1.13), "turban": (1.08, 1.1), "hijab": (1.05, 1.1)}
# People in photos look a little down, or are looked down upon, and would hide behind a brim: hats are
# pushed back, so many degrees at a time, until the brows are free.
_BRIMS, _PUSHES = ("hat", "cap"), np.arange(0, 31, 3)
_BROW_TOPS, _FRONT = (105, 66, 107, 336, 296, 334), 0.62  # of the brim, E from the middle to either side
_BEARD_LENGTH = (0.12, 0.5)  # E, of the locks at the chin
_LOCK_SCALE, _FINEST_LOCKS = 35.0, 4  # pixels in one E at which the drawn locks look right; narrower ones above it
# How often each is taken where the brows do not tell.
_BEARD_COLOURS = {"black": 1.0, "dark_brown": 1.0, "brown": 1.0, "light_brown": 0.7, "blond": 0.5, "red": 0.15}
_BROW_SHARE = 0.5  # skin shows between the hairs of a brow
# From the forehead to the jaw, on the image's left.
_SIDE = (109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136)
# Skin of an ear, as parts of the face's mean: light, red-green-blue balance; and how much of it must be seen.
_EAR_LEVELS, _EAR_HUE, _EAR_SHARE = (0.3, 2.2), 0.45, 0.4
_STAND_IN = Subject("photo", 0, 0, 35.0, 5, (0.0,) * len(SHAPE_NAMES), "bald", (60.0, 45.0, 35.0))


@dataclasses.dataclass(frozen=True)
class _Wearer:
    """What disguises need of a head; the face in a photo is also its own face at rest."""

    landmarks: np.ndarray
    neutral: np.ndarray


def head_surfaces(fit: Fit, hair_over_ears: tuple[bool, bool] = (False, False)) -> tuple[Surface, ...]:
    """What hides a disguise behind it: face with skull, ears, neck, and hair that hangs over an ear.

    Args:
        fit: the head.
        hair_over_ears: of the image's left and right side.

    Returns:
        Surfaces in world coordinates, the face first.
    """
    head = Surface(
        topology.extend(fit.landmarks).astype(np.float32),
        topology.coarse_triangles(),
        Material.CLOTH,  # plain light, without the skin's shine
        _grey(topology.coarse_count()),
        "face",
        two_sided=True,  # the back of the skull is seen through the open eyes, not what lies behind it
    )
    neck = body_surfaces(_STAND_IN, 0.0)[0]
    curtains = [_curtain(fit, side) for side, hangs in zip((-1, 1), hair_over_ears, strict=True) if hangs]
    surfaces = (head, ears_surface(_STAND_IN, fit.landmarks, 0.0), neck, *curtains)
    return tuple(_in_world(surface, fit) for surface in surfaces)


def _curtain(fit: Fit, side: int) -> Surface:
    """Hair from the face's outline over an ear and back, on the image's left (-1) or right (1)."""
    outline = fit.landmarks[list(_SIDE if side < 0 else topology.mirrored(_SIDE))]
    steps = np.float32([(0.0, 0.0, 0.05), (0.13, 0.0, -0.03), (0.2, 0.0, -0.35), (0.15, 0.0, -0.95)])
    return sheet(outline[:, None] + steps * np.float32([side, 1, 1]), "hair", np.float32([0.1, 0.1, 0.1]))


def ears_covered(image: np.ndarray, fit: Fit, light: PhotoLight) -> tuple[bool, bool]:
    """Whether hair hangs over the ears on the image's left and right: where skin should be, other colours are.

    Args:
        image: uint8 (H, W, 3), the photo.
        fit: the head.
        light: of the photo, for the colour of the skin.
    """
    ears = _in_world(ears_surface(_STAND_IN, fit.landmarks, 0.0), fit).vertices
    covered = []
    for ear in np.split(ears, 2):
        columns, rows = np.floor(fit.to_photo(ear)).astype(int).T
        inside = (columns >= 0) & (rows >= 0) & (columns < image.shape[1]) & (rows < image.shape[0])
        if not inside.any():
            covered.append(False)
            continue
        seen = to_linear(image[rows[inside], columns[inside]]) + np.float32(1e-4)
        ratio = seen / np.float32(light.skin)
        level = ratio.mean(axis=1)
        hue = np.abs(ratio / level[:, None] - 1).max(axis=1)
        is_skin = (level > _EAR_LEVELS[0]) & (level < _EAR_LEVELS[1]) & (hue < _EAR_HUE)
        covered.append(bool(is_skin.mean() < _EAR_SHARE))
    return covered[0], covered[1]


def face_surface(fit: Fit) -> Surface:
    """The face alone, with its place in the skin's texture; in world coordinates."""
    face = Surface(
        fit.landmarks,
        topology.face_triangles(),
        Material.SKIN,
        _grey(topology.LANDMARKS),
        "face",
        uv=texture_space.to_texture(topology.neutral_face()),
    )
    return _in_world(face, fit)


def hair_colour(image: np.ndarray, fit: Fit, light: PhotoLight, rng: np.random.Generator) -> tuple[float, float, float]:
    """A colour for a beard: one that people have, near that of the brows.

    Args:
        image: uint8 (H, W, 3), the photo.
        fit: the head.
        light: of the photo.
        rng: of the choice among near ones.

    Returns:
        sRGB 0..255.
    """
    columns, rows = np.clip(fit.pixels[list(BROWS)].astype(int), 0, np.array(image.shape[1::-1]) - 1).T
    seen = to_linear(np.median(image[rows, columns], axis=0)) @ LUMINANCE / light.gain
    weights = {}
    for name, rarity in _BEARD_COLOURS.items():
        away = np.log(float(to_linear(HAIR_COLOURS[name]) @ LUMINANCE) / max(_BROW_SHARE * float(seen), 1e-4))
        weights[name] = rarity * float(np.exp(-2 * abs(away)))
    return HAIR_COLOURS[choose(rng, weights)]


def worn_surfaces(
    name: str, fit: Fit, rng: np.random.Generator, hair: tuple[float, float, float]
) -> tuple[Surface, ...]:
    """The disguise, in world coordinates; panes of glass last.

    Args:
        name: one of ``labels.DISGUISES`` that has a geometry.
        fit: the head.
        rng: source of style and colours.
        hair: sRGB 0..255 of a beard.

    Returns:
        Surfaces as of ``disguise_surfaces``, turned as the head (or the shoulders) and relative to the
        pivot, so that they are drawn with a ``Pose()``.
    """
    subject = dataclasses.replace(draw_subject(rng, "photo", gender=1, age_group=2), hair_colour=hair)
    wearer = _Wearer(fit.landmarks, fit.landmarks)
    if name == "beard":
        fineness = int(np.clip(fit.scale / _LOCK_SCALE, 1, _FINEST_LOCKS))
        surfaces = full_beard_surfaces(subject, wearer, rng.uniform(*_BEARD_LENGTH), fineness)
    else:
        surfaces = disguise_surfaces(DISGUISES.index(name), subject, wearer, rng)
    if name in _ROOM:
        surfaces = [_roomier(surface, fit, *_ROOM[name]) if surface.on_head else surface for surface in surfaces]
    if name in _BRIMS:
        surfaces = _pushed_back(surfaces, fit)
    return tuple(_in_world(surface, fit) for surface in surfaces)


def _roomier(surface: Surface, fit: Fit, wider: float, higher: float) -> Surface:
    """The surface, widened about the skull's middle above the brows, and raised above it."""
    middle = scalp_centre(fit.landmarks)
    off = surface.vertices - middle
    off[:, 0] *= 1 + (wider - 1) * topology.smoothstep(0.5, -0.2, off[:, 1])
    off[:, 1] += np.minimum(off[:, 1], 0) * (higher - 1)
    return dataclasses.replace(surface, vertices=(middle + off).astype(np.float32))


def _pushed_back(surfaces: Sequence[Surface], fit: Fit) -> list[Surface]:
    """A hat, turned about the skull's middle until its brim leaves the brows free in the photo."""
    middle, up = scalp_centre(fit.landmarks), -fit.turn[:2, 1]
    brows = (fit.pixels[list(_BROW_TOPS)] @ up).max()
    for degrees in np.radians(_PUSHES):
        cosine, sine = np.cos(degrees), np.sin(degrees)
        back = np.array([[1, 0, 0], [0, cosine, sine], [0, -sine, cosine]])
        pushed = [
            dataclasses.replace(surface, vertices=((surface.vertices - middle) @ back + middle).astype(np.float32))
            for surface in surfaces
        ]
        points = np.concatenate([surface.vertices for surface in pushed])
        front = points[(np.abs(points[:, 0]) < _FRONT) & (points[:, 2] > middle[2])]
        world = turned(front, PIVOT, fit.turn) + PIVOT
        if (fit.to_photo(world) @ up).min() > brows:
            break
    return pushed


def _in_world(surface: Surface, fit: Fit) -> Surface:
    """The surface as the photo shows it, so that the pose that is left is straight."""
    if surface.on_head:
        world = turned(np.asarray(surface.vertices, np.float32), PIVOT, fit.turn)
        turn = fit.turn
    else:
        world, turn = place(surface, _nearest_pose(fit.turn))
    tangent = None if surface.tangent is None else (surface.tangent @ turn.T).astype(np.float32)
    return dataclasses.replace(surface, vertices=world + PIVOT, tangent=tangent, on_head=True)


def _nearest_pose(turn: np.ndarray) -> Pose:
    """Yaw, pitch and roll of a rotation, within what a drawn head can do: for the shoulders, which follow little."""
    # Of tilt @ turn @ nod, see ``rotation_matrix``.
    yaw = np.degrees(np.arcsin(np.clip(-turn[2, 0], -1, 1)))
    pitch = np.degrees(np.arctan2(turn[2, 1], turn[2, 2]))
    roll = np.degrees(np.arctan2(turn[1, 0], turn[0, 0]))
    angles = zip((yaw, pitch, roll), (YAW_LIMIT, PITCH_LIMIT, ROLL_LIMIT), strict=True)
    return Pose(*(float(np.clip(angle, -limit, limit)) for angle, limit in angles))


@functools.cache
def _grey(count: int) -> np.ndarray:
    return np.full((count, 3), 0.4, np.float32)
