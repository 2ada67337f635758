r"""The museum of wrong equations: each exhibit is refused, what is right beside it holds, and the page shows what the checker says.

The page, chapters/museum.ipynb, is the only place where the exhibits stand. A few more that have no address are below.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from linalg_grads.book import read_markdown, read_page
from linalg_grads.check import Book, check_block
from linalg_grads.claims import Scope

PATH = Path(__file__).parents[1] / "chapters" / "museum.ipynb"
PAGE = read_page(PATH, "museum.ipynb")
BLOCKS = {block.label: block for block in PAGE.blocks if block.label}
EXHIBITS = [label for label, block in BLOCKS.items() if "refuted" in block.classes]


@pytest.fixture(scope="module")
def results():
    return {result.block: result for result in Book([PAGE], course=True).results(PAGE.name)}


@pytest.fixture(scope="module")
def shown():
    """Label -> what the page's code shows of it."""
    cells = json.loads(PATH.read_text(encoding="utf-8"))["cells"]
    asked = {found[1]: cell for cell in cells if (found := re.fullmatch(r'show\("(.+)"\)', "".join(cell["source"])))}
    return {label: "".join(text for output in cell["outputs"] for text in output["text"]) for label, cell in asked.items()}


def test_the_museum_has_its_exhibits():
    assert len(EXHIBITS) >= 26


@pytest.mark.parametrize("label", EXHIBITS)
def test_what_was_printed_is_refused_and_the_page_says_why(results, shown, label):
    refusal = results[BLOCKS[label]].refusal
    assert refusal and shown[label] == refusal + "\n"


@pytest.mark.parametrize("label", EXHIBITS)
def test_what_is_right_holds(results, label):
    right = BLOCKS[f"{label}-right"]
    assert "refuted" not in right.classes and not results[right].error and results[right].counts


def test_a_right_equation_in_its_place_would_be_noticed():
    """Each exhibit is refused for what it says, and not for a name that nobody introduced."""
    scope, errors = Scope.of_the_course(), {}
    for block in PAGE.blocks:
        if block.label in EXHIBITS:
            errors[block.label] = check_block(replace(block, text=BLOCKS[f"{block.label}-right"].text), scope).error
        check_block(block, scope)
    assert [label for label in EXHIBITS if "marked as refuted, but it holds" not in errors[label]] == []


def test_every_exhibit_says_where_it_was():
    cells = json.loads(PATH.read_text(encoding="utf-8"))["cells"]
    exhibits = ["".join(cell["source"]) for cell in cells if ":class: refuted" in "".join(cell["source"])]
    without = [text.splitlines()[0] for text in exhibits if not re.search(r"Verified|Reported: \[", text) and not re.search(r"Reported for .*\]\(https", text)]
    assert without == ["### The same formula, where it is right", "### The gradient of the bias as a row", "### The mean for the sum"]


# ---------------------------------------------------------------- more, seen in places that are not named

PRODUCT = r"$C := A^\top$ $P := X C$"
MORE = [
    (
        PRODUCT, r"\frac{\partial p_{ij}}{\partial c_{pq}} = x_{iq} \delta_{ip} \delta_{jq}",
        "the index 'q' runs over K here, axis 1 of X, and over N elsewhere", r"\frac{\partial p_{ij}}{\partial c_{pq}} = x_{ip} \delta_{jq}",
    ),
    (
        PRODUCT, r"\frac{\partial p_{ij}}{\partial x_{pq}} = c_{iq} \delta_{ip} \delta_{jq}",
        "the index 'i' runs over", r"\frac{\partial p_{ij}}{\partial x_{pq}} = \delta_{ip} c_{qj}",
    ),
    (
        r"$U, V \in \mathbb{R}^{n \times n}$", r"\frac{\partial \operatorname{tr}(U^\top V)}{\partial U} = V^\top",
        "the values differ", r"\frac{\partial \operatorname{tr}(U^\top V)}{\partial U} = V",
    ),
]  # fmt: skip


def verdict(names, equation):
    """'' if the equation holds once the names are introduced, else why it doesn't."""
    scope = Scope.of_the_course()
    *before, last = [check_block(block, scope) for block in read_markdown(f"{names}\n\n$${equation}$$", "page.md").blocks]
    assert [result.error for result in before] == [""] * len(before)
    assert last.error or last.counts
    return last.error


@pytest.mark.parametrize("names, printed, reason, right", MORE, ids=[printed for _, printed, _, _ in MORE])
def test_more_are_refused_for_the_right_reason(names, printed, reason, right):
    assert reason in verdict(names, printed) and verdict(names, right) == ""


def test_that_only_one_product_has_the_right_shape_is_wrong_for_square_sizes():
    """CS231n, optimization 2: 'always exactly one way'. All eight products fit a square layer; one is right."""
    names = r"$U, V, G \in \mathbb{R}^{n \times n}$ $Z := U V^\top$ $c := g_{ij} z_{ij}$"
    products = [rf"{left}{t} {right}{s}" for left, right in ("GV", "VG") for t in ("", r"^\top") for s in ("", r"^\top")]
    verdicts = {product: verdict(names, rf"\frac{{\partial c}}{{\partial U}} = {product}") for product in products}
    assert [product for product, why in verdicts.items() if not why] == ["G V"]
    assert sum("the values differ" in why for why in verdicts.values()) == 7
