"""Faults planted in notebooks, and who catches them: strict nbval, the notebook guard, or nobody.

The faults C01 to C50 (in code and outputs) and P01 to P13 (in prose) were collected before the guard was written; one
without such a number came to mind later. nbval needs a kernel, so all its faults stand in one notebook, a cell or two
each, beside a sound twin of that notebook in which every cell must pass; only what harms the kernel has a notebook of its
own. What the guard catches is planted in a small sound notebook or book, one fault at a time, and needs no kernel.
"""

import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell, reads, writes

from notebook_guard import refusals, refusals_of_the_book
from website import accept
from website.execute_notebooks import normal_form

ROOT = Path(__file__).parents[1]


# ---------------------------------------------------------------- cells and outputs

MIME_TYPES = {"plain": "text/plain", "latex": "text/latex", "html": "text/html", "svg": "image/svg+xml", "png": "image/png"}
LATEX, HTML, SVG = (f"<IPython.core.display.{name} object>" for name in ("Latex", "HTML", "SVG"))


def code(source, *outputs, tags=()):
    return new_code_cell(source, outputs=list(outputs), execution_count=1, metadata={"tags": list(tags)} if tags else {})


def printed(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def shown(kind="display_data", **data):
    return new_output(kind, {MIME_TYPES[key]: value for key, value in data.items()})


def result(plain, **data):
    return shown("execute_result", plain=plain, **data)


def raised(name, message):
    return new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])


def circle(radius):
    return f'<svg xmlns="http://www.w3.org/2000/svg"><circle r="{radius}"/></svg>'


def text_of(cells):
    return normal_form(new_notebook(cells=[deepcopy(cell) for cell in cells]))


# ---------------------------------------------------------------- what strict nbval catches


class Fault(NamedTuple):
    sound: list
    planted: list


def in_output(source, sound, planted):
    """The stored output is changed."""
    return Fault([code(source, *sound)], [code(source, *planted)])


def in_code(sound, planted, *outputs, tags=()):
    """The code is changed, and the stored output stays."""
    return Fault([code(sound, *outputs, tags=tags)], [code(planted, *outputs, tags=tags)])


def in_library(source, *outputs):
    """The library that the cell uses is changed; the cell itself and its output are sound."""
    return Fault([code(source, *outputs)], [code(source, *outputs)])


def in_error(planted):
    """The code of a cell that is expected to raise is changed."""
    return in_code("1 / 0", planted, raised("ZeroDivisionError", "division by zero"), tags=["raises-exception"])


START = code(
    "import os, library\nfrom IPython.display import HTML, Latex, SVG\nos.environ['OMP_NUM_THREADS'], os.environ['PYTHONHASHSEED']",
    result("('1', '0')"),
)

SOUND_LIBRARY = """
def product(a, b):
    return a * b

def talk():
    pass

def warn():
    pass
"""

FAULTY_LIBRARY = """
import sys, warnings

def product(a, b):
    return -a * b

def talk():
    print("trouble", file=sys.stderr)

def warn():
    warnings.warn("gone in the next version", DeprecationWarning, stacklevel=2)
"""

CAUGHT_BY_NBVAL = {
    "C01 a stored number": in_output("print(2 + 3)", [printed("5\n")], [printed("6\n")]),
    "C02 a stored value": in_output("[[1, 0], [0, 1]]", [result("[[1, 0], [0, 1]]")], [result("[[1, 0], [0, 2]]")]),
    "C03 stored LaTeX": in_output("Latex('$x_{jk}$')", [result(LATEX, latex="$x_{jk}$")], [result(LATEX, latex="$x_{kj}$")]),
    "C06 a stale figure": in_code(f"SVG('{circle(1)}')", f"SVG('{circle(2)}')", result(SVG, svg=circle(1))),
    "C07 stored HTML": in_output("HTML('<b>5</b>')", [result(HTML, html="<b>5</b>")], [result(HTML, html="<b>6</b>")]),
    "C08 an output too many": in_output("print(5)", [printed("5\n")], [printed("5\n"), shown(plain="6")]),
    "C09 an output deleted": in_output("print(5)", [printed("5\n")], []),
    "C13 a sign in the library, printed": in_library("print(library.product(2, 3))", printed("6\n")),
    "C14 a sign in the library, asserted": in_library("assert library.product(2, 3) == 6"),
    "C15 a cell raises": in_code("five = 5", "five = six"),
    "C16 an expected error does not come": in_error("1 / 1"),
    "C17 an expected error is of another type": in_error("int('zero')"),
    "C18 an expected error says something else": in_error("raise ZeroDivisionError('by zero')"),
    "C19 the library writes to stderr": in_library("library.talk()"),
    "C20 the library warns": in_library("library.warn()"),
    "C22 a cell exits": in_code("five = 5", "raise SystemExit(1)"),
    "C34 cells in another order": Fault(
        [code("late = 5"), code("print(late)", printed("5\n"))],
        [code("print(later)", printed("5\n")), code("later = 5")],
    ),
    "C47 the seventh digit": in_output("print(0.1234567)", [printed("0.1234567\n")], [printed("0.1234568\n")]),
    "a figure taken out of its output": in_output(f"SVG('{circle(1)}')", [result(SVG, svg=circle(1))], [result(SVG)]),
    "two lines of output swapped": in_output("print(5)\nprint(6)", [printed("5\n6\n")], [printed("6\n5\n")]),
}

HARM_THE_KERNEL = {
    "C25 the kernel exits": ("import os\nos._exit(3)", "The kernel died"),
    "C26 the kernel is killed, as when memory runs out": ("import os\nos.kill(os.getpid(), 9)", "The kernel died"),
    "C27 a cell hangs": ("import time\nwhile True:\n    time.sleep(1)", "Timeout of 4 seconds exceeded"),
}

# Each line of prose is wrong. nbval doesn't look at prose, and the guard reads only code and outputs: these are for the
# build of the site with warnings as errors (P08 to P11) and for a checker of equations and numbers (the others).
CAUGHT_BY_NOBODY_HERE = {
    "P01 an index in an equation": r"$$\frac{\partial l}{\partial a_{pq}} = \frac{\partial l}{\partial y_{pi}} x_{iq}$$",
    "P02 a transpose in an equation": r"$$\frac{\partial l}{\partial A} = \frac{\partial l}{\partial Y} X^\top$$",
    "P03 a sign in an equation": r"$$y_{ij} = -x_{ik} a_{jk}$$",
    "P04 the order of factors in an equation": r"$$\frac{\partial l}{\partial X} = A \frac{\partial l}{\partial Y}$$",
    "P05 a number in a sentence": "The sum of two and three is 6.",
    "P06 a shape in a sentence": "The identity printed above has shape (2, 3).",
    "P07 code in a fence": "```python\nassert 2 + 3 == 6\n```",
    "P08 a label of a figure": "{numref}`fig-that-is-not-there`",
    "P09 a label of an equation": "{eq}`eq-that-is-not-there`",
    "P10 the file of a figure": "![A picture](not_there.svg)",
    "P11 a label of a section": "{ref}`sec-that-is-not-there`",
    "P12 a brace without its partner": "$$A_{jq$$",
    "P13 an unknown command in an equation": r"$$\Foo{A}$$",
}

# These run and agree with what is stored, because both are wrong together, or because nothing is compared that could differ.
ALSO_CAUGHT_BY_NOBODY = {
    "a wrong formula with its wrong value stored": code("print('2 times 3:', 2 + 3)", printed("2 times 3: 5\n")),
    "a check that can't fail": code("six = 2 * 3\nassert six == six"),
}


@pytest.fixture(scope="module")
def nbval(tmp_path_factory):
    """What strict nbval said with the project's own settings: by notebook, the error of each code cell, or None."""
    folder = tmp_path_factory.mktemp("nbval")
    shutil.copy(ROOT / "conftest.py", folder)
    prose = map(new_markdown_cell, CAUGHT_BY_NOBODY_HERE.values())
    notebooks = {
        "sound/twin": [*cells_of("sound"), *prose, *ALSO_CAUGHT_BY_NOBODY.values()],
        "planted/twin": cells_of("planted"),
        **{fault: [code(source)] for fault, (source, _) in HARM_THE_KERNEL.items()},
    }
    for name, cells in notebooks.items():
        path = folder / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text_of(cells), encoding="utf-8")
    (folder / "sound/library.py").write_text(SOUND_LIBRARY, encoding="utf-8")
    (folder / "planted/library.py").write_text(FAULTY_LIBRARY, encoding="utf-8")

    twins, (exits, killed, hangs) = ["sound/twin", "planted/twin"], HARM_THE_KERNEL
    runs = [start_nbval(folder, number, names) for number, names in enumerate([twins, [exits, killed], [hangs]])]
    said = {name: [] for name in notebooks}
    for run, report in runs:
        printed_text, _ = run.communicate()
        assert run.returncode == 1 and report.exists(), printed_text
        for case in ElementTree.parse(report).iter("testcase"):
            name = case.get("classname").replace(".", "/").removesuffix("/ipynb")
            said[name].append("".join(part.text for part in case if part.tag in ("failure", "error")) or None)
    return said


def start_nbval(folder, number, names):
    """A pytest run of its own for some notebooks, already under way, and where its report will be."""
    report = folder / f"report_{number}.xml"
    settings = ["-c", ROOT / "pyproject.toml", "--rootdir", folder, "-p", "no:cacheprovider", "--color=no"]
    options = ["--nbval", "--nbval-cell-timeout=4", f"--junitxml={report}"]
    command = [sys.executable, "-m", "pytest", *settings, *options, *(folder / f"{name}.ipynb" for name in names)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True), report


def cells_of(side):
    return [START, *(cell for fault in CAUGHT_BY_NBVAL.values() for cell in getattr(fault, side))]


def test_the_sound_twin_passes(nbval):
    assert nbval["sound/twin"] == [None] * (len(cells_of("sound")) + len(ALSO_CAUGHT_BY_NOBODY))


@pytest.mark.parametrize("fault", CAUGHT_BY_NBVAL)
def test_strict_nbval_catches(fault, nbval):
    names = ["start", *(name for name, fault in CAUGHT_BY_NBVAL.items() for _ in fault.planted)]
    assert len(names) == len(nbval["planted/twin"])
    assert any(said for name, said in zip(names, nbval["planted/twin"]) if name == fault)


@pytest.mark.parametrize("fault", HARM_THE_KERNEL)
def test_strict_nbval_survives(fault, nbval):
    [said] = nbval[fault]
    assert HARM_THE_KERNEL[fault][1] in said


@pytest.mark.parametrize("fault", CAUGHT_BY_NOBODY_HERE)
def test_nobody_here_reads_prose(fault):
    """Honest: when this fails, something has learned to catch the fault, and it belongs in another list."""
    assert refusals(text_of([*SOUND, new_markdown_cell(CAUGHT_BY_NOBODY_HERE[fault])])) == []


@pytest.mark.parametrize("fault", ALSO_CAUGHT_BY_NOBODY)
def test_nobody_understands(fault):
    assert refusals(text_of([*SOUND, ALSO_CAUGHT_BY_NOBODY[fault]])) == []


# ---------------------------------------------------------------- what the guard catches in a notebook

SOUND = [
    new_markdown_cell("# A sound notebook"),
    code("from IPython.display import Latex\nfrom linalg_grads import figures"),
    code("print(2 + 3)\nLatex('$x_{jk}$')", printed("5\n"), result(LATEX, latex="$x_{jk}$")),
    code("figures.outer_products(G, X)", shown(plain="Two outer products", svg=circle(1))),
    code("1 / 0", raised("ZeroDivisionError", "division by zero"), tags=["raises-exception"]),
    code("assert 2 + 3 == 5"),
]
COUNT, FIGURE, ERROR, CHECK = 2, 3, 4, 5  # where they stand
SUM, DRAWING, ASSERTION = (SOUND[place].source for place in (COUNT, FIGURE, CHECK))


def added(source, *outputs, tags=()):
    """The sound notebook and one cell more."""
    return [*SOUND, code(source, *outputs, tags=tags)]


def instead(place, *cells):
    """The sound notebook with other cells, or none, in the place of one."""
    return [*SOUND[:place], *cells, *SOUND[place + 1 :]]


PNG = shown(plain="<Figure size 640x480 with 1 Axes>", png="iVBORw0KGgo=")
NO_PNG = shown(plain="<Figure size 640x480 with 1 Axes>")
BITMAP_IN_HTML = shown(plain="a", html="<img src='data:image/png;base64,iVBORw0KGgo='/>")
LARGE = new_output("display_data", {"image/svg+xml": circle(1)}, metadata={"image/svg+xml": {"width": 400}})

# What is left when `make execute` has run the notebook that has the fault.
CAUGHT_BY_THE_GUARD = {
    "C04 a stored bitmap is another": (instead(FIGURE, code(DRAWING, PNG)), "image/png is not compared"),
    "C05 a stored bitmap is stale": (instead(FIGURE, code("figures.shapes(X)", PNG)), "image/png is not compared"),
    "C21 text on stderr": (added("5", printed("trouble", "stderr")), "it wrote to stderr: 'trouble'"),
    "C23 a shell command": (added("!false"), "not plain Python"),
    "C24 a cell magic": (added("%%bash\nexit 1"), "not plain Python"),
    "C28 a question to the reader": (added("name = input()"), "input: nobody is there to answer"),
    "C29 an empty notebook": ([], "it has no outputs"),
    "C30 a notebook of prose alone": (SOUND[:1], "it has no outputs"),
    "C33 outputs of a cell in another order": (
        instead(COUNT, code(SUM, result(LATEX, latex="$x_{jk}$"), printed("5\n"))),
        "in the order execute_result, stream",
    ),
    "C36 a check in a raw cell": (
        instead(CHECK, new_raw_cell(ASSERTION)),
        "a raw cell, which nobody runs: 'assert 2 + 3 == 5'",
    ),
    "C38 a tag against comparison": (
        instead(COUNT, code(SUM, printed("6\n"), tags=["nbval-ignore-output"])),
        "the tag 'nbval-ignore-output'",
    ),
    "C39 a tag against running": (instead(CHECK, code(ASSERTION, tags=["nbval-skip"])), "the tag 'nbval-skip'"),
    "C40 a check that is expected to fail": (
        instead(CHECK, code("assert 2 + 3 == 6", raised("AssertionError", ""), tags=["raises-exception"])),
        "a check in a cell that is expected to raise",
    ),
    "C42 a bitmap taken out of its output": (instead(FIGURE, code(DRAWING, NO_PNG)), "shows the reader nothing"),
    "C43 a display that is updated": (
        added("five = display(5, display_id=True)\nfive.update(6)", shown(plain="5")),
        "display_id: nbval ignores",
    ),
    "C44 a thread": (added("import threading"), "it imports threading"),
    "C48 a figure of another size": (instead(FIGURE, code(DRAWING, LARGE)), "its output has metadata"),
    "C49 a slip of syntax": (added("five = (5"), "not plain Python: '(' was never closed"),
    "C50 a coroutine that nobody awaits": (added("async def check():\n    assert False\n_ = check()"), "async: a coroutine"),
    "an empty cell": (added(""), "it is empty"),
    "a top-level await": (added("await check()"), "not plain Python"),
    "a string with an unknown escape": (added(r"'\p';"), "not plain Python"),
    "a comment against comparison": (
        instead(COUNT, code(f"# NBVAL_IGNORE_OUTPUT\n{SUM}", printed("6\n"))),
        "NBVAL_IGNORE_OUTPUT' weakens",
    ),
    "an old comment against comparison": (
        added("5  # PYTEST_VALIDATE_IGNORE_OUTPUT"),
        "PYTEST_VALIDATE_IGNORE_OUTPUT' weakens",
    ),
    "an update of a display": (added("update_display(6, 'five')"), "update_display: nbval ignores"),
    "an output cleared by the cell": (added("from IPython.display import clear_output"), "clear_output: nbval ignores"),
    "the search path": (added("import sys\nsys.path.append('..')"), "it imports sys"),
    "an installation": (added("get_ipython().run_line_magic('pip', 'install numpy')"), "get_ipython: no magic"),
    "a download": (added("import urllib.request"), "it imports urllib.request"),
    "a downloaded model": (added("import torch\nmodel = torch.hub.load('a', 'b')"), "hub: no downloads"),
    "warnings muted": (added("import warnings\nwarnings.simplefilter('ignore')"), "it imports warnings"),
    "a file read": (added("text = open('answer.txt').read()"), "open: a page reads and writes no file"),
    "code in a string": (added("eval('2 + 3');"), "eval: code out of sight"),
    "a program in a string": (added("exec('five = 5')"), "exec: code out of sight"),
    "an import in a call": (added("__import__('sys').exit()"), "__import__: code out of sight"),
    "PyTorch for nothing": (added("import torch\ntorch.arange(3).sum().item();"), "takes no gradient with it"),
    "a part of PyTorch for nothing": (added("import torch.nn.functional as F"), "takes no gradient with it"),
    "the address of an object": (
        added("print([object()])", printed("[<object at 0x7f00c0ffee10>]\n")),
        "holds '0x7f00c0ffee10'",
    ),
    "an address in an error": (
        added("5 / five", raised("TypeError", "at 0x7f00c0ffee10"), tags=["raises-exception"]),
        "holds '0x7f00c0ffee10'",
    ),
    **{
        f"a path of the machine, {path}": (added("print(path)", printed(f"in {path} line 7\n")), f"holds {part!r}")
        for path, part in {
            "/home/me/figures.py": "/home/",
            "/root/figures.py": "/root/",
            "/Users/me/figures.py": "/Users/",
            r"C:\Users\me\figures.py": r"C:\Users",
            "/tmp/figures.py": "/tmp/",
            "/opt/site-packages/figures.py": "site-packages",
            "ipykernel_4711/7.py": "ipykernel_4",
        }.items()
    },
    "a bitmap inside HTML": (added("table", BITMAP_IN_HTML), "a bitmap inside its output"),
    "an object that shows nothing": (added("map(str, [])", result("<map object>")), "'<map object>' shows the reader nothing"),
    "a figure that is not stored": (instead(FIGURE, code(DRAWING)), "it draws a figure, but no SVG is stored"),
    "a figure function by its own name": (
        added("from linalg_grads.figures import outer_products"),
        "write `from linalg_grads import figures`",
    ),
    "an error without its tag": (
        instead(ERROR, code("1 / 0", raised("ZeroDivisionError", ""))),
        "the tag raises-exception is missing",
    ),
    "a tag without its error": (added("5", tags=["raises-exception"]), "but no error is stored"),
}


def clear(notebook, places):
    for place in places:
        notebook.cells[place].update(outputs=[], execution_count=None)


def swap_runs(notebook):
    notebook.cells[COUNT].execution_count, notebook.cells[FIGURE].execution_count = 3, 2


NOT_NORMAL = "not as `make execute` writes it"

# What `make execute` mends. Each changes the sound notebook after it was executed.
CAUGHT_BEFORE_EXECUTION = {
    "C10 all outputs cleared": (lambda it: clear(it, range(1, 6)), "it has no outputs"),
    "C11 one cell's output cleared": (lambda it: clear(it, [COUNT]), "[1, None, 3, 4, 5], not 1, 2, 3"),
    "C12 a cell with outputs that was not run": (
        lambda it: it.cells[COUNT].update(execution_count=None),
        "[1, None, 3, 4, 5], not 1, 2, 3",
    ),
    "C31 another kernel": (lambda it: it.metadata.kernelspec.update(name="another"), NOT_NORMAL),
    "C32 run numbers out of order": (swap_runs, "[1, 3, 2, 4, 5], not 1, 2, 3"),
    "C41 another traceback": (lambda it: it.cells[ERROR].outputs[0].update(traceback=["line 7"]), NOT_NORMAL),
    "the version of Python": (lambda it: it.metadata.language_info.update(version="3.11.7"), NOT_NORMAL),
    "an editor's metadata": (lambda it: it.cells[COUNT].metadata.update(collapsed=True), NOT_NORMAL),
    "two cells of one name": (lambda it: it.cells[COUNT].update(id=it.cells[CHECK].id), NOT_NORMAL),
}


SOUND_THOUGH_IT_LOOKS_FAULTY = {
    "PyTorch for a gradient": added("import torch\nY = torch.ones(2, requires_grad=True)\nY.sum().backward()\nY.grad"),
    "a method with a builtin's name": added("model.eval();"),
    "an SVG inside HTML": added("table", shown(plain="a", html="<img src='data:image/svg+xml,%3Csvg/%3E'/>")),
    "text, then two displays, then a result": added("5", printed("5\n"), shown(plain="6"), shown(plain="7"), result("8")),
    "a module of the package": added("from linalg_grads.errors import ShapeError"),
    "a hidden input": added("5", tags=["hide-input"]),
}


def test_the_sound_notebook_is_not_refused():
    assert refusals(text_of(SOUND)) == []


@pytest.mark.parametrize("case", SOUND_THOUGH_IT_LOOKS_FAULTY)
def test_the_guard_does_not_refuse(case):
    assert refusals(text_of(SOUND_THOUGH_IT_LOOKS_FAULTY[case])) == []


@pytest.mark.parametrize("fault", CAUGHT_BY_THE_GUARD)
def test_the_guard_catches(fault):
    cells, message = CAUGHT_BY_THE_GUARD[fault]
    assert message in "\n".join(refusals(text_of(cells)))


@pytest.mark.parametrize("fault", CAUGHT_BEFORE_EXECUTION)
def test_the_guard_catches_before_execution(fault):
    plant, message = CAUGHT_BEFORE_EXECUTION[fault]
    notebook = reads(text_of(SOUND))
    plant(notebook)
    assert message in "\n".join(refusals(writes(notebook) + "\n"))




# ---------------------------------------------------------------- what the guard catches in a book


@pytest.fixture
def book(tmp_path):
    """A sound book of two notebooks and a page, as it was accepted."""
    for folder in ("chapters", "website"):
        (tmp_path / folder).mkdir()
    for name in ("first", "second"):
        (tmp_path / f"chapters/{name}.ipynb").write_text(text_of(SOUND), encoding="utf-8")
    (tmp_path / "chapters/welcome.md").write_text("# Welcome\n", encoding="utf-8")
    (tmp_path / "_toc.yml").write_text(
        "root: chapters/welcome\nparts:\n- chapters:\n  - file: chapters/first\n    sections:\n    - file: chapters/second.ipynb\n",
        encoding="utf-8",
    )
    accept.file(tmp_path).write_text(accept.held(tmp_path), encoding="utf-8")
    return tmp_path


def unlisted(book):
    shutil.copy(book / "chapters/first.ipynb", book / "chapters/third.ipynb")


def removed(book):
    (book / "chapters/second.ipynb").unlink()


def moved_out(book):
    (book / "chapters/second.ipynb").rename(book / "second.ipynb")
    toc = book / "_toc.yml"
    toc.write_text(toc.read_text().replace("chapters/second", "second"))


def emptied(book):
    shutil.rmtree(book / "chapters")


def page_unlisted(book):
    (book / "chapters/draft.md").touch()


def shadowing(book):
    (book / "chapters/numpy.py").touch()


def with_cells(cells):
    """The second notebook has other cells."""
    return lambda book: (book / "chapters/second.ipynb").write_text(text_of(cells), encoding="utf-8")


def broken(book):
    """The file of the second notebook is cut short."""
    path = book / "chapters/second.ipynb"
    path.write_text(path.read_text()[:-9])


CAUGHT_IN_THE_BOOK = {
    "C35 a code cell turned into prose": (
        with_cells(instead(COUNT, new_markdown_cell(SUM))),
        '-  "code cells": 5,\n+  "code cells": 4,',
    ),
    "C37 a check deleted": (with_cells(instead(CHECK)), '-   "assert 2 + 3 == 5"'),
    "C45 a notebook cut short": (broken, "chapters/second.ipynb: not a notebook of format 4"),
    "C46 a notebook removed": (removed, "_toc.yml lists chapters/second.ipynb, but there is no such page"),
    "a notebook not listed": (unlisted, "chapters/third.ipynb is not in _toc.yml"),
    "a page not listed": (page_unlisted, "chapters/draft.md is not in _toc.yml"),
    "a notebook where nbval does not look": (moved_out, "nbval runs only what is under chapters/"),
    "no notebook at all": (emptied, "no notebook under chapters/"),
    "a check weakened": (with_cells(instead(CHECK, code("assert 2 + 3"))), '+   "assert 2 + 3"'),
    "a check commented out": (with_cells(instead(CHECK, code(f"# {ASSERTION}"))), '-   "assert 2 + 3 == 5"'),
    "a figure lost": (with_cells(instead(FIGURE, code("5;"))), '-  "figures": 1,\n+  "figures": 0,'),
    "one more import": (with_cells(added("import torch")), '+   "torch"'),
    "a module that hides an installed one": (shadowing, "chapters/numpy.py would be imported in place of an installed module"),
}


def test_the_sound_book_is_not_refused(book):
    assert refusals_of_the_book(book) == []


@pytest.mark.parametrize("fault", CAUGHT_IN_THE_BOOK)
def test_the_guard_of_the_book_catches(fault, book):
    plant, message = CAUGHT_IN_THE_BOOK[fault]
    plant(book)
    assert message in "\n".join(refusals_of_the_book(book))


def test_every_collected_fault_is_planted_once():
    by_nbval, by_the_guard = [CAUGHT_BY_NBVAL, HARM_THE_KERNEL], [CAUGHT_BY_THE_GUARD, CAUGHT_BEFORE_EXECUTION, CAUGHT_IN_THE_BOOK]
    names = [name for faults in [*by_nbval, *by_the_guard, CAUGHT_BY_NOBODY_HERE] for name in faults]
    numbers = [name[:3] for name in names if name[1:3].isdigit()]
    assert sorted(numbers) == [f"C{n:02}" for n in range(1, 51)] + [f"P{n:02}" for n in range(1, 14)]
