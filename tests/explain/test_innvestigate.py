"""In one file, because each analyser starts a process that takes seconds."""

import os
import signal
from importlib.util import find_spec

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.explain.innvestigate import Innvestigate
from fer_tf.explain.lrp import Lrp
from fer_tf.models.registry import build
from tests.explain import slow_lrp as slow

# Looked for and not imported: that is for the other process.
pytestmark = pytest.mark.skipif(find_spec("innvestigate") is None, reason="needs the extra innvestigate")
OPTIONS = {"weights": "none", "image_size": 32, "alpha": 0.1, "head_width": 0.01, "outputs": 4}


def images(count=3, size=32):
    return np.random.default_rng(1).uniform(0, 255, (count, size, size, 3)).astype(np.float32)


def test_it_agrees_with_ours_and_lives_between_calls_and_its_death_is_told():
    model = build("vgg_au", **OPTIONS)
    ours = Lrp(model, "epsilon_plus_flat")
    with Innvestigate(model, "epsilon_plus_flat") as analyser:
        found = analyser(images(), [3, 0], batch_size=2)
        np.testing.assert_allclose(found, ours(images(), [3, 0]), rtol=1e-3, atol=1e-4 * np.abs(found).max())
        process = analyser._process
        each = analyser(images(), [[3], [0], [3]])
        np.testing.assert_allclose(each[:, 0], [found[0, 0], found[1, 1], found[2, 0]], rtol=1e-5, atol=1e-7)
        assert analyser._process is process
        assert analyser.peak_memory() > 100 * 2**20
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(InputError, match=r"process ended with signal 9.*smaller batch_size"):
            analyser(images(), [0])
        # Other weights, and a process that is gone: the next call starts anew.
        model.get_layer("logits").kernel.assign(-model.get_layer("logits").kernel)
        np.testing.assert_allclose(analyser(images(), [0]), ours(images(), [0]), rtol=1e-3, atol=1e-5)
    assert process.poll() is not None


def test_its_memory_is_bounded():
    with (
        Innvestigate(build("vgg_au", **OPTIONS), memory_limit=0.05) as analyser,
        pytest.raises(InputError, match=r"process ended with .*memory_limit=0.05 GiB; give more"),
    ):
        analyser(images(), [0])


def test_what_it_cannot_do_is_refused_before_a_process_starts():
    with pytest.raises(InputError, match=r"layer 'c1' \(Conv2D\): iNNvestigate does not do it"):
        Innvestigate(slow.keras_model(slow.residual_network()))
    with pytest.raises(InputError, match="no method 'lrp': choose one of epsilon"):
        Innvestigate(build("vgg_au", **OPTIONS), "lrp")
    with Innvestigate(build("vgg_au", **OPTIONS)) as analyser, pytest.raises(InputError, match="from 0 to 3"):
        analyser(images(), [4])
