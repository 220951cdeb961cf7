"""Do disguises sit on photographs as they sit on drawn faces, and how fast are they drawn?

    python -m benchmarks.faces_overlays
    python -m benchmarks.faces_overlays --overlay_sheet=results/disguised_faces.jpg

Rendered people of no dataset, once bare and once with a mask that the renderer drew. The same kind of
mask is laid over the bare picture: how well the changed pixels agree (intersection over union), with the
exact mesh and with the one that mediapipe finds. Then pictures of 224 x 224 a second, one process.
With ``--overlay_sheet`` nothing is measured: every disguise is laid over rendered people, to be looked at.
"""

import dataclasses
import time

import numpy as np
from absl import flags
from PIL import Image

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.faces.face import Mesh
from fer_tf.labels import DISGUISES
from fer_tf.synthesis.disguise.overlay import disguise_faces
from fer_tf.synthesis.render.head.build import build_head
from fer_tf.synthesis.render.picture import draw, view_of
from fer_tf.synthesis.render.plan import Plan, frames
from fer_tf.synthesis.render.raster.projection import project
from fer_tf.synthesis.render.spec import Camera, Frame, Pose

MASKS = ("surgical_mask", "cloth_mask", "n95")
SEED, FACES, TIMED = 7411, 70, 16
_CHANGED = 24  # of 255, in any channel: below are the soft shadows
_HIDDEN = 0.5
_CELL = 176  # pixels of a picture on the sheet


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
    """What mediapipe finds."""
    from mediapipe.python.solutions.face_mesh import FaceMesh

    with FaceMesh(static_image_mode=True, min_detection_confidence=0.5) as finder:
        found = finder.process(image).multi_face_landmarks
    if not found:
        return None
    height, width = image.shape[:2]
    return Mesh(np.float32([(p.x * width, p.y * height, p.z * width) for p in found[0].landmark]), 1.0)


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


def contact_sheet(seed: int = SEED) -> Image.Image:
    """Every disguise over rendered people who turn their heads; first without any."""
    turns = (Pose(-30, 0, 0), Pose(-10, 10, 8), Pose(12, -8, 0), Pose(32, 4, -10))
    rows = []
    for number, (frame, pose) in enumerate(zip(people(len(turns), seed), turns, strict=True)):
        frame = dataclasses.replace(frame, pose=pose, size=_CELL, face_size=0.26, centre=(0.5, 0.5), bystanders=0)
        image, mesh = draw(frame).image, exact_mesh(frame)
        seeds = number * len(DISGUISES)
        row = [image]
        for kind, name in enumerate(DISGUISES[1:]):
            (result,) = disguise_faces([image], [[mesh]], name, [seeds + kind])
            row.append(image if result is None else result.image)
        rows.append(row)
    half = len(DISGUISES) // 2
    lines = [np.concatenate(row[part], axis=1) for part in (slice(half), slice(half, None)) for row in rows]
    return Image.fromarray(np.concatenate(lines))


def main(arguments: list[str]) -> None:
    """Measures and prints, or draws the sheet."""
    refuse_arguments(arguments)
    if FLAGS.overlay_sheet:
        contact_sheet().save(FLAGS.overlay_sheet, quality=88)
        return
    metrics, intervals = measure(FLAGS.overlay_faces)
    for name, value in metrics.items():
        print(f"{name:<40} {value:.3f}", *(f"{end:.3f}" for end in intervals.get(name, ())))


FLAGS = flags.FLAGS

if __name__ == "__main__":
    flags.DEFINE_string("overlay_sheet", None, "PNG or JPEG file for the contact sheet")
    flags.DEFINE_integer("overlay_faces", FACES, "rendered people", 1)
    run_main(main)
