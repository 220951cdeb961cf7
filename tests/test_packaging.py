"""What an installation holds."""

import re
import subprocess
import sys
import zipfile
from importlib.metadata import requires
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
    assert "fer_tf/pretrained/mediapipe/face_landmark.tflite" in names
    assert "fer_tf/pretrained/mediapipe/SOURCE.md" in names
    assert "fer_tf/models/places365/categories_places365.txt" in names
    assert "fer_tf/models/places365/SOURCE.md" in names


def locked(name: str) -> dict[str, str]:
    lines = [line.partition(";")[0] for line in (ROOT / name).read_text().splitlines() if not line.startswith("#")]
    pairs = (line.split("==") for line in lines if line)
    return {package.lower().replace("_", "-"): version for package, version in pairs}


def test_a_small_device_needs_no_tensorflow():
    needed = [line for line in requires("fer_tf") if "extra ==" not in line or 'extra == "edge"' in line]
    names = {re.split(r"[ <>=;!]", line)[0].lower() for line in needed}
    assert "ai-edge-litert" in names
    # What pip takes besides is needed by these.
    assert names <= set(locked("requirements-edge.lock"))
    assert "tensorflow" not in locked("requirements-edge.lock")


def test_small_devices_run_the_versions_that_everything_is_tested_with():
    everything = locked("requirements.lock")
    for name, version in locked("requirements-edge.lock").items():
        twin = "opencv-contrib-python" if name == "opencv-python-headless" else name
        assert everything[twin] == version, name


def test_tensorboard_starts():
    # It needs pkg_resources, which setuptools dropped after 80; only a start tells.
    result = subprocess.run(
        [sys.executable, "-m", "tensorboard.main", "--version_tb"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-1000:]
