"""Action units from train.py to evaluate.py, on the smallest networks there are."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from export.metadata import info_of, read_run
from fer_tf.data.action_units import ActionUnitOptions
from fer_tf.data.augment import AugmentOptions
from fer_tf.data.options import InputOptions
from fer_tf.data.scoring import scoring_batches
from fer_tf.data.targets import TargetOptions
from fer_tf.errors import InputError
from fer_tf.evaluation import action_unit_run, action_units
from fer_tf.labels import unit_numbers
from fer_tf.models.weights import load_model
from fer_tf.training.experiment import Experiment, FitOptions
from fer_tf.training.fit import train
from fer_tf.training.optimizers import OptimizerOptions
from tfds_builders.registry import build
from tfds_builders.rendered_faces.options import CustomOptions

ROOT = Path(__file__).resolve().parent.parent
THIN = {"name": "vgg_au", "weights": "none", "alpha": 0.05, "head_width": 0.005}


def run(program: str, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(ROOT / program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.fixture(scope="module")
def trained(rendered_faces, tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("run")
    options = ["--model=vgg_au", "--weights=none", "--alpha=0.05", "--head_width=0.01", "--image_size=32"]
    fit = ["--batch_size=32", "--epochs=2", "--verbose=0", "--min_occurrences=4", f"--cache_features={run_dir}/cache"]
    data = ["--dataset=rendered_faces/tiny", f"--data_dir={rendered_faces}", f"--run_dir={run_dir}"]
    result = run("train.py", *data, *options, *fit)
    assert result.returncode == 0, result.stderr[-2000:]
    return run_dir


def test_a_run_tells_its_task_and_units(trained):
    facts = json.loads((trained / "run.json").read_text())
    assert facts["task"] == "action_units"
    assert facts["monitor"] == "val_macro_f1"
    counts = facts["occurrences"]
    assert len(counts) == 24
    assert facts["labels"] == [name for name, count in counts.items() if count["present"] >= 4]
    assert facts["dataset_examples"] == {"rendered_faces/tiny": 70}
    assert (trained / "action_units.png").read_bytes().startswith(b"\x89PNG")
    people = (trained / "train_subjects.txt").read_text().splitlines()
    assert len(people) == 10
    assert people[0] == "rendered_faces:tiny_train_0000"
    assert (trained / "flags.cfg").read_text().count("--min_occurrences=4\n") == 1


def test_evaluation_finds_the_scorer(trained, tmp_path):
    record = tmp_path / "entry.json"
    result = run("evaluate.py", f"--run_dir={trained}", "--threshold=validation", f"--record={record}")
    assert result.returncode == 0, result.stderr[-2000:]
    metrics = json.loads((trained / "metrics.json").read_text())
    table = pd.read_csv(trained / "predictions.csv")
    assert len(table) == metrics["n"] == 35
    name = max(metrics["occurrences"], key=metrics["occurrences"].get)
    predicted = table[f"probability_{name}"] >= metrics["thresholds"][name] - 1e-6
    hit = (predicted & (table[name] == 1)).sum()
    assert metrics["metrics"][f"f1/{name}"] == pytest.approx(2 * hit / (predicted.sum() + (table[name] == 1).sum()))
    assert set(pd.read_csv(trained / "groups.csv")["column"]) >= {"all", "gender", "skin_tone"}
    entry = json.loads(record.read_text())
    assert entry["metrics"]["macro_f1"] == pytest.approx(metrics["metrics"]["macro_f1"])
    assert entry["threshold"] == "validation"
    assert (tmp_path / "entry.png").read_bytes() == (trained / "action_unit_scores.png").read_bytes()


def test_units_can_be_read_where_none_is_annotated(trained, rendered_faces):
    units = unit_numbers(read_run(trained)["labels"])
    inputs = InputOptions("rendered_faces/tiny", rendered_faces)
    model = load_model(trained / "model.keras")
    labelled = action_unit_run.predict(model, units, inputs, "test")
    every = action_unit_run.predict(model, units, inputs, "test", labelled_only=False)
    assert (labelled.image_id == every.image_id).all()
    with pytest.raises(InputError, match="outputs for 1 action units"):
        action_unit_run.predict(model, (1,), inputs, "test")


def test_a_mirrored_reading_is_the_mean_of_both(trained, rendered_faces):
    model, units = load_model(trained / "model.keras"), unit_numbers(read_run(trained)["labels"])
    inputs = InputOptions("rendered_faces/tiny", rendered_faces, image_size=32)
    mirrored = action_unit_run.predict(model, units, inputs, "test", mirror=True)
    images = np.concatenate([batch.numpy() for batch in scoring_batches(inputs, "test", units=units)[0]])
    both = [model.predict(turned, verbose=0) for turned in (images, images[:, :, ::-1])]
    expected = action_units.probabilities(np.mean(both, axis=0))
    np.testing.assert_allclose(mirrored.probabilities, expected, atol=1e-6)


def test_exports_know_the_units(trained):
    model, known = load_model(trained / "model.keras"), read_run(trained)
    info = info_of(model, known)
    assert (info.task, list(info.labels)) == ("action_units", known["labels"])
    with pytest.raises(InputError, match=r"model vgg_au does not fit: it has .* outputs for 24 labels"):
        info_of(model)


@pytest.fixture
def experiment(rendered_faces):
    return Experiment(
        model=THIN,
        inputs=InputOptions("rendered_faces/tiny", rendered_faces, image_size=32, batch_size=16),
        targets=ActionUnitOptions(action_units="1,4,12", positive_weight_power=1),
        augment=AugmentOptions.none(),
        optimizer=OptimizerOptions(learning_rate=0.003, ema_momentum=0.5),
        fit=FitOptions(epochs=2, verbose=0),
    )


def test_images_and_cached_features_teach_alike_and_a_killed_run_goes_on(experiment, tmp_path, monkeypatch):
    cached = dataclasses.replace(experiment.fit, cache_features=str(tmp_path / "cache"))
    whole = train(dataclasses.replace(experiment, fit=cached), 0, tmp_path / "cached")
    assert whole["labels"] == ("AU1", "AU4", "AU12")
    ours, theirs = (load_model(tmp_path / "cached" / "model.keras"), tmp_path / "killed")
    assert ours.input_shape == (None, 32, 32, 3)
    train(dataclasses.replace(experiment, fit=dataclasses.replace(cached, epochs=2)), 0, theirs)
    sorted((theirs / "checkpoints").glob("*.npz"))[-1].unlink()
    train(dataclasses.replace(experiment, fit=cached), 0, theirs)
    for a, b in zip(ours.get_weights(), load_model(theirs / "model.keras").get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    result = train(dataclasses.replace(experiment, model=THIN | {"trainable": "all"}), 0, tmp_path / "images")
    assert result["parameters"] == whole["parameters"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": TargetOptions()}, "model vgg_au does not learn emotions"),
        ({"model": {"name": "small_cnn"}}, "model small_cnn does not learn action units"),
        ({"fit": FitOptions(monitor="val_accuracy")}, "monitor is 'val_accuracy', which this task has not"),
        (
            {"model": THIN | {"trainable": "all"}, "fit": FitOptions(cache_features="cache")},
            "cache_features needs a backbone that is not trained",
        ),
        ({"fit": FitOptions(validation_split="train")}, "10 subjects are in training and in train, such as"),
    ],
)
def test_what_does_not_go_together_is_refused(experiment, tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        train(dataclasses.replace(experiment, **change), 0, tmp_path)


@pytest.fixture(scope="module")
def other_people(rendered_faces):
    """A dataset beside the tiny one: units without emotions, three people to validate with."""
    subjects = {"train_subjects": 1, "validation_subjects": 3, "test_subjects": 0}
    few = CustomOptions(seed=3, expressions="units", images_per_subject=8, size=32, **subjects)
    build("rendered_faces/custom", rendered_faces, options=few)
    return "rendered_faces/custom"


def judged_by(experiment, dataset, **changes):
    fit = dataclasses.replace(experiment.fit, validation_dataset=dataset, **changes)
    return dataclasses.replace(experiment, fit=fit)


def test_another_dataset_may_judge(experiment, other_people, tmp_path):
    result = train(judged_by(experiment, other_people, epochs=1), 0, tmp_path)
    assert result["dataset_examples"] == {"rendered_faces/tiny": 70}
    model, inputs = load_model(tmp_path / "model.keras"), InputOptions(other_people, experiment.inputs.data_dir)
    judged = action_unit_run.predict(model, (1, 4, 12), inputs, "validation")
    assert len(judged.image_id) == 24
    scores = action_units.scores(judged.truth, judged.probabilities)
    assert result["best"] == pytest.approx(float(scores["macro_f1"]), abs=1e-6)


def test_a_judge_that_cannot_tell_is_refused_before_the_first_epoch(experiment, other_people, tmp_path):
    emotions = dataclasses.replace(experiment, model={"name": "small_cnn"}, targets=TargetOptions())
    with pytest.raises(InputError, match="no image of rendered_faces/custom, validation has a label that the model"):
        train(judged_by(emotions, other_people), 0, tmp_path)
    rare = dataclasses.replace(experiment, targets=ActionUnitOptions(action_units="27"))
    with pytest.raises(InputError, match=r"val_macro_f1 is undefined on rendered_faces/tiny, validation\[:7\]"):
        train(judged_by(rare, "", validation_split="validation[:7]"), 0, tmp_path)
    with pytest.raises(InputError, match="subjects are in training and in train, such as rendered_faces:tiny_train"):
        train(judged_by(experiment, "rendered_faces/tiny", validation_split="train"), 0, tmp_path)
    assert not (tmp_path / "history.csv").exists()


def test_people_behind_the_initial_weights_count_as_seen(experiment, tmp_path):
    first = tmp_path / "first"
    train(dataclasses.replace(experiment, fit=FitOptions(epochs=1, verbose=0)), 0, first)
    people = first / "train_subjects.txt"
    people.write_text(people.read_text() + "rendered_faces:somebody\n")
    further = dataclasses.replace(experiment, model=THIN | {"weights": str(first / "model.keras")})
    train(dataclasses.replace(further, fit=FitOptions(epochs=1, verbose=0)), 0, tmp_path / "second")
    assert "rendered_faces:somebody" in (tmp_path / "second" / "train_subjects.txt").read_text().splitlines()
    people.write_text(people.read_text() + "rendered_faces:tiny_validation_0001\n")
    with pytest.raises(InputError, match="1 subjects are in training and in validation, such as rendered_faces:tiny"):
        train(further, 0, tmp_path / "third")


def test_flags_of_the_other_task_are_refused(tmp_path):
    flags = ["--model=vgg_au", "--votes_weight=0"]
    result = run("train.py", "--dataset=any", "--data_dir=none", f"--run_dir={tmp_path}", *flags)
    assert result.returncode == 1
    assert "model vgg_au has no use for votes_weight=0.0" in result.stderr


def test_people_of_the_training_are_not_scored_as_strangers(trained):
    people = trained / "train_subjects.txt"
    before = people.read_text()
    people.write_text(before + "rendered_faces:tiny_test_0001\n")
    result = run("evaluate.py", f"--run_dir={trained}")
    people.write_text(before)
    assert result.returncode == 1
    assert "1 subjects are in training and in test, such as rendered_faces:tiny_test_0001" in result.stderr
