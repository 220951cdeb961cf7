import hashlib
import json

import pytest

from export.model_card import model_card, write_model_card
from fer_tf.errors import InputError

RUN = {"flags": {"model": "mobilenet_v2", "dataset": "fer2013", "seed": 3}, "commit": "abc123", "duration_s": 7200}
METRICS = {
    "n": 3589,
    "dataset": "fer2013",
    "split": "test",
    "metrics": {"accuracy": 0.7, "mean_class_accuracy": None, "recall/fear": 0.512, "recall/happiness": 0.9},
    "intervals": {"accuracy": [0.685, 0.715]},
}
PARITY = {
    "name": "model_int8.tflite",
    "bytes": 2_830_000,
    "n": 3589,
    "max_probability_difference": 0.04,
    "label_flips": 12,
    "score": "accuracy",
    "accuracy_export": 0.699,
    "accuracy_difference": -0.001,
    "accuracy_difference_interval": [-0.004, 0.002],
    "groups": [],
    "dataset": "fer2013",
    "split": "test",
    "limits": {"max_group_loss": 0.01},
    "violations": [],
}
GROUP = {
    "column": "gender",
    "group": "female",
    "n": 1800,
    "people": 90,
    "original": 0.71,
    "original_low": 0.69,
    "original_high": 0.73,
    "difference": -0.03,
    "difference_low": -0.04,
    "difference_high": -0.02,
    "found": "lower",
    "beyond_own_interval": True,
}


@pytest.mark.parametrize("card", [model_card({}), model_card(RUN, METRICS, [PARITY])])
def test_the_warnings_are_always_there(card):
    assert "must not be used" in card
    assert "Article 5(1)(f) of the EU AI Act" in card
    assert "workplace and\n  education" in card
    assert "Expressions are not feelings" in card
    assert "## Known limits" in card
    assert "## Licence" in card
    assert "{" not in card


def test_numbers_carry_n_and_interval():
    card = model_card(RUN, METRICS, [PARITY])
    assert card.startswith("# Model card: mobilenet_v2, trained on fer2013\n")
    assert "On fer2013, test, n = 3589." in card
    assert "| accuracy | 0.700 [0.685, 0.715] |" in card
    assert "| mean class accuracy | undefined |" in card
    assert "| fear | 0.512 |" in card
    assert "| model_int8.tflite | 2.83 | 3589 | 4.0e-02 | 12 | 0.6990 | -0.0010 [-0.0040, +0.0020] | accepted |" in card
    assert "* Commit: abc123" in card
    assert "* Seed: 3" in card
    assert "* Duration: 2.0 h" in card


def test_groups_are_shown_or_said_to_be_unknown():
    card = model_card(RUN, METRICS, [PARITY])
    assert "No group of people is known in these images: nothing is said of groups." in card
    unsure = GROUP | {"found": "too few to say", "beyond_own_interval": False, "difference_low": None}
    known = PARITY | {"groups": [GROUP, unsure | {"group": "male", "original": None}]}
    rows = model_card(RUN, METRICS, [known]).splitlines()
    assert "| group | n | people | accuracy of the model | int8 |" in rows
    assert "| gender female | 1800 | 90 | 0.7100 [0.690, 0.730] | -0.0300 [-0.0400, -0.0200] !w |" in rows
    assert "| gender male | 1800 | 90 | undefined [0.690, 0.730] | -0.0300 ? |" in rows


def test_exports_on_other_images_have_a_table_of_their_own():
    card = model_card(RUN, METRICS, [PARITY, PARITY | {"split": "validation"}])
    assert card.count("Compared with the Keras model on fer2013, ") == 2


def test_action_units_are_told_as_such():
    metrics = {"n": 5, "metrics": {"macro_f1": 0.5, "f1/AU1": 0.4}, "intervals": {}}
    card = model_card({"task": "action_units", "labels": ["AU1", "AU12"], "model": "vgg_au"}, metrics)
    assert "gives 2 probabilities, one\nfor each of AU1 and AU12" in card
    assert "guesses which action units annotators would mark" in card
    assert "| AU1 | 0.400 |" in card
    several = model_card({"model": "safer"})
    assert "a square face crop, its measurements and what is around it" in several


def test_refused_exports_are_named():
    assert "| refused |" in model_card(RUN, METRICS, [PARITY | {"violations": ["too far"]}])


def test_without_scores_it_says_so():
    assert "Not measured." in model_card({})


def test_written_from_the_files(tmp_path):
    run, output = tmp_path / "run", tmp_path / "export"
    run.mkdir()
    output.mkdir()
    (run / "run.json").write_text(json.dumps(RUN))
    (run / "metrics.json").write_text(json.dumps(METRICS))
    content = b"of the export"
    parity = PARITY | {"sha256": hashlib.sha256(content).hexdigest()}
    (output / "parity_model_int8.json").write_text(json.dumps(parity))
    # A report of another file says nothing of this one.
    (output / PARITY["name"]).write_bytes(b"older")
    assert write_model_card(output, run).read_text() == model_card(RUN, METRICS, [])
    for name in (PARITY["name"], PARITY["name"] + ".rejected"):
        (output / PARITY["name"]).unlink(missing_ok=True)
        (output / name).write_bytes(content)
        assert write_model_card(output, run).read_text() == model_card(RUN, METRICS, [parity])


def test_broken_files_are_named(tmp_path):
    (tmp_path / "metrics.json").write_text("{")
    with pytest.raises(InputError, match=r"metrics.json is no JSON"):
        write_model_card(tmp_path, tmp_path)
    with pytest.raises(InputError, match=r"run directory .*gone does not exist"):
        write_model_card(tmp_path, tmp_path / "gone")
