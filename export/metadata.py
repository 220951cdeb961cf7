"""What is known of a trained model, to be carried inside every export."""

import json
from pathlib import Path

import keras

from export.model_info import ModelInfo
from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNIT_TASK, EMOTION_TASK, EMOTIONS
from fer_tf.models.registry import MODELS, task_of


def info_of(model: keras.Model, run: dict | None = None) -> ModelInfo:
    """What is known of a Keras model.

    Args:
        model: image (B, H, W, 3) -> logits (B, classes).
        run: contents of ``run.json``: ``labels``, ``crop_size`` and ``grayscale`` are used.

    Returns:
        the model's information; ``crop_size`` is the input size where the run has none.

    Raises:
        InputError: the model's input is not square, labels and outputs differ in number, or it is a
            model of action units.
    """
    run = run or {}
    known = task_of(model.name) if model.name in MODELS else EMOTION_TASK
    if run.get("task", known) == ACTION_UNIT_TASK:
        raise InputError(
            f"model {model.name} answers action units: export and fer_tf.predict take models of emotions; "
            "score it with python evaluate.py"
        )
    shape = model.input_shape
    if len(shape) != 4 or shape[1] is None or shape[1] != shape[2] or shape[3] != 3:
        raise InputError(f"model {model.name} has input {shape}: expected (None, size, size, 3)")
    labels = tuple(run.get("labels") or EMOTIONS)
    if model.output_shape[-1] != len(labels):
        raise InputError(
            f"model {model.name} has {model.output_shape[-1]} outputs for {len(labels)} labels: "
            'give as many in "labels" of run.json'
        )
    return ModelInfo(
        labels=labels,
        input_size=shape[1],
        crop_size=int(run.get("crop_size") or shape[1]),
        grayscale=bool(run.get("grayscale", False)),
        name=model.name,
    )


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
