import numpy as np
import pytest
from scipy.stats import spearmanr

from fer_tf.errors import InputError
from fer_tf.explain.lrp import Lrp
from fer_tf.explain.sanity import conservation_report, pixel_flipping, randomised, rank_correlation
from tests.explain import slow_lrp as slow

NETWORK = slow.plain_network()


def images(count=2):
    return np.random.default_rng(1).uniform(0, 255, (count, 8, 8, 3)).astype(np.float32)


def test_shuffled_weights_are_the_same_numbers_and_leave_the_model_alone():
    model = slow.keras_model(slow.residual_network())
    before = [weight.copy() for weight in model.get_weights()]
    other = randomised(model, seed=3)
    for old, new, kept in zip(before, other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(np.sort(old.ravel()), np.sort(new.ravel()))
        np.testing.assert_array_equal(old, kept)
    assert any((old != new).any() for old, new in zip(before, other.get_weights(), strict=True))
    again = randomised(model, seed=3).get_weights()
    assert all((a == b).all() for a, b in zip(again, other.get_weights(), strict=True))


def test_explanations_change_with_the_weights():
    model = slow.keras_model(NETWORK)
    maps = [Lrp(one, "epsilon")(images(), [1])[:, 0].sum(-1) for one in (model, randomised(model))]
    assert (rank_correlation(maps[0], maps[0]) > 0.999).all()
    assert (np.abs(rank_correlation(*maps)) < 0.9).all()


def test_rank_correlation_is_spearmans():
    first, second = np.random.default_rng(0).normal(size=(2, 3, 5, 4))
    expected = [spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(rank_correlation(first, second), expected)


def test_conservation_report():
    model = slow.keras_model(NETWORK)
    without = conservation_report(model, "epsilon_gamma_box", images(), [1], use_bias=False)
    assert without["layer"].iloc[0] == "logit"
    assert without["layer"].iloc[-1] == "scaled"
    assert without["worst"].max() < 1e-3
    assert conservation_report(model, "epsilon_gamma_box", images(), [1])["worst"].max() > 0.01


def test_flipping_the_pixels_that_count_lowers_the_logit_at_once():
    weights = np.zeros((8, 8, 3), np.float32)
    weights[:4, :4] = 1.0

    def answer(shown):
        return np.stack([(np.asarray(shown) * weights).sum((1, 2, 3))] * 2, axis=1)

    pictures = np.full((2, 8, 8, 3), 255, np.float32)
    heatmaps = np.repeat(weights.sum(-1)[None], 2, axis=0)
    curve = pixel_flipping(answer, pictures, heatmaps, np.array([0, 1]), patch=4, steps=2, share=0.5)
    whole, grey = 255 * weights.sum(), 127.5 * weights.sum()
    np.testing.assert_allclose(curve, [[whole, grey, grey]] * 2)
    chance = pixel_flipping(answer, pictures, heatmaps, np.array([0, 1]), patch=4, steps=4, share=1.0, seed=1)
    np.testing.assert_allclose(chance[:, -1], grey)
    assert chance.mean() >= curve.mean()
    assert (pictures == 255).all()
    # What the model does not see is not flipped.
    view = np.zeros((8, 8), bool)
    view[:, 4:] = True
    blind = pixel_flipping(answer, pictures, heatmaps, np.array([0, 1]), patch=4, steps=2, share=1.0, view=view)
    np.testing.assert_allclose(blind, whole)


@pytest.mark.parametrize("options", [{"patch": 9}, {"steps": 0}, {"share": 0.0}])
def test_impossible_curves_are_refused(options):
    with pytest.raises(InputError, match="expected squares within the picture"):
        pixel_flipping(lambda shown: np.zeros((len(shown), 1)), images(), images()[..., 0], np.array([0, 0]), **options)
