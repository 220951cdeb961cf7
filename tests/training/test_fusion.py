"""Connected layers on features: they find the stream that tells, and nothing where nothing tells."""

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.training.fusion import FusionOptions, fit_fusion, part_of

LAYOUT = {"face": (0, 4), "place": (4, 11)}
QUICK = FusionOptions(
    stream_width=8, head_width=0.008, epochs=4, batch_size=35, learning_rate=0.02, dropout=0.0, stream_dropout=0.0
)


def made(random, count):
    """Places tell the emotion, faces do not."""
    emotions = np.arange(count) % 7
    place = np.eye(7)[emotions] + random.normal(0, 0.1, (count, 7))
    return np.concatenate([random.normal(0, 1, (count, 4)), place], axis=1).astype(np.float32), emotions


def accuracy(model, features, emotions):
    return (model.predict_on_batch(features).argmax(1) == emotions).mean()


def test_what_tells_is_found():
    random = np.random.default_rng(0)
    train, validation, test = (made(random, count) for count in (700, 140, 140))
    whole = fit_fusion(*train, validation, LAYOUT, options=QUICK, seed=0)
    assert accuracy(whole, *test) > 0.95
    layout, columns = part_of(LAYOUT, ["face"])
    assert layout == {"face": (0, 4)}
    face = fit_fusion(
        train[0][:, columns], train[1], (validation[0][:, columns], validation[1]), layout, options=QUICK, seed=0
    )
    assert accuracy(face, test[0][:, columns], test[1]) < 0.35


def test_the_same_seed_gives_the_same_layers():
    random = np.random.default_rng(1)
    train, validation = made(random, 210), made(random, 70)
    first, again, other = (fit_fusion(*train, validation, LAYOUT, options=QUICK, seed=seed) for seed in (3, 3, 4))
    said = [model.predict_on_batch(validation[0]) for model in (first, again, other)]
    assert (said[0] == said[1]).all()
    assert (said[0] != said[2]).any()


def test_parts_are_taken_in_the_order_asked_for():
    layout, columns = part_of(LAYOUT, ["place", "face"])
    assert layout == {"place": (0, 7), "face": (7, 11)}
    assert columns.tolist() == [4, 5, 6, 7, 8, 9, 10, 0, 1, 2, 3]
    with pytest.raises(InputError, match="features have no part 'sound': they hold face, place"):
        part_of(LAYOUT, ["sound"])


def test_too_few_images_are_refused():
    features, emotions = made(np.random.default_rng(0), 14)
    with pytest.raises(InputError, match="14 images are fewer than batch_size=35"):
        fit_fusion(features, emotions, (features, emotions), LAYOUT, options=QUICK)
