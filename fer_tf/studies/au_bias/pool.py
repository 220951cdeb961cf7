"""All images of some datasets as cached features with their labels, from which experiments draw people."""

import dataclasses
import hashlib
from pathlib import Path

import keras
import numpy as np

from fer_tf.data.action_units import ActionUnitOptions, ActionUnitTargets, presence, unit_columns
from fer_tf.data.load import dataset_names, qualified_names, split_names
from fer_tf.data.options import InputOptions
from fer_tf.errors import InputError
from fer_tf.models.registry import build
from fer_tf.models.weights import is_whole_model, load_model
from fer_tf.training.features import StackedRows, cached_features


@dataclasses.dataclass(frozen=True)
class Pool:
    """Images, as a frozen backbone sees them.

    Attributes:
        features: (N, F).
        columns: of ``scoring_batches``; ``subject_id`` is unique among datasets.
        targets: see ``ActionUnitTargets``; its units are those of the outputs.
        labels: float32 (N, U), what a head learns: 0..1, NaN for missing.
        digest: SHA-256 of what they follow from: images, frozen layers, units and labels.
    """

    features: StackedRows
    columns: dict[str, np.ndarray]
    targets: ActionUnitTargets
    labels: np.ndarray
    digest: str

    @property
    def truth(self) -> np.ndarray:
        """Present (1), absent (0) or missing (NaN), float32 (N, U)."""
        return presence(self.columns["action_units"][:, unit_columns(self.targets.units)])

    def rows_of(self, people: np.ndarray) -> np.ndarray:
        """Images of some people, int (M,)."""
        return np.flatnonzero(np.isin(self.columns["subject_id"], people))


def backbone(name: str, image_size: int, weights: str, **options) -> keras.Model:
    """A model for the sake of what lies below its head.

    Args:
        name: an action-unit model of the registry.
        image_size: side of its input in pixels.
        weights: ``imagenet``, ``none``, a backbone's ``.weights.h5``, or a whole ``.keras`` model, which is
            taken as it is.
        **options: those of ``alpha`` and ``pooling`` that were given a value.

    Raises:
        InputError: a whole model of another kind or size, or options that it cannot take.
    """
    if not is_whole_model(weights):
        keras.utils.set_random_seed(0)  # without weights the layers are random, and must be the same ones again
        given = {option: value for option, value in options.items() if value is not None}
        return build(name, image_size=image_size, weights=weights, outputs=1, head_width=0.001, **given)
    model = load_model(weights)
    if (model.name, model.input_shape[1]) != (name, image_size):
        raise InputError(
            f"model is {name} and image_size {image_size}, but {weights} is {model.name} at "
            f"{model.input_shape[1]} pixels: give these"
        )
    for option, value in options.items():
        if value is not None:
            raise InputError(f"{option} is {value}, but {weights} is a whole model, taken as it is: leave {option} out")
    return model


def read_pool(
    model: keras.Model, inputs: InputOptions, targets: ActionUnitOptions, cache: str | Path, verbose: bool = False
) -> Pool:
    """Reads every split of every dataset, images without labels included.

    A study draws its own training and test people, as paper B does, so official splits play no part.

    Args:
        model: see ``backbone``.
        inputs: one dataset or several with commas, their folder and the batch size.
        targets: which units, counted over all images, and how they are learnt.
        cache: folder of the features.
        verbose: print how far it is.

    Raises:
        InputError: a dataset is not built, or has no label.
    """
    parts, found = [], []
    for name in dataset_names(inputs.dataset):
        for split in split_names(name, inputs.data_dir):
            own = dataclasses.replace(inputs, dataset=name)
            features, columns = cached_features(model, own, split, cache, verbose=verbose)
            parts.append(features)
            found.append(columns | {"subject_id": qualified_names(name, columns["subject_id"])})
    columns = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
    chosen = ActionUnitTargets(targets, columns, inputs.dataset)
    labels = chosen.of_batch(columns["action_units"])[0].numpy()
    digest = hashlib.sha256(repr(([Path(part.filename).name for part in parts], chosen.units)).encode())
    digest.update(labels.tobytes())
    return Pool(StackedRows(parts), columns, chosen, labels, digest.hexdigest())
