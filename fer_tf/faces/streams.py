"""What a network sees that looks at the situation too: the whole frame, the subject's face, the place without people.

The three streams of SAFER (arXiv 2306.09372), from one picture.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.faces.blazeface import CROP_BORDER, find_faces, join_ranges
from fer_tf.faces.crop import FER2013_MARGIN, crop_face
from fer_tf.faces.detect import MIN_SCORES, detect_faces
from fer_tf.faces.face import Face, Mesh
from fer_tf.faces.fill import FILLS
from fer_tf.faces.mesh import POINTS, as_mtcnn, find_meshes, whole_picture_face
from fer_tf.faces.person import Removal, remove_person

SIDE = 224
REMOVED = ("everyone", "subject")
# People are looked for in pictures that are no larger: the network sees 256 pixels, twice that around a face,
# and what is stored has 224.
_REMOVAL_SIDE = 448
# With less of the subject's face replaced, the person was not found: the background would show the emotion.
_FACE_REMOVED = 0.5


@dataclasses.dataclass(frozen=True)
class StreamSettings:
    """How the streams are made.

    Attributes:
        detector: blazeface or mtcnn. Crops are looked at with BlazeFace in any case.
        remove: everyone, or the subject alone: bystanders stay in the background then.
        fill: mean, blur or inpaint; see ``remove_person``.
        min_background: 0..1; where less of the picture remains there is no background, and it is black.
        crops: the pictures are faces that were cut out, such as FER-2013's: each is its subject's face as it is.
    """

    detector: str = "blazeface"
    remove: str = "everyone"
    fill: str = "mean"
    min_background: float = 0.1
    crops: bool = False

    def __post_init__(self) -> None:
        known = {"detector": tuple(MIN_SCORES), "remove": REMOVED, "fill": tuple(FILLS)}
        for name, words in known.items():
            if getattr(self, name) not in words:
                raise InputError(f"{name} {getattr(self, name)!r}: known are {', '.join(words)}")
        if not 0 <= self.min_background <= 1:
            raise InputError(f"min_background {self.min_background}: expected 0..1")


@dataclasses.dataclass(frozen=True)
class Streams:
    """One picture's streams.

    Attributes:
        image: uint8 (224, 224, 3), the whole frame; stretched where it is not square.
        face: uint8 (224, 224, 3), the subject's face in an upright square, framed as FER-2013 does.
        background: uint8 (224, 224, 3), as ``image``, people replaced; black where there is no background.
        background_share: 0..1, how much of the frame was not replaced; 0 where the subject could not be found
            to be removed.
        mesh: float32 (468, 3), pixels of ``face``; NaN where none was found.
        face_box: float32 (4,), the square that ``face`` shows: left, top, width, height in parts of the frame's
            width and height; may reach beyond 0..1. A mesh point (x, y) lies at left + x / 224 * width.
        faces: how many were found; 0 in a crop that only counts as a face because it is one.
    """

    image: np.ndarray
    face: np.ndarray
    background: np.ndarray
    background_share: float
    mesh: np.ndarray
    face_box: np.ndarray
    faces: int


def find_streams(images: Sequence[np.ndarray], settings: StreamSettings = StreamSettings()) -> list[Streams | None]:
    """Finds the subject of each picture, the largest face, and takes the picture apart.

    Args:
        images: RGB uint8 (H, W, 3) each; sizes may differ.
        settings: how.

    Returns:
        The streams of each picture; None where no face was found. They do not depend on the other pictures.

    Raises:
        InputError: an image is not RGB uint8.
    """
    candidates, found = _faces(images, settings)
    kept = [number for number, faces in enumerate(candidates) if faces]
    pictures, people = [images[number] for number in kept], [found[number] for number in kept]
    subjects, meshes = _subjects(pictures, [candidates[number] for number in kept])
    removals = _without_people(pictures, people, subjects, settings)
    result: list[Streams | None] = [None] * len(images)
    for number, subject, mesh, removal in zip(kept, subjects, meshes, removals, strict=True):
        result[number] = _streams(images[number], subject, mesh, removal, len(found[number]), settings)
    return result


def streams_of(
    image: np.ndarray, faces: Sequence[Face], meshes: Sequence[Mesh | None], settings: StreamSettings = StreamSettings()
) -> list[Streams]:
    """The streams of each of some faces in one picture, as if it were the subject.

    Args:
        image: RGB uint8 (H, W, 3).
        faces: all that were found; their people are removed.
        meshes: one for each face, None where none was found.
        settings: how; ``detector`` plays no part.

    Returns:
        one for each face, in their order.
    """
    if settings.remove == "everyone":
        removals = _without_people([image], [list(faces)], faces[:1], settings) * len(faces)
    else:
        removals = _without_people([image] * len(faces), [list(faces)] * len(faces), faces, settings)
    return [
        _streams(image, face, mesh, removal, len(faces), settings)
        for face, mesh, removal in zip(faces, meshes, removals, strict=True)
    ]


def _faces(images: Sequence[np.ndarray], settings: StreamSettings) -> tuple[list[list[Face]], list[list[Face]]]:
    """Those that may be the subject, of each image, and all whose people may be removed."""
    if settings.crops:
        found = find_faces(images, border=CROP_BORDER)
        return [faces or [whole_picture_face(image)] for image, faces in zip(images, found, strict=True)], found
    found = detect_faces(images, detector=settings.detector, min_size=1)
    if settings.detector != "blazeface":
        return found, found
    # The small ones too, to be removed.
    small = find_faces(images, kind="full_range")
    return [near or far for near, far in zip(found, small, strict=True)], join_ranges(found, small)


def _subjects(images: Sequence[np.ndarray], faces: Sequence[list[Face]]) -> tuple[list[Face], list[Mesh | None]]:
    """The largest face of each picture; but no lamp or poster on which there is no mesh, where the detector is
    surer of a smaller face that has one.
    """
    faces = [sorted(of_one, key=lambda face: -face.box[2] * face.box[3]) for of_one in faces]
    subjects = [of_one[0] for of_one in faces]
    meshes = [mesh for (mesh,) in find_meshes(images, [[subject] for subject in subjects], passes=2)]
    for number, (image, of_one) in enumerate(zip(images, faces, strict=True)):
        surer = [face for face in of_one[1:] if face.score > of_one[0].score] if meshes[number] is None else []
        for face, mesh in zip(surer, find_meshes([image], [surer], passes=2)[0], strict=True):
            if mesh is not None:
                subjects[number], meshes[number] = face, mesh
                break
    return subjects, meshes


def _square(image: np.ndarray, subject: Face, settings: StreamSettings) -> tuple[float, float, float, float]:
    """Left, top, width, height in pixels of what ``face`` shows."""
    box = whole_picture_face(image).box if settings.crops else as_mtcnn(subject)
    side = max(box[2], box[3]) * (1.0 if settings.crops else 1 + 2 * FER2013_MARGIN)
    return box[0] + (box[2] - side) / 2, box[1] + (box[3] - side) / 2, side, side


def _without_people(
    images: Sequence[np.ndarray], faces: Sequence[list[Face]], subjects: Sequence[Face], settings: StreamSettings
) -> list[Removal]:
    scales = [min(1.0, _REMOVAL_SIDE / max(image.shape[:2])) for image in images]
    small = [_reduced(image, scale) for image, scale in zip(images, scales, strict=True)]
    known = [[_scaled(face, scale) for face in of_one] for of_one, scale in zip(faces, scales, strict=True)]
    alone = [_scaled(subject, scale) for subject, scale in zip(subjects, scales, strict=True)]
    return remove_person(small, known, settings.fill, alone if settings.remove == "subject" else None)


def _streams(
    image: np.ndarray, subject: Face, mesh: Mesh | None, removal: Removal, faces: int, settings: StreamSettings
) -> Streams:
    left, top, side, _ = square = _square(image, subject, settings)
    height, width = image.shape[:2]
    share = _share(removal.mask, subject, width)
    seen = share > 0 and share >= settings.min_background
    points = np.full((POINTS, 3), np.nan, np.float32)
    if mesh is not None:
        points = ((mesh.points[:POINTS] - (left, top, 0)) * (SIDE / side)).astype(np.float32)
    return Streams(
        image=_resized(image),
        face=crop_face(image, square, SIDE, margin=0.0),
        background=_resized(removal.background) if seen else np.zeros((SIDE, SIDE, 3), np.uint8),
        background_share=share,
        mesh=points,
        face_box=np.array([left / width, top / height, side / width, side / height], np.float32),
        faces=faces,
    )


def _share(mask: np.ndarray, subject: Face, width: int) -> float:
    """How much was not replaced; 0 where the subject's face was not."""
    left, top, across, down = (value * mask.shape[1] / width for value in subject.box)
    x, y = (
        np.clip((round(start), round(start + length)), 0, most)
        for start, length, most in ((left, across, mask.shape[1]), (top, down, mask.shape[0]))
    )
    face = mask[y[0] : y[1], x[0] : x[1]]
    if not face.size or face.mean() < _FACE_REMOVED:
        return 0.0
    return float(1 - mask.mean(dtype=np.float64))


def _scaled(face: Face, scale: float) -> Face:
    keypoints = {name: (x * scale, y * scale) for name, (x, y) in face.keypoints.items()}
    return Face(tuple(value * scale for value in face.box), face.score, keypoints)


def _reduced(image: np.ndarray, scale: float) -> np.ndarray:
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    return image if scale == 1 else _resize(image, (width, height))


def _resized(image: np.ndarray) -> np.ndarray:
    return _resize(image, (SIDE, SIDE))


def _resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.array(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))
