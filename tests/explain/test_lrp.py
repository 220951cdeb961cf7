import subprocess
import sys

import keras
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.explain.lrp import COMPOSITES, Composite, Lrp
from fer_tf.explain.lrp.graph import MAPS, read_graph
from fer_tf.explain.lrp.rules import AlphaBeta, Epsilon, Flat, Gamma, WSquare, ZBox
from fer_tf.explain.lrp.steps import SumBySign, SumBySize
from fer_tf.models.registry import build
from tests.explain import slow_lrp as slow

RULES = {
    "epsilon": (Epsilon(1e-6), slow.epsilon_rule()),
    "epsilon 0.25": (Epsilon(0.25), slow.epsilon_rule(0.25)),
    "zero": (Epsilon(0), slow.epsilon_rule(0)),
    "gamma": (Gamma(0.25), slow.gamma_rule(0.25)),
    "z plus": (AlphaBeta(1, 0), slow.alpha_beta_rule(1, 0)),
    "alpha 2 beta 1": (AlphaBeta(2, 1), slow.alpha_beta_rule(2, 1)),
    "flat": (Flat(), slow.flat_rule()),
    "w square": (WSquare(), slow.w_square_rule()),
}
KINDS = ("convolution", "depthwise", "dense")
NETWORKS = {"plain": slow.plain_network(), "averages": slow.plain_network(pool="average")}
RESIDUAL = slow.residual_network()


def images(count=2, size=8, seed=1):
    return np.random.default_rng(seed).uniform(0, 255, (count, size, size, 3)).astype(np.float32)


def check_same(ours, network, model, rules, **options):
    for image, found in zip(images(), ours, strict=True):
        for target, part in enumerate(found):
            expected = slow.relevance(network, model, image, target, rules, **options)
            np.testing.assert_allclose(part, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("network", NETWORKS)
def test_rules_are_their_formulas(name, network):
    rule, formula = RULES[name]
    model = slow.keras_model(NETWORKS[network])
    ours = Lrp(model, Composite(rule, rule, rule))(images(), [0, 1, 2])
    check_same(ours, NETWORKS[network], model, dict.fromkeys(("first", *KINDS), formula))


@pytest.mark.parametrize("name", ["epsilon", "gamma", "z plus", "alpha 2 beta 1", "w square"])
def test_rules_with_batch_normalisation_depthwise_convolutions_and_sums(name):
    rule, formula = RULES[name]
    model = slow.keras_model(RESIDUAL)
    rules = dict.fromkeys(KINDS, formula) | {"first": slow.box_rule()}
    for adding, step in (("sign", SumBySign()), ("size", SumBySize())):
        ours = Lrp(model, Composite(ZBox(), rule, rule, rule, step))(images(), [0, 1, 2])
        check_same(ours, RESIDUAL, model, rules, adding=adding)


def test_a_maximum_can_be_divided_as_an_average():
    network = NETWORKS["plain"]
    model = slow.keras_model(network)
    rules = {kind: slow.epsilon_rule() for kind in ("first", *KINDS)}
    ours = Lrp(model, Composite(Epsilon(), Epsilon(), Epsilon(), maximum="average"))(images(), [0, 1, 2])
    check_same(ours, network, model, rules, maximum="average")


@pytest.mark.parametrize("composite", COMPOSITES)
@pytest.mark.parametrize("network", [NETWORKS["plain"], RESIDUAL], ids=["plain", "residual"])
def test_relevance_is_conserved_without_biases(composite, network):
    model = slow.keras_model(network, bias=False)
    kinds = {step[1] for step in network}
    if "add" in kinds and COMPOSITES[composite].addition is None:
        pytest.skip("refused, see below")
    if "alpha" in composite:
        pytest.skip("where nothing opposes, alpha 2 beta 1 doubles relevance")
    analyser = Lrp(model, composite, use_bias=False)
    logits = model.predict(images(), verbose=0)
    np.testing.assert_allclose(analyser.logits(images()), logits, atol=1e-5)
    np.testing.assert_allclose(analyser(images(), [0, 1, 2]).sum((2, 3, 4)), logits, rtol=1e-3)
    for sums in analyser.conservation(images(), [1]).values():
        np.testing.assert_allclose(sums, logits[:, 1], rtol=1e-3)


def test_without_biases_is_the_network_whose_biases_are_zero():
    with_bias, without = slow.keras_model(RESIDUAL, seed=3), slow.keras_model(RESIDUAL, seed=3)
    for layer in without.layers:
        for weight in layer.weights:
            if weight.path.endswith(("bias", "beta", "moving_mean")):
                weight.assign(np.zeros(weight.shape))
    wanted = Lrp(without, "residual")(images(), [2])
    np.testing.assert_allclose(Lrp(with_bias, "residual", use_bias=False)(images(), [2]), wanted, atol=1e-5)


def test_targets_of_each_image_and_of_all_are_the_same_and_batches_do_not_matter():
    analyser = Lrp(slow.keras_model(NETWORKS["plain"]), "epsilon_plus_flat")
    pictures = images(5)
    all_of_them = analyser(pictures, [0, 1, 2], batch_size=2)
    assert all_of_them.shape == (5, 3, 8, 8, 3)
    one_each = analyser(pictures, np.array([[2], [0], [1], [1], [0]]))
    picked = np.stack([all_of_them[image, target] for image, target in enumerate([2, 0, 1, 1, 0])])
    np.testing.assert_allclose(one_each[:, 0], picked, rtol=1e-4, atol=1e-7)


def test_positive_relevance_speaks_for_the_target_whatever_the_sign_of_its_logit():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.array([[1.0], [-1.0], [0.5]])])
    inputs = np.array([[1.0, 3.0, 1.0], [3.0, 1.0, 1.0]], np.float32)
    assert (model.predict(inputs, verbose=0)[:, 0] * [-1, 1] > 0).all()
    for composite in ("epsilon", "epsilon_plus"):
        dense_last = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3), keras.layers.ReLU(), *model.layers])
        dense_last.layers[0].set_weights([np.eye(3), np.zeros(3)])
        found = Lrp(dense_last, composite)(inputs, [0])[:, 0]
        np.testing.assert_allclose(found, inputs * [1.0, -1.0, 0.5], rtol=1e-4)


def test_weights_are_read_in_each_call():
    model = slow.keras_model(NETWORKS["plain"])
    analyser = Lrp(model)
    before = analyser(images(), [0])
    model.set_weights(slow.keras_model(NETWORKS["plain"], seed=9).get_weights())
    after = analyser(images(), [0])
    assert np.abs(after - before).max() > 0.01 * np.abs(before).max()
    np.testing.assert_allclose(after, Lrp(model)(images(), [0]))


def test_fused_activations_and_models_inside_models_are_the_same():
    inputs = keras.Input((8, 8, 3), name="image")
    x = keras.layers.Conv2D(4, 3, activation="relu", name="c1")(inputs)
    inner = keras.Sequential(
        [keras.Input((6, 6, 4)), keras.layers.Conv2D(3, 3, name="c2"), keras.layers.ReLU(), keras.layers.Flatten()]
    )
    model = keras.Model(inputs, keras.layers.Dense(2, name="logits")(keras.layers.Dropout(0.5)(inner(x))))
    x = keras.layers.ReLU()(keras.layers.Conv2D(4, 3, name="c1")(inputs))
    x = keras.layers.Flatten()(keras.layers.ReLU()(keras.layers.Conv2D(3, 3, name="c2")(x)))
    apart = keras.Model(inputs, keras.layers.Dense(2, name="logits")(x))
    apart.set_weights(model.get_weights())
    np.testing.assert_allclose(Lrp(model)(images(), [0, 1]), Lrp(apart)(images(), [0, 1]), rtol=1e-5, atol=1e-6)


def test_several_inputs_each_get_their_part():
    first, second = keras.Input((8, 8, 3), name="face"), keras.Input((4,), name="distances")
    flat = keras.layers.Flatten()(keras.layers.Conv2D(2, 3, activation="relu")(first))
    both = keras.layers.Concatenate()([flat, second])
    model = keras.Model([first, second], keras.layers.Dense(3)(both))
    numbers = np.random.default_rng(0).normal(size=(2, 4)).astype(np.float32)
    pictures, features = Lrp(model, "epsilon")([images(), numbers], [1])
    assert pictures.shape == (2, 1, 8, 8, 3)
    assert features.shape == (2, 1, 4)
    logits = model.predict([images(), numbers], verbose=0)[:, 1]
    np.testing.assert_allclose(pictures.sum((1, 2, 3, 4)) + features.sum((1, 2)), logits, rtol=1e-3)


@pytest.mark.parametrize("ending", ["fused", "layer"])
def test_a_softmax_is_taken_off_and_said_so(ending):
    plain = slow.keras_model(NETWORKS["plain"])
    x = plain.get_layer("r3").output
    if ending == "fused":
        ended = keras.Model(plain.input, keras.layers.Dense(3, activation="softmax")(x))
    else:
        ended = keras.Model(plain.input, keras.layers.Softmax()(keras.layers.Dense(3)(x)))
    ended.layers[-1 if ending == "fused" else -2].set_weights(plain.get_layer("logits").get_weights())
    with pytest.warns(UserWarning, match="relevance starts at its logits"):
        analyser = Lrp(ended)
    np.testing.assert_allclose(analyser(images(), [1]), Lrp(plain)(images(), [1]))


def test_a_constant_picture_is_explained_by_finite_numbers():
    model = slow.keras_model(NETWORKS["plain"])
    for value in (0.0, 255.0):
        for name in COMPOSITES:
            assert np.isfinite(Lrp(model, name)(np.full((1, 8, 8, 3), value), [0])).all()


def test_a_layer_without_rule_is_named_with_the_composites_that_have_one():
    with pytest.raises(InputError, match=r"layer 'deep' \(DepthwiseConv2D\).*composites that do: epsilon, .*residual"):
        Lrp(slow.keras_model(RESIDUAL), "epsilon_plus_flat")
    inputs = keras.Input((4,))
    gate = keras.layers.Multiply(name="gate")([inputs, inputs])
    with pytest.raises(InputError, match=r"layer 'gate' \(Multiply\): .*none of ours does"):
        Lrp(keras.Model(inputs, keras.layers.Dense(2)(gate)))
    grouped = keras.layers.Conv2D(4, 3, groups=2, name="grouped")(keras.Input((8, 8, 2), name="image"))
    model = keras.Model(grouped._keras_history.operation.input, keras.layers.Dense(2)(keras.layers.Flatten()(grouped)))
    with pytest.raises(InputError, match="layer 'grouped'"):
        Lrp(model)


@pytest.mark.parametrize(
    ("pictures", "targets", "message"),
    [
        (np.zeros((2, 9, 8, 3)), [0], r"input 'image': expected \(None, 8, 8, 3\), came \(2, 9, 8, 3\)"),
        (np.zeros((2, 8, 8, 3)), [3], "expected numbers from 0 to 2, at least one"),
        (np.zeros((2, 8, 8, 3)), [], "whole numbers|at least one"),
        (np.zeros((2, 8, 8, 3)), [0.5], "expected whole numbers"),
        (np.zeros((2, 8, 8, 3)), [[0], [1], [2]], r"expected whole numbers \(T,\) or \(2, T\)"),
        ([np.zeros((2, 8, 8, 3))] * 2, [0], "has the inputs image: 2 came"),
    ],
)
def test_wrong_input_is_refused(pictures, targets, message):
    with pytest.raises(InputError, match=message):
        Lrp(slow.keras_model(NETWORKS["plain"]))(pictures, targets)


def test_models_that_cannot_be_followed_are_refused():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(InputError, match="no functional Keras model"):
        Lrp(Own(name="own"))
    inputs = keras.Input((4,))
    with pytest.raises(InputError, match="2 outputs"):
        Lrp(keras.Model(inputs, [keras.layers.Dense(2)(inputs), keras.layers.Dense(2)(inputs)]))
    with pytest.raises(InputError, match="composite 'alpha' is unknown: choose one of epsilon"):
        Lrp(slow.keras_model(NETWORKS["plain"]), "alpha")
    with pytest.raises(InputError, match="choose one of winner, average"):
        Composite(Flat(), Flat(), Flat(), maximum="mean")


@pytest.mark.parametrize(
    ("name", "options", "composites"),
    [
        ("vgg_au", {"alpha": 0.1}, ["epsilon", "epsilon_plus_flat", "epsilon_gamma_box"]),
        ("mobilenet_au", {"alpha": 0.35, "margins": "0.1,0,0.1,0.1"}, ["epsilon_gamma_box", "residual"]),
    ],
)
def test_the_projects_networks_conserve_relevance_and_answer_as_keras_does(name, options, composites):
    model = slow.he_random(build(name, weights="none", image_size=64, head_width=0.02, **options))
    pictures = images(3, 64)
    answers = model.predict(pictures, verbose=0)
    np.testing.assert_allclose(Lrp(model, composites[0]).logits(pictures), answers, rtol=1e-3, atol=1e-4)
    for composite in composites:
        analyser = Lrp(model, composite, use_bias=False)
        logits = analyser.logits(pictures)
        targets = np.abs(logits).argmax(axis=1)
        found = analyser(pictures, targets[:, None])[:, 0].sum((1, 2, 3))
        np.testing.assert_allclose(found, np.take_along_axis(logits, targets[:, None], 1)[:, 0], rtol=1e-3)


def test_of_pictures_and_other_numbers_each_gets_the_rules_of_its_kind():
    first, second = keras.Input((8, 8, 3), name="face"), keras.Input((4,), name="distances")
    flat = keras.layers.Flatten()(keras.layers.Conv2D(2, 3, activation="relu", use_bias=False)(first))
    dense = keras.layers.Dense(5, activation="relu", use_bias=False)(second)
    both = keras.layers.Concatenate()([flat, dense])
    model = keras.Model([first, second], keras.layers.Dense(3, use_bias=False)(both))
    numbers = np.random.default_rng(0).normal(size=(2, 4)).astype(np.float32)
    pictures, features = Lrp(model, "residual")([images(), numbers], [1])
    logits = model.predict([images(), numbers], verbose=0)[:, 1]
    np.testing.assert_allclose(pictures.sum((1, 2, 3, 4)) + features.sum((1, 2)), logits, rtol=1e-3)
    assert (features[:, 0] * numbers != 0).any()


def test_what_looks_like_a_relu_or_a_sum_and_is_none():
    inputs = keras.Input((8, 8, 3), name="image")
    leaky = keras.layers.ReLU(negative_slope=0.3)(keras.layers.Conv2D(3, 3)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(leaky)))
    steps = [step for step in read_graph(model).steps if step.kind in MAPS]
    assert len(steps) == 2
    assert all(step.signed_input and step.signed_output for step in steps)
    for wrong in (keras.ops.add(inputs, 1.0), keras.layers.Activation("softmax")(inputs)):
        model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(wrong)))
        with pytest.raises(InputError, match="no rule of this composite covers it"):
            Lrp(model, "epsilon")


def test_explaining_leaves_keras_as_it_is():
    code = "import os, fer_tf.explain.methods; assert 'TF_USE_LEGACY_KERAS' not in os.environ"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
