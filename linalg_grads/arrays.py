r"""Expressions -> array programs: the operations on whole arrays that compute every component at once.

An array knows which index runs along each of its axes. A product is planned as a person would write it: sums over one
index of two matrices are matrix products, equal axes multiply elementwise, and what fits neither is an einsum.
`to_numpy`, `to_torch` and `to_matrix` each write the same program in their language.
"""

from dataclasses import dataclass, replace

from linalg_grads.expressions import (
    MINUS_ONE,
    Apply,
    Component,
    Delta,
    Derivative,
    Determinant,
    Number,
    Ones,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    free,
    multiply,
    substitute,
)

# ---------------------------------------------------------------- the operations


@dataclass(frozen=True, slots=True)
class Array:
    """A tensor of the layer or an upstream gradient (`of` set: the tensor that it belongs to)."""

    name: str
    axes: tuple
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    value: object
    axes: tuple = ()


@dataclass(frozen=True, slots=True)
class Length:
    """The length of an axis, (tensor, position)."""

    dim: tuple
    axes: tuple = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """Ones, along these axes."""

    axes: tuple


@dataclass(frozen=True, slots=True)
class Eye:
    axes: tuple


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    inside: object
    axes: tuple


@dataclass(frozen=True, slots=True)
class Raise:
    base: object
    exponent: object
    axes: tuple


@dataclass(frozen=True, slots=True)
class Plus:
    parts: tuple
    axes: tuple


@dataclass(frozen=True, slots=True)
class Times:
    """The elementwise product, with broadcasting."""

    parts: tuple
    axes: tuple


@dataclass(frozen=True, slots=True)
class MatMul:
    left: object
    right: object
    axes: tuple


@dataclass(frozen=True, slots=True)
class Permute:
    """The axes in another order."""

    inside: object
    axes: tuple


@dataclass(frozen=True, slots=True)
class Stretch:
    """Axes of length 1 put in, so that broadcasting finds the others in their place."""

    inside: object
    axes: tuple  # of the result it broadcasts against


@dataclass(frozen=True, slots=True)
class Total:
    """The sum over some axes; with `keep`, an axis of length 1 remains."""

    inside: object
    over: tuple
    axes: tuple
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Einsum:
    parts: tuple
    axes: tuple


@dataclass(frozen=True, slots=True)
class Softmax:
    """exp(u) over its own sum, without overflow."""

    inside: object
    over: tuple
    axes: tuple


@dataclass(frozen=True, slots=True)
class LogSumExp:
    inside: object
    over: tuple
    axes: tuple


@dataclass(frozen=True, slots=True)
class MatrixInverse:
    name: str
    axes: tuple


@dataclass(frozen=True, slots=True)
class MatrixDeterminant:
    name: str
    axes: tuple = ()


# ---------------------------------------------------------------- planning


def plan(e, axes):
    """The program for `e` with exactly these axes, in this order."""
    made = _plan(e, tuple(axes))
    missing = [index for index in axes if index not in made.axes]
    if missing:
        made = _times([made, Filled(tuple(axes))], tuple(axes))
    return arrange(made, tuple(axes))


def _plan(e, wanted):
    match e:
        case Number(value):
            return Constant(value)
        case Tensor(name, indices):
            return _array(Array(name, indices))
        case Derivative(_, wrt):
            return _array(Array(wrt.name, wrt.indices, of=wrt.name))
        case Delta(i, j):
            return Eye((i, j))
        case Ones(index):
            return Filled((index,))
        case Size(index):
            return Length(index.dim)
        case Component(of, indices):
            return _array(MatrixInverse(of.of.name, indices))
        case Determinant(of):
            return MatrixDeterminant(of.name)
        case Sum(terms):
            parts = [_plan(term, wanted) for term in terms]
            return _plus(parts, _common_axes(parts, wanted))
        case Power(base, exponent):
            base, exponent = _plan(base, wanted), _plan(exponent, wanted)
            both = _common_axes([base, exponent], wanted)
            if exponent.axes:
                base, exponent = fit(base, both), fit(exponent, both)
            return Raise(base, exponent, both if exponent.axes else base.axes)
        case Apply("log", Product() as inside) if _exponential_sum(inside):
            return _log_sum_exp(inside, wanted)
        case Apply(function, argument):
            inside = _plan(argument, wanted)
            return Function(function, inside, inside.axes)
        case Product():
            return _product(e, wanted)
    raise TypeError(f"no array program for {e}")


def _array(array):
    """A repeated index reads the diagonal."""
    distinct = tuple(dict.fromkeys(array.axes))
    return array if len(distinct) == len(array.axes) else Einsum((array,), distinct)


def _order(indices, wanted):
    """The distinct indices: in the order of `wanted` if it has them all, else as they come."""
    distinct = tuple(dict.fromkeys(indices))
    return tuple(i for i in wanted if i in distinct) if set(distinct) <= set(wanted) else distinct


def _common_axes(parts, wanted):
    """The axes of a result of `parts`: as wanted, else those of the widest part first."""
    widest = max(parts, key=lambda part: len(part.axes) * (not isinstance(part, Filled)))
    return _order([*widest.axes, *[index for part in parts for index in part.axes]], wanted)


# ---------------------------------------------------------------- axes


def arrange(array, axes):
    """`array` with its axes in this order (a permutation of them)."""
    if array.axes == axes:
        return array
    match array:
        case Permute(inside):
            return arrange(inside, axes)
        case Eye() | Filled():
            return type(array)(axes)
        case Einsum(parts):
            return Einsum(parts, axes)
        case Constant():
            return array
    return Permute(array, axes)


def fit(array, axes):
    """`array` so that broadcasting lines it up with `axes`, of which it may lack some."""
    present = tuple(index for index in axes if index in array.axes)
    if isinstance(array, Total) and not array.keep and 0 < len(array.axes) < len(axes):
        before = array.inside.axes  # each axis is summed, or stands where it must
        if all(i in array.over or i == j for i, j in zip(reversed(before), reversed(axes))) and len(before) <= len(axes):
            return replace(array, keep=True)
    if isinstance(array, Times) and len(present) < len(axes):
        return Times(tuple(fit(_bare(part), axes) if part.axes else part for part in array.parts), axes)
    array = arrange(array, present)
    return array if axes[len(axes) - len(present):] == present else Stretch(array, axes)


def _plus(parts, axes):
    parts = [part for part in parts]
    covered = {index for part in parts for index in part.axes if not isinstance(part, Filled)}
    parts = [_without_ones(part, covered, axes) for part in parts]
    return Plus(tuple(fit(part, axes) for part in parts), axes)


def _without_ones(part, covered, axes):
    """Ones along axes that another term has are left to broadcasting."""
    if isinstance(part, Filled) and set(part.axes) <= covered:
        return Constant(1)
    if isinstance(part, Times) and any(isinstance(p, (Filled, Stretch)) and _is_ones(p) for p in part.parts):
        kept = [p for p in part.parts if not (_is_ones(p) and set(_bare(p).axes) <= covered)]
        if len(kept) < len(part.parts):
            return _times([_bare(p) for p in kept], axes)
    return part


def _is_ones(part):
    return isinstance(_bare(part), Filled)


def _bare(part):
    """Without what only lines it up."""
    if isinstance(part, (Stretch, Permute)):
        return _bare(part.inside)
    return replace(part, keep=False) if isinstance(part, Total) and part.keep else part


def _times(parts, wanted):
    """The elementwise product; numbers first, ones dropped where another factor has their axis."""
    parts = [p for p in parts if p != Constant(1)] or [Constant(1)]
    covered = {index for part in parts if not isinstance(part, Filled) for index in part.axes}
    ones = tuple(dict.fromkeys(i for p in parts if isinstance(p, Filled) for i in p.axes if i not in covered))
    parts = [part for part in parts if not isinstance(part, Filled)]
    if ones:
        parts.append(Filled(tuple(i for i in wanted if i in ones) + tuple(i for i in ones if i not in wanted)))
    if len(parts) == 1:
        return parts[0]
    axes = _common_axes(parts, wanted)
    flat = []
    for part in sorted(parts, key=lambda part: bool(part.axes)):
        fitted = fit(part, axes)
        flat += fitted.parts if isinstance(fitted, Times) and fitted.axes == axes else [fitted]
    return Times(tuple(flat), axes)


def _total(array, over):
    """The sum over `over`; a number or scalar stays outside."""
    axes = tuple(index for index in array.axes if index not in over)
    if isinstance(array, Total) and not array.keep:
        return Total(array.inside, (*array.over, *over), axes)
    return Total(array, tuple(over), axes)


# ---------------------------------------------------------------- products


def _product(e, wanted):
    factors, softmaxes = _softmaxes(e)
    ones = {factor.index for factor in factors if isinstance(factor, Ones)}
    others = [factor for factor in factors if not isinstance(factor, Ones)]
    parts = softmaxes + [_plan(factor, _order(free(factor), wanted)) for factor in others]
    scalars = [part for part in parts if not part.axes]
    arrays = [part for part in parts if part.axes]
    present = {index for part in arrays for index in part.axes}
    lone = [index for index in e.bound if index not in present]
    scalars += [Length(index.dim) for index in lone]
    arrays = _eliminate(arrays, [index for index in e.bound if index in present], wanted)
    present = {index for part in arrays for index in part.axes}
    filled = tuple(index for index in wanted if index in ones - present)
    scalars += [part for part in arrays if not part.axes]
    return _times([*scalars, *[a for a in arrays if a.axes], *([Filled(filled)] if filled else [])], wanted)


def _eliminate(arrays, bound, wanted):
    """Sum over the dummies, the cheapest first, until none is left."""
    bound = list(bound)
    while bound:
        holders = {index: [a for a in arrays if index in a.axes] for index in bound}
        index = min(bound, key=lambda i: (len(holders[i]) > 2, _result_order(holders[i], bound), bound.index(i)))
        group = holders[index]
        rest = [a for a in arrays if not any(a is b for b in group)]
        done = [i for i in bound if all(any(a is b for b in group) for a in holders[i])]
        made, gone = _sum_group(group, index, done, wanted)
        arrays = [*rest, made] if not rest else _in_place(arrays, group, made)
        bound = [i for i in bound if i not in gone]
    return arrays


def _in_place(arrays, group, made):
    """`made` where the first of `group` stood."""
    result, placed = [], False
    for array in arrays:
        if any(array is member for member in group):
            if not placed:
                result.append(made)
                placed = True
        else:
            result.append(array)
    return result


def _result_order(group, bound):
    return len({i for a in group for i in a.axes}) - 1


def _sum_group(group, index, done, wanted):
    """(array, dummies used up): the factors that hold `index`, multiplied and summed."""
    if len(group) == 1:
        over = tuple(i for i in group[0].axes if i in done)
        return _total(group[0], over), over
    group = _merge_equal(group, wanted)
    if len(group) == 1:
        over = tuple(i for i in group[0].axes if i in done)
        return _total(group[0], over), over
    if len(group) == 2:
        shared = set(group[0].axes) & set(group[1].axes)
        if shared == {index} and all(len(a.axes) <= 2 for a in group):
            return _matmul(group[0], group[1], index, wanted), (index,)
        batched = _batched(group, index, shared)
        if batched is not None:
            return batched, (index,)
    widest = max(group, key=lambda a: len(a.axes))
    narrow = [a for a in group if a is not widest and set(a.axes) <= set(widest.axes)]
    if narrow:
        merged = _times([a for a in group if a is widest or any(a is n for n in narrow)], widest.axes)
        remaining = [a for a in group if a is not widest and not any(a is n for n in narrow)]
        return _sum_group([merged, *remaining], index, done, wanted)
    over = tuple(i for i in done)
    axes = tuple(dict.fromkeys(i for a in group for i in a.axes if i not in over))
    return Einsum(tuple(group), _order(axes, wanted)), over


def _merge_equal(group, wanted):
    """Factors with the same axes multiplied elementwise."""
    merged = []
    for array in group:
        for n, other in enumerate(merged):
            if set(other.axes) == set(array.axes):
                merged[n] = _times([other, array], other.axes)
                break
        else:
            merged.append(array)
    return merged


def _matmul(f, g, index, wanted):
    """The matrix product over `index`, in the order of `wanted`, else with fewer transposes."""
    left_free = [i for i in f.axes if i != index]
    right_free = [i for i in g.axes if i != index]
    if left_free and right_free:
        i, j = left_free[0], right_free[0]
        if i in wanted and j in wanted:
            swap = wanted.index(i) > wanted.index(j)
        else:
            swap = f.axes[0] == index and g.axes[-1] == index
    else:  # a matrix times a vector is written M @ v or v @ M, as the axes stand
        matrix = f if left_free else g
        swap = (matrix.axes[-1] == index) != (matrix is f) if left_free or right_free else False
    if swap:
        f, g, left_free, right_free = g, f, right_free, left_free
    f = arrange(f, (*left_free, index)) if left_free else f
    g = arrange(g, (index, *right_free)) if right_free else g
    return MatMul(f, g, (*left_free, *right_free))


def _batched(group, index, shared):
    """A stack of matrix products, where the shared leading axes stand in the same order in both."""
    f, g = group
    batch = tuple(i for i in f.axes if i in shared and i != index)
    left = [i for i in f.axes if i not in shared]
    right = [i for i in g.axes if i not in shared]
    if not batch or len(left) != 1 or len(right) != 1 or batch != tuple(i for i in g.axes if i in batch):
        return None
    return MatMul(arrange(f, (*batch, *left, index)), arrange(g, (*batch, index, *right)), (*batch, *left, *right))


# ---------------------------------------------------------------- softmax and log-sum-exp


def _exponential_sum(e):
    """Is `e` a sum of exponentials, sum_k exp(u_k)?"""
    others = [factor for factor in e.factors if not isinstance(factor, Ones)]
    return bool(e.bound) and len(others) == 1 and isinstance(others[0], Apply) and others[0].function == "exp"


def _log_sum_exp(e, wanted):
    exponential = next(factor for factor in e.factors if not isinstance(factor, Ones))
    inside = _plan(exponential.argument, wanted)
    return LogSumExp(inside, e.bound, tuple(i for i in inside.axes if i not in e.bound))


def _softmaxes(e):
    """(the other factors, a Softmax for each pair exp(u) and 1 / sum exp(u))"""
    factors, found = [], []
    for factor in e.factors:
        whole = isinstance(factor, Power) and isinstance(factor.exponent, Number) and factor.exponent.value in (-2, -3)
        factors += [Power(factor.base, MINUS_ONE)] * -factor.exponent.value if whole else [factor]
    for below in list(factors):
        if not (isinstance(below, Power) and below.exponent == MINUS_ONE and isinstance(below.base, Product)):
            continue
        if not _exponential_sum(below.base):
            continue
        summed = next(factor for factor in below.base.factors if not isinstance(factor, Ones))
        for above in factors:
            over = _same_up_to(summed, above, below.base.bound)
            if over:
                factors.remove(above)
                factors.remove(below)
                inside = _plan(above.argument, free(above))
                found.append(Softmax(inside, over, inside.axes))
                break
    return factors, found


def _same_up_to(summed, above, bound):
    """The indices of `above` that stand where the dummies of `summed` stand, if that is all that differs."""
    from linalg_grads.recognise import match

    if not (isinstance(above, Apply) and above.function == "exp"):
        return ()
    mapping = match(summed, above, tuple(bound))
    if mapping is None or len(set(mapping.get(i, i) for i in bound)) < len(bound):
        return ()
    if substitute(summed, {index: mapping[index] for index in bound if index in mapping}) != above:
        return ()
    return tuple(mapping[index] for index in bound)


