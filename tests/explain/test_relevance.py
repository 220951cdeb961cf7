import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.explain.relevance import AREAS, area_shares, inside_scores, picture_areas, positive_relevance
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.plan import Plan, frames


def slow_scores(relevance, region):
    """From the definitions, pixel by pixel."""
    positive = [[sum(max(value, 0) for value in pixel) for pixel in row] for row in relevance]
    pixels = [(positive[y][x], bool(region[y][x] >= 0.5)) for y in range(len(region)) for x in range(len(region[0]))]
    total, area = sum(value for value, _ in pixels), sum(inside for _, inside in pixels)
    mu = sum(value for value, inside in pixels if inside) / total
    largest = sorted(pixels, key=lambda pixel: -pixel[0])[:area]
    return {
        "mu": mu,
        "mu_w": mu * len(pixels) / area,
        "rank_accuracy": sum(inside for _, inside in largest) / area,
    }


def heatmap(seed=0, shape=(9, 7, 3)):
    return np.random.default_rng(seed).normal(size=shape)


def box(top, bottom, left, right, shape=(9, 7)):
    mask = np.zeros(shape, np.float32)
    mask[top:bottom, left:right] = 1
    return mask


def test_scores_are_the_definitions():
    for seed in range(5):
        relevance, region = heatmap(seed), box(1, 5, 2, 6)
        found = inside_scores(positive_relevance(relevance), region)
        for name, value in slow_scores(relevance, region).items():
            assert found[name] == pytest.approx(value, abs=1e-12), name


def test_even_relevance_is_chance_and_all_inside_is_certain():
    region = box(0, 3, 0, 7)
    even = inside_scores(np.ones((9, 7)), region)
    assert even["mu_w"] == pytest.approx(1)
    assert even["mu"] == pytest.approx(1 / 3)
    inside = inside_scores(region.astype(float), region)
    assert inside["mu"] == inside["rank_accuracy"] == 1
    assert inside["mu_w"] == pytest.approx(3)


def test_what_the_model_cannot_see_does_not_make_it_look_good():
    view = box(0, 9, 0, 3).astype(bool)
    positive = np.where(view, 1.0, 0.0)
    region = box(0, 3, 0, 7)
    assert inside_scores(positive, region, view)["mu_w"] == pytest.approx(1)
    assert inside_scores(positive, region)["mu_w"] == pytest.approx(1)
    narrow = box(0, 3, 0, 3)
    assert inside_scores(positive, narrow)["mu_w"] == pytest.approx(63 / 27)
    assert inside_scores(positive, narrow, view)["mu_w"] == pytest.approx(1)


def test_undefined_is_not_zero():
    region = box(0, 3, 0, 3)
    none = -np.ones((9, 7, 3))
    cases = [
        (positive_relevance(none), region),
        (np.ones((9, 7)), np.zeros((9, 7))),
        (np.ones((9, 7)), np.full((9, 7), np.nan)),
    ]
    for positive, mask in cases:
        assert all(np.isnan(value) for value in inside_scores(positive, mask).values())
    stacked = inside_scores(np.ones((2, 9, 7)), np.stack([region, np.full((9, 7), np.nan)]))
    assert np.isnan(stacked["mu"]).tolist() == [False, True]
    with pytest.raises(InputError, match="do not fit"):
        inside_scores(np.ones((9, 7)), np.ones((7, 9)))


def quantus_localisation(relevance, region, *, weighted, absolute):
    """Quantus 0.6, metrics/localisation/attribution_localisation.py, evaluate_instance, for one image.

    Repeated here because Quantus does not work with Keras 3.
    """
    a = np.abs(relevance) if absolute else relevance
    a = a.sum(axis=-1).flatten()
    inside = region.flatten().astype(bool)
    a = np.where(a > 0, a, 0)
    ratio = a[inside].sum() / a.sum()
    return ratio * inside.sum() / inside.size if weighted else ratio


def quantus_rank_accuracy(a, region):
    """Quantus 0.6, metrics/localisation/relevance_rank_accuracy.py, evaluate_instance."""
    s = region.flatten().astype(bool).nonzero()[0]
    order = np.argsort(a.flatten(), axis=-1)[-len(s) :]
    return len(np.intersect1d(s, order)) / float(len(s))


def test_differences_to_quantus():
    relevance, region = heatmap(3), box(1, 5, 2, 6)
    positive = positive_relevance(relevance)
    ours = inside_scores(positive, region)
    assert ours["rank_accuracy"] == pytest.approx(quantus_rank_accuracy(positive, region))
    one_channel = positive[..., None]
    assert ours["mu"] == pytest.approx(quantus_localisation(one_channel, region, weighted=False, absolute=False))
    # Absolute values, its default, count what speaks against the target.
    assert ours["mu"] != pytest.approx(quantus_localisation(relevance, region, weighted=False, absolute=True), rel=0.01)
    # Its weight is the inverse of the paper's.
    weighted = quantus_localisation(one_channel, region, weighted=True, absolute=False)
    assert ours["mu_w"] == pytest.approx(weighted * (region.size / region.sum()) ** 2)


@pytest.fixture(scope="module")
def picture():
    return draw(frames(Plan("areas", 5, {"test": 1}, images_per_subject=1, disguised=0.0), "test", 0)[0].frame)


def test_areas_are_the_picture_and_lie_where_they_were_drawn(picture):
    areas = picture_areas(picture.mesh, picture.person)
    np.testing.assert_array_equal(sum(areas.values()), 1)
    assert (areas["face"].astype(bool) & picture.face).sum() > 0.8 * picture.face.sum()
    assert not (areas["background"].astype(bool) & picture.person).any()
    shares = area_shares(picture.face.astype(float), picture_areas(picture.mesh, picture.person, picture.face))
    assert shares["face"] == pytest.approx(1)
    even = area_shares(np.ones(picture.person.shape), areas)
    assert sum(even.values()) == pytest.approx(1)


def test_areas_without_a_face_are_not_known():
    areas = picture_areas(np.full((468, 2), np.nan), np.ones((4, 4), bool))
    assert set(areas) == set(AREAS)
    assert all(np.isnan(value) for value in area_shares(np.ones((4, 4)), areas).values())
