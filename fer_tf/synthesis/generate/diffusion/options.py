"""How Stable Diffusion is asked: every setting, with the paper's value or our choice."""

import dataclasses

from fer_tf.errors import InputError
from fer_tf.synthesis.generate.plan import GROUPS

# Conditioning -> the ControlNet that was trained on it, and the folder of it inside a repository.
CONTROLNETS = {
    "canny": ("lllyasviel/control_v11p_sd15_canny", ""),
    "face_mesh": ("CrucibleAI/ControlNetMediaPipeFace", "diffusion_sd15"),
}
PRECISIONS = ("float32", "float16")
_NEGATIVE = (
    "deformed iris, deformed pupils, deformed face, extra fingers, hands on the face, several people, cgi, "
    "3d render, painting, sketch, cartoon, anime, text, watermark, cropped, out of frame, blurry, low quality"
)


@dataclasses.dataclass(frozen=True)
class DiffusionOptions:
    """Settings of Stable Diffusion with ControlNet.

    Attributes:
        base_model: of Stable Diffusion 1.5's kind: a name on the Hugging Face hub, or a folder in diffusers' form
            (paper A: Realistic Vision 5.1).
        vae: decoder of the pictures, name or folder; empty takes the base model's own. The paper does not name one;
            the default is the usual one for models that come without.
        conditioning: what the ControlNet sees of the reference, canny (edges) or face_mesh (outlines of face, brows,
            eyes and lips). The paper does not say; the mesh carries the expression and leaves the person free.
        controlnet: name or folder; empty takes one made for the conditioning.
        controlnet_subfolder: folder of it inside; with an empty controlnet its own.
        control_strength: weight of the ControlNet, 0..2 (paper A: 0.75).
        guidance: scale of classifier-free guidance, 1..30 (paper A: 9).
        steps: of the DPM-Solver++ sampler, 1..1000. Not in the paper; more change little with this sampler.
        negative_prompt: what is not wanted. Not in the paper.
        demographics: gender, skin_tone and age_group, those with commas that prompts are to name, in balance;
            empty names none.
        canny_low: lower threshold of the edges, 0..1000, for changes from one pixel of the reference to the next.
        canny_high: upper threshold of the edges, 0..1000.
        device: of torch, such as cuda or cpu; empty takes a GPU where there is one.
        precision: float32, or float16 for GPUs with little memory.
    """

    base_model: str = "SG161222/Realistic_Vision_V5.1_noVAE"
    vae: str = "stabilityai/sd-vae-ft-mse"
    conditioning: str = "face_mesh"
    controlnet: str = ""
    controlnet_subfolder: str = ""
    control_strength: float = 0.75
    guidance: float = 9.0
    steps: int = 30
    negative_prompt: str = _NEGATIVE
    demographics: str = ""
    canny_low: int = 100
    canny_high: int = 200
    device: str = ""
    precision: str = "float32"

    def __post_init__(self) -> None:
        for name, known in (("conditioning", tuple(CONTROLNETS)), ("precision", PRECISIONS)):
            if getattr(self, name) not in known:
                raise InputError(f"--{name}: expected {' or '.join(known)}, came {getattr(self, name)!r}")
        ranges = {"control_strength": (0, 2), "guidance": (1, 30), "steps": (1, 1000)}
        ranges |= {"canny_low": (0, 1000), "canny_high": (0, 1000)}
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise InputError(f"--{name}: expected {low}..{high}, came {getattr(self, name)}")
        if not self.base_model:
            raise InputError("--base_model: expected the name or folder of a model, came nothing")
        wrong = [group for group in self.groups if group not in GROUPS]
        if wrong:
            raise InputError(f"--demographics: expected words of {', '.join(GROUPS)}, came {self.demographics!r}")

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that prompts name."""
        return tuple(word.strip() for word in self.demographics.split(",") if word.strip())

    @property
    def controlnet_place(self) -> tuple[str, str]:
        """Name or folder of the ControlNet, and the folder inside it ("" for none)."""
        if not self.controlnet:
            return CONTROLNETS[self.conditioning]
        return self.controlnet, self.controlnet_subfolder
