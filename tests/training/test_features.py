import dataclasses

import numpy as np
import pytest

from fer_tf.data.options import InputOptions
from fer_tf.data.scoring import scoring_batches
from fer_tf.errors import InputError
from fer_tf.models.registry import build
from fer_tf.training import features as module
from fer_tf.training.features import (
    FeatureBatches,
    StackedRows,
    cached_features,
    split_model,
)
from fer_tf.training.head import HeadOptions, fit_head, head_logits

THIN = {"image_size": 32, "weights": "none", "alpha": 0.05, "head_width": 0.005, "outputs": 3}


@pytest.fixture(scope="module")
def model():
    return build("vgg_au", **THIN)


@pytest.fixture
def inputs(rendered_faces):
    return InputOptions("rendered_faces/tiny", rendered_faces, batch_size=16)


@pytest.fixture
def passes(monkeypatch):
    """How many batches went through the convolutions."""
    counted = []
    original = module.split_model

    def counting(whole):
        inner, head = original(whole)
        predict = inner.predict_on_batch
        inner.predict_on_batch = lambda batch: counted.append(1) or predict(batch)
        return inner, head

    monkeypatch.setattr(module, "split_model", counting)
    return counted


def test_features_are_computed_once(model, inputs, tmp_path, passes):
    first, columns = cached_features(model, inputs, "validation", tmp_path, dtype="float32")
    assert first.shape == (35, model.get_layer("features").output.shape[1])
    assert len(passes) == 3
    again, _ = cached_features(model, inputs, "validation", tmp_path, dtype="float32")
    assert len(passes) == 3
    assert (first == again).all()
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".partial", ".rows")]
    images, expected = scoring_batches(dataclasses.replace(inputs, image_size=32), "validation", labelled_only=False)
    assert (columns["image_id"] == expected["image_id"]).all()
    direct = np.concatenate([split_model(model)[0](batch).numpy() for batch in images])
    np.testing.assert_allclose(first, direct, rtol=1e-5, atol=1e-5)


def test_what_decides_the_features_decides_the_file(model, inputs, tmp_path, passes):
    cached_features(model, inputs, "validation", tmp_path)
    names = {path.name for path in tmp_path.glob("*.npy")}
    other_weights = build("vgg_au", **THIN | {"seed": 1})  # another head: the same features
    inner, _ = split_model(other_weights)
    inner.set_weights(split_model(model)[0].get_weights())
    cached_features(other_weights, inputs, "validation", tmp_path)
    assert {path.name for path in tmp_path.glob("*.npy")} == names
    inner.set_weights([value + 0.01 for value in inner.get_weights()])
    cached_features(other_weights, inputs, "validation", tmp_path)
    cached_features(model, inputs, "validation[:20]", tmp_path)
    cached_features(model, inputs, "validation", tmp_path, dtype="float32")
    cached_features(build("vgg_au", **THIN | {"image_size": 64}), inputs, "validation", tmp_path)
    assert len(list(tmp_path.glob("*.npy"))) == 5


def test_layers_without_weights_decide_too(inputs, tmp_path):
    options = {"image_size": 64, "weights": "none", "alpha": 0.35, "head_width": 0.005, "outputs": 3}
    plain, cut, other = (build("mobilenet_au", **options, margins=m) for m in ("", "0.2,0,0.1,0.1", "0,0.2,0.1,0.1"))
    for model in (cut, other):
        model.set_weights(plain.get_weights())
    for model in (plain, cut, other, cut):
        cached_features(model, inputs, "validation", tmp_path)
    assert len(list(tmp_path.glob("*.npy"))) == 3


def test_a_killed_computation_goes_on(model, inputs, tmp_path, passes, monkeypatch):
    whole, _ = cached_features(model, inputs, "train", tmp_path / "whole")
    monkeypatch.setattr(module, "_BLOCK", 16)
    original = module._compute
    monkeypatch.setattr(module, "_compute", lambda inner, images, *rest: original(inner, _die_after(images, 3), *rest))
    with pytest.raises(KeyboardInterrupt):
        cached_features(model, inputs, "train", tmp_path / "killed")
    assert not list((tmp_path / "killed").glob("*.npy"))
    monkeypatch.setattr(module, "_compute", original)
    passes.clear()
    resumed, _ = cached_features(model, inputs, "train", tmp_path / "killed")
    assert len(passes) == 2  # of five
    assert (resumed == whole).all()


def test_a_killed_computation_starts_again_with_batches_of_another_size(model, inputs, tmp_path, monkeypatch):
    whole, _ = cached_features(model, inputs, "train", tmp_path / "whole", dtype="float32")
    original = module._compute
    monkeypatch.setattr(module, "_BLOCK", 16)
    monkeypatch.setattr(module, "_compute", lambda inner, images, *rest: original(inner, _die_after(images, 2), *rest))
    with pytest.raises(KeyboardInterrupt):
        cached_features(model, inputs, "train", tmp_path / "killed", dtype="float32")
    monkeypatch.setattr(module, "_compute", original)
    other = dataclasses.replace(inputs, batch_size=10)
    resumed, _ = cached_features(model, other, "train", tmp_path / "killed", dtype="float32")
    np.testing.assert_allclose(resumed, whole, rtol=1e-4, atol=1e-5)


class _die_after:
    def __init__(self, images, batches):
        self._images, self._left = images, batches

    def skip(self, count):
        return self._batches()

    def _batches(self):
        for number, batch in enumerate(self._images):
            if number == self._left:
                raise KeyboardInterrupt
            yield batch


def test_a_head_from_cached_features_answers_as_the_whole_model(model, inputs, tmp_path):
    features, _ = cached_features(model, inputs, "train", tmp_path, dtype="float32")
    targets = (np.arange(70)[:, None] % (2, 3, 5) == 0).astype(np.float32)
    options = HeadOptions(head_width=0.005, epochs=2, batch_size=16)
    weights = fit_head(features, targets, options=options, seed=3)
    split_model(model)[1].set_weights(weights)
    images, _ = scoring_batches(dataclasses.replace(inputs, image_size=32), "train", labelled_only=False)
    whole = model.predict(images, verbose=0)
    np.testing.assert_allclose(head_logits(weights, features, 32), whole, rtol=1e-4, atol=1e-4)
    again = fit_head(features, targets, options=options, seed=3)
    assert all((a == b).all() for a, b in zip(weights, again, strict=True))


def test_a_head_learns_from_the_rows_it_is_given():
    random = np.random.default_rng(0)
    features = random.normal(size=(400, 6)).astype(np.float16)
    targets = (features[:, :2] > 0).astype(np.float32)
    targets[:200] = 1 - targets[:200]  # rows that would teach the opposite
    targets[200:300, 1] = np.nan
    options = HeadOptions(head_width=0.01, epochs=30, batch_size=20)
    weights = fit_head(features, targets, rows=np.arange(200, 400), options=options)
    right = (head_logits(weights, features[200:]) > 0) == (features[200:, :2] > 0)
    assert right.mean() > 0.9


def test_stacked_rows_are_the_rows_of_all_parts():
    random = np.random.default_rng(0)
    parts = [random.normal(size=(size, 3)).astype(np.float16) for size in (4, 1, 6)]
    stacked, whole = StackedRows(parts), np.concatenate(parts)
    assert stacked.shape == whole.shape
    for rows in (np.array([10, 0, 4, 4, 3]), slice(2, 7), slice(None), np.array([], int)):
        np.testing.assert_array_equal(stacked[rows], whole[rows])
    with pytest.raises(IndexError):
        stacked[np.array([11])]
    with pytest.raises(InputError, match=r"features have the widths \[2, 3\]"):
        StackedRows([np.ones((2, 3)), np.ones((2, 2))])


def test_batches_hold_every_row_once_and_another_order_each_epoch():
    features, targets = np.arange(20, dtype=np.float16)[:, None], np.arange(0, 20, 2, dtype=np.float32)[:, None]
    batches = FeatureBatches(features, np.arange(0, 20, 2), 3, targets, seed=1)
    assert len(batches) == 3
    first = [batch[0].tolist() for batch in batches]
    assert all((x == y).all() for x, y in batches)
    batches.on_epoch_end()
    second = [batch[0].tolist() for batch in batches]
    assert first != second
    late = FeatureBatches(features, np.arange(0, 20, 2), 3, targets, seed=1, first_epoch=1)
    assert [batch[0].tolist() for batch in late] == second
    scoring = FeatureBatches(features, np.array([4, 7]), 8)
    assert len(scoring) == 1
    assert scoring[0][0].tolist() == [[4], [7]]


@pytest.mark.parametrize(
    ("rows", "targets", "message"),
    [
        (np.arange(5), np.ones((30, 2)), "5 images are fewer than batch_size=8"),
        (None, np.full((30, 2), np.nan), "no image has a label for any output"),
    ],
)
def test_nothing_to_train_on_is_refused(rows, targets, message):
    with pytest.raises(InputError, match=message):
        fit_head(np.ones((30, 4)), targets, rows=rows, options=HeadOptions(batch_size=8))


def test_models_without_such_a_head_are_refused(inputs, tmp_path):
    with pytest.raises(InputError, match="model small_cnn has no layer 'features'"):
        cached_features(build("small_cnn"), inputs, "train", tmp_path)
    with pytest.raises(InputError, match="dtype is 'int8': choose one of float16, float32"):
        cached_features(build("vgg_au", **THIN), inputs, "train", tmp_path, dtype="int8")
