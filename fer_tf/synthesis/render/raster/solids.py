"""Light on solid surfaces: skin, eyes, teeth, cloth, plastic, metal."""

import numpy as np

from fer_tf.synthesis.render.raster.compiled import leaf
from fer_tf.synthesis.render.raster.materials import (
    BROAD,
    BROAD_SHARPNESS,
    MIRROR,
    SHARP,
    SHARP_SHARPNESS,
    WRAP,
    WRAP_INVERSE,
    around,
    squared,
    unit,
)
from fer_tf.synthesis.render.raster.shadows import visibility
from fer_tf.synthesis.render.surface import Material

_ZERO, _ONE, _HALF, _TWO = np.float32(0), np.float32(1), np.float32(0.5), np.float32(2)
_SKIN, _EYE, _METAL = int(Material.SKIN), int(Material.EYE), int(Material.METAL)


@leaf
def light_solid(material, point, normal, view, albedo, gloss, open_share, heights, box, lights, table, look):
    """Wrapped diffuse light, two highlights a lamp, ambient light; of all materials but hair and glass.

    Args:
        material: int of ``Material``.
        point: (x, y, z) world, E relative to the pivot.
        normal: unit.
        view: unit, towards the camera.
        albedo: (red, green, blue) linear.
        gloss: 0..1, factor on the highlights.
        open_share: 0..1 of the ambient light that gets here.
        heights: shadow map of the key light.
        box: where it lies.
        lights: see ``materials.pack_light``.
        table: see ``materials.TABLE``.
        look: further numbers.

    Returns:
        (red, green, blue) linear.
    """
    nx, ny, nz = normal
    vx, vy, vz = view
    skin = material == _SKIN
    ambient = (around(lights, ny, 0), around(lights, ny, 1), around(lights, ny, 2))
    hollow = open_share * (_ONE - open_share) if skin else _ZERO
    if material == _EYE:
        # Lids and lashes shade the eye more than their drawn shape does.
        albedo = (albedo[0] * look.eye_open, albedo[1] * look.eye_open, albedo[2] * look.eye_open)
    diffuse_red = ambient[0] * (open_share + look.hollow_bleed[0] * hollow)
    diffuse_green = ambient[1] * (open_share + look.hollow_bleed[1] * hollow)
    diffuse_blue = ambient[2] * (open_share + look.hollow_bleed[2] * hollow)
    shine_red, shine_green, shine_blue = _ZERO, _ZERO, _ZERO
    for lamp in range(lights.shape[0] - 1):
        lx, ly, lz = lights[lamp, 0], lights[lamp, 1], lights[lamp, 2]
        facing = nx * lx + ny * ly + nz * lz
        seen = _ONE
        if lamp == 0:
            if facing > _ZERO:
                # Turned from the light, wrap light fades by itself; there the map would only add noise.
                full = min(_ONE, facing * np.float32(6))
                seen = visibility(heights, box, point, normal, facing)
                seen = seen * full + (_ONE - full)
        else:
            seen = _HALF + _HALF * open_share
        edge = seen * (_ONE - seen) if skin else _ZERO
        colour = (lights[lamp, 3], lights[lamp, 4], lights[lamp, 5])
        diffuse_red += colour[0] * _wrapped(facing, table, material, 0) * (seen + look.shadow_bleed[0] * edge)
        diffuse_green += colour[1] * _wrapped(facing, table, material, 1) * (seen + look.shadow_bleed[1] * edge)
        diffuse_blue += colour[2] * _wrapped(facing, table, material, 2) * seen
        if material == _EYE:
            seen = max(seen, look.eye_shadow_floor)
        if facing > _ZERO:
            strength = (
                _highlight(material, normal, view, (lx, ly, lz), table, look)
                * gloss
                * seen
                * min(_ONE, facing * np.float32(4))
            )
            shine_red += colour[0] * strength
            shine_green += colour[1] * strength
            shine_blue += colour[2] * strength
    mirror = table[material, MIRROR]
    if mirror > _ZERO:
        mirrored_y = _TWO * (nx * vx + ny * vy + nz * vz) * ny - vy
        shine_red += mirror * around(lights, mirrored_y, 0) * open_share
        shine_green += mirror * around(lights, mirrored_y, 1) * open_share
        shine_blue += mirror * around(lights, mirrored_y, 2) * open_share
    if material == _METAL:
        shine_red, shine_green, shine_blue = shine_red * albedo[0], shine_green * albedo[1], shine_blue * albedo[2]
    return (
        albedo[0] * diffuse_red + shine_red,
        albedo[1] * diffuse_green + shine_green,
        albedo[2] * diffuse_blue + shine_blue,
    )


@leaf
def _wrapped(facing, table, material, channel):
    """Diffuse light that reaches round the edge, as light within skin does."""
    wrap = table[material, WRAP + channel]
    share = max(_ZERO, (facing + wrap) * table[material, WRAP_INVERSE + channel])
    return share * (_ONE - wrap * (_ONE - share))


@leaf
def _highlight(material, normal, view, light, table, look):
    """Blinn's broad and sharp highlight, stronger at grazing angles."""
    hx, hy, hz = unit(view[0] + light[0], view[1] + light[1], view[2] + light[2])
    meeting = max(_ZERO, normal[0] * hx + normal[1] * hy + normal[2] * hz)
    away = _ONE - max(_ZERO, hx * view[0] + hy * view[1] + hz * view[2])
    broad = table[material, BROAD] * squared(meeting, table[material, BROAD_SHARPNESS])
    sharp = table[material, SHARP] * squared(meeting, table[material, SHARP_SHARPNESS])
    return (broad + sharp) * (_ONE + look.grazing * away * away)
