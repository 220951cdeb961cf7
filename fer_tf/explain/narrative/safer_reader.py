"""SAFER as a model that the narrative asks: with all streams, and with each of them taken away."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np

from fer_tf.data.images import resize
from fer_tf.data.views import GEOMETRY
from fer_tf.explain.narrative.facts import Place
from fer_tf.explain.narrative.streams import Seen
from fer_tf.faces.face import Face, Mesh
from fer_tf.faces.geometry import measurements
from fer_tf.faces.streams import SIDE, Streams, StreamSettings, streams_of
from fer_tf.models.heads import FEATURES
from fer_tf.models.inputs import image_size, input_names
from fer_tf.models.outputs import softmax
from fer_tf.models.place_network import PLACE_NETWORK, names_file, place_categories, place_network
from fer_tf.models.places import (
    INDOOR,
    category_names,
    indoor_categories,
    indoor_or_outdoor,
    load_attribute_matrix,
    top_attributes,
    top_categories,
)
from fer_tf.models.weights import load_model
from fer_tf.models.wideresnet_places import wideresnet_places
from fer_tf.training.features import split_model

# Attributes that are named; the paper's example has three or four.
_ATTRIBUTES = 4
# The streams that the paper names -> parts of the features.
_PARTS = {"face": (GEOMETRY, "face"), "background": ("background",), "place": ("place",)}


class SaferReader:
    """Reads faces with ``safer``; see ``streams.StreamReader``."""

    def __init__(
        self,
        model: keras.Model,
        labels: Sequence[str],
        *,
        settings: StreamSettings | None = None,
        place: keras.Model | None = None,
        categories: Sequence[str] = (),
        attributes: Callable[[np.ndarray], tuple[str, ...]] | None = None,
    ):
        """Keeps the model.

        Args:
            model: of the registry's ``safer``.
            labels: emotion of each logit.
            settings: how people are removed; as in the dataset that the model was trained on.
            place: picture -> logits of places, to name them; None leaves them unnamed.
            categories: names of these logits.
            attributes: of ``attribute_reader``; None leaves them out.
        """
        self._model, self._labels = model, tuple(labels)
        self._features, self._head = split_model(model)
        self._layout = model.get_layer(FEATURES).layout
        self._settings, self._place, self._categories = settings or StreamSettings(), place, tuple(categories)
        self._attributes = attributes

    def read(
        self, image: np.ndarray, faces: Sequence[Face], meshes: Sequence[Mesh | None], *, whole: bool
    ) -> Sequence[Seen]:
        """See ``streams.StreamReader.read``."""
        if not faces:
            return []
        settings = StreamSettings(**{**vars(self._settings), "crops": whole})
        streams = streams_of(image, faces, meshes, settings)
        features = np.asarray(self._features(self._inputs(streams), training=False))
        said = self._probabilities(features)
        without = {stream: self._probabilities(self._without(features, stream)) for stream in self._streams()}
        places = [self._named(one) for one in streams]
        return [
            Seen(
                said[row],
                {stream: answers[row] for stream, answers in without.items()} if len(without) > 1 else None,
                places[row],
            )
            for row in range(len(streams))
        ]

    def _inputs(self, streams: Sequence[Streams]) -> dict[str, np.ndarray]:
        size = image_size(self._model)
        made = {}
        for name in input_names(self._model):
            if name == GEOMETRY:
                made[name] = measurements(np.stack([one.mesh for one in streams]))
            else:
                pictures = [one.face if name == "face" else one.background for one in streams]
                made[name] = resize(np.stack(pictures), size).numpy()
        return made

    def _streams(self) -> list[str]:
        """Those of the paper that the model has."""
        return [stream for stream, parts in _PARTS.items() if set(parts) & set(self._layout)]

    def _without(self, features: np.ndarray, stream: str) -> np.ndarray:
        """The features with a stream's at zero, which stands for none."""
        left = features.copy()
        for part in _PARTS[stream]:
            if part in self._layout:
                left[:, slice(*self._layout[part])] = 0
        return left

    def _probabilities(self, features: np.ndarray) -> list[dict[str, float]]:
        rows = softmax(np.asarray(self._head(features, training=False)))
        return [dict(zip(self._labels, map(float, row), strict=True)) for row in rows]

    def _named(self, streams: Streams) -> Place | None:
        if self._place is None or not streams.background.any():
            return None
        logits = np.asarray(self._place(streams.background[None].astype(np.float32), training=False))
        ((name, probability),) = top_categories(logits, self._categories, 1)[0]
        attributes = self._attributes(streams.background) if self._attributes else ()
        return Place(name, probability, attributes, _indoor(logits, name))


def attribute_reader(weights: str, matrix: str) -> Callable[[np.ndarray], tuple[str, ...]]:
    """Names the attributes of a place, by WideResNet18 of Places365.

    Args:
        weights: ``wideresnet18_places365.pth.tar``.
        matrix: ``W_sceneattribute_wideresnet18.npy``.

    Returns:
        picture uint8 (224, 224, 3) -> the strongest attributes.

    Raises:
        InputError: files that are not these.
    """
    responses = load_attribute_matrix(matrix)
    network = wideresnet_places(weights=weights, top=False)

    def attributes(picture: np.ndarray) -> tuple[str, ...]:
        features = np.asarray(network(picture[None].astype(np.float32), training=False))
        return tuple(name for name, _ in top_attributes(features, responses, _ATTRIBUTES)[0])

    return attributes


def reader_of_run(
    run_dir: Path, trained: Mapping, attributes: Callable[[np.ndarray], tuple[str, ...]] | None = None
) -> SaferReader:
    """The model of a run, with the place network that it looks with, where that is still there.

    Args:
        run_dir: folder that ``train.py`` wrote.
        trained: its ``run.json``.
        attributes: of ``attribute_reader``.

    Raises:
        InputError: no such model.
    """
    given = trained["flags"].get("place_weights") or "none"
    paths = [run_dir / PLACE_NETWORK, run_dir.parent / PLACE_NETWORK] if given == "none" else [Path(given)]
    # Without the names of the places they are only unnamed.
    known = (path for path in paths if path.is_file() and (path.suffix != ".keras" or names_file(path).is_file()))
    found = next(map(str, known), None)
    made = trained.get("dataset_options", {})
    options = {name: made[name] for name in ("remove", "fill", "min_background") if name in made}
    return SaferReader(
        load_model(run_dir / "model.keras"),
        trained["labels"],
        settings=StreamSettings(**options),
        attributes=attributes,
        place=place_network(found, image_size=SIDE, top=True) if found else None,
        categories=place_categories(found) if found else (),
    )


def _indoor(logits: np.ndarray, name: str) -> bool | None:
    """By vote of Places365's categories; of another network's as Places365 has the category, None where it has not."""
    names = category_names()
    if logits.shape[1] == len(names):
        return indoor_or_outdoor(logits)[0][0] == INDOOR
    return bool(indoor_categories()[names.index(name)]) if name in names else None
