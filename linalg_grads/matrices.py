r"""Matrix notation -> components: [X A^\top]_{ij} is x_{ik} a_{jk}.

A capital letter is a matrix; whether a lower-case letter is a column or a scalar follows from what makes the equation
legal. Where that leaves a choice the equation is refused: its author can write indices.
"""

from itertools import product as combinations

from linalg_grads.errors import IndexRuleError
from linalg_grads.expressions import (
    ONE,
    Apply,
    Component,
    Delta,
    Determinant,
    Diag,
    Equation,
    Hadamard,
    Index,
    Inverse,
    Kronecker,
    Located,
    MINUS_ONE,
    Matrix,
    Number,
    Ones,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    Trace,
    Transpose,
    Vec,
    children,
    dummy,
    nodes,
    own_indices,
    replace_children,
    tensors,
)
from linalg_grads.parse_latex import letter_of, point_at, softmax_of

SCALAR, COLUMN, ROW, MATRIX = "scalar", "column", "row", "matrix"
LETTERS = "ijkmnrstuvw"
MOST_OPEN = 10  # letters of which the shapes must tell what they are
WHOLE_POWERS = [Number(n) for n in range(2, 10)]  # of a matrix: a product of at most so many
NUMERIC = (Number, Tensor, Sum, Product, Power)
NEEDS_MATRICES = (Transpose, Inverse, Trace, Determinant, Diag, Hadamard)
WHOLE = (*NEEDS_MATRICES, Kronecker, Vec, Matrix, Component, Ones)  # what may hold matrix notation


def to_components(equations, sources):
    """The same equations between components, with a definition added before each for what an inverse or determinant is taken of."""
    orders = known_orders(equations)
    with_subscripts, taken = set(orders), {name for equation in equations for name in tensors(equation)}
    result = []
    for equation, source in zip(equations, sources):
        if not isinstance(equation.left, Tensor):
            raise IndexRuleError(point_at(source, 0, "the left-hand side must be one tensor", "write y_{ij} = ..."))
        converter = Converter(orders, source, taken)
        made = converter.equation(equation)
        result += [(definition, source) for definition in converter.added] + [(made, source)]
        for definition in [*converter.added, made]:
            orders.setdefault(definition.left.name, len(definition.left.indices))
    return one_case([equation for equation, _ in result], with_subscripts), [source for _, source in result]


def known_orders(equations):
    """Name -> number of subscripts, for every tensor that has them somewhere."""
    found = {}
    for equation in equations:
        for node in nodes(equation):
            if isinstance(node, Tensor) and node.indices:
                found.setdefault(node.name, len(node.indices))
    return found


def one_case(equations, with_subscripts):
    """X in [X A]_{ij} and x_{ik} are one tensor, and x its name; X_{ik} and x_{ik} are two."""
    orders = {}
    for equation in equations:
        for node in nodes(equation):
            if isinstance(node, Tensor):
                orders.setdefault(node.name, len(node.indices))
    capital = [name for name in orders if len(name) == 1 and name.isupper() and name not in with_subscripts]
    twins = {name: name.lower() for name in capital if orders[name] == orders.get(name.lower()) == 2}
    if not twins:
        return equations
    return [Equation(renamed(e.left, twins), renamed(e.right, twins)) for e in equations]


def renamed(e, twins):
    if isinstance(e, Tensor) and e.name in twins:
        name = Located(twins[e.name])
        name.at = getattr(e.name, "at", 0)
        return Tensor(name, e.indices)
    return replace_children(e, [renamed(part, twins) for part in children(e)])


def has_components(e):
    """Does an index stand in `e` outside [ ]_{ij}?"""
    if isinstance(e, Component):
        return has_components(e.of)
    return bool(own_indices(e)) or isinstance(e, Size) or any(has_components(part) for part in children(e))


def is_matrix_equation(equation):
    """No component anywhere, and a matrix operation or a capital letter on the right."""
    if has_components(equation.left) or has_components(equation.right):
        return False
    return any(
        isinstance(node, NEEDS_MATRICES) or node == Ones() or isinstance(node, Tensor) and letter_of(node.name).isupper()
        for node in nodes(equation.right)
        if not isinstance(node, Component)
    ) and not any(isinstance(node, Component) for node in nodes(equation.right))


def capital_numbers(e):
    r"""The capital letters that can only be numbers: N of \frac{1}{N} and 1 / (N - 1), H of \sqrt{H}."""
    found = set()
    for node in nodes(e):
        if isinstance(node, Power) and isinstance(node.exponent, Number) and node.exponent not in WHOLE_POWERS + [MINUS_ONE]:
            found |= capitals(node.base)
        for one, below in zip(node.factors, node.factors[1:]) if isinstance(node, Product) else ():
            if one == ONE and isinstance(below, Power) and below.exponent == MINUS_ONE:
                found |= capitals(below.base)
    return found


def capitals(e):
    """The names in `e` if all of them are capital letters, and only sums, products and powers stand beside them."""
    found = set(tensors(e))
    return found if all(isinstance(part, NUMERIC) for part in nodes(e)) and all(letter_of(name).isupper() for name in found) else set()


class Converter:
    """Converts one equation; `added` collects the definitions of what an inverse or a determinant is taken of."""

    def __init__(self, orders, source, taken):
        self.orders, self.source, self.taken, self.added = orders, source, taken, []

    def fail(self, what, hint, near=None):
        at = near.name.at if isinstance(near, Tensor) and hasattr(near.name, "at") else 0
        raise IndexRuleError(point_at(self.source, at, what, hint))

    # ------------------------------------------------------------ equations

    def equation(self, equation):
        if is_matrix_equation(equation):
            return self.matrix_equation(equation)
        return Equation(equation.left, self.components(equation.right))

    def matrix_equation(self, equation):
        kinds = self.kinds(equation.right, equation.left)
        kind = self.kind(equation.left, kinds)
        indices = tuple(Index(letter) for letter in "ij"[: 2 if kind == MATRIX else 1 if kind == COLUMN else 0])
        return Equation(Tensor(equation.left.name, indices), self.entry(equation.right, indices, kinds))

    def components(self, e):
        """`e` with every [M]_{ij}, trace and determinant written in components."""
        if e.kinds.isdisjoint(WHOLE):
            return e
        if isinstance(e, Component):
            if has_components(e.of):
                self.fail("a bracket with components inside takes no indices", r"write [X A]_{ij}, or x_{ik} a_{kj}")
            kinds = self.kinds(e.of, None, MATRIX if len(e.indices) == 2 else COLUMN)
            return self.entry(e.of, e.indices, kinds)
        if isinstance(e, (Trace, Determinant)):
            return self.entry(e, (), self.kinds(e, None, SCALAR))
        if isinstance(e, (Transpose, Inverse, Diag, Hadamard, Kronecker, Vec, Matrix)) or e == Ones():
            near = next((node for node in nodes(e) if isinstance(node, Tensor)), None)
            self.fail("matrix notation stands beside components", r"put it in brackets: [X A^\top]_{ij}", near)
        return replace_children(e, [self.components(part) for part in children(e)])

    # ------------------------------------------------------------ which letter is a matrix, a column, a scalar?

    def kinds(self, e, left=None, wanted=None):
        """Name -> kind, such that `e` (and `left = e`) is legal. The reading with the most columns is taken if it is the only one."""
        fixed, open_names, numbers = {}, [], capital_numbers(e)
        for node in [*nodes(e), *([left] if left is not None else [])]:
            if isinstance(node, Tensor) and node.name not in fixed and node.name not in open_names:
                kind = SCALAR if node.name in numbers else self.fixed_kind(node.name)
                if kind:
                    fixed[node.name] = kind
                else:
                    open_names.append(node.name)
        if len(open_names) > MOST_OPEN:
            self.fail("too many letters may be columns or scalars", "write it with indices, as in y_i = c x_i")
        legal = []
        for choice in combinations((COLUMN, SCALAR), repeat=len(open_names)):
            kinds = fixed | dict(zip(open_names, choice))
            kind = self.kind(e, kinds)
            if kind and (wanted is None or kind == wanted) and (left is None or kind == self.kind(left, kinds)):
                legal.append(kinds)
        most = max((list(kinds.values()).count(COLUMN) for kinds in legal), default=0)
        best = [kinds for kinds in legal if list(kinds.values()).count(COLUMN) == most]
        if not best:
            self.fail("the shapes of this matrix expression don't fit", "capital letters are matrices, b is a column, b^\\top a row")
        if len(best) > 1:
            self.fail("which letter is a column, which a scalar, is open", "write it with indices, as in y_i = c x_i")
        return best[0]

    def fixed_kind(self, name):
        if name in self.orders:
            return {0: SCALAR, 1: COLUMN, 2: MATRIX}.get(self.orders[name], SCALAR)
        if letter_of(name).isupper():
            return MATRIX
        return None

    def kind(self, e, kinds):
        """The kind of `e`, or None where its shapes don't fit."""
        match e:
            case Number() | Component() | Size():
                return SCALAR
            case Tensor(name):
                return kinds[name]
            case Ones():
                return COLUMN
            case Transpose(of):
                return {ROW: COLUMN, COLUMN: ROW, MATRIX: MATRIX}.get(self.kind(of, kinds))
            case Inverse(of):
                return MATRIX if self.kind(of, kinds) == MATRIX else None
            case Trace(of) | Determinant(of):
                of_scalar = isinstance(e, Trace) and self.kind(of, kinds) == SCALAR
                return SCALAR if of_scalar or self.kind(of, kinds) == MATRIX else None
            case Diag(of):
                return MATRIX if self.kind(of, kinds) == COLUMN else None
            case Apply(_, argument):
                return self.kind(argument, kinds)
            case Power(base, exponent):
                return self.kind_of_power(base, exponent, kinds)
            case Sum(parts) | Hadamard(parts):
                found = {self.kind(part, kinds) for part in parts}
                return found.pop() if len(found) == 1 else None
            case Product() if (u := softmax_of(e)) is not None and self.kind(u, kinds) == MATRIX:
                return MATRIX
            case Product(factors, bound):
                return None if bound else self.kind_of_product([self.kind(factor, kinds) for factor in factors])
        return None

    def kind_of_power(self, base, exponent, kinds):
        """A matrix power is a short product; not of another power, which would be a long one."""
        kind = self.kind(base, kinds)
        if kind != MATRIX:
            return SCALAR if kind == SCALAR else None
        short = exponent in WHOLE_POWERS and not any(isinstance(node, Power) for node in nodes(base))
        return MATRIX if short else None

    def kind_of_product(self, kinds):
        done = SCALAR
        for kind in kinds:
            done = PRODUCTS.get((done, kind))
        return done

    # ------------------------------------------------------------ one component

    def entry(self, e, indices, kinds):
        """The component of matrix expression `e` with these indices: two for a matrix, one for a row or a column."""
        match e:
            case Number() | Size():
                return e
            case Tensor("I") if kinds.get("I") == MATRIX and "I" not in self.orders:
                return Delta(*indices)
            case Tensor(name):
                return Tensor(name, indices)
            case Ones():
                return Ones(*indices)
            case Transpose(of):
                return self.entry(of, indices[::-1], kinds)
            case Inverse(of):
                return Component(Inverse(self.named(of)), indices)
            case Determinant(of):
                return Determinant(self.named(of))
            case Trace(of) if self.kind(of, kinds) == SCALAR:
                return self.entry(of, (), kinds)
            case Trace(of):
                k = self.fresh(indices)
                return Product((self.entry(of, (k, k), kinds),), (k,))
            case Diag(of, exponent):
                return Product((Delta(*indices), Power(self.entry(of, indices[:1], kinds), exponent or ONE)))
            case Apply(function, argument):
                return Apply(function, self.entry(argument, indices, kinds))
            case Power(base, exponent) if self.kind(base, kinds) == MATRIX:
                return self.entry(Product((base,) * exponent.value), indices, kinds)
            case Power(base, exponent):
                return Power(self.entry(base, indices, kinds), exponent)
            case Sum(terms):
                return Sum(tuple(self.entry(term, indices, kinds) for term in terms))
            case Hadamard(parts):
                return Product(tuple(self.entry(part, indices, kinds) for part in parts))
            case Product() if (u := softmax_of(e)) is not None and len(indices) == 2:
                k = self.fresh(indices)
                above, below = (Apply("exp", self.entry(u, (indices[0], j), kinds)) for j in (indices[1], k))
                return Product((above, Power(Product((below,), (k,)), MINUS_ONE)))
            case Product(factors):
                return self.product_entry(factors, indices, kinds)

    def product_entry(self, factors, indices, kinds):
        """Thread the indices through the chain: each factor's last index is the next one's first."""
        made, bound, pending, outer = [], [], None, list(indices)
        for position, factor in enumerate(factors):
            kind = self.kind(factor, kinds)
            if kind == SCALAR:
                made.append(self.entry(factor, (), kinds))
                continue
            left = right = None
            if kind in (MATRIX, COLUMN):
                left = pending if pending is not None else outer.pop(0)
            pending = None
            if kind in (MATRIX, ROW):
                if self.has_partner(factors[position + 1 :], kinds):
                    right = pending = self.fresh((*indices, *bound))
                    bound.append(right)
                else:
                    right = outer.pop(0)
            made.append(self.entry(factor, tuple(index for index in (left, right) if index is not None), kinds))
        return Product(tuple(made), tuple(bound))

    def has_partner(self, rest, kinds):
        """Is there a next factor with a first index?"""
        following = [kind for kind in (self.kind(factor, kinds) for factor in rest) if kind != SCALAR]
        return bool(following) and following[0] in (MATRIX, COLUMN)

    def fresh(self, used):
        letters_used = {index.partition("#")[0] for index in used}
        return dummy(Index(next((letter for letter in LETTERS[2:] + LETTERS[:2] if letter not in letters_used), "k")))

    def named(self, e):
        """A name for the matrix `e`: its own, or that of a definition added before the equation."""
        if isinstance(e, Tensor):
            return e
        names = [*"MSPQRBCDEFGHJKLNTUVWZ", *[f"M_{{{number}}}" for number in range(len(self.taken))]]
        name = next(name for name in names if name not in self.taken)
        self.taken.add(name)
        self.added.append(self.matrix_equation(Equation(Tensor(name), e)))
        self.orders[name] = 2
        return Tensor(name)


PRODUCTS = {
    **{(SCALAR, kind): kind for kind in (SCALAR, COLUMN, ROW, MATRIX)},
    **{(kind, SCALAR): kind for kind in (COLUMN, ROW, MATRIX)},
    (MATRIX, MATRIX): MATRIX, (MATRIX, COLUMN): COLUMN, (ROW, MATRIX): ROW, (ROW, COLUMN): SCALAR, (COLUMN, ROW): MATRIX,
}  # fmt: skip
