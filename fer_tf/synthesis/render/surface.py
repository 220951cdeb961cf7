"""The piece of geometry that every part of the picture is made of."""

import dataclasses
import enum

import numpy as np


class Material(enum.IntEnum):
    """How a surface takes light; ``raster.shading`` holds the constants of each."""

    SKIN = 0  # wrap light, soft gloss; the face reads its colour from the skin's texture
    EYE = 1  # wet and sharp highlight
    TEETH = 2
    MOUTH = 3  # inside of the mouth and tongue
    HAIR = 4  # highlight along the strand (tangent)
    CLOTH = 5  # dull, with a weave from uv
    PLASTIC = 6  # frames, glossy
    METAL = 7
    LENS = 8  # glass: drawn over the rest, by its opacity, with a sharp highlight


@dataclasses.dataclass(frozen=True)
class Surface:
    """Triangles of one material, in head coordinates.

    Head coordinates: the unit E is the distance between the outer eye corners (about 90 mm);
    x to the right of the image, y down, z to the viewer; the origin lies between the outer
    eye corners. Triangles are wound so that cross(b - a, c - a) points outwards.

    Attributes:
        vertices: float32 (N, 3), E.
        triangles: int32 (M, 3).
        material: one for the whole surface.
        colour: float32 (N, 3) linear RGB 0..1, what the surface reflects.
        uv: float32 (N, 2). Of the face: pixels of the skin's texture. Of HAIR: u across the
            lock, v from root 0 to tip 1. Of CLOTH: in E, so that the weave keeps its size.
        tangent: float32 (N, 3) direction of the strand, for HAIR; else None.
        opacity: 0..1 of a LENS; 1 elsewhere.
        two_sided: also seen from behind.
        textured: the colour is multiplied by the skin's texture at uv (the face only).
        on_head: turns with the head; shoulders and clothes do not.
        name: what it is, for messages and truth masks ("face", "hair", "hat", …).
    """

    vertices: np.ndarray
    triangles: np.ndarray
    material: Material
    colour: np.ndarray
    name: str
    uv: np.ndarray | None = None
    tangent: np.ndarray | None = None
    opacity: float = 1.0
    two_sided: bool = False
    textured: bool = False
    on_head: bool = True


def grid_triangles(rows: int, columns: int, closed: bool = False) -> np.ndarray:
    """Triangles of a grid of rows x columns vertices, numbered row by row.

    Args:
        rows: vertices down.
        columns: vertices across.
        closed: the last column is joined to the first.

    Returns:
        int32 (M, 3), wound so that a grid whose columns run right and rows run down faces the viewer.
    """
    number = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    if closed:
        number = np.concatenate([number, number[:, :1]], axis=1)
    a, b, c, d = (part.ravel() for part in (number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]))
    return np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)]).astype(np.int32)


def to_linear(srgb: np.ndarray | tuple) -> np.ndarray:
    """Linear light 0..1 from sRGB 0..255, float32 of the same shape (IEC 61966-2-1)."""
    share = np.asarray(srgb, np.float32) / 255.0
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """Values 0..255 of sRGB, not rounded, from linear light, which is cut to 0..1; float32 of the same shape."""
    light = np.clip(np.asarray(linear, np.float32), 0.0, 1.0)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * np.float32(255)
