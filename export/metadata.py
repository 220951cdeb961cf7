"""What a model file must know about itself, carried inside every export."""

import dataclasses
import json
from pathlib import Path

import flatbuffers
import keras
from tensorflow.lite.python import schema_py_generated as schema

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNIT_TASK, EMOTION_TASK, EMOTIONS
from fer_tf.models.registry import MODELS, task_of

_ENTRY = "fer_tf"
# Marks a flatbuffer as a TFLite model, bytes 4..8 of the file.
_FILE_IDENTIFIER = b"TFL3"


@dataclasses.dataclass(frozen=True)
class ModelInfo:
    """What a reader must know to feed a model and to name its outputs.

    Attributes:
        labels: emotion of each output.
        input_size: side of the model's input in pixels.
        crop_size: side of the training images as they were stored. Faces are cut to it
            before they are resized to the input, so that they are as sharp as those.
        grayscale: the training images had no colour, so photos are fed without.
        name: of the architecture.
    """

    labels: tuple[str, ...] = EMOTIONS
    input_size: int = 0
    crop_size: int = 0
    grayscale: bool = False
    name: str = ""

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> "ModelInfo":
        """Reads ``to_json``; keys that it does not know are left out, so newer files can be read."""
        known = {field.name for field in dataclasses.fields(cls)}
        values = {key: value for key, value in json.loads(text).items() if key in known}
        return cls(**values | {"labels": tuple(values.get("labels", EMOTIONS))})


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


def embed(model: bytes, info: ModelInfo) -> bytes:
    """A TFLite file with ``info`` written into its metadata, so that it needs no second file."""
    table = schema.ModelT.InitFromPackedBuf(bytearray(model), 0)
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = list(info.to_json().encode())
    entry.name, entry.buffer = _ENTRY, len(table.buffers)
    table.buffers.append(buffer)
    table.metadata = [*(table.metadata or []), entry]
    builder = flatbuffers.Builder(len(model) + 4096)
    builder.Finish(table.Pack(builder), file_identifier=_FILE_IDENTIFIER)
    return bytes(builder.Output())


def read_embedded(model: bytes) -> ModelInfo | None:
    """What ``embed`` wrote; None in a TFLite file that is not ours."""
    table = schema.Model.GetRootAs(model, 0)
    for index in range(table.MetadataLength()):
        entry = table.Metadata(index)
        if entry.Name() == _ENTRY.encode():
            return ModelInfo.from_json(table.Buffers(entry.Buffer()).DataAsNumpy().tobytes())
    return None
