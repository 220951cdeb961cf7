"""What the labels of a dataset are worth: agreement of annotators, balance of classes."""

import numpy as np

from fer_tf.data.audit.collect import Collected
from fer_tf.labels import EMOTIONS

# Four of eight annotators, which paper C calls 80 %, and 80 %.
CONSENSUS_RULES = (0.5, 0.8)
# Of FER-2013, by four of eight annotators (paper C).
PAPER_REMOVED = 0.075
# Votes are shares of ten or eight, stored as float32: 0.8 may be a little less.
_ROUNDING = 1e-4


def voted(collected: Collected) -> np.ndarray:
    """Bool (N,), which pictures have votes."""
    return ~np.isnan(collected.votes).any(axis=1)


def top_share(votes: np.ndarray) -> np.ndarray:
    """Share of the annotators that the most frequent of the seven emotions has, float (N,); NaN without votes."""
    return votes.max(axis=1)


def keeps(votes: np.ndarray, consensus: float) -> np.ndarray:
    """Whether enough annotators agree on one of the seven emotions, bool (N,); False without votes."""
    return top_share(votes) >= consensus - _ROUNDING


def disagrees(votes: np.ndarray, emotion: np.ndarray) -> np.ndarray:
    """Whether another emotion has more votes than the label, bool (N,); False without votes or label."""
    known = (emotion >= 0) & ~np.isnan(votes).any(axis=1)
    own = np.take_along_axis(votes, np.maximum(emotion, 0)[:, None].astype(int), axis=1)[:, 0]
    return known & (top_share(votes) > own + _ROUNDING)


def consensus_facts(collected: Collected, consensus: float) -> dict[str, float]:
    """What the consensus rule would keep.

    Args:
        collected: the dataset.
        consensus: the user's threshold, beside ``CONSENSUS_RULES``.

    Returns:
        for each threshold the share kept, and the share that is kept and labelled with what most annotators say; {}
        without votes.
    """
    known = voted(collected)
    if not known.any():
        return {}
    votes, emotion = collected.votes[known], collected.numbers["emotion"][known]
    right = ~disagrees(votes, emotion)
    facts = {"with_votes": int(known.sum()), "disagreement": float(1 - right.mean())}
    for threshold in sorted({consensus, *CONSENSUS_RULES}):
        kept = keeps(votes, threshold)
        facts[f"kept_at_{threshold:.2f}"] = float(kept.mean())
        facts[f"kept_and_agreeing_at_{threshold:.2f}"] = float((kept & right).mean())
    return facts


def class_counts(collected: Collected) -> np.ndarray:
    """Pictures of each split and emotion, int (splits, 7)."""
    known = collected.numbers["emotion"] >= 0
    flat = collected.split[known].astype(int) * len(EMOTIONS) + collected.numbers["emotion"][known]
    return np.bincount(flat, minlength=len(collected.splits) * len(EMOTIONS)).reshape(-1, len(EMOTIONS))
