"""Hats and caps: what sits on the scalp and leaves the face free."""

import numpy as np

from fer_tf.synthesis.render.disguise.shapes import dye, sheet, soft_noise
from fer_tf.synthesis.render.head.skull import scalp_centre, scalp_points
from fer_tf.synthesis.render.surface import Surface

# The edge of a hat: degrees of elevation over the forehead, the ears and the neck.
_EDGE_FRONT, _EDGE_SIDE, _EDGE_BACK = 17.0, 6.0, -2.0
_LIFT = 0.075  # E between scalp and hat: room for the hair under it
_LEAST_GAP = 0.035  # E, where a hat's crown is dented
_COLUMNS = 73  # round the head; the first and the last meet at the back
_FELT = ((42, 38, 36), (92, 70, 50), (120, 112, 104), (30, 36, 54), (70, 30, 32), (176, 152, 118), (60, 66, 52))
_STRAW = ((214, 186, 132), (226, 206, 164), (196, 160, 104), (236, 226, 204))
_WOOL = ((40, 44, 52), (120, 30, 36), (60, 70, 90), (150, 140, 125), (30, 60, 54), (200, 190, 176), (176, 110, 40))
_COTTON = ((28, 30, 36), (30, 44, 88), (150, 28, 34), (214, 212, 206), (70, 76, 56), (110, 112, 116), (180, 160, 130))
_RIBBON = ((24, 22, 24), (70, 40, 30), (40, 44, 70), (120, 30, 36))


def hat_surfaces(landmarks: np.ndarray, rng: np.random.Generator) -> tuple[Surface, ...]:
    """A felt hat, a sun hat or a woollen one.

    Args:
        landmarks: float (468, 3) of the head at rest, in E.
        rng: source of kind, size and colours.

    Returns:
        Surfaces named "hat".
    """
    kind = rng.choice(("fedora", "sun_hat", "beanie"), p=(0.4, 0.25, 0.35))
    return _beanie(landmarks, rng) if kind == "beanie" else _brimmed(landmarks, rng, straw=kind == "sun_hat")


def cap_surfaces(landmarks: np.ndarray, rng: np.random.Generator) -> tuple[Surface, ...]:
    """A baseball cap: six panels, a button and a curved peak.

    Args:
        landmarks: float (468, 3) of the head at rest, in E.
        rng: source of the shape and the colours.

    Returns:
        Surfaces named "cap".
    """
    azimuth = np.linspace(-180, 180, _COLUMNS)
    share = np.linspace(0, 1, 22)[:, None]  # from the crown to the edge
    edge = _edge(azimuth)
    elevation = 90 + (edge - 90) * share
    # Stiff front panels stand off the forehead.
    stand = rng.uniform(0.05, 0.13) * np.exp(-((azimuth / 55) ** 2)) * np.sin(np.pi * np.clip(share * 0.9, 0, 1)) ** 0.8
    seam = np.exp(-((((azimuth + 30) % 60 - 30) / 3.2) ** 2)) * np.sin(np.pi * np.minimum(share + 0.25, 0.9))
    crumple = 0.012 * soft_noise(rng, (22, _COLUMNS), (4, 9)) * _closing(azimuth)
    points = scalp_points(
        landmarks, azimuth, elevation, _LIFT + stand + _shoulder(elevation) + crumple * share - 0.012 * seam
    )
    points = np.concatenate([points, _inwards(points[-1], 0.035)])
    cloth, second = dye(rng, _COTTON), dye(rng, _COTTON)
    panels = np.broadcast_to(cloth, points.shape).copy()
    panels[:22] *= (1 - 0.35 * seam)[..., None]
    if rng.random() < 0.4:
        patch = np.clip(4 - 4 * ((azimuth / 19) ** 2 + ((share - 0.62) / 0.17) ** 2), 0, 1)[..., None]
        panels[:22] += (second - panels[:22]) * patch
    button = scalp_points(landmarks, azimuth[::8], np.array([[90.0], [87.5], [86.0]]), _LIFT)
    button[..., 1] -= np.float32([0.035, 0.026, 0.0])[:, None]
    peak_colour = second if rng.random() < 0.3 else cloth
    return (sheet(points, "cap", panels), sheet(button, "cap", peak_colour), _peak(landmarks, rng, peak_colour))


def _peak(landmarks: np.ndarray, rng: np.random.Generator, colour: np.ndarray) -> Surface:
    """The peak of a cap: upper side, rounded rim and under side in one sheet."""
    length, arch, slope = rng.uniform(0.5, 0.66), rng.uniform(0.1, 0.26), rng.uniform(0.12, 0.3)
    along = np.linspace(-1, 1, 41)
    azimuth = 66 * along
    root = scalp_points(landmarks, azimuth, _edge(azimuth) + 1.5, _LIFT)
    rows = 10
    out = np.concatenate([np.linspace(0, 1, rows), np.linspace(1, 0, rows)])[:, None]
    thickness = np.concatenate([np.full(rows, -0.014), np.full(rows, 0.014)])[:, None]
    reach = np.sqrt(np.clip(1 - along**2, 0, 1)) * length
    half_width = np.abs(root[:, 0]).max()
    droop = slope * out + arch * (root[:, 0] / half_width) ** 2 * out + 0.03 * out**2
    points = np.empty((2 * rows, 41, 3), np.float32)
    points[..., 0] = root[:, 0] * (1 + 0.06 * out)
    points[..., 1] = root[:, 1] + droop * np.sqrt(reach / length) + thickness
    points[..., 2] = root[:, 2] + reach * out
    stitched = 1 - 0.12 * (np.abs((out * 7) % 1 - 0.5) < 0.12)
    return sheet(points, "cap", colour * stitched[..., None] * np.ones((1, 41, 1)))


def _brimmed(landmarks: np.ndarray, rng: np.random.Generator, straw: bool) -> tuple[Surface, ...]:
    """A felt hat with a dented crown, or a straw one with a wide floppy brim."""
    azimuth = np.linspace(-180, 180, _COLUMNS)
    turn = np.radians(azimuth)
    edge = scalp_points(landmarks, azimuth, _edge(azimuth) - 1, _LIFT)
    height = rng.uniform(0.9, 1.0) + (0.0 if straw else 0.06)
    rise = np.concatenate([np.linspace(0, 0.8, 14), np.linspace(0.86, 1, 7)])[::-1, None]
    round_off = np.clip((rise - 0.55) / 0.45, 0, 1) ** (2.2 if straw else 3.4)
    size = (1 - (0.16 if straw else 0.2) * rise) * np.sqrt(1 - round_off**2 * 0.9999)
    middle = edge.mean(0)
    crown = np.empty((len(rise), _COLUMNS, 3), np.float32)
    crown[:] = middle + (edge - middle) * size[..., None]
    # The tilt of the edge fades towards the top.
    crown[..., 1] = middle[1] + (edge[:, 1] - middle[1]) * (1 - 0.8 * rise) - height * rise**0.9 * (1 - 0.08 * rise)
    crown[..., 2] -= 0.16 * rise
    if not straw:
        top = np.clip((rise - 0.6) / 0.4, 0, 1)
        crown[..., 1] += 0.2 * top * np.exp(-((crown[..., 0] / 0.2) ** 2))
        crown[..., 0] *= 1 - 0.3 * np.clip((rise - 0.35) / 0.65, 0, 1) * np.exp(-((azimuth / 50) ** 2))
    crown = _off_scalp(landmarks, crown)
    colour = dye(rng, _STRAW if straw else _FELT)
    weave = np.ones_like(crown[..., :1])
    if straw:  # rings of braid
        weave = 1 - 0.14 * (np.arange(len(rise)) % 2)[:, None, None] * np.ones((1, _COLUMNS, 1))
    ribbon = crown[-6:] + 0.014 * np.stack([np.sin(turn), 0 * turn, np.cos(turn)], -1)
    brim = _brim(rng, edge, azimuth, straw)
    rings = 1 - 0.12 * (np.arange(len(brim)) % 2)[:, None, None] if straw else 1.0
    return (
        sheet(crown, "hat", colour * weave),
        sheet(ribbon.astype(np.float32), "hat", dye(rng, _RIBBON)),
        sheet(brim, "hat", colour * rings * np.ones_like(brim)),
    )


def _off_scalp(landmarks: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The points, pushed outwards where they would lie in the scalp or on it."""
    middle = scalp_centre(landmarks)
    right, top, front, back = (
        np.abs(scalp_points(landmarks, azimuth, elevation) - middle).max()
        for azimuth, elevation in ((90.0, 0.0), (0.0, 90.0), (0.0, 0.0), (180.0, 0.0))
    )
    way = points - middle
    depth = np.where(way[..., 2] > 0, front, back)
    level = np.sqrt((way[..., 0] / right) ** 2 + (way[..., 1] / top) ** 2 + (way[..., 2] / depth) ** 2)
    length = np.linalg.norm(way, axis=-1)
    needed = np.maximum(1, 1 / level + _LEAST_GAP / length)
    return (middle + way * needed[..., None]).astype(np.float32)


def _brim(rng: np.random.Generator, edge: np.ndarray, azimuth: np.ndarray, straw: bool) -> np.ndarray:
    """Points of a brim, from the crown outwards and back underneath, float32 (rows, columns, 3)."""
    turn = np.radians(azimuth)
    width = rng.uniform(0.55, 0.75) if straw else rng.uniform(0.3, 0.46)
    out = np.concatenate([np.linspace(-0.06, 1, 10), [1.0], np.linspace(1, 0, 6)])[:, None]
    below = np.concatenate([np.full(10, -0.012), [0.0], np.full(6, 0.012)])[:, None]
    outwards = np.stack([np.sin(turn), np.zeros_like(turn), np.cos(turn)], axis=-1)
    points = edge + outwards * (width * out)[..., None]
    if straw:
        waves = 0.05 * soft_noise(rng, (len(out), _COLUMNS), (1, 7)) * _closing(azimuth)
        drop = rng.uniform(0.05, 0.3) * np.abs(out) ** 1.5 + waves * np.abs(out)
    else:  # dips in front, curls up at the sides and behind
        drop = out * width * (0.28 * np.cos(turn) - rng.uniform(0.2, 0.7) * np.abs(np.sin(turn)) ** 2 * np.abs(out))
    points[..., 1] += drop + below
    return points.astype(np.float32)


def _beanie(landmarks: np.ndarray, rng: np.random.Generator) -> tuple[Surface, ...]:
    """A knitted hat with a turned-up edge, sometimes with a bobble."""
    columns = 145  # four to a rib
    azimuth = np.linspace(-180, 180, columns)
    edge = _edge(azimuth) - np.float32(3) - 6 * np.abs(np.sin(np.radians(azimuth)))
    ribs = 0.5 - 0.5 * np.cos(np.radians(azimuth) * 36)
    share = np.linspace(0, 1, 13)[:, None]
    slouch = rng.uniform(0.0, 0.22) * np.clip(1 - share * 1.3, 0, 1) ** 0.7
    folds = 0.03 * soft_noise(rng, (13, columns), (4, 6)) * _closing(azimuth)
    elevation = 90 + (edge + 4 - 90) * share
    body = scalp_points(
        landmarks, azimuth, elevation, _LIFT + _shoulder(elevation) + slouch + folds * (1 - share) + 0.016 * ribs
    )
    wool = dye(rng, _WOOL)
    knit = (0.62 + 0.38 * ribs)[None, :, None] * np.ones((13, 1, 1))
    surfaces = [sheet(body, "hat", wool * knit)]
    if rng.random() < 0.8:
        roll = np.linspace(0, np.pi, 7)[:, None]  # over the upper rim of the cuff and down
        high, bulge = rng.uniform(13, 18), 0.05 * np.sin(roll) ** 0.5 + 0.012 * ribs
        cuff = scalp_points(landmarks, azimuth, edge + high * (0.5 + 0.5 * np.cos(roll)), _LIFT + 0.005 + bulge)
        shade = np.ones((7, 1, 1)) * (0.62 + 0.38 * ribs)[None, :, None]
        surfaces.append(sheet(cuff, "hat", (dye(rng, _WOOL) if rng.random() < 0.25 else wool) * shade))
    if rng.random() < 0.3:
        surfaces.append(_bobble(landmarks, rng, _LIFT + float(slouch[0, 0])))
    return tuple(surfaces)


def _bobble(landmarks: np.ndarray, rng: np.random.Generator, lift: float) -> Surface:
    """A fluffy ball on the crown."""
    middle = scalp_points(landmarks, 0.0, 90.0, lift + 0.14)
    azimuth, polar = np.radians(np.linspace(-180, 180, 25)), np.radians(np.linspace(0, 180, 13))[:, None]
    radius = 0.19 * (1 + 0.08 * rng.standard_normal((13, 25)))
    radius[:, -1] = radius[:, 0]
    way = np.stack([np.sin(azimuth) * np.sin(polar), -np.cos(polar) + 0 * azimuth, np.cos(azimuth) * np.sin(polar)], -1)
    return sheet(middle + way * radius[..., None], "hat", dye(rng, _WOOL))


def _edge(azimuth: np.ndarray) -> np.ndarray:
    """Elevation in degrees of a hat's edge."""
    turn = np.radians(azimuth)
    ahead, behind = np.clip(np.cos(turn), 0, 1) ** 1.5, np.clip(-np.cos(turn), 0, 1) ** 1.5
    return _EDGE_SIDE + (_EDGE_FRONT - _EDGE_SIDE) * ahead + (_EDGE_BACK - _EDGE_SIDE) * behind


def _shoulder(elevation: np.ndarray) -> np.ndarray:
    """E by which cloth stands off half way up, as it does not run to a point like a skull's top."""
    return 0.07 * np.sin(2 * np.radians(np.clip(elevation, 0, 90)))


def _inwards(rim: np.ndarray, depth: float) -> np.ndarray:
    """Two rows that turn an edge under, so that the cloth looks thick: (2, columns, 3)."""
    middle = rim.mean(0)
    inside = middle + (rim - middle) * (1 - depth)
    return np.stack([rim + np.float32([0, 0.012, 0]), inside]).astype(np.float32)


def _closing(azimuth: np.ndarray) -> np.ndarray:
    """Weight 0..1 that lets random folds vanish where the sheet's two ends meet, at the back."""
    return np.clip((180 - np.abs(azimuth)) / 40, 0, 1)
