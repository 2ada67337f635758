r"""Matrix notation -> components: [X A^\top]_{ij} is x_{ik} a_{jk}.

A capital letter is a matrix; whether a lower-case letter is a column or a scalar follows from what makes the equation
legal. Where that leaves a choice the equation is refused: its author can write indices.
"""

import re
from fractions import Fraction
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
    dummies,
    dummy,
    holds,
    nodes,
    own_indices,
    replace_children,
    rewrite,
    tensors,
)
from linalg_grads.numbered_columns import numbered_again, with_names_of_their_own
from linalg_grads.parse_latex import IDENTITIES, ONE_STEP, is_column, is_matrix, is_of_a_size, letter_of, located, point_at, softmax_of, square_as_tensor, with_word
from linalg_grads.tokens import GREEK

BOLD_NAME = re.compile(r"\\(?:mathbf|boldsymbol|bm|vec)\{((?:[^{}]|\{[^{}]*\})*)\}")
SCALAR, COLUMN, ROW, MATRIX = KINDS = "scalar", "column", "row", "matrix"
LETTERS = "ijkmnrstuvw"
CAPITALS, COLUMNS = "MSPQRBCDEFGHJKLNTUVWZ", [rf"\mathbf{{{letter}}}" for letter in "pqsuvwz"]  # names for what has none
MOST_OPEN = 10  # letters of which the shapes must tell what they are
MOST_NUMBERS = 2  # capital letters that are numbers where the equation would be illegal otherwise
HALF = Number(Fraction(1, 2))
FUNCTION_LETTERS = {"f", "g", *r"\phi \varphi \psi \Phi \Psi \Gamma".split()}
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
    refuse_what_is_open(equations, sources)
    equations = with_words_for_names(equations)
    equations = without_steps(named_squares(equations, sources), sources)
    equations, numbered = with_names_of_their_own(equations)
    equations = [with_names(without_sizes(e)) if may_be_whole(e) else with_counts(e) for e in equations]
    orders = known_orders(equations)
    with_subscripts, taken = set(orders), {name for equation in equations for name in tensors(equation)}
    made = {}
    while len(made) < len(equations):
        number = next_to_read([(number, equation) for number, equation in enumerate(equations) if number not in made], orders)
        equation, source = equations[number], sources[number]
        if not isinstance(equation.left, Tensor):
            word = re.match(r"\s*([A-Za-z]{2,})\s*&?:?=", source)
            hint = rf"write \operatorname{{{word[1]}}} for a name of several letters" if word else "write y_{ij} = ..."
            fail(source, None, "the left-hand side must be one tensor", hint)
        converter = Converter(orders, source, taken, numbered)
        read = converter.equation(equation)
        made[number] = [(definition, source) for definition in [*converter.added, read]]
        for definition, _ in made[number]:
            orders.setdefault(definition.left.name, len(definition.left.indices))
            orders |= known_orders([definition]) | orders
    result = [pair for _, pairs in sorted(made.items()) for pair in pairs]
    read, sources = [numbered_again(equation, numbered) for equation, _ in result], [source for _, source in result]
    read = one_case(read, with_subscripts)
    refuse_what_is_missed(read, sources)
    return read, sources


def refuse_what_is_missed(equations, sources):
    """A definition Y that is used nowhere, beside an input y_n, which is no component of it: its gradients would be zero."""
    used, defined = [(name, source) for e, source in zip(equations, sources) for name in tensors(e.right)], [e.left.name for e in equations]
    for unused in [name for name in defined[:-1] if name not in dict(used)]:
        for name, source in used:
            if name not in defined and of_components(name) == of_components(unused):
                fail(source, name, f"'{name}' is no component of '{unused}', which is used nowhere", f"write a component of '{unused}' with all its indices")


def next_to_read(waiting, orders):
    r"""The number of the first equation that tells what its letters are; h = \sigma(z) waits for those that use h or z."""
    if len(waiting) == 1:
        return waiting[0][0]
    tells = [number for number, e in waiting if not without_components(e) or is_matrix_equation(e) or holds_whole(e, orders)]
    return min(tells, default=waiting[0][0])


def named_squares(equations, sources):
    r"""A definition of \sigma^2 defines a tensor of that name, which stands wherever \sigma^2 does."""
    for left in [equation.left for equation in equations]:
        match left:
            case Power(Tensor(name), Number(2)):
                equations = [rewrite(equation, partial(as_square_of, name)) for equation in equations]
                alone = next((source for equation, source in zip(equations, sources) if name in tensors(equation)), None)
                if alone:
                    fail(alone, None, f"'{name}' stands here, and only its square is defined", rf"define {name} = \sqrt{{...}}")
    return equations


def with_words_for_names(equations):
    r"""The equations with L_{\text{CE}} for an L_{CE} whose letters stand nowhere on the right: they are no indices."""
    words = {e.left for e in equations if isinstance(e.left, Tensor) and len(e.left.indices) > 1 and is_word(e.left.indices, e.right)}
    return [rewrite(equation, lambda e: with_word(e.name, "".join(e.indices)) if isinstance(e, Tensor) and e in words else e) for equation in equations] if words else equations


def is_word(indices, right):
    return all(index.isupper() and index not in right.occurrences for index in indices)


def as_square_of(name, e):
    """`e`; but the square of a component of `name` as a component of a tensor named after that square."""
    return square_as_tensor(e) if isinstance(e, Power) and isinstance(e.base, Tensor) and e.base.name == name else e


def refuse_what_is_open(equations, sources):
    r"""X' y, \phi(W x) and \Delta W, where X is known and \phi and \Delta are not, mean one thing to one writer, another to the next."""
    names, defined = {name for e in equations for side in (e.left, e.right) for name in tensors(side)}, {name for e in equations for name in tensors(e.left)}
    for equation, source in zip(equations, sources):
        pairs = [pair for node in nodes(equation.right, Product) for pair in zip(node.factors, node.factors[1:])]
        for name, behind in [(e.name, behind) for e, behind in pairs if isinstance(e, Tensor) and not e.indices and e.name not in defined]:
            bare = name.rstrip("'")
            if name != bare and bare in names:
                fail(source, name, f"is '{name}' a transpose?", rf"write {bare}^\top for the transpose, \tilde{{{bare}}} for another one")
            if bare in FUNCTION_LETTERS and is_bracket(behind):
                fail(source, name, f"is '{name}' a function?", rf"write which one, as in \tanh(...), or (...) {name} for a product")
            if name == r"\Delta" and isinstance(behind, Tensor):
                fail(source, name, "is this one name, or a product?", rf"write \tilde{{{behind.name}}} for a name, {behind.name} \Delta for a product")


def is_bracket(e):
    """Can `e`, a factor, only stand in a bracket: a sum, or a product that is no fraction?"""
    return isinstance(e, Sum) or isinstance(e, Product) and not e.bound and not any(isinstance(factor, Power) and factor.exponent == MINUS_ONE for factor in e.factors)


def fail(source, name, what, hint):
    raise IndexRuleError(point_at(source, getattr(name, "at", 0), what, hint))


def letters_of_indices(equation, numbered):
    """The letters that stand as indices in the equation, those of its numbered columns among them."""
    numbers = [index for name in tensors(equation) if name in numbered for index in numbered[name][1]]
    return {index.partition("#")[0] for index in (*numbers, *[index for node in nodes(equation) for index in node.own_or_bound])}


def numbers_in(e, numbered):
    """The numbers of the numbered columns in `e` that are not summed there."""
    return tuple(dict.fromkeys([index for name in tensors(e) if name in numbered for index in numbered[name][1] if index not in dummies(e)]))


def known_orders(equations):
    """Name -> number of subscripts, for every tensor that has them somewhere."""
    found = {}
    for equation in equations:
        for node in nodes(equation, Tensor):
            if node.indices:
                found.setdefault(node.name, len(node.indices))
    return found


def one_case(equations, with_subscripts):
    r"""X in [X A]_{ij} and x_{ik} are one tensor, and x its name, as of \mathbf{x} and x_i; X_{ik} and x_{ik} are two."""
    orders = {}
    for equation in equations:
        for node in nodes(equation, Tensor):
            orders.setdefault(node.name, len(node.indices))
    twins = {}
    for name in [name for name in orders if name not in with_subscripts]:
        bare, small = without_bold(name), of_components(name)
        if bare != name and bare in with_subscripts and orders[name]:
            twins[name] = bare
        elif small != name and small in with_subscripts and orders[name] == orders[small] == 2:
            twins[name] = small
    if not twins:
        return equations
    return [rewrite(e, partial(renamed, twins)) for e in equations]


def without_bold(name):
    r"""\hat{x} of \hat{\mathbf{x}}"""
    return BOLD_NAME.sub(r"\1", name)


def of_components(name):
    r"""The name that components of the tensor may have: \hat{y} of \hat{\mathbf{Y}}, \theta of \Theta."""
    bare = without_bold(name)
    return re.sub("[A-Z]", lambda letter: letter.group().lower(), bare, count=1) if letter_of(name).isupper() else bare


def as_known(asked, names):
    r"""The tensor `asked` by its name among `names`: W_{\text{f}} for W_f, x for X or \mathbf{x}."""
    if asked.name in names and not asked.indices:
        return asked
    ways = [with_word(asked.name, "".join(asked.indices)) if asked.indices else asked, asked]
    for key in (str, without_bold, of_components):
        for way in ways:
            alike = [name for name in names if key(name) == key(way.name)]
            if len(alike) == 1:
                return Tensor(*alike, way.indices)
    return asked


def renamed(twins, e):
    return Tensor(located(twins[e.name], getattr(e.name, "at", 0)), e.indices) if isinstance(e, Tensor) and e.name in twins else e


def has_components(e):
    """Does an index stand in `e` outside [ ]_{ij}?"""
    if isinstance(e, Component):
        return has_components(e.of)
    return bool(own_indices(e)) or isinstance(e, Size) or any(has_components(part) for part in children(e))


def without_sizes(equation):
    r"""An equation in matrix notation without the sizes of I_n and \mathbf{1}_n, which follow from its shapes."""
    if not any(map(is_of_a_size, nodes(equation.right))):
        return equation
    shorter = equation.replace(right=rewrite(equation.right, lambda e: type(e)(*e[1:-1]) if is_of_a_size(e) else e))
    return shorter if is_matrix_equation(shorter) else equation


def without_steps(equations, sources):
    r"""Where h_{t-1} stands, the t of x_t belongs to the name, too: W x_t + U h_{t-1} is about two steps in time, not about all."""
    name, source = next(((name, source) for e, source in zip(equations, sources) for name in tensors(e.right) if ONE_STEP in name), (None, ""))
    if name is None:
        return equations
    made = [rewrite(e, named_after_step) for e in equations]
    if any(map(sums_steps, equations, made)) or all(without_components(e) and not is_matrix_equation(e) for e in made):
        hint = r"write the sum with a tensor of shifts, \sum_{tu} s_{tu} x_u; or two names: x_i and x'_i"
        fail(source, name, "an index that is shifted can't be read", hint)
    return made


def sums_steps(equation, named):
    """Is t summed in the equation, as written or, between components, as understood?"""
    once = "t" in own_indices(equation.left) or "t" not in counts_in_a_term(equation.right)
    return "t" in dummies(equation) or not once and not without_components(named)


def named_after_step(e):
    r"""x_{\text{t},i} for x_{t,i}"""
    if not isinstance(e, Tensor) or "t" not in e.indices:
        return e
    return Tensor(with_word(e.name, "t").name, tuple(index for index in e.indices if index != "t"))


def with_counts(equation):
    r"""A d_k or n_h under a root or a fraction bar, whose k stands nowhere else, counts dimensions: d_{\text{k}}."""
    if not holds(equation.right, Power):
        return equation
    alone = {index for index, times in counts_in_a_term(equation.right).items() if times == 1} - set(own_indices(equation.left))

    def visit(e):
        counts = isinstance(e, Power) and isinstance(e.base, Tensor) and e.base.name in ("d", "n") and e.exponent not in WHOLE_POWERS
        return e.replace(base=named_after_subscripts(e.base)) if counts and alone.issuperset(e.base.indices) else e

    return equation.replace(right=rewrite(equation.right, visit)) if alone else equation


def may_be_whole(equation):
    r"""Is the left-hand side a name, or one such as \mathbf{m}_N of matrix notation, whose capital is no index there?"""
    indices = own_indices(equation.left)
    return not indices or len(indices) == 1 and indices[0].isupper() and stands_beside_components(equation.right)


def with_names(equation):
    r"""An equation in matrix notation whose subscripts all belong to names, as in softmax(Q K^\top / \sqrt{d_k}) and X W_Q.

    Where the subscripts can be indices they are, as in tr(A) + d_i d_i.
    """
    alone, beside = {index for index, times in counts_in_a_term(equation.right).items() if times == 1}, stands_beside_components(equation.right)
    if not (alone or beside):
        return equation
    letters = subscripts_of_names(equation.right, alone, beside)
    named = Equation(named_after_subscripts(equation.left), named_after_subscripts(equation.right, letters))
    return named if is_matrix_equation(named) else with_counts(equation)


def subscripts_of_names(e, alone, beside):
    r"""The f of W_f, since a matrix has two indices, there and in b_f; so the h and x of W_{hh} h + W_{xh} x; beside matrices, the n of \sigma_n."""
    found = set()
    for node in nodes(e):
        if isinstance(node, Tensor) and len(node.indices) == 1 and (letter_of(node.name).isupper() or beside and node.name in GREEK):
            found |= alone.intersection(node.indices)
        for matrix, x in zip(node.factors, node.factors[1:]) if isinstance(node, Product) else ():
            if isinstance(matrix, Tensor) and isinstance(x, Tensor) and len(matrix.indices) == 2 and not x.indices and letter_of(matrix.name).isupper():
                found |= set(matrix.indices) if alone.intersection(matrix.indices) else set()
    return found


def stands_beside_components(e):
    """Is there matrix notation that is refused beside components: outside of traces, determinants and [ ]_{ij}?"""
    if isinstance(e, (Component, Trace, Determinant)):
        return False
    return isinstance(e, NOT_BESIDE_COMPONENTS) or e == Ones() or any(map(stands_beside_components, children(e)))


def named_after_subscripts(e, letters=()):
    r"""`e` with each d_k as d_{\text{k}}, and W_Q as W_{\text{Q}}: a capital and `letters` are no index, and d counts dimensions."""
    if isinstance(e, Tensor) and e.indices:
        counts = len(e.indices) == 1 and (e.name in ("d", "n") or e.indices[0].isupper())
        return with_word(e.name, "".join(e.indices)) if counts or all(index in letters for index in e.indices) else e
    return replace_children(e, [named_after_subscripts(part, letters) for part in children(e)])


def is_matrix_equation(equation):
    """No component anywhere, and a matrix operation or a capital letter on the right."""
    return without_components(equation) and any(
        isinstance(node, NEEDS_MATRICES) or node == Ones() or isinstance(node, Tensor) and (letter_of(node.name).isupper() or is_column(node))
        for node in nodes(equation.right)
    )


def without_components(equation):
    """Are there no indices, and no [ ]_{ij}?"""
    return not (has_components(equation.left) or has_components(equation.right) or holds(equation.right, Component))


def holds_whole(equation, orders):
    """Is a name in the equation, which has no components, known to be that of a whole column or matrix?"""
    return without_components(equation) and any(orders.get(name) for name in (*tensors(equation.left), *tensors(equation.right)))


def capital_numbers(e):
    r"""The capital letters that can only be numbers: N of \frac{1}{N} and 1 / (N - 1), H of \sqrt{H}."""
    found = set()
    for node in nodes(e):
        if isinstance(node, Power) and node.exponent == HALF:
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
    factors = [factor for node in nodes(e, Product) for factor in node.factors]
    factors += [factor.base for factor in factors if isinstance(factor, Power) and factor.exponent == MINUS_ONE]
    return dict.fromkeys([factor.name for factor in factors if isinstance(factor, Tensor) and letter_of(factor.name).isupper()])


class Converter:
    """Converts one equation; `added` collects the definitions of what an inverse or a determinant is taken of."""

    def __init__(self, orders, source, taken, numbered=()):
        self.orders, self.source, self.taken, self.added, self.names, self.right = orders, source, taken, [], {}, ONE
        self.numbered = numbered  # the names of numbered columns; in an equation with one, components are numbers

    def fail(self, what, hint, near=None):
        fail(self.source, getattr(near, "name", None), what, hint)

    # ------------------------------------------------------------ equations

    def equation(self, equation):
        if is_matrix_equation(equation) or holds_whole(equation, self.orders) or not set(self.numbered).isdisjoint(tensors(equation)):
            return self.matrix_equation(equation)
        self.right = equation.right
        return Equation(equation.left, self.components(equation.right))

    def matrix_equation(self, equation):
        left = equation.left
        right, kinds = self.reading(equation.right, wanted=SCALAR) if left.indices else self.reading(equation.right, left)
        kind = self.kind(right, kinds)
        letters = [letter for letter in LETTERS if letter not in letters_of_indices(equation, self.numbered)]
        indices = tuple(Index(letter) for letter in letters[: 2 if kind == MATRIX else 1 if kind == COLUMN else 0])
        return Equation(Tensor(left.name, (*left.indices, *indices)), self.whole_entry(right, indices, kinds))

    def components(self, e):
        """`e` with every [M]_{ij}, trace and determinant written in components."""
        if e.kinds.isdisjoint(WHOLE):
            return e
        if isinstance(e, Component):
            if has_components(e.of):
                self.fail("a bracket with components inside takes no indices", r"write [X A]_{ij}, or x_{ik} a_{kj}")
            of, kinds = self.reading(e.of, wanted=MATRIX if len(e.indices) == 2 else COLUMN)
            return self.whole_entry(of, e.indices, kinds)
        if isinstance(e, (Trace, Determinant)):
            e, kinds = self.reading(e, wanted=SCALAR)
            return self.entry(e, (), kinds)
        if isinstance(e, Hadamard) and all(map(has_components, e.parts)):
            return Product(tuple([self.components(part) for part in e.parts]))
        if isinstance(e, NOT_BESIDE_COMPONENTS) or e == Ones():
            near = next(iter(nodes(e, Tensor)), None)
            of_columns = r"; of numbered columns write \mathbf{w}^\top \mathbf{x}_n" if isinstance(e, Transpose) and not is_matrix(e) else ""
            self.fail("matrix notation stands beside components", rf"put it in brackets: [X A^\top]_{{ij}}{self.hint_on_names}{of_columns}", near)
        return replace_children(e, [self.components(part) for part in children(e)])

    @property
    def hint_on_names(self):
        r"""The k of d_k may be no index: d_{\text{k}}."""
        for node in nodes(self.right, Tensor):
            if len(node.indices) == 1 and node.indices[0] not in self.right.dummies:
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
        self.fail("the shapes of this matrix expression don't fit", self.hint_on_shapes(e, left))

    def hint_on_shapes(self, e, left):
        for node in nodes(e, Power):
            if capitals(node.base) and node.exponent not in WHOLE_POWERS:
                return r"a matrix has no such power here: write \operatorname{diag}(d)^{-1/2} of a diagonal d, \frac{1}{\sqrt{N}} of a number N"
        if left and is_matrix(e) and self.legal(e, None, MATRIX, ()):
            return f"the right-hand side is a matrix, and '{left.name}' is no capital letter"
        return "capital letters are matrices, b is a column, b^\\top a row; a bias in every row is \\mathbf{1} b^\\top"

    def only(self, e, legal):
        weights = [(self.numbers_behind_matrices(e, kinds), list(kinds.values()).count(COLUMN)) for kinds in legal]
        best = [kinds for kinds, weight in zip(legal, weights) if weight == min(weights)]
        if len(best) > 1:
            self.fail("which letter is a column, which a scalar, is open", "write it with indices, as in y_i = c x_i")
        return best[0]

    def numbers_behind_matrices(self, e, kinds):
        """How many letters that are numbers by this reading stand behind a matrix."""
        pairs = [pair for node in nodes(e, Product) for pair in zip(node.factors, node.factors[1:])]
        return sum(isinstance(x, Tensor) and self.kind(x, kinds) == SCALAR and self.kind(matrix, kinds) == MATRIX for matrix, x in pairs)

    def legal(self, e, left, wanted, numbers):
        """Every name -> kind that makes `e`, and `left = e`, legal if `numbers` are scalars, and something else is none."""
        names = dict.fromkeys([node.name for node in nodes(e, Tensor) if not node.indices])
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
            self.fail(*WITHOUT_COMPONENTS[type(node)], next(iter(nodes(node, Tensor)), None))

    def fixed_kind(self, name):
        if name in self.orders:
            return {0: SCALAR, 1: COLUMN, 2: MATRIX}.get(self.orders[name], SCALAR)
        return MATRIX if letter_of(name).isupper() else COLUMN if is_column(Tensor(name)) else None

    def kind(self, e, kinds):
        """The kind of `e`, or None where its shapes don't fit."""
        match e:
            case Number() | Component() | Size() | Delta():
                return SCALAR
            case Tensor(name, indices):
                return SCALAR if indices else kinds[name]
            case Ones(index):
                return SCALAR if index else COLUMN
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
                return None if bound and not self.numbered else self.kind_of_product([self.kind(factor, kinds) for factor in factors])
        return None

    def kind_of_power(self, base, exponent, kinds):
        """A matrix power is a short product; not of another power, which would be a long one."""
        kind = self.kind(base, kinds)
        if kind != MATRIX:
            return SCALAR if kind == self.kind(exponent, kinds) == SCALAR else None
        short = exponent in WHOLE_POWERS and not holds(base, Power)
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
            case Number() | Size() | Delta():
                return e
            case Tensor() | Ones() if own_indices(e):
                return e
            case Component():
                return self.components(e)
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
            case Trace(Product((Transpose(u), v), ())) if u == v:
                return self.sum_of_squares(u, kinds)
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
            case Product() if indices and softmax_of(e) is not None:
                return Tensor(self.named(e, "P" + CAPITALS if len(indices) == 2 else COLUMNS).name, indices)
            case Product():
                return self.product_entry(e, indices, kinds)

    def whole_entry(self, e, indices, kinds):
        """The component of what is no part of more: a softmax needs no name there."""
        if softmax_of(e) is None:
            return self.entry(e, indices, kinds)
        return self.softmax_entry(e, indices, kinds)

    def softmax_entry(self, e, indices, kinds):
        """exp(S_ij) / sum_k exp(S_ik), with a name for what softmax is taken of."""
        *rows, j = indices
        k = self.fresh(indices)
        u = self.named(softmax_of(e), "S" + CAPITALS if rows else COLUMNS[2:]).name
        above, below = (Apply("exp", Tensor(u, (*rows, index))) for index in (j, k))
        return Product((above, Power(Product((below,), (k,)), MINUS_ONE)))

    def product_entry(self, e, indices, kinds):
        """Thread the indices through the chain: each factor's last index is the next one's first."""
        made, bound, pending, outer = [], [], None, list(indices)
        for position, factor in enumerate(e.factors):
            kind = self.kind(factor, kinds)
            if kind == SCALAR:
                made.append(self.entry(factor, (), kinds))
                continue
            left = right = None
            if kind in (MATRIX, COLUMN):
                left = pending if pending is not None else outer.pop(0)
            pending = None
            if kind in (MATRIX, ROW):
                if self.has_partner(e.factors[position + 1 :], kinds):
                    right = pending = self.fresh((*indices, *bound))
                    bound.append(right)
                else:
                    right = outer.pop(0)
            made.append(self.entry(factor, tuple(index for index in (left, right) if index is not None), kinds))
        return Product(tuple(made), (*e.bound, *bound))

    def sum_of_squares(self, u, kinds):
        k = self.fresh(())
        indices = (k, self.fresh((k,)))[: 2 if self.kind(u, kinds) == MATRIX else 1]
        return Product((Power(self.entry(u, indices, kinds), Number(2)),), indices)

    def has_partner(self, rest, kinds):
        """Is there a next factor with a first index?"""
        following = [kind for kind in (self.kind(factor, kinds) for factor in rest) if kind != SCALAR]
        return bool(following) and following[0] in (MATRIX, COLUMN)

    def fresh(self, used):
        letters_used = {index.partition("#")[0] for index in used}
        return dummy(Index(next((letter for letter in LETTERS[2:] + LETTERS[:2] if letter not in letters_used), "k")))

    def named(self, e, letters=CAPITALS):
        """A name for the matrix or column `e`: its own, or that of a definition added before the equation, once for equal ones."""
        if isinstance(e, Tensor):
            return e
        if e in self.names:
            return self.names[e]
        names = [*letters, *[f"{letters[0]}_{{{number}}}" for number in range(len(self.taken))]]
        name = next(name for name in names if self.taken.isdisjoint((name, without_bold(name))))
        self.taken.add(name)
        if numbers := numbers_in(e, self.numbered):
            letter, name = name, rf"{name}_{{{','.join(numbers)}}}"
            self.numbered[name] = letter, numbers
        self.added.append(self.matrix_equation(Equation(Tensor(name), e)))
        self.orders[name] = len(self.added[-1].left.indices)
        self.names[e] = Tensor(name)
        return self.names[e]


PRODUCTS = {
    **{(SCALAR, kind): kind for kind in (SCALAR, COLUMN, ROW, MATRIX)},
    **{(kind, SCALAR): kind for kind in (COLUMN, ROW, MATRIX)},
    (MATRIX, MATRIX): MATRIX, (MATRIX, COLUMN): COLUMN, (ROW, MATRIX): ROW, (ROW, COLUMN): SCALAR, (COLUMN, ROW): MATRIX,
}  # fmt: skip
