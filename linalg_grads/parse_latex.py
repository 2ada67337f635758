r"""LaTeX text -> Equation or expression, or a ParseError with a caret under the culprit.

Read as written: `y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j`, `Y := X A^\top`, `[X A^\top]_{ij}`, `\frac{\partial l}{\partial x_{pq}}`.
The parser decides nothing about which index is free or summed: that is for `indices`.
"""

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache

from linalg_grads.errors import ParseError
from linalg_grads.expressions import (
    MINUS_ONE, ONE, ZERO, Apply, Component, Delta, Derivative, Determinant, Diag, Equation, Hadamard, Index, Inverse, Kronecker,
    Located, Matrix, Number, Ones, Power, Product, Size, Sum, Tensor, Trace, Transpose, Vec, counts, counts_in_a_term, dummy, holds, nodes, own_indices,
    substitute, tensors, tidy,
)  # fmt: skip
from linalg_grads.functions import FUNCTIONS
from linalg_grads.tokens import (
    ACCENTS, BARS, BETWEEN, COMMAND, COMPARISONS, ELLIPSES, FONTS, FRACTIONS, GREEK, LETTER, NORMS, NUMBER, OPENING, POINTWISE,
    RELATIONS, TIMES, WORDS, WRITTEN, Tokens, point_at,
)  # fmt: skip

__all__ = ["letter_of", "parse_chain", "parse_component", "parse_equation", "parse_expression", "point_at"]

FUNCTION_COMMANDS = {
    **{"\\" + name: name for name in ("exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "arctan", "max", "min", "det")},
    r"\ln": "log", r"\sigma": "sigma",
}  # fmt: skip
ACTIVATIONS = ("silu", "gelu", "mish", "relu6")  # shorthands, which may be defined, too
OPERATOR_NAMES = {  # in \operatorname{...}, \mathrm{...} and \text{...}
    **{name: name for name in (*FUNCTIONS, "tr", "det", "diag", "vec", "softmax", "size", "max", "min", "sqrt", *ACTIVATIONS)},
    "ReLU": "relu", "ReLU6": "relu6", "SiLU": "silu", "swish": "silu", "GELU": "gelu",
    "sigmoid": "sigma", "logistic": "sigma", "sgn": "sign", "ln": "log", "trace": "tr",
}  # fmt: skip
OPERATOR_NAMES |= {name.capitalize(): function for name, function in OPERATOR_NAMES.items()}
COMPARED = {  # (is it that the left one is larger?, or that it is not so the other way round?)
    ">": (True, False), "<": (False, False),
    **dict.fromkeys((r"\ge", r"\geq"), (False, True)), **dict.fromkeys((r"\le", r"\leq"), (True, True)),
}  # fmt: skip
EQUALITIES = {"=", r"\neq", r"\ne"}
CONDITIONS = {"if", "where", "for", "when"}
TRANSPOSE = r"(?:\\top(?![A-Za-z])|\\intercal(?![A-Za-z])|T|\\(?:math(?:sf|rm|bf|it|tt)|text(?:rm|sf|it)?|rm)\s*(?:\{\s*T\s*\}|T))"
TRANSPOSE_ALONE, TRANSPOSE_LAST = re.compile(TRANSPOSE), re.compile(rf"(?:\s|\\[,!])*{TRANSPOSE}\s*(?=\}})")
BOLD = re.compile(r"\\(?:mathbf|boldsymbol|bm|vec)\{")
STYLES = "|".join(map(re.escape, (*FONTS, *ACCENTS, r"\operatorname")))
SYMBOL = rf"(?:(?:{STYLES})\s*\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}|\\[A-Za-z]+|[A-Za-z])"
SCRIPTS = r"(?:'|[_^](?:\{(?:[^{}]|\{[^{}]*\})*\}|[A-Za-z0-9]))*"
GAP, WORD_BELOW = r"(?:\s|\\[,;!])*", r"(?:_[A-Z]|_\{(?:[A-Z]+|\\(?:text|mathrm)\{[^{}]*\})\})?"
FUNCTION_OF = re.compile(  # the (x, w) of f(x, w) = ...
    rf"\s*{SYMBOL}'*{WORD_BELOW}\s*(\({GAP}{SYMBOL}{SCRIPTS}{GAP}(?:(?:[,;|]|\\\||\\mid){GAP}{SYMBOL}{SCRIPTS}{GAP})*\))\s*&?\s*(?::?=|\\coloneqq|\\equiv)"
)
WORD_OF = re.compile(r"\s*([A-Za-z]{2,})\s*\([^()=]*\)\s*&?\s*:?=")  # KL(p, q) =
COMPONENT_ALONE = re.compile(rf"\(\s*{SYMBOL}_(?:[a-z]|\{{[a-z]+\}})\s*\)")
COMPONENT_BELOW = re.compile(rf"/\s*{SYMBOL}\s*_")
EUCLIDEAN = re.compile(r"_(?:[2F]|\{\s*(?:[2F]|\\(?:text|mathrm)\{F\})\s*\})")
POSITIVE_PART = re.compile(r"_(?:\+|\{\s*\+\s*\})")
SUM_NORM = re.compile(r"_(?:1|\{\s*1\s*\})")
SQUARED_EUCLIDEAN = re.compile(rf"\^(?:2|\{{2\}})\s*{EUCLIDEAN.pattern}")
TAG = re.compile(  # what belongs to the name in W^{(l)}, W^{[l+1]}, y^{\text{true}}
    rf"\s*(?:[(\[]\s*[A-Za-z0-9]+(?:\s*[+-]\s*[0-9]+)?\s*[)\]]|\\(?:text|textrm|mathrm)\s*\{{[^{{}}]*\}})\s*(?=\}}|{TRANSPOSE}\s*\}})"
)
CAPITAL, CAPITAL_TAG = re.compile(r"[A-Z]\Z"), re.compile(rf"\s*[A-Z]\s*(?=\}}|{TRANSPOSE}\s*\}})")  # W^Q, W^{Q\top}
STEP, ONE_STEP = re.compile(r"t\s*[-+]\s*[0-9]+\s*(?=[,}])"), r"_{\text{t"  # h_{t-1}, and what its name holds then
SCALAR = re.compile(r"(?:\\[A-Za-z]+(?![A-Za-z{])|[A-Za-z])(?:\^(?:[0-9]|\{[0-9]+\}))?(?!\s*[_^'])")
LOOSE = re.compile(r"[A-Za-z0-9]+(?![A-Za-z0-9]*[_^])")  # ik in x_ik
EULER = (Tensor("e"), Tensor(r"\mathrm{e}"))
IDENTITIES = {"I", r"\mathbf{I}", r"\boldsymbol{I}", r"\bm{I}", r"\mathbb{I}"}
POWER_OR_NAME = "is this superscript a power, or part of the name?", r"write w^{(l)}_{jk} for a name, w_{jk}^l for a power"
DEEPEST, LONGEST, MOST_DIGITS, MOST_FACTORS = 60, 10_000, 30, 100  # beyond these a text is no equation that a person wrote


def parse_chain(text):
    """The sides of `a = b = c`, and the relations between them ('=' or ':=')."""
    if not isinstance(text, str):
        raise ParseError(f"LaTeX text is expected, not {type(text).__name__}: {text!r}")
    if len(text) > LONGEST:
        raise ParseError(point_at(text[:60], 60, f"the text is too long: {len(text)} characters", f"write at most {LONGEST}"))
    return _parse_chain(text)


@lru_cache(maxsize=1024)
def _parse_chain(text):
    parser = Parser(text)
    parser.pass_over_arguments()
    sides, relations = [parser.expression()], []
    while parser.at_relation():
        relations.append(RELATIONS[parser.next()])
        sides.append(parser.expression())
    if parser.token:
        parser.fail(f"'{parser.token}' can't stand here", in_latex(parser.token) or "remove it, or open what it closes")
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
    if isinstance(text, str) and LETTER.match(text):
        return Tensor(located(text, 0))
    e = parse_expression(text)
    if not isinstance(e, Tensor):
        raise ParseError(point_at(text, 0, "the name of a tensor is expected", "write a, or a_{pq}"))
    return e


class Parser(Tokens):
    """Recursive descent: each method reads one construct of the grammar, from the token at hand to behind its end."""

    depth = 0
    in_bars = False  # a bar then closes

    def at_relation(self):
        r"""An equation may go on in a new line: y &= u \\ &= v."""
        if self.token == r"\\" and self.peek() in RELATIONS:
            self.next()
        return self.token in RELATIONS

    def pass_over_arguments(self):
        """In f(x, w) = ..., which defines f, what f is a function of says nothing more."""
        found = WORD_OF.match(self.text)
        if found:
            self.fail("a name of several letters", rf"write \operatorname{{{found[1]}}}", found.start(1))
        found = FUNCTION_OF.match(self.text)
        if found and self.token not in FUNCTION_COMMANDS and OPERATOR_NAMES.get(self.word()) in (None, *ACTIVATIONS):
            if COMPONENT_ALONE.match(found[1]):
                self.fail("is this a function of one component, or of all?", "write y_i = ..., or l = ...", found.start(1))
            self.leave_out(*found.span(1))

    # ------------------------------------------------------------ sums, products, factors

    def expression(self):
        self.deepen()
        outer, self.in_bars = self.in_bars, False
        made = self.sum()
        self.in_bars = outer
        self.depth -= 1
        return made

    def deepen(self):
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail("the expression is nested too deeply", "name a part of it in an equation of its own")

    def sum(self):
        terms = [self.signed_term()]
        while self.token in ("+", "-"):
            terms.append(self.signed_term())
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def signed_term(self):
        sign = self.next() if self.token in ("+", "-") else "+"
        return signed(sign, self.term())

    def term(self):
        r"""Factors side by side, or joined by \cdot, \times, /, \odot and \otimes."""
        factors, pointwise = [self.factor()], []
        if self.token == r"\otimes":
            return self.kronecker(factors)
        while True:
            if self.token in TIMES:
                at, times = self.at, self.next()
                dot, factor = times == r"\cdot", self.factor()
                if times == "*" and is_capital(factors[-1]) and is_capital(factor):
                    self.fail("is this the matrix product?", r"write A B for it, A \odot B for the elementwise product", at)
                inner = dot and is_column(factor) and is_column(product(factors))
                inner = inner or dot and is_vector_of_many(factor) and is_vector_of_many(factors[-1])
                factors = [Transpose(product(factors)), factor] if inner else [*factors, factor]
            elif self.accept("/"):
                plain = all(isinstance(factor, (Number, Tensor)) and not has_indices(factor) for factor in factors)
                of_letter = any(isinstance(factor, Tensor) for factor in factors)
                factors.append(self.divided_by(self.factor))
                if of_letter and isinstance(factors[-1], Number):  # a/2b, unlike 1/2 b and a/2 x_i
                    plain = plain and not SCALAR.match(self.text, self.at)
                if not plain and self.starts_factor() and not self.starts_function():
                    self.fail("does this stand below the fraction bar?", r"write \frac{a}{b} c, or \frac{a}{b c}")
            elif self.token in POINTWISE:
                self.next()
                pointwise.append(product(factors))
                factors = [self.factor()]
            elif self.starts_factor():
                factors.append(self.adjacent_factor(factors[-1]))
                if len(factors) > MOST_FACTORS:
                    self.fail(f"a product has at most {MOST_FACTORS} factors", "name a part of it in an equation of its own")
            else:
                return Hadamard((*pointwise, product(factors))) if pointwise else product(factors)

    def kronecker(self, parts):
        while self.accept(r"\otimes"):
            parts.append(self.factor())
        if self.starts_factor():
            self.fail("a factor stands beside a Kronecker product", r"write (A \otimes B) C, or A \otimes (B C)")
        return Kronecker(tuple(parts))

    def starts_factor(self):
        token = self.token
        if token in BARS or token in NORMS:
            return not self.in_bars or token not in (*BARS.values(), *NORMS.values())
        return token in ATOMS or token not in BETWEEN and bool(WRITTEN.match(token))

    def adjacent_factor(self, before):
        """A factor side by side with the one before: f(x_i) is refused, which is no product for its writer."""
        at, bracket = self.at, self.token
        factor = self.factor()
        before = before.base if isinstance(before, Power) and before.exponent == Number(2) else before  # \sigma^2(x)
        if bracket in OPENING and isinstance(before, Tensor) and not before.indices:
            operator = before.name.startswith(r"\mathbb")  # \mathbb{E}[x]
            if operator or bracket == "(" and (isinstance(factor, Tensor) or re.search(r"\{\w{2,}\}$", before.name)):
                self.fail(f"'{before.name}' is no function that is known here",
                          rf"write its definition, or {before.name} \cdot (...) for a product", at)  # fmt: skip
        return factor

    def factor(self):
        at = self.at
        atom = self.atom()
        if isinstance(atom, Group) and self.matched(POSITIVE_PART, self.at):
            atom = Apply("relu", atom.inside)
        if self.token == "'" and isinstance(atom, Group):
            self.fail("is this a transpose?", r"write (...)^\top")
        return open_group(self.scripted(atom, at) if self.token in ("_", "^") else atom)

    # ------------------------------------------------------------ atoms

    def atom(self):
        self.deepen()
        read = ATOMS.get(self.token) or (Parser.number if NUMBER.match(self.token) else Parser.symbol)
        made = read(self)
        self.depth -= 1
        return made

    def number(self):
        text, at = self.token, self.at
        if len(text) > MOST_DIGITS:
            self.fail("this number is too long", f"write at most {MOST_DIGITS} digits")
        self.next()
        if re.match(r"e[+-]?[0-9]", self.text[at + len(text) :]):
            self.fail(f"LaTeX reads '{text}e' as {text} times e", "write 10^{-3} for a power of ten")
        return Number(int(text) if text.isdigit() else ratio(Fraction(text), 1))

    def bracket(self):
        return Group(self.enclosed(OPENING[self.token], self.condition_or_expression))

    def condition_or_expression(self):
        """[u > v] is 1 where that holds, else 0."""
        u = self.expression()
        return self.compared(u) if self.token in COMPARED else u

    def compared(self, u):
        """[u > v] is 1 where that holds, else 0; [u \\le v] is 1 less that."""
        relation, v = self.next(), self.expression()
        larger, but_not = COMPARED[relation]
        step = Apply("step", difference(u, v) if larger else difference(v, u))
        return negation(step) if but_not else step

    def braces(self):
        opened_at = self.at
        inside = self.enclosed("}", self.expression)
        if isinstance(inside, Sum):
            self.fail("braces don't show", "write a sum in parentheses", opened_at)
        return inside

    def absolute(self):
        opened_at, closing = self.at, BARS[self.next()]
        if self.token == closing:
            self.fail("two bars are no norm", r"write \|x\|")
        return Apply("abs", self.between_bars(closing, opened_at))

    def between_bars(self, closing, opened_at):
        outer, self.in_bars = self.in_bars, True
        inside = self.sum()
        self.expect(closing, opened_at)
        self.in_bars = outer
        return inside

    def norm(self):
        r"""\|x\|, or \|X\|_F: \sqrt{\operatorname{tr}(X^\top X)}"""
        opened_at = self.at
        inside = self.between_bars(NORMS[self.next()], opened_at)
        if not is_whole_or_numbered(inside):
            self.fail("a norm takes a whole vector or matrix", r"write its sum, as in \sqrt{\sum_i x_i x_i}", opened_at)
        squares = Trace(Product((Transpose(inside), inside)))
        squared = self.matched(SQUARED_EUCLIDEAN, self.at)
        if self.matched(SUM_NORM, self.at):
            return Product((Transpose(Ones()), Apply("abs", inside)))
        subscript = squared.rpartition("_")[2] or self.matched(EUCLIDEAN, self.at)
        if "2" in subscript and is_matrix(inside):
            self.fail("the 2-norm of a matrix is its largest singular value", r"write \|X\|_F for the root of the sum of squares", opened_at)
        if self.token == "_":
            self.fail("only Euclidean norms, and \\|x\\|_1, can be read", r"write \|x\|, \|X\|_F, or another norm as a sum of |x_i|")
        return squares if squared else square_root(squares)

    def inner_product(self):
        r"""\langle A, B \rangle: \operatorname{tr}(A^\top B)"""
        at, (a, b) = self.at, self.enclosed(r"\rangle", self.pair)
        if not (is_whole_or_numbered(a) and is_whole_or_numbered(b)):
            self.fail("an inner product is one of whole vectors or matrices", "write its sum, as in a_i b_i", at)
        self.matched(EUCLIDEAN, self.at)
        return Trace(Product((Transpose(a), b)))

    def fraction(self):
        at = self.at
        self.next()
        if self.token == "{" and self.peek() == r"\partial":
            return self.derivative_fraction()
        above, below = self.argument(), self.divided_by(self.argument)
        if starts_with_d(above) and starts_with_d(getattr(below, "base", below), alone=False):
            self.fail("is this a derivative?", r"write \frac{\partial y}{\partial x}", at)
        if isinstance(above, Number) and isinstance(below, Number):
            return Number(ratio(above.value * below.value, 1))
        return product([above, below])

    def divided_by(self, read):
        """1 over what `read` finds."""
        at, below = self.at, read()
        if below == ZERO:
            self.fail("this divides by zero", "divide by what is not zero", at)
        return reciprocal(below)

    def argument(self):
        """What a LaTeX command takes: a braced group, or one token."""
        if self.token == "{":
            return self.enclosed("}", self.expression)
        if NUMBER.match(self.token):
            self.split_number()
        return open_group(self.atom())

    def root(self):
        self.next()
        if self.token == "[":
            self.fail("only square roots can be read", r"write (...)^{1/3}")
        made = square_root(self.argument())
        if self.token == "_":
            self.fail("the root ends before this", r"write \sqrt{x_i}")
        return made

    # ------------------------------------------------------------ functions

    def operator(self):
        r"""\operatorname{name}, \mathrm{name} or \text{name}: a function, or the last two a symbol."""
        at, command, word = self.at, self.token, self.word()
        if word in OPERATOR_NAMES and not (OPERATOR_NAMES[word] in ACTIVATIONS and self.defines(word)):
            self.read_word()
            return self.call(OPERATOR_NAMES[word], at)
        if command == r"\operatorname" and not (word.isalpha() and self.defines(word)):
            self.fail(f"unknown function '{word}'", near(word, OPERATOR_NAMES) or f"known are {', '.join(FUNCTIONS)}")
        return Tensor(located(rf"\text{{{self.read_word()}}}", at)) if command == r"\operatorname" else self.styled_symbol()

    def defines(self, word):
        """Is what follows `word` in braces, now at hand, a relation, or nothing more in this group?"""
        return self.peek(len(word) + 3) in (*RELATIONS, "}")

    def function(self):
        at = self.at
        return self.call(FUNCTION_COMMANDS[self.next()], at)

    def sigma(self):
        """The logistic function where a bracket follows, else a symbol."""
        if self.peek() == "'" and self.peek(2) in OPENING:
            self.fail("the derivative of a function has no name here", r"write \sigma(z) (1 - \sigma(z))")
        return self.function() if self.peek() in OPENING else self.symbol()

    def call(self, name, at):
        """The argument of a function whose name stood at `at`: in brackets, or the next factor."""
        if name in ("max", "min"):
            return self.extremum(name, at)
        if name == "size":
            return Size(self.enclosed(")", self.index))
        if name == "softmax" and self.accept("_"):
            return self.softmax_over()
        exponent = self.argument() if name in FUNCTIONS and self.accept("^") else ONE
        if exponent == MINUS_ONE:
            self.fail("this reads as the inverse function or as 1 over it", rf"write 1 / \{name}(x_i)", at)
        if not self.token:
            self.fail(f"the function '{name}' has no argument", "write its argument in parentheses", at)
        inside = self.argument_of(name)
        if name in ("softmax", "diag") and not is_whole_or_numbered(inside) and not holds(inside, Transpose):
            self.fail(f"'{name}' takes a column", r"write \frac{\exp(x_i)}{\sum_k \exp(x_k)}" if name == "softmax" else r"write \delta_{ij} v_i", at)
        made = CALLS[name](inside) if name in CALLS else Apply(name, inside)
        return made if exponent == ONE else Power(made, exponent)

    def softmax_over(self):
        r"""\operatorname{softmax}_j(u_{ij}): \exp(u_{ij}) / \sum_k \exp(u_{ik})"""
        j, at = self.enclosed("}", self.index) if self.token == "{" else self.index(), self.at
        u, k = self.argument_of("softmax"), dummy(j)
        if j not in counts(u):
            self.fail(f"'softmax' is taken over '{j}'", rf"write \operatorname{{softmax}}_{j}(x_{j}), with {j} in its argument", at)
        return Product((Apply("exp", u), Power(Product((Apply("exp", substitute(u, {j: k})),), (k,)), MINUS_ONE)))

    def argument_of(self, name):
        return self.bracket().inside if self.token in OPENING else self.bare_argument(name)

    def bare_argument(self, name):
        r"""\log p_i, without brackets; what stands behind a number, or is traced, belongs to it: \log 2 \pi v, \operatorname{tr} A B."""
        goes_on, factors = name in ("tr", "det") or NUMBER.match(self.token), [self.factor()]
        while self.starts_factor() and not self.starts_function():
            if not goes_on:
                self.fail(f"does this belong to the argument of '{name}'?", rf"write \{name}(...) with brackets, or put this factor first")
            factors.append(self.factor())
        if COMPONENT_BELOW.match(self.text, self.at):
            self.fail(f"is this divided before '{name}' is taken, or after?", rf"write \{name}(p_i / q_i), or \frac{{...}}{{q_i}}")
        return product(factors)

    def starts_function(self):
        named = self.token in FUNCTION_COMMANDS and (self.token != r"\sigma" or self.peek() in OPENING)
        return named or self.token == r"\sum" or self.word() in OPERATOR_NAMES

    def extremum(self, name, at):
        """max(a, b) is b + relu(a - b); min(a, b) is b - relu(b - a)."""
        if self.token == "_":
            self.fail(f"'{name}' over an index can't be read", rf"write \{name}(a, b) of two, or a smooth one, \log \sum_k \exp(x_k)", at)
        if self.token not in OPENING:
            self.fail(f"'{name}' of two arguments is expected", rf"write \{name}(0, x_{{ij}})", at)
        a, b = self.enclosed(OPENING[self.token], self.pair)
        if weight_in_a_sum(a) < weight_in_a_sum(b):  # b is written twice, and stands as a term of its own
            a, b = b, a
        relu = Apply("relu", difference(a, b)) if name == "max" else signed("-", Apply("relu", difference(b, a)))
        return Group(relu if b == ZERO else Sum((b, relu)))

    def pair(self):
        a = self.expression()
        if not self.accept(","):
            self.fail("',' is missing", "two values are expected here, as in (a, b)")
        return a, self.expression()

    # ------------------------------------------------------------ written sums, deltas

    def summation(self):
        at = self.at
        self.next()
        upper = self.upper_bound()
        if not self.accept("_"):
            self.fail("a sum must say over which index it runs", r"write \sum_k")
        found, lower, but = self.enclosed("}", self.summed) if self.token == "{" else ([self.index()], None, [])
        upper = upper or self.upper_bound()
        if lower is not None or upper is not None:
            length = whole_axis(lower, upper)
            if length is None:
                self.fail_partial_sum(at)
            for index in found:
                index.bounds = ONE, length
        return Product((product([*but, self.term()]),), tuple(found))

    def upper_bound(self):
        return self.argument() if self.accept("^") else None

    def summed(self):
        r"""k, or i,j, or k=1, or k \neq i: (indices, lower bound, factors)."""
        at, found = self.at, [self.index()]
        while self.token not in ("}", "=", ""):
            if self.accept(r"\neq") or self.accept(r"\ne"):
                made = found, None, [negation(Delta(found[-1], self.index()))]
                return made if self.token == "}" else self.fail_partial_sum(at)
            if self.token in COMPARISONS:
                self.fail_partial_sum(at)
            self.accept(",")
            found.append(self.index())
        return found, self.expression() if self.accept("=") else None, []

    def fail_partial_sum(self, at):
        self.fail("a sum runs over a whole axis", r"write \sum_k, or \sum_{k=1}^K where K is the number of values of k", at)

    def delta(self):
        at = self.at
        if self.peek() != "_":
            return self.symbol()
        self.move_to(self.position + 2)
        name, indices = self.subscript(Tensor(r"\delta"))
        if len(indices) != 2 or name:
            self.fail(f"a Kronecker delta has two indices, not {len(indices)}", r"write \delta_{ij}", at)
        return Delta(*indices)

    # ------------------------------------------------------------ environments: a matrix written out, cases

    def environment(self):
        name = self.word()
        if name not in ENVIRONMENTS:
            self.fail(f"unknown environment '{name}'", r"give each equation as a text of its own, without \begin and \end")
        return Group(ENVIRONMENTS[name](self))

    def rows(self):
        """Stand at the start of each row of an environment in turn, and at last behind its end."""
        at, name = self.at, self.read_word()
        yield
        while self.accept(r"\\"):
            if self.token != r"\end":
                yield
        if self.token != r"\end" or self.word() != name:
            self.fail(rf"\end{{{name}}} is missing", rf"close what was opened with \begin{{{name}}}", None if self.token else at)
        self.read_word()

    def matrix(self):
        at, rows = self.at, []
        for _ in self.rows():
            rows.append([self.expression()])
            while self.accept("&"):
                rows[-1].append(self.expression())
        if len({len(row) for row in rows}) > 1:
            self.fail("the rows of this matrix have different lengths", "give every row as many entries", at)
        return Matrix(tuple(entry for row in rows for entry in row), len(rows[0]))

    def cases(self):
        """u where i = j and v elsewhere: delta_ij u + (1_i 1_j - delta_ij) v; where a > b, with the step [a > b]."""
        at, made = self.at, []
        for _ in self.rows():
            value = self.expression()
            self.accept(",")
            self.accept("&")
            made.append((value, self.condition()))
            self.accept(",")
        (value, where), *rest = made
        if where is None or len(rest) != 1 or rest[0][1] not in (None, negation(where)):
            self.fail("two cases are expected, the second one elsewhere",
                      r"write \begin{cases} u & \text{where } i = j \\ v & \text{elsewhere} \end{cases}, or x_i > 0 for i = j", at)  # fmt: skip
        return Sum((product([where, value]), product([negation(where), rest[0][0]])))

    def condition(self):
        """The condition of a case as an expression that is 1 where it holds, or None for `elsewhere`."""
        if self.token in WORDS and self.read_word() not in CONDITIONS:
            return None
        return self.comparisons()

    def comparisons(self):
        made = [self.comparison()]
        while self.peek() not in (r"\\", r"\end") and self.accept(",") or self.token in WORDS and self.read_word() == "and":
            made.append(self.comparison())
        return product(made)

    def compares(self):
        """Does the bracket at hand, or the subscript in braces, hold a condition?"""
        if self.token != "_" and self.token not in OPENING:
            return False
        start = self.position + (self.token == "_")
        start += self.token == "_" and self.peek() == "{" and self.peek(2) in OPENING
        depth = 0
        for token, _ in self.tokens[start:]:
            depth += (token in OPENING or token == "{") - (token in OPENING.values() or token == "}")
            if depth < 1:
                return False
            if token in COMPARED or depth == 1 and token in EQUALITIES:
                return True

    def indicator(self):
        r"""1 where the condition in brackets or in the subscript holds, else 0: \mathbb{1}[x_i > 0], \mathbf{1}_{k \neq i}"""
        if not self.accept("_"):
            return Group(self.enclosed(OPENING[self.token], self.comparisons))
        bracketed = self.peek() in OPENING
        return Group(self.enclosed("}", (lambda: self.indicator().inside) if bracketed else self.comparisons))

    def comparison(self):
        """Of two indices whether they are equal, of two values which one is larger."""
        if self.peek() in EQUALITIES:
            i, relation, j = self.index(), self.next(), self.index()
            return Delta(i, j) if relation == "=" else negation(Delta(i, j))
        u = self.expression()
        if self.token not in COMPARED:
            self.fail(f"'{self.token}' makes no condition", r"write i = j, i \neq j, x_i > 0 or x_i \le 0")
        return self.compared(u)

    # ------------------------------------------------------------ derivatives

    def derivative_fraction(self):
        r"""\frac{\partial y}{\partial x}, \frac{\partial}{\partial x} (...), \frac{\partial^2 y}{\partial x \partial z}"""
        at = self.at
        order, of = self.enclosed("}", self.numerator)
        if self.token != "{" or self.peek() != r"\partial":
            self.fail(r"'\partial' is missing below", r"write \frac{\partial y}{\partial x}")
        variables = self.enclosed("}", self.variables)
        if len(variables) != order:
            self.fail(f"a derivative of order {order} names {order} variables, not {len(variables)}",
                      r"write \frac{\partial^2 l}{\partial x_p \partial x_q}", at)  # fmt: skip
        if of is None:  # an operator takes the bracket that follows, or the rest of its term
            of = self.factor() if self.token in OPENING else self.term()
        return derivative(of, variables)

    def held_fixed(self):
        r"""\left. \frac{\partial y}{\partial x} \right|_{r}: the derivative with r held fixed"""
        at, outer = self.at, self.in_bars
        self.next()
        self.in_bars = True
        of = self.factor()
        self.in_bars = outer
        self.expect("|", at)
        if not isinstance(of, Derivative) or not self.accept("_"):
            self.fail("'|' holds something fixed in a derivative", r"write \left. \frac{\partial y}{\partial x} \right|_r", at)
        held = self.enclosed("}", self.names) if self.token == "{" else [self.atom()]
        if not all(isinstance(e, Tensor) and not e.indices for e in held):
            self.fail("what is held fixed has a name without indices", r"write \right|_r", at)
        return of.replace(held=tuple(e.name for e in held))

    def names(self):
        found = [square_as_tensor(self.factor())]
        while self.accept(","):
            found.append(square_as_tensor(self.factor()))
        return found

    def numerator(self):
        order = self.order()
        return order, None if self.token == "}" else self.term()

    def slash_derivative(self):
        r"""\partial y_{ij} / \partial x_{pq}"""
        at, order, of = self.at, self.order(), self.factor()
        if not (self.accept("/") and self.token == r"\partial"):
            self.fail(r"'\partial' stands alone", r"write \partial y/\partial x or \frac{\partial y}{\partial x}", at)
        return derivative(of, [self.variable() for _ in range(order)])

    def order(self):
        self.next()
        order = self.argument() if self.accept("^") else ONE
        if order not in (Number(1), Number(2), Number(3)):
            self.fail("the order of a derivative is a small number", r"write \partial^2")
        return order.value

    def variables(self):
        found = []
        while self.token == r"\partial":
            found.append(self.variable())
        return found

    def variable(self):
        if not self.accept(r"\partial"):
            self.fail(r"'\partial' is missing", r"write \partial x_p \partial x_q")
        at, variable = self.at, square_as_tensor(self.factor())
        base = variable.of if isinstance(variable, Vec) else variable
        if not isinstance(base.of if variable is not base and isinstance(base, Transpose) else base, Tensor):
            self.fail("a derivative is taken with respect to one tensor", r"write \partial x_{pq}", at)
        return variable

    # ------------------------------------------------------------ symbols

    def symbol(self):
        """A letter: the name of a tensor."""
        token, at = self.token, self.at
        if LETTER.match(token) or token in GREEK or token == r"\delta":
            return self.tensor(self.next(), at)
        if not token:
            self.fail("something is missing here: the text ends", "write a symbol such as x_{ij}")
        if COMMAND.match(token) and token not in COMMANDS:
            self.fail(f"unknown command '{token}'", near(token, COMMANDS) or r"a function is written \operatorname{name}")
        self.fail(f"'{token}' can't stand here", in_latex(token) or "a symbol, a number or an opening bracket is expected")

    def styled_symbol(self):
        r"""A symbol in a font or with an accent, which belong to its name; \mathbf{1} is the tensor of ones."""
        command, at, word = self.token, self.at, self.word()
        if word.isalpha():
            return self.tensor(f"{command}{{{self.read_word()}}}", at)
        self.next()
        inside = self.argument()
        if inside == ONE:
            return self.indicator() if self.compares() else Ones()
        if not isinstance(inside, Tensor) or inside.indices:
            self.fail(f"'{command}' takes a name", rf"write {command}{{x}}_{{ij}}", at)
        return self.tensor(f"{command}{{{inside.name}}}", at)

    def tensor(self, name, at):
        if name in IDENTITIES and self.compares():
            return self.indicator()
        while self.token == "'":
            name += self.next()
        return Tensor(located(name, at))

    # ------------------------------------------------------------ subscripts and superscripts

    def scripted(self, atom, at):
        """An atom with what stands behind it, in either order as LaTeX allows: x^2_i is x_i^2."""
        scripts, places = {}, {}
        while self.token in ("_", "^"):
            mark, places[self.token] = self.token, self.at
            if mark in scripts:
                self.fail("a second subscript" if mark == "_" else "a second superscript", r"write x_{ij}, (x^2)^3 or [A^\top]_{ij}")
            self.next()
            scripts[mark] = self.subscript(atom) if mark == "_" else self.superscript(is_capital(atom))
            if mark == "_" and isinstance(scripts.get("^", ("", False, None))[2], Tensor):
                self.fail(*POWER_OR_NAME, places["^"])
        word, indices = scripts.get("_", ("", ()))
        tag, transpose, exponent = scripts.get("^", ("", False, None))
        if tag or word:
            atom = self.renamed(atom, tag + word, at)
        if transpose and exponent:  # A^{-\top}
            atom = self.raised(atom, exponent, places["^"])
        if transpose:
            subscripts_first = next(iter(scripts)) == "_"
            return self.transposed(atom, indices, subscripts_first, places["^"])
        made = self.component(atom, indices, places["_"]) if indices else atom
        if exponent == ONE and isinstance(made, Tensor):
            self.fail(*POWER_OR_NAME, places["^"])
        return made if exponent is None else self.raised(made, exponent, places["^"])

    def renamed(self, atom, more, at):
        r"""`atom`, a bare symbol, with `more` behind its name: W^{(1)}, x_{\text{in}}."""
        if not isinstance(atom, Tensor) or atom.indices:
            self.fail("only a symbol takes a word or a number", r"write x_{\text{in},i} or W^{(1)}_{ij}", at)
        return Tensor(located(atom.name + more, at))

    def component(self, atom, indices, at):
        if isinstance(atom, Tensor) and not atom.indices:
            return Tensor(atom.name, indices)
        if isinstance(atom, (Group, Apply)) or softmax_of(atom) is not None:
            return Component(open_group(atom), indices)
        if atom == Ones():
            return product([Ones(index) for index in indices])
        self.fail("a subscript can't stand here", "subscripts belong to a symbol or to [ ]", at)

    def transposed(self, atom, indices, subscripts_first, at):
        r"""A^\top, [A B]^\top_{ij}, or A^\top_{ij}, which is a_{ji}."""
        inside = open_group(atom)
        if inside == Ones() and len(indices) == 1 and indices[0].isupper():  # a capital is a size: M ones in a row
            return Transpose(Ones(*indices))
        if subscripts_first and len(indices) == 1 and is_whole(inside, *indices):
            return Transpose(with_word(inside.name, *indices))
        if subscripts_first and isinstance(inside, Tensor) and is_vector_of_many(numbered := Tensor(inside.name, inside.indices or indices)):
            return Transpose(numbered)
        if not is_whole_or_numbered(inside) or indices and subscripts_first:
            self.fail("a component has no transpose", without_transpose(inside, indices), at)
        if not indices:
            return Transpose(inside)
        if len(indices) != 2:
            self.fail("a vector's component has no transpose", "write b_j", at)
        return Tensor(inside.name, indices[::-1]) if isinstance(inside, Tensor) else Component(Transpose(inside), indices)

    def raised(self, base, exponent, at):
        base = open_group(base)
        if isinstance(base, Diag) and isinstance(tidy(exponent), Number):
            return base.replace(exponent=tidy(exponent))
        if base in EULER:
            return Apply("exp", exponent)
        if exponent == MINUS_ONE and looks_like_a_matrix(base):
            if not has_indices(base, sizes=False) or holds(base, Transpose) or not IDENTITIES.isdisjoint(tensors(base)):
                return Inverse(base)
            if isinstance(base, Tensor):
                self.fail("this reads as the inverse's component or as 1 over the component",
                          r"write [A^{-1}]_{ij}, or 1 / a_{ij}", at)  # fmt: skip
        if is_capital(base) and isinstance(exponent, Number) and exponent.value % 1:
            exponent = Product((exponent,))  # A^{\frac12} is no \sqrt{N}, which is of a number
        return Power(base, exponent)

    def subscript(self, atom):
        """What stands after '_': (a word or number that belongs to the name, the indices)."""
        if self.token == "{":
            return self.enclosed("}", self.subscripts)
        self.refuse_loose_subscript(atom)
        return (f"_{{{self.next()}}}", ()) if NUMBER.match(self.token) else ("", (self.index(),))

    def refuse_loose_subscript(self, atom):
        """x_ik is x_i k for LaTeX: refused where nothing shows that this was meant."""
        loose = LOOSE.match(self.text, self.at)
        if loose and len(loose.group()) > 1:
            (first, *_), rest = loose.group(), loose.group()[1:]
            name = atom.name if isinstance(atom, Tensor) else r"\mathbf{1}"
            self.fail(f"LaTeX reads '{name}_{first}{rest}' as {name}_{first} times {rest}",
                      f"write {name}_{{{first}{rest}}} for two indices, or {name}_{first} {rest} for a product", self.at + 1)  # fmt: skip

    def subscripts(self):
        word, indices = "", []
        if self.token in FONTS:
            word = f"_{{{self.token}{{{self.read_word()}}}}}"
        elif NUMBER.match(self.token) and self.peek() in (",", "}"):
            word = f"_{{{self.next()}}}"
        elif step := re.sub(r"\s", "", self.matched(STEP, self.at)):
            word = rf"_{{\text{{{step}}}}}"
        while self.token not in ("}", "") or not (word or indices):
            if word or indices:
                self.accept(",")
            indices.append(self.index())
        return word, tuple(indices)

    def index(self):
        letter, at = self.token, self.at
        if letter in ELLIPSES:
            letter = r"\ldots"
        elif letter not in GREEK and not LETTER.match(letter):
            self.fail("an index is missing" if letter in ("", "}") else f"'{letter}' is no index", r"an index is one letter, or \ldots")
        self.next()
        while self.token == "'":
            letter += self.next()
        return located(letter, at, Index)

    def superscript(self, of_capital):
        """What stands after '^': (a number or a capital's capital that belongs to the name, is it a transpose?, the exponent)."""
        if self.token == "{":
            return self.enclosed("}", lambda: self.superscripts(of_capital))
        if self.matched(TRANSPOSE_ALONE, self.at):
            return "", True, None
        if of_capital and CAPITAL.match(self.token):
            return f"^{{{self.next()}}}", False, None
        if NUMBER.match(self.token) and len(self.token) > 1:
            self.fail(f"LaTeX reads only '{self.token[0]}' as the exponent", f"write ^{{{self.token}}}", self.at + 1)
        return "", False, self.argument()

    def superscripts(self, of_capital):
        if self.matched(TRANSPOSE_LAST, self.at):
            return "", True, None
        number = re.sub(r"\s", "", self.matched(TAG, self.at) or of_capital and self.matched(CAPITAL_TAG, self.at) or "")
        tag = f"^{{{number}}}" if number else ""
        if self.matched(TRANSPOSE_LAST, self.at):
            return tag, True, None
        if not tag and self.token == "-" and TRANSPOSE_LAST.match(self.text, self.at + 1):
            return "", bool(self.next() and self.matched(TRANSPOSE_LAST, self.at)), MINUS_ONE
        return tag, False, None if tag else self.expression()


ATOMS = {
    **dict.fromkeys(OPENING, Parser.bracket), "{": Parser.braces,
    **dict.fromkeys(BARS, Parser.absolute), **dict.fromkeys(NORMS, Parser.norm),
    r"\langle": Parser.inner_product, **dict.fromkeys(FONTS | ACCENTS, Parser.styled_symbol), **dict.fromkeys(WORDS | {r"\operatorname"}, Parser.operator),
    **dict.fromkeys(FUNCTION_COMMANDS, Parser.function), r"\sigma": Parser.sigma,
    **dict.fromkeys(FRACTIONS, Parser.fraction), r"\partial": Parser.slash_derivative, r"\sqrt": Parser.root,
    ".": Parser.held_fixed, r"\sum": Parser.summation, r"\delta": Parser.delta, r"\begin": Parser.environment,
}  # fmt: skip
ENVIRONMENTS = {**dict.fromkeys(("matrix", "pmatrix", "bmatrix", "smallmatrix"), Parser.matrix), "cases": Parser.cases}
COMMANDS = {*ATOMS, *GREEK, *BETWEEN, r"\top", r"\intercal"}


# ---------------------------------------------------------------- building


class Group:
    r"""A bracketed expression, until its scripts are read: (M)_{ij}, (M)^\top, (u)^2."""

    def __init__(self, inside):
        self.inside = inside


def open_group(atom):
    return atom.inside if isinstance(atom, Group) else atom


def located(text, at, kind=Located):
    text = kind(text)
    text.at = at
    return text


def product(factors):
    """The product as it is written: a bracket's or a fraction's own product stays one, and may have sums of its own."""
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def signed(sign, term):
    if sign == "+":
        return term
    if isinstance(term, Number):
        return Number(-term.value)
    return Product((MINUS_ONE, *(term.factors if isinstance(term, Product) and not term.bound else (term,))))


def difference(a, b):
    return a if b == ZERO else signed("-", b) if a == ZERO else Sum((a, signed("-", b)))


def reciprocal(e):
    return Number(ratio(1, e.value)) if isinstance(e, Number) and e.value else Power(e, MINUS_ONE)


def starts_with_d(e, alone=True):
    r"""Is this d, or d x, as in \frac{d}{d x}?"""
    first = e.factors[0] if isinstance(e, Product) else e if alone else None
    return first in (Tensor("d"), Tensor(r"\mathrm{d}"))


def weight_in_a_sum(e):
    """Of two values, the lightest one is written alone: zero, else the one with more free indices, else the shorter one."""
    return e != ZERO, -list(counts_in_a_term(e).values()).count(1), len(nodes(e))


def ratio(a, b):
    value = Fraction(a) / Fraction(b)
    return int(value) if value.denominator == 1 else value


def square_root(e):
    return Power(e, Number(Fraction(1, 2)))


def softmax(u):
    r"""\exp(u) / (\mathbf{1}^\top \exp(u)), of a column u; of a matrix, by convention, in each row"""
    return Product((Apply("exp", u), Power(Product((Transpose(Ones()), Apply("exp", u))), MINUS_ONE)))


def softmax_of(e):
    """The u of softmax(u), or None."""
    u = e.factors[0].argument if isinstance(e, Product) and isinstance(e.factors[0], Apply) else None
    return u if u is not None and e == softmax(u) else None


def without_transpose(e, indices):
    r"""What may be meant by a_{jk}^\top, or by (a_{jk})^\top."""
    indices = indices or own_indices(e)
    if not isinstance(e, Tensor) or len(indices) != 2:
        return "leave the transpose out" if len(indices) == 1 else r"swap its indices, or write [A^\top]_{ij}"
    j, k = indices
    return rf"write {e.name}_{{{k}{j}}}, or [{e.name.upper() if len(e.name) == 1 else e.name}^\top]_{{{j}{k}}}, which is the same"


PASTED = {
    "−": "-", "–": "-", "·": r"\cdot", "⋅": r"\cdot", "×": r"\times", "⊙": r"\odot", "√": r"\sqrt{}", "∂": r"\partial", "∑": r"\sum", "⊤": r"^\top",
    "ᵀ": r"^\top", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "∞": r"\infty", "ε": r"\epsilon", "ϵ": r"\epsilon", "φ": r"\phi", "¹": "^1", "²": "^2", "³": "^3",
}  # fmt: skip


def in_latex(letter):
    """A hint where a letter was pasted that LaTeX writes in another way; "" where it is a plain one."""
    if len(letter) != 1 or letter.isascii():
        return ""
    size, _, name = unicodedata.name(letter, "").removeprefix("GREEK ").partition(" LETTER ")
    greek = "\\" + (name.capitalize() if size == "CAPITAL" else name.lower())
    known = PASTED.get(letter, greek if greek in GREEK else "")
    return f"write {known}" if known else f"this is the character U+{ord(letter):04X}: write it in LaTeX, or remove it"


def square_as_tensor(e):
    r"""The square of a component, as in \partial l / \partial \sigma^2_j, as a component of a tensor named after it; else `e`."""
    match e:
        case Power(Tensor(name, indices), Number(2)):
            square = re.sub(r"(_\{[^{}]*(?:\{[^{}]*\})?\})?$", r"^{2}\1", name, count=1)  # \sigma^{2}_{\text{in}}
            return Tensor(located(square, getattr(name, "at", 0)), indices)
    return e


def times_function(u, v):
    """u times a function of u, entry by entry."""
    return Product((u, v)) if has_indices(u) else Hadamard((u, v))


def gelu(u):
    r"""u \Phi(u), with the normal distribution's \Phi"""
    inside = Product((u, reciprocal(square_root(Number(2)))))
    return Product((Number(ratio(1, 2)), times_function(u, Sum((ONE, Apply("erf", inside))))))


CALLS = {
    "tr": Trace, "det": Determinant, "diag": Diag, "vec": Vec, "sqrt": square_root, "softmax": softmax, "gelu": gelu,
    "silu": lambda u: times_function(u, Apply("sigma", u)), "mish": lambda u: times_function(u, Apply("tanh", Apply("softplus", u))),
    "relu6": lambda u: difference(Apply("relu", u), Apply("relu", difference(u, Number(6)))),
}  # fmt: skip


def derivative(of, variables):
    for variable in reversed(variables):
        of = Derivative(of, variable)
    return of


def negation(condition):
    """1 where `condition`, deltas, a step or what this made of them, is 0, and 0 where it is 1."""
    if isinstance(condition, Sum):
        return product(condition.terms[1].factors[1:])
    ones = [Ones(index) for index, times in counts(condition).items() if times == 1]
    return Sum((product(ones) if ones else ONE, signed("-", condition)))


def whole_axis(lower, upper):
    """How many values a sum's index takes, from its bounds 1, K or 0, K - 1; None where it runs over a part."""
    if lower == ZERO and isinstance(upper, Number):
        return Number(upper.value + 1)
    if lower == ZERO and isinstance(upper, Sum) and upper.terms[1:] == (MINUS_ONE,):
        lower, upper = ONE, upper.terms[0]
    return upper if lower in (None, ONE) and isinstance(upper, (Number, Tensor)) else None


def has_indices(e, sizes=True):
    r"""Does an index stand in `e`? The size of I_M and \mathbf{1}_M, which are whole tensors, is one only with `sizes`."""
    return any(own_indices(node) for node in nodes(e) if sizes or not is_of_a_size(node))


def is_of_a_size(e):
    r"""I_n or \mathbf{1}_M: a capital, and any letter at the identity, is a size, no index."""
    identity = isinstance(e, Tensor) and e.name in IDENTITIES
    return len(own_indices(e)) == 1 and (identity or isinstance(e, Ones) and e.index.isupper())


def is_capital(atom):
    """Is this a whole tensor with a capital letter?"""
    return isinstance(atom, Tensor) and not atom.indices and letter_of(atom.name).isupper()


def is_whole(e, subscript):
    r"""Is this W_q or b_Q, whose subscript belongs to the name: that of a matrix, which has two, or a capital?"""
    return isinstance(e, Tensor) and (is_capital(e) or subscript.isupper())


def with_word(name, word):
    r"""The tensor W_{\text{q}}."""
    return Tensor(located(rf"{name}_{{\text{{{word}}}}}", getattr(name, "at", 0)))


def is_matrix(e):
    """Do the symbols tell that `e` is a matrix, or a number: all letters are capitals?"""
    return not holds(e, Ones) and all(letter_of(name).isupper() for name in tensors(e))


def is_column(e):
    r"""Do the symbols tell that `e` is a column: bold small letters, what matrices make of them, their sums and functions?"""
    match e:
        case Tensor(name, ()):
            return bool(BOLD.search(name)) and letter_of(name).islower()
        case Sum(terms):
            return all(map(is_column, terms))
        case Apply(_, argument):
            return is_column(argument)
        case Product(factors, ()):
            return is_column(factors[-1]) and not any(isinstance(factor, Transpose) for factor in factors)
    return False


def is_vector_of_many(e):
    r"""\mathbf{a}_i, which may be a component, or one of several vectors"""
    return isinstance(e, Tensor) and bool(e.indices and BOLD.search(e.name)) and letter_of(e.name).islower()


def is_whole_or_numbered(e):
    r"""Are there no components in `e` but what may be numbered columns, as in \|\mathbf{x}_i - \mathbf{x}_j\|?"""
    return not any(own_indices(node) for node in nodes(e) if not (is_of_a_size(node) or is_vector_of_many(node)))


def looks_like_a_matrix(e):
    """Capital letters are whole tensors: X^{-1} is an inverse, c^{-1} is 1/c."""
    return any([letter_of(name).isupper() for name in tensors(e)])


def letter_of(name):
    r"""The letter that a name is written with: W of \hat{\mathbf{W}}_{1}, T of \Theta; a word, as in \text{Loss}, and \mathcal{L} have none."""
    if name.startswith(r"\mathcal"):
        return ""
    bare = re.sub(r"\\[A-Za-z]+\{|[_^'}].*", "", name)
    return bare.strip("\\")[:1] if len(bare) == 1 or bare.startswith("\\") else ""


def near(word, known):
    """A hint where `word` is a slip of a known one: all but one or two of its letters, in order."""
    best = max(sorted(known), key=lambda other: 2 * in_common(word, other) - len(other))
    return f"did you mean {best}?" if in_common(word, best) > 0.7 * max(len(word), len(best)) else ""


def in_common(word, other):
    """How many letters of `word` are found in `other`, one behind the other."""
    found = 0
    for letter in word:
        if letter in other:
            found, other = found + 1, other.partition(letter)[2]
    return found
