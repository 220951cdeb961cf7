"""What the TFLite main does with an int8 file that loses too much accuracy."""

from collections.abc import Callable, Mapping

import keras
import numpy as np

from export.calibration import calibration_inputs
from export.quantisation_aware import fine_tune
from export.run import Run
from fer_tf.errors import InputError
from fer_tf.training.record import read_json, write_json

INT8 = "int8"


def second_try(
    run: Run, refused: Mapping[str, str], epochs: int, count: int, again: Callable[[keras.Model], dict[str, str]]
) -> dict[str, str]:
    """Fine-tunes a model for int8, exports and compares again, if the file was refused for its score.

    The refused file lies aside as ``<name>.rejected``; a second refused one takes its place. The report of the second
    comparison has ``accuracy_loss_before`` besides, the first file's as a fraction.
    A model that cannot be fine-tuned stays refused, and a line says why.

    Args:
        run: with its dataset, whose training images are used.
        refused: kind -> sentence, of ``write_and_check``; int8 is among them.
        epochs: of the fine-tuning; 0 leaves everything as it is.
        count: training images to fine-tune on.
        again: fine-tuned model -> ``write_and_check`` of its int8 file.

    Returns:
        kind -> sentence, of what is still refused.
    """
    report = run.output_dir / f"parity_model_{INT8}.json"
    before = read_json(report)
    if not epochs or not any(before["score"] in violation for violation in before["violations"]):
        return dict(refused)
    loss = before[f"{before['score']}_difference"]
    if loss is None:  # undefined on this split
        return dict(refused)
    print(f"int8 is refused ({'; '.join(before['violations'])}): fine-tuning on {count} training images", flush=True)
    try:
        tuned = _fine_tuned(run, epochs, count)
    except InputError as error:
        print(f"int8 stays refused, as the model cannot be fine-tuned: {error}")
        return dict(refused)
    rest = {kind: sentence for kind, sentence in refused.items() if kind != INT8} | again(tuned)
    write_json(report, read_json(report) | {"accuracy_loss_before": -loss})
    return rest


def _fine_tuned(run: Run, epochs: int, count: int) -> keras.Model:
    if len(run.info.inputs) > 1:
        raise InputError(f"it has {len(run.info.inputs)} inputs, and the int8 arithmetic of one picture only is known")
    (images,) = calibration_inputs(run.inputs, run.info, count).values()
    images = np.round(images).astype(np.uint8)
    return fine_tune(run.model, images, epochs, task=run.info.task, say=lambda line: print(f"  {line}", flush=True))
