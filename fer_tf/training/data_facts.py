"""What a run writes down about the images it was trained on."""

from pathlib import Path

from fer_tf.data.action_units import ALL, ActionUnitOptions, ActionUnitTargets
from fer_tf.data.pipeline import TrainingInput
from fer_tf.data.targets import TargetOptions
from fer_tf.evaluation.plots import occurrences_png
from fer_tf.models.place_network import names_file
from fer_tf.models.weights import is_whole_model
from fer_tf.training.record import read_json

_SUBJECTS = "train_subjects.txt"


def write_data_facts(
    run_dir: Path, source: TrainingInput, people: set[str], targets: TargetOptions | ActionUnitOptions
) -> None:
    """Writes who was trained on and, of action units, how often each occurs.

    Args:
        run_dir: gets ``train_subjects.txt``, a name a line, and ``action_units.png``, Figure 5 of paper B.
        source: the training images.
        people: who is in them, or in those that the initial weights come from.
        targets: what was asked for.
    """
    (run_dir / _SUBJECTS).write_text("".join(f"{subject}\n" for subject in sorted(people)))
    if isinstance(targets, ActionUnitOptions):
        write_occurrences(run_dir, source.targets, targets)


def write_occurrences(run_dir: Path, found: ActionUnitTargets, asked: ActionUnitOptions) -> None:
    """Writes ``action_units.png``, Figure 5 of paper B: how often each unit occurs, and which are learnt."""
    least = asked.min_occurrences if asked.action_units == ALL else 0
    (run_dir / "action_units.png").write_bytes(occurrences_png(found.present, found.absent, found.units, least))


def people_behind(weights: str) -> set[str]:
    """The people that initial weights were trained on, where they are a run's model or a place network, and tell."""
    if not is_whole_model(weights):
        return set()
    places = read_json(names_file(weights)) if weights.endswith(".keras") else {}
    return read_subjects(Path(weights).parent) | set(places.get("subjects", ()))


def read_subjects(run_dir: Path) -> set[str]:
    """The people that a run was trained on; empty where it does not tell."""
    path = run_dir / _SUBJECTS
    return set(path.read_text().splitlines()) if path.is_file() else set()
