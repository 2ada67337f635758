"""What the book holds, as its authors last accepted it: `make accept`.

    python -m website.accept        writes website/accepted.json

A notebook that lost a check still runs and still agrees with its stored outputs; an equation that another true one took the
place of still holds. So the tests compare what each page holds now with the file, and a change of the file is something to
review. A page's entry is a dictionary: whatever else is to be accepted of a page joins it under a name of its own.
"""

import ast
import json
import warnings
from collections import Counter
from pathlib import Path

from linalg_grads.book import find_pages, read_page
from linalg_grads.statements import read_statements, spans_of_sides
from website.execute_notebooks import code_cells, read
from website.numbers_in_text import unproved

ROOT = Path(__file__).parents[1]

# Calls that compare, beside those whose name starts with "assert" or "check".
COMPARISONS = {"all", "allclose", "array_equal", "equal", "gradcheck", "gradgradcheck", "isclose"}


def main():
    text = held(ROOT)
    file(ROOT).write_text(text, encoding="utf-8")
    for page, entry in json.loads(text).items():
        counts = {key: len(value) if isinstance(value, list) else value for key, value in entry.items() if not isinstance(value, dict)}
        print(f"{page}: {', '.join(f'{count} {key}' for key, count in (counts | entry.get('statements', {})).items())}")
    print(f"Accepted in {file(ROOT).relative_to(ROOT)}. Review its diff.")


def file(root):
    return root / "website" / "accepted.json"


def accepted(root):
    """The text of the file, empty if nothing was ever accepted."""
    return file(root).read_text(encoding="utf-8") if file(root).exists() else ""


def held(root):
    """What the file would say now."""
    pages = find_pages(path for path in (root / "README.md", root / "chapters") if path.exists())
    entries = {path.relative_to(root.resolve()).as_posix(): facts_of_a_page(path) for path in pages}
    return json.dumps({page: entry for page, entry in entries.items() if entry}, indent=1, ensure_ascii=False) + "\n"


def facts_of_a_page(path):
    return (facts(read(path)) if path.suffix == ".ipynb" else {}) | equations(read_page(path)) | numbers(path)


def numbers(path):
    """The numbers in the text of a page that a person typed and no code printed."""
    if path.suffix != ".ipynb":
        found = unproved(path.read_text(encoding="utf-8"))
    else:
        cells = read(path).cells
        outputs = "\n".join(text for cell in cells for output in cell.get("outputs", ()) for text in texts(output))
        found = [number for cell in cells if cell.cell_type == "markdown" for number in unproved(cell.source, outputs)]
    return {"numbers": found} if found else {}


def texts(output):
    """What an output says, pictures apart."""
    yield output.get("text", "")
    yield from (text for kind, text in output.get("data", {}).items() if kind in ("text/plain", "text/html", "text/latex", "text/markdown"))


def facts(notebook):
    """What a reviewer wants to see change, of one notebook."""
    cells = code_cells(notebook)
    return {
        "imports": sorted({module for cell in cells for module in imports(cell.source)}),
        "code cells": len(cells),
        "figures": sum("image/svg+xml" in output.get("data", {}) for cell in cells for output in cell.outputs),
        "checks": [check for cell in cells for check in checks(cell.source)],
    }


# ---------------------------------------------------------------- reading a page's equations


def equations(page):
    """How many statements of each kind a page makes, and its labelled equations as they are written, layout apart."""
    counts, labelled, reasons = Counter(), {}, []
    for block in page.blocks:
        mark = next((mark for mark in ("refuted", "unchecked") if mark in block.classes), None)
        statements = [] if mark == "unchecked" or block.problem else read_statements(block.text, block.inline)
        texts = [" ".join(statement.text.split()) for statement in statements] or [" ".join(block.text.split())]
        if mark:
            counts[mark] += 1
            reasons += [block.reason] if mark == "unchecked" else []
        else:
            for statement in statements:
                counts.update(relations(statement.text) if statement.kind == "chain" else [statement.kind])
        if block.label:
            labelled[block.label] = texts if len(texts) > 1 else texts[0]
    found = {"statements": dict(sorted(counts.items())), "equations": labelled} if counts else {}
    return found | ({"reasons": reasons} if reasons else {})


def relations(text):
    """What each relation of a chain makes it.

    >>> relations("Y := X A = B")
    ['definitions', 'equalities']
    """
    spans = spans_of_sides(text)
    between = [text[end:start] for (_, end), (start, _) in zip(spans, spans[1:])]
    return ["definitions" if relation in (":=", r"\coloneqq") else "equalities" for relation in between]


# ---------------------------------------------------------------- reading a cell's code


def tree(source):
    """The syntax tree of a cell; an empty one if it isn't Python, which the notebook guard refuses by itself."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(source)
    except SyntaxError:
        return ast.parse("")


def imports(source):
    """The modules that a cell imports.

    >>> list(imports("import numpy as np; from linalg_grads import backward"))
    ['numpy', 'linalg_grads']
    """
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def checks(source):
    """Every assertion and every comparing call of a cell, each as it is written, on one line.

    >>> list(checks("if ready: assert (a ==\\n b).all(), 'no'\\nprint('agrees:', np.array_equal(a, b))"))
    ["assert (a == b).all(), 'no'", 'np.array_equal(a, b)']
    """

    def below(node):
        if isinstance(node, ast.Assert) or isinstance(node, ast.Call) and compares(node):
            yield " ".join(ast.get_source_segment(source, node).split())
        else:
            for child in ast.iter_child_nodes(node):
                yield from below(child)

    return below(tree(source))


def compares(call):
    """Whether the name of what is called says that it compares."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return name in COMPARISONS or name.startswith(("assert", "check"))


if __name__ == "__main__":
    main()
