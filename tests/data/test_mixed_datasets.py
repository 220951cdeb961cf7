"""Several datasets in one training, one of which annotates other units and other people."""

import numpy as np
import pytest
import tensorflow_datasets as tfds

from fer_tf.data import load as loading
from fer_tf.data.action_units import ActionUnitOptions
from fer_tf.data.augment import AugmentOptions
from fer_tf.data.load import load, qualified, split_digest
from fer_tf.data.options import InputOptions
from fer_tf.data.pipeline import TrainingInput
from fer_tf.data.scoring import check_apart, read_columns, scoring_batches
from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS
from tfds_builders.record import make_record, record_features

FIRST = "rendered_faces/tiny"
BOTH = f"{FIRST},partial"
COUNT = 14
KNOWN = (1, 12)


class Partial(tfds.core.GeneratorBasedBuilder):
    """A few images with two annotated units, and no emotion."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        return self.dataset_info_from_configs(features=record_features())

    def _split_generators(self, dl_manager):
        return {split: self._generate_examples(split) for split in ("train", "validation")}

    def _generate_examples(self, split):
        random = np.random.default_rng(0)
        for number in range(COUNT):
            units = np.full(24, np.nan)
            units[[ACTION_UNITS.index(unit) for unit in KNOWN]] = (number % 2, number % 3 == 0)
            image = random.integers(0, 256, (64, 64, 3), np.uint8)
            subject = f"s{number % 4}" if number else ""
            yield number, make_record(image, f"{split}{number}", action_units=units, subject_id=subject)


@pytest.fixture(scope="module")
def partial(tmp_path_factory):
    builder = Partial(data_dir=str(tmp_path_factory.mktemp("partial")))
    builder.download_and_prepare()
    return builder


@pytest.fixture
def options(rendered_faces, partial, monkeypatch):
    built = loading.load_builder
    monkeypatch.setattr(
        loading, "load_builder", lambda name, data_dir: partial if name == "partial" else built(name, data_dir)
    )
    return InputOptions(BOTH, rendered_faces, image_size=32, batch_size=14)


def test_records_are_mixed_evenly_and_named_after_their_dataset(options):
    columns = read_columns(options, "train", ("image_id", "subject_id"))
    theirs = np.char.startswith(columns["image_id"], "partial:")
    assert theirs.sum() == COUNT
    assert len(set(columns["image_id"])) == len(theirs) == 70 + COUNT
    # Of each stretch of six records one is theirs, so a shuffle buffer sees both.
    assert np.diff(np.flatnonzero(theirs)).max() <= 7
    assert set(columns["subject_id"][theirs]) == {"", "partial:s0", "partial:s1", "partial:s2", "partial:s3"}
    assert all(name.startswith("rendered_faces:tiny_train_") for name in columns["subject_id"][~theirs])


def test_what_a_dataset_does_not_annotate_stays_missing(options):
    source = TrainingInput(options, ActionUnitOptions(min_occurrences=1))
    assert source.dataset_counts == {FIRST: 70, "partial": COUNT}
    assert len(source.subjects) == 10 + 4
    assert len(source.targets.units) > 15
    missing = [column for column, unit in enumerate(source.targets.units) if unit not in KNOWN]
    batches = source.batches(0, AugmentOptions.none()).take(source.steps_per_epoch)
    rows = np.concatenate([targets.numpy() for _, targets, _ in batches])
    assert len(rows) == 84
    partly = np.isnan(rows).any(axis=1)
    assert partly.sum() == COUNT
    assert np.isnan(rows[partly][:, missing]).all()
    assert not np.isnan(np.delete(rows[partly], missing, axis=1)).any()


def test_one_dataset_stays_as_it_is(options, rendered_faces):
    alone = InputOptions(FIRST, rendered_faces, image_size=32)
    assert read_columns(alone, "train", ("subject_id",))["subject_id"][0].startswith("tiny_train_")
    mixed = read_columns(options, "train", ("image_id",))["image_id"]
    own = [name.partition(":")[2] for name in mixed if name.startswith(FIRST)]
    assert own == read_columns(alone, "train", ("image_id",))["image_id"].tolist()
    assert split_digest(BOTH, "train", rendered_faces) != split_digest(FIRST, "train", rendered_faces)


def test_scoring_takes_images_with_a_label_of_the_units(options):
    images, columns = scoring_batches(options, "validation", units=(5,))
    assert len(columns["image_id"]) == 35
    images, columns = scoring_batches(options, "validation", units=(5, 12))
    assert len(columns["image_id"]) == 35 + COUNT == sum(len(batch) for batch in images)
    assert columns["action_units"].shape == (49, 24)
    images, columns = scoring_batches(options, "validation")
    assert len(columns["image_id"]) == 35 == sum(len(batch) for batch in images)


def test_shared_subjects_are_refused_and_named(options):
    # The other dataset has the same people in both splits.
    train = TrainingInput(options, ActionUnitOptions(min_occurrences=1)).subjects
    seen = read_columns(options, "validation", ("subject_id",))["subject_id"]
    with pytest.raises(InputError, match="4 subjects are in training and in validation, such as partial:s0"):
        check_apart(train, qualified(BOTH, seen), "validation")
    check_apart({"a"}, {"b"}, "test")
    assert qualified("ck_plus/faces", np.array(["", "S1", "S1"])) == {"ck_plus:S1"}
    # The people of a twin are those of its source, also of a twin's twin.
    assert qualified("disguised/ck_plus.faces-hat", np.array(["S1"])) == {"ck_plus:S1"}
    assert qualified("disguised/disguised.ck_plus.faces-hat-cap", np.array(["S1"])) == {"ck_plus:S1"}


@pytest.mark.parametrize("dataset", ["a,", "a,b,a", ""])
def test_names_that_are_no_list_are_refused(dataset):
    with pytest.raises(InputError, match="expected one name, or several different ones with commas"):
        load(dataset, "train", "data")
