"""The streams of SAFER by themselves: from a picture to features."""

import keras

from fer_tf.errors import InputError
from fer_tf.models.mobilenet import mobilenet_backbone
from fer_tf.models.weights import is_whole_model, load_model, pretrained

CNN, RESNET50, MOBILENET = "cnn", "resnet50", "mobilenet_v2"
BACKBONES = (CNN, RESNET50, MOBILENET)
# Filters of the paper's three convolutions and units of its dense layer, which it does not state.
_FILTERS, _DENSE = (32, 64, 64), 128
_SMALLEST = 22


def backbone(name: str, image_size: int, weights: str, seed: int, part: str) -> keras.Model:
    """Deep features of a picture.

    Args:
        name: ``cnn``, the paper's: three 2x2 convolutions, each with 2x2 max-pooling, and one dense layer;
            ``resnet50`` or ``mobilenet_v2``, averaged over the picture.
        image_size: side of the picture in pixels; the paper says 226 and 224, which end at the same 27x27.
        weights: ``"imagenet"`` (downloads), ``"none"``, a ``.weights.h5`` of that backbone, or for ``mobilenet_v2`` a
            ``.keras`` model of emotions, whose convolutions are taken.
        seed: of random weights.
        part: what the picture shows, in front of the layers' names.

    Returns:
        picture (B, size, size, 3) RGB 0..255 -> (B, F).

    Raises:
        InputError: an unknown backbone, or weights that it cannot take.
    """
    if name not in BACKBONES:
        raise InputError(f"backbone is {name!r}: choose one of {', '.join(BACKBONES)}")
    if name == CNN:
        return _cnn(image_size, weights, seed, part)
    if name == RESNET50:
        return _resnet50(image_size, weights, part)
    return _mobilenet(image_size, weights, part)


def _cnn(image_size: int, weights: str, seed: int, part: str) -> keras.Model:
    if weights != "none":
        raise InputError(f"backbone cnn has no weights of its own, came {weights!r}: use weights=none")
    if image_size < _SMALLEST:
        raise InputError(f"image_size is {image_size}: backbone cnn needs at least {_SMALLEST}")
    inputs = keras.Input((image_size, image_size, 3), name="picture")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1, name="scale")(inputs)
    for number, filters in enumerate(_FILTERS, 1):
        start = keras.initializers.HeNormal(4 * seed + number)
        x = keras.layers.Conv2D(filters, 2, activation="relu", kernel_initializer=start, name=f"conv{number}")(x)
        x = keras.layers.MaxPooling2D(name=f"pool{number}")(x)
    x = keras.layers.Flatten(name="flat")(x)
    start = keras.initializers.HeNormal(4 * seed)
    x = keras.layers.Dense(_DENSE, activation="relu", kernel_initializer=start, name="dense")(x)
    return keras.Model(inputs, x, name=f"{part}_cnn")


def _resnet50(image_size: int, weights: str, part: str) -> keras.Model:
    if image_size < 32:
        raise InputError(f"image_size is {image_size}: ResNet-50 needs at least 32")
    inputs = keras.Input((image_size, image_size, 3), name="picture")
    # Caffe's form: blue first, mean taken off, no scaling.
    flipped = keras.ops.flip(inputs, axis=-1)
    centred = keras.layers.Rescaling(1.0, offset=[-103.939, -116.779, -123.68], name="centre")(flipped)
    inner = pretrained(keras.applications.ResNet50, weights, input_tensor=centred, include_top=False, pooling="avg")
    return keras.Model(inputs, inner.output, name=f"{part}_resnet50")


def _mobilenet(image_size: int, weights: str, part: str) -> keras.Model:
    if not is_whole_model(weights):
        inner = mobilenet_backbone(image_size, weights, 1.0, 0, 0.99)
        pooled = keras.layers.GlobalAveragePooling2D(name="pool")(inner.output)
        return keras.Model(inner.input, pooled, name=f"{part}_mobilenet_v2")
    trained = load_model(weights)
    if trained.name != MOBILENET:
        raise InputError(f"weights {weights} are of {trained.name}: backbone mobilenet_v2 takes those of mobilenet_v2")
    inner = keras.Model(trained.input, trained.get_layer("pool").output, name="convolutions")
    if inner.input_shape[1] == image_size:
        return keras.Model(inner.input, inner.output, name=f"{part}_mobilenet_v2")
    # It was trained at its own size, and reads best there.
    inputs = keras.Input((image_size, image_size, 3), name="picture")
    resized = keras.layers.Resizing(*inner.input_shape[1:3], antialias=True, name="resize")(inputs)
    return keras.Model(inputs, inner(resized), name=f"{part}_mobilenet_v2")
