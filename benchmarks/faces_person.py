"""Are people found to their outline, and is nothing of them left when they are removed?

    python -m benchmarks.faces_person --person_photos=FOLDER

Rendered people in scenes, with their drawn masks: overlap of the segmentation with everybody and with the
subject alone, in single pictures and in groups of nine; faces that MTCNN
and BlazeFace still see when they are removed. On photos only the last.
"""

import collections
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from absl import flags
from PIL import Image, ImageOps

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.faces.blazeface import find_faces
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.face import Face
from fer_tf.faces.fill import FILLS
from fer_tf.faces.person import Removal, remove_person
from fer_tf.faces.person_mask import person_masks, subject_mask
from fer_tf.labels import EMOTIONS
from fer_tf.synthesis.render.picture import Picture, draw
from fer_tf.synthesis.render.plan import Plan, frames

FLAGS = flags.FLAGS

# A pixel is a person's above this.
PERSON = 0.5
ENOUGH = 0.8
GROUP = 3
REPEATS = 5


def measure(
    pictures: int = 120, seed: int = 7303, photos: Path | None = None
) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Draws people in scenes, finds and removes them.

    Args:
        pictures: how many people are drawn, one picture each; sixty or more give groups.
        seed: of people and pictures.
        photos: folder with photos; only faces left are counted there.

    Returns:
        metrics: shares 0..1, mean IoU and pictures a second.
        intervals: lowest and highest pictures a second of five repeats.
    """
    plan = Plan("person", seed, {"test": pictures}, images_per_subject=len(EMOTIONS), framing="context")
    chosen = [frames(plan, "test", index)[index % len(EMOTIONS)].frame for index in range(pictures)]
    drawn = [draw(frame) for frame in chosen]
    images = [picture.image for picture in drawn]
    faces = detect_faces(images, min_size=12, min_score=0.8)
    alone = np.array([frame.bystanders == 0 for frame in chosen])
    metrics = masks_metrics(drawn, faces, alone) | group_metrics(drawn, faces, alone)
    intervals = {}
    for fill in FILLS:
        results = remove_person(images, faces, fill)
        metrics |= {f"person_{fill}_{name}": share for name, share in faces_left(results).items()}
        name = f"person_{fill}_images_per_second"
        rates = [len(images) / seconds(lambda fill=fill: remove_person(images, faces, fill)) for _ in range(REPEATS)]
        metrics[name], intervals[name] = float(np.median(rates)), [min(rates), max(rates)]
    # The last results; masks do not depend on the fill.
    metrics["person_covered"] = float(
        np.mean([(result.mask == 1)[one.person].mean() for one, result in zip(drawn, results, strict=True)])
    )
    if photos:
        metrics |= photo_metrics(photos)
    return metrics, intervals


def masks_metrics(drawn: list[Picture], faces: list[list[Face]], alone: np.ndarray) -> dict[str, float]:
    """Overlap of masks and drawn people."""
    masks = person_masks([one.image for one in drawn], faces)
    everybody = np.array([overlap(mask, one.person) for mask, one in zip(masks, drawn, strict=True)])[alone]
    subjects = []
    for one, mask, found in zip(drawn, masks, faces, strict=True):
        if subject := face_at(found, one.mesh[1]):
            subjects.append(overlap(subject_mask(one.image, mask, found, subject), one.person))
    return {
        "person_iou": float(everybody.mean()),
        "person_iou_below_0.8": float((everybody < ENOUGH).mean()),
        "subject_iou": float(np.mean(subjects)),
        "subject_iou_below_0.8": float((np.array(subjects) < ENOUGH).mean()),
        "subjects_found": len(subjects) / len(drawn),
    }


def group_metrics(drawn: list[Picture], faces: list[list[Face]], alone: np.ndarray) -> dict[str, float]:
    """The same for nine people in one picture, with and without their faces; people without bystanders only."""
    chosen = np.flatnonzero(alone)
    overlaps, covered = [], []
    for start in range(0, len(chosen) - GROUP**2 + 1, GROUP**2):
        members = chosen[start : start + GROUP**2]
        image, person, face = (
            tiled([getattr(drawn[one], name) for one in members]) for name in ("image", "person", "face")
        )
        size = drawn[0].image.shape[0]
        moved = [
            shifted(found, number % GROUP * size, number // GROUP * size)
            for number, one in enumerate(members)
            for found in faces[one]
        ]
        masks = person_masks([image, image], [moved, []])
        overlaps.append([overlap(mask, person) for mask in masks])
        covered.append([(mask > PERSON)[face].mean() for mask in masks])
    names = ("group_{}", "group_{}_faces_unknown")
    metrics = {}
    for what, values in (("iou", overlaps), ("face_covered", covered)):
        metrics |= {name.format(what): float(value) for name, value in zip(names, np.mean(values, 0), strict=True)}
    return metrics


def photo_metrics(folder: Path) -> dict[str, float]:
    """Photos whose people are removed and in which a face is still found, one after the other."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    left: collections.Counter[str] = collections.Counter()
    for file in files:
        with Image.open(file) as photo:
            image = np.asarray(ImageOps.exif_transpose(photo).convert("RGB"))
        faces = detect_faces([image])
        for fill in FILLS:
            shares = faces_left(remove_person([image], faces, fill))
            left.update({f"person_{fill}_{name}_on_photos": share / len(files) for name, share in shares.items()})
    return dict(left)


def faces_left(results: list[Removal]) -> dict[str, float]:
    """Share of backgrounds in which a detector sees a face; BlazeFace takes blurred head-shaped holes for faces."""
    backgrounds = [result.background for result in results]
    found = {"faces_left": detect_faces(backgrounds), "blazeface_left": find_faces(backgrounds)}
    return {name: sum(map(bool, faces)) / len(results) for name, faces in found.items()}


def overlap(mask: np.ndarray, person: np.ndarray) -> float:
    """Intersection over union of a mask and a drawn person."""
    found = mask > PERSON
    return float((found & person).sum() / (found | person).sum())


def face_at(faces: list[Face], point: np.ndarray) -> Face | None:
    """The face around a point."""
    for face in faces:
        left, top, width, height = face.box
        if left <= point[0] <= left + width and top <= point[1] <= top + height:
            return face
    return None


def shifted(face: Face, right: float, down: float) -> Face:
    """A face moved by so many pixels, without its keypoints."""
    left, top, width, height = face.box
    return Face((left + right, top + down, width, height), face.score, {})


def tiled(arrays: list[np.ndarray]) -> np.ndarray:
    """Nine pictures of one size as one."""
    return np.vstack([np.hstack(arrays[row * GROUP : (row + 1) * GROUP]) for row in range(GROUP)])


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(arguments: list[str]) -> None:
    """Measures and prints."""
    refuse_arguments(arguments)
    photos = Path(FLAGS.person_photos) if FLAGS.person_photos else None
    metrics, intervals = measure(FLAGS.person_pictures, photos=photos)
    for name, value in metrics.items():
        spread = " ({:.1f}..{:.1f})".format(*intervals[name]) if name in intervals else ""
        print(f"{name:<44} {value:.3f}{spread}")


if __name__ == "__main__":
    flags.DEFINE_integer("person_pictures", 120, "drawn people, one picture each", 60)
    flags.DEFINE_string("person_photos", None, "folder with photos; without it only drawn people are measured")
    run_main(main)
