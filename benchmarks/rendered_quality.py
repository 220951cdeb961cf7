"""Do detectors and models that were trained on real people accept the rendered faces?

    python -m benchmarks.rendered_quality --record=results/rendered_quality.json

Draws people that are in no dataset, one picture each, every emotion as often, undisguised and
turned by at most 30 degrees. Counts the faces that MTCNN and mediapipe's face mesh find, measures
how far the mesh's points lie from the drawn ones, and lets models that never saw a drawing name
the emotions. Then one disguise after the other, and the speed on all cores. With the folders of
the runs of ``experiments/rendered_faces``, what rendered faces teach about real ones as well.
"""

import concurrent.futures
import dataclasses
import multiprocessing
import os
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from absl import flags

from benchmarks.rendered_transfer import gain, mean_class_accuracies
from fer_tf.commandline import command_line, refuse_arguments, run_main
from fer_tf.errors import InputError
from fer_tf.labels import DISGUISES, EMOTIONS
from fer_tf.synthesis.render.picture import Picture, draw
from fer_tf.synthesis.render.plan import PLANS, Plan, frames
from fer_tf.synthesis.render.spec import Frame

flags.DEFINE_integer("identities", 280, "people, one picture each", 7)
flags.DEFINE_integer("disguised_identities", 40, "people for each disguise", 0)
flags.DEFINE_integer("seed", 9001, "of people and pictures")
flags.DEFINE_list("judges", [], "models that name the emotions, as for fer_tf.predict --model; empty: the shipped one")
flags.DEFINE_string("rendered_only_run", None, "run of transfer.flags, scored on FER-2013's test images")
flags.DEFINE_string("few_real_run", None, "runs of few_real.flags on real images alone, scored likewise")
flags.DEFINE_string("few_real_after_rendered_run", None, "runs of few_real.flags that began with rendered faces")
flags.DEFINE_string("record", None, "JSON file for the ledger entry; none is written without it")
FLAGS = flags.FLAGS

LARGEST_YAW = 30.0
OUTER_CORNERS = (33, 263)
# People drawn before the clock runs, and while it does.
WARM_UP, MEASURED = 4, 24


def quality_frames(identities: int, seed: int) -> list[Frame]:
    """One undisguised frame of each person; emotions in turn."""
    plan = Plan("quality", seed, {"test": identities}, images_per_subject=len(EMOTIONS), disguised=0.0)
    chosen = []
    for index in range(identities):
        frame = frames(plan, "test", index)[index % len(EMOTIONS)].frame
        yaw = float(np.clip(frame.pose.yaw, -LARGEST_YAW, LARGEST_YAW))
        chosen.append(dataclasses.replace(frame, pose=dataclasses.replace(frame.pose, yaw=yaw)))
    return chosen


def one_thread() -> None:
    """A process of the pool draws on its own core."""
    cv2.setNumThreads(1)


def draw_all(chosen: list[Frame], pool: concurrent.futures.Executor) -> list[Picture]:
    """Draws on all cores."""
    return list(pool.map(draw, chosen, chunksize=8))


def mesh_errors(pictures: list[Picture]) -> Iterator[float]:
    """For each picture the mean distance of found and drawn mesh points, as part of the distance
    between the drawn outer eye corners; NaN where no face is found.
    """
    from mediapipe.python.solutions.face_mesh import FaceMesh

    with FaceMesh(static_image_mode=True, min_detection_confidence=0.5) as finder:
        for picture in pictures:
            found = finder.process(picture.image).multi_face_landmarks
            if not found:
                yield float("nan")
                continue
            size = picture.image.shape[0]
            points = np.array([(point.x, point.y) for point in found[0].landmark]) * size
            unit = np.linalg.norm(np.subtract(*picture.mesh[list(OUTER_CORNERS)]))
            yield float(np.linalg.norm(points - picture.mesh, axis=1).mean() / unit)


def class_recalls(pictures: list[Picture], emotions: np.ndarray, judge: str | None) -> np.ndarray:
    """Share of each emotion that a judge names rightly; a face that is not found is not."""
    from fer_tf.predict.predictor import Predictor

    records = Predictor(judge).predict_images([picture.image for picture in pictures])
    named = np.array([record["faces"][0]["emotion"] if record["faces"] else "" for record in records])
    return np.array([np.mean(named[emotions == index] == name) for index, name in enumerate(EMOTIONS)])


def detection_rate(pictures: list[Picture]) -> float:
    """Share of the pictures in which MTCNN finds a face where one was drawn."""
    from fer_tf.faces.detect import detect_faces

    hits = 0
    for picture, faces in zip(pictures, detect_faces([picture.image for picture in pictures]), strict=True):
        nose = picture.mesh[1]
        hits += any(
            left <= nose[0] <= left + width and top <= nose[1] <= top + height
            for left, top, width, height in (face.box for face in faces)
        )
    return hits / len(pictures)


def rates(pictures: list[Picture], prefix: str = "") -> dict[str, float]:
    """Detection by both detectors and the mesh's error, under the ledger's names."""
    errors = np.array(list(mesh_errors(pictures)))
    found = errors[np.isfinite(errors)]
    return {
        f"{prefix}mtcnn_detection_rate": detection_rate(pictures),
        f"{prefix}mesh_detection_rate": float(np.isfinite(errors).mean()),
        f"{prefix}mesh_median_error": float(np.median(found)) if found.size else float("nan"),
    }


def judged(pictures: list[Picture], emotions: np.ndarray, judges: list[str]) -> dict[str, float]:
    """Mean class accuracy and recall of each class, for each judge."""
    metrics = {}
    for number, judge in enumerate(judges or [None]):
        prefix = "fer2013_model_" if number == 0 else f"judge_{Path(judge).stem}_"
        recalls = class_recalls(pictures, emotions, judge)
        metrics[f"{prefix}mean_class_accuracy"] = float(recalls.mean())
        metrics |= {f"{prefix}recall_{name}": float(value) for name, value in zip(EMOTIONS, recalls, strict=True)}
    return metrics


def transfer() -> tuple[dict[str, float], dict[str, list[float]]]:
    """Metrics and intervals of the runs that were named."""
    metrics, intervals = {}, {}
    if FLAGS.rendered_only_run:
        scores = list(mean_class_accuracies(Path(FLAGS.rendered_only_run)).values())
        metrics["rendered_only_on_fer2013_mean_class_accuracy"] = float(np.mean(scores))
    if bool(FLAGS.few_real_run) != bool(FLAGS.few_real_after_rendered_run):
        raise InputError("--few_real_run and --few_real_after_rendered_run: expected both or neither, came one")
    if FLAGS.few_real_run and FLAGS.few_real_after_rendered_run:
        alone, after = Path(FLAGS.few_real_run), Path(FLAGS.few_real_after_rendered_run)
        metrics["gain_with_1000_real"], intervals["gain_with_1000_real"] = gain(alone, after)
        for name, folder in (("1000_real", alone), ("1000_real_after_rendered", after)):
            scores = list(mean_class_accuracies(folder).values())
            metrics[f"{name}_mean_class_accuracy"] = float(np.mean(scores))
    return metrics, intervals


def main(arguments: list[str]) -> None:
    """Draws, measures, prints and writes the entry."""
    refuse_arguments(arguments)
    started = time.monotonic()
    if FLAGS.identities < len(EMOTIONS):
        raise InputError(f"--identities {FLAGS.identities}: expected at least {len(EMOTIONS)}, one for each emotion")
    transferred, intervals = transfer()  # first: a wrong folder should not cost the other measurements
    chosen = quality_frames(FLAGS.identities, FLAGS.seed)
    emotions = np.array([frame.expression.emotion for frame in chosen])
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), context, initializer=one_thread) as pool:
        metrics = {"images_per_second": speed(pool)}
        pictures = draw_all(chosen, pool)
        metrics |= rates(pictures) | judged(pictures, emotions, FLAGS.judges)
        for number in range(1, len(DISGUISES)) if FLAGS.disguised_identities else ():
            worn = [dataclasses.replace(frame, disguise=number) for frame in chosen[: FLAGS.disguised_identities]]
            metrics |= rates(draw_all(worn, pool), f"{DISGUISES[number]}_")
    metrics |= transferred
    for name, value in metrics.items():
        print(f"{name:<44} {value:.3f}")
    if FLAGS.record:
        from fer_tf.training.record import write_entry

        facts = {"paper": "none", "command": command_line(), "dataset": "rendered_faces, people in no dataset"}
        facts |= {"split": "test", "n": FLAGS.identities, "seeds": [FLAGS.seed]}
        write_entry(Path(FLAGS.record), metrics, intervals, **facts, duration_s=round(time.monotonic() - started, 1))


def speed(pool: concurrent.futures.Executor) -> float:
    """Pictures of 224 x 224 in a second on all cores, fifty of each person as ``standard`` has them."""
    per_person = PLANS["standard"].images_per_subject
    plan = Plan("speed", FLAGS.seed, {"train": WARM_UP + MEASURED}, images_per_subject=per_person)
    work = [[labelled.frame for labelled in frames(plan, "train", index)] for index in range(WARM_UP + MEASURED)]
    # What is made once in a process, and compiled once on a machine, is nothing in twenty thousand pictures.
    list(pool.map(draw_and_count, work[:WARM_UP]))
    start = time.perf_counter()
    done = sum(pool.map(draw_and_count, work[WARM_UP:]))
    return done / (time.perf_counter() - start)


def draw_and_count(of_one_person: list[Frame]) -> int:
    """Draws the pictures of one person and says how many."""
    return len([draw(frame) for frame in of_one_person])


if __name__ == "__main__":
    run_main(main)
