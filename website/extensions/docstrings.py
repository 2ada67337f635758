r"""The package's docstrings on the site: their plain layout becomes what Sphinx reads.

A line of LaTeX is a formula; `name  meaning` is a parameter; `raises Name` links to the error; all else is text.

    >>> converted(["Twice x.", "", "x, y  (in,)  any `numbers`", "raises  ShapeError if x is none"], "function")
    ['Twice x.', '', ':param x: ``(in,)`` any ``numbers``', ':param y: ``(in,)`` any ``numbers``', ':raises ShapeError: if x is none', '']
"""

import re

from sphinx.errors import PycodeError
from sphinx.pycode import ModuleAnalyzer

ROW = re.compile(r"(\w+(?:, \w+)*) {2,}(\S.*)")
FORMULA = re.compile(r"(\\[a-zA-Z]+\b.*?|\w[_^]\S*.*?) :?= .*")
REMARK = re.compile(r"(.*?\S) {3,}\((.*)\)")
SHAPE = re.compile(r"(\((?:[^()]*,[^()]*|)\))\s*(.*)")
DERIVED = re.compile(r"derived in (chapters/\w+)\.ipynb")


def setup(app):
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", convert)
    ModuleAnalyzer.for_module = unread


def unread(module):
    """Autodoc would look for comments in the sources of all modules, the mocked ones too: of PyTorch that takes seconds."""
    raise PycodeError(f"{module} has its documentation in docstrings alone")


def convert(app, what, name, obj, options, lines):
    lines[:] = converted(lines, what)


def converted(lines, what):
    """The lines of a docstring as reStructuredText."""
    made = []
    for paragraph in re.split(r"\n(?:[ \t]*\n)+", "\n".join(lines).strip("\n")):
        made += [*paragraph_lines(paragraph.split("\n"), what), ""]
    return made


def paragraph_lines(lines, what):
    lines = [line.strip() for line in lines] if FORMULA.match(lines[0].strip()) else lines
    if lines[0].startswith(">>>"):
        return lines
    if FORMULA.match(lines[0]):
        return [part for line in lines for part in formula(line)]
    if ROW.match(lines[0]) or DERIVED.match(lines[0]):
        return [made for line in whole_rows(lines) for made in row(line, what).split("\n")]
    return [text(" ".join(lines))]


def whole_rows(lines):
    """Rows that go on in the next line, which is indented, in one."""
    made = []
    for line in lines:
        if line.startswith(" ") and made:
            made[-1] += " " + line.strip()
        else:
            made.append(line)
    return made


def row(line, what):
    if found := DERIVED.match(line):
        return f":derived in: :doc:`/{found[1]}`"
    name, meaning = ROW.match(line).groups()
    if name == "returns":
        return f":returns: {described(meaning)}"
    if name == "raises":
        error, meaning = re.fullmatch(r"(\w+)\s*(.*)", meaning).groups()
        return f":raises {error}: {text(meaning)}"
    return "\n".join(f":{'var' if what == 'class' else 'param'} {each}: {described(meaning)}" for each in name.split(", "))


def described(meaning):
    """A shape in front is code."""
    found = SHAPE.fullmatch(meaning)
    return f"``{found[1]}`` {text(found[2])}".strip() if found else text(meaning)


def formula(line):
    found = REMARK.fullmatch(line)
    tex = rf"{found[1]} \qquad \text{{({found[2]})}}" if found else line
    return ["", f".. math:: {tex}", ""]


def text(words):
    """Plain words; what stands between backticks is code."""
    parts = re.split(r"`([^`]+)`", words)
    return "".join(f"``{part}``" if place % 2 else re.sub(r"([\\*|_])", r"\\\1", part) for place, part in enumerate(parts))
