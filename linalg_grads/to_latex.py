r"""Expressions and equations -> LaTeX that reads like a textbook and parses back to the same expression.

Dummies keep their letters where they can. A sum is written as \sum_k only where the index rules would not supply it; where one
term is summed by a \sum_k all that are summed over k are, or k would seem free in the others.
"""

import re
from collections import Counter
from fractions import Fraction

from linalg_grads.expressions import (
    MINUS_ONE,
    Apply,
    Component,
    Delta,
    Derivative,
    Determinant,
    Diag,
    Equation,
    Hadamard,
    Inverse,
    Number,
    Ones,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    Trace,
    Transpose,
    children,
    counts_in_a_term,
    dummies,
    dummy,
    free,
    index_like,
    is_whole,
    kept,
    nodes,
    occurrences,
    replace_children,
    substitute,
)
from linalg_grads.functions import FUNCTIONS
from linalg_grads.indices import belongs_inside

SUMMED = re.compile(r"\\sum_\{?([^{}]+?)\}? ")
POWERS_BEHIND_THE_NAME = ("log", "sin", "cos", "tan", "sinh", "cosh", "tanh")  # \tanh^2(x), but (\exp(x))^2
LETTERS = "ijkmnrstuvwabcdfgh"


def to_latex(e):
    if isinstance(e, Equation):
        return f"{to_latex(e.left)} = {_side(e.right, e)}"
    return _side(e, e)


def _side(e, whole):
    e = lettered(e, whole)
    text, letters = write(e) or "", set()
    while letters < (written := set(SUMMED.findall(text))):
        letters = written
        text = write(with_sums(e, letters))
    return text


def with_sums(e, letters):
    """`e` with every sum over a dummy of these letters to be written."""
    return substitute(e, {index: index_like(index, index, is_written=True) for index in dummies(e) if index.partition("#")[0] in letters})


# ---------------------------------------------------------------- letters for the dummies


def lettered(e, whole):
    """`e` with a letter for each dummy, none of them that of a free index of `whole`; a dummy's own letter will do where it is free."""
    return _lettered(e, letters_of(occurrences(whole)), _letter) if dummies(e) else e


def with_letters_apart(e, avoid):
    """`e` with dummies that keep their letters when it is printed; a new letter is none of `avoid`.

    What stands twice with the same dummies, and so is known to be equal, keeps them.
    """
    times = Counter(dummies(e))

    def choose(index, used):
        letter = _letter(index, used, avoid)
        return index if letter == index.partition("#")[0] or times[index] > 1 else dummy(index_like(letter, index))

    return _lettered(e, letters_of(occurrences(e)), choose) if times else e


def _lettered(e, used, choose):
    letters = letters_of(dummies(e))
    return e if len(letters) == len(dummies(e)) and letters.isdisjoint(used) else _chosen(e, used, choose)[0]


def _chosen(e, used, choose):
    """(e with the dummies chosen, all letters in use): the terms of a sum may share letters, the factors of a product may not."""
    if not dummies(e):
        return e, used
    if isinstance(e, Product) and e.bound:
        mapping = {}
        for index in e.bound:
            mapping[index] = choose(index, used)
            used = used | letters_of([mapping[index]])
        deeper = len(dummies(e)) > len(e.bound)
        e = substitute(e, mapping)
        if not deeper:
            return e, used
    made, after = [], used
    for part in children(e):
        new, seen = _chosen(part, used if isinstance(e, Sum) else after, choose)
        made.append(new)
        after = after | seen
    return replace_children(e, made), after


def _letter(index, used, avoid=frozenset()):
    wanted = index.partition("#")[0]
    if wanted not in used:
        return wanted
    while wanted in used:
        wanted = next((letter for letter in LETTERS if letter not in used | avoid and not wanted.startswith("\\ldots")), wanted + "'")
    return wanted


def letters_of(indices):
    return {index.partition("#")[0] for index in indices}


# ---------------------------------------------------------------- writing


@kept
def write(e):
    """The LaTeX of `e`, whose dummies have letters."""
    match e:
        case Tensor(name, indices):
            return with_indices(name, indices)
        case Product():
            return _product(e)
        case Derivative():
            return _derivative(e)
        case Number(value):
            return _number(value)
        case Delta(i, j):
            return rf"\delta_{{{subscript((i, j))}}}"
        case Ones(None):
            return r"\mathbf{1}"
        case Ones(index):
            return rf"\mathbf{{1}}_{braced(index)}"
        case Size(index):
            return rf"\operatorname{{size}}({index.partition('#')[0]})"
        case Sum(terms):
            return _sum(terms)
        case Power(base, exponent):
            return _power(base, exponent)
        case Apply(function, argument):
            return _apply(function, argument)
        case Component(of, indices):
            return f"[{write(of)}]_{{{subscript(indices)}}}"
        case Transpose(of):
            return superscripted(write(of) if isinstance(of, Tensor) else _atom(of), r"\top")
        case Inverse(of):
            return f"{_atom(of)}^{{-1}}"
        case Diag(of, exponent):
            text = rf"\operatorname{{diag}}{_parenthesised(write(of))}"
            return text if exponent is None else f"{text}^{_exponent(exponent)}"
        case Trace(of):
            return rf"\operatorname{{tr}}{_parenthesised(write(of))}"
        case Determinant(of):
            return rf"\det{_parenthesised(write(of))}"
        case Hadamard(parts):
            return r" \odot ".join(_factor(part) for part in parts)


def braced(index):
    letter = index.partition("#")[0]
    return letter if len(letter) == 1 else f"{{{letter}}}"


def subscript(indices):
    r"""ik, or \alpha k: a command ends where a letter would continue it."""
    text = "".join(indices)
    if "#" in text:
        return subscript([index.partition("#")[0] for index in indices])
    if "\\" not in text:
        return text
    text = ""
    for index in indices:
        text += " " + index if text and index[0].isalpha() and _ends_in_command(text) else index
    return text


def _ends_in_command(text):
    return text.rpartition("\\")[1] == "\\" and text.rpartition("\\")[2].isalpha()


def with_indices(name, indices):
    """x and (i, k) give x_{ik}; x_{\\text{in}} and (k,) give x_{\\text{in},k}."""
    if not indices:
        return str(name)
    if name.endswith("}") and "_{" in name:
        return f"{name[:-1]},{subscript(indices)}}}"
    text = subscript(indices)
    return f"{name}_{text}" if len(text) == 1 else f"{name}_{{{text}}}"


def _number(value):
    if value == int(value):
        return str(int(value))
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _sum(terms):
    text = write(terms[0])
    for term in terms[1:]:
        written = write(term)
        text += f" - {written[1:].lstrip()}" if written.startswith("-") else f" + {written}"
    return text


def _product(e):
    sums, one_fraction, (number, above, below) = _sums(e)
    if sums and (outside := _before_the_sums(e)):
        return f"{_product(Product(outside))} {_product(_without(e, outside))}"
    sign = "-" if number < 0 else ""
    numerator, denominator = abs(number).numerator, abs(number).denominator
    if one_fraction:
        return sign + sums + _fraction(numerator, above, denominator, below)
    factors = [_factor(part) for part in above]
    if below or denominator != 1:
        factors.insert(0, _fraction(numerator, (), denominator, below))
    elif numerator != 1 or not factors:
        factors.insert(0, str(numerator))
    return sign + sums + " ".join(factors)


def _before_the_sums(e):
    r"""The factors that stand before a sum: c in c \sum_k x_k. Where \sum_k can then be left out, what divides is enough: \frac{1}{c} d u_k v_k.

    Deltas and derivatives stay where the next step uses them up.
    """
    outside = tuple([f for f in e.factors if set(free(f)).isdisjoint(e.bound) and not isinstance(f, (Delta, Derivative))])
    if not _sums(_without(e, outside))[0]:
        outside = tuple([factor for factor in outside if isinstance(factor, Number) or _parts(Product((factor,)))[2]])
    return outside if outside != (MINUS_ONE,) else ()


def _without(e, factors):
    return Product(tuple([factor for factor in e.factors if factor not in factors]), e.bound)


def _sums(e):
    """The sums, where the index rules would not supply all of them; is all of `e` one fraction?; its parts."""
    number, above, below = _parts(e)
    one_fraction = bool(below) and (len(above) <= 1 or any(free(part) for part in below))
    if below and not one_fraction and _is_flat(above) and not all(isinstance(part, Tensor) for part in below):
        one_fraction = not _written_sums(e, above, below, True)
    return "".join(_written_sums(e, above, below, one_fraction)), one_fraction, (number, above, below)


def _is_flat(factors):
    """Can these stand above a fraction bar without a second bar there, or a sum?"""
    return not any(isinstance(factor, Derivative) or r"\frac" in write(factor) for factor in factors)


def _written_sums(e, above, below, one_fraction):
    if not e.bound:
        return []
    under = [Power(_group(below), MINUS_ONE)] if below else []
    written = Product((_group(above), *under) if one_fraction else (*under, *above))
    alone = len(e.factors) == 1 and isinstance(e.factors[0], Sum)  # a bracket by itself is read term by term
    brackets = nodes(written, Sum)
    needed = alone or any(getattr(index, "is_written", False) or _must_be_written(written, index, brackets) for index in e.bound)
    return [rf"\sum_{braced(index)} " for index in e.bound] if needed else []  # all of them, or a reader takes the others for free


def _parts(e):
    """(number, factors above, factors below the fraction bar)"""
    number, above, below = 1, [], []
    for factor in e.factors:
        if isinstance(factor, Number):
            number *= factor.value
        elif isinstance(factor, Power) and isinstance(factor.exponent, Number) and factor.exponent.value < 0:
            exponent = -factor.exponent.value
            below.append(factor.base if exponent == 1 else Power(factor.base, Number(exponent)))
        else:
            above.append(factor)
    return number, sorted(above, key=_is_operator), below


def _is_operator(e):
    r"""Is this \frac{\partial}{\partial x} (u), which stands last in a product, or what follows would seem to be differentiated, too?"""
    return isinstance(e, Derivative) and not isinstance(e.of, (Tensor, Derivative))


def _group(factors):
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _must_be_written(e, index, brackets):
    """Would the index rules, reading `e` as it is written, not sum `index` here, or miss it in a term of a bracket?"""
    missed = any(0 < len(free(term)) and index not in free(term) for one in brackets if index in free(one) for term in one.terms)
    times = counts_in_a_term(e)[index] if brackets else occurrences(e).count(index)
    return times < 2 or missed or _seems_summed_inside(e, index) or belongs_inside(e, index)


def _seems_summed_inside(e, index):
    r"""Does the argument of a function multiply components by `index`, as in \exp(x_k z_k) x_k, which a reader takes for its own sum?"""
    arguments = [factor.argument for factor in (e.factors if isinstance(e, Product) else (e,)) if isinstance(factor, Apply)]
    terms = [term for argument in arguments for term in (argument.terms if isinstance(argument, Sum) else (argument,))]
    return any(isinstance(term, Product) and sum(index in free(factor) for factor in term.factors) > 1 for term in terms)


def _fraction(numerator, above, denominator, below):
    return rf"\frac{{{_part(numerator, above)}}}{{{_part(denominator, below)}}}"


def _part(number, factors):
    if number == 1 and len(factors) == 1:
        return write(factors[0])
    written = list(map(_factor, factors))
    return " ".join([str(number), *written] if number != 1 or not written else written)


def _factor(e):
    """`e` as a factor: a sum, or a product that carries its own sum, in parentheses."""
    if isinstance(e, (Sum, Product, Hadamard)) or isinstance(e, Number) and e.value < 0:
        return _parenthesised(write(e))
    return write(e)


def _parenthesised(text):
    tall = r"\frac" in text or r"\sum" in text
    return rf"\left({text}\right)" if tall else f"({text})"


def _atom(e):
    """`e` as the base of a power."""
    simple = isinstance(e, (Tensor, Ones, Component)) or isinstance(e, Number) and e.value >= 0 and e.value.denominator == 1
    raised = isinstance(e, Tensor) and "^" in e.name  # W^{(1)} has a superscript of its own
    return write(e) if simple and not raised else _parenthesised(write(e))


def superscripted(text, script):
    r"""X^\top; W^{(1)\top}, or (W^{(1)})^{-1}, where the name has a superscript of its own."""
    outside = re.sub(r"\{[^{}]*\}|\(.*\)", "", text)
    if "^" not in outside:
        return f"{text}^{script}"
    joins = script == r"\top" and outside.endswith("^")
    return rf"{text[:-1]}\top}}" if joins else rf"\left({text}\right)^{script}"


def _power(base, exponent):
    if isinstance(exponent, Number):
        if exponent.value == Fraction(1, 2):
            return rf"\sqrt{{{write(base)}}}"
        if exponent.value < 0:
            return _product(Product((Power(base, exponent),)))
    if isinstance(base, Apply) and base.function in POWERS_BEHIND_THE_NAME and is_whole(exponent):
        name, argument = re.fullmatch(r"(\\[a-z]+)(.*)", write(base), re.DOTALL).groups()
        return f"{name}^{_exponent(exponent)}{argument}"
    if isinstance(base, Apply) and base.function not in ("step", "abs"):
        return rf"{_parenthesised(write(base))}^{_exponent(exponent)}"
    return f"{_atom(base)}^{_exponent(exponent)}"


def _exponent(e):
    text = rf"{e.value.numerator}/{e.value.denominator}" if isinstance(e, Number) and e.value.denominator != 1 else write(e)
    return text if len(text) == 1 else f"{{{text}}}"


def _apply(function, argument):
    inside = write(argument)
    if function == "abs" and "|" in inside:
        return rf"\lvert {inside} \rvert"
    latex = FUNCTIONS[function].latex
    if r"\frac" in inside or r"\sum" in inside:
        latex = latex.replace("(", r"\left(").replace(")", r"\right)")
    return latex.format(inside)


def _derivative(e):
    r"""\partial y/\partial x, and \left. ... \right|_r where r is held fixed."""
    if e.held:
        return rf"\left.{_derivative(Derivative(e.of, e.wrt))}\right|_{{{', '.join(e.held)}}}"
    variables, of = [], e
    while isinstance(of, Derivative):
        variables.append(of.wrt)
        of = of.of
    order = "" if len(variables) == 1 else f"^{len(variables)}"
    below = " ".join([rf"\partial {write(variable)}" for variable in variables])
    if isinstance(of, Tensor):
        return rf"\frac{{\partial{order} {write(of)}}}{{{below}}}"
    return rf"\frac{{\partial{order}}}{{{below}}} \left({write(of)}\right)"
