"""The command from a built dataset to its files."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tfds_builders.source.splits import read_split_file

ROOT = Path(__file__).resolve().parent.parent.parent
DATASET = "rendered_faces/tiny"


def run(*flags) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "fer_tf.audit", *flags]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ)


@pytest.fixture(scope="module")
def audited(rendered_faces, tmp_path_factory):
    folder = tmp_path_factory.mktemp("audit")
    data = [f"--dataset={DATASET}", f"--data_dir={rendered_faces}", f"--output_dir={folder}", "--detector=blazeface"]
    # With so high a bar every picture is too small.
    loose = ["--min_side=100", "--clean=duplicates", f"--write_clean_split={folder}/clean.csv", "--fail_on=small,leak"]
    loose += [f"--record={folder}/entry.json"]
    return folder, run(*data, *loose)


def test_findings_fail_with_a_status_of_their_own(audited):
    _, result = audited
    assert result.returncode == 2, result.stderr[-2000:]
    assert result.stderr.splitlines()[-1] == "found what --fail_on names: small"


def test_the_files_agree(audited):
    folder, _ = audited
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["pictures"], summary["splits"]) == (140, {"train": 70, "validation": 35, "test": 35})
    assert summary["findings"]["small"] == 140
    assert summary["failed"] == ["small"]
    entry = json.loads((folder / "entry.json").read_text())
    assert (entry["n"], entry["metrics"]["small"], entry["metrics"]["near_leak_pairs"]) == (140, 140, 0)
    for name, count in summary["findings"].items():
        with (folder / f"{name}.csv").open(newline="") as file:
            assert len(list(csv.DictReader(file))) == count
    assert "Audit of rendered_faces/tiny" in (folder / "audit.html").read_text()
    with (folder / "group_shares.csv").open(newline="") as file:
        assert {row["column"] for row in csv.DictReader(file)} >= {"gender", "skin_tone", "age_group"}
    assert not (folder / "work").exists()


def test_the_clean_split_is_what_builders_read(audited):
    folder, _ = audited
    column, splits = read_split_file(folder / "clean.csv")
    assert column == "image_id"
    assert set(splits.values()) == {"train", "validation", "test"}


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ((), "error: expected one of --dataset, --run_dir and --predictions, came none"),
        (("--dataset=a,b",), "error: --dataset is 'a,b': expected one"),
        (("--dataset=fer2013", "--fail_on=everything"), "error: --fail_on: no finding is called 'everything'"),
        (("--dataset=fer2013", "--data_dir=nowhere"), "error: fer2013 is not built in"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(flags, message, tmp_path):
    result = run(*flags, f"--output_dir={tmp_path}")
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith(message)
