r"""check_answer: mark a reader's answer, and say what is wrong with it as a good teacher would.

The right answer is derived from the question. A wrong one is understood by trying the known slips on the right answer and
looking which of them gives what the reader wrote: a transpose, a sign, a mean for a sum, another tensor's gradient.
"""

import re
from itertools import combinations
from typing import NamedTuple

from linalg_grads.compare import Evaluator, Floats, equal, lengths_of_axes
from linalg_grads.contract import contract, multiplied_out
from linalg_grads.derivation import Derivation, backward
from linalg_grads.errors import IndexRuleError, LinalgGradsError, ParseError
from linalg_grads.expressions import (
    Component,
    Delta,
    Derivative,
    Equation,
    Index,
    Number,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    Transpose,
    add,
    children,
    counts,
    free,
    holds,
    index_like,
    multiply,
    negative,
    nodes,
    own_indices,
    power,
    rename_apart,
    replace_children,
    substitute,
    tensors,
    transform,
)
from linalg_grads.indices import bind, fail, once, uses
from linalg_grads.matrices import Converter, has_components, known_orders
from linalg_grads.parse_latex import located, parse_chain
from linalg_grads.source import written_out
from linalg_grads.to_latex import to_latex

SIZES = {"M": "i", "K": "k", "N": "j"}  # the book's sizes, and the index that each belongs to
TIMES = {1: "once", 2: "twice", 3: "three times", 4: "four times"}
PRIMES = (3, 5, 7, 2, 11, 13)
LEADS = [(2,), (4, 2), (), (0,)]  # sizes that the dots of a layer may stand for; those of the other axes are primes
UPSTREAM, WHOLE = r"\widehat{\mathbf{G}}", r"\widehat{\mathbf{W}}"  # names that no reader uses


class Mark(NamedTuple):
    """What became of an answer. `right` is True, False, or None where nothing was answered; it prints as `words`."""

    right: bool | None
    words: str

    def __bool__(self):
        return bool(self.right)

    def __repr__(self):
        return self.words


NOT_ATTEMPTED, RIGHT = Mark(None, "not attempted"), Mark(True, "right")


def check_answer(answer, question, wrt=None):
    r"""Mark an answer to an exercise.

    answer    an equation in LaTeX, such as `\frac{\partial l}{\partial c_{pq}} = ...`, or only its right-hand side, or a function
              that computes it with NumPy, its arguments named as in the question, `grad_y` for the upstream gradient.
              An empty text, None, and a function that returns None, are not attempted
    question  with `wrt`: a layer's forward equation, or a list of them, as `backward` takes it. Without: an expression to
              simplify; `t_{pq} = ...`, to say which indices are free; `[S X]_{pq}`, to be written with indices; or
              `[T]_{pq} = ...` to be read as a product of matrices, the free indices in the order p, q.
              Or a number or an array; then the answer is that number or array, or a tuple, the array's shape
    wrt       the input whose gradient is asked for, such as "c"; the left-hand side of the answer may ask for the Jacobian instead
    returns   a mark: true if the answer is right. It prints as "right", "not attempted", or what is wrong
    raises    LinalgGradsError  the question itself can't be read

    >>> layer = r"y_{ij} = x_{ik} c_{kj} + \mathbf{1}_i b_j"
    >>> check_answer(r"\frac{\partial l}{\partial c_{pq}} = x_{ip} \frac{\partial l}{\partial y_{iq}}", layer, wrt="c")
    right
    >>> check_answer(r"\frac{\partial l}{\partial c_{pq}} = x_{iq} \frac{\partial l}{\partial y_{ip}}", layer, wrt="c")
    not yet: this is the transpose of the right answer, in which p comes first
    >>> check_answer(r"\delta_{ip} c_{kj} \delta_{kq}", r"\delta_{ip} \delta_{kq} c_{kj}")
    not yet: this is equal, but a delta can still be contracted
    >>> check_answer(r"H^\top S", r"[T]_{pq} = h_{jp} s_{jq}")
    right
    >>> check_answer((2, 3), [[1, 2], [3, 4], [5, 6]])
    not yet: the sizes are right, their order is not
    >>> check_answer("", layer, wrt="c")
    not attempted
    """
    if not _is_text(question):
        return _mark_value(answer, question)
    derivation = backward(question, wrt) if wrt else None
    asked = None if wrt else _asked(question)
    if not callable(answer) and not str(answer or "").strip():
        return NOT_ATTEMPTED
    try:
        if callable(answer):
            return _mark_code(answer, derivation, question, asked)
        return _mark_equation(str(answer), question, derivation, asked)
    except LinalgGradsError as error:
        return _not_yet(str(error))


def _not_yet(words):
    return Mark(False, f"not yet: {words}")


def at_the_start(index):
    """An index of the question: where it is missing in the answer, the caret stands at the beginning."""
    index = index_like(index, index)
    index.at = 0
    return index


def _is_text(question):
    return isinstance(question, str) or isinstance(question, (list, tuple)) and all(isinstance(part, str) for part in question)


def _asked(question):
    """The right answer to a question without `wrt`, simplified; its free indices in order; may it have indices, or must it?"""
    sides, _ = parse_chain(question)
    left, right = sides[0] if len(sides) > 1 else None, sides[-1]
    indices = left.indices if isinstance(left, (Tensor, Component)) else once(right)
    wanted = NO_INDICES if isinstance(left, Component) else INDICES if holds(right, Component) else None
    right = Converter(known_orders(Equation(side, side) for side in sides), question, set()).components(right)
    return contract(flat(bind(with_sizes(right), indices, question))), indices, wanted


def flat(e):
    """`e` without brackets inside products: its dummies are bound, so no sum can capture another."""
    return transform(e, lambda node: multiply(node.factors, node.bound) if isinstance(node, Product) else node)


NO_INDICES = "this is equal, but it still has indices: read it as a product of matrices"
INDICES = "this is equal, but it is still in matrix notation: write it with indices"


def as_written(e, rule):
    """As `transform`, but every bracket stays, for a bracket may hold a sum of its own."""
    parts = children(e)
    return rule(replace_children(e, tuple(as_written(part, rule) for part in parts)) if parts else e)


def with_sizes(e):
    """`e` with M, K and N read as the sizes of i, k and j."""
    return as_written(e, lambda node: Size(Index(SIZES[node.name])) if isinstance(node, Tensor) and not node.indices and node.name in SIZES else node)


# ---------------------------------------------------------------- an answer in LaTeX

BARE = re.compile(r"^\s*\${1,2}(.*?)\${1,2}\s*$", re.DOTALL)
DIFFERENTIAL = r"\\frac\s*\{\s*%s\s*([A-Za-z][^{}]*(?:\{[^{}]*\})?)\s*\}\s*\{\s*%s\s*([A-Za-z][^{}]*(?:\{[^{}]*\})?)\s*\}"
WITH_D = re.compile(DIFFERENTIAL % ((r"(?:\\mathrm\s*\{\s*d\s*\}|d)",) * 2))
NABLA = re.compile(r"\\nabla_\{?([A-Za-z])\}?\s*([A-Za-z])\b")
SHORT = re.compile(r"^\s*d\s*([A-Za-z])\s*=")
LOSSES = re.compile(r"\\partial\s*(?:\\mathcal\s*\{L\}|\\ell(?![A-Za-z])|L(?![A-Za-z]))")
ONES_OF_SIZE = re.compile(r"\\mathbf\s*\{?1\}?_\{?[A-Z]\}?")
PLAIN_ONES = re.compile(r"(?<![\w.{}^\\])1(?=\s*(?:_|\^\s*\{?\s*(?:\\top|T\b)))")
RATIO = re.compile(r"(?<![A-Za-z\\])d\s*([A-Za-z])\s*/\s*d\s*([A-Za-z](?:_\{[^{}]*\}|_[A-Za-z])?)(?![A-Za-z])")
CODE = re.compile(r"@|\.T\b|\bnp\.|\btorch\.|\*\*|==|\.[a-z]+\(")
WORDS = re.compile(r"(?=.*[A-Za-z]{4})[A-Za-z]+[A-Za-z',.?! ]* [A-Za-z',.?! ]+")


def usual(answer, derivation):
    """The answer in the notation of the course: what other books write for a derivative is written \\partial."""
    text = answer.strip()
    if found := BARE.match(text):
        text = found[1].strip()
    if WORDS.fullmatch(text):
        raise ParseError("an equation in LaTeX is expected, and this reads like words")
    if CODE.search(text):
        raise ParseError("this looks like NumPy: write it as a function and hand that over, or write the equation in LaTeX")
    text = PLAIN_ONES.sub(r"\\mathbf{1}", ONES_OF_SIZE.sub(r"\\mathbf{1}", text))
    if derivation:
        if "d" not in {*derivation.layer.inputs, derivation.output.name}:
            text = WITH_D.sub(r"\\frac{\\partial \1}{\\partial \2}", text)
            text = RATIO.sub(r"\\frac{\\partial \1}{\\partial \2}", text)
            text = SHORT.sub(lambda found: rf"\frac{{\partial {derivation.loss.name}}}{{\partial {found[1]}}} =", text)
        if derivation.loss.name == "l" and not {"L", r"\ell", r"\mathcal{L}"} & {*orders_of(derivation.layer)}:
            text = LOSSES.sub(r"\\partial l", text)
        text = NABLA.sub(r"\\frac{\\partial \2}{\\partial \1}", text)
    return text


def _mark_equation(answer, question, derivation, asked):
    answer = usual(answer, derivation)
    sides, _ = parse_chain(answer)
    left, sides = (sides[0], sides[1:]) if len(sides) > 1 else (None, sides)
    if derivation:
        right, indices = right_side(left, derivation, answer)
        reader = Reader(orders_of(derivation.layer), indices, answer, derivation)
    else:
        right, indices, wanted = asked
        orders = {node.name: len(node.indices) for node in nodes(right, Tensor)}
        named = left.of if isinstance(left, Component) else left
        if left is not None and not (isinstance(named, Tensor) and named.name not in orders):
            sides = (left, *sides)
        reader = Reader(orders, [at_the_start(index) for index in indices], answer)
    counted = holds(right, Size)
    if counted:
        reader.orders = dict.fromkeys(SIZES, 0) | reader.orders
    for side in sides:
        try:
            given, whole = reader.components(side, left)
        except IndexRuleError:
            if _deltas(right) and not _deltas(side):
                return _not_yet("a delta is missing: where both its indices are free, it stays")
            raise
        given, size = without_sizes(with_sizes(given) if counted else given, derivation, right)
        check_names(given, answer, derivation, right)
        worked = contract(given) if counted else given
        if not _same(worked, right, derivation):
            return _not_yet(diagnosis(worked, right, derivation, answer, reader.orders))
        if size:
            return _not_yet(f"right up to a factor of {size}: did you take a mean for a sum?")
    if _deltas(given) > _deltas(right):
        return _not_yet("this is equal, but a delta can still be contracted")
    if not derivation and wanted and whole is (wanted is INDICES):
        return _not_yet(wanted)
    if not derivation and "".join(answer.split()) == "".join(question.split()):
        return _not_yet("this is the question itself")
    return RIGHT


class Reader:
    """Reads an answer as components with the indices that are asked for, whether it was written in them or in matrix notation."""

    def __init__(self, orders, indices, answer, derivation=None):
        self.orders, self.indices, self.answer, self.derivation = dict(orders), indices, answer, derivation
        self.orders[WHOLE] = len(indices)
        if derivation:
            self.orders[UPSTREAM] = len(derivation.output.indices)
        self.known = {name.swapcase(): name for name in self.orders if len(name) == 1} | {name: name for name in self.orders}
        if derivation and derivation.output.indices:
            self.known = {"g": UPSTREAM, "G": UPSTREAM} | self.known

    def components(self, side, left):
        """(the side with its dummies bound, was it matrix notation?)"""
        in_brackets = isinstance(side, Component)
        one_component = isinstance(left, (Component, Derivative, Tensor)) and bool(once(left))
        side = as_written(side, self.named)
        indexed = has_components(side) or holds(side, Component)
        whole = not indexed and any(self.orders.get(name) for name in tensors(side))
        if whole and one_component:
            letters = ", ".join(once(left))
            self.fail(
                f"the left-hand side is one component, with the index {letters}, but the right-hand side has no index",
                f"write both sides with indices, or both without: [ ... ]_{{{''.join(self.indices)}}} takes a component of a product",
            )
        if indexed and isinstance(left, Derivative) and self.indices and not one_component:
            self.fail(
                "the left-hand side is a whole tensor, without indices, but the right-hand side has indices",
                f"begin with {self.begin}",
            )
        side = self.product(side) if whole else self.converter().components(side)
        bound = bind(side if whole else self.renamed(side, left), self.indices, self.answer)
        return as_written(bound, self.derivative), whole or in_brackets

    @property
    def begin(self):
        return f"{to_latex(self.derivation.gradient.left)} =" if self.derivation else ""

    def converter(self):
        return Converter(self.orders, self.answer, set(self.orders))

    def fail(self, what, hint):
        fail(self.answer, None, what, hint)

    def named(self, e):
        """The question's own name: A for the matrix of a_{jk}, G for the upstream gradient."""
        if isinstance(e, Derivative) and self.is_upstream(e):
            return Tensor(UPSTREAM, e.wrt.indices)
        if isinstance(e, Derivative) and getattr(e.wrt, "name", "") == UPSTREAM:
            fail(self.answer, e.wrt.name, "this is a derivative by the upstream gradient", "write g alone: it is a derivative already")
        if not isinstance(e, Tensor) or e.name not in self.known:
            return e
        return Tensor(located(self.known[e.name], getattr(e.name, "at", 0)), e.indices)

    def is_upstream(self, e):
        d = self.derivation
        return d and d.output.indices and getattr(e.wrt, "name", "") in (d.output.name, d.output.name.swapcase()) and e.of == d.loss

    def derivative(self, e):
        upstream = isinstance(e, Tensor) and e.name == UPSTREAM
        return Derivative(self.derivation.loss, Tensor(self.derivation.output.name, e.indices)) if upstream else e

    def product(self, side):
        """Matrix notation, such as (dl/dY)^T X, in components with the indices that are asked for."""
        made = self.read_as_whole(side)
        if made is None:
            turned = self.read_as_whole(Transpose(side))
            kind = self.kind_of(side)
            if turned is not None and len(self.indices) == 1:
                self.fail("this is a row, and a column is asked for", "transpose it: (A B)^\\top = B^\\top A^\\top")
            if kind:
                self.fail(f"this is {kind}, and {KINDS[len(self.indices)]} is asked for", "compare the shapes of both sides")
            self.fail("the shapes of this matrix expression don't fit", "a capital letter is a matrix, v a column, v^\\top a row")
        return made

    def read_as_whole(self, side):
        try:
            made = self.converter().matrix_equation(Equation(Tensor(WHOLE), side))
        except IndexRuleError:
            return None
        return substitute(made.right, dict(zip(made.left.indices, self.indices)))

    def kind_of(self, side):
        converter = self.converter()
        try:
            return NAMES_OF_KINDS[converter.kind(*converter.reading(side))]
        except IndexRuleError:
            return None

    def renamed(self, side, left):
        """A right-hand side alone may name its one free index as it likes."""
        letters = once(side)
        if left is not None or not self.derivation or not letters or set(self.indices) & set(own_letters(side)):
            return side
        if len(letters) == len(self.indices) == 1:
            return substitute(side, dict(zip(letters, self.indices)))
        if len(letters) == len(self.indices):
            self.fail(f"which index comes first, {' or '.join(letters)}?", f"begin with {self.begin} to say so")
        return side


KINDS = {0: "a number", 1: "a column", 2: "a matrix"}
NAMES_OF_KINDS = {"scalar": "a number", "column": "a column", "row": "a row", "matrix": "a matrix"}


def how_many(count):
    return {0: "no index", 1: "one index", 2: "two indices", 3: "three indices"}.get(count, f"{count} indices")


def own_letters(e):
    return [index for node in nodes(e) for index in own_indices(node)]


def _same(given, right, derivation):
    """Are they equal, where an answer may write out what the layer defines, or name it?"""
    if equal(given, right):
        return True
    return derivation is not None and equal(*[_written_out(side, derivation) for side in (given, right)])


def _written_out(e, derivation):
    """`e` in the layer's inputs and the upstream gradient alone."""
    e = transform(e, lambda node: Tensor(UPSTREAM, node.wrt.indices) if isinstance(node, Derivative) else node)
    for equation in reversed(derivation.layer.equations):
        e = written_out(e, equation)
    return e


def replaced(e, old, new):
    """`e` with one expression in place of another."""
    return transform(e, lambda node: new if node == old else node)


def without_sizes(given, derivation, right):
    """The answer without a number such as M that the question doesn't know, and its name."""
    known = {*tensors(right), *(derivation.layer.inputs if derivation else ()), *[e.wrt.name for e in nodes(given, Derivative)]}
    numbers = [name for name, order in uses(given) if not order and name not in known]
    size = next((name for name in numbers if len(name) == 1 and name.isupper()), None)
    return (replaced(given, Tensor(size), Number(1)), size) if size else (given, None)


def right_side(left, derivation, answer):
    """The right answer in the letters of the left-hand side (None: those of the derivation), and its free indices in order."""
    name, output, loss = derivation.variable.name, derivation.output, derivation.loss.name
    letters = derivation.variable.indices
    hint = f"begin with {to_latex(derivation.gradient.left)} ="
    if left is None:
        return derivation.gradient.right, letters
    if not isinstance(left, Derivative) or not isinstance(left.of, Tensor):
        fail(answer, None, f"the left-hand side is no derivative of '{loss}'", hint)
    if left.of.name not in (loss, output.name, output.name.swapcase()):
        fail(answer, left.of.name, f"'{left.of.name}' is differentiated here; the question is about '{loss}'", hint)
    if not isinstance(left.wrt, Tensor) or left.wrt.name not in (name, name.swapcase()):
        fail(answer, getattr(left.wrt, "name", None), f"the question asks for the derivative by '{name}'", hint)
    above, asked = left.of.indices, left.wrt.indices
    if asked and len(asked) != len(letters):
        fail(answer, left.wrt.name, f"'{name}' has {how_many(len(letters))} in the question", hint)
    for index in asked:
        if asked.count(index) > 1 or index in above:
            where = "twice below the line" if asked.count(index) > 1 else "above the line and below it"
            fail(answer, index, f"the index '{index}' stands {where}", "a derivative takes fresh indices, each another letter, such as p and q")
    mapping = {old: index_like(new, old) for old, new in zip(letters, asked)}
    if left.of.name == loss:
        return substitute(derivation.gradient.right, mapping), asked or letters
    if not above:
        fail(answer, left.of.name, "a derivative of a whole tensor by a whole tensor is no matrix", hint)
    if len(above) != len(output.indices):
        fail(answer, left.of.name, f"'{output.name}' has {len(output.indices)} indices in the question", hint)
    mapping |= {old: index_like(new, old) for old, new in zip(output.indices, above)}
    return substitute(derivation.jacobian.right, mapping), (*above, *(asked or letters))


def orders_of(layer):
    """Name -> number of indices, of the inputs and of what the equations define."""
    return layer.inputs | {equation.left.name: len(equation.left.indices) for equation in layer.equations}


def check_names(given, answer, derivation, right):
    """Every tensor of the answer is one of the question's."""
    known = {*tensors(right), *([*orders_of(derivation.layer), derivation.loss.name] if derivation else ())}
    for name in tensors(given):
        if name not in known:
            hint = f"the names in use here are: {', '.join(sorted(known))}"
            fail(answer, name, f"'{name}' does not occur in the question", hint)


def _deltas(e):
    return len(nodes(e, Delta))


# ---------------------------------------------------------------- which slip is it?


def diagnosis(given, right, derivation, answer, orders={}):
    for node in nodes(given, Tensor):
        if len(node.indices) != orders.get(node.name, len(node.indices)):
            return f"'{node.name}' has {how_many(len(node.indices))} here, and {how_many(orders[node.name])} in the question"
    if equal(given, Number(0)):
        return "this is zero, and the right answer is not"
    for words, slip in _slips(given, right, derivation):
        if set(free(slip)) <= set(free(right)) and equal(given, slip):
            return words
    upstream = {node.of.name for node in nodes(right, Derivative)}
    if not upstream and holds(given, Derivative):
        return "a derivative is left: work it out with the equations of the question"
    for name in tensors(right):
        if name not in tensors(given):
            return "the upstream gradient must occur in the answer" if name in upstream else f"'{name}' must occur in the answer"
    for index in free(right):
        if not isinstance(right, Sum) and counts(given)[index] > counts(right)[index]:
            often, right_often = (TIMES.get(counts(e)[index], "many times") for e in (given, right))
            return f"you used {index} {often}; in the right answer it stands {right_often}"
    return _unequal_lengths(given, derivation, answer) or (
        "the indices are in order, but the values differ: compare both sides with a loop"
        if any(own_letters(e) for e in (given, right))
        else "this is another number: compare with the question, factor by factor"
    )


def _unequal_lengths(given, derivation, answer):
    """An index that runs over two axes of different lengths, in words."""
    if derivation is None:
        return None
    axes, letters = derivation.layer.axes, set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", "", answer)))
    found = [derivation.variable, *[node.wrt if isinstance(node, Derivative) else node for node in nodes(given)]]
    places = [(index, (e.name, position)) for e in found if isinstance(e, Tensor) for position, index in enumerate(e.indices)]
    first = {}
    for index, place in places:
        earlier = first.setdefault(index, place)
        if axes.get(place) != axes.get(earlier):
            one, two = [f"index {position + 1} of {name}" for name, position in (earlier, place)]
            over = f"{index.letter} runs over {one} and over" if index.letter in letters else f"the product pairs {one} and"
            return f"{over} {two}, and these need not be equally long"
    return None


def _slips(given, right, derivation):
    """(what the slip is called, what it makes of the right answer)."""
    letters = derivation.variable.indices if derivation else free(right)
    yield "the sign is wrong", negative(right)
    if len(letters) == 2:
        p, q = letters
        yield f"this is the transpose of the right answer, in which {p} comes first", substitute(right, {p: q, q: p})
    doubled = isinstance(multiplied_out(right), Sum) and not isinstance(multiplied_out(given), Sum)  # 2 F X for F X + F^\top X
    for node, swapped in _with_swapped_factor(right):
        change = f"the two indices of {node} must change places: it is a transpose that is missing or too many"
        yield f"the terms are not equal: in one of them the two indices of {node.removeprefix('one ')} stand the other way round" if doubled else change, swapped
    if derivation:
        yield from _other_gradients(derivation.layer, derivation.variable)
    yield from _sizes(given, right)
    yield from _factors(given, right)
    wide = multiplied_out(right)
    yield from _sums_made_one(wide)
    if isinstance(wide, Sum):
        for term in wide.terms:
            others = [other for other in wide.terms if other is not term]
            yield f"the term {to_latex(term)} is missing", add(others)
            if len(letters) == 2:
                yield f"the term {to_latex(term)} is transposed", add([*others, substitute(term, {p: q, q: p})])
    yield from _other_names(right, derivation)


def _with_swapped_factor(right):
    for node in nodes(right, Tensor):
        if len(node.indices) == 2:
            name, swapped = node.name, replaced(right, node, Tensor(node.name, node.indices[::-1]))
            written = name.lower() if len(name) == 1 else name
            several = len({e for e in nodes(right, Tensor) if e.name == name}) > 1
            if any(e.wrt == node for e in nodes(right, Derivative)):
                written = "the upstream gradient"
                yield written, swapped
            else:
                yield f"one {written}" if several else written, swapped
            if several:
                turned = lambda e, name=name: Tensor(name, e.indices[::-1]) if isinstance(e, Tensor) and e.name == name else e  # noqa: E731
                yield f"every {written}", transform(right, turned)


def _other_gradients(layer, variable):
    """The gradients of the layer's other inputs."""
    for name, order in layer.inputs.items():
        if name != variable.name and order == len(variable.indices):
            yield f"this is the gradient of {name}, not of {variable.name}", Derivation(layer, Tensor(name, variable.indices)).gradient.right


def _factors(given, right):
    """A number or the size of an index too many: a mean for a sum, a product rule that was not used to the end."""
    for number in (2, 3, 4):
        yield f"right up to a factor of {number}: it must be {number} times as much", multiply((power(Number(number), Number(-1)), right))
        yield f"right up to a factor of {number}: it is {number} times too much", multiply((Number(number), right))
    products = [node for e in (right, given) for node in nodes(e, Product)]
    for index in dict.fromkeys(index for node in products for index in node.bound):
        size, letter = Size(index), index.letter
        yield f"right up to a factor, the size of {letter}: did you take a mean for a sum?", multiply((power(size, Number(-1)), right))
        yield f"right up to a factor, the size of {letter}: you sum over {letter} once too often", multiply((size, right))


def _sizes(given, right):
    """The size that a trace of a delta counts, left out, or that of another index."""
    for size in dict.fromkeys(node for node in nodes(right, Size)):
        letter = size.index.letter
        gone = f"the size of {letter} is missing: what repeats is summed, and each value of {letter} adds 1"
        yield gone, replaced(right, size, Number(1))
        for number in dict.fromkeys(node for node in nodes(given, Number)):
            yield f"the size of {letter} is asked for: write its letter, no number", replaced(right, size, number)
        for other in dict.fromkeys(node for node in nodes(given, Size) if node.index != size.index):
            words = f"the size of {letter} is asked for, and this is the size of {other.index.partition('#')[0]}"
            yield words, replaced(right, size, other)


def _sums_made_one(wide):
    """Two dummies written with one letter."""
    squared = Number(2)
    wide = transform(wide, lambda e: multiply((e.base, rename_apart(e.base))) if isinstance(e, Power) and e.exponent == squared else e)
    wide = flat(wide)
    for node in nodes(wide, Product):
        for one, other in combinations(node.bound, 2):
            made = substitute(Product(node.factors, tuple(index for index in node.bound if index != other)), {other: one})
            yield "two sums have become one: each needs a dummy of its own", replaced(wide, node, made)


def _other_names(right, derivation):
    """One tensor's name written for another's."""
    used = {node.name: node for node in nodes(right, Tensor)}
    known = dict(derivation.layer.inputs) if derivation else {name: len(node.indices) for name, node in used.items()}
    for name, node in used.items():
        for other, order in known.items():
            if other != name and order == len(node.indices):

                def renamed(e, name=name, other=other):
                    return Tensor(other, e.indices) if isinstance(e, Tensor) and e.name == name else e

                yield f"'{other}' stands where '{name}' belongs", transform(right, renamed)


# ---------------------------------------------------------------- an answer in NumPy


def _mark_code(answer, derivation, question, asked):
    import numpy as np

    if derivation:
        return _mark_gradient_code(answer, derivation, question, np)
    numbers, array = _numbers_of(asked, np)
    found = _called(answer, numbers, np)
    if isinstance(found, Mark):
        return found
    right = asked[0]
    if not _close(found, array(right), np):
        for words, slip in _slips(right, right, None):
            if _close(found, array(slip), np):
                return _not_yet(words)
    return _mark_array(found, array(right), np)


def _mark_gradient_code(answer, derivation, question, np):
    """On random arrays; where the layer has any number of leading axes, with one, two and none of them, and with no rows."""
    output = derivation.output.indices
    for lead in LEADS if r"\ldots" in output else [()]:
        numbers = _numbers(derivation, lead, np.random.default_rng(7))
        found = _called(answer, numbers, np)
        if not isinstance(found, Mark):
            gradients = {name: _computed(question, name, numbers) for name in derivation.layer.inputs}
            found = _mark_gradient(found, gradients, derivation.variable.name, np)
        if not found.right:
            where = f"for leading axes of size {lead}: " if lead != LEADS[0] and found.right is False else ""
            return Mark(found.right, found.words.replace("not yet: ", f"not yet: {where}", 1)) if r"\ldots" in output else found
    return RIGHT


def _called(answer, numbers, np):
    """What the reader's function returns, as an array; or a mark that says why there is none."""
    import inspect

    asked_for = list(inspect.signature(answer).parameters)
    given = {name: numbers.get(name, numbers.get(name.swapcase())) for name in asked_for}
    if unknown := [name for name in asked_for if given[name] is None]:
        raise IndexRuleError(f"the argument '{unknown[0]}' is no array of the question; those are: {', '.join(numbers)}")
    try:
        found = answer(**{name: value.copy() for name, value in given.items()})
    except Exception as error:  # the reader's code may fail in any way, and is told how
        shapes = ", ".join(f"{name} {value.shape}" for name, value in given.items())
        return _not_yet(f"your function raised {type(error).__name__}: {error}\nthe shapes here: {shapes}")
    return NOT_ATTEMPTED if found is None else np.asarray(found)


def _numbers_of(asked, np):
    """Tensor -> random array, for an expression; and the function that computes an expression of them as an array."""
    right, indices, _ = asked
    numbers = Floats(1, -0.75)
    lengths = lengths_of_axes(right, PRIMES, numbers.seed)

    def array(e):
        evaluator = Evaluator(numbers, lengths)
        shape = [lengths[0, index] for index in indices]
        return np.array([*evaluator.spread(evaluator.table(e), indices).values()]).reshape(shape)

    made = {}
    for node in nodes(right, Tensor):
        shape = [lengths[0, index] for index in node.indices]
        made[str(node.name)] = np.array([numbers.random(node.name, *place) for place in np.ndindex(*shape)]).reshape(shape)
    return made, array


def _numbers(derivation, lead, rng):
    """Argument -> array: every axis of its own prime length, the upstream gradient with both signs; `lead` the sizes behind the dots."""
    layer, output = derivation.layer, derivation.output
    lengths = {axis: (PRIMES[at % len(PRIMES)],) for at, axis in enumerate(dict.fromkeys(layer.axes.values()))}
    if r"\ldots" in output.indices:
        lengths[layer.axes[output.name, output.indices.index(r"\ldots")]] = lead
    made = {}
    for name, order in layer.inputs.items():
        made[str(name).strip("\\")] = rng.uniform(0.5, 1.5, [n for position in range(order) for n in lengths[layer.axes[name, position]]])
    if output.indices:
        shape = [n for position in range(len(output.indices)) for n in lengths[layer.axes[output.name, position]]]
        made[f"grad_{output.name}"] = rng.uniform(0.5, 1.5, shape) * rng.choice([-1, 1], shape)
    return made


def _computed(question, name, numbers):
    import inspect

    function = backward(question, name).numpy_function()
    return function(**{argument: numbers[argument] for argument in inspect.signature(function).parameters if argument in numbers})


def _mark_gradient(found, gradients, name, np):
    right = gradients[name]
    for other, gradient in gradients.items():
        if other != name and _close(found, gradient, np) and not _close(found, right, np) and not _close(found, right.T, np):
            return _not_yet(f"this is the gradient of {other}, not of {name}")
    if found.shape not in (right.shape, right.T.shape):
        return _not_yet(f"the gradient has the shape of {name}, here {right.shape}; your function returned {found.shape}")
    return _mark_array(found, right, np)


def _mark_array(found, right, np):
    if _close(found, right, np):
        return RIGHT
    if _close(found, right.T, np):
        return _not_yet("this is the transpose of the right answer")
    if found.shape != right.shape:
        return _not_yet(f"the shape of the right answer is {right.shape}; yours has the shape {found.shape}")
    at = np.flatnonzero(right)
    ratio = found.flat[at[0]] / right.flat[at[0]] if len(at) else 0
    told = not right.shape and abs(found) == 1  # then the ratio would be the answer
    whole = not told and any(abs(times - round(times)) < 1e-9 for times in (ratio, 1 / ratio)) if ratio else False
    if not ratio or not _close(found, ratio * right, np) or not (right.shape or whole):
        return _not_yet("the shape is right, but the values differ" if right.shape else "this is another number")
    if ratio < 0:
        return _not_yet("the sign is wrong")
    if ratio < 1:
        return _not_yet(f"this is the right answer divided by {1 / ratio:.3g}: did you take a mean for a sum, or lose a factor?")
    return _not_yet(f"this is {ratio:.3g} times the right answer: did you count something more than once?")


# ---------------------------------------------------------------- an answer that is a number, an array or a shape


def _mark_value(answer, right):
    import numpy as np

    right = np.asarray(right)
    if answer is None or isinstance(answer, str) and not answer.strip():
        return NOT_ATTEMPTED
    try:
        if isinstance(answer, tuple) and (answer == right.shape or not _is_list(answer, right, np)):
            return _mark_shape(answer, right.shape)
        return _mark_array(np.asarray(getattr(answer, "detach", lambda: answer)(), dtype=float), right, np)  # of a PyTorch tensor, its numbers
    except (TypeError, ValueError):
        return _not_yet("a number, a list of numbers, or a shape such as (2, 3) is expected")


def _is_list(answer, right, np):
    """Does a tuple hold the numbers that are asked for?"""
    return all(isinstance(number, (int, float)) for number in answer) and _close(np.array(answer), right, np)


def _mark_shape(shape, right):
    if not all(isinstance(size, int) for size in shape):
        return _not_yet("a shape is a tuple of whole numbers, such as (2, 3)")
    if shape == right:
        return RIGHT
    if sorted(shape) == sorted(right):
        return _not_yet("the sizes are right, their order is not")
    if len(shape) != len(right):
        return _not_yet(f"this shape has {_axes(shape)}; the right one has {_axes(right)}")
    wrong = [str(axis) for axis, (given, size) in enumerate(zip(shape, right)) if given != size]
    return _not_yet(f"the number of axes is right; counted from 0, the size of axis {', '.join(wrong)} is not")


def _axes(shape):
    return {0: "no axis", 1: "one axis"}.get(len(shape), f"{len(shape)} axes")


def _close(found, right, np):
    return found.shape == right.shape and np.allclose(found, right, rtol=1e-9, atol=1e-9)
