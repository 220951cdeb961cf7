"""Do our rules say the same as others' do?

    python -m benchmarks.lrp_agreement --record=results/lrp_agreement.json

Against a slow implementation in NumPy (``tests/explain/slow_lrp.py``), where each layer is a matrix and each rule its
formula; against iNNvestigate and zennit on VGG16 with the same random weights, for every rule and composite that both
have. Printed and recorded is the worst over rules: the largest error relative to the largest relevance, and the lowest
correlation of two heatmaps, pixel by pixel.
"""

import time

import numpy as np
from absl import flags

from fer_tf.commandline import command_line, refuse_arguments, run_main

FLAGS = flags.FLAGS
TARGET = 3


def numpy_errors(networks: int = 3) -> dict[str, float]:
    """Largest error of each rule, over networks with other weights, images, targets and layers."""
    from fer_tf.explain.lrp import Composite, Lrp
    from fer_tf.explain.lrp.rules import AlphaBeta, Epsilon, Flat, Gamma, WSquare, ZBox
    from fer_tf.explain.lrp.steps import SumBySign
    from tests.explain import slow_lrp as slow

    rules = {
        "zero": (Epsilon(0), slow.epsilon_rule(0)),
        "epsilon": (Epsilon(0.25), slow.epsilon_rule(0.25)),
        "gamma": (Gamma(0.25), slow.gamma_rule(0.25)),
        "alpha1_beta0": (AlphaBeta(1, 0), slow.alpha_beta_rule(1, 0)),
        "alpha2_beta1": (AlphaBeta(2, 1), slow.alpha_beta_rule(2, 1)),
        "flat": (Flat(), slow.flat_rule()),
        "w_square": (WSquare(), slow.w_square_rule()),
        "z_box": (ZBox(), slow.box_rule()),
    }
    errors = dict.fromkeys(rules, 0.0)
    for seed in range(networks):
        image = np.random.default_rng(seed).uniform(0, 255, (1, 8, 8, 3)).astype(np.float32)
        for network in (slow.plain_network(), slow.residual_network()):
            model = slow.keras_model(network, seed=seed)
            for name, (rule, formula) in rules.items():
                if name == "z_box":  # for the first layer only; what follows is epsilon
                    composite = Composite(rule, *[Epsilon(0.25)] * 3, SumBySign())
                    formulas = dict.fromkeys(("convolution", "depthwise", "dense"), slow.epsilon_rule(0.25))
                else:
                    composite = Composite(*[rule] * 4, SumBySign())
                    formulas = dict.fromkeys(("convolution", "depthwise", "dense"), formula)
                ours = Lrp(model, composite)(image, [0, 1, 2])[0]
                for target in range(3):
                    wanted = slow.relevance(network, model, image[0], target, formulas | {"first": formula})
                    # Of a network that says nothing, all relevance is zero, and ours must be.
                    error = np.abs(ours[target] - wanted).max() / max(np.abs(wanted).max(), 1e-12)
                    errors[name] = max(errors[name], float(error))
    return errors


def correlations(size: int, images: int, zennit_python: str) -> tuple[dict[str, float], dict[str, float]]:
    """Correlation of our heatmaps with iNNvestigate's and with zennit's, lowest over images, by method."""
    from benchmarks.lrp_rivals import pictures, vgg16, zennit
    from fer_tf.explain.innvestigate import METHODS, Innvestigate
    from fer_tf.explain.lrp import COMPOSITES, Composite, Lrp
    from fer_tf.explain.lrp.rules import AlphaBeta, Epsilon, Flat, Gamma, WSquare

    model, shown = vgg16(size), pictures(images, size)
    single = {
        "zero": Epsilon(0),
        "alpha1_beta0": AlphaBeta(1, 0),
        "alpha2_beta1": AlphaBeta(2, 1),
        "flat": Flat(),
        "w_square": WSquare(),
    }
    theirs = {"epsilon": "rule_epsilon", "gamma": "rule_gamma", "alpha1_beta0": "rule_z_plus"}
    theirs |= {name: f"rule_{name}" for name in ("alpha2_beta1", "flat", "w_square")}
    ours = {
        name: Lrp(model, composite)(shown, [TARGET])[:, 0]
        for name, composite in COMPOSITES.items()
        if name != "residual"
    }
    ours |= {name: Lrp(model, Composite(rule, rule, rule))(shown, [TARGET])[:, 0] for name, rule in single.items()}
    ours["gamma"] = Lrp(model, Composite(Gamma(0.25), Gamma(0.25), Gamma(0.25)))(shown, [TARGET])[:, 0]
    of_innvestigate = {}
    for name in METHODS:
        with Innvestigate(model, name) as analyser:
            of_innvestigate[name] = lowest(ours[name], analyser(shown, [TARGET])[:, 0])
            print(f"innvestigate {name:<28}{of_innvestigate[name]:.6f}", flush=True)
    methods = {name: theirs.get(name, name) for name in ours if name not in ("zero", "residual")}
    answers = zennit(model, shown, TARGET, sorted(set(methods.values())), python=zennit_python)
    of_zennit = {name: lowest(ours[name], answers[f"relevance_{method}"]) for name, method in methods.items()}
    for name, value in of_zennit.items():
        print(f"zennit       {name:<28}{value:.6f}")
    return of_innvestigate, of_zennit


def lowest(first: np.ndarray, second: np.ndarray) -> float:
    """Lowest correlation of two heatmaps of an image, over images (B, ...)."""
    pairs = zip(first.reshape(len(first), -1), second.reshape(len(second), -1), strict=True)
    return float(np.min([np.corrcoef(*pair)[0, 1] for pair in pairs]))  # NaN, of a constant map, stays


def main(arguments: list[str]) -> None:
    """Compares, prints, records."""
    refuse_arguments(arguments)
    from pathlib import Path

    from fer_tf.training.record import write_entry

    started = time.monotonic()
    errors = numpy_errors()
    for name, value in errors.items():
        print(f"numpy        {name:<28}{value:.2e}")
    of_innvestigate, of_zennit = correlations(FLAGS.image_size, FLAGS.images, FLAGS.zennit_python)
    metrics = {
        "numpy_error": max(errors.values()),
        "innvestigate_correlation": float(np.min(list(of_innvestigate.values()))),
        "zennit_correlation": float(np.min(list(of_zennit.values()))),
        **{f"numpy_error/{name}": value for name, value in errors.items()},
        **{f"innvestigate_correlation/{name}": value for name, value in of_innvestigate.items()},
        **{f"zennit_correlation/{name}": value for name, value in of_zennit.items()},
    }
    for name in ("numpy_error", "innvestigate_correlation", "zennit_correlation"):
        print(f"{name:<41}{metrics[name]:.8g}")
    if FLAGS.record:
        facts = {"command": command_line(), "dataset": "random pictures", "n": FLAGS.images}
        write_entry(Path(FLAGS.record), metrics, {}, **facts, duration_s=round(time.monotonic() - started, 1))


if __name__ == "__main__":
    flags.DEFINE_integer("image_size", 224, "side of VGG16's pictures", 32)
    flags.DEFINE_integer("images", 2, "pictures", 1)
    flags.DEFINE_string("zennit_python", "", "interpreter with torch and zennit; empty: this one")
    flags.DEFINE_string("record", None, "also write the ledger entry, such as results/lrp_agreement.json")
    run_main(main)
