"""What rendered faces teach about real ones: scores of runs that ``evaluate.py`` wrote, compared.

Used by ``benchmarks.rendered_quality``; the trainings are ``experiments/rendered_faces``.
"""

from pathlib import Path

from fer_tf.errors import InputError
from fer_tf.evaluation.seeds import mean_interval
from fer_tf.training.record import read_json


def mean_class_accuracies(run_dir: Path) -> dict[int, float]:
    """Seed -> mean class accuracy on FER-2013's test images of a run and its seeds.

    Args:
        run_dir: folder of one run, or of several as ``seed_N``; ``evaluate.py`` has scored it.

    Raises:
        InputError: not scored, or on something else.
    """
    folders = [run_dir] if (run_dir / "model.keras").is_file() else sorted(run_dir.glob("seed_*/"))
    found = {}
    for folder in folders:
        scored = read_json(folder / "metrics.json")
        if (scored.get("dataset"), scored.get("split")) != ("fer2013", "test"):
            raise InputError(
                f"{folder} was scored on {scored.get('dataset')}, {scored.get('split')}: expected fer2013, test; "
                f"run evaluate.py --run_dir={run_dir} --dataset=fer2013 --data_dir=…"
            )
        found[scored["seed"]] = scored["metrics"]["mean_class_accuracy"]
    if not found:
        raise InputError(f"{run_dir} holds no run: train one with train.py --run_dir={run_dir}")
    return found


def gain(alone: Path, with_rendered: Path) -> tuple[float, list[float]]:
    """By how much rendered faces help few real ones, seed by seed.

    Args:
        alone: runs on the real images.
        with_rendered: the same seeds on the same images, and rendered faces.

    Returns:
        Mean difference in mean class accuracy, and its 95 % interval by Student's t.

    Raises:
        InputError: other seeds in one than in the other, or fewer than two.
    """
    first, second = mean_class_accuracies(alone), mean_class_accuracies(with_rendered)
    if set(first) != set(second) or len(first) < 2:
        raise InputError(
            f"{alone} has the seeds {sorted(first)}, {with_rendered} has {sorted(second)}: "
            "expected the same, at least two"
        )
    middle, interval = mean_interval([second[seed] - first[seed] for seed in sorted(first)])
    return middle, list(interval)
