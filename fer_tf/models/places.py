"""What a place network's answers mean: categories, indoors or outdoors, attributes."""

import functools
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np

from fer_tf.errors import InputError
from fer_tf.models.outputs import softmax

INDOOR, OUTDOOR = "indoor", "outdoor"
# So many of the likeliest categories vote, as in Places365's demonstration.
VOTES = 10


@functools.cache
def category_names() -> tuple[str, ...]:
    """The 365 categories in the order of the logits, such as ``"bedroom"`` and ``"apartment_building/outdoor"``."""
    # "/a/airfield 0": a folder by first letter, and the number.
    return tuple(line.split()[0][3:] for line in _lines("categories_places365.txt"))


@functools.cache
def indoor_categories() -> np.ndarray:
    """Whether each category is indoors, bool (365,), read-only."""
    flags = np.array([line.split()[1] == "1" for line in _lines("IO_places365.txt")])
    flags.flags.writeable = False
    return flags


@functools.cache
def attribute_names() -> tuple[str, ...]:
    """The 102 attributes in the order of the matrix's rows, such as ``"natural light"``."""
    return tuple(_lines("labels_sunattribute.txt"))


def top_categories(logits: np.ndarray, names: Sequence[str], count: int = 5) -> list[list[tuple[str, float]]]:
    """The likeliest categories of each picture.

    Args:
        logits: float (B, C).
        names: of the C categories.
        count: how many.

    Returns:
        for each picture (name, probability 0..1), likeliest first.

    Raises:
        InputError: logits of another number of categories.
    """
    _check_columns(logits, len(names), "logits")
    probabilities = softmax(logits)
    return [[(names[n], float(row[n])) for n in _largest(row, count)] for row in probabilities]


def indoor_or_outdoor(logits: np.ndarray, votes: int = VOTES) -> list[tuple[str, float]]:
    """Indoors or outdoors, by vote of each picture's likeliest categories of Places365.

    Args:
        logits: float (B, 365).
        votes: how many categories vote; with as many for either it is outdoors, as in the original.

    Returns:
        for each picture (``INDOOR`` or ``OUTDOOR``, share of the votes for it).

    Raises:
        InputError: logits of another number of categories.
    """
    indoor = indoor_categories()
    _check_columns(logits, len(indoor), "logits")
    shares = [float(indoor[_largest(row, votes)].mean()) for row in np.asarray(logits)]
    return [(INDOOR, share) if share > 0.5 else (OUTDOOR, 1 - share) for share in shares]


def load_attribute_matrix(path: str | Path) -> np.ndarray:
    """Reads ``W_sceneattribute_wideresnet18.npy``, float32 (102, 512), without executing anything of it.

    Raises:
        InputError: no such file, not an array of numbers, or of another shape.
    """
    path, shape = Path(path), (len(attribute_names()), 512)
    if not path.is_file():
        raise InputError(f"attribute matrix {path} does not exist: give W_sceneattribute_wideresnet18.npy of Places365")
    try:
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)  # mapped: its shape is looked at first
    except (ValueError, OSError, EOFError, SyntaxError, MemoryError, RecursionError) as error:
        raise InputError(f"attribute matrix {path} is no array of NumPy without objects: give Places365's") from error
    if not isinstance(matrix, np.ndarray) or matrix.dtype.kind != "f" or matrix.shape != shape:
        found = f"{matrix.dtype} {matrix.shape}" if isinstance(matrix, np.ndarray) else "an archive"
        raise InputError(f"attribute matrix {path} has {found}: expected float {shape}, give Places365's")
    return np.array(matrix, np.float32)


def top_attributes(features: np.ndarray, matrix: np.ndarray, count: int = 9) -> list[list[tuple[str, float]]]:
    """The attributes that answer most strongly to each picture.

    Args:
        features: float (B, 512) of ``wideresnet_places(top=False)``.
        matrix: see ``load_attribute_matrix``.
        count: how many.

    Returns:
        for each picture (name, response), strongest first. Responses are no probabilities: the matrix
        has no bias, and its source gives no threshold.

    Raises:
        InputError: features of another network.
    """
    _check_columns(features, matrix.shape[1], "features")
    responses = np.asarray(features, np.float32) @ matrix.T
    names = attribute_names()
    return [[(names[n], float(row[n])) for n in _largest(row, count)] for row in responses]


def _largest(row: np.ndarray, count: int) -> np.ndarray:
    return np.argsort(-row, kind="stable")[:count]


def _check_columns(values: np.ndarray, columns: int, what: str) -> None:
    if np.ndim(values) != 2 or np.shape(values)[1] != columns:
        raise InputError(f"{what} have shape {np.shape(values)}: expected (pictures, {columns})")


def _lines(name: str) -> list[str]:
    return (resources.files("fer_tf.models.places365") / name).read_text().splitlines()
