r"""Evaluate a formula in matrix notation, such as -A^{-\top} X^\top, on arrays: an own small reader, strict about shapes.

A vector is a column. The lengths of \mathbf{1} and I are not written: all are tried until the shapes fit.
"""

import math
import re
from fractions import Fraction
from itertools import product

import numpy as np

FUNCTIONS = {
    r"\cosh": np.cosh, r"\sinh": np.sinh,  # before \cos and \sin, with which they begin
    r"\exp": np.exp, r"\log": np.log, r"\tanh": np.tanh, r"\sin": np.sin, r"\cos": np.cos, r"\det": np.linalg.det,
    r"\sigma": lambda x: 1 / (1 + np.exp(-x)),
    r"\operatorname{tr}": np.trace, r"\operatorname{diag}": lambda x: np.diagflat(x), r"\operatorname{sign}": np.sign,
    r"\operatorname{relu}": lambda x: np.maximum(x, 0), r"\operatorname{softmax}": lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(),
    r"\operatorname{softplus}": lambda x: np.log1p(np.exp(x)), r"\operatorname{erf}": np.vectorize(math.erf),
}  # fmt: skip


def evaluate(text, values, shape):
    """The value of `text`, given the values of its names, if lengths can be chosen so that it has `shape`."""
    text = re.sub(r"(\^\{(?:\([^)]*\)|\[[^]]*\]|[A-Z]))\\top\}", r"\1}^\\top", text)  # W^{(1)\top}, a^{[1]\top}, W^{Q\top}
    values = {name: value[:, None] if value.ndim == 1 else value for name, value in values.items()}
    values.setdefault(r"\pi", np.array(np.pi))
    lengths = sorted({n for value in values.values() for n in value.shape if n > 1})
    open_lengths = text.count(r"\mathbf{1}") + len(re.findall(r"(?<![A-Za-z\\])I(?![A-Za-z])", text))
    for choice in product(lengths, repeat=open_lengths):
        try:
            value = Reader(text, values, choice).read()
        except ValueError:
            continue
        if value.shape == (shape if len(shape) != 1 else (*shape, 1)):
            return value.reshape(shape)
    raise ValueError(f"no lengths of the ones make the shapes of {text} fit {shape}")


class Reader:
    def __init__(self, text, values, lengths):
        self.rest, self.values, self.lengths = text.strip(), values, iter(lengths)
        self.names, self.bars = sorted(values, key=len, reverse=True), 0

    def accept(self, *tokens):
        for token in tokens:
            if self.rest.startswith(token):
                self.rest = self.rest[len(token) :].lstrip()
                return token
        return None

    def expect(self, *tokens):
        assert self.accept(*tokens), f"{tokens} expected before {self.rest!r}"

    def read(self):
        value = self.sum()
        assert not self.rest, f"left over: {self.rest!r}"
        return value

    def sum(self):
        value = -self.pointwise() if self.accept("-") else self.pointwise()
        while sign := self.accept("+", "-"):
            other = self.pointwise()
            value = value + same(value, other) if sign == "+" else value - same(value, other)
        return value

    def pointwise(self):
        value = self.product()
        while self.accept(r"\odot"):
            value = value * same(value, self.product())
        return value

    def product(self):
        value = self.factor()
        while self.rest and not re.match(r"[+\-)\]}>]|\\right|\\odot", self.rest) and not (self.bars and self.rest[0] == "|"):
            other = self.factor()
            value = value * other if value.ndim == 0 or other.ndim == 0 else scalar_if_1x1(value @ other)
        return value

    def factor(self):
        value = self.atom()
        while self.accept("^"):
            if self.accept(r"\top"):
                value = value.T
            elif self.accept(r"{-\top}"):
                value = np.linalg.inv(value).T
            else:
                exponent = re.match(r"\d|\{([-\d/]+)\}", self.rest)
                self.accept(exponent.group())
                value = power(value, exponent.group(1) or exponent.group())
        return value

    def atom(self):
        if self.accept(r"\left(", "("):
            value = self.sum()
            self.expect(r"\right)", ")")
            return value
        if number := re.match(r"\d+(\.\d+)?", self.rest):
            self.accept(number.group())
            return np.array(float(number.group()))
        if name := self.accept(*self.names):
            return self.values[name]
        if self.accept(r"\mathbf{1}"):
            return np.ones((next(self.lengths), 1))
        if self.accept("I"):
            return np.eye(next(self.lengths))
        if self.accept(r"\frac{"):
            above = self.sum()
            self.expect("}")
            self.expect("{")
            below = self.sum()
            self.expect("}")
            return above / scalar(below)
        if self.accept(r"\sqrt{"):
            value = self.sum()
            self.expect("}")
            return np.sqrt(scalar(value))
        if self.accept("|"):
            self.bars += 1
            value = self.sum()
            self.bars -= 1
            self.expect("|")
            return np.abs(value)
        if self.accept("["):
            value = self.sum()
            self.expect("> 0]")
            return (value > 0).astype(float)
        function = self.accept(*FUNCTIONS)
        assert function, f"not understood: {self.rest!r}"
        return np.asarray(FUNCTIONS[function](self.atom()))


def same(value, other):
    if value.shape != other.shape:
        raise ValueError(f"{value.shape} meets {other.shape}")
    return other


def scalar(value):
    if value.ndim:
        raise ValueError("a scalar is expected")
    return value


def scalar_if_1x1(value):
    return value.reshape(()) if value.shape == (1, 1) else value


def power(value, exponent):
    exponent = float(Fraction(exponent))
    if value.ndim == 0:
        return value**exponent
    if np.count_nonzero(value) == len(value):  # a diagonal matrix
        return np.diag(np.diagonal(value) ** exponent)
    return np.linalg.matrix_power(value, int(exponent))
