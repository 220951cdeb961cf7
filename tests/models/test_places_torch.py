"""The place networks answer as torch's do, and files that torch itself wrote are read.

Needs torch, of the extra [diffusion]; ``make test-diffusion`` installs it and runs this file.
"""

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra [diffusion]: make test-diffusion", exc_type=ImportError)

import torch
from torch import nn

from fer_tf.errors import InputError
from fer_tf.models.alexnet_places import alexnet_places
from fer_tf.models.torch_file.reading import read_state_dict
from fer_tf.models.wideresnet_places import wideresnet_places
from tests.models.numpy_networks import random_alexnet, random_wideresnet18

pytestmark = pytest.mark.filterwarnings("ignore")
torch.set_num_threads(1)

IMAGES = np.random.default_rng(1).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
MEAN, DEVIATION = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
FORMS = pytest.mark.parametrize("zipped", [True, False])


def photos(images: np.ndarray) -> torch.Tensor:
    return ((torch.from_numpy(images) / 255 - MEAN) / DEVIATION).permute(0, 3, 1, 2)


class AlexNet(nn.Module):
    """As torchvision has it, which Places365 trained."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(192, 384, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(384, 256, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)),
        )
        self.classifier = nn.Sequential(
            *(nn.Dropout(), nn.Linear(256 * 6 * 6, 4096), nn.ReLU()),
            *(nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 365)),
        )

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class Block(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + (self.downsample(x) if hasattr(self, "downsample") else x)).relu()


class WideResNet18(nn.Module):
    """ResNet-18 whose first pooling is left out: the last map has 14x14 pixels."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(Block(64, 64, 1), Block(64, 64, 1))
        self.layer2 = nn.Sequential(Block(64, 128, 2), Block(128, 128, 1))
        self.layer3 = nn.Sequential(Block(128, 256, 2), Block(256, 256, 1))
        self.layer4 = nn.Sequential(Block(256, 512, 2), Block(512, 512, 1))
        self.avgpool = nn.AvgPool2d(14)
        self.fc = nn.Linear(512, 365)

    def features(self, x):
        x = self.bn1(self.conv1(x)).relu()
        return self.avgpool(self.layer4(self.layer3(self.layer2(self.layer1(x))))).flatten(1)

    def forward(self, x):
        return self.fc(self.features(x))


def filled(network: nn.Module, state: dict[str, np.ndarray]) -> nn.Module:
    missing = network.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()}, strict=False)
    assert not missing.unexpected_keys
    assert all(name.endswith("num_batches_tracked") for name in missing.missing_keys)
    return network.eval()


@pytest.fixture(scope="module")
def alexnet():
    return filled(AlexNet(), random_alexnet())


def save(network: nn.Module, path, zipped: bool) -> str:
    checkpoint = {"epoch": 90, "arch": "alexnet", "state_dict": network.state_dict(), "best_prec1": 53.17}
    torch.save(checkpoint, path, _use_new_zipfile_serialization=zipped)
    return str(path)


def difference(ours: np.ndarray, theirs: torch.Tensor) -> float:
    return float(np.abs(ours - theirs.detach().numpy()).max())


@FORMS
def test_alexnet_agrees_with_torch(alexnet, tmp_path, zipped):
    parallel = AlexNet()
    parallel.load_state_dict(alexnet.state_dict())
    parallel.features = nn.DataParallel(parallel.features)  # as it was trained: features.module.0
    path = save(parallel, tmp_path / "alexnet_places365.pth.tar", zipped)
    logits = alexnet_places(weights=path).predict(IMAGES, verbose=0)
    expected = alexnet(photos(IMAGES))
    found = difference(logits, expected)
    print(f"AlexNet, zipped={zipped}: logits differ by at most {found:.2e}, they reach {expected.abs().max():.2f}")
    assert found < 1e-4
    features = alexnet_places(weights=path, top=False).predict(IMAGES, verbose=0)
    theirs = alexnet.features(photos(IMAGES)).permute(0, 2, 3, 1).flatten(1)
    print(f"features differ by at most {difference(features, theirs):.2e}, they reach {theirs.max():.2f}")
    assert difference(features, theirs) < 1e-4


@FORMS
def test_wideresnet18_agrees_with_torch(tmp_path, zipped):
    network = filled(WideResNet18(), random_wideresnet18())
    path = save(nn.DataParallel(network), tmp_path / "wideresnet18_places365.pth.tar", zipped)
    model = wideresnet_places(weights=path)
    logits = model.predict(IMAGES, verbose=0)
    expected = network(photos(IMAGES))
    print(f"WideResNet18, zipped={zipped}: {difference(logits, expected):.2e}, up to {expected.abs().max():.2f}")
    assert difference(logits, expected) < 1e-4
    features = wideresnet_places(weights=path, top=False).predict(IMAGES, verbose=0)
    assert difference(features, network.features(photos(IMAGES))) < 1e-4


@FORMS
@pytest.mark.parametrize("protocol", [2, 4])
def test_all_that_a_state_dict_may_hold_is_read(tmp_path, zipped, protocol):
    whole = torch.arange(24.0).reshape(2, 3, 4)
    state = {
        "whole": whole,
        "turned": whole.permute(2, 0, 1),
        "part": whole[1, :, ::2],
        "one": torch.tensor(7),
        "half": torch.ones(3).half(),
        "double": torch.rand(2, 2).double(),
        "bytes": torch.arange(5).byte(),
        "yes": torch.tensor([True, False]),
        "parameter": nn.Parameter(torch.rand(3)),
    }
    options = {"_use_new_zipfile_serialization": zipped, "pickle_protocol": protocol}
    torch.save(state, tmp_path / "a.pth", **options)
    found = read_state_dict(tmp_path / "a.pth")
    assert list(found) == list(state)
    for name, array in found.items():
        np.testing.assert_array_equal(array, state[name].detach().numpy())
        assert array.dtype == state[name].detach().numpy().dtype


@FORMS
def test_what_is_more_than_tensors_is_refused(tmp_path, zipped):
    path = tmp_path / "a.pth"
    for value, message in (
        (nn.Linear(2, 2), r"asks for torch\.nn\.modules\.linear\.Linear|a whole model with its code"),
        ({"a": torch.ones(2, dtype=torch.bfloat16)}, r"asks for torch\.BFloat16Storage"),
        ({"a": torch.ones(2).expand(9, 2)}, r"a tensor of shape \(9, 2\) in a storage of 2 numbers"),
    ):
        torch.save(value, path, _use_new_zipfile_serialization=zipped)
        with pytest.raises(InputError, match=message):
            read_state_dict(path)
