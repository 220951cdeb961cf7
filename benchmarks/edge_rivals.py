"""Photo to emotions beside the fer package (25.10.3), in one process and in turn, on FER-2013's test images at 350x350.

    pip install --no-deps fer==25.10.3 facenet-pytorch==2.6.0 && pip install torch
    python -m benchmarks.edge_rivals --data_dir=data

Everybody gets the enlarged image and must find the face. The largest face counts; an image without one counts as wrong.
The package rounds scores to two digits, and is called as its users call it.
"""

import time
from collections.abc import Callable

import numpy as np
from absl import flags
from PIL import Image
from tqdm import tqdm

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS

FLAGS = flags.FLAGS
SIDE = 350
OURS, MTCNN, HAAR = "fer_tf", "fer_mtcnn", "fer_haar"
# The package's words.
_WORDS = {"angry": "anger", "happy": "happiness", "sad": "sadness"}
_WARM_UP = 5

Reader = Callable[[np.ndarray], str | None]
"""RGB uint8 (H, W, 3) -> emotion of the largest face, None without one."""


def readers() -> dict[str, Reader]:
    """Ours and theirs.

    Raises:
        InputError: a rival is not installed.
    """
    from fer_tf.predict import Predictor

    try:
        from fer.fer import FER

        from benchmarks.faces_rivals import facenet

        if facenet() is None:  # also stands in for torchvision where that is missing
            raise ImportError("torch, facenet_pytorch")
        rivals = {MTCNN: FER(mtcnn=True), HAAR: FER(mtcnn=False)}
    except ImportError as error:
        raise InputError(
            f"a rival cannot be imported ({error}): pip install --no-deps fer==25.10.3 facenet-pytorch==2.6.0; "
            "pip install torch"
        ) from error
    predictor = Predictor()

    def ours(image: np.ndarray) -> str | None:
        faces = predictor.predict_images([image])[0]["faces"]
        return max(faces, key=lambda face: face["box"][2] * face["box"][3])["emotion"] if faces else None

    return {OURS: ours} | {name: _theirs(rival) for name, rival in rivals.items()}


def _theirs(rival) -> Reader:
    def read(image: np.ndarray) -> str | None:
        faces = rival.detect_emotions(image[..., ::-1])  # it takes BGR
        if not faces:
            return None
        emotions = max(faces, key=lambda face: face["box"][2] * face["box"][3])["emotions"]
        word = max(emotions, key=emotions.get)
        return _WORDS.get(word, word)

    return read


def measure(data_dir: str, split: str = "test", limit: int | None = None) -> tuple[dict, dict]:
    """Asks everybody about every image.

    Returns:
        metrics: for each reader ``_ms`` (median), ``_found`` and ``_accuracy``, ``n`` and our speed-up over each
        rival, the ratio of the medians; and intervals of the accuracies and their differences.
    """
    from fer_tf.data.load import load

    records = load("fer2013", split, data_dir, fields=("image", "emotion")).filter(lambda r: r["emotion"] >= 0)
    everybody, times, answers, truth = readers(), {}, {}, []
    for number, record in enumerate(tqdm(records.take(limit or -1).as_numpy_iterator(), disable=None)):
        image = np.array(Image.fromarray(record["image"]).resize((SIDE, SIDE), Image.Resampling.BICUBIC))
        truth.append(EMOTIONS[record["emotion"]])
        for name, read in everybody.items():
            if number < _WARM_UP:
                read(image)
            started = time.perf_counter()
            answer = read(image)
            times.setdefault(name, []).append(time.perf_counter() - started)
            answers.setdefault(name, []).append(answer)
    return _summary(times, answers, np.array(truth))


def _summary(times: dict, answers: dict, truth: np.ndarray) -> tuple[dict, dict]:
    metrics, intervals, right = {"n": len(truth)}, {}, {}
    draws = np.random.default_rng(0).integers(0, len(truth), (2000, len(truth)))
    for name in times:
        found = np.array([answer is not None for answer in answers[name]])
        right[name] = np.array([answer == true for answer, true in zip(answers[name], truth, strict=True)])
        metrics |= {f"{name}_ms": 1000 * float(np.median(times[name])), f"{name}_found": float(found.mean())}
        metrics[f"{name}_accuracy"] = float(right[name].mean())
        intervals[f"{name}_accuracy"] = np.percentile(right[name][draws].mean(axis=1), (2.5, 97.5)).tolist()
    for name in (MTCNN, HAAR):
        metrics[f"speedup_over_{name}"] = metrics[f"{name}_ms"] / metrics[f"{OURS}_ms"]
        change = right[OURS].astype(int) - right[name]
        metrics[f"accuracy_over_{name}"] = float(change.mean())
        intervals[f"accuracy_over_{name}"] = np.percentile(change[draws].mean(axis=1), (2.5, 97.5)).tolist()
    return metrics, intervals


def main(arguments: list[str]) -> None:
    """Measures and prints."""
    refuse_arguments(arguments)
    metrics, intervals = measure(FLAGS.data_dir, FLAGS.split, FLAGS.limit)
    for name, value in metrics.items():
        print(f"{name:<28} {value:10.4f}", *(f"{end:.4f}" for end in intervals.get(name, ())))


if __name__ == "__main__":
    flags.DEFINE_string("data_dir", "data", "folder of the built datasets, with fer2013")
    flags.DEFINE_string("split", "test", "its split")
    flags.DEFINE_integer("limit", None, "only so many images; default: all", 10)
    run_main(main)
