"""The contact sheet and its command."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, DISGUISES
from fer_tf.synthesis.render import sheet

ROOT = Path(__file__).resolve().parents[3]


def run_command(*arguments):
    command = [sys.executable, "-m", "fer_tf.synthesis.render", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_everything_has_its_place():
    content = sheet.rows(seed=0)
    assert tuple(content) == sheet.SECTIONS
    captions = {caption for section in content.values() for row in section for caption, _ in row}
    assert {f"AU {unit}: {level:g}" for unit in ACTION_UNITS for level in (0.2, 0.4, 0.6, 0.8, 1)} <= captions
    assert set(DISGUISES) <= captions
    assert {f"tone {tone}" for tone in range(1, 11)} <= captions


def test_a_section_does_not_depend_on_the_others():
    assert sheet.rows(3, ["poses"])["poses"] == sheet.rows(3)["poses"]
    with pytest.raises(InputError, match="section 'moods': known are emotions, action_units"):
        sheet.rows(3, ["moods"])


def test_the_command_writes_a_picture(tmp_path):
    done = run_command(f"--sheet={tmp_path}/sheet.png", "--sections=skin_tones")
    assert done.returncode == 0, done.stderr
    picture = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert picture.shape[1] > 1600
    # Light skin to dark skin: the middle of the first face against that of the last.
    assert picture[100:130, 60:100].mean() > picture[100:130, -100:-60].mean() + 40


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--sheet=out.txt", "error: --sheet: expected a file that ends in .png or .jpg, came out.txt"),
        ("--sheet=nowhere/out.png", "error: --sheet: the folder nowhere is not there: make it first"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(argument, message):
    failed = run_command(argument)
    assert (failed.returncode, failed.stderr.strip()) == (1, message)
