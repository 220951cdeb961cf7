import numpy as np

from fer_tf.synthesis.render.skin import brushes
from fer_tf.synthesis.render.skin import texture_space as space


def test_origin_lies_where_the_contract_puts_it():
    np.testing.assert_allclose(space.to_texture(np.zeros((1, 3))), [[200.0, 260.0]])
    assert space.to_texture(np.zeros((1, 3))).dtype == np.float32


def test_points_outside_are_clipped_to_the_border():
    np.testing.assert_allclose(space.to_texture([[-9.0, -9.0], [9.0, 9.0]]), [[0, 0], [399, 559]])


def test_whole_neutral_face_lies_inside():
    pixels = space.to_texture(space.neutral_points())
    assert pixels.shape == (468, 2)
    assert (pixels > 0).all()
    assert (pixels < [space.WIDTH - 1, space.HEIGHT - 1]).all()


def test_grids_are_the_inverse_of_to_texture():
    x, y = space.grids()
    pixels = space.to_texture(np.stack([x, y], -1))
    np.testing.assert_allclose(pixels[300, 123], [123, 300], atol=1e-3)


def test_mirror_image_moves_a_spot_to_the_other_side():
    left, right = brushes.blob((-0.4, 0.1), (0.05, 0.02), 30), brushes.blob((0.4, 0.1), (0.05, 0.02), -30)
    np.testing.assert_allclose(brushes.mirrored(left), right, atol=1e-4)


def test_ridge_is_strongest_on_its_curve_and_fades_at_its_ends():
    line = brushes.ridge([(-0.5, 0.0), (0.0, 0.0), (0.5, 0.0)], 0.02)
    assert line[260, 200] > 0.99
    assert line[260, 101] < 0.1
    assert line[320, 200] == 0
    assert brushes.ridge([(-0.5, 0.0), (0.5, 0.0)], 0.02, ends=0.0)[260, 101] > 0.95


def test_area_is_full_inside_and_empty_outside():
    square = brushes.area([(-0.3, -0.3), (0.3, -0.3), (0.3, 0.3), (-0.3, 0.3)], 0.0)
    assert square[260, 200] == 1
    assert square[10, 10] == 0


def test_hairs_cover_from_root_to_tip_only():
    cover = brushes.hairs(
        np.float32([[0, 0]]), np.float32([[0, -0.2]]), np.zeros(1), np.float32([0.03]), np.float32([1.0])
    )
    assert cover[250, 200] > 0.9
    assert cover[280, 200] == 0
    assert cover[250, 220] == 0


def test_clouds_vary_by_about_one_and_repeat_with_their_seed():
    clouds = [brushes.clouds(np.random.default_rng(seed), 0.05) for seed in (3, 3, 4)]
    assert 0.7 < clouds[0].std() < 1.3
    np.testing.assert_array_equal(clouds[0], clouds[1])
    assert not np.array_equal(clouds[0], clouds[2])
