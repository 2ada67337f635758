r"""An expression as a function of its symbols' values, in PyTorch: what the checker compares.

Components (x_{ik} a_{jk}) have named axes; whole tensors (X A^\top) have rows and columns, and a vector is one column. No code
is shared with the engine but the parser and the index rules, or its errors would confirm themselves.
"""

import re
from functools import partial, reduce

import torch

from linalg_grads.errors import IndexRuleError, ShapeError, UnknownName
from linalg_grads.expressions import (
    Apply, Component, Delta, Derivative, Determinant, Diag, Hadamard, Inverse, Kronecker, Matrix, Number, Ones, Power, Product, Size, Sum,
    Tensor, Trace, Transpose, Vec, free, nodes,
)  # fmt: skip
from linalg_grads.lengths import Lengths, flattened, of_index, show
from linalg_grads.parse_latex import located, point_at, softmax_of

FUNCTIONS = {
    **{name: getattr(torch, name) for name in "exp log sin cos tan arctan sinh cosh tanh erf relu abs sign".split()},
    "sigma": torch.sigmoid, "softplus": torch.nn.functional.softplus, "step": lambda t: (t > 0).double(),
}  # fmt: skip
SQUARE = {
    Inverse: torch.linalg.inv,
    Trace: lambda t: t.diagonal().sum().reshape(1, 1),
    Determinant: lambda t: torch.linalg.det(t).reshape(1, 1),
}


class Reader:
    """Reads the expressions of one claim. What it learns of lengths holds for all; `exact` if all stay integers."""

    def __init__(self, context, source):
        self.context, self.source, self.lengths = context, source, Lengths()
        self.exact, self.uses = True, set()

    def fail(self, error, near, what, hint):
        raise error(point_at(self.source, getattr(near, "at", 0), what, hint))

    def over(self, index, axis, whose, near=None):
        """Index `index` runs over `axis`; `near`: what it stands on, for a letter has one place in the text of its term."""
        if not self.lengths.same(of_index(index), axis):
            here, before = show([self.lengths.of(axis)])[1:-1], show([self.lengths.of(of_index(index))])[1:-1]
            self.fail(
                ShapeError, self.place(index, near), f"the index '{index.letter}' runs over {here} here, {whose}, and over {before} elsewhere",
                "an index runs over axes of one length: use two letters, or mend their order",
            )  # fmt: skip

    def place(self, index, near):
        """Where `index` stands behind `near`."""
        start = getattr(near, "at", 0)
        at = self.source.find(index.letter, start + len(near or ""))
        return located(index.letter, max(at, start)) if near else index

    def settle(self):
        if not self.lengths.settle(self.context.ranges):
            self.fail(ShapeError, None, "the size of a tensor of ones or an identity is open", r"write \mathbf{1}_M, I_M")

    # ------------------------------------------------------------ names

    def component_of(self, name, indices):
        symbol = self.context.letters.get(name)
        if symbol is None:
            self.fail(UnknownName, name, f"unknown name '{name}' with indices", self.hint(name))
        if len(symbol.shape) != len(indices):
            self.fail(IndexRuleError, name, f"'{name}' has {len(indices)} indices here", f"{symbol.name} has the shape {show(symbol.shape)}")
        for number, (index, axis) in enumerate(zip(indices, symbol.shape)):
            self.over(index, axis, f"axis {number} of {symbol.name}", name)
        return self.used(symbol)

    def whole(self, name):
        symbol = self.context.symbols.get(name)
        if symbol is None:
            self.fail(UnknownName, name, f"unknown name '{name}'", self.hint(name))
        return self.used(symbol)

    def used(self, symbol):
        self.uses.add(symbol)
        self.exact &= symbol.exact
        return symbol

    def hint(self, name):
        if name in self.context.letters:
            return f"a component has indices; the whole tensor is {self.context.letters[name].name}"
        if name in self.context.symbols and self.context.symbols[name].shape:
            return f"components are written in lower case: {name.lower()}"
        return rf"introduce it before: {name} := ..., or {name} \in \mathbb{{R}}^{{M \times K}}"

    # ------------------------------------------------------------ components: (names of the axes, function of the values)

    def component(self, e):
        match e:
            case Number(value):
                self.exact &= value == int(value)
                return (), lambda values: torch.tensor(float(value), dtype=torch.float64)
            case Tensor(name, ()):
                symbol = self.whole(name)
                if symbol.shape:
                    self.fail(IndexRuleError, name, f"'{name}' stands whole beside components", f"write [{name}]_{{ij}}, or a component")
                return (), lambda values: values[symbol]
            case Tensor(name, indices):
                symbol = self.component_of(name, indices)
                return merged(indices, lambda values: values[symbol])
            case Delta(i, j):
                self.over(j, of_index(i), "in this delta")
                return merged((i, j), lambda values: torch.eye(self.size(values, i), dtype=torch.float64))
            case Ones(index) if index is not None:
                self.over(index, of_index(index), "")
                return (index,), lambda values: torch.ones(self.size(values, index), dtype=torch.float64)
            case Size(index):
                self.over(index, of_index(index), "")
                return (), lambda values: torch.tensor(float(self.size(values, index)), dtype=torch.float64)
            case Sum(terms):
                return pointwise(lambda *parts: sum(parts), map(self.component, terms))
            case Product(factors, bound):
                for number, factor in enumerate(factors):
                    self.check_terms(factor, Product((*factors[:number], *factors[number + 1 :])))
                return self.product([self.component(factor) for factor in factors], bound)
            case Power(base, exponent):
                self.exact &= isinstance(exponent, Number) and exponent.value in range(10)
                return pointwise(torch.pow, map(self.component, (base, exponent)))
            case Apply(function, argument):
                self.exact = False
                self.check_terms(argument)
                return pointwise(FUNCTIONS[function], [self.component(argument)])
            case Derivative(of, wrt, held):
                return self.derivative(of, wrt, [self.context.letters.get(name) or self.whole(name) for name in held])
            case Component(of, indices):
                return self.entry(of, indices)
            case Trace() | Determinant():
                _, _, compute = self.matrix(e)
                return (), lambda values: compute(values).reshape(())
        near = next((node.name for node in nodes(e, Tensor)), None)
        self.fail(IndexRuleError, near, "matrix notation stands beside components", r"put it in brackets: [X A^\top]_{ij}")

    def check_terms(self, e, beside=Number(1)):
        """Each term of a bracket or in a function has the same indices, but for those of the factors beside the bracket.

        One that has none, such as a number, is the same for all their values.
        """
        terms = e.terms if isinstance(e, Sum) else ()
        every = dict.fromkeys(index for term in terms for index in free(term))
        for term in terms:
            missing = [index for index in every if index not in (*free(term), *free(beside))]
            if free(term) and missing:
                self.fail(
                    IndexRuleError, free(term)[0], f"this term lacks the index '{missing[0].letter}' of the terms beside it",
                    rf"write \mathbf{{1}}_{missing[0].letter} times the term, if it is the same for every {missing[0].letter}",
                )  # fmt: skip

    def size(self, values, index):
        return values.size(self.lengths.of(of_index(index)))

    def product(self, factors, bound):
        every = tuple(dict.fromkeys(index for axes, _ in factors for index in axes))
        axes = tuple(index for index in every if index not in bound)
        for index in bound:
            self.check_sum(index, every)

        def compute(values):
            parts = [part for own, factor in factors for part in (factor(values), [every.index(index) for index in own])]
            return torch.einsum(*parts, [every.index(index) for index in axes])

        return axes, compute

    def check_sum(self, index, every):
        r"""A sum has something to sum, and \sum_{k=1}^K runs over a whole axis."""
        if index not in every:
            self.fail(IndexRuleError, index, f"the sum over '{index.letter}' sums nothing", "no factor of the term has this index")
        if getattr(index, "bounds", None):
            upper = index.bounds[1]
            if not (isinstance(upper, Tensor) and upper.name in self.context.sizes or isinstance(upper, Number)):
                self.fail(UnknownName, index, f"the sum over '{index.letter}' ends at an unknown size", "an index runs from 1 to the size of its axis")
            self.over(index, upper.name if isinstance(upper, Tensor) else upper.value, "in the bounds of this sum")

    def derivative(self, of, wrt, held):
        if not isinstance(wrt, Tensor):
            self.fail(IndexRuleError, None, "the derivative is taken by something that is no single component", r"write \partial x_{pq}, with two letters")
        axes, compute = self.component(of)
        if not wrt.indices and self.whole(wrt.name).shape:
            self.fail(IndexRuleError, wrt.name, f"'{wrt.name}' stands whole beside components", "differentiate by a component")
        symbol = self.component_of(wrt.name, wrt.indices) if wrt.indices else self.whole(wrt.name)
        if isinstance(of, Tensor) and axes == of.indices:
            compute = self.context.letters[of.name] if axes else self.whole(of.name)
        return merged((*axes, *wrt.indices), lambda values: values.holding(held, symbol).derivative(compute, symbol))

    def entry(self, of, indices):
        """[M]_{ij}, or [v]_i of a column."""
        rows, columns, compute = self.matrix(of)
        if self.lengths.root(rows) == 1 != self.lengths.root(columns):
            self.fail(IndexRuleError, indices[0], "a component of a transposed vector", "a row has no components of its own: write b_j")
        shape = self.shape(rows, columns)
        if len(shape) != len(indices):
            self.fail(IndexRuleError, indices[0], f"inside the bracket the shape is {show(shape)}", "a column takes one index, a matrix two")
        for number, (index, axis) in enumerate(zip(indices, shape)):
            self.over(index, axis, f"axis {number} of the bracket")
        return merged(indices, (lambda values: compute(values).squeeze(1)) if len(shape) == 1 else compute)

    # ------------------------------------------------------------ whole tensors: (rows, columns, function of the values)

    def matrix(self, e):
        match e:
            case Number() | Size():
                _, compute = self.component(e)
                return 1, 1, lambda values: compute(values).reshape(1, 1)
            case Ones(None) if self.context.symbols.get(r"\mathbf{1}") is None:
                length = self.lengths.new()
                return length, 1, lambda values: torch.ones(values.size(self.lengths.of(length)), 1, dtype=torch.float64)
            case Tensor("I", ()) if self.context.symbols.get("I") is None:
                length = self.lengths.new()
                return length, length, lambda values: torch.eye(values.size(self.lengths.of(length)), dtype=torch.float64)
            case Tensor(name, ()) if (size := re.fullmatch(r"I_\{(\d+)\}", name)) and name not in self.context.symbols:
                return (length := int(size[1])), length, lambda values: torch.eye(length, dtype=torch.float64)
            case Ones(None):
                return self.named(r"\mathbf{1}")
            case Tensor(name, ()):
                return self.named(name)
            case Transpose(of):
                rows, columns, compute = self.matrix(of)
                if isinstance(of, (Tensor, Trace, Determinant)) and self.shape(rows, columns) == ():
                    self.fail(IndexRuleError, getattr(of, "name", None), "a number has no transpose", "leave it out")
                return columns, rows, lambda values: compute(values).mT
            case Sum(terms) | Hadamard(terms):
                together = torch.add if isinstance(e, Sum) else torch.mul
                return reduce(partial(self.side_by_side, together), map(self.matrix, terms))
            case Product() if (argument := softmax_of(e)) is not None:
                self.exact = False
                rows, columns, compute = self.matrix(argument)
                along = 0 if self.lengths.root(columns) == 1 else 1
                return rows, columns, lambda values: torch.softmax(compute(values), along)
            case Product(factors, ()):
                return reduce(self.times, map(self.matrix, factors))
            case Kronecker(parts):
                return reduce(self.kronecker, map(self.matrix, parts))
            case Vec(of):
                rows, columns, compute = self.matrix(of)
                return flattened(self.lengths.of(rows), self.lengths.of(columns)), 1, lambda values: compute(values).reshape(-1, 1)
            case Diag(of, exponent):
                rows, columns, compute = self.matrix(of)
                if self.lengths.root(columns) != 1:
                    self.fail(ShapeError, None, f"diag of a matrix of shape {show(self.shape(rows, columns))}", "it needs a column")
                self.exact &= exponent is None
                raised = 1 if exponent is None else float(exponent.value)
                return rows, rows, lambda values: (compute(values).squeeze(1) ** raised).diag()
            case Inverse(of) | Trace(of) | Determinant(of):
                return self.of_a_square(type(e), *self.matrix(of))
            case Power(base, exponent):
                return self.power(self.matrix(base), exponent)
            case Apply(function, argument):
                self.exact = False
                rows, columns, compute = self.matrix(argument)
                return rows, columns, lambda values: FUNCTIONS[function](compute(values))
            case Matrix(entries, columns):
                numbers = [self.component(entry)[1] for entry in entries]
                rows = len(entries) // columns
                return rows, columns, lambda values: torch.stack([number(values) for number in numbers]).reshape(rows, columns)
            case Derivative(of, wrt):
                return self.gradient(of, wrt)
        self.fail(IndexRuleError, None, "this can't stand in matrix notation", "write it in components")

    def named(self, name):
        symbol = self.whole(name)
        if len(symbol.shape) > 2:
            self.fail(IndexRuleError, name, f"'{name}' has {len(symbol.shape)} axes, so it is no matrix", "write it in components")
        rows, columns = (*symbol.shape, 1, 1)[:2]
        return rows, columns, lambda values: values[symbol].reshape(values.size(rows), values.size(columns))

    def shape(self, rows, columns):
        """The axes of what has these rows and columns: none of a number, one of a column."""
        rows, columns = self.lengths.of(rows), self.lengths.of(columns)
        return (rows, columns) if columns != 1 else () if rows == 1 else (rows,)

    def side_by_side(self, together, left, right):
        (rows, columns, f), (other_rows, other_columns, g) = left, right
        if not (self.lengths.same(rows, other_rows) and self.lengths.same(columns, other_columns)):
            self.misfit("added or multiplied entry by entry", left, right, "they need one shape")
        return rows, columns, lambda values: together(f(values), g(values))

    def times(self, left, right):
        (rows, inner, f), (other_inner, columns, g) = left, right
        for (m, n, _), (own_rows, own_columns, _) in ((left, right), (right, left)):
            if self.shape(m, n) == ():
                return own_rows, own_columns, lambda values: f(values) * g(values)
        if not self.lengths.same(inner, other_inner):
            self.misfit("multiplied", left, right, "the left one needs as many columns as the right one has rows")
        return rows, columns, lambda values: f(values) @ g(values)

    def misfit(self, what, left, right, hint):
        shapes = " and ".join(show(self.lengths.of(length) for length in side[:2]) for side in (left, right))
        self.fail(ShapeError, None, f"shapes {shapes} are {what}", hint)

    def kronecker(self, left, right):
        (rows, columns, f), (other_rows, other_columns, g) = left, right
        of = self.lengths.of
        return flattened(of(rows), of(other_rows)), flattened(of(columns), of(other_columns)), lambda values: torch.kron(f(values).contiguous(), g(values).contiguous())

    def of_a_square(self, kind, rows, columns, compute):
        if not self.lengths.same(rows, columns):
            self.fail(ShapeError, None, f"{kind.__name__.lower()} of a matrix of shape {show(self.shape(rows, columns))}", "it needs a square one")
        self.exact &= kind is Trace
        return *((rows, columns) if kind is Inverse else (1, 1)), lambda values: SQUARE[kind](compute(values))

    def power(self, base, exponent):
        rows, columns, compute = base
        whole = isinstance(exponent, Number) and exponent.value in range(10)
        self.exact &= whole
        if self.shape(rows, columns) == ():
            _, _, raised = self.matrix(exponent)
            return 1, 1, lambda values: compute(values) ** raised(values)
        if not whole or not self.lengths.same(rows, columns):
            self.fail(ShapeError, None, f"a power of a matrix of shape {show(self.shape(rows, columns))}", "a square matrix has whole powers")
        return rows, columns, lambda values: torch.linalg.matrix_power(compute(values), exponent.value)

    def gradient(self, of, wrt):
        """Of a number the shape of the variable; by a number the shape of what is differentiated; of a column by a column a matrix."""
        rows, columns, compute = self.matrix(of)
        inside = wrt.of if isinstance(wrt, Vec) else wrt
        turned = isinstance(inside, Transpose)  # by vec(X^\top): the variable's entries in another order
        symbol = self.whole(inside.of.name if turned else inside.name)
        shape = self.shape(rows, columns) + ((flattened(*symbol.shape[:: -1 if turned else 1]),) if isinstance(wrt, Vec) else symbol.shape)
        if len(shape) > 2:
            self.fail(IndexRuleError, symbol.name, f"this derivative has {len(shape)} axes: no matrix holds it", r"write components, or \operatorname{vec}")
        rows, columns = (*shape, 1, 1)[:2]
        if isinstance(of, Tensor):
            compute = self.whole(of.name)

        def entries(values):
            found = values.derivative(compute, symbol)
            return (found.mT if turned and len(symbol.shape) == 2 else found).reshape(values.size(rows), values.size(columns))

        return rows, columns, entries


def merged(indices, compute):
    """Axes named by `indices`; of a repeated one the diagonal."""
    axes = tuple(dict.fromkeys(indices))
    if len(axes) == len(indices):
        return axes, compute
    places = [axes.index(index) for index in indices]
    return axes, lambda values: torch.einsum(compute(values), places, list(range(len(axes))))


def pointwise(function, arguments):
    arguments = list(arguments)
    axes = tuple(dict.fromkeys(index for own, _ in arguments for index in own))
    return axes, lambda values: function(*[arranged(compute(values), own, axes) for own, compute in arguments])


def arranged(tensor, axes, wanted):
    """The axes in the order wanted, with one of length 1 for each that is missing."""
    tensor = tensor.permute([axes.index(index) for index in wanted if index in axes])
    for place, index in enumerate(wanted):
        if index not in axes:
            tensor = tensor.unsqueeze(place)
    return tensor
