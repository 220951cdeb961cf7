"""Finding, building and opening datasets; builds that are killed, fail or meet another."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fer_tf.errors import InputError
from tfds_builders import commands, registry
from tfds_builders.fer2013 import dummy_data
from tfds_builders.fer2013.fer2013_dataset_builder import Builder as Fer2013

COMMAND = [sys.executable, "-m", "tfds_builders"]
ROOT = Path(__file__).resolve().parent.parent
TINY = "rendered_faces/tiny"


def run_command(*arguments):
    return subprocess.run([*COMMAND, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_builder_folder_is_found():
    assert {"rendered_faces", "fer2013"} <= set(registry.builder_names())
    for name in registry.builder_names():
        assert registry.builder_class(name).name == name
    assert {"rendered_faces/demo", "rendered_faces/tiny", "fer2013"} <= set(commands.list_datasets().split())


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ("fer2031", r"no dataset is called 'fer2031': known are context, .*fer2013, .*rendered_faces"),
        ("../fer2013", r"no dataset is called '\.\.'"),
        (
            "rendered_faces/huge",
            r"rendered_faces has no configuration 'huge': known are demo, standard, units, context, tiny, custom",
        ),
        ("fer2013/raw", r"dataset fer2013 has no configuration 'raw': it has none"),
    ],
)
def test_unknown_names_are_refused(dataset, message, tmp_path):
    for function in (registry.load_builder, registry.build, registry.is_built):
        with pytest.raises(InputError, match=message):
            function(dataset, tmp_path)


def test_a_dataset_that_is_not_built_names_the_command(tmp_path):
    with pytest.raises(InputError, match=rf"build it with `python -m tfds_builders {TINY} --data_dir={tmp_path}`"):
        registry.load_builder(TINY, tmp_path)
    with pytest.raises(InputError, match=r"--manual_dir=FOLDER"):
        registry.load_builder("fer2013", tmp_path)


def test_building_needs_the_folder_of_the_archive(tmp_path):
    with pytest.raises(InputError, match=r"--manual_dir: .* none was given: put fer2013.tar.gz .*kaggle.com"):
        registry.build("fer2013", tmp_path)
    with pytest.raises(InputError, match=r"--manual_dir: .*nowhere is not a folder: put fer2013.tar.gz"):
        registry.build("fer2013", tmp_path, tmp_path / "nowhere")
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError, match=r"--manual_dir: .*nothing is empty: put fer2013.tar.gz"):
        registry.build("fer2013", tmp_path, tmp_path / "nothing")


def test_built_once_kept_and_built_again(tmp_path):
    text = commands.build_and_describe(TINY, str(tmp_path))
    directory = tmp_path / "rendered_faces" / "tiny" / "1.0.0"
    assert text.splitlines()[0] == f"rendered_faces/tiny/1.0.0: {directory}"
    assert text.splitlines()[1].split()[:4] == ["train", "70", "anger", "10"]
    assert text.splitlines()[-1].split() == ["rejected", "0", str(directory / "rejected.csv")]
    records = directory / "rendered_faces-train.tfrecord-00000-of-00001"
    before = records.read_bytes(), records.stat().st_mtime_ns
    assert commands.build_and_describe(TINY, str(tmp_path)).startswith("already built, --overwrite builds it again")
    assert records.stat().st_mtime_ns == before[1]
    commands.build_and_describe(TINY, str(tmp_path), overwrite=True)
    assert records.stat().st_mtime_ns != before[1]
    assert records.read_bytes() == before[0], "the same faces each time"
    assert [path.name for path in directory.parent.iterdir() if path.name != ".lock"] == ["1.0.0"]


def test_a_missing_file_is_noticed(tmp_path, rendered_faces):
    shutil.copytree(rendered_faces, tmp_path, dirs_exist_ok=True)
    next(tmp_path.rglob("rendered_faces-test.tfrecord-00000-of-00001")).unlink()
    with pytest.raises(InputError, match=r"lacks .*test.tfrecord.*: build it again with `.* --overwrite`"):
        registry.load_builder(TINY, tmp_path)


def test_a_failed_build_again_keeps_what_was_built(tmp_path, monkeypatch):
    monkeypatch.setattr(Fer2013, "EXPECTED_ROWS", dummy_data.ROWS)
    dummy_data.write_table(tmp_path, dummy_data.table_lines())
    registry.build("fer2013", tmp_path / "data", tmp_path)
    dummy_data.write_table(tmp_path, dummy_data.table_lines()[:-1])
    with pytest.raises(InputError, match="6 of 7 PrivateTest"):
        registry.build("fer2013", tmp_path / "data", tmp_path)
    assert registry.load_builder("fer2013", tmp_path / "data").info.splits["test"].num_examples == 7
    assert not list((tmp_path / "data").rglob("incomplete.*"))


def test_two_builds_at_once_are_refused(tmp_path):
    directory = tmp_path / "rendered_faces" / "tiny"
    directory.mkdir(parents=True)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InputError, match=r"another process is writing to .*tiny: wait"):
            registry.build(TINY, tmp_path)


def test_a_killed_build_leaves_nothing_that_looks_built(tmp_path):
    process = subprocess.Popen([*COMMAND, TINY, f"--data_dir={tmp_path}"], cwd=ROOT, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(tmp_path.rglob("rejected.csv")):
        assert process.poll() is None, "the build ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert list(tmp_path.rglob("incomplete.*"))
    with pytest.raises(InputError, match="is not built"):
        registry.load_builder(TINY, tmp_path)
    again = run_command(TINY, f"--data_dir={tmp_path}")
    assert again.returncode == 0, again.stderr
    assert "rendered_faces/tiny/1.0.0" in again.stdout
    assert "10/10" in again.stderr, "the bar knows its total"
    assert not list(tmp_path.rglob("incomplete.*"))
    assert registry.load_builder(TINY, tmp_path).info.splits["train"].num_examples == 70
    states = {line.split()[0]: line.split()[1] for line in commands.list_with_state(str(tmp_path)).splitlines()[1:]}
    assert [name for name, state in states.items() if state == "built"] == [TINY]


def test_the_command_reports_errors_in_one_line(tmp_path):
    listed = run_command("--list", f"--data_dir={tmp_path}")
    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == commands.list_datasets().split()
    for arguments, message in (
        ([], "error: expected the name of one dataset, came none: known are"),
        (["nix"], "error: no dataset is called 'nix': known are"),
    ):
        done = run_command(*arguments, f"--data_dir={tmp_path}")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(message)
        assert done.stderr.count("\n") == 1
