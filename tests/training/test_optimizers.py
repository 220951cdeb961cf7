import keras
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.training.optimizers import OptimizerOptions, make_optimizer, plateau_rate


def test_cosine_warms_up_and_ends_at_zero():
    optimizer = make_optimizer(OptimizerOptions(learning_rate=0.1, warmup_epochs=1), steps_per_epoch=10, epochs=5)
    rates = [float(optimizer._learning_rate(step)) for step in (0, 5, 10, 30, 50)]
    assert rates == pytest.approx([0, 0.05, 0.1, 0.05, 0], abs=1e-6)


def test_plateau_divides_after_patience():
    options = OptimizerOptions(learning_rate=1.0, schedule="plateau", plateau_patience=2)
    assert plateau_rate(options, []) == 1.0
    assert plateau_rate(options, [0.5, 0.4]) == 1.0
    assert plateau_rate(options, [0.5, 0.4, 0.5]) == pytest.approx(0.1)
    assert plateau_rate(options, [0.5, 0.4, 0.5, 0.6, 0.5, 0.5]) == pytest.approx(0.01)


@pytest.mark.parametrize("name", ["adamw", "adam", "amsgrad", "sgd"])
def test_every_optimizer_lowers_a_loss(name):
    optimizer = make_optimizer(OptimizerOptions(optimizer=name, learning_rate=0.05, schedule="constant"), 1, 1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer, "mse")
    data, truth = np.eye(2, dtype=np.float32), np.array([[1.0], [2.0]], np.float32)
    before = model.evaluate(data, truth, verbose=0)
    model.fit(data, truth, epochs=20, verbose=0)
    assert model.evaluate(data, truth, verbose=0) < before


def test_biases_and_normalisation_do_not_decay():
    optimizer = make_optimizer(OptimizerOptions(weight_decay=0.1), 1, 1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1), keras.layers.BatchNormalization()])
    optimizer.build(model.trainable_variables)
    decays = {v.path.split("/")[-1]: optimizer._use_weight_decay(v) for v in model.trainable_variables}
    assert decays == {"kernel": True, "bias": False, "gamma": False, "beta": False}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"optimizer": "lion"}, "optimizer is 'lion': choose one of adamw"),
        ({"schedule": "step"}, "schedule is 'step': choose one of cosine"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0"),
        ({"ema_momentum": 1.0}, "ema_momentum is 1.0"),
        ({"plateau_patience": 0}, "plateau_patience is 0: it must be at least 1"),
        ({"gradient_clip": -1.0}, "gradient_clip is -1.0: it must not be negative"),
        ({"warmup_epochs": -1.0}, "warmup_epochs is -1.0: it must not be negative"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        OptimizerOptions(**options)
