"""What strict nbval can't see in a notebook, refused without running it.

nbval re-runs the cells and compares text, LaTeX, HTML, SVG and errors with what is stored. It compares nothing where a cell
was never run, where a tag or a comment tells it not to, or where the output is a bitmap or a traceback; not the order of
outputs of different kinds; and nothing that is no longer there. Each rule below closes such a gap, or keeps a notebook
from depending on the machine. A rule takes a notebook or a cell and yields what is wrong, in words that say what is right.
"""

import ast
import builtins
import re
import warnings
from difflib import unified_diff

import yaml

from website.accept import accepted, checks, held, imports, tree
from website.execute_notebooks import code_cells, normal_form, notebooks, parse

TAGS = {"hide-input", "hide-output", "remove-input", "raises-exception"}
MODULES = {"IPython.display", "fractions", "functools", "itertools", "linalg_grads", "math", "numpy", "operator", "torch"}
MIME_TYPES = {"text/plain", "text/latex", "text/html", "text/markdown", "image/svg+xml"}
KINDS = ("stream", "display_data", "execute_result", "error")  # in the only order that they may stand in
NAMES = {
    "get_ipython": "no magic and no shell",
    "clear_output": "nbval ignores it",
    "update_display": "nbval ignores it",
    "display_id": "nbval ignores a display's updates",
    "input": "nobody is there to answer",
    "open": "a page reads and writes no file",
    "eval": "code out of sight",
    "exec": "code out of sight",
    "__import__": "code out of sight",
    "hub": "no downloads",
}
AUTOGRAD = {"autograd", "backward", "grad", "gradcheck", "gradgradcheck"}

BARE_OBJECT = re.compile(r"<.*>", re.DOTALL)
BITMAP = re.compile(r"data:image/(?!svg)")
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
PATH = re.compile(r"/home/|/root/|/tmp/|/Users/|[A-Z]:\\Users|site-packages|ipykernel_\d")


def refusals(text):
    """All that is wrong with a notebook, given the text of its file; an empty list if it may go to nbval."""
    try:
        notebook = parse(text)
    except ValueError as error:
        return [str(error)]
    found = [refusal for rule in OF_A_NOTEBOOK for refusal in rule(notebook)]
    for number, cell in enumerate(code_cells(notebook), 1):
        found += [f"code cell {number}: {refusal}" for rule in OF_A_CELL for refusal in rule(cell)]
    if text != normal_form(notebook):
        found.append("not as `make execute` writes it: metadata, ids, run numbers, tracebacks or layout differ")
    return found


# ---------------------------------------------------------------- rules for a notebook


def it_has_outputs(notebook):
    if not any(cell.outputs for cell in code_cells(notebook)):
        yield "it has no outputs: run `make execute`"


def its_cells_ran_in_order(notebook):
    runs = [cell.execution_count for cell in code_cells(notebook)]
    if runs != list(range(1, len(runs) + 1)):
        yield f"the cells' run numbers are {runs}, not 1, 2, 3, ...: run `make execute`"


def none_of_its_cells_is_raw(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "raw":
            yield f"a raw cell, which nobody runs: {cell.source[:40]!r}"


def it_imports_torch_only_to_compare(notebook):
    """Importing PyTorch takes longer than all else that a notebook does."""
    sources = [cell.source for cell in code_cells(notebook)]
    imported = {module.partition(".")[0] for source in sources for module in imports(source)}
    if "torch" in imported and not AUTOGRAD & {word for source in sources for word in words(source)}:
        yield "it imports torch, but takes no gradient with it"


OF_A_NOTEBOOK = (it_has_outputs, its_cells_ran_in_order, none_of_its_cells_is_raw, it_imports_torch_only_to_compare)


# ---------------------------------------------------------------- rules for a cell's code


def it_is_plain_python(cell):
    """No magic, no shell line, no slip of syntax."""
    if not cell.source.strip():
        yield "it is empty"
    try:
        with warnings.catch_warnings(action="error"):
            compile(cell.source, "cell", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        yield f"not plain Python: {error}"
    if any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(tree(cell.source))):
        yield "async: a coroutine that nobody awaits checks nothing"


def it_imports_only_what_is_installed(cell):
    """From a short list, so that `sys.path`, pip, downloads, threads, clocks and muted warnings are out as well."""
    for module in imports(cell.source):
        if not MODULES & {module, module.partition(".")[0]}:
            yield f"it imports {module}, which is not in the list of tests/notebook_guard.py"


def it_calls_nothing_that_escapes_comparison(cell):
    for word in NAMES.keys() & words(cell.source):
        yield f"{word}: {NAMES[word]}"


def it_is_compared(cell):
    """No tag and no comment that makes nbval skip the cell or its outputs."""
    for tag in set(cell.metadata.get("tags", [])) - TAGS:
        yield f"the tag {tag!r} is not in the list of tests/notebook_guard.py"
    for marker in re.findall(r"#.*(?:NBVAL|PYTEST_VALIDATE)_\w+", cell.source):
        yield f"the comment {marker!r} weakens the comparison"


def it_raises_if_and_only_if_it_says_so(cell):
    """An error that was expected hides a check that fails, so no check stands beside it."""
    tagged = "raises-exception" in cell.metadata.get("tags", [])
    raised = any(output.output_type == "error" for output in cell.outputs)
    if raised and not tagged:
        yield "an error is stored, but the tag raises-exception is missing"
    if tagged and not raised:
        yield "the tag raises-exception, but no error is stored"
    if tagged and any(checks(cell.source)):
        yield "a check in a cell that is expected to raise can fail unseen"


# ---------------------------------------------------------------- rules for a cell's outputs


def its_outputs_can_be_compared(cell):
    for output in cell.outputs:
        kinds = output.get("data", {}).keys()
        if kinds - MIME_TYPES:
            yield f"its output of kind {', '.join(sorted(kinds - MIME_TYPES))} is not compared; figures are SVG"
        if kinds == {"text/plain"} and BARE_OBJECT.fullmatch(output.data["text/plain"]):
            yield f"its output {output.data['text/plain']!r} shows the reader nothing"
        if output.get("metadata"):
            yield f"its output has metadata, which are not compared: {dict(output.metadata)}"
        if output.get("name") == "stderr":
            yield f"it wrote to stderr: {output.text[:60]!r}"


def its_outputs_are_the_same_on_every_machine(cell):
    for text in output_texts(cell):
        if BITMAP.search(text):
            yield "a bitmap inside its output"
        for found in {match[0] for pattern in (ADDRESS, PATH) for match in pattern.finditer(text)}:
            yield f"its output holds {found!r}, which differs between runs or machines"


def its_outputs_stand_in_order(cell):
    """nbval compares outputs kind by kind, so only one order of kinds is legal: printed text, displays, the result."""
    kinds = [output.output_type for output in cell.outputs]
    if kinds != sorted(kinds, key=KINDS.index):
        yield f"outputs in the order {', '.join(kinds)}: print first, display next, or split the cell"


def its_figure_is_shown(cell):
    if "linalg_grads.figures" in imports(cell.source):
        yield "write `from linalg_grads import figures`, and then `figures.name(...)`"
    attributes = [node for node in ast.walk(tree(cell.source)) if isinstance(node, ast.Attribute)]
    draws = any(getattr(node.value, "id", "") == "figures" for node in attributes)
    if draws and not any("image/svg+xml" in output.get("data", {}) for output in cell.outputs):
        yield "it draws a figure, but no SVG is stored"


OF_A_CELL = (
    it_is_plain_python,
    it_imports_only_what_is_installed,
    it_calls_nothing_that_escapes_comparison,
    it_is_compared,
    it_raises_if_and_only_if_it_says_so,
    its_outputs_can_be_compared,
    its_outputs_are_the_same_on_every_machine,
    its_outputs_stand_in_order,
    its_figure_is_shown,
)


def words(source):
    """The names that a cell uses. A method that shares a builtin's name (`model.eval()`) is not that builtin."""
    for node in ast.walk(tree(source)):
        match node:
            case ast.Name(id=word) | ast.keyword(arg=word) | ast.alias(name=word):
                yield word
            case ast.Attribute(attr=word) if not hasattr(builtins, word):
                yield word


def output_texts(cell):
    """Every piece of text that the cell's outputs show."""
    for output in cell.outputs:
        yield from output.get("data", {}).values()
        yield from (output[key] for key in ("text", "evalue") if key in output)


# ---------------------------------------------------------------- rules for the book


def refusals_of_the_book(root):
    """All that is wrong with the book that no page shows: pages unlisted or missing, checks lost, modules shadowed."""
    return [refusal for rule in (pages_are_listed, nothing_was_lost, nothing_shadows_a_package) for refusal in rule(root)]


def pages_are_listed(root):
    """The notebooks under chapters/, which nbval runs, are those of the table of contents, which the reader sees."""
    pages = [page.relative_to(root) for page in [*notebooks(root / "chapters"), *sorted((root / "chapters").glob("**/*.md"))]]
    listed = set(files(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))))
    if not any(page.suffix == ".ipynb" for page in pages):
        yield "no notebook under chapters/"
    for page in pages:
        if not listed & {page.as_posix(), page.with_suffix("").as_posix()}:
            yield f"{page.as_posix()} is not in _toc.yml"
    for name in sorted(listed):
        page = next((page for suffix in ("", ".ipynb", ".md") if (page := root / f"{name}{suffix}").is_file()), None)
        if page is None:
            yield f"_toc.yml lists {name}, but there is no such page"
        elif page.suffix == ".ipynb" and page.relative_to(root) not in pages:
            yield f"_toc.yml lists {name}, but nbval runs only what is under chapters/"


def nothing_was_lost(root):
    """What the notebooks hold is what was accepted."""
    try:
        now, before = held(root).splitlines(), accepted(root).splitlines()
    except ValueError as error:
        yield str(error)
        return
    if now != before:
        difference = unified_diff(before, now, "accepted", "found", lineterm="")
        yield "\n".join(["not what was accepted (if it is right: `make accept`)", *difference])


def nothing_shadows_a_package(root):
    """A kernel's working directory is its notebook's, and comes before what is installed."""
    for path in sorted((root / "chapters").rglob("*.py")):
        yield f"{path.relative_to(root).as_posix()} would be imported in place of an installed module"


def files(toc):
    """Every page that a table of contents names, at any depth."""
    if isinstance(toc, dict):
        yield from (toc[key] for key in ("root", "file") if key in toc)
        yield from (page for value in toc.values() for page in files(value))
    elif isinstance(toc, list):
        yield from (page for item in toc for page in files(item))
