"""Each strategy changes what it should: the networks, the gradients, and how a biased model treats groups."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from fer_tf.data.augment import AugmentOptions
from fer_tf.data.options import InputOptions
from fer_tf.data.targets import TargetOptions
from fer_tf.errors import InputError
from fer_tf.models.weights import load_model
from fer_tf.training.experiment import Experiment, FitOptions
from fer_tf.training.fit import train
from fer_tf.training.mitigation import losses
from fer_tf.training.mitigation.networks import GradientReversal, mitigated
from fer_tf.training.mitigation.options import OF_NETWORK, STRATEGIES, MitigationOptions
from fer_tf.training.optimizers import OptimizerOptions

COUNTS = np.array([[10, 20, 5, 5, 5, 5, 0], [30, 2, 5, 5, 5, 5, 5]])


def small(width=6, seed=0):
    """Eight numbers to logits, by way of ``width`` features."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((8,), name="image")
    hidden = keras.layers.Dense(width, activation="relu", name="hidden")(inputs)
    return keras.Model(inputs, keras.layers.Dense(7, name="logits")(hidden), name="small")


def options(strategy, **values):
    return MitigationOptions(mitigation=strategy, group_column="gender", **values)


@pytest.mark.parametrize("strategy", OF_NETWORK)
def test_what_is_trained_and_what_predicts_share_weights(strategy):
    model, x = small(), np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    before = model(x).numpy()
    parts = mitigated(model, options(strategy), COUNTS, 10)
    assert parts.predicting.output_shape == (None, 7)
    first = parts.predicting(x).numpy()
    if strategy != "domain_discriminative":
        np.testing.assert_allclose(first, before, rtol=1e-5, atol=1e-6)
    if strategy != "domain_discriminative":
        np.testing.assert_allclose(parts.logits(parts.trained(x)), first, rtol=1e-5, atol=1e-6)
    for variable in parts.trained.trainable_variables:
        variable.assign_add(tf.random.stateless_normal(variable.shape, (1, 2)) / 3)
    assert np.abs(parts.predicting(x).numpy() - first).max() > 0.01


@pytest.mark.parametrize("strategy", OF_NETWORK)
def test_what_predicts_can_be_saved_and_has_no_trace_of_training(strategy, tmp_path):
    model, x = small(), np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    predicting = mitigated(model, options(strategy), COUNTS, 10).predicting
    predicting.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_allclose(loaded(x), predicting(x), rtol=1e-6)


def test_the_group_is_summed_out_with_equal_priors():
    model, x = small(), np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    parts = mitigated(model, options("domain_discriminative"), COUNTS, 10)
    joint = keras.ops.softmax(parts.trained(x)).numpy().reshape(5, 2, 7)
    prior = COUNTS / COUNTS.sum()
    even = np.divide(joint, prior, out=np.zeros_like(joint), where=np.broadcast_to(prior > 0, joint.shape)).sum(axis=1)
    expected = even / even.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(keras.ops.softmax(parts.predicting(x)), expected, rtol=1e-4, atol=1e-7)


def test_gradients_are_turned_round_more_and_more():
    layer = GradientReversal(strength=2.0, steps=4)
    x = tf.constant([[1.0, -2.0]])
    factors = []
    for _ in range(4):
        with tf.GradientTape() as tape:
            tape.watch(x)
            out = layer(x, training=True)
        assert out.numpy() == pytest.approx(x.numpy(), abs=1e-5)
        factors.append(float(tape.gradient(out, x)[0, 0]))
    done = np.arange(1, 5) / 4
    assert factors == pytest.approx((-2 * (2 / (1 + np.exp(-10 * done)) - 1)).tolist(), rel=1e-4)
    assert float(layer.step) == 4
    layer(x, training=False)
    assert float(layer.step) == 4, "only training counts"


def test_steps_are_counted_in_half_precision_too():
    layer = GradientReversal(strength=1.0, steps=300, dtype="mixed_bfloat16")
    for _ in range(300):
        layer(tf.zeros((1, 1)), training=True)
    assert float(layer.step) == 300


def learned(strategy, *, shift=0.0, scale=1.0, **values):
    """A small network trained on numbers whose second half tells the group: (its features, groups, accuracy)."""
    random = np.random.default_rng(3)
    groups = random.integers(0, 2, 512)
    x = random.normal(size=(512, 8)).astype(np.float32)
    emotion = (x[:, 0] > 0).astype(int)
    x[:, 4:] += (shift * (groups - 0.5))[:, None]
    x[:, 4:] *= (scale**groups)[:, None]
    targets = np.concatenate([np.eye(7)[emotion], np.eye(2)[groups]], axis=1).astype(np.float32)
    model = small(width=16)
    parts = mitigated(model, options(strategy, **values), COUNTS, 8 * 60)
    parts.trained.compile(keras.optimizers.Adam(0.01), parts.loss)
    parts.trained.fit(x, targets, batch_size=64, epochs=60, verbose=0)
    features = keras.Model(model.input, model.get_layer("hidden").output)(x).numpy()
    right = (parts.predicting(x).numpy().argmax(axis=1) == emotion).mean()
    return features, groups, right


def readable(features, groups):
    """How well a fresh linear reader tells the group from half of the features, on the other half."""
    train, test = np.arange(len(groups)) % 2 == 0, np.arange(len(groups)) % 2 == 1
    design = np.c_[features, np.ones(len(groups))]
    known, signs = design[train], 2 * groups[train] - 1
    weights = np.linalg.solve(known.T @ known + np.eye(design.shape[1]), known.T @ signs)
    return ((design[test] @ weights > 0) == groups[test]).mean()


def test_an_adversary_takes_the_group_out_of_the_features():
    hidden, groups, right = learned("adversarial", shift=1.0, mitigation_strength=3.0)
    kept, _, _ = learned("adversarial", shift=1.0, mitigation_strength=1e-6)
    assert right > 0.9
    assert readable(kept, groups) > 0.7
    assert readable(hidden, groups) < readable(kept, groups) - 0.1


def test_coral_makes_covariances_alike():
    aligned, groups, right = learned("coral", scale=2.0, mitigation_strength=50.0)
    apart, _, _ = learned("coral", scale=2.0, mitigation_strength=1e-9)
    one_hot = np.eye(2, dtype=np.float32)[groups]
    distance, before = (float(losses.covariance_distance(found, one_hot)) for found in (aligned, apart))
    assert right > 0.9
    assert distance < before / 10


@pytest.fixture(scope="module")
def experiment(rendered_faces):
    return Experiment(
        model={"name": "tiny"},
        inputs=InputOptions("rendered_faces/tiny", rendered_faces, image_size=32, batch_size=8),
        targets=TargetOptions(),
        augment=AugmentOptions.none(),
        optimizer=OptimizerOptions(learning_rate=0.01, ema_momentum=0.9),
        fit=FitOptions(epochs=2, verbose=0),
    )


@pytest.mark.parametrize("strategy", STRATEGIES[1:])
def test_every_strategy_trains(experiment, strategy, tmp_path):
    one = dataclasses.replace(experiment.fit, epochs=1)
    found = train(dataclasses.replace(experiment, mitigation=of_disguised(strategy), fit=one), 0, tmp_path)
    assert found["groups"] == ("no", "yes")
    assert (found["examples_per_epoch"] == found["train_examples"]) == ("sampling" not in strategy)
    assert load_model(tmp_path / "model.keras").output_shape == (None, 7)


def test_the_adversary_goes_on_where_it_was_killed(experiment, tmp_path):
    changed = dataclasses.replace(experiment, mitigation=of_disguised("adversarial"))
    whole = train(changed, 0, tmp_path)
    last = tmp_path / "checkpoints/epoch_00002.npz"
    with np.load(last) as archive:
        state = [archive[name] for name in sorted(archive.files)]
    last.unlink()
    assert train(changed, 0, tmp_path)["best"] == pytest.approx(whole["best"], abs=1e-6)
    with np.load(last) as archive:
        for name, before in zip(sorted(archive.files), state, strict=True):
            np.testing.assert_allclose(archive[name], before, rtol=1e-4, atol=1e-5)


def of_disguised(strategy):
    return MitigationOptions(strategy, "disguised")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"mitigation": "magic", "group_column": "gender"}, "mitigation is 'magic': choose one of none, oversampling"),
        ({"mitigation": "coral"}, "mitigation is 'coral' and group_column '': a strategy needs a column"),
        ({"group_column": "gender"}, "mitigation is 'none' and group_column 'gender': .*, and a column a strategy"),
        ({"mitigation": "coral", "group_column": "height"}, "group_column is 'height': choose one of gender"),
        (
            {"mitigation": "coral", "group_column": "gender", "mitigation_strength": 0},
            "mitigation_strength is 0: it must lie above 0",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        MitigationOptions(**values)


def test_heads_in_half_precision_are_refused(experiment, tmp_path):
    changed = dataclasses.replace(
        experiment,
        mitigation=options("domain_independent"),
        fit=dataclasses.replace(experiment.fit, precision="mixed_float16"),
    )
    with pytest.raises(InputError, match="domain_independent goes with precision=float32, not mixed_float16"):
        train(changed, 0, tmp_path)


@pytest.mark.parametrize(
    ("strategy", "part", "values", "message"),
    [
        ("domain_discriminative", "targets", {"loss": "class_weighted"}, "corrects a prior that loss=class_weighted"),
        ("domain_discriminative", "mixing", {"mixing_ratio": 0.5}, "which mixing_ratio shows unequally often"),
        ("reweighing", "mixing", {"mixing_ratio": 0.5}, "which mixing_ratio shows unequally often: leave one out"),
    ],
)
def test_what_would_correct_the_wrong_prior_is_refused(experiment, tmp_path, strategy, part, values, message):
    changed = dataclasses.replace(
        experiment,
        mitigation=options(strategy),
        **{part: dataclasses.replace(getattr(experiment, part), **values)},
    )
    with pytest.raises(InputError, match=message):
        train(changed, 0, tmp_path)


def test_a_column_that_the_dataset_lacks_is_refused(experiment, tmp_path):
    changed = dataclasses.replace(experiment, mitigation=MitigationOptions("coral", "synthetic"))
    with pytest.raises(InputError, match=r"group_column is 'synthetic': .* have synthetic of its groups, .* two"):
        train(changed, 0, tmp_path)
