"""What is measured on a frontal mesh: heights, widths and gaps, in eye distances.

Numbers are those of mediapipe's canonical face model, right side of the face first. Heights count upwards and depths
towards the viewer, so that more means raised, wider, further open, or further to the front.
"""

import numpy as np

_PAIRS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "brow_inner": ((55, 107), (285, 336)),
    "brow_middle": ((52, 105), (282, 334)),
    "brow_outer": ((46, 70), (276, 300)),
    "brow_top_inner": ((107,), (336,)),
    "brow_top_middle": ((105,), (334,)),
    "brow_top_outer": ((70,), (300,)),
    "forehead_inner": ((108,), (337,)),
    "forehead_middle": ((104,), (333,)),
    "lid_fold": ((27, 28), (257, 258)),
    "cheek": ((205, 50), (425, 280)),
    "nose_lip_fold": ((206, 216), (426, 436)),
    "corner": ((61,), (291,)),
    "upper_lip_side": ((39, 40), (269, 270)),
    "lower_lip_side": ((181, 91), (405, 321)),
    "upper_lip_inside": ((81, 80), (311, 310)),
    "lower_lip_inside": ((178, 88), (402, 318)),
}
_MIDDLE = {
    "root": 168,
    "glabella": 9,
    "hairline": 10,
    "nose_base": 2,
    "upper_lip": 0,
    "upper_lip_edge": 13,
    "lower_lip_edge": 14,
    "lower_lip": 17,
    "chin_boss": 199,
    "chin": 152,
}

BROWS = (
    *("brow_inner", "brow_middle", "brow_outer", "brow_gap", "brow_arch", "brow_tilt", "brow_inner_depth"),
    *("brow_middle_depth", "glabella", "forehead_inner", "forehead_middle", "hairline", "root", "lid_fold"),
)
MOUTH = (
    *("mouth_width", "corner_lift", "corner_to_upper_lip", "corner_to_lower_lip", "corner_to_nose", "corner_depth"),
    *("philtrum", "upper_lip_thickness", "mouth_opening", "side_opening", "lower_lip_thickness", "lip_to_chin"),
    *("upper_lip_square", "lower_lip_square", "upper_edge_square", "lower_edge_square", "upper_lip_depth"),
    *("lower_lip_depth", "chin_depth", "chin_boss_depth", "chin_boss", "nose_to_chin", "face_length"),
)
CHEEKS = ("cheek", "cheek_width", "cheek_depth", "fold", "fold_width", "fold_depth")
MEASURES = tuple(dict.fromkeys((*BROWS, *MOUTH, *CHEEKS)))


def measure(faces: np.ndarray) -> dict[str, np.ndarray]:
    """Everything that cues are made of.

    Args:
        faces: float (N, 468, 3), of ``frontal.frontal``.

    Returns:
        name of ``MEASURES`` -> float64 (N,), NaN where the mesh is NaN.
    """
    width, height, depth = _coordinates(faces)
    lips = (height["upper_lip_edge"] + height["lower_lip_edge"]) / 2
    lips_depth = (depth["upper_lip_edge"] + depth["lower_lip_edge"]) / 2
    # 0 is the height of the eyes' corners.
    plain = ("brow_inner", "brow_middle", "brow_outer", "glabella", "forehead_inner", "forehead_middle")
    plain += ("hairline", "root", "lid_fold", "cheek")
    found = {name: height[name] for name in plain}
    brow_ends = (height["brow_top_inner"] + height["brow_top_outer"]) / 2
    return found | {
        "brow_gap": width["brow_inner"],
        "brow_arch": height["brow_top_middle"] - brow_ends,
        "brow_tilt": height["brow_top_inner"] - height["brow_top_outer"],
        "brow_inner_depth": depth["brow_inner"],
        "brow_middle_depth": depth["brow_middle"],
        "mouth_width": width["corner"],
        "corner_lift": height["corner"] - lips,
        "corner_to_upper_lip": height["corner"] - height["upper_lip"],
        "corner_to_lower_lip": height["corner"] - height["lower_lip"],
        "corner_to_nose": height["corner"] - height["nose_base"],
        "corner_depth": depth["corner"] - lips_depth,
        "philtrum": height["nose_base"] - height["upper_lip"],
        "upper_lip_thickness": height["upper_lip"] - height["upper_lip_edge"],
        "mouth_opening": height["upper_lip_edge"] - height["lower_lip_edge"],
        "side_opening": height["upper_lip_inside"] - height["lower_lip_inside"],
        "lower_lip_thickness": height["lower_lip_edge"] - height["lower_lip"],
        "lip_to_chin": height["lower_lip"] - height["chin"],
        "upper_lip_square": height["upper_lip_side"] - height["upper_lip"],
        "lower_lip_square": height["lower_lip_side"] - height["lower_lip"],
        "upper_edge_square": height["upper_lip_inside"] - height["upper_lip_edge"],
        "lower_edge_square": height["lower_lip_inside"] - height["lower_lip_edge"],
        "upper_lip_depth": depth["upper_lip"],
        "lower_lip_depth": depth["lower_lip"],
        "chin_depth": depth["chin"],
        "chin_boss_depth": depth["chin_boss"],
        "chin_boss": height["chin_boss"] - height["chin"],
        "nose_to_chin": height["nose_base"] - height["chin"],
        "face_length": -height["chin"],
        "cheek_width": width["cheek"],
        "cheek_depth": depth["cheek"],
        "fold": height["nose_lip_fold"],
        "fold_width": width["nose_lip_fold"],
        "fold_depth": depth["nose_lip_fold"],
    }


def columns(found: dict[str, np.ndarray], names: tuple[str, ...]) -> np.ndarray:
    """Some measures side by side, float64 (N, len(names))."""
    return np.stack([found[name] for name in names], axis=-1)


def _coordinates(faces: np.ndarray) -> tuple[dict, dict, dict]:
    """Gap between the sides, height and depth of each group of points, float64 (N,) each."""
    width, height, depth = {}, {}, {}
    for name, (right, left) in _PAIRS.items():
        ends = faces[:, list(right)].mean(axis=1), faces[:, list(left)].mean(axis=1)
        width[name] = ends[1][:, 0] - ends[0][:, 0]
        height[name], depth[name] = (-(ends[0][:, axis] + ends[1][:, axis]) / 2 for axis in (1, 2))
    for name, point in _MIDDLE.items():
        height[name], depth[name] = -faces[:, point, 1], -faces[:, point, 2]
    return width, height, depth
