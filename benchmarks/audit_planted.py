"""Does the audit find faults that were planted, and nothing else?

    python -m benchmarks.audit_planted --record=results/audit_planted.json

Draws people, plants faults of every kind that is about pictures, each into pictures that have no other, runs the audit
with its default thresholds and compares. Thresholds were chosen on people of seeds 31 and 79 and, those of blur, light
and near duplicates, on FER-2013's first 6,000 training images too; seeds 77 and 78 were tried.
"""

import concurrent.futures
import dataclasses
import multiprocessing
import os
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from absl import flags
from scipy.stats import spearmanr

from benchmarks import audit_faults as faults
from fer_tf.commandline import command_line, refuse_arguments, run_main
from fer_tf.data.audit.findings import TITLES
from fer_tf.data.audit.options import AuditOptions
from fer_tf.data.audit.run import Audit, audit
from fer_tf.labels import EMOTIONS, GROUPS
from tfds_builders.parts import encoded

FLAGS = flags.FLAGS

# Pictures of each person; every fault has people enough when there are twice as many as faults of a kind.
_PICTURES = 10
_SPLITS = ("train", "test")
_QUALITY = ("unreadable", *faults.PIXEL_FAULTS, "no_face", "several_faces")
_COPIES = ("exact_duplicates", "near_duplicates", "exact_leak", "near_leak")


@dataclasses.dataclass
class Planted:
    """A dataset with faults.

    Attributes:
        records: split -> records.
        truth: finding -> image_id of every picture that has it.
        tones: image_id -> the drawn person's place on the Monk scale, of pictures without a fault.
    """

    records: dict[str, list[dict]]
    truth: dict[str, set[str]]
    tones: dict[str, int]


def planted(number: int, seed: int) -> Planted:
    """Draws the people and plants the faults.

    Args:
        number: faults of each kind.
        seed: of everything.
    """
    of_people = faults.decent_frames(seed, 2 * number, _PICTURES)
    frames = [frame for of_one in of_people for frame in of_one]
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), context, initializer=_one_thread) as pool:
        pictures = list(pool.map(faults.drawn, frames, chunksize=16))
    made = _Planter(number, np.random.default_rng((seed, 2)))
    for place, (frame, (image, box)) in enumerate(zip(frames, pictures, strict=True)):
        made.add_person(place, frame, image, box)
    return made.finish()


def _one_thread() -> None:
    cv2.setNumThreads(1)


class _Planter:
    def __init__(self, number: int, rng: np.random.Generator):
        self.number, self.rng = number, rng
        self.rows: list[dict] = []
        self.drawn: list[np.ndarray] = []
        self.truth: dict[str, set[str]] = {name: set() for name in (*_QUALITY, *_COPIES)}

    def add_person(self, place: int, frame, image: np.ndarray, box: np.ndarray) -> None:
        """A picture without a fault; every second person is in the test split."""
        self.drawn.append(image)
        person = place // _PICTURES
        emotion = frame.expression.emotion
        row = {"image_id": f"{place:06d}", "subject_id": f"person{person}", "sequence_id": "", "emotion": emotion}
        row |= {"image": image, "box": box, "split": _SPLITS[person % 2], "tone": frame.subject.skin_tone}
        self.rows.append(row | {"votes": self.votes(emotion, 0.6, 0.95), "quality": 95})

    def votes(self, emotion: int, low: float, high: float) -> np.ndarray:
        """Shares of the seven: one between two values, the rest elsewhere and nowhere larger than it or a quarter."""
        votes = self.rng.dirichlet(np.full(len(EMOTIONS), 3.0))
        votes[emotion] = 0
        share = self.rng.uniform(low, high)
        votes *= (1 - share) / votes.sum()
        votes = np.minimum(votes, min(share - 0.02, 0.25))
        votes[emotion] = share
        return votes.astype(np.float32)

    def finish(self) -> Planted:
        """Plants everything."""
        free = self.rng.permutation(len(self.rows)).tolist()
        sound = np.ones(len(self.rows), bool)

        def some(count: int) -> list[dict]:
            chosen = [free.pop() for _ in range(count)]
            sound[chosen] = False
            return [self.rows[number] for number in chosen]

        for kind in _COPIES:
            for row in some(self.number):
                self.copy(kind, row)
        for kind in _QUALITY:
            for row in some(self.number):
                self.spoil(kind, row)
        self.wrong_votes(some(self.number), some(self.number))
        self.sequences(some(2 * self.number), some(2 * self.number))
        self.subjects()
        tones = {row["image_id"]: row["tone"] for row, is_sound in zip(self.rows, sound, strict=False) if is_sound}
        records = {split: [_record(row) for row in self.rows if row["split"] == split] for split in _SPLITS}
        return Planted(records, self.truth, tones)

    def copy(self, kind: str, row: dict) -> None:
        copy = row | {"image_id": f"{row['image_id']}_{kind}", "subject_id": ""}
        if kind.endswith("leak"):
            copy["split"] = _SPLITS[1 - _SPLITS.index(row["split"])]
        if kind.startswith("near"):
            copy["image"], copy["quality"] = faults.near_copy(row["image"], self.rng)
        if kind == "exact_leak":  # and labelled differently
            copy["emotion"] = (row["emotion"] + int(self.rng.integers(1, len(EMOTIONS)))) % len(EMOTIONS)
            copy["votes"] = self.votes(copy["emotion"], 0.6, 0.95)
            self.truth.setdefault("label_conflict", set()).update((row["image_id"], copy["image_id"]))
        self.truth[kind] |= {row["image_id"], copy["image_id"]}
        self.rows.append(copy)

    def spoil(self, kind: str, row: dict) -> None:
        self.truth[kind].add(row["image_id"])
        if kind == "no_face":
            row["image"] = faults.no_face(self.rng)
        elif kind == "several_faces":
            other = self.drawn[int(self.rng.integers(len(self.drawn)))]
            row["image"] = faults.two_faces(row["image"], other)
        elif kind == "unreadable":
            row["image"] = faults.damaged(_encoded(row), self.rng)
        else:
            row["image"] = faults.PIXEL_FAULTS[kind](row["image"], row["box"], self.rng)

    def wrong_votes(self, disagreeing: list[dict], undecided: list[dict]) -> None:
        for row in disagreeing:
            other = (row["emotion"] + int(self.rng.integers(1, len(EMOTIONS)))) % len(EMOTIONS)
            row["votes"] = self.votes(other, 0.55, 0.9)
        for row in undecided:
            row["votes"] = self.votes(row["emotion"], 0.3, 0.47)
        self.truth["disagreement"] = {row["image_id"] for row in disagreeing}
        self.truth["no_consensus"] = {row["image_id"] for row in undecided}

    def sequences(self, leaking: list[dict], sound: list[dict]) -> None:
        for number, pair in enumerate(zip(leaking[::2], leaking[1::2], strict=True)):
            for row, split in zip(pair, _SPLITS, strict=True):
                row |= {"sequence_id": f"leaking{number}", "subject_id": "", "split": split}
        for number, pair in enumerate(zip(sound[::2], sound[1::2], strict=True)):
            for row in pair:
                row |= {"sequence_id": f"film{number}", "subject_id": "", "split": _SPLITS[number % 2]}
        self.truth["sequence_leak"] = {row["image_id"] for row in leaking}

    def subjects(self) -> None:
        """One picture of every second person of each split goes into the other."""
        by_subject: dict[str, list[dict]] = {}
        copied = set().union(*(self.truth[kind] for kind in _COPIES))
        for row in self.rows:
            if row["subject_id"]:
                by_subject.setdefault(row["subject_id"], []).append(row)
        moved = self.truth["subject_leak"] = set()
        people = 0
        for rows in by_subject.values():
            movable = [row for row in rows if row["image_id"] not in copied]
            if people == self.number or len(rows) < 2 or not movable:
                continue
            movable[0]["split"] = _SPLITS[1 - _SPLITS.index(movable[0]["split"])]
            moved |= {row["image_id"] for row in rows}
            people += 1


def _encoded(row: dict) -> bytes:
    return encoded(".jpg", row["image"], [cv2.IMWRITE_JPEG_QUALITY, row["quality"]]).tobytes()


def _record(row: dict) -> dict:
    image = row["image"] if isinstance(row["image"], bytes) else _encoded(row)
    texts = {name: row[name].encode() for name in ("image_id", "subject_id", "sequence_id")}
    return {"image": image, "emotion": row["emotion"], "emotion_votes": row["votes"], **texts} | dict.fromkeys(
        GROUPS, -1
    )


def compare(found: Audit, truth: dict[str, set[str]]) -> dict[str, float]:
    """Recall and precision of each finding, and the least of each."""
    metrics: dict[str, float] = {}
    by_name = {finding.name: set(found.collected.ids(finding.pictures)) for finding in found.findings}
    for name in (name for name in TITLES if name in truth):
        hits = len(by_name[name] & truth[name])
        metrics[f"{name}_recall"] = hits / len(truth[name])
        metrics[f"{name}_precision"] = hits / len(by_name[name]) if by_name[name] else float("nan")
    for kind in ("recall", "precision"):
        values = [value for name, value in metrics.items() if name.endswith(f"_{kind}")]
        metrics[f"min_{kind}"] = float(np.min(values))  # NaN where something was found nowhere
    return metrics


def tone_correlation(found: Audit, tones: dict[str, int]) -> float:
    """Spearman's correlation of the measured ITA with the drawn tone, of pictures without a fault; lighter is less."""
    ids = found.collected.ids(np.arange(len(found.collected)))
    known = [
        number for number, name in enumerate(ids) if name in tones and np.isfinite(found.collected.facts["ita"][number])
    ]
    drawn = [tones[ids[number]] for number in known]
    return float(-spearmanr(found.collected.facts["ita"][known], drawn).statistic)


def main(arguments: list[str]) -> None:
    """Plants, audits, prints and writes the entry."""
    refuse_arguments(arguments)
    started = time.monotonic()
    made = planted(FLAGS.faults, FLAGS.seed)
    pictures = sum(map(len, made.records.values()))
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        found = audit(made.records, Path(folder), AuditOptions())
        seconds = time.monotonic() - begun
        metrics = compare(found, made.truth) | {"skin_tone_rank_correlation": tone_correlation(found, made.tones)}
    metrics["pictures_per_second"] = pictures / seconds
    for name, value in metrics.items():
        print(f"{name:<32} {value:.3f}")
    if FLAGS.record:
        from fer_tf.training.record import write_entry

        facts = {"paper": "none", "command": command_line(), "dataset": "rendered_faces, people in no dataset"}
        facts |= {"split": "train and test", "n": pictures, "faults_of_each_kind": FLAGS.faults, "seeds": [FLAGS.seed]}
        write_entry(Path(FLAGS.record), metrics, {}, **facts, duration_s=round(time.monotonic() - started, 1))


if __name__ == "__main__":
    flags.DEFINE_integer("faults", 100, "of each kind", 2)
    flags.DEFINE_integer("seed", 9100, "of people, pictures and faults")
    flags.DEFINE_string("record", None, "JSON file for the ledger entry; none is written without it")
    run_main(main)
