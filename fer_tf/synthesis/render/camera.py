"""What lens, sensor and file do to a picture."""

import functools

import cv2
import numpy as np

from fer_tf.errors import InputError
from fer_tf.synthesis.render.spec import Camera

# Allowed values, lowest and highest.
RANGES = {
    "exposure": (0.1, 4.0),
    "defocus": (0.0, 0.03),
    "motion": (0.0, 0.06),
    "motion_angle": (-360.0, 360.0),
    "noise": (0.0, 30.0),
    "jpeg_quality": (5, 100),
    "resolution": (0.1, 1.0),
}
WHITE_BALANCE_RANGE = (0.5, 2.0)
# Share of the noise's variance that comes from reading the sensor; the rest grows with the light.
READ_NOISE_SHARE = 0.3
# How likely and how strong each fault is at severity 1, tuned to look like pictures from the web:
# nearly all went through JPEG, many were shrunk, few are badly blurred.
_FAULTS = {"exposure": 0.6, "defocus": 0.45, "motion": 0.2, "noise": 0.7, "resolution": 0.55, "white_balance": 0.6}
_JPEG_CHANCE = 0.85
_GRAYSCALE_CHANCE = 0.18


def draw_camera(rng: np.random.Generator, severity: float) -> Camera:
    """A camera as good or bad as asked; which faults it has differs from draw to draw.

    Args:
        rng: source of all chance; the number of draws does not depend on ``severity``.
        severity: 0 leaves every picture as it is .. 1 bad.

    Raises:
        InputError: severity outside 0..1.
    """
    if not 0.0 <= severity <= 1.0:
        raise InputError(f"severity {severity}: expected 0 (clean) .. 1 (bad)")
    strength = {name: severity * rng.uniform(0.25, 1.0) for name in _FAULTS}
    present = {name: rng.random() < chance * min(1.0, 1.6 * severity) for name, chance in _FAULTS.items()}
    amount = {name: strength[name] * present[name] for name in _FAULTS}
    brighter, warmth, green = rng.random() < 0.4, rng.normal(), rng.normal()
    angle, quality, is_jpeg, gray = rng.uniform(0.0, 180.0), rng.random(), rng.random(), rng.random()
    return Camera(
        exposure=float(2.0 ** (amount["exposure"] * (0.9 if brighter else -1.9))),
        defocus=float(0.014 * amount["defocus"]),
        motion=float(0.035 * amount["motion"]),
        motion_angle=float(angle),
        noise=float(10.0 * amount["noise"]),
        jpeg_quality=int(97 - severity * (12 + 62 * quality)) if severity and is_jpeg < _JPEG_CHANCE else 100,
        resolution=float(1.0 - 0.72 * amount["resolution"]),
        grayscale=bool(gray < _GRAYSCALE_CHANCE * severity),
        white_balance=_white_balance(amount["white_balance"], warmth, green),
    )


def _white_balance(amount: float, warmth: float, green: float) -> tuple[float, float, float]:
    """Factors for a mistaken colour of the light: blue to orange mostly, a little green to magenta."""
    logs = amount * np.array([0.16 * warmth, 0.04 * green, -0.16 * warmth])
    return tuple(float(factor) for factor in np.exp(logs - logs.mean()).clip(*WHITE_BALANCE_RANGE))


def check_camera(camera: Camera) -> None:
    """Refuses a camera that cannot be.

    Raises:
        InputError: a value outside its range; the message names both.
    """
    for name, (low, high) in RANGES.items():
        value = getattr(camera, name)
        if not low <= value <= high:
            raise InputError(f"camera: {name} {value}: expected {low:g}..{high:g}")
    low, high = WHITE_BALANCE_RANGE
    if len(camera.white_balance) != 3 or not all(low <= factor <= high for factor in camera.white_balance):
        raise InputError(f"camera: white_balance {camera.white_balance}: expected three factors {low:g}..{high:g}")


def photograph(image: np.ndarray, camera: Camera, rng: np.random.Generator) -> np.ndarray:
    """The picture as the camera would have stored it.

    Args:
        image: uint8 (height, width, 3), sRGB.
        camera: what to do; each part at its neutral value changes nothing.
        rng: source of the sensor's noise; not touched where there is none.

    Returns:
        uint8 of the same shape; ``image`` itself where nothing is to be done.

    Raises:
        InputError: another shape or type, or a camera out of range.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise InputError(f"photograph: expected uint8 (height, width, 3), came {image.dtype} {image.shape}")
    check_camera(camera)
    side = max(image.shape[:2])
    image = _expose(image, camera)
    if camera.defocus > 0:
        image = cv2.filter2D(image, -1, _disk(camera.defocus * side), borderType=cv2.BORDER_REPLICATE)
    if camera.motion > 0:
        smear = _line(camera.motion * side, camera.motion_angle)
        image = cv2.filter2D(image, -1, smear, borderType=cv2.BORDER_REPLICATE)
    if camera.resolution < 1:
        image = _coarsen(image, camera.resolution)
    if camera.noise > 0:
        image = _add_noise(image, camera.noise, rng)
    if camera.grayscale:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    if camera.jpeg_quality < 100:
        image = _through_jpeg(image, camera.jpeg_quality)
    return image


def _expose(image: np.ndarray, camera: Camera) -> np.ndarray:
    """White balance and exposure, both factors on linear light, by one table for each channel."""
    factors = tuple(camera.exposure * factor for factor in camera.white_balance)
    if factors == (1.0, 1.0, 1.0):
        return image
    share = np.arange(256) / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    linear = (linear[:, None] * np.array(factors)).clip(0.0, 1.0)
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return cv2.LUT(image, np.rint(srgb * 255.0).astype(np.uint8)[:, None, :])


@functools.lru_cache(maxsize=64)
def _disk(radius: float) -> np.ndarray:
    """Blur of an open aperture: a disk with a soft rim; float32, sums to 1."""
    reach = int(np.ceil(radius + 0.5))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0.0, 1.0).astype(np.float32)
    return kernel / kernel.sum()


def _line(length: float, angle: float) -> np.ndarray:
    """Smear along a line through the middle; float32, sums to 1."""
    reach = int(np.ceil(length / 2 + 0.5))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    beyond = np.abs(x * cosine + y * sine) - length / 2
    kernel = np.clip(0.5 - beyond, 0.0, 1.0) * np.clip(1.0 - np.abs(y * cosine - x * sine), 0.0, 1.0)
    return (kernel / kernel.sum()).astype(np.float32)


def _coarsen(image: np.ndarray, resolution: float) -> np.ndarray:
    """A sensor with fewer pixels, blown up again."""
    height, width = image.shape[:2]
    small = (max(1, round(width * resolution)), max(1, round(height * resolution)))
    image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)


def _add_noise(image: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Read noise, the same everywhere, and shot noise, whose variance grows with the value."""
    level = np.arange(256) / 127.5
    deviation = noise * np.sqrt(READ_NOISE_SHARE + (1.0 - READ_NOISE_SHARE) * level)
    grain = rng.standard_normal(image.shape, np.float32)
    grain *= cv2.LUT(image, deviation.astype(np.float32))
    grain += image
    return np.rint(grain, out=grain).clip(0, 255).astype(np.uint8)


def _through_jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    _, stored = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, quality))
    return cv2.cvtColor(cv2.imdecode(stored, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
