import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from benchmarks import edge
from benchmarks.edge_file import measure
from benchmarks.edge_profile import LIST, time_layers, write_layers
from benchmarks.edge_rivals import _summary
from export.tflite import export_tflite
from fer_tf.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model():
    image = keras.Input((16, 16, 3), name="image")
    x = keras.layers.Conv2D(4, 1, name="first")(image)
    x = keras.layers.Add()([x, keras.layers.DepthwiseConv2D(3, padding="same")(x)])
    x = keras.layers.Conv2D(4, 1, name="second")(keras.layers.ReLU()(x))
    x = keras.layers.Add()([x, x])
    return keras.Model(image, keras.layers.Dense(7)(keras.layers.GlobalAveragePooling2D()(x)))


def test_a_file_is_timed(model, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(export_tflite(model, "float32"))
    found = measure(path, threads=1, runs=5)
    assert found["start_s"] > 0
    assert found["ms"] > 0
    assert found["peak_mb"] >= found["mb_before"] > 0


def test_the_table_of_files(model, tmp_path):
    for kind, change in (("float32", 0.0), ("float16", 0.0), ("dynamic_range", -0.1), ("int8", -0.2)):
        (tmp_path / f"model_{kind}.tflite").write_bytes(export_tflite(model, "float32"))
        report = {"accuracy_export": 0.5 + change, "accuracy_difference": change, "n": 10}
        report["accuracy_difference_interval"] = [change - 0.1, change + 0.1]
        (tmp_path / f"parity_model_{kind}.json").write_text(json.dumps(report))
    metrics, intervals, facts = edge.models({"emotion": tmp_path}, sys.executable)
    assert metrics["int8_accuracy_change"] == -0.2
    assert metrics["int8_megabytes"] == (tmp_path / "model_int8.tflite").stat().st_size / 1e6
    float32, *_, int8 = facts["models"][:4]
    assert metrics["int8_speedup_1_thread"] == float32["ms_1_thread"] / int8["ms_1_thread"]
    assert intervals["int8_accuracy_change"] == pytest.approx([-0.3, -0.1])
    (tmp_path / "parity_model_int8.json").unlink()
    with pytest.raises(InputError, match=r"lacks model_int8.tflite or parity_model_int8.json: python -m"):
        edge.models({"emotion": tmp_path}, sys.executable)


def test_a_missing_file_is_named():
    command = [sys.executable, "-m", "benchmarks.edge_file", "gone.tflite"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (1, "error: expected one TFLite file, came gone.tflite")


def test_the_profile_counts_every_layer_once(model, tmp_path):
    model.save(tmp_path / "model.keras")
    write_layers(tmp_path / "model.keras", tmp_path / "layers")
    rows = {(row["kind"], tuple(row["shape"])): row for row in json.loads((tmp_path / "layers" / LIST).read_text())}
    assert {key: (row["count"], row["macs"]) for key, row in rows.items()} == {
        ("pointwise convolution", (16, 16, 3)): (1, 16 * 16 * 3 * 4),
        ("pointwise convolution", (16, 16, 4)): (1, 16 * 16 * 4 * 4),
        ("depthwise convolution", (16, 16, 4)): (1, 16 * 16 * 9 * 4),
        ("addition", (16, 16, 4)): (2, 16 * 16 * 4),
        ("connected", (4,)): (1, 4 * 7),
    }
    *kinds, total = time_layers(tmp_path / "layers", runs=3)
    assert (total["kind"], total["count"]) == ("all layers", 6)
    assert total["float32_ms"] == pytest.approx(sum(row["float32_ms"] for row in kinds))
    assert total["ratio"] == pytest.approx(total["float32_ms"] / total["int8_ms"])


def test_a_folder_without_layers_is_named(tmp_path):
    with pytest.raises(InputError, match=r"holds no layers.json: give --model to write it"):
        time_layers(tmp_path)


def test_a_face_that_is_not_found_is_a_wrong_answer():
    truth = np.array(["anger", "fear", "fear", "anger"])
    answers = {
        "fer_tf": ["anger", "fear", "anger", None],
        "fer_mtcnn": ["anger", None, None, None],
        "fer_haar": [None, "anger", "fear", "anger"],
    }
    times = {"fer_tf": [0.001, 0.002, 0.009], "fer_mtcnn": [0.008, 0.006, 0.001], "fer_haar": [0.004] * 3}
    metrics, intervals = _summary(times, answers, truth)
    assert (metrics["fer_tf_found"], metrics["fer_tf_accuracy"]) == (0.75, 0.5)
    assert (metrics["fer_mtcnn_found"], metrics["fer_mtcnn_accuracy"]) == (0.25, 0.25)
    assert metrics["speedup_over_fer_mtcnn"] == pytest.approx(3.0)  # of the medians
    assert metrics["speedup_over_fer_haar"] == pytest.approx(2.0)
    assert metrics["accuracy_over_fer_haar"] == 0.0
    low, high = intervals["accuracy_over_fer_mtcnn"]
    assert low <= 0.25 <= high
