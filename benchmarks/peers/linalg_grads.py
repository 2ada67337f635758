"""The engine of this course."""

import sys

from linalg_grads import backward
from linalg_grads.to_latex import to_latex

READS, SHOWS, VERSION_OF = "LaTeX", "every step, the matrix formula, NumPy and PyTorch source", None
CANNOT, REMARKS = {}, {}
LINEAR_LAYER = r"y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j"
SOFTMAX = [r"e_i := \exp(x_i)", r"s := \sum_k e_k", r"y_i = \frac{e_i}{s}"]
LAYER_NORM = [
    r"m := \frac{1}{n} \sum_i x_i", r"v := \frac{1}{n} \sum_i (x_i - m)^2", r"y_i = w_i \frac{x_i - m}{\sqrt{v + \epsilon}} + b_i",
]  # fmt: skip
ATTENTION = [
    r"s_{ij} := \exp\left(\frac{1}{\sqrt{c}} q_{id} k_{jd}\right)", r"z_i := \sum_j s_{ij}",
    r"p_{ij} := \frac{s_{ij}}{z_i}", r"y_{ie} = p_{ij} v_{je}",
]  # fmt: skip


def clear():
    """Empty every cache in the package."""
    for name, module in list(sys.modules.items()):
        if name.startswith("linalg_grads."):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def linear_layer():
    derivations = [backward(LINEAR_LAYER, wrt=name) for name in "xab"]
    return [to_latex(equation) for derivation in derivations for equation in (derivation.jacobian, derivation.gradient)]


def linear_layer_with_steps():
    return [backward(LINEAR_LAYER, wrt=name).to_latex() for name in "xab"]


def softmax():
    return [to_latex(backward(SOFTMAX, wrt="x").gradient)]


def layer_norm():
    return [to_latex(backward(LAYER_NORM, wrt="x").gradient)]


def attention():
    return [to_latex(backward(ATTENTION, wrt=name).gradient) for name in "qkv"]
