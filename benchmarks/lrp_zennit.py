"""Relevance by zennit, in a process of its own: ``python benchmarks/lrp_zennit.py IN.npz OUT.npz``.

Anders et al. 2021, "Software for Dataset-wide XAI" (arXiv 2106.13200). It needs torch, which nothing else here does, so
any interpreter that has torch and zennit will do; this file imports nothing of the project. IN holds the layers of a
network in one row as JSON, its weights, images as they come into the first layer, target, methods and how often each is
timed; OUT gets ``relevance_METHOD``, ``seconds_METHOD`` and ``peak_bytes``.
"""

import json
import resource
import sys
import time

import numpy as np
import torch
from zennit.composites import (
    EpsilonAlpha2Beta1,
    EpsilonAlpha2Beta1Flat,
    EpsilonGammaBox,
    EpsilonPlus,
    EpsilonPlusFlat,
    LayerMapComposite,
)
from zennit.rules import AlphaBeta, Epsilon, Flat, Gamma, Pass, WSquare, ZBox, ZPlus
from zennit.types import Activation, Convolution, Linear

KERNELS = (Convolution, Linear)


def network(layers, weights):
    """The same network in torch, with weights in Keras's order."""
    weights, row, shape = iter(weights), [], None
    for layer in layers:
        if layer["kind"] == "Conv2D":
            kernel, bias = next(weights), next(weights)
            new = torch.nn.Conv2d(*kernel.shape[2:], kernel.shape[:2], layer["strides"], layer["padding"])
            new.weight.data = torch.tensor(kernel.transpose(3, 2, 0, 1)).contiguous()
        elif layer["kind"] == "Dense":
            kernel, bias = next(weights), next(weights)
            if shape:  # Keras flattens with channels last, torch with channels first
                kernel = kernel.reshape(*shape, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
            new, shape = torch.nn.Linear(*kernel.shape), None
            new.weight.data = torch.tensor(kernel.T).contiguous()
        elif layer["kind"] == "MaxPooling2D":
            row.append(torch.nn.MaxPool2d(layer["pool_size"], layer["strides"]))
            continue
        elif layer["kind"] == "Flatten":
            row.append(torch.nn.Flatten())
            shape = layer["shape"]
            continue
        else:
            raise ValueError(layer)
        new.bias.data = torch.tensor(bias)
        row.append(new)
        if layer.get("activation") == "relu":
            row.append(torch.nn.ReLU())
    return torch.nn.Sequential(*row).eval()


def composites(low, high):
    """Zennit's composites and single rules by our names."""
    low, high = (torch.tensor(value, dtype=torch.float32).reshape(1, 3, 1, 1) for value in (low, high))
    rules = {
        "rule_epsilon": Epsilon(1e-6),
        "rule_gamma": Gamma(0.25),
        "rule_z_plus": ZPlus(),
        "rule_alpha2_beta1": AlphaBeta(2, 1),
        "rule_flat": Flat(),
        "rule_w_square": WSquare(),
    }

    def everywhere(rule):
        # Without Pass a ReLU would hold back what the flat rules give to outputs of zero.
        return LayerMapComposite([(Activation, Pass()), (KERNELS, rule)])

    return {name: everywhere(rule) for name, rule in rules.items()} | {
        "epsilon": everywhere(Epsilon(1e-6)),
        "epsilon_plus": EpsilonPlus(),
        "epsilon_plus_flat": EpsilonPlusFlat(),
        "epsilon_gamma_box": EpsilonGammaBox(low=low, high=high),
        "epsilon_alpha2_beta1": EpsilonAlpha2Beta1(),
        "epsilon_alpha2_beta1_flat": EpsilonAlpha2Beta1Flat(),
        "rule_z_box": everywhere(ZBox(low, high)),
    }


def main(source, target):
    """Reads, computes, writes."""
    given = np.load(source, allow_pickle=False)
    facts = json.loads(str(given["facts"]))
    torch.set_num_threads(facts["threads"])
    model = network(facts["layers"], [given[f"weight_{number}"] for number in range(facts["weights"])])
    images = torch.tensor(given["images"].transpose(0, 3, 1, 2)).contiguous()
    found = {}
    for method in facts["methods"]:
        with composites(facts["low"], facts["high"])[method].context(model) as changed:
            seconds = []
            for _ in range(facts["repeats"]):
                start, leaf = time.perf_counter(), images.clone().requires_grad_(True)
                logits = changed(leaf)
                begin = torch.zeros_like(logits)
                rows = torch.arange(len(images))
                begin[rows, facts["target"]] = logits[rows, facts["target"]].detach()
                (relevance,) = torch.autograd.grad(logits, leaf, begin)
                seconds.append(time.perf_counter() - start)
        found[f"relevance_{method}"] = relevance.numpy().transpose(0, 2, 3, 1)
        found[f"seconds_{method}"] = np.array(seconds)
    found["peak_bytes"] = np.array(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    np.savez(target, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
