"""Do action units that were learnt on rendered faces mean something on real ones?

    python -m benchmarks.au_transfer --run_dir=runs/au_rendered --data_dir=data

FER-2013 has no action units, but a smile is AU 12 and dropped jaws and parted lips belong to surprise (Ekman, Friesen
and Hager 2002). So a network of action units should rank images by these units as the emotions say, without
having seen a label of a real face. What the images are framed with, and which unit stands for surprise, is
chosen on validation images; test images are read once.
"""

import time
from pathlib import Path

import numpy as np
from absl import flags

from fer_tf.commandline import command_line, refuse_arguments, run_main
from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS

# Tight crops against rendered pictures that show the whole head: black around, as a share of the crop's side.
BORDERS = (0.0, 0.125, 0.25)
SURPRISE_UNITS = (25, 26, 27)
SMILE = 12
_DRAWS = 2000

FLAGS = flags.FLAGS


def auc_interval(truth: np.ndarray, scores: np.ndarray, seed: int = 0) -> tuple[float, tuple[float, float]]:
    """ROC AUC and its 95 % bootstrap interval; every image is its own subject, as FER-2013 names nobody.

    Args:
        truth: bool (N,).
        scores: float (N,).
        seed: of the draws.
    """
    from fer_tf.evaluation.action_units import area_under_curve, histogram_auc
    from fer_tf.evaluation.bootstrap import interval

    _, level = np.unique(scores, return_inverse=True)
    counts = np.stack([np.bincount(level[truth == side], minlength=level.max() + 1) for side in (True, False)])
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(_DRAWS):
        present, absent = (random.multinomial(side.sum(), side / side.sum()) for side in counts)
        drawn.append(histogram_auc(present, absent))
    return area_under_curve(truth.astype(float), scores), interval(np.array(drawn), len(truth))


def read_units(model, units, data_dir: str, split: str, border: float) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (N, U) of every labelled image of FER-2013 with black around it, and its emotion (N,)."""
    import tensorflow as tf

    from fer_tf.data.options import InputOptions
    from fer_tf.data.scoring import scoring_batches
    from fer_tf.evaluation.action_units import probabilities

    if model.output_shape[-1] != len(units):
        raise InputError(f"model {model.name} has {model.output_shape[-1]} outputs for {len(units)} action units")
    size = model.input_shape[1]
    margin = round(size * border / (1 + 2 * border))
    inputs = InputOptions("fer2013", data_dir, image_size=size - 2 * margin, batch_size=128)
    images, columns = scoring_batches(inputs, split)
    padded = images.map(lambda batch: tf.pad(batch, [[0, 0], [margin, margin], [margin, margin], [0, 0]]))
    return probabilities(model.predict(padded, verbose=0)), columns["emotion"]


def main(arguments: list[str]) -> None:
    """Chooses on validation, reads the test images, prints and records."""
    refuse_arguments(arguments)
    from fer_tf.evaluation.action_unit_run import units_of
    from fer_tf.evaluation.action_units import area_under_curve
    from fer_tf.models.weights import load_model
    from fer_tf.training.data_facts import read_subjects
    from fer_tf.training.record import read_json, write_entry

    started, run_dir = time.monotonic(), Path(FLAGS.run_dir)
    trained = read_json(run_dir / "run.json")
    model, units = load_model(run_dir / "model.keras"), units_of(trained)
    others = [person for person in read_subjects(run_dir) if not person.startswith("rendered_faces:")]
    if others or not trained["dataset"].startswith("rendered_faces/"):
        raise InputError(f"{run_dir} was trained on {trained['dataset']}: this is about models of rendered faces alone")
    missing = [unit for unit in (SMILE, *SURPRISE_UNITS) if unit not in units]
    if missing:
        raise InputError(f"{run_dir} does not read AU {missing[0]}: train with all action units")
    happy, surprised = EMOTIONS.index("happiness"), EMOTIONS.index("surprise")
    tried = {}
    for border in BORDERS:
        read, emotion = read_units(model, units, FLAGS.data_dir, "validation", border)
        smile = area_under_curve((emotion == happy).astype(float), read[:, units.index(SMILE)])
        for unit in SURPRISE_UNITS:
            surprise = area_under_curve((emotion == surprised).astype(float), read[:, units.index(unit)])
            tried[border, unit] = (smile, surprise)
            print(f"validation, border {border}: AU 12 {smile:.3f}, AU {unit} {surprise:.3f}", flush=True)
    border, unit = max(tried, key=lambda choice: sum(tried[choice]))
    read, emotion = read_units(model, units, FLAGS.data_dir, "test", border)
    results = {
        "au12_happiness_auc": auc_interval(emotion == happy, read[:, units.index(SMILE)]),
        "surprise_auc": auc_interval(emotion == surprised, read[:, units.index(unit)]),
    }
    metrics = {name: value for name, (value, _) in results.items()}
    metrics |= {"surprise_unit": float(unit), "border": border}
    for (tried_border, tried_unit), (smile, surprise) in tried.items():
        metrics[f"validation/{tried_border}/au12_happiness_auc"] = smile
        metrics[f"validation/{tried_border}/au{tried_unit}_surprise_auc"] = surprise
    for name, (value, (low, high)) in results.items():
        print(f"test, {name}: {value:.3f} [{low:.3f}, {high:.3f}], n = {len(emotion)}")
    if FLAGS.record:
        intervals = {name: list(ends) for name, (_, ends) in results.items()}
        facts = {"command": command_line(), "dataset": "fer2013", "split": "test", "n": len(emotion)}
        facts |= {"seeds": [trained["seed"]], "trained_on": trained["dataset"]}
        duration = round(time.monotonic() - started, 1)
        write_entry(Path(FLAGS.record), metrics, intervals, duration_s=duration, **facts)
        print(f"recorded: {FLAGS.record}")


def _define() -> None:
    flags.DEFINE_string("run_dir", "runs/au_rendered", "run of a model of action units, never trained on real faces")
    flags.DEFINE_string("data_dir", "data", "folder of the built fer2013")
    flags.DEFINE_string("record", None, "JSON file for the ledger entry; none is written without it")


if __name__ == "__main__":
    _define()
    run_main(main)
