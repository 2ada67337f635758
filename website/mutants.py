r"""The mutation score of the book: every single change of every checked equation is refused, or proved to change nothing.

    python -m website.mutants [PATH ...]      the book's pages if none is named; what is found then goes to website/mutation_score.json

A mutant is an equation with one thing changed that an author could get wrong. It is refused if the checker refuses it, or, where it
is a definition or introduces a shape, if the checker refuses a later statement of the page. A mutant that isn't refused is the same
equation if both have one canonical form (factors commute, \delta_{ij} = \delta_{ji}, deltas and ones contract, sums and derivatives
change places, the derivative of a term without the variable is zero, free indices have any names), or for a reason given below.
All others are survivors, and the exit status is 1. Of A \neq B
there are no mutants: most of them are true. Nor are there of what code displays: strict nbval compares that with a fresh run.
"""

import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from linalg_grads.canonical import canonical
from linalg_grads.check import open_book
from linalg_grads.claims import bound, check_statement, has_components
from linalg_grads.contract import contract
from linalg_grads.errors import LinalgGradsError
from linalg_grads.expressions import (
    ZERO, Delta, Derivative, Number, Power, Product, Tensor, free, multiply, substitute, tensors, tidy, transform,
)  # fmt: skip
from linalg_grads.parse_latex import parse_chain
from linalg_grads.statements import read_statements, spans_of_sides

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "website" / "mutation_score.json"
TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+|:=|.", re.DOTALL)
SUBSCRIPT = re.compile(r"_\s*(?:\{(?P<group>[^{}]*)\}|(?P<one>[a-z]))")
INDEX = re.compile(r"\\ldots|[a-z]")
REASONS = {  # mutants that no canonical form shows to be equal, and why they are
    r"R^\top = X X^\top": "the matrix of all pairs of rows is symmetric",
    r"\frac{\partial h_{ij}}{\partial y_{pq}} = [h_{ij} > 0] \delta_{ip} \delta_{jq}": "h = max(0, y) is positive where y is",
    r"X \in \mathbb{R}^{N \times M}": "in a layer that has no other shape, the sizes are but names",
    r"\frac{\partial Y}{\partial X} \in \mathbb{R}^{M \times N \times M \times K}": "Y and P have one shape",
    r"\frac{\partial \operatorname{vec}(P)}{\partial \operatorname{vec}(X)} \in \mathbb{R}^{M N \times M K}": "Y and P have one shape",
    r"\frac{\partial r}{\partial v} \in \mathbb{R}^{D \times K}": "r and s have one shape",
    r"\frac{\partial A}{\partial X} \in \mathbb{R}^{N \times K \times M \times K}": "A and Z have one shape",
    r"\frac{\partial p_{ij}}{\partial x_{pq}} = \delta_{ip} a_{jq}": "Y and P differ by a term without x",
    r"\frac{\partial}{\partial v_p} \left( w_k v_k - w_k w_k \right) = \frac{\partial}{\partial v_p} \left( w_k v_k \right) = w_p": "a term without v has no derivative by it",
    r"\frac{\partial}{\partial v_p} \left( w_k v_k \right) = \frac{\partial}{\partial v_p} \left( w_k v_k \right) = w_p": "a term without v has no derivative by it",
    r"h_{jk} v_k x_{ik} = h_{jk} d_{rk} x_{ir} = [H D X^\top]_{ji}": "D is diagonal",
    r"h_{jk} v_k x_{ik} = h_{jk} d_{kr} x_{ir} = [H D^\top X^\top]_{ji}": "D is diagonal",
    r"x_{pk} x_{qk} = [X]_{pk} [X^\top]_{kq} = [X X^\top]_{qp}": "a matrix times its own transpose is symmetric",
    r"S = S = X^\top X": "S is symmetric",
    r"S^\top = S^\top = X^\top X": "S is symmetric",
    r"u = u": "the identity leaves a vector as it is",
    r"\operatorname{tr}(B B^{-1}) = N": "a matrix commutes with its inverse",
    r"[I_M]_{pi} = \delta_{ip}": "the identity is symmetric",
    r"[I_M]_{ip} = \delta_{pi}": "the identity is symmetric",
    r"[I_K]_{ip} = \delta_{ip}": "true of any size",
    r"[I_N]_{ip} = \delta_{ip}": "true of any size",
    r"\frac{\partial}{\partial v_p} \left( v_k u_{kr} v_r \right) = \delta_{kp} u_{kr} v_r + v_k u_{kr} \delta_{rp} = u_{pr} v_r + v_k u_{kp}"
    r" = [U v]_p + [U^\top v]_p = [(U + U^\top)^\top v]_p": "a matrix plus its transpose is symmetric",
    r"v = v": "the identity leaves a vector as it is",
    r"\delta_{ji} = [I_n]_{ij}": "the identity is symmetric",
    r"\delta_{ij} = [I_n]_{ji}": "the identity is symmetric",
    r"w_i = d_{ji} v_j = \delta_{ij} u_i v_j = u_i v_i": "a diagonal matrix is symmetric",
    r"\left[ X A^\top + r \mathbf{1}_N^\top \right]_{ij} = a_{jk} x_{ik} + r_i \mathbf{1}_j": "numbers are multiplied in any order",
    r"\left[ X A^\top + r \mathbf{1}_N^\top \right]_{ij} = x_{ik} a_{jk} + \mathbf{1}_j r_i": "numbers are multiplied in any order",
    r"\rho := f_{ji} r_{ij}": "the matrix of all pairs of rows is symmetric",
    r"\rho := f_{ij} r_{ji}": "the matrix of all pairs of rows is symmetric",
    r"\frac{\partial v_{ij}}{\partial c_p} = x_{ik} a_{pk} \frac{\partial c_j}{\partial c_p} = x_{ik} a_{jk} \delta_{jp}": "the derivative is zero unless p is j",
}  # fmt: skip
BRACKETS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Mutant:
    """`kind` says what was done to the text of a statement."""

    kind: str
    text: str


def mutants(statement, scope):
    """Every mutant of a statement, each text once."""
    seen = {" ".join(statement.text.split())}
    for rule in {"shape": SHAPE_RULES, "range": RANGE_RULES}.get(statement.kind, RULES):
        for text in rule(statement.text, scope.context):
            written = " ".join(text.split())
            if written not in seen:
                seen.add(written)
                yield Mutant(rule.__doc__.rstrip("."), text)


# ---------------------------------------------------------------- what can be changed: tokens


def rename_an_index(text, context):
    """rename an index"""
    places = list(index_places(text))
    letters = {text[start:end] for start, end in places}
    letters.add(next(letter for letter in "wuv" if letter not in letters))
    for start, end in places:
        for letter in sorted(letters - {text[start:end]}):
            yield replaced(text, start, end, letter)


def swap_two_indices(text, context):
    """swap two indices"""
    places = list(index_places(text))
    for (a, b), (c, d) in zip(places, places[1:]):
        if not text[b:c].strip(" ,"):
            yield text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def name_another_tensor(text, context):
    """another tensor's name"""
    subscripts = [match.span() for match in SUBSCRIPT.finditer(text)]
    components = sorted({name for name in context.letters if len(name) == 1 and name.islower()})
    wholes = sorted({name for name, symbol in context.symbols.items() if len(name) == 1 and symbol.shape})
    sizes = [size for size in context.sizes if len(size) == 1]
    for match in TOKEN.finditer(text):
        name = match[0]
        if any(start <= match.start() < end for start, end in subscripts) or inside_a_command(text, match.start()):
            continue
        for others in (sizes,) if name in sizes else (components, wholes):
            if name in others:
                for other in others:
                    if other != name:
                        yield replaced(text, *match.span(), other)
    for match in re.finditer(r"\\mathbf\{1\}", text):
        yield replaced(text, *match.span(), "b")


def drop_a_transpose(text, context):
    """drop a transpose"""
    for match in re.finditer(r"\^\s*\\top", text):
        yield replaced(text, *match.span(), "")


def add_a_transpose(text, context):
    """add a transpose"""
    for _, end in every_atom(text):
        if not re.match(r"\s*\^", text[end:]):
            yield text[:end] + r"^\top" + text[end:]


def flip_a_sign(text, context):
    """flip a sign"""
    for match in re.finditer(r"[+-]", text):
        yield replaced(text, *match.span(), "+" if match[0] == "-" else "-")
    for start, end in spans_of_sides(text):
        if not re.search(r"[+-]", text[start:end]):
            yield f"{text[:start]} -{text[start:]}"


def one_for_delta(text, context):
    """1 for a delta"""
    for match in re.finditer(r"\\delta_\{(\w)(\w)\}", text):
        yield replaced(text, *match.span(), "1")
        yield replaced(text, *match.span(), rf"\mathbf{{1}}_{match[1]} \mathbf{{1}}_{match[2]}")


def mean_for_sum(text, context):
    """mean for a sum"""
    for match in re.finditer(r"\\sum", text):
        yield replaced(text, *match.span(), r"\frac{1}{M} \sum")
    for match in re.finditer(r"\\mathbf\{1\}", text):
        yield replaced(text, *match.span(), r"\frac{1}{M} \mathbf{1}")


def drop_a_sum(text, context):
    """drop a sum sign"""
    for match in re.finditer(r"\\sum\s*_(?:\{[^{}]*\}|\\?\w+)(?:\s*\^(?:\{[^{}]*\}|\w))?", text):
        yield replaced(text, *match.span(), "")


def change_a_number(text, context):
    """a number off by one"""
    for match in re.finditer(r"(?<!\\mathbf\{)(?<![\w])\d+", text):
        for number in (int(match[0]) + 1, int(match[0]) - 1):
            yield replaced(text, *match.span(), str(number))


# ---------------------------------------------------------------- what can be changed: factors and terms


def swap_two_factors(text, context):
    """swap two factors"""
    for pieces in every_row(text):
        for left, right in zip(pieces, pieces[1:]):
            if left[0] == right[0] == "factor":
                yield text[: left[1]] + text[right[1] : right[2]] + text[left[2] : right[1]] + text[left[1] : left[2]] + text[right[2] :]


def drop_a_factor(text, context):
    """drop a factor"""
    for pieces in every_row(text):
        for kind, start, end in pieces:
            if kind == "factor":
                yield replaced(text, start, end, "")


def drop_a_term(text, context):
    """drop a term"""
    for pieces in every_row(text):
        starts = [0, *[n for n, (kind, _, _) in enumerate(pieces) if kind == "sign" and n], len(pieces)]
        for first, last in zip(starts, starts[1:]):
            if len(starts) > 2:
                yield replaced(text, pieces[first][1], pieces[last - 1][2], "")


def index_places(text):
    """(start, end) of every index in a subscript."""
    for match in SUBSCRIPT.finditer(text):
        group = "group" if match["group"] is not None else "one"
        if r"\text" not in match[group]:
            yield from ((match.start(group) + found.start(), match.start(group) + found.end()) for found in INDEX.finditer(match[group]))


def every_row(text):
    """The signs and factors of every side, and of every bracket in them: lists of (kind, start, end)."""
    for start, end in spans_of_sides(text):
        yield from rows(text, start, end)


def rows(text, start, end):
    pieces = list(row(text, start, end))
    yield pieces
    for kind, first, last in pieces:
        inside = re.match(r"(?:\\left\s*)?([(\[])", text[first:last])
        if kind == "factor" and inside:
            opened = first + inside.end()
            closed = group_end(text, opened - 1)
            yield from rows(text, opened, re.search(r"(?:\\right\s*)?.\Z", text[opened:closed]).start() + opened)


def row(text, start, end):
    at = start
    while at < end:
        token = TOKEN.match(text, at)
        if token[0].isspace() or token[0] in ("&", r"\,", r"\;", "\\ "):
            at = token.end()
        elif token[0] in "+-":
            yield "sign", *token.span()
            at = token.end()
        else:
            stop = min(factor_end(text, at), end)
            yield "factor", at, stop
            at = stop


def factor_end(text, at):
    """Behind the factor at `at`, scripts included."""
    token = TOKEN.match(text, at)
    at = token.end()
    if token[0] == r"\begin":
        at = text.index("}", text.index(r"\end", at)) + 1
    elif token[0] == r"\left":
        at = group_end(text, TOKEN.match(text, at).start())
    elif token[0] in BRACKETS:
        at = group_end(text, token.start())
    elif token[0] in (r"\frac", r"\dfrac", r"\tfrac"):
        at = group_end(text, group_end(text, at))
    elif token[0] in (r"\mathbf", r"\operatorname", r"\mathrm", r"\mathbb", r"\hat", r"\bar", r"\tilde"):
        at = group_end(text, at)
    while scripts := re.match(r"\s*[_^]\s*", text[at:]):
        opened = at + scripts.end()
        at = group_end(text, opened) if text[opened : opened + 1] == "{" else TOKEN.match(text, opened).end()
    return at


def group_end(text, opened):
    """Behind the bracket that closes the one at `opened` (blanks before it skipped)."""
    opened += len(text[opened:]) - len(text[opened:].lstrip())
    depth = 0
    for match in re.compile(r"\\[a-zA-Z]+|\\.|.", re.DOTALL).finditer(text, opened):
        depth += (match[0] in "([{") - (match[0] in ")]}")
        if depth == 0:
            return match.end()
    return len(text)


def every_atom(text):
    """(start, end) of every capital letter and every bracket that is a factor or is differentiated."""
    for pieces in every_row(text):
        for kind, start, end in pieces:
            if kind == "factor" and re.match(r"[A-Z]|\\left|[(\[]|\\frac\s*\{\\partial|\\mathbf\{1\}|[a-z]", text[start:end]):
                yield start, end


def inside_a_command(text, at):
    return bool(re.search(r"\\(?:[a-zA-Z]*|(?:begin|end|text|mathbf|mathbb|operatorname|mathrm)\s*\{[^}]*)\Z", text[:at]))


def replaced(text, start, end, new):
    return f"{text[:start]}{new} {text[end:]}" if new.isalpha() and text[end : end + 1].isalpha() and new.startswith("\\") else text[:start] + new + text[end:]


# ---------------------------------------------------------------- shapes and ranges


def swap_two_sizes(text, context):
    """swap two sizes of a shape"""
    for match in re.finditer(r"\\times", text):
        before, after = re.search(r"(\w+)\s*\Z", text[: match.start()]), re.match(r"\s*(\w+)", text[match.end() :])
        a, b = before.span(1), (match.end() + after.start(1), match.end() + after.end(1))
        yield text[: a[0]] + text[slice(*b)] + text[a[1] : b[0]] + text[slice(*a)] + text[b[1] :]


def name_another_size(text, context):
    """another size in a shape"""
    start = re.search(r"\\in|=", text).end()
    for match in re.compile(r"(?<![\\\w{])[A-Z](?!\w)|(?<=[{^ ])[A-Za-z](?=[} ]|\Z)").finditer(text, start):
        for size in context.sizes:
            if size != match[0] and match[0] in context.sizes:
                yield replaced(text, *match.span(), size)


RULES = (
    rename_an_index, swap_two_indices, name_another_tensor, drop_a_transpose, add_a_transpose, flip_a_sign, one_for_delta, mean_for_sum,
    drop_a_sum, change_a_number, swap_two_factors, drop_a_factor, drop_a_term,
)  # fmt: skip
SHAPE_RULES = (swap_two_sizes, name_another_size, name_another_tensor, drop_a_transpose, add_a_transpose, swap_two_factors, drop_a_factor)
RANGE_RULES = (name_another_size,)


# ---------------------------------------------------------------- refused, equal, or a survivor?


def fate(mutant, statement, scope, later):
    """How a mutant ends: the name of the error that refused it, 'equal', or 'survived'."""
    scope = scope.copy()
    try:
        introduced = [kind for made in read_statements(mutant.text) for kind in check_statement(made, scope)]
    except LinalgGradsError as error:
        return type(error).__name__
    if equal(mutant.text, statement.text, scope.context) or " ".join(mutant.text.split()) in REASONS:
        return "equal"
    if "definition" in introduced or statement.kind in ("shape", "range"):
        for statement in later:
            try:
                check_statement(statement, scope)
            except LinalgGradsError:
                return "refused later"
    return "survived"


def equal(a, b, context):
    """Have two chains the same sides, by exact rules?"""
    try:
        return any(exact_form(a, context, rename) == exact_form(b, context, rename) for rename in (True, False))
    except LinalgGradsError:
        return False


def exact_form(text, context, rename):
    """One list of texts for all chains that exact rules make out of one another; `rename` makes free letters alike."""
    sides = bound(parse_chain(text)[0], text)
    names = {index: f"free {number}" for number, index in enumerate(dict.fromkeys(index for side in sides for index in free(side)))}
    names = names if rename else {}
    return [of_components(substitute(side, names), context) if has_components(side) else of_matrices(side, context) for side in sides]


def of_components(e, context):
    e = transform(tidy(e), lambda node: ZERO if is_constant_derivative(node, context) else node)
    return canonical(contract(transform(transform(e, sum_outside), one_letter)))


def of_matrices(e, context):
    """Numbers stand anywhere in a product; matrices don't commute."""
    e = tidy(e)
    if not isinstance(e, Product):
        return repr(e)
    numbers = [factor for factor in e.factors if is_a_number(factor, context)]
    return repr((sorted(map(repr, numbers)), [factor for factor in e.factors if factor not in numbers]))


def is_a_number(e, context):
    base = e.base if isinstance(e, Power) else e
    return isinstance(base, Number) or isinstance(base, Tensor) and context.symbols[base.name].shape == ()


def sum_outside(e):
    """The derivative of a sum is the sum of the derivatives."""
    if isinstance(e, Derivative) and isinstance(e.of, Product) and e.of.bound:
        return multiply((Derivative(multiply(e.of.factors), e.wrt),), e.of.bound)
    return e


def is_constant_derivative(e, context):
    """The derivative of base symbols, none of which is the variable?"""
    if not isinstance(e, Derivative):
        return False
    names = {context.letters.get(name) or context.symbols[name] for name in tensors(e.of) if name not in context.sizes}
    return not any(symbol.compute for symbol in names) and context.letters.get(e.wrt.name) not in names


def one_letter(e):
    r"""v_j \delta_{jq} is v_q \delta_{jq}, also where both indices are free."""
    if isinstance(e, Product):
        for delta in e.factors:
            if isinstance(delta, Delta) and not {delta.i, delta.j} & set(e.bound):
                new, old = sorted((delta.i, delta.j))
                e = Product(tuple(factor if isinstance(factor, Delta) else substitute(factor, {old: new}) for factor in e.factors), e.bound)
    return e


def score(book, names, every=1):
    """(mutant, statement, address, fate) of every mutant, or of every n-th, of every equation on the pages."""
    turn = count()
    for scope, blocks in (part for name in names for part in book.parts(name, book.scope(name))):
        statements = []
        for block in blocks:
            if not {"refuted", "unchecked"} & set(block.classes):
                statements += [(block, statement) for statement in read_statements(block.text, block.inline)]
        for number, (block, statement) in enumerate(statements):
            later = [statement for _, statement in statements[number + 1 :]]
            if statement.kind in ("chain", "shape", "range") and "displayed" not in block.classes:
                for mutant in (mutant for mutant in mutants(statement, scope) if next(turn) % every == 0):
                    yield mutant, statement, block.address, fate(mutant, statement, scope, later)
            check_statement(statement, scope)


def main(paths):
    try:
        book, names, _ = open_book(paths, ROOT)
    except FileNotFoundError as error:
        print(f"{error}\nusage: python -m website.mutants [PAGE ...]", file=sys.stderr)
        return 2
    found = summary(score(book, names))
    for survivor in found["survivors"]:
        print(f"{survivor['where']}: {survivor['kind']}\n    {survivor['equation']}\n    {survivor['mutant']}")
    for kind, ends in found["kinds"].items():
        print(f"{kind:28} {refused(ends):5} refused, {ends.get('equal', 0):4} equal, {ends.get('survived', 0):4} survived")
    total = sum(map(Counter, found["kinds"].values()), Counter())
    print(f"{total.total()} mutants: {refused(total)} refused, {total['equal']} equal, {total['survived']} survived")
    if not paths:
        RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"Stored in {RESULTS.relative_to(ROOT)}.")
    return 1 if found["survivors"] else 0


def summary(fates):
    """How the mutants end, by kind and by page: {kind: {end: count}}; and each survivor."""
    kinds, pages, survivors, reasons = {}, {}, [], {}
    for mutant, statement, address, end in fates:
        for table, key in ((kinds, mutant.kind), (pages, address.partition(",")[0])):
            table.setdefault(key, Counter())[end] += 1
        text = " ".join(mutant.text.split())
        if end == "survived":
            survivors.append({"where": address, "kind": mutant.kind, "equation": " ".join(statement.text.split()), "mutant": text})
        if end == "equal" and text in REASONS:
            reasons[text] = REASONS[text]
    return {"kinds": kinds, "pages": pages, "survivors": survivors, "reasons": reasons}


def refused(ends):
    return sum(count for end, count in ends.items() if end not in ("equal", "survived"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
