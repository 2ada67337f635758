"""What an equation is made of: a closed set of frozen nodes, and the few operations that every module needs.

An index is its letter; a dummy (summed) index also carries a number that keeps it apart, 'k#3'. A product holds the
dummies that it sums, so a dummy never means two things and substitution can't capture.

    x_{ik} a_{jk}     Product((Tensor('x', ('i', 'k#1')), Tensor('a', ('j', 'k#1'))), ('k#1',))
"""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import count


class Located(str):
    """Text that remembers where in the source it stood (`at`), for the caret of an error."""

    at = 0


class Index(Located):
    """An index. `dim` is the axis whose length it runs over, as (tensor, position), once that is known.

    `bounds` is what a sum says that it runs from and to, (1, M) in \\sum_{i=1}^M.
    """

    dim = None
    bounds = None

    @property
    def letter(self):
        return self.partition("#")[0]

    @property
    def is_ellipsis(self):
        return self.startswith(r"\ldots")


_serial = count(1)


def dummy(index):
    """A fresh dummy that prints, if it can, with the letter of `index` and runs over the same axis."""
    return index_like(f"{index.partition('#')[0]}#{next(_serial)}", index)


def index_like(text, other):
    index = Index(text)
    index.dim, index.at = getattr(other, "dim", None), getattr(other, "at", 0)
    index.bounds = getattr(other, "bounds", None)
    return index


# ---------------------------------------------------------------- nodes


@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction  # or an int


@dataclass(frozen=True, slots=True)
class Tensor:
    """A component x_{ik}; without indices a scalar, or in matrix notation the whole tensor."""

    name: str
    indices: tuple = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """The Kronecker delta: 1 where i = j, 0 elsewhere."""

    i: Index
    j: Index


@dataclass(frozen=True, slots=True)
class Ones:
    """A component of the tensor of ones; without an index the whole tensor, in matrix notation."""

    index: Index | None = None


@dataclass(frozen=True, slots=True)
class Size:
    """The number of values that an index takes: delta_{kk} summed over k."""

    index: Index


@dataclass(frozen=True, slots=True)
class Sum:
    terms: tuple


@dataclass(frozen=True, slots=True)
class Product:
    """The product of its factors, summed over its dummy indices `bound`."""

    factors: tuple
    bound: tuple = ()


@dataclass(frozen=True, slots=True)
class Power:
    base: "Expression"
    exponent: "Expression"


@dataclass(frozen=True, slots=True)
class Apply:
    """An elementwise function, by its name in `functions.FUNCTIONS`."""

    function: str
    argument: "Expression"


@dataclass(frozen=True, slots=True)
class Derivative:
    """The partial derivative of an expression with respect to one component."""

    of: "Expression"
    wrt: Tensor


@dataclass(frozen=True, slots=True)
class Transpose:
    of: "Expression"


@dataclass(frozen=True, slots=True)
class Inverse:
    of: "Expression"


@dataclass(frozen=True, slots=True)
class Trace:
    of: "Expression"


@dataclass(frozen=True, slots=True)
class Determinant:
    of: "Expression"


@dataclass(frozen=True, slots=True)
class Hadamard:
    """The elementwise product of matrix expressions, the \\odot of LaTeX."""

    parts: tuple


@dataclass(frozen=True, slots=True)
class Kronecker:
    """The Kronecker product of matrix expressions, the \\otimes of LaTeX."""

    parts: tuple


@dataclass(frozen=True, slots=True)
class Vec:
    """A matrix's entries in one column, row after row."""

    of: "Expression"


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix written out: its entries, row after row."""

    entries: tuple
    columns: int


@dataclass(frozen=True, slots=True)
class Component:
    """[M]_{ij}: one component of a matrix expression."""

    of: "Expression"
    indices: tuple


@dataclass(frozen=True, slots=True)
class Equation:
    left: "Expression"
    right: "Expression"


Expression = (
    Number | Tensor | Delta | Ones | Size | Sum | Product | Power | Apply | Derivative
    | Transpose | Inverse | Trace | Determinant | Hadamard | Kronecker | Vec | Matrix | Component
)  # fmt: skip
ZERO, ONE, MINUS_ONE = Number(0), Number(1), Number(-1)


# ---------------------------------------------------------------- walking


def children(e):
    """The expressions directly inside `e`."""
    match e:
        case Sum(parts) | Product(parts) | Hadamard(parts) | Kronecker(parts) | Matrix(parts):
            return parts
        case Power(base, exponent):
            return base, exponent
        case Transpose(inside) | Inverse(inside) | Trace(inside) | Determinant(inside) | Vec(inside):
            return (inside,)
        case Apply(_, inside) | Component(inside, _):
            return (inside,)
        case Derivative(of, wrt):
            return of, wrt
    return ()


def rebuild(e, parts):
    """`e` with other children, tidied by `add` and `multiply`."""
    match e:
        case Sum():
            return add(parts)
        case Product(_, bound):
            return multiply(parts, bound)
        case Power():
            return power(*parts)
    return replace_children(e, parts)


def replace_children(e, parts):
    """`e` with other children, untouched otherwise."""
    match e:
        case Sum() | Hadamard() | Kronecker():
            return type(e)(tuple(parts))
        case Product(_, bound):
            return Product(tuple(parts), bound)
        case Matrix(_, columns):
            return Matrix(tuple(parts), columns)
        case Apply(function):
            return Apply(function, *parts)
        case Component(_, indices):
            return Component(*parts, indices)
    return type(e)(*parts) if parts else e


def transform(e, rule):
    """Apply `rule` to every node, from the leaves up; a rule returns its argument where it has nothing to say."""
    parts = children(e)
    if parts:
        new = tuple([transform(part, rule) for part in parts])
        if any(a is not b for a, b in zip(new, parts)):
            e = rebuild(e, new)
    return rule(e)


def nodes(e):
    """Every node of `e`, itself first."""
    yield e
    for part in children(e):
        yield from nodes(part)


def own_indices(e):
    """The indices written on the node itself."""
    match e:
        case Tensor(_, indices) | Component(_, indices):
            return indices
        case Delta(i, j):
            return i, j
        case Ones(index):
            return () if index is None else (index,)
    return ()


def occurrences(e):
    """The free indices of `e`, each as often as it occurs."""
    found = list(own_indices(e))
    for part in children(e):
        found += occurrences(part)
    if isinstance(e, Product) and e.bound:
        return [index for index in found if index not in e.bound]
    return found


def free(e):
    """The free indices of `e`, in order of first occurrence."""
    return tuple(dict.fromkeys(occurrences(e)))


def tensors(e):
    """The names of the tensors in `e`, in order of first occurrence."""
    return tuple(dict.fromkeys(node.name for node in nodes(e) if isinstance(node, Tensor)))


def depends(e, name):
    """Does tensor `name` occur in `e`? (The variable of a derivative doesn't count.)"""
    if isinstance(e, Tensor):
        return e.name == name
    if isinstance(e, Derivative):
        return depends(e.of, name)
    return any(depends(part, name) for part in children(e))


def substitute(e, mapping):
    """Replace indices, bound ones included. Dummies are unique, so nothing is captured."""
    match e:
        case Tensor(name, indices):
            if any(index in mapping for index in indices):
                return Tensor(name, tuple([mapping.get(index, index) for index in indices]))
            return e
        case Delta(i, j):
            return Delta(mapping.get(i, i), mapping.get(j, j))
        case Ones(index) if index in mapping:
            return Ones(mapping[index])
        case Product(factors, bound):
            parts = tuple([substitute(factor, mapping) for factor in factors])
            return Product(parts, tuple([mapping.get(index, index) for index in bound]))
        case Sum(terms):
            return Sum(tuple([substitute(term, mapping) for term in terms]))
        case Component(of, indices):
            return Component(substitute(of, mapping), tuple([mapping.get(index, index) for index in indices]))
    return replace_children(e, [substitute(part, mapping) for part in children(e)])


def dummies(e):
    return [index for node in nodes(e) if isinstance(node, Product) for index in node.bound]


def rename_apart(e):
    """A copy of `e` with fresh dummies: what must be done before an expression stands twice in a product."""
    mapping = {index: dummy(index) for index in dummies(e)}
    return substitute(e, mapping) if mapping else e


# ---------------------------------------------------------------- building


def add(terms):
    """The sum of `terms`: nested sums opened, zeros dropped."""
    flat = []
    for term in terms:
        if isinstance(term, Sum):
            flat += term.terms
        elif term != ZERO:
            flat.append(term)
    return flat[0] if len(flat) == 1 else Sum(tuple(flat)) if flat else ZERO


def multiply(factors, bound=()):
    """The product of `factors` summed over `bound`: nested products opened, numbers multiplied, powers of one base merged.

    Where a base cancels, ones keep its indices: v_i v_i^{-1} is 1_i, not 1.
    """
    coefficient, flat, bound = 1, [], tuple(bound)
    for factor in factors:
        inner = (factor,)
        if isinstance(factor, Product):
            if any(index in bound for index in factor.bound):
                factor = rename_apart(factor)
            inner, bound = factor.factors, bound + factor.bound
        for part in inner:
            if isinstance(part, Number):
                coefficient *= part.value
            else:
                flat.append(part)
    if coefficient == 0:
        return ZERO
    if any(isinstance(part, Power) for part in flat):
        coefficient, flat = _merge_powers(coefficient, flat)
    if coefficient != 1:
        flat.insert(0, Number(coefficient))
    if len(flat) == 1 and not bound:
        return flat[0]
    return Product(tuple(flat), bound) if flat or bound else ONE


def _merge_powers(coefficient, factors):
    """Add the exponents of equal bases where one of them is a power; v_i v_i alone stays as it is."""
    exponents = {}
    for factor in factors:
        base, exponent = (factor.base, factor.exponent) if isinstance(factor, Power) else (factor, ONE)
        exponents.setdefault(base, []).append(exponent)
    merged, done, lost = [], set(), []
    for factor in factors:
        base = factor.base if isinstance(factor, Power) else factor
        group = exponents[base]
        if len(group) == 1 or all(exponent == ONE for exponent in group):
            merged.append(factor)
        elif base not in done:
            done.add(base)
            new = power(base, add_numbers(group))
            if new == ONE:
                lost += free(base)
            else:
                merged.append(new)
    still = {index for factor in merged for index in free(factor)}
    merged += [Ones(index) for index in dict.fromkeys(lost) if index not in still]
    return coefficient, merged


def add_numbers(parts):
    """The sum of `parts`, its numbers added up."""
    total = sum(part.value for part in parts if isinstance(part, Number))
    rest = [part for part in parts if not isinstance(part, Number)]
    return add([*rest, Number(total)])


def power(base, exponent):
    """base^exponent, with the exponents 0 and 1, numbers and powers of powers worked out."""
    if exponent == ONE:
        return base
    if exponent == ZERO and not free(base):
        return ONE
    if isinstance(base, Number) and isinstance(exponent, Number) and exponent.value == int(exponent.value):
        if base.value or exponent.value > 0:
            return Number(Fraction(base.value) ** int(exponent.value))
    if exponent == ZERO:
        return multiply([Ones(index) for index in free(base)])
    if isinstance(base, Power) and isinstance(exponent, Number) and exponent.value == int(exponent.value):
        return power(base.base, multiply((base.exponent, exponent)))
    if isinstance(base, Product) and not base.bound and isinstance(exponent, Number) and exponent.value == int(exponent.value):
        return multiply([power(factor, exponent) for factor in base.factors])
    return Power(base, exponent)


def tidy(e):
    """`e` built anew from the leaves up: nested sums and products opened, numbers worked out."""
    parts = children(e)
    return rebuild(e, tuple([tidy(part) for part in parts])) if parts else e


def negative(e):
    return multiply((MINUS_ONE, e))


def coefficient(e):
    """(number, rest): `e` is number times rest."""
    if isinstance(e, Number):
        return e.value, ONE
    if isinstance(e, Product) and isinstance(e.factors[0], Number):
        return e.factors[0].value, multiply(e.factors[1:], e.bound)
    return 1, e


def letters(e):
    """Every index letter in `e`, free or bound."""
    return {index.partition("#")[0] for node in nodes(e) for index in own_indices(node)}


def counts(e):
    return Counter(occurrences(e))
