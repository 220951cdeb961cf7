import cv2
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.explain.figures import Panel, draw_feature_maps, draw_panels, heat_colours, overlay
from tests.explain import slow_lrp as slow


def test_red_supports_blue_opposes_and_nothing_is_white():
    heatmap = np.zeros((20, 20))
    heatmap[0, 0], heatmap[1, 1] = 2.0, -2.0
    colours = heat_colours(heatmap).astype(int)
    assert colours[0, 0].tolist() == [255, 0, 0]
    assert colours[1, 1].tolist() == [0, 0, 255]
    assert (colours[5, 5] > 250).all()
    assert (heat_colours(np.zeros((4, 4))) > 250).all()


def test_the_region_is_outlined_and_its_inside_left_alone():
    image, region = np.full((20, 20, 3), 255, np.uint8), np.zeros((20, 20))
    region[5:15, 5:15] = 1
    drawn = overlay(image, np.zeros((20, 20)), region)
    assert drawn[5, 10].max() < 100
    assert drawn[10, 10].min() > 250
    np.testing.assert_array_equal(overlay(image, np.zeros((20, 20)), np.full((20, 20), np.nan)) > 250, True)


def test_panels_are_drawn_as_png_and_svg(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    panel = Panel(image, {"one": np.eye(20), "two": -np.eye(20)}, np.eye(20), "AU1")
    draw_panels([panel, panel], tmp_path / "sub" / "panels.png", caption="two rows")
    assert cv2.imread(str(tmp_path / "sub" / "panels.png")).shape[1] > 300
    draw_panels([panel], tmp_path / "panels.svg")
    assert "<svg" in (tmp_path / "panels.svg").read_text()
    for panels, path in (([], "a.png"), ([panel], "a.jpg")):
        with pytest.raises(InputError, match=r"expected at least one picture, and a name that ends with .png or .svg"):
            draw_panels(panels, tmp_path / path)


def test_feature_maps(tmp_path):
    model = slow.keras_model(slow.residual_network())
    image = np.random.default_rng(0).uniform(0, 255, (8, 8, 3))
    draw_feature_maps(model, image, ["r1", "sum"], tmp_path / "maps.png", maps=4)
    draw_feature_maps(model, image, ["r1"], tmp_path / "one.svg", maps=4)
    assert cv2.imread(str(tmp_path / "maps.png")).shape[0] > 100
    with pytest.raises(InputError, match=r"layer .logits. is none with a feature map: choose one of .*r1"):
        draw_feature_maps(model, image, ["logits"], tmp_path / "no.png")
