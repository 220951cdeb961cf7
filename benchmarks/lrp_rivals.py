"""VGG16 in the same state for all who explain it, and zennit's answers."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from fer_tf.errors import InputError
from fer_tf.explain.innvestigate.chain import Chain, read_chain
from fer_tf.models.registry import build

WORKER = Path(__file__).with_name("lrp_zennit.py")


def vgg16(size: int, *, seed: int = 0, bias: float = 0.02) -> keras.Model:
    """VGG16 with paper B's head and He's random weights, which keep signals alive through 16 layers."""
    keras.utils.set_random_seed(seed)
    model = build("vgg_au", weights="none", image_size=size, trainable="all")
    random = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            kernel = layer.get_weights()[0]
            spread = np.sqrt(2 / np.prod(kernel.shape[:-1]))
            weights = random.normal(0, spread, kernel.shape), random.normal(0, bias, kernel.shape[-1])
            layer.set_weights([weight.astype(np.float32) for weight in weights])
    return model


def pictures(count: int, size: int, seed: int = 1) -> np.ndarray:
    """Random squares with noise, float32 (count, size, size, 3), 0..255.

    Without the noise pixels alike would give maximum pooling many equal values, of which each library takes another.
    """
    random = np.random.default_rng(seed)
    squares = np.kron(random.uniform(0, 255, (count, size // 16, size // 16, 3)), np.ones((1, 16, 16, 1)))
    return np.clip(squares + random.normal(0, 20, squares.shape), 0, 255).astype(np.float32)


def zennit(
    model: keras.Model, images: np.ndarray, target: int, methods: Sequence[str], *, repeats: int = 1, python: str = ""
) -> dict[str, np.ndarray]:
    """Zennit's relevance, seconds and memory; see ``lrp_zennit``.

    Args:
        model: whose layers stand in one row.
        images: as the model takes them.
        target: number of the logit.
        methods: names in ``lrp_zennit.composites``.
        repeats: of each, for the time.
        python: interpreter with torch and zennit; empty: this one.

    Raises:
        InputError: it has no torch or zennit, or failed.
    """
    chain = read_chain(model)
    prepared, low, high = (chain.prepared(value) for value in (images, images * 0, images * 0 + 255))
    weights = {f"weight_{number}": weight for number, weight in enumerate(chain.weights())}
    facts = {
        "layers": _layers(model, chain),
        "weights": len(weights),
        "methods": list(methods),
        "target": target,
        "repeats": repeats,
        "threads": os.cpu_count(),
        "low": low[0, 0, 0].tolist(),
        "high": high[0, 0, 0].tolist(),
    }
    with tempfile.TemporaryDirectory() as folder:
        source, found = Path(folder, "in.npz"), Path(folder, "out.npz")
        np.savez(source, facts=json.dumps(facts), images=prepared, **weights)
        done = subprocess.run([python or sys.executable, WORKER, source, found], capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no word"])[-1]
            raise InputError(f"zennit failed ({last}): install torch and zennit, or give --zennit_python")
        with np.load(found, allow_pickle=False) as answers:
            answers = dict(answers)
    for name in [name for name in answers if name.startswith("relevance_")]:
        answers[name] = chain.back(images, answers[name])
    return answers


def _layers(model: keras.Model, chain: Chain) -> list[dict]:
    """The chain's layers, with the shape that a flattening sees."""
    shape = model.get_layer("features").input.shape[1:]
    return [layer | ({"shape": shape} if layer["kind"] == "Flatten" else {}) for layer in chain.layers]
