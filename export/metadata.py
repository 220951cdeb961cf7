"""What is known of a trained model, to be carried inside every export."""

import hashlib
import json
from importlib import metadata
from pathlib import Path

import keras

from export.model_info import LICENCE, ModelInfo
from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNIT_TASK, ACTION_UNITS, EMOTION_TASK, EMOTIONS, unit_names
from fer_tf.models.inputs import image_size, input_names
from fer_tf.models.registry import MODELS, task_of

# Ends the name of an export that strayed too far.
REFUSED = ".rejected"
# Of ``faces.streams.StreamSettings``, as ``run.json`` keeps them.
_OPTIONS = ("remove", "fill", "min_background")


def info_of(model: keras.Model, run: dict | None = None, *, sha256: str = "") -> ModelInfo:
    """What is known of a Keras model.

    Args:
        model: pictures (B, size, size, 3) and measurements (B, numbers), one input or several by name
            -> logits (B, outputs).
        run: contents of ``run.json``: ``task``, ``labels``, ``crop_size``, ``grayscale``, ``commit`` and how the
            dataset's backgrounds were made (``dataset_options``) are used.
        sha256: of the file that the model was read from.

    Returns:
        the model's information; ``crop_size`` is the input size where the run has none. Without a run a model of
        action units must have all of ``ACTION_UNITS``.

    Raises:
        InputError: a picture is not square or not of the others' size, or task, labels and outputs do not fit.
    """
    run = run or {}
    size = image_size(model)
    for tensor in model.inputs:
        shape = tuple(tensor.shape)
        if len(shape) != 2 and (not size or shape[1:] != (size, size, 3)):
            several = f"(None, {size}, {size}, 3), as all its pictures"
            expected = several if len(model.inputs) > 1 else "(None, size, size, 3)"
            raise InputError(f"model {model.name} has input {shape}: expected {expected}")
    task = run.get("task") or (task_of(model.name) if model.name in MODELS else EMOTION_TASK)
    usual = unit_names(ACTION_UNITS) if task == ACTION_UNIT_TASK else EMOTIONS
    info = ModelInfo(
        labels=tuple(run.get("labels") or usual),
        task=task,
        inputs=input_names(model),
        input_size=size,
        crop_size=int(run.get("crop_size") or size),
        grayscale=bool(run.get("grayscale", False)),
        name=model.name,
        version=_version(),
        licence=LICENCE,
        sha256=sha256,
        commit=str(run.get("commit") or ""),
        **{name: value for name, value in run.get("dataset_options", {}).items() if name in _OPTIONS},
    )
    if problem := info.problem(model.output_shape[-1]):
        raise InputError(f'model {model.name} does not fit: {problem}; correct "task" and "labels" of run.json')
    return info


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file, hexadecimal; of a folder that of its files' names and digests."""
    path = Path(path)
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        lines = "".join(f"{file.relative_to(path)} {file_digest(file)}\n" for file in files)
        return hashlib.sha256(lines.encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _version() -> str:
    try:
        return metadata.version("fer_tf")
    except metadata.PackageNotFoundError:  # a checkout that was never installed
        return ""


def read_run(run_dir: str | Path) -> dict:
    """Contents of a run's ``run.json``, empty where there is none.

    Raises:
        InputError: the folder is missing or the file is no JSON object.
    """
    run_dir = Path(run_dir)
    if not run_dir.is_dir():
        raise InputError(f"run directory {run_dir} does not exist: give the --run_dir of train.py")
    path = run_dir / "run.json"
    if not path.is_file():
        return {}
    try:
        run = json.loads(path.read_text())
    except ValueError as error:
        raise InputError(f"{path} is no JSON ({error}): restore it, or remove it to go on with defaults") from error
    if not isinstance(run, dict):
        raise InputError(f"{path} holds a {type(run).__name__}: expected a JSON object, as train.py writes it")
    return run
