"""Layer-wise relevance propagation once more, slow and in NumPy: every layer is a matrix, every rule its formula.

Nothing is shared with ``fer_tf.explain.lrp`` but the names of the rules. A network is a list of layers
``(name, kind, names of what comes in, settings)``, from which ``keras_model`` makes the Keras model as well.
"""

import keras
import numpy as np

BLACK, WHITE = 0.0, 255.0


def plain_network(size=8, classes=3, pool="maximum"):
    """Like VGG16: convolutions with bias and ReLU, maximum pooling, connected layers."""
    return [
        ("image", "input", [], {"shape": (size, size, 3)}),
        ("scaled", "scale", ["image"], {"factor": 1 / 127.5, "offset": -1.0}),
        ("c1", "convolution", ["scaled"], {"filters": 4, "kernel": 3, "stride": 1, "padding": "same"}),
        ("r1", "relu", ["c1"], {}),
        ("p1", pool, ["r1"], {}),
        ("c2", "convolution", ["p1"], {"filters": 5, "kernel": 3, "stride": 1, "padding": "valid"}),
        ("r2", "relu", ["c2"], {}),
        ("flat", "flatten", ["r2"], {}),
        ("d1", "dense", ["flat"], {"units": 6}),
        ("r3", "relu", ["d1"], {}),
        ("logits", "dense", ["r3"], {"units": classes}),
    ]


def residual_network(size=8, classes=3):
    """Like MobileNetV2: strided and depthwise convolutions with batch normalisation, ReLU6, a sum, a mean."""
    return [
        ("image", "input", [], {"shape": (size, size, 3)}),
        ("scaled", "scale", ["image"], {"factor": 1 / 127.5, "offset": -1.0}),
        ("inside", "crop", ["scaled"], {"rows": (1, 0), "columns": (0, 1)}),
        ("c1", "convolution", ["inside"], {"filters": 4, "kernel": 3, "stride": 2, "padding": "same", "norm": True}),
        ("r1", "relu6", ["c1"], {}),
        ("wide", "convolution", ["r1"], {"filters": 6, "kernel": 1, "stride": 1, "padding": "same", "norm": True}),
        ("r2", "relu6", ["wide"], {}),
        ("deep", "depthwise", ["r2"], {"kernel": 3, "stride": 1, "padding": "same", "norm": True}),
        ("r3", "relu6", ["deep"], {}),
        ("narrow", "convolution", ["r3"], {"filters": 4, "kernel": 1, "stride": 1, "padding": "same", "norm": True}),
        ("sum", "add", ["r1", "narrow"], {}),
        ("c3", "convolution", ["sum"], {"filters": 5, "kernel": 1, "stride": 1, "padding": "same", "norm": True}),
        ("r4", "relu6", ["c3"], {}),
        ("mean", "mean", ["r4"], {}),
        ("logits", "dense", ["mean"], {"units": classes}),
    ]


def keras_model(network, seed=0, bias=True):
    """The Keras model of a network, with random weights and running averages."""
    rng, tensors = np.random.default_rng(seed), {}
    for name, kind, sources, settings in network:
        came = [tensors[source] for source in sources]
        if kind == "input":
            tensors[name] = keras.Input(settings["shape"], name=name)
            continue
        tensors[name] = _layer(name, kind, settings)(came if len(came) > 1 else came[0])
        if settings.get("norm"):
            tensors[name] = keras.layers.BatchNormalization(name=f"{name}_norm")(tensors[name])
    model = keras.Model(tensors["image"], tensors["logits"])
    for layer in model.layers:
        layer.set_weights([_weights(rng, layer, weight, bias) for weight in layer.weights])
    return model


def he_random(model, seed=0):
    """Random weights that keep signals alive through many layers, and random running averages."""
    random = np.random.default_rng(seed)
    for layer in model.layers:
        weights = []
        for weight in layer.weights:
            name, shape = weight.path.rsplit("/", 1)[-1], weight.shape
            if name == "kernel":
                fan = np.prod(shape[:2]) if isinstance(layer, keras.layers.DepthwiseConv2D) else np.prod(shape[:-1])
                weights.append(random.normal(0, np.sqrt(2 / fan), shape))
            elif name in ("gamma", "moving_variance"):
                weights.append(random.uniform(0.8, 1.2, shape))
            else:
                weights.append(random.normal(0, 0.1, shape))
        layer.set_weights(weights)
    return model


def _layer(name, kind, settings):
    layers, options = keras.layers, {"name": name}
    if kind in ("convolution", "depthwise"):
        options |= {"strides": settings["stride"], "padding": settings["padding"], "use_bias": "norm" not in settings}
    if kind == "convolution":
        return layers.Conv2D(settings["filters"], settings["kernel"], **options)
    if kind == "depthwise":
        return layers.DepthwiseConv2D(settings["kernel"], **options)
    return {
        "scale": lambda: layers.Rescaling(settings["factor"], settings["offset"], **options),
        "crop": lambda: layers.Cropping2D((settings["rows"], settings["columns"]), **options),
        "relu": lambda: layers.ReLU(**options),
        "relu6": lambda: layers.ReLU(6.0, **options),
        "maximum": lambda: layers.MaxPooling2D(2, **options),
        "average": lambda: layers.AveragePooling2D(2, **options),
        "mean": lambda: layers.GlobalAveragePooling2D(**options),
        "flatten": lambda: layers.Flatten(**options),
        "dense": lambda: layers.Dense(settings["units"], **options),
        "add": lambda: layers.Add(**options),
    }[kind]()


def _weights(rng, layer, weight, bias):
    name, shape = weight.path.rsplit("/", 1)[-1], weight.shape
    if name in ("moving_variance", "gamma"):
        return rng.uniform(0.5, 1.5, shape)
    if name in ("bias", "beta", "moving_mean"):
        return rng.normal(0, 0.3, shape) if bias else np.zeros(shape)
    return rng.normal(0, 1 / np.sqrt(np.prod(shape[:-1]) if len(shape) > 2 else shape[0]), shape) * 1.5


def relevance(network, model, image, target, rules, adding="sign", maximum="winner"):
    """Relevance (H, W, 3) of one logit for one image (H, W, 3), float64.

    Args:
        network: see the module.
        model: whose weights are taken.
        image: 0..255.
        target: number of the logit.
        rules: kind of layer (first, convolution, depthwise, dense) -> function of (W, b, a, low, high) to shares.
        adding: ``sign`` or ``size``.
        maximum: ``winner`` or ``average``.
    """
    values, limits = {"image": image.astype(np.float64)}, {}
    limits["image"] = np.full(image.shape, BLACK), np.full(image.shape, WHITE)
    seen_map = {"image": False}
    matrices = {}
    for name, kind, sources, settings in network[1:]:
        seen_map[name] = any(seen_map[source] for source in sources) or kind in ("convolution", "depthwise", "dense")
        came = [values[source] for source in sources]
        if kind in ("convolution", "depthwise", "dense"):
            matrices[name] = _matrix(model, name, kind, settings, came[0].shape)
            matrix, bias, shape = matrices[name]
            values[name] = (came[0].reshape(-1) @ matrix + bias).reshape(shape)
        else:
            values[name] = _forward(kind, settings, came)
            if sources[0] in limits:
                limits[name] = tuple(_forward(kind, settings, [end]) for end in limits[sources[0]])
    waiting = {"logits": np.where(np.arange(values["logits"].size) == target, values["logits"], 0.0)}
    for name, kind, sources, settings in network[:0:-1]:
        above, came = waiting.pop(name), [values[source] for source in sources]
        if name in matrices:
            matrix, bias, _ = matrices[name]
            low, high = limits.get(sources[0], (None, None))
            rule = rules["first" if not seen_map[sources[0]] else kind]
            ends = [None if end is None else end.reshape(-1) for end in (low, high)]
            parts = [(rule(matrix, bias, came[0].reshape(-1), *ends) @ above.reshape(-1)).reshape(came[0].shape)]
        else:
            parts = _backward(kind, settings, came, above, adding, maximum)
        for source, part in zip(sources, parts, strict=True):
            waiting[source] = waiting.get(source, 0) + part
    return waiting["image"]


def _matrix(model, name, kind, settings, shape):
    """W (inputs, outputs), b (outputs,), shape of the outputs; batch normalisation folded in."""
    layer = model.get_layer(name)
    kernel = np.asarray(layer.kernel, np.float64)
    bias = np.asarray(layer.bias, np.float64) if layer.use_bias else np.zeros(1)
    scale, offset = 1.0, 0.0
    if settings.get("norm"):
        norm = model.get_layer(f"{name}_norm")
        gamma, beta, mean, variance = (np.asarray(weight, np.float64) for weight in norm.get_weights())
        scale = gamma / np.sqrt(variance + norm.epsilon)
        offset = beta - mean * scale
    if kind == "dense":
        return kernel, bias, (kernel.shape[1],)
    side, stride = settings["kernel"], settings["stride"]
    height, width, depth = shape
    if settings["padding"] == "same":
        rows, columns = -(-height // stride), -(-width // stride)
        top = max((rows - 1) * stride + side - height, 0) // 2
        left = max((columns - 1) * stride + side - width, 0) // 2
    else:
        rows, columns, top, left = (height - side) // stride + 1, (width - side) // stride + 1, 0, 0
    outputs = depth if kind == "depthwise" else kernel.shape[-1]
    matrix = np.zeros((height, width, depth, rows, columns, outputs))
    for row in range(rows):
        for column in range(columns):
            for down in range(side):
                for right in range(side):
                    y, x = row * stride + down - top, column * stride + right - left
                    if 0 <= y < height and 0 <= x < width:
                        weights = kernel[down, right]
                        weights = np.diag(weights[:, 0]) if kind == "depthwise" else weights
                        matrix[y, x, :, row, column, :] = weights * scale
    bias = np.broadcast_to(bias * scale + offset, (rows, columns, outputs)).reshape(-1)
    return matrix.reshape(height * width * depth, -1), bias, (rows, columns, outputs)


def _windows(a):
    height, width, depth = a.shape
    return a[: height // 2 * 2, : width // 2 * 2].reshape(height // 2, 2, width // 2, 2, depth)


def _forward(kind, settings, came):
    (a,) = came if len(came) == 1 else (sum(came),)
    return {
        "scale": lambda: a * settings["factor"] + settings["offset"],
        "crop": lambda: a[_kept(settings, a)],
        "relu": lambda: np.maximum(a, 0),
        "relu6": lambda: np.clip(a, 0, 6),
        "maximum": lambda: _windows(a).max((1, 3)),
        "average": lambda: _windows(a).mean((1, 3)),
        "mean": lambda: a.mean((0, 1)),
        "flatten": lambda: a.reshape(-1),
        "add": lambda: a,
    }[kind]()


def _kept(settings, a):
    (above, below), (left, right) = settings["rows"], settings["columns"]
    return slice(above, a.shape[0] - below), slice(left, a.shape[1] - right)


def _backward(kind, settings, came, above, adding, maximum):
    a = came[0]
    if kind in ("scale", "relu", "relu6"):
        return [above]
    if kind == "flatten":
        return [above.reshape(a.shape)]
    if kind == "crop":
        back = np.zeros_like(a)
        back[_kept(settings, a)] = above
        return [back]
    if kind == "add":
        parts = came if adding == "sign" else [np.abs(part) for part in came]
        total = sum(parts)
        return [part / _stable(total) * above for part in parts]
    if kind == "mean":
        return [a / a[..., 0].size / _stable(a.mean((0, 1))) * above]
    back = np.zeros_like(a)
    for row, column, channel in np.ndindex(above.shape):
        window = np.s_[2 * row : 2 * row + 2, 2 * column : 2 * column + 2, channel]
        if kind == "maximum" and maximum == "winner":
            share = np.zeros(4)
            share[np.argmax(a[window])] = 1
            share = share.reshape(2, 2)
        else:
            share = a[window] / 4 / _stable(a[window].mean())
        back[window] += share * above[row, column, channel]
    return [back]


def _stable(z, epsilon=1e-6):
    return z + np.where(z >= 0, epsilon, -epsilon)


def epsilon_rule(epsilon=1e-6):
    def shares(w, b, a, low, high):
        return a[:, None] * w / _stable(a @ w + b, epsilon)

    return shares


def gamma_rule(gamma):
    """What agrees with the sign of z counts more."""

    def shares(w, b, a, low, high):
        parts, way = a[:, None] * w, np.where(a @ w + b >= 0, 1.0, -1.0)
        enlarged = parts + gamma * np.where(parts * way > 0, parts, 0)
        bias = b + gamma * np.where(b * way > 0, b, 0)
        return enlarged / _stable(enlarged.sum(0) + bias)

    return shares


def alpha_beta_rule(alpha, beta):
    def shares(w, b, a, low, high):
        parts = a[:, None] * w
        supports, opposes = np.maximum(parts, 0), np.minimum(parts, 0)
        return alpha * supports / _stable(supports.sum(0) + np.maximum(b, 0)) - beta * opposes / _stable(
            opposes.sum(0) + np.minimum(b, 0)
        )

    return shares


def flat_rule():
    def shares(w, b, a, low, high):
        # What a kernel reaches of an image, as weights may happen to be zero nowhere but at its border.
        return (w != 0) / (w != 0).sum(0)

    return shares


def w_square_rule():
    return lambda w, b, a, low, high: w**2 / (w**2).sum(0)


def box_rule():
    def shares(w, b, a, low, high):
        parts = a[:, None] * w - low[:, None] * np.maximum(w, 0) - high[:, None] * np.minimum(w, 0)
        return parts / _stable(parts.sum(0))

    return shares
