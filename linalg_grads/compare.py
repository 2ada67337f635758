"""Are two expressions equal? Up to dummy names, the order of factors and terms, delta's symmetry, and the laws of arithmetic.

First by canonical form, which proves equality. Else by values: at random integers modulo a large prime for polynomials
and quotients, at random floats where a function or a root occurs, for two sets of distinct sizes, each larger than the
number of indices in a term. Different values refute for certain; equal values confirm with high probability, no more.
"""

import math

from linalg_grads.canonical import canonical
from linalg_grads.errors import IndexRuleError
from linalg_grads.expressions import (
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
    nodes,
    own_indices,
    tidy,
)
from linalg_grads.functions import FUNCTIONS
from linalg_grads.indices import bind_claim
from linalg_grads.parse_latex import parse_expression

PRIME = (1 << 61) - 1
SIZES = (2, 3, 5, 7, 11, 13, 17, 19, 23)


def equal(left, right):
    r"""Are `left` and `right` the same for all values of their tensors?

    Names of dummies, the order of factors and terms, the symmetry of the delta and the laws of arithmetic make no difference.
    A False is certain. So is a True where rewriting proves it; else it rests on random values, at two sets of sizes.

    left, right  two sides of an equation in LaTeX, or expressions
    returns      True or False
    raises       ParseError      a text can't be read
    raises       IndexRuleError  an index is illegal, or the two sides have different free indices

    >>> equal(r"\delta_{ij} v_j", "v_i"), equal(r"g_{ip} x_{iq}", r"g_{iq} x_{ip}")
    (True, False)
    """
    if isinstance(left, str) or isinstance(right, str):
        left, right = bind_claim([_parsed(left), _parsed(right)], f"{left} = {right}" if isinstance(left, str) else "")
    if isinstance(left, Equation):
        return equal(left.left, right.left) and equal(left.right, right.right)
    left, right = tidy(left), tidy(right)
    if canonical(left) == canonical(right):
        return True
    if set(free(left)) != set(free(right)) and Number(0) not in (left, right):
        return False
    return all(_same_values(left, right, seed) for seed in (1, 2))


def _parsed(e):
    return parse_expression(e) if isinstance(e, str) else e


def _same_values(left, right, seed):
    axes = tuple(sorted(set(free(left)) | set(free(right))))
    both = Sum((left, right))
    numbers = Floats(seed) if any(map(_needs_floats, nodes(both))) else Modular(seed)
    evaluator = Evaluator(numbers, _sizes(both, seed))
    a, b = (evaluator.spread(evaluator.table(e), axes) for e in (left, right))
    return all(numbers.close(a[key], b[key]) for key in a)


def _needs_floats(e):
    return isinstance(e, Apply) or isinstance(e, Power) and not (
        isinstance(e.exponent, Number) and e.exponent.value == int(e.exponent.value)
    )


def _sizes(e, seed):
    """A size for every index: distinct primes, one for all indices that must be equally long."""
    parent = {}

    def root(x):
        while parent.setdefault(x, x) != x:
            x = parent[x]
        return x

    widest = 1
    for node in nodes(e):
        axes = own_indices(node)
        name = getattr(node, "name", None) or (node.of.of.name if isinstance(node, Component) else None)
        if isinstance(node, (Tensor, Component)):
            for position, index in enumerate(axes):
                parent[root(index)] = root((name, 0 if isinstance(node, Component) else position))
        if isinstance(node, Determinant):
            parent[root((node.of.name, 1))] = root((node.of.name, 0))
        if isinstance(node, (Delta, Component)):
            parent[root(axes[0])] = root(axes[1])
        if isinstance(node, Size):
            root(node.index)
        if isinstance(node, Product):
            widest = max(widest, len({index for factor in node.factors for index in free(factor)}))
        for index in axes:
            root(index)
    held = {root(key) for key in list(parent) if isinstance(key, tuple)}
    for index in [key for key in parent if isinstance(key, str)]:
        if root(index) not in held:  # nothing but its letter tells how long the axis is
            parent[root(index)] = root(("letter", index.partition("#")[0]))
    primes = [prime for prime in SIZES if prime > min(widest, 3)]
    roots = list(dict.fromkeys(root(x) for x in list(parent)))
    return {x: primes[(roots.index(root(x)) + seed - 1) % len(primes)] for x in parent}


# ---------------------------------------------------------------- two kinds of numbers


def _random_integer(seed, key):
    """A number that looks random, the same for the same key in every run."""
    mixed = seed
    for part in key:
        for value in part.encode() if isinstance(part, str) else (part + 257,):
            mixed = ((mixed ^ value) * 0x9E3779B97F4A7C15 + 0x7F4A7C15) & 0xFFFFFFFFFFFFFFFF
            mixed ^= mixed >> 29
    return mixed


class Modular:
    """Exact arithmetic modulo a prime."""

    def __init__(self, seed):
        self.seed = seed

    def random(self, key):
        return _random_integer(self.seed, key) % PRIME

    def number(self, value):
        return value.numerator * pow(value.denominator, -1, PRIME) % PRIME

    def reduce(self, value):
        return value % PRIME

    def power(self, base, exponent):
        return pow(base, exponent % (PRIME - 1) if exponent >= 0 else exponent, PRIME)

    def close(self, a, b):
        return (a - b) % PRIME == 0


class Floats:
    """Positive numbers near 1, where logarithms and roots are defined."""

    def __init__(self, seed):
        self.seed = seed

    def random(self, key):
        return 0.5 + _random_integer(self.seed, key) / 2**64

    def number(self, value):
        return float(value)

    def reduce(self, value):
        return value

    def power(self, base, exponent):
        return base**exponent

    def close(self, a, b):
        return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)


# ---------------------------------------------------------------- values of all components


class Evaluator:
    """Tables {index values: value}; products are joined pairwise and summed as soon as a dummy is complete."""

    def __init__(self, numbers, sizes):
        self.numbers, self.sizes = numbers, sizes

    def table(self, e):
        """(axes, {values of the axes: value})"""
        numbers = self.numbers
        match e:
            case Number(value):
                return (), {(): numbers.number(value)}
            case Tensor(name, indices):
                return self.indexed(indices, lambda key: numbers.random((name, *key)))
            case Derivative(of, wrt):
                return self.indexed(wrt.indices, lambda key: numbers.random((f"d{of}/d{wrt.name}", *key)))
            case Delta(i, j):
                return self.indexed((i, j), lambda key: numbers.number(1 if key[0] == key[1] else 0))
            case Ones(index):
                return self.indexed((index,), lambda key: numbers.number(1))
            case Size(index):
                return (), {(): numbers.number(self.sizes[index])}
            case Component(of, indices):
                inverse = self.inverse(of.of.name)
                return self.indexed(indices, lambda key: inverse[key[0]][key[1]])
            case Determinant(of):
                return (), {(): self.determinant(of.name)}
            case Sum(terms):
                axes = free(e)
                tables = [self.spread(self.table(term), axes) for term in terms]
                return axes, {key: numbers.reduce(sum(table[key] for table in tables)) for key in tables[0]}
            case Product(factors, bound):
                return self.product([self.table(factor) for factor in factors], set(bound))
            case Power(base, Number(value)):
                axes, table = self.table(base)
                exponent = int(value) if value == int(value) else float(value)
                return axes, {key: numbers.power(v, exponent) for key, v in table.items()}
            case Power(base, exponent):
                axes = free(e)
                a, b = self.spread(self.table(base), axes), self.spread(self.table(exponent), axes)
                return axes, {key: a[key] ** b[key] for key in a}
            case Apply(function, argument):
                axes, table = self.table(argument)
                return axes, {key: FUNCTIONS[function].value(v) for key, v in table.items()}
        raise IndexRuleError(f"{type(e).__name__} has no value by itself: write it in components")

    def indexed(self, indices, value):
        axes = tuple(dict.fromkeys(indices))
        places = [axes.index(index) for index in indices]
        return axes, {key: value(tuple(key[n] for n in places)) for key in self.keys(axes)}

    def keys(self, axes):
        keys = [()]
        for index in axes:
            keys = [(*key, n) for key in keys for n in range(self.sizes[index])]
        return keys

    def spread(self, table, axes):
        mine, values = table
        places = [axes.index(index) for index in mine]
        return {key: values[tuple(key[n] for n in places)] for key in self.keys(axes)}

    def product(self, tables, bound):
        tables = list(tables)
        while len(tables) > 1 or bound:
            first = tables.pop(0)
            shared = next((n for n, other in enumerate(tables) if set(other[0]) & set(first[0])), 0)
            joined = self.join(first, tables.pop(shared)) if tables else first
            done = [i for i in bound if i in joined[0] and not any(i in other[0] for other in tables)]
            if not tables and not done:
                done = list(bound)
            tables.insert(0, self.sum_out(joined, done))
            bound = bound - set(done)
        return tables[0]

    def join(self, a, b):
        axes = tuple(dict.fromkeys(a[0] + b[0]))
        left, right = [axes.index(i) for i in a[0]], [axes.index(i) for i in b[0]]
        reduce = self.numbers.reduce
        return axes, {
            key: reduce(a[1][tuple(key[n] for n in left)] * b[1][tuple(key[n] for n in right)]) for key in self.keys(axes)
        }

    def sum_out(self, table, done):
        if not done:
            return table
        axes = tuple(index for index in table[0] if index not in done)
        places = [table[0].index(index) for index in axes]
        totals = {}
        for key, value in table[1].items():
            short = tuple(key[n] for n in places)
            totals[short] = totals.get(short, 0) + value
        return axes, {key: self.numbers.reduce(value) for key, value in totals.items()}

    # ------------------------------------------------------------ inverses and determinants by elimination

    def matrix(self, name):
        n = self.sizes[name, 0]
        return [[self.numbers.random((name, i, j)) for j in range(n)] for i in range(n)]

    def eliminate(self, name):
        """(determinant, inverse) by Gauss and Jordan."""
        numbers, rows = self.numbers, self.matrix(name)
        n, determinant = len(rows), 1
        rows = [row + [numbers.number(int(i == j)) for j in range(n)] for i, row in enumerate(rows)]
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
                    factor = rows[i][column]
                    rows[i] = [numbers.reduce(a - factor * b) for a, b in zip(rows[i], rows[column])]
        return determinant, [row[n:] for row in rows]

    def inverse(self, name):
        return self.eliminate(name)[1]

    def determinant(self, name):
        return self.eliminate(name)[0]
