"""Rooms where people work, learn, heal and shop: classroom, hospital_room, office, supermarket.

Each function takes a random generator and returns a painted ``Space``; metres throughout.
"""

import numpy as np

from fer_tf.synthesis.render.scene import stock, surfaces
from fer_tf.synthesis.render.scene.brushes import gradient, one_of, region, scaled, texture, tones, vary
from fer_tf.synthesis.render.scene.furniture import chair, cushion, desk, floor_rectangle, monitor
from fer_tf.synthesis.render.scene.space import Room, Space

WALL = 128  # height of a wall's picture in pixels


def classroom(rng: np.random.Generator) -> Space:
    """Large written board, rows of desks and chairs, posters, windows along one side, clock."""
    space = Space(rng.uniform(1.35, 1.7), rng.uniform(0.72, 0.95), rng.uniform(-18, 18), rng.uniform(-3, 4))
    room = Room(-rng.uniform(2.4, 3.2), rng.uniform(2.4, 3.2), rng.uniform(4.4, 6.0), rng.uniform(2.7, 3.1))
    wall = vary(rng, one_of(rng, ((224, 214, 184), (206, 216, 210), (224, 222, 214), (186, 206, 216))), 0.08)
    back, left, right = (surfaces.plaster(rng, WALL, 224, wall) for _ in range(3))
    kind = one_of(rng, ("green", "green", "black", "white"))
    board = region(back, rng.uniform(0.05, 0.14), 0.20, rng.uniform(0.86, 0.95), rng.uniform(0.58, 0.66))
    board[:] = stock.written_board(rng, *board.shape[:2], kind)
    if rng.random() < 0.7:  # strip of letters or pictures above the board
        for x in np.linspace(0.02, 0.94, 18):
            region(back, x, 0.10, x + 0.035, 0.165)[:] = vary(rng, one_of(rng, stock.GOODS), 0.2)
    lit, papered = (left, right) if rng.random() < 0.5 else (right, left)
    for x in (0.30, 0.53, 0.76):
        pane = region(lit, x, 0.14, x + 0.19, 0.62)
        pane[:] = surfaces.window(rng, *pane.shape[:2], (226, 226, 222), (2, 2))
    _posters(rng, papered)
    floor = surfaces.tiles(
        rng, 160, 160, vary(rng, one_of(rng, ((166, 154, 136), (150, 160, 160), (150, 112, 76))), 0.12), 14, 16
    )
    ceiling = surfaces.ceiling_tiles(rng, 128, 128, (2, int(rng.integers(2, 5))))
    space.walls(room, back, left, right, floor, ceiling)
    timber = vary(rng, one_of(rng, ((196, 156, 106), (206, 180, 140), (168, 124, 82))), 0.08)
    seat = vary(rng, one_of(rng, ((40, 84, 150), (180, 60, 40), (50, 110, 70), (60, 62, 66), (206, 130, 40))), 0.12)
    offset = rng.uniform(-0.4, 0.4)
    for z in np.arange(room.depth - 1.4, 1.3, -rng.uniform(1.0, 1.25)):
        for x in np.arange(room.left + 0.6, room.right - 0.4, rng.uniform(1.1, 1.35)):
            desk(space, rng, (x + offset, 0, z), 0.95, timber)
            chair(space, rng, (x + offset + rng.uniform(-0.08, 0.08), 0, z - 0.35), seat)
    space.tint = one_of(rng, ((1.0, 0.99, 0.94), (0.95, 1.0, 1.02), (1.05, 1.0, 0.9)))
    return space


def _posters(rng: np.random.Generator, wall: np.ndarray) -> None:
    """Maps, charts and children's drawings along a wall."""
    x = 0.25
    while x < 0.92:
        width = rng.uniform(0.06, 0.16)
        for top in (0.16, 0.42):
            part = region(wall, x, top + rng.uniform(0, 0.04), min(0.99, x + width), top + rng.uniform(0.16, 0.24))
            stops = [vary(rng, one_of(rng, stock.GOODS), 0.25) for _ in range(3)] + [(236, 234, 226)] * 2
            part[:] = texture(rng, "leaf", stops, *part.shape[:2])
        x += width + rng.uniform(0.015, 0.06)


def hospital_room(rng: np.random.Generator) -> Space:
    """Raised bed with rails and white linen, service panel, monitor, drip stand, curtain on a rail."""
    space = Space(rng.uniform(1.3, 1.65), rng.uniform(0.74, 0.95), rng.uniform(-16, 16), rng.uniform(-3, 4))
    room = Room(-rng.uniform(1.8, 2.5), rng.uniform(1.8, 2.5), rng.uniform(3.4, 4.4), rng.uniform(2.5, 2.8))
    wall = vary(rng, one_of(rng, ((206, 220, 218), (214, 222, 226), (220, 218, 206), (190, 212, 204))), 0.06)
    back, left, right = (surfaces.plaster(rng, WALL, 192, wall) for _ in range(3))
    panel = region(back, 0.0, 0.42, 1.0, 0.50)  # sockets for gas and power behind the beds
    panel[:] = vary(rng, one_of(rng, ((176, 180, 180), (190, 168, 132), (232, 234, 234))), 0.06)
    for x in rng.uniform(0.05, 0.9, 9):
        region(panel, x, 0.3, x + 0.02, 0.75)[:] = one_of(
            rng, ((60, 130, 80), (240, 240, 240), (60, 90, 150), (190, 40, 40))
        )
    rail = region(back, 0.0, 0.66, 1.0, 0.70)
    rail[:] = scaled(wall, 0.75)
    drape = vary(rng, one_of(rng, ((150, 196, 190), (140, 178, 206), (196, 206, 170), (120, 170, 160))), 0.08)
    side = one_of(rng, (-1, 1))
    pane = region(right if side < 0 else left, 0.45, 0.14, 0.85, 0.66)
    pane[:] = (
        surfaces.blinds(rng, *pane.shape[:2])
        if rng.random() < 0.6
        else surfaces.window(rng, *pane.shape[:2], (220, 222, 222), (2, 1))
    )
    floor = texture(
        rng,
        "plaster",
        tones(vary(rng, one_of(rng, ((176, 186, 184), (160, 176, 190), (196, 190, 176))), 0.08), 0.05),
        128,
        128,
    )
    space.walls(room, back, left, right, floor, surfaces.ceiling_tiles(rng, 128, 128, (2, 2)), (0.95, 0.88))
    middle = side * rng.uniform(0.2, 0.7)
    _hospital_bed(space, rng, middle, room.depth, drape)
    _drip(space, rng, (middle + side * 0.85, 0, room.depth - 0.5))
    _vital_signs(space, rng, (middle - side * rng.uniform(0.85, 1.05), rng.uniform(1.45, 1.75), room.depth - 0.3))
    _bed_curtain(space, rng, side * (abs(room.right if side > 0 else room.left) - 0.25), room, drape)
    space.tint = one_of(rng, ((0.95, 1.02, 1.03), (0.98, 1.02, 0.98), (0.90, 0.98, 1.04)))
    return space


def _hospital_bed(space: Space, rng: np.random.Generator, middle: float, back: float, drape: tuple) -> None:
    """A bed on a frame with its head raised, side rails, white pillow and pale blanket."""
    low, high, front, top = middle - 0.5, middle + 0.5, back - 2.1, rng.uniform(0.65, 0.85)
    space.shadow(floor_rectangle((low - 0.1, front), (high + 0.1, back)), 0.45, 3.0)
    plastic = vary(rng, one_of(rng, ((206, 190, 160), (214, 218, 220), (150, 176, 196))), 0.06)
    space.box((low - 0.04, 0.3, back - 0.12), (high + 0.04, top + 0.5, back - 0.06), plastic)
    for x in (low + 0.08, high - 0.08):
        space.stick((x, 0, front + 0.2), (x, top - 0.2, front + 0.2), 0.06, (150, 154, 158))
    space.box((low, top - 0.18, front), (high, top, back - 0.12), (236, 238, 238))
    slope = gradient(((246, 248, 248), (214, 218, 220)), 32, 40)
    space.panel((low, top + 0.42, back - 0.15), (1.0, 0, 0), (0, -0.42, -0.6), slope)
    cushion(space, rng, (middle, top + 0.4, back - 0.3), (248, 248, 248))
    blanket = vary(rng, one_of(rng, ((236, 238, 236), drape, (186, 206, 222))), 0.05)
    cover = surfaces.cloth(rng, 48, 48, blanket, 0.16)
    space.panel((low - 0.03, top + 0.03, back - 0.9), (1.06, 0, 0), (0, 0, front + 0.9 - back), cover, 1.05)
    space.panel((low - 0.03, top + 0.03, front), (1.06, 0, 0), (0, -0.3, 0), cover, 0.85)
    for x in (low - 0.06, high + 0.06):
        for height in (0.12, 0.24, 0.36):
            space.stick((x, top + height, front + 0.5), (x, top + height, back - 0.6), 0.03, (196, 200, 204))
        for z in np.linspace(front + 0.5, back - 0.6, 4):
            space.stick((x, top - 0.1, z), (x, top + 0.36, z), 0.03, (186, 190, 194))


def _drip(space: Space, rng: np.random.Generator, base: tuple) -> None:
    """A drip stand with one or two bags."""
    x, y, z = base
    space.stick((x, y, z), (x, y + 1.95, z), 0.03, (170, 174, 178))
    space.stick((x - 0.16, y + 1.93, z), (x + 0.16, y + 1.93, z), 0.025, (170, 174, 178))
    for side in (-0.12, 0.12)[: int(rng.integers(1, 3))]:
        bag = gradient(((226, 232, 228), vary(rng, (206, 214, 190), 0.1), (180, 196, 200)), 20, 12)
        space.panel((x + side - 0.07, y + 1.9, z - 0.02), (0.14, 0, 0), (0, -0.28, 0), bag)
        space.stick((x + side, y + 1.6, z - 0.02), (x, y + 1.0, z - 0.02), 0.008, (220, 224, 226))
    space.box((x - 0.08, y + 1.05, z - 0.1), (x + 0.08, y + 1.3, z), vary(rng, (200, 204, 210), 0.1))


def _vital_signs(space: Space, rng: np.random.Generator, point: tuple) -> None:
    """A monitor with coloured curves on a wall arm."""
    x, y, z = point
    screen = np.zeros((36, 48, 3), np.uint8)
    screen[:] = (12, 18, 26)
    columns = np.arange(3, 46)
    for row, colour in zip((8, 17, 26), ((60, 230, 90), (70, 190, 240), (240, 210, 60)), strict=True):
        wave = row + 3.5 * np.sin(columns * rng.uniform(0.5, 1.2)) ** 3
        screen[np.clip(wave.astype(int), 0, 35), columns] = colour
        screen[row - 2 : row + 3, 38:46] = colour
    space.stick((x, y, z + 0.05), (x, y, z + 0.28), 0.05, (160, 164, 168))
    space.box((x - 0.24, y - 0.18, z), (x + 0.24, y + 0.2, z + 0.1), (206, 210, 212))
    space.panel((x - 0.21, y + 0.17, z - 0.005), (0.42, 0, 0), (0, -0.32, 0), screen, 1.2)


def _bed_curtain(space: Space, rng: np.random.Generator, x: float, room: Room, colour: tuple) -> None:
    """A partition curtain that hangs from a ceiling rail along the bed, its top of mesh."""
    drape = surfaces.curtain(rng, 120, 160, colour)
    region(drape, 0.0, 0.0, 1.0, 0.16)[:] = vary(rng, (214, 220, 220), 0.05)
    near, far = rng.uniform(1.4, 2.0), room.depth - rng.uniform(0.0, 0.9)
    top = room.height - 0.15
    space.panel((x, top, near), (rng.uniform(-0.2, 0.2), 0, far - near), (0, 0.35 - top, 0), drape, 0.95)
    space.stick((x, top, near), (x, top, far), 0.04, (226, 228, 230))


def office(rng: np.random.Generator) -> Space:
    """Desks with screens, partitions, binders, blinds, grid ceiling with light panels."""
    space = Space(rng.uniform(1.35, 1.65), rng.uniform(0.72, 0.95), rng.uniform(-20, 20), rng.uniform(-3, 4))
    room = Room(-rng.uniform(2.2, 3.4), rng.uniform(2.2, 3.4), rng.uniform(4.2, 6.5), rng.uniform(2.6, 2.9))
    wall = vary(rng, one_of(rng, ((216, 216, 212), (196, 204, 210), (206, 200, 190))), 0.06)
    back, left, right = (surfaces.plaster(rng, WALL, 224, wall) for _ in range(3))
    glazed = one_of(rng, (back, left, right))
    for x in np.linspace(0.08, 0.72, 3):
        pane = region(glazed, x, 0.12, x + 0.24, 0.62)
        pane[:] = surfaces.blinds(rng, *pane.shape[:2])
    for side in (back, left, right):
        if side is not glazed:
            part = region(side, rng.uniform(0.1, 0.3), 0.15, rng.uniform(0.55, 0.9), 0.5)
            part[:] = (
                _binders(rng, *part.shape[:2])
                if rng.random() < 0.6
                else stock.written_board(rng, *part.shape[:2], "white")
            )
    carpet = texture(
        rng,
        "grain",
        tones(vary(rng, one_of(rng, ((96, 102, 112), (120, 116, 108), (84, 92, 90))), 0.12), 0.14),
        160,
        160,
    )
    space.walls(
        room,
        back,
        left,
        right,
        carpet,
        surfaces.ceiling_tiles(rng, 160, 160, (int(rng.integers(2, 4)), int(rng.integers(2, 5)))),
    )
    timber = vary(rng, one_of(rng, ((206, 202, 194), (190, 156, 114), (150, 152, 156))), 0.06)
    screen_wall = vary(rng, one_of(rng, ((116, 130, 150), (150, 150, 146), (96, 120, 116), (160, 130, 110))), 0.1)
    weave = texture(rng, "grain", tones(screen_wall, 0.08), 40, 48)
    for z in np.arange(room.depth - 0.8, 1.5, -rng.uniform(1.3, 1.7)):
        for x in np.arange(room.left + 0.7, room.right - 0.3, rng.uniform(1.3, 1.6)):
            space.box((x - 0.72, 0, z + 0.6), (x + 0.72, 1.25, z + 0.66), screen_wall, weave)
            desk(space, rng, (x, 0, z), 1.35, timber)
            monitor(space, rng, (x + rng.uniform(-0.25, 0.25), 0.745, z + 0.3), rng.uniform(0.5, 0.62))
            space.box(
                (x + 0.4, 0.745, z + 0.1),
                (x + 0.6, 0.745 + rng.uniform(0.04, 0.2), z + 0.3),
                vary(rng, (226, 226, 222), 0.2),
            )
            _office_chair(space, rng, (x + rng.uniform(-0.3, 0.3), 0, z - 0.35))
    space.tint = one_of(rng, ((0.97, 1.0, 1.03), (1.0, 1.0, 0.97), (0.93, 0.99, 1.05)))
    return space


def _binders(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Shelves of ring binders, each with a white label."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = (190, 188, 184)
    for top, bottom in ((0.04, 0.46), (0.54, 0.96)):
        row = region(picture, 0.0, top, 1.0, bottom)
        row[:] = (70, 70, 72)
        for x in range(1, width - 4, 4):
            if rng.random() < 0.88:
                row[row.shape[0] // 8 :, x : x + 3] = vary(
                    rng, one_of(rng, ((34, 38, 46), (40, 70, 120), (150, 34, 36), (60, 64, 68))), 0.2
                )
                row[row.shape[0] // 3 : row.shape[0] // 2, x : x + 2] = (226, 226, 222)
    return picture


def _office_chair(space: Space, rng: np.random.Generator, base: tuple) -> None:
    """A swivel chair seen from behind."""
    x, y, z = base
    colour = vary(rng, one_of(rng, ((36, 38, 42), (50, 60, 80), (80, 80, 84))), 0.2)
    space.stick((x, y, z), (x, y + 0.45, z), 0.06, (60, 60, 62))
    space.box((x - 0.25, y + 0.42, z - 0.2), (x + 0.25, y + 0.5, z + 0.25), colour)
    space.ball((x, y + 0.8, z - 0.2), 0.25, colour, flat=1.2)


def supermarket(rng: np.random.Generator) -> Space:
    """An aisle between full shelves, strip lights above, shining floor, hanging signs."""
    space = Space(rng.uniform(1.3, 1.65), rng.uniform(0.75, 1.0), rng.uniform(-14, 14), rng.uniform(-3, 3))
    room = Room(-rng.uniform(1.3, 2.2), rng.uniform(1.3, 2.2), rng.uniform(7.0, 14.0), rng.uniform(3.0, 3.8))
    rows, top = int(rng.integers(4, 7)), rng.uniform(1.9, 2.4) / room.height
    wall = vary(rng, (206, 208, 206), 0.08)
    back, left, right = (np.empty((WALL + 40, size, 3), np.uint8) for size in (160, 256, 256))
    for side in (back, left, right):
        side[:] = wall
        part = region(side, 0.0, 1.0 - top, 1.0, 1.0)
        part[:] = stock.goods_shelf(rng, *part.shape[:2], rows)
        band = region(side, 0.0, 0.96 - top, 1.0, 1.0 - top)
        band[:] = vary(rng, one_of(rng, stock.GOODS), 0.15)
    floor = surfaces.tiles(rng, 200, 100, vary(rng, (206, 202, 194), 0.08), 8, 24)
    for x in (0.25, 0.68):  # the lamps mirrored in the polished floor
        region(floor, x, 0.0, x + 0.07, 1.0)[:] = (240, 240, 238)
    ceiling = np.empty((200, 100, 3), np.uint8)
    ceiling[:] = vary(rng, one_of(rng, ((196, 198, 198), (110, 114, 118), (226, 226, 222))), 0.06)
    for y in np.linspace(0.02, 0.9, int(rng.integers(5, 10))):
        for x in (0.2, 0.64):
            region(ceiling, x, y, x + 0.16, y + 0.04)[:] = (255, 255, 255)
    space.walls(room, back, left, right, floor, ceiling, (0.98, 0.92))
    for z in np.arange(room.depth - 1.5, 2.6, -rng.uniform(1.8, 2.8)):
        colour = vary(rng, one_of(rng, ((204, 30, 34), (30, 110, 60), (30, 70, 150), (240, 200, 40))), 0.1)
        x = rng.uniform(-0.7, 0.3)
        sign = np.empty((20, 60, 3), np.uint8)
        sign[:] = colour
        region(sign, 0.1, 0.35, rng.uniform(0.5, 0.9), 0.6)[:] = (246, 246, 240)
        space.panel((x, room.height - 0.35, z), (rng.uniform(0.6, 1.0), 0, 0), (0, -0.32, 0), sign)
    space.tint = one_of(rng, ((1.04, 1.04, 1.0), (1.0, 1.04, 1.02), (1.08, 1.03, 0.95)))
    return space
