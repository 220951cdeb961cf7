"""From requests and references to what the pipeline is asked; the pipeline is stood in for."""

import json

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.synthesis.disguise.photo import Refused
from fer_tf.synthesis.generate.diffusion import source as module
from fer_tf.synthesis.generate.diffusion.conditioning import edges
from fer_tf.synthesis.generate.diffusion.options import DiffusionOptions
from fer_tf.synthesis.generate.diffusion.prompts import prompt
from fer_tf.synthesis.generate.diffusion.source import DiffusionSource
from fer_tf.synthesis.generate.requests import Request

REQUESTS = [Request(str(n), "train", "fear", ("hat", "cap", "beard")[n], 10 + n, reference=str(n)) for n in range(3)]
REFERENCES = [np.random.default_rng(n).integers(0, 256, (40 + n, 40, 3), dtype=np.uint8) for n in range(3)]


class Recorder:
    """A pipeline that answers with the seed."""

    def __init__(self, unsafe=()):
        self.orders, self.unsafe = [], unsafe

    def __call__(self, orders):
        self.orders.append(orders)
        return [
            Refused("unsafe") if order.seed in self.unsafe else np.full((64, 64, 3), order.seed, np.uint8)
            for order in orders
        ]


def test_each_request_becomes_an_order():
    recorder = Recorder(unsafe=(11,))
    options = DiffusionOptions(conditioning="canny", canny_low=30, canny_high=60)
    outcomes = DiffusionSource(options, 64, recorder).images(REQUESTS, REFERENCES)
    assert outcomes[1] == Refused("unsafe")
    assert [int(outcomes[n].mean()) for n in (0, 2)] == [10, 12]
    (orders,) = recorder.orders
    for order, request, reference in zip(orders, REQUESTS, REFERENCES, strict=True):
        assert (order.prompt, order.seed) == (prompt(request), request.seed)
        np.testing.assert_array_equal(order.condition, edges(reference, 64, 30, 60))


def test_references_without_a_mesh_are_left_out(monkeypatch):
    drawn = np.full((64, 64, 3), 9, np.uint8)
    monkeypatch.setattr(module, "face_outlines", lambda _, size: [Refused("no mesh"), np.full_like(drawn, size), drawn])
    recorder = Recorder()
    outcomes = DiffusionSource(DiffusionOptions(), 64, recorder).images(REQUESTS, REFERENCES)
    assert outcomes[0] == Refused("no mesh")
    assert [int(outcome.mean()) for outcome in outcomes[1:]] == [11, 12]
    assert [(order.seed, int(order.condition.mean())) for order in recorder.orders[0]] == [(11, 64), (12, 9)]
    monkeypatch.setattr(module, "face_outlines", lambda references, _: [Refused("no mesh")] * len(references))
    assert DiffusionSource(DiffusionOptions(), 64, recorder).images(REQUESTS, REFERENCES) == [Refused("no mesh")] * 3
    assert len(recorder.orders) == 1


def test_every_setting_is_written():
    source = DiffusionSource(DiffusionOptions(demographics="gender"), 512, Recorder())
    settings = json.loads(json.dumps(source.settings()))
    assert settings["negative_prompt"] == DiffusionOptions().negative_prompt
    expected = {
        "base_model": "SG161222/Realistic_Vision_V5.1_noVAE",
        "vae": "stabilityai/sd-vae-ft-mse",
        "controlnet": "CrucibleAI/ControlNetMediaPipeFace",
        "controlnet_subfolder": "diffusion_sd15",
        "conditioning": "face_mesh",
        "control_strength": 0.75,
        "guidance": 9.0,
        "steps": 30,
        "size": 512,
        "scheduler": "DPMSolverMultistepScheduler",
        "algorithm_type": "dpmsolver++",
        "solver_order": 2,
        "precision": "float32",
    }
    assert expected == {name: settings[name] for name in expected}
    assert source.details(REQUESTS[0]) == {"prompt": prompt(REQUESTS[0])}
    assert (source.groups, source.needs_references, source.keeps_person) == (("gender",), True, False)


@pytest.mark.parametrize("size", [56, 100, 4096])
def test_sizes_that_the_model_cannot_make(size):
    with pytest.raises(InputError, match=rf"--size: expected 64\.\.2048 pixels in steps of 8, came {size}"):
        DiffusionSource(DiffusionOptions(), size, Recorder())
