"""tensorgrad: tensors with named edges, `grad` and `full_simplify`, printed by its `to_index`."""

from fractions import Fraction

import tensorgrad.functions as F
from sympy import symbols
from sympy.core.cache import clear_cache as clear
from tensorgrad import Ones, Variable
from tensorgrad.extras.to_index import to_index

READS, SHOWS, VERSION_OF = "Python objects", "the result; steps as diagrams, drawn by LaTeX", "tensorgrad"
CANNOT = {}
REMARKS = {
    "softmax": "sums stand as deltas with one index",
    "layer_norm": "sums stand as deltas, one letter for an index and its size",
    "attention": "one letter is summed and free at once: it can't be read back",
}
i, j, k, d, e = symbols("i j k d e")


def gradient(of, by, indices):
    return to_index(of.grad(by, dict(zip(map(str, by.edges), indices))).full_simplify())


def linear_layer():
    x, a, b, g = Variable("x", i, k), Variable("a", j, k), Variable("b", j), Variable("g", i, j)
    y = x @ a + b @ Ones(i)
    return [gradient(of, by, "pq") for by in (x, a, b) for of in (y, g @ y)]


def softmax():
    x, g = Variable("x", i), Variable("g", i)
    return [gradient(F.softmax(x, "i") @ g, x, "p")]


def layer_norm():
    x, g, w, b = (Variable(name, i) for name in "xgwb")
    centred = x - F.mean(x, "i")
    y = w * centred * F.pow(F.mean(centred * centred, "i") + Variable("epsilon"), Fraction(-1, 2)) + b
    return [gradient(F.sum(y * g), x, "p")]


def attention():
    query, key, value, g = Variable("q", i, d), Variable("k", j, d), Variable("v", j, e), Variable("g", i, e)
    y = F.dot(F.softmax(F.dot(query, key, "d"), "j"), value, "j")
    return [gradient(F.sum(y * g), by, "pr") for by in (query, key, value)]
