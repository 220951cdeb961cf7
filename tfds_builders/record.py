"""The record: the same features in every dataset, so that sets can be mixed."""

import io
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from PIL import Image

from fer_tf import labels
from fer_tf.errors import InputError

_TEXT_FIELDS = ("subject_id", "sequence_id", "source_label")
# Field -> how many values it may take, counted from its first value.
_INTEGER_FIELDS = {
    "emotion": (0, len(labels.EMOTIONS) - 1),
    "gender": (0, len(labels.GENDERS) - 1),
    "skin_tone": (labels.SKIN_TONES[0], labels.SKIN_TONES[-1]),
    "age_group": (0, len(labels.AGE_GROUPS) - 1),
    "disguise": (0, len(labels.DISGUISES) - 1),
    "frame": (0, np.iinfo(np.int32).max),
}
_FRACTION_FIELDS = {"emotion_votes": len(labels.EMOTIONS), "action_units": len(labels.ACTION_UNITS)}
_ENCODED_IMAGE_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def record_features(image_encoding: str = "png") -> tfds.features.FeaturesDict:
    """The features that every builder declares.

    Args:
        image_encoding: ``"png"`` or ``"jpeg"``, how image arrays are stored. Images
            given to ``make_record`` as bytes are stored as they are.

    Returns:
        The features: ``image`` uint8 (H, W, 3) RGB, the identifiers as text, the
        labels as int32 (-1 unknown; not ``ClassLabel``, which has no unknown),
        ``emotion_votes`` float32 (7,) and ``action_units`` float32 (24,), 0..1 with
        NaN for missing, and ``synthetic`` as bool.
    """
    return tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(None, None, 3), dtype=np.uint8, encoding_format=image_encoding),
            "image_id": tfds.features.Text(),
            **{name: tfds.features.Text() for name in _TEXT_FIELDS},
            **{name: tfds.features.Scalar(np.int32) for name in _INTEGER_FIELDS},
            **{name: tfds.features.Tensor(shape=(n,), dtype=np.float32) for name, n in _FRACTION_FIELDS.items()},
            "synthetic": tfds.features.Scalar(np.bool_),
        }
    )


def make_record(image: np.ndarray | bytes, image_id: str, **known: Any) -> dict[str, Any]:
    """One record, with the defaults for everything its source does not say.

    Args:
        image: uint8 (H, W, 3) RGB, or uint8 (H, W) grey, which reads back with the
            grey repeated to three channels, or the bytes of a PNG or JPEG file.
        image_id: unique and stable in the dataset, not empty.
        **known: any other field of ``record_features``. Left out: text is empty,
            integers are -1, votes and action units NaN, ``synthetic`` is False.

    Returns:
        A value for every feature of ``record_features``.

    Raises:
        InputError: for an unknown field, a wrong shape or type, or a value out of range.
    """
    if not image_id or not isinstance(image_id, str):
        raise InputError(f"image_id: expected text that is not empty, came {image_id!r}: give every image its own id")
    record: dict[str, Any] = {"image": _checked_image(image, image_id), "image_id": image_id}
    for name in _TEXT_FIELDS:
        record[name] = _checked_text(known.pop(name, ""), name, image_id)
    for name, allowed in _INTEGER_FIELDS.items():
        record[name] = _checked_integer(known.pop(name, labels.UNKNOWN), allowed, name, image_id)
    for name, length in _FRACTION_FIELDS.items():
        record[name] = _checked_fractions(known.pop(name, None), length, name, image_id)
    synthetic = known.pop("synthetic", False)
    if not isinstance(synthetic, bool | np.bool_):
        raise InputError(f"{image_id}: synthetic: expected True or False, came {synthetic!r}")
    record["synthetic"] = bool(synthetic)
    if known:
        raise InputError(
            f"{image_id}: unknown field {', '.join(sorted(known))}: a record has {', '.join(sorted(record))}"
        )
    return record


def _checked_image(image: Any, image_id: str) -> np.ndarray | bytes:
    if isinstance(image, bytes):
        if not image.startswith(_ENCODED_IMAGE_STARTS):
            raise InputError(f"{image_id}: image: expected the bytes of a PNG or JPEG file, came {image[:8]!r}…")
        return image
    shape, dtype = np.shape(image), getattr(image, "dtype", type(image).__name__)
    is_grey, is_rgb = len(shape) == 2, len(shape) == 3 and shape[2] == 3
    if dtype != np.uint8 or not (is_grey or is_rgb) or 0 in shape:
        raise InputError(f"{image_id}: image: expected uint8 (H, W, 3) or (H, W), came {dtype} {shape}: convert it")
    # A grey PNG is a third of the size and decodes to the same three channels.
    return _grey_png(image) if is_grey else image


def _grey_png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="png")
    return buffer.getvalue()


def _checked_text(value: Any, name: str, image_id: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"{image_id}: {name}: expected text, came {value!r}")
    return value


def _checked_integer(value: Any, allowed: tuple[int, int], name: str, image_id: str) -> int:
    low, high = allowed
    is_integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_integer or not (value == labels.UNKNOWN or low <= value <= high):
        raise InputError(f"{image_id}: {name}: expected an integer {low}..{high} or -1 for unknown, came {value!r}")
    return int(value)


def _checked_fractions(value: Any, length: int, name: str, image_id: str) -> np.ndarray:
    if value is None:
        return np.full(length, np.nan, np.float32)
    try:
        value = np.asarray(value, np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"{image_id}: {name}: expected {length} numbers, came {value!r}") from error
    if value.shape != (length,):
        raise InputError(f"{image_id}: {name}: expected {length} values, came shape {value.shape}")
    if np.any((value < 0) | (value > 1)):  # NaN compares false on both sides
        raise InputError(f"{image_id}: {name}: expected 0..1 or NaN for missing, came {value.tolist()}")
    return value
