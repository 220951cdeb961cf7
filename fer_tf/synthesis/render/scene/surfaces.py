"""Flat pictures of what rooms and houses are made of: plaster, wood, tiles, brick, cloth, windows.

Each function returns a new uint8 (height, width, 3) sRGB picture.
"""

import itertools

import cv2
import numpy as np

from fer_tf.synthesis.render.scene.brushes import (
    Colour,
    blend,
    gradient,
    noise,
    one_of,
    region,
    scaled,
    shade,
    texture,
    tones,
    vary,
)

WOODS = ((96, 62, 38), (140, 96, 60), (178, 132, 88), (70, 44, 30), (196, 160, 118), (120, 72, 44))
LEAF_GREENS = ((22, 36, 14), (54, 78, 28), (98, 124, 48), (162, 180, 92))


def plaster(rng: np.random.Generator, height: int, width: int, colour: Colour) -> np.ndarray:
    """A painted wall, a little uneven and darker to one side."""
    picture = texture(rng, "plaster", tones(colour, 0.06), height, width)
    shade(picture, np.linspace(*rng.uniform(0.84, 1.06, 2), width, dtype=np.float32)[None, :])
    return picture


def wood(rng: np.random.Generator, height: int, width: int, colour: Colour, upright: bool = False) -> np.ndarray:
    """Grained wood; the grain runs across, or down if ``upright``."""
    if upright:
        return np.ascontiguousarray(wood(rng, width, height, colour).transpose(1, 0, 2))
    return texture(rng, "streak", tones(colour, 0.28), height, width)


def boards(rng: np.random.Generator, height: int, width: int, colour: Colour, count: int) -> np.ndarray:
    """A floor of planks that run away from the viewer (down the picture)."""
    picture = wood(rng, height, width, colour, upright=True)
    edges = np.linspace(0, width, count + 1).astype(int)
    for left, right, gain in zip(edges[:-1], edges[1:], rng.uniform(0.82, 1.12, count), strict=True):
        shade(picture[:, left:right], gain)
        picture[:, left] = picture[:, left] // 2
    return picture


def tiles(rng: np.random.Generator, height: int, width: int, colour: Colour, across: int, down: int) -> np.ndarray:
    """Tiles with joints, some a little lighter than others."""
    cells = rng.uniform(0.90, 1.08, (down, across)).astype(np.float32)
    picture = texture(rng, "plaster", tones(colour, 0.05), height, width)
    shade(picture, cv2.resize(cells, (width, height), interpolation=cv2.INTER_NEAREST))
    joint = scaled(colour, rng.uniform(0.62, 0.85))
    picture[np.linspace(0, height - 1, down + 1).astype(int)] = joint
    picture[:, np.linspace(0, width - 1, across + 1).astype(int)] = joint
    return picture


def bricks(rng: np.random.Generator, height: int, width: int, colour: Colour, rows: int) -> np.ndarray:
    """A brick wall with every other row shifted by half a brick."""
    columns = max(2, rows * width // height // 3)
    cells = rng.uniform(0.70, 1.18, (rows, columns)).astype(np.float32)
    picture = texture(rng, "grain", tones(colour, 0.18), height, width)
    shade(picture, cv2.resize(cells, (width, height), interpolation=cv2.INTER_NEAREST))
    joint = blend(colour, (170, 165, 158), 0.55)
    edges = np.linspace(0, height, rows + 1).astype(int)
    picture[edges[:-1]] = joint
    step = width / columns
    for row, (top, bottom) in enumerate(itertools.pairwise(edges)):
        shift = 0.5 * (row % 2)
        picture[top:bottom, ((np.arange(columns) + shift) * step).astype(int)] = joint
    return picture


def curtain(rng: np.random.Generator, height: int, width: int, colour: Colour) -> np.ndarray:
    """Hanging cloth with folds, darker at the bottom."""
    picture = texture(rng, "fold", (scaled(colour, 0.45), colour, scaled(colour, 1.25)), height, width)
    shade(picture, np.linspace(1.05, 0.8, height, dtype=np.float32)[:, None])
    return picture


def cloth(rng: np.random.Generator, height: int, width: int, colour: Colour, contrast: float = 0.22) -> np.ndarray:
    """A blanket or cushion with soft creases."""
    return texture(rng, "cloud", tones(colour, contrast), height, width)


def outlook(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """What is seen through a window: bright sky over blurred trees or houses, or white glare."""
    kind = rng.random()
    if kind < 0.35:
        return gradient(((250, 252, 255), (228, 236, 242)), height, width)
    picture = gradient(((206, 226, 246), (240, 244, 246)), height, width)
    edge = int(height * rng.uniform(0.35, 0.65))
    stops = LEAF_GREENS[1:] if kind < 0.75 else tones(vary(rng, (150, 146, 140), 0.2), 0.25)
    far = texture(rng, "leaf", stops, height, width)
    mask = np.where(noise(rng, "leaf", height, width) > 128, edge - height // 14, edge)
    picture[np.arange(height)[:, None] > mask] = far[np.arange(height)[:, None] > mask]
    return cv2.convertScaleAbs(picture, alpha=0.8, beta=50)  # overexposed, as outdoors are seen from a room


def window(rng: np.random.Generator, height: int, width: int, frame: Colour, panes: tuple[int, int]) -> np.ndarray:
    """A window with its frame; ``panes`` across and down."""
    picture = outlook(rng, height, width)
    bar = max(1, width // 24)
    for position in np.linspace(0, width, panes[0] + 1)[1:-1].astype(int):
        picture[:, position - bar // 2 : position + bar // 2 + 1] = frame
    for position in np.linspace(0, height, panes[1] + 1)[1:-1].astype(int):
        picture[position - bar // 2 : position + bar // 2 + 1] = frame
    cv2.rectangle(picture, (0, 0), (width - 1, height - 1), frame, bar * 2)
    return picture


def blinds(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A window behind horizontal slats."""
    picture = window(rng, height, width, (222, 222, 220), (2, 1))
    slats = max(6, height // 5)
    wave = 0.5 + 0.5 * np.cos(np.linspace(0, 2 * np.pi * slats, height))
    shade(picture, (0.62 + 0.38 * wave)[:, None])
    return picture


def curtained(rng: np.random.Generator, height: int, width: int, colour: Colour) -> np.ndarray:
    """A window between two curtains, to be laid over a wall's full height."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = scaled(colour, 0.5)
    pane = region(picture, 0.1, 0.06, 0.9, 0.94)
    pane[:] = window(rng, *pane.shape[:2], vary(rng, (226, 224, 218), 0.1), (2, int(rng.integers(1, 4))))
    share = rng.uniform(0.18, 0.32)
    for left, right in ((0.0, share), (1.0 - share, 1.0)):
        part = region(picture, left, 0.0, right, 1.0)
        part[:] = curtain(rng, *part.shape[:2], colour)
    return picture


def door(rng: np.random.Generator, height: int, width: int, colour: Colour) -> np.ndarray:
    """A door with two or three sunk panels and a handle."""
    picture = plaster(rng, height, width, colour)
    for top, bottom in ((0.08, 0.42), (0.50, 0.92)):
        part = region(picture, 0.18, top, 0.82, bottom)
        shade(part, 0.86)
        shade(part[2:, 2:], 1.12)
    cv2.circle(picture, (int(width * 0.9), int(height * 0.5)), max(1, width // 18), (206, 196, 160), -1, cv2.LINE_AA)
    cv2.rectangle(picture, (0, 0), (width - 1, height - 1), scaled(colour, 0.72), 2)
    return picture


def painting(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A framed picture: a landscape, a photograph in a white mount, or coloured fields."""
    frame = one_of(rng, ((40, 32, 26), (206, 196, 176), (150, 112, 60), (24, 24, 26)))
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = frame
    inner = region(picture, 0.07, 0.07, 0.93, 0.93)
    size = inner.shape[:2]
    kind = rng.random()
    if kind < 0.4:
        inner[:] = gradient(
            [vary(rng, colour, 0.25) for colour in ((150, 180, 205), (200, 186, 160), (90, 96, 66))], *size
        )
    elif kind < 0.7:
        inner[:] = (232, 230, 224)
        part = region(inner, 0.2, 0.2, 0.8, 0.8)
        part[:] = texture(rng, "cloud", tones(vary(rng, (120, 112, 104), 0.4), 0.6), *part.shape[:2])
    else:
        inner[:] = texture(rng, "cloud", [vary(rng, (150, 110, 90), 0.6) for _ in range(4)], *size)
    return picture


def ceiling_tiles(rng: np.random.Generator, height: int, width: int, lamps: tuple[int, int]) -> np.ndarray:
    """An office ceiling: white tiles in a grid with shining panels; ``lamps`` across and down."""
    picture = tiles(rng, height, width, vary(rng, (206, 206, 202), 0.05), 10, 12)
    long = rng.random() < 0.5
    for column in range(lamps[0]):
        for row in range(lamps[1]):
            x, y = (column + 0.5) / lamps[0], (row + 0.5) / lamps[1]
            half = (0.05, 0.16 / lamps[1] * 1.8) if long else (0.10, 0.05)
            region(picture, x - half[0], max(0.0, y - half[1]), x + half[0], y + half[1])[:] = (255, 255, 252)
    return picture
