"""The model of SAFER (arXiv 2306.09372): three streams, two connected layers."""

from collections.abc import Mapping

import keras

from fer_tf.errors import InputError
from fer_tf.faces.geometry import au_distance_names, visible_feature_names
from fer_tf.labels import EMOTIONS
from fer_tf.models.heads import FEATURES, TRAINABLE, connected_head
from fer_tf.models.place_network import place_network
from fer_tf.models.safer.layers import MEASUREMENTS_LAYER, Concatenated, Measurements, StreamDropout, WherePresent
from fer_tf.models.safer.streams import CNN
from fer_tf.models.safer.streams import backbone as stream_backbone

FACE, BACKGROUND, PLACE = STREAMS = ("face", "background", "place")
GEOMETRY, DEEP = FACE_FEATURES = ("geometry", "deep")
# Tables 3 and 4 of the paper: distances between action-unit centres, visible features.
MEASUREMENTS = (*au_distance_names(), *visible_feature_names())


def safer(
    *,
    image_size: int = 224,
    weights: str = "none",
    streams: str = "face,background,place",
    face_features: str = "geometry,deep",
    backbone: str = "cnn",
    background_backbone: str = "cnn",
    background_weights: str = "none",
    place_weights: str = "none",
    trainable: str = "all",
    stream_width: int = 0,
    stream_dropout: float = 0.0,
    head_width: float = 0.125,
    dropout: float = 0.5,
    seed: int = 0,
) -> keras.Model:
    """Builds SAFER: features of face, background and place side by side, two connected layers, logits.

    Args:
        image_size: side of all pictures in pixels.
        weights: of the face's backbone, see ``streams.backbone``.
        streams: which there are, with commas: ``face``, ``background``, ``place``.
        face_features: what the face's stream holds: ``geometry`` (distances of action-unit centres and visible
            features, standardised), ``deep`` (of the backbone), or both with a comma.
        backbone: of the face: ``cnn`` (the paper's first), ``resnet50`` (its second) or ``mobilenet_v2``.
        background_backbone: of the background; the paper's is ``cnn``.
        background_weights: of the background's backbone.
        place_weights: ``alexnet_places365.pth.tar``, or a ``.keras`` file of a small place network; the place's
            network is never trained here.
        trainable: ``all``, or ``head``: the backbones stay as they are, and features may be computed once.
        stream_width: units of a layer of its own for each stream before they are joined; 0 joins features as they are,
            as the paper does.
        stream_dropout: chance of each stream to be left out of a training image.
        head_width: share of 4096 units in each of the two connected layers, which the paper does not state.
        dropout: of the head.
        seed: of initial weights and dropout.

    Returns:
        model ``safer``: a dictionary of ``face`` (B, size, size, 3), ``geometry`` (B, 80) with NaN where there is no
        mesh, ``background`` and ``place`` (B, size, size, 3), as far as the streams need them -> logits (B, 7).
        A picture that is all black stands for none, and its features are zero.

    Raises:
        InputError: an option out of range, or weights that do not fit.
    """
    chosen, of_face = _words("streams", streams, STREAMS), _words("face_features", face_features, FACE_FEATURES)
    if trainable not in TRAINABLE:
        raise InputError(f"trainable is {trainable!r}: choose one of {', '.join(TRAINABLE)}")
    if stream_width < 0 or not 0 <= stream_dropout < 1:
        raise InputError(
            f"stream_width is {stream_width} and stream_dropout {stream_dropout}: the first must be at least 0, the "
            "second 0..1 without 1"
        )
    used = [backbone] * (FACE in chosen and DEEP in of_face) + [background_backbone] * (BACKGROUND in chosen)
    if trainable == "head" and CNN in used:
        raise InputError("backbone cnn has no weights of its own: left as it is, it is random; use trainable=all")
    inputs, parts = {}, {}
    if FACE in chosen and GEOMETRY in of_face:
        inputs[GEOMETRY] = keras.Input((len(MEASUREMENTS),), name=GEOMETRY)
        parts[GEOMETRY] = Measurements(name=MEASUREMENTS_LAYER, dtype="float32")(inputs[GEOMETRY])
    if FACE in chosen and DEEP in of_face:
        inner = stream_backbone(backbone, image_size, weights, seed, FACE)
        inputs[FACE], parts[FACE] = _picture_stream(inner, image_size, FACE, trainable)
    if BACKGROUND in chosen:
        inner = stream_backbone(background_backbone, image_size, background_weights, seed + 1, BACKGROUND)
        inputs[BACKGROUND], parts[BACKGROUND] = _picture_stream(inner, image_size, BACKGROUND, trainable)
    if PLACE in chosen:
        inner = place_network(place_weights, image_size=image_size)
        inputs[PLACE], parts[PLACE] = _picture_stream(inner, image_size, PLACE, "head")
    layer = Concatenated([[name, part.shape[-1]] for name, part in parts.items()], name=FEATURES)
    features = layer(list(parts.values()))
    head = {"stream_width": stream_width, "stream_dropout": stream_dropout, "head_width": head_width}
    logits = fused_logits(features, layer.layout, **head, dropout=dropout, seed=seed)
    return keras.Model(inputs, logits, name="safer")


def fused_logits(
    features: keras.KerasTensor,
    layout: Mapping[str, tuple[int, int]],
    *,
    stream_width: int = 0,
    stream_dropout: float = 0.0,
    head_width: float = 0.125,
    dropout: float = 0.5,
    seed: int = 0,
) -> keras.KerasTensor:
    """What follows the features: the streams' own layers, if any, then two connected layers and logits.

    Args:
        features: (B, F), parts side by side.
        layout: name of each part -> (first column, end).
        stream_width: see ``safer``, like the rest.
        stream_dropout: see there.
        head_width: see there.
        dropout: see there.
        seed: see there.

    Returns:
        (B, 7) float32.
    """
    fused = _fused(features, layout, stream_width, stream_dropout, seed)
    return connected_head(fused, outputs=len(EMOTIONS), width=head_width, dropout=dropout, seed=seed)


def _words(name: str, text: str, known: tuple[str, ...]) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if not set(words) <= set(known) or len(set(words)) < len(words):
        raise InputError(f"{name} is {text!r}: expected some of {', '.join(known)}, with commas, each once")
    return words


def _picture_stream(inner: keras.Model, image_size: int, name: str, trainable: str):
    picture = keras.Input((image_size, image_size, 3), name=name)
    inner.trainable = trainable == "all"
    return picture, WherePresent(name=f"{name}_present")([inner(picture), picture])


def _fused(features, layout: Mapping[str, tuple[int, int]], width: int, rate: float, seed: int):
    """What the connected layers see: the features, or what a layer of each stream makes of them."""
    if not width and not rate:
        return features
    streams = []
    for number, (name, (start, end)) in enumerate(layout.items()):
        x = features[:, start:end]
        if width:
            x = keras.layers.LayerNormalization(name=f"{name}_norm")(x)
            start_of = keras.initializers.HeNormal(10 * seed + number)
            x = keras.layers.Dense(width, activation="relu", kernel_initializer=start_of, name=f"{name}_width")(x)
        if rate:
            x = StreamDropout(rate, 10 * seed + number, name=f"{name}_dropout")(x)
        streams.append(x)
    return keras.layers.Concatenate(name="fused")(streams) if len(streams) > 1 else streams[0]
