r"""Properties of the language and of the calculus, on random layers: what is printed reads back as the same, every step of a
derivation is an equality, and the code that comes out agrees with PyTorch.
"""

import inspect
import itertools
import random

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_layers import LENGTHS, forward, layers, random_arrays, value_of_nodes

from linalg_grads import backward, equal
from linalg_grads.canonical import canonical
from linalg_grads.errors import LinalgGradsError
from linalg_grads.expressions import Delta, Derivative, Equation, Product, Sum, Tensor, children, dummy, free, nodes, replace_children, substitute, tidy
from linalg_grads.indices import bind, bind_claim, read_layer
from linalg_grads.parse_latex import parse_equation, parse_expression
from linalg_grads.to_latex import to_latex


def some(count):
    """The same examples in every run; a failure prints the layer, and how to draw it again."""
    return settings(
        max_examples=count, derandomize=True, database=None, deadline=None, print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )  # fmt: skip


def read(layer):
    return read_layer([parse_equation(text) for text in layer.latex], layer.latex)


PYTHON_NAMES = {r"\theta": "theta", r"\hat{g}": "g_hat"}


def run(code, name, arrays, upstream, convert):
    """What the emitted function of this source returns."""
    namespace = {}
    exec(code, namespace)
    function = namespace[f"grad_{PYTHON_NAMES.get(name, name)}"]
    given = {PYTHON_NAMES.get(key, key): array for key, array in arrays.items()}
    *inputs, last = inspect.signature(function).parameters
    return torch.as_tensor(function(*[convert(given[key]) for key in inputs], convert(upstream)), dtype=torch.float64)


def gradients(layer, arrays, upstream, wrt):
    """By PyTorch: name -> dl/d(name), for the input and all definitions."""
    variable = arrays[wrt].clone().requires_grad_()
    found = forward(layer, arrays | {wrt: variable})
    tracked = {name: found[name] for name, _, _ in layer.equations if found[name].requires_grad}
    for array in tracked.values():
        array.retain_grad()
    output = found[layer.equations[-1][0]]
    if output.requires_grad:
        output.backward(upstream.expand(output.shape))
    zero = torch.zeros_like(arrays[wrt])
    return {wrt: zero if variable.grad is None else variable.grad, **{name: array.grad for name, array in tracked.items()}}


def close(a, b):
    return a.shape == b.shape and torch.allclose(a, b, rtol=1e-8, atol=1e-8)


# ---------------------------------------------------------------- printing and reading


@some(150)
@given(layers(depth=3, definitions=1))
def test_what_is_printed_reads_back_as_the_same(layer):
    for equation in read(layer).equations:
        text = to_latex(equation)
        again = parse_equation(text)
        right = tidy(bind(again.right, again.left.indices, text))
        assert canonical(right) == canonical(equation.right)
        assert to_latex(Equation(again.left, right)) == text


