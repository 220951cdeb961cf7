import numpy as np

from fer_tf.explain.measure import batches_of_equal_length, heatmap_rows
from fer_tf.explain.summary import SCORES
from fer_tf.explain.view import field_of_view
from fer_tf.models.registry import build
from tests.explain import slow_lrp as slow


def test_batches_hold_every_picture_once_with_its_targets():
    targets = [[1, 2], [], [3], [0, 1], [4], [2]]
    found = batches_of_equal_length(targets, 2)
    assert {number: row.tolist() for numbers, rows in found for number, row in zip(numbers, rows, strict=True)} == {
        number: some for number, some in enumerate(targets) if some
    }
    assert max(len(numbers) for numbers, _ in found) == 2


def test_rows_have_every_score():
    relevance = np.random.default_rng(0).normal(size=(2, 6, 6, 3))
    regions = np.stack([np.eye(6), np.full((6, 6), np.nan)])
    areas = {name: np.ones((6, 6)) for name in ("face", "hair", "body", "background")}
    first, second = heatmap_rows(relevance, regions, areas, np.ones((6, 6), bool))
    assert set(first) == set(second) == set(SCORES)
    assert 0 < first["mu"] < 1
    assert np.isnan(second["mu_w"])
    assert second["face"] == 1


def test_a_model_sees_what_is_within_its_margins():
    model = build("mobilenet_au", weights="none", image_size=64, alpha=0.35, head_width=0.01, margins="0.25,0,0.125,0")
    view = field_of_view(model)
    assert view.shape == (64, 64)
    assert view[16:, 8:].all()
    assert not view[:16].any()
    assert not view[:, :8].any()
    assert field_of_view(slow.keras_model(slow.plain_network())).all()
