"""What is drawn into frames of videos."""

import cv2
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from fer_tf.predict import overlay
from fer_tf.predict.annotate import COLOURS


def near(pixels, colour):
    rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return (np.abs(pixels.astype(int) - rgb) < 40).all(axis=-1)


def test_boxes_and_bars_are_drawn():
    image = np.full((480, 640, 3), 200, np.uint8)
    chances = dict.fromkeys(EMOTIONS, 0.0) | {"fear": 0.6, "anger": 0.3, "happiness": 0.1}
    face = {"id": 12, "box": [200, 100, 150, 200], "score": 1.0, "emotion": "fear", "probabilities": chances}
    drawn = cv2.cvtColor(overlay.draw_frame(image, {"faces": [face]}, 12.3), cv2.COLOR_BGR2RGB)
    fear = near(drawn, COLOURS["fear"])
    assert fear[200, 200]
    assert fear[200, 350]
    assert fear[300, 280]
    np.testing.assert_array_equal(drawn[110:290, 210:340], image[110:290, 210:340])
    bars = [near(drawn[302:], COLOURS[name]).sum(axis=1).max() for name in ("fear", "anger", "happiness")]
    assert bars[0] / bars[1] == pytest.approx(2, rel=0.1)
    assert bars[0] / bars[2] == pytest.approx(6, rel=0.3)
    assert not near(drawn[302:], COLOURS["surprise"]).any()


@pytest.mark.parametrize("box", [[0, 0, 640, 480], [600, 0, 60, 60], [-20, 450, 60, 60], [300, 470, 5, 5]])
def test_faces_at_the_edge_are_drawn(box):
    image = np.zeros((480, 640, 3), np.uint8)
    chances = dict.fromkeys(EMOTIONS, 1 / 7)
    face = {"id": 1, "box": box, "score": 1.0, "emotion": "happiness", "probabilities": chances}
    drawn = cv2.cvtColor(overlay.draw_frame(image, {"faces": [face]}, 1.0), cv2.COLOR_BGR2RGB)
    # The label is filled, so it has far more pixels than the box's line.
    assert near(drawn, COLOURS["happiness"]).sum() > 800


def test_a_window_without_a_display_is_refused(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match=r"no window can be opened \(no display, or an OpenCV without windows\): use"):
        overlay.Window("fer_tf")
