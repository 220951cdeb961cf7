"""A person's skin, painted once: what it reflects, how it shines, its relief."""

import dataclasses

import cv2
import numpy as np

from fer_tf.synthesis.render.skin import features, spots
from fer_tf.synthesis.render.skin.brushes import clouds
from fer_tf.synthesis.render.skin.hairs import paint_brows, paint_lashes
from fer_tf.synthesis.render.skin.texture_space import SHAPE
from fer_tf.synthesis.render.skin.tones import depth_of_tone, skin_colour
from fer_tf.synthesis.render.skin.wrinkles import resting_marks
from fer_tf.synthesis.render.spec import Subject
from fer_tf.synthesis.render.surface import to_linear

# What a unit of a pigment takes of red, green and blue (natural logarithms).
BLOOD = (0.06, 0.85, 0.70)
MELANIN = (0.55, 0.95, 1.20)
SHADE = (0.85, 1.05, 1.10)  # light that skin scatters back in hollows is reddish
BEARD_SHADOW = (0.95, 0.86, 0.68)  # hair under the skin looks blue-grey
_LIGHT_LIPS, _DARK_LIPS = (0.34, 1.12, 0.98), (0.06, 0.36, 0.05)
_LIPSTICKS = ((172, 38, 52), (196, 74, 88), (150, 44, 62), (186, 92, 84), (124, 28, 44), (205, 60, 60))
_WRINKLE_SHADE = 0.62
_LASH_COLOUR = (26, 19, 17)
_HAIR_SHADE = 0.8  # hairs shade one another
_PORES = 0.0006  # E
_SEED_PART = 13


@dataclasses.dataclass(frozen=True)
class Skin:
    """A painted face in the texture's space (see ``texture_space``).

    Attributes:
        albedo: float32 (HEIGHT, WIDTH, 3) linear RGB 0..1.
        gloss: float32 (HEIGHT, WIDTH) 0 (dull) .. 1 (wet).
        height: float32 (HEIGHT, WIDTH) E, positive out of the face.
    """

    albedo: np.ndarray
    gloss: np.ndarray
    height: np.ndarray


class Absorption:
    """Pigments over pigments: their logarithms add up, so their order does not matter."""

    def __init__(self) -> None:
        """Start without any."""
        self._amounts: dict[tuple[float, float, float], np.ndarray] = {}

    def add(self, texture: np.ndarray, colour: tuple[float, float, float], strength: float) -> None:
        """Add a pigment.

        Args:
            texture: float32 (HEIGHT, WIDTH), how much lies where.
            colour: what a unit takes of red, green and blue.
            strength: factor on the amount; a negative one lightens.
        """
        amount = texture * np.float32(strength)
        if colour in self._amounts:
            self._amounts[colour] += amount
        else:
            self._amounts[colour] = amount

    def transmission(self) -> np.ndarray:
        """What is left of the light, float32 (HEIGHT, WIDTH, 3)."""
        amounts = np.stack([amount.ravel() for amount in self._amounts.values()], 1)
        taken = amounts @ -np.float32(list(self._amounts))
        return np.exp(taken, out=taken).reshape(*SHAPE, 3)


def cover(albedo: np.ndarray, texture: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Lay an opaque colour over the skin.

    Args:
        albedo: float32 (HEIGHT, WIDTH, 3), changed in place.
        texture: float32 (HEIGHT, WIDTH) 0..1, where it covers how far.
        colour: linear RGB (3,), or one for each pixel.

    Returns:
        ``albedo``.
    """
    rows = np.flatnonzero(texture.any(axis=1))
    if len(rows):
        place = slice(rows[0], rows[-1] + 1)
        colour = np.broadcast_to(np.asarray(colour, np.float32), albedo.shape)[place]
        albedo[place] += texture[place, :, None] * (colour - albedo[place])
    return albedo


def paint_skin(subject: Subject) -> Skin:
    """Paint a person's skin.

    Args:
        subject: everything about the skin is decided by its attributes and its seed.

    Returns:
        The same arrays for the same subject; the caller keeps them.
    """
    rng = np.random.default_rng((subject.seed, _SEED_PART))
    pigments = Absorption()
    _add_complexion(pigments, subject, rng)
    _add_hollows(pigments, subject, rng)
    _add_lips(pigments, subject, rng)
    growth = spots.beard_growth(subject)
    pigments.add(growth, BEARD_SHADOW, 0.62 * _hair_darkness(subject))
    pigments.add(spots.paint_freckles(subject, rng), MELANIN, 0.55 * (1 - 0.6 * depth_of_tone(subject.skin_tone)))
    moles, mole_height = spots.paint_moles(subject, rng)
    pigments.add(moles, MELANIN, 1.3)
    wrinkles, wrinkle_height = resting_marks(subject)
    pigments.add(wrinkles, SHADE, _WRINKLE_SHADE)
    pores = _pores(subject, rng)
    pigments.add(np.minimum(pores, 0), SHADE, -0.035)

    albedo = skin_colour(subject) * pigments.transmission()
    stubble = spots.paint_stubble(growth, rng)
    albedo = cover(albedo, 0.62 * stubble, _HAIR_SHADE * to_linear(subject.brow_colour))
    albedo = _paint_lipstick(albedo, subject, rng)
    albedo, brows = _paint_hairs(albedo, subject, rng)
    gloss = _gloss(subject, pores, brows, growth)
    height = pores * np.float32(_PORES) + mole_height + wrinkle_height + 0.0022 * (brows + stubble)
    height += 0.0016 * features.lips()["furrows"]
    return Skin(np.clip(albedo, 0, 1).astype(np.float32), gloss, height.astype(np.float32))


def _hair_darkness(subject: Subject) -> float:
    """How much darker than light grey a subject's facial hair is, 0..1."""
    return float(np.clip(1.25 - np.mean(subject.brow_colour) / 160, 0.15, 1.0))


def _add_complexion(pigments: Absorption, subject: Subject, rng: np.random.Generator) -> None:
    """Uneven pigment and blood: ruddy cheeks, nose, ears and chin, sallow forehead."""
    zones, nose, depth = features.zones(), features.nose(), depth_of_tone(subject.skin_tone)
    pigments.add(clouds(rng, 0.34), MELANIN, 0.022)
    pigments.add(clouds(rng, 0.11), BLOOD, 0.030)
    pigments.add(clouds(rng, 0.045) * zones["front"], MELANIN, 0.014 + 0.012 * subject.age / 60)
    # Blood shows through light skin; weather and age bring out more of it.
    ruddy = (0.75 + 0.5 * rng.uniform()) * (1 - 0.72 * depth) * (0.85 + 0.3 * max(0.0, subject.age - 30) / 40)
    pigments.add(zones["cheeks"], BLOOD, 0.30 * ruddy)
    pigments.add(zones["cheeks"] * clouds(rng, 0.03), BLOOD, 0.045 * ruddy)
    pigments.add(nose["tip"], BLOOD, 0.26 * ruddy)
    pigments.add(zones["ears"], BLOOD, 0.12 * ruddy)
    pigments.add(zones["chin"], BLOOD, 0.14 * ruddy)
    pigments.add(features.eyes()["lid"], BLOOD, 0.12 * ruddy)
    pigments.add(zones["forehead"], BLOOD, -0.06 * ruddy)
    pigments.add(zones["temples"], SHADE, 0.05)
    pigments.add(zones["jaw"], SHADE, 0.10)


def _add_hollows(pigments: Absorption, subject: Subject, rng: np.random.Generator) -> None:
    """Soft shade in hollows and folds; more of it with age."""
    eyes, nose, zones, lips = features.eyes(), features.nose(), features.zones(), features.lips()
    older = float(np.clip((subject.age - 25) / 50, 0, 1))
    tired = rng.uniform(0.6, 1.3)
    pigments.add(eyes["socket"], SHADE, 0.22 + 0.16 * older)
    pigments.add(eyes["under"], (0.80, 1.0, 0.85), (0.16 + 0.24 * older) * tired)
    pigments.add(eyes["bag"], SHADE, 0.04 + 0.30 * older * tired)
    pigments.add(eyes["inner"], BLOOD, 0.25)
    pigments.add(eyes["crease"], SHADE, 0.90)
    pigments.add(eyes["margin"], BLOOD, 0.40)
    pigments.add(nose["wings"], SHADE, 0.42)
    pigments.add(nose["under"], SHADE, 0.22)
    pigments.add(nose["sides"], SHADE, 0.11)
    pigments.add(nose["ridge"], SHADE, -0.07)
    pigments.add(nose["nostrils"], SHADE, 2.1)
    pigments.add(nose["philtrum"], SHADE, 0.12)
    pigments.add(zones["under_lip"], SHADE, 0.22)
    pigments.add(lips["corners"], SHADE, 0.65)


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
    pigments.add(lips["line"], SHADE, 1.05)
    pigments.add(lips["rim"] * (1 - lips["red"]), SHADE, -0.06)


def _paint_lipstick(albedo: np.ndarray, subject: Subject, rng: np.random.Generator) -> np.ndarray:
    colour = to_linear(_LIPSTICKS[rng.integers(len(_LIPSTICKS))])
    if subject.lipstick <= 0:
        return albedo
    # Dyes let the lips' own modelling through.
    red = features.lips()["red"]
    modelling = np.exp(-0.9 * features.lips()["line"] - 0.07 * features.lips()["furrows"])
    return cover(albedo, np.float32(0.85 * subject.lipstick) * red, modelling[..., None] * colour)


def _paint_hairs(albedo: np.ndarray, subject: Subject, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Brows, lashes and the lids' edges; returns the colours and the brows' cover."""
    eyes = features.eyes()
    brow_colour = _HAIR_SHADE * to_linear(subject.brow_colour)
    brows = paint_brows(subject, rng)
    # Between the hairs lies the shade of their roots.
    root_shade = cv2.GaussianBlur(brows, (0, 0), 3.2)
    albedo = cover(albedo, np.minimum(0.70, 1.0 * root_shade), 0.65 * brow_colour + 0.15 * skin_colour(subject))
    albedo = cover(albedo, 0.92 * brows, brow_colour)
    lash_colour = to_linear(_LASH_COLOUR)
    edge = 0.92 if subject.gender == 0 else 0.78
    albedo = cover(albedo, np.maximum(edge * eyes["upper_edge"], paint_lashes(subject, rng)), lash_colour)
    return cover(albedo, (0.42 if subject.gender == 0 else 0.32) * eyes["lower_edge"], lash_colour), brows


def _pores(subject: Subject, rng: np.random.Generator) -> np.ndarray:
    """Fine relief of the skin about -3..3, coarser where it is oily: float32 (HEIGHT, WIDTH)."""
    grain = cv2.GaussianBlur(rng.standard_normal(SHAPE, dtype=np.float32), (0, 0), 0.9) * 3.2
    zones = features.zones()
    amount = 0.55 + 0.75 * zones["shine"] + 0.45 * zones["cheeks"]
    # On dark skin the highlights carry the relief, and much less of it is enough.
    amount = amount * (1 - 0.45 * depth_of_tone(subject.skin_tone))
    return grain * amount * zones["front"] * (1 - 0.9 * features.lips()["red"])


def _gloss(subject: Subject, pores: np.ndarray, brows: np.ndarray, growth: np.ndarray) -> np.ndarray:
    lips, eyes, zones = features.lips(), features.eyes(), features.zones()
    dry = 0.10 * np.clip((subject.age - 30) / 50, 0, 1)
    gloss = 0.34 - dry + 0.30 * zones["shine"] + 0.025 * pores
    gloss = gloss * (1 - 0.30 * depth_of_tone(subject.skin_tone))
    matt = cv2.GaussianBlur(brows, (0, 0), 2.0)
    gloss = gloss * (1 - np.minimum(0.9, 1.4 * matt)) * (1 - 0.45 * growth)
    moist = 0.55 + 0.25 * subject.lipstick
    gloss += lips["red"] * (moist + 0.12 * lips["full"] - 0.08 * lips["furrows"] - gloss)
    gloss = np.maximum(gloss, 0.85 * eyes["margin"])
    return np.clip(gloss, 0, 1).astype(np.float32)
