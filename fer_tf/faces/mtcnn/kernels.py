"""Layers of MTCNN's networks as compiled loops over planes of float32 pixels.

TensorFlow, XLA and TFLite were measured first: their convolutions are made for many channels, and
MTCNN's have 3 to 64. Here the innermost loop runs along a row of pixels, for four channels at a time,
so that the processor's wide registers are full whatever the number of channels. Nothing depends on
what else is worked on, and Python's global lock is not held.

Pictures are (channels, pixels): rows, and then whole pictures, lie behind each other in each plane.
Convolutions run over the ends of rows and pictures; what they write there means nothing and is not read.
"""

from typing import NamedTuple

import numba
import numpy as np

# Pixels at a time: enough that starting a loop costs nothing, few enough for the caches.
_CHUNK = 1024

# Products may be fused with sums; the order of sums stays.
_compiled = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})
_leaf = numba.njit(
    cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"}, _nrt=False, forceinline=True
)


class Layer(NamedTuple):
    """A layer, all float32: weights as the kernel wants them, bias and the slope of the PReLU of each output."""

    weights: np.ndarray
    bias: np.ndarray
    slopes: np.ndarray


@_compiled
def convolve(x, first, width, layer, out, count):
    """Convolution with 3x3 kernels without padding, then PReLU.

    Args:
        x: float32 (C, pixels).
        first: pixel of ``x`` at which to begin.
        width: of a row of ``x``.
        layer: weights (O, C or fewer, 9), O a multiple of 4.
        out: float32 (O, pixels), written from its beginning, rows as wide as those of ``x``.
        count: pixels to write.
    """
    weights, bias, slopes = layer
    for start in range(0, count, _CHUNK):
        size = min(_CHUNK, count - start)
        for o in range(0, len(bias), 4):
            a, b = out[o, start : start + size], out[o + 1, start : start + size]
            c, d = out[o + 2, start : start + size], out[o + 3, start : start + size]
            a[:], b[:], c[:], d[:] = bias[o], bias[o + 1], bias[o + 2], bias[o + 3]
            for channel in range(weights.shape[1]):
                for row in range(3):
                    above = first + start + row * width
                    _add_row(x[channel, above : above + size + 2], weights, o, channel, 3 * row, a, b, c, d)
            _prelu(a, slopes[o])
            _prelu(b, slopes[o + 1])
            _prelu(c, slopes[o + 2])
            _prelu(d, slopes[o + 3])


@_leaf
def _add_row(x, weights, o, channel, k, a, b, c, d):
    # Spelt out, so that the twelve weights and four sums stay in registers.
    a0, a1, a2 = weights[o, channel, k], weights[o, channel, k + 1], weights[o, channel, k + 2]
    b0, b1, b2 = weights[o + 1, channel, k], weights[o + 1, channel, k + 1], weights[o + 1, channel, k + 2]
    c0, c1, c2 = weights[o + 2, channel, k], weights[o + 2, channel, k + 1], weights[o + 2, channel, k + 2]
    d0, d1, d2 = weights[o + 3, channel, k], weights[o + 3, channel, k + 1], weights[o + 3, channel, k + 2]
    for i in range(len(a)):
        before, here, after = x[i], x[i + 1], x[i + 2]
        a[i] = a[i] + a0 * before + a1 * here + a2 * after
        b[i] = b[i] + b0 * before + b1 * here + b2 * after
        c[i] = c[i] + c0 * before + c1 * here + c2 * after
        d[i] = d[i] + d0 * before + d1 * here + d2 * after


@_leaf
def _prelu(values, slope):
    for i in range(len(values)):
        value = values[i]
        values[i] = value if value > 0 else value * slope


@_compiled
def pool(x, picture, width, valid, side, out, out_shape):
    """Largest value in windows of ``side`` pixels at every second pixel, cut off at a picture's end.

    Args:
        x: float32 (C or more, pixels), pictures behind each other; the first column that means
            nothing is overwritten.
        picture: pixels of one picture in ``x``.
        width: of a row of ``x``.
        valid: rows and columns of a picture that mean something, the first ones.
        side: of a window, 2 or 3.
        out: float32 (C, pixels), as many pictures, without gaps.
        out_shape: rows and columns of one of them.
    """
    size = 2 * out_shape[1] - 1
    largest = np.empty(size, np.float32)
    for c in range(out.shape[0]):
        target = 0
        for start in range(0, x.shape[1] - picture + 1, picture):
            for row in range(valid[0]):
                x[c, start + row * width + valid[1]] = -np.inf
            for row in range(0, 2 * out_shape[0], 2):
                # Below the last row it is looked at again.
                one = start + row * width
                two = start + min(row + 1, valid[0] - 1) * width
                three = start + min(row + 2, valid[0] - 1) * width
                if side == 2:
                    _largest_of_four(x[c, one : one + size + 1], x[c, two : two + size + 1], largest)
                else:
                    rows = x[c, one : one + size + 2], x[c, two : two + size + 2], x[c, three : three + size + 2]
                    _largest_of_nine(rows[0], rows[1], rows[2], largest)
                for column in range(out_shape[1]):
                    out[c, target + column] = largest[2 * column]
                target += out_shape[1]


@_leaf
def _largest_of_four(one, two, out):
    for i in range(len(out)):
        out[i] = _larger(_larger(one[i], one[i + 1]), _larger(two[i], two[i + 1]))


@_leaf
def _largest_of_nine(one, two, three, out):
    for i in range(len(out)):
        a, b, c = _larger(one[i], one[i + 1]), _larger(two[i], two[i + 1]), _larger(three[i], three[i + 1])
        d, e, f = one[i + 2], two[i + 2], three[i + 2]
        out[i] = _larger(_larger(_larger(a, b), _larger(c, d)), _larger(e, f))


@_leaf
def _larger(a, b):
    return a if a > b else b  # one instruction, other than max, which minds NaN


@_compiled
def mix(x, layer, out, count):
    """Convolution with 1x1 kernels.

    Args:
        x: float32 (C, pixels), C a multiple of 4.
        layer: weights (O, C); it has no PReLU.
        out: float32 (O, pixels).
        count: pixels to write.
    """
    weights, bias, _ = layer
    for start in range(0, count, _CHUNK):
        end = min(start + _CHUNK, count)
        for o in range(len(bias)):
            sums = out[o, start:end]
            sums[:] = bias[o]
            for c in range(0, x.shape[0], 4):
                w = weights[o, c : c + 4]
                _add_four(x[c, start:end], x[c + 1, start:end], x[c + 2, start:end], x[c + 3, start:end], w, sums)


@_compiled
def dense(x, layer, out):
    """A fully connected layer, without its PReLU.

    Args:
        x: float32 (n, K), K a multiple of 4.
        layer: weights (K, O).
        out: float32 (n, O).
    """
    weights, bias, _ = layer
    for row in range(len(x)):
        for i in range(len(bias)):  # plain loops compile much faster than assignments of arrays
            out[row, i] = bias[i]
    for k in range(0, x.shape[1], 4):
        for row in range(len(x)):
            _add_four(weights[k], weights[k + 1], weights[k + 2], weights[k + 3], x[row, k : k + 4], out[row])


@_leaf
def _add_four(a, b, c, d, shares, sums):
    s, t, u, v = shares[0], shares[1], shares[2], shares[3]
    for i in range(len(sums)):
        sums[i] = sums[i] + s * a[i] + t * b[i] + u * c[i] + v * d[i]
