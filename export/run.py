"""What the export mains share: opening a run."""

import dataclasses
from pathlib import Path

import keras

from export.metadata import file_digest, info_of, read_run
from export.model_info import ModelInfo
from fer_tf.data.load import training_image_facts
from fer_tf.data.options import InputOptions
from fer_tf.models.weights import load_model


@dataclasses.dataclass(frozen=True)
class Run:
    """A trained run that is to be exported.

    Attributes:
        model: its best weights.
        info: what every export of it shall know of itself.
        inputs: images to calibrate and compare on; None where no dataset was given.
        output_dir: folder for the exports.
    """

    model: keras.Model
    info: ModelInfo
    inputs: InputOptions | None
    output_dir: Path


def open_run(run_dir: str, output_dir: str | None, dataset: str | None, data_dir: str | None, batch_size: int) -> Run:
    """Opens a run directory and makes the folder for its exports.

    Args:
        run_dir: folder with ``model.keras`` and, where there is one, ``run.json``.
        output_dir: folder for the exports; by default ``export`` in the run directory.
        dataset: to calibrate and compare on; by default the one that the run was trained
            on. How its training images look is taken from them, unless ``run.json``
            tells ``crop_size`` and ``grayscale``.
        data_dir: folder of the built datasets; by default the one of the training.
        batch_size: images in a batch.

    Raises:
        InputError: the run or the dataset is missing, or does not fit.
    """
    known, path = read_run(run_dir), Path(run_dir) / "model.keras"
    model = load_model(path)
    info, inputs = info_of(model, known), None
    dataset = dataset or known.get("dataset")
    data_dir = data_dir or known.get("flags", {}).get("data_dir", "data")
    if dataset:
        # A model of measurements alone takes no picture, whatever size it were.
        inputs = InputOptions(dataset, data_dir, info.input_size or 1, batch_size)
        known = training_image_facts(dataset, data_dir) | known
    info = info_of(model, known, sha256=file_digest(path))
    folder = Path(output_dir) if output_dir else Path(run_dir) / "export"
    folder.mkdir(parents=True, exist_ok=True)
    return Run(model, info, inputs, folder)
