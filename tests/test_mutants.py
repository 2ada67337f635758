"""A fixed sample of all mutants of the checked equations is refused, or provably the same equation.

`make mutants` tries them all.
"""

from pathlib import Path

import pytest

from linalg_grads.book import read_markdown, read_page
from linalg_grads.check import Book, open_book
from linalg_grads.statements import read_statements
from linalg_grads.claims import Scope
from website.mutants import RULES, SHAPE_RULES, equal, mutants, score

ROOT = Path(__file__).parents[1]
COURSE = Book([read_page(ROOT / "tests" / "equations" / "course.md", "course.md")], course=True)


WHOLE, NAMES = open_book(folder=ROOT)[:2]
# The engine's page defines layers that nothing else anchors, and beside a delta another index often says the same.
ANCHORED = [name for name in NAMES if name != "chapters/your_own_layer.ipynb"]


@pytest.mark.parametrize("book, names", [(COURSE, ["course.md"]), (WHOLE, ANCHORED)], ids=["every relation", "the book"])
def test_no_mutant_of_the_sample_survives(book, names):
    fates = [(end, mutant, address) for mutant, _, address, end in score(book, names, every=53)]
    assert len(fates) > 30
    assert [fate for fate in fates if fate[0] == "survived"] == []


def test_a_mutant_that_the_checker_accepts_is_a_survivor():
    """Where nothing later tells, another definition is as good as this one."""
    book = Book([read_markdown(r"$S := X A^\top$", "page.md")], course=True)
    assert "survived" in {end for *_, end in score(book, ["page.md"])}


@pytest.mark.parametrize(
    "text, mutant",
    [
        (r"y_{ij} = x_{ik} a_{jk}", r"y_{ij} = x_{ik} a_{kj}"),
        (r"y_{ij} = x_{ik} a_{jk}", r"y_{iw} = x_{ik} a_{jk}"),
        (r"y_{ij} = x_{ik} a_{jk}", r"y_{ij} = a_{jk} x_{ik}"),
        (r"y_{ij} = x_{ik} a_{jk}", r"y_{ij} = x_{ik} y_{jk}"),
        (r"Y = X A^\top", r"Y = X A"),
        (r"Y = X A^\top", r"Y^\top = X A^\top"),
        (r"Y = X A^\top", r"Y = - X A^\top"),
        (r"Y = X A^\top + \mathbf{1} b^\top", r"Y = X A^\top - \mathbf{1} b^\top"),
        (r"Y = X A^\top + \mathbf{1} b^\top", r"Y = X A^\top"),
        (r"\delta_{ij} v_j = v_i", r"1 v_j = v_i"),
        (r"\sum_i x_{ik}", r"\frac{1}{M} \sum_i x_{ik}"),
        (r"2 X = X + X", r"3 X = X + X"),
        (r"\frac{\partial}{\partial a_{pq}} \left( x_{ik} a_{jk} \right) = 0", r"\frac{\partial}{\partial a_{pq}} \left( x_{ik} \right) = 0"),
        (r"X \in \mathbb{R}^{M \times K}", r"X \in \mathbb{R}^{K \times M}"),
        (r"X \in \mathbb{R}^{M \times K}", r"X \in \mathbb{R}^{M \times N}"),
    ],
)
def test_what_an_author_could_get_wrong_is_a_mutant(text, mutant):
    (statement,) = read_statements(text)
    assert " ".join(mutant.split()) in {" ".join(made.text.split()) for made in mutants(statement, Scope.of_the_course())}


@pytest.mark.parametrize(
    "a, b, verdict",
    [
        (r"y_{ij} = x_{ik} a_{jk}", r"y_{ij} = a_{jk} x_{ik}", True),
        (r"y_{ij} = x_{ik} a_{jk}", r"y_{ij} = x_{ij} a_{jj}", False),
        (r"\delta_{ij} = \delta_{ij}", r"\delta_{ji} = \delta_{ij}", True),
        (r"\partial y_{ij} / \partial x_{pq} = \delta_{ip} y_{ij} a_{jq}", r"\partial y_{ij} / \partial x_{pq} = \delta_{ip} y_{pj} a_{jq}", True),
        (r"\delta_{ii} = M", r"\mathbf{1}_i \mathbf{1}_i = M", True),
        (r"\partial b_j / \partial a_{pq} = 0", r"\partial b_i / \partial a_{pq} = 0", True),
        (r"\partial x_{ij} / \partial a_{pq} = 0", r"\partial y_{ij} / \partial a_{pq} = 0", False),
        (r"X A^\top = X A^\top", r"A^\top X = X A^\top", False),
        (r"\frac{1}{M} X A^\top = Y", r"X \frac{1}{M} A^\top = Y", True),
        (r"\sum_i \frac{\partial}{\partial y_{pq}} y_{ij} = \delta_{jq} \mathbf{1}_p", r"\frac{\partial}{\partial y_{pq}} \sum_i y_{ij} = \delta_{jq} \mathbf{1}_p", True),
        (r"\partial y_{ij} / \partial b_q = \mathbf{1}_i \delta_{jq}", r"\partial y_{ji} / \partial b_q = \mathbf{1}_j \delta_{iq}", True),
        (r"\partial y_{ij} / \partial b_q = \mathbf{1}_i \delta_{jq}", r"\partial y_{ij} / \partial b_q = \mathbf{1}_j \delta_{iq}", False),
    ],
)
def test_only_exact_rules_show_that_a_mutant_changes_nothing(a, b, verdict):
    assert equal(a, b, Scope.of_the_course().context) is verdict


def test_every_rule_makes_mutants():
    scope = COURSE.results("course.md") and COURSE.done["course.md"][0]
    statements = [made for block in COURSE.pages["course.md"].blocks if not block.classes for made in read_statements(block.text, block.inline)]
    kinds = {mutant.kind for statement in statements for mutant in mutants(statement, scope)}
    assert kinds == {rule.__doc__ for rule in (*RULES, *SHAPE_RULES)}
