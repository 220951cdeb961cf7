"""What the TFLite main does with an int8 file that loses too much accuracy."""

import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from export.calibration import calibration_images
from export.quantisation_aware import fine_tune
from export.run import Run
from fer_tf.errors import InputError
from fer_tf.models.registry import MODELS, task_of


def second_try(
    run: Run,
    path: Path,
    refused: list[str],
    epochs: int,
    count: int,
    *,
    export: Callable[[keras.Model], bytes],
    check: Callable[[Path], list[str]],
) -> list[str]:
    """Fine-tunes a model for int8, exports and compares again, if the file was refused for its accuracy.

    The refused file lies aside as ``<name>.rejected``; a second refused one takes its place. The report of the second
    comparison has two more keys: ``fine_tuned_epochs``, and ``accuracy_loss_before``, the first file's as a fraction.
    A model that cannot be fine-tuned stays refused, and a line says why.

    Args:
        run: with its dataset, whose training images are used.
        path: of the int8 file; its report lies beside it.
        refused: sentences of ``check_parity``.
        epochs: of the fine-tuning; 0 leaves everything as it is.
        count: training images to fine-tune on.
        export: model -> contents of its int8 file.
        check: path of a written file -> ``check_parity``'s sentences about it.

    Returns:
        sentences about what is still refused.
    """
    report_path = path.parent / f"parity_{path.stem}.json"
    before = json.loads(report_path.read_text())
    if not epochs or not any("accuracy" in violation for violation in before["violations"]):
        return refused
    loss = -before["accuracy_difference"]
    print(f"{path.name} loses {loss:.4f} of accuracy: fine-tuning on {count} training images", flush=True)
    images = np.round(calibration_images(run.inputs, count)).astype(np.uint8)
    task = {"task": task_of(run.model.name)} if run.model.name in MODELS else {}
    try:
        tuned = fine_tune(run.model, images, epochs, **task, say=lambda line: print(f"  {line}", flush=True))
    except InputError as error:
        print(f"{path.name} stays refused, as its model cannot be fine-tuned: {error}")
        return refused
    path.write_bytes(export(tuned))
    print(f"wrote {path} again, {path.stat().st_size / 1e6:.2f} MB", flush=True)
    again = check(path)
    after = json.loads(report_path.read_text()) | {"fine_tuned_epochs": epochs, "accuracy_loss_before": loss}
    report_path.write_text(json.dumps(after, indent=2) + "\n")
    return [sentence for sentence in refused if not sentence.startswith(f"{path.name} is refused")] + again
