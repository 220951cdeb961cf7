"""Hand-made meshes and facts for the tests of the narrative."""

from pathlib import Path

import numpy as np
import pandas as pd

import fer_tf.synthesis.render.head as head
from fer_tf.explain.narrative.facts import Facts
from fer_tf.explain.narrative.thresholds import Reading, load_cues
from fer_tf.labels import EMOTIONS

CORNERS = (61, 291, 185, 409, 146, 375, 57, 287, 186, 410, 78, 308)
RIGHT_CORNER = CORNERS[::2]
BROWS = (46, 53, 52, 65, 55, 70, 63, 105, 66, 107, 276, 283, 282, 295, 285, 300, 293, 334, 296, 336)
# What lies above the brows follows them.
FOREHEAD = (108, 337, 104, 333, 69, 299, 68, 298, 151, 27, 28, 257, 258)
LOWER_LIP = (14, 17, 87, 178, 88, 317, 402, 318, 84, 181, 91, 314, 405, 321, 15, 16, 85, 86, 180, 315, 316, 404)
CHIN = (18, 199, 200, 152, 175, 83, 313, 201, 421, 208, 428, 148, 377, 176, 400, 171, 396, 140, 369)


def neutral_mesh() -> np.ndarray:
    """The renderer's average face as a mesh of the face tools: pixels, y down, z away from the viewer."""
    table = pd.read_csv(Path(head.__file__).with_name("neutral_face.csv"))[["x", "y", "z"]].to_numpy()
    return table[:468] * np.array([100.0, 100.0, -100.0]) + np.array([112.0, 112.0, 0.0])


def moved(points: np.ndarray, places, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    """Some points moved by parts of the eye distance: x away from the middle, y downwards."""
    result, unit = points.copy(), np.linalg.norm(points[33] - points[263])
    places = list(places)
    result[places, 0] += unit * x * np.sign(points[places, 0] - points[:, 0].mean())
    result[places, 1] += unit * y
    return result


def turned(points: np.ndarray, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """A mesh turned about its middle, degrees."""
    yaw, pitch, roll = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    middle = points.mean(axis=0)
    return (points - middle) @ (about_z @ about_x @ about_y).T + middle


def value(points: np.ndarray, cue: str) -> float:
    """Of one mesh, with the cues that come with the project."""
    return float(load_cues().values(points[None])[cue][0])


def probabilities(**given: float) -> dict[str, float]:
    """Of all emotions; what is not given shares the rest."""
    rest = (1 - sum(given.values())) / (len(EMOTIONS) - len(given))
    return {emotion: given.get(emotion, rest) for emotion in EMOTIONS}


def cues(*named: str, by: float = 2.0) -> tuple[Reading, ...]:
    """Readings of all cues, of which some are there."""
    return tuple(
        Reading(name, rule.threshold + (by if name in named else -1.0), rule.threshold, 0.5, 0.4)
        for name, rule in load_cues().rules.items()
    )


def facts(**changed) -> Facts:
    """A happy face, of which nothing else is known."""
    usual = {"image": "a.png", "face": 1, "faces": 1, "probabilities": probabilities(happiness=0.8, surprise=0.1)}
    return Facts(**usual | changed)
