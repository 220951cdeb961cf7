"""The small place network learns from rendered scenes, and says what it learned."""

import json

import numpy as np
import pytest

from fer_tf.data.load import load
from fer_tf.errors import InputError
from fer_tf.models.place_network import names_file, place_categories, place_network
from fer_tf.training import places
from fer_tf.training.places import train_place_network

OPTIONS = {"image_field": "image", "image_size": 32, "epochs": 1, "batch_size": 16}


@pytest.fixture(scope="module")
def trained(rendered_faces, tmp_path_factory):
    path = tmp_path_factory.mktemp("places") / "new" / "place.keras"
    return str(path), train_place_network("rendered_faces/tiny", rendered_faces, path, **OPTIONS)


def test_places_are_written_beside_the_network(trained, rendered_faces):
    path, facts = trained
    labels = [r["place"].decode() for r in load("rendered_faces/tiny", "train", rendered_faces).as_numpy_iterator()]
    assert place_categories(path) == tuple(sorted(set(labels) - {""})) == tuple(facts["categories"])
    assert facts["n_train"] == len([label for label in labels if label])
    written = json.loads(names_file(path).read_text())
    assert written | facts == written
    assert "versions" in written


def test_the_scores_are_those_of_the_saved_network(trained, rendered_faces):
    path, facts = trained
    records = [r for r in load("rendered_faces/tiny", "validation", rendered_faces).as_numpy_iterator() if r["place"]]
    assert facts["n_validation"] == len(records)
    size = records[0]["image"].shape[0]
    logits = place_network(path, image_size=size, top=True).predict(np.stack([r["image"] for r in records]), verbose=0)
    found = np.array(place_categories(path))[logits.argmax(axis=1)]
    truth = np.array([r["place"].decode() for r in records])
    # A picture that was rounded after resizing may fall on the other side.
    assert facts["accuracy"] == pytest.approx((found == truth).mean(), abs=1.01 / len(records))


def test_the_same_seed_gives_the_same_network(trained, rendered_faces, tmp_path):
    again = train_place_network("rendered_faces/tiny", rendered_faces, tmp_path / "again.keras", **OPTIONS)
    assert again == trained[1]
    for ours, theirs in zip(
        place_network(str(tmp_path / "again.keras")).get_weights(), place_network(trained[0]).get_weights(), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_it_learns_what_can_be_learned(rendered_faces, tmp_path, monkeypatch):
    """Two places of one colour each."""

    def colours(dataset, split, *rest):
        random = np.random.default_rng(len(split))
        blue = random.integers(0, 2, 96)
        images = random.integers(0, 60, (96, 16, 16, 3), dtype=np.uint8)
        images[np.arange(96), :, :, 2 * blue] += 150
        return images, ["sea" if b else "fire" for b in blue]

    monkeypatch.setattr(places, "_labelled", colours)
    options = OPTIONS | {"image_size": 16, "epochs": 8}
    facts = train_place_network("rendered_faces/tiny", rendered_faces, tmp_path / "a.keras", **options)
    assert facts["categories"] == ["fire", "sea"]
    assert facts["accuracy"] > 0.95
    assert facts["mean_class_accuracy"] > 0.95


def test_changed_pictures_are_other_views_of_the_same():
    image = np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3)
    first, second = (places._changed(image, np.random.default_rng(seed)) for seed in (1, 2))
    assert (first.shape, first.dtype) == ((16, 16, 3), np.float32)
    assert first.min() >= 0
    assert first.max() <= 255
    assert (first != second).any()
    batches = places._Batches(np.stack([image] * 10), np.arange(10), 4, seed=0)
    assert len(batches) == 2
    seen = [batches[n][1].tolist() for n in (0, 1)]
    assert len({*seen[0], *seen[1]}) == 8
    np.testing.assert_array_equal(batches[0][0], batches[0][0])
    batches.on_epoch_end()
    assert [batches[n][1].tolist() for n in (0, 1)] != seen


def test_a_place_that_training_lacks_counts_as_missed(rendered_faces):
    class Model:
        def predict(self, images, **_):
            return np.eye(2)[[0, 1, 0, 0]]

    scores = places._scores(Model(), np.zeros((4, 1)), ["a", "b", "b", "elsewhere"], ["a", "b"])
    assert scores == {"n_validation": 4, "accuracy": 0.5, "mean_class_accuracy": 0.5}
    assert places._scores(Model(), np.zeros((0, 1)), [], ["a", "b"])["accuracy"] is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_field": "background"}, "rendered_faces/tiny has no field 'background', which a place network learns"),
        (
            {"label_field": "room"},
            "has no field 'room', which a place network learns from: choose a dataset with",
        ),
        (
            {"label_field": "sequence_id"},
            "has 0 pictures of 0 places in 'sequence_id': at least 16 of 2 places",
        ),
        ({"batch_size": 10_000}, "at least 10000 of 2 places are needed"),
        ({"epochs": 0}, "epochs is 0: it must be at least 1"),
        ({"image_size": 8}, "image_size is 8: place_cnn needs at least 16"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(rendered_faces, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        train_place_network("rendered_faces/tiny", rendered_faces, tmp_path / "a.keras", **OPTIONS | options)
    assert not list(tmp_path.iterdir())


def test_the_file_is_a_keras_file(rendered_faces):
    with pytest.raises(InputError, match=r"path is a\.h5: expected the name of a \.keras file"):
        train_place_network("rendered_faces/tiny", rendered_faces, "a.h5")
