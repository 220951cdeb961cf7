"""What a model file knows about itself, carried inside every export. Read without TensorFlow."""

import dataclasses
import json

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from fer_tf.labels import EMOTION_TASK, EMOTIONS

_ENTRY = "fer_tf"
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
        input_size: side of the model's input in pixels.
        crop_size: side of the training images as they were stored. Faces are cut to it
            before they are resized to the input, so that they are as sharp as those.
        grayscale: the training images had no colour, so photos are fed without.
        name: of the architecture.
    """

    labels: tuple[str, ...] = EMOTIONS
    task: str = EMOTION_TASK
    inputs: tuple[str, ...] = ("image",)
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
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})


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
