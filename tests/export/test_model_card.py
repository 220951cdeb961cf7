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
    "accuracy_export": 0.699,
    "accuracy_difference": -0.001,
    "dataset": "fer2013",
    "split": "test",
    "violations": [],
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
    assert "| model_int8.tflite | 2.83 | 3589 | 4.0e-02 | 12 | 0.6990 | -0.0010 | accepted |" in card
    assert "* Commit: abc123" in card
    assert "* Seed: 3" in card
    assert "* Duration: 2.0 h" in card


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
    (output / "parity_model_int8.json").write_text(json.dumps(PARITY))
    assert write_model_card(output, run).read_text() == model_card(RUN, METRICS, [PARITY])


def test_broken_files_are_named(tmp_path):
    (tmp_path / "metrics.json").write_text("{")
    with pytest.raises(InputError, match=r"metrics.json is no JSON"):
        write_model_card(tmp_path, tmp_path)
    with pytest.raises(InputError, match=r"run directory .*gone does not exist"):
        write_model_card(tmp_path, tmp_path / "gone")
