"""AlexNet and WideResNet18 once more, slowly and in NumPy, from a torch state_dict; maps are (channels, H, W)."""

import numpy as np

MEAN, DEVIATION = (np.array(v)[:, None, None] for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))


def photo(image: np.ndarray) -> np.ndarray:
    """What torch's transforms make of a picture (H, W, 3), 0..255."""
    return (image.transpose(2, 0, 1) / 255 - MEAN) / DEVIATION


def windows(x: np.ndarray, size: int, stride: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))[:, ::stride, ::stride]


def convolution(x, weight, bias=None, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    seen = windows(padded, weight.shape[2], stride)
    y = np.tensordot(weight, seen, axes=((1, 2, 3), (0, 3, 4)))
    return y if bias is None else y + bias[:, None, None]


def pooled(x):
    return windows(x, 3, 2).max(axis=(3, 4))


def relu(x):
    return np.maximum(x, 0)


def alexnet(state: dict[str, np.ndarray], image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Map before the connected layers, float64 (256, 6, 6), and logits (365,)."""

    def layer(name, *rest):
        return relu(convolution(x, state[f"{name}.weight"], state[f"{name}.bias"], *rest))

    x = photo(image)
    x = layer("features.0", 4, 2)
    x = pooled(x)
    x = layer("features.3", 1, 2)
    x = pooled(x)
    x = layer("features.6", 1, 1)
    x = layer("features.8", 1, 1)
    x = layer("features.10", 1, 1)
    x = features = pooled(x)
    x = x.reshape(-1)
    x = relu(state["classifier.1.weight"] @ x + state["classifier.1.bias"])
    x = relu(state["classifier.4.weight"] @ x + state["classifier.4.bias"])
    return features, state["classifier.6.weight"] @ x + state["classifier.6.bias"]


def wideresnet18(state: dict[str, np.ndarray], image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means of the last maps, float64 (512,), and logits (365,)."""

    def normalised(x, name):
        scale = state[f"{name}.weight"] / np.sqrt(state[f"{name}.running_var"] + 1e-5)
        shift = state[f"{name}.bias"] - state[f"{name}.running_mean"] * scale
        return x * scale[:, None, None] + shift[:, None, None]

    x = relu(normalised(convolution(photo(image), state["conv1.weight"], None, 2, 3), "bn1"))
    for stage in (1, 2, 3, 4):
        for block in (0, 1):
            name, stride = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            y = relu(normalised(convolution(x, state[f"{name}.conv1.weight"], None, stride, 1), f"{name}.bn1"))
            y = normalised(convolution(y, state[f"{name}.conv2.weight"], None, 1, 1), f"{name}.bn2")
            if stride == 2:
                x = normalised(convolution(x, state[f"{name}.downsample.0.weight"], None, 2), f"{name}.downsample.1")
            x = relu(x + y)
    assert x.shape == (512, 14, 14)
    features = x.mean(axis=(1, 2))
    return features, state["fc.weight"] @ features + state["fc.bias"]


def random_alexnet(seed: int = 0) -> dict[str, np.ndarray]:
    """float32 weights whose signal neither fades nor grows."""
    random = np.random.default_rng(seed)
    shapes = {
        "features.0": (64, 3, 11, 11),
        "features.3": (192, 64, 5, 5),
        "features.6": (384, 192, 3, 3),
        "features.8": (256, 384, 3, 3),
        "features.10": (256, 256, 3, 3),
        "classifier.1": (4096, 9216),
        "classifier.4": (4096, 4096),
        "classifier.6": (365, 4096),
    }
    state = {}
    for name, shape in shapes.items():
        state[f"{name}.weight"] = _he(random, shape)
        state[f"{name}.bias"] = random.normal(0, 0.1, shape[0]).astype("f4")
    return state


def random_wideresnet18(seed: int = 0) -> dict[str, np.ndarray]:
    """The same, with running averages as after a training."""
    random = np.random.default_rng(seed)
    state = {"conv1.weight": _he(random, (64, 3, 7, 7))} | _normalisation(random, "bn1", 64)
    for stage, width in enumerate((64, 128, 256, 512), 1):
        for block in (0, 1):
            name, before = f"layer{stage}.{block}", width if block or stage == 1 else width // 2
            state[f"{name}.conv1.weight"] = _he(random, (width, before, 3, 3))
            state |= _normalisation(random, f"{name}.bn1", width)
            state[f"{name}.conv2.weight"] = _he(random, (width, width, 3, 3))
            state |= _normalisation(random, f"{name}.bn2", width)
            if before != width:
                state[f"{name}.downsample.0.weight"] = _he(random, (width, before, 1, 1))
                state |= _normalisation(random, f"{name}.downsample.1", width)
    return state | {"fc.weight": _he(random, (365, 512)), "fc.bias": random.normal(0, 0.1, 365).astype("f4")}


def _he(random, shape) -> np.ndarray:
    return random.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape).astype("f4")


def _normalisation(random, name: str, width: int) -> dict[str, np.ndarray]:
    return {
        f"{name}.weight": random.uniform(0.5, 1, width).astype("f4"),
        f"{name}.bias": random.normal(0, 0.1, width).astype("f4"),
        f"{name}.running_mean": random.normal(0, 0.1, width).astype("f4"),
        f"{name}.running_var": random.uniform(0.5, 2, width).astype("f4"),
    }
