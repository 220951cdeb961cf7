import csv
import dataclasses
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from fer_tf.data.augment import AugmentOptions
from fer_tf.data.options import InputOptions
from fer_tf.data.scoring import scoring_batches
from fer_tf.data.targets import TargetOptions
from fer_tf.errors import InputError
from fer_tf.models.weights import load_model
from fer_tf.training import checkpoints
from fer_tf.training.callbacks import averaged_weights
from fer_tf.training.experiment import Experiment, FitOptions
from fer_tf.training.fit import train
from fer_tf.training.optimizers import OptimizerOptions

EPOCHS = 3


@pytest.fixture(scope="module")
def experiment(rendered_faces):
    return Experiment(
        model={"name": "tiny"},
        inputs=InputOptions("rendered_faces/tiny", rendered_faces, image_size=32, batch_size=16),
        targets=TargetOptions(),
        augment=AugmentOptions(),
        optimizer=OptimizerOptions(learning_rate=0.01, ema_momentum=0.9),
        fit=FitOptions(epochs=EPOCHS, verbose=0),
    )


def change(experiment, part, **values):
    return dataclasses.replace(experiment, **{part: dataclasses.replace(getattr(experiment, part), **values)})


def weights(run_dir: Path) -> list[np.ndarray]:
    with np.load(sorted((run_dir / "checkpoints").glob("*.npz"))[-1]) as archive:
        return [archive[name] for name in sorted(archive.files)]


def history(run_dir: Path) -> list[dict]:
    with (run_dir / "history.csv").open() as file:
        return list(csv.DictReader(file))


def same_history(ours: list[dict], theirs: list[dict]) -> bool:
    """Whether two histories hold the same numbers, but for the time they took."""
    names = set(ours[0]) - {"seconds"}
    rows = [[[float(row[name]) for name in sorted(names)] for row in rows] for rows in (ours, theirs)]
    return np.allclose(*rows, rtol=1e-4, atol=1e-5)


@pytest.fixture(scope="module")
def unbroken(experiment, tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("unbroken")
    return run_dir, train(experiment, 0, run_dir)


def test_a_run_leaves_what_it_promises(unbroken):
    run_dir, result = unbroken
    rows = history(run_dir)
    assert [int(float(row["epoch"])) for row in rows] == [1, 2, 3]
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "val_mean_class_accuracy", "learning_rate"} <= set(rows[0])
    assert result["epochs"] == EPOCHS
    assert result["best"] == max(float(row["val_accuracy"]) for row in rows)
    assert len(list((run_dir / "checkpoints").glob("*.npz"))) == checkpoints.KEPT
    assert list((run_dir / "tensorboard").glob("events*"))
    assert not list(run_dir.rglob("*partial*"))


def test_tensorboard_shows_curves_matrices_and_samples(unbroken):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(unbroken[0] / "tensorboard"), size_guidance={"tensors": 0})
    events.Reload()
    tags = set(events.Tags()["tensors"])
    assert {"training/loss", "training/learning_rate", "validation/mean_class_accuracy", "validation/confusion"} <= tags
    assert {f"augmented/{number}" for number in range(3)} <= tags
    assert [event.step for event in events.Tensors("validation/confusion")] == [1, 2, 3]


def test_the_rate_falls_to_nothing(unbroken):
    assert float(history(unbroken[0])[-1]["learning_rate"]) == pytest.approx(0, abs=1e-6)


def test_the_kept_model_has_the_score_of_the_best_epoch(experiment, unbroken):
    run_dir, result = unbroken
    images, columns = scoring_batches(experiment.inputs, "validation")
    predicted = load_model(run_dir / "model.keras").predict(images, verbose=0).argmax(axis=1)
    assert np.mean(predicted == columns["emotion"]) == pytest.approx(result["best"])


def test_averaged_weights_are_put_in_and_taken_out():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5), "mse")
    model.train_on_batch(np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32))
    model.train_on_batch(np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32))
    raw = [variable.numpy() for variable in model.trainable_variables]
    with averaged_weights(model):
        inside = [variable.numpy() for variable in model.trainable_variables]
    assert all((a != b).all() for a, b in zip(raw, inside, strict=True))
    assert all((a == b.numpy()).all() for a, b in zip(raw, model.trainable_variables, strict=True))


def test_a_killed_run_ends_with_the_same_weights(experiment, unbroken, tmp_path, monkeypatch):
    def die(*_arguments):
        raise KeyboardInterrupt

    saved = checkpoints.save_checkpoint
    kills = iter([False, True])

    def save_then_die(*arguments):
        if next(kills):
            die()
        return saved(*arguments)

    monkeypatch.setattr("fer_tf.training.callbacks.save_checkpoint", save_then_die)
    with pytest.raises(KeyboardInterrupt):
        train(experiment, 0, tmp_path)
    assert len(list((tmp_path / "checkpoints").glob("*.npz"))) == 1
    monkeypatch.setattr("fer_tf.training.callbacks.save_checkpoint", saved)
    train(experiment, 0, tmp_path)
    for ours, theirs in zip(weights(tmp_path), weights(unbroken[0]), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert same_history(history(tmp_path), history(unbroken[0]))
    ours, theirs = (load_model(folder / "model.keras").get_weights() for folder in (tmp_path, unbroken[0]))
    for first, second in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-5, atol=1e-6)


def test_a_finished_run_is_not_trained_again(experiment, unbroken):
    before = weights(unbroken[0])
    result = train(experiment, 0, unbroken[0])
    assert result["epochs"] == EPOCHS
    assert all((a == b).all() for a, b in zip(before, weights(unbroken[0]), strict=True))


def test_a_damaged_checkpoint_falls_back_to_the_one_before(experiment, unbroken, tmp_path, capsys):
    run_dir = tmp_path / "run"
    shutil.copytree(unbroken[0], run_dir)
    newest = sorted((run_dir / "checkpoints").glob("*.npz"))[-1]
    whole = newest.read_bytes()
    newest.write_bytes(whole[: len(whole) // 2])
    train(experiment, 0, run_dir)
    assert "epoch_00003.npz is damaged" in capsys.readouterr().err
    for ours, theirs in zip(weights(run_dir), weights(unbroken[0]), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_when_no_checkpoint_can_be_read_nothing_is_overwritten(experiment, unbroken, tmp_path):
    run_dir = tmp_path / "run"
    shutil.copytree(unbroken[0], run_dir)
    for path in (run_dir / "checkpoints").glob("*.npz"):
        path.write_bytes(b"damaged")
    before = (run_dir / "model.keras").read_bytes()
    with pytest.raises(InputError, match=r"no checkpoint in .* can be read: restore one"):
        train(experiment, 0, run_dir)
    assert (run_dir / "model.keras").read_bytes() == before


@pytest.mark.parametrize("augment_on", ["host", "device"])
def test_mixed_precision_scales_its_loss_and_keeps_a_float32_model(experiment, tmp_path, augment_on):
    mixed = change(experiment, "fit", precision="mixed_float16", epochs=1, augment_on=augment_on)
    result = train(mixed, 0, tmp_path)
    assert keras.config.dtype_policy().name == "float32"
    kept = load_model(tmp_path / "model.keras")
    assert {layer.compute_dtype for layer in kept.layers} == {"float32"}
    assert np.isfinite(result["best"])
    # The loss scale is part of the optimizer's state.
    assert any(array.shape == () and array >= 2**10 for array in weights(tmp_path))


@pytest.mark.parametrize("schedule", ["plateau", "constant"])
def test_a_killed_run_keeps_its_place_in_the_schedule(experiment, tmp_path, schedule):
    options = {"schedule": schedule, "plateau_patience": 1, "learning_rate": 1e-7}
    slow = change(change(experiment, "optimizer", **options), "fit", epochs=3)
    train(slow, 0, tmp_path / "whole")
    shutil.copytree(tmp_path / "whole", tmp_path / "killed")
    sorted((tmp_path / "killed" / "checkpoints").glob("*.npz"))[-1].unlink()
    train(slow, 0, tmp_path / "killed")
    rates = [[row["learning_rate"] for row in history(tmp_path / name)] for name in ("whole", "killed")]
    assert rates[0] == rates[1]
    assert (len(set(rates[0])) > 1) == (schedule == "plateau")


def test_augmenting_on_the_device_trains_the_same(experiment, unbroken, tmp_path):
    train(change(experiment, "fit", augment_on="device"), 0, tmp_path)
    ours, theirs = weights(tmp_path), weights(unbroken[0])
    # The step may round an augmented pixel to the other side, so nearly the same.
    assert len(ours) == len(theirs)
    for first, second in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(first, second, rtol=0.05, atol=0.02)


def test_another_seed_gives_other_weights(experiment, unbroken, tmp_path):
    train(change(experiment, "fit", epochs=1), 1, tmp_path)
    theirs = {array.tobytes() for array in weights(unbroken[0])}
    assert any(array.tobytes() not in theirs for array in weights(tmp_path))


def test_early_stopping_stops_on_the_validation_split(experiment, tmp_path):
    stuck = change(change(experiment, "optimizer", learning_rate=1e-9), "fit", epochs=6, early_stopping_patience=1)
    assert train(stuck, 0, tmp_path)["epochs"] == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"train_split": "test[:10]"}, "expected train or a slice of it"),
        ({"train_split": "train+validation"}, "expected train or a slice of it"),
        ({"train_split": "train[:9]+validation"}, "expected train or a slice of it"),
        ({"validation_split": "test"}, "choosing the best epoch on test would spoil the score"),
        ({"validation_split": "validation+test"}, "choosing the best epoch on test would spoil the score"),
        ({"early_stopping_patience": -1}, "early_stopping_patience is -1: it must not be negative"),
        ({"epochs": 0}, "epochs is 0: it must be at least 1"),
        ({"monitor": "val_loss"}, "monitor is 'val_loss': choose one of val_accuracy"),
        ({"precision": "float8"}, "precision is 'float8'"),
        ({"augment_on": "moon"}, "augment_on is 'moon': choose host or device"),
    ],
)
def test_bad_options_are_named(values, message):
    with pytest.raises(InputError, match=message):
        FitOptions(**values)
