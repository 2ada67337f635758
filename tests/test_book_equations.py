"""Every equation of the book holds: of each page, each docstring and the README, one test for each.

What is refuted is refused, what is unchecked says why, and nothing that looks like an equation was passed over.
"""

from functools import cache
from pathlib import Path

import pytest

from linalg_grads.check import open_book
from linalg_grads.statements import read_statements

ROOT = Path(__file__).parents[1]
BOOK, NAMES, _ = open_book(folder=ROOT)
CORE = ("chapters/",)  # no equation of these pages goes unchecked


def states_something(block):
    """An inline expression without a relation states nothing."""
    try:
        return not block.inline or bool(block.problem) or bool(read_statements(block.text, inline=True))
    except Exception:  # then the test is to fail, not the collection
        return True


BLOCKS = [block for name in NAMES for block in BOOK.pages[name].blocks if states_something(block)]


@cache
def results(name):
    return BOOK.results(name)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_equation_holds(block):
    found = [result for result in results(block.page) if result.block == block]
    assert found, f"{block.address}: it was not checked"
    failures = [str(result) for result in found if result.error]
    if failures:
        pytest.fail("\n".join(failures), pytrace=False)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_builds_on_earlier_ones(name):
    BOOK.scope(name)


def test_no_page_lacks_its_equations():
    """An empty run would pass for want of a case."""
    pages = {block.page for block in BLOCKS}
    assert {"chapters/welcome.md", "chapters/gradient_of_A.ipynb", "linalg_grads/linear_layer.py"} <= pages
    assert len(BLOCKS) >= 30


def test_labels_are_unique():
    labels = [block.label for block in BLOCKS if block.label]
    assert len(labels) == len(set(labels))


def test_the_core_leaves_nothing_unchecked():
    assert [block.address for block in BLOCKS if "unchecked" in block.classes and block.page.startswith(CORE)] == []
