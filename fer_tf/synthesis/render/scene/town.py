"""Built places outdoors: street and playground.

Each function takes a random generator and returns a painted ``Space``; metres throughout.
"""

import itertools

import numpy as np

from fer_tf.synthesis.render.scene import stock, surfaces
from fer_tf.synthesis.render.scene.brushes import blend, gradient, one_of, region, scaled, texture, tones, vary
from fer_tf.synthesis.render.scene.furniture import floor_rectangle
from fer_tf.synthesis.render.scene.nature import GRASS, LEAVES, SKIES, ground, hedge, sky, sunlight, tree
from fer_tf.synthesis.render.scene.space import Space

_CARS = ((196, 198, 200), (40, 42, 46), (150, 26, 28), (34, 60, 110), (236, 236, 234), (96, 100, 104), (206, 170, 50))
_TOYS = ((214, 40, 36), (240, 196, 30), (36, 100, 190), (50, 150, 70), (236, 120, 30), (150, 60, 150))


def street(rng: np.random.Generator) -> Space:
    """Houses with shops along a road, cars, lamps, crossing; by day, in the evening or at night."""
    space = Space(rng.uniform(1.4, 1.75), rng.uniform(0.8, 1.15), rng.uniform(-10, 10), rng.uniform(-2, 5))
    mood = one_of(rng, ("blue", "hazy", "grey", "grey", "evening", "dusk"))
    night = mood == "dusk"
    sky(space, rng, mood)
    half, walk = rng.uniform(3.0, 4.2), rng.uniform(1.6, 2.6)
    road = vary(rng, (96, 96, 98), 0.15)
    ground(space, rng, "grain", tones(road, 0.14), road)
    pavement = surfaces.tiles(rng, 160, 32, vary(rng, (150, 146, 140), 0.12), 3, 24)
    for low, high in ((-half - walk, -half), (half, half + walk)):
        space.panel((low, 0.08, 40), (high - low, 0, 0), (0, 0, -39), pavement)
    for z in np.arange(3.0, 30.0, 3.0):
        space.polygon(floor_rectangle((-0.08, z), (0.08, z + 1.4)), (216, 214, 206))
    if rng.random() < 0.4:
        start = rng.uniform(4, 7)
        for x in np.arange(-half + 0.3, half - 0.3, 0.9):
            space.polygon(floor_rectangle((x, start), (x + 0.45, start + 2.4)), (222, 220, 214))
    _houses(space, rng, half + walk, rng.uniform(0.3, 0.7) if night else 0.0)
    _traffic(space, rng, half, night)
    for side in (-1, 1):
        for z in np.arange(22.0, 4.0, -rng.uniform(5, 8)):
            _kerb_thing(space, rng, side * (half + 0.35), z, night)
    if night:
        for _ in range(int(rng.integers(8, 24))):
            light = one_of(rng, ((255, 190, 110), (255, 80, 60), (255, 236, 200), (90, 220, 160), (255, 210, 80)))
            space.bokeh_disc(rng.uniform(), rng.uniform(0.25, 0.7), rng.uniform(0.008, 0.035), light)
        space.tint = (0.62, 0.55, 0.55)
    else:
        sunlight(space, rng)
    return space


def _houses(space: Space, rng: np.random.Generator, edge: float, lit: float) -> None:
    """Two rows of house fronts along the road and, mostly, one across its end."""
    if rng.random() < 0.6:
        front = stock.facade(rng, 96, 160, int(rng.integers(3, 6)), 10, lit)
        space.panel((-14, rng.uniform(9, 15), 46), (28, 0, 0), (0, -15, 0), front)
    for side in (-1, 1):
        z = 42.0
        while z > 0.5:
            deep, floors = rng.uniform(6, 12), int(rng.integers(2, 6))
            tall = 3.1 * (floors + 1.1)
            start, run = (z - deep, deep) if side < 0 else (z, -deep)
            corners = [
                (side * edge, height, end) for height, end in ((0, z), (tall, z), (tall, z - deep), (0, z - deep))
            ]
            if space.sees(corners):
                front = stock.facade(rng, 128, int(14 * deep), floors, max(2, round(deep / 2.2)), lit)
                space.panel((side * edge, tall, start), (0, 0, run), (0, -tall, 0), front, 0.95 if side < 0 else 0.8)
            z -= deep


def _traffic(space: Space, rng: np.random.Generator, half: float, night: bool) -> None:
    """Parked and driving cars, far ones first."""
    spots = [(side * (half - 1.0), z) for side in (-1, 1) for z in np.arange(5.0, 32.0, 5.5) if rng.random() < 0.6]
    spots += [(side * half * 0.35, rng.uniform(9, 28)) for side in (-1, 1) if rng.random() < 0.6]
    for x, z in sorted(spots, key=lambda spot: -spot[1]):
        _car(space, rng, x, z + rng.uniform(-0.5, 0.5), night)


def _car(space: Space, rng: np.random.Generator, x: float, z: float, night: bool) -> None:
    """A car of boxes with dark windows, wheels and rear or front lamps."""
    paint, tall = vary(rng, one_of(rng, _CARS), 0.15), rng.uniform(1.35, 1.7)
    space.shadow(floor_rectangle((x - 1.0, z - 0.2), (x + 1.0, z + 4.2)), 0.6, 1.5)
    for side in (-0.75, 0.75):
        for deep in (3.3, 0.7):
            space.ball((x + side, 0.32, z + deep), 0.33, (26, 26, 28))
    body = gradient((scaled(paint, 1.15), paint, scaled(paint, 0.5)), 24, 40)
    space.box((x - 0.88, 0.3, z), (x + 0.88, 0.88, z + 4.0), paint, body)
    glass = gradient(((150, 166, 180), (52, 60, 70)), 16, 32)
    space.box((x - 0.74, 0.88, z + 0.5), (x + 0.74, tall, z + 3.0), (46, 52, 60), glass)
    space.box((x - 0.74, tall, z + 0.7), (x + 0.74, tall + 0.05, z + 2.8), paint)
    coming = x > 0
    colour = (255, 244, 214) if coming else (220, 30, 24)
    for side in (-0.68, 0.68):
        if night:
            space.lamp((x + side, 0.7, z - 0.02), 0.1, colour)
        else:
            space.box((x + side - 0.14, 0.62, z - 0.02), (x + side + 0.14, 0.76, z), colour)


def _kerb_thing(space: Space, rng: np.random.Generator, x: float, z: float, night: bool) -> None:
    """A street lamp, a tree, a traffic light or a sign at the kerb."""
    kind = rng.random()
    if kind < 0.35:
        reach = -0.9 * np.sign(x)
        space.stick((x, 0, z), (x, 5.0, z), 0.12, (70, 74, 76))
        space.stick((x, 5.0, z), (x + reach, 5.2, z), 0.08, (70, 74, 76))
        if night:
            space.lamp((x + reach, 5.1, z), 0.16, (255, 206, 130))
    elif kind < 0.6:
        tree(space, rng, (x, 0, z), rng.uniform(3.5, 5.0), LEAVES[one_of(rng, ("summer", "spring", "autumn"))])
    elif kind < 0.75:
        space.stick((x, 0, z), (x, 3.2, z), 0.12, (60, 62, 64))
        space.box((x - 0.2, 2.5, z - 0.15), (x + 0.2, 3.5, z), (30, 32, 32))
        space.lamp((x, one_of(rng, (3.3, 2.7)), z - 0.16), 0.13, one_of(rng, ((255, 50, 40), (70, 240, 130))))
    elif kind < 0.9:
        space.stick((x, 0, z), (x, 2.6, z), 0.07, (150, 152, 154))
        space.ball((x, 2.6, z), 0.35, one_of(rng, ((200, 30, 30), (30, 80, 170), (240, 240, 240))))


def playground(rng: np.random.Generator) -> Space:
    """Slide tower, swings, climbing arch and rocking animals in bright colours, on rubber or sand."""
    space = Space(rng.uniform(1.3, 1.65), rng.uniform(0.85, 1.1), rng.uniform(-8, 8), rng.uniform(-3, 5))
    mood = one_of(rng, ("blue", "blue", "hazy", "grey"))
    sky(space, rng, mood)
    leaves = LEAVES[one_of(rng, ("summer", "spring", "autumn"))]
    grass = tuple(vary(rng, stop, 0.08) for stop in GRASS)
    ground(space, rng, "blade", grass, grass[2])
    hedge(
        space, rng, rng.uniform(18, 28), rng.uniform(3.5, 7), [blend(stop, SKIES[mood][0][2], 0.25) for stop in leaves]
    )
    if rng.random() < 0.5:
        _fence(space, rng, rng.uniform(12, 15))
    _soft_floor(space, rng)
    side = one_of(rng, (-1, 1))
    _swings(space, rng, -side * rng.uniform(2.0, 3.0), rng.uniform(6.0, 9.0))
    if rng.random() < 0.6:
        _arch(space, rng, side * rng.uniform(-0.5, 1.0), rng.uniform(9, 11))
    _slide_tower(space, rng, side * rng.uniform(1.5, 2.5), rng.uniform(4.6, 7.0), -side)
    if rng.random() < 0.6:
        x, z = -side * rng.uniform(1.2, 2.2), rng.uniform(4.0, 5.5)
        space.stick((x, 0, z), (x, 0.4, z), 0.1, (60, 60, 64))
        colour = vary(rng, one_of(rng, _TOYS), 0.1)
        space.ball((x, 0.62, z), 0.36, colour, flat=0.6)
        space.ball((x + 0.3, 0.9, z), 0.18, colour)
    sunlight(space, rng)
    return space


def _soft_floor(space: Space, rng: np.random.Generator) -> None:
    """Rubber in one or two bright colours, or a sand pit."""
    base = vary(rng, one_of(rng, ((160, 66, 50), (60, 110, 160), (206, 180, 130), (60, 130, 90), (196, 110, 60))), 0.12)
    picture = texture(rng, "grain", tones(base, 0.12), 96, 160)
    second = vary(rng, one_of(rng, _TOYS), 0.15)
    for _ in range(int(rng.integers(0, 4))):
        x, y = rng.uniform(0, 0.8), rng.uniform(0, 0.7)
        region(picture, x, y, x + rng.uniform(0.1, 0.3), y + rng.uniform(0.1, 0.3))[:] = second
    space.panel((-8, 0.01, 12), (16, 0, 0), (0, 0, -11), picture)


def _fence(space: Space, rng: np.random.Generator, z: float) -> None:
    """Upright bars between two rails, sometimes of many colours."""
    gay, colour = rng.random() < 0.4, vary(rng, one_of(rng, ((60, 90, 70), (170, 172, 174), (140, 100, 64))), 0.1)
    for x in np.arange(-12, 12, 0.55):
        space.stick((x, 0, z), (x, 1.1, z), 0.12, vary(rng, one_of(rng, _TOYS), 0.1) if gay else colour)
    for height in (0.25, 0.95):
        space.stick((-12, height, z), (12, height, z), 0.06, scaled(colour, 0.9))


def _swings(space: Space, rng: np.random.Generator, x: float, z: float) -> None:
    """A frame of two A-shaped ends and a beam, with two or three swings."""
    paint, wide, tall = vary(rng, one_of(rng, _TOYS), 0.1), rng.uniform(1.3, 2.0), rng.uniform(2.3, 2.9)
    for end in (-wide, wide):
        for foot in (-0.8, 0.8):
            space.stick((x + end, 0, z + foot), (x + end, tall, z), 0.11, paint)
    space.stick((x - wide, tall, z), (x + wide, tall, z), 0.12, paint)
    for place in np.linspace(-wide, wide, int(rng.integers(4, 6)))[1:-1]:
        away, seat = rng.uniform(-0.7, 0.7), vary(rng, one_of(rng, ((30, 30, 32), *_TOYS)), 0.1)
        for side in (-0.22, 0.22):
            space.stick((x + place + side, tall, z), (x + place + side, 0.55, z + away), 0.03, (90, 92, 96))
        space.box((x + place - 0.26, 0.5, z + away - 0.1), (x + place + 0.26, 0.57, z + away + 0.1), seat)


def _arch(space: Space, rng: np.random.Generator, x: float, z: float) -> None:
    """A climbing dome of bent bars."""
    paint, size = vary(rng, one_of(rng, _TOYS), 0.1), rng.uniform(1.2, 1.7)
    angles = np.linspace(0, np.pi, 9)
    for turn in np.linspace(0, np.pi, 5)[:-1]:
        across = x + size * np.cos(angles) * np.cos(turn)
        deep = z + size * np.cos(angles) * np.sin(turn)
        up = size * np.sin(angles)
        points = list(zip(across, up, deep, strict=True))
        for start, end in itertools.pairwise(points):
            space.stick(start, end, 0.07, paint)


def _slide_tower(space: Space, rng: np.random.Generator, x: float, z: float, toward: int) -> None:
    """A tower with a roof, a ladder, and a slide that runs ``toward`` -1 left or 1 right."""
    paint, roof, chute = (vary(rng, colour, 0.1) for colour in rng.permutation(_TOYS)[:3])
    top, deck = rng.uniform(2.7, 3.2), rng.uniform(1.2, 1.5)
    space.shadow(floor_rectangle((x - 0.9, z - 0.8), (x + 0.9, z + 0.9)), 0.45, 2.0)
    for side in (-0.6, 0.6):
        for deep in (0.6, -0.6):
            space.stick((x + side, 0, z + deep), (x + side, top - 0.6, z + deep), 0.13, paint)
    space.box((x - 0.65, deck - 0.1, z - 0.65), (x + 0.65, deck, z + 0.65), (150, 110, 70))
    space.box((x - 0.62, deck, z - 0.64), (x + 0.62, deck + 0.55, z - 0.6), vary(rng, one_of(rng, _TOYS), 0.1))
    ridge_line = np.array([[x, top, z - 0.7], [x, top, z + 0.7]])
    for side in (-0.8, 0.8):
        eaves = np.array([[x + side, top - 0.7, z + 0.7], [x + side, top - 0.7, z - 0.7]])
        space.polygon(np.concatenate([ridge_line, eaves]), scaled(roof, 0.8 if side > 0 else 1.1))
    gable = np.array([[x, top, z - 0.7], [x + 0.8, top - 0.7, z - 0.7], [x - 0.8, top - 0.7, z - 0.7]])
    space.polygon(gable, scaled(roof, 0.95))
    start, run = x + toward * 0.65, toward * rng.uniform(1.6, 2.3)
    lane = gradient((scaled(chute, 0.7), scaled(chute, 1.15), scaled(chute, 0.7)), 24, 24)
    space.panel((start, deck, z + 0.25), (run, 0.15 - deck, -0.4), (0, 0, -0.5), lane)
    for deep in (0.25, -0.25):
        space.stick((start, deck + 0.2, z + deep), (start + run, 0.3, z + deep - 0.4), 0.12, chute)
    for height in np.arange(0.25, deck, 0.3):
        space.stick((x - toward * 0.9, height, z - 0.3), (x - toward * 0.9, height, z + 0.3), 0.06, paint)
