"""Give a subexpression back the name that a definition gave it: e^{x_p} is e_p where e_i := e^{x_i}.

Where r_i := \\sqrt{v_i}, an inverse v_p^{-3/2} is r_p^{-3}: a power of what has a name as a power is a power of the name.
"""

from collections import Counter
from fractions import Fraction

from linalg_grads.expressions import (
    MINUS_ONE,
    Apply,
    Number,
    Power,
    Product,
    Tensor,
    children,
    free,
    is_whole,
    kept,
    multiply,
    own_indices,
    power,
    transform,
)


def recognise(e, equations):
    """`e` with every instance of a definition's right-hand side written as its name."""
    for equation in equations:
        if _worth_a_name(equation.right) and _names(equation.right) <= _names(e):
            e = transform(e, lambda node, equation=equation: _named(node, equation), (Product, type(equation.right)))
    return e


@kept
def _names(e):
    """The names of the tensors and functions in `e`."""
    own = (e[1],) if isinstance(e, (Tensor, Apply)) else ()
    return frozenset(own).union(*map(_names, children(e)))


def _worth_a_name(right):
    """A function, a power, or a product that holds one or sums something."""
    if isinstance(right, (Apply, Power)):
        return True
    return isinstance(right, Product) and (bool(right.bound) or any(isinstance(f, (Apply, Power)) for f in right.factors))


def _named(node, equation):
    if not _names(equation.right) <= _names(node):
        return node
    if isinstance(node, Product):
        return _named_in_product(node, equation)
    mapping = match(equation.right, node, equation.left.indices)
    if mapping is not None:
        return _instance(equation.left, mapping)
    times = _times(node, equation.right)
    mapping = match(equation.right.base, node.base, equation.left.indices) if times else None
    return node if mapping is None else power(_instance(equation.left, mapping), Number(times))


def _times(node, right):
    """How often the exponent of `right` goes into that of `node`, or None: a square stays a square, no root to the fourth."""
    if not (isinstance(node, Power) and isinstance(right, Power)):
        return None
    exponent, unit = node.exponent, right.exponent
    if not (isinstance(exponent, Number) and isinstance(unit, Number)) or is_whole(exponent) and exponent.value > 0:
        return None
    times = Fraction(exponent.value) / unit.value
    return int(times) if times.denominator == 1 else None


def _instance(left, mapping):
    return Tensor(left.name, tuple(mapping.get(index, index) for index in left.indices))


def _named_in_product(node, equation):
    wanted, summed = (equation.right.factors, equation.right.bound) if isinstance(equation.right, Product) else ((equation.right,), ())
    factors, bound = _unit_powers(node.factors), node.bound
    while found := find_factors(wanted, factors, equation.left.indices):
        mapping, places = found
        named, gone = _instance(equation.left, mapping), {mapping.get(index) for index in summed}
        rest = [factor for place, factor in enumerate(factors) if place not in places]
        stay = {index for factor in (named, *rest) for index in free(factor)}
        if len(gone) < len(summed) or not gone <= set(bound) or not gone.isdisjoint(stay):
            break  # what the definition sums is not summed here, or not there alone
        rest.insert(min(min(places), len(rest)), named)
        factors, bound = rest, tuple([index for index in bound if index not in gone])
    return multiply(factors, bound) if Counter(factors) != Counter(_unit_powers(node.factors)) else node


def _unit_powers(factors):
    """u^{-2} as u^{-1} u^{-1}, so that each can be used alone."""
    made = []
    for factor in factors:
        whole = isinstance(factor, Power) and isinstance(factor.exponent, Number) and factor.exponent.value in (-2, -3)
        made += [Power(factor.base, MINUS_ONE)] * int(-factor.exponent.value) if whole else [factor]
    return made


def find_factors(wanted, factors, variables):
    """(mapping, places): an instance of the factors `wanted` among `factors`."""

    def search(remaining, mapping, places):
        if not remaining:
            return mapping, places
        for place, factor in enumerate(factors):
            if place not in places:
                longer = match(remaining[0], factor, variables, mapping)
                if longer is not None:
                    done = search(remaining[1:], longer, (*places, place))
                    if done:
                        return done
        return None

    return search(tuple(wanted), {}, ())


def match(pattern, target, variables, mapping=None):
    """The indices to put for `variables` that make `pattern` the same as `target`, or None."""
    mapping = dict(mapping or {})
    if type(pattern) is not type(target):
        return None
    for field in ("name", "function", "value"):
        if getattr(pattern, field, None) != getattr(target, field, None):
            return None
    mine, theirs = _indices(pattern), _indices(target)
    if len(mine) != len(theirs):
        return None
    for index, other in zip(mine, theirs):
        if index in variables or "#" in index:
            if mapping.setdefault(index, other) != other:
                return None
        elif index != other:
            return None
    inside, others = children(pattern), children(target)
    if len(inside) != len(others):
        return None
    for part, other in zip(inside, others):
        mapping = match(part, other, variables, mapping)
        if mapping is None:
            return None
    return mapping


def _indices(e):
    return (*e.bound, *own_indices(e)) if isinstance(e, Product) else own_indices(e)
