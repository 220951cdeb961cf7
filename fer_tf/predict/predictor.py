"""From pictures to a record of every face in them."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from fer_tf.data.images import resize
from fer_tf.errors import InputError
from fer_tf.faces.crop import crop_face
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.face import Face
from fer_tf.predict.images import Rejected, read_image
from fer_tf.predict.models import load_runner


@dataclasses.dataclass
class _Pending:
    """A picture whose faces wait for the classifier."""

    record: dict
    faces: list[Face]
    crops: list[np.ndarray]


class Predictor:
    """Finds faces and names their expressions.

    Example:
        >>> from fer_tf.predict import Predictor
        >>> records = Predictor().predict_images(["photo.jpg"])  # doctest: +SKIP
    """

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        min_face: float = 20,
        min_score: float = 0.9,
        batch_size: int = 32,
        grayscale: bool | None = None,
    ):
        """Loads the model.

        Args:
            model: see ``models.load_runner``; None takes the model in the box.
            min_face: faces less high than this many pixels are left out.
            min_score: faces that the detector is less sure of are left out, 0..1.
            batch_size: faces classified at once.
            grayscale: take the colour out of faces first; None does as the model was trained.

        Raises:
            InputError: no such model, or a number out of range.
        """
        if batch_size < 1:
            raise InputError(f"batch_size is {batch_size}: it must be at least 1")
        if min_face < 0 or not 0 <= min_score <= 1:
            raise InputError(f"min_face is {min_face} and min_score {min_score}: they must be >= 0 and in 0..1")
        self._runner = load_runner(model)
        self._min_face, self._min_score, self._batch_size = min_face, min_score, batch_size
        self._grayscale = self._runner.info.grayscale if grayscale is None else grayscale

    @property
    def labels(self) -> tuple[str, ...]:
        """Emotions in the order of the model's outputs."""
        return self._runner.info.labels

    def predict_images(self, images: Iterable[np.ndarray | str | Path]) -> list[dict]:
        """Records of pictures.

        Args:
            images: paths, or RGB uint8 (H, W, 3) arrays; these are named by their number.

        Returns:
            for each picture ``image``, ``width``, ``height`` and ``faces``: a list, empty
            where no face was found, of ``box`` (left, top, width, height in pixels, inside
            the picture), ``score`` of the detector, ``emotion`` and ``probabilities``
            (emotion -> 0..1).

        Raises:
            InputError: a picture cannot be read.
        """
        records = []
        for result in self.stream(images):
            if isinstance(result, Rejected):
                raise InputError(f"{result.image}: {result.reason}")
            records.append(result)
        return records

    def find(self, image: np.ndarray) -> list[Face]:
        """Faces of one picture, RGB uint8 (H, W, 3), the surest first; those too small or unsure are left out."""
        return detect_faces([image], min_size=self._min_face, min_score=self._min_score)[0]

    def read(self, image: np.ndarray, faces: Sequence[Face]) -> list[dict]:
        """Records of faces of one picture, RGB uint8 (H, W, 3), as those of ``predict_images``, in their order."""
        record = {"width": image.shape[1], "height": image.shape[0]}
        rows = self._classify([self._crop(image, face) for face in faces])
        return [self._face_record(record, face, row) for face, row in zip(faces, rows, strict=True)]

    def stream(self, images: Iterable[np.ndarray | str | Path]) -> Iterator[dict | Rejected]:
        """The same one by one, in the order given; unreadable pictures come as ``Rejected``."""
        waiting: list[_Pending | Rejected] = []
        faces = 0
        for number, image in enumerate(images):
            item = self._look(image, number)
            waiting.append(item)
            faces += len(item.crops) if isinstance(item, _Pending) else 0
            # Pictures without a face must not pile up behind one that waits for a full batch.
            if faces >= self._batch_size or len(waiting) >= self._batch_size:
                yield from self._finish(waiting)
                waiting, faces = [], 0
        yield from self._finish(waiting)

    def _look(self, image: np.ndarray | str | Path, number: int) -> _Pending | Rejected:
        name = str(number) if isinstance(image, np.ndarray) else str(image)
        if not isinstance(image, np.ndarray):
            try:
                image = read_image(image)
            except InputError as error:
                return Rejected(name, str(error))
        (faces,) = detect_faces([image], min_size=self._min_face, min_score=self._min_score)
        height, width = image.shape[:2]
        record = {"image": name, "width": width, "height": height, "faces": []}
        return _Pending(record, faces, [self._crop(image, face) for face in faces])

    def _crop(self, image: np.ndarray, face: Face) -> np.ndarray:
        crop = crop_face(image, face.box, self._runner.info.crop_size or self._runner.info.input_size)
        if self._grayscale:
            crop = np.repeat(np.asarray(Image.fromarray(crop).convert("L"))[..., None], 3, axis=2)
        return resize(crop, self._runner.info.input_size).numpy()

    def _finish(self, waiting: list[_Pending | Rejected]) -> Iterator[dict | Rejected]:
        crops = [crop for item in waiting if isinstance(item, _Pending) for crop in item.crops]
        rows = iter(self._classify(crops))
        for item in waiting:
            if isinstance(item, _Pending):
                item.record["faces"] = [self._face_record(item.record, face, next(rows)) for face in item.faces]
                yield item.record
            else:
                yield item

    def _classify(self, crops: list[np.ndarray]) -> list[np.ndarray]:
        batches = (crops[i : i + self._batch_size] for i in range(0, len(crops), self._batch_size))
        return [row for batch in batches for row in self._runner.probabilities(np.stack(batch))]

    def _face_record(self, record: dict, face: Face, probabilities: np.ndarray) -> dict:
        return {
            "box": _inside(face.box, record["width"], record["height"]),
            "score": round(face.score, 4),
            "emotion": self.labels[int(probabilities.argmax())],
            "probabilities": {
                label: round(float(value), 4) for label, value in zip(self.labels, probabilities, strict=True)
            },
        }


def _inside(box: tuple[float, float, float, float], width: int, height: int) -> list[float]:
    """The part of a box inside the picture, left, top, width, height, tenths of a pixel."""
    left, top = min(max(box[0], 0), width), min(max(box[1], 0), height)
    right, bottom = min(max(box[0] + box[2], 0), width), min(max(box[1] + box[3], 0), height)
    return [round(value, 1) for value in (left, top, right - left, bottom - top)]
