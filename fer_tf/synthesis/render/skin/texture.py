"""A person's skin, painted once: what it reflects, how it shines, its relief."""

import dataclasses
import functools

import cv2
import numpy as np

from fer_tf.synthesis.render.skin import features, spots
from fer_tf.synthesis.render.skin.brushes import Grain, clouds
from fer_tf.synthesis.render.skin.hairs import paint_brows, paint_lashes
from fer_tf.synthesis.render.skin.pigments import BLOOD, MELANIN, SHADE, Absorption, cover, rows_of
from fer_tf.synthesis.render.skin.texture_space import SHAPE
from fer_tf.synthesis.render.skin.tones import depth_of_tone, skin_colour
from fer_tf.synthesis.render.skin.wrinkles import resting_marks
from fer_tf.synthesis.render.spec import Subject
from fer_tf.synthesis.render.surface import to_linear

# See ``pigments``.
BEARD_SHADOW = (0.95, 0.86, 0.68)  # hair under the skin looks blue-grey
_TIRED = (0.80, 1.0, 0.85)
_LIGHT_LIPS, _DARK_LIPS = (0.34, 1.12, 0.98), (0.06, 0.36, 0.05)
_LIPSTICKS = ((172, 38, 52), (196, 74, 88), (150, 44, 62), (186, 92, 84), (124, 28, 44), (205, 60, 60))
_WRINKLE_SHADE = 0.62
_LASH_COLOUR = (26, 19, 17)
_HAIR_SHADE = 0.8  # hairs shade one another
_PORES = 0.0006  # E
_PORE_GRAIN = Grain((0.9, 0.9), 3.2)
_KINDS_OF_PIGMENT = 6
_SEED_PART = 13


@dataclasses.dataclass(frozen=True, eq=False)
class Skin:
    """A painted face in the texture's space (see ``texture_space``); equal to itself alone.

    Attributes:
        albedo: float32 (HEIGHT, WIDTH, 3) linear RGB 0..1.
        gloss: float32 (HEIGHT, WIDTH) 0 (dull) .. 1 (wet).
        height: float32 (HEIGHT, WIDTH) E, positive out of the face.
    """

    albedo: np.ndarray
    gloss: np.ndarray
    height: np.ndarray


def paint_skin(subject: Subject) -> Skin:
    """Paint a person's skin.

    Args:
        subject: everything about the skin is decided by its attributes and its seed.

    Returns:
        The same arrays for the same subject; the caller keeps them.
    """
    rng = np.random.default_rng((subject.seed, _SEED_PART))
    pigments = Absorption(_KINDS_OF_PIGMENT, skin_colour(subject))
    _add_complexion(pigments, subject, rng)
    _add_hollows(pigments, subject, rng)
    _add_lips(pigments, subject, rng)
    growth = spots.beard_growth(subject)
    if growth.any():
        pigments.add(growth, BEARD_SHADOW, 0.62 * _hair_darkness(subject))
    pigments.add(spots.paint_freckles(subject, rng), MELANIN, 0.55 * (1 - 0.6 * depth_of_tone(subject.skin_tone)))
    moles, mole_height = spots.paint_moles(subject, rng)
    pigments.add(moles, MELANIN, 1.3)
    wrinkles, height = resting_marks(subject)
    pigments.add(wrinkles, SHADE, _WRINKLE_SHADE)
    pores = _pores(subject, rng)
    pigments.add(np.minimum(pores, 0), SHADE, -0.035)

    albedo = pigments.albedo()
    stubble = spots.paint_stubble(growth, rng)
    albedo = cover(albedo, np.float32(0.62) * stubble, _HAIR_SHADE * to_linear(subject.brow_colour))
    albedo = _paint_lipstick(albedo, subject, rng)
    albedo, brows = _paint_hairs(albedo, subject, rng)
    gloss = _gloss(subject, pores, brows, growth)
    height += mole_height
    height += pores * np.float32(_PORES)
    hairy = np.maximum(brows, stubble)
    height[rows_of(hairy)] += np.float32(0.0022) * (brows + stubble)[rows_of(hairy)]
    furrows = features.lips()["furrows"]
    height[rows_of(furrows)] += np.float32(0.0016) * furrows[rows_of(furrows)]
    return Skin(np.clip(albedo, 0, 1, out=albedo), gloss, height)


def _hair_darkness(subject: Subject) -> float:
    """How much darker than light grey a subject's facial hair is, 0..1."""
    return float(np.clip(1.25 - np.mean(subject.brow_colour) / 160, 0.15, 1.0))


def _add_complexion(pigments: Absorption, subject: Subject, rng: np.random.Generator) -> None:
    """Uneven pigment and blood: ruddy cheeks, nose, ears and chin, sallow forehead."""
    zones, depth = features.zones(), depth_of_tone(subject.skin_tone)
    pigments.add(clouds(rng, 0.34), MELANIN, 0.022)
    pigments.add(clouds(rng, 0.11), BLOOD, 0.030)
    pigments.add(clouds(rng, 0.045) * zones["front"], MELANIN, 0.014 + 0.012 * subject.age / 60)
    # Blood shows through light skin; weather and age bring out more of it.
    ruddy = (0.75 + 0.5 * rng.uniform()) * (1 - 0.72 * depth) * (0.85 + 0.3 * max(0.0, subject.age - 30) / 40)
    pigments.add(_common()["ruddy"], BLOOD, ruddy)
    pigments.add(features.zones()["cheeks"] * clouds(rng, 0.03), BLOOD, 0.045 * ruddy)


@functools.cache
def _common() -> dict[str, np.ndarray]:
    """Amounts of pigments that differ between people by a factor only, each float32 (HEIGHT, WIDTH).

    Returns:
        "ruddy": blood of ruddy skin; "moist": blood at the eyes' edges; "hollows": shade in hollows and
        folds; "shine": of the gloss; "pores": how coarse they are.
    """
    eyes, nose, zones, lips = features.eyes(), features.nose(), features.zones(), features.lips()
    ruddy = (
        *((zones["cheeks"], 0.30), (nose["tip"], 0.26), (zones["ears"], 0.12), (zones["chin"], 0.14)),
        *((eyes["lid"], 0.12), (zones["forehead"], -0.06)),
    )
    hollows = (
        *((zones["temples"], 0.05), (zones["jaw"], 0.10), (zones["under_lip"], 0.22), (eyes["socket"], 0.22)),
        *((eyes["bag"], 0.04), (eyes["crease"], 0.90), (nose["wings"], 0.42), (nose["under"], 0.22)),
        *((nose["sides"], 0.11), (nose["ridge"], -0.07), (nose["nostrils"], 2.1), (nose["philtrum"], 0.12)),
        *((lips["corners"], 0.65), (lips["line"], 1.05), (lips["rim"] * (1 - lips["red"]), -0.06)),
    )
    coarse = 0.55 + 0.75 * zones["shine"] + 0.45 * zones["cheeks"]
    maps = {
        "ruddy": sum(texture * strength for texture, strength in ruddy),
        "moist": 0.25 * eyes["inner"] + 0.40 * eyes["margin"],
        "hollows": sum(texture * strength for texture, strength in hollows),
        "shine": 0.34 + 0.30 * zones["shine"],
        "pores": coarse * zones["front"] * (1 - 0.9 * lips["red"]),
    }
    return {name: texture.astype(np.float32) for name, texture in maps.items()}


def _add_hollows(pigments: Absorption, subject: Subject, rng: np.random.Generator) -> None:
    """Soft shade in hollows and folds; more of it with age."""
    eyes = features.eyes()
    older = float(np.clip((subject.age - 25) / 50, 0, 1))
    tired = rng.uniform(0.6, 1.3)
    pigments.add(_common()["hollows"], SHADE, 1.0)
    pigments.add(_common()["moist"], BLOOD, 1.0)
    pigments.add(eyes["under"], _TIRED, (0.16 + 0.24 * older) * tired)
    if older:
        pigments.add(eyes["socket"], SHADE, 0.16 * older)
        pigments.add(eyes["bag"], SHADE, 0.30 * older * tired)


def _add_lips(pigments: Absorption, subject: Subject, rng: np.random.Generator) -> None:
    """Natural lips: red in light skin; in dark skin brown above and rosy below."""
    lips, depth = features.lips(), depth_of_tone(subject.skin_tone)
    colour = (1 - depth) * np.float32(_LIGHT_LIPS) + depth * np.float32(_DARK_LIPS)
    age = 1 - 0.25 * np.clip((subject.age - 40) / 40, 0, 1)
    strength = (0.50 + 0.50 * subject.lip_redness) * age * (1.0 if subject.gender == 0 else 0.82)
    pigments.add(lips["red"], tuple(colour.tolist()), float(strength))
    pigments.add(lips["upper"], SHADE, 0.12 + 0.22 * depth)
    pigments.add(lips["full"], SHADE, -0.10 - 0.30 * depth)
    pigments.add(lips["furrows"], SHADE, 0.07 + 0.03 * rng.uniform())


def _paint_lipstick(albedo: np.ndarray, subject: Subject, rng: np.random.Generator) -> np.ndarray:
    colour = to_linear(_LIPSTICKS[rng.integers(len(_LIPSTICKS))])
    if subject.lipstick <= 0:
        return albedo
    red = features.lips()["red"]
    place = rows_of(red)
    cover(albedo[place], np.float32(0.85 * subject.lipstick) * red[place], _lip_modelling()[place] * colour)
    return albedo


@functools.cache
def _lip_modelling() -> np.ndarray:
    """What dyes let through of the lips' own modelling, float32 (HEIGHT, WIDTH, 1)."""
    return np.exp(-0.9 * features.lips()["line"] - 0.07 * features.lips()["furrows"])[..., None]


def _paint_hairs(albedo: np.ndarray, subject: Subject, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Brows, lashes and the lids' edges; returns the colours and the brows' cover."""
    eyes = features.eyes()
    brow_colour = _HAIR_SHADE * to_linear(subject.brow_colour)
    brows = paint_brows(subject, rng)
    # Between the hairs lies the shade of their roots.
    root_shade = _blurred(brows, 3.2)
    albedo = cover(
        albedo,
        np.minimum(root_shade, np.float32(0.70), out=root_shade),
        0.65 * brow_colour + 0.15 * skin_colour(subject),
    )
    albedo = cover(albedo, np.float32(0.92) * brows, brow_colour)
    lash_colour = to_linear(_LASH_COLOUR)
    edge = 0.92 if subject.gender == 0 else 0.78
    albedo = cover(albedo, np.maximum(edge * eyes["upper_edge"], paint_lashes(subject, rng)), lash_colour)
    return cover(albedo, (0.42 if subject.gender == 0 else 0.32) * eyes["lower_edge"], lash_colour), brows


def _blurred(texture: np.ndarray, deviation: float) -> np.ndarray:
    """A map that is 0 nearly everywhere, blurred by pixels: float32 (HEIGHT, WIDTH)."""
    result = np.zeros(SHAPE, np.float32)
    place = rows_of(texture, margin=int(4 * deviation) + 1)
    if place.stop:
        result[place] = cv2.GaussianBlur(texture[place], (0, 0), deviation)
    return result


def _pores(subject: Subject, rng: np.random.Generator) -> np.ndarray:
    """Fine relief of the skin about -3..3, coarser where it is oily: float32 (HEIGHT, WIDTH)."""
    # On dark skin the highlights carry the relief, and much less of it is enough.
    pores = _PORE_GRAIN.piece(rng) * _common()["pores"]
    pores *= np.float32(1 - 0.45 * depth_of_tone(subject.skin_tone))
    return pores


def _gloss(subject: Subject, pores: np.ndarray, brows: np.ndarray, growth: np.ndarray) -> np.ndarray:
    lips, margin = features.lips(), features.eyes()["margin"]
    dry = 0.10 * np.clip((subject.age - 30) / 50, 0, 1)
    gloss = pores * np.float32(0.025)
    gloss += _common()["shine"]
    gloss -= np.float32(dry)
    gloss *= np.float32(1 - 0.30 * depth_of_tone(subject.skin_tone))
    matt = _blurred(brows, 2.0)
    gloss[rows_of(matt)] *= 1 - np.minimum(np.float32(0.9), np.float32(1.4) * matt[rows_of(matt)])
    gloss[rows_of(growth)] *= 1 - np.float32(0.45) * growth[rows_of(growth)]
    place = rows_of(lips["red"])
    red, full, furrows = (lips[name][place] for name in ("red", "full", "furrows"))
    moist = 0.55 + 0.25 * subject.lipstick
    gloss[place] += red * (np.float32(moist) + 0.12 * full - 0.08 * furrows - gloss[place])
    place = rows_of(margin)
    gloss[place] = np.maximum(gloss[place], np.float32(0.85) * margin[place])
    return np.clip(gloss, 0, 1, out=gloss)
