"""Everything that decides how a training comes out."""

import dataclasses

from fer_tf.data.action_units import ActionUnitOptions
from fer_tf.data.augment import AugmentOptions
from fer_tf.data.mixing import MixingOptions
from fer_tf.data.options import InputOptions
from fer_tf.data.targets import TargetOptions
from fer_tf.errors import InputError
from fer_tf.training.mitigation.options import MitigationOptions
from fer_tf.training.optimizers import OptimizerOptions
from fer_tf.training.tasks import MONITORS

AUTO = "auto"
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


@dataclasses.dataclass(frozen=True)
class FitOptions:
    """Length and manner of a training.

    Attributes:
        epochs: passes over the training images.
        train_split: what to train on: ``train``, or a slice of it such as ``train[:1000]``; never the test split.
        validation_dataset: dataset whose ``validation_split`` judges; empty: what is trained on.
        validation_split: split that early stopping and the choice of the best epoch see;
            never the test split.
        monitor: validation score that decides: ``auto`` is val_accuracy for emotions and
            val_macro_f1 for action units; or one of ``tasks.MONITORS`` that the task has.
        early_stopping_patience: epochs without a better score before stopping; 0 never.
        precision: of the computation, one of ``PRECISIONS``.
        jit_compile: compile the step with XLA; slower on CPUs for MobileNetV2.
        augment_on: ``host`` or ``device``.
        augment_backend: ``tensorflow`` or ``keras_cv``.
        cache_features: folder where the features of a frozen backbone are kept; they are computed once,
            without augmentation, and the head is trained on them. Empty: images, augmented.
        verbose: 1 shows a progress bar, 0 one line an epoch.
    """

    epochs: int = 10
    train_split: str = "train"
    validation_dataset: str = ""
    validation_split: str = "validation"
    monitor: str = AUTO
    early_stopping_patience: int = 0
    precision: str = "float32"
    jit_compile: bool = False
    augment_on: str = "host"
    augment_backend: str = "tensorflow"
    cache_features: str = ""
    verbose: int = 1

    def __post_init__(self):
        if self.epochs < 1:
            raise InputError(f"epochs is {self.epochs}: it must be at least 1")
        if "test" in self.validation_split:
            raise InputError(
                f"validation_split is {self.validation_split!r}: choosing the best epoch on test would spoil the score"
            )
        if self.train_split.split("[")[0] != "train" or "+" in self.train_split:
            raise InputError(
                f"train_split is {self.train_split!r}: expected train or a slice of it such as train[:1000], "
                "other images would spoil the scores"
            )
        if self.early_stopping_patience < 0:
            raise InputError(f"early_stopping_patience is {self.early_stopping_patience}: it must not be negative")
        if self.monitor not in (AUTO, *MONITORS):
            raise InputError(f"monitor is {self.monitor!r}: choose one of {', '.join(MONITORS)}")
        if self.precision not in PRECISIONS:
            raise InputError(f"precision is {self.precision!r}: choose one of {', '.join(PRECISIONS)}")
        if self.augment_on not in ("host", "device"):
            raise InputError(f"augment_on is {self.augment_on!r}: choose host or device")
        if self.cache_features and (self.precision != "float32" or self.augment_on == "device"):
            raise InputError("cache_features goes with precision=float32 and augment_on=host: leave one out")


@dataclasses.dataclass(frozen=True)
class Experiment:
    """All options of a training, but the seed; ``model`` holds ``name`` and its options."""

    model: dict[str, object]
    inputs: InputOptions
    targets: TargetOptions | ActionUnitOptions
    augment: AugmentOptions
    optimizer: OptimizerOptions
    fit: FitOptions
    mixing: MixingOptions = dataclasses.field(default_factory=MixingOptions)
    mitigation: MitigationOptions = dataclasses.field(default_factory=MitigationOptions)
