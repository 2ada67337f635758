"""The book's notebooks are as `make execute` leaves them, hide nothing from nbval, and lost nothing since they were accepted.

These tests run no cell: `pytest --nbval chapters/` does.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from notebook_guard import refusals, refusals_of_the_book
from website.execute_notebooks import notebooks

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("path", notebooks(ROOT / "chapters"), ids=lambda path: path.name)
def test_hides_nothing_from_nbval(path):
    found = refusals(path.read_text(encoding="utf-8"))
    assert not found, "\n".join(found)


def test_the_book_has_the_pages_and_checks_that_were_accepted():
    """No notebook at all is a refusal too; the test above would then pass for want of a case."""
    found = refusals_of_the_book(ROOT)
    assert not found, "\n".join(found)


def test_kernels_import_this_very_package(tmp_path):
    """From a notebook's folder Python finds the installed package. An old copy of it would be tested in place of this one."""
    show = [sys.executable, "-P", "-c", "import linalg_grads; print(linalg_grads.__path__[0])"]
    run = subprocess.run(show, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, f"linalg_grads is not installed: {run.stderr}"
    assert sources(Path(run.stdout.strip())) == sources(ROOT / "linalg_grads")


def sources(package):
    return {path.relative_to(package).as_posix(): path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
