"""Finding faces in photos: one interface, several detectors."""

from collections.abc import Sequence

import numpy as np

from fer_tf.errors import InputError
from fer_tf.faces.face import Face
from fer_tf.faces.square import check_pictures

# Scores of different detectors do not compare: what each calls a face by default.
MIN_SCORES = {"mtcnn": 0.9, "blazeface": 0.5, "blazeface_both": 0.5}
KEEP = ("all", "largest", "best")


def detect_faces(
    images: Sequence[np.ndarray],
    *,
    detector: str = "mtcnn",
    min_size: float = 20,
    min_score: float | None = None,
    keep: str = "all",
) -> list[list[Face]]:
    """Finds the faces in each image.

    Args:
        images: RGB uint8 (H, W, 3) each; sizes may differ.
        detector: ``mtcnn`` (Zhang et al. 2016, arXiv 1604.02878; small and large faces, see
            ``mtcnn.detector.find_faces``), ``blazeface`` (Bazarevsky et al. 2019, arXiv
            1907.05047; faster, for faces that fill a good part of the picture) or ``blazeface_both``
            (its two ranges, see ``blazeface.find_in_both_ranges``).
        min_size: faces less than this many pixels high are left out; MTCNN finds none below 20.
        min_score: faces that the detector is less sure of are left out, 0..1; None is 0.9 for
            mtcnn, whose own threshold of 0.8 is the least that has an effect, 0.5 for the others.
        keep: ``all`` faces, the ``largest`` by area, or the ``best`` by score.

    Returns:
        for each image its faces, the surest first (of ``blazeface_both`` those of the near range before the others,
        whose scores do not compare); an empty list where there is none.

    Raises:
        InputError: an image is not RGB uint8, an option is unknown, or what the detector needs is not installed.
    """
    if detector not in MIN_SCORES:
        raise InputError(f"detector is {detector!r}: expected one of {', '.join(MIN_SCORES)}")
    if keep not in KEEP:
        raise InputError(f"keep is {keep!r}: expected one of {', '.join(KEEP)}")
    check_pictures(images, "detect_faces")
    least = MIN_SCORES[detector] if min_score is None else min_score
    if not (min_size >= 0 and 0 <= least <= 1):
        raise InputError(f"detect_faces got min_size {min_size}, min_score {least}: expected 0 or more and 0..1")
    chosen = [
        [face for face in faces if face.score >= least and face.box[3] >= min_size]
        for faces in _find(images, detector, min_size, least)
    ]
    return [_keep(faces, keep) for faces in chosen]


def _find(images: Sequence[np.ndarray], detector: str, min_size: float, min_score: float) -> list[list[Face]]:
    # Imported here: a crop needs no detector, and one detector not the other.
    if detector == "mtcnn":
        try:
            from fer_tf.faces.mtcnn import detector as mtcnn
        except ModuleNotFoundError as error:
            raise InputError(
                f"detector mtcnn needs the package {error.name}, which is not installed: choose blazeface_both, or "
                "pip install 'fer_tf[train]'"
            ) from error
        return mtcnn.find_faces(images, min_size)
    from fer_tf.faces import blazeface

    find = blazeface.find_in_both_ranges if detector == "blazeface_both" else blazeface.find_faces
    return find(images, min_score=min_score)


def _keep(faces: list[Face], keep: str) -> list[Face]:
    """``faces`` come with the surest first."""
    if keep == "all" or not faces:
        return faces
    return [max(faces, key=lambda face: face.box[2] * face.box[3]) if keep == "largest" else faces[0]]
