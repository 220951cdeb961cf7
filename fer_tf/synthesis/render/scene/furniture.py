"""Things that stand or hang in rooms, built from boxes, panels, posts and balls; metres."""

import numpy as np

from fer_tf.synthesis.render.scene import surfaces
from fer_tf.synthesis.render.scene.brushes import Colour, gradient, one_of, region, scaled, texture, vary
from fer_tf.synthesis.render.scene.space import Space

Point = tuple[float, float, float]
_LAMP_LIGHT = (255, 222, 168)


def floor_rectangle(low: tuple[float, float], high: tuple[float, float]) -> np.ndarray:
    """Corners on the floor, float (4, 3), between two (x, z)."""
    (left, near), (right, far) = low, high
    return np.array([[left, 0, far], [right, 0, far], [right, 0, near], [left, 0, near]])


def cushion(space: Space, rng: np.random.Generator, centre: Point, colour: Colour) -> None:
    """A soft square cushion or pillow that faces the viewer."""
    wide, tall = rng.uniform(0.2, 0.3), rng.uniform(0.15, 0.22)
    x, y, z = centre
    space.ball((x, y, z), wide, scaled(colour, 0.85), flat=tall / wide)
    picture = texture(rng, "cloud", (scaled(colour, 0.75), colour, scaled(colour, 1.1)), 24, 24)
    space.panel((x - wide * 0.8, y + tall * 0.85, z - 0.02), (wide * 1.6, 0, 0), (0, -tall * 1.7, 0), picture)


def bed(space: Space, rng: np.random.Generator, middle: float, back: float, width: float, colour: Colour) -> None:
    """A bed with its headboard against the back wall, pillows and a blanket."""
    low, high, front = middle - width / 2, middle + width / 2, back - 2.0
    space.shadow(floor_rectangle((low - 0.2, front - 0.2), (high + 0.2, back)), 0.55, 2.5)
    timber = vary(rng, one_of(rng, surfaces.WOODS), 0.15)
    top = rng.uniform(0.95, 1.35)
    if rng.random() < 0.5:
        board = surfaces.wood(rng, 40, 80, timber)
    else:  # padded headboard
        board = surfaces.tiles(
            rng, 40, 80, vary(rng, one_of(rng, ((160, 150, 140), (96, 104, 120), colour)), 0.1), 6, 3
        )
    space.box((low - 0.06, 0, back - 0.1), (high + 0.06, top, back), timber, board)
    sheet = (232, 230, 226)
    space.box((low, 0.2, front), (high, 0.52, back - 0.1), sheet)
    count = 2 if width > 1.3 else 1
    for row, lift in ((0.22, 0.74), (0.5, 0.66)):
        for number in range(count):
            x = low + (number + 0.5) * width / count
            cushion(space, rng, (x, lift, back - row), vary(rng, one_of(rng, (sheet, sheet, colour)), 0.08))
    cover = surfaces.cloth(rng, 64, 96, colour, 0.35)
    space.panel((low - 0.05, 0.57, back - 0.7), (width + 0.1, 0, 0), (0, 0, -(back - 0.7 - front)), cover, 1.1)
    drop = surfaces.curtain(rng, 48, 128, colour)
    space.panel((low - 0.05, 0.57, front), (width + 0.1, 0, 0), (0, -0.5, 0), drop, 0.85)
    for x in (low - 0.05, high + 0.05):
        space.panel((x, 0.57, back - 0.7), (0, 0, front + 0.7 - back), (0, -0.45, 0), drop, 0.7)


def table_lamp(space: Space, rng: np.random.Generator, base: Point, lit: bool) -> None:
    """A lamp with a shade on a bedside table."""
    x, y, z = base
    space.stick((x, y, z), (x, y + 0.28, z), 0.05, vary(rng, (130, 110, 90), 0.3))
    shade = _LAMP_LIGHT if lit else vary(rng, (196, 186, 168), 0.15)
    corners = np.array([[x - 0.1, y + 0.5, z], [x + 0.1, y + 0.5, z], [x + 0.17, y + 0.25, z], [x - 0.17, y + 0.25, z]])
    space.polygon(corners, shade)
    if lit:
        space.lamp((x, y + 0.36, z), 0.09, _LAMP_LIGHT)


def floor_lamp(space: Space, rng: np.random.Generator, base: Point, lit: bool) -> None:
    """A tall lamp with a shade."""
    x, y, z = base
    space.stick((x, y, z), (x, y + 1.5, z), 0.04, vary(rng, (60, 54, 48), 0.4))
    table_lamp(space, rng, (x, y + 1.25, z), lit)


def pendant(space: Space, rng: np.random.Generator, point: Point, ceiling: float, light: Colour) -> None:
    """A lamp that hangs from the ceiling, its bulb at a point."""
    x, y, z = point
    space.stick((x, y + 0.1, z), (x, ceiling, z), 0.012, (30, 28, 26))
    metal = vary(rng, one_of(rng, ((40, 38, 36), (150, 110, 60), (190, 186, 178))), 0.2)
    corners = [[x - 0.05, y + 0.2, z], [x + 0.05, y + 0.2, z], [x + 0.16, y, z], [x - 0.16, y, z]]
    space.polygon(np.array(corners), metal)
    space.lamp((x, y - 0.02, z), 0.085, light)


def sofa(space: Space, rng: np.random.Generator, middle: float, back: float, width: float, colour: Colour) -> None:
    """A sofa against the back wall: seat, back cushions, arms."""
    low, high, front = middle - width / 2, middle + width / 2, back - 0.9
    space.shadow(floor_rectangle((low - 0.2, front - 0.3), (high + 0.2, back)), 0.5, 2.5)
    seats = int(rng.integers(2, 4))
    padding = surfaces.cloth(rng, 40, 100, scaled(colour, 1.05), 0.2)
    for edge in np.linspace(0, 99, seats + 1).astype(int)[1:-1]:
        padding[:, edge - 1 : edge + 1] //= 2
    space.box((low, 0.1, back - 0.25), (high, 0.92, back), colour, padding)
    space.box((low, 0.08, front), (high, 0.45, back - 0.25), colour, surfaces.cloth(rng, 24, 100, colour, 0.18))
    for left, right in ((low - 0.18, low), (high, high + 0.18)):
        space.box((left, 0.05, front), (right, 0.65, back), scaled(colour, 0.95))


def plant(space: Space, rng: np.random.Generator, base: Point, height: float) -> None:
    """A pot plant of bent blades or round leaves."""
    x, y, z = base
    pot = vary(rng, one_of(rng, ((172, 96, 62), (220, 216, 208), (70, 72, 76))), 0.15)
    top = y + 0.28 * height
    for _ in range(int(rng.integers(16, 26))):
        side, rise = rng.normal(0, 0.22) * height, rng.uniform(0.4, 1.0) * (height - 0.28 * height)
        green = vary(rng, one_of(rng, surfaces.LEAF_GREENS[:3]), 0.3)
        tip = (x + side, top + rise, z - rng.uniform(0, 0.2))
        space.stick((x + 0.2 * side, top, z), tip, rng.uniform(0.03, 0.07), green)
        if rng.random() < 0.6:
            space.ball(tip, rng.uniform(0.05, 0.11), green, flat=0.6)
    space.box((x - 0.17, y, z - 0.17), (x + 0.17, top, z + 0.17), pot)


def stool(space: Space, rng: np.random.Generator, base: Point, colour: Colour) -> None:
    """A bar stool."""
    x, y, z = base
    for side in (-0.15, 0.15):
        space.stick((x + side, y, z), (x + side * 0.7, y + 0.72, z), 0.035, (40, 34, 30))
    space.box((x - 0.18, y + 0.72, z - 0.18), (x + 0.18, y + 0.8, z + 0.18), vary(rng, colour, 0.2))


def chair(space: Space, rng: np.random.Generator, base: Point, colour: Colour) -> None:
    """A simple chair seen from behind or before, with a back rest."""
    x, y, z = base
    for side in (-0.18, 0.18):
        space.stick((x + side, y, z), (x + side, y + 0.8, z), 0.03, (90, 90, 92))
    space.box((x - 0.2, y + 0.42, z - 0.02), (x + 0.2, y + 0.47, z + 0.38), colour)
    space.box((x - 0.2, y + 0.58, z - 0.03), (x + 0.2, y + 0.86, z), scaled(colour, rng.uniform(0.95, 1.1)))


def desk(space: Space, rng: np.random.Generator, base: Point, width: float, colour: Colour) -> None:
    """A table with four legs, its front edge's middle at ``base``."""
    x, y, z = base
    space.shadow(floor_rectangle((x - width / 2, z), (x + width / 2, z + 0.6)), 0.3, 1.5)
    for side in (-1, 1):
        for deep in (0.55, 0.04):
            leg = x + side * (width / 2 - 0.05)
            space.stick((leg, y, z + deep), (leg, y + 0.7, z + deep), 0.035, (96, 98, 102))
    space.box((x - width / 2, y + 0.7, z), (x + width / 2, y + 0.745, z + 0.6), vary(rng, colour, 0.05))


def monitor(space: Space, rng: np.random.Generator, base: Point, width: float) -> None:
    """A computer's screen on its foot, showing a page or a picture."""
    x, y, z = base
    tall = width * 0.6
    space.box((x - 0.1, y, z - 0.05), (x + 0.1, y + 0.02, z + 0.1), (40, 40, 42))
    space.stick((x, y, z), (x, y + 0.2, z), 0.05, (48, 48, 50))
    screen = np.empty((36, 60, 3), np.uint8)
    screen[:] = (26, 26, 28)
    inner = region(screen, 0.04, 0.06, 0.96, 0.94)
    kind = rng.random()
    if kind < 0.5:  # a document or mail
        inner[:] = (226, 232, 240)
        for y_line in np.linspace(0.2, 0.9, 7):
            region(inner, 0.08, y_line, rng.uniform(0.3, 0.95), y_line + 0.05)[:] = vary(rng, (110, 120, 140), 0.3)
        region(inner, 0.0, 0.0, 1.0, 0.12)[:] = vary(rng, (40, 90, 160), 0.3)
    elif kind < 0.8:
        inner[:] = gradient(
            [vary(rng, tone, 0.2) for tone in ((60, 130, 200), (120, 180, 220), (40, 80, 130))], *inner.shape[:2]
        )
    else:  # off
        inner[:] = (44, 48, 54)
    low = y + 0.14
    space.box((x - width / 2, low, z), (x + width / 2, low + tall, z + 0.05), (38, 38, 40), screen)
