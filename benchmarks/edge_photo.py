"""Frames a second of the whole chain, from a decoded photo to emotions: python -m benchmarks.edge_photo PHOTO...

Warm, one photo at a time; prints one line of JSON. ``frames_per_second`` is of BlazeFace's short range,
``_both_ranges`` of the command's default, ``_mtcnn`` where that is installed, and ``meshes_per_second`` with the face
mesh besides.
"""

import importlib.util
import json
import time
from collections.abc import Callable

import numpy as np
from absl import flags

from fer_tf.commandline import run_main
from fer_tf.errors import InputError
from fer_tf.faces.mesh import find_meshes
from fer_tf.predict import Predictor
from fer_tf.predict.images import read_image

FLAGS = flags.FLAGS
NAMES = {
    "frames_per_second": "blazeface",
    "frames_per_second_both_ranges": "blazeface_both",
    "frames_per_second_mtcnn": "mtcnn",
}


def measure(images: list[np.ndarray], rounds: int) -> dict[str, float]:
    """Times the chain with each detector, in turn."""
    found = {name: Predictor(detector=detector) for name, detector in NAMES.items() if _installed(detector)}
    work: dict[str, Callable] = {name: _reader(predictor) for name, predictor in found.items()}
    work["meshes_per_second"] = _with_mesh(found["frames_per_second"])
    times = {name: [] for name in work}
    for number in range(rounds + 1):
        for image in images:
            for name, one in work.items():
                started = time.perf_counter()
                if not one(image):
                    raise InputError(f"{name} found no face in a photo: give photos of one face")
                if number:  # the first round warms up
                    times[name].append(time.perf_counter() - started)
    return {name: 1 / float(np.median(values)) for name, values in times.items()}


def _installed(detector: str) -> bool:
    return detector != "mtcnn" or all(importlib.util.find_spec(name) for name in ("mtcnn", "numba"))


def _reader(predictor: Predictor) -> Callable:
    return lambda image: len(predictor.predict_images([image])[0]["faces"])


def _with_mesh(predictor: Predictor) -> Callable:
    def read(image: np.ndarray) -> int:
        faces = predictor.find(image)
        find_meshes([image], [faces])
        return len(predictor.read(image, faces))

    return read


def main(arguments: list[str]) -> None:
    """Measures and prints."""
    if not arguments:
        raise InputError("no photo was given: give photos of one face")
    print(json.dumps(measure([read_image(path) for path in arguments], FLAGS.rounds)))


if __name__ == "__main__":
    flags.DEFINE_integer("rounds", 30, "how often each photo is looked at", 1)
    run_main(main)
