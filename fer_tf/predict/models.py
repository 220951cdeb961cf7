"""Loading a model from whatever the user points at."""

import importlib.util
from pathlib import Path

from export.litert import Runner, TFLiteRunner
from fer_tf.errors import InputError

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
        InputError: nothing there, nothing of that kind, or one that needs TensorFlow, which is not installed.
    """
    path = Path(path) if path else pretrained()
    if not path.exists():
        raise InputError(f"model {path} does not exist: give {FORMS}")
    if path.is_file() and path.suffix == ".tflite":
        return TFLiteRunner(path)
    saved_model = (path / "saved_model.pb").is_file()
    keras_file = path / "model.keras" if (path / "model.keras").is_file() else path
    if not saved_model and not (keras_file.is_file() and keras_file.suffix == ".keras"):
        raise InputError(f"model {path} is of no known kind: give {FORMS}")
    if importlib.util.find_spec("tensorflow") is None:
        raise InputError(f"model {path} needs TensorFlow, which is not installed: give a .tflite file")
    # Only here, because TensorFlow takes seconds, and small devices have none.
    from export.runners import SavedModelRunner, load_keras

    return SavedModelRunner(path) if saved_model else load_keras(keras_file)


def pretrained() -> Path:
    """The model that comes with the project.

    Raises:
        InputError: this copy of the project has none.
    """
    found = sorted(PRETRAINED.glob("*.tflite"))
    if not found:
        raise InputError(f"no model comes with this copy (none in {PRETRAINED}): give --model, {FORMS}")
    return found[0]
