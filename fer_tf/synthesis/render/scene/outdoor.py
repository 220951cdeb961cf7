"""Open land: beach, forest_path, mountain, park.

Each function takes a random generator and returns a painted ``Space``; metres throughout.
"""

import cv2
import numpy as np

from fer_tf.synthesis.render.scene.brushes import (
    COARSE,
    SIDE,
    blend,
    colour_map,
    gradient,
    noise,
    one_of,
    scaled,
    shade,
    texture,
    tones,
    vary,
)
from fer_tf.synthesis.render.scene.furniture import floor_rectangle
from fer_tf.synthesis.render.scene.nature import (
    GRASS,
    LEAVES,
    SKIES,
    conifer,
    crown,
    ground,
    haze,
    hedge,
    palm,
    ridge,
    sky,
    sunlight,
    tree,
)
from fer_tf.synthesis.render.scene.space import Space

_TOWELS = ((206, 50, 44), (40, 110, 180), (240, 200, 60), (240, 240, 236), (50, 160, 120), (230, 120, 60))
_BARK = ((70, 56, 44), (52, 44, 38), (104, 90, 74), (150, 146, 138))


def beach(rng: np.random.Generator) -> Space:
    """Sea with waves under a wide sky, sand, palms, sunshades, towels, a far headland."""
    space = Space(rng.uniform(1.3, 1.8), rng.uniform(0.85, 1.2), 0.0, rng.uniform(-6, 6))
    mood = one_of(rng, ("blue", "blue", "hazy", "evening", "grey"))
    sky(space, rng, mood)
    sand = vary(rng, one_of(rng, ((222, 200, 160), (206, 178, 134), (232, 216, 186))), 0.08)
    ground(space, rng, "grain", tones(sand, 0.12), sand)
    if rng.random() < 0.5:
        ridge(space, rng, rng.uniform(4, 17), tones(blend(SKIES[mood][0][2], (70, 96, 84), 0.6), 0.2), 0.4)
    _sea(space, rng, mood)
    for _ in range(int(rng.integers(0, 5))):
        _sunshade(space, rng, (rng.choice((-1, 1)) * rng.uniform(1.2, 4.5), 0, rng.uniform(4.5, 9)))
    for _ in range(int(rng.integers(1, 5))):
        x, z = rng.uniform(-3, 3), rng.uniform(3, 7)
        stripes = gradient([vary(rng, one_of(rng, _TOWELS), 0.1) for _ in range(5)], 20, 12)
        space.panel((x, 0.02, z), (0.9, 0, rng.uniform(-0.3, 0.3)), (0.2, 0, -1.5), stripes)
    if rng.random() < 0.65:
        for side in one_of(rng, ((-1,), (1,), (-1, 1))):
            for _ in range(int(rng.integers(1, 3))):
                palm(space, rng, (side * rng.uniform(1.6, 3.2), 0, rng.uniform(4.5, 8)), rng.uniform(2.8, 4.6))
    sunlight(space, rng)
    return space


def _sea(space: Space, rng: np.random.Generator, mood: str) -> None:
    """Water from the horizon to a slanting shore with lines of foam."""
    rows = int(rng.uniform(13, 31))
    part = space.pixels[space.horizon : space.horizon + rows + 8]
    deep = {"evening": (96, 96, 116), "grey": (92, 108, 116)}.get(
        mood, one_of(rng, ((24, 88, 140), (34, 120, 150), (40, 104, 128)))
    )
    shallow = blend(deep, (150, 206, 200), 0.55)
    height = part.shape[0]
    water = gradient((vary(rng, deep, 0.1), deep, shallow), height, SIDE).astype(np.float32)
    water += (noise(rng, "ripple", height, SIDE, COARSE).astype(np.float32) - 128.0)[..., None] * 0.28
    slant = np.linspace(*rng.uniform(-4, 4, 2), SIDE) + (noise(rng, "ripple", 1, SIDE, COARSE)[0] - 128.0) * 0.03
    down = np.arange(height)[:, None] - slant[None, :]
    foam = np.zeros((height, SIDE), np.float32)
    for place, thick in ((0.98, 1.3), (0.80, 0.9), (0.6, 0.6), (0.4, 0.45)):
        foam += np.exp(-(((down - rows * (place + rng.normal(0, 0.03))) / thick) ** 2)) * rng.uniform(0.4, 1.0)
    foam *= np.clip(noise(rng, "ripple", height, SIDE, COARSE) / 110.0 - 0.35, 0.0, 1.0)
    water += (246.0 - water) * np.clip(foam, 0, 1)[..., None]
    np.clip(water, 0, 255, out=water)
    cv2.copyTo(water.astype(np.uint8), (down < rows).astype(np.uint8), part)


def _sunshade(space: Space, rng: np.random.Generator, base: tuple) -> None:
    """A striped sunshade and its shadow."""
    x, y, z = base
    colours = [
        vary(rng, one_of(rng, _TOWELS), 0.1),
        one_of(rng, ((244, 242, 236), vary(rng, one_of(rng, _TOWELS), 0.1))),
    ]
    space.shadow(floor_rectangle((x - 0.9, z - 0.4), (x + 0.9, z + 0.6)), 0.4, 1.5)
    space.stick((x, y, z), (x, y + 2.0, z), 0.05, (226, 222, 214))
    edge = np.linspace(-1.0, 1.0, 9)
    for number in range(8):
        left, right = edge[number], edge[number + 1]
        low = [y + 1.75 - 0.12 * bend**2 for bend in (left, right)]
        corners = [[x, y + 2.2, z], [x + right, low[1], z], [x + left, low[0], z]]
        space.polygon(np.array(corners), scaled(colours[number % 2], 1.1 - 0.06 * number))


def forest_path(rng: np.random.Generator) -> Space:
    """A track between tree trunks under leaves, with light through the canopy."""
    space = Space(rng.uniform(1.3, 1.7), rng.uniform(0.85, 1.15), 0.0, rng.uniform(-3, 6))
    season = one_of(rng, ("summer", "summer", "spring", "autumn", "conifer"))
    leaves = tuple(vary(rng, stop, 0.1) for stop in LEAVES[season])
    air = blend(leaves[3], (236, 240, 216), rng.uniform(0.3, 0.7))
    space.pixels[:] = texture(rng, "leaf", (leaves[0], leaves[1], leaves[2], leaves[3], air), SIDE, SIDE, COARSE)
    floor = {"autumn": ((70, 44, 22), (140, 84, 36), (190, 130, 60))}.get(season, (leaves[0], leaves[1], leaves[2]))
    ground(space, rng, "leaf", floor, blend(leaves[2], air, 0.4))
    haze(space, air, rng.uniform(0.5, 0.95), int(rng.uniform(9, 20)))
    _track(
        space,
        rng,
        rng.uniform(0.6, 1.1),
        vary(rng, one_of(rng, ((128, 104, 76), (150, 130, 100), (104, 84, 64))), 0.12),
    )
    bark = vary(rng, one_of(rng, _BARK), 0.15)
    for z in np.sort(rng.uniform(3.2, 26.0, int(rng.integers(26, 40))))[::-1]:
        side = one_of(rng, (-1, 1))
        x = side * rng.uniform(1.3, 2.0 + 0.42 * z)
        colour = blend(scaled(bark, rng.uniform(0.6, 1.1)), air, min(0.75, z / 34.0))
        space.stick((x, 0, z), (x + rng.normal(0, 0.25), 9.0, z), rng.uniform(0.16, 0.46), colour)
        if rng.random() < 0.6:
            size = rng.uniform(0.3, 0.8)
            misty = [blend(stop, air, min(0.6, z / 40.0)) for stop in leaves]
            crown(space, rng, (x + rng.normal(0, 0.6), size * 0.5, z - 0.2), size * 1.4, size * 0.7, misty)
    for _ in range(int(rng.integers(4, 8))):  # branches that hang in from above
        where = (rng.uniform(-3, 3), rng.uniform(3.0, 4.6), rng.uniform(3.5, 7))
        crown(space, rng, where, rng.uniform(0.7, 1.6), rng.uniform(0.4, 0.9), leaves, ragged=1.6)
    for _ in range(int(rng.integers(8, 30))):  # gaps in the canopy, out of focus
        space.bokeh_disc(
            rng.uniform(), rng.uniform(0.0, 0.45), rng.uniform(0.005, 0.022), scaled(air, rng.uniform(0.3, 0.8))
        )
    space.tint = one_of(rng, ((0.84, 0.98, 0.72), (1.0, 1.0, 0.80), (0.72, 0.82, 0.70)))
    return space


def _track(space: Space, rng: np.random.Generator, width: float, colour: tuple) -> None:
    """A winding path from the viewer to the horizon, in short straight pieces."""
    bend, phase = rng.uniform(-1.2, 1.2), rng.uniform(0, 6)
    far = np.array([30.0, 20, 14, 10, 7.5, 5.5, 4, 3, 2.2])
    middle = bend * (np.sin(far / 6.0 + phase) - np.sin(phase)) + rng.uniform(-0.5, 0.5)
    picture = texture(rng, "stone", tones(colour, 0.2), 48, 48)
    for start, end, x, next_x in zip(far[:-1], far[1:], middle[:-1], middle[1:], strict=True):
        corner = (x - width, 0.005, start)
        space.panel(corner, (2 * width, 0, 0), (next_x - x, 0, end - start - 0.02), picture)


def mountain(rng: np.random.Generator) -> Space:
    """Ranges behind each other, fading into the air, some with snow; meadow, rocks or a lake before them."""
    space = Space(rng.uniform(1.4, 1.8), rng.uniform(0.9, 1.3), 0.0, rng.uniform(-9, 3))
    mood = one_of(rng, ("blue", "blue", "hazy", "grey", "evening"))
    sky(space, rng, mood)
    air = SKIES[mood][0][2]
    rock = vary(rng, one_of(rng, ((112, 106, 104), (124, 104, 88), (92, 98, 110))), 0.12)
    meadow = rng.random() < 0.6
    stops = tuple(vary(rng, stop, 0.1) for stop in GRASS) if meadow else tones(rock, 0.35)
    ground(space, rng, "stone", stops, blend(stops[1], air, 0.35))
    snow = rng.uniform(0.3, 0.9) if rng.random() < 0.75 else 0.0
    height = min(space.horizon * 0.95, rng.uniform(40, 65))
    for share, fade in ((1.0, 0.42), (0.62, 0.24), (0.36, 0.1)):
        colour = blend(rock, (62, 80, 52), 0.0 if share > 0.9 else 0.55)
        palette = tuple(blend(tone, air, fade) for tone in tones(colour, 0.42))
        ridge(space, rng, height * share, palette, 0.52, snow * (share > 0.5))
    if rng.random() < 0.3:
        _lake(space, rng)
    for _ in range(int(rng.integers(0, 16))):
        where = (rng.uniform(-14, 14), 0, rng.uniform(9, 24))
        conifer(space, rng, where, rng.uniform(2.0, 4.0))
    for _ in range(int(rng.integers(2, 9))):  # boulders
        size = rng.uniform(0.15, 0.6)
        where = (rng.choice((-1, 1)) * rng.uniform(0.8, 4), size * 0.4, rng.uniform(3.5, 8))
        crown(space, rng, where, size, size * 0.6, tones(rock, 0.4), ragged=0.7)
    sunlight(space, rng)
    return space


def _lake(space: Space, rng: np.random.Generator) -> None:
    """Still water below the horizon that mirrors what stands above it."""
    rows = min(int(rng.uniform(9, 20)), space.horizon, SIDE - space.horizon)
    mirrored = space.pixels[space.horizon - rows : space.horizon][::-1]
    calm = cv2.blur(mirrored, (1, 3)).astype(np.float32)
    calm += (noise(rng, "ripple", rows, SIDE, COARSE).astype(np.float32) - 128.0)[..., None] * 0.2
    space.pixels[space.horizon : space.horizon + rows] = np.clip(calm * (0.75, 0.84, 0.9), 0, 255)


def park(rng: np.random.Generator) -> Space:
    """Mown lawn, single trees, a gravel path, bench, lamp, flower beds, sometimes a pond."""
    space = Space(rng.uniform(1.35, 1.7), rng.uniform(0.85, 1.15), 0.0, rng.uniform(-5, 3))
    mood = one_of(rng, ("blue", "blue", "hazy", "grey", "evening"))
    sky(space, rng, mood)
    season = one_of(rng, ("summer", "summer", "spring", "autumn"))
    leaves = tuple(vary(rng, stop, 0.1) for stop in LEAVES[season])
    grass = tuple(vary(rng, scaled(stop, 1.15), 0.06) for stop in GRASS)
    ground(space, rng, "blade", grass, blend(grass[2], SKIES[mood][0][2], 0.2))
    hedge(space, rng, rng.uniform(26, 40), rng.uniform(4, 9), [blend(stop, SKIES[mood][0][2], 0.3) for stop in leaves])
    if rng.random() < 0.35:
        _pond(space, rng, mood)
    _track(
        space,
        rng,
        rng.uniform(0.7, 1.2),
        vary(rng, one_of(rng, ((206, 190, 160), (170, 166, 160), (190, 150, 120))), 0.08),
    )
    for z in np.sort(rng.uniform(5.5, 18, int(rng.integers(4, 8))))[::-1]:
        x = one_of(rng, (-1, 1)) * rng.uniform(1.8, 2.5 + 0.45 * z)
        tree(space, rng, (x, 0, z), rng.uniform(4.0, 6.5), leaves)
    side = one_of(rng, (-1, 1))
    if rng.random() < 0.75:
        _bench(space, rng, (side * rng.uniform(1.4, 2.4), 0, rng.uniform(4.2, 6)))
    if rng.random() < 0.6:
        x, z = -side * rng.uniform(1.3, 2.2), rng.uniform(4.5, 7)
        space.stick((x, 0, z), (x, 2.9, z), 0.07, (40, 46, 44))
        space.ball((x, 3.05, z), 0.16, (236, 234, 222))
    _flowers(space, rng)
    sunlight(space, rng)
    return space


def _pond(space: Space, rng: np.random.Generator, mood: str) -> None:
    """A pond with an uneven shore that mirrors the sky."""
    angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    x, z = one_of(rng, (-1, 1)) * rng.uniform(2, 5), rng.uniform(9, 13)
    shore = np.stack([x + 4.5 * np.cos(angles), 0 * angles, z + 3.2 * np.sin(angles)], axis=1)
    space.polygon(shore, blend(SKIES[mood][0][1], (60, 84, 84), 0.45))
    space.polygon(shore * (0.6, 1, 0.5) + (0.4 * x, 0, 0.5 * z), blend(SKIES[mood][0][2], (90, 120, 120), 0.3))


def _bench(space: Space, rng: np.random.Generator, base: tuple) -> None:
    """A park bench of slats."""
    x, y, z = base
    timber = vary(rng, one_of(rng, ((130, 84, 48), (60, 84, 60), (150, 120, 84))), 0.12)
    space.shadow(floor_rectangle((x - 0.8, z - 0.2), (x + 0.8, z + 0.5)), 0.4, 1.2)
    for side in (-0.65, 0.65):
        space.stick((x + side, y, z), (x + side, y + 0.85, z + 0.35), 0.06, (44, 44, 46))
    for height in (0.55, 0.68, 0.81):
        space.box((x - 0.8, y + height, z + 0.32), (x + 0.8, y + height + 0.09, z + 0.36), timber)
    space.box((x - 0.8, y + 0.40, z - 0.05), (x + 0.8, y + 0.45, z + 0.35), timber)


def _flowers(space: Space, rng: np.random.Generator) -> None:
    """Beds of coloured dots on the lawn."""
    for _ in range(int(rng.integers(0, 4))):
        petals = vary(
            rng, one_of(rng, ((220, 50, 60), (240, 200, 50), (200, 80, 170), (240, 240, 236), (120, 90, 190))), 0.1
        )
        where = (one_of(rng, (-1, 1)) * rng.uniform(1.0, 3.5), 0.12, rng.uniform(3.4, 7))
        crown(
            space, rng, where, rng.uniform(0.4, 1.0), rng.uniform(0.12, 0.22), (GRASS[0], GRASS[1], petals, petals), 1.2
        )


def plain(rng: np.random.Generator) -> Space:
    """No place at all: a soft gradient of one or two quiet colours with slight texture."""
    space = Space(1.5, 1.0)
    first = vary(
        rng,
        one_of(
            rng,
            (
                (150, 156, 164),
                (186, 176, 160),
                (120, 136, 150),
                (206, 206, 204),
                (96, 92, 90),
                (150, 166, 150),
                (176, 150, 146),
            ),
        ),
        0.3,
    )
    second = vary(rng, blend(first, (128, 128, 128), rng.uniform(0.0, 0.6)), 0.3)
    space.pixels[:] = gradient((first, second), SIDE, SIDE, sideways=rng.random() < 0.4)
    levels = noise(rng, one_of(rng, ("cloud", "plaster")), SIDE, SIDE, COARSE)
    contrast = np.float32(rng.uniform(0.02, 0.14))
    shade(space.pixels, 1.0 + (levels * np.float32(1 / 128) - 1.0) * contrast)
    return space


def studio(rng: np.random.Generator) -> Space:
    """A photographer's grey cloth, brighter behind the person, dark at the rim."""
    space = Space(1.5, 1.0)
    grey = rng.uniform(70, 190)
    cloth = vary(rng, (grey, grey, grey * rng.uniform(0.98, 1.06)), 0.05)
    levels = noise(rng, "cloud", SIDE, SIDE, COARSE)
    space.pixels[:] = colour_map(levels, tones(cloth, rng.uniform(0.03, 0.2)))
    middle = rng.uniform(0.35, 0.65, 2) * SIDE
    places = np.arange(SIDE, dtype=np.float32)
    spread = ((places - middle[0])[None, :] ** 2 + (places - middle[1])[:, None] ** 2) / (
        SIDE * rng.uniform(0.5, 0.9)
    ) ** 2
    shade(space.pixels, rng.uniform(0.45, 0.7) + 0.6 * np.exp(-spread))
    return space
