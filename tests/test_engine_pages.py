"""What the engine's pages say outside their code cells is so: the notation's table, the names, the commands and what they print."""

import contextlib
import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import linalg_grads
from linalg_grads import LinalgGradsError, backward
from linalg_grads.__main__ import main

CHAPTERS = Path(__file__).parents[1] / "chapters"


def markdown(page):
    """The prose of a page of the book."""
    text = (CHAPTERS / page).read_text(encoding="utf-8")
    if page.endswith(".md"):
        return text
    return "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")


# ---------------------------------------------------------------- the table of the notation

ROWS = re.findall(r"^\| `(.+?)` \|.*\| `(.+?)`: .*\|$", markdown("your_own_layer.ipynb"), re.M)
TYPED, REFUSED = zip(*ROWS)


def test_the_table_is_found():
    assert len(ROWS) >= 9


@pytest.mark.parametrize("equation", TYPED)
def test_what_the_table_says_to_type_is_read(equation):
    assert "def grad_" in backward(equation, wrt="X" if "X" in equation else "x").to_numpy()


@pytest.mark.parametrize("equation", REFUSED)
def test_what_the_table_says_is_refused_is_refused_with_a_caret(equation):
    with pytest.raises(LinalgGradsError, match=r"(?m)^ +\^$"):
        backward(equation, wrt="x")


# ---------------------------------------------------------------- what is typeset is what is typed

TYPESET = {
    label: re.findall(r"^(?!\\begin|\\end)(.+?)(?: \\\\)?$", equations, re.M)
    for equations, label in re.findall(r"^\$\$\n(.*?)^\$\$ \((own-[\w-]+)\)", markdown("your_own_layer.ipynb"), re.M | re.S)
}


@pytest.mark.parametrize("label", [label for label, lines in TYPESET.items() if "_" in lines[0]])
def test_a_layer_is_typed_as_it_is_typeset(label):
    """A layer in components. (The exercise's is in matrices.)"""
    notebook = json.loads((CHAPTERS / "your_own_layer.ipynb").read_text(encoding="utf-8"))
    code = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    for line in TYPESET[label]:
        assert f'r"{line.replace("&:=", "=").replace(":=", "=")}"' in code


def test_layers_are_found():
    assert len(TYPESET) >= 7


# ---------------------------------------------------------------- the names


def test_each_public_name_is_documented_once():
    documented = re.findall(r"^\.\. auto\w+:: linalg_grads\.(\w+)", markdown("engine_reference.md"), re.M)
    assert sorted(documented) == sorted(linalg_grads.__all__)


@pytest.mark.parametrize("name", linalg_grads.__all__)
def test_each_public_name_has_a_docstring(name):
    assert getattr(linalg_grads, name).__doc__


# ---------------------------------------------------------------- the commands

COMMANDS = [
    (page, *found)
    for page in ("your_own_layer.ipynb", "engine_reference.md")
    for block in re.findall(r"^```console\n(.*?)^```$", markdown(page), re.M | re.S)
    for found in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M)
]


def test_commands_are_found_on_both_pages():
    assert {page for page, *_ in COMMANDS} == {"your_own_layer.ipynb", "engine_reference.md"}


@pytest.mark.parametrize("page, command, printed", COMMANDS, ids=lambda value: value.split("\n")[0])
def test_a_command_prints_what_its_page_shows(page, command, printed):
    python, module, package, *arguments = shlex.split(command)
    assert (python, module, package) == ("python", "-m", "linalg_grads")
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        main(arguments)
    assert out.getvalue().rstrip() == printed.rstrip()


# ---------------------------------------------------------------- the reference

READ_BASES = """import sys
from unittest.mock import Mock
from sphinx.errors import PycodeError
from sphinx.ext.autodoc.mock import mock
from sphinx.pycode import ModuleAnalyzer
from website.extensions import docstrings

docstrings.setup(Mock())
with mock(["torch"]):
    from linalg_grads import LinearFunction
for base in LinearFunction.__mro__:
    try:
        ModuleAnalyzer.for_module(base.__module__)
    except PycodeError:
        pass
print("torch" in sys.modules)"""


def test_the_reference_is_built_without_importing_pytorch():
    """As autodoc reads the bases of a class; PyTorch would add seconds to each build."""
    for program, imported in [(READ_BASES, "False"), (READ_BASES.replace("docstrings.setup(Mock())", ""), "True")]:
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=CHAPTERS.parent, timeout=60)
        assert run.stdout.strip() == imported, run.stderr


def test_a_matrix_formula_that_there_is_none_of_is_no_output(capsys):
    assert main(["derive", "y_{ijk} = x_i z_{jk}", "--wrt", "x", "--format", "matrix"]) == 2
    out, err = capsys.readouterr()
    assert not out and "no matrix form" in err and "--format einsum" in err
