r"""The index rules: which index is free, which is a dummy, is this legal?

In a definition the indices on the left are free. Every other index occurs at least twice in its term and is summed over
the smallest product that holds all its occurrences. \sum_k binds k, however often it occurs. \ldots is one index that
stands for any number of leading axes. Every free index stands in every term.
"""


from linalg_grads.errors import IndexRuleError
from linalg_grads.expressions import (
    Component,
    Delta,
    Derivative,
    Determinant,
    Equation,
    Inverse,
    Kept,
    Leaf,
    Node,
    Number,
    Ones,
    Product,
    Sum,
    Tensor,
    children,
    counts,
    counts_in_a_term,
    dummies,
    dummy,
    free,
    index_like,
    kept,
    nodes,
    own_indices,
    replace_children,
    substitute,
    tensors,
    tidy,
)
from linalg_grads.functions import PI
from linalg_grads.parse_latex import point_at


def bind(e, free_indices, source=""):
    """`e` with its dummies made explicit, given the indices that are free. Raises IndexRuleError, with a caret."""
    e = _name_sums(e, set(free_indices), source)
    known = {*free_indices, *dummies(e)}
    e = _bind(e, known, source)
    _check_top(e, free_indices, source)
    e = _broadcast_ellipsis(e, free_indices)
    _check_sums(e, known, source)
    return e


def fail(source, index, what, hint):
    raise IndexRuleError(point_at(source, getattr(index, "at", 0), what, hint))


# ---------------------------------------------------------------- sums that are written


def _name_sums(e, scope, source):
    """Every index of a written sum becomes a dummy; it may not be free already."""
    if not dummies(e):
        return e
    if not isinstance(e, Product) or not e.bound:
        return replace_children(e, [_name_sums(part, scope, source) for part in children(e)])
    for index in e.bound:
        if index in scope or e.bound.count(index) > 1:
            fail(source, index, f"'{index}' has a meaning outside this sum already", "choose another letter for the sum")
    mapping = {index: index if "#" in index else dummy(index) for index in e.bound}
    factors = tuple(_name_sums(factor, scope | set(e.bound), source) for factor in e.factors)
    return substitute(Product(factors, e.bound), mapping)


# ---------------------------------------------------------------- sums that are not written


def _bind(e, scope, source):
    """Bind what is neither free nor bound already, term by term."""
    if scope.issuperset(e.occurrences):
        return e
    if isinstance(e, Sum):
        return Sum(tuple([_bind(term, scope, source) for term in e.terms]))
    here = []
    for index, times in counts_in_a_term(e).items():
        if index in scope:
            continue
        if times == 1:
            fail(
                source, index, f"the index '{index}' stands once in its term and is not free",
                rf"put it on the left-hand side, repeat it, or sum it with \mathbf{{1}}_{index} or \sum_{index}",
            )  # fmt: skip
        if not belongs_inside(e, index):
            here.append(index)
    mapping = {index: dummy(index) for index in here}
    factors, bound = (e.factors, e.bound) if isinstance(e, Product) else ((e,), ())
    if mapping:
        factors = [substitute(factor, mapping) for factor in factors]
    scope = scope | set(mapping.values())
    factors = tuple([factor if scope.issuperset(factor.occurrences) else _bind_inside(factor, scope, source) for factor in factors])
    bound = (*bound, *mapping.values())
    return Product(factors, bound) if isinstance(e, Product) or bound else factors[0]


def _bind_inside(factor, scope, source):
    if isinstance(factor, Product):
        return _bind(factor, scope, source)
    return replace_children(factor, [_bind(part, scope, source) for part in children(factor)])


def belongs_inside(e, index):
    """Do smaller products inside the term hold `index`, so that it is summed there?

    One factor holds all occurrences; or each of several brackets or functions is complete by itself, as in the quotient
    of two sums (w_i m_i)^2 / (w_i S_ij w_j).
    """
    factors = e.factors if isinstance(e, Product) else (e,)
    holders = [factor for factor in factors if index in factor.occurrences]
    if any([isinstance(factor, Leaf) for factor in holders]):
        return False
    if len(holders) == 1 and isinstance(holders[0], Product):
        return True
    return all(sums_by_itself(factor, index) for factor in holders)


def sums_by_itself(factor, index):
    """Does `index` stand in one part of `factor`, and in each term of that part never or at least twice?"""
    parts = (factor,) if isinstance(factor, (Sum, Product)) else [part for part in children(factor) if index in part.occurrences]
    if len(parts) != 1:
        return False
    terms = parts[0].terms if isinstance(parts[0], Sum) else parts
    return all([term.occurrences.count(index) != 1 for term in terms])


# ---------------------------------------------------------------- every free index in every term


def _check_top(e, free_indices, source):
    for term in e.terms if isinstance(e, Sum) else (e,):
        present = free(term)
        missing = [index for index in free_indices if index not in present and not index.startswith(r"\ldots")]
        if missing and term != Number(0):
            first = next((index for index in _written(term)), free_indices[0])
            fail(
                source, first, f"this term lacks the free index '{missing[0]}'",
                rf"write \mathbf{{1}}_{missing[0]} times the term, if it is the same for every {missing[0]}",
            )  # fmt: skip


def _written(e):
    """What of `e` remembers its place: indices and names."""
    for node in nodes(e):
        yield from (index for index in own_indices(node) if getattr(index, "at", 0))
        if isinstance(node, Tensor) and getattr(node.name, "at", 0):
            yield node.name


def _broadcast_ellipsis(e, free_indices):
    """A term without \\ldots is the same for all leading axes: ones say so."""
    leading = [index for index in free_indices if index.startswith(r"\ldots")]
    if not leading:
        return e
    terms = e.terms if isinstance(e, Sum) else (e,)
    made = [term if leading[0] in free(term) else _with_ones(leading[0], term) for term in terms]
    return made[0] if len(made) == 1 else Sum(tuple(made))


def _with_ones(index, term):
    factors, bound = (term.factors, term.bound) if isinstance(term, Product) else ((term,), ())
    return Product((Ones(index), *factors), bound)


def _check_sums(e, known, source):
    """Inside, a term may lack an index only if that is free or summed by \\sum, or if the term has no index at all."""
    for node in nodes(e, Sum):
        everywhere = dict.fromkeys(index for term in node.terms for index in free(term))
        for term in node.terms:
            present = free(term)
            for index in everywhere:
                if present and index not in present and index not in known:
                    letter = index.partition("#")[0]
                    fail(
                        source, present[0], f"this term lacks the dummy index '{letter}' of the other terms",
                        rf"write \mathbf{{1}}_{letter} times the term, or sum with \sum_{letter}",
                    )  # fmt: skip


# ---------------------------------------------------------------- which axis an index runs over


class Layer(Node):
    """A checked list of equations: the definitions first, the output last.

    equations  with explicit dummies, each index knowing its axis
    inputs     the tensors that no equation defines -> their number of axes, in order of first appearance
    axes       (tensor, position) -> the axis that stands for all of that length
    sources    the text of each equation
    written    name -> right-hand side as the reader wrote it, where `equations` have it in known functions
    """

    equations: tuple
    inputs: dict
    axes: dict
    sources: tuple
    written: dict

    @property
    def output(self):
        return self.equations[-1].left

    @Kept
    def by_name(self):
        return {equation.left.name: equation for equation in self.equations}

    @Kept
    def loss(self):
        """What is differentiated in the end: the output where it is a number, else an l that is computed from it somewhere."""
        taken = {*self.inputs, *self.by_name}
        return self.output if not self.output.indices else Tensor(next(name for name in ("l", "L", r"\ell", r"\mathcal{L}") if name not in taken))

    @Kept
    def letters(self):
        """The letters that have a meaning: of indices and of tensors."""
        indices = {index.letter for equation in self.equations for index in all_indices(equation)}
        return indices | {name for equation in self.equations for name in tensors(equation) if len(name) == 1}

    @Kept
    def leading(self):
        """The axes (tensor, position) that a \\ldots stands for."""
        return {
            (node.name, position)
            for equation in self.equations
            for node in nodes(equation, Tensor)
            for position, index in enumerate(node.indices)
            if index.startswith(r"\ldots")
        }


def read_layer(equations, sources):
    """Check and bind a list of equations between components."""
    bound = []
    for number, (equation, source) in enumerate(zip(equations, sources)):
        _check_left(equation.left, [e.left.name for e in equations[:number]], source)
        bound.append(Equation(equation.left, bind(equation.right, equation.left.indices, source)))
    _check_definitions(bound, sources)
    _check_numbers(bound, sources)
    orders = _orders(bound, sources)
    defined = {equation.left.name for equation in bound}
    inputs = {name: orders[name] for name in _as_they_appear(bound, sources) if name not in defined}
    axes, bound = _assign_axes(bound, sources)
    if inputs.get(PI.name) == 0:  # without an index the number, with one a tensor
        del inputs[PI.name]
    return Layer(tuple([tidy(equation) for equation in bound]), inputs, axes, tuple(sources), {equation.left.name: equation.right for equation in bound})


def _as_they_appear(equations, sources):
    """The names of all tensors, in the order in which the reader meets them in the text."""
    texts = list(dict.fromkeys(sources))
    places = {}
    for equation, source in zip(equations, sources):
        for name, _ in uses(equation.right):
            place = texts.index(source), getattr(name, "at", 0)
            places[name] = min(places.get(name, place), place)
    return sorted(places, key=places.get)


def _check_left(left, earlier, source):
    if left.name in earlier:
        fail(source, left.name, f"'{left.name}' is defined twice", "give the second one another name")
    for index in left.indices:
        if left.indices.count(index) > 1:
            fail(source, index, f"the free index '{index}' stands twice on the left", "use two letters")


def _check_definitions(equations, sources):
    defined_at = {equation.left.name: number for number, equation in enumerate(equations)}
    for number, (equation, source) in enumerate(zip(equations, sources)):
        for name in tensors(equation.right):
            if defined_at.get(name, -1) >= number:
                which = "itself" if defined_at[name] == number else "what is defined only later"
                fail(source, name, f"'{name}' stands for {which}", "put definitions first, the output last")


def check_uses(layer):
    """Every definition stands in a later equation: what is dropped in silence was a second output, or a slip."""
    used = {name for equation in layer.equations for name in tensors(equation.right)}
    for equation, source in zip(layer.equations[:-1], layer.sources):
        name = equation.left.name
        if name not in used:
            fail(source, name, f"no later equation uses '{name}'", "leave it out, or use it: the last equation is the output, and there is one")


def _check_numbers(equations, sources):
    """A free index is no number: the t of y_t = t x_t."""
    for equation, source in zip(equations, sources):
        for node in nodes(equation.right, Tensor):
            if not node.indices and node.name in equation.left.indices:
                fail(source, node.name, f"'{node.name}' is an index, and stands here as a number",
                     rf"write n_{node.name} for a tensor that counts, n_0 = 0, n_1 = 1, ..., or give the number another name")  # fmt: skip


def _orders(equations, sources):
    """Name -> number of subscripts; a tensor has the same number everywhere."""
    orders = {}
    for equation, source in zip(equations, sources):
        for side in (equation.right, equation.left):
            for name, count in uses(side):
                known = orders.setdefault(name, count)
                if known != count:
                    fail(source, name, f"'{name}' has {_subscripts(count)} here and {_subscripts(known)} elsewhere",
                         "a tensor has the same number of indices everywhere; rename one of the two")  # fmt: skip
    return orders


def _subscripts(count):
    return "1 subscript" if count == 1 else f"{count} subscripts"


@kept
def uses(e):
    """(name, number of axes) of every use of a tensor."""
    found = nodes(e)
    matrices = {id(node.of) for node in found if isinstance(node, (Inverse, Determinant))}
    return [(node.name, 2 if id(node) in matrices else len(node.indices)) for node in found if isinstance(node, Tensor)]


def _assign_axes(equations, sources):
    """Indices and axes that must be equally long fall into classes; every index gets the axis that names its class as `dim`."""
    classes = Classes()
    for number, equation in enumerate(equations):
        for node in nodes(equation):
            for one, other in equally_long(node, number):
                classes.join(one, other)
    names = _names_of_classes(classes, equations)
    _check_bounds(classes, equations, sources)
    made = []
    for number, (equation, source) in enumerate(zip(equations, sources)):
        mapping = {}
        for index in dict.fromkeys(all_indices(equation)):
            mapping[index] = index_like(index, index)
            mapping[index].dim = names.get(classes.root((number, index)))
            if mapping[index].dim is None:
                fail(source, index, f"nothing tells how long the index '{_letter(index)}' is", "it must stand on an input, or on the output")
        made.append(substitute(equation, mapping))
    return {axis: names[root] for axis in classes.axes() if (root := classes.root(axis)) in names}, made


class Classes:
    """Classes of things that are equally long: axes (tensor, position), and indices (number of the equation, index)."""

    def __init__(self):
        self.parent = {}

    def root(self, x):
        while self.parent.setdefault(x, x) != x:
            x = self.parent[x]
        return x

    def join(self, x, y):
        self.parent[self.root(y)] = self.root(x)

    def axes(self):
        return [x for x in list(self.parent) if isinstance(x[0], str)]


def equally_long(node, number):
    """The pairs of axes and indices that `node`, of that equation, says are equally long."""
    if isinstance(node, (Tensor, Component)):
        name = node.name if isinstance(node, Tensor) else node.of.of.name
        yield from [((name, position), (number, index)) for position, index in enumerate(node.indices)]
    if isinstance(node, (Inverse, Determinant)):
        yield (node.of.name, 0), (node.of.name, 1)
    if isinstance(node, Delta):
        yield (number, node.i), (number, node.j)


def all_indices(e):
    """Every index of `e`: on its nodes, and bound by its products."""
    return [index for node in nodes(e) for index in node.own_or_bound]


def _names_of_classes(classes, equations):
    """Class -> the axis that stands for it: an input's, else the output's. The others' arrays are made, and ask for its length."""
    output, defined = equations[-1].left.name, {equation.left.name for equation in equations}
    names = {}
    for axis in classes.axes():
        root = classes.root(axis)
        best = names.get(root)
        if axis[0] not in defined and (best is None or best[0] == output) or axis[0] == output and best is None:
            names[root] = axis
    return names


def _check_bounds(classes, equations, sources):
    """A sum runs over a whole axis, and the sums over one axis are equally long."""
    lengths = {}
    for number, (equation, source) in enumerate(zip(equations, sources)):
        for index in [index for index in dummies(equation) if index.bounds]:
            length = index.bounds[1]
            if isinstance(length, Tensor) and length.name in map(_letter, all_indices(equation)):
                fail(source, index, f"the sum runs to the index '{length.name}'", r"a sum runs over a whole axis: write \sum_k")
            known = lengths.setdefault(classes.root((number, index)), length)
            if known != length:
                fail(source, index, f"the index '{_letter(index)}' has two sizes, {_spelled(known)} and {_spelled(length)}",
                     "sums over one axis are equally long")  # fmt: skip


def _letter(index):
    return index.partition("#")[0]


def _spelled(length):
    return str(length.value) if isinstance(length, Number) else length.name + "".join(length.indices)


# ---------------------------------------------------------------- claims


def bind_claim(sides, source=""):
    """The sides of a claim with explicit dummies; `source`: its text, or that of each side.

    A component or a derivative on the first side decides which indices are free; else each side is read by itself: what
    stands once is free, what repeats is summed, and all sides must agree.
    """
    first, sources = sides[0], [source] * len(sides) if isinstance(source, str) else source
    if isinstance(first, (Tensor, Derivative, Component)) and max(counts(first).values(), default=1) == 1:
        return [bind(side, free(first), source) for side, source in zip(sides, sources)]
    frees = [once(side) for side in sides]
    model = next((n for n, side in enumerate(sides) if side != Number(0)), 0)  # a zero has the free indices of the others
    for side, own, source in zip(sides, frees, sources):
        if set(own) != set(frees[model]) and side != Number(0):
            odd = next(index for index in (*own, *frees[model]) if (index in own) != (index in frees[model]))
            fail(source if odd in own else sources[model], odd, f"the index '{odd}' is free on one side only", "both sides must have the same free indices")
    return [bind(side, own, source) for side, own, source in zip(sides, frees, sources)]


def once(side):
    """The indices that stand once in a term of `side`; the terms under a derivative are terms, too."""
    if isinstance(side, Derivative) and isinstance(side.of, Sum):
        side = Sum(tuple(Derivative(term, side.wrt) for term in side.of.terms))
    terms = side.terms if isinstance(side, Sum) else (side,)
    return tuple(dict.fromkeys(index for term in terms for index, times in counts_in_a_term(term).items() if times == 1))
