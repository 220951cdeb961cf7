"""How often a disguise can be placed on FER-2013's faces, and what it costs the model that comes with the project.

    python -m benchmarks.faces_disguises --data_dir=data --split=validation --limit=200

Each disguise is put on every image as ``disguised/fer2013-DISGUISE`` does it, with the same seeds. The
model then names the emotion of each image where that could be done, without and with the disguise:
the same images, so that the drop is paired.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from absl import flags
from tqdm import tqdm

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError
from fer_tf.labels import DISGUISES, EMOTIONS

METRICS = ("accuracy", "mean_class_accuracy")
_BATCH = 256


def measure(
    dataset: str,
    split: str,
    data_dir: str,
    *,
    disguises: Sequence[str] = DISGUISES[1:],
    limit: int = 0,
    seed: int = 0,
    model: str | None = None,
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Places each disguise on a split's images and compares a model's answers.

    Args:
        dataset: built dataset with emotions.
        split: its split.
        data_dir: folder of the built datasets.
        disguises: words of ``labels.DISGUISES``.
        limit: so many images only, the first ones; 0 takes all.
        seed: of styles and colours, and of the bootstrap.
        model: as for ``fer_tf.predict``; None takes the one in the box.

    Returns:
        Metrics ``NAME_DISGUISE``: ``placed``, the share of the images; ``accuracy`` and
        ``mean_class_accuracy`` with the disguise; the same with ``_drop``, before - after, with their
        95 % intervals; ``accuracy`` and ``mean_class_accuracy`` alone, of all images undisguised.

    Raises:
        InputError: the dataset is not built, a disguise is unknown, the model names other emotions.
    """
    from fer_tf.predict.models import load_runner

    runner = load_runner(model)
    if runner.info.labels != EMOTIONS:
        raise InputError(f"model names {', '.join(runner.info.labels)}: expected {', '.join(EMOTIONS)}")
    records = _labelled(dataset, split, data_dir, limit)
    truth = np.array([int(record["emotion"]) for record in records])
    subjects = np.array([record["subject_id"].decode() for record in records])
    before = _predicted(runner, [record["image"] for record in records])
    metrics, intervals = _scores(truth, before), {}
    for disguise in tqdm(disguises, unit="disguise", disable=None):
        worn = dict(_disguised(records, dataset, disguise, seed))
        metrics[f"placed_{disguise}"] = len(worn) / len(records)
        if not worn:
            continue
        placed = np.array(list(worn))
        after = _predicted(runner, list(worn.values()))
        answers = truth[placed], before[placed], after, subjects[placed]
        for name, value in _drops(*answers).items():
            metrics[f"{name}_{disguise}"] = value
        for name, interval in _intervals(*answers, seed).items():
            intervals[f"{name}_drop_{disguise}"] = interval
    return metrics, intervals


def _labelled(dataset: str, split: str, data_dir: str, limit: int) -> list[dict[str, Any]]:
    """Records with an emotion. FER-2013's test images are 25 MB."""
    from fer_tf.data.load import load

    stream = load(dataset, f"{split}[:{limit}]" if limit else split, data_dir).as_numpy_iterator()
    records = [record for record in stream if record["emotion"] >= 0]
    if not records:
        raise InputError(f"{dataset} has no labelled image in {split}: choose another split")
    return records


def _disguised(
    records: list[dict[str, Any]], dataset: str, disguise: str, seed: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Number and disguised picture of each record where it could be placed."""
    from tfds_builders.disguised.options import Twin, TwinOptions
    from tfds_builders.disguised.parts import disguised_records

    twin, options = Twin(dataset, (disguise,)), TwinOptions(seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        copies = (dict(record) for record in records)  # the images are taken out of them
        outcomes = disguised_records(copies, len(records), twin, options, Path(folder))
        for number, (_, outcome) in enumerate(outcomes):
            if isinstance(outcome, bytes):
                yield number, cv2.imdecode(np.frombuffer(outcome, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def _predicted(runner: Any, images: list[np.ndarray]) -> np.ndarray:
    """Most probable emotion of each image, int (N,)."""
    batches = (images[start : start + _BATCH] for start in range(0, len(images), _BATCH))
    return np.concatenate([runner.probabilities(np.stack(batch)).argmax(axis=1) for batch in batches])


def _scores(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    from fer_tf.evaluation.scores import confusion_matrix, scores

    values = scores(confusion_matrix(truth, predicted, len(EMOTIONS)))
    return {name: float(values[name]) for name in METRICS}


def _drops(truth: np.ndarray, before: np.ndarray, after: np.ndarray, _: np.ndarray) -> dict[str, float]:
    """Scores with the disguise, and how much they dropped on the same images."""
    first, second = _scores(truth, before), _scores(truth, after)
    return second | {f"{name}_drop": first[name] - second[name] for name in METRICS}


def _intervals(
    truth: np.ndarray, before: np.ndarray, after: np.ndarray, subjects: np.ndarray, seed: int
) -> dict[str, tuple[float, float]]:
    from fer_tf.evaluation.bootstrap import drop_intervals

    found = drop_intervals(truth, before, after, subjects, EMOTIONS, seed=seed)
    return {name: found[name] for name in METRICS}


def table(metrics: dict[str, float], intervals: dict[str, tuple[float, float]], disguises: Sequence[str]) -> str:
    """What a person wants to see: one line for each disguise."""
    lines = [f"undisguised: accuracy {metrics['accuracy']:.3f}, mean class {metrics['mean_class_accuracy']:.3f}"]
    lines.append(f"{'disguise':<15}{'placed':>7}{'accuracy':>10}{'drop':>7}   95 %              {'class drop':>10}")
    for name in disguises:
        if f"accuracy_{name}" not in metrics:
            lines.append(f"{name:<15}{metrics[f'placed_{name}']:>7.3f}")
            continue
        low, high = intervals[f"accuracy_drop_{name}"]
        lines.append(
            f"{name:<15}{metrics[f'placed_{name}']:>7.3f}{metrics[f'accuracy_{name}']:>10.3f}"
            f"{metrics[f'accuracy_drop_{name}']:>7.3f}   {low:6.3f} .. {high:6.3f}"
            f"{metrics[f'mean_class_accuracy_drop_{name}']:>12.3f}"
        )
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Measures and prints."""
    refuse_arguments(arguments)
    given = flags.FLAGS
    options = {"disguises": given.disguises, "limit": given.limit, "seed": given.seed, "model": given.model}
    metrics, intervals = measure(given.dataset, given.split, given.data_dir, **options)
    print(table(metrics, intervals, given.disguises))


if __name__ == "__main__":
    flags.DEFINE_string("dataset", "fer2013", "built dataset of faces")
    flags.DEFINE_string("split", "test", "its split")
    flags.DEFINE_string("data_dir", "data", "folder of the built datasets")
    flags.DEFINE_list("disguises", list(DISGUISES[1:]), "what is put on, one after the other")
    flags.DEFINE_integer("limit", 0, "so many images only; 0 takes all", 0)
    flags.DEFINE_integer("seed", 0, "of styles and colours", 0)
    flags.DEFINE_string("model", None, "as for fer_tf.predict; default: the model in the box")
    run_main(main)
