"""Features of frozen convolutions, computed once and kept on disk.

An image that no trained layer changes has the same features in every epoch and every experiment.
So they are computed once, without augmentation, and a head (``training.head``) is trained in minutes or seconds.
"""

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from fer_tf.commandline import only_process
from fer_tf.data.load import split_digest
from fer_tf.data.options import InputOptions
from fer_tf.data.scoring import scoring_batches
from fer_tf.errors import InputError
from fer_tf.models.heads import FEATURES
from fer_tf.models.inputs import image_size, input_names
from fer_tf.training.record import write_json, write_text

# Half precision holds three digits, which is finer than what the head makes of them.
DTYPES = ("float16", "float32")
# Rows between two flushes: what a kill loses.
_BLOCK = 1024


def split_model(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """The part up to the features, and the head; both share the model's weights.

    Args:
        model: with a connected head (``models.heads``).

    Returns:
        image (B, size, size, 3) -> features (B, F), and features -> logits.

    Raises:
        InputError: a model without such a head.
    """
    if FEATURES not in [layer.name for layer in model.layers]:
        raise InputError(f"model {model.name} has no layer {FEATURES!r}: only models with a connected head, *_au, do")
    features = model.get_layer(FEATURES).output
    inner = keras.Model(model.input, features, name=model.name)
    return inner, keras.Model(features, model.output, name="head")


def cached_features(
    model: keras.Model,
    inputs: InputOptions,
    split: str,
    folder: str | Path,
    *,
    dtype: str = "float16",
    verbose: bool = False,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Features of every image of a split, from disk where they are there.

    What is kept belongs to the files of the split, the weights below the features, the size of the
    images, the features' layer and the type; if one of them differs, it is another file. A
    computation that was killed goes on where it was.

    Args:
        model: see ``split_model``.
        inputs: dataset and batch size; ``image_size`` is the model's own.
        split: split of the dataset; images without labels are included.
        folder: of the cache; one process at a time writes there.
        dtype: one of ``DTYPES``.
        verbose: print how far it is.

    Returns:
        (N, F) memory map, read-only, and the columns of ``scoring_batches`` in the same order.
    """
    if dtype not in DTYPES:
        raise InputError(f"dtype is {dtype!r}: choose one of {', '.join(DTYPES)}")
    inner, _ = split_model(model)
    views = input_names(model)
    inputs = dataclasses.replace(inputs, image_size=image_size(model) or inputs.image_size)
    images, columns = scoring_batches(inputs, split, labelled_only=False, views=views)
    facts = {
        "split_sha256": split_digest(inputs.dataset, split, inputs.data_dir),
        "dataset": inputs.dataset,
        "split": split,
        "model": model.name,
        "weights_sha256": _weights_digest(inner),
        "layers_sha256": _layers_digest(inner),
        "image_size": inputs.image_size,
        "layer": type(model.get_layer(FEATURES)).__name__,
        "shape": [len(columns["image_id"]), inner.output_shape[-1]],
        "dtype": dtype,
    }
    key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]
    path = Path(folder) / f"{key}.npy"
    if not path.is_file():
        with only_process(Path(folder)):
            _compute(inner, images, inputs.batch_size, path, facts, verbose)
    return np.load(path, mmap_mode="r", allow_pickle=False), columns


def _compute(inner, images, batch_size: int, path: Path, facts: dict, verbose: bool) -> None:
    partial, progress, shape = path.with_suffix(".partial"), path.with_suffix(".rows"), tuple(facts["shape"])
    done = int(progress.read_text()) if progress.is_file() and partial.is_file() else 0
    done -= done % batch_size  # whole batches are left out
    created = {"mode": "w+", "dtype": facts["dtype"], "shape": shape}
    rows = np.lib.format.open_memmap(partial, **({"mode": "r+"} if done else created))
    saved = done
    for batch in images.skip(done // batch_size):
        values = inner.predict_on_batch(batch)  # compiled: five times as fast as a plain call
        if not np.abs(values).max() <= np.finfo(facts["dtype"]).max:
            raise InputError(
                f"features are not numbers that {facts['dtype']} can hold: the model's weights are damaged"
            )
        rows[done : done + len(values)] = values
        done += len(values)
        if done - saved >= _BLOCK:
            rows.flush()
            write_text(progress, str(done))
            saved = done
            if verbose:
                print(f"features of {facts['split']}: {done:,} of {shape[0]:,}", flush=True)
    rows.flush()
    write_json(path.with_suffix(".json"), facts)
    partial.replace(path)
    progress.unlink(missing_ok=True)


def _flat(model: keras.Model) -> list[keras.Operation]:
    """Layers of a model and of those inside it, whose own configurations would hold names that Keras numbers."""
    return [
        inner for layer in model.operations for inner in (_flat(layer) if isinstance(layer, keras.Model) else [layer])
    ]


def _layers_digest(model: keras.Model) -> str:
    """Layers without weights decide too: what is cut off, how pixels are scaled."""
    layers = []
    for layer in _flat(model):
        config = {key: value for key, value in layer.get_config().items() if key not in ("name", "trainable")}
        layers.append([type(layer).__name__, config])
    return hashlib.sha256(json.dumps(layers, sort_keys=True, default=str).encode()).hexdigest()


def _weights_digest(model: keras.Model) -> str:
    digest = hashlib.sha256()
    for variable in model.variables:
        digest.update(variable.path.encode())
        digest.update(np.ascontiguousarray(variable.numpy()).tobytes())
    return digest.hexdigest()


class StackedRows:
    """Several arrays of features, one below the other, without copying them: for ``fit_head`` and ``head_logits``.

    Attributes:
        shape: (N, F) of the whole.
    """

    def __init__(self, parts: Sequence[np.ndarray]):
        """Takes (N_i, F) arrays, in memory or on disk.

        Raises:
            InputError: their widths differ.
        """
        widths = {part.shape[1] for part in parts}
        if len(widths) != 1:
            raise InputError(f"features have the widths {sorted(widths)}: expected those of one model")
        self._parts = parts
        self._starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
        self.shape = (int(self._starts[-1]), widths.pop())

    def __len__(self) -> int:
        """Rows of all parts."""
        return self.shape[0]

    def __getitem__(self, rows: np.ndarray | slice) -> np.ndarray:
        """Rows by number, in the order asked for."""
        rows = np.arange(len(self))[rows]
        values = np.empty((len(rows), self.shape[1]), self._parts[0].dtype)
        for number, part in enumerate(self._parts):
            here = (rows >= self._starts[number]) & (rows < self._starts[number + 1])
            if here.any():
                values[here] = part[rows[here] - self._starts[number]]
        return values


class FeatureBatches(keras.utils.PyDataset):
    """Batches of features, in order to be scored or, with targets, shuffled anew each epoch."""

    def __init__(
        self,
        features: np.ndarray,
        rows: np.ndarray,
        batch_size: int,
        targets: np.ndarray | None = None,
        seed: int = 0,
        first_epoch: int = 0,
    ):
        """Takes rows of features.

        Args:
            features: (N, F), in memory or on disk, or ``StackedRows``.
            rows: int (M,), those to take.
            batch_size: in training, what is left of the last batch is left out of the epoch.
            targets: (M, outputs) of the rows; None: features only, each once.
            seed: of the order, which follows from it and the epoch alone.
            first_epoch: epoch to begin with, when a run is resumed.
        """
        super().__init__()
        self._features, self._rows, self._size, self._targets = features, rows, batch_size, targets
        self._seed, self._epoch = seed, first_epoch
        self._shuffle()

    def _shuffle(self) -> None:
        self._order = np.arange(len(self._rows))
        if self._targets is not None:
            self._order = np.random.default_rng([self._seed, self._epoch]).permutation(self._order)

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self._rows) // self._size if self._targets is not None else -(-len(self._rows) // self._size)

    def __getitem__(self, index: int):
        """Features float32 (B, F), with targets where there are any."""
        # Neighbours on disk are read together; the order within a batch is of no account.
        chosen = np.sort(self._order[index * self._size : (index + 1) * self._size])
        features = np.asarray(self._features[self._rows[chosen]], np.float32)
        # A tuple of one: Keras would take bare features for inputs and targets.
        return (features,) if self._targets is None else (features, self._targets[chosen])

    def on_epoch_end(self) -> None:
        """Goes on to the next epoch's order."""
        self._epoch += 1
        self._shuffle()
