import numpy as np
import pytest

from benchmarks import video_memory
from fer_tf.faces.face import Face
from fer_tf.labels import EMOTIONS


class OneFace:
    """Finds the same face in each frame; keeps the frames where told to leak."""

    labels, units = EMOTIONS, ()

    def __init__(self, leak=False):
        self.leak, self.kept = leak, []

    def find(self, image):
        return [Face((60.0, 60.0, 50.0, 60.0), 1.0, {})]

    def read(self, image, faces):
        if self.leak:
            self.kept.append(np.ones(2**18))  # 2 MiB a frame
        row = {"score": 1.0, "emotion": "fear", "probabilities": dict.fromkeys(EMOTIONS, 1 / 7)}
        return [{"box": list(face.box), **row} for face in faces]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(video_memory, "_CLIP", 5)
    monkeypatch.setattr(video_memory, "_PART", 20)
    monkeypatch.setattr("fer_tf.predict.track._meshes", lambda image, faces: [None] * len(faces))


def test_what_is_kept_shows_as_growth():
    flat, _ = video_memory.measure(80, 1, OneFace())
    grown, _ = video_memory.measure(80, 1, OneFace(leak=True))
    assert flat["video_faces_told_apart"] == 1
    assert flat["video_memory_growth_mb"] < 30
    # 60 frames of 2 MiB lie between the middles of the first and the last twenty; some go where older ones were.
    assert grown["video_memory_growth_mb"] > 50
    assert grown["video_memory_peak_mb"] >= grown["video_memory_growth_mb"]
