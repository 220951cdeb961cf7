"""Rooms of a home, and the bar: bedroom, kitchen, living_room, bar.

Each function takes a random generator and returns a painted ``Space``; metres throughout.
"""

import numpy as np

from fer_tf.synthesis.render.scene import stock, surfaces
from fer_tf.synthesis.render.scene.brushes import dapple, gradient, one_of, region, scaled, texture, tones, vary
from fer_tf.synthesis.render.scene.furniture import (
    bed,
    cushion,
    floor_lamp,
    pendant,
    plant,
    sofa,
    stool,
    table_lamp,
)
from fer_tf.synthesis.render.scene.space import Room, Space

WALL = 128  # height of a wall's picture in pixels
_HOME_WALLS = (
    *((214, 206, 192), (186, 196, 200), (208, 190, 168), (176, 188, 168), (222, 218, 212), (196, 176, 176)),
    *((150, 164, 178), (226, 214, 186), (128, 140, 132)),
)
_CLOTHS = (
    (236, 232, 226),
    (70, 92, 128),
    (168, 66, 58),
    (196, 168, 128),
    (92, 112, 92),
    (150, 130, 160),
    (206, 180, 90),
)


def _home_space(rng: np.random.Generator, depths: tuple[float, float] = (3.4, 4.6)) -> tuple[Space, Room]:
    """A camera and a room of random measures, as deep as the range allows."""
    space = Space(rng.uniform(1.25, 1.6), rng.uniform(0.74, 0.95), rng.uniform(-16, 16), rng.uniform(-4, 5))
    room = Room(-rng.uniform(1.7, 2.4), rng.uniform(1.7, 2.4), rng.uniform(*depths), rng.uniform(2.4, 2.8))
    return space, room


def _floor(rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.65:
        return surfaces.boards(rng, 160, 160, vary(rng, one_of(rng, surfaces.WOODS), 0.15), int(rng.integers(10, 22)))
    return texture(rng, "grain", tones(vary(rng, (168, 156, 140), 0.2), 0.1), 160, 160)


def bedroom(rng: np.random.Generator) -> Space:
    """Bed with headboard and pillows, lamps beside it, curtained window, wardrobe."""
    space, room = _home_space(rng, (3.0, 3.8))
    colour = vary(rng, one_of(rng, _HOME_WALLS), 0.12)
    back, left, right = (surfaces.plaster(rng, WALL, 192, colour) for _ in range(3))
    cloth = vary(rng, one_of(rng, _CLOTHS), 0.15)
    # Bed to one side, curtained window to the other: either shows beside a person in the middle.
    turn = one_of(rng, (-1, 1))
    middle = turn * rng.uniform(0.2, 0.7)
    window_wall = back if rng.random() < 0.6 else right if turn < 0 else left
    edges = ((0.66, 0.97) if turn < 0 else (0.03, 0.34)) if window_wall is back else (0.5, 0.94)
    part = region(window_wall, edges[0], 0.06, edges[1], 0.98)
    part[:] = surfaces.curtained(rng, *part.shape[:2], vary(rng, one_of(rng, _CLOTHS), 0.1))
    closet = region(left if turn < 0 else right, 0.45, 0.1, 0.95, 1.0)
    timber = vary(rng, one_of(rng, (*surfaces.WOODS, (222, 220, 214))), 0.1)
    closet[:] = stock.cabinets(rng, *closet.shape[:2], int(rng.integers(2, 5)), timber, 0.55)
    if rng.random() < 0.75:
        share = (middle - room.left) / (room.right - room.left)
        picture = region(back, share - 0.16, 0.13, share + 0.16, 0.38)
        picture[:] = surfaces.painting(rng, *picture.shape[:2])
    ceiling = surfaces.plaster(rng, 64, 64, (218, 214, 206))
    space.walls(room, back, left, right, _floor(rng), ceiling)
    bed(space, rng, middle, room.depth, rng.uniform(1.5, 2.0), cloth)
    timber = vary(rng, one_of(rng, surfaces.WOODS), 0.1)
    for beside in (-1, 1):
        x = middle + beside * 1.45
        space.box((x - 0.28, 0, room.depth - 0.5), (x + 0.28, 0.6, room.depth), timber)
        table_lamp(space, rng, (x, 0.6, room.depth - 0.25), rng.random() < 0.7)
    space.tint = tuple(np.array(one_of(rng, ((1.0, 0.93, 0.82), (0.95, 0.98, 1.02), (0.78, 0.66, 0.50)))) * 0.95)
    return space


def kitchen(rng: np.random.Generator) -> Space:
    """Cabinets above and below a worktop, tiles, oven and hood, fridge, window over the sink."""
    space, room = _home_space(rng)
    fronts = vary(
        rng,
        one_of(rng, ((226, 224, 216), (164, 118, 74), (120, 136, 140), (190, 186, 176), (88, 96, 92), (150, 84, 52))),
        0.1,
    )
    stone = vary(rng, one_of(rng, ((72, 70, 70), (200, 196, 188), (150, 112, 76))), 0.1)
    wall = vary(rng, (222, 216, 202), 0.08)
    back, left, right = (surfaces.plaster(rng, WALL, 192, wall) for _ in range(3))
    for side in (back, left, right):
        splash = region(side, 0.0, 0.36, 1.0, 0.66)
        colour = vary(rng, one_of(rng, ((232, 232, 228), (186, 206, 206), (206, 190, 160))), 0.06)
        splash[:] = surfaces.tiles(rng, *splash.shape[:2], colour, 26, 5)
    space.walls(
        room,
        back,
        left,
        right,
        surfaces.tiles(rng, 160, 160, vary(rng, (178, 164, 146), 0.2), 12, 14),
        surfaces.plaster(rng, 64, 64, (226, 222, 214)),
    )
    width, back_z = room.right - room.left, room.depth
    pane = rng.uniform(-0.6, 0.6)
    view = surfaces.window(rng, 64, 80, (236, 234, 228), (2, 1))
    space.panel((pane - 0.6, 2.1, back_z - 0.01), (1.2, 0, 0), (0, -0.95, 0), view)
    space.shine(
        np.array(
            [[pane - 0.5, 2.0, back_z], [pane + 0.5, 2.0, back_z], [pane + 0.5, 1.3, back_z], [pane - 0.5, 1.3, back_z]]
        )
        - (0, 0, 0.02),
        (236, 242, 246),
    )
    doors = int(rng.integers(7, 12))
    below = stock.cabinets(rng, 56, 220, doors, fronts, 0.2)
    space.box((room.left, 0, back_z - 0.6), (room.right, 0.88, back_z), fronts, below)
    space.box((room.left, 0.88, back_z - 0.63), (room.right, 0.93, back_z), stone)
    _wall_cabinets(space, rng, room, fronts, pane)
    _side_counters(space, rng, room, fronts, stone)
    for _ in range(int(rng.integers(3, 7))):  # jars, kettle, pots on the worktop
        x, size = rng.uniform(room.left + 0.7, room.right - 0.7), rng.uniform(0.07, 0.13)
        colour = vary(rng, one_of(rng, stock.GOODS + ((180, 182, 184), (60, 60, 62))), 0.2)
        space.box((x - size, 0.93, back_z - 0.45), (x + size, 0.93 + size * rng.uniform(1.5, 3), back_z - 0.25), colour)
    if rng.random() < 0.6:
        for x in (-0.5 * width / 3, 0.5 * width / 3):
            pendant(space, rng, (x, rng.uniform(1.9, 2.2), back_z - 1.4), room.height, (255, 236, 200))
    space.tint = one_of(rng, ((1.02, 0.98, 0.92), (0.98, 1.0, 1.02), (1.0, 0.90, 0.74)))
    return space


def _wall_cabinets(space: Space, rng: np.random.Generator, room: Room, fronts: tuple, pane: float) -> None:
    """Hanging cabinets left and right of the window, and the hood over the oven."""
    back = room.depth
    for low, high in ((room.left, pane - 0.7), (pane + 0.7, room.right)):
        if high - low < 0.4:
            continue
        doors = max(1, round((high - low) / 0.45))
        picture = stock.cabinets(rng, 56, max(24, int(60 * (high - low))), doors, fronts, 0.82)
        space.box((low, 1.5, back - 0.35), (high, room.height - 0.2, back), fronts, picture)
    steel = gradient(((150, 152, 154), (206, 208, 210), (120, 122, 126)), 32, 32, sideways=True)
    side = one_of(rng, (-1, 1))
    x = pane + side * rng.uniform(1.0, 1.3)
    space.box((x - 0.3, 0.05, back - 0.64), (x + 0.3, 0.9, back), (120, 122, 124), _oven(rng))
    space.box((x - 0.35, 1.45, back - 0.5), (x + 0.35, 1.62, back), (160, 162, 164), steel)
    space.box((x - 0.14, 1.62, back - 0.3), (x + 0.14, room.height, back), (150, 152, 154), steel)


def _oven(rng: np.random.Generator) -> np.ndarray:
    """Front of an oven: knobs over a dark glass door."""
    picture = gradient(((196, 198, 200), (150, 152, 154)), 48, 40)
    region(picture, 0.1, 0.3, 0.9, 0.85)[:] = vary(rng, (34, 32, 32), 0.3)
    region(picture, 0.08, 0.2, 0.92, 0.25)[:] = (226, 228, 230)
    for x in (0.15, 0.38, 0.6, 0.83):
        region(picture, x - 0.05, 0.05, x + 0.05, 0.14)[:] = (44, 44, 46)
    return picture


def _side_counters(space: Space, rng: np.random.Generator, room: Room, fronts: tuple, stone: tuple) -> None:
    """A fridge at one side, a counter with cabinets above it at the other."""
    side = one_of(rng, (-1, 1))
    near, far = rng.uniform(1.6, 2.2), room.depth - 0.62
    steel = one_of(rng, ((184, 186, 188), (228, 228, 226), (60, 62, 64)))
    wall = room.right if side > 0 else room.left
    low, high = sorted((wall, wall - side * 0.75))
    face = gradient((scaled(steel, 1.1), steel, scaled(steel, 0.75)), 64, 48, sideways=True)
    region(face, 0.0, 0.34, 1.0, 0.36)[:] = scaled(steel, 0.4)
    region(face, 0.08, 0.4, 0.13, 0.8)[:] = scaled(steel, 0.55)
    space.box((low, 0, far - 0.75), (high, 1.95, far), steel, face)
    wall = room.left if side > 0 else room.right
    low, high = sorted((wall, wall + side * 0.6))
    space.box((low, 0, near), (high, 0.88, far), fronts)
    space.box((low, 0.88, near), (high, 0.93, far), stone)
    low, high = sorted((wall, wall + side * 0.35))
    edge = high if side > 0 else low
    space.box((low, 1.5, near), (high, room.height - 0.2, far), fronts)
    picture = stock.cabinets(rng, 56, 120, int(rng.integers(3, 6)), fronts, 0.82)
    start, run = (near, far - near) if side > 0 else (far, near - far)
    space.panel((edge, room.height - 0.2, start), (0, 0, run), (0, 1.7 - room.height, 0), picture, 0.78)


def living_room(rng: np.random.Generator) -> Space:
    """Sofa with cushions, bookcase, pictures, floor lamp, plant, television, window."""
    space, room = _home_space(rng)
    colour = vary(rng, one_of(rng, _HOME_WALLS), 0.12)
    back, left, right = (surfaces.plaster(rng, WALL, 192, colour) for _ in range(3))
    first, second = (left, right) if rng.random() < 0.5 else (right, left)
    case = region(first, 0.42, 0.12, 0.9, 1.0)
    case[:] = stock.bookshelf(
        rng, *case.shape[:2], int(rng.integers(4, 6)), vary(rng, one_of(rng, surfaces.WOODS), 0.1)
    )
    part = region(second, 0.40, 0.08, 0.85, 0.98)
    part[:] = surfaces.curtained(rng, *part.shape[:2], vary(rng, one_of(rng, _CLOTHS), 0.15))
    _hang_pictures(rng, back)
    space.walls(room, back, left, right, _floor(rng), surfaces.plaster(rng, 64, 64, (224, 220, 212)))
    rug = texture(rng, "leaf", tones(vary(rng, one_of(rng, _CLOTHS), 0.2), 0.3), 64, 96)
    space.panel((-1.3, 0.01, room.depth - 0.4), (2.6, 0, 0), (0, 0, -2.0), rug)
    middle = rng.uniform(-0.5, 0.5)
    side = one_of(rng, (-1, 1))
    fabric = vary(
        rng,
        one_of(rng, ((120, 112, 104), (74, 86, 104), (150, 80, 56), (196, 186, 170), (70, 92, 76), (84, 56, 44))),
        0.15,
    )
    place, width = middle + side * 0.5, rng.uniform(2.0, 2.6)
    if rng.random() < 0.35:  # an armchair leaves the fire in view
        _fireplace(space, rng, middle - side * 0.7, room)
        place, width = middle + side * 1.1, rng.uniform(0.9, 1.2)
    sofa(space, rng, place, room.depth - 0.15, width, fabric)
    for x in rng.uniform(-0.35, 0.35, 3) * width:
        cushion(space, rng, (place + x, 0.62, room.depth - 0.55), vary(rng, one_of(rng, _CLOTHS), 0.2))
    floor_lamp(
        space, rng, (room.left + 0.45 if side > 0 else room.right - 0.45, 0, room.depth - 0.5), rng.random() < 0.75
    )
    plant(space, rng, (room.right - 0.4 if side > 0 else room.left + 0.4, 0, room.depth - 0.5), rng.uniform(1.2, 1.9))
    space.tint = one_of(rng, ((1.02, 0.94, 0.82), (0.98, 0.98, 0.98), (0.88, 0.72, 0.52)))
    return space


def _hang_pictures(rng: np.random.Generator, wall: np.ndarray) -> None:
    """One to five framed pictures or a television on a wall's upper half."""
    if rng.random() < 0.25:
        screen = region(wall, 0.3, 0.28, 0.62, 0.55)
        screen[:] = gradient(((30, 32, 38), (60, 66, 78), (22, 22, 26)), *screen.shape[:2])
        return
    x = rng.uniform(0.04, 0.2)
    while x < 0.85:
        width, top = rng.uniform(0.1, 0.24), rng.uniform(0.12, 0.26)
        picture = region(wall, x, top, min(0.98, x + width), top + rng.uniform(0.18, 0.34))
        picture[:] = surfaces.painting(rng, *picture.shape[:2])
        x += width + rng.uniform(0.04, 0.2)


def _fireplace(space: Space, rng: np.random.Generator, x: float, room: Room) -> None:
    """A brick chimney with a mantelpiece and sometimes a fire."""
    picture = surfaces.bricks(rng, 96, 72, vary(rng, (146, 84, 66), 0.2), 16)
    region(picture, 0.2, 0.62, 0.8, 1.0)[:] = (24, 20, 18)
    space.box((x - 0.65, 0, room.depth - 0.35), (x + 0.65, room.height, room.depth), (130, 76, 60), picture)
    space.box((x - 0.8, 1.2, room.depth - 0.5), (x + 0.8, 1.28, room.depth), vary(rng, (110, 74, 48), 0.2))
    if rng.random() < 0.5:
        space.lamp((x, 0.25, room.depth - 0.36), 0.16, (255, 150, 50))


def bar(rng: np.random.Generator) -> Space:
    """Lit bottle shelves behind a wooden counter, hanging lamps, coloured light, all dim."""
    space = Space(rng.uniform(1.25, 1.55), rng.uniform(0.78, 1.0), rng.uniform(-22, 22), rng.uniform(-2, 6))
    room = Room(-rng.uniform(2.0, 3.2), rng.uniform(2.0, 3.2), rng.uniform(3.6, 5.0), rng.uniform(2.7, 3.2))
    lights = ((255, 176, 84), (255, 196, 120), (110, 120, 255), (220, 80, 190), (90, 210, 200), (255, 140, 60))
    light, accent = vary(rng, one_of(rng, lights[:3]), 0.1), vary(rng, one_of(rng, lights), 0.1)
    brick = vary(rng, (92, 56, 44), 0.25)
    walls = [
        surfaces.bricks(rng, WALL, 192, brick, 26)
        if rng.random() < 0.6
        else surfaces.wood(rng, WALL, 192, vary(rng, (64, 42, 30), 0.2))
        for _ in range(3)
    ]
    for wall in walls:
        dapple(wall, rng, 0.6, 5)
    shelf = region(walls[0], 0.06, 0.12, 0.94, 0.62)
    shelf[:] = stock.bottle_shelf(rng, *shelf.shape[:2], int(rng.integers(2, 4)), light)
    for wall in walls[1:]:
        sign = region(wall, 0.5, 0.2, 0.8, 0.45)
        sign[:] = (
            stock.bottle_shelf(rng, *sign.shape[:2], 2, light)
            if rng.random() < 0.5
            else surfaces.painting(rng, *sign.shape[:2])
        )
    floor = surfaces.boards(rng, 128, 128, (62, 42, 30), 14)
    space.walls(room, *walls, floor, surfaces.plaster(rng, 64, 64, (40, 32, 28)), (0.75, 0.65))
    timber = vary(rng, one_of(rng, ((110, 66, 38), (74, 46, 30), (140, 92, 54))), 0.15)
    front = surfaces.wood(rng, 48, 200, scaled(timber, 0.6), upright=False)
    z = room.depth - 1.3
    space.box((room.left, 0, z), (room.right, 1.06, z + 0.6), timber, front)
    space.box((room.left, 1.06, z - 0.1), (room.right, 1.12, z + 0.65), scaled(timber, 1.25))
    taps = rng.uniform(room.left, room.right)
    for number in range(3):
        space.stick((taps + 0.15 * number, 1.12, z + 0.2), (taps + 0.15 * number, 1.5, z + 0.2), 0.05, (206, 180, 120))
    for x in np.arange(room.left + 0.4, room.right, rng.uniform(0.6, 0.9)):
        stool(space, rng, (x, 0, z - 0.45), timber)
    for x in np.arange(room.left + rng.uniform(0.2, 0.9), room.right, rng.uniform(0.8, 1.3)):
        pendant(space, rng, (x, rng.uniform(1.9, 2.2), z + 0.1), room.height, light if rng.random() < 0.7 else accent)
    for _ in range(int(rng.integers(4, 14))):
        space.bokeh_disc(
            rng.uniform(0, 1), rng.uniform(0.0, 0.6), rng.uniform(0.012, 0.045), accent if rng.random() < 0.4 else light
        )
    space.tint = tuple(np.array((0.9, 0.7, 0.52)) * rng.uniform(0.55, 1.0) + np.array(accent) / 255 * 0.10)
    return space
