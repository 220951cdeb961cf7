"""Flat pictures of things in rows: goods, books, bottles, cabinets, boards with writing, fronts of houses.

Each function returns a new uint8 (height, width, 3) sRGB picture.
"""

import itertools

import cv2
import numpy as np

from fer_tf.synthesis.render.scene.brushes import (
    Colour,
    gradient,
    one_of,
    region,
    scaled,
    shade,
    texture,
    tones,
    vary,
)
from fer_tf.synthesis.render.scene.surfaces import bricks, plaster, wood

GOODS = (
    *((204, 36, 34), (232, 196, 44), (38, 92, 170), (52, 140, 66), (238, 236, 230), (232, 128, 36)),
    *((120, 44, 110), (70, 160, 190), (188, 150, 100), (206, 60, 110), (48, 48, 54), (150, 190, 70)),
)
BOOKS = ((122, 34, 30), (32, 52, 92), (40, 78, 52), (196, 178, 140), (64, 48, 40), (206, 206, 200), (180, 120, 40))
_LAMP_LIGHT = (250, 206, 130)
LIQUORS = ((150, 84, 24), (190, 130, 40), (40, 84, 44), (196, 206, 208), (90, 24, 20), (60, 100, 130), (70, 46, 26))


def _rows(picture: np.ndarray, count: int, board: int) -> list[np.ndarray]:
    """The compartments between ``count`` shelf boards of ``board`` pixels, as views."""
    edges = np.linspace(0, picture.shape[0], count + 1).astype(int)
    return [picture[top : bottom - board] for top, bottom in itertools.pairwise(edges)]


def _lit_below_board(row: np.ndarray) -> None:
    """Darkens the top of a compartment, which lies in the shade of the board above."""
    height = row.shape[0]
    shade(row, (1.0 - 0.6 * np.exp(-np.arange(height) / (0.22 * height)))[:, None])


def goods_shelf(rng: np.random.Generator, height: int, width: int, rows: int) -> np.ndarray:
    """A supermarket's shelf: the same package several times side by side, price tags under it."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = vary(rng, (196, 196, 192), 0.1)
    board = max(2, height // (rows * 9))
    for row in _rows(picture, rows, board):
        deep, x = row.shape[0], 0
        row[:] = (52, 50, 50)
        while x < width:
            colour, label = vary(rng, one_of(rng, GOODS), 0.2), vary(rng, one_of(rng, GOODS), 0.2)
            size, count, rise, band = rng.random(4).tolist()
            item, copies = 5 + int(8 * size), 2 + int(4 * count)
            top = int(deep * (0.08 + 0.3 * rise))
            middle = (top + deep) // 2
            run = row[:, x : x + item * copies]
            run[top:] = colour
            run[middle - deep // 8 : middle + deep // 6] = label
            if band < 0.4:
                run[top : top + max(1, deep // 10)] = (236, 234, 228)
            run[:, ::item] //= 2
            x += item * copies
        _lit_below_board(row)
    tags = rng.integers(0, width - 6, (rows, 6))
    edges = np.linspace(0, height, rows + 1).astype(int)[1:] - board
    tag = one_of(rng, ((244, 224, 60), (220, 40, 36), (250, 250, 250)))
    for edge, places in zip(edges, tags, strict=True):
        for place in places:
            picture[edge : edge + board, place : place + 6] = tag
    return picture


def bookshelf(rng: np.random.Generator, height: int, width: int, rows: int, colour: Colour) -> np.ndarray:
    """A bookcase: upright books of many heights, some gaps."""
    picture = wood(rng, height, width, colour)
    board = max(2, height // (rows * 10))
    for row in _rows(picture, rows, board):
        deep, x = row.shape[0], 1
        row[:] = scaled(colour, 0.35)
        count = width // 2
        thick, tall = rng.integers(2, 6, count), rng.uniform(0.08, 0.36, count)
        gaps = rng.random(count) < 0.06
        for thickness, gap, empty in zip(thick, tall, gaps, strict=True):
            if x >= width - 2:
                break
            if not empty:
                book = row[int(deep * gap) :, x : x + thickness]
                book[:] = vary(rng, one_of(rng, BOOKS), 0.25)
                book[:, -1:] //= 2
            x += int(thickness) * (3 if empty else 1)
        _lit_below_board(row)
    picture[:, :3] = picture[:, -3:] = scaled(colour, 0.9)
    return picture


def bottle_shelf(rng: np.random.Generator, height: int, width: int, rows: int, light: Colour) -> np.ndarray:
    """A bar's shelf of bottles before a shining back."""
    picture = np.empty((height, width, 3), np.uint8)
    board = max(2, height // (rows * 14))
    for row in _rows(picture, rows, board):
        deep = row.shape[0]
        row[:] = gradient((scaled(light, 0.35), scaled(light, 0.75), light), deep, width)
        x = int(rng.integers(0, 4))
        while x < width - 6:
            body = int(rng.integers(4, 8))
            colour = vary(rng, one_of(rng, LIQUORS), 0.25)
            top, shoulder = int(deep * rng.uniform(0.08, 0.25)), int(deep * rng.uniform(0.4, 0.55))
            neck = row[top:, x + body // 2 - 1 : x + body // 2 + 1]
            neck[:] = scaled(colour, 0.8)
            row[shoulder:, x : x + body] = colour
            row[shoulder:, x] = scaled(colour, 1.6)
            if rng.random() < 0.5:
                row[(shoulder + deep) // 2 : deep - deep // 8, x + 1 : x + body - 1] = vary(rng, (224, 214, 190), 0.2)
            x += body + int(rng.integers(1, 4))
    for edge in np.linspace(0, height, rows + 1).astype(int)[1:]:
        picture[edge - board : edge] = (44, 28, 20)
    return picture


def cabinets(
    rng: np.random.Generator, height: int, width: int, doors: int, colour: Colour, handles: float
) -> np.ndarray:
    """A row of cabinet doors; ``handles`` is their height as a share of the doors'."""
    picture = texture(rng, "streak", tones(colour, 0.06), height, width)
    edges = np.linspace(0, width, doors + 1).astype(int)
    framed = rng.random() < 0.6
    for number, (left, right) in enumerate(itertools.pairwise(edges)):
        face = picture[:, left:right]
        shade(face, rng.uniform(0.94, 1.04))
        face[:, :1] = face[:1] = scaled(colour, 0.5)
        if framed:
            inner = region(face, 0.18, 0.14, 0.82, 0.86)
            shade(inner, 0.88)
            shade(inner[1:, 1:], 1.09)
        x = right - 4 if number % 2 == 0 else left + 3
        y = int(height * handles)
        cv2.line(picture, (x, y - height // 12), (x, y + height // 12), (150, 148, 142), 1, cv2.LINE_AA)
    return picture


def written_board(rng: np.random.Generator, height: int, width: int, kind: str) -> np.ndarray:
    """A board with lines of writing and a drawing; ``kind`` is "green", "black" or "white"."""
    ground, frame = {
        "green": ((44, 82, 62), (150, 108, 66)),
        "black": ((44, 48, 50), (132, 92, 56)),
        "white": ((236, 238, 240), (168, 170, 172)),
    }[kind]
    picture = texture(rng, "cloud", tones(ground, 0.05 if kind == "white" else 0.22), height, width)
    inks = ((40, 60, 150), (30, 30, 34), (180, 40, 40)) if kind == "white" else ((214, 218, 210), (226, 214, 150))
    rows = int(rng.integers(3, 6))
    for y in np.linspace(height * 0.16, height * 0.84, rows):
        ink, x = one_of(rng, inks), width * rng.uniform(0.04, 0.15)
        stop = width * rng.uniform(0.4, 0.95)
        while x < stop:
            word = int(rng.integers(2, 6))
            steps = np.stack([x + np.arange(word * 2) * 2.0, y + rng.uniform(-2.6, 2.6, word * 2)], axis=1)
            cv2.polylines(picture, [np.int32(steps * 16)], False, ink, 1, cv2.LINE_AA, 4)
            x += word * 4.0 + 4
    middle = (int(width * rng.uniform(0.6, 0.9)), int(height * rng.uniform(0.3, 0.7)))
    cv2.circle(picture, middle, height // 6, one_of(rng, inks), 1, cv2.LINE_AA)
    cv2.rectangle(picture, (0, 0), (width - 1, height - 1), frame, max(2, height // 24))
    return picture


def _edges(length: int, count: int, share: float) -> np.ndarray:
    """The pixel at a share 0..1 of each of ``count`` cells of a line."""
    return ((np.arange(count) + share) * (length / count)).astype(int)


def _within_cells(length: int, count: int, first: float, last: float) -> np.ndarray:
    """Which pixels of a line lie in the part ``first`` .. ``last`` (0..1) of their cell, bool (length,)."""
    result = np.zeros(length, bool)
    for start, end in zip(_edges(length, count, first), _edges(length, count, last), strict=True):
        result[start:end] = True
    return result


def facade(rng: np.random.Generator, height: int, width: int, floors: int, columns: int, lit: float) -> np.ndarray:
    """Front of a house: rows of windows over shops.

    Args:
        rng: source of randomness.
        height: pixels.
        width: pixels.
        floors: rows of windows, the shops not counted.
        columns: windows in a row.
        lit: share 0..1 of the windows with lamps on (at night).
    """
    colour = vary(
        rng, one_of(rng, ((150, 84, 64), (196, 178, 150), (168, 164, 158), (120, 112, 108), (206, 198, 184))), 0.2
    )
    picture = bricks(rng, height, width, colour, 30) if rng.random() < 0.45 else plaster(rng, height, width, colour)
    shop = 1.0 - 1.3 / (floors + 1.3)
    sill = scaled(colour, 1.2)
    glass = one_of(rng, ((70, 84, 100), (110, 128, 146), (48, 54, 62)))
    lamps = rng.random((floors, columns, 1)) < lit
    change = rng.uniform(-1.0, 1.0, (floors, columns, 1)) + 0.4 * rng.uniform(-1.0, 1.0, (floors, columns, 3))
    panes = np.where(lamps, _LAMP_LIGHT, glass) * (1.0 + np.where(lamps, 0.1, 0.25) * change)
    wall = picture[: int(height * shop)]
    cells = cv2.resize(np.minimum(panes, 255).astype(np.uint8), wall.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    cells[_edges(len(wall), floors, 0.84) - 1] = sill
    cells[:, _edges(width, columns, 0.5)] = sill
    glazed = _within_cells(len(wall), floors, 0.22, 0.84)[:, None] & _within_cells(width, columns, 0.25, 0.75)
    cv2.copyTo(cells, glazed.astype(np.uint8), wall)
    region(picture, 0.0, shop, 1.0, 1.0)[:] = scaled(colour, 0.5)
    shops = int(rng.integers(1, 4))
    for number in range(shops):
        left, right = (number + 0.06) / shops, (number + 0.94) / shops
        front = region(picture, left, shop + 0.25 * (1 - shop), right, 0.97)
        front[:] = (250, 222, 170) if lit > 0 else vary(rng, (92, 96, 100), 0.3)
        for x in rng.uniform(0.0, 0.9, 4):
            region(front, x, 0.35, x + 0.12, 1.0)[:] = vary(rng, one_of(rng, GOODS), 0.3)
        region(picture, left, shop + 0.02, right, shop + 0.3 * (1 - shop))[:] = vary(rng, one_of(rng, GOODS), 0.2)
    return picture
