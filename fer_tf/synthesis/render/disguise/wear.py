"""Disguises by their index in ``labels.DISGUISES``."""

from typing import TYPE_CHECKING

import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import DISGUISES
from fer_tf.synthesis.render.disguise import cloth, gas_mask, glasses, hats, masks
from fer_tf.synthesis.render.hair.facial_hair import full_beard_surfaces
from fer_tf.synthesis.render.spec import Subject
from fer_tf.synthesis.render.surface import Surface

if TYPE_CHECKING:
    from fer_tf.synthesis.render.head.build import Head

# What sits on the skull does not feel the expression; what lies on the face does.
_ON_SKULL = {"hat": hats.hat_surfaces, "cap": hats.cap_surfaces, "turban": cloth.turban_surfaces}
_ON_FACE = {
    "hijab": cloth.hijab_surfaces,
    "sunglasses": glasses.sunglasses_surfaces,
    "clear_glasses": glasses.clear_glasses_surfaces,
    "scarf": cloth.scarf_surfaces,
    "surgical_mask": masks.surgical_mask_surfaces,
    "cloth_mask": masks.cloth_mask_surfaces,
    "n95": masks.n95_surfaces,
    "gas_mask": gas_mask.gas_mask_surfaces,
}
# Elevation in degrees (see ``head.skull.scalp_points``) above which no hair shows.
_HIDES_ABOVE = {"hat": 15.0, "cap": 15.0, "turban": 0.0, "hijab": -90.0}
_BEARD_LENGTH = (0.25, 0.9)  # E, of the locks at the chin


def disguise_surfaces(disguise: int, subject: Subject, head: "Head", rng: np.random.Generator) -> tuple[Surface, ...]:
    """Geometry of a disguise on a head.

    Args:
        disguise: index in ``labels.DISGUISES``. "none" and "make_up" have no geometry:
            make-up is painted on the skin.
        subject: who wears it.
        head: the head with its expression.
        rng: source of its kind, size and colours; the same state gives the same surfaces.

    Returns:
        Surfaces in head coordinates, each named like the disguise; panes of glass last.

    Raises:
        InputError: there is no such disguise.
    """
    name = _name(disguise)
    if name in _ON_SKULL:
        return _ON_SKULL[name](head.neutral, rng)
    if name in _ON_FACE:
        return _ON_FACE[name](head.landmarks, rng)
    if name == "beard":
        return full_beard_surfaces(subject, head, rng.uniform(*_BEARD_LENGTH))
    return ()


def hides_hair(disguise: int) -> float | None:
    """Above which height a disguise hides the hair.

    Args:
        disguise: index in ``labels.DISGUISES``.

    Returns:
        Elevation in degrees, see ``head.skull.scalp_points``; None if all hair shows.

    Raises:
        InputError: there is no such disguise.
    """
    return _HIDES_ABOVE.get(_name(disguise))


def _name(disguise: int) -> str:
    """Name of a disguise, or an InputError."""
    if not 0 <= disguise < len(DISGUISES):
        raise InputError(f"disguise {disguise}: expected 0..{len(DISGUISES) - 1}, see labels.DISGUISES")
    return DISGUISES[disguise]
