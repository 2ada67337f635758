"""Numbers in the text of a page that no code printed: sizes, counts and results that a person typed.

A number is free where it is an integer up to ten, a year, part of a date or a name ("equation 12", "Python 3.11"), or stands in code,
mathematics or an address. A number that an output of the page's own code shows is compared by strict nbval. All others are recorded in
website/accepted.json with the words around them, so that each new one is seen in review.
"""

import re

from linalg_grads.book import CODE, PIECE

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
NUMBER = re.compile(r"(?<![\w.,/#@-])\d+(?:[.,]\d+)*(?![\w#]|[/-]\d|\s+(?:" + MONTHS + r"))")
LABEL = re.compile(
    r"(?:chapters?|cells?|equations?|eq\.|exercises?|figures?|tables?|sections?|pages?|steps?|issues?|requests?|versions?|commits?|Python|NumPy|PyTorch|CC BY"
    rf"|Jupyter Book|Python ≥|CS|W\dD|{MONTHS})\s*\Z",
    re.IGNORECASE,
)
YEAR = re.compile(r"(?:1[6-9]|20)\d\d")
HIDDEN = re.compile(r"\]\([^)\s]*\)|<[^>]*>|https?://\S+|\{[\w-]+\}`[^`]*`|^\s*\d+\.\s|\(\w+\)=|(?<=\n\n)(?: {4}.*\n?)+", re.MULTILINE)
WORDS_AROUND = 3


def unproved(text, outputs=""):
    """The numbers of a Markdown text that are not free and that no output shows, each with a few words around it.

    >>> unproved("In 2024 it took 56 s, for 7 of 8 pages; $12 + 1$, `13`, chapter 14.")
    ['2024 it took 56 s, for 7']
    >>> unproved("It has 1,024 entries.", outputs="1024")
    []
    """
    shown = {plain(found[0]) for found in re.finditer(r"\d+(?:[.,]\d+)*", outputs)}
    text = HIDDEN.sub(blank, prose(text))
    found = []
    for match in NUMBER.finditer(text):
        number = plain(match[0])
        small = number.isdigit() and int(number) <= 10
        if not (small or YEAR.fullmatch(number) or number in shown or LABEL.search(text[: match.start()])):
            before, after = text[: match.start()].rsplit(maxsplit=WORDS_AROUND), text[match.end() :].split(maxsplit=WORDS_AROUND + 1)
            around = text[: match.start()][-1:].isspace(), text[match.end() :][:1].isspace()
            left = " ".join(before[-WORDS_AROUND:]) + " " * around[0]
            right = " " * around[1] + " ".join(after[:WORDS_AROUND])
            found.append((left + match[0] + right).strip())
    return found


def prose(text):
    """A Markdown text without code, mathematics and comments; directives other than code are looked into."""
    front = re.match(r"---\n.*?\n---\n", text, re.DOTALL)
    return PIECE.sub(without, text[front.end() :] if front else text)


def without(match):
    if match.lastgroup != "fence":
        return blank(match)
    directive = re.match(r"\{([\w:-]+)\}", match["info"].strip())
    code = not directive or directive[1] in CODE | {"math"}
    return blank(match) if code else prose(match["body"])


def blank(match):
    return " " * bool(match[0]) + "\n" * match[0].count("\n")


def plain(number):
    """1,024 is 1024."""
    return re.sub(r",(?=\d{3}(?!\d))", "", number)
