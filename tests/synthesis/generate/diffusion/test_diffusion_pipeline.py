"""Tiny models on disk through the real pipeline: every setting as it arrives, seeds, resume, models that are none.

Needs the extra [diffusion]; ``make test-diffusion`` installs it and runs this file.
"""

import dataclasses
import shutil
import sys
import types

import numpy as np
import pytest

pytest.importorskip("diffusers", reason="needs the extra [diffusion]: make test-diffusion", exc_type=ImportError)

import diffusers
import torch
from PIL import Image
from safetensors.torch import load_file
from tiny_models import SIZE, write_models

from fer_tf.errors import InputError
from fer_tf.faces.face import Face
from fer_tf.synthesis.disguise.photo import Refused
from fer_tf.synthesis.generate import __main__ as command
from fer_tf.synthesis.generate import filter as filters
from fer_tf.synthesis.generate.diffusion.options import DiffusionOptions
from fer_tf.synthesis.generate.diffusion.pipeline import Order, Pipeline
from fer_tf.synthesis.generate.plan import PlanOptions

# The packages warn of each other's plans.
pytestmark = pytest.mark.filterwarnings("ignore")

# Tiny networks: on a busy machine threads would wait for each other.
torch.set_num_threads(1)

RNG = np.random.default_rng(3)
CONDITIONS = [RNG.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8) for _ in range(3)]
ORDERS = [Order(f"a {word}", picture, 7 + n) for n, (word, picture) in enumerate(zip("abc", CONDITIONS, strict=True))]
# Rounding differs with the batch.
LEVELS = 2


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return write_models(tmp_path_factory.mktemp("models"))


def options(models, **changed):
    own = {
        "base_model": str(models / "base"),
        "vae": str(models / "vae"),
        "controlnet": str(models / "controlnet"),
        "controlnet_subfolder": "tiny",
        "steps": 3,
        "device": "cpu",
    }
    return DiffusionOptions(**{**own, **changed})


@pytest.fixture(scope="module")
def pipeline(models):
    return Pipeline(options(models))


@pytest.fixture
def calls(monkeypatch):
    """What reaches diffusers: (pipeline, keywords) of each call."""
    calls, original = [], diffusers.StableDiffusionControlNetPipeline.__call__

    def spy(self, *positional, **keywords):
        assert not positional
        calls.append((self, keywords))
        return original(self, **keywords)

    monkeypatch.setattr(diffusers.StableDiffusionControlNetPipeline, "__call__", spy)
    return calls


def difference(one, other):
    return np.abs(one.astype(int) - other.astype(int))


@pytest.mark.parametrize(
    "changed", [{}, {"control_strength": 0.25, "guidance": 3.5, "steps": 5, "negative_prompt": "no hats"}]
)
def test_every_setting_reaches_the_pipeline(models, calls, changed):
    asked = options(models, **changed)
    images = Pipeline(asked)(ORDERS)
    assert [(image.shape, image.dtype) for image in images] == [((SIZE, SIZE, 3), np.uint8)] * 3
    ((inner, keywords),) = calls
    assert keywords["prompt"] == ["a a", "a b", "a c"]
    assert keywords["negative_prompt"] == [changed.get("negative_prompt", DiffusionOptions().negative_prompt)] * 3
    assert (keywords["height"], keywords["width"]) == (SIZE, SIZE)
    assert keywords["num_inference_steps"] == changed.get("steps", 3)
    assert keywords["guidance_scale"] == changed.get("guidance", 9.0)
    assert keywords["controlnet_conditioning_scale"] == changed.get("control_strength", 0.75)
    assert [generator.initial_seed() for generator in keywords["generator"]] == [7, 8, 9]
    assert {generator.device.type for generator in keywords["generator"]} == {"cpu"}
    assert keywords["image"].shape == (3, 3, SIZE, SIZE)
    np.testing.assert_allclose(keywords["image"][1].permute(1, 2, 0).numpy() * 255, CONDITIONS[1], atol=1e-4)
    assert type(inner.scheduler) is diffusers.DPMSolverMultistepScheduler
    assert (inner.scheduler.config.algorithm_type, inner.scheduler.config.solver_order) == ("dpmsolver++", 2)
    assert inner.scheduler.config.beta_schedule == "scaled_linear", "the base model's own"
    assert len(inner.scheduler.timesteps) == changed.get("steps", 3)


def test_the_models_are_those_given(models, pipeline):
    inner = pipeline._pipeline
    assert type(inner) is diffusers.StableDiffusionControlNetPipeline
    files = {"vae": "vae", "controlnet": "controlnet/tiny", "unet": "base/unet"}
    for part, folder in files.items():
        weights = load_file(models / folder / "diffusion_pytorch_model.safetensors")
        loaded = getattr(inner, part).state_dict()
        assert weights.keys() == loaded.keys()
        assert all(torch.equal(weights[name], loaded[name]) for name in weights)
    own = Pipeline(options(models, vae=""))._pipeline.vae.state_dict()
    expected = load_file(models / "base" / "vae" / "diffusion_pytorch_model.safetensors")
    assert all(torch.equal(expected[name], own[name]) for name in own)
    assert not all(torch.equal(own[name], value) for name, value in inner.vae.state_dict().items())
    half = Pipeline(options(models, precision="float16"))._pipeline
    assert {half.unet.dtype, half.vae.dtype, half.controlnet.dtype} == {torch.float16}


def test_a_picture_depends_on_its_own_order_only(pipeline):
    together = pipeline(ORDERS)
    for order, image in zip(ORDERS, together, strict=True):
        (alone,) = pipeline([order])
        assert difference(alone, image).max() <= LEVELS
    backwards = pipeline(ORDERS[::-1])[::-1]
    assert all(difference(*pair).max() <= LEVELS for pair in zip(together, backwards, strict=True))


def test_seed_prompt_condition_and_strength_matter(models, pipeline):
    order = ORDERS[0]
    (image,) = pipeline([order])
    for other in (
        Order(order.prompt, order.condition, 99),
        Order("zzz", order.condition, order.seed),
        Order(order.prompt, 255 - order.condition, order.seed),
    ):
        assert difference(image, pipeline([other])[0]).max() > LEVELS
    (weak,) = Pipeline(options(models, control_strength=0.0))([order])
    assert difference(image, weak).max() > LEVELS


def test_what_the_safety_checker_refuses_is_no_picture(pipeline, monkeypatch):
    def unsafe(self, **keywords):
        return types.SimpleNamespace(images=np.zeros((3, SIZE, SIZE, 3)), nsfw_content_detected=[False, True, False])

    monkeypatch.setattr(diffusers.StableDiffusionControlNetPipeline, "__call__", unsafe)
    outcomes = pipeline(ORDERS)
    assert outcomes[1] == Refused("the safety checker of the base model refuses it")
    assert [outcome.shape for outcome in outcomes[::2]] == [(SIZE, SIZE, 3)] * 2


def test_pickles_are_never_opened(tmp_path):
    models = write_models(tmp_path, safetensors=False)
    assert list(models.rglob("*.bin"))
    with pytest.raises(InputError, match=r"--controlnet: .* could not be loaded as ControlNetModel with safetensors"):
        Pipeline(options(models))
    safe = write_models(tmp_path / "safe")
    for flag, folder in (("vae", "vae"), ("base_model", "base")):
        with pytest.raises(InputError, match=rf"--{flag}: .* could not be loaded as \w+ with safetensors"):
            Pipeline(options(safe, **{flag: str(models / folder)}))


@pytest.mark.parametrize(
    ("flag", "place", "message"),
    [
        (
            "base_model",
            "{models}",
            r"--base_model: .* is no model: expected a folder in diffusers' form, .*model_index",
        ),
        ("base_model", "{models}/vae/config.json", r"--base_model: .* is no model: expected a folder"),
        ("base_model", "/nowhere/at all", r"--base_model: /nowhere/at all is neither a folder nor a name like owner"),
        ("base_model", "no_owner", r"--base_model: no_owner is neither a folder nor a name"),
        ("vae", "{models}", r"--vae: .* is no model: .*config.json"),
        ("vae", "{models}/controlnet/tiny", r"--vae: .* could not be loaded as AutoencoderKL"),
        ("controlnet", "{models}", r"--controlnet: .* is no model: .*tiny/config.json"),
        ("device", "abacus", r"--device: torch cannot use 'abacus' here: leave it out, or give cpu"),
    ],
)
def test_what_is_no_model_is_said_in_a_line(models, flag, place, message):
    with pytest.raises(InputError, match=message) as caught:
        Pipeline(options(models, **{flag: place.format(models=models)}))
    assert "\n" not in str(caught.value)


def test_a_damaged_model_is_said_in_a_line(models, tmp_path):
    shutil.copytree(models, tmp_path, dirs_exist_ok=True)
    weights = tmp_path / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"--vae: .* could not be loaded") as caught:
        Pipeline(options(tmp_path))
    assert "\n" not in str(caught.value)
    (tmp_path / "base" / "model_index.json").write_text("{")
    with pytest.raises(InputError, match=r"--base_model: .* could not be loaded"):
        Pipeline(options(tmp_path, vae=""))


def test_an_unknown_name_is_said_in_a_line(models, monkeypatch):
    def offline(*_, **__):
        raise OSError("couldn't connect to\nthe hub")

    monkeypatch.setattr(diffusers.AutoencoderKL, "from_pretrained", offline)
    with pytest.raises(InputError, match=r"--vae: nobody/nothing could not be loaded .*couldn't connect to the hub"):
        Pipeline(options(models, vae="nobody/nothing"))


@pytest.mark.parametrize("package", ["torch", "transformers", "diffusers", "safetensors"])
def test_a_missing_package_names_the_extra(models, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=rf"--source=diffusion needs {package}, .* extra \[diffusion\]"):
        Pipeline(options(models))


@pytest.fixture
def keep_all(monkeypatch):
    """Noise shows no face."""
    monkeypatch.setattr(filters, "detect_faces", lambda images, **_: [[Face((0, 0, 9, 9), 1.0, {})] for _ in images])


@pytest.mark.usefixtures("keep_all")
def test_the_command_makes_a_set_and_goes_on(models, rendered_faces, tmp_path, monkeypatch, calls):
    planned = PlanOptions(per_class=1, train_disguises="hat", test_disguises="beard")
    diffusion = options(models, conditioning="canny", steps=2, demographics="gender")

    def make(name, diffusion=diffusion):
        given = {"dataset": "rendered_faces/tiny", "data_dir": rendered_faces, "size": SIZE, "batch_size": 4}
        return command.make(command.CommandOptions("diffusion", str(tmp_path / name), **given), planned, diffusion)

    assert make("whole").startswith("14 pictures in ")
    assert [len(keywords["prompt"]) for _, keywords in calls] == [4, 4, 4, 2]
    prompts = [prompt for _, keywords in calls for prompt in keywords["prompt"]]
    assert len(prompts) == 14
    assert all("hat" in prompt or "beanie" in prompt for prompt in prompts[:7])
    assert all("man" in prompt and "beard" in prompt for prompt in prompts[7:])
    assert all(keywords["image"].sum() > 0 for _, keywords in calls), "edges of the references"

    original, counted = Pipeline.__call__, []

    def dies(self, orders):
        counted.append(len(orders))
        if len(counted) == 3:
            raise KeyboardInterrupt
        return original(self, orders)

    monkeypatch.setattr(Pipeline, "__call__", dies)
    with pytest.raises(KeyboardInterrupt):
        make("killed")
    assert make("killed").startswith("14 pictures in ")
    assert counted == [4, 4, 4, 4, 2], "eight were there"
    whole = {path.relative_to(tmp_path / "whole"): path for path in (tmp_path / "whole").rglob("*.png")}
    assert len(whole) == 14
    for name, path in whole.items():
        again = tmp_path / "killed" / name
        assert difference(read(path), read(again)).max() <= LEVELS
        assert again.with_suffix(".json").read_text() == path.with_suffix(".json").read_text()
    with pytest.raises(InputError, match=r"was begun with other settings \(diffusion.steps was 2, now 7\)"):
        make("killed", dataclasses.replace(diffusion, steps=7))


def read(path):
    return np.asarray(Image.open(path))
