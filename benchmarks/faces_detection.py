"""MTCNN's speed beside the mtcnn package and facenet-pytorch, and whether the same faces are found.

    python -m benchmarks.faces_detection --photos=FOLDER

Crops of 350x350 pixels around faces and photos of 800 pixels; without a folder of photos, rendered
context pictures. The three run in turn, several times, with the same thresholds and smallest face;
the median counts. Then a list of pictures of all sizes in a process of its own, for its memory.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.faces_rivals import facenet, package
from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.face import Face
from fer_tf.faces.mtcnn.detector import find_faces

CROP, PHOTO = 350, 800
_SAME = 0.9  # overlap, intersection over union
# Longest sides of the mixed list; 20,000 pixels are a panorama.
_MIXED = (100, 350, 800, 1500, 3000)


def measure(photos: str | None, images: int = 24, repeats: int = 3) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Everything this benchmark says.

    Args:
        photos: folder of pictures with faces; None, or one that is not there: rendered ones.
        images: pictures of each size.
        repeats: timings of each detector, in turn.

    Returns:
        metrics, and intervals (smallest and largest of the repeats) of the speed-ups.

    Raises:
        InputError: no picture with a face.
    """
    pictures = _pictures(photos, images)
    sets = {CROP: _crops(pictures), PHOTO: [_resized(picture, PHOTO) for picture in pictures]}
    metrics, intervals = {}, {}
    for size, chosen in sets.items():
        rates = _rates(chosen, repeats)
        metrics[f"mtcnn_images_per_second_{size}"] = statistics.median(rates["ours"])
        metrics[f"mtcnn_one_by_one_images_per_second_{size}"] = statistics.median(rates["one_by_one"])
        for rival in ("package", "facenet"):
            if rival not in rates:
                continue
            name = f"{'mtcnn' if rival == 'package' else rival}_speedup_{size}"
            ratios = [ours / other for ours, other in zip(rates["ours"], rates[rival], strict=True)]
            metrics[f"{rival}_images_per_second_{size}"] = statistics.median(rates[rival])
            metrics[name], intervals[name] = statistics.median(ratios), [min(ratios), max(ratios)]
    metrics["mtcnn_speedup"] = min(metrics[f"mtcnn_speedup_{size}"] for size in sets)
    metrics |= _agreement([picture for chosen in sets.values() for picture in chosen])
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        metrics["mtcnn_mixed_list_peak_gib"] = pool.apply(_peak_memory, (pictures,))
    return metrics, intervals


def _pictures(photos: str | None, count: int) -> list[np.ndarray]:
    """RGB pictures in which there is a face, spread over the folder."""
    paths = sorted(path for path in Path(photos).glob("*") if path.is_file()) if photos else []
    if paths:
        every = max(1, len(paths) // count)
        found = [np.asarray(Image.open(path).convert("RGB")) for path in paths[::every][:count]]
    else:
        found = _rendered(count)
    found = [picture for picture, faces in zip(found, detect_faces(found), strict=True) if faces]
    if not found:
        raise InputError(f"{photos or 'the rendered pictures'}: expected pictures with faces, found none")
    return found


def _rendered(count: int) -> list[np.ndarray]:
    import dataclasses

    from fer_tf.synthesis.render.picture import draw
    from fer_tf.synthesis.render.plan import Plan, frames

    plan = Plan("detection", 41, {"test": count}, images_per_subject=1, framing="context", disguised=0.0)
    chosen = (frames(plan, "test", index)[0].frame for index in range(count))
    return [draw(dataclasses.replace(frame, size=PHOTO)).image for frame in chosen]


def _resized(picture: np.ndarray, longest: int) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = longest / max(height, width)
    return np.asarray(Image.fromarray(picture).resize((round(width * scale), round(height * scale))))


def _crops(pictures: list[np.ndarray]) -> list[np.ndarray]:
    """Squares around the largest face of each, cut out unchanged; edges are repeated."""
    crops = []
    for picture, (face,) in zip(pictures, detect_faces(pictures, keep="largest"), strict=True):
        left, top, width, height = face.box
        rows = np.arange(CROP) + int(top + height / 2) - CROP // 2
        columns = np.arange(CROP) + int(left + width / 2) - CROP // 2
        rows, columns = rows.clip(0, picture.shape[0] - 1), columns.clip(0, picture.shape[1] - 1)
        crops.append(picture[rows[:, None], columns])
    return crops


def _rates(images: list[np.ndarray], repeats: int) -> dict[str, list[float]]:
    """Images in a second of each detector."""
    one_by_one, rival = package(), facenet()
    runs: dict[str, Callable[[], object]] = {
        "ours": lambda: find_faces(images),
        "one_by_one": lambda: [find_faces([image]) for image in images],
        "package": lambda: [one_by_one(image) for image in images],
    }
    if rival:
        runs["facenet"] = lambda: [rival(image) for image in images]
    else:
        print("facenet-pytorch is not installed (benchmarks/requirements.lock): left out")
    rates = {name: [] for name in runs}
    for run in runs.values():
        run()  # what is compiled once is nothing in ten thousand pictures
    for _ in range(repeats):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            rates[name].append(len(images) / (time.perf_counter() - start))
            print(f"{images[0].shape[1]:>4} {name:<10} {rates[name][-1]:7.1f} images/s", flush=True)
    return rates


def _agreement(images: list[np.ndarray]) -> dict[str, float]:
    """Of the faces of one, the share that the other finds too, less 1; both ways."""
    ours = [np.array([_corners(face) for face in faces]).reshape(-1, 4) for faces in find_faces(images)]
    theirs = [package()(image)[:, :4] for image in images]
    found = [overlaps(a, b) > _SAME for a, b in zip(ours, theirs, strict=True)]
    return {
        "mtcnn_faces_of_the_package": sum(len(boxes) for boxes in theirs),
        "mtcnn_recall_difference": float(np.concatenate([same.any(axis=0) for same in found]).mean()) - 1,
        "mtcnn_precision_difference": float(np.concatenate([same.any(axis=1) for same in found]).mean()) - 1,
    }


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of each of (n, 4) boxes with each of (m, 4): left, top, right, bottom."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    areas_a, areas_b = (np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (a, b))
    return shared / (areas_a[:, None] + areas_b - shared)


def _corners(face: Face) -> tuple[float, ...]:
    left, top, width, height = face.box
    return left, top, left + width, top + height


def _peak_memory(pictures: Sequence[np.ndarray]) -> float:
    """GiB that this process needed at most for a list of pictures of all sizes, the pictures among them."""
    mixed = [_resized(picture, _MIXED[number % len(_MIXED)]) for number, picture in enumerate(pictures)]
    mixed.append(np.tile(pictures[0][:400], (1, 20_000 // pictures[0].shape[1], 1)))
    detect_faces(mixed)
    # Not resource.getrusage: its maximum begins with that of the process that started this one.
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 2**20


def main(arguments: list[str]) -> None:
    """Measures and prints."""
    refuse_arguments(arguments)
    metrics, intervals = measure(FLAGS.photos, FLAGS.images, FLAGS.repeats)
    for name, value in metrics.items():
        low_high = "  {:.2f}..{:.2f}".format(*intervals[name]) if name in intervals else ""
        print(f"{name:<44} {value:8.3f}{low_high}")


if __name__ == "__main__":
    # Here, not above: benchmarks.faces imports this module and has flags of its own.
    from absl import flags

    FLAGS = flags.FLAGS
    flags.DEFINE_string("photos", "../shared/data/photos", "folder of photos; rendered pictures where it is not there")
    flags.DEFINE_integer("images", 24, "pictures of each size", 1)
    flags.DEFINE_integer("repeats", 3, "timings of each detector, in turn", 1)
    run_main(main)
