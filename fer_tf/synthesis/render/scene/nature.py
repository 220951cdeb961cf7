"""Sky, ground, ridges and trees, painted into a ``Space``; metres and pixels of SIDE."""

import itertools

import cv2
import numpy as np

from fer_tf.synthesis.render.scene.brushes import (
    COARSE,
    SIDE,
    Colour,
    blend,
    colour_map,
    gradient,
    noise,
    one_of,
    palette,
    scaled,
    shade,
    texture,
    vary,
)
from fer_tf.synthesis.render.scene.pixels import paint_clump
from fer_tf.synthesis.render.scene.space import Space

# Stops of the sky from the zenith to the horizon, colour of its clouds, tint of the whole picture.
SKIES = {
    "blue": (((74, 128, 196), (136, 180, 224), (206, 224, 236)), (250, 250, 250), (1.08, 1.05, 1.0)),
    "hazy": (((150, 182, 210), (196, 212, 224), (226, 230, 230)), (240, 242, 244), (1.02, 1.0, 0.97)),
    "grey": (((164, 170, 178), (190, 194, 198), (210, 212, 212)), (224, 226, 228), (0.86, 0.89, 0.93)),
    "evening": (((96, 116, 168), (226, 176, 140), (252, 206, 136)), (250, 190, 150), (1.06, 0.86, 0.66)),
    "dusk": (((28, 36, 66), (60, 66, 104), (150, 110, 110)), (80, 76, 100), (0.42, 0.42, 0.55)),
}
GRASS = ((52, 74, 28), (92, 122, 46), (128, 152, 66))
LEAVES = {
    "summer": ((20, 32, 12), (46, 72, 24), (86, 116, 40), (150, 172, 78)),
    "spring": ((40, 60, 18), (86, 120, 36), (136, 166, 60), (200, 214, 116)),
    "autumn": ((70, 34, 14), (150, 76, 22), (206, 130, 40), (236, 190, 84)),
    "conifer": ((12, 22, 16), (24, 44, 30), (44, 70, 46), (84, 108, 76)),
}
_CROWN_SIDE = 48  # the noise of crowns is at most this large and stretched
_CROWN_HALF = (2, 200)  # pixels, smallest and largest


def sky(space: Space, rng: np.random.Generator, mood: str) -> None:
    """Fills the picture above the horizon, with clouds, and sets the picture's tint."""
    stops, cloud, tint = SKIES[mood]
    rows = space.horizon + 1
    air = gradient([vary(rng, stop, 0.06) for stop in stops], rows, SIDE)
    cover = rng.uniform(118, 190) if mood != "grey" else 120.0
    alpha = noise(rng, "cloud", rows, SIDE).astype(np.float32)
    alpha = np.clip((alpha - cover) / 60.0, 0.0, rng.uniform(0.6, 0.95))[..., None]
    space.pixels[:rows] = air + (np.float32(cloud) - air) * alpha
    space.tint = tint


def ground(space: Space, rng: np.random.Generator, kind: str, stops: tuple, far: Colour) -> None:
    """The plain below the horizon: noise nearby that fades into one colour far away."""
    below = space.pixels[space.horizon :]
    below[:] = gradient((far, stops[len(stops) // 2]), below.shape[0], SIDE)
    for near, deep, wide in ((14.0, 46.0, 60.0), (1.0, 13.0, 20.0)):
        picture = texture(rng, kind, [blend(stop, far, 0.35 if near > 10 else 0.0) for stop in stops], 192, 256)
        space.panel((-wide / 2, 0, near + deep), (wide, 0, 0), (0, 0, -deep), picture)


def haze(space: Space, colour: Colour, strength: float, reach: int) -> None:
    """Blends the rows about the horizon into the air's colour."""
    rows = np.arange(SIDE, dtype=np.float32)
    alpha = strength * np.exp(-(((rows - space.horizon) / reach) ** 2))
    part = slice(max(0, space.horizon - 2 * reach), space.horizon + 2 * reach)
    view = space.pixels[part]
    view[:] = view + (np.float32(colour) - view) * alpha[part, None, None]


def profile(rng: np.random.Generator, roughness: float) -> np.ndarray:
    """A random outline, float (SIDE,) about -1..1: sums of ever finer zigzags (``roughness`` 0.3..0.6)."""
    line, columns, points, weight = np.zeros(SIDE), np.linspace(0.0, 1.0, SIDE), 4, 1.0
    while points < 130:
        line += weight * np.interp(columns, np.linspace(0, 1, points), rng.uniform(-1, 1, points))
        points, weight = points * 2 - 1, weight * roughness
    return line


def ridge(
    space: Space,
    rng: np.random.Generator,
    height: float,
    stops: tuple,
    roughness: float = 0.5,
    snow: float = 0.0,
    base: int | None = None,
) -> None:
    """A range of hills or mountains on the horizon.

    Args:
        space: where to paint.
        rng: source of randomness.
        height: of the peaks, in pixels.
        stops: palette of rock or wood.
        roughness: of the outline, 0.3 hills .. 0.6 crags.
        snow: 0..1, share of the height that is white.
        base: row where it stands; the horizon if left out.
    """
    base = space.horizon + 1 if base is None else base
    crest = base - height * (0.62 + 0.38 * profile(rng, roughness))
    top = int(np.clip(crest.min(), 0, base - 2))
    rows = np.arange(top, base)[:, None]
    levels = noise(rng, "stone", base - top, SIDE, COARSE)
    # Slopes to the right lie in the shade, as under a sun on the left.
    slope = np.clip(np.gradient(cv2.blur(crest, (1, 3)).ravel()) * 22.0, -45.0, 45.0)
    slope = slope * np.exp(-(rows - crest) / height)
    levels = np.clip(levels * 0.75 + 32.0 - slope, 0, 255).astype(np.uint8)
    picture = colour_map(levels, stops)
    if snow > 0:
        edge = crest + height * snow * (0.6 + (noise(rng, "leaf", base - top, SIDE, COARSE) - 128.0) / 90.0)
        white = colour_map(levels, ((150, 166, 196), (214, 222, 234), (252, 252, 252)))
        picture = np.where((rows < edge)[..., None], white, picture)
    cv2.copyTo(picture, (rows >= crest).astype(np.uint8), space.pixels[top:base])


def crown(
    space: Space, rng: np.random.Generator, centre: tuple, wide: float, tall: float, stops: tuple, ragged: float = 1.0
) -> None:
    """A clump of leaves, lit from above: half ``wide`` and half ``tall`` in metres about a world point."""
    spot = space.spot(centre)
    if spot is None:
        return
    column, row, scale = spot
    half_wide, half_tall = (int(min(max(size * scale, _CROWN_HALF[0]), _CROWN_HALF[1])) for size in (wide, tall))
    left, top = column - half_wide, row - half_tall
    if left >= SIDE or top >= SIDE or column + half_wide <= 0 or row + half_tall <= 0:
        return
    size = (2 * half_wide, 2 * half_tall)
    shape = (min(size[1], _CROWN_SIDE), min(size[0], _CROWN_SIDE))
    levels, bumps = (np.ascontiguousarray(noise(rng, "leaf", *shape, COARSE)) for _ in range(2))
    if max(size) > _CROWN_SIDE:
        levels, bumps = (cv2.resize(layer, size, interpolation=cv2.INTER_LINEAR) for layer in (levels, bumps))
    paint_clump(space.pixels, left, top, levels, bumps, palette(stops), ragged)


def tree(space: Space, rng: np.random.Generator, base: tuple, height: float, stops: tuple) -> None:
    """A broad-leaved tree: trunk, shadow on the ground, crown of a few clumps."""
    x, y, z = base
    bark = vary(rng, one_of(rng, ((84, 66, 50), (60, 50, 42), (120, 108, 94))), 0.2)
    angles = np.linspace(0, 2 * np.pi, 10)
    ring = np.stack([x + 0.32 * height * np.cos(angles), 0 * angles, z + 0.12 * height * np.sin(angles)], axis=1)
    space.shadow(ring, 0.4, 1.5)
    space.stick((x, y, z), (x + rng.normal(0, 0.04) * height, y + 0.6 * height, z), 0.055 * height, bark)
    for _ in range(int(rng.integers(2, 5))):
        side, rise = rng.uniform(-0.2, 0.2) * height, rng.uniform(0.5, 0.82) * height
        size = rng.uniform(0.2, 0.3) * height
        crown(space, rng, (x + side, y + rise, z), size * 1.15, size, stops)


def conifer(space: Space, rng: np.random.Generator, base: tuple, height: float) -> None:
    """A fir: tiers of dark branches, narrower to the top."""
    x, y, z = base
    space.stick((x, y, z), (x, y + 0.95 * height, z), 0.03 * height, (52, 42, 34))
    for tier in np.linspace(0.12, 0.92, 7):
        wide = 0.24 * height * (1.04 - tier)
        crown(space, rng, (x, y + tier * height, z), wide, 0.1 * height, LEAVES["conifer"])


def palm(space: Space, rng: np.random.Generator, base: tuple, height: float) -> None:
    """A palm with a bent trunk and hanging fronds."""
    x, y, z = base
    lean = rng.uniform(-0.3, 0.3) * height
    points = [(x + lean * t * t, y + height * t, z) for t in np.linspace(0, 1, 6)]
    for start, end in itertools.pairwise(points):
        space.stick(start, end, 0.045 * height, vary(rng, (112, 92, 70), 0.1))
    top_x, top_y, _ = points[-1]
    for angle in np.linspace(-0.5, np.pi + 0.5, 13) + rng.normal(0, 0.12, 13):
        reach = height * rng.uniform(0.32, 0.45)
        green = vary(rng, one_of(rng, ((44, 72, 30), (76, 108, 44), (30, 50, 24))), 0.2)
        arc = np.linspace(0, 1, 7)
        across = top_x + np.cos(angle) * reach * arc
        up = top_y + np.sin(angle) * reach * 0.7 * arc - 0.5 * reach * arc**2
        for number in range(6):
            start, end = (across[number], up[number], z), (across[number + 1], up[number + 1], z)
            space.stick(start, end, 0.09 * reach * (1.2 - arc[number]), green)
            space.stick(end, (end[0], end[1] - 0.16 * reach, z), 0.03 * reach, scaled(green, 0.8))


def hedge(space: Space, rng: np.random.Generator, distance: float, height: float, stops: tuple) -> None:
    """A row of bushes or far trees across the whole view."""
    step = height * 0.9
    half = distance * 0.85
    for x in np.arange(-half, half, step):
        tall = height * rng.uniform(0.4, 0.65)
        where = (x + rng.normal(0, 0.3) * step, tall * 0.7, distance)
        crown(space, rng, where, step * rng.uniform(0.7, 1.0), tall, stops, ragged=1.3)


def sunlight(space: Space, rng: np.random.Generator) -> None:
    """Brightens one side as a low sun does."""
    ramp = np.linspace(*rng.permutation([1.16, 0.84]), SIDE, dtype=np.float32)
    shade(space.pixels, ramp[None, :])
