r"""Does a statement of the book hold? Index rules first, then shapes, then the values of all sides, in two runs.

`:=` introduces a name, and is a claim where the name is known. All sides of a chain are read together; each is compared with
the one before. Where \partial y/\partial x = \partial(...)/\partial x is claimed, y = (...) is checked as well: a wrong term
without x would hide where its derivative is zero.
"""

import re
from contextlib import suppress
from typing import NamedTuple

import torch

from linalg_grads.errors import ClaimError, IndexRuleError, LinalgGradsError, ParseError, ShapeError, UnknownName
from linalg_grads.evaluate import Reader, arranged
from linalg_grads.expressions import (
    Delta,
    Derivative,
    Number,
    Ones,
    Product,
    Size,
    Tensor,
    children,
    index_like,
    nodes,
    own_indices,
    replace_children,
)
from linalg_grads.indices import bind, bind_claim
from linalg_grads.lengths import is_free, of_index, product, show
from linalg_grads.parse_latex import parse_chain, parse_expression, point_at
from linalg_grads.statements import SHAPE_AXIS, sides_of
from linalg_grads.symbols import Context, Formula, Symbol, Values, of_the_layer

LEADS = ((), ("M",), ("L", "M"))  # the leading axes that \ldots stands for, in turn


class Scope:
    """What a page knows: the context of its plain equations, and one for each number of leading axes that \\ldots may mean."""

    def __init__(self, context, leading):
        self.context, self.leading = context, leading

    @classmethod
    def of_the_course(cls):
        return cls(of_the_layer().copy(), [of_the_layer(lead).copy() for lead in LEADS])

    @classmethod
    def of_another_book(cls):
        return cls(Context(), [Context() for _ in LEADS])

    @classmethod
    def of_an_own_layer(cls):
        scope = cls.of_another_book()
        for context in (scope.context, *scope.leading):
            context.own_layer = context.lower_case = True
        return scope

    def speak_of(self, indices):
        """The letters that the page writes as subscripts."""
        for context in (self.context, *self.leading):
            context.indices = frozenset(indices)

    def copy(self):
        return Scope(self.context.copy(), [context.copy() for context in self.leading])

    def include(self, other):
        for mine, theirs in zip((self.context, *self.leading), (other.context, *other.leading)):
            mine.include(theirs)


def check_statement(statement, scope, place=""):
    """Check a statement, and let `scope` know what it introduces.

    returns  what it was: how many of "claim", "definition", "shape", "range", "condition", "expression"
    raises   ParseError, UnknownName, IndexRuleError, ShapeError, ClaimError
    """
    if r"\ldots" not in statement.text or statement.kind == "range":
        counts = _check(statement, scope.context, place)
        if statement.kind == "shape" or counts.keys() & {"definition", "range"}:
            for context in scope.leading:  # where it makes no sense with leading axes, the name stays unknown there
                with suppress(LinalgGradsError):
                    _check(statement, context, place)
        return counts
    try:
        return [_check(statement, context, place, lead) for context, lead in zip(scope.leading, LEADS)][-1]
    except LinalgGradsError as error:
        raise type(error)(re.sub(r"…\d", r"\\ldots", str(error))) from None


def _check(statement, context, place, lead=()):
    text = statement.text
    match statement.kind:
        case "condition" if all(_is_an_index(name, context) for name in re.findall(r"\\(?!in\b|neq?\b)[a-z]+|(?<!\\)\b[a-z]", text)):
            return {"condition": 1}
        case "range":
            return _check_ranges(statement.match(), context, text)
        case "shape":
            return _check_shapes(statement.match(), context, text, place, lead)
        case "differ":
            return _check_difference(text, context)
        case "expression":
            sides, relations = (parse_expression(text),), ()
        case _:
            sides, relations = parse_chain(text)
    return Chain([_spread(side, lead) for side in sides], relations, text, context, place).check()


def _is_an_index(name, context):
    """Of a condition, "where i = p"; an equation between other letters is a claim, and they must have been introduced."""
    return not context.known(name) and (context.indices is None or name in context.indices or name in context.ranges)


# ---------------------------------------------------------------- chains of = and :=


class Side(NamedTuple):
    """One side of a chain: its axes by name (None for a whole tensor), their lengths, and its tensor as a function of values."""

    axes: tuple | None
    shape: tuple
    compute: object


class Chain:
    def __init__(self, sides, relations, text, context, place=""):
        self.sides = [_sizes_named(side, context) for side in sides]
        self.relations, self.text, self.context, self.place = relations, text, context, place
        self.reader = Reader(context, text)

    def check(self):
        if ":=" in self.relations[1:]:
            self.reader.fail(ParseError, None, "':=' stands within a chain", "a definition has its name on the left: begin a new equation")
        if self.relations[:1] == (":=",) and self.defines():
            self.define(self.sides[0])
            rest = Chain(self.sides[1:], self.relations[1:], self.text, self.context, self.place)
            return {"definition": 1} | (rest.check() if rest.relations else {})
        try:
            self.claim()
        except LinalgGradsError as error:
            if self.relations[:1] != (":=",) or not isinstance(self.sides[0], Tensor):
                raise
            raise type(error)(f"{error}\n'{self.sides[0].name}' keeps the meaning that it has") from None
        return {"claim": len(self.relations)} if self.relations else {"expression": 1}

    # ------------------------------------------------------------ definitions

    def defines(self):
        left = self.sides[0]
        return isinstance(left, Tensor) and not self.context.known(left.name)

    def define(self, left):
        """A new symbol, computed from the right-hand side; its shape is that of the right-hand side."""
        free = left.indices
        if len(set(free)) < len(free):
            self.reader.fail(IndexRuleError, left.name, "an index stands twice on the left", "use two letters")
        right = self.side(bind(self.sides[1], left.indices, self.text) if has_components(self.sides[1]) else self.sides[1])
        if set(right.axes or ()) != set(free):
            self.reader.fail(IndexRuleError, left.name, "the two sides have different indices", "write the indices of the right-hand side on the left")
        self.reader.settle()
        shape = tuple(map(self.reader.lengths.of, (of_index(index) for index in free) if free else right.shape))
        unknown = next((index for index, length in zip(free, shape) if is_free(length)), None)
        if unknown:
            self.reader.fail(ShapeError, unknown, f"nothing says over how many values '{unknown}' runs", rf"say it before: {unknown} = 1, \ldots, M")
        name = left.name.upper() if len(shape) > 1 and len(left.name) == 1 and self.context.lower_case else left.name
        self.context.add(Symbol(name, shape, ordered(right, free), self.reader.exact, self.place))

    # ------------------------------------------------------------ reading a side

    def side(self, e):
        """A bound side, read."""
        if has_components(e):
            axes, compute = self.reader.component(e)
            return Side(axes, tuple(map(of_index, axes)), compute)
        rows, columns, compute = self.reader.matrix(e)
        shape = self.reader.shape(rows, columns)
        return Side(None, shape, lambda values: compute(values).reshape([values.size(self.reader.lengths.of(length)) for length in shape]))

    # ------------------------------------------------------------ claims

    def claim(self):
        self.check_inside_derivatives()
        sides = [self.side(e) for e in bound(self.sides, self.text)]
        for number in range(1, len(sides)):
            self.fit(sides, number)
        self.reader.settle()
        self.compare(sides)
        self.remember(sides)

    def check_inside_derivatives(self):
        for left, right in zip(self.sides, self.sides[1:]):
            for pair in _differentiated(left, right):
                try:
                    Chain(pair, ("=",), self.text, self.context, self.place).claim()
                except LinalgGradsError as error:
                    hint = "to drop a term, begin with the derivative of all terms and drop it in the next step"
                    raise type(error)(f"what is differentiated is not the same on both sides:\n{error}\n{hint}") from None

    def fit(self, sides, number):
        """The shapes of a side and of the one before it. (A zero has every shape.)"""
        left, right = sides[number - 1], sides[number]
        if Number(0) in (self.sides[number - 1], self.sides[number]):
            return
        if (left.axes is None) != (right.axes is None) and (left.shape or right.shape):
            self.reader.fail(IndexRuleError, None, f"components stand on one side, a whole tensor on the other, in\n{self.pair(number)}", "write [ ]_{ij} around the whole tensor")
        if left.axes is None and not (len(left.shape) == len(right.shape) and all(map(self.reader.lengths.same, left.shape, right.shape))):
            shapes = [show(map(self.reader.lengths.of, side.shape)) for side in (left, right)]
            raise ShapeError(f"{self.pair(number)}\nthe left-hand side has the shape {shapes[0]}, the right-hand side {shapes[1]}")

    def pair(self, number):
        """The two sides that `number` and the one before it are, as written."""
        written = sides_of(self.text)
        return f"  {written[number - 1]}\n= {written[number]}" if len(written) == len(self.sides) else f"  {self.text.strip()}"

    def compare(self, sides):
        """In every run all sides have one value; where one has none (a logarithm below 0), the others have none either."""
        seen = False
        for run in (0, 1):
            for numbers in ("integers",) if self.reader.exact else ("signed", "positive"):
                values = Values(self.context, run, numbers)
                tensors = [ordered(side, sides[0].axes or side.axes)(values) for side in sides]
                for number in range(1, len(sides)):
                    self.equal(sides[0], tensors, number, values)
                seen |= bool(tensors[0].isfinite().any())
        if not seen:
            self.reader.fail(ClaimError, None, "this has no finite value", "check roots, logarithms and divisions")

    def equal(self, first, tensors, number, values):
        left, right = torch.broadcast_tensors(tensors[number - 1], tensors[number])
        same = left == right if self.reader.exact else torch.isclose(left, right, rtol=1e-9, atol=1e-9, equal_nan=True)
        if same.all():
            return
        at = tuple(place.item() for place in (~same).nonzero()[0])
        names = [index.letter for index in first.axes] if first.axes else ["row", "column"]
        where = "".join(f" at {', '.join(f'{name}={n}' for name, n in zip(names, at))}" if at else "")
        used = self.reader.lengths.known().union(*[symbol.shape for symbol in self.reader.uses])
        sizes = ", ".join(f"{size}={values.size(size)}" for size in self.context.sizes if size in used)
        raise ClaimError(
            f"{self.pair(number)}\nthe values differ, e.g.{where}: {_short(left[at])} against {_short(right[at])}"
            + f" ({'random entries, ' * bool(self.reader.uses)}sizes {sizes})" * bool(sizes)
        )

    def remember(self, sides):
        """y_{ij} = x_{ik} c_{kj} is from now on a way to compute Y through C."""
        for left, e in zip(sides, self.sides):
            symbol = self.symbol(e)
            for right, other in zip(sides, self.sides):
                uses = frozenset(found for node in nodes(other, Tensor) if (found := self.symbol(node)))
                if symbol and any(used.compute for used in uses - {symbol}) and symbol not in uses:
                    self.context.formulas.append(Formula(symbol, ordered(right, left.axes), uses))

    def symbol(self, e):
        if not isinstance(e, Tensor) or len(set(e.indices)) < len(e.indices):
            return None
        return self.context.letters.get(e.name) if e.indices else self.context.symbols.get(e.name)


def ordered(side, axes):
    """The tensor of a side with its axes in the order of `axes`."""
    return side.compute if side.axes is None or not axes else lambda values: arranged(side.compute(values), side.axes, axes)


def bound(sides, text):
    """The sides of a claim, those between components with explicit dummies."""
    indexed = [side for side in sides if has_components(side)]
    made = iter(bind_claim(indexed, text) if indexed else ())
    return [next(made) if has_components(side) else side for side in sides]


def has_components(e):
    return any(own_indices(node) or isinstance(node, Size) for node in nodes(e))


def _sizes_named(e, context):
    r"""I_M and \mathbf{1}_M are whole tensors where M is a size."""
    match e:
        case Tensor("I", (size,)) if size in context.sizes:
            return Tensor(f"I_{size}")
        case Ones(size) if size in context.sizes:
            return Tensor(rf"\mathbf{{1}}_{size}")
    return replace_children(e, [_sizes_named(part, context) for part in children(e)])


def _spread(e, lead):
    """\\ldots as one letter for each leading axis, and \\ldots' as another."""

    def letters(indices):
        made = []
        for index in indices:
            primes = index.removeprefix(r"\ldots") if index.is_ellipsis else None
            made += [index] if primes is None else [index_like(f"…{n}{primes}", index) for n, _ in enumerate(lead, 1)]
        return tuple(made)

    match e:
        case Tensor(name, indices):
            return Tensor(name, letters(indices))
        case Delta(i, j) if i.is_ellipsis and j.is_ellipsis:
            return Product(tuple(map(Delta, letters((i,)), letters((j,))))) if lead else Number(1)
        case Ones(index) if index is not None:
            ones = tuple(map(Ones, letters((index,))))
            return Product(ones) if ones else Number(1)
        case Product(factors, bound):
            return Product(tuple(_spread(factor, lead) for factor in factors), letters(bound))
    return replace_children(e, [_spread(part, lead) for part in children(e)])


def _differentiated(left, right):
    """The pairs (y, ...) from \\partial y/\\partial x on one side and \\partial(...)/\\partial x in the same place of the other."""
    if isinstance(left, Derivative) and isinstance(right, Derivative) and left.wrt == right.wrt:
        if isinstance(left.of, Tensor) and not isinstance(right.of, Tensor):
            yield left.of, right.of
    elif type(left) is type(right) and len(children(left)) == len(children(right)):
        for pair in zip(children(left), children(right)):
            yield from _differentiated(*pair)


def _short(value):
    return f"{value.item():.6g}"


# ---------------------------------------------------------------- other statements


def _check_difference(text, context):
    """A \\neq B: both can be read, and their shapes or values differ."""
    text = re.sub(r"\\neq?\b", lambda match: "=".ljust(len(match[0])), text)
    sides, relations = parse_chain(text)
    for side in sides:
        Chain((side,), (), text, context).claim()
    try:
        Chain(sides, relations, text, context).claim()
    except (ShapeError, ClaimError):
        return {"claim": 1}
    raise ClaimError(f"  {text.strip()}\nthe two sides are equal")


def _check_ranges(match, context, text):
    size = next(name for key, name in match.groupdict().items() if key != "letters" and name)
    for index in re.findall(r"\\?[a-z]+'?", match["letters"]):
        if size not in context.sizes:
            raise UnknownName(point_at(text, text.rfind(size), f"unknown size '{size}'", r"introduce it by a shape, v \in \mathbb{R}^n"))
        if context.ranges.setdefault(index, size) != size:
            raise IndexRuleError(point_at(text, text.find(index), f"'{index}' runs over {context.ranges[index]}", "choose another letter"))
    return {"range": 1}


def _check_shapes(match, context, text, place, lead):
    axes = match["axes"] if match["axes"] is not None else match["axis"] or ""
    parts = [_axis(part, text) for part in axes.split(r"\times")] if axes else []
    shape = tuple(axis for part in parts for axis in (lead if part == r"\ldots" else (part,)))
    names = [parse_expression(part) for part in match["of"].split(",")]
    for e in names:
        if isinstance(e, Tensor) and not e.indices and not context.known(e.name):
            for size in product(*shape):
                if isinstance(size, str):
                    context.add_size(size)
            context.add(Symbol(e.name, shape, place=place))
        else:
            _claim_shape(e, shape, context, text)
    return {"shape": len(names)}


def _axis(part, text):
    """M, 3, or M K for a product."""
    found = re.findall(SHAPE_AXIS, part)
    if not found or re.sub(SHAPE_AXIS, "", part).replace(r"\cdot", "").strip():
        raise ParseError(point_at(text, text.find(part), "this is no size", r"write \mathbb{R}^{M \times K}"))
    sizes = tuple(int(name) if name.isdigit() else name for name in found)
    return sizes if len(sizes) > 1 else sizes[0]


def _claim_shape(e, claimed, context, text):
    reader = Reader(context, text)
    e = _sizes_named(e, context)
    if has_components(e):
        Chain((e,), (), text, context).claim()
        shape = ()
    elif isinstance(e, Derivative) and isinstance(e.of, Tensor) and isinstance(e.wrt, Tensor):
        shape = reader.whole(e.of.name).shape + reader.whole(e.wrt.name).shape
    elif isinstance(e, Tensor):
        shape = reader.whole(e.name).shape
    else:
        shape = reader.shape(*reader.matrix(e)[:2])
    if len(shape) != len(claimed) or not all(map(reader.lengths.same, shape, claimed)):
        raise ShapeError(f"  {text.strip()}\nthe shape is {show(map(reader.lengths.of, shape))}, not {show(claimed)}")
