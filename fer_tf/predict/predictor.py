"""From pictures to a record of every face in them."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from export.litert import Runner
from fer_tf.errors import InputError
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.face import Face
from fer_tf.labels import ACTION_UNIT_TASK, EMOTION_TASK
from fer_tf.predict.images import Rejected, read_image
from fer_tf.predict.inputs import Inputs, batch_of, face_inputs
from fer_tf.predict.models import load_runner

DETECTOR = "blazeface_both"


@dataclasses.dataclass
class _Pending:
    """A picture whose faces wait for the classifiers; ``inputs``: for each of these those of each face."""

    record: dict
    faces: list[Face]
    inputs: list[list[Inputs]]


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
        au_model: str | Path | None = None,
        detector: str = DETECTOR,
        min_face: float = 20,
        min_score: float | None = None,
        batch_size: int = 32,
        grayscale: bool | None = None,
    ):
        """Loads the models.

        Args:
            model: of emotions, see ``models.load_runner``; None takes the model in the box.
            au_model: of action units, as ``model``; None reads none.
            detector: see ``faces.detect.detect_faces``.
            min_face: faces less high than this many pixels are left out.
            min_score: faces that the detector is less sure of are left out, between 0 and 1; None is the
                detector's own.
            batch_size: faces classified at once.
            grayscale: take the colour out of faces first; None does as each model was trained.

        Raises:
            InputError: no such model, one of the other kind, or a number out of range.
        """
        if batch_size < 1:
            raise InputError(f"batch_size is {batch_size}: it must be at least 1")
        if not (min_face >= 0 and (min_score is None or 0 < min_score < 1)):
            raise InputError(f"min_face is {min_face} and min_score {min_score}: expected >= 0 and between 0 and 1")
        self._runner = _of_task(load_runner(model), EMOTION_TASK, "model")
        self._au_runner = _of_task(load_runner(au_model), ACTION_UNIT_TASK, "au_model") if au_model else None
        self._finding = {"detector": detector, "min_size": min_face, "min_score": min_score}
        self._batch_size, self._grayscale = batch_size, grayscale

    @property
    def labels(self) -> tuple[str, ...]:
        """Emotions in the order of the model's outputs."""
        return self._runner.info.labels

    @property
    def units(self) -> tuple[str, ...]:
        """Action units in the order of the other model's outputs; none without it."""
        return self._au_runner.info.labels if self._au_runner else ()

    def predict_images(self, images: Iterable[np.ndarray | str | Path]) -> list[dict]:
        """Records of pictures.

        Args:
            images: paths, or RGB uint8 (H, W, 3) arrays; these are named by their number.

        Returns:
            for each picture ``image``, ``width``, ``height`` and ``faces``: a list, empty
            where no face was found, of ``box`` (left, top, width, height in pixels, inside
            the picture), ``score`` of the detector, ``emotion``, ``probabilities``
            (emotion -> 0..1) and, with an ``au_model``, ``action_units`` (unit -> 0..1).

        Raises:
            InputError: a picture cannot be read.
        """
        records = []
        for result in self.stream(images):
            if isinstance(result, Rejected):
                raise InputError(f"{result.image}: {result.reason}")
            records.append(result)
        return records

    def stream(self, images: Iterable[np.ndarray | str | Path]) -> Iterator[dict | Rejected]:
        """The same one by one, in the order given; unreadable pictures come as ``Rejected``."""
        waiting: list[_Pending | Rejected] = []
        faces = 0
        for number, image in enumerate(images):
            item = self._look(image, number)
            waiting.append(item)
            faces += len(item.faces) if isinstance(item, _Pending) else 0
            # Pictures without a face must not pile up behind one that waits for a full batch.
            if faces >= self._batch_size or len(waiting) >= self._batch_size:
                yield from self._finish(waiting)
                waiting, faces = [], 0
        yield from self._finish(waiting)

    def find(self, image: np.ndarray) -> list[Face]:
        """The faces in a picture, uint8 (H, W, 3), the surest first."""
        return detect_faces([image], **self._finding)[0]

    def read(self, image: np.ndarray, faces: Sequence[Face]) -> list[dict]:
        """What the models say of some faces.

        Args:
            image: uint8 (H, W, 3).
            faces: in it, of any detector.

        Returns:
            for each face a record as in ``predict_images``.
        """
        return self._records([self._pending(image, "", faces)])[0]["faces"]

    def _look(self, image: np.ndarray | str | Path, number: int) -> _Pending | Rejected:
        name = str(number) if isinstance(image, np.ndarray) else str(image)
        if not isinstance(image, np.ndarray):
            try:
                image = read_image(image)
            except InputError as error:
                return Rejected(name, str(error))
        return self._pending(image, name, self.find(image))

    def _pending(self, image: np.ndarray, name: str, faces: Sequence[Face]) -> _Pending:
        height, width = image.shape[:2]
        record = {"image": name, "width": width, "height": height, "faces": []}
        inputs = [face_inputs(runner.info, image, faces, self._grey(runner)) for runner in self._runners]
        return _Pending(record, list(faces), inputs)

    @property
    def _runners(self) -> list[Runner]:
        return [self._runner, self._au_runner] if self._au_runner else [self._runner]

    def _grey(self, runner: Runner) -> bool:
        return runner.info.grayscale if self._grayscale is None else self._grayscale

    def _finish(self, waiting: list[_Pending | Rejected]) -> Iterator[dict | Rejected]:
        records = iter(self._records([item for item in waiting if isinstance(item, _Pending)]))
        for item in waiting:
            yield next(records) if isinstance(item, _Pending) else item

    def _records(self, pending: Sequence[_Pending]) -> list[dict]:
        rows = [
            iter(self._classify(runner, [one for item in pending for one in item.inputs[number]]))
            for number, runner in enumerate(self._runners)
        ]
        for item in pending:
            item.record["faces"] = [self._face_record(item.record, face, *map(next, rows)) for face in item.faces]
        return [item.record for item in pending]

    def _classify(self, runner: Runner, inputs: list[Inputs]) -> list[np.ndarray]:
        batches = (inputs[i : i + self._batch_size] for i in range(0, len(inputs), self._batch_size))
        return [row for batch in batches for row in runner.probabilities(batch_of(batch))]

    def _face_record(self, record: dict, face: Face, emotions: np.ndarray, units: np.ndarray | None = None) -> dict:
        found = {
            "box": inside(face.box, record["width"], record["height"]),
            "score": round(face.score, 4),
            "emotion": self.labels[int(emotions.argmax())],
            "probabilities": _named(self.labels, emotions),
        }
        return found if units is None else found | {"action_units": _named(self.units, units)}


def inside(box: tuple[float, float, float, float], width: int, height: int) -> list[float]:
    """The part of a box inside the picture, left, top, width, height, tenths of a pixel."""
    left, top = min(max(box[0], 0), width), min(max(box[1], 0), height)
    right, bottom = min(max(box[0] + box[2], 0), width), min(max(box[1] + box[3], 0), height)
    return [round(value, 1) for value in (left, top, right - left, bottom - top)]


def _named(labels: Sequence[str], row: np.ndarray) -> dict[str, float]:
    return {label: round(float(value), 4) for label, value in zip(labels, row, strict=True)}


def _of_task(runner: Runner, task: str, option: str) -> Runner:
    if runner.info.task != task:
        raise InputError(
            f"{option} is a model of {runner.info.task.replace('_', ' ')} ({', '.join(runner.info.labels[:3])} …): "
            "give models of emotions as model, of action units as au_model"
        )
    return runner
