"""Optimisers and learning-rate schedules by name."""

import dataclasses

import keras

from fer_tf.errors import InputError

OPTIMIZERS = ("adamw", "adam", "amsgrad", "sgd")
SCHEDULES = ("cosine", "plateau", "constant")


@dataclasses.dataclass(frozen=True)
class OptimizerOptions:
    """How weights are updated.

    Attributes:
        optimizer: one of ``OPTIMIZERS``; ``sgd`` has Nesterov momentum 0.9.
        learning_rate: highest rate.
        schedule: ``cosine`` falls to 0 at the last step; ``plateau`` divides by ten when
            the validation score has not risen for ``plateau_patience`` epochs; ``constant``.
        warmup_epochs: with ``cosine``: epochs, whole or part, over which the rate rises from 0.
        weight_decay: decoupled, not on biases and normalisation; adamw and sgd only.
        ema_momentum: of the running average of the weights, which is what is validated
            and kept; 0 switches it off.
        plateau_patience: epochs.
        gradient_clip: largest norm of all gradients together; 0 is no limit.
    """

    optimizer: str = "adamw"
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    warmup_epochs: float = 0.5
    weight_decay: float = 0.01
    ema_momentum: float = 0.999
    plateau_patience: int = 2
    gradient_clip: float = 0.0

    def __post_init__(self):
        if self.optimizer not in OPTIMIZERS:
            raise InputError(f"optimizer is {self.optimizer!r}: choose one of {', '.join(OPTIMIZERS)}")
        if self.schedule not in SCHEDULES:
            raise InputError(f"schedule is {self.schedule!r}: choose one of {', '.join(SCHEDULES)}")
        if not 0 < self.learning_rate <= 10:
            raise InputError(f"learning_rate is {self.learning_rate}: it must lie above 0 and at most at 10")
        if self.plateau_patience < 1:
            raise InputError(f"plateau_patience is {self.plateau_patience}: it must be at least 1")
        for name in ("warmup_epochs", "weight_decay", "gradient_clip"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} is {getattr(self, name)}: it must not be negative")
        if not 0 <= self.ema_momentum < 1:
            raise InputError(f"ema_momentum is {self.ema_momentum}: it must lie in 0..1, 1 excluded")


def make_optimizer(options: OptimizerOptions, steps_per_epoch: int, epochs: int) -> keras.optimizers.Optimizer:
    """Builds the optimiser with its schedule and weight average."""
    common = {
        "learning_rate": _rate(options, steps_per_epoch, epochs),
        "use_ema": options.ema_momentum > 0,
        "global_clipnorm": options.gradient_clip or None,
    }
    if options.ema_momentum:
        common["ema_momentum"] = options.ema_momentum
    decay = options.weight_decay or None
    if options.optimizer == "adamw":
        optimizer = keras.optimizers.AdamW(weight_decay=options.weight_decay, **common)
    elif options.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(momentum=0.9, nesterov=True, weight_decay=decay, **common)
    else:
        optimizer = keras.optimizers.Adam(amsgrad=options.optimizer == "amsgrad", **common)
    if optimizer.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def plateau_rate(options: OptimizerOptions, scores: list[float]) -> float:
    """Learning rate after the epochs with these validation scores (higher is better).

    A function of the history alone, so that a resumed run finds its place again.
    """
    rate, best, waited = options.learning_rate, float("-inf"), 0
    for score in scores:
        waited = 0 if score > best else waited + 1
        best = max(best, score)
        if waited >= options.plateau_patience:
            rate, waited = rate / 10, 0
    return rate


def _rate(options: OptimizerOptions, steps_per_epoch: int, epochs: int):
    warmup = round(options.warmup_epochs * steps_per_epoch)
    if options.schedule != "cosine":
        # The callback sets it; a schedule object could not be changed from outside.
        return options.learning_rate
    decay = max(1, steps_per_epoch * epochs - warmup)
    if not warmup:
        return keras.optimizers.schedules.CosineDecay(options.learning_rate, decay)
    return keras.optimizers.schedules.CosineDecay(0.0, decay, warmup_target=options.learning_rate, warmup_steps=warmup)
