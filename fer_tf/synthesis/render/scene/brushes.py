"""Flat paint for places: noise, palettes, gradients and the lens that softens it all.

Colours are sRGB 0..255, pictures uint8 (height, width, 3). Every place is drawn SIDE pixels
wide and high and scaled afterwards, so that a place looks the same at any size; behind a person
it is out of focus, and needs no more.
"""

import functools
from collections.abc import Sequence

import cv2
import numpy as np

from fer_tf.synthesis.render.scene import pixels as loops

SIDE = 128
Colour = tuple[float, float, float]

# Sheets of noise that repeat without a seam. Each is a sum of blurred white noise:
# (blur across in pixels, blur down, weight).
_NOISE_SIDE = 512
_OCTAVES = {
    "cloud": ((56, 30, 1.0), (26, 14, 0.62), (12, 7, 0.40), (5, 3.5, 0.22), (2, 1.5, 0.12)),
    "plaster": ((60, 60, 1.0), (20, 20, 0.5), (1.0, 1.0, 0.5)),
    "grain": ((0.7, 0.7, 1.0), (3, 3, 0.5), (30, 30, 0.5)),
    "stone": ((1.2, 1.2, 0.8), (5, 5, 1.0), (16, 16, 0.9)),
    "leaf": ((1.3, 1.1, 1.0), (4.5, 3.5, 1.0), (14, 11, 1.0), (40, 34, 0.7)),
    "streak": ((36, 0.7, 1.0), (18, 2.5, 0.8), (90, 12, 0.8)),
    "blade": ((0.7, 2.2, 1.0), (4, 3, 0.5), (30, 9, 0.9)),
    "fold": ((1.6, 50, 0.8), (4, 70, 1.0), (12, 90, 0.6)),
    "ripple": ((14, 0.9, 1.0), (30, 2.2, 1.0), (70, 7, 0.6)),
}
_NOISE_SPREAD = 46.0  # grey levels per standard deviation
_NOISE_SEED = 365
# What is drawn pixel by pixel takes every other value of a noise, what hangs on panels every one.
COARSE = 2


def one_of(rng: np.random.Generator, options: Sequence):
    """One of the options, each as likely."""
    return options[int(rng.random() * len(options))]


def vary(rng: np.random.Generator, colour: Colour, amount: float = 0.12) -> Colour:
    """A colour near another: brightness, and less so hue, changed by up to a share ``amount`` < 0.7."""
    overall, red, green, blue = rng.random(4).tolist()
    base = 1.0 + amount * (2.0 * overall - 1.0)
    own = 0.4 * amount
    return _inside(
        colour[0] * (base + own * (2.0 * red - 1.0)),
        colour[1] * (base + own * (2.0 * green - 1.0)),
        colour[2] * (base + own * (2.0 * blue - 1.0)),
    )


def _inside(red: float, green: float, blue: float) -> Colour:
    """A colour with parts below 255."""
    return red if red < 255.0 else 255.0, green if green < 255.0 else 255.0, blue if blue < 255.0 else 255.0


def scaled(colour: Colour, factor: float) -> Colour:
    """A colour made darker or lighter by a factor."""
    return _inside(colour[0] * factor, colour[1] * factor, colour[2] * factor)


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """A colour between two: ``share`` 0 gives the first, 1 the second."""
    return tuple(a + (b - a) * share for a, b in zip(first, second, strict=True))


def tones(colour: Colour, contrast: float = 0.15) -> tuple[Colour, ...]:
    """Palette of one material: dark, itself, light."""
    return scaled(colour, 1.0 - contrast), colour, scaled(colour, 1.0 + contrast)


@functools.cache
def _noise_sheet(kind: str) -> np.ndarray:
    """uint8 (_NOISE_SIDE, _NOISE_SIDE) with mean 128; the same in every process."""
    rng = np.random.default_rng([_NOISE_SEED, sorted(_OCTAVES).index(kind)])
    down = np.fft.fftfreq(_NOISE_SIDE)[:, None]
    across = np.fft.rfftfreq(_NOISE_SIDE)[None, :]
    total = np.zeros((_NOISE_SIDE, _NOISE_SIDE))
    for blur_across, blur_down, weight in _OCTAVES[kind]:
        spectrum = np.fft.rfft2(rng.standard_normal(total.shape))
        spectrum *= np.exp(-2.0 * np.pi**2 * ((blur_across * across) ** 2 + (blur_down * down) ** 2))
        spectrum[0, 0] = 0.0
        octave = np.fft.irfft2(spectrum, s=total.shape)
        total += weight * octave / octave.std()
    sheet = np.clip(128.0 + _NOISE_SPREAD * total / total.std(), 0.0, 255.0).astype(np.uint8)
    sheet.flags.writeable = False
    return sheet


def noise(rng: np.random.Generator, kind: str, height: int, width: int, step: int = 1) -> np.ndarray:
    """A random piece of a noise sheet.

    Args:
        rng: source of randomness.
        kind: key of ``_OCTAVES``.
        height: pixels, at most 512 / step.
        width: pixels, at most 512 / step.
        step: of the sheet, so many of its pixels make one.

    Returns:
        uint8 (height, width), mean about 128, spread about 46; not to be written to.
    """
    top = int(rng.integers(_NOISE_SIDE - step * height + 1))
    left = int(rng.integers(_NOISE_SIDE - step * width + 1))
    piece = _noise_sheet(kind)[top : top + step * height : step, left : left + step * width : step]
    return piece[:, ::-1] if rng.random() < 0.5 else piece


def colour_map(levels: np.ndarray, stops: Sequence[Colour]) -> np.ndarray:
    """Turns grey levels to colours.

    Args:
        levels: uint8 (height, width).
        stops: colours spread evenly over the levels 40..216, where noise mostly lies.

    Returns:
        uint8 (height, width, 3).
    """
    return cv2.applyColorMap(np.ascontiguousarray(levels), palette(stops))


def palette(stops: Sequence[Colour]) -> np.ndarray:
    """Colours of the levels 0..255, uint8 (256, 1, 3); see ``colour_map``."""
    return loops.palette(np.array(stops, np.float64))


def texture(
    rng: np.random.Generator, kind: str, stops: Sequence[Colour], height: int, width: int, step: int = 1
) -> np.ndarray:
    """Noise in the colours of a palette, uint8 (height, width, 3); see ``noise`` and ``colour_map``."""
    return colour_map(noise(rng, kind, height, width, step), stops)


def gradient(stops: Sequence[Colour], height: int, width: int, sideways: bool = False) -> np.ndarray:
    """Colours that run from the top (or the left, if ``sideways``) through evenly spread stops."""
    line = np.array(stops, np.float32)[:, None]
    ramp = cv2.resize(line, (1, width if sideways else height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    ramp = ramp.transpose(1, 0, 2) if sideways else ramp
    return np.ascontiguousarray(np.broadcast_to(ramp, (height, width, 3)))


def region(picture: np.ndarray, left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """View of a part of a picture, its edges given as shares 0..1; at least 2x2 pixels."""
    height, width = picture.shape[:2]
    row, column = min(int(top * height), height - 2), min(int(left * width), width - 2)
    return picture[row : max(row + 2, int(bottom * height)), column : max(column + 2, int(right * width))]


def shade(picture: np.ndarray, gain: np.ndarray | float) -> None:
    """Multiplies a picture in place by one gain, or by gains that broadcast to (height, width)."""
    if isinstance(gain, np.ndarray):
        gains = gain if gain.dtype == np.float32 else gain.astype(np.float32)
        loops.multiply(picture, np.broadcast_to(gains, picture.shape[:2]))
    else:
        picture[:] = cv2.convertScaleAbs(picture, alpha=float(gain))


def dapple(picture: np.ndarray, rng: np.random.Generator, strength: float, cells: int = 3) -> None:
    """Multiplies a picture in place by soft patches of light and shade.

    Args:
        picture: uint8 (height, width, 3).
        rng: source of randomness.
        strength: 0..1, how far the gain leaves 1.
        cells: patches along a side.
    """
    coarse = rng.uniform(1.0 - strength, 1.0 + strength, (cells, cells)).astype(np.float32)
    shade(picture, cv2.resize(coarse, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC))


@functools.cache
def corner_shade(height: int, width: int) -> np.ndarray:
    """Gain 0..1, float32 (height, width): walls are darker where they meet others."""
    rows = np.minimum(np.arange(height), np.arange(height)[::-1])[:, None] / height
    columns = np.minimum(np.arange(width), np.arange(width)[::-1])[None, :] / width
    gain = (1.0 - 0.30 * np.exp(-rows / 0.07)) * (1.0 - 0.30 * np.exp(-columns / 0.06))
    gain = gain.astype(np.float32)
    gain.flags.writeable = False
    return gain


@functools.cache
def _vignette() -> np.ndarray:
    rows, columns = (np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) + 0.5) / SIDE * 2.0 - 1.0
    fall = (rows**2 + columns**2)[..., None]
    fall.flags.writeable = False
    return fall


def through_lens(
    pixels: np.ndarray, glow: np.ndarray, bokeh: np.ndarray, rng: np.random.Generator, tint: Colour, blur: float
) -> np.ndarray:
    """What the camera makes of a painted place: uneven light, blur, halos of lamps, vignette.

    Args:
        pixels: uint8 (SIDE, SIDE, 3), the painting.
        glow: uint8 (SIDE / 2, SIDE / 2, 3), light sources that get a halo.
        bokeh: uint8 (SIDE, SIDE, 3), discs of light far out of focus.
        rng: source of randomness.
        tint: factors on red, green and blue, about 1.
        blur: standard deviation in pixels of SIDE, above 0.

    Returns:
        uint8 (SIDE, SIDE, 3).
    """
    # Squares stand for linear light: blurred lamps stay bright, as behind a real lens.
    field = rng.uniform(0.74, 1.26, (4, 4, 1)) * np.array(tint) / 255.0**2
    field = cv2.resize(field.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    field *= 1.0 - rng.uniform(0.0, 0.22) * _vignette()
    light = pixels.astype(np.float32)
    light *= light
    light *= field
    light = cv2.GaussianBlur(light, (0, 0), blur)
    if glow.any():
        halo = cv2.GaussianBlur(glow, (0, 0), 1.2).astype(np.float32)
        halo += cv2.GaussianBlur(glow.astype(np.float32), (0, 0), 6.0) * 1.6
        light += cv2.resize(halo * np.float32(0.7 / 255.0), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    if bokeh.any():
        light += bokeh * np.float32(1.0 / 255.0)
    np.minimum(light, 1.0, out=light)
    return cv2.convertScaleAbs(cv2.sqrt(light), alpha=255.0)
