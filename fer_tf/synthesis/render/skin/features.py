"""Where a face's features lie in the texture: maps that are the same for everybody."""

import functools

import numpy as np

from fer_tf.synthesis.render.skin.brushes import area, blob, both_sides, ridge
from fer_tf.synthesis.render.skin.texture_space import grids, neutral_points

# Mesh points of the image's left half, from the outside to the middle of the face or eye.
UPPER_LID = (33, 246, 161, 160, 159, 158, 157, 173, 133)
LOWER_LID = (33, 7, 163, 144, 145, 153, 154, 155, 133)
_LID_CREASE = (130, 247, 30, 29, 27, 28, 56, 190, 243)
_UNDER_EYE = (228, 229, 230, 231, 232)
_LIP_TOP = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
_LIP_BOTTOM = (375, 321, 405, 314, 17, 84, 181, 91, 146)
_MOUTH_TOP = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
_MOUTH_BOTTOM = (324, 318, 402, 317, 14, 87, 178, 88, 95)
_NOSE_WING = (49, 102, 64, 98)
# Upper end of a beard: E from the middle of the face, and height there.
_BEARD_EDGE = (0.0, 0.28, 0.38, 0.49, 0.59, 0.66, 0.74), (0.89, 0.765, 0.67, 0.545, 0.42, 0.20, -0.10)
FACE_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)


def points_of(numbers: tuple[int, ...], shift: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """Neutral positions of mesh points, moved by ``shift``: float32 (N, 2) in E."""
    return neutral_points()[list(numbers)] + np.float32(shift)


def _frozen(maps: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    for texture in maps.values():
        texture.flags.writeable = False
    return maps


@functools.cache
def face_area() -> np.ndarray:
    """1 inside the mesh's outline, 0 outside, soft in between: float32 (HEIGHT, WIDTH), read-only."""
    return _frozen({"face": area(points_of(FACE_OVAL), 0.0)})["face"]


@functools.cache
def lips() -> dict[str, np.ndarray]:
    """Maps of the mouth, each float32 (HEIGHT, WIDTH) 0..1, read-only.

    Returns:
        "red": both lips and what lies between; "upper": share of "red" that is the upper lip;
        "line": where the lips meet; "rim": pale border above the upper lip; "full": the moist
        middle of the lower lip; "corners": dark corners; "furrows": -1..1, upright lines.
    """
    red = area(points_of(_LIP_TOP + _LIP_BOTTOM), 0.009)
    mouth = area(points_of(_MOUTH_TOP + _MOUTH_BOTTOM), 0.003)
    x, y = grids()
    middle = points_of(_MOUTH_TOP)
    parting = np.interp(x, middle[:, 0], middle[:, 1]).astype(np.float32) + 0.012
    rng = np.random.default_rng(0)
    # Furrows fan out from the middle of the mouth; several frequencies keep them from looking ruled.
    fan = x / (1 + 0.6 * np.abs(y - parting))
    furrows = sum(
        np.sin(fan * rate + rng.uniform(0, 6.3) + np.sin(fan * 23 + y * 9) * 1.5) for rate in (95.0, 141.0, 203.0)
    )
    line = np.maximum(
        mouth, ridge([*points_of((61,), (-0.008, 0)), *middle, *points_of((291,), (0.008, 0))], 0.007, 0.1)
    )
    return _frozen(
        {
            "red": red,
            "upper": red * np.clip(0.5 - (y - parting) / 0.032, 0, 1),
            "line": line,
            "rim": ridge(points_of(_LIP_TOP, (0, -0.016)), 0.009),
            "full": blob((0, 0.745), (0.11, 0.022)),
            "corners": both_sides(blob((-0.26, 0.688), (0.022, 0.012), 10)),
            "furrows": (furrows / 2.2).astype(np.float32) * red * (1 - mouth),
        }
    )


@functools.cache
def eyes() -> dict[str, np.ndarray]:
    """Maps of both eyes' surroundings, each float32 (HEIGHT, WIDTH) 0..1, read-only.

    Returns:
        "opening": the hole and a seam round it; "upper_edge", "lower_edge": the lashes' lines;
        "margin": moist pink edge; "crease": fold of the upper lid; "lid": skin between lashes and
        crease; "socket": shade under the brow; "under": dark under the eye; "inner": corner at the
        nose; "bag": lower end of the bag under the eye; "shadow": where eye shadow goes.
    """
    opening = area(points_of(UPPER_LID + LOWER_LID[-2:0:-1]), 0.004)
    lid = area(points_of(UPPER_LID + _LID_CREASE[-2:0:-1]), 0.008)
    return _frozen(
        {
            "opening": both_sides(opening),
            "upper_edge": both_sides(ridge(points_of(UPPER_LID[:-1], (0, -0.006)), 0.0085, 0.12)),
            "lower_edge": both_sides(ridge(points_of(LOWER_LID[:-2], (0, 0.010)), 0.007, 0.2)),
            "margin": both_sides(ridge(points_of(LOWER_LID, (0, 0.004)), 0.008, 0.05)),
            "crease": both_sides(ridge(points_of(_LID_CREASE[1:-1], (0, -0.006)), 0.009, 0.3)),
            "lid": both_sides(lid),
            "socket": both_sides(
                np.maximum(blob((-0.235, -0.075), (0.075, 0.055), -30), 0.6 * blob((-0.40, -0.10), (0.14, 0.045), -6))
            ),
            "under": both_sides(
                np.maximum(
                    ridge(points_of(_UNDER_EYE, (0.01, -0.035)), 0.032, 0.35), blob((-0.215, 0.06), (0.05, 0.04))
                )
            ),
            "inner": both_sides(blob((-0.175, 0.012), (0.028, 0.026))),
            "bag": both_sides(ridge(points_of(_UNDER_EYE, (0.015, 0.005)), 0.014, 0.35)),
            "shadow": both_sides(
                area(
                    [(-0.57, -0.05), (-0.53, -0.12), (-0.40, -0.163), (-0.26, -0.14), (-0.17, -0.03), (-0.35, -0.05)],
                    0.03,
                )
            ),
        }
    )


@functools.cache
def nose() -> dict[str, np.ndarray]:
    """Maps of the nose, each float32 (HEIGHT, WIDTH) 0..1, read-only.

    Returns:
        "nostrils"; "wings": groove round the wings; "under": shade below; "tip": ball and wings;
        "ridge": bone; "sides": shade beside the bone; "philtrum": groove down to the lip.
    """
    wing = points_of(_NOSE_WING, (-0.006, 0))
    nostril = np.minimum(1, 1.2 * blob((-0.0886, 0.413), (0.031, 0.0115), -14))
    return _frozen(
        {
            "nostrils": both_sides(nostril),
            "wings": both_sides(ridge(wing, 0.011, 0.3)),
            "under": blob((0, 0.45), (0.14, 0.022)),
            "tip": np.maximum(blob((0, 0.332), (0.085, 0.06)), both_sides(blob((-0.143, 0.38), (0.045, 0.045)))),
            "ridge": ridge([(0, 0.0), (0, 0.15), (0, 0.34)], 0.03, 0.2),
            "sides": both_sides(ridge([(-0.12, -0.03), (-0.10, 0.12), (-0.13, 0.27)], 0.032, 0.4)),
            "philtrum": ridge([(0, 0.482), (0, 0.528), (0, 0.568)], 0.016, 0.3),
        }
    )


@functools.cache
def zones() -> dict[str, np.ndarray]:
    """Broad zones, each float32 (HEIGHT, WIDTH) 0..1, read-only.

    Returns:
        "cheeks", "ears", "chin", "forehead", "temples", "under_lip"; "jaw": shade towards the
        outline; "front": 0 where the skin turns away and fine detail would be drawn out; "shine":
        where skin is oily; "freckles"; "moustache", "goatee", "beard": where
        hair grows.
    """
    x, y = grids()
    lip = lips()["red"]
    cheeks = both_sides(np.maximum(blob((-0.414, 0.309), (0.13, 0.10), -25), 0.6 * blob((-0.458, 0.432), (0.12, 0.16))))
    chin = blob((0, 0.979), (0.12, 0.09))
    under_lip = blob((0, 0.847), (0.13, 0.03))
    bearded = np.clip((y - np.interp(np.abs(x), *_BEARD_EDGE)) / 0.16 + 0.5, 0, 1).astype(np.float32)
    upper_lip = area(
        [(-0.308, 0.648), (-0.235, 0.535), (-0.0553, 0.473), (0.0553, 0.473), (0.235, 0.535), (0.308, 0.648)], 0.02
    )
    moustache = np.maximum(
        upper_lip, 0.8 * both_sides(ridge([(-0.293, 0.649), (-0.33, 0.772), (-0.302, 0.919)], 0.035, 0.2))
    )
    goatee = np.maximum(blob((0, 0.995), (0.17, 0.15)), 0.8 * blob((0, 0.861), (0.07, 0.05)))
    beard = bearded * bearded * (3 - 2 * bearded)
    bare = 1 - np.clip(1.3 * lip, 0, 1)
    return _frozen(
        {
            "cheeks": cheeks,
            "ears": np.clip((np.abs(x) - 0.74) / 0.1, 0, 1) * blob((0, 0.15), (3, 0.25)),
            "chin": chin,
            "front": np.clip((0.74 - np.abs(x)) / 0.16, 0, 1),
            "forehead": blob((0, -0.46), (0.36, 0.13)),
            "temples": both_sides(blob((-0.66, -0.18), (0.09, 0.16))),
            "under_lip": under_lip,
            "jaw": np.clip((np.abs(x) - 0.5) / 0.3, 0, 1) ** 2 * np.clip((y + 0.1) / 0.4, 0, 1),
            "shine": np.clip(
                blob((0, -0.42), (0.28, 0.11))
                + ridge([(0, 0.0), (0, 0.38)], 0.05, 0.1)
                + 0.7 * both_sides(blob((-0.47, 0.24), (0.12, 0.06), -20))
                + 0.6 * chin
                + 0.4 * both_sides(blob((-0.36, -0.08), (0.12, 0.03))),
                0,
                1,
            ),
            "freckles": np.clip(cheeks + blob((0, 0.22), (0.16, 0.12)) + 0.25 * blob((0, -0.4), (0.4, 0.2)), 0, 1)
            * bare,
            "moustache": np.clip(moustache, 0, 1) * bare,
            "goatee": np.clip(goatee, 0, 1) * bare,
            "beard": np.clip(np.maximum(beard, moustache), 0, 1) * bare,
        }
    )


@functools.cache
def brow_band() -> tuple[np.ndarray, np.ndarray]:
    """The left brow as its middle line and half its thickness, from the nose outwards.

    Returns:
        line float32 (5, 2) and half thickness float32 (5, 2), E.
    """
    top, bottom = points_of((107, 66, 105, 63, 70)), points_of((55, 65, 52, 53, 46))
    return (top + bottom) / 2, (bottom - top) / 2


def mirror_points(points: np.ndarray) -> np.ndarray:
    """Points (N, 2) on the other side of the face."""
    return points * np.float32([-1, 1])
