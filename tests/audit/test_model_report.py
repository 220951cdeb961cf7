"""python -m fer_tf.audit: our runs and other tools' tables, and everything that may be wrong with them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_tf.audit.model_report import ReportOptions, audit_model
from fer_tf.errors import InputError
from fer_tf.evaluation.predictions_file import read_predictions
from fer_tf.labels import EMOTIONS

ROOT = Path(__file__).resolve().parents[2]
NAMES = [f"probability_{name}" for name in EMOTIONS]


def table(count=120, seed=0):
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.full(7, 0.3), count)
    columns = {"image_id": [f"i{n}" for n in range(count)], "subject_id": [f"s{n // 4}" for n in range(count)]}
    columns |= {"emotion": np.array(EMOTIONS)[random.integers(0, 7, count)]}
    columns |= {name: probabilities[:, number] for number, name in enumerate(NAMES)}
    columns |= {"gender": np.where(np.arange(count) // 4 % 2, "male", "female")}
    return pd.DataFrame(columns)


@pytest.fixture
def predictions(tmp_path):
    table().to_csv(tmp_path / "p.csv", index=False)
    return tmp_path / "p.csv"


def run(*arguments):
    command = [sys.executable, "-m", "fer_tf.audit", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def audit(path, folder, **options):
    return audit_model(path, folder, ReportOptions(resamples=100, **options), "python …")


def test_the_command_writes_all_three_forms(predictions, tmp_path):
    done = run(f"--predictions={predictions}", f"--output_dir={tmp_path / 'out'}", "--resamples=100", "--title=Mine")
    assert done.returncode == 0, done.stderr
    assert "Mean class accuracy over all 120 images" in done.stdout
    content = json.loads((tmp_path / "out" / "report.json").read_text())
    assert content["about"]["title"] == "Mine"
    assert (tmp_path / "out" / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / "out" / "REPORT.md").read_text().startswith("# Mine")


def test_other_tools_columns_are_mapped(tmp_path):
    theirs = table().rename(columns={"image_id": "file", "emotion": "label", "gender": "sex"})
    theirs["label"] = theirs["label"].map({"happiness": "Happy", "anger": "angry"}).fillna(theirs["label"])
    theirs.to_csv(tmp_path / "theirs.csv", index=False)
    table().to_csv(tmp_path / "ours.csv", index=False)
    found = audit(tmp_path / "theirs.csv", tmp_path / "a", columns="image_id=file, emotion=label", groups="sex")
    expected = audit(tmp_path / "ours.csv", tmp_path / "b")
    assert found["scores"] == expected["scores"]
    assert {row["column"] for row in found["groups"]} == {"sex"}


def test_answers_without_probabilities_are_enough(predictions, tmp_path):
    ours = table()
    ours["predicted"] = np.array(EMOTIONS)[ours[NAMES].to_numpy().argmax(1)]
    ours.drop(columns=NAMES).to_csv(tmp_path / "answers.csv", index=False)
    found, expected = (audit(path, tmp_path / "out") for path in (tmp_path / "answers.csv", predictions))
    name = "mean_class_accuracy"
    one, other = ([row for row in report["groups"] if row["metric"] == name] for report in (found, expected))
    assert one == other


def test_two_models_and_a_studys_tables_stand_in_one_report(predictions, tmp_path):
    other = table(seed=0)
    other[NAMES] = np.eye(7)[[EMOTIONS.index(word) for word in other["emotion"]]]
    other.to_csv(tmp_path / "better.csv", index=False)
    (tmp_path / "tables.md").write_text("### Table I\n\n| step | ours |\n|---|---|\n| 1 | **0.4** |\n\nwords\n")
    found = audit(
        tmp_path / "better.csv", tmp_path / "out", compare=str(predictions), paper_tables=str(tmp_path / "tables.md")
    )
    assert found["comparison"]["before"] == "p.csv"
    assert {row["found"] for row in found["comparison"]["rows"]} == {"higher"}
    assert found["paper_tables"] == [{"caption": "Table I", "columns": ["step", "ours"], "rows": [["1", "0.4"]]}]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Beside another model" in page
    assert "Table I" in page


def test_heatmaps_are_shown_only_when_asked(predictions, tmp_path):
    folder = tmp_path / "explained"
    folder.mkdir()
    (folder / "panels.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    pd.DataFrame({"target": ["anger"], "group": ["all"], "n": [3], "face": [0.5]}).to_csv(
        folder / "relevance_summary.csv", index=False
    )
    hidden = audit(predictions, tmp_path / "out", explained=str(folder))
    assert "data:image" not in (tmp_path / "out" / "report.html").read_text()
    assert "--show_faces" in hidden["explanations"]["text"]
    audit(predictions, tmp_path / "out", explained=str(folder), show_faces=True)
    assert "data:image/png;base64," in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.assign(emotion="rage"), r"hold the emotion 'rage': expected one of anger"),
        (lambda t: t.assign(image_id="same"), r"image_id same is there 120 times"),
        (lambda t: t.head(0), r"are empty: expected a row for each image"),
        (lambda t: t.drop(columns="emotion"), r"lack the column emotion"),
        (lambda t: t.drop(columns=NAMES), r"lack the column probability_anger"),
        (lambda t: t.assign(probability_fear="much"), r"probability that is no number"),
        (lambda t: t.assign(probability_fear=3.0), r"expected 0\.\.1"),
        (lambda t: t.assign(**dict.fromkeys(NAMES, 0.5)), r"sum to 3\.500: expected 1"),
    ],
)
def test_wrong_tables_are_refused(change, message, tmp_path):
    change(table()).to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(InputError, match=message) as caught:
        audit(tmp_path / "p.csv", tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": "a"}, "expected OURS=THEIRS"),
        ({"columns": "age=x"}, "columns: 'age' is none of ours: image_id"),
        ({"groups": "hair"}, "lack the group column hair: there are image_id"),
        ({"compare": "none"}, r"predictions none do not exist"),
        ({"explained": "none"}, r"none holds neither relevance_summary\.csv nor panels\.png"),
        ({"dataset_audit": "none"}, r"none holds no summary\.json"),
        ({"paper_tables": "none.md"}, r"none\.md: expected the tables\.md of a study"),
        ({"robustness": True}, r"robustness needs a run with its model\.keras"),
    ],
)
def test_wrong_options_are_refused(options, message, predictions, tmp_path):
    with pytest.raises(InputError, match=message):
        audit(predictions, tmp_path / "out", **options)


def test_files_that_are_no_tables_are_named(tmp_path):
    for content, message in ((b"", "are empty"), (b"\xff\xfe\x00", "are no CSV table"), (b'a,b\n"1', "no CSV table")):
        (tmp_path / "p.csv").write_bytes(content)
        with pytest.raises(InputError, match=message):
            read_predictions(tmp_path / "p.csv")


def test_a_table_larger_than_the_memory_says_how_much_it_needs(predictions, monkeypatch):
    monkeypatch.setattr("os.sysconf", lambda name: 1)
    with pytest.raises(InputError, match=r"p\.csv need about 0\.0 GB of memory, 0\.0 are free: leave out columns"):
        read_predictions(predictions)


def test_a_run_that_was_not_scored_says_how(tmp_path):
    with pytest.raises(InputError, match=r"holds no predictions\.csv: python evaluate\.py --run_dir="):
        audit(tmp_path, tmp_path / "out")
    (tmp_path / "seed_0").mkdir()
    (tmp_path / "seed_0" / "predictions.csv").touch()
    with pytest.raises(InputError, match=r"give one of its seeds: seed_0"):
        audit(tmp_path, tmp_path / "out")


def test_the_command_asks_for_one_source(tmp_path):
    for arguments, message in (([], "came none"), (["--run_dir=a", "--predictions=b"], "came run_dir and predictions")):
        done = run(*arguments)
        assert done.returncode == 1
        assert done.stderr.startswith("error: expected one of --dataset, --run_dir and --predictions")
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
