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
) -> np.ndarray:
    """Colours of all covered subpixels.

    Where all subpixels of a pixel show one surface, colour and normal are averaged and lit once; at
    outlines each is lit by itself.

    Args:
        mesh: what was drawn.
        buffers: what each subpixel shows.
        occlusion: float32 (H, W) of the final picture, 0..1.
        shadow: see ``shadows.shadow_map``.
        lights: see ``materials.pack_light``.
        maps: the skin's textures.
        camera_height: float32, E from the pivot to the camera.

    Returns:
        float32 (H * s, W * s, 3) linear RGB; 0 where nothing was drawn.
    """
    picture = np.zeros((*buffers.triangle.shape, 3), np.float32)
    _shade(
        picture,
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
    return picture


@leaf
def _shade(
    picture,
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
    for row in range(rows):
        for column in range(columns):
            whole = _uniform(triangle, depth, surfaces, row * step, column * step, step)
            size = step if whole else 1
            for j in range(row * step, row * step + step, size):
                for i in range(column * step, column * step + step, size):
                    if triangle[j, i] < 0:
                        continue
                    surface = surfaces[triangle[j, i]]
                    red, green, blue = _colour(
                        triangle,
                        weights,
                        j,
                        i,
                        size,
                        points,
                        triangles,
                        materials[surface],
                        textured[surface],
                        two_sided[surface],
                        turns,
                        surface,
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
                    for y in range(j, j + size):
                        for x in range(i, i + size):
                            picture[y, x, 0] = red
                            picture[y, x, 1] = green
                            picture[y, x, 2] = blue


@exact_leaf
def _uniform(triangle, depth, surfaces, top, left, step):
    """Whether a pixel's subpixels show one surface, without a jump in depth."""
    first = triangle[top, left]
    if first < 0:
        return False
    surface = surfaces[first]
    near, far = depth[top, left], depth[top, left]
    for j in range(top, top + step):
        for i in range(left, left + step):
            index = triangle[j, i]
            if index < 0 or surfaces[index] != surface:
                return False
            near, far = max(near, depth[j, i]), min(far, depth[j, i])
    return near - far < _LEVEL * near


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
    triangle,
    weights,
    top,
    left,
    size,
    points,
    triangles,
    material,
    textured,
    two_sided,
    turns,
    surface,
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
    """Averages a square of subpixels of one surface and lights it."""
    x, y, z, nx, ny, nz, tx, ty, tz = _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
    red, green, blue, shine, count = _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
    u, v = _ZERO, _ZERO
    hair = material == _HAIR
    for j in range(top, top + size):
        for i in range(left, left + size):
            # A texture is smooth within a pixel: the diagonal is enough.
            if textured and j - top != i - left:
                continue
            index, wa, wb = triangle[j, i], weights[j, i, 0], weights[j, i, 1]
            a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
            px, py, pz = vector_between(points, a, b, c, wa, wb, WORLD)
            mx, my, mz = vector_between(points, a, b, c, wa, wb, NORMAL)
            own_red, own_green, own_blue = vector_between(points, a, b, c, wa, wb, COLOUR)
            u, v = between(points, a, b, c, wa, wb, UV), between(points, a, b, c, wa, wb, UV + 1)
            if textured:
                skin_red, skin_green, skin_blue, own_shine, slope_x, slope_y = look_up(
                    albedo, gloss, height, darkening, scale, look.crease, u, v
                )
                own_red, own_green, own_blue = own_red * skin_red, own_green * skin_green, own_blue * skin_blue
                shine += own_shine
                mx, my, mz = unit(mx, my, mz)
                mx, my, mz = bend(mx, my, mz, turns, surface, slope_x, slope_y)
            elif hair:
                noise = tuft_noise(u)
                shine += noise
                lightness = strand_shade(noise, v, look)
                own_red, own_green, own_blue = own_red * lightness, own_green * lightness, own_blue * lightness
                own_tx, own_ty, own_tz = vector_between(points, a, b, c, wa, wb, TANGENT)
                tx, ty, tz = tx + own_tx, ty + own_ty, tz + own_tz
            x, y, z = x + px, y + py, z + pz
            nx, ny, nz = nx + mx, ny + my, nz + mz
            red, green, blue = red + own_red, green + own_green, blue + own_blue
            count += _ONE
    share = _ONE / count
    shine *= share
    point = (x * share, y * share, z * share)
    view = unit(-point[0], -point[1], camera_height - point[2])
    nx, ny, nz = unit(nx, ny, nz)
    facing = nx * view[0] + ny * view[1] + nz * view[2]
    if two_sided and facing < _ZERO:
        nx, ny, nz, facing = -nx, -ny, -nz, -facing
    own = (red * share, green * share, blue * share)
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


@leaf
def _weave(u, v, facing, look):
    """Lightness of cloth: threads over and under each other, and pale fuzz at grazing angles."""
    threads = _ONE + look.weave_depth * np.sin(u * look.weave_pitch) * np.sin(v * look.weave_pitch)
    return threads * (_ONE + look.fuzz * squared(_ONE - max(_ZERO, facing), 1))
