import keras
import numpy as np
import pytest
import tensorflow as tf

from fer_tf.training.losses import MaskedAccuracy, MaskedBinaryCrossentropy, masked_binary_cross_entropy


@pytest.fixture
def batch():
    random = np.random.default_rng(0)
    logits = random.normal(0, 3, (6, 4)).astype(np.float32)
    targets = random.uniform(0, 1, (6, 4)).astype(np.float32).round(random.integers(0, 2))
    present = random.random((6, 4)) < 0.6
    present[2] = False  # an image without any label
    return targets, logits, present


def slow_loss(targets, logits, present, weights) -> float:
    total, labels = 0.0, 0
    for i, j in np.ndindex(*targets.shape):
        if present[i, j]:
            p = 1 / (1 + np.exp(-float(logits[i, j])))
            total -= weights[j] * targets[i, j] * np.log(p) + (1 - targets[i, j]) * np.log(1 - p)
            labels += 1
    return total / max(1, labels)


@pytest.mark.parametrize("weights", [(1, 1, 1, 1), (0.5, 3, 10, 1)])
def test_the_loss_is_the_formula(batch, weights):
    targets, logits, present = batch
    loss = MaskedBinaryCrossentropy(np.array(weights))(np.where(present, targets, np.nan), logits)
    assert float(loss) == pytest.approx(slow_loss(targets, logits, present, weights), rel=1e-5)


def test_without_a_label_the_loss_and_its_gradient_are_nothing():
    logits = tf.Variable(np.ones((2, 3), np.float32))
    with tf.GradientTape() as tape:
        loss = MaskedBinaryCrossentropy()(np.full((2, 3), np.nan, np.float32), logits)
    assert float(loss) == 0
    assert (tape.gradient(loss, logits).numpy() == 0).all()


@pytest.mark.parametrize("garbage", [0.0, 1.0, 0.3, -7.0, np.inf, np.nan, 1e38])
def test_missing_labels_change_no_bit_of_the_gradient(batch, garbage):
    """Down to the weights of a network, whatever stands where there is no label."""
    targets, _, present = batch
    images = np.random.default_rng(1).normal(size=(6, 5)).astype(np.float32)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, kernel_initializer=keras.initializers.Ones())])

    def gradients(filled):
        with tf.GradientTape() as tape:
            losses = masked_binary_cross_entropy(filled, model(images), present, np.float32([1, 2, 3, 4]))
            loss = tf.reduce_sum(losses)
        return [loss.numpy(), *(value.numpy() for value in tape.gradient(loss, model.trainable_variables))]

    for ours, theirs in zip(
        gradients(np.where(present, targets, np.float32(garbage))), gradients(targets), strict=True
    ):
        assert np.isfinite(ours).all()
        assert (ours == theirs).all()


def test_a_model_trains_on_what_is_known_as_if_the_rest_were_not_there(batch):
    targets, _, present = batch
    images = np.random.default_rng(1).normal(size=(6, 5)).astype(np.float32)

    def trained(columns):
        start = np.random.default_rng(2).normal(size=(5, 4)).astype(np.float32)[:, columns]
        dense = keras.layers.Dense(len(columns))
        model = keras.Sequential([keras.Input((5,)), dense])
        dense.set_weights([start, np.zeros(len(columns), np.float32)])
        model.compile(keras.optimizers.SGD(0.5), MaskedBinaryCrossentropy())
        labels = np.where(present, targets, np.nan)
        labels[:, 3] = np.nan
        for _ in range(3):
            model.train_on_batch(images, labels[:, columns])
        return dense.get_weights()

    kernel, bias = trained([0, 1, 2, 3])
    alone, alone_bias = trained([0, 1, 2])
    np.testing.assert_allclose(kernel[:, :3], alone, rtol=1e-6)
    np.testing.assert_allclose(bias[:3], alone_bias, rtol=1e-5)
    assert (kernel[:, 3] == np.random.default_rng(2).normal(size=(5, 4)).astype(np.float32)[:, 3]).all()
    assert bias[3] == 0


def test_accuracy_counts_labels_only():
    metric = MaskedAccuracy()
    metric.update_state(np.array([[1, 0, np.nan]], np.float32), np.array([[2.0, 3.0, 5.0]], np.float32))
    metric.update_state(np.array([[np.nan, 0, 1]], np.float32), np.array([[2.0, -3.0, 5.0]], np.float32))
    assert float(metric.result()) == pytest.approx(3 / 4)
