"""The command on a film of drawn people, and what it refuses."""

import json

import cv2
import numpy as np

from fer_tf.predict.boxes import overlap
from fer_tf.synthesis.render.video import Film, write_film
from tests.predict.films import frames_of, run_command


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def errors(done):
    return [line for line in done.stderr.splitlines() if line.startswith("error: ")]


def test_the_command_on_drawn_people(tmp_path):
    """Three people: two cross, the third leaves the picture and comes back."""
    path = tmp_path / "people.mp4"
    truth = rows(write_film(path, Film(people=3, frames=75)))
    done = run_command(path, f"--output={tmp_path}/o.jsonl", f"--annotate={tmp_path}/drawn")
    assert done.returncode == 0, done.stderr
    assert "75 frames, 3 faces, " in done.stderr
    found = rows(tmp_path / "o.jsonl")
    assert [row["frame"] for row in found] == list(range(75))
    assert len(list(frames_of(tmp_path / "drawn" / "people.mp4.annotated.mp4"))) == 75
    for person in range(3):
        heads = [(row, frame["heads"][person]) for row, frame in zip(found, truth, strict=True)]
        ids = [on_head(row["faces"], head["box"]) for row, head in heads if head["visible"] > 0.7]
        assert len(ids) > 40
        assert ids.count(max(set(ids) - {None}, key=ids.count)) >= 0.95 * len(ids)


def on_head(faces, box):
    """Id of the face that lies on a head, or None."""
    best = max(faces, key=lambda face: overlap(face["box"], box), default=None)
    return best["id"] if best and overlap(best["box"], box) > 0.3 else None


def test_the_command_refuses_what_does_not_go_together(tmp_path):
    film, picture = tmp_path / "film.mp4", tmp_path / "a.jpg"
    write_film(film, Film(frames=1, width=64, height=64))
    cv2.imwrite(str(picture), np.zeros((20, 20, 3), np.uint8))
    for arguments, message in (
        (
            [film, picture],
            f"{film} is a video and {picture} is none: their rows have different columns: give two commands",
        ),
        ([picture, "--every=2"], "--every is for videos and cameras: leave it out for pictures"),
        ([film, "--camera=0"], f"--camera=0 and {film}: give either a camera or files"),
    ):
        done = run_command(*arguments)
        assert (done.returncode, done.stdout, errors(done)) == (1, "", [f"error: {message}"])
