"""Do disguises sit on photographs as they sit on drawn faces, and how fast are they drawn?

    python -m benchmarks.faces_overlays

Rendered people of no dataset, once bare and once with a mask that the renderer drew. The same kind of
mask is laid over the bare picture: how well the changed pixels agree (intersection over union), with the
exact mesh and with the one that is found. Then pictures of 224 x 224 a second, one process.
"""

import dataclasses
import time

import numpy as np
from absl import flags

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.faces.blazeface import find_faces
from fer_tf.faces.face import Mesh
from fer_tf.faces.mesh import find_meshes
from fer_tf.labels import DISGUISES
from fer_tf.synthesis.disguise.overlay import disguise_faces
from fer_tf.synthesis.render.head.build import build_head
from fer_tf.synthesis.render.picture import draw, view_of
from fer_tf.synthesis.render.plan import Plan, frames
from fer_tf.synthesis.render.raster.projection import project
from fer_tf.synthesis.render.spec import Camera, Frame

MASKS = ("surgical_mask", "cloth_mask", "n95")
SEED, FACES, TIMED = 7411, 70, 16
_CHANGED = 24  # of 255, in any channel: below are the soft shadows
_HIDDEN = 0.5


def exact_mesh(frame: Frame) -> Mesh:
    """The drawn mesh with its depth, in the unit and direction of ``Mesh``."""
    view = view_of(frame)
    points = project(build_head(frame.subject, frame.expression).landmarks, frame.pose, view)
    points[:, 2] = (points[:, 2] - view.camera_height) * frame.face_size * frame.size
    return Mesh(points, 1.0)


def people(count: int, seed: int) -> list[Frame]:
    """Undisguised frames in the poses and with the expressions of the datasets, sharp and clean."""
    plan = Plan("overlays", seed, {"test": count}, images_per_subject=7, disguised=0.0)
    chosen = [frames(plan, "test", index)[index % 7].frame for index in range(count)]
    return [dataclasses.replace(frame, camera=Camera()) for frame in chosen]


def found_mesh(image: np.ndarray) -> Mesh | None:
    """The mesh of the surest face."""
    (mesh,) = (*find_meshes([image], [find_faces([image])[0][:1]])[0], None)[:1]
    return mesh


def agreement(bare: np.ndarray, worn: np.ndarray, mesh: Mesh | None, disguise: str, seed: int) -> float:
    """Intersection over union of what the renderer and the overlay hide; NaN where none could be placed."""
    (result,) = disguise_faces([bare], [[mesh]], disguise, [seed])
    if result is None:
        return float("nan")
    theirs = np.abs(worn.astype(int) - bare).max(axis=2) > _CHANGED
    ours = (np.abs(result.image.astype(int) - bare).max(axis=2) > _CHANGED) & (result.alpha > _HIDDEN)
    return float((ours & theirs).sum() / max((ours | theirs).sum(), 1))


def pictures_per_second(chosen: list[Frame], disguise: str) -> float:
    """Of one process; the second of two runs, so that nothing is compiled."""
    images, meshes = [draw(frame).image for frame in chosen], [[exact_mesh(frame)] for frame in chosen]
    for _ in range(2):
        start = time.perf_counter()
        disguise_faces(images, meshes, disguise, range(len(images)))
        took = time.perf_counter() - start
    return len(images) / took


def measure(count: int = FACES, seed: int = SEED) -> tuple[dict[str, float], dict[str, list[float]]]:
    """All numbers.

    Args:
        count: rendered people.
        seed: of people and pictures.

    Returns:
        Metrics (IoU as fractions, pictures/s) and the quartiles of the IoU as intervals.
    """
    metrics, intervals = {}, {}
    chosen = people(count, seed)
    for disguise in MASKS:
        scores = {"exact": [], "found": []}
        for number, frame in enumerate(chosen):
            bare = draw(frame).image
            worn = draw(dataclasses.replace(frame, disguise=DISGUISES.index(disguise))).image
            for kind, mesh in (("exact", exact_mesh(frame)), ("found", found_mesh(bare))):
                scores[kind].append(agreement(bare, worn, mesh, disguise, number))
        for kind, values in scores.items():
            name = f"{disguise}_iou_{kind}_mesh"
            metrics[name] = float(np.nanmedian(values))
            intervals[name] = np.nanquantile(values, (0.25, 0.75)).tolist()
            metrics[f"{disguise}_placed_{kind}_mesh"] = float(np.isfinite(values).mean())
    for disguise in DISGUISES[1:]:
        metrics[f"{disguise}_overlays_per_second"] = pictures_per_second(chosen[:TIMED], disguise)
    return metrics, intervals


def main(arguments: list[str]) -> None:
    """Measures and prints."""
    refuse_arguments(arguments)
    metrics, intervals = measure(FLAGS.overlay_faces)
    for name, value in metrics.items():
        print(f"{name:<40} {value:.3f}", *(f"{end:.3f}" for end in intervals.get(name, ())))


FLAGS = flags.FLAGS

if __name__ == "__main__":
    flags.DEFINE_integer("overlay_faces", FACES, "rendered people", 1)
    run_main(main)
