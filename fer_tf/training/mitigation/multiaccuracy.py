"""Multiaccuracy: correcting a finished model where an auditor finds that it errs.

After Kim, Ghorbani and Zou 2019, "Multiaccuracy: black-box post-processing for fairness in classification", algorithm
1. An auditor looks for a function of what the model sees in an image that goes with the model's errors; where it finds
one, probabilities are moved against it, and so on until it finds none. Nobody needs to say which group an image is of.
The paper has two classes; here each emotion is one against the rest. It takes the auditor with the largest E[h (f - y)]
on fresh images; here it is the one that most standard errors of people support, on the other half of the same images.
"""

import dataclasses
from collections.abc import Sequence

import keras
import numpy as np

from fer_tf.data.load import qualified
from fer_tf.data.options import InputOptions
from fer_tf.errors import InputError
from fer_tf.evaluation.bootstrap import subject_numbers
from fer_tf.evaluation.predictions import Predictions, from_columns
from fer_tf.evaluation.run import predict_logits
from fer_tf.models.outputs import softmax

EVERYWHERE, SAID, NOT_SAID = "everywhere", "said", "not said"
# In standard errors. The best of 21 auditors is taken: of two, chance alone would pass four times in ten.
_LEAST_SUPPORT = 3.0


@dataclasses.dataclass(frozen=True)
class Step:
    """One correction.

    Attributes:
        emotion: whose probability is moved.
        where: on all images, on those of which the uncorrected model says this emotion, or on the others.
        weights: (F + 1,), of the auditor's linear function of the features, the constant last.
    """

    emotion: int
    where: str
    weights: np.ndarray


@dataclasses.dataclass(frozen=True)
class Correction:
    """What an audit came to.

    Attributes:
        mean: (F,) of the features, subtracted from them.
        scale: (F,), by which they are divided.
        rate: factor of each step on the logit.
        steps: in their order.
    """

    mean: np.ndarray
    scale: np.ndarray
    rate: float
    steps: tuple[Step, ...]

    def __call__(self, logits: np.ndarray, features: np.ndarray) -> np.ndarray:
        """Corrected logits.

        Args:
            logits: (N, 7).
            features: (N, F).
        """
        design = _design(features, self.mean, self.scale)
        logits = np.array(logits, np.float64)
        said = logits.argmax(axis=1)
        for step in self.steps:
            _take(logits, said, design, step, self.rate)
        return logits


def audit(
    logits: np.ndarray,
    features: np.ndarray,
    truth: np.ndarray,
    subjects: Sequence[str],
    *,
    rate: float = 1.0,
    most: int = 200,
    ridge: float = 1.0,
    seed: int = 0,
) -> Correction:
    """Looks for errors on held-out images, and how to correct them.

    The auditor is a ridge regression of an emotion's error p - y on the features. It learns on one half of the people
    and counts only if on the other half what it says goes with the error too, by more than three standard errors;
    halves change roles after each step. The step taken is the one that the other half supports most.

    Args:
        logits: (N, 7), of a model that has not seen these images.
        features: (N, F), what it saw in them.
        truth: int (N,).
        subjects: (N,), the same person is in one half only; ``""`` where unknown.
        rate: factor of a step, eta in the paper.
        most: steps at most.
        ridge: penalty on the auditor's weights, in images.
        seed: of the halves.

    Returns:
        the correction, without steps if nothing is found.

    Raises:
        InputError: too few images.
    """
    if len(truth) < 40:
        raise InputError(f"multiaccuracy has {len(truth)} images to audit: it needs at least 40 with a label")
    features = np.asarray(features, np.float64)
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    design, logits = _design(features, mean, scale), np.array(logits, np.float64)
    wanted = np.eye(logits.shape[1])[truth]
    person, said, steps = _people(subjects), logits.argmax(axis=1), []
    halves = _halves(person, seed)
    while len(steps) < most:
        errors = softmax(logits) - wanted
        learn, check = halves[:: 1 if len(steps) % 2 else -1]
        found = [
            (support, Step(emotion, where, weights))
            for emotion in range(logits.shape[1])
            for where, member in _places(said, emotion)
            for weights, support in [
                _auditor(design, errors[:, emotion], learn & member, check & member, ridge, person)
            ]
        ]
        support, step = max(found, key=lambda pair: pair[0])
        if support <= _LEAST_SUPPORT:
            break
        steps.append(step)
        _take(logits, said, design, step, rate)
    return Correction(mean, scale, rate, tuple(steps))


def predict_corrected(
    model: keras.Model,
    validation: tuple[InputOptions, str],
    scored: tuple[InputOptions, str],
    verbose: int = 0,
    *,
    mirror: bool = False,
) -> tuple[Predictions, Correction]:
    """Audits a model on validation images and corrects what it says of others.

    Args:
        model: images to logits.
        validation: dataset and split that the model was not trained on.
        scored: dataset and split to predict.
        verbose: 1 shows progress bars.
        mirror: see ``evaluation.run.predict_logits``.

    Raises:
        InputError: both are the same images, or share people.
    """
    if (validation[0].dataset, validation[1]) == (scored[0].dataset, scored[1]):
        raise InputError(
            f"multiaccuracy learns from {validation[0].dataset}, {validation[1]}, the images to be scored: its score "
            "on them would say nothing of others, choose another split"
        )
    wide, count = with_features(model)
    outputs, columns = predict_logits(wide, *validation, verbose, mirror=mirror)
    correction = audit(outputs[:, :count], outputs[:, count:], columns["emotion"], columns["subject_id"])
    audited = qualified(validation[0].dataset, columns["subject_id"])
    outputs, columns = predict_logits(wide, *scored, verbose, mirror=mirror)
    if shared := sorted(audited & qualified(scored[0].dataset, columns["subject_id"])):
        raise InputError(
            f"{len(shared)} subjects are in what multiaccuracy learns from and in {scored[1]}, such as {shared[0]}: "
            "choose splits by subject"
        )
    corrected = correction(outputs[:, :count], outputs[:, count:])
    return from_columns(columns, softmax(corrected)), correction


def with_features(model: keras.Model) -> tuple[keras.Model, int]:
    """The model with the input of its last connected layer appended to its logits.

    Args:
        model: functional, images to logits.

    Returns:
        model of images to (B, logits + F), and how many of them are logits.

    Raises:
        InputError: it has no connected layer.
    """
    for layer in reversed(model.layers):
        if isinstance(layer, keras.layers.Dense):
            joined = keras.layers.Concatenate(dtype="float32", name="logits_and_features")([model.output, layer.input])
            return keras.Model(model.input, joined, name=model.name), model.output_shape[-1]
    raise InputError(f"model {model.name} has no connected layer whose input could be audited")


def _auditor(design, errors, learn, check, ridge, person) -> tuple[np.ndarray, float]:
    """Weights learnt on one half, and by how many standard errors, of people, the other half supports them."""
    if learn.sum() < 20 or check.sum() < 20:
        return np.zeros(design.shape[1]), 0.0
    x = design[learn]
    penalty = ridge * np.eye(x.shape[1])
    penalty[-1, -1] = 0  # the constant is free
    weights = np.linalg.solve(x.T @ x + penalty + 1e-9 * np.eye(x.shape[1]), x.T @ errors[learn])
    products = np.bincount(person[check], (design[check] @ weights) * errors[check])
    products = products[np.bincount(person[check]) > 0]
    spread = products.std(ddof=1) * np.sqrt(len(products)) if len(products) > 1 else 0.0
    return weights, float(products.sum() / spread) if spread > 0 else 0.0


def _take(logits: np.ndarray, said: np.ndarray, design: np.ndarray, step: Step, rate: float) -> None:
    member = dict(_places(said, step.emotion))[step.where]
    logits[member, step.emotion] -= rate * (design[member] @ step.weights)


def _places(said: np.ndarray, emotion: int) -> list[tuple[str, np.ndarray]]:
    return [(EVERYWHERE, np.ones(len(said), bool)), (SAID, said == emotion), (NOT_SAID, said != emotion)]


def _design(features: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return np.c_[(features - mean) / scale, np.ones(len(features))]


def _people(subjects: Sequence[str]) -> np.ndarray:
    """Number of each image's person, int (N,); images of unknown people are people of their own."""
    return subject_numbers(np.asarray(subjects))[0]


def _halves(person: np.ndarray, seed: int) -> list[np.ndarray]:
    """Two halves, bool (N,), of the people."""
    first = np.random.default_rng(seed).permutation(person.max() + 1) % 2 == 0
    return [first[person], ~first[person]]
