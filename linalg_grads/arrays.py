r"""Expressions -> array programs: the operations on whole arrays that compute every component at once.

An array knows which index runs along each of its axes; in what order its code puts them, with which transposes, is
decided later (`layout`). A product is planned as a person would write it: sums over one index of two matrices are matrix
products, equal axes multiply elementwise, and what fits neither is an einsum.
"""

from linalg_grads.canonical import canonical
from linalg_grads.contract import contract
from linalg_grads.expressions import (
    MINUS_ONE,
    ZERO,
    Apply,
    Component,
    Delta,
    Derivative,
    Determinant,
    Node,
    Number,
    Ones,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    add,
    free,
    multiply,
    nodes,
    own_indices,
    substitute,
)
from linalg_grads.recognise import match

# ---------------------------------------------------------------- the operations


class Array(Node):
    """A tensor of the layer, an upstream gradient (`of`: the tensor that it belongs to), or a name for a part of the program."""

    name: str
    axes: tuple
    of: str = None


class Constant(Node):
    value: object
    axes: tuple = ()


class Length(Node):
    """The length of an axis, (tensor, position)."""

    dim: tuple
    axes: tuple = ()


class Filled(Node):
    """Ones, along these axes; or zeros, where nothing else is computed."""

    axes: tuple
    value: int = 1


class Eye(Node):
    axes: tuple


class Function(Node):
    name: str
    inside: Node
    axes: tuple


class Raise(Node):
    base: Node
    exponent: Node
    axes: tuple


class Plus(Node):
    """The sum; what lacks an axis is the same along it."""

    parts: tuple
    axes: tuple


class Times(Node):
    """The elementwise product; what lacks an axis is the same along it."""

    parts: tuple
    axes: tuple


class MatMul(Node):
    """The sum over one index of the product of two matrices, or vectors, or stacks of matrices."""

    left: Node
    right: Node
    over: str
    axes: tuple


class Reduce(Node):
    """The sum (max, logsumexp) over some axes; with `keep`, an axis of length 1 remains."""

    inside: Node
    over: tuple
    axes: tuple
    how: str = "sum"
    keep: bool = False


class Einsum(Node):
    parts: tuple
    axes: tuple


class Softmax(Node):
    """exp(u) over its own sum, without overflow; `log` of it where that is asked for."""

    inside: Node
    over: tuple
    axes: tuple
    log: bool = False


class MatrixInverse(Node):
    name: str
    axes: tuple


class MatrixDeterminant(Node):
    name: str
    axes: tuple = ()


def parts_of(node):
    """The programs directly inside `node`."""
    found = []
    for field in node[1:]:
        if isinstance(field, Node):
            found.append(field)
        elif isinstance(field, tuple) and field and isinstance(field[0], Node):
            found += field
    return found


def every_part(node):
    """`node` and all programs inside it."""
    yield node
    for part in parts_of(node):
        yield from every_part(part)


def with_parts(node, parts):
    """`node` with other programs directly inside it."""
    parts, fields = iter(parts), []
    for field in node[1:]:
        if isinstance(field, Node):
            field = next(parts)
        elif isinstance(field, tuple) and field and isinstance(field[0], Node):
            field = tuple([next(parts) for _ in field])
        fields.append(field)
    return type(node)(*fields)


def rewritten(node, rule):
    """`node` with `rule` applied to every program in it, from the leaves up."""
    parts = parts_of(node)
    return rule(with_parts(node, [rewritten(part, rule) for part in parts]) if parts else node)


# ---------------------------------------------------------------- planning


def plan(e, axes):
    """The program for `e`, with all of these axes."""
    axes = tuple(axes)
    if e == ZERO and axes:
        return Filled(axes, 0)
    made = plan_any(e, axes)
    missing = tuple(index for index in axes if index not in made.axes)
    return times([made, Filled(missing)], axes) if missing else made


def plan_any(e, wanted=()):
    """The program for `e`, with the axes that it has; `wanted` is the order to prefer."""
    match e:
        case Number(value):
            return Constant(value)
        case Tensor(name, indices):
            return _array(Array(name, indices))
        case Derivative(_, wrt):
            return _array(Array(wrt.name, wrt.indices, wrt.name))
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
            return plus([plan_any(term, wanted) for term in terms], wanted)
        case Power(base, exponent):
            base, exponent = plan_any(base, wanted), plan_any(exponent, wanted)
            return Raise(base, exponent, _common_axes([base, exponent], wanted))
        case Apply("log", Product() as inside) if _exponential_sum(inside):
            return _log_sum_exp(inside, wanted)
        case Apply(function, argument):
            inside = plan_any(argument, wanted)
            if function == "log" and isinstance(inside, Softmax):
                return inside.replace(log=True)
            return Function(function, inside, inside.axes)
        case Product():
            return _product(e, wanted)
    raise TypeError(f"no array program for {e}")


def _array(array):
    """A repeated index reads the diagonal."""
    distinct = tuple(dict.fromkeys(array.axes))
    return array if len(distinct) == len(array.axes) else Einsum((array,), distinct)


def _common_axes(parts, wanted):
    """The axes of a result of `parts`: in the order of one that has them all, else as wanted, else as they come."""
    axes = tuple(dict.fromkeys(index for part in parts for index in part.axes))
    ready = [part.axes for part in parts if len(part.axes) == len(axes) and not isinstance(part, Filled)]
    asked = tuple(index for index in wanted if index in axes)
    if len(asked) < len(axes):
        asked += tuple(index for index in axes if index not in asked)
    return asked if asked in ready or not ready else ready[0]


# ---------------------------------------------------------------- sums and elementwise products


def plus(parts, wanted):
    """The sum; ones along axes that another term has are left to broadcasting."""
    covered = {index for part in parts if not isinstance(part, Filled) for index in part.axes}
    parts = [_without_ones(part, covered, wanted) for part in parts]
    return Plus(tuple(parts), _common_axes(parts, wanted))


def _without_ones(part, covered, wanted):
    if isinstance(part, Filled) and set(part.axes) <= covered:
        return Constant(1)
    if isinstance(part, Times):
        return times([p for p in part.parts if not (isinstance(p, Filled) and set(p.axes) <= covered)], wanted)
    return part


def times(parts, wanted):
    """The elementwise product: numbers first, ones only where nothing else has their axis, vectors along one axis together."""
    flat = []
    for part in parts:
        flat += part.parts if isinstance(part, Times) else [part]
    merged = [part for part in _powers_merged(flat) if part != Constant(1)]
    solid = [part for part in merged if not isinstance(part, Filled)]
    covered = {index for part in solid for index in part.axes}
    ones = tuple(dict.fromkeys(i for part in merged if isinstance(part, Filled) for i in part.axes if i not in covered))
    solid += [Filled(ones)] if ones else []
    if len(solid) < 2:
        return solid[0] if solid else Constant(1)
    axes = _common_axes(solid, wanted)
    groups = {}
    whole = any(len(part.axes) == len(axes) for part in solid)
    for part in solid:
        in_place = len(part.axes) == len(axes) or whole and axes[len(axes) - len(part.axes) :] == part.axes
        groups.setdefault(None if in_place or not part.axes else frozenset(part.axes), []).append(part)
    together = {key: Times(tuple(group), _common_axes(group, wanted)) for key, group in groups.items() if key and len(group) > 1}
    made = []
    for part in solid:
        key = frozenset(part.axes)
        if key not in together:
            made.append(part)
        elif together[key] not in made:
            made.append(together[key])
    made.sort(key=lambda part: bool(part.axes))
    return made[0] if len(made) == 1 else Times(tuple(made), axes)


def _powers_merged(parts):
    """Numbers multiplied; x x as x^2, and x^{-1} x^{-1} as x^{-2}."""
    number, exponents, made = 1, {}, []
    for part in parts:
        if isinstance(part, Constant):
            number *= part.value
        else:
            whole = isinstance(part, Raise) and isinstance(part.exponent, Constant)
            base, exponent = (part.base, part.exponent.value) if whole else (part, 1)
            exponents[base] = exponents.get(base, 0) + exponent
    for base, exponent in exponents.items():
        if exponent == 1 or isinstance(base, Filled) or is_condition(base):
            made.append(base)
        else:
            made.append(Raise(base, Constant(exponent), base.axes) if exponent else Filled(base.axes))
    return [Constant(number), *made]


def is_condition(part):
    """Is this an array of true and false?"""
    if isinstance(part, Times):
        return all(is_condition(p) for p in part.parts)
    return isinstance(part, Function) and part.name == "step"


def is_reciprocal(part):
    return isinstance(part, Raise) and isinstance(part.exponent, Constant) and part.exponent.value < 0


# ---------------------------------------------------------------- products


def _product(e, wanted):
    wide = _spread_wide_sum(e)
    if wide is not e:
        return plan_any(wide, wanted)
    factors, parts = softmaxes(e)
    order = (*free(e), *e.bound)
    parts += [plan_any(factor, order) for factor in factors]
    ones = [part for part in parts if isinstance(part, Filled)]
    scalars = [part for part in parts if not part.axes]
    arrays = [part for part in parts if part.axes and not isinstance(part, Filled)]
    held = {index for part in arrays for index in part.axes}
    scalars += [Length(index.dim) for index in e.bound if index not in held]
    arrays = _summed(arrays, [index for index in e.bound if index in held], wanted)
    ones = [Filled(tuple(i for i in part.axes if i not in e.bound)) for part in ones]
    return times([*scalars, *arrays, *[part for part in ones if part.axes]], wanted)


def _spread_wide_sum(e):
    """g_ij (x_ik - z_jk) as g_ij x_ik - g_ij z_jk: no array is made that has more axes than any tensor here."""
    order = max((len(own_indices(node)) for node in nodes(e)), default=0)
    for position, factor in enumerate(e.factors):
        if isinstance(factor, Sum) and len(free(factor)) > max(order, 2) and any(index in e.bound for index in free(factor)):
            rest = e.factors[:position] + e.factors[position + 1 :]
            return contract(add([multiply((*rest, term), e.bound) for term in factor.terms]))
    return e


def _summed(arrays, bound, wanted):
    """`arrays` with the dummies summed, the cheapest first; by one einsum where no matrix product does."""
    made, todo = list(arrays), list(bound)
    while todo:
        holders = {index: [a for a in made if index in a.axes] for index in todo}
        index = min(todo, key=lambda i: (*_effort(holders[i], i), todo.index(i)))
        group = _merged(holders[index], wanted)
        others = [array for array in made if index not in array.axes]
        new = _sum_over(group, index, todo, wanted, others)
        if new is None:
            return _by_einsum(arrays, bound, wanted)
        place = next(n for n, array in enumerate(made) if index in array.axes)
        made = [a for a in made[:place] if index not in a.axes] + [new] + [a for a in made[place:] if index not in a.axes]
        todo = [i for i in todo if any(i in array.axes for array in made)]
    return made


def _effort(group, index):
    """(more than a matrix product?, order of the result, is a row not what is summed?, how many parts are computed)

    Summing rows, which are many, leaves a small matrix: q (k^T v), not (q k^T) v.
    """
    result = {index for array in group for index in array.axes}
    several = len({frozenset(array.axes) for array in group}) > 2
    return several, len(result), not all(array.axes[0] == index for array in group), sum(not isinstance(a, Array) for a in group)


def _merged(group, wanted):
    """Arrays with the same axes multiplied, then vectors multiplied into a matrix, until two are left."""
    merged = []
    for array in group:
        same = next((n for n, other in enumerate(merged) if set(other.axes) == set(array.axes)), None)
        if same is None:
            merged.append(array)
        else:
            merged[same] = times([merged[same], array], wanted)
    while len(merged) > 2 or len(merged) == 2 and any(is_condition(a) or is_reciprocal(a) for a in merged):
        pair = next(((a, b) for a in merged for b in merged if set(a.axes) < set(b.axes) and len(b.axes) == 2), None)
        if pair is None:
            break
        narrow, wide = pair
        merged = [times([wide, narrow], wanted) if a is wide else a for a in merged if a is not narrow]
    return merged


def _sum_over(group, index, todo, wanted, others):
    """The product of `group` summed over `index`, or None where that is neither a sum of one array nor a matrix product.

    A stack of products that is summed too is worth it only where `others` have its shape.
    """
    if len(group) == 1:
        return _reduced(group[0], index)
    if len(group) > 2:
        return None
    left, right = group
    batch = [i for i in left.axes if i in right.axes and i != index]
    rows, columns = ([i for i in a.axes if i != index and i not in batch] for a in (left, right))
    axes = (*batch, *rows, *columns)
    if batch and (len(rows) != 1 or len(columns) != 1):
        return None
    if any(i in todo for i in batch) and not any(set(axes) <= set(other.axes) for other in others):
        return None
    if not batch and len(rows) > 1 and (left.axes[-1] != index or len(columns) > 1):
        return None
    if not batch and len(columns) > 1:
        if right.axes[-1] != index or len(rows) > 1:
            return None
        left, right, rows, columns = right, left, columns, rows
    return MatMul(left, right, index, (*batch, *rows, *columns))


def _reduced(array, index):
    """The sum over one axis; of the product of two vectors it is their inner product."""
    axes = tuple(i for i in array.axes if i != index)
    if not axes and isinstance(array, Times) and len(array.parts) == 2 and not any(map(_no_operand, array.parts)):
        return MatMul(*array.parts, index, ())
    if not axes and isinstance(array, Raise) and array.exponent == Constant(2):
        return MatMul(array.base, array.base, index, ())
    if isinstance(array, Reduce) and array.how == "sum":
        return Reduce(array.inside, (*array.over, index), axes)
    return Reduce(array, (index,), axes)


def _no_operand(part):
    """A scalar, a condition or a reciprocal is better multiplied than matrix multiplied."""
    return not part.axes or is_condition(part) or is_reciprocal(part)


def _by_einsum(arrays, bound, wanted):
    """One einsum of all arrays that hold a dummy; the others stay factors."""
    inside = [array for array in arrays if any(index in bound for index in array.axes)]
    axes = tuple(dict.fromkeys(i for array in inside for i in array.axes if i not in bound))
    axes = tuple(i for i in wanted if i in axes) + tuple(i for i in axes if i not in wanted)
    return [*[array for array in arrays if array not in inside], Einsum(tuple(inside), axes)]


# ---------------------------------------------------------------- softmax and log-sum-exp


def _exponential_sum(e):
    """Is `e` a sum of exponentials, sum_k exp(u_k)?"""
    others = [factor for factor in e.factors if not isinstance(factor, Ones)]
    return bool(e.bound) and len(others) == 1 and isinstance(others[0], Apply) and others[0].function == "exp"


def _log_sum_exp(e, wanted):
    exponential = next(factor for factor in e.factors if not isinstance(factor, Ones))
    inside = plan_any(exponential.argument, (*free(e), *e.bound))
    return Reduce(inside, e.bound, tuple(i for i in inside.axes if i not in e.bound), "logsumexp")


def softmaxes(e):
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
                inside = plan_any(above.argument, free(above))
                found.append(Softmax(inside, over, inside.axes))
                break
    return factors, found


def _same_up_to(summed, above, bound):
    """The indices of `above` that stand where the dummies of `summed` stand, if that is all that differs."""
    if not (isinstance(above, Apply) and above.function == "exp"):
        return ()
    mapping = match(summed, above, tuple(bound))
    if mapping is None or len(set(mapping.get(i, i) for i in bound)) < len(bound):
        return ()
    if any(mapping.get(index) in free(summed) for index in bound):  # exp(s_ii) over the sum of exp(s_ij) is no softmax of the diagonal
        return ()
    if canonical(substitute(summed, {index: mapping[index] for index in bound if index in mapping})) != canonical(above):
        return ()
    return tuple(mapping[index] for index in bound)
