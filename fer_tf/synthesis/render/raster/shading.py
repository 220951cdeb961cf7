"""What each visible point is made of, and its colour in linear RGB: one compiled pass."""

import numpy as np

from fer_tf.synthesis.render.raster.compiled import exact_leaf, leaf
from fer_tf.synthesis.render.raster.materials import LOOK, TABLE, squared, unit
from fer_tf.synthesis.render.raster.packing import COLOUR, NORMAL, TANGENT, UV, WORLD, Mesh
from fer_tf.synthesis.render.raster.shadows import ShadowBox
from fer_tf.synthesis.render.raster.skin_maps import SkinMaps, bend, look_up
from fer_tf.synthesis.render.raster.solids import light_solid
from fer_tf.synthesis.render.raster.strands import light_hair, strand_shade
from fer_tf.synthesis.render.raster.zbuffer import Buffers, tuft_noise
from fer_tf.synthesis.render.surface import Material

_ZERO, _ONE = np.float32(0), np.float32(1)
_SKIN, _HAIR, _CLOTH = int(Material.SKIN), int(Material.HAIR), int(Material.CLOTH)
# The subpixels of one pixel are lit together if their distances differ by less than this part.
_LEVEL = np.float32(0.012)


def shade(
    mesh: Mesh,
    buffers: Buffers,
    occlusion: np.ndarray,
    shadow: tuple[np.ndarray, ShadowBox],
    lights: np.ndarray,
    maps: SkinMaps,
    camera_height: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Colours of all covered subpixels.

    Where all subpixels of a pixel show one surface, colour and normal are averaged and lit once; at
    outlines those of one surface at nearly one depth are.

    Args:
        mesh: what was drawn.
        buffers: what each subpixel shows.
        occlusion: float32 (H, W) of the final picture, 0..1.
        shadow: see ``shadows.shadow_map``.
        lights: see ``materials.pack_light``.
        maps: the skin's textures.
        camera_height: float32, E from the pivot to the camera.

    Returns:
        float32 (H * s, W * s, 3) linear RGB, 0 where nothing was drawn; and bool (H, W), the pixels all
        of whose subpixels were lit together.
    """
    picture = np.zeros((*buffers.triangle.shape, 3), np.float32)
    whole = np.zeros(occlusion.shape, np.bool_)
    _shade(
        picture,
        whole,
        buffers.triangle,
        buffers.depth,
        buffers.weights,
        occlusion,
        mesh.points,
        mesh.triangles,
        mesh.surface,
        mesh.material,
        mesh.textured,
        mesh.two_sided,
        mesh.turns,
        *maps,
        *shadow,
        lights,
        TABLE,
        LOOK,
        camera_height,
    )
    return picture, whole


@leaf
def _shade(
    picture,
    whole,
    triangle,
    depth,
    weights,
    occlusion,
    points,
    triangles,
    surfaces,
    materials,
    textured,
    two_sided,
    turns,
    albedo,
    gloss,
    height,
    darkening,
    scale,
    heights,
    box,
    lights,
    table,
    look,
    camera_height,
):
    rows, columns = occlusion.shape
    step = triangle.shape[0] // rows
    every = (1 << (step * step)) - 1
    for row in range(rows):
        for column in range(columns):
            left_over = _covered(triangle, row * step, column * step, step)
            while left_over:
                members = _together(triangle, depth, surfaces, row * step, column * step, step, left_over)
                left_over &= ~members
                red, green, blue = _colour(
                    members,
                    members == every,
                    triangle,
                    weights,
                    row * step,
                    column * step,
                    step,
                    points,
                    triangles,
                    surfaces,
                    materials,
                    textured,
                    two_sided,
                    turns,
                    albedo,
                    gloss,
                    height,
                    darkening,
                    scale,
                    occlusion[row, column],
                    heights,
                    box,
                    lights,
                    table,
                    look,
                    camera_height,
                )
                whole[row, column] = members == every
                for number in range(step * step):
                    if members >> number & 1:
                        y, x = row * step + number // step, column * step + number % step
                        picture[y, x, 0], picture[y, x, 1], picture[y, x, 2] = red, green, blue


@exact_leaf
def _covered(triangle, top, left, step):
    """The subpixels of a pixel, row by row, on which something was drawn, as bits."""
    members = 0
    for j in range(step):
        for i in range(step):
            members |= (triangle[top + j, left + i] >= 0) << (j * step + i)
    return members


@exact_leaf
def _together(triangle, depth, surfaces, top, left, step, candidates):
    """Bits of those candidates that show the first one's surface at nearly its depth."""
    members, surface, near = 0, -1, _ZERO
    for j in range(step):
        for i in range(step):
            bit = 1 << (j * step + i)
            if not candidates & bit:
                continue
            own, at = surfaces[triangle[top + j, left + i]], depth[top + j, left + i]
            if not members:
                surface, near = own, at
            if own == surface and abs(at - near) < _LEVEL * near:
                members |= bit
    return members


@leaf
def between(points, a, b, c, wa, wb, column):
    """One column of a per-vertex array, inside the triangle of vertices a, b, c."""
    return wa * points[a, column] + wb * points[b, column] + (_ONE - wa - wb) * points[c, column]


@leaf
def vector_between(points, a, b, c, wa, wb, column):
    """Three columns of a per-vertex array from the named one on, inside the triangle of vertices a, b, c."""
    wc = _ONE - wa - wb
    return (
        wa * points[a, column] + wb * points[b, column] + wc * points[c, column],
        wa * points[a, column + 1] + wb * points[b, column + 1] + wc * points[c, column + 1],
        wa * points[a, column + 2] + wb * points[b, column + 2] + wc * points[c, column + 2],
    )


@leaf
def _colour(
    members,
    whole,
    triangle,
    weights,
    top,
    left,
    step,
    points,
    triangles,
    surfaces,
    materials,
    textureds,
    two_sideds,
    turns,
    albedo,
    gloss,
    height,
    darkening,
    scale,
    open_share,
    heights,
    box,
    lights,
    table,
    look,
    camera_height,
):
    """Averages subpixels of one surface, given as bits, and lights them."""
    x, y, z, nx, ny, nz, tx, ty, tz = _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
    red, green, blue, shine, count = _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
    u, v = _ZERO, _ZERO
    surface = _first_surface(members, triangle, surfaces, top, left, step)
    material, textured = materials[surface], textureds[surface]
    hair = material == _HAIR
    for j in range(step):
        for i in range(step):
            # A textured surface is smooth within a pixel: the diagonal is enough.
            if not members >> (j * step + i) & 1 or (whole and textured and i != j):
                continue
            index = triangle[top + j, left + i]
            wa, wb = weights[top + j, left + i, 0], weights[top + j, left + i, 1]
            a, b, c = np.uint64(triangles[index, 0]), np.uint64(triangles[index, 1]), np.uint64(triangles[index, 2])
            px, py, pz = vector_between(points, a, b, c, wa, wb, WORLD)
            mx, my, mz = vector_between(points, a, b, c, wa, wb, NORMAL)
            own_red, own_green, own_blue = vector_between(points, a, b, c, wa, wb, COLOUR)
            own_u, own_v = between(points, a, b, c, wa, wb, UV), between(points, a, b, c, wa, wb, UV + 1)
            if hair:
                noise = tuft_noise(own_u)
                shine += noise
                lightness = strand_shade(noise, own_v, look)
                own_red, own_green, own_blue = own_red * lightness, own_green * lightness, own_blue * lightness
                own_tx, own_ty, own_tz = vector_between(points, a, b, c, wa, wb, TANGENT)
                tx, ty, tz = tx + own_tx, ty + own_ty, tz + own_tz
            x, y, z = x + px, y + py, z + pz
            nx, ny, nz = nx + mx, ny + my, nz + mz
            red, green, blue = red + own_red, green + own_green, blue + own_blue
            u, v = u + own_u, v + own_v
            count += _ONE
    share = _ONE / count
    shine, u, v = shine * share, u * share, v * share
    point = (x * share, y * share, z * share)
    view = unit(-point[0], -point[1], camera_height - point[2])
    nx, ny, nz = unit(nx, ny, nz)
    own = (red * share, green * share, blue * share)
    if textured:
        skin_red, skin_green, skin_blue, shine, slope_x, slope_y = look_up(
            albedo, gloss, height, darkening, scale, look.crease, u, v
        )
        own = (own[0] * skin_red, own[1] * skin_green, own[2] * skin_blue)
        nx, ny, nz = unit(*bend(nx, ny, nz, turns, surface, slope_x, slope_y))
    facing = nx * view[0] + ny * view[1] + nz * view[2]
    if two_sideds[surface] and facing < _ZERO:
        nx, ny, nz, facing = -nx, -ny, -nz, -facing
    normal = (nx, ny, nz)
    if hair:
        along = unit(tx, ty, tz)
        return light_hair(point, normal, view, along, own, shine, open_share, heights, box, lights, table, look)
    if material == _CLOTH:
        weave = _weave(u, v, facing, look)
        own = (own[0] * weave, own[1] * weave, own[2] * weave)
    if not textured:
        shine = look.plain_gloss if material == _SKIN else _ONE
    return light_solid(material, point, normal, view, own, shine, open_share, heights, box, lights, table, look)


@exact_leaf
def _first_surface(members, triangle, surfaces, top, left, step):
    number = 0
    while not members >> number & 1:
        number += 1
    return surfaces[triangle[top + number // step, left + number % step]]


@leaf
def _weave(u, v, facing, look):
    """Lightness of cloth: threads over and under each other, and pale fuzz at grazing angles."""
    threads = _ONE + look.weave_depth * np.sin(u * look.weave_pitch) * np.sin(v * look.weave_pitch)
    return threads * (_ONE + look.fuzz * squared(_ONE - max(_ZERO, facing), 1))
