"""Disguises faces in photographs."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from fer_tf.errors import InputError
from fer_tf.faces.face import Mesh
from fer_tf.labels import DISGUISES
from fer_tf.synthesis.disguise import match
from fer_tf.synthesis.disguise.dress import ears_covered, hair_colour, head_surfaces, worn_surfaces
from fer_tf.synthesis.disguise.fit import Fit, fit_head
from fer_tf.synthesis.disguise.layer import LEAST_SEEN, Layer, draw_layer
from fer_tf.synthesis.disguise.light import PhotoLight, read_light
from fer_tf.synthesis.disguise.paint import beard_shade_layer, make_up_layer
from fer_tf.synthesis.render.surface import to_linear, to_srgb

# Their loops and temples go to the ears, under hair that hangs over these.
_BEHIND_HAIR = ("surgical_mask", "cloth_mask", "n95", "gas_mask", "sunglasses", "clear_glasses")
_LEAST_ALPHA = 1 / 255


@dataclasses.dataclass(frozen=True)
class Disguised:
    """A photo with a disguise drawn on it.

    Attributes:
        image: uint8, shape of the photo; where ``alpha`` is 0, the photo's own bytes.
        alpha: float32 (H, W) 0..1, how far disguise and shadow hide the photo.
        placed: for each mesh that was given, whether it wears the disguise.
    """

    image: np.ndarray
    alpha: np.ndarray
    placed: tuple[bool, ...]


def disguise_faces(
    images: Sequence[np.ndarray],
    meshes: Sequence[Sequence[Mesh | None]],
    disguise: str,
    seeds: Sequence[int],
) -> list[Disguised | None]:
    """Draws one kind of disguise on all faces of each photo.

    The renderer's own geometry is fitted to the mesh, lit as the skin is, and laid over the photo as
    sharp, noisy and colourful as that is. Hands and hair before a face are not known: it covers them.

    Args:
        images: uint8 (H, W, 3) RGB or (H, W) grey; sizes may differ.
        meshes: for each image the meshes of its faces, None where a face has none, as
            ``faces.mesh.find_meshes`` gives them.
        disguise: a name of ``labels.DISGUISES`` but "none".
        seeds: one for each image, 0 or more: decides on styles and colours.

    Returns:
        For each image the result; None where no face could be disguised: there is no mesh, or it is
        no face's, or too small. The same image, meshes and seed give the same bytes in any batch.

    Raises:
        InputError: lists of different lengths, an image, a disguise or a seed that cannot be.
    """
    _check(images, meshes, disguise, seeds)
    return [_disguise(*each, disguise) for each in zip(images, meshes, seeds, strict=True)]


def _check(images: Sequence, meshes: Sequence, disguise: str, seeds: Sequence) -> None:
    known = DISGUISES[1:]
    if disguise not in known:
        raise InputError(f"disguise {disguise!r}: known are {', '.join(known)}")
    if not len(images) == len(meshes) == len(seeds):
        raise InputError(
            f"disguise_faces got {len(images)} images, {len(meshes)} lists of meshes and {len(seeds)} seeds: "
            "give as many of each"
        )
    for image in images:
        fits = isinstance(image, np.ndarray) and (image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3))
        if not fits or image.dtype != np.uint8 or 0 in image.shape:
            came = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
            raise InputError(f"disguise_faces wants uint8 images (H, W, 3) or (H, W), not {came}: convert them first")
    for seed in seeds:
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise InputError(f"seed {seed!r}: expected a whole number, 0 or more")
    for faces in meshes:
        if faces is None or isinstance(faces, Mesh):
            raise InputError(f"meshes: expected a list for each image, came {type(faces).__name__}: put it in a list")


def _disguise(image: np.ndarray, meshes: Sequence[Mesh | None], seed: int, disguise: str) -> Disguised | None:
    colour = np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else image
    placed, alpha, result = [], np.zeros(image.shape[:2], np.float32), colour.copy()
    for number, mesh in enumerate(meshes):
        fit = None if mesh is None else fit_head(mesh.points)
        light = None if fit is None else read_light(colour, fit)
        worn = light is not None and _wear(result, alpha, colour, fit, light, disguise, (int(seed), number))
        placed.append(worn)
    if not any(placed):
        return None
    return Disguised(result[..., 0] if image.ndim == 2 else result, alpha, tuple(placed))


def _wear(
    result: np.ndarray,
    alpha: np.ndarray,
    photo: np.ndarray,
    fit: Fit,
    light: PhotoLight,
    disguise: str,
    seed: tuple[int, int],
) -> bool:
    """Draws on ``result`` and ``alpha``; whether anything was drawn."""
    style, noise = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2))
    layers = _layers(photo, fit, light, disguise, style)
    grey = match.face_grey(photo, fit.pixels)
    blur, level = match.blur_of(grey), match.noise_of(grey)
    saturation = match.saturation_of(light.skin)
    for layer in layers:
        layer = match.faded(match.softened(layer, blur, fit.scale), saturation)
        _lay(result, alpha, layer, match.grain(level, fit.scale, layer.colour.shape[:2], noise))
    return bool(layers)


def _layers(photo: np.ndarray, fit: Fit, light: PhotoLight, disguise: str, rng: np.random.Generator) -> list[Layer]:
    """What is laid on the photo, in this order; nothing where next to nothing would be seen of it."""
    if disguise == "make_up":
        paint = make_up_layer(photo, fit, light, rng)
        seen = paint is not None and (1 - paint.through.min(axis=2)).sum() >= LEAST_SEEN * fit.scale**2
        return [paint] if seen else []
    hair = hair_colour(photo, fit, light, rng)
    worn = worn_surfaces(disguise, fit, rng, hair)
    head = head_surfaces(fit, ears_covered(photo, fit, light) if disguise in _BEHIND_HAIR else (False, False))
    layer = draw_layer(worn, head, fit, light, photo.shape[:2])
    if layer is None:
        return []
    shade = beard_shade_layer(photo, fit, light, rng, hair) if disguise == "beard" else None
    return [shade, layer] if shade else [layer]


def _lay(result: np.ndarray, alpha: np.ndarray, layer: Layer, grain: np.ndarray) -> None:
    """Lays a layer over the picture, in linear light, where it hides enough to be seen."""
    height, width = layer.colour.shape[:2]
    place = np.s_[layer.top : layer.top + height, layer.left : layer.left + width]
    own = 1 - layer.through.min(axis=2)
    own[own < _LEAST_ALPHA] = 0
    mixed = to_srgb(to_linear(result[place]) * layer.through + layer.colour) + grain * own[..., None]
    mixed = np.rint(mixed).clip(0, 255).astype(np.uint8)
    result[place] = np.where(own[..., None] > 0, mixed, result[place])
    alpha[place] = 1 - (1 - alpha[place]) * (1 - own)
