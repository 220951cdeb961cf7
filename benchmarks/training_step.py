"""Is training held up by its input? Images/s with the full pipeline against tensors in memory.

    python -m benchmarks.training_step --dataset=fer2013 --data_dir=data

Trains the FER-2013 network at 96x96, batch 64, on random tensors that lie in memory and
on augmented images out of the pipeline, in turn, and prints the ratio. By default the images are the
demo's rendered faces, which are built when they are not there.
"""

import statistics
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from absl import flags

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.data.augment import AugmentOptions
from fer_tf.data.load import fixed_options
from fer_tf.data.options import InputOptions
from fer_tf.data.pipeline import TrainingInput
from fer_tf.data.targets import TargetOptions
from fer_tf.models.registry import build
from fer_tf.training.optimizers import OptimizerOptions, make_optimizer
from fer_tf.training.record import write_entry

SIZE, BATCH = 96, 64

flags.DEFINE_string("dataset", "rendered_faces/demo", "built dataset to read from")
flags.DEFINE_string("data_dir", "demo/data", "folder of the built datasets")
flags.DEFINE_integer("steps", 20, "training steps in one timing", 2)
flags.DEFINE_integer("repeats", 5, "timings of each, in turn", 1)
flags.DEFINE_string("record", None, "JSON file for the ledger entry; none is written without it")
FLAGS = flags.FLAGS


def model() -> keras.Model:
    """The network of the paper, all layers trained."""
    network = build("mobilenet_v2", image_size=SIZE, weights="none")
    network.compile(
        make_optimizer(OptimizerOptions(), 100, 10),
        keras.losses.CategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    return network


def in_memory() -> tf.data.Dataset:
    """One random batch, again and again."""
    random = np.random.default_rng(0)
    images = random.uniform(0, 255, (BATCH, SIZE, SIZE, 3)).astype(np.float32)
    targets = np.eye(7, dtype=np.float32)[random.integers(0, 7, BATCH)]
    batch = (images, targets, np.ones(BATCH, np.float32))
    return tf.data.Dataset.from_tensors(batch).repeat().with_options(fixed_options())


def rate(network: keras.Model, iterator, steps: int) -> float:
    """Images trained on in a second."""
    start = time.perf_counter()
    for _ in range(steps):
        network.train_on_batch(*next(iterator))
    return steps * BATCH / (time.perf_counter() - start)


def main(arguments: list[str]) -> None:
    """Times both in turn and writes the entry."""
    refuse_arguments(arguments)
    started = time.monotonic()
    if FLAGS.dataset.startswith("rendered_faces"):
        from tfds_builders.registry import build as build_dataset
        from tfds_builders.registry import is_built

        if not is_built(FLAGS.dataset, FLAGS.data_dir):
            build_dataset(FLAGS.dataset, FLAGS.data_dir)
    source = TrainingInput(InputOptions(FLAGS.dataset, FLAGS.data_dir, SIZE, BATCH), TargetOptions())
    network = model()
    feeds = {"in_memory": iter(in_memory()), "pipeline": iter(source.batches(0, AugmentOptions()))}
    for feed in feeds.values():
        rate(network, feed, 3)
    rates = {name: [] for name in feeds}
    for _ in range(FLAGS.repeats):
        for name, feed in feeds.items():
            rates[name].append(rate(network, feed, FLAGS.steps))
            print(f"{name:<10} {rates[name][-1]:7.1f} images/s", flush=True)
    ratios = [a / b for a, b in zip(rates["pipeline"], rates["in_memory"], strict=True)]
    metrics = {f"images_per_second_{name}": statistics.median(values) for name, values in rates.items()}
    metrics["ratio"] = statistics.median(ratios)
    print(
        f"pipeline / in memory: {metrics['ratio']:.3f} (median of {len(ratios)}, {min(ratios):.3f}..{max(ratios):.3f})"
    )
    if FLAGS.record:
        write_entry(
            Path(FLAGS.record),
            metrics,
            {"ratio": [min(ratios), max(ratios)]},  # smallest and largest of the repeats
            command=f"python -m benchmarks.training_step --record={FLAGS.record}",
            dataset=FLAGS.dataset,
            n=FLAGS.repeats * FLAGS.steps * BATCH,
            duration_s=round(time.monotonic() - started, 1),
        )


if __name__ == "__main__":
    run_main(main)
