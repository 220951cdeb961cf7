"""WideResNet18 for Places365, whose features the attributes of places are read from."""

import keras

from fer_tf.errors import InputError
from fer_tf.models.alexnet_places import PLACES, SIZE
from fer_tf.models.heads import FEATURES
from fer_tf.models.photo_input import resized, standardised
from fer_tf.models.torch_weights import load_torch
from fer_tf.models.weights import load_weights

# Torch's; Keras would take 0.001.
_EPSILON = 1e-5
_WIDTHS = (64, 128, 256, 512)


def wideresnet_places(*, image_size: int = SIZE, weights: str = "none", top: bool = True, seed: int = 0) -> keras.Model:
    """Builds the network of ``wideresnet18_places365.pth.tar``.

    ResNet-18 (He et al. 2016) without the pooling after its first convolution, as ``wideresnet.py`` of
    CSAILVision/places365 has it, so that all maps are twice as wide and the last one has 14x14 pixels.

    Args:
        image_size: side of the input in pixels, at least 32; others than 224 are resized inside.
        weights: ``"none"``, the path of ``wideresnet18_places365.pth.tar``, or a ``.weights.h5`` or
            ``.keras`` file of this network.
        top: True for the places' logits; False for what lies below.
        seed: of the initial weights.

    Returns:
        model ``wideresnet_places``: image (B, size, size, 3) RGB 0..255, uint8 or float -> logits
        (B, 365), or the output of layer ``features``, float (B, 512): the means of the last maps.

    Raises:
        InputError: an option out of range, or weights that do not fit.
    """
    if image_size < 32:
        raise InputError(f"image_size is {image_size}: wideresnet_places needs at least 32")
    inputs = keras.Input((image_size, image_size, 3), name="image")
    x = standardised(resized(inputs, SIZE))
    layers = _Layers(seed)
    x = layers.convolution(x, 64, 7, 2, "conv1", "bn1")
    x = keras.layers.ReLU(name="relu1")(x)
    for stage, width in enumerate(_WIDTHS, 1):
        for block in range(2):
            x = _block(layers, x, width, 2 if stage > 1 and block == 0 else 1, f"layer{stage}.{block}")
    x = keras.layers.GlobalAveragePooling2D(name=FEATURES)(x)
    if top:
        layers.names["logits"] = "fc"
        x = keras.layers.Dense(PLACES, kernel_initializer=layers.start(), dtype="float32", name="logits")(x)
    model = keras.Model(inputs, x, name="wideresnet_places")
    if weights.endswith((".h5", ".keras")):
        load_weights(model, weights)
    elif weights != "none":
        load_torch(model, weights, layers.names, without=() if top else ("fc.",))
    return model


class _Layers:
    """Makes convolutions with their normalisation, and keeps what torch calls them.

    Attributes:
        names: layer -> name in torch.
    """

    def __init__(self, seed: int):
        self.names: dict[str, str] = {}
        self._seed = 1000 * seed

    def start(self) -> keras.initializers.Initializer:
        self._seed += 1
        return keras.initializers.HeNormal(self._seed)

    def convolution(self, x, filters: int, kernel: int, stride: int, torch_name: str, torch_normalisation: str):
        name, normalisation = torch_name.replace(".", "_"), torch_normalisation.replace(".", "_")
        self.names |= {name: torch_name, normalisation: torch_normalisation}
        if kernel > 1:
            # "same" would pad one side only at stride 2; torch pads both.
            x = keras.layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
        options = {"strides": stride, "use_bias": False, "kernel_initializer": self.start()}
        x = keras.layers.Conv2D(filters, kernel, **options, name=name)(x)
        return keras.layers.BatchNormalization(epsilon=_EPSILON, name=normalisation)(x)


def _block(layers: _Layers, x, width: int, stride: int, name: str):
    label, short_cut = name.replace(".", "_"), x
    if stride > 1 or x.shape[-1] != width:
        short_cut = layers.convolution(x, width, 1, stride, f"{name}.downsample.0", f"{name}.downsample.1")
    x = layers.convolution(x, width, 3, stride, f"{name}.conv1", f"{name}.bn1")
    x = keras.layers.ReLU(name=f"{label}_relu1")(x)
    x = layers.convolution(x, width, 3, 1, f"{name}.conv2", f"{name}.bn2")
    x = keras.layers.Add(name=f"{label}_add")([x, short_cut])
    return keras.layers.ReLU(name=f"{label}_relu2")(x)
