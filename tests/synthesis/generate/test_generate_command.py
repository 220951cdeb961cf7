"""The command: flags that cannot be, what a source needs, the whole way into a dataset."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fer_tf.commandline import only_process
from fer_tf.errors import InputError
from fer_tf.synthesis.generate import __main__ as command
from fer_tf.synthesis.generate.__main__ import CommandOptions
from fer_tf.synthesis.generate.diffusion.options import DiffusionOptions
from fer_tf.synthesis.generate.plan import PlanOptions

ROOT = Path(__file__).resolve().parents[3]
PRETRAINED = next((ROOT / "fer_tf" / "pretrained").glob("*.tflite"))


def run(*arguments):
    words = [sys.executable, "-m", "fer_tf.synthesis.generate", *map(str, arguments)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


def test_help_names_every_setting_and_the_paper_s_values():
    text = run("--help").stdout
    for words in ("--control_strength", "(paper A: 0.75)", "--per_class", "--agree_with", "--source", "[diffusion]"):
        assert words in text
    assert "--source=diffusion --dataset=sfew --test_references=validation \\\n" in text


def test_what_is_wrong_is_one_line():
    result = run("--source=painted", "--output_dir=x")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "error: --source: expected one of rendered, overlay, diffusion, came 'painted'\n"


def test_the_paper_s_flagfile_is_read(tmp_path):
    flagfile = ROOT / "experiments" / "disguise" / "generate_diffusion.flags"
    result = run(f"--flagfile={flagfile}", f"--data_dir={tmp_path}", f"--output_dir={tmp_path}/set")
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert "sfew" in line, "the dataset is all that is missing"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"source": "overlay"}, r"--dataset: --source=overlay needs a built dataset with reference images"),
        ({"source": "rendered", "dataset": "fer2013"}, r"--dataset: rendered faces start from no reference images"),
        ({"source": "rendered", "batch_size": 0}, r"--batch_size: expected 1 or more, came 0"),
        ({"source": "rendered", "attempts": 0}, r"--attempts: expected 1 or more, came 0"),
    ],
)
def test_options_that_cannot_be(given, message):
    with pytest.raises(InputError, match=message):
        CommandOptions(output_dir="x", **given)


def make(tmp_path, source, plan=None, **given):
    options = CommandOptions(source, str(tmp_path / "set"), **given)
    return command.make(options, plan or PlanOptions(per_class=1), DiffusionOptions())


def test_torch_that_is_missing_names_the_extra(tmp_path, rendered_faces, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(InputError) as caught:
        make(tmp_path, "diffusion", dataset="rendered_faces/tiny", data_dir=rendered_faces)
    assert str(caught.value) == (
        "--source=diffusion needs torch, which is not installed: it comes with the extra [diffusion], "
        "`pip install -e '.[diffusion]'`"
    )
    assert not (tmp_path / "set").exists()


def test_a_dataset_that_is_not_built(tmp_path):
    with pytest.raises(InputError, match=r"rendered_faces/tiny is not built in .*: build it with `python -m"):
        make(tmp_path, "overlay", dataset="rendered_faces/tiny", data_dir=str(tmp_path))


def test_overlays_start_from_the_dataset_and_keep_its_people(tmp_path, rendered_faces):
    plan = PlanOptions(per_class=1, train_disguises="clear_glasses", test_disguises="hat")
    given = {"dataset": "rendered_faces/tiny", "data_dir": rendered_faces, "attempts": 9}
    assert make(tmp_path, "overlay", plan, **given).startswith("14 pictures in ")
    sidecars = [json.loads(path.read_text()) for path in (tmp_path / "set").glob("t*/*/*.json")]
    assert len(sidecars) == 14
    for facts in sidecars:
        assert facts["reference"].startswith(f"tiny_{facts['split']}_")
        assert facts["reference"].startswith(facts["subject_id"])
        assert facts["gender"] in ("female", "male")
        assert facts["settings"]["references"]["train"]["split"] == "train"
    with pytest.raises(InputError, match=r"references.test.split was 'test', now 'validation'"):
        make(tmp_path, "overlay", plan, test_references="validation", **given)


def test_a_model_can_be_asked_to_agree(tmp_path):
    plan = PlanOptions(per_class=1, train_disguises="hat", test_disguises="cap")
    with pytest.raises(InputError, match=r"pictures are missing after 1 attempts each"):
        make(tmp_path, "rendered", plan, size=96, attempts=1, agree_with=str(PRETRAINED))
    rejected = (tmp_path / "set" / "rejected.csv").read_text()
    assert "the model reads " in rejected
    (one, *_) = (tmp_path / "set").glob("t*/*/*.json")
    agreed = json.loads(one.read_text())["settings"]["filter"]["agree_with"]
    assert agreed["model"] == PRETRAINED.name
    assert len(agreed["digest"]) == 16
    with pytest.raises(InputError, match=r"filter.agree_with.model was 'fer2013_mobilenet.tflite', now None"):
        make(tmp_path, "rendered", plan, size=96)


def test_a_folder_that_is_a_file_or_held_by_another_process(tmp_path):
    (tmp_path / "set").write_text("")
    with pytest.raises(InputError, match=r"--output_dir: .*set cannot be made \(File exists\)"):
        make(tmp_path, "rendered", size=32)
    (tmp_path / "set").unlink()
    with only_process(tmp_path / "set"), pytest.raises(InputError, match=r"another process is writing to .*set"):
        make(tmp_path, "rendered", size=32)


def test_a_model_that_is_none(tmp_path):
    with pytest.raises(InputError, match=r"nowhere does not exist"):
        make(tmp_path, "rendered", agree_with="nowhere")
