r"""LaTeX text -> Equation or expression, or a ParseError with a caret under the culprit.

Read as written: `y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j`, `Y := X A^\top`, `[X A^\top]_{ij}`, `\frac{\partial l}{\partial x_{pq}}`.
The parser decides nothing about which index is free or summed: that is for `indices`.
"""

import re
from fractions import Fraction
from functools import lru_cache

from linalg_grads.errors import ParseError
from linalg_grads.expressions import (
    MINUS_ONE,
    ONE,
    Apply,
    Component,
    Delta,
    Derivative,
    Determinant,
    Equation,
    Hadamard,
    Index,
    Inverse,
    Kronecker,
    Located,
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
)
from linalg_grads.functions import FUNCTIONS

__all__ = ["parse_chain", "parse_component", "parse_equation", "parse_expression"]

GREEK = set(
    r"""\alpha \beta \gamma \epsilon \varepsilon \zeta \eta \theta \vartheta \iota \kappa \lambda \mu \nu \xi \pi \rho
    \varrho \tau \upsilon \phi \varphi \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Phi \Psi \Omega
    \ell \sigma""".split()
)
ACCENTS = {r"\hat", r"\tilde", r"\bar", r"\dot", r"\widehat", r"\widetilde", r"\overline", r"\vec"}
FONTS = {r"\mathbf", r"\boldsymbol", r"\mathrm", r"\mathcal", r"\mathbb", r"\mathsf", r"\bm", r"\mathit", r"\text"}
SPACES = {r"\,", r"\;", r"\:", r"\!", r"\ ", r"\quad", r"\qquad", r"\>", "~", "&", r"\displaystyle", r"\limits", r"\nolimits"}
SIZERS = {r"\left", r"\right", r"\big", r"\Big", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr", r"\bigg", r"\biggl", r"\biggr"}
NAMED = {  # how a function may be written -> its name in FUNCTIONS
    **{"\\" + name: name for name in ("exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "arctan")},
    r"\ln": "log", r"\sigma": "sigma",
}  # fmt: skip
OPERATORNAMES = {
    **{name: name for name in FUNCTIONS}, "ReLU": "relu", "sigmoid": "sigma", "sgn": "sign", "ln": "log", "logistic": "sigma",
    "tr": "tr", "trace": "tr", "Tr": "tr", "det": "det", "vec": "vec", "size": "size", "max": "max", "min": "min", "sqrt": "sqrt",
}  # fmt: skip
ENVIRONMENTS = {"matrix", "pmatrix", "bmatrix", "smallmatrix", "cases"}
CONDITIONS = {"if", "where", "for", "when"}
OPENING = {"(": ")", "[": "]", r"\{": r"\}", r"\lbrack": r"\rbrack"}
TRANSPOSES = {r"\top", "T", r"\intercal", r"\mathsf{T}", r"\mathrm{T}"}
TOKEN = re.compile(r"\s+|\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|:=|.", re.DOTALL)


@lru_cache(maxsize=1024)
def parse_chain(text):
    """The sides of `a = b = c`, and the relations between them ('=' or ':=')."""
    parser = Parser(text)
    sides, relations = [parser.expression()], []
    while parser.token in ("=", ":=", r"\equiv", r"\coloneqq"):
        relations.append("=" if parser.next() == "=" else ":=")
        sides.append(parser.expression())
    parser.expect_end()
    return tuple(sides), tuple(relations)


def parse_equation(text):
    """The Equation in `text`, which must have exactly one `=` or `:=`."""
    sides, _ = parse_chain(text)
    if len(sides) != 2:
        raise ParseError(point_at(text, len(text), "an equation is expected", "write one '=', as in y_i = a_{ij} x_j"))
    return Equation(*sides)


def parse_expression(text):
    sides, relations = parse_chain(text)
    if relations:
        raise ParseError(point_at(text, text.find("="), "an expression is expected, not an equation", "leave out the '='"))
    return sides[0]


def parse_component(text):
    """The Tensor in `text`: a name, with or without subscripts."""
    e = parse_expression(text)
    if not isinstance(e, Tensor):
        raise ParseError(point_at(text, 0, "the name of a tensor is expected", "write a, or a_{pq}"))
    return e


def point_at(text, at, what, hint):
    """An error's text: what is wrong, the source with a caret under the culprit, what would be legal."""
    start = text.rfind("\n", 0, at) + 1
    line = text[start:].split("\n")[0].replace("\t", " ")
    return f"{what}\n  {line}\n  {' ' * (at - start)}^\n{hint}"


class Parser:
    """Recursive descent; each method reads one construct of the grammar and leaves the next token in `self.token`."""

    def __init__(self, text):
        if not isinstance(text, str):
            raise ParseError(f"LaTeX text is expected, not {type(text).__name__}: {text!r}")
        self.text = text
        ignored = SPACES | SIZERS if r"\begin" not in text else (SPACES | SIZERS) - {"&"}  # & parts a matrix's columns
        self.tokens = [
            (match.group(), match.start())
            for match in TOKEN.finditer(text)
            if not match.group().isspace() and match.group() not in ignored
        ]
        self.tokens.append(("", len(text.rstrip())))
        self.position, self.depth = 0, 0

    # ------------------------------------------------------------ tokens

    @property
    def token(self):
        return self.tokens[self.position][0]

    @property
    def at(self):
        return self.tokens[self.position][1]

    def peek(self, ahead=1):
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)][0]

    def next(self):
        token = self.token
        self.position = min(self.position + 1, len(self.tokens) - 1)
        return token

    def accept(self, token):
        return self.token == token and bool(self.next())

    def expect(self, token, opened_at=None):
        if not self.accept(token):
            where = self.at if opened_at is None or self.token else opened_at
            found = f"{self.token!r} stands here" if self.token else "the text ends"
            self.fail(f"'{token}' is missing: {found}", f"close what was opened with '{token}'", where)

    def expect_end(self):
        if self.token:
            self.fail(f"'{self.token}' can't stand here", "remove it, or open what it closes")

    def fail(self, what, hint, at=None):
        raise ParseError(point_at(self.text, self.at if at is None else at, what, hint))

    def located(self, text, at, kind=Located):
        text = kind(text)
        text.at = at
        return text

    # ------------------------------------------------------------ sums, products, factors

    def expression(self):
        self.depth += 1
        if self.depth > 60:
            self.fail("the expression is nested too deeply", "name a part of it in an equation of its own")
        sign = self.next() if self.token in ("+", "-") else "+"
        terms = [signed(sign, self.term())]
        while self.token in ("+", "-"):
            sign = self.next()
            terms.append(signed(sign, self.term()))
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def term(self):
        """Factors side by side, or joined by \\cdot, \\times, /, \\odot and \\otimes."""
        factors, pointwise = [self.factor()], []
        if self.token == r"\otimes":
            return self.kronecker(factors)
        while True:
            if self.token in (r"\cdot", r"\times", "*"):
                self.next()
                factors.append(self.factor())
            elif self.token == "/":
                self.next()
                factors.append(reciprocal(self.factor()))
            elif self.token in (r"\odot", r"\circ"):
                self.next()
                pointwise.append(product(factors))
                factors = [self.factor()]
            elif self.starts_factor():
                factors.append(self.factor())
            else:
                return Hadamard((*pointwise, product(factors))) if pointwise else product(factors)

    def kronecker(self, factors):
        while self.accept(r"\otimes"):
            factors.append(self.factor())
        if self.starts_factor():
            self.fail(r"a factor stands beside a Kronecker product", r"write (A \otimes B) C, or A \otimes (B C)")
        return Kronecker(tuple(map(open_group, factors)))

    def starts_factor(self):
        token = self.token
        return bool(token) and (
            token[0].isalnum() or token in OPENING or token in ("{", r"\lvert") or token == "|" and not self.inside_bars
            or (token[0] == "\\" and token not in (r"\cdot", r"\times", r"\odot", r"\circ", r"\otimes", r"\equiv", r"\coloneqq", r"\rvert", r"\\", r"\end")
                and token not in OPENING.values())
        )  # fmt: skip

    inside_bars = 0

    def factor(self):
        start = self.position
        atom = self.atom()
        return self.scripts(atom, self.tokens[start][1])

    # ------------------------------------------------------------ atoms

    def atom(self):
        token, at = self.token, self.at
        if token[:1].isdigit():
            return Number(number(self.next()))
        if token in OPENING:
            return self.bracket()
        if token == "{":
            return self.group()
        if token in ("|", r"\lvert"):
            return self.absolute()
        if token in (r"\frac", r"\dfrac", r"\tfrac"):
            return self.fraction()
        if token == r"\partial":
            return self.slash_derivative()
        if token == r"\sqrt":
            return self.root()
        if token == r"\sum":
            return self.explicit_sum()
        if token == r"\begin" and self.word() in ENVIRONMENTS:
            return self.cases() if self.word() == "cases" else self.matrix()
        if token == r"\delta" and self.peek() == "_":
            return self.delta()
        if token in (r"\operatorname", r"\mathrm", r"\text", r"\textrm") and self.word() in OPERATORNAMES:
            return self.call(OPERATORNAMES[self.read_word()], at)
        if token in (r"\max", r"\min", r"\det"):
            return self.call(self.next()[1:], at)
        if token in NAMED and (token != r"\sigma" or self.peek() in OPENING):
            return self.call(NAMED[self.next()], at)
        if token == "e" and self.peek() == "^":
            return self.e_to_the()
        if self.is_ones():
            return self.ones()
        return self.symbol()

    def bracket(self):
        opened, at = self.next(), self.at
        opened_at = self.tokens[self.position - 1][1]
        bars, self.inside_bars = self.inside_bars, 0
        inside = self.expression()
        self.inside_bars = bars
        if opened == "[" and self.accept(">"):
            self.zero_expected()
            inside = Apply("step", inside)
        self.expect(OPENING[opened], opened_at)
        return Group(inside)

    def zero_expected(self):
        if not self.accept("0"):
            self.fail("a condition compares with 0", "write [u > 0]")

    def group(self):
        opened_at = self.at
        self.expect("{")
        bars, self.inside_bars = self.inside_bars, 0
        inside = self.expression()
        self.inside_bars = bars
        self.expect("}", opened_at)
        return inside

    def absolute(self):
        opened_at, closing = self.at, "|" if self.next() == "|" else r"\rvert"
        if self.token == "|":
            self.fail("a norm can't be read", r"write its sum, as in \sqrt{\sum_i x_i x_i}")
        self.inside_bars += 1
        inside = self.expression()
        self.inside_bars -= 1
        self.expect(closing, opened_at)
        return Apply("abs", inside)

    def fraction(self):
        self.next()
        if self.numerator_is_partial():
            return self.derivative_fraction()
        above = self.argument()
        below = self.argument()
        if isinstance(above, Number) and isinstance(below, Number) and below.value:
            return Number(ratio(above.value, below.value))
        return product([above, reciprocal(below)])

    def argument(self):
        """What a LaTeX command takes: a braced group, or one token."""
        if self.token == "{":
            return self.group()
        if self.token[:1].isdigit() and len(self.token) > 1:  # \frac12
            token, at = self.tokens[self.position]
            self.tokens[self.position : self.position + 1] = [(digit, at + n) for n, digit in enumerate(token)]
        return self.atom()

    def root(self):
        self.next()
        if self.token == "[":
            self.fail("only square roots can be read", r"write (...)^{1/3}")
        return Power(self.argument(), Number(Fraction(1, 2)))

    def explicit_sum(self):
        self.next()
        bound = self.sum_indices()
        body = self.term()
        return Product((body,), bound)

    def sum_indices(self):
        if not self.accept("_"):
            self.fail("a sum must say over which index it runs", r"write \sum_k")
        if self.token != "{":
            return (self.index(),)
        opened_at = self.at
        self.next()
        found = []
        while self.token not in ("}", "=", ""):
            if not self.accept(","):
                found.append(self.index())
        lower = self.expression() if self.accept("=") else None
        self.expect("}", opened_at)
        upper = self.argument() if self.accept("^") else None
        if not found:
            self.fail("a sum must say over which index it runs", r"write \sum_k")
        if (lower is None) != (upper is None):
            self.fail("a sum has two bounds or none", r"write \sum_k or \sum_{k=1}^K", opened_at)
        for index in found:
            index.bounds = None if lower is None else (lower, upper)
        return tuple(found)

    def matrix(self):
        """\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}"""
        at, rows = self.at, []
        for _ in self.rows():
            rows.append([self.expression()])
            while self.accept("&"):
                rows[-1].append(self.expression())
        if len({len(row) for row in rows}) > 1:
            self.fail("the rows of this matrix have different lengths", "give every row as many entries", at)
        return Group(Matrix(tuple(entry for row in rows for entry in row), len(rows[0])))

    def rows(self):
        """Stand at the start of each row of an environment in turn, and at last behind its end."""
        at, name = self.at, self.read_word()
        yield
        while self.accept(r"\\"):
            if self.token != r"\end":
                yield
        if self.token != r"\end" or self.word() != name:
            self.fail(rf"\end{{{name}}} is missing", rf"close what was opened with \begin{{{name}}}", self.at if self.token else at)
        self.read_word()

    def cases(self):
        """u where i = j and v elsewhere: delta_ij u + (1_i 1_j - delta_ij) v."""
        at, made = self.at, []
        for _ in self.rows():
            value = open_group(self.expression())
            self.accept(",")
            self.accept("&")
            made.append((value, self.condition()))
        (value, where), *rest = made
        if where is None or len(rest) != 1 or rest[0][1] not in (None, negation(where)):
            self.fail("two cases are expected, one where i = j and one elsewhere",
                      r"write \begin{cases} u & \text{where } i = j \\ v & \text{elsewhere} \end{cases}", at)  # fmt: skip
        return Group(Sum((product([where, value]), product([negation(where), rest[0][0]]))))

    def condition(self):
        """The condition of a case as an expression that is 1 where it holds, or None for `elsewhere`."""
        word = self.decoration() if self.token in (r"\text", r"\textrm", r"\mathrm") else ""
        if word and word[word.index("{") + 1 : -1] not in CONDITIONS:
            return None
        i, relation, j = self.index(), self.next(), self.index()
        if relation not in ("=", r"\neq", r"\ne"):
            self.fail(f"'{relation}' makes no condition", r"write i = j or i \neq j")
        return Delta(i, j) if relation == "=" else negation(Delta(i, j))

    def delta(self):
        at = self.at
        self.next()
        name, indices = self.subscript()
        if len(indices) != 2 or name:
            self.fail(f"a Kronecker delta has two indices, not {len(indices)}", r"write \delta_{ij}", at)
        return Delta(*indices)

    def is_ones(self):
        """\\mathbf{1}, \\mathbf1, \\mathbb{1}, \\boldsymbol{1}?"""
        if self.token not in (r"\mathbf", r"\mathbb", r"\boldsymbol", r"\bm"):
            return False
        return self.peek() == "1" or (self.peek() == "{" and self.peek(2) == "1" and self.peek(3) == "}")

    def ones(self):
        at = self.at
        self.next()
        self.argument()
        if self.token != "_":
            return Ones()
        _, indices = self.subscript()
        if not indices:
            self.fail("the tensor of ones needs an index here", r"write \mathbf{1}_i", at)
        return product([Ones(index) for index in indices])

    def e_to_the(self):
        self.next()
        self.next()
        return Apply("exp", self.argument())

    # ------------------------------------------------------------ functions

    def word(self):
        """The letters between the braces of \\operatorname{...}, without moving on."""
        if self.peek() != "{":
            return ""
        ahead, letters = 2, ""
        while self.peek(ahead).isalpha():
            letters += self.peek(ahead)
            ahead += 1
        return letters

    def read_word(self):
        word = self.word()
        self.position += len(word) + 3
        return word

    def call(self, name, at):
        """A function and its argument: in parentheses, or the next factor."""
        exponent = None
        if self.token == "^" and name not in ("tr", "det", "size", "max", "min"):
            self.next()
            exponent = self.argument()
        if name in ("max", "min"):
            return self.extremum(name, at)
        if name == "size":
            return self.size()
        if not self.token:
            self.fail(f"the function '{name}' has no argument", "write its argument in parentheses", at)
        inside = self.call_argument()
        made = CALLS[name](inside) if name in CALLS else Apply(name, inside)
        return made if exponent is None else Power(made, exponent)

    def call_argument(self):
        if self.token in OPENING:
            return self.bracket().inside
        if self.token == r"\sum":
            return self.explicit_sum()
        return self.factor()

    def size(self):
        self.expect("(")
        index = self.index()
        self.expect(")")
        return Size(index)

    def extremum(self, name, at):
        """max(a, b) is b + relu(a - b); min(a, b) is b - relu(b - a)."""
        if self.token not in OPENING:
            self.fail(f"'{name}' of two arguments is expected", rf"write \{name}(0, x_{{ij}})", at)
        closing = OPENING[self.next()]
        a = self.expression()
        self.expect(",")
        b = self.expression()
        self.expect(closing, at)
        if name == "max" and a == Number(0):
            a, b = b, a
        difference = a if b == Number(0) else Sum((a, signed("-", b)))
        if name == "max":
            return Apply("relu", difference) if b == Number(0) else Group(Sum((b, Apply("relu", difference))))
        flipped = Sum((b, signed("-", a)))
        return Group(Sum((b, signed("-", Apply("relu", flipped)))))

    # ------------------------------------------------------------ derivatives

    def numerator_is_partial(self):
        return self.token == "{" and self.peek() == r"\partial" or self.token == r"\partial"

    def derivative_fraction(self):
        """\\frac{\\partial y}{\\partial x}, \\frac{\\partial}{\\partial x} (...), \\frac{\\partial^2 y}{\\partial x \\partial z}."""
        at = self.at
        self.expect("{")
        self.next()
        order = self.order()
        of = None if self.token == "}" else self.term()
        self.expect("}", at)
        variables = self.variables(self.at)
        if len(variables) != order:
            self.fail(f"a derivative of order {order} names {order} variables, not {len(variables)}",
                      r"write \frac{\partial^2 l}{\partial x_p \partial x_q}", at)  # fmt: skip
        return self.nested(of if of is not None else self.factor(), variables)

    def order(self):
        if not self.accept("^"):
            return 1
        order = self.argument()
        if order not in (Number(1), Number(2), Number(3)):
            self.fail("the order of a derivative is a small number", r"write \partial^2")
        return order.value

    def variables(self, at):
        self.expect("{")
        found = []
        while self.token == r"\partial":
            self.next()
            found.append(self.variable())
        self.expect("}", at)
        return found

    def variable(self):
        at = self.at
        variable = self.factor()
        if not isinstance(variable, (Tensor, Vec)):
            self.fail("a derivative is taken with respect to one tensor", r"write \partial x_{pq}", at)
        return variable

    def nested(self, of, variables):
        of = of.inside if isinstance(of, Group) else of
        for variable in reversed(variables):
            of = Derivative(of, variable)
        return of

    def slash_derivative(self):
        """\\partial y_{ij} / \\partial x_{pq}"""
        at = self.at
        self.next()
        of = self.factor()
        if not (self.accept("/") and self.accept(r"\partial")):
            self.fail(r"'\partial' stands alone", r"write \partial y/\partial x or \frac{\partial y}{\partial x}", at)
        return self.nested(of, [self.variable()])

    # ------------------------------------------------------------ symbols and their scripts

    def symbol(self):
        """A letter, perhaps with an accent or a font: the name of a tensor."""
        at = self.at
        name = self.name()
        self.refuse_loose_subscript(name, at)
        return Tensor(self.located(name, at))

    def name(self):
        token, at = self.token, self.at
        if token in ACCENTS:
            self.next()
            return f"{token}{{{self.braced_name()}}}"
        if token in FONTS:
            self.next()
            inside = self.braced_name()
            return f"{token}{{{inside}}}"
        if len(token) == 1 and token.isalpha() or token in GREEK:
            return self.next()
        if not token:
            self.fail("something is missing here: the text ends", "write a symbol such as x_{ij}")
        if token == r"\delta":
            self.fail("a Kronecker delta needs two indices", r"write \delta_{ij}")
        if token[0] == "\\" and token[1:].isalpha():
            self.fail(f"unknown command '{token}'", near(token))
        self.fail(f"'{token}' can't stand here", "a symbol, a number or an opening bracket is expected")

    def braced_name(self):
        if not self.accept("{"):
            return self.name()
        found = ""
        while self.token not in ("}", ""):
            found += self.next() if self.token.isalnum() else self.name()
        self.expect("}")
        return found

    def refuse_loose_subscript(self, name, at):
        """x_ik is x_i k for LaTeX: refused where nothing shows that this was meant."""
        if self.token != "_" or not (len(self.peek()) == 1 and self.peek().isalpha()):
            return
        index, index_at = self.tokens[self.position + 1]
        after, after_at = self.tokens[min(self.position + 2, len(self.tokens) - 1)]
        adjacent = after_at == index_at + 1 and len(after) == 1 and after.isalpha()
        if adjacent and self.peek(3) not in ("_", "^"):
            self.fail(f"LaTeX reads '{name}_{index}{after}' as {name}_{index} times {after}",
                      f"write {name}_{{{index}{after}}} for two indices, or {name}_{index} {after} for a product", after_at)  # fmt: skip

    def subscript(self):
        """What stands after '_': (decoration of the name, indices)."""
        self.expect("_")
        if self.token != "{":
            if self.token.isdigit():
                return self.next(), ()
            return "", (self.index(),)
        opened_at = self.at
        self.next()
        decoration, indices = "", []
        while self.token not in ("}", ""):
            if self.accept(","):
                continue
            if self.token in (r"\text", r"\mathrm", r"\textrm", r"\rm"):
                decoration += self.decoration()
            elif self.token.isdigit():
                decoration += self.next()
            else:
                indices.append(self.index())
        self.expect("}", opened_at)
        if not indices and not decoration:
            self.fail("a subscript is empty", "write x_{ij}, or x for a scalar", opened_at)
        return decoration, tuple(indices)

    def decoration(self):
        command = self.next()
        self.expect("{")
        word = ""
        while self.token not in ("}", ""):
            word += self.next()
        self.expect("}")
        return f"{command}{{{word}}}"

    def index(self):
        token, at = self.token, self.at
        if token in (r"\ldots", r"\dots", r"\cdots"):
            letter = r"\ldots"
        elif token in GREEK or len(token) == 1 and token.isalpha():
            letter = token
        else:
            self.fail(f"'{token}' is no index" if token else "an index is missing", "an index is one letter, or \\ldots")
        self.next()
        while self.accept("'"):
            letter += "'"
        return self.located(letter, at, Index)

    def scripts(self, atom, at):
        """Subscripts, powers, transposes and primes after an atom."""
        subscripted = False
        while True:
            if self.token == "_":
                if subscripted:
                    self.fail("a second subscript", "write all indices in one: x_{ij}")
                atom, subscripted = self.with_subscript(atom), True
            elif self.token == "^":
                atom = self.with_superscript(atom, at, subscripted)
            elif self.token == "'":
                if not isinstance(atom, Tensor) or atom.indices:
                    self.fail("a prime belongs to a name", "write x'_{ij}")
                self.next()
                atom = Tensor(self.located(atom.name + "'", at))
            else:
                return open_group(atom)

    def with_subscript(self, atom):
        at = self.at
        decoration, indices = self.subscript()
        if isinstance(atom, Group):
            if decoration:
                self.fail("a bracket takes indices only", "write [X A]_{ij}", at)
            return Component(atom.inside, indices)
        if isinstance(atom, Transpose) and isinstance(atom.of, Tensor) and len(indices) == 2:
            return Tensor(atom.of.name, indices[::-1])
        if isinstance(atom, Transpose) and len(indices) == 1:
            self.fail("a vector's component has no transpose", "write b_j", at)
        if isinstance(atom, Inverse):
            self.fail("this reads as the inverse's component or as 1 over the component",
                      r"write [A^{-1}]_{ij}, or 1 / a_{ij}", at)  # fmt: skip
        if not isinstance(atom, Tensor) or atom.indices:
            self.fail("a subscript can't stand here", "subscripts belong to a symbol or to [ ]", at)
        name = f"{atom.name}_{{{decoration}}}" if decoration else atom.name
        return Tensor(self.located(name, atom.name.at), indices)

    def with_superscript(self, atom, at, subscripted):
        caret = self.at
        self.next()
        if self.token == "{" and self.peek() == "(" and isinstance(atom, Tensor) and not subscripted:
            return self.numbered_name(atom)
        if self.is_transpose():
            return self.transposed(atom, caret)
        if self.token == r"\prime":
            self.next()
            return Tensor(self.located(atom.name + "'", at))
        exponent = self.argument()
        return self.raised(atom, exponent, caret)

    def numbered_name(self, atom):
        """W^{(1)}: a layer's number is part of the name."""
        self.expect("{")
        number = ""
        while self.token not in ("}", ""):
            number += self.next()
        self.expect("}")
        return Tensor(self.located(f"{atom.name}^{{{number}}}", atom.name.at))

    def is_transpose(self):
        if self.token in (r"\top", r"\intercal") or self.token == "T":
            return True
        inside = "".join(self.peek(n) for n in range(1, 4))
        return self.token == "{" and (inside.startswith(r"\top}") or inside.startswith("T}"))

    def transposed(self, atom, caret):
        if self.token == "{":
            self.position += 3
        else:
            self.next()
        inside = open_group(atom)
        if isinstance(inside, (Component, Delta)) or isinstance(inside, Tensor) and inside.indices:
            self.fail("a component has no transpose", "swap its indices, or write [A^\\top]_{ij}", caret)
        return Transpose(inside)

    def raised(self, atom, exponent, caret):
        inside = open_group(atom)
        bare = not isinstance(inside, (Number, Apply, Component)) and not indexed(inside)
        if exponent == MINUS_ONE and bare and looks_like_a_matrix(inside):
            return Inverse(inside)
        if isinstance(inside, Tensor) and inside.indices and exponent == MINUS_ONE and inside.name[0].isupper():
            self.fail("this reads as the inverse's component or as 1 over the component",
                      r"write [A^{-1}]_{ij}, or 1 / a_{ij}", caret)  # fmt: skip
        return Power(inside, exponent)


class Group:
    """A bracketed expression, until its scripts are read: (M)_{ij}, (M)^\\top, (u)^2."""

    def __init__(self, inside):
        self.inside = inside


def open_group(atom):
    return atom.inside if isinstance(atom, Group) else atom


def product(factors):
    flat = []
    for factor in map(open_group, factors):
        flat += factor.factors if isinstance(factor, Product) and not factor.bound else [factor]
    return flat[0] if len(flat) == 1 else Product(tuple(flat))


def negation(condition):
    """1 where `condition`, a delta or a negated one, is 0, and 0 where it is 1."""
    if isinstance(condition, Sum):
        return condition.terms[1].factors[1]
    return Sum((product([Ones(condition.i), Ones(condition.j)]), signed("-", condition)))


def signed(sign, term):
    if sign == "+":
        return term
    if isinstance(term, Number):
        return Number(-term.value)
    return product([MINUS_ONE, term])


def reciprocal(e):
    e = open_group(e)
    return Number(ratio(1, e.value)) if isinstance(e, Number) and e.value else Power(e, MINUS_ONE)


def number(text):
    return int(text) if text.isdigit() else ratio(Fraction(text), 1)


def ratio(a, b):
    value = Fraction(a) / Fraction(b)
    return int(value) if value.denominator == 1 else value


def indexed(e):
    from linalg_grads.expressions import nodes, own_indices

    return any(own_indices(node) for node in nodes(e))


def looks_like_a_matrix(e):
    """Capital letters are whole tensors: X^{-1} is an inverse, c^{-1} is 1/c."""
    from linalg_grads.expressions import tensors

    return any(letter_of(name).isupper() for name in tensors(e))


def letter_of(name):
    found = re.search(r"([A-Za-z])\}*$|\\([A-Za-z])", name.split("_")[0].split("^")[0].replace("'", ""))
    return (found.group(1) or found.group(2)) if found else ""


def near(token):
    import difflib

    known = GREEK | ACCENTS | FONTS | set(NAMED) | {r"\frac", r"\sum", r"\partial", r"\top", r"\delta", r"\sqrt", r"\operatorname"}
    close = difflib.get_close_matches(token, sorted(known), 1)
    return f"did you mean {close[0]}?" if close else r"a function is written \operatorname{name}"


CALLS = {"tr": Trace, "det": Determinant, "vec": Vec, "sqrt": lambda e: Power(e, Number(Fraction(1, 2)))}
