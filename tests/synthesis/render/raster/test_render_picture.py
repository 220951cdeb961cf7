"""The finished picture: light, shadow, glass, coverage, exposure and what each pixel shows."""

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.synthesis.render.raster.projection import View
from fer_tf.synthesis.render.raster.render import render_surfaces
from fer_tf.synthesis.render.skin.texture import Skin
from fer_tf.synthesis.render.spec import Lamp, Light, Pose
from fer_tf.synthesis.render.surface import Material, Surface, grid_triangles

VIEW = View(face_size=0.3, size=64)
GREY = np.full((64, 64, 3), 0.2, np.float32)
PIVOT = (0.0, 0.25, -0.4)
FROM_LEFT = Light((Lamp((-1, -0.2, 0.7), (1, 1, 1)),), (0.1, 0.1, 0.1), (0.1, 0.1, 0.1))


def _ball(radius=1.0, centre=PIVOT, material=Material.SKIN, name="ball", **more):
    down, round_ = np.mgrid[0 : np.pi : 40j, 0 : 2 * np.pi : 80j]
    points = np.stack([np.sin(down) * np.sin(round_), -np.cos(down), np.sin(down) * np.cos(round_)], -1)
    points = (points.reshape(-1, 3) * radius + centre).astype(np.float32)
    colour = np.full_like(points, 0.4)
    return Surface(points, grid_triangles(40, 80), material, colour, name, **more)


def _sheet(z, half, material=Material.CLOTH, name="sheet", x=0.0, **more):
    rows, columns = np.mgrid[-half:half:12j, -half:half:12j]
    points = np.stack([columns.ravel() + x, rows.ravel() + 0.25, np.full(144, z)], 1).astype(np.float32)
    return Surface(points, grid_triangles(12, 12), material, np.full_like(points, 0.4), name, **more)


def _draw(surfaces, light=FROM_LEFT, background=GREY, **more):
    view = more.pop("view", VIEW)
    return render_surfaces(
        surfaces, more.pop("skin", None), more.pop("marks", None), Pose(), light, view, background, **more
    )


def test_same_arguments_give_the_same_bytes():
    first, second = (_draw([_ball()]) for _ in range(2))
    assert first.image.tobytes() == second.image.tobytes()
    assert first.linear.tobytes() == second.linear.tobytes()
    assert first.image.dtype == np.uint8
    assert first.image.shape == (64, 64, 3)


def test_the_side_towards_the_lamp_is_brighter():
    image = _draw([_ball()]).image.astype(float).mean(axis=2)
    assert image[32, 24] > image[32, 40] + 20


def test_a_ball_covers_the_area_of_its_outline():
    view = View(face_size=0.3, size=128, distance=1000.0)
    covered = _draw([_ball()], background=np.zeros((128, 128, 3), np.float32), view=view).coverage
    radius = 0.3 * 128
    assert covered.sum() == pytest.approx(np.pi * radius**2, rel=0.01)
    edge = (covered > 0) & (covered < 1)
    assert edge.any()


def test_background_stays_where_nobody_stands():
    raster = _draw([_ball(0.5)])
    assert (raster.surface_index[0] == -1).all()
    assert np.isinf(raster.depth[0]).all()
    assert (raster.image[0] == raster.image[0, 0, 0]).all()
    assert raster.image[0, 0, 0] == pytest.approx(124, abs=1)  # linear 0.2 in sRGB
    byte = _draw([_ball(0.5)], background=np.full((64, 64, 3), 124, np.uint8))
    assert abs(int(byte.image[0, 0, 0]) - 124) <= 1


def test_a_blocker_throws_a_shadow_with_soft_edges():
    light = Light((Lamp((-1.0, 0, 1.0), (1, 1, 1)),), (0.05,) * 3, (0.05,) * 3)
    wall, blocker = _sheet(-0.8, 1.4), _sheet(-0.2, 0.3, name="blocker")
    plain, shaded = _draw([wall], light, gain=1.0), _draw([wall, blocker], light, gain=1.0)
    ratio = (shaded.linear / plain.linear)[..., 0]
    ratio[shaded.surface_index != 0] = 1
    right = ratio[32, 40:]
    assert right.min() < 0.3
    assert ((right > 0.4) & (right < 0.9)).any()
    assert ratio[32, 5:15].min() > 0.97


def test_the_lit_side_of_a_ball_has_no_shadow_spots():
    light = Light((Lamp((0, 0, 1), (1, 1, 1)),), (0.0,) * 3, (0.0,) * 3)
    lit = _draw([_ball(material=Material.CLOTH)], light, gain=1.0).linear[32, 20:45, 1]
    assert np.abs(np.diff(lit, 2)).max() < 0.02


def test_glass_blends_and_hides_nothing_from_the_truth():
    wall = _sheet(-0.5, 1.2)
    outcomes = []
    for opacity in (0.08, 0.9):
        lens = _sheet(0.2, 0.4, Material.LENS, "lens", opacity=opacity)
        outcomes.append(_draw([wall, lens], gain=1.0))
    plain = _draw([wall], gain=1.0).linear[32, 32].mean()
    clear, dark = (outcome.linear[32, 32].mean() for outcome in outcomes)
    assert abs(clear - plain) < 0.25 * plain
    assert dark < 0.6 * plain
    assert outcomes[1].surface_index[32, 32] == 0
    behind = _draw([wall, _sheet(-0.9, 0.4, Material.LENS, "lens", opacity=0.9)], gain=1.0)
    np.testing.assert_array_equal(behind.linear[32, 32], _draw([wall], gain=1.0).linear[32, 32])


def test_metering_narrows_the_gap_between_dark_and_light_skin_but_keeps_it():
    levels = {}
    for tone in (0.05, 0.6):
        ball = _ball()
        ball.colour[:] = tone
        raster = _draw([ball])
        levels[tone] = np.median(raster.linear[raster.mask("ball")])
        assert raster.image[16:48, 16:48].max() < 255
    assert 3 < levels[0.6] / levels[0.05] < 12 * 0.8
    assert _draw([_ball(material=Material.CLOTH)]).gain == 1.0


def test_names_masks_and_texture_positions():
    uv = np.full((3200, 2), 40.0, np.float32)
    skin = Skin(
        albedo=np.full((60, 50, 3), 0.3, np.float32), gloss=np.zeros((60, 50), np.float32), height=np.zeros((60, 50))
    )
    face = _ball(0.6, uv=uv, textured=True, name="face")
    raster = _draw([face, _sheet(-0.9, 0.9, name="hat")], skin=skin)
    assert raster.names == ("face", "hat")
    assert raster.mask("face")[32, 32]
    assert not raster.mask("face", "hat")[0, 0]
    assert raster.mask("hat").any()
    assert not raster.mask("ears").any()
    np.testing.assert_allclose(raster.uv[raster.mask("face")], 40.0, rtol=1e-5)
    assert np.isnan(raster.uv[~raster.mask("face")]).all()
    assert raster.depth[32, 32] == pytest.approx(8 + 0.4 - 0.6, abs=0.02)


def test_marks_darken_and_slopes_catch_the_light():
    flat = np.zeros((60, 50), np.float32)
    skin = Skin(albedo=np.full((60, 50, 3), 0.3, np.float32), gloss=flat, height=flat)
    wall = _sheet(-0.4, 1.0, Material.SKIN, "face", textured=True, uv=None)
    uv = (wall.vertices[:, :2] * 20 + 25).astype(np.float32)
    wall = Surface(wall.vertices, wall.triangles, Material.SKIN, wall.colour, "face", uv=uv, textured=True)
    plain = _draw([wall], skin=skin, gain=1.0).linear[32, 32]
    darkened = _draw([wall], skin=skin, marks=(flat + 1.0, flat), gain=1.0).linear[32, 32]
    assert (darkened < 0.7 * plain).all()
    assert darkened[0] / plain[0] > darkened[2] / plain[2]
    ramp = flat + np.linspace(0, 0.05, 50, dtype=np.float32)  # rises to the right: its slope looks to the left
    assert _draw([wall], skin=skin, marks=(flat, ramp), gain=1.0).linear[32, 32, 1] > plain[1] * 1.02
    with pytest.raises(InputError, match="darkening"):
        _draw([wall], skin=skin, marks=(flat[:9], flat))


def test_a_fold_gets_less_ambient_light():
    light = Light((Lamp((0, 0, 1), (0, 0, 0)),), (0.5,) * 3, (0.5,) * 3)
    down, across = np.mgrid[-1:1:41j, -1:1:41j]
    for depth, darker in ((0.0, False), (0.3, True)):
        z = -depth * np.exp(-((across / 0.1) ** 2))
        points = np.stack([across, down + 0.25, z], -1).reshape(-1, 3).astype(np.float32)
        sheet = Surface(points, grid_triangles(41, 41), Material.CLOTH, np.full_like(points, 0.4), "sheet")
        row = _draw([sheet], light, gain=1.0).linear[32, :, 0]
        assert (row[32] < 0.8 * row[22]) == darker


@pytest.mark.parametrize(
    ("light", "background", "message"),
    [
        (Light(()), GREY, "0 lamps"),
        (Light((Lamp((0, 0, 0), (1, 1, 1)),)), GREY, "direction"),
        (FROM_LEFT, GREY[:5], "background"),
    ],
)
def test_bad_light_and_background_are_refused(light, background, message):
    with pytest.raises(InputError, match=message):
        _draw([_ball()], light, background)
