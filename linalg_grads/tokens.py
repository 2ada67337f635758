r"""The words of LaTeX as read here, and a cursor over the tokens of a text: `{`, `\frac`, `x`, `12`, each with its place."""

import re

from linalg_grads.errors import ParseError

TOKEN = re.compile(
    r"(?P<skipped>\s+|%[^\n]*|~|\\[,;:!>\s]|\\(?:label|tag)\{[^}]*\}"
    r"|\\(?:q?quad|displaystyle|textstyle|(?:no)?limits|nonumber|notag|left|right|[bB]igg?[lrm]?)(?![a-zA-Z])|(?<=\\operatorname)\*)"
    r"|\\[a-zA-Z]+|\\.|[0-9]+(?:\.[0-9]+)?|\.[0-9]+|\.\.\.|:=|.",
    re.DOTALL,
)
LETTER, NUMBER, COMMAND = re.compile(r"[A-Za-z]\Z"), re.compile(r"\.?[0-9]"), re.compile(r"\\[A-Za-z]")
WRITTEN = re.compile(r"\\?[A-Za-z]|\.?[0-9]")  # a letter, a number or a command
WORD = re.compile(r"\*?\s*\{\s*([^{}]*?)\s*\}")
TRAILING = {".", ",", ";", r"\\"}  # the punctuation after a displayed equation

RELATIONS = {"=": "=", ":=": ":=", r"\equiv": ":=", r"\coloneqq": ":="}
GREEK = set(
    r"""\alpha \beta \gamma \epsilon \varepsilon \zeta \eta \theta \vartheta \iota \kappa \lambda \mu \nu \xi \pi \rho
    \varrho \sigma \varsigma \tau \upsilon \phi \varphi \chi \psi \omega
    \Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Upsilon \Phi \Psi \Omega \ell""".split()
)
ACCENTS = set(r"\hat \tilde \bar \dot \widehat \widetilde \overline \vec".split())
WORDS = set(r"\text \textrm \mathrm \rm".split())
FONTS = WORDS | set(r"\mathbf \boldsymbol \bm \mathcal \mathbb \mathsf \mathit \mathds".split())
FRACTIONS = {r"\frac", r"\dfrac", r"\tfrac"}
OPENING = {"(": ")", "[": "]", r"\{": r"\}", r"\lbrack": r"\rbrack"}
BARS = {"|": "|", r"\lvert": r"\rvert", r"\vert": r"\vert"}
NORMS = {r"\|": r"\|", r"\lVert": r"\rVert", r"\Vert": r"\Vert"}
TIMES, POINTWISE = {r"\cdot", r"\times", "*"}, {r"\odot", r"\circ"}
ELLIPSES = {r"\ldots", r"\dots", r"\cdots", "..."}
COMPARISONS = {"<", ">", r"\le", r"\leq", r"\ge", r"\geq", r"\neq", r"\ne", r"\in", r"\notin"}
BETWEEN = {*TIMES, *POINTWISE, *RELATIONS, *COMPARISONS, *OPENING.values(), r"\rangle", r"\rvert", r"\rVert", r"\otimes", r"\\", r"\end"}


def point_at(text, at, what, hint):
    """An error's text: what is wrong, the source with a caret under the culprit, what would be legal."""
    start = text.rfind("\n", 0, at) + 1
    line = text[start:].split("\n")[0].replace("\t", " ")
    if len(line) > 200:  # of a long line, what is around
        cut = max(0, at - start - 100)
        start, line = start + cut - 4, f"... {line[cut : cut + 190]} ..."
    return f"{what}\n  {line}\n  {' ' * (at - start)}^\n{hint}"


class Tokens:
    """A cursor: `token` is the token at hand, `at` its place in the text."""

    def __init__(self, text):
        separators = r"\begin" in text  # there & parts the columns of a matrix; elsewhere it only aligns
        found = [(match.group(), match.start()) for match in TOKEN.finditer(text) if match.lastgroup is None]
        self.tokens = [token for token in found if separators or token[0] != "&"]
        while self.tokens and self.tokens[-1][0] in TRAILING:
            self.tokens.pop()
        last, at = self.tokens[-1] if self.tokens else ("", 0)
        self.tokens.append(("", at + len(last)))
        self.text = text
        self.move_to(0)

    def move_to(self, position):
        self.position = position
        self.token, self.at = self.tokens[position]

    def leave_out(self, start, end):
        """Go on without the tokens in this stretch of the text."""
        self.tokens = [token for token in self.tokens if not start <= token[1] < end]
        self.move_to(self.position)

    def next(self):
        token = self.token
        if token:
            self.position += 1
            self.token, self.at = self.tokens[self.position]
        return token

    def peek(self, ahead=1):
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)][0]

    def accept(self, token):
        if self.token != token:
            return False
        self.next()
        return True

    def expect(self, token, opened_at):
        """Move over `token`, which closes what was opened at `opened_at`."""
        if self.token != token:
            found = f"{self.token!r} stands here" if self.token else "the text ends"
            opened = next((text for text, at in self.tokens if at == opened_at), "")
            self.fail(f"'{token}' is missing: {found}", f"close what was opened with '{opened}'", None if self.token else opened_at)
        self.next()

    def enclosed(self, closing, read):
        """What `read` finds between the bracket at hand and `closing`."""
        opened_at = self.at
        self.next()
        inside = read()
        self.expect(closing, opened_at)
        return inside

    def matched(self, pattern, at):
        """What `pattern` finds at this place of the text, and moves over; else ''."""
        found = pattern.match(self.text, at)
        while found and self.at < found.end() and self.token:
            self.next()
        return found.group() if found else ""

    def word(self):
        """The text in the braces behind the command at hand; else ''."""
        found = WORD.match(self.text, self.at + len(self.token))
        return found[1] if found else ""

    def read_word(self):
        word = self.word()
        self.matched(WORD, self.at + len(self.token))
        return word

    def split_number(self):
        r"""\frac12: a command takes one digit."""
        digits = [(digit, self.at + n) for n, digit in enumerate(self.token)]
        self.tokens[self.position : self.position + 1] = digits
        self.move_to(self.position)

    def fail(self, what, hint, at=None):
        raise ParseError(point_at(self.text, self.at if at is None else at, what, hint))
