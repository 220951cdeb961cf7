"""What is wound or draped: turban, hijab, scarf."""

import numpy as np

from fer_tf.synthesis.render.disguise.shapes import curve, dye, printed, sheet, soft_noise
from fer_tf.synthesis.render.head.skull import scalp_centre, scalp_points
from fer_tf.synthesis.render.surface import Surface

_LIFT = 0.09  # E between scalp and turban or hijab: room for the hair
_TURBAN = (
    *((196, 92, 28), (150, 26, 34), (30, 40, 80), (232, 228, 216), (24, 24, 28), (60, 90, 130), (120, 40, 80)),
    *((84, 96, 60), (214, 170, 70)),
)
_HIJAB = (
    *((24, 24, 28), (226, 220, 208), (120, 110, 104), (60, 70, 100), (150, 90, 90), (96, 110, 96), (176, 150, 130)),
    *((90, 50, 70), (190, 190, 196)),
)
_WOOL = (
    *((120, 30, 36), (60, 64, 72), (170, 160, 146), (40, 60, 80), (190, 150, 60), (70, 90, 70), (30, 30, 34)),
    *((150, 110, 84), (210, 204, 196)),
)
# The face's outline and the ring of landmarks within it, from the chin over the image's right.
_OUTLINE = (
    *(152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 356, 389, 251, 284, 332, 297, 338, 10),
    *(109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152),
)
_WITHIN = (
    *(175, 396, 369, 395, 394, 364, 367, 435, 401, 366, 447, 264, 368, 301, 298, 333, 299, 337, 151),
    *(108, 69, 104, 68, 71, 139, 34, 227, 137, 177, 215, 138, 135, 169, 170, 140, 171, 175),
)
_SIDES, _CHIN, _NOSE_TIP, _LOWER_LIP = (234, 454), 152, 4, 17
_HOOD_CENTRE = np.array([0.0, 0.2, -0.72])
_HOOD_BELOW = 1.8  # E from there to the hood's lower end, which the drape hides
_HOOD_ROUNDNESS = 2.4  # 2 is an ellipsoid, which looks pointed
_NECK_DEPTH = -0.55  # z of the axis of the neck
_CHIN_AT = (1.19, 0.17)  # y and z of the chin for which the drape is tabled
_CLEAR = 0.05  # E between the skin and a scarf

# Cloth over neck and shoulders, clear of the clothes: y, half width, z in front, z behind.
_DRAPE = np.array(
    [
        (1.00, 0.60, -0.05, -1.38),
        (1.16, 0.72, 0.10, -1.42),
        (1.34, 0.84, 0.15, -1.45),
        (1.58, 0.96, 0.14, -1.48),
        (1.74, 1.12, 0.15, -1.52),
        (1.87, 1.52, 0.19, -1.60),
        (2.00, 1.90, 0.24, -1.68),
        (2.16, 2.18, 0.30, -1.75),
        (2.50, 2.32, 0.38, -1.78),
        (3.10, 2.42, 0.48, -1.82),
    ]
)


def turban_surfaces(landmarks: np.ndarray, rng: np.random.Generator) -> tuple[Surface, ...]:
    """A turban: overlapping bands that rise to the forehead's middle, or that wind round.

    Args:
        landmarks: float (468, 3) of the head at rest, in E.
        rng: source of the winding and the colour.

    Returns:
        Surfaces named "turban".
    """
    rows, columns = 46, 59
    azimuth = np.linspace(-180, 180, columns)
    turn = np.radians(azimuth)
    peaked = rng.random() < 0.6
    # Over the forehead, the edge of the peaked one is a shallow inverted V.
    front = np.clip(np.cos(turn), 0, 1)
    edge = -6 + 20 * front**0.8 + (6 * np.exp(-np.abs(azimuth) / 14) if peaked else 0)
    share = np.linspace(0, 1, rows)[:, None]
    elevation = 90 + (edge - 90) * share
    width = rng.uniform(11, 15)
    if peaked:
        slope = np.sqrt((azimuth / 90) ** 2 + 0.01) * 34 + 7 * np.tanh(azimuth / 8)
        phase = (elevation + slope * np.clip(1.2 - share * 0.2, 0, 1)) / width
    else:
        lean = rng.uniform(8, 20) * rng.choice((-1, 1))
        phase = (elevation + lean * np.sin(turn)) / width
    phase = phase + 0.25 * soft_noise(rng, (rows, columns), (3, 5)) * _closing(azimuth)
    band = phase % 1
    layer = np.sin(np.pi * np.clip(band, 0.02, 0.98)) ** 0.5 * 0.028 + 0.022 * (1 - band)
    pleats = 0.006 * np.sin(2 * np.pi * (3 * phase + 0.4 * soft_noise(rng, (rows, columns), (4, 6))))
    bulk = rng.uniform(0.12, 0.24) * np.sin(np.pi * np.clip(0.12 + share * 0.85, 0, 1)) + 0.03
    points = scalp_points(landmarks, azimuth, elevation, _LIFT + bulk + layer + pleats)
    crease = np.exp(-((np.minimum(band, 1 - band) / 0.07) ** 2)) + 6 * pleats
    hem = scalp_points(landmarks, azimuth, edge - 0.5, np.array([[_LIFT + 0.01], [_LIFT - 0.07]]))
    points = np.concatenate([points, hem])
    colour = dye(rng, _TURBAN) * np.ones_like(points)
    colour[:rows] *= (1 - 0.3 * np.clip(crease, 0, 1))[..., None]
    under = scalp_points(landmarks, azimuth, edge + np.array([[8.0], [2.0], [-2.5]]), _LIFT - 0.025)
    return (sheet(points, "turban", colour), sheet(under, "turban", 0.5 * dye(rng, _TURBAN)))


def hijab_surfaces(landmarks: np.ndarray, rng: np.random.Generator) -> tuple[Surface, ...]:
    """A headscarf that frames the face and covers hair, ears, neck and shoulders.

    Args:
        landmarks: float (468, 3), expression included, in E.
        rng: source of folds and colours.

    Returns:
        Surfaces named "hijab": hood and, not turning with the head, drape.
    """
    opening = _opening(landmarks, 61)
    hood = _hood(landmarks, opening, rng)
    colour = printed(rng, hood, _HIJAB, plain=0.8)
    drape = _drape(rng, landmarks)
    # One cloth: hood and drape share the print's mean colour.
    cloth = colour.reshape(-1, 3).mean(0)
    depth = soft_noise(rng, drape.shape[:2], (6, 8))[..., None]
    return (sheet(hood, "hijab", colour), sheet(drape, "hijab", cloth * (1 + 0.03 * depth), on_head=False))


def _opening(landmarks: np.ndarray, columns: int) -> np.ndarray:
    """The edge of a hijab round the face, from the chin over the image's right, float32 (columns, 3)."""
    outline, within = landmarks[list(_OUTLINE)], landmarks[list(_WITHIN)]
    height = np.linspace(-1, 1, len(_OUTLINE))
    forehead = np.exp(-((height / 0.25) ** 2))[:, None]
    chin = np.exp(-(((np.abs(height) - 1) / 0.25) ** 2))[:, None]
    edge = outline + (within - outline) * np.clip(0.55 - 0.1 * forehead - 0.7 * chin, -0.1, 1)
    return curve(edge, columns)


def _hood(landmarks: np.ndarray, opening: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Points of the hood from its edge to the back of the head, float32 (rows, columns, 3)."""
    rows, columns = 28, len(opening)
    share = np.linspace(0, 1, rows)[:, None]
    start = opening - _HOOD_CENTRE
    reach = np.linalg.norm(start, axis=1)
    way = _sweep(start / reach[:, None], share)
    soft = np.clip(share / 0.3, 0, 1)
    soft = soft * soft * (3 - 2 * soft)
    length = (reach + 0.02) + (_hood_reach(landmarks, way) - reach) * soft
    length = np.maximum(length, _skull_reach(landmarks, way) + 0.05 * np.clip(share / 0.06, 0, 1))
    # A rolled hem, then folds that run round the face, deepest below the cheeks.
    roll = 0.05 * np.sin(np.pi * np.clip(share / 0.1, 0, 1) ** 0.6) * (share < 0.1)
    around = np.linspace(-1, 1, columns)
    wander = soft_noise(rng, (rows, columns), (4, 7)) * np.clip((1 - np.abs(around)) * 6, 0, 1)
    lower = np.clip(way[..., 1] + 0.35, 0, 1)
    folds = (1 + np.sin(2 * np.pi * (5 * share + 0.6 * wander))) * (0.012 + 0.035 * lower) * np.clip(share * 5, 0, 1)
    length = length + roll + folds * (1 - share) + 0.02 * np.abs(wander) * soft
    points = _HOOD_CENTRE + way * length[..., None]
    # The hem is turned under, into the skin, so that nothing shows between them.
    hem = opening - (opening - opening.mean(0)) * 0.04 - np.float32([0, 0, 0.03])
    return np.concatenate([hem[None], points]).astype(np.float32)


def _sweep(start: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Directions from each start (columns, 3) to the back of the head, at shares (rows, 1) of the way."""
    pole = np.array([0, 0.1, -1]) / np.linalg.norm([0, 0.1, -1])
    angle = np.arccos(np.clip(start @ pole, -1, 1))
    near, far = np.sin((1 - share) * angle), np.sin(share * angle)
    return (near[..., None] * start + far[..., None] * pole) / np.sin(angle)[:, None]


def _hood_reach(landmarks: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Distance of the loose hood from its centre along each way: bulging ellipsoids, one per octant."""
    top, back, front = (
        scalp_points(landmarks, azimuth, elevation, _LIFT + 0.02)
        for azimuth, elevation in ((0.0, 90.0), (180.0, 0.0), (0.0, 0.0))
    )
    half_width = (landmarks[_SIDES[1], 0] - landmarks[_SIDES[0], 0]) / 2 + 0.24
    vertical = np.where(way[..., 1] < 0, _HOOD_CENTRE[1] - top[1], _HOOD_BELOW)
    lengthwise = np.where(way[..., 2] > 0, front[2] - _HOOD_CENTRE[2], _HOOD_CENTRE[2] - back[2])
    axes = np.stack(np.broadcast_arrays(half_width, vertical, lengthwise), axis=-1)
    return (np.abs(way / axes) ** _HOOD_ROUNDNESS).sum(-1) ** (-1 / _HOOD_ROUNDNESS)


def _skull_reach(landmarks: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Distance from the hood's centre to the scalp along each way, for those that rise; 0 for others."""
    middle = scalp_centre(landmarks)
    right, top, front = (
        np.abs(scalp_points(landmarks, azimuth, elevation) - middle).max()
        for azimuth, elevation in ((90.0, 0.0), (0.0, 90.0), (0.0, 0.0))
    )
    axes = np.array([right, top, front])
    start, step = (_HOOD_CENTRE - middle) / axes, way / axes
    a, b, c = (step**2).sum(-1), step @ start, start @ start - 1
    return np.where(way[..., 1] < 0, (-b + np.sqrt(np.maximum(b * b - a * c, 0))) / a, 0.0)


def _drape(rng: np.random.Generator, landmarks: np.ndarray) -> np.ndarray:
    """Points of cloth from under the chin over the shoulders, float32 (rows, columns, 3)."""
    rows, columns = 30, 45
    turn = np.radians(np.linspace(-180, 180, columns))
    down = np.linspace(_DRAPE[0, 0], _DRAPE[-1, 0], rows)
    half_width, front, behind = (np.interp(down, _DRAPE[:, 0], _DRAPE[:, k])[:, None] for k in (1, 2, 3))
    middle, depth = (front + behind) / 2, (front - behind) / 2
    level = down[:, None]
    wander = 0.35 * soft_noise(rng, (rows, columns), (3, 5))
    swags = 0.05 + 0.05 * np.sin(2 * np.pi * (2.1 * level - 1.1 * np.cos(turn) + wander))
    swags += 0.04 * soft_noise(rng, (rows, columns), (4, 6))
    size = 1 + swags * np.clip((np.pi - np.abs(turn)) * 2, 0, 1) * np.clip((level - 1.1) * 4, 0, 1)
    points = np.empty((rows, columns, 3), np.float32)
    square = 1 - 0.25 * np.clip(half_width - 0.8, 0, 1)  # shoulders are squarer than a neck
    points[..., 0] = half_width * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** square * size
    points[..., 1] = down[:, None]
    points[..., 2] = middle + depth * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** square * size
    # The cloth under the chin goes where the chin goes, down with the jaw and back.
    follows = np.clip(2 - level, 0, 1)
    points[..., 1] += (landmarks[_CHIN, 1] - _CHIN_AT[0]) * follows
    points[..., 2] += min(0.0, landmarks[_CHIN, 2] - _CHIN_AT[1]) * follows * np.clip(np.cos(turn), 0, 1)
    return points


def scarf_surfaces(landmarks: np.ndarray, rng: np.random.Generator) -> tuple[Surface, ...]:
    """A woollen scarf round the neck, up to the chin or over mouth or nose.

    Args:
        landmarks: float (468, 3), expression included, in E.
        rng: source of winding and colours.

    Returns:
        Surfaces named "scarf": the upper turn, and, not turning with the head, the lower one and its end.
    """
    reach = rng.choice(("chin", "lip", "nose"), p=(0.45, 0.3, 0.25))
    chin, lip, nose = (float(landmarks[point, 1]) for point in (_CHIN, _LOWER_LIP, _NOSE_TIP))
    top = {"chin": chin - 0.1, "lip": lip - 0.06, "nose": nose + 0.03}[reach]
    upper = _coil(landmarks, rng, top=top, bottom=chin + 0.34, bulge=0.1)
    lower = _coil(landmarks, rng, top=chin + 0.05, bottom=chin + 0.64, bulge=0.26)
    wool = printed(rng, upper, _WOOL, plain=0.5)
    mean = wool.reshape(-1, 3).mean(0)
    surfaces = [sheet(upper, "scarf", wool), sheet(lower, "scarf", 0.95 * mean, on_head=False)]
    if rng.random() < 0.5:
        surfaces.append(sheet(_scarf_end(rng, lower), "scarf", mean, on_head=False))
    return tuple(surfaces)


def _scarf_end(rng: np.random.Generator, coil: np.ndarray) -> np.ndarray:
    """The end of a scarf that hangs down in front, with a fringe, float32 (rows, columns, 3)."""
    rows, columns = 16, 13
    down, across = np.linspace(0, 1, rows)[:, None], np.linspace(-1, 1, columns)
    middle = coil[len(coil) // 2, coil.shape[1] // 2]
    points = np.empty((rows, columns, 3), np.float32)
    points[..., 0] = rng.uniform(-0.35, 0.35) + across * (0.24 + 0.06 * down) + 0.04 * np.sin(3 * down)
    points[..., 1] = middle[1] + rng.uniform(1.0, 1.5) * down
    points[..., 2] = middle[2] + 0.06 - 0.06 * across**2 + 0.03 * np.sin(5 * across + 2 * down)
    points[-1, ::2, 1] += 0.14
    return points


def _coil(landmarks: np.ndarray, rng: np.random.Generator, top: float, bottom: float, bulge: float) -> np.ndarray:
    """One turn of a scarf: a soft roll round the neck.

    Args:
        landmarks: float (468, 3) in E.
        rng: source of folds.
        top: y of its upper edge in front, E.
        bottom: y of its lower edge.
        bulge: E by which its middle stands out.

    Returns:
        float32 (rows, columns, 3).
    """
    rows, columns = 25, 55
    turn = np.radians(np.linspace(-180, 180, columns))
    roll = np.linspace(0, 1, rows)[:, None]
    ahead = 0.5 + 0.5 * np.cos(turn)
    side = float(landmarks[list(_SIDES), 1].mean())
    # Behind, it reaches the nape, below the ears.
    upper = top + (max(top, side + 0.5) - top) * (1 - ahead) ** 0.8
    lower = bottom - 0.25 * (1 - ahead)
    wander = soft_noise(rng, (rows, columns), (4, 6)) * np.clip((np.pi - np.abs(turn)) * 2, 0, 1)
    height = upper + (lower - upper) * roll + 0.03 * wander
    base = _girth(landmarks, turn, top)
    profile = np.sin(np.pi * np.clip(roll, 0, 1)) ** 0.55
    folds = 0.035 * np.sin(2 * np.pi * (3.2 * roll + 0.5 * np.sin(turn + rng.uniform(0, 6)) + 0.5 * wander)) * profile
    radius = base + bulge * profile + folds + 0.02 * wander * profile
    # The upper edge is turned in, towards the skin.
    radius = radius - 0.05 * np.clip(1 - roll * 12, 0, 1)
    points = np.empty((rows, columns, 3), np.float32)
    points[..., 0] = radius * np.sin(turn)
    points[..., 1] = height
    points[..., 2] = _NECK_DEPTH + radius * np.cos(turn)
    return points


def _girth(landmarks: np.ndarray, turn: np.ndarray, top: float) -> np.ndarray:
    """Radius round the neck's axis that clears the face below a height, float (columns,)."""
    below = landmarks[landmarks[:, 1] > min(top, landmarks[_CHIN, 1] - 0.1) - 0.05]
    flat = below[:, [0, 2]] - np.float32([0, _NECK_DEPTH])
    way = np.stack([np.sin(turn), np.cos(turn)], axis=1)
    neck = 0.62 + 0.1 * (1 - np.cos(turn))
    return np.maximum((way @ flat.T).max(axis=1), neck) + _CLEAR


def _closing(azimuth: np.ndarray) -> np.ndarray:
    """Weight 0..1 that lets random folds vanish where the sheet's two ends meet, at the back."""
    return np.clip((180 - np.abs(azimuth)) / 40, 0, 1)
