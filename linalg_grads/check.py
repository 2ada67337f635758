"""Check the equations of a book, page by page, and say what does not hold.

A page asks for it by `equations: checked` in its front matter or metadata, or <!-- equations: checked --> in its text, or by
being named on the command line. A book may ask for all its pages, in pyproject.toml:

    [tool.linalg_grads]
    book = ["README.md", "chapters"]   # every equation here is checked; one that can't be read is a failure, too
    course = true                      # X, A, b, Y, l are the package's linear layer
"""

import json
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from linalg_grads.book import Block, find_pages, read_page
from linalg_grads.claims import Scope, check_statement
from linalg_grads.errors import ClaimError, IndexRuleError, LinalgGradsError, ShapeError, UnknownName
from linalg_grads.statements import read_statements, subscripts

REFUSALS = (IndexRuleError, ShapeError, ClaimError)  # what refutes an equation: to be illegible doesn't


@dataclass
class Result:
    """What became of a block: `error` says why it fails, `refusal` why an equation shown as wrong was refused, as it should."""

    block: Block
    counts: Counter = field(default_factory=Counter)
    error: str = ""
    unread: bool = False  # does it fail only because it can't be read?
    refusal: str = ""

    def __str__(self):
        return f"{self.block.address}\n" + "".join(f"    {line}\n" for line in self.error.splitlines())


def check_block(block, scope):
    r"""Check all statements of a block, in order; `scope` learns what they define.

    >>> block = Block("page.md", None, 1, r"\partial l/\partial A = X^\top \, \partial l/\partial Y")
    >>> print(check_block(block, Scope.of_the_course()).error)
      \partial l/\partial A
    = X^\top \, \partial l/\partial Y
    the left-hand side has the shape (N, K), the right-hand side (K, N)
    """
    if block.problem:
        return Result(block, error=block.problem)
    if "unchecked" in block.classes:
        missing = "an unchecked equation needs its reason, for the reader to see: right behind it write *Unchecked:* and why"
        return Result(block, Counter(unchecked=1), error="" if block.reason else missing)
    if "refuted" in block.classes:
        return _refute(block, scope.copy())
    counts, errors = _check(block, scope)
    if not errors and not counts and not block.inline:
        errors = [ValueError("nothing here can be checked")]
    unread = bool(errors) and not any(isinstance(error, REFUSALS) for error in errors)
    return Result(block, counts, "\n\n".join(map(str, errors)), unread)


def _check(block, scope):
    counts, errors = Counter(), []
    try:
        for statement in read_statements(block.text, block.inline):
            try:
                counts.update(check_statement(statement, scope, block.address))
            except LinalgGradsError as error:
                errors.append(error)
    except LinalgGradsError as error:
        errors.append(error)
    except Exception as error:  # a checker that crashes has not checked
        errors.append(RuntimeError(f"the checker itself failed: {type(error).__name__}: {error}"))
    return counts, errors


def _refute(block, scope):
    _, errors = _check(block, scope)
    illegible = [error for error in errors if not isinstance(error, REFUSALS)]
    if illegible:
        return Result(block, error=f"this is marked as refuted, but it can't even be read:\n{illegible[0]}", unread=True)
    if not errors:
        return Result(block, error=f"this is marked as refuted, but it holds:\n  {block.text}")
    return Result(block, Counter(refuted=1), refusal=str(errors[0]))


# ---------------------------------------------------------------- one equation

CLAIMS = {"claim", "definition", "shape"}  # the kinds of statement that can be wrong


@dataclass(frozen=True, repr=False)
class Verdict:
    """True if the equation holds. It prints as "holds", or else as the reason why it doesn't."""

    reason: str = ""

    def __bool__(self):
        return not self.reason

    def __repr__(self):
        return self.reason or "holds"


def check_equation(latex):
    r"""Check an equation of your own, as every equation of the book is checked. It needs PyTorch and PyYAML.

    latex    an equation in LaTeX, about X, A, b, Y and l, the course's linear layer and its loss; a name of your own is introduced
             in front, by its shape or by a definition
    returns  a verdict: true if the equation holds. It prints as "holds", or as the reason why not

    >>> check_equation(r"\frac{\partial l}{\partial A} = \left(\frac{\partial l}{\partial Y}\right)^\top X")
    holds
    >>> check_equation(r"\frac{\partial l}{\partial A} = X^\top \frac{\partial l}{\partial Y}")
      \frac{\partial l}{\partial A}
    = X^\top \frac{\partial l}{\partial Y}
    the left-hand side has the shape (N, K), the right-hand side (K, N)
    >>> bool(check_equation(r"v \in \mathbb{R}^N, \quad \delta_{ij} v_j = v_i"))
    True
    """
    result = check_block(Block("", None, 1, latex), Scope.of_the_course())
    return Verdict(result.error or ("" if CLAIMS & result.counts.keys() else "nothing is claimed here: an equation needs ="))


# ---------------------------------------------------------------- books


class Book:
    """Pages in reading order. Each is checked once, after the pages that it builds on."""

    def __init__(self, pages, course=False):
        self.pages, self.course, self.done = {page.name: page for page in pages}, course, {}

    def results(self, name):
        """The results of one page, block by block; an inline expression that claims nothing has none."""
        if name not in self.done:
            try:
                scope, results = self.scope(name), []
            except LinalgGradsError as error:
                scope, results = self._empty(), [Result(Block(name, None, 1, "", "builds_on"), error=str(error))]
            for known, blocks in self.parts(name, scope):
                known.speak_of(subscripts(blocks))
                results += [check_block(block, known) for block in blocks]
            self.done[name] = scope, [result for result in results if result.counts or result.error]
        return self.done[name][1]

    def parts(self, name, scope):
        """[(scope, blocks)]: the page's own part, then each layer of the reader's own, whose names are its own."""
        parts = [(scope, [])]
        for block in self.pages[name].blocks:
            if "own-layer" in block.classes:
                parts.append((Scope.of_an_own_layer(), []))
            else:
                parts[-1][1].append(block)
        return parts

    def scope(self, name):
        """What a page knows before its first equation: what the pages know that it builds on."""
        scope = self._empty()
        for earlier in self.pages[name].builds_on:
            earlier = self._earlier(earlier, name)
            self.results(earlier)
            scope.include(self.done[earlier][0])
        return scope

    def _empty(self):
        return Scope.of_the_course() if self.course else Scope.of_another_book()

    def _earlier(self, wanted, name):
        """The page that `wanted`, a path without folder or suffix, names; it stands before page `name`."""
        for page in list(self.pages)[: list(self.pages).index(name)]:
            if wanted in (page, Path(page).name, Path(page).stem):
                return page
        raise UnknownName(f"'{wanted}' is no earlier page of this book")


def open_book(paths=(), folder=None, marked=False):
    """(the book that holds `paths`, the names of the pages to check, whether what can't be read is a failure).

    marked  leave out the pages that don't ask to be checked, even if they are named

    raises  OSError, ValueError, SyntaxError: no such page, or not what its suffix says
    """
    paths = [Path(path).resolve() for path in paths]
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise FileNotFoundError(f"no such file or folder: {missing[0]}")
    root, settings = _settings(paths[0] if paths else folder or Path.cwd())
    own = find_pages([root / path for path in settings.get("book", ())])
    asked = find_pages(paths) if paths else own
    pages = {file: read_page(file, _name(file, root)) for file in find_pages([*own, *asked])}
    sure = own if marked else [*own, *paths]
    wanted = [pages[file].name for file in asked if file in sure or pages[file].settings.get("equations") == "checked"]
    if not wanted and not marked:
        raise ValueError("no page here asks to be checked: write <!-- equations: checked --> in it, or name the file")
    return Book(pages.values(), settings.get("course", False)), wanted, bool(own)


def _settings(path):
    """The folder of the book that `path` is in, and what its pyproject.toml says of it."""
    for folder in (path, *path.parents):
        if (folder / "pyproject.toml").is_file():
            settings = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8")).get("tool", {}).get("linalg_grads")
            if settings:
                return folder, settings
    return Path.cwd(), {}


def _name(path, root):
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


# ---------------------------------------------------------------- the command


def main(paths, strict=False, as_json=False, marked=False):
    """Check, print, and return the exit status: 0 if all holds, 1 if not, 2 if there is nothing to check."""
    try:
        book, wanted, own = open_book(paths, marked=marked)
    except (OSError, ValueError, SyntaxError) as error:
        print(error, file=sys.stderr)
        return 2
    results = []
    for number, name in enumerate(wanted, 1):
        _progress(number, len(wanted), name)
        results += book.results(name)
    failures = [result for result in results if result.error and (strict or own or not result.unread)]
    unread = [result for result in results if result.unread and result not in failures]
    counts = sum((result.counts for result in results), Counter())
    print(_json(wanted, counts, failures, unread) if as_json else _text(wanted, counts, failures, unread))
    return 1 if failures else 0


def _progress(number, total, name):
    """A line that overwrites itself, on a terminal only."""
    if sys.stderr.isatty():
        bar = "#" * (20 * number // total)
        print(f"\r[{bar:20}] {number}/{total} {name[:50]:50}", end="\n" if number == total else "", file=sys.stderr, flush=True)


def _text(wanted, counts, failures, unread):
    found = ", ".join(f"{count} {kind}{'s' * (count != 1 and kind[-2:] != 'ed')}" for kind, count in sorted(counts.items()))
    verdict = f"{len(failures)} of them fail" if failures else "all hold"
    lines = [*map(str, failures)]
    if unread:
        lines += ["Not read, so not checked (failures with --strict):", *map(str, unread)]
    return "\n".join([*lines, f"{len(wanted)} page{'s' * (len(wanted) != 1)}: {found or 'no equations'}; {verdict}"])


def _json(wanted, counts, failures, unread):
    def entry(result):
        block = result.block
        return {"page": block.page, "cell": block.cell, "line": block.line, "label": block.label, "text": block.text, "error": result.error}

    return json.dumps(
        {"pages": wanted, "counts": dict(counts), "failures": [*map(entry, failures)], "unread": [*map(entry, unread)]},
        indent=1, ensure_ascii=False,
    )  # fmt: skip
