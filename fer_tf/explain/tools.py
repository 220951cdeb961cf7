"""What the face tools see of a picture that is explained."""

import numpy as np

from fer_tf.data.images import resize, resize_uint8
from fer_tf.faces.mesh import find_crop_meshes
from fer_tf.faces.person_mask import person_masks
from fer_tf.faces.regions import scale_points

# Side to which smaller pictures are enlarged first: no mesh is found in 64 pixels.
LARGE = 256


def mesh_and_person(image: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Mesh and mask of the person in a picture that one face fills.

    Args:
        image: uint8 (H, W, 3).
        size: side of the square that the picture is resized to for the model.

    Returns:
        points float (468, 2 or 3) in pixels of that square, NaN where no face is found; person bool (size, size).
    """
    if min(image.shape[:2]) < LARGE:
        image = resize_uint8(image, LARGE).numpy()
    (mesh,) = find_crop_meshes([image])
    points = np.full((468, 2), np.nan, np.float32) if mesh is None else mesh.points
    person = resized_mask(person_masks([image])[0], size)
    return scale_points(points, image.shape[:2], (size, size)), person


def resized_mask(mask: np.ndarray, size: int) -> np.ndarray:
    """A mask (H, W), bool or 0..1, at another size: bool (size, size), more than half covered."""
    return resize(mask[..., None].astype(np.float32), size).numpy()[..., 0] >= 0.5
