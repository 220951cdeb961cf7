"""Explanations that need gradients or answers only, with the interface of ``lrp.Lrp``.

tf-explain weights the maps of Grad-CAM here. The rest is done directly: its SmoothGrad takes the gradient of a
cross-entropy that takes logits for probabilities; its pictures cast signed values to uint8, which turns -100 into 156;
its integrated gradients are not multiplied by the way from the baseline; its occlusion reads 1 minus a logit and mixes
up rows and columns; its Grad-CAM calls Keras 3 models with inputs nested once too often, and compiles nothing.
``tests/explain/test_gradients.py`` holds most of the differences.
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf
from tf_explain.core.grad_cam import GradCAM

from fer_tf.errors import InputError
from fer_tf.explain.targets import check_images, checked_targets
from fer_tf.explain.view import field_of_view

# Grey of what is occluded: the middle of 0..255.
_GREY = 127.5


class Gradient:
    """dy_t / dx: where a small change would move a logit (Simonyan et al. 2014).

    Args:
        model: images (B, H, W, C) to logits.
    """

    def __init__(self, model: keras.Model):
        self.model, self.targets = model, model.output_shape[-1]
        signature = [tf.TensorSpec(model.input_shape, tf.float32), tf.TensorSpec((None,), tf.int32)]
        self._compiled = tf.function(self._gradient, input_signature=signature)

    def __call__(self, images: np.ndarray, targets: Sequence, *, batch_size: int = 16) -> np.ndarray:
        """Relevance of every pixel for some logits.

        Args:
            images: (B, H, W, C), as the model takes them.
            targets: numbers of logits, (T,) or (B, T).
            batch_size: images computed at once.

        Returns:
            float32 (B, T, H, W, C); of Grad-CAM and occlusion C is 1.

        Raises:
            InputError: images that the model does not take, or a logit that it does not have.
        """
        check_images(images, self.model.input_shape, self.model.inputs[0].name)
        images = np.asarray(images, np.float32)
        targets = checked_targets(targets, len(images), self.targets)
        starts = range(0, len(images), batch_size)
        parts = [self._explain(images[at : at + batch_size], targets[at : at + batch_size]) for at in starts]
        return np.concatenate(parts)

    def _explain(self, images: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return np.stack([self._of_target(images, column) for column in targets.T], axis=1)

    def _of_target(self, images: np.ndarray, target: np.ndarray) -> np.ndarray:
        """One target for each image."""
        return self._compiled(images, target).numpy()

    def _gradient(self, images: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(images)
            logits = tf.gather(self.model(images, training=False), target, axis=1, batch_dims=1)
        return tape.gradient(logits, images)


class InputGradient(Gradient):
    """x dy_t / dx, pixel for pixel (Shrikumar et al. 2016)."""

    def _of_target(self, images, target):
        return images * super()._of_target(images, target)


class IntegratedGradients(Gradient):
    """(x - x') times the mean gradient on the way from the baseline x' to x (Sundararajan et al. 2017, eq. 3).

    The relevance of an image sums up to its logit less that of the baseline, the closer the more steps.

    Args:
        model: images (B, H, W, C) to logits.
        steps: points on the way, in the middle of equal parts.
        baseline: grey level of x', 0..255; grey, since black faces are faces too.
    """

    def __init__(self, model: keras.Model, *, steps: int = 32, baseline: float = _GREY):
        super().__init__(model)
        if steps < 1:
            raise InputError(f"steps is {steps}: expected at least 1")
        self._steps, self._baseline = steps, baseline

    def _of_target(self, images, target):
        away = images - self._baseline
        total = np.zeros_like(images)
        for step in range(self._steps):
            total += super()._of_target(self._baseline + away * np.float32((step + 0.5) / self._steps), target)
        return away * total / self._steps


class SmoothGrad(Gradient):
    """Mean gradient of noisy copies of the image (Smilkov et al. 2017).

    Args:
        model: images (B, H, W, C) to logits.
        copies: of each image.
        noise: standard deviation, as part of the range of 255; the paper advises 0.1 to 0.2.
        seed: of the noise, the same for every image, target and call.
    """

    def __init__(self, model: keras.Model, *, copies: int = 16, noise: float = 0.15, seed: int = 0):
        super().__init__(model)
        if copies < 1 or noise < 0:
            raise InputError(f"copies is {copies} and noise {noise}: expected at least 1, and 0 or more")
        self._copies, self._noise, self._seed = copies, noise, seed

    def _of_target(self, images, target):
        random = np.random.default_rng(self._seed)
        total = np.zeros_like(images)
        for _ in range(self._copies):
            noise = random.normal(0, 255 * self._noise, images.shape[1:]).astype(np.float32)
            total += super()._of_target(images + noise, target)
        return total / self._copies


class GradCam(Gradient):
    """Maps of the last convolution weighted by their mean gradient, enlarged (Selvaraju et al. 2017, eq. 1 and 2).

    Without the ReLU of the paper, so that what opposes stays to be seen.

    Args:
        model: images (B, H, W, C) to logits.
        layer: name of a layer with a feature map; empty: the last one.

    Raises:
        InputError: no such layer.
    """

    def __init__(self, model: keras.Model, *, layer: str = ""):
        super().__init__(model)
        maps = [one.name for one in model.layers if getattr(getattr(one, "output", None), "ndim", 0) == 4]
        if layer and layer not in maps:
            raise InputError(f"layer {layer!r} is none with a feature map: choose one of {', '.join(maps)}")
        self._both = keras.Model(model.input, [model.get_layer(layer or maps[-1]).output, model.output])
        self._view = field_of_view(model)
        self._maps = tf.function(self._maps_and_gradients, input_signature=self._compiled.input_signature)

    def _of_target(self, images, target):
        cams = tf.stack(GradCAM.generate_ponderated_output(*self._maps(images, target)))[..., None]
        # The map is one of what the network sees, which may be less than the picture.
        rows, columns = (np.flatnonzero(self._view.any(axis=axis)) for axis in (1, 0))
        place = np.s_[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        found = np.zeros((*images.shape[:3], 1), np.float32)
        found[place] = tf.image.resize(cams, (len(rows), len(columns)), method="bilinear")
        return found

    def _maps_and_gradients(self, images, target):
        with tf.GradientTape() as tape:
            maps, logits = self._both(images, training=False)
            chosen = tf.gather(logits, target, axis=1, batch_dims=1)
        return maps, tape.gradient(chosen, maps)


class Occlusion(Gradient):
    """How much the logit falls when a grey square hides a place (Zeiler and Fergus 2014).

    Args:
        model: images (B, H, W, C) to logits.
        patch: side of the square in pixels.
        stride: pixels between squares; where they overlap, a pixel has their mean.
    """

    def __init__(self, model: keras.Model, *, patch: int = 16, stride: int = 8):
        super().__init__(model)
        if not 1 <= stride <= patch:
            raise InputError(f"patch is {patch} and stride {stride}: expected 1 <= stride <= patch")
        self._patch, self._stride = patch, stride
        self._answer = tf.function(lambda images: model(images, training=False))

    def _explain(self, images, targets):
        height, width = images.shape[1:3]
        total, count = np.zeros((*targets.shape, height, width), np.float32), np.zeros((height, width), np.float32)
        whole = np.take_along_axis(self._answer(images).numpy(), targets, axis=1)
        for top in _starts(height, self._patch, self._stride):
            for left in _starts(width, self._patch, self._stride):
                place = np.s_[top : top + self._patch, left : left + self._patch]
                hidden = images.copy()
                hidden[:, *place] = _GREY
                fall = whole - np.take_along_axis(self._answer(hidden).numpy(), targets, axis=1)
                total[:, :, *place] += fall[:, :, None, None]
                count[place] += 1
        return (total / count)[..., None]


def _starts(length: int, patch: int, stride: int) -> list[int]:
    """Of squares that cover a side, the last one at its end."""
    last = max(length - patch, 0)
    return sorted({*range(0, last, stride), last})


GRADIENTS: dict[str, Callable] = {
    "gradient": Gradient,
    "input_gradient": InputGradient,
    "integrated_gradients": IntegratedGradients,
    "smooth_grad": SmoothGrad,
    "grad_cam": GradCam,
    "occlusion": Occlusion,
}
