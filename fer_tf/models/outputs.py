"""From what a model says to probabilities."""

import numpy as np


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits (..., C), float64, without overflow."""
    logits = np.asarray(logits, np.float64)
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)
