"""Loading a model from whatever the user points at."""

from pathlib import Path

from export.litert import Runner, TFLiteRunner
from export.metadata import info_of, read_run
from export.runners import KerasRunner, SavedModelRunner
from fer_tf.errors import InputError
from fer_tf.models.weights import load_model

PRETRAINED = Path(__file__).resolve().parent.parent / "pretrained"
FORMS = "a run directory, a .keras file, a SavedModel directory or a .tflite file"


def load_runner(path: str | Path | None = None) -> Runner:
    """Loads a model behind one interface.

    Args:
        path: a run directory (with ``model.keras``), a ``.keras`` file, a SavedModel
            directory of ``export.saved_model`` or a ``.tflite`` file; None takes the
            model that comes with the project.

    Returns:
        what turns images into probabilities.

    Raises:
        InputError: nothing there, or nothing of that kind.
    """
    path = Path(path) if path else pretrained()
    if not path.exists():
        raise InputError(f"model {path} does not exist: give {FORMS}")
    if (path / "saved_model.pb").is_file():
        return SavedModelRunner(path)
    if (path / "model.keras").is_file():
        return _keras_runner(path / "model.keras")
    if path.is_file() and path.suffix == ".keras":
        return _keras_runner(path)
    if path.is_file() and path.suffix == ".tflite":
        return TFLiteRunner(path)
    raise InputError(f"model {path} is of no known kind: give {FORMS}")


def pretrained() -> Path:
    """The model that comes with the project.

    Raises:
        InputError: this copy of the project has none.
    """
    found = sorted(PRETRAINED.glob("*.tflite"))
    if not found:
        raise InputError(f"no model comes with this copy (none in {PRETRAINED}): give --model, {FORMS}")
    return found[0]


def _keras_runner(path: Path) -> KerasRunner:
    model = load_model(path)
    # A run keeps what it knows of its training images beside the model.
    return KerasRunner(model, info_of(model, read_run(path.parent)))
