import numpy as np

from benchmarks import faces_memory
from fer_tf.faces.face import Face, Mesh
from fer_tf.faces.store import Found


class OneFace:
    """Finds the same face and a random mesh in each image; keeps the images where told to leak."""

    def __init__(self, leak=False):
        self.leak, self.kept = leak, []

    def describe(self):
        return {"fake": 1}

    def find(self, images):
        if self.leak:
            self.kept += [np.ones((len(images), 2**18))]  # 2 MiB an image
        points = np.random.default_rng(0).normal(size=(468, 3)).astype(np.float32)
        keypoints = {"left_eye": (70.0, 90.0), "right_eye": (150.0, 90.0)}
        return [Found([Face((60.0, 60.0, 100.0, 100.0), 1.0, keypoints)], [Mesh(points, 1.0)]) for _ in images]


def test_images_are_all_different_and_repeatable(monkeypatch):
    monkeypatch.setattr(faces_memory, "PEOPLE", 2)
    images = dict(faces_memory.mixed_images(50, 1))
    assert len({image.tobytes() for image in images.values()}) == 50
    for image_id, image in faces_memory.mixed_images(50, 1):
        np.testing.assert_array_equal(image, images[image_id])


def test_what_is_kept_shows_as_growth(monkeypatch):
    monkeypatch.setattr(faces_memory, "SAMPLE", 10)
    monkeypatch.setattr(faces_memory, "SETTLED", 20)
    monkeypatch.setattr(faces_memory, "PEOPLE", 2)
    flat, _ = faces_memory.measure(80, 1, OneFace())
    grown, _ = faces_memory.measure(80, 1, OneFace(leak=True))
    assert flat["memory_meshes_found"] == 1
    assert flat["memory_growth_mb"] < 30
    # Found in batches of 32, 64 MiB each: two of them after the first twenty images, of which one may fit into memory
    # that was freed before.
    assert grown["memory_growth_mb"] > 50
    assert grown["memory_peak_mb"] >= grown["memory_growth_mb"]
