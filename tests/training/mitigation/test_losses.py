"""Losses that know groups, against slow NumPy; and what they leave out where a group is unknown."""

import keras
import numpy as np
import pytest

from fer_tf.training.mitigation import losses

GROUPS = 3
RANDOM = np.random.default_rng(0)


@pytest.fixture
def targets():
    emotion = RANDOM.dirichlet(np.ones(7), 6)
    group = np.eye(GROUPS)[[0, 1, 2, 0, 1, 0]]
    group[5] = 0  # unknown
    return np.concatenate([emotion, group], axis=1).astype(np.float32)


def outputs(width):
    return RANDOM.normal(size=(6, width)).astype(np.float32)


def softmax(x):
    odds = np.exp(x - x.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


def test_the_adversary_learns_the_known_groups(targets):
    out = outputs(7 + GROUPS)
    emotion = -(targets[:, :7] * np.log(softmax(out[:, :7]))).sum(axis=1)
    group = -(targets[:, 7:] * np.log(softmax(out[:, 7:]))).sum(axis=1)
    assert group[5] == 0
    np.testing.assert_allclose(losses.adversarial(targets, out), emotion + group, rtol=1e-5)


def test_group_and_emotion_share_one_softmax(targets):
    out = outputs(7 * GROUPS)
    expected = []
    for target, logits in zip(targets, out, strict=True):
        probabilities = softmax(logits).reshape(GROUPS, 7)
        shares = target[7:] if target[7:].any() else np.full(GROUPS, 1 / GROUPS)
        expected.append(
            -sum(shares[g] * target[e] * np.log(probabilities[g, e]) for g in range(GROUPS) for e in range(7))
        )
    np.testing.assert_allclose(losses.discriminative(targets, out), expected, rtol=1e-5)


def test_a_head_learns_from_its_own_group_alone(targets):
    out = outputs(7 * GROUPS)
    expected = []
    for target, logits in zip(targets, out.reshape(6, GROUPS, 7), strict=True):
        shares = target[7:] if target[7:].any() else np.full(GROUPS, 1 / GROUPS)
        expected.append(-sum(shares[g] * (target[:7] * np.log(softmax(logits[g]))).sum() for g in range(GROUPS)))
    np.testing.assert_allclose(losses.independent(targets, out), expected, rtol=1e-5)
    changed = out.copy()
    changed[0, 7:] += 5  # the other heads of an image of group 0
    assert float(losses.independent(targets, changed)[0]) == pytest.approx(float(losses.independent(targets, out)[0]))


def test_covariances_are_compared_between_groups_with_two_images_or_more():
    features = RANDOM.normal(size=(9, 4)).astype(np.float32)
    groups = np.eye(GROUPS, dtype=np.float32)[[0, 0, 0, 0, 1, 1, 1, 2, 0]]
    groups[8] = 0
    pair = np.cov(features[:4], rowvar=False), np.cov(features[4:7], rowvar=False)
    expected = np.square(pair[0] - pair[1]).sum() / (4 * 4**2)
    assert float(losses.covariance_distance(features, groups)) == pytest.approx(expected, rel=1e-4)
    assert float(losses.covariance_distance(features[:4], groups[:4])) == 0


def test_coral_adds_the_distance_to_every_image(targets):
    out = outputs(7 + 4)
    emotion = -(targets[:, :7] * np.log(softmax(out[:, :7]))).sum(axis=1)
    distance = float(losses.covariance_distance(out[:, 7:], targets[:, 7:]))
    assert distance > 0
    np.testing.assert_allclose(losses.coral(2.0)(targets, out), emotion + 2 * distance, rtol=1e-5)


def test_emotions_are_read_off_the_outputs():
    out = outputs(7 * 2)
    parts = out.reshape(6, 2, 7)
    np.testing.assert_allclose(losses.mean_logits(out), parts.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(
        softmax(np.asarray(losses.summed_logits(out))), softmax(out).reshape(6, 2, 7).sum(axis=1), rtol=1e-4
    )
    assert (np.asarray(losses.first_logits(out)) == out[:, :7]).all()


def test_accuracy_is_that_of_emotions():
    metric = losses.EmotionAccuracy(losses.first_logits)
    out = np.zeros((4, 9), np.float32)
    out[range(4), [0, 1, 2, 8]] = 9  # the last is sure of the group alone
    truth = np.zeros((4, 9), np.float32)
    truth[range(4), [0, 1, 3, 5]] = 1
    metric.update_state(truth, keras.ops.convert_to_tensor(out))
    assert float(metric.result()) == pytest.approx(0.5)
