"""Are two expressions equal? Up to dummy names, the order of factors and terms, delta's symmetry, and the laws of arithmetic.

First by canonical form, which proves equality. Else by values for two sets of distinct sizes, each larger than the number
of indices in a term: at random integers modulo a large prime, where a function is an unknown symbol; and if that can't
tell, because functions have laws of their own such as sin^2 + cos^2 = 1, at random floats. Different values refute for
certain; equal values confirm with high probability, no more.
"""

import math

from linalg_grads.canonical import canonical
from linalg_grads.differentiate import differentiate
from linalg_grads.errors import IndexRuleError
from linalg_grads.expressions import (
    ZERO,
    Apply,
    Component,
    Delta,
    Derivative,
    Determinant,
    Equation,
    Number,
    Ones,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    free,
    is_whole,
    nodes,
    tidy,
    transform,
)
from linalg_grads.functions import FUNCTIONS, PI
from linalg_grads.indices import Classes, all_indices, bind, bind_claim, equally_long
from linalg_grads.matrices import NEEDS_MATRICES, to_components
from linalg_grads.parse_latex import parse_expression

PRIME = (1 << 61) - 1
SIZES, SMALL_SIZES = (5, 7, 11, 13, 17, 19, 23), (4, 3, 5)  # the small ones where the others make tables too large
MOST_WORK = 300_000  # numbers computed


def equal(left, right):
    r"""Are `left` and `right` the same for all values of their tensors?

    Names of dummies, the order of factors and terms, the symmetry of the delta and the laws of arithmetic make no difference.
    A False is certain. So is a True where rewriting proves it; else it rests on random values, at two sets of sizes.

    left, right  two sides of an equation in LaTeX, or expressions
    returns      True or False
    raises       ParseError      a text can't be read
    raises       IndexRuleError  the two sides have different free indices, or the comparison is too large

    >>> equal(r"\delta_{ij} v_j", "v_i"), equal(r"g_{ip} x_{iq}", r"g_{iq} x_{ip}")
    (True, False)
    """
    if isinstance(left, str) or isinstance(right, str):
        left, right = _bound(left, right)
    if isinstance(left, Equation):
        return equal(left.left, right.left) and equal(left.right, right.right)
    left, right = (tidy(transform(side, _worked_out)) for side in (left, right))
    if canonical(left) == canonical(right):
        return True
    if set(free(left)) != set(free(right)) and ZERO not in (left, right):
        return False
    return _same_values(left, right)


def _bound(left, right):
    """Both sides with explicit dummies; matrix notation in components."""
    sources = [str(left), str(right)]
    sides = [parse_expression(side) if isinstance(side, str) else side for side in (left, right)]
    if not any(isinstance(node, (Component, *NEEDS_MATRICES)) or node == Ones() for side in sides for node in nodes(side)):
        return bind_claim(sides, sources)
    try:
        equations, _ = to_components([Equation(Tensor(r"\widehat{\mathbf{M}}"), side) for side in sides], sources)
    except IndexRuleError:  # no matrices: columns or numbers
        equations, _ = to_components([Equation(Tensor(r"\widehat{\mathbf{v}}"), side) for side in sides], sources)
    if len(equations) > 2:
        raise IndexRuleError("the inverse or determinant of a product can't be compared: write it in terms of its factors")
    if not free(equations[0].left) and not isinstance(sides[0], Component):
        return bind_claim([equation.right for equation in equations], sources)
    indices = free(equations[0].left) or free(sides[0])
    return [bind(equation.right, indices, source) for equation, source in zip(equations, sources)]


def _worked_out(node):
    """The derivative of an expression by its rules; that of a bare tensor is a tensor itself."""
    if not isinstance(node, Derivative) or isinstance(node.of, Derivative):
        return node
    unknown = isinstance(node.of, Tensor) and node.of.name != node.wrt.name
    return node if unknown else differentiate(node.of, node.wrt)


# ---------------------------------------------------------------- values


class TooLarge(Exception):
    """A table takes too long to compute; caught in this module."""


def _same_values(left, right):
    formal = [verdict for seed in (1, 2) for verdict in _verdicts(left, right, Modular(seed))]
    if all(formal) and None not in formal:
        return True
    parts = [*nodes(left), *nodes(right)]
    if not any(isinstance(e, Apply) or isinstance(e, Power) and not is_whole(e.exponent) for e in parts):
        return False
    alone = any(isinstance(e, (Tensor, Derivative)) and not free(e) for e in parts)  # a number has one sign at a time, components have both
    floats = [verdict for numbers in (Floats(1, 0.5), *[Floats(seed, -1.0) for seed in range(2, 12 if alone else 3)]) for verdict in _verdicts(left, right, numbers)]
    return False not in floats and True in floats


def _verdicts(left, right, numbers):
    """For each component: are the two sides the same there? None where one of them has no value."""
    axes = tuple(sorted(set(free(left)) | set(free(right))))
    for sizes in (SIZES, SMALL_SIZES):
        try:
            evaluator = Evaluator(numbers, lengths_of_axes(Sum((left, right)), sizes, numbers.seed))
            a, b = [evaluator.spread(evaluator.table(side), axes) for side in (left, right)]
            return [evaluator.of_values(numbers.same, a[key], b[key]) for key in a]
        except TooLarge:
            continue
    raise IndexRuleError("the two sides have too many indices to be compared: compare parts of them")


def lengths_of_axes(e, sizes, seed):
    """A size for every index and axis: distinct ones, but one for all that must be equally long."""
    classes = Classes()
    for node in nodes(e):
        for one, other in equally_long(node, 0):
            classes.join(one, other)
    held = {classes.root(axis) for axis in classes.axes()}
    for index in all_indices(e):
        if classes.root((0, index)) not in held:  # nothing but its letter tells how long the axis is
            classes.join(("letter", index.partition("#")[0]), (0, index))
    roots = list(dict.fromkeys([classes.root(x) for x in list(classes.parent)]))
    return {x: sizes[(roots.index(classes.root(x)) + seed - 1) % len(sizes)] for x in list(classes.parent)}


def _random_integer(*key):
    """A number that looks random, the same for the same key in every run."""
    mixed = 0
    for part in key:
        for value in part.encode() if isinstance(part, str) else (part + 257,):
            mixed = ((mixed ^ value) * 0x9E3779B97F4A7C15 + 0x7F4A7C15) & 0xFFFFFFFFFFFFFFFF
            mixed ^= mixed >> 29
    return mixed


class Modular:
    """Exact arithmetic modulo a prime; a function or a root of a number is one more random number."""

    def __init__(self, seed):
        self.seed = seed

    def random(self, *key):
        return _random_integer(self.seed, *key) % PRIME

    def number(self, value):
        return value.numerator * pow(value.denominator, -1, PRIME) % PRIME

    def reduce(self, value):
        return value % PRIME

    def power(self, base, exponent):
        if base == 0 and exponent < 0:
            return None
        return pow(base, int(exponent) % (PRIME - 1) if base else int(exponent), PRIME)

    def power_of_number(self, base, exponent):
        return self.random("power", base, exponent)

    def apply(self, function, value):
        return self.random(function, value)

    def same(self, a, b):
        return a == b


class Floats:
    """Numbers between `low` and `low` + 1.5; None where a function isn't defined or too large."""

    def __init__(self, seed, low):
        self.seed, self.low = seed, low

    def random(self, *key):
        if key == (PI.name,):
            return math.pi
        return self.low + 1.5 * _random_integer(self.seed, *key) / 2**64

    def number(self, value):
        return float(value)

    def reduce(self, value):
        return value if abs(value) < 1e150 else None

    def power(self, base, exponent):
        return self.power_of_number(base, float(exponent))

    def power_of_number(self, base, exponent):
        return self.defined(lambda: math.pow(base, exponent))

    def apply(self, function, value):
        return self.defined(lambda: FUNCTIONS[function].value(value))

    def defined(self, compute):
        try:
            return self.reduce(compute())
        except (ValueError, OverflowError, ZeroDivisionError):
            return None

    def same(self, a, b):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)


# ---------------------------------------------------------------- values of all components


class Evaluator:
    """Tables (axes, {index values: value}); a dummy is summed out as soon as what holds it is multiplied."""

    def __init__(self, numbers, lengths):
        self.numbers, self.lengths, self.work = numbers, lengths, 0

    def table(self, e):
        numbers = self.numbers
        match e:
            case Number(value):
                return (), {(): numbers.number(value)}
            case Tensor(name, indices):
                return self.indexed(indices, lambda *key: numbers.random(name, *key))
            case Derivative():
                return self.derivative(e)
            case Delta(i, j):
                return self.indexed((i, j), lambda i, j: numbers.number(int(i == j)))
            case Ones(index):
                return self.indexed((index,), lambda i: numbers.number(1))
            case Size(index):
                return (), {(): numbers.number(self.lengths[0, index])}
            case Component(of, indices):
                _, inverse = self.eliminated(of.of.name)
                return self.indexed(indices, lambda i, j: inverse[i][j])
            case Determinant(of):
                return (), {(): self.eliminated(of.name)[0]}
            case Sum(terms):
                axes = free(e)
                tables = [self.spread(self.table(term), axes) for term in terms]
                return axes, {key: self.sum([table[key] for table in tables]) for key in tables[0]}
            case Product(factors, bound):
                return self.product([self.table(factor) for factor in factors], bound)
            case Power(base, Number(value)) if value.denominator == 1:
                axes, table = self.table(base)
                return axes, {key: self.of_values(numbers.power, v, value) for key, v in table.items()}
            case Power(base, exponent):
                axes = free(e)
                a, b = self.spread(self.table(base), axes), self.spread(self.table(exponent), axes)
                return axes, {key: self.of_values(numbers.power_of_number, a[key], b[key]) for key in a}
            case Apply(function, argument):
                axes, table = self.table(argument)
                return axes, {key: self.of_values(numbers.apply, function, v) for key, v in table.items()}
        raise IndexRuleError(f"{type(e).__name__} has no value by itself: write it in components")

    def of_values(self, compute, *values):
        return None if None in values else compute(*values)

    def sum(self, values):
        return None if None in values else self.numbers.reduce(sum(values))

    # ------------------------------------------------------------ axes

    def keys(self, axes):
        self.work += math.prod([self.lengths[0, index] for index in axes])
        if self.work > MOST_WORK:
            raise TooLarge
        keys = [()]
        for index in axes:
            keys = [(*key, n) for key in keys for n in range(self.lengths[0, index])]
        return keys

    def indexed(self, indices, value):
        axes = tuple(dict.fromkeys(indices))
        places = [axes.index(index) for index in indices]
        return axes, {key: value(*[key[n] for n in places]) for key in self.keys(axes)}

    def spread(self, table, axes):
        mine, values = table
        places = [axes.index(index) for index in mine]
        return {key: values[tuple([key[n] for n in places])] for key in self.keys(axes)}

    def derivative(self, e):
        """A symbol; the order of differentiation doesn't matter."""
        variables, held = [], ()
        while isinstance(e, Derivative):
            variables.append(e.wrt)
            e, held = e.of, (*held, *e.held)
        indices = [*e.indices, *[index for variable in variables for index in variable.indices]]

        def value(*key):
            rest, by = iter(key), []
            of = [next(rest) for _ in e.indices]
            for variable in variables:
                by.append((f"/{variable.name}", *[next(rest) for _ in variable.indices]))
            return self.numbers.random(f"d {e.name} {sorted(held)}", *of, *[part for one in sorted(by) for part in one])

        return self.indexed(indices, value)

    # ------------------------------------------------------------ products

    def product(self, tables, bound):
        """Sum out one dummy after the other, that with the smallest table first."""
        bound = set(bound)
        while bound:
            index = min(sorted(bound), key=lambda index: self.length_of_join([table for table in tables if index in table[0]]))
            holders = [table for table in tables if index in table[0]]
            others = [table for table in tables if index not in table[0]]
            tables = [*others, self.summed(self.joined(holders), index)]
            bound.remove(index)
        return self.joined(tables)

    def length_of_join(self, tables):
        return math.prod([self.lengths[0, index] for index in {index for axes, _ in tables for index in axes}])

    def joined(self, tables):
        tables = sorted(tables, key=lambda table: len(table[0]))
        made = tables[0] if tables else ((), {(): self.numbers.number(1)})
        for table in tables[1:]:
            axes = tuple(dict.fromkeys(made[0] + table[0]))
            a, b = self.spread(made, axes), self.spread(table, axes)
            made = axes, {key: None if a[key] is None or b[key] is None else self.numbers.reduce(a[key] * b[key]) for key in a}
        return made

    def summed(self, table, index):
        axes, values = table
        if index not in axes:
            return axes, {key: self.sum([value] * self.lengths[0, index]) for key, value in values.items()}
        place, found = axes.index(index), {}
        for key, value in values.items():
            found.setdefault(key[:place] + key[place + 1 :], []).append(value)
        return axes[:place] + axes[place + 1 :], {key: self.sum(parts) for key, parts in found.items()}

    # ------------------------------------------------------------ inverses and determinants

    def eliminated(self, name):
        """(determinant, inverse) of a random matrix, by Gauss and Jordan."""
        numbers, n = self.numbers, self.lengths[name, 0]
        rows = [[numbers.random(name, i, j) for j in range(n)] + [numbers.number(int(i == j)) for j in range(n)] for i in range(n)]
        determinant = numbers.number(1)
        for column in range(n):
            pivot = max(range(column, n), key=lambda i: abs(rows[i][column]))
            if pivot != column:
                rows[column], rows[pivot] = rows[pivot], rows[column]
                determinant = -determinant
            determinant = numbers.reduce(determinant * rows[column][column])
            scale = numbers.power(rows[column][column], -1)
            rows[column] = [numbers.reduce(value * scale) for value in rows[column]]
            for i in range(n):
                if i != column:
                    rows[i] = [numbers.reduce(a - rows[i][column] * b) for a, b in zip(rows[i], rows[column])]
        return determinant, [row[n:] for row in rows]
