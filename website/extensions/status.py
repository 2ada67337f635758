"""What the book's check accepted, counted from website/accepted.json: no number on these pages is typed by hand.

    {total}`equalities`        a total of the whole book, in a sentence
    ```{status}                the table of all pages, the totals, and the reasons of what goes unchecked
    ```
"""

import json
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective, SphinxRole
from stated import stated

ACCEPTED = Path(__file__).parents[1] / "accepted.json"
# A column's heading, and what it adds up: kinds of statements, or entries of a page.
COLUMNS = {
    "equalities": ("equalities", "differ"),
    "definitions": ("definitions",),
    "shapes": ("shape", "range"),
    "refuted": ("refuted",),
    "unchecked": ("unchecked",),
    "checks": ("checks",),
    "figures": ("figures",),
}
HEADINGS = ("`=`", "`:=`", "shapes", "wrong", "open", "code", "figures")


def setup(app):
    app.add_role("total", Total())
    app.add_directive("status", Status)


class Total(SphinxRole):
    def run(self):
        self.env.note_dependency(str(ACCEPTED))
        return stated(self, totals(accepted()), "no total is called")


class Status(SphinxDirective):
    def run(self):
        self.env.note_dependency(str(ACCEPTED))
        node = nodes.container()
        self.state.nested_parse(StringList(markdown(accepted(), self.env.docname)), self.content_offset, node)
        return node.children


def accepted():
    return json.loads(ACCEPTED.read_text(encoding="utf-8"))


def counts_of(entry):
    """Column -> its number on one page."""
    return {column: sum(number(entry, kind) for kind in kinds) for column, kinds in COLUMNS.items()}


def number(entry, kind):
    found = entry.get(kind, entry.get("statements", {}).get(kind, 0))
    return found if isinstance(found, int) else len(found)


def totals(pages):
    """Column -> its sum over all pages; `pages` -> how many there are.

    >>> totals({"a.md": {"statements": {"equalities": 3}}, "b.md": {"figures": 2, "checks": ["x"]}})["equalities"]
    3
    """
    counts = [counts_of(entry) for entry in pages.values()]
    return {column: sum(count[column] for count in counts) for column in COLUMNS} | {"pages": len(pages)}


def markdown(pages, docname):
    """The lines of the table, linked from page `docname`, and of the reasons."""
    folder = docname.rpartition("/")[0]
    lines = ["", row("page", *HEADINGS), row(*["---"] + ["--:"] * len(COLUMNS))]
    for name, entry in pages.items():
        lines.append(row(link(name, folder), *counts_of(entry).values()))
    lines += [row("**all**", *[f"**{count}**" for column, count in totals(pages).items() if column in COLUMNS]), ""]
    reasons = [(name, reason) for name, entry in pages.items() for reason in entry.get("reasons", ())]
    return [*lines, *[f"- {link(name, folder)}: {reason}" for name, reason in reasons], ""]


def link(name, folder):
    return f"[](../{name})" if name.partition("/")[0] == folder else f"`{name}`"


def row(*cells):
    return f"| {' | '.join(map(str, cells))} |"
