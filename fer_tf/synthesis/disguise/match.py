"""How sharp, noisy and colourful a photo is, so that what is drawn on it does not stand out."""

import cv2
import numpy as np

from fer_tf.synthesis.disguise.layer import Layer
from fer_tf.synthesis.disguise.light import LUMINANCE

# Zhuo and Sim 2011, "Defocus map estimation from a single image", section 3: blurring a blurred edge
# again by a known amount tells how blurred it was.
_REBLUR = 1.0  # pixels
_EDGES = 97.0  # percentile of the gradients that are taken for edges
_SHARP_SHARE = 70.0  # percentile of the sharpness over edges: skin has soft ones in any photo
_FILTER_VARIANCE = 0.6  # squared pixels, by which the gradient itself blurs
_DRAWN_BLUR = 0.4  # pixels, of what is drawn
_MOST_BLUR = 0.08  # E
_LEAST_NOISE, _MOST_NOISE = 1.0, 12.0  # of 255
_NOISE_SCALES = 30.0, 90.0  # pixels in one E: in a small face the features themselves look like noise
_SKIN_CHROMA = 0.25  # of skin in a photo with colours: (red - blue) / mean of linear light


def blur_of(grey: np.ndarray) -> float:
    """Standard deviation in pixels of the blur of the sharpest edges.

    Args:
        grey: float32 (H, W), at least a few pixels.

    Returns:
        Pixels, 0 or more; 0 for a flat picture too.
    """
    again = cv2.GaussianBlur(grey, (0, 0), _REBLUR)
    strength, weaker = _gradient(grey), _gradient(again)
    edges = strength >= max(float(np.percentile(strength, _EDGES)), 1e-3)
    if not edges.any() or not strength.max() > 4:
        return 0.0
    ratio = float(np.percentile(strength[edges] / np.maximum(weaker[edges], 1e-3), _SHARP_SHARE))
    return max(0.0, _REBLUR**2 / max(ratio**2 - 1, 1e-2) - _FILTER_VARIANCE) ** 0.5


def noise_of(grey: np.ndarray) -> float:
    """Standard deviation of the noise where the picture is smooth (Immerkaer 1996, "Fast noise variance estimation").

    Args:
        grey: float32 (H, W).

    Returns:
        In units of the picture.
    """
    mask = np.float32([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])
    strength = _gradient(cv2.GaussianBlur(grey, (0, 0), 1.5))
    smooth = strength <= np.percentile(strength, 40)
    return float(np.sqrt(np.pi / 2) / 6 * np.abs(cv2.filter2D(grey, -1, mask))[smooth].mean())


def _gradient(grey: np.ndarray) -> np.ndarray:
    return np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))


def face_grey(image: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Luma of the rectangle of a face.

    Args:
        image: uint8 (H, W, 3).
        pixels: float (N, 2), x and y of the face's points; some within the image.

    Returns:
        float32 (h, w) 0..255.
    """
    size = np.array(image.shape[1::-1])
    first = np.clip(np.floor(pixels.min(0)), 0, size - 1).astype(int)
    last = np.maximum(np.clip(np.ceil(pixels.max(0)), 0, size).astype(int), first + 1)
    part = np.ascontiguousarray(image[first[1] : last[1], first[0] : last[0]])
    return cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32)


def softened(layer: Layer, blur: float, scale: float) -> Layer:
    """The layer as blurred as the photo.

    Args:
        layer: as drawn.
        blur: of the photo, see ``blur_of``.
        scale: pixels in one E.

    Returns:
        The layer itself where the photo is sharp.
    """
    missing = np.sqrt(max(0.0, min(blur, _MOST_BLUR * scale + _DRAWN_BLUR) ** 2 - _DRAWN_BLUR**2))
    if missing < 0.3:
        return layer
    colour, through = (
        cv2.GaussianBlur(part, (0, 0), missing, borderType=cv2.BORDER_REPLICATE)
        for part in (layer.colour, layer.through)
    )
    return Layer(layer.left, layer.top, colour, through)


def saturation_of(skin: tuple[float, float, float]) -> float:
    """How colourful a photo is by its skin, 0 (grey) .. 1 (as usual).

    Args:
        skin: linear RGB.
    """
    return float(np.clip((max(skin) - min(skin)) / max(float(np.mean(skin)), 1e-4) / _SKIN_CHROMA, 0, 1))


def faded(layer: Layer, saturation: float) -> Layer:
    """The layer with less colour; with none at 0, in all three channels the same."""
    if saturation >= 1:
        return layer
    colour, through = (
        (part @ LUMINANCE)[..., None] * np.float32(1 - saturation) + part * np.float32(saturation)
        for part in (layer.colour, layer.through)
    )
    return Layer(layer.left, layer.top, colour, through)


def grain(noise: float, scale: float, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Noise for what is drawn.

    Args:
        noise: of the photo, see ``noise_of``.
        scale: pixels in one E.
        shape: height and width.
        rng: of the noise.

    Returns:
        float32 (H, W, 1), in units of 255.
    """
    noise *= float(np.interp(scale, _NOISE_SCALES, (0, 1)))
    if noise < _LEAST_NOISE:
        return np.zeros((*shape, 1), np.float32)
    return rng.standard_normal((*shape, 1), np.float32) * np.float32(min(noise, _MOST_NOISE))
