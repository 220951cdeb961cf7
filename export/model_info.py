"""What a model file knows about itself, carried inside every export. Read without TensorFlow.

python -m export.model_info FILE.tflite
"""

import dataclasses
import json
import struct
import sys
from pathlib import Path

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNIT_TASK, ACTION_UNITS, EMOTION_TASK, EMOTIONS, unit_names

# Of code and weights, as setup.cfg has it; the training data keep their own.
LICENCE = "Apache-2.0"
_ENTRY = "fer_tf"
# Side of a picture in pixels; no model of faces takes more.
_LARGEST = 4096
# The names that an output may have, by task.
_LABELS = {EMOTION_TASK: EMOTIONS, ACTION_UNIT_TASK: unit_names(ACTION_UNITS)}
# Marks a flatbuffer as a TFLite model, bytes 4..8 of the file.
_FILE_IDENTIFIER = b"TFL3"


@dataclasses.dataclass(frozen=True)
class ModelInfo:
    """What a reader must know to feed a model and to name its outputs.

    Attributes:
        labels: emotion or action unit (``AU12``) of each output.
        task: ``labels.EMOTION_TASK``: the outputs are the probabilities of a softmax; or
            ``labels.ACTION_UNIT_TASK``: each is the probability of one unit.
        inputs: names of the model's inputs; more than one in SAFER's models.
        input_range: least and greatest value of a picture's channels.
        input_size: side of the pictures that the model takes, in pixels; 0 where it takes none.
        crop_size: side of the training images as they were stored. Faces are cut to it
            before they are resized to the input, so that they are as sharp as those.
        grayscale: the training images had no colour, so photos are fed without.
        name: of the architecture.
        version: of this project, when the file was written.
        licence: of code and weights.
        sha256: of the ``model.keras`` that was exported, hexadecimal.
        commit: of the code that trained it.
        fine_tuned_epochs: of training for int8 after that (``quantisation_aware``); 0: the weights are the run's.
        remove: of models that look at the background: whose people were removed, see ``faces.streams.StreamSettings``.
        fill: see there.
        min_background: see there.
    """

    labels: tuple[str, ...] = EMOTIONS
    task: str = EMOTION_TASK
    inputs: tuple[str, ...] = ("image",)
    input_range: tuple[float, float] = (0, 255)
    input_size: int = 0
    crop_size: int = 0
    grayscale: bool = False
    name: str = ""
    version: str = ""
    licence: str = ""
    sha256: str = ""
    commit: str = ""
    fine_tuned_epochs: int = 0
    remove: str = "everyone"
    fill: str = "mean"
    min_background: float = 0.1

    def problem(self, outputs: int) -> str:
        """What does not fit in it, in words; "" where all does.

        Args:
            outputs: of the model that it describes.
        """
        if self.task not in _LABELS:
            return f"its task is {self.task!r}: expected one of {', '.join(_LABELS)}"
        if outputs != len(self.labels):
            return f"it has {outputs} outputs for {len(self.labels)} labels"
        if len(set(self.labels)) < len(self.labels):
            return f"its labels {', '.join(map(str, self.labels))} name one twice"
        if tuple(self.input_range) != (0, 255):
            return f"its pictures reach from {self.input_range}: expected 0 to 255"
        sizes = {"input_size": self.input_size, "crop_size": self.crop_size}
        if wrong := [name for name, size in sizes.items() if isinstance(size, bool) or not 0 <= size <= _LARGEST]:
            return f"its {wrong[0]} is {sizes[wrong[0]]}: expected 0 to {_LARGEST} pixels"
        known = _LABELS[self.task]
        if strange := [label for label in self.labels if label not in known]:
            return f"its label {strange[0]!r} is none of task {self.task}: known are {', '.join(known)}"
        return ""

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> "ModelInfo":
        """Reads ``to_json``; keys that it does not know are left out, so newer files can be read.

        Raises:
            InputError: no such JSON.
        """
        try:
            stored = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"what the model says of itself is no JSON ({error}): export it again") from error
        known = {field.name: type(field.default) for field in dataclasses.fields(cls)}
        if not isinstance(stored, dict):
            raise InputError("what the model says of itself is no JSON object: export it again")
        values = {
            key: tuple(value) if isinstance(value, list) else value for key, value in stored.items() if key in known
        }
        if wrong := [key for key, value in values.items() if not isinstance(value, known[key])]:
            raise InputError(
                f"what the model says of itself has {wrong[0]} = {values[wrong[0]]!r}: expected "
                f"{known[wrong[0]].__name__}, export it again"
            )
        info = cls(**values)
        if not all(isinstance(word, str) for word in (*info.labels, *info.inputs)):
            raise InputError("what the model says of itself has labels or inputs that are no words: export it again")
        return info


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
    """What ``embed`` wrote; None in a TFLite file that is not ours.

    Raises:
        InputError: not a TFLite file, or what it says of itself is damaged.
    """
    if model[4:8] != _FILE_IDENTIFIER:
        raise InputError("not a TFLite file: expected one that python -m export.tflite wrote")
    try:
        table = schema.Model.GetRootAs(model, 0)
        for index in range(table.MetadataLength()):
            entry = table.Metadata(index)
            if entry.Name() == _ENTRY.encode():
                return ModelInfo.from_json(table.Buffers(entry.Buffer()).DataAsNumpy().tobytes())
    except (struct.error, IndexError, TypeError, AttributeError) as error:
        raise InputError(f"the TFLite file is damaged ({error}): export it again") from error
    return None


def main(arguments: list[str]) -> None:
    """Prints what a file says of itself, as one JSON object."""
    if len(arguments) != 1:
        raise InputError(f"expected one .tflite file, came {len(arguments)} arguments")
    path = Path(arguments[0])
    if not path.is_file():
        raise InputError(f"{path} does not exist: give a file that python -m export.tflite wrote")
    try:
        info = read_embedded(path.read_bytes())
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    if info is None:
        raise InputError(f"{path} says nothing of itself: it was not written by python -m export.tflite")
    json.dump(dataclasses.asdict(info), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    # Here, as it sets variables of the process that are no business of those who import this module.
    from fer_tf.commandline import run_main

    run_main(main)
