"""What cached features save: a head trained on them, against the same head with the convolutions before it.

    python -m benchmarks.au_heads --weights=imagenet --data_dir=data

Trains the head of a grid's cell on all images of rendered_faces/standard, 20,000, and prints how long that took. The
rival is the whole model with frozen convolutions, trained by Keras on images in memory, which is what one does without
a cache; it runs for some steps only, and its time for as many epochs follows. Computing the features once takes as
long as the images need to go through the convolutions, which is timed on some of them and told apart.
"""

import time
from pathlib import Path

import numpy as np
from absl import flags

from fer_tf.commandline import command_line, refuse_arguments, run_main

FLAGS = flags.FLAGS
DATASET = "rendered_faces/standard"
# Of so many images large batches are as good, and the optimiser passes over five million weights half as often.
BATCH = 512


def rival_seconds(
    dataset: str, data_dir: str, weights: str, size: int, options, steps: int, pooling: str = "none"
) -> float:
    """Seconds for a training step of the whole model with frozen convolutions, out of memory."""
    import keras

    from fer_tf.data.action_units import presence
    from fer_tf.data.options import InputOptions
    from fer_tf.data.scoring import scoring_batches
    from fer_tf.models.registry import build
    from fer_tf.training.losses import MaskedBinaryCrossentropy

    model = build(
        "mobilenet_au",
        image_size=size,
        weights=weights,
        trainable="head",
        pooling=pooling,
        head_width=options.head_width,
        dropout=options.dropout,
    )
    model.compile(keras.optimizers.AdamW(options.learning_rate), MaskedBinaryCrossentropy())
    inputs = InputOptions(dataset, data_dir, size, options.batch_size)
    images, columns = scoring_batches(inputs, f"test[:{2 * options.batch_size}]", labelled_only=False)
    labels = np.split(presence(columns["action_units"]), 2)
    batches = list(zip((batch.numpy() for batch in images), labels, strict=True))
    model.train_on_batch(*batches[0])
    start = time.perf_counter()
    for step in range(steps):
        model.train_on_batch(*batches[step % len(batches)])
    return (time.perf_counter() - start) / steps


def feature_seconds(model, dataset: str, data_dir: str, images: int) -> float:
    """Seconds for the convolutions of so many images, reading included, from those of the test split."""
    from fer_tf.data.load import num_examples
    from fer_tf.data.options import InputOptions
    from fer_tf.data.scoring import scoring_batches
    from fer_tf.training.features import split_model

    inner, _ = split_model(model)
    inputs = InputOptions(dataset, data_dir, model.input_shape[1], 128)
    some = min(1280, num_examples(dataset, "test", data_dir))
    batches, columns = scoring_batches(inputs, f"test[:{some}]", labelled_only=False)
    inner.predict_on_batch(next(iter(batches)))
    start = time.perf_counter()
    for batch in batches:
        inner.predict_on_batch(batch)
    return (time.perf_counter() - start) / len(columns["image_id"]) * images


def main(arguments: list[str]) -> None:
    """Computes the features if they are not there, times both, prints and records."""
    refuse_arguments(arguments)
    from fer_tf.data.action_units import ActionUnitOptions
    from fer_tf.data.options import InputOptions
    from fer_tf.studies.au_bias.pool import backbone, read_pool
    from fer_tf.training.head import HeadOptions, fit_head
    from fer_tf.training.record import write_entry

    options, size = HeadOptions(batch_size=BATCH, epochs=FLAGS.epochs), FLAGS.image_size
    inputs = InputOptions(DATASET, FLAGS.data_dir, batch_size=128)
    model = backbone("mobilenet_au", size, FLAGS.weights, pooling=FLAGS.pooling)
    pool = read_pool(model, inputs, ActionUnitOptions(min_occurrences=0), FLAGS.cache_features, verbose=True)
    seconds = []
    for repeat in range(FLAGS.repeats):
        start = time.perf_counter()
        fit_head(pool.features, pool.labels, options=options, seed=repeat)
        seconds.append(time.perf_counter() - start)
        print(f"cached features: {seconds[-1]:.1f} s for {options.epochs} epochs of {len(pool.labels):,}", flush=True)
    step = rival_seconds(DATASET, FLAGS.data_dir, FLAGS.weights, size, options, FLAGS.steps, FLAGS.pooling)
    rival = step * (len(pool.labels) // options.batch_size) * options.epochs
    ratios = rival / np.array(seconds)
    once = feature_seconds(model, DATASET, FLAGS.data_dir, len(pool.labels))
    print(f"computing the features once: {once:.0f} s")
    spread = f"({min(ratios):.1f}..{max(ratios):.1f})"
    print(f"whole model: {rival:.0f} s; the cache is {np.median(ratios):.1f} {spread} times as fast")
    if FLAGS.record:
        metrics = {"seconds": float(np.median(seconds)), "rival_seconds": rival, "ratio": float(np.median(ratios))}
        metrics |= {
            "feature_seconds": once,
            "images": float(len(pool.labels)),
            "features": float(pool.features.shape[1]),
            "epochs": float(options.epochs),
        }
        intervals = {"seconds": [min(seconds), max(seconds)], "ratio": [float(min(ratios)), float(max(ratios))]}
        facts = {"command": command_line(), "dataset": DATASET, "split": "all", "n": len(pool.labels)}
        facts["duration_s"] = round(sum(seconds) + step * FLAGS.steps, 1)
        write_entry(Path(FLAGS.record), metrics, intervals, **facts)
        print(f"recorded: {FLAGS.record}")


def _define() -> None:
    flags.DEFINE_string("weights", "imagenet", "of MobileNetV2: imagenet (downloads), none, or a file")
    flags.DEFINE_string("data_dir", "data", "folder of the built datasets")
    flags.DEFINE_string("cache_features", "runs/au_heads", "folder of the cached features")
    flags.DEFINE_integer("image_size", 128, "side of the images in pixels", 32)
    flags.DEFINE_enum("pooling", "none", ("none", "average"), "of the features: 20,480 or 1,280 at 128 pixels")
    flags.DEFINE_integer("epochs", 15, "of the head", 1)
    flags.DEFINE_integer("repeats", 3, "trainings of the head", 1)
    flags.DEFINE_integer("steps", 10, "steps of the rival", 1)
    flags.DEFINE_string("record", None, "JSON file for the ledger entry; none is written without it")


if __name__ == "__main__":
    _define()
    run_main(main)
