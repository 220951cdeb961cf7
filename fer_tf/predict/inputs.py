"""What a model looks at of each face in a photo."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from export.model_info import ModelInfo
from fer_tf.errors import InputError
from fer_tf.faces.crop import crop_face, resize
from fer_tf.faces.face import Face
from fer_tf.faces.geometry import measurements
from fer_tf.faces.mesh import as_mtcnn, find_meshes
from fer_tf.faces.streams import StreamSettings, streams_of

IMAGE = "image"
# Inputs of SAFER's models (paper C) -> the stream that each is made of.
_STREAMS = {"face": "face", "geometry": "mesh", "background": "background", "place": "background"}

Inputs = Mapping[str, np.ndarray]


def face_inputs(info: ModelInfo, image: np.ndarray, faces: Sequence[Face], grayscale: bool) -> list[Inputs]:
    """What a model looks at, for each face.

    Args:
        info: of the model.
        image: uint8 (H, W, 3), the whole photo.
        faces: all of its faces, of any detector.
        grayscale: take the colour out of the pictures first.

    Returns:
        for each face input -> float32 (size, size, 3), 0..255, or measurements (80,), NaN without a mesh.

    Raises:
        InputError: the model has an input that no photo gives.
    """
    if info.inputs == (IMAGE,):
        return [{IMAGE: _cropped(info, image, face, grayscale)} for face in faces]
    if unknown := [name for name in info.inputs if name not in _STREAMS]:
        raise InputError(f"model {info.name} wants {unknown[0]!r}: a photo gives {IMAGE}, {', '.join(_STREAMS)}")
    if not faces:
        return []
    (meshes,) = find_meshes([image], [faces], passes=2)
    settings = StreamSettings(remove=info.remove, fill=info.fill, min_background=info.min_background)
    views = streams_of(image, faces, meshes, settings)
    return [
        {name: _view(getattr(view, _STREAMS[name]), name, info, grayscale) for name in info.inputs} for view in views
    ]


def batch_of(inputs: Sequence[Inputs]) -> np.ndarray | Inputs:
    """A batch as ``Runner.probabilities`` takes it."""
    joined = {name: np.stack([one[name] for one in inputs]) for name in inputs[0]}
    return joined[IMAGE] if list(joined) == [IMAGE] else joined


def _cropped(info: ModelInfo, image: np.ndarray, face: Face, grayscale: bool) -> np.ndarray:
    # As sharp as the training images, and framed alike whoever found the face.
    crop = crop_face(image, as_mtcnn(face), info.crop_size or info.input_size)
    return resize(_grey(crop) if grayscale else crop, info.input_size)


def _view(values: np.ndarray, name: str, info: ModelInfo, grayscale: bool) -> np.ndarray:
    if name == "geometry":
        return measurements(values)
    return resize(_grey(values) if grayscale else values, info.input_size)


def _grey(picture: np.ndarray) -> np.ndarray:
    return np.repeat(np.asarray(Image.fromarray(picture).convert("L"))[..., None], 3, axis=2)
