"""Light on hair."""

import numpy as np

from fer_tf.synthesis.render.raster.compiled import leaf
from fer_tf.synthesis.render.raster.materials import (
    BROAD,
    BROAD_SHARPNESS,
    SHARP,
    SHARP_SHARPNESS,
    around,
    squared,
    unit,
)
from fer_tf.synthesis.render.raster.shadows import visibility
from fer_tf.synthesis.render.surface import Material

_ZERO, _ONE, _HALF = np.float32(0), np.float32(1), np.float32(0.5)
_HAIR = int(Material.HAIR)


@leaf
def strand_shade(noise, v, look):
    """Lightness of a strand with this noise at v, 0 at its root .. 1."""
    root = max(_ZERO, _ONE - v / look.hair_root_share)
    return _ONE + look.hair_noise * (noise - _HALF) - look.hair_root_dark * root


@leaf
def light_hair(point, normal, view, tangent, albedo, noise, open_share, heights, box, lights, table, look):
    """Kajiya and Kay's strands: light falls off with the angle to the strand, two tilted highlights.

    Args:
        point: (x, y, z) world, E relative to the pivot.
        normal: unit, of the lock.
        view: unit, towards the camera.
        tangent: unit, along the strand.
        albedo: (red, green, blue) linear.
        noise: 0..1 of the strand, see ``zbuffer.tuft_noise``.
        open_share: 0..1 of the ambient light that gets here.
        heights: shadow map of the key light.
        box: where it lies.
        lights: see ``materials.pack_light``.
        table: see ``materials.TABLE``.
        look: further numbers.

    Returns:
        (red, green, blue) linear.
    """
    red, green, blue = albedo
    tx, ty, tz = tangent
    nx, ny, nz = normal
    light_red = around(lights, ny, 0) * open_share
    light_green = around(lights, ny, 1) * open_share
    light_blue = around(lights, ny, 2) * open_share
    clear, tinted = _ZERO, _ZERO
    out_red, out_green, out_blue = _ZERO, _ZERO, _ZERO
    wobble = (noise - _HALF) * np.float32(0.15)
    for lamp in range(lights.shape[0] - 1):
        lx, ly, lz = lights[lamp, 0], lights[lamp, 1], lights[lamp, 2]
        seen = _HALF + _HALF * open_share
        if lamp == 0:
            seen = visibility(heights, box, point, (lx, ly, lz), _ONE)
        along = tx * lx + ty * ly + tz * lz
        facing = nx * lx + ny * ly + nz * lz
        strand = np.sqrt(max(_ZERO, _ONE - along * along))
        strand *= look.hair_round + (_ONE - look.hair_round) * max(_ZERO, (facing + _HALF) / np.float32(1.5))
        hx, hy, hz = unit(view[0] + lx, view[1] + ly, view[2] + lz)
        with_strand = tx * hx + ty * hy + tz * hz
        with_normal = nx * hx + ny * hy + nz * hz
        clear = table[_HAIR, SHARP] * _strand_highlight(
            with_strand, with_normal, look.hair_tilt_sharp + wobble, table[_HAIR, SHARP_SHARPNESS]
        )
        tinted = (
            look.hair_tint
            * table[_HAIR, BROAD]
            * _strand_highlight(with_strand, with_normal, look.hair_tilt_broad + wobble, table[_HAIR, BROAD_SHARPNESS])
        )
        fade = min(_ONE, max(_ZERO, facing + np.float32(0.3)))
        strand, clear, tinted = strand * seen, clear * seen * fade, tinted * seen * fade
        out_red += lights[lamp, 3] * (red * (strand + tinted) + clear)
        out_green += lights[lamp, 4] * (green * (strand + tinted) + clear)
        out_blue += lights[lamp, 5] * (blue * (strand + tinted) + clear)
    return out_red + red * light_red, out_green + green * light_green, out_blue + blue * light_blue


@leaf
def _strand_highlight(with_strand, with_normal, tilt, sharpness):
    """How near the half-way direction lies to the plane across a strand tilted towards its normal."""
    along = (with_strand + tilt * with_normal) / np.sqrt(_ONE + tilt * tilt)
    return squared(np.sqrt(max(_ZERO, _ONE - along * along)), sharpness)
