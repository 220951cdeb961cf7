"""Identity: the rest shape of a subject's face."""

import functools

import numpy as np

from fer_tf.synthesis.render.head import indices
from fer_tf.synthesis.render.head.fields import lateral, marked, mouth_line, near
from fer_tf.synthesis.render.head.topology import LANDMARKS, neutral_face, smoothstep
from fer_tf.synthesis.render.spec import SHAPE_NAMES, Subject

# What a gender adds to the scores (index in labels.GENDERS).
GENDER_SHIFTS = (
    {
        "jaw_width": -0.9,
        "chin_length": -0.4,
        "brow_ridge": -1.0,
        "brow_height": 0.6,
        "eye_size": 0.5,
        "nose_width": -0.5,
    }
    | {"upper_lip": 0.7, "lower_lip": 0.6, "nose_depth": -0.3, "cheek_fullness": 0.4, "neck_width": -1.3},
    {"jaw_width": 0.8, "chin_length": 0.5, "brow_ridge": 1.1, "brow_height": -0.6, "eye_size": -0.3, "nose_width": 0.5}
    | {"upper_lip": -0.6, "lower_lip": -0.4, "chin_depth": 0.4, "face_length": 0.3, "neck_width": 1.2},
)
# What full old age adds, and between which years it comes.
AGE_SHIFTS = {"upper_lip": -1.4, "lower_lip": -1.0, "nose_length": 0.8, "ear_size": 1.3, "eye_height": -0.7}
AGE_FROM, AGE_FULL = 45.0, 80.0
# A young face is rounder.
YOUTH_SHIFTS = {"cheek_fullness": 0.5, "jaw_width": -0.3, "brow_ridge": -0.3}
YOUTH_FROM, YOUTH_FULL = 26.0, 16.0
_ASYMMETRY_BUMPS, _ASYMMETRY_SIGMA, _ASYMMETRY_SIZE = 10, 0.26, 0.006
_SMALLEST_OPENING, _OPENING_FACTOR = 0.075, 1.06


@functools.lru_cache(maxsize=1)
def shape_fields() -> np.ndarray:
    """What one standard deviation of each of SHAPE_NAMES does, float64 (27, 468, 3), E."""
    x, y, _ = neutral_face().T
    out = lateral()
    fields = {name: np.zeros((LANDMARKS, 3)) for name in SHAPE_NAMES}

    def add(name: str, axis: int, amount: np.ndarray) -> None:
        fields[name][:, axis] += amount

    add("face_width", 0, 0.04 * x)
    add("face_length", 1, 0.035 * y)
    add("jaw_width", 0, 0.065 * x * smoothstep(0.35, 0.77, y) * (1 - 0.4 * smoothstep(0.94, 1.17, y)))
    add("chin_length", 1, 0.045 * smoothstep(0.76, 1.12, y))
    add("chin_depth", 2, 0.045 * smoothstep(0.81, 1.04, y) * np.exp(-((x / 0.3) ** 2) / 2))
    for axis, amount in ((0, 0.022 * out), (2, 0.022)):
        add("cheekbone", axis, amount * near((123, 117, 50), 0.14))
    for axis, amount in ((0, 0.026 * out), (2, 0.036)):
        add("cheek_fullness", axis, amount * near((205, 187, 207, 214), 0.17))
    add("forehead_height", 1, -0.05 * smoothstep(-0.28, -0.62, y))
    add("forehead_slope", 2, -0.04 * smoothstep(-0.25, -0.62, y))
    brows = near((105, 66, 63, 52, 65), 0.1) * smoothstep(-0.08, -0.16, y)
    for axis, amount in ((2, 0.024), (1, 0.008)):
        add("brow_ridge", axis, amount * np.maximum(brows, near((55, 8), 0.09)))
    add("brow_height", 1, -0.024 * brows)
    add("brow_tilt", 1, -0.03 * brows * (np.abs(x) - 0.36) / 0.25)
    _add_eyes(add)
    _add_nose(add)
    _add_mouth(add)
    return np.stack([fields[name] for name in SHAPE_NAMES])


def _add_eyes(add) -> None:
    x, y, _ = neutral_face().T
    eye = near((159, 145, 160, 158, 33, 133), 0.07)
    points = neutral_face()[[indices.OUTER_CORNER, indices.INNER_CORNER]]
    middle_x, middle_y = np.abs(points[:, 0]).mean(), points[:, 1].mean() - 0.015
    from_middle = np.abs(x) - middle_x
    add("eye_size", 0, 0.06 * eye * from_middle * lateral())
    add("eye_size", 1, 0.08 * eye * (y - middle_y))
    add("eye_height", 1, 0.11 * eye * (y - middle_y))
    around = near((159, 145, 105, 52), 0.14)
    add("eye_distance", 0, 0.015 * around * lateral())
    add("eye_slant", 1, -0.08 * eye * from_middle)
    add("eye_depth", 2, 0.022 * near((159, 145), 0.13))


def _add_nose(add) -> None:
    x, y, _ = neutral_face().T
    nose = near((1, 4, 5, 195, 129, 98, 2), 0.09) * smoothstep(0.0, 0.12, y) * smoothstep(0.59, 0.47, y)
    add("nose_length", 1, 0.035 * smoothstep(0.0, 0.35, y) * nose + 0.012 * near((0, 164), 0.09))
    add("nose_width", 0, 0.13 * x * near((129, 98, 49, 48, 64), 0.09))
    add("nose_depth", 2, 0.045 * near((4, 1, 5, 2), 0.10) * smoothstep(0.57, 0.47, y))
    add("nose_bridge", 2, 0.03 * near((6, 197, 195, 168), 0.065))
    add("nose_bridge", 0, -0.05 * x * near((6, 197, 195), 0.07))


def _add_mouth(add) -> None:
    x, y, _ = neutral_face().T
    corner = abs(x[indices.MOUTH_CORNERS[0]])
    mouth = near((61, 0, 17, 13, 40, 91), 0.11) * smoothstep(0.465, 0.565, y)
    add("mouth_width", 0, 0.085 * x * mouth)
    add("mouth_height", 1, 0.02 * mouth)
    upper = marked(indices.UPPER_LIP) * smoothstep(corner, corner - 0.105, np.abs(x))
    lower = marked(indices.LOWER_LIP) * smoothstep(corner, corner - 0.105, np.abs(x))
    for name, lip in (("upper_lip", upper), ("lower_lip", lower)):
        add(name, 1, 0.20 * (y - mouth_line()) * lip)
        add(name, 2, 0.012 * lip)


@functools.lru_cache(maxsize=1)
def _ageing() -> np.ndarray:
    """What full old age does beyond the scores: jowls, hollow cheeks and temples, hooded lids."""
    _, y, _ = neutral_face().T
    field = np.zeros((LANDMARKS, 3))
    jowls = near((136, 150, 135, 169), 0.11)
    field += jowls[:, None] * np.column_stack([0.035 * lateral(), np.full(LANDMARKS, 0.03), np.full(LANDMARKS, 0.02)])
    field[:, 2] -= 0.035 * near((50, 205, 187), 0.11)
    field[:, 1] += 0.02 * near((205, 207), 0.13)
    field[:, 2] -= 0.03 * near((21, 71), 0.10)
    hood = marked((247, 30, 29, 27)) + 0.6 * marked((113, 225, 224))
    field[:, 1] += 0.024 * hood
    field[:, 2] += 0.03 * near((119, 230), 0.06) * (y > 0.08)
    return field


def subject_scores(subject: Subject) -> np.ndarray:
    """Scores of SHAPE_NAMES with what gender and age add, float64 (27,)."""
    old = np.clip((subject.age - AGE_FROM) / (AGE_FULL - AGE_FROM), 0, 1)
    young = np.clip((subject.age - YOUTH_FROM) / (YOUTH_FULL - YOUTH_FROM), 0, 1)
    gender = GENDER_SHIFTS[subject.gender]
    return np.array(
        [
            subject.score(name)
            + gender.get(name, 0)
            + old * AGE_SHIFTS.get(name, 0)
            + young * YOUTH_SHIFTS.get(name, 0)
            for name in SHAPE_NAMES
        ]
    )


def rest_landmarks(subject: Subject) -> np.ndarray:
    """The subject's face at rest, lips and eyes as they lie.

    Args:
        subject: who.

    Returns:
        float64 (468, 3), E: the outer eye corners are 1 apart and the origin lies between them.
    """
    points = neutral_face() + np.tensordot(subject_scores(subject), shape_fields(), 1)
    old = np.clip((subject.age - AGE_FROM) / (AGE_FULL - AGE_FROM), 0, 1)
    points += old * _ageing() + _asymmetry(subject.seed)
    _open_lids(points)
    corners = points[[33, 263]]
    points = (points - corners.mean(0)) / np.linalg.norm(corners[1] - corners[0])
    close_lips(points)
    return points


def _asymmetry(seed: int) -> np.ndarray:
    """Smooth random differences between the sides, float64 (468, 3)."""
    generator = np.random.default_rng([seed, 0xA5])
    points = neutral_face()[:, :2]
    centres = points[generator.integers(0, LANDMARKS, _ASYMMETRY_BUMPS)]
    weight = np.exp(-((points[:, None] - centres) ** 2).sum(-1) / (2 * _ASYMMETRY_SIGMA**2))
    return weight @ generator.normal(0, _ASYMMETRY_SIZE, (_ASYMMETRY_BUMPS, 3))


def _open_lids(points: np.ndarray) -> None:
    """Keep each eye open enough to show an iris; changes ``points``."""
    for upper, lower in ((159, 145), (386, 374)):
        gap = points[lower, 1] - points[upper, 1]
        raised = max(gap * _OPENING_FACTOR, _SMALLEST_OPENING) - gap
        side = lateral() == np.sign(points[upper, 0])
        for row, share in ((indices.UPPER_LID, 1.0), (indices.UPPER_CREASE, 0.5)):
            points[(marked(row) > 0) & side, 1] -= raised * share


def close_lips(points: np.ndarray) -> None:
    """Let the inner lines of the lips coincide.

    Args:
        points: float (468, 3), E; changed.
    """
    upper, lower = list(indices.UPPER_LIP_ROWS[-1]), list(indices.LOWER_LIP_ROWS[-1])
    middle = (points[upper] + points[lower]) / 2
    half_gap = (points[lower] - points[upper])[:, 1:2] / 2
    points[upper], points[lower] = middle, middle
    for rows, sign in ((indices.UPPER_LIP_ROWS, 1), (indices.LOWER_LIP_ROWS, -1)):
        for row, share in zip(rows[:-1], (0.25, 0.5, 0.75), strict=True):
            points[list(row[1:-1]), 1] += sign * share * half_gap[1:-1, 0]
