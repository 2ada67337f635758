r"""Every equation of a book, where it stands: in notebooks, Markdown pages and docstrings.

    $$ ... $$ (label)     ```{math} with :label: and :class:     \begin{align} ... \end{align}     \[ ... \]     $ ... $

<!-- equations: a layer of its own --> parts a page: what follows knows nothing of what went before.

Code is left out. Whatever else looks like the start of an equation and is not closed becomes a block with a `problem`:
nothing is skipped in silence.
"""

import ast
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

SUFFIXES = (".ipynb", ".md", ".py")
ENVIRONMENTS = "align|alignat|equation|gather|multline|eqnarray|flalign"
CODE = {"code", "code-block", "code-cell", "eval-rst", "raw", "literalinclude", "toctree", "bibliography"}
MATH = r"[^$\\\n]|\\.|\n(?![ \t]*\n)"  # no blank line stands inside an equation
PIECE = re.compile(
    rf"""
      (?P<comment><!--.*?-->|^%[^\n]*)
    | (?P<fence>^[ \t>]*(?P<ticks>`{{3,}}|~{{3,}}|:{{3,}})(?P<info>[^`\n]*)\n(?P<body>.*?)^[ \t>]*(?P=ticks)[`~:]*[ \t]*$)
    | (?P<role>\{{math\}}`(?P<role_text>[^`]+)`)
    | (?P<span>(?P<tick>`+)(?!`).+?(?<!`)(?P=tick)(?!`))
    | (?P<escape>\\[\\$`])
    | (?P<display>\$\$(?P<display_text>(?:{MATH}|\$(?!\$))+?)\$\$(?:[ \t]*\((?P<label>[^)\s]+)\))?)
    | (?P<bracket>\\\[(?P<bracket_text>.+?)\\\])
    | (?P<environment>\\begin\{{(?P<name>(?:{ENVIRONMENTS})\*?)\}}(?P<environment_text>.+?)\\end\{{(?P=name)\}})
    | (?P<inline>\$(?!\$)(?P<inline_text>(?:{MATH})+?)\$)
    | (?P<stray>\$\$?|\\[\[\]()]|\\(?:begin|end)\{{|^[ \t>]*(?:`{{3,}}|~{{3,}}|:{{3,}}))
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
OWN_LAYER = re.compile(r"<!--\s*equations:\s*a layer of its own\s*-->")
OPTION = re.compile(r"^[ \t>]*:(label|name|class):[ \t]*(.*)\n?", re.MULTILINE)
OPTIONS = re.compile(r"(?:^[ \t>]*:[a-z-]+:[^\n]*\n)+", re.MULTILINE)
REASON = re.compile(r"\s*[*_]*Unchecked:[*_]*\s*(\S(?:[^\n]|\n(?!\s*\n))*)")


@dataclass(frozen=True)
class Block:
    """One equation as its author wrote it, and where: `line` is counted in the cell of a notebook, else in the file."""

    page: str
    cell: int | None
    line: int
    text: str
    label: str = ""
    classes: tuple = ()
    inline: bool = False
    reason: str = ""  # of a block of class `unchecked`: what the text right behind it says
    problem: str = ""  # why this is no equation

    @property
    def place(self):
        """A short name: by its label, else by its line."""
        cell = f"cell-{self.cell}-" if self.cell else ""
        return f"{self.page}::{f'eq-{self.label}' if self.label else f'{cell}line-{self.line}'}"

    @property
    def address(self):
        cell = f"cell {self.cell}, " if self.cell else ""
        return f"{self.page}, {cell}line {self.line}" + (f" ({self.label})" if self.label else "")


@dataclass(frozen=True)
class Page:
    """A file's settings (front matter, notebook metadata) and blocks, in reading order."""

    name: str
    settings: dict
    blocks: tuple

    @property
    def builds_on(self):
        return tuple(self.settings.get("builds_on", ()))


# ---------------------------------------------------------------- which pages, in which order


def find_pages(paths):
    """The pages in `paths`, files or folders, as absolute paths: in the order of `_toc.yml` where there is one, else by name."""
    found = []
    for path in map(Path, paths):
        inside = [file for file in sorted(path.rglob("*")) if file.suffix in SUFFIXES] if path.is_dir() else [path]
        hidden = [file for file in inside if any(part.startswith((".", "_")) for part in file.relative_to(path).parts[:-1])]
        found += [file.resolve() for file in inside if file not in hidden]
    order = {page: number for number, page in enumerate(_listed(found))}
    return sorted(dict.fromkeys(found), key=lambda page: order.get(page, len(order)))


def _listed(files):
    """Those of `files` that a table of contents next to or above them names, in its order."""
    for folder in dict.fromkeys(folder for file in files for folder in file.parents):
        if (folder / "_toc.yml").is_file():
            for name in _files(yaml.safe_load((folder / "_toc.yml").read_text(encoding="utf-8"))):
                yield from (file for file in files if folder / name in (file, file.with_suffix("")))


def _files(toc):
    if isinstance(toc, dict):
        yield from (toc[key] for key in ("root", "file") if key in toc)
    for value in toc.values() if isinstance(toc, dict) else toc if isinstance(toc, list) else ():
        yield from _files(value)


# ---------------------------------------------------------------- one page


def read_page(path, name=None):
    """The page in a file. raises ValueError if it can't be read at all"""
    name = name or Path(path).as_posix()
    try:
        text = Path(path).read_text(encoding="utf-8")
        return {".ipynb": _read_notebook, ".py": _read_docstrings}.get(Path(path).suffix, read_markdown)(text, name)
    except (ValueError, SyntaxError) as error:
        raise ValueError(f"{name}: {error}") from error


def read_markdown(text, name):
    """The page in a Markdown text.

    >>> [(block.line, block.text) for block in read_markdown("If $a = b$, then\\n$$\\n  c = d\\n$$", "page.md").blocks]
    [(1, 'a = b'), (3, 'c = d')]
    """
    front = re.match(r"---\n(.*?\n)---\n", text, re.DOTALL)
    settings = (yaml.safe_load(front[1]) or {}) if front else {}
    if front:
        text = re.sub(r"[^\n]", " ", front[0]) + text[front.end() :]
    return Page(name, settings | _opted_in(text), tuple(_blocks(text, name)))


def _read_notebook(text, name):
    notebook, blocks, settings = json.loads(text), [], {}
    if not isinstance(notebook, dict) or "cells" not in notebook:
        raise ValueError("this is no notebook of format 4: it has no cells")
    for number, cell in enumerate(notebook["cells"], 1):
        if cell["cell_type"] == "markdown":
            source = "".join(cell["source"])
            settings |= _opted_in(source)
            blocks += _blocks(source, name, number)
        for output in cell.get("outputs", ()):  # what code displays, the reader reads too
            shown = _blocks("".join(output.get("data", {}).get("text/latex", "")), name, number)
            blocks += [replace(block, classes=("displayed",)) for block in shown]
    return Page(name, notebook.get("metadata", {}) | settings, tuple(blocks))


def _opted_in(text):
    """<!-- equations: checked --> does what the front matter does."""
    return {"equations": "checked"} if re.search(r"<!--\s*equations:\s*checked\s*-->", text) else {}


def _read_docstrings(text, name):
    """A line of a docstring that is set off, begins like LaTeX and holds a relation; words behind a wide gap are comments."""
    blocks = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node, clean=False):
            session = False  # what an example prints is for doctest
            for number, line in enumerate(ast.get_docstring(node, clean=False).split("\n"), node.body[0].lineno):
                session = line.strip() and (session or line.strip().startswith(">>>"))
                formula = re.split(r"\s{3,}", line.strip())[0]
                if not session and re.match(r"\s{4,}(\\[a-zA-Z]|\w[_^]|[A-Z] |\w \\in )", line) and re.search(r"\\|_\{", formula) and re.search(r"= |\\in ", formula):
                    blocks.append(Block(name, None, number, formula))
    return Page(name, {}, tuple(sorted(blocks, key=lambda block: block.line)))


def _blocks(text, page, cell=None, line=1):
    """The equations in Markdown text, in order; directives other than code are looked into."""
    for match in PIECE.finditer(text):
        kind = match.lastgroup
        here = line + text.count("\n", 0, match.start())
        if kind == "comment" and OWN_LAYER.fullmatch(match[0]):
            yield Block(page, cell, here, "", classes=("own-layer",), inline=True)
        elif kind == "fence":
            yield from _fence(match, text, page, cell, here)
        elif kind == "stray":
            yield Block(page, cell, here, match[0].strip(), problem=f"'{match[0].strip()}' opens or closes nothing; in a text write \\$")
        elif kind in ("role", "display", "bracket", "environment", "inline"):
            inside, start = match[f"{kind}_text"], match.start(f"{kind}_text")
            label = match["label"] or "".join(re.findall(r"\\label\{([^}]*)\}", inside))
            start_line = line + text.count("\n", 0, start + len(inside) - len(inside.lstrip()))
            yield Block(page, cell, start_line, inside.strip(), label, inline=kind in ("role", "inline"))


def _fence(match, text, page, cell, line):
    directive = re.match(r"\{([\w:-]+)\}(.*)", match["info"].strip())
    if not directive or directive[1] in CODE:
        return
    options = (OPTIONS.match(match["body"]) or [""])[0]
    body = match["body"][len(options) :]
    line += 1 + options.count("\n")
    if directive[1] != "math":
        yield from _blocks(body, page, cell, line)
        return
    given = dict(OPTION.findall(options))
    reason = REASON.match(text[match.end() :])
    yield Block(
        page, cell, line, f"{directive[2]}\n{body}".strip(), given.get("label", given.get("name", "")).strip(),
        tuple(given.get("class", "").split()), reason=reason[1] if reason else "",
    )  # fmt: skip
