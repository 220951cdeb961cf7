"""The study from its command to its tables, on the smallest network there is; and what it refuses beforehand."""

import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fer_tf.labels import EMOTIONS
from tfds_builders import registry
from tfds_builders.disguised import parts
from tfds_builders.disguised.options import TwinOptions

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SOURCE, TWIN = "rendered_faces/tiny", "disguised/rendered_faces.tiny-hat_or_sunglasses"
SMALL = ["--model=small_cnn", "--weights=none", "--image_size=32", "--batch_size=16", "--epochs=1", "--verbose=0"]


@dataclasses.dataclass
class Painted:
    image: np.ndarray


@pytest.fixture(scope="module")
def data_dir(rendered_faces, tmp_path_factory):
    """The tiny faces and their twins, on which a bar stands for what is worn."""

    def paint(images, disguise, seeds):
        painted = [image.copy() for image in images]
        for image in painted:
            image[40:60] = 20 if disguise == "sunglasses" else 200
        return [Painted(image) for image in painted]

    folder = tmp_path_factory.mktemp("disguise")
    shutil.copytree(rendered_faces, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "disguise_pictures", paint)
        patch.setattr("os.cpu_count", lambda: 1)  # fakes are not seen by other processes
        registry.build(TWIN, folder, options=TwinOptions(disguise_again=True))
    return folder


@pytest.fixture(scope="module")
def recipes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recipes")
    (folder / "step1.flags").write_text("\n".join([f"--dataset={SOURCE}", *SMALL]))
    mixed = [f"--flagfile={folder}/step1.flags", f"--dataset={SOURCE},{TWIN}", f"--validation_dataset={SOURCE}"]
    (folder / "step2.flags").write_text("\n".join([*mixed, "--mixing_ratio=0.5"]))
    return folder


def study(data_dir, recipes, run_dir, *more):
    command = [sys.executable, "-m", "fer_tf.studies.disguise", f"--data_dir={data_dir}", f"--run_dir={run_dir}"]
    command += [f"--step{number}={recipes}/step{number}.flags" for number in (1, 2)]
    command += [f"--real_test={SOURCE}", f"--disguised_test={TWIN}", "--seeds=0", *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_one_command_runs_all_steps(data_dir, recipes, tmp_path):
    result = study(data_dir, recipes, tmp_path / "run", f"--record={tmp_path}/entry.json")
    assert result.returncode == 0, result.stderr[-2000:]
    text = (tmp_path / "run/tables.md").read_text()
    assert text in result.stdout
    assert "| 3b   | mixed      | disguised | accuracy" in text
    assert "| sunglasses | " in text
    assert "Step 2 was trained on 2.00 times as many images" in text
    assert "chose the best epoch" not in text
    for name in ("flow.png", "samples.png"):
        assert (tmp_path / "run" / name).read_bytes().startswith(b"\x89PNG")
    entry = json.loads((tmp_path / "entry.json").read_text())
    assert {"gain_disguised", "gain_disguised_low", "gain_disguised_high", "change_clean"} <= entry["metrics"].keys()
    assert entry["trained_on"] == {"real": SOURCE, "mixed": f"{SOURCE},{TWIN}"}
    mixed = json.loads((tmp_path / "run/mixed/seed_0/run.json").read_text())
    assert mixed["examples_per_epoch"] == 2 * mixed["dataset_examples"][SOURCE]
    # The same command again trains nothing anew.
    before = (tmp_path / "run/real/seed_0/model.keras").stat().st_mtime_ns
    assert study(data_dir, recipes, tmp_path / "run").returncode == 0
    assert (tmp_path / "run/real/seed_0/model.keras").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--seeds=one"], "seeds is 'one': expected different whole numbers from 0 on, with commas"),
        (["--seeds=1,01"], "seeds is '1,01': expected different whole numbers"),
        (["--step2=nowhere.flags"], "flagfile nowhere.flags does not exist"),
        (["--disguised_test=disguised/rendered_faces.tiny-hat"], "disguised/rendered_faces.tiny-hat is not built"),
        (["--split=holdout"], "split 'holdout' is not in"),
    ],
)
def test_what_cannot_work_is_refused_before_training(data_dir, recipes, tmp_path, flags, message):
    result = study(data_dir, recipes, tmp_path, *flags)
    assert result.returncode == 1
    assert [line for line in result.stderr.splitlines() if line.startswith("error: ")] == [
        line for line in result.stderr.splitlines() if message in line
    ]
    assert not (tmp_path / "real").exists()


def test_the_second_step_needs_other_faces(data_dir, recipes, tmp_path):
    result = study(data_dir, recipes, tmp_path, f"--step2={recipes}/step1.flags")
    assert result.returncode == 1
    assert f"error: step2 trains on {SOURCE}, as step1 does: its dataset needs the disguised faces too" in result.stderr


def test_labels_are_those_of_the_project():
    from fer_tf.studies.disguise import paper

    assert all(tuple(classes) == EMOTIONS for classes in paper.CLASSES.values())
