"""Where a model's time goes, float32 beside int8, kind of layer by kind:

    python -m benchmarks.edge_profile --model=RUN/model.keras --folder=layers

Each different layer of the network is written to two files of its own and timed, one thread, in turn; a kind's time is
that of its layers, each as often as it occurs. LiteRT's own profiler is not part of its package. With files from an
earlier run, ``--model`` may be left out: nothing of TensorFlow is needed then, and another machine can time them.
"""

import collections
import json
import time
from pathlib import Path

import numpy as np
from absl import flags

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError
from fer_tf.faces.tflite import open_interpreter

FLAGS = flags.FLAGS
LIST = "layers.json"
KINDS = ("float32", "int8")
_INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")


def write_layers(model_path: Path, folder: Path) -> None:
    """Writes each different layer of a model as two TFLite files, and the list of them."""
    import keras

    from fer_tf.models.weights import load_model

    folder.mkdir(parents=True, exist_ok=True)
    random, seen = np.random.default_rng(0), collections.Counter()
    layers = {}
    for layer in load_model(model_path)._flatten_layers():
        kind = type(layer).__name__
        if kind not in ("Conv2D", "DepthwiseConv2D", "Dense", "Add"):
            continue
        shape = layer.input[0].shape[1:] if kind == "Add" else layer.input.shape[1:]
        config = {key: layer.get_config().get(key) for key in ("kernel_size", "strides", "filters", "units", "padding")}
        key = json.dumps([kind, shape, config])
        seen[key] += 1
        layers.setdefault(key, (kind, layer, shape))
    rows = []
    for number, (key, (kind, layer, shape)) in enumerate(layers.items()):
        inputs = [keras.Input(shape) for _ in range(2 if kind == "Add" else 1)]
        copy = type(layer).from_config(layer.get_config() | {"name": f"layer_{number}"})
        output = copy(inputs if kind == "Add" else inputs[0])
        alone = keras.Model(inputs, keras.layers.ReLU(6.0)(output) if "Conv" in kind else output)
        examples = [random.normal(size=(8, *shape)).astype(np.float32) for _ in inputs]
        names = {}
        for precision in KINDS:
            names[precision] = f"{number:02d}_{kind}_{precision}.tflite"
            (folder / names[precision]).write_bytes(_converted(alone, precision, examples))
        rows.append({"kind": _kind(kind, layer), "shape": shape, "count": seen[key], "macs": _macs(layer), **names})
    (folder / LIST).write_text(json.dumps(rows, indent=1) + "\n")


def _converted(model, precision: str, examples: list[np.ndarray]) -> bytes:
    import tensorflow as tf

    shapes = [tf.TensorSpec([1, *tensor.shape[1:]], tf.float32) for tensor in model.inputs]
    module = tf.Module()
    module.weights = [weight.value for weight in model.variables]
    module.run = tf.function(lambda *inputs: model(list(inputs) if len(inputs) > 1 else inputs[0]), shapes)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([module.run.get_concrete_function()], module)
    if precision == "int8":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([part[i : i + 1] for part in examples] for i in range(8))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


def _kind(kind: str, layer) -> str:
    if kind == "Conv2D":
        return "pointwise convolution" if tuple(layer.kernel_size) == (1, 1) else "convolution"
    return {"DepthwiseConv2D": "depthwise convolution", "Dense": "connected", "Add": "addition"}[kind]


def _macs(layer) -> int:
    """Multiplications and additions of one picture."""
    if not layer.weights:
        return int(np.prod(layer.output.shape[1:]))
    kernel = layer.weights[0].shape
    places = int(np.prod(layer.output.shape[1:-1])) if len(layer.output.shape) == 4 else 1
    return int(np.prod(kernel)) * places


def time_layers(folder: Path, runs: int = 200) -> list[dict]:
    """Times the files of ``write_layers``.

    Returns:
        for each kind of layer ``kind``, ``count``, ``mega_macs``, ``float32_ms`` and ``int8_ms``, all its layers
        together, and ``ratio`` (float32 by int8); the last row is the sum.

    Raises:
        InputError: the folder holds none.
    """
    if not (folder / LIST).is_file():
        raise InputError(f"{folder} holds no {LIST}: give --model to write it")
    totals = {}
    for row in json.loads((folder / LIST).read_text()):
        times = _times({name: folder / row[name] for name in KINDS}, runs)
        for kind in (row["kind"], "all layers"):
            total = totals.setdefault(kind, dict.fromkeys(("count", "mega_macs", "float32_ms", "int8_ms"), 0))
            total["count"] += row["count"]
            total["mega_macs"] += row["count"] * row["macs"] / 1e6
            for name in KINDS:
                total[f"{name}_ms"] += row["count"] * times[name]
    order = sorted(totals, key=lambda kind: (kind == "all layers", -totals[kind]["float32_ms"]))
    return [
        {"kind": kind, **totals[kind], "ratio": totals[kind]["float32_ms"] / totals[kind]["int8_ms"]} for kind in order
    ]


def _times(paths: dict[str, Path], runs: int) -> dict[str, float]:
    """Milliseconds of one answer, medians, the files in turn."""
    interpreters = {name: open_interpreter(path.read_bytes()) for name, path in paths.items()}
    times = {name: [] for name in paths}
    for interpreter in interpreters.values():
        interpreter.allocate_tensors()
    for _ in range(runs):
        for name, interpreter in interpreters.items():
            started = time.perf_counter()
            interpreter.invoke()
            times[name].append(time.perf_counter() - started)
    return {name: 1000 * float(np.median(values)) for name, values in times.items()}


def instructions() -> list[str]:
    """Which of the processor's vector instructions decide about int8."""
    path = Path("/proc/cpuinfo")
    words = set(path.read_text().split()) if path.is_file() else set()
    return [name for name in _INSTRUCTIONS if name in words]


def main(arguments: list[str]) -> None:
    """Writes the layers where asked, and prints the table."""
    refuse_arguments(arguments)
    folder = Path(FLAGS.folder)
    if FLAGS.model:
        write_layers(Path(FLAGS.model), folder)
    print(f"instructions: {', '.join(instructions()) or 'unknown'}")
    print(f"{'layers':<24}{'count':>6}{'MMAC':>8}{'float32 ms':>12}{'int8 ms':>9}{'ratio':>7}")
    for row in time_layers(folder):
        print(
            f"{row['kind']:<24}{row['count']:>6}{row['mega_macs']:>8.1f}{row['float32_ms']:>12.3f}"
            f"{row['int8_ms']:>9.3f}{row['ratio']:>7.2f}"
        )


if __name__ == "__main__":
    flags.DEFINE_string("model", None, "Keras model whose layers are written; default: those in --folder are timed")
    flags.DEFINE_string("folder", "layers", "of the layers' files")
    run_main(main)
