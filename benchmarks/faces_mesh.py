"""How fast and how exact are BlazeFace and the face mesh, batched, next to mediapipe's own API?

    python -m benchmarks.faces_mesh
    python -m benchmarks.faces_mesh --mesh_photos=FOLDER

Rendered people of a seed that nothing else uses, 224 x 224. Both ways are timed in turn in one
process; then their points are compared, in pixels, and each with the drawn ones. With a folder of photos,
the points are also compared on its faces, cut out with half a face's margin and at 224 pixels.
"""

import dataclasses
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from absl import flags
from PIL import Image

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.faces.blazeface import find_faces
from fer_tf.faces.crop import crop_face
from fer_tf.faces.face import Mesh
from fer_tf.faces.mesh import EYE_CORNERS, POINTS, find_meshes
from fer_tf.labels import EMOTIONS
from fer_tf.synthesis.render.picture import Picture, draw
from fer_tf.synthesis.render.plan import Plan, frames

SEED, PEOPLE, REPEATS, SIZE = 7301, 140, 7, 224
_LARGEST_YAW = 30.0
_PHOTO_MARGIN = 0.5


def people(count: int, seed: int) -> list[Picture]:
    """Undisguised people, one picture each, emotions in turn, turned by at most 30 degrees."""
    plan = Plan("mesh", seed, {"test": count}, images_per_subject=len(EMOTIONS), disguised=0.0)
    pictures = []
    for index in range(count):
        frame = frames(plan, "test", index)[index % len(EMOTIONS)].frame
        yaw = min(max(frame.pose.yaw, -_LARGEST_YAW), _LARGEST_YAW)
        pictures.append(draw(dataclasses.replace(frame, pose=dataclasses.replace(frame.pose, yaw=yaw))))
    return pictures


def ours(images: Sequence[np.ndarray], passes: int = 1) -> list[np.ndarray | None]:
    """The mesh of each image's surest face, (POINTS, 2) pixels."""
    faces = [found[:1] for found in find_faces(images)]
    return [_points(found[0]) if found else None for found in find_meshes(images, faces, passes=passes)]


def _points(mesh: Mesh | None) -> np.ndarray | None:
    return None if mesh is None else mesh.points[:, :2]


def theirs(finder, images: Sequence[np.ndarray]) -> list[np.ndarray | None]:
    """The same with mediapipe's API, one image after the other."""
    meshes = []
    for image in images:
        found = finder.process(image).multi_face_landmarks
        points = found and np.array([(point.x, point.y) for point in found[0].landmark])
        meshes.append(points * image.shape[1::-1] if found else None)
    return meshes


def differences(first: Sequence[np.ndarray | None], second: Sequence[np.ndarray | None]) -> np.ndarray:
    """(faces, POINTS) pixels between the points of faces that both have."""
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    return np.array([np.linalg.norm(a - b, axis=1) for a, b in pairs]).reshape(-1, POINTS)


def error(meshes: Sequence[np.ndarray | None], pictures: Sequence[Picture]) -> float:
    """Median over faces of the mean distance from the drawn points, of the drawn outer eye corners' distance."""
    units = [np.linalg.norm(np.subtract(*picture.mesh[list(EYE_CORNERS)])) for picture in pictures]
    scaled = [None if mesh is None else mesh / unit for mesh, unit in zip(meshes, units, strict=True)]
    truth = [picture.mesh / unit for picture, unit in zip(pictures, units, strict=True)]
    return float(np.median(differences(scaled, truth).mean(axis=1)))


def photo_faces(folder: Path) -> list[np.ndarray]:
    """The faces of a folder's photos, uint8 (SIZE, SIZE, 3)."""
    images = [np.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.glob("*.jpg"))]
    return [
        crop_face(image, face.box, SIZE, margin=_PHOTO_MARGIN)
        for image, found in zip(images, find_faces(images), strict=True)
        for face in found
    ]


def measure(
    count: int = PEOPLE, repeats: int = REPEATS, photos: str | None = None
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Times and compares both ways.

    Args:
        count: rendered people.
        repeats: timings of each way, in turn.
        photos: folder of JPEG photos; None leaves them out.

    Returns:
        Metrics, and for the timed ones the smallest and the largest of the repeats.
    """
    from mediapipe.python.solutions.face_mesh import FaceMesh

    pictures = people(count, SEED)
    images = [picture.image for picture in pictures]
    rates = {"blazeface_mesh": [], "mediapipe_mesh": []}
    with FaceMesh(static_image_mode=True, max_num_faces=1) as finder:
        ways = {"blazeface_mesh": ours, "mediapipe_mesh": lambda images: theirs(finder, images)}
        meshes = {name: way(images) for name, way in ways.items()}  # also starts both
        for _ in range(repeats):
            for name, way in ways.items():
                start = time.perf_counter()
                way(images)
                rates[name].append(count / (time.perf_counter() - start))
        crops = photo_faces(Path(photos)) if photos else []
        apart = differences(*meshes.values())
        on_photos = differences(ours(crops), theirs(finder, crops))
    speedups = [ours / theirs for ours, theirs in zip(*rates.values(), strict=True)]
    timed = {f"{name}_faces_per_second": values for name, values in rates.items()}
    timed["blazeface_mesh_speedup"] = speedups
    metrics = {name: statistics.median(values) for name, values in timed.items()}
    metrics |= {
        "cores": float(len(os.sched_getaffinity(0))),
        "blazeface_mesh_found": float(np.mean([mesh is not None for mesh in meshes["blazeface_mesh"]])),
        "mesh_difference_pixels": float(np.median(apart)),
        "mesh_difference_pixels_p99": float(np.quantile(apart, 0.99)),
        "mesh_error": error(meshes["blazeface_mesh"], pictures),
        "mesh_error_two_passes": error(ours(images, passes=2), pictures),
        "mediapipe_mesh_error": error(meshes["mediapipe_mesh"], pictures),
    }
    if photos:
        metrics |= {"photo_faces": float(len(on_photos)), "photo_mesh_difference_pixels": float(np.median(on_photos))}
    return metrics, {name: (min(values), max(values)) for name, values in timed.items()}


def main(arguments: list[str]) -> None:
    """Measures and prints."""
    refuse_arguments(arguments)
    metrics, intervals = measure(FLAGS.mesh_faces, REPEATS, FLAGS.mesh_photos)
    for name, value in metrics.items():
        print(f"{name:<36} {value:.4f}", *(f"{end:.4f}" for end in intervals.get(name, ())))


FLAGS = flags.FLAGS

if __name__ == "__main__":
    flags.DEFINE_integer("mesh_faces", PEOPLE, "rendered people", 1)
    flags.DEFINE_string("mesh_photos", None, "folder of JPEG photos to compare on as well")
    run_main(main)
