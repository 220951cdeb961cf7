"""Heavy theatrical make-up: of the stage, the carnival and the circus."""

import functools

import cv2
import numpy as np

from fer_tf.synthesis.render.skin import features
from fer_tf.synthesis.render.skin.brushes import area, blob, both_sides, clouds, ridge
from fer_tf.synthesis.render.skin.pigments import cover, rows_of
from fer_tf.synthesis.render.skin.texture import Skin
from fer_tf.synthesis.render.spec import Subject
from fer_tf.synthesis.render.surface import to_linear

# sRGB 0..255.
_EYE_SHADOWS = ((70, 30, 110), (20, 70, 130), (15, 110, 100), (140, 30, 80), (150, 95, 30), (30, 28, 32))
_LIPS = ((170, 10, 40), (120, 5, 60), (200, 30, 110), (60, 8, 20), (215, 50, 25))
_BLUSHES = ((205, 70, 95), (190, 70, 60), (160, 45, 75))
_PAINTS = ((200, 25, 30), (25, 60, 170), (240, 180, 20), (20, 130, 60), (110, 30, 140), (230, 100, 20))
_BLACK, _WHITE, _CLOWN_NOSE = (14, 12, 13), (238, 236, 230), (190, 20, 25)
# How often each pattern is painted over the glamour; the first leaves it at that.
_PATTERNS, _PATTERN_ODDS = ("none", "clown", "butterfly", "stripes"), (0.55, 0.15, 0.15, 0.15)
_POWDER = 0.35  # how far foundation hides the skin's own unevenness
_SMOOTH, _SMOOTH_STEP = 9.0, 4  # pixels over which foundation evens out; every so many are enough
_POWDER_GLOSS, _PAINT_GLOSS, _LIP_GLOSS = 0.20, 0.30, 0.95


@functools.cache
def _maps() -> dict[str, np.ndarray]:
    """Where make-up goes, each float32 (HEIGHT, WIDTH) 0..1."""
    edge = features.points_of(features.UPPER_LID[1:-1], (0, -0.010))
    wing = [(-0.610, -0.085), (-0.560, -0.048), (-0.505, -0.018), *edge]
    diamond = [(-0.36, -0.40), (-0.29, -0.05), (-0.35, 0.30), (-0.42, -0.05)]
    wings = [
        (-0.10, -0.04),
        (-0.30, -0.36),
        (-0.62, -0.42),
        (-0.70, -0.16),
        (-0.56, 0.10),
        (-0.62, 0.36),
        (-0.36, 0.30),
    ]
    stripes = [
        [(-0.72, 0.10 + step), (-0.55, 0.16 + step), (-0.36 + 0.2 * step, 0.16 + 1.1 * step)]
        for step in (0.0, 0.13, 0.26, 0.39)
    ]
    stripes += [[(x, -0.60), (0.9 * x, -0.46), (0.6 * x, -0.33)] for x in (-0.08, -0.26, -0.44)]
    return {
        "wing": both_sides(ridge(wing, 0.013, 0.08)),
        "lower_liner": both_sides(ridge(features.points_of(features.LOWER_LID[:-2], (0, 0.012)), 0.009, 0.15)),
        "blush": both_sides(np.maximum(ridge([(-0.66, 0.12), (-0.52, 0.26), (-0.40, 0.33)], 0.07, 0.4), 0)),
        "contour": both_sides(ridge([(-0.68, 0.34), (-0.54, 0.45), (-0.42, 0.54)], 0.035, 0.4)),
        "brow_bone": both_sides(blob((-0.44, -0.158), (0.09, 0.020), -8)),
        "diamond": both_sides(area(diamond, 0.006)),
        "wings": both_sides(area(wings + [(-0.20, 0.12)], 0.006)),
        "wing_rim": both_sides(ridge([*wings, (-0.20, 0.12), wings[0]], 0.012, 0.0)),
        "stripes": both_sides(functools.reduce(np.maximum, [ridge(points, 0.022, 0.35) for points in stripes])),
        # It runs out before the hair and the edge of the jaw.
        "ground": area(features.points_of(features.FACE_OVAL) * 0.93 + np.float32([0, 0.02]), 0.02),
        "clown_nose": np.clip(1.8 * blob((0, 0.348), (0.10, 0.075)) - 0.3, 0, 1),
        "clown_mouth": area(
            [
                (-0.365, 0.635),
                (-0.225, 0.545),
                (0, 0.535),
                (0.225, 0.545),
                (0.365, 0.635),
                (0.26, 0.805),
                (0, 0.885),
                (-0.26, 0.805),
            ],
            0.006,
        ),
    }


def apply_make_up(skin: Skin, subject: Subject, rng: np.random.Generator) -> Skin:
    """Make a face up so that it is partly hidden.

    Args:
        skin: the bare skin; it is not changed.
        subject: whose it is; lips keep the modelling of their depth.
        rng: of colours and patterns.

    Returns:
        A new skin that differs inside the face's outline only.
    """
    maps, eyes, lips = _maps(), features.eyes(), features.lips()
    face = features.face_area()
    paint = np.zeros_like(face)  # how far an opaque paint lies on the skin
    smooth = _smoothed(skin.albedo)
    bare = np.clip(1 - lips["red"] - eyes["opening"] - eyes["upper_edge"], 0, 1)
    albedo = cover(skin.albedo.copy(), np.float32(_POWDER) * bare * _away_from_brows(), smooth)
    pattern = str(rng.choice(_PATTERNS, p=_PATTERN_ODDS))
    if pattern != "none":
        albedo, paint = _paint_pattern(albedo, pattern, rng)
    albedo = cover(albedo, rng.uniform(0.45, 0.75) * maps["blush"] * (1 - paint), _pick(_BLUSHES, rng))
    place = rows_of(maps["contour"])
    albedo[place] *= np.exp(-0.35 * (maps["contour"] * (1 - paint))[place])[..., None]
    shadow = _pick(_EYE_SHADOWS, rng)
    albedo = cover(albedo, rng.uniform(0.60, 0.85) * np.maximum(eyes["shadow"], eyes["lid"]), shadow)
    albedo = cover(albedo, 0.35 * maps["brow_bone"], to_linear(_WHITE))
    liner = np.maximum.reduce([maps["wing"], 0.75 * maps["lower_liner"], eyes["upper_edge"]])
    albedo = cover(albedo, 0.95 * liner, to_linear(_BLACK))
    place = rows_of(lips["red"])
    modelling = np.exp((-0.10 * lips["furrows"] - 0.9 * lips["line"] - 0.2 * lips["upper"])[place])[..., None]
    cover(albedo[place], np.float32(0.9) * lips["red"][place], modelling * _pick(_LIPS, rng))

    gloss = skin.gloss + (_POWDER_GLOSS - skin.gloss) * 0.6 * bare + paint * bare * (_PAINT_GLOSS - _POWDER_GLOSS)
    gloss = np.maximum(gloss, np.float32(_LIP_GLOSS) * lips["red"])
    inside = face > 0
    return Skin(
        np.where(inside[..., None], np.clip(albedo, 0, 1), skin.albedo).astype(np.float32),
        np.where(inside, np.clip(gloss, 0, 1), skin.gloss).astype(np.float32),
        # Powder fills the pores.
        np.where(inside, skin.height * (1 - np.float32(_POWDER) * bare), skin.height).astype(np.float32),
    )


def _smoothed(albedo: np.ndarray) -> np.ndarray:
    """Colours without any detail, float32 (HEIGHT, WIDTH, 3): blurred in a small copy."""
    height, width = albedo.shape[:2]
    small = cv2.resize(albedo, (width // _SMOOTH_STEP, height // _SMOOTH_STEP), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), _SMOOTH / _SMOOTH_STEP)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def _pick(colours: tuple, rng: np.random.Generator) -> np.ndarray:
    return to_linear(colours[rng.integers(len(colours))])


@functools.cache
def _away_from_brows() -> np.ndarray:
    """0 on the brows, which powder does not hide, 1 elsewhere."""
    line, _ = features.brow_band()
    return 1 - np.minimum(1, 1.4 * both_sides(ridge(line, 0.05, 0.05)))


def _paint_pattern(albedo: np.ndarray, pattern: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Face paint; returns the colours and how far paint covers the skin."""
    maps = _maps()
    first, second = (to_linear(_PAINTS[number]) for number in rng.choice(len(_PAINTS), 2, replace=False))
    # Greasepaint is never laid on evenly.
    uneven = np.clip(0.90 + 0.05 * clouds(rng, 0.05), 0, 1)
    if pattern == "clown":
        ground = uneven * maps["ground"]
        albedo = cover(albedo, 0.92 * ground, to_linear(_WHITE))
        layers = (("diamond", first), ("clown_nose", to_linear(_CLOWN_NOSE)), ("clown_mouth", to_linear(_CLOWN_NOSE)))
    elif pattern == "butterfly":
        ground = np.maximum(maps["wings"], maps["wing_rim"])
        layers = (("wings", first), ("wing_rim", second))
    else:
        ground = maps["stripes"]
        layers = (("stripes", first),)
    for name, colour in layers:
        albedo = cover(albedo, 0.9 * uneven * maps[name], colour)
    return albedo, ground.astype(np.float32)
