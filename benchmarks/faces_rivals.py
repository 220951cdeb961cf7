"""Other people's MTCNN, for benchmarks and tests to compare with."""

import functools
import importlib.resources
import importlib.util
import sys
import types
from collections.abc import Callable

import cv2
import numpy as np

Detector = Callable[[np.ndarray], np.ndarray]
"""RGB uint8 (H, W, 3) -> float (n, 15): left, top, right, bottom, score, x and y of five keypoints."""


@functools.cache
def package_network():
    """The PyPI package's ``MTCNN``."""
    from mtcnn import MTCNN
    from mtcnn.stages import StageONet, StagePNet, StageRNet

    # By name alone the package would first unpickle a file of that name in the current folder.
    weights = importlib.resources.files("mtcnn.assets.weights")
    stages = ((StagePNet, "pnet.lz4"), (StageRNet, "rnet.lz4"), (StageONet, "onet.lz4"))
    return MTCNN(stages=[stage(weights=str(weights / name)) for stage, name in stages])


def package() -> Detector:
    """The PyPI package mtcnn, one image a call; nothing is found in less than 24 pixels, where it fails."""
    options = {"fit_to_image": False, "limit_boundaries_landmarks": False, "box_format": "xyxy"}
    network = package_network()

    def detect(image: np.ndarray) -> np.ndarray:
        try:
            rows = network.detect_faces([image], output_type="numpy", **options)
        except (ValueError, IndexError):  # mtcnn 1.0.0 stacks an empty list when a stage leaves no candidate
            rows = np.empty((0, 16))
        points = rows[:, 6:].reshape(-1, 2, 5).swapaxes(1, 2).reshape(-1, 10)
        return np.column_stack([rows[:, 1:6], points])

    return detect


def facenet() -> Detector | None:
    """facenet-pytorch's MTCNN with the package's thresholds, or None where it is not installed."""
    if not all(importlib.util.find_spec(name) for name in ("torch", "facenet_pytorch")):
        return None
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):  # the package index has it for CUDA only
        _stand_in_for_torchvision()
    from facenet_pytorch import MTCNN

    network = MTCNN(keep_all=True, min_face_size=20, thresholds=[0.6, 0.7, 0.8], device="cpu")

    def detect(image: np.ndarray) -> np.ndarray:
        boxes, scores, points = network.detect(image, landmarks=True)
        if boxes is None:
            return np.empty((0, 15))
        return np.column_stack([boxes.astype(float), scores.astype(float), points.reshape(-1, 10).astype(float)])

    return detect


def _stand_in_for_torchvision() -> None:
    """facenet-pytorch's detector calls one function of torchvision: OpenCV's does the same."""
    import torch

    def batched_nms(boxes, scores, groups, threshold):
        corners = boxes.numpy()
        sized = np.column_stack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
        kept = cv2.dnn.NMSBoxesBatched(sized.tolist(), scores.tolist(), groups.tolist(), 0.0, threshold)
        return torch.as_tensor(np.asarray(kept, np.int64).ravel())

    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]  # what a failed import leaves behind
    names = ("torchvision", "torchvision.ops", "torchvision.ops.boxes", "torchvision.transforms")
    modules = {name: types.ModuleType(name) for name in (*names, "torchvision.transforms.functional")}
    modules["torchvision.ops.boxes"].batched_nms = batched_nms
    modules["torchvision.transforms"].functional = modules["torchvision.transforms.functional"]
    sys.modules.update(modules)
