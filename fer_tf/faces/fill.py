"""Filling a hole in a picture from what is around it."""

from collections.abc import Callable

import cv2
import numpy as np

# cv2.inpaint's time grows with the hole; beyond this side it is seconds, and only smears further.
_INPAINT_SIDE = 128
_INPAINT_RADIUS = 3
# The grain laid over what was inpainted is the same for every picture of a size.
_GRAIN_SEED = 0
# Median of |x| of a standard normal deviate, and of what a blur of one pixel takes from white noise.
_MEDIAN_OF_NOISE = 0.6745 * 0.87


def mean_fill(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """The mean colour outside the hole everywhere; of the picture when nothing is outside.

    Args:
        image: uint8 (H, W, 3).
        hole: bool (H, W).

    Returns:
        float32 (H, W, 3), 0..255.
    """
    outside = image[~hole] if not hole.all() else image.reshape(-1, 3)
    return np.broadcast_to(outside.mean(0, dtype=np.float64).astype(np.float32), image.shape)


def blur_fill(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Colours flow into the hole from its edge, the wider the deeper.

    Push-pull on a Gaussian pyramid (Gortler et al. 1996, "The Lumigraph", section 3.4.1): each
    level is the weighted mean of the known pixels of the finer one, and gives the finer one what it lacks.

    Args:
        image: uint8 (H, W, 3).
        hole: bool (H, W).

    Returns:
        float32 (H, W, 3), 0..255; outside the hole the image itself.
    """
    if hole.all():
        return mean_fill(image, hole)
    return _push_pull(image.astype(np.float32), (~hole).astype(np.float32))


def inpaint_fill(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Lines that reach the hole go on in it, with the picture's grain.

    Bertalmio et al. 2001 ("Navier-Stokes"), as OpenCV has it, on the picture reduced to 128 pixels, then
    noise. Telea's method, tried beside it, leaves wedges that begin in the middle of the hole.

    Args:
        image: uint8 (H, W, 3).
        hole: bool (H, W).

    Returns:
        float32 (H, W, 3), 0..255.
    """
    height, width = hole.shape
    scale = min(1.0, _INPAINT_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if hole.all() or min(size) < 3:  # OpenCV leaves random values in pictures of one line
        return blur_fill(image, hole)
    # Filled first, so that a reduced pixel at the edge holds nothing of the person.
    smooth = blur_fill(image, hole)
    small = cv2.resize(smooth, size, interpolation=cv2.INTER_AREA).round().astype(np.uint8)
    small_hole = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    filled = cv2.inpaint(small, small_hole.astype(np.uint8), _INPAINT_RADIUS, cv2.INPAINT_NS)
    return cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC) + _grain(smooth, hole)


FILLS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "mean": mean_fill,
    "blur": blur_fill,
    "inpaint": inpaint_fill,
}


def _grain(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """float32 (H, W, 1): noise as strong as the picture's own outside the hole."""
    grey = image.mean(2)
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.0))
    # The median leaves out edges and texture, which are no noise.
    strength = np.median(fine[~hole]) / _MEDIAN_OF_NOISE
    noise = np.random.default_rng(_GRAIN_SEED).standard_normal(hole.shape).astype(np.float32)
    return np.float32(strength) * noise[..., None]


def _push_pull(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Fills where the weight is 0 from where it is 1; float32 (H, W, C) and (H, W)."""
    if min(weight.shape) < 2 or weight.all():
        total = max(float(weight.sum()), 1e-12)
        mean = (values * weight[..., None]).sum((0, 1)) / total
        return np.where(weight[..., None] > 0, values, mean)
    mass = cv2.pyrDown(weight)
    sums = cv2.pyrDown(values * weight[..., None]).reshape(*mass.shape, -1)
    known = sums / np.maximum(mass, 1e-6)[..., None]
    # A coarse pixel that saw anything knows it; a mean of few is still a mean.
    coarse = _push_pull(known, np.minimum(mass * 4, 1))
    size = weight.shape[::-1]
    finer = cv2.pyrUp(coarse, dstsize=size).reshape(values.shape)
    return values * weight[..., None] + finer * (1 - weight[..., None])
