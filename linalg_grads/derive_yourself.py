r"""check_steps: the reader derives, line by line; each line is confirmed with the name of its rule, or refused.

A line is right if it equals the line before: that is for the engine's comparison. Which rule leads to it is found by trying
the rules on the line before: one, or two or three in a row.
"""

from collections import Counter
from typing import NamedTuple

from linalg_grads.canonical import canonical
from linalg_grads.compare import equal
from linalg_grads.contract import contract, factor_out, multiplied_out, spread
from linalg_grads.derivation import backward
from linalg_grads.differentiate import RULES, applied, differentiate
from linalg_grads.errors import IndexRuleError, LinalgGradsError
from linalg_grads.exercises import NOT_ATTEMPTED, Reader, as_written, check_names, diagnosis, orders_of, right_side, usual, without_sizes
from linalg_grads.expressions import (
    ZERO,
    Delta,
    Derivative,
    Product,
    Tensor,
    depends,
    dummy,
    free,
    multiply,
    nodes,
    rename_apart,
    substitute,
    transform,
)
from linalg_grads.indices import fail
from linalg_grads.parse_latex import parse_chain
from linalg_grads.source import written_out
from linalg_grads.tokens import RELATIONS
from linalg_grads.to_latex import to_latex

MOST_RULES = 3  # in one line
MANY_FORMS = 60


class Verdict(NamedTuple):
    """What became of one line: `right` or not; its rule, or what is wrong with it, in words."""

    right: bool
    words: str


class Marked(NamedTuple):
    """What became of a derivation, line by line. True if it is right and complete; it prints as a list of the lines."""

    right: bool | None
    lines: tuple
    words: str

    def __bool__(self):
        return bool(self.right)

    def __repr__(self):
        shown = [f"line {number}: {'right' if line.right else 'not yet'}: {line.words}" for number, line in enumerate(self.lines, 1)]
        return "\n".join([*shown, self.words])


def check_steps(lines, layer, wrt):
    r"""Mark a derivation line by line: confirm each step and name its rule, or say what is wrong with it.

    lines    the derivation in LaTeX, a step in each line. The first begins with its left-hand side, `\frac{\partial y_{ij}}{\partial b_p}`
             or `\frac{\partial l}{\partial b_p}`, and those that go on with it begin with `=`. A line with a new left-hand side begins anew
    layer    the layer's forward equation
    wrt      the input whose gradient is to be derived, such as "b"
    returns  the verdict on each line; true if all are right and the last one is the gradient. No line is no attempt
    raises   LinalgGradsError  the layer can't be read

    >>> steps = r'''
    ... \frac{\partial y_i}{\partial x_p} = a_{ij} \frac{\partial x_j}{\partial x_p}
    ... = a_{ij} \delta_{jp}
    ... = a_{pi}
    ... '''
    >>> check_steps(steps, "y_i = a_{ij} x_j", wrt="x")
    line 1: right: the forward equation; constant factors move outside
    line 2: right: derivative of a component
    line 3: not yet: the two indices of a must change places: it is a transpose that is missing or too many
    mend line 3, then go on
    """
    derivation = backward(layer, wrt)
    if len(derivation.layer.equations) > 1:
        raise IndexRuleError("the derivation of a layer of one equation can be marked here, not of several")
    texts = [line for line in (line.strip().removesuffix("\\\\").replace("&=", "=").strip() for line in (lines or "").splitlines()) if line]
    if not texts:
        return Marked(None, (), NOT_ATTEMPTED.words)
    verdicts, chain, done = [], None, False
    for text in texts:
        try:
            if chain is None or not text.startswith(tuple(RELATIONS)):
                chain = _Chain(text, derivation)
                text = chain.rest
            rules = chain.follow(text)
        except LinalgGradsError as error:
            verdicts.append(Verdict(False, str(error)))
            return Marked(False, tuple(verdicts), f"mend line {len(verdicts)}, then go on")
        verdicts.append(Verdict(True, rules))
        done = chain.done
    return Marked(done, tuple(verdicts), "complete" if done else f"right so far; the goal is {chain.goal}")


class _Chain:
    """left = ... = ..., the lines so far; the last of them in `last`."""

    def __init__(self, text, derivation):
        text = usual(text, derivation)
        begin = f"begin with {to_latex(derivation.jacobian.left)} ="
        if "=" not in text or text.startswith(tuple(RELATIONS)):
            fail(text, None, "the left-hand side is missing: which derivative is this?", begin)
        left = parse_chain(text)[0][0]
        self.derivation = derivation
        self.right, self.indices = right_side(left, derivation, text)
        if not free(left) and self.indices:
            fail(text, None, "a derivation is written with indices", begin)
        self.left = self.last = as_written(left, self.reader(text).named)
        self.component = self.left.wrt
        self.of_loss = self.left.of.name == derivation.loss.name
        self.rest = text[text.index("=") :]

    def reader(self, text):
        return Reader(orders_of(self.derivation.layer), self.indices, text, self.derivation)

    @property
    def done(self):
        return self.of_loss and canonical(self.last) == canonical(contract(self.last)) and not self.open_ones(self.last)

    @property
    def goal(self):
        if self.of_loss:
            return f"{to_latex(self.left)} without a delta and without a derivative but the upstream gradient"
        return f"{to_latex(self.derivation.gradient.left)} = ..."

    def is_open(self, node):
        """Is this a derivative by the variable?"""
        return isinstance(node, Derivative) and node.wrt.name == self.component.name

    def open_ones(self, e):
        return list(filter(self.is_open, nodes(e)))

    def is_own(self, node):
        """Is this the derivative of the layer's output, which is not the loss itself, by the variable?"""
        d = self.derivation
        return self.is_open(node) and isinstance(node.of, Tensor) and node.of.name == d.output.name != d.loss.name

    def follow(self, text):
        """Confirm the sides after `=` in a line; the rules that lead to the last of them. Raises what is wrong."""
        sides, _ = parse_chain(f"0 {usual(text, self.derivation)}")
        named = []
        for side in sides[1:]:
            given, _ = self.reader(text).components(side, self.left)
            given, size = without_sizes(given, self.derivation, self.right)
            check_names(given, text, self.derivation, self.right)
            worked = contract(transform(given, self.worked_out))
            if not equal(worked, self.right):
                raise IndexRuleError(diagnosis(worked, self.right, self.derivation, text))
            if size:
                raise IndexRuleError(f"right up to a factor of {size}: did you take a mean for a sum?")
            named.append(self.rules(given))
            self.last = given
        return "; ".join(named)

    def worked_out(self, node):
        """A derivative by the variable worked out; that of the loss, and anything else, as it is."""
        if not self.is_open(node) or node.of == self.derivation.loss:
            return node
        if self.is_own(node):
            return self.jacobian(node)
        return differentiate(node.of, node.wrt) if depends(node.of, node.wrt.name) else ZERO

    def jacobian(self, node):
        d = self.derivation
        letters = dict(zip((*d.output.indices, *d.variable.indices), (*node.of.indices, *node.wrt.indices)))
        return rename_apart(d.jacobian.right, letters)

    # ------------------------------------------------------------ which rule is it?

    def rules(self, given):
        """The names of the rules that lead from the last line to `given`: as few as possible."""
        wanted = canonical(given)
        forms, seen = [((), self.last)], {canonical(self.last)}
        if wanted in seen:
            return "the same, written in another way"
        for _ in range(MOST_RULES):
            following = []
            for names, form in forms[:MANY_FORMS]:
                for name, after in self.successors(form):
                    made = canonical(after)
                    if made == wanted:
                        return "; ".join((*names, name))
                    if made not in seen:
                        seen.add(made)
                        following.append(((*names, name), after))
            forms = following
        return self.by_looks(given)

    def successors(self, form):
        """(the name of a rule, what it makes of the form), for every rule that has something to say."""
        d = self.derivation
        (forward,) = d.layer.equations
        if self.of_loss and form == self.left and not d.output.indices:
            yield "the forward equation", Derivative(forward.right, self.component)
        elif self.of_loss and form == self.left:
            mapping = {index: dummy(index) for index in d.output.indices}
            output = substitute(d.output, mapping)
            yield "chain rule", multiply((Derivative(d.loss, output), Derivative(output, self.component)), tuple(mapping.values()))
        open_ones = self.open_ones(form)
        if any(map(self.is_own, open_ones)):
            yield "the forward equation", self.inserted(form, lambda node: Derivative(written_out(node.of, forward), node.wrt))
            if self.of_loss:
                yield "insert the Jacobian", self.inserted(form, self.jacobian)
        found = {id(node): dict(applied(node)) for node in open_ones if not self.is_own(node) and node.of != d.loss}
        for place, (name, _, _) in enumerate(RULES):
            if any(place in made for made in found.values()):
                yield name, transform(form, lambda node, place=place: found.get(id(node), {}).get(place, node), (Derivative,))
        if not open_ones:
            yield "distribute", spread(form)
            yield "distribute", multiplied_out(form)
            yield "factor out", factor_out(form)
            done = contract(form)
            yield f"contract {', '.join(gone)}" if (gone := self.gone(form, done)) else "simplify ones and deltas", done

    def inserted(self, form, make):
        """`form` with what `make` makes of each derivative of the layer's output."""
        return transform(form, lambda node: make(node) if self.is_own(node) else node)

    def gone(self, before, after):
        """The letters of the dummies that `after` has less often than `before`."""
        bound = [Counter(index.letter for node in nodes(e, Product) for index in node.bound) for e in (before, after)]
        return list(bound[0] - bound[1])

    def by_looks(self, given):
        """A step that no rule makes at a stroke, by what it did away with."""
        before, after = [len(nodes(e, Delta)) for e in (self.last, given)]
        if self.open_ones(self.last) and not self.open_ones(given):
            return "several rules of differentiation at once"
        if before > after and not self.open_ones(given):
            gone = self.gone(self.last, given)
            return f"contract {', '.join(gone)}" if gone else "contract a delta"
        return "equal to the line before, by several rules at once"
