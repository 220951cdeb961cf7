"""MTCNN's three networks (Zhang et al. 2016, arXiv 1604.02878) with the weights of the package mtcnn 1.0.0."""

import functools
import hashlib
import importlib.util
import io
from pathlib import Path

import joblib
import numpy as np

from fer_tf.errors import InputError
from fer_tf.faces.mtcnn.kernels import Layer, convolve, dense, mix, pool

RNET_SIZE, ONET_SIZE = 24, 48
# P-Net's answer is made in strips, so that what lies between the layers fits in the second cache.
_STRIP_ROWS, _STRIP_PIXELS = 16, 8192
# The weights are pickles, which could run any code: only the files of mtcnn 1.0.0 are opened.
_SHA256 = {
    "pnet": "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
    "rnet": "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
    "onet": "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
}


def pnet(level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P-Net on one level of a pyramid.

    Args:
        level: float32 (3, H, W), -1..1, at least 12 pixels high and wide.

    Returns:
        how far the left, upper, right and lower side move, in sizes of a cell, float32 (4, rows, columns),
        and the score of a face, float32 (rows, columns), 0..1; one cell for every second pixel.
    """
    first, second, third, heads = _layers("pnet")
    _, height, width = level.shape
    rows, columns = (height - 1) // 2 - 4, (width - 1) // 2 - 4
    half = columns + 4  # the width after pooling
    strip = min(rows, max(_STRIP_ROWS, _STRIP_PIXELS // width - 4))
    one, pooled = _planes(12, 2 * (strip + 4) * width), _planes(10, (strip + 4) * half)
    two, three, answers = _planes(16, (strip + 2) * half), _planes(32, strip * half), _planes(6, strip * half)
    pixels, answer = level.reshape(3, -1), np.empty((6, rows, columns), np.float32)
    for top in range(0, rows, strip):
        tall = min(strip, rows - top)
        below = min(2 * (tall + 4), height - 2 - 2 * top)
        convolve(pixels, 2 * top * width, width, first, one, below * width - 2)
        pool(one, one.shape[1], width, (below, width - 2), 2, pooled, (tall + 4, half))
        convolve(pooled, 0, half, second, two, (tall + 2) * half - 2)
        convolve(two, 0, half, third, three, tall * half - 4)
        mix(three, heads, answers, tall * half - 4)
        answer[:, top : top + tall] = answers.reshape(6, strip, half)[:, :tall, :columns]
    return answer[:4], _scores(answer[4], answer[5])


def rnet(crops: np.ndarray) -> np.ndarray:
    """R-Net on crops, float32 (3, n, 24, 24), -1..1.

    Returns:
        float32 (n, 5): moves of the four sides in sizes of the box, and the score of a face.
    """
    first, second, third, hidden, heads = _layers("rnet")
    x = _pool(_convolve(crops, first), 22, 3)
    x = _pool(_convolve(x, second), 9, 3)
    return _decide(_convolve(x, third), hidden, heads)


def onet(crops: np.ndarray) -> np.ndarray:
    """O-Net on crops, float32 (3, n, 48, 48), -1..1.

    Returns:
        float32 (n, 15): moves of the four sides in sizes of the box, five x and five y of keypoints
        as shares of the box, and the score of a face.
    """
    first, second, third, fourth, hidden, heads = _layers("onet")
    x = _pool(_convolve(crops, first), 46, 3)
    x = _pool(_convolve(x, second), 21, 3)
    x = _pool(_convolve(x, third), 8, 2)
    return _decide(_convolve(x, fourth), hidden, heads)


def _planes(channels: int, pixels: int) -> np.ndarray:
    return np.zeros((channels, pixels), np.float32)


def _convolve(x: np.ndarray, layer: Layer) -> np.ndarray:
    """Of square pictures (C, n, side, side), which stay as wide; the last rows and columns mean nothing."""
    channels, count, side, _ = x.shape
    pixels = count * side * side
    # 2x2 kernels, run as 3x3 with zeros, reach a row and a pixel beyond the last picture.
    longer = _planes(channels, pixels + 2 * side + 2)
    longer[:, :pixels] = x.reshape(channels, -1)
    out = np.empty((len(layer.bias), pixels), np.float32)
    convolve(longer, 0, side, layer, out, pixels)
    return out.reshape(len(out), count, side, side)


def _pool(x: np.ndarray, valid: int, window: int) -> np.ndarray:
    """Of square pictures, of which the first ``valid`` rows and columns mean something."""
    channels, count, side, _ = x.shape
    half = valid // 2  # the last window of an even number is cut off, as the package has it
    out = np.empty((channels, count * half * half), np.float32)
    pool(x.reshape(channels, -1), side * side, side, (valid, valid), window, out, (half, half))
    return out.reshape(channels, count, half, half)


def _decide(x: np.ndarray, hidden: Layer, heads: Layer) -> np.ndarray:
    """Both dense layers, on the 3x3 valid pixels of each picture."""
    features = x[:, :, :3, :3].swapaxes(0, 1).reshape(x.shape[1], 9 * len(x))
    values = np.empty((len(features), len(hidden.bias)), np.float32)
    answers = np.empty((len(features), len(heads.bias)), np.float32)
    dense(features, hidden, values)
    values = np.maximum(values, 0) + hidden.slopes * np.minimum(values, 0)
    dense(values, heads, answers)
    return np.column_stack([answers[:, :-2], _scores(answers[:, -2], answers[:, -1])])


def _scores(no: np.ndarray, yes: np.ndarray) -> np.ndarray:
    """Softmax of two logits, in float32: where the package finds several faces sure, so do we."""
    larger = np.maximum(no, yes)
    no, yes = np.exp(no - larger), np.exp(yes - larger)
    return yes / (no + yes)


@functools.cache
def _layers(name: str) -> tuple[Layer, ...]:
    """Layers in order; all outputs of a network are one layer, the logits last."""
    arrays = _read(name)
    # P-Net is convolutions all through; the others end in a dense layer before the outputs.
    ends = {"pnet": 3, "rnet": 4, "onet": 5}[name]
    layers = [arrays[3 * i : 3 * i + 3] for i in range(ends)]
    outputs = arrays[3 * ends :]
    kernel, bias = (np.concatenate(outputs[start::2], axis=-1) for start in (0, 1))
    if name == "pnet":
        last = Layer(np.ascontiguousarray(kernel[0, 0].T), bias, bias)
        return *(_convolution(*layer) for layer in layers), last
    *convolutions, (weights, *rest) = layers
    # The weights count columns before rows before channels; our planes lie the other way.
    weights = weights.reshape(3, 3, -1, weights.shape[1]).transpose(2, 1, 0, 3).reshape(weights.shape)
    hidden = Layer(np.ascontiguousarray(weights), *rest)
    return *(_convolution(*layer) for layer in convolutions), hidden, Layer(kernel, bias, bias)


def _convolution(kernel: np.ndarray, bias: np.ndarray, slopes: np.ndarray) -> Layer:
    height, width, channels, outputs = kernel.shape
    # Zeros around 2x2 kernels, and outputs of nothing up to a multiple of four.
    more = -outputs % 4
    kernel = np.pad(kernel, ((0, 3 - height), (0, 3 - width), (0, 0), (0, more)))
    bias, slopes = np.pad(bias, (0, more)), np.pad(slopes.ravel(), (0, more))
    return Layer(np.ascontiguousarray(kernel.reshape(9, channels, -1).T), bias, slopes)


def _read(name: str) -> list[np.ndarray]:
    # Found without importing the package, which would take TensorFlow's seconds.
    package = importlib.util.find_spec("mtcnn")
    path = Path(package.origin).parent / "assets" / "weights" / f"{name}.lz4" if package else Path(f"{name}.lz4")
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != _SHA256[name]:
        raise InputError(f"{path}: expected the weights of mtcnn 1.0.0, which are not there; pip install mtcnn==1.0.0")
    return joblib.load(io.BytesIO(content))
