"""From drawn pictures to stories, with a model that answers what it is told, and the command."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.explain.narrative.facts import Person
from fer_tf.explain.narrative.files import read_metadata
from fer_tf.explain.narrative.pictures import facts_of
from fer_tf.explain.narrative.streams import CropReader, Seen
from fer_tf.explain.narrative.thresholds import load_cues
from fer_tf.labels import EMOTIONS
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.plan import Plan, frames
from tests.explain.narrative.hand_made import probabilities

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def drawn():
    """Pictures uint8 (H, W, 3) of one person."""
    plan = Plan("narrative", 3, {"test": 1}, images_per_subject=2, disguised=0.0)
    return [draw(frame.frame).image for frame in frames(plan, "test", 0)]


class Told:
    """A model of streams that says the same of every face, and remembers what it was shown."""

    def __init__(self, answers=None):
        self.answers, self.shown = answers, []

    def read(self, image, faces, meshes, *, whole):
        self.shown.append((image.shape, len(faces), len(meshes), whole))
        if self.answers is not None:
            return self.answers
        return [Seen(probabilities(fear=0.5), {"face": probabilities(anger=0.6)}) for _ in faces]


def test_a_drawn_face_gets_facts(drawn):
    (facts,) = facts_of(drawn[0], "a.png", Told(), load_cues(), known={"gender": "female", "disguise": ""})
    assert (facts.face, facts.faces) == (1, 1)
    assert facts.ranked[0] == ("fear", 0.5)
    assert len(facts.cues) == len(load_cues().rules)
    assert facts.person == Person("female", None)
    assert facts.disguise is None
    assert 0 <= facts.turned < 45


def test_faces_go_from_left_to_right_and_metadata_of_one_is_not_used(drawn):
    both = np.concatenate([drawn[0], drawn[1]], axis=1)
    asked = []

    def plug_in(image, face):
        asked.append(face.box[0])
        return Person("unsure", None, "guesser")

    found = facts_of(both, "a.png", Told(), load_cues(), known={"gender": "female"}, demographics=plug_in)
    assert [(facts.face, facts.faces) for facts in found] == [(1, 2), (2, 2)]
    assert asked == sorted(asked)
    assert {facts.person.source for facts in found} == {"guesser"}


def test_no_face_asks_no_model():
    model = Told()
    (facts,) = facts_of(np.full((90, 90, 3), 128, np.uint8), "a.png", model, load_cues())
    assert facts.face == 0
    assert facts.probabilities is None
    assert model.shown == []


def test_a_crop_is_taken_whole_and_has_no_surroundings(drawn):
    small = cv2.resize(drawn[0], (48, 48), interpolation=cv2.INTER_AREA)
    model = Told()
    (facts,) = facts_of(small, "a.png", model, load_cues(), crop=False)
    assert model.shown == [((48, 48, 3), 1, 1, True)]
    assert not facts.surroundings
    assert facts.height is None


def test_a_model_must_answer_for_each_face(drawn):
    with pytest.raises(InputError, match="0 answers for 1 faces: expected one for each"):
        facts_of(drawn[0], "a.png", Told([]), load_cues())


def test_any_model_of_crops_is_a_reader(drawn):
    shown = []

    def model(images):
        shown.append(images)
        return np.full((len(images), 7), 1 / 7)

    reader = CropReader(model, EMOTIONS, 32, crop_size=48, grayscale=True)
    (facts,) = facts_of(drawn[0], "a.png", reader, load_cues())
    assert shown[0].shape == (1, 32, 32, 3)
    assert np.ptp(shown[0], axis=-1).max() == 0
    assert facts.without is None
    reader.read(drawn[0], [object()], [None], whole=True)
    assert shown[1].shape == (1, 32, 32, 3)
    assert reader.read(drawn[0], [], [], whole=False) == []


def test_metadata_is_read(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text('image,gender,age_group,disguise\na.png,female,,none\nb.png,=1+1,"two\nlines",n95\n')
    assert read_metadata(path) == {
        "a.png": {"gender": "female"},
        "b.png": {"gender": "=1+1", "age_group": "two\nlines", "disguise": "n95"},
    }
    path.write_text("image,name\na.png,x\n")
    with pytest.raises(InputError, match=r"has columns image, name: expected image and one or several of gender"):
        read_metadata(path)
    path.write_text("image,gender\na.png,x\na.png,y\n")
    with pytest.raises(InputError, match=r"has 'a.png' twice"):
        read_metadata(path)
    for content in (None, b"", b"\xff\xfe\x00"):
        path = tmp_path / f"other{content}.csv"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(InputError, match="cannot be read"):
            read_metadata(path)


def run(*arguments):
    command = [sys.executable, "-m", "fer_tf.explain", "--narrative", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_command_tells_each_face(drawn, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), drawn[0][..., ::-1])
    cv2.imwrite(str(folder / "grey.png"), np.full((80, 80, 3), 128, np.uint8))
    (folder / "broken.png").write_bytes(b"no picture")
    (tmp_path / "people.csv").write_text("image,gender,age_group\na.png,<b>male</b>,20-39\n")
    done = run(folder, f"--metadata={tmp_path / 'people.csv'}", f"--output_dir={tmp_path / 'out'}")
    assert done.returncode == 0, done.stderr
    assert "left out: " in done.stderr
    assert "broken.png" in done.stderr
    lines = [json.loads(line) for line in (tmp_path / "out" / "narrative.jsonl").read_text().splitlines()]
    printed = done.stdout.splitlines()
    assert [json.loads(line) for line in printed[::2]] == lines
    assert printed[1::2] == [line["text"] for line in lines]
    assert [Path(line["image"]).name for line in lines] == ["a.png", "grey.png"]
    assert lines[0]["emotion"] in EMOTIONS
    assert "the person is &lt;b&gt;male&lt;/b&gt; and aged 20-39" in lines[0]["text"]
    assert "streams" not in lines[0]
    assert lines[1]["face"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.png"], "nowhere.png does not exist"),
        (["--dataset=rendered_faces/tiny"], "--narrative takes pictures"),
        ([str(ROOT / "results" / "rendered_faces.jpg"), "--run_dir=nowhere"], "holds no finished run"),
    ],
)
def test_bad_input_is_told_in_one_line(arguments, message):
    done = run(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
