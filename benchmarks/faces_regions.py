"""Do the regions of action units lie where the action units are?

    python -m benchmarks.faces_regions --oracle=au_region_map.json

On rendered faces of people in no dataset: the share of action-unit centres (paper C, Table 3) that
lie in the region of their unit, drawn from the mesh, and in the renderer's own mask of what the unit
moves, with the drawn mesh and with the one that mediapipe finds; how well the two regions agree; masks
drawn a second. The renderer's masks hold all that a unit moves even a little, so on the average face also:
how much of what it moves most lies in the region. With ``--oracle``, py-feat's file that gives the triangles
of the face mesh to action units, the overlap with it on the average face.
"""

import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from absl import flags

from benchmarks.faces_mesh import ours
from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError
from fer_tf.faces.geometry import au_centre_names
from fer_tf.faces.indices import AU_CENTRES, POINTS
from fer_tf.faces.regions import centres_inside, face_oval_mask, region_masks
from fer_tf.labels import ACTION_UNITS
from fer_tf.synthesis.render.head.regions import displacements
from fer_tf.synthesis.render.head.topology import face_triangles, neutral_face
from fer_tf.synthesis.render.picture import Picture, draw
from fer_tf.synthesis.render.plan import Plan, frames
from fer_tf.synthesis.render.truth import unit_mask

SEED, FACES = 7302, 210
# The renderer counts the neck to the jaw's units; here the face ends at its oval, widened by this.
_OVAL_MARGIN = 0.05
# Average face in a square of this side, for the comparison with the oracle.
_AVERAGE_SIZE, _AVERAGE_EYES = 512, 0.3
_SPEED_SIDES, _REPEATS = (56, 224), 20


def rendered(count: int, seed: int) -> Iterator[Picture]:
    """One undisguised picture of each person, in the poses and with the expressions of the datasets."""
    plan = Plan("regions", seed, {"test": count}, images_per_subject=7, disguised=0.0)
    for index in range(count):
        yield draw(frames(plan, "test", index)[index % 7].frame)


def truth_masks(picture: Picture) -> np.ndarray:
    """The renderer's masks of all units, bool (24, H, W)."""
    return np.stack([unit_mask(picture.unit_masks, unit) for unit in ACTION_UNITS])


def centres_in_region(picture: Picture) -> np.ndarray:
    """Whether each centre of the drawn mesh lies in the region of that mesh, (20,); NaN outside the picture."""
    return centres_inside(picture.mesh, region_masks(picture.mesh, picture.face.shape, list(AU_CENTRES)))


def centres_in_truth(picture: Picture, points: np.ndarray) -> np.ndarray:
    """Whether each centre lies in the renderer's mask, (20,); NaN outside the picture and where hair hides the face.

    Args:
        picture: a drawn face.
        points: its mesh, drawn or found, (468 or more, 2 or 3).
    """
    truth = truth_masks(picture)
    seen = picture.face | truth.any(0)
    inside = centres_inside(points, truth[[ACTION_UNITS.index(unit) for unit in AU_CENTRES]])
    return np.where(centres_inside(points, np.repeat(seen[None], len(AU_CENTRES), 0)) == 1, inside, np.nan)


def overlap_with_truth(picture: Picture) -> np.ndarray:
    """For each unit the share of the renderer's mask in ours, and their IoU, on what is seen of the face.

    Returns:
        float64 (24, 2); NaN where nothing of the mask is seen.
    """
    truth, size = truth_masks(picture), picture.face.shape
    face = (picture.face | truth.any(0)) & (face_oval_mask(picture.mesh, size, dilation=_OVAL_MARGIN) > 0)
    ours = region_masks(picture.mesh, size) > 0
    return np.array([_overlap(own, true) for own, true in zip(ours & face, truth & face, strict=True)])


def found_meshes(pictures: list[Picture]) -> Iterator[np.ndarray]:
    """Points that are found in each picture, (468, 2), NaN without a face."""
    for points in ours([picture.image for picture in pictures]):
        yield np.full((POINTS, 2), np.nan) if points is None else points


def core_in_region() -> dict[int, float]:
    """Share of what each unit moves at least half as far as the most, on the average face, that is in its region."""
    points, triangles = _average_face(), face_triangles()
    shares = {}
    for unit, move in zip(ACTION_UNITS, displacements(), strict=True):
        way = np.linalg.norm(move, axis=1)
        core = _triangles_mask(points[triangles[way[triangles].mean(1) >= 0.5 * way.max()]])
        shares[unit] = _overlap(_average_region(unit), core)[0]
    return shares


def _average_face() -> np.ndarray:
    return (neutral_face()[:, :2] * _AVERAGE_EYES + 0.5) * _AVERAGE_SIZE


def _average_region(unit: int) -> np.ndarray:
    return region_masks(_average_face(), (_AVERAGE_SIZE, _AVERAGE_SIZE), [unit])[0] > 0


def _overlap(ours: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Share of the other mask in ours, and intersection over union."""
    both = (ours & other).sum()
    return (both / other.sum(), both / (ours | other).sum()) if other.any() else (np.nan, np.nan)


def oracle_overlap(path: Path) -> dict[int, tuple[float, float]]:
    """Overlap with py-feat's regions on the average face seen from the front.

    Args:
        path: au_region_map.json of py-feat (MIT).

    Returns:
        unit -> share of its region in ours, IoU; only units that both know.

    Raises:
        InputError: another kind of file.
    """
    try:
        regions = json.loads(path.read_text())["regions"]
        corners = {int(name[2:]): frozenset(region["mp478_vertices"]) for name, region in regions.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"--oracle {path}: expected py-feat's au_region_map.json, came {error}") from error
    triangles = {frozenset(triangle) for triangle in face_triangles().tolist()}
    triangles = _cut_like(triangles, list(corners.values()))
    overlaps = {}
    for unit in sorted(corners.keys() & set(ACTION_UNITS)):
        own = [triangle for triangle in triangles if triangle <= corners[unit]]
        if own:
            other = _triangles_mask(_average_face()[[list(triangle) for triangle in own]])
            overlaps[unit] = _overlap(_average_region(unit), other)
    return overlaps


def _cut_like(triangles: set[frozenset], regions: list[frozenset]) -> set[frozenset]:
    """Triangles that no region holds are cut along the other diagonal with their neighbour.

    py-feat numbers the triangles of another triangulation, with 46 diagonals swapped; vertices say the same.
    """

    def held(triangle: frozenset) -> bool:
        return any(triangle <= region for region in regions)

    loose = [triangle for triangle in triangles if not held(triangle)]
    swapped = set()
    for a, b in itertools.combinations(loose, 2):
        if len(a & b) == 2:
            new = {(a ^ b) | {end} for end in a & b}
            swapped |= new if all(map(held, new)) else set()
    return (triangles - set(loose)) | swapped


def _triangles_mask(triangles: np.ndarray) -> np.ndarray:
    """Bool mask of triangles (n, 3, 2) of the average face, pixels."""
    mask = np.zeros((_AVERAGE_SIZE, _AVERAGE_SIZE), np.uint8)
    for triangle in np.round((triangles - 0.5) * 16).astype(np.int32):
        cv2.fillConvexPoly(mask, triangle, 1, shift=4)
    return mask > 0


def masks_per_second(side: int) -> float:
    """Hard masks of all 24 units of one face in a square picture, the median of several."""
    points = (neutral_face()[:, :2] * _AVERAGE_EYES + 0.5) * side
    times = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        region_masks(points, (side, side))
        times.append(time.perf_counter() - start)
    return len(ACTION_UNITS) / float(np.median(times))


def measure(count: int = FACES, seed: int = SEED, oracle: Path | None = None) -> tuple[dict, dict]:
    """All numbers.

    Args:
        count: rendered faces.
        seed: of people and pictures.
        oracle: py-feat's file, or None.

    Returns:
        Metrics (fractions, masks/s) and intervals (none: {}).
    """
    pictures = list(rendered(count, seed))
    found = list(found_meshes(pictures))
    metrics = {"mesh_found": float(np.mean([np.isfinite(points).all() for points in found]))}
    metrics |= _centre_metrics("region", np.array([centres_in_region(picture) for picture in pictures]))
    metrics |= _centre_metrics("truth", np.array([centres_in_truth(picture, picture.mesh) for picture in pictures]))
    in_truth = [centres_in_truth(picture, points) for picture, points in zip(pictures, found, strict=True)]
    metrics |= _centre_metrics("truth_with_found_mesh", np.array(in_truth))
    overlaps = np.array([overlap_with_truth(picture) for picture in pictures])
    for column, kind in enumerate(("truth_in_region", "iou_with_truth")):
        metrics |= {
            f"{kind}_au{unit}": float(value)
            for unit, value in zip(ACTION_UNITS, np.nanmean(overlaps[..., column], axis=0), strict=True)
        }
    metrics |= {f"core_in_region_au{unit}": float(share) for unit, share in core_in_region().items()}
    for unit, (share, iou) in (oracle_overlap(oracle) if oracle else {}).items():
        metrics |= {f"oracle_in_region_au{unit}": float(share), f"iou_with_oracle_au{unit}": float(iou)}
    metrics |= {f"region_masks_per_second_{side}": masks_per_second(side) for side in _SPEED_SIDES}
    return metrics, {}


def _centre_metrics(kind: str, inside: np.ndarray) -> dict[str, float]:
    """Shares over all centres, over each unit's, and of pictures that have all they show inside; (pictures, 20)."""
    units = np.array([int(name.rstrip("RL")) for name in au_centre_names(both_sides=True)])
    metrics = {f"centres_in_{kind}": np.nanmean(inside)}
    shown = np.isfinite(inside).any(1)
    metrics[f"faces_with_all_centres_in_{kind}"] = np.mean(np.nanmin(inside[shown], axis=1))
    metrics |= {f"centre_in_{kind}_au{unit}": np.nanmean(inside[:, units == unit]) for unit in AU_CENTRES}
    return {name: float(value) for name, value in metrics.items()}


def main(arguments: list[str]) -> None:
    """Measures and prints."""
    refuse_arguments(arguments)
    metrics, _ = measure(_FACES.value, _SEED.value, Path(_ORACLE.value) if _ORACLE.value else None)
    for name, value in metrics.items():
        print(f"{name:<46} {value:.3f}")


if __name__ == "__main__":
    # Defined here, so that the benchmark that imports this one may have flags of the same names.
    _FACES = flags.DEFINE_integer("faces", FACES, "rendered people, one picture each", lower_bound=1)
    _SEED = flags.DEFINE_integer("seed", SEED, "of people and pictures")
    _ORACLE = flags.DEFINE_string("oracle", None, "py-feat's au_region_map.json")
    run_main(main)
