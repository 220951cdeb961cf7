"""What a hat leaves of the hair."""

import dataclasses

import numpy as np

from fer_tf.synthesis.render.hair.growth import HeadSpace
from fer_tf.synthesis.render.surface import Surface

# Under the hat hair lies this flat; below its edge it regains its volume over so many degrees.
_FLAT, _REGAIN = 0.02, 30.0
# Hair this far beneath the hat's edge stays, so that none ends in the open.
_TUCKED = 4.0


def under_hat(hair: Surface, space: HeadSpace, covered: float) -> Surface:
    """Hair without what lies above an elevation, the rest flattened towards it.

    Args:
        hair: of the head.
        space: about the head.
        covered: degrees, see ``skull.scalp_points``; -90 hides everything.

    Returns:
        A Surface, perhaps without triangles.
    """
    elevation, height = space.elevation(hair.vertices), space.height(hair.vertices)
    free = np.clip((covered - elevation) / _REGAIN, 0, 1)
    most = _FLAT + free * 2.0
    flat = np.where((height > most)[:, None], space.raise_to(hair.vertices, np.minimum(height, most)), hair.vertices)
    kept = (elevation[hair.triangles] < covered + _TUCKED).all(axis=1)
    used, numbered = np.unique(hair.triangles[kept], return_inverse=True)
    return dataclasses.replace(
        hair,
        vertices=flat[used].astype(np.float32),
        triangles=numbered.reshape(-1, 3).astype(np.int32),
        colour=hair.colour[used],
        uv=hair.uv[used],
        tangent=hair.tangent[used],
    )
