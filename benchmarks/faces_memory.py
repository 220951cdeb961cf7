"""Does memory stay flat over ten thousand images: faces, crops, meshes, geometry and the cache?

    python -m benchmarks.faces_memory

A few rendered people, each picture shifted and noised anew so that drawing does not count, go
through the whole way; the memory of this process is read every 500 images.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from absl import flags

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.faces.cache import FaceSettings, analyse_dataset
from fer_tf.faces.crop import crop_face
from fer_tf.faces.geometry import au_distances, visible_features
from fer_tf.labels import EMOTIONS
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.plan import Plan, frames

IMAGES, SEED, SIZE, PEOPLE = 10_000, 7305, 224, 40
SAMPLE = 500
# What every part takes once is taken by then.
SETTLED = 1_000
_SHIFT, _NOISE = 12, 4


def measure(
    images: int = IMAGES, seed: int = SEED, settings: FaceSettings | None = None
) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Looks at many images and watches the process's memory.

    Args:
        images: how many; more than ``SETTLED``.
        seed: of people, shifts and noise.
        settings: how faces are looked for; None for BlazeFace's largest and its mesh.

    Returns:
        metrics: growth of the resident memory after the first thousand images and its peak in MB, images a
            second, and the share with a mesh.
        intervals: none.
    """
    settings = settings or FaceSettings(detector="blazeface", keep="largest")
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        samples, meshes = watched(mixed_images(images, seed), Path(folder), settings)
    settled = [megabytes for number, megabytes in samples if number >= SETTLED]
    metrics = {
        "memory_growth_mb": settled[-1] - settled[0],
        "memory_peak_mb": max(megabytes for _, megabytes in samples),
        "memory_images_per_second": images / (time.perf_counter() - start),
        "memory_meshes_found": meshes / images,
    }
    return metrics, {}


def watched(
    images: Iterator[tuple[str, np.ndarray]], folder: Path, settings: FaceSettings
) -> tuple[list[tuple[int, float]], int]:
    """Crop, mesh and geometry of each image; (number, MB) every 500, and how many had a mesh."""
    samples, meshes, last = [], 0, {}

    def remembered() -> Iterator[tuple[str, np.ndarray]]:
        for image_id, image in images:
            last[image_id] = image
            yield image_id, image

    for number, (image_id, found) in enumerate(analyse_dataset(remembered(), folder, settings), start=1):
        image = last.pop(image_id)
        for face, mesh in zip(found.faces, found.meshes, strict=True):
            crop_face(image, face.box, SIZE, keypoints=face.keypoints)
            if mesh is not None:
                meshes += 1
                au_distances(mesh.points)
                visible_features(mesh.points)
        if number % SAMPLE == 0:
            samples.append((number, resident_megabytes()))
    return samples, meshes


def mixed_images(count: int, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """Ids and images of rendered people, each shifted by a few pixels and noised."""
    plan = Plan("memory", seed, {"test": PEOPLE}, images_per_subject=len(EMOTIONS), size=SIZE)
    drawn = [draw(frames(plan, "test", index)[index % len(EMOTIONS)].frame).image for index in range(PEOPLE)]
    rng = np.random.default_rng(seed)
    for number in range(count):
        moved = np.roll(drawn[number % PEOPLE], rng.integers(-_SHIFT, _SHIFT + 1, 2), (0, 1))
        noise = rng.integers(-_NOISE, _NOISE + 1, moved.shape, np.int16)
        yield f"image_{number:05d}", (moved + noise).clip(0, 255).astype(np.uint8)


def resident_megabytes() -> float:
    """Memory of this process that is in RAM now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def main(arguments: list[str]) -> None:
    """Measures and prints."""
    refuse_arguments(arguments)
    metrics, _ = measure(flags.FLAGS.memory_images)
    for name, value in metrics.items():
        print(f"{name:<44} {value:.3f}")


if __name__ == "__main__":
    flags.DEFINE_integer("memory_images", IMAGES, "how many", SETTLED + SAMPLE)
    run_main(main)
