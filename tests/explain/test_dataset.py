from collections import Counter

import numpy as np
import pytest

from fer_tf.data.options import InputOptions
from fer_tf.errors import InputError
from fer_tf.evaluation.action_unit_run import predict
from fer_tf.evaluation.predictions import Predictions
from fer_tf.explain.answers import chosen_pairs, emotion_answers, unit_answers
from fer_tf.explain.dataset import decoded, explain_dataset, read_records, regions_and_areas
from fer_tf.explain.methods import NAMES, default_method, explainer
from fer_tf.explain.view import field_of_view
from fer_tf.labels import ACTION_UNITS
from fer_tf.models.registry import build
from tests.explain import slow_lrp as slow

OPTIONS = {"weights": "none", "image_size": 64, "alpha": 0.1, "head_width": 0.01}


@pytest.fixture(scope="module")
def model():
    return build("vgg_au", seed=1, **OPTIONS)


@pytest.fixture(scope="module")
def answers(model, rendered_faces):
    predictions = predict(model, ACTION_UNITS, InputOptions("rendered_faces/tiny", rendered_faces), "test")
    return unit_answers(predictions, np.median(predictions.probabilities))


def test_pairs_are_at_most_so_many_of_each_outcome(answers):
    pairs = chosen_pairs(answers, 2, seed=4)
    row_of = {name: row for row, name in enumerate(answers.image_id)}
    counts = Counter()
    for name, some in pairs.items():
        for label, word in some:
            assert word == answers.outcomes[row_of[name], label]
            counts[label, word] += 1
    assert set(counts.values()) <= {1, 2}
    assert max(counts.values()) == 2
    assert pairs == chosen_pairs(answers, 2, seed=4)
    assert pairs != chosen_pairs(answers, 2, seed=5)
    assert sum(map(len, chosen_pairs(answers, 0).values())) == (answers.outcomes != "").sum()


def test_of_emotions_the_said_and_the_true_one_are_explained():
    probabilities = np.eye(7)[[3, 0, 2]]
    groups = {"gender": np.array(["", "", ""])}
    names = np.array(["a", "b", "c"])
    found = emotion_answers(Predictions(names, names, np.array([3, 5, 2]), probabilities, groups))
    assert found.outcomes[0].tolist() == ["", "", "", "true positive", "", "", ""]
    assert found.outcomes[1].tolist() == ["false positive", "", "", "", "", "missed", ""]


def test_an_even_heatmap_is_chance_and_what_is_changed_is_explained(answers, model, rendered_faces):
    pairs = chosen_pairs(answers, 1)

    def everywhere(images, targets, batch_size):
        return np.ones((*targets.shape, 64, 64, 3), np.float32)

    view = field_of_view(model)
    where = ("rendered_faces/tiny", "test", rendered_faces)
    table = explain_dataset({"even": everywhere}, view, answers, pairs, *where, regions="drawn")
    assert len(table) == sum(map(len, pairs.values()))
    np.testing.assert_allclose(table["mu_w"].dropna(), 1)
    changed = explain_dataset(
        {"shown": lambda images, targets, batch_size: np.repeat(images[:, None], targets.shape[1], 1)},
        view,
        answers,
        pairs,
        *where,
        change=lambda record, image: image * 0,
    )
    assert changed["mu"].isna().all()


def test_regions_of_the_mesh_and_drawn_ones_meet(rendered_faces):
    record = decoded(next(iter(read_records("rendered_faces/tiny", "test", rendered_faces).as_numpy_iterator())))
    drawn, areas = regions_and_areas(record, 64, ["AU1", "AU12", "AU25"], "drawn")
    mesh, _ = regions_and_areas(record, 64, ["AU1", "AU12", "AU25"], "mesh")
    inside = [(mesh[unit] >= 0.5) & (drawn[unit] >= 0.5) for unit in range(3)]
    assert all(both.sum() > 0.3 * (mesh[unit] >= 0.5).sum() for unit, both in enumerate(inside))
    # A picture without what a renderer knows: the face tools find mesh and person.
    bare = {"image": record["image"]}
    found, found_areas = regions_and_areas(bare, 64, ["AU1", "AU12", "AU25"], "mesh")
    assert all(((found[u] >= 0.5) & (mesh[u] >= 0.5)).sum() > 0.5 * (mesh[u] >= 0.5).sum() for u in range(3))
    assert (found_areas["face"] * areas["face"]).sum() > 0.7 * areas["face"].sum()


def test_what_is_missing_is_told(answers, model, rendered_faces):
    where = ("rendered_faces/tiny", "test", rendered_faces)
    with pytest.raises(InputError, match="has no image that could be explained"):
        explain_dataset({}, field_of_view(model), answers, {}, *where)


def test_methods_by_name(model):
    assert default_method(model) == "epsilon_plus_flat"
    assert default_method(slow.keras_model(slow.residual_network())) == "residual"
    assert {"residual", "grad_cam", "innvestigate_epsilon"} <= set(NAMES)
    images = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)
    assert explainer("auto", model)(images, [0]).shape == (2, 1, 64, 64, 3)
    with pytest.raises(InputError, match="method 'lime' is unknown: choose one of auto, epsilon"):
        explainer("lime", model)
