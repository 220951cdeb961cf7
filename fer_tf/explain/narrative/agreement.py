"""How well measured cues agree with the action units that were drawn or annotated."""

import dataclasses

import numpy as np

from fer_tf.data.faces import dataset_faces
from fer_tf.data.load import dataset_names, qualified_names
from fer_tf.data.options import InputOptions
from fer_tf.data.scoring import read_columns
from fer_tf.evaluation.bootstrap import interval, resampled, subject_numbers, subject_sums
from fer_tf.evaluation.scores import divide
from fer_tf.explain.narrative.cues import BY_NAME
from fer_tf.explain.narrative.thresholds import CueReader
from fer_tf.faces.cache import FaceSettings
from fer_tf.faces.indices import POINTS

_FIELDS = ("image_id", "subject_id", "emotion", "action_units", "disguise")
# The paper's detector; the largest face is the one that the labels are about.
FACES = FaceSettings(detector="blazeface", keep="largest")


@dataclasses.dataclass(frozen=True)
class Meshes:
    """Meshes found in a split, and what its records say.

    Attributes:
        points: float32 (N, 468, 3), NaN where none was found.
        subjects: text (N,), "" where unknown.
        emotions: int (N,).
        action_units: float32 (N, 24).
        disguises: int (N,).
    """

    points: np.ndarray
    subjects: np.ndarray
    emotions: np.ndarray
    action_units: np.ndarray
    disguises: np.ndarray


def read_meshes(dataset: str, split: str, data_dir: str, progress=iter) -> Meshes:
    """Meshes of every image of a split, found once and kept beside the dataset.

    Args:
        dataset: names of built datasets, with config, one or several with commas.
        split: of each.
        data_dir: folder of the built datasets.
        progress: see ``data.faces.dataset_faces``.

    Raises:
        InputError: see there.
    """
    parts = [_read(name, split, data_dir, progress) for name in dataset_names(dataset)]
    columns = (np.concatenate(column) for column in zip(*map(dataclasses.astuple, parts), strict=True))
    return Meshes(*columns)


def _read(dataset: str, split: str, data_dir: str, progress) -> Meshes:
    records = read_columns(InputOptions(dataset, data_dir), split, _FIELDS)
    points = np.full((len(records["emotion"]), POINTS, 3), np.nan, np.float32)
    for number, (_, found) in enumerate(dataset_faces(dataset, split, data_dir, FACES, progress=progress)):
        if found.meshes and found.meshes[0] is not None:
            points[number] = found.meshes[0].points[:POINTS]
    subjects, units = qualified_names(dataset, records["subject_id"]), records["action_units"].astype(np.float32)
    return Meshes(points, subjects, records["emotion"], units, records["disguise"])


def agreement(reader: CueReader, meshes: Meshes) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Balanced accuracy of each cue, with hit rate and specificity, of all faces and of those without disguise.

    Faces without a mesh count nowhere but in ``mesh_found``: of them no cue is told.

    Args:
        reader: see there.
        meshes: of people that it did not learn from.

    Returns:
        name -> score, fractions; name -> 95 % interval, by drawing people. Names are ``smile``, ``smile_hits``,
        ``smile_spared``, ``smile_neutral`` (neutral faces in which it is named) and the same with ``plain_`` before.
    """
    scores, intervals = {"mesh_found": float((~np.isnan(meshes.points[:, 0, 0])).mean())}, {}
    members, people = subject_numbers(meshes.subjects)
    neutral = meshes.emotions == 4
    for name, values in reader.values(meshes.points).items():
        drawn, named = BY_NAME[name].drawn(meshes.action_units), values > reader.rules[name].threshold
        known = ~np.isnan(values) & ~np.isnan(drawn)
        for prefix, kept in (("", known), ("plain_", known & (meshes.disguises <= 0))):
            counts = np.stack(
                [kept & (drawn == there) & (named == said) for there in (1, 0) for said in (1, 0)]
                + [kept & neutral & (named == said) for said in (1, 0)],
                axis=1,
            )
            sums = subject_sums(members, people, counts)
            for kind, value in _scores(sums.sum(axis=0)[None]).items():
                scores[f"{prefix}{name}{kind}"] = float(value[0])
            for kind, drawn_scores in resampled(sums, _scores).items():
                intervals[f"{prefix}{name}{kind}"] = list(interval(drawn_scores, people))
    names = list(reader.rules)
    scores["worst"] = min(scores[name] for name in names)
    scores["mean"] = float(np.mean([scores[name] for name in names]))
    return scores, intervals


def _scores(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Of counts (draws, 6): hits, misses, false alarms, spared, and named and not among neutral faces."""
    hits = divide(counts[:, 0], counts[:, 0] + counts[:, 1])
    spared = divide(counts[:, 3], counts[:, 2] + counts[:, 3])
    neutral = divide(counts[:, 4], counts[:, 4] + counts[:, 5])
    return {"": (hits + spared) / 2, "_hits": hits, "_spared": spared, "_neutral": neutral}
