r"""The lines of a derivation: an expression on its way through the rules, with each step recorded or without.

A Chain records left = ... = ... line by line, each with the name of its rule. A Result goes the same way without the lines.
"""

import re
from collections import Counter

from linalg_grads import source
from linalg_grads.contract import (
    cancel_everywhere,
    collect_everywhere,
    contract,
    contracted,
    contracted_letters,
    distributed,
    factor_out,
    multiplied_out,
    prepared,
)
from linalg_grads.differentiate import next_step
from linalg_grads.expressions import (
    Apply,
    Component,
    Derivative,
    Node,
    Power,
    Product,
    Sum,
    Tensor,
    depends,
    dummies,
    holds,
    kinds,
    nodes,
    tensors,
    transform,
)
from linalg_grads.identities import in_known_functions
from linalg_grads.recognise import recognise
from linalg_grads.to_latex import letters_of, to_latex, with_letters_apart


class Step(Node):
    r"""One line of a derivation: by `rule`, `before` equals `after`.

    rule    the rule's name, in words
    before  the expression that the rule is applied to
    after   what it becomes
    latex   the line in LaTeX: "= ..."

    >>> from linalg_grads import backward
    >>> backward("y_i = a_{ij} x_j", wrt="x").steps[3]
    a_{ij} \delta_{jp} = a_{ip}    (contract j)
    """

    rule: str
    before: object
    after: object

    @property
    def latex(self):
        return f"= {to_latex(self.after)}"

    def __repr__(self):
        return f"{to_latex(self.before)} {self.latex}    ({self.rule})"

    def _repr_latex_(self):
        return f"$$\n{to_latex(self.before)} {self.latex} \\quad \\text{{{in_text(self.rule)}}}\n$$"


class Result:
    """An expression on its way through the rules, without the lines that a Chain records: most who ask for a result don't read them."""

    def __init__(self, e):
        self.last = e

    def to(self, rule, after):
        self.last = after

    def contract(self):
        self.to("distribute", distributed(self.last))
        self.to("contract", contract(self.last))


class Chain(Result):
    """The lines left = ... = ... of one derivation, recorded as they are made."""

    def __init__(self, left):
        self.left, self.last, self.steps = left, left, []

    def to(self, rule, after):
        """Add a line, unless it would repeat the last one."""
        if getattr(self.left, "held", ()):
            after = transform(after, self.with_held, (Derivative,))
        after = with_letters_apart(after, letters_of(dummies(self.last)) | {name for name in tensors(after) if len(name) == 1})
        if after != self.last:
            self.steps.append(Step(rule, self.last, after))
            self.last = after

    def differentiate(self, wrt):
        """Apply one rule after the other until no derivative by `wrt` is left."""
        while step := next_step(self.last, wrt.name):
            self.to(*step)

    def contract(self):
        self.to("distribute", distributed(self.last))
        ready = prepared(self.last)
        letters = contracted_letters(ready)
        if not letters:
            self.to("factor out", ready)
        self.to("contract " + ", ".join(letters) if letters else "simplify ones and deltas", contracted(ready))
        self.to("cancel", cancel_everywhere(self.last))
        self.to("collect like terms", collect_everywhere(self.last))

    def with_held(self, e):
        """A derivative of what holds a fixed name says so."""
        if not isinstance(e, Derivative) or e.wrt != self.left.wrt:
            return e
        return e.replace(held=tuple([name for name in self.left.held if depends(e.of, name)]))


def tidy_in_steps(chain, equations):
    if kinds(chain.last).isdisjoint((Sum, Power, Apply, Component)):
        return
    chain.to("a known identity", in_known_functions(chain.last))
    chain.to("collect like terms", collect_everywhere(chain.last))
    named = recognise(chain.last, equations)
    if named != chain.last:
        chain.to("recognise " + ", ".join(more_often(named, chain.last)), named)
        chain.to("collect like terms", collect_everywhere(named))
    chain.to("factor out", factor_out(chain.last))


def more_often(e, before):
    """The names of the tensors that stand in `e` more often than before."""
    counts = [Counter(node.name for node in nodes(one, Tensor)) for one in (e, before)]
    return list(counts[0] - counts[1])


def multiply_out_in_steps(chain):
    """Where brackets cancel, that is much shorter."""
    if has_brackets(chain.last):
        wide = collect_everywhere(multiplied_out(chain.last))
        if source.cost(wide) < 0.7 * source.cost(chain.last):
            chain.to("multiply out", wide)
            chain.to("factor out", factor_out(wide))


def has_brackets(e):
    """Is there a sum of terms of which two or more hold brackets, as in (1 - y) s - y (1 - s)?"""
    return any(sum(isinstance(term, Product) and holds(term, Sum) for term in node.terms) > 1 for node in nodes(e, Sum))


def tidied(e, equations):
    result = Result(e)
    tidy_in_steps(result, equations)
    return result.last


def in_text(rule):
    r"""Commands in a rule's name, such as a Greek index or \hat{x}, are mathematics."""
    return re.sub(r"(?:\\[a-zA-Z]+|[A-Za-z])(?:[_^]?\{(?:[^{}]|\{[^{}]*\})*\})+'*|\\[a-zA-Z]+", lambda found: f"${found.group()}$", rule)
