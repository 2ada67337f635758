r"""Matrix notation -> components: [X A^\top]_{ij} is x_{ik} a_{jk}.

A capital letter is a matrix; whether a lower-case letter is a column or a scalar follows from what makes the equation
legal. Where that leaves a choice the equation is refused: its author can write indices.
"""

from functools import partial
from itertools import combinations, product as choices

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
    counts_in_a_term,
    dummy,
    nodes,
    own_indices,
    replace_children,
    tensors,
    transform,
)
from linalg_grads.parse_latex import IDENTITIES, is_column, is_of_a_size, letter_of, point_at, softmax_of, square_as_tensor, with_word

SCALAR, COLUMN, ROW, MATRIX = KINDS = "scalar", "column", "row", "matrix"
LETTERS = "ijkmnrstuvw"
MOST_OPEN = 10  # letters of which the shapes must tell what they are
MOST_NUMBERS = 2  # capital letters that are numbers where the equation would be illegal otherwise
WHOLE_POWERS = [Number(n) for n in range(2, 10)]  # of a matrix: a product of at most so many
NUMERIC = (Number, Tensor, Sum, Product, Power)
NEEDS_MATRICES = (Transpose, Inverse, Trace, Determinant, Diag, Hadamard)
NOT_BESIDE_COMPONENTS = (Transpose, Inverse, Diag, Hadamard, Kronecker, Vec, Matrix)
WITHOUT_COMPONENTS = {
    Kronecker: ("a Kronecker product can't be differentiated as it stands", r"write its components: y_{ijkl} = a_{ik} b_{jl}; \odot multiplies elementwise"),
    Vec: ("'vec' can't be differentiated as it stands", "leave it out, and write the matrix"),
    Matrix: ("a matrix written out can't be differentiated as it stands", "give it a name, and its entries as values"),
}
WHOLE = (*NEEDS_MATRICES, Kronecker, Vec, Matrix, Component, Ones)  # what may hold matrix notation


def to_components(equations, sources):
    """The same equations between components, with a definition added before each for what an inverse or determinant is taken of."""
    equations = [e if own_indices(e.left) else with_names(without_sizes(e)) for e in named_squares(equations, sources)]
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


def named_squares(equations, sources):
    r"""A definition of \sigma^2 defines a tensor of that name, which stands wherever \sigma^2 does."""
    for left in [equation.left for equation in equations]:
        match left:
            case Power(Tensor(name), Number(2)):
                equations = [transform(equation, partial(as_square_of, name), (Power,)) for equation in equations]
                alone = next((source for equation, source in zip(equations, sources) if name in tensors(equation)), None)
                if alone:
                    raise IndexRuleError(point_at(alone, 0, f"'{name}' stands here, and only its square is defined", rf"define {name} = \sqrt{{...}}"))
    return equations


def as_square_of(name, e):
    """`e`; but the square of a component of `name` as a component of a tensor named after that square."""
    return square_as_tensor(e) if isinstance(e, Power) and isinstance(e.base, Tensor) and e.base.name == name else e


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


def without_sizes(equation):
    r"""An equation in matrix notation without the sizes of I_n and \mathbf{1}_n, which follow from its shapes."""
    if not any(map(is_of_a_size, nodes(equation.right))):
        return equation
    shorter = equation.replace(right=transform(equation.right, lambda e: type(e)(*e[1:-1]) if is_of_a_size(e) else e, (Tensor, Ones)))
    return shorter if is_matrix_equation(shorter) else equation


def with_names(equation):
    r"""An equation in matrix notation whose subscripts all belong to names, as in softmax(Q K^\top / \sqrt{d_k}) and X W_Q.

    Where the subscripts can be indices they are, as in tr(A) + d_i d_i.
    """
    alone = {index for index, times in counts_in_a_term(equation.right).items() if times == 1}
    if not (alone or stands_beside_components(equation.right)):
        return equation
    named = equation.replace(right=named_after_subscripts(equation.right, alone & subscripts_of_matrices(equation.right)))
    return named if is_matrix_equation(named) else equation


def subscripts_of_matrices(e):
    """The f of W_f: a matrix has two indices, so that one belongs to the name, there and in b_f."""
    return {node.indices[0] for node in nodes(e) if isinstance(node, Tensor) and len(node.indices) == 1 and letter_of(node.name).isupper()}


def stands_beside_components(e):
    """Is there matrix notation that is refused beside components: outside of traces, determinants and [ ]_{ij}?"""
    if isinstance(e, (Component, Trace, Determinant)):
        return False
    return isinstance(e, NOT_BESIDE_COMPONENTS) or e == Ones() or any(map(stands_beside_components, children(e)))


def named_after_subscripts(e, letters=()):
    r"""`e` with each d_k as d_{\text{k}}, and W_Q as W_{\text{Q}}: a capital and `letters` are no index, and d counts dimensions."""
    if isinstance(e, Tensor) and len(e.indices) == 1 and (e.indices[0].isupper() or e.indices[0] in letters or e.name in ("d", "n")):
        return with_word(e.name, *e.indices)
    return replace_children(e, [named_after_subscripts(part, letters) for part in children(e)])


def is_matrix_equation(equation):
    """No component anywhere, and a matrix operation or a capital letter on the right."""
    if has_components(equation.left) or has_components(equation.right):
        return False
    return any(
        isinstance(node, NEEDS_MATRICES) or node == Ones() or isinstance(node, Tensor) and (letter_of(node.name).isupper() or is_column(node))
        for node in nodes(equation.right)
        if not isinstance(node, Component)
    ) and not any(isinstance(node, Component) for node in nodes(equation.right))


def capital_numbers(e):
    r"""The capital letters that can only be numbers: N of \frac{1}{N} and 1 / (N - 1), H of \sqrt{H}."""
    found = set()
    for node in nodes(e):
        if isinstance(node, Power) and isinstance(node.exponent, Number) and node.exponent not in WHOLE_POWERS + [MINUS_ONE]:
            found |= capitals(node.base)
        for place, below in enumerate(node.factors) if isinstance(node, Product) else ():
            if isinstance(below, Power) and below.exponent == MINUS_ONE and len(matrix_factors(node.factors[:place])) != 1:
                found |= capitals(below.base)
    return found


def matrix_factors(factors):
    """Those of a product, and of the products in it, that hold a capital letter; over N they make matrix products, not X over N elementwise."""
    inside = [part for factor in factors for part in (factor.factors if isinstance(factor, Product) else (factor,))]
    return [part for part in inside if any(letter_of(name).isupper() for name in tensors(part))]


def without_numbers(e):
    """Elementwise, 1 - z has the shape of z; of a matrix, in a product, it may be meant as I - Z."""
    rest = tuple(term for term in e.terms if not isinstance(term, Number)) if isinstance(e, Sum) else ()
    return Sum(rest) if 0 < len(rest) < len(getattr(e, "terms", ())) else e


def capitals(e):
    """The names in `e` if all of them are capital letters, and only sums, products and powers stand beside them."""
    found = set(tensors(e))
    return found if all(isinstance(part, NUMERIC) for part in nodes(e)) and all(letter_of(name).isupper() for name in found) else set()


def with_determinants(e):
    """`e` with each |M| as the determinant of M."""
    parts = [with_determinants(part) for part in children(e)]
    if isinstance(e, Apply) and e.function == "abs" and any(letter_of(name).isupper() for name in tensors(e)):
        return Determinant(*parts)
    return replace_children(e, parts)


def capital_factors(e):
    """The capital letters that are factors, or divide."""
    factors = [factor for node in nodes(e) if isinstance(node, Product) for factor in node.factors]
    factors += [factor.base for factor in factors if isinstance(factor, Power) and factor.exponent == MINUS_ONE]
    return dict.fromkeys([factor.name for factor in factors if isinstance(factor, Tensor) and letter_of(factor.name).isupper()])


class Converter:
    """Converts one equation; `added` collects the definitions of what an inverse or a determinant is taken of."""

    def __init__(self, orders, source, taken):
        self.orders, self.source, self.taken, self.added, self.right = orders, source, taken, [], ONE

    def fail(self, what, hint, near=None):
        at = near.name.at if isinstance(near, Tensor) and hasattr(near.name, "at") else 0
        raise IndexRuleError(point_at(self.source, at, what, hint))

    # ------------------------------------------------------------ equations

    def equation(self, equation):
        if is_matrix_equation(equation):
            return self.matrix_equation(equation)
        self.right = equation.right
        return Equation(equation.left, self.components(equation.right))

    def matrix_equation(self, equation):
        right, kinds = self.reading(equation.right, equation.left)
        kind = self.kind(right, kinds)
        indices = tuple(Index(letter) for letter in "ij"[: 2 if kind == MATRIX else 1 if kind == COLUMN else 0])
        write = self.softmax_entry if kind == MATRIX and softmax_of(right) else self.entry
        return Equation(Tensor(equation.left.name, indices), write(right, indices, kinds))

    def components(self, e):
        """`e` with every [M]_{ij}, trace and determinant written in components."""
        if e.kinds.isdisjoint(WHOLE):
            return e
        if isinstance(e, Component):
            if has_components(e.of):
                self.fail("a bracket with components inside takes no indices", r"write [X A]_{ij}, or x_{ik} a_{kj}")
            of, kinds = self.reading(e.of, wanted=MATRIX if len(e.indices) == 2 else COLUMN)
            return self.entry(of, e.indices, kinds)
        if isinstance(e, (Trace, Determinant)):
            e, kinds = self.reading(e, wanted=SCALAR)
            return self.entry(e, (), kinds)
        if isinstance(e, NOT_BESIDE_COMPONENTS) or e == Ones():
            near = next((node for node in nodes(e) if isinstance(node, Tensor)), None)
            self.fail("matrix notation stands beside components", rf"put it in brackets: [X A^\top]_{{ij}}{self.hint_on_names}", near)
        return replace_children(e, [self.components(part) for part in children(e)])

    @property
    def hint_on_names(self):
        r"""The k of d_k may be no index: d_{\text{k}}."""
        for node in nodes(self.right):
            if isinstance(node, Tensor) and len(node.indices) == 1 and node.indices[0] not in self.right.dummies:
                return rf"; or write {node.name}_{{\text{{{node.indices[0]}}}}} if the {node.indices[0]} belongs to the name"
        return ""

    # ------------------------------------------------------------ which letter is a matrix, a column, a scalar?

    def reading(self, e, left=None, wanted=None):
        """(e, name -> kind), such that `e` (and `left = e`) is legal, as a reader takes it.

        No number stands behind a matrix, as x would in A x; then the reading with the fewest columns is taken if it is the only one.

        Where none is, |M| is a determinant, not what is elementwise; or, in a scalar, a capital letter or two are numbers.
        """
        self.refuse_what_has_no_components(e)
        may_be_numbers = [name for name in capital_factors(e) if name not in self.orders][:MOST_OPEN]
        for count in range(MOST_NUMBERS + 1):
            for version in dict.fromkeys((e, with_determinants(e))):
                legal = [kinds for numbers in combinations(may_be_numbers, count) for kinds in self.legal(version, left, wanted, numbers)]
                if legal:
                    return version, self.only(version, legal)
        self.fail("the shapes of this matrix expression don't fit", "capital letters are matrices, b is a column, b^\\top a row")

    def only(self, e, legal):
        weights = [(self.numbers_behind_matrices(e, kinds), list(kinds.values()).count(COLUMN)) for kinds in legal]
        best = [kinds for kinds, weight in zip(legal, weights) if weight == min(weights)]
        if len(best) > 1:
            self.fail("which letter is a column, which a scalar, is open", "write it with indices, as in y_i = c x_i")
        return best[0]

    def numbers_behind_matrices(self, e, kinds):
        """How many letters that are numbers by this reading stand behind a matrix."""
        pairs = [pair for node in nodes(e, Product) if isinstance(node, Product) for pair in zip(node.factors, node.factors[1:])]
        return sum(isinstance(x, Tensor) and kinds[x.name] == SCALAR and self.kind(matrix, kinds) == MATRIX for matrix, x in pairs)

    def legal(self, e, left, wanted, numbers):
        """Every name -> kind that makes `e`, and `left = e`, legal if `numbers` are scalars, and something else is none."""
        names = dict.fromkeys([node.name for node in nodes(e) if isinstance(node, Tensor)])
        fixed = {name: SCALAR if name in numbers else self.fixed_kind(name) for name in names} | dict.fromkeys(capital_numbers(e), SCALAR)
        open_names = [name for name, kind in fixed.items() if not kind]
        if len(open_names) > MOST_OPEN:
            self.fail("too many letters may be columns or scalars", "write it with indices, as in y_i = c x_i")
        kinds_wanted, found = self.kinds_on_the_left(left) if left else (wanted,) if wanted else KINDS, []
        for choice in choices((COLUMN, SCALAR), repeat=len(open_names)):
            kinds = fixed | dict(zip(open_names, choice))
            kind = self.kind(e, kinds)
            beside_numbers = kind == SCALAR and not {COLUMN, MATRIX}.isdisjoint(kinds.values())
            if kind in kinds_wanted and (not numbers or beside_numbers):
                found.append(kinds if left is None else {left.name: kind, **kinds})
        return found

    def kinds_on_the_left(self, left):
        """What the tensor may be that an equation defines: a loss may have a capital letter."""
        if left.name in self.orders:
            return (self.fixed_kind(left.name),)
        letter = letter_of(left.name)
        return (SCALAR, MATRIX) if letter.isupper() else (SCALAR, COLUMN) if letter else (SCALAR, COLUMN, MATRIX)

    def refuse_what_has_no_components(self, e):
        for node in nodes(e, Kronecker, Vec, Matrix):
            if isinstance(node, (Kronecker, Vec, Matrix)):
                self.fail(*WITHOUT_COMPONENTS[type(node)], next((one for one in nodes(node) if isinstance(one, Tensor)), None))

    def fixed_kind(self, name):
        if name in self.orders:
            return {0: SCALAR, 1: COLUMN, 2: MATRIX}.get(self.orders[name], SCALAR)
        return MATRIX if letter_of(name).isupper() else COLUMN if is_column(Tensor(name)) else None

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
                return self.kind(without_numbers(argument), kinds)
            case Power(base, exponent):
                return self.kind_of_power(base, exponent, kinds)
            case Sum():
                shape = without_numbers(e)
                found = {self.kind(term, kinds) for term in shape.terms}
                return found.pop() if len(found) == 1 and (shape is e or found != {MATRIX}) else None
            case Hadamard(parts):
                found = {self.kind(without_numbers(part), kinds) for part in parts}
                return found.pop() if len(found) == 1 and found != {SCALAR} else None
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
            case Tensor(name) if name in IDENTITIES and kinds[name] == MATRIX and name not in self.orders:
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
            case Product() if len(indices) == 2 and softmax_of(e) is not None:
                return Tensor(self.named(e, "P").name, indices)
            case Product(factors):
                return self.product_entry(factors, indices, kinds)

    def softmax_entry(self, e, indices, kinds):
        """exp(S_ij) / sum_k exp(S_ik), with a name for what softmax is taken of."""
        i, j, k = *indices, self.fresh(indices)
        u = self.named(softmax_of(e), "S").name
        above, below = (Apply("exp", Tensor(u, (i, index))) for index in (j, k))
        return Product((above, Power(Product((below,), (k,)), MINUS_ONE)))

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

    def named(self, e, favourite="M"):
        """A name for the matrix `e`: its own, or that of a definition added before the equation."""
        if isinstance(e, Tensor):
            return e
        names = [favourite, *"MSPQRBCDEFGHJKLNTUVWZ", *[f"M_{{{number}}}" for number in range(len(self.taken))]]
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
