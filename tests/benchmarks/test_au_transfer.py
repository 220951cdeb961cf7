import numpy as np
import pytest

from benchmarks.au_transfer import auc_interval, read_units
from fer_tf.errors import InputError
from fer_tf.models.registry import build


def test_the_interval_of_an_auc_holds_it_and_narrows_with_more_images():
    random = np.random.default_rng(0)
    widths = []
    for count in (200, 3200):
        truth = random.random(count) < 0.3
        value, (low, high) = auc_interval(truth, truth + random.normal(size=count))
        assert low < value < high
        widths.append(high - low)
        exact = np.mean([a > b for a in (truth + 0.0)[truth] for b in (truth + 0.0)[~truth]])
        assert exact == auc_interval(truth, truth.astype(float))[0] == 1
    assert widths[1] == pytest.approx(widths[0] / 4, rel=0.4)


def test_a_model_of_other_units_is_refused():
    model = build("vgg_au", image_size=32, weights="none", alpha=0.05, head_width=0.005, outputs=3)
    with pytest.raises(InputError, match="model vgg_au has 3 outputs for 2 action units"):
        read_units(model, (12, 25), "nowhere", "test", 0.0)
