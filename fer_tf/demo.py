"""The whole way once, on rendered faces: build, train, score by group, explain, export, audit. ``make demo``.

Each step is one of the project's own commands, printed before it runs, so that the demo
also shows how to go on with other data.
"""

import shlex
import subprocess
import sys
import time
from pathlib import Path

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError

DEMO = Path("demo")
DATA, RUN, EXPLAINED, EXPORTS, AUDIT = (DEMO / name for name in ("data", "run", "explained", "exports", "audit"))

STEPS = {
    "Render 2,000 faces of 200 people and pack them into TFRecords": [
        *("-m", "tfds_builders", "rendered_faces/demo", f"--data_dir={DATA}"),
    ],
    "Train a small network on them (a killed training goes on with the same command)": [
        *("train.py", "--flagfile=experiments/real_faces/demo.flags", f"--data_dir={DATA}", f"--run_dir={RUN}"),
    ],
    "Score it on people it has never seen, in all and by group": [
        *("evaluate.py", f"--run_dir={RUN}"),
    ],
    "Explain it: heatmaps of people it has never seen, and how much of them lies on face, hair and background": [
        *("-m", "fer_tf.explain", f"--run_dir={RUN}", "--dataset=rendered_faces/demo", f"--data_dir={DATA}"),
        *("--images_per_target=20", f"--output_dir={EXPLAINED}"),
    ],
    "Export it as SavedModel, and check that it answers the same": [
        *("-m", "export.saved_model", f"--run_dir={RUN}", f"--output_dir={EXPORTS}"),
    ],
    "Export it for phones as TFLite in four precisions, and check that they answer the same": [
        # Of 300 test images three are a point of accuracy: less than chance moves.
        *("-m", "export.tflite", f"--run_dir={RUN}", f"--output_dir={EXPORTS}", "--max_accuracy_loss=0.03"),
    ],
    "Audit it: whom does it serve badly, and what when pictures get worse or people wear something": [
        *("-m", "fer_tf.audit", f"--run_dir={RUN}", f"--explained={EXPLAINED}", "--show_faces", "--robustness"),
        *("--robustness_images=100", "--title=Audit of the demo's model", f"--output_dir={AUDIT}"),
    ],
}

OPEN = {
    AUDIT / "report.html": "the audit report, in any browser: the whole of it in one page",
    RUN / "confusion.png": "which emotions are taken for which",
    RUN / "groups.csv": "scores of each group with size and interval",
    EXPLAINED / "panels.png": "where it looks: red supports what it said, blue opposes it",
    EXPLAINED / "relevance_summary.csv": "how much of that lies on face, hair, body and background, by group",
    EXPORTS / "MODEL_CARD.md": "what the model is and what it must not be used for",
    EXPORTS: "the exported models with their parity reports",
    RUN / "tensorboard": f"curves and pictures: {Path(sys.executable).parent / 'tensorboard'} --logdir {RUN}",
}


def main(arguments: list[str]) -> None:
    """Runs the steps from the root of the checkout and says what to look at."""
    refuse_arguments(arguments)
    if not Path("train.py").is_file():
        raise InputError("the demo runs the commands of a checkout: start it in the folder that holds train.py")
    started = time.monotonic()
    for number, (title, command) in enumerate(STEPS.items(), 1):
        print(f"\n[{number}/{len(STEPS)}] {title}\n  $ python {shlex.join(command)}", flush=True)
        status = subprocess.run([sys.executable, *command], check=False).returncode
        if status:
            raise InputError(f"step {number} ended with status {status}: what went wrong stands above")
    print(f"\nDone in {(time.monotonic() - started) / 60:.1f} minutes. Open:")
    for path, meaning in OPEN.items():
        if not path.exists():
            raise InputError(f"{path} should have been written and is not there")
        print(f"  {path!s:<28} {meaning}")
    print("Real faces: python -m fer_tf.predict PHOTO --annotate=demo/annotated")


if __name__ == "__main__":
    run_main(main)
