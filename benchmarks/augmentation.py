"""Speed of the ten-operation augmentation beside keras-cv and albumentations.

    python -m benchmarks.augmentation --record=results/augmentation.json

Paper A's ten operations, each with probability 1 and like strengths, on random 224x224
images in batches of 32, from memory to a batch in memory. The three run in turn, several
times, and the median counts, so that other work on the machine slows all of them alike.
Ours and keras-cv run in tf.data with two batches in parallel, albumentations in two
worker processes that hand back whole batches.
"""

import importlib.util
import multiprocessing
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from absl import flags

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError

SIZE, BATCH, WORKERS, SEED = 224, 32, 2, 7

_REPEATS = flags.DEFINE_integer("repeats", 5, "times that each of the three is measured, in turn", lower_bound=1)
_BATCHES = flags.DEFINE_integer(
    "batches", 30, f"batches of {BATCH} in a measurement; keras-cv gets a third", lower_bound=3
)
_RECORD = flags.DEFINE_string("record", None, "JSON file for the ledger entry; none is written without it")

Run = Callable[[int], None]  # augments that many batches


def batch_of_images(seed: int) -> np.ndarray:
    """Smooth random pictures, uint8 (BATCH, SIZE, SIZE, 3): noise alone has no flat areas to gather from."""
    coarse = np.random.default_rng(seed).integers(0, 256, (BATCH, SIZE // 8, SIZE // 8, 3), dtype=np.uint8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2)


def tensorflow_run(augment: Callable) -> Run:
    """A tf.data pipeline over ``augment(images, seed)``."""
    import tensorflow as tf

    images = tf.constant(batch_of_images(SEED))
    options = tf.data.Options()
    options.autotune.enabled = False
    options.threading.private_threadpool_size = WORKERS
    # Two batches at a time already fill the cores.
    options.threading.max_intra_op_parallelism = 1
    seeds = tf.data.Dataset.range(1 << 40).map(lambda step: tf.stack([SEED, tf.cast(step, tf.int32)]))
    dataset = seeds.map(lambda seed: augment(images, seed), num_parallel_calls=WORKERS).prefetch(WORKERS)
    iterator = iter(dataset.with_options(options))

    def run(batches: int) -> None:
        for _ in range(batches):
            next(iterator)

    return run


def ours() -> Run:
    """Our chain."""
    import dataclasses

    from fer_tf.data.augment import AugmentOptions, augment
    from fer_tf.data.augment.options import PROBABILITIES

    drawn = {name: 1.0 for name in PROBABILITIES if getattr(AugmentOptions.paper_a(), name) > 0}
    options = dataclasses.replace(AugmentOptions.paper_a(), **drawn)
    return tensorflow_run(lambda images, seed: augment(images, seed, options, SIZE))


def keras_cv() -> Run:
    """keras-cv's layers, used as its guides use them."""
    from fer_tf.data.augment.keras_cv import load_keras_cv

    layers, levels = load_keras_cv().layers, (0, 255)
    chain = [
        layers.RandomCropAndResize((SIZE, SIZE), crop_area_factor=(0.6, 1.0), aspect_ratio_factor=(0.9, 1.1)),
        layers.RandomFlip("horizontal"),
        layers.RandomRotation(15 / 360, fill_mode="nearest"),
        layers.Grayscale(output_channels=3),
        layers.RandomColorJitter(levels, 0.25, 0.25, (0.4, 0.6), 0.03),
        layers.RandomGaussianBlur(kernel_size=7, factor=(0.1, 1.5)),
        layers.RandomSharpness(0.5, value_range=levels),
        layers.AutoContrast(levels),
        layers.Equalization(levels),
        *(layers.RandomCutout(0.12, 0.12, fill_value=128.0) for _ in range(8)),
    ]

    def augment(images, seed):
        del seed  # keras-cv draws from generators of its own
        for layer in chain:
            images = layer(images, training=True)
        return images

    return tensorflow_run(augment)


def albumentations() -> Run:
    """Worker processes of albumentations; each task is one batch."""
    pool = multiprocessing.get_context("spawn").Pool(WORKERS, _start_worker)

    def run(batches: int) -> None:
        for _ in pool.imap_unordered(_albumentations_batch, range(batches)):
            pass

    return run


def _start_worker() -> None:
    global _compose, _images
    import albumentations as library
    import cv2

    cv2.setNumThreads(1)
    _images = batch_of_images(SEED)
    _compose = library.Compose(
        [
            library.RandomResizedCrop((SIZE, SIZE), scale=(0.6, 1.0), ratio=(0.9, 1.1), p=1),
            library.HorizontalFlip(p=0.5),
            library.Rotate(15, border_mode=cv2.BORDER_REPLICATE, p=1),
            library.ToGray(p=1),
            library.ColorJitter((0.75, 1.25), (0.75, 1.25), (0.75, 1.25), (-0.03, 0.03), p=1),
            library.GaussianBlur(blur_limit=7, sigma_limit=(0.1, 1.5), p=1),
            library.Sharpen(p=1),
            library.AutoContrast(p=1),
            library.Equalize(p=1),
            library.CoarseDropout((8, 8), (0.06, 0.12), (0.06, 0.12), fill=128, p=1),
        ]
    )


def _albumentations_batch(_: int) -> np.ndarray:
    return np.stack([_compose(image=image)["image"] for image in _images])


def measure(runs: dict[str, Run], repeats: int, batches: int) -> dict[str, list[float]]:
    """Images per second of each, measured in turn.

    Args:
        runs: name → what to measure, warmed up here first.
        repeats: measurements of each.
        batches: batches in a measurement; the slow keras_cv gets a third.

    Returns:
        name → one rate for each repeat.
    """
    rates = {name: [] for name in runs}
    for run in runs.values():
        run(2 * WORKERS)
    for repeat in range(repeats):
        for name, run in runs.items():
            count = batches // 3 if name == "keras_cv" else batches
            start = time.perf_counter()
            run(count)
            rates[name].append(count * BATCH / (time.perf_counter() - start))
        print(f"{repeat + 1}/{repeats}", *(f"{name} {rates[name][-1]:.0f}/s" for name in runs), flush=True)
    return rates


def summary(rates: dict[str, list[float]]) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Medians and ratios, and for each the smallest and largest of the repeats."""
    series = {f"images_per_second_{name}": values for name, values in rates.items()}
    series["speedup_over_keras_cv"] = [a / b for a, b in zip(rates["ours"], rates["keras_cv"], strict=True)]
    series["ratio_to_albumentations"] = [a / b for a, b in zip(rates["ours"], rates["albumentations"], strict=True)]
    medians = {name: round(statistics.median(values), 3) for name, values in series.items()}
    return medians, {name: [round(min(values), 3), round(max(values), 3)] for name, values in series.items()}


def main(arguments: list[str]) -> None:
    """Measures, prints, and writes the ledger entry."""
    refuse_arguments(arguments)
    for package in ("albumentations", "keras_cv"):
        if importlib.util.find_spec(package) is None:
            raise InputError(
                f"the rival {package} is not installed: pip install --no-deps -r benchmarks/requirements.lock"
            )
    start = time.perf_counter()
    runs = {"albumentations": albumentations(), "ours": ours(), "keras_cv": keras_cv()}
    metrics, ranges = summary(measure(runs, _REPEATS.value, _BATCHES.value))
    for name, value in metrics.items():
        print(f"{name:36} {value:8.2f}   {ranges[name][0]:.2f} .. {ranges[name][1]:.2f}")
    if _RECORD.value:
        _write(Path(_RECORD.value), metrics, ranges, time.perf_counter() - start)


def _write(path: Path, metrics: dict, ranges: dict, duration: float) -> None:
    from fer_tf.training.record import write_entry

    write_entry(
        path,
        metrics,
        ranges,  # smallest and largest of the repeats
        paper="Training Against Disguises",
        command=f"python -m benchmarks.augmentation --record={path}",
        dataset=f"random images {SIZE}x{SIZE}, batch {BATCH}",
        n=_REPEATS.value * _BATCHES.value * BATCH,
        seeds=[SEED],
        duration_s=round(duration, 1),
    )


if __name__ == "__main__":
    run_main(main)
