import csv
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export.metadata import info_of
from export.model_info import ModelInfo
from export.saved_model import export_saved_model
from export.tflite import export_tflite
from fer_tf.errors import InputError
from fer_tf.faces.face import MTCNN_KEYPOINTS, Face
from fer_tf.labels import EMOTIONS
from fer_tf.predict import Predictor, models, predictor
from fer_tf.predict.files import predict_files
from fer_tf.predict.models import load_runner
from fer_tf.predict.output import CSVWriter, make_writer
from tests.predict.films import run_command

ROOT = Path(__file__).resolve().parents[2]
COLOURS = np.zeros((3, 40, 40, 3), np.uint8)
COLOURS[range(3), ..., range(3)] = 255


@pytest.fixture(scope="module")
def every_form(tmp_path_factory, model, keras_file):
    folder = tmp_path_factory.mktemp("forms")
    run = folder / "run"
    run.mkdir()
    (run / "model.keras").write_bytes(keras_file.read_bytes())
    (run / "run.json").write_text(json.dumps({"labels": list(EMOTIONS), "grayscale": True, "crop_size": 8}))
    info = info_of(model, {"crop_size": 8, "grayscale": True})
    export_saved_model(model, folder / "saved_model", info=info)
    (folder / "float.tflite").write_bytes(export_tflite(model, "float32", info=info))
    noise = np.random.default_rng(0).integers(0, 256, (20, 1, 1, 3)).repeat(16, 1).repeat(16, 2)
    (folder / "int8.tflite").write_bytes(export_tflite(model, "int8", np.concatenate([COLOURS[:, :16, :16], noise])))
    return {
        "run": run,
        "keras": keras_file,
        "saved_model": folder / "saved_model",
        "float": folder / "float.tflite",
        "int8": folder / "int8.tflite",
    }


@pytest.mark.parametrize("form", ["run", "keras", "saved_model", "float", "int8"])
def test_every_form_of_a_model_answers_alike(every_form, form):
    runner = load_runner(every_form[form])
    found = runner.probabilities(COLOURS)
    expected = np.full((3, 7), 1.0)
    expected[range(3), range(3)] = np.exp(8)
    expected /= expected.sum(1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=0.01 if form == "int8" else 1e-5)
    assert runner.info.labels == EMOTIONS


@pytest.mark.parametrize("form", ["run", "saved_model", "float"])
def test_every_form_knows_its_training_images(every_form, form):
    info = load_runner(every_form[form]).info
    assert (info.input_size, info.crop_size, info.grayscale) == (16, 8, True)


def test_other_things_are_refused(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"gone does not exist: give a run directory, a .keras file"):
        load_runner(tmp_path / "gone")
    with pytest.raises(InputError, match="is of no known kind: give a run directory"):
        load_runner(tmp_path)
    (tmp_path / "noise.keras").write_bytes(b"noise")
    with pytest.raises(InputError, match=r"noise\.keras"):
        load_runner(tmp_path / "noise.keras")
    monkeypatch.setattr(models, "PRETRAINED", tmp_path)
    with pytest.raises(InputError, match="no model comes with this copy"):
        load_runner()


def test_the_model_in_the_box_is_taken(every_form, tmp_path, monkeypatch):
    (tmp_path / "model.tflite").write_bytes(every_form["float"].read_bytes())
    monkeypatch.setattr(models, "PRETRAINED", tmp_path)
    assert load_runner().info.name == "by_colour"


def test_records(keras_file, photos, colour_detector):
    records = Predictor(keras_file).predict_images([photos / "a_red.png", photos / "b_black.png"])
    red, black = records
    assert (red["image"], red["width"], red["height"]) == (str(photos / "a_red.png"), 60, 40)
    assert black["faces"] == []
    first, second = red["faces"]
    assert first["box"] == [10.0, 5.0, 20.0, 24.0]
    assert second["box"] == [50.0, 20.0, 10.0, 20.0]  # cut off at the picture's edge
    assert (first["score"], first["emotion"]) == (0.9877, "anger")
    assert list(first["probabilities"]) == list(EMOTIONS)
    assert sum(first["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    assert first["probabilities"]["anger"] > 0.99


def test_arrays_are_named_by_number(keras_file, colour_detector):
    records = Predictor(keras_file).predict_images(list(COLOURS))
    assert [record["image"] for record in records] == ["0", "1", "2"]
    assert [record["faces"][0]["emotion"] for record in records] == ["anger", "disgust", "fear"]


@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
def test_order_and_answers_do_not_depend_on_the_batch(keras_file, colour_detector, batch_size):
    images = [COLOURS[number] for number in (0, 1, 2, 2, 1)] + [np.zeros((30, 30, 3), np.uint8), COLOURS[0]]
    records = Predictor(keras_file, batch_size=batch_size).predict_images(images)
    assert [record["image"] for record in records] == [str(number) for number in range(7)]
    emotions = [[face["emotion"] for face in record["faces"]] for record in records]
    expected = ["anger", "disgust", "fear", "fear", "disgust", None, "anger"]
    assert emotions == [[name] * 2 if name else [] for name in expected]


def test_no_batch_is_larger_than_asked(keras_file, colour_detector, monkeypatch):
    subject = Predictor(keras_file, batch_size=3)
    sizes = []
    inner = subject._runner.probabilities
    monkeypatch.setattr(subject._runner, "probabilities", lambda x: sizes.append(len(x)) or inner(x))
    subject.predict_images([COLOURS[0]] * 5)
    assert (max(sizes), sum(sizes)) == (3, 10)


def test_unreadable_pictures_are_named(keras_file, photos, colour_detector):
    with pytest.raises(InputError, match=r"c_broken.jpg: (not a picture|cannot be read)"):
        Predictor(keras_file).predict_images([photos / "c_broken.jpg"])


def test_a_picture_is_not_written_over(keras_file, photos):
    red = photos / "a_red.png"
    content = red.read_bytes()
    with pytest.raises(InputError, match="is read and would be written over"):
        predict_files([photos], Predictor(keras_file), output=red)
    assert red.read_bytes() == content


class Recorder:
    """Keeps what it is given."""

    def __init__(self, **info):
        self.info = ModelInfo(input_size=16, **info)
        self.given = []

    def probabilities(self, images):
        self.given.append(images)
        return np.full((len(images), 7), 1 / 7, np.float32)


@pytest.mark.parametrize(
    ("asked", "trained", "grey"), [(None, True, True), (None, False, False), (True, False, True), (False, True, False)]
)
def test_colour_is_taken_out_for_models_that_never_saw_it(monkeypatch, colour_detector, asked, trained, grey):
    recorder = Recorder(crop_size=16, grayscale=trained)
    monkeypatch.setattr(predictor, "load_runner", lambda model: recorder)
    Predictor(grayscale=asked).predict_images([COLOURS[0]])
    colours = recorder.given[0][0, 8, 8]
    assert (len(set(colours.tolist())) == 1) == grey


def test_faces_are_as_sharp_as_the_training_images(monkeypatch):
    face = Face((0.0, 0.0, 64.0, 64.0), 1.0, dict.fromkeys(MTCNN_KEYPOINTS, (1.0, 1.0)))
    monkeypatch.setattr(predictor, "detect_faces", lambda images, **_: [[face]])
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::8] = stripes[:, 1::8] = stripes[:, 2::8] = stripes[:, 3::8] = 255
    contrast = []
    for size in (16, 4):
        recorder = Recorder(crop_size=size)
        monkeypatch.setattr(predictor, "load_runner", lambda model, recorder=recorder: recorder)
        Predictor().predict_images([stripes])
        assert recorder.given[0].shape == (1, 16, 16, 3)
        contrast.append(recorder.given[0].std())
    assert contrast[1] < 0.5 * contrast[0]


@pytest.mark.parametrize(("option", "value"), [("batch_size", 0), ("min_face", -1), ("min_score", 2), ("min_score", 0)])
def test_options_are_checked(keras_file, option, value):
    with pytest.raises(InputError, match=f"{option} (is )?{value}"):
        Predictor(keras_file, **{option: value})


def test_files_json_lines(keras_file, photos, colour_detector, tmp_path, capsys):
    output = tmp_path / "out" / "faces.jsonl"
    assert predict_files([photos], Predictor(keras_file), output=output, annotated=tmp_path / "drawn") == 0
    records = [json.loads(line) for line in output.read_text().splitlines()]
    assert [os.path.basename(record["image"]) for record in records] == ["a_red.png", "b_black.png", "green.png"]
    assert [len(record["faces"]) for record in records] == [2, 0, 2]
    rejected = list(csv.DictReader((tmp_path / "out" / "rejected.csv").read_text().splitlines()))
    assert [os.path.basename(row["image"]) for row in rejected] == ["c_broken.jpg"]
    assert "cannot be read" in rejected[0]["reason"] or "not a picture" in rejected[0]["reason"]
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 2
    assert "c_broken.jpg" in warnings[0]
    assert "1 of 4 pictures are listed in" in warnings[1]
    drawn = sorted(str(path.relative_to(tmp_path / "drawn")) for path in (tmp_path / "drawn").rglob("*.jpg"))
    assert drawn == ["a_red.png.annotated.jpg", "b_black.png.annotated.jpg", "deep/green.png.annotated.jpg"]


def test_files_csv_on_standard_output(keras_file, photos, colour_detector, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert predict_files([photos / "a_red.png", photos / "b_black.png"], Predictor(keras_file), form="csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(os.path.basename(row["image"]), row["face"]) for row in rows] == [
        ("a_red.png", "0"),
        ("a_red.png", "1"),
        ("b_black.png", ""),
    ]
    assert (rows[0]["box_left"], rows[0]["box_height"], rows[0]["emotion"]) == ("10.0", "24.0", "anger")
    assert float(rows[0]["probability_anger"]) > 0.99
    assert rows[2]["width"] == "60"
    assert rows[2]["emotion"] == rows[2]["probability_anger"] == ""
    assert not (tmp_path / "rejected.csv").exists()


def test_copies_of_pictures_too_long_for_jpeg_are_smaller(keras_file, tmp_path):
    Image.new("RGB", (70_000, 2)).save(tmp_path / "long.png")
    assert predict_files([tmp_path / "long.png"], Predictor(keras_file), annotated=tmp_path / "drawn") == 0
    with Image.open(tmp_path / "drawn" / "long.png.annotated.jpg") as copy:
        assert copy.width == 65_000


def test_nothing_readable_is_an_error(keras_file, photos, tmp_path):
    with pytest.raises(InputError, match=r"none of the 1 pictures could be read: the reasons are in .*rejected.csv"):
        predict_files([photos / "c_broken.jpg"], Predictor(keras_file), output=tmp_path / "o.jsonl")
    assert "c_broken.jpg" in (tmp_path / "rejected.csv").read_text()


def test_what_is_written_stays_when_interrupted(keras_file, photos, colour_detector, tmp_path, monkeypatch, capsys):
    subject = Predictor(keras_file, batch_size=1)
    inner = subject._runner.probabilities

    def interrupted(images):
        if images[0, 8, 8, 1] > 0:
            raise KeyboardInterrupt
        return inner(images)

    monkeypatch.setattr(subject._runner, "probabilities", interrupted)
    assert predict_files([photos], subject, output=tmp_path / "o.jsonl") == 130
    assert len((tmp_path / "o.jsonl").read_text().splitlines()) == 2
    assert "interrupted: 2 of 4 pictures are written" in capsys.readouterr().err


def test_strange_file_names_are_written(keras_file, photos, colour_detector, tmp_path):
    strange = os.fsencode(photos) + b'/\xff, "n"\n.png'
    os.rename(photos / "a_red.png", strange)
    (photos / "c_broken.jpg").unlink()
    predict_files([photos], Predictor(keras_file), output=tmp_path / "o.jsonl")
    records = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert os.fsdecode(strange) in [record["image"] for record in records]


def test_places_that_cannot_be_written_are_named(keras_file, photos, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/o.jsonl cannot be written .*: choose another place"):
        predict_files([photos], Predictor(keras_file), output=tmp_path / "file" / "o.jsonl")


def test_unknown_formats_are_refused():
    with pytest.raises(InputError, match="format 'xml' is unknown: choose one of jsonl, csv"):
        make_writer("xml", io.StringIO(), EMOTIONS)


def test_csv_has_a_header_before_the_first_record():
    file = io.StringIO()
    CSVWriter(file, ["a", "b"])
    assert file.getvalue() == (
        "image,width,height,face,box_left,box_top,box_width,box_height,score,emotion,probability_a,probability_b\n"
    )


def test_the_command_on_a_photo_without_a_face(keras_file, tmp_path):
    Image.new("RGB", (200, 150), "gray").save(tmp_path / "wall.jpg")
    done = run_command(tmp_path / "wall.jpg", f"--model={keras_file}")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "image": str(tmp_path / "wall.jpg"),
        "width": 200,
        "height": 150,
        "faces": [],
    }


def test_the_command_on_a_missing_path(tmp_path):
    done = run_command(tmp_path / "gone.jpg")
    assert done.returncode == 1
    assert done.stdout == ""
    assert [line for line in done.stderr.splitlines() if line.startswith("error: ")] == [
        f"error: {tmp_path}/gone.jpg does not exist: give pictures or folders of pictures"
    ]


@pytest.mark.shared
def test_a_real_photo(shared, keras_file):
    (record,) = Predictor(keras_file).predict_images([shared / "data/photos/couple.jpg"])
    assert len(record["faces"]) == 2
    for face in record["faces"]:
        left, top, width, height = face["box"]
        assert left >= 0
        assert top >= 0
        assert left + width <= record["width"]
        assert top + height <= record["height"]
