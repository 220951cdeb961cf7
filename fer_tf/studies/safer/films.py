"""Frames of one film on both sides of the split: what a model seems to gain by them.

Test images are the first frame of each scene of the test people. A clean model is trained on other people; a leaky one,
as when frames are divided at random, also on the other frames of the same scenes. Both train on as many images and are
tested on the same ones. Each chooses its epoch as its owner would: on other people, and on frames of the same scenes.
"""

import numpy as np

from fer_tf.errors import InputError
from fer_tf.studies.safer.features import Features

# Frames of a scene: the first tests, the second chooses the epoch of the leaky model, the rest train it.
_TESTED, _JUDGED = 0, 1

Split = tuple[Features, Features, Features]


def film_splits(train: Features, validation: Features, test: Features, seed: int = 0) -> tuple[Split, Split]:
    """Clean and leaky split of a dataset of scenes.

    Args:
        train: training people.
        validation: people who choose the clean model's epoch.
        test: test people, with ``sequence_id`` and ``frame`` of at least three frames a scene.
        seed: of the choice of the training images that stay.

    Returns:
        (train, validation, test) of the clean and of the leaky model; the test images are the same.

    Raises:
        InputError: there are no scenes of three frames, or fewer training images than leak in.
    """
    frame, known = test.columns["frame"], test.columns["sequence_id"] != ""
    leaked = test.rows(known & (frame > _JUDGED))
    tested, judged = test.rows(known & (frame == _TESTED)), test.rows(known & (frame == _JUDGED))
    if not len(leaked) or not len(judged):
        raise InputError(
            "the films have no scenes of three frames or more: build rendered_faces/custom with --frames_per_scene=4"
        )
    if len(leaked) >= len(train):
        raise InputError(
            f"{len(leaked)} frames of test scenes for {len(train)} training images: take fewer test people"
        )
    kept = np.random.default_rng(seed).permutation(len(train))[: len(train) - len(leaked)]
    leaky = joined(train.rows(np.sort(kept)), leaked)
    return (train, validation, tested), (leaky, judged, tested)


def joined(one: Features, other: Features) -> Features:
    """Images of both."""
    columns = {name: np.concatenate([one.columns[name], other.columns[name]]) for name in one.columns}
    return Features(np.concatenate([one.values, other.values]), one.layout, columns)
