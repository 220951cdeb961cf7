"""Probabilities of logits against scipy, where they are large too."""

import numpy as np
from scipy.special import softmax as theirs

from fer_tf.models.outputs import softmax


def test_probabilities_are_those_of_scipy():
    logits = np.random.default_rng(0).normal(0, 5, (4, 3, 7)).astype(np.float32)
    np.testing.assert_allclose(softmax(logits), theirs(logits.astype(np.float64), axis=-1), rtol=1e-12)
    large = softmax(np.array([[1e6, 1e6 - 1, -1e6]]))
    np.testing.assert_allclose(large, [[1 / (1 + np.exp(-1)), 1 / (1 + np.e), 0]])
