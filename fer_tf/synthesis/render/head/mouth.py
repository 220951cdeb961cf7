"""Inside of the mouth: the lips' inner side, the cavity with gums, teeth and tongue."""

import functools

import numpy as np

from fer_tf.synthesis.render.head.topology import extend as extend_face
from fer_tf.synthesis.render.head.topology import mesh, neutral_face, refine_face
from fer_tf.synthesis.render.skin.tones import depth_of_tone
from fer_tf.synthesis.render.spec import Subject
from fer_tf.synthesis.render.surface import Material, Surface, grid_triangles, to_linear

# The lips turn inwards in two rows: distance back, how much the opening changes in width and height,
# and how far the lips part behind their line, so that closed lips do not lie in one another.
_CURLS = ((0.03, 0.99, 1.03, 0.012), (0.085, 0.93, 1.06, 0.03))
# Rings of the cavity: z behind the lips, half width, half height at rest, part of the opening added.
_CAVITY = ((-0.16, 0.24, 0.12, 0.5), (-0.30, 0.24, 0.16, 0.5), (-0.45, 0.18, 0.12, 0.4), (-0.55, 0.02, 0.02, 0.0))
_CAVITY_COLOURS = ((150.0, 70.0, 66.0), (110.0, 42.0, 42.0), (70.0, 22.0, 24.0), (34.0, 9.0, 11.0), (14.0, 4.0, 5.0))
# Widths of the teeth from the midline, E; the arch they stand on is z = -bend x^2.
_UPPER_TEETH = (0.094, 0.072, 0.082, 0.074, 0.074, 0.10)
_LOWER_TEETH = (0.060, 0.064, 0.074, 0.076, 0.076, 0.11)
_TOOTH_DROPS = (0.0, 0.006, 0.0, 0.008, 0.010, 0.012)
_UPPER_EDGE, _UPPER_HEIGHT, _LOWER_EDGE, _LOWER_HEIGHT = 0.006, 0.117, 0.014, 0.10
_BEHIND_LIPS, _OVERBITE = 0.078, 0.026
_ARCH_BEND, _TOOTH_BULGE, _TOOTH_GRID = 2.75, 0.014, 6
_GUM_HEIGHT = 0.07
# Both rows rise to the sides, as the lips' line does in a smile: y = -rise x^2.
_SMILE_ARC = 1.1
_ENAMEL, _ENAMEL_OLD = (226.0, 218.0, 205.0), (206.0, 190.0, 158.0)
# Part of the light on teeth that the skin about the mouth throws back: dark skin throws back little.
_FROM_SKIN = 0.35
_GUM, _TONGUE = (176.0, 92.0, 90.0), (178.0, 88.0, 86.0)


def curl_lips(fine: np.ndarray) -> None:
    """Lead the lips' inner line back into the mouth; changes ``fine``.

    Args:
        fine: float (F, 3), the fine face.
    """
    common = mesh()
    line = fine[common.mouth]
    middle = line.mean(0)
    apart = np.sin(_line_angles())
    for rim, (back, width, height, parting) in zip(common.mouth_rims, _CURLS, strict=True):
        fine[rim] = middle + (line - middle) * (width, height, 1.0) - (0.0, 0.0, back)
        fine[rim, 1] += parting * apart


@functools.lru_cache(maxsize=1)
def _line_angles() -> np.ndarray:
    """Angle of each vertex of the lips' inner line on an open mouth, radians; 0 the right corner, down positive."""
    loop = mesh().mouth
    x = refine_face(extend_face(neutral_face()))[loop, 0]
    right, left, lower = (int(np.flatnonzero(loop == vertex)[0]) for vertex in (308, 78, 14))
    steps = (np.arange(len(loop)) - right) % len(loop)
    before_left = steps < (left - right) % len(loop)
    is_lower = before_left == ((lower - right) % len(loop) < (left - right) % len(loop))
    angle = np.arccos(np.clip(x / x.max(), -1, 1))
    return np.where(is_lower, angle, -angle)


def cavity_surface(fine: np.ndarray) -> Surface:
    """The mouth's walls, from the lips' inner side to the throat.

    Args:
        fine: float (F, 3), the fine face with its lips curled.
    """
    common = mesh()
    ring = fine[common.mouth_rims[-1]]
    middle = ring.mean(0)
    opening = np.ptp(ring[:, 1]) / 2
    angle = _line_angles()
    rows = [ring]
    for back, half_width, half_height, opens in _CAVITY:
        row = np.column_stack(
            [np.cos(angle) * half_width, np.sin(angle) * (half_height + opens * opening), np.full(len(angle), back)]
        )
        rows.append(middle + row)
    vertices = np.concatenate(rows).astype(np.float32)
    colour = np.repeat(to_linear(np.array(_CAVITY_COLOURS)), len(angle), axis=0)
    triangles = grid_triangles(len(rows), len(angle), closed=True)
    return Surface(vertices, triangles, Material.MOUTH, colour, "mouth", two_sided=True)


@functools.lru_cache(maxsize=32)
def _tooth_row(widths: tuple[float, ...], height: float, upwards: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Teeth of a jaw about its midline: vertices (N, 3), triangles, and for each vertex its shade 0..1."""
    depth = np.linspace(0, 0.5, 400)
    arc = np.concatenate([[0], np.cumsum(np.hypot(np.diff(depth), np.diff(_ARCH_BEND * depth**2)))])
    u = np.linspace(-1, 1, _TOOTH_GRID)
    across, along = np.meshgrid(u, np.linspace(0, 1, _TOOTH_GRID))
    vertices, shades, triangles = [], [], []
    for side in (-1, 1):
        start = 0.0
        for width, drop in zip(widths, _TOOTH_DROPS, strict=True):
            centre = np.interp(start + width / 2, arc, depth) * side
            start += width
            tangent = np.array([1.0, -2 * _ARCH_BEND * centre]) / np.hypot(1.0, 2 * _ARCH_BEND * centre)
            # Narrower at the gum, with rounded corners at the edge.
            narrow = (1 - 0.2 * along**2) * width / 2 * 0.985
            round_corner = 0.16 * height * np.abs(across) ** 5 * (along < 0.01)
            bulge = _TOOTH_BULGE * (1 - np.abs(across) ** 3 * 1.3) * (1 - 0.5 * (2 * along - 0.9) ** 2)
            x = centre + across * narrow * tangent[0] - bulge * tangent[1]
            z = -_ARCH_BEND * centre**2 + across * narrow * tangent[1] + bulge * tangent[0]
            y = upwards * (drop + along * (height - drop) + round_corner)
            y = y - _SMILE_ARC * centre**2
            triangles.append(grid_triangles(_TOOTH_GRID, _TOOTH_GRID) + len(vertices) * _TOOTH_GRID**2)
            vertices.append(np.stack([x, y, z], -1).reshape(-1, 3))
            shade = (1 - 0.28 * np.abs(across) ** 6) * (1 - 0.55 * min(1.0, (abs(centre) / 0.26) ** 2))
            shades.append(shade.ravel())
    faces = np.concatenate(triangles)
    # Growing upwards turns the rows over.
    return np.concatenate(vertices), faces if upwards > 0 else faces[:, ::-1], np.concatenate(shades)


def _gum_row(upwards: int, height: float) -> tuple[np.ndarray, np.ndarray]:
    """The gum over a row of teeth, about its midline: vertices and triangles."""
    x = np.linspace(-0.25, 0.25, 25)
    rows = [
        np.column_stack([x, upwards * level - _SMILE_ARC * x**2, -_ARCH_BEND * x**2 + out])
        for level, out in ((height * 0.93, 0.004), (height, 0.016), (height + _GUM_HEIGHT, 0.012))
    ]
    triangles = grid_triangles(3, len(x))
    return np.concatenate(rows), triangles if upwards > 0 else triangles[:, ::-1]


def _tongue_grid() -> tuple[np.ndarray, np.ndarray]:
    """The tongue about the lower teeth's middle: vertices (N, 3), triangles."""
    across, along = np.meshgrid(np.linspace(-1, 1, 13), np.linspace(0, 1, 9))
    half_width = 0.155 * np.sqrt(np.clip(1 - 0.85 * along**3, 0.05, 1))
    groove = 0.018 * np.exp(-((across / 0.25) ** 2))
    y = 0.035 + 0.07 * np.abs(across) ** 3 + groove + 0.05 * along**4 - 0.05 * (1 - along)
    vertices = np.stack([across * half_width, y, -0.38 + 0.33 * along - 0.03 * across**2], -1).reshape(-1, 3)
    return vertices, grid_triangles(9, 13)


@functools.lru_cache(maxsize=32)
def _inside(
    middle: tuple[float, float, float], age: float, tone: int
) -> tuple[Surface, Surface, np.ndarray, np.ndarray]:
    """Teeth, and gums with tongue, of a closed mouth; and which of their vertices move with the jaw.

    The Monk tone of the skin says how much light it throws back on the teeth.
    """
    x, y, z = middle
    upper = np.array([x, y + _UPPER_EDGE, z - _BEHIND_LIPS])
    lower = np.array([x, y + _LOWER_EDGE, z - _BEHIND_LIPS - _OVERBITE])
    above = _tooth_row(_UPPER_TEETH, _UPPER_HEIGHT, -1)
    below = _tooth_row(_LOWER_TEETH, _LOWER_HEIGHT, 1)
    old = np.clip((age - 25) / 50, 0, 1)
    enamel = to_linear(np.array(_ENAMEL) * (1 - old) + np.array(_ENAMEL_OLD) * old)
    enamel = enamel * (1 - _FROM_SKIN * depth_of_tone(tone))
    teeth, on_jaw = _joined([above[:2], below[:2]], [upper, lower], (False, True))
    colour = np.concatenate([above[2], below[2] * 0.85])[:, None] * enamel
    gum_parts = [_gum_row(-1, _UPPER_HEIGHT), _gum_row(1, _LOWER_HEIGHT), _tongue_grid()]
    soft, soft_on_jaw = _joined(gum_parts, [upper, lower, lower], (False, True, True))
    gums = sum(len(part[0]) for part in gum_parts[:2])
    soft_colour = np.where((np.arange(len(soft_on_jaw)) < gums)[:, None], to_linear(_GUM), to_linear(_TONGUE))
    return (
        Surface(*teeth, Material.TEETH, colour.astype(np.float32), "teeth", two_sided=True),
        Surface(*soft, Material.MOUTH, soft_colour.astype(np.float32), "tongue", two_sided=True),
        on_jaw,
        soft_on_jaw,
    )


def _joined(parts, places, moves) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Parts put in their places as one mesh, and which vertices move with the jaw."""
    offsets = np.cumsum([0, *(len(part[0]) for part in parts)])
    vertices = np.concatenate([part[0] + place for part, place in zip(parts, places, strict=True)])
    triangles = np.concatenate([part[1] + offset for part, offset in zip(parts, offsets, strict=False)])
    on_jaw = np.repeat(moves, [len(part[0]) for part in parts])
    return (vertices.astype(np.float32), np.ascontiguousarray(triangles, np.int32)), on_jaw


def mouth_surfaces(fine: np.ndarray, rest: np.ndarray, jaw: np.ndarray, subject: Subject) -> tuple[Surface, ...]:
    """Cavity, teeth, and gums with tongue.

    Args:
        fine: float (F, 3), the fine face with its lips curled.
        rest: float (468, 3), the face at rest.
        jaw: float (4, 4), how the lower jaw has moved.
        subject: whose; teeth yellow with age.

    Returns:
        The surfaces "mouth", "teeth" and "tongue".
    """
    moved = []
    *surfaces, on_jaw, soft_on_jaw = _inside(tuple(np.round(rest[13], 4).tolist()), subject.age, subject.skin_tone)
    for surface, follows in zip(surfaces, (on_jaw, soft_on_jaw), strict=True):
        vertices = surface.vertices.copy()
        vertices[follows] = vertices[follows] @ jaw[:3, :3].T + jaw[:3, 3]
        moved.append(
            Surface(
                vertices, surface.triangles, surface.material, surface.colour, surface.name, two_sided=surface.two_sided
            )
        )
    return cavity_surface(fine), *moved
