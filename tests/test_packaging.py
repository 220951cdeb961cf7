"""What an installation holds."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_a_wheel_holds_the_model_in_the_box_and_the_builders(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    # A copy, because the build leaves folders behind.
    source = tmp_path / "source"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(source)], check=True)
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(source)], check=True, capture_output=True)
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    assert "fer_tf/data/augment/pipeline.py" in names
    assert "export/tflite.py" in names
    assert "tfds_builders/fer2013/README.md" in names
    assert "fer_tf/synthesis/render/head/neutral_face.csv" in names
    assert any(name.startswith("fer_tf/pretrained/") and name.endswith(".tflite") for name in names)
    assert "fer_tf/explain/narrative/cues.json" in names
    assert "fer_tf/pretrained/MODEL_CARD.md" in names
    assert "fer_tf/models/places365/categories_places365.txt" in names
    assert "fer_tf/models/places365/SOURCE.md" in names


def test_tensorboard_starts():
    # It needs pkg_resources, which setuptools dropped after 80; only a start tells.
    result = subprocess.run(
        [sys.executable, "-m", "tensorboard.main", "--version_tb"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-1000:]
