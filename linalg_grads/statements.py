r"""What a block of LaTeX states: its lines and columns taken apart into claims, definitions, shapes and conditions.

A statement ends at \\, \quad, \therefore, \Rightarrow or \text{...}; a piece that starts with a relation or a sign goes on
with the one before. Characters are blanked, never removed, so that a caret points into the author's own line.
"""

import re
from dataclasses import dataclass

from linalg_grads.errors import ParseError
from linalg_grads.parse_latex import OPERATOR_NAMES, point_at

RELATION = re.compile(
    r":=|\\coloneqq\b|=|\\in\b|\\neq?\b|\\(?:equiv|approx|simeq|cong|sim|propto|leq?|geq?|ll|gg|lt|gt|to|mapsto|rightarrow"
    r"|subset|subseteq|notin|leftarrow)\b|<|>|≠|≤|≥|≈|∈"
)
SEPARATOR = re.compile(
    r"\\\\(?:\s*\[[^\]]*\])?|\\qquad\b|\\quad\b|\\therefore\b|\\because\b|\\(?:R|Longr)ightarrow\b"
    r"|\\implies\b|\\iff\b|\\(?:Long)?[Ll]eftrightarrow\b|;"
)
WRAPPER = re.compile(
    r"\\(?:begin|end)\{(?:aligned|alignedat|split|gathered|array|align|alignat|equation|gather|multline|flalign|eqnarray)\*?\}(?:\{\d+\})?"
    r"|\\(?:label|tag)\*?\{[^}]*\}|\\(?:nonumber|notag)\b|\\(?:displaystyle|textstyle)\b|(?<!\\)%[^\n]*|\{\}"
)
OPEN, CLOSE = re.compile(r"\\\{|[({\[]|\\begin\b"), re.compile(r"\\\}|[)}\]]|\\end\b")
WORDS = re.compile(r"(?<![_^])\\(?:text|textrm|mbox|intertext)\{" + rf"(?!(?:{'|'.join(OPERATOR_NAMES)})\}})")
LETTER = r"(?:[a-z]|\\[a-z]+)'?"
INDICES = rf"\s*{LETTER}(?:\s*,\s*{LETTER})*\s*"
VALUES = rf"\s*(?:{LETTER}|\d+)(?:\s*,\s*(?:{LETTER}|\d+))*\s*"
CONDITION = re.compile(rf"{INDICES}(?:(?:=|\\neq?\b|\\in\b){VALUES})*")
DOTS = r"\s*\\[lcd]?dots\s*"
RANGE = re.compile(
    rf"(?P<letters>{INDICES})(?:=\s*(?:1\s*,{DOTS},\s*(?P<size>[A-Za-z])|0\s*,{DOTS},\s*(?P<size_0>[A-Za-z])\s*-\s*1)"
    rf"|\\in\s*\\\{{\s*(?:1\s*,{DOTS},\s*(?P<last>[A-Za-z])|0\s*,{DOTS},\s*(?P<last_0>[A-Za-z])\s*-\s*1)\s*\\\}})\s*"
)
SHAPE = re.compile(r"(?P<of>.*?)(?:\\in\b|∈)\s*\\mathbb\{?\s*R\s*\}?\s*(?:\^\s*(?:\{(?P<axes>.*)\}|(?P<axis>\w)))?\s*", re.DOTALL)
SHAPE_AXIS = r"\\ldots|[A-Za-z](?:_(?:\w|\{(?:[^{}]|\{[^{}]*\})*\}))?|\d+"  # one size in the exponent of \mathbb{R}
SUBSCRIPT = re.compile(r"_\s*(?:\{([^{}]*)\}|(\\?[a-z]+))")
DECORATED = re.compile(r"\\(?:boxed|underbrace|overbrace|(?:overset|underset|stackrel|textcolor)\s*(?P<note>\{))")


@dataclass(frozen=True)
class Statement:
    """`kind` is chain (of = and :=), shape, differ (\\neq), range, condition or expression; `text` is blanked LaTeX."""

    kind: str
    text: str
    line: int = 0  # lines after the block's first

    def match(self):
        return {"shape": SHAPE, "range": RANGE}[self.kind].fullmatch(self.text)


def read_statements(text, inline=False):
    r"""The statements of a block; of an inline expression without a relation, none. raises ParseError

    >>> [(made.kind, " ".join(made.text.split())) for made in read_statements(r"Y &= U \\ &= V, \quad X \in \mathbb{R}^M")]
    [('chain', 'Y = U = V'), ('shape', 'X \\in \\mathbb{R}^M')]
    """
    text = _without_decoration(WRAPPER.sub(_blank, text))
    found = []
    for start, end in _chains(text):
        for a, b in _comma_parts(text, start, end):
            piece = _clean(text[a:b]).rstrip()
            if piece:
                first_line = piece.rfind("\n", 0, len(piece) - len(piece.lstrip())) + 1
                found.append(Statement(_kind(piece), piece[first_line:], text.count("\n", 0, a + first_line)))
    return [statement for statement in found if not inline or _at_depth_0(RELATION, statement.text)]


def _kind(piece):
    relations = [match[0] for match in _at_depth_0(RELATION, piece)]
    if not relations:
        return "condition" if CONDITION.fullmatch(piece) else "expression"
    for kind, pattern in (("range", RANGE), ("condition", CONDITION)):
        if pattern.fullmatch(piece):
            return kind
    if SHAPE.fullmatch(piece) and len(relations) == 1:
        return "shape"
    if relations in (["\\neq"], ["\\ne"]):
        return "differ"
    odd = next((r for r in relations if r not in ("=", ":=", r"\equiv", r"\coloneqq")), None)
    if odd:
        at = next(match.start() for match in _at_depth_0(RELATION, piece) if match[0] == odd)
        raise ParseError(point_at(piece, at, f"the relation '{odd}' can't be checked", "write it in words, or as = or \\neq"))
    return "chain"


def spans_of_sides(text):
    """(start, end) of each side of a chain."""
    relations = _at_depth_0(RELATION, text)
    return list(zip([0, *[match.end() for match in relations]], [*[match.start() for match in relations], len(text)]))


def sides_of(text):
    """The sides of a chain, as they are written."""
    return [" ".join(text[start:end].split()) for start, end in spans_of_sides(text)]


def subscripts(blocks):
    r"""All letters that stand in a subscript of these blocks.

    >>> from linalg_grads.book import read_markdown
    >>> sorted(subscripts(read_markdown(r"$x_{i\beta}$ and $v_p$, where $q = p$", "page.md").blocks))
    ['\\beta', 'i', 'p']
    """
    groups = [found[1] or found[2] for block in blocks for found in SUBSCRIPT.finditer(block.text)]
    return {letter for group in groups for letter in re.findall(LETTER, group)}


# ---------------------------------------------------------------- taking a block apart


def _chains(text):
    """(start, end) of each statement."""
    cuts = [(match.start(), match.end()) for match in _at_depth_0(SEPARATOR, text)] + list(_comments(text))
    pieces, start = [], 0
    for cut_start, cut_end in [*sorted(cuts), (len(text), len(text))]:
        if _clean(text[start:cut_start]).strip():
            pieces.append([start, cut_start])
        start = max(start, cut_end)
    chains = []
    for start, end in pieces:
        if chains and _goes_on(_clean(text[start:end]).strip()):
            chains[-1][1] = end
        else:
            chains.append([start, end])
    return chains


def _goes_on(piece):
    return piece[0] in "+-" or bool(RELATION.match(piece))


def _comments(text):
    """(start, end) of each \\text{...}."""
    for match in _at_depth_0(WORDS, text):
        yield match.start(), _group_end(text, match.end() - 1)


def _comma_parts(text, start, end):
    """A list of claims a = b, c = d is taken apart; x, y \\in R and i = 1, ..., n are not."""
    commas = [start - 1] + [start + m.start() for m in _at_depth_0(re.compile(","), text[start:end])] + [end]
    parts = [(a + 1, b) for a, b in zip(commas, commas[1:])]
    whole = len(parts) == 1 or not all(_at_depth_0(RELATION, text[a:b]) for a, b in parts if text[a:b].strip())
    return [(start, end)] if whole else parts


def _clean(piece):
    """Separators and comments inside a chain, alignment and punctuation at its ends blanked."""
    for start, end in [*_comments(piece), *((m.start(), m.end()) for m in _at_depth_0(SEPARATOR, piece))]:
        piece = piece[:start] + _blanks(piece[start:end]) + piece[end:]
    for match in _at_depth_0(re.compile("&"), piece):
        piece = piece[: match.start()] + " " + piece[match.end() :]
    kept = re.sub(r"(?:[\s.,;:]|\\[,;:! ])+$", "", piece)
    return kept + _blanks(piece[len(kept) :])


def _at_depth_0(pattern, text):
    """The matches of `pattern` that stand in no bracket, group or environment."""
    found, depth, at = [], 0, 0
    while at < len(text):
        if match := depth == 0 and pattern.match(text, at):
            found.append(match)
            depth += match[0].endswith("{")
            at = match.end()
        elif match := OPEN.match(text, at) or CLOSE.match(text, at):
            depth = max(0, depth + (1 if OPEN.match(text, at) else -1))
            at = match.end()
            if match[0] in (r"\begin", r"\end"):
                at = text.find("}", at) + 1 or len(text)
        else:
            at += 2 if text[at] == "\\" else 1
    return found


def _without_decoration(text):
    """\\boxed{e}, \\underbrace{e}_{note}, \\overset{note}{=} and \\textcolor{red}{e} say e or =."""
    while match := DECORATED.search(text):
        cut = [match.start(), match.end()]
        if match["note"]:
            cut[1] = _group_end(text, match.start("note"))
        opened = text.find("{", cut[1])
        closed = _group_end(text, opened)
        note = re.compile(r"\s*[_^]\s*(?=\{)").match(text, closed) if "brace" in match[0] else None
        end = _group_end(text, note.end()) if note else closed
        braces = not RELATION.search(text[opened + 1 : closed - 1])
        inside = text[opened:closed] if braces else f" {text[opened + 1 : closed - 1]} "
        text = text[: cut[0]] + _blanks(text[cut[0] : opened]) + inside + _blanks(text[closed:end]) + text[end:]
    return text


def _group_end(text, opened):
    """Behind the brace that closes the one at `opened`. raises ParseError"""
    depth = 0
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, max(opened, 0)) if opened >= 0 else ():
        depth += (match[0] == "{") - (match[0] == "}")
        if depth == 0 and match[0] == "}":
            return match.end()
    raise ParseError(point_at(text, max(opened, 0), "'}' is missing: the text ends", "close what was opened with '{'"))


def _blank(match):
    return _blanks(match[0])


def _blanks(text):
    return re.sub(r"[^\n]", " ", text)
