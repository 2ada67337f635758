r"""A page may hold layers of the reader's own: each begins with a comment, has names of its own, and its loss l.

The loss is a function of what was defined last, with a gradient of mixed signs that is not constant, unless an equation defines l.
"""

import pytest

from linalg_grads import symbols
from linalg_grads.book import read_markdown
from linalg_grads.check import Book

LAYER = "<!-- equations: a layer of its own -->"
SHAPES = r"$X \in \mathbb{R}^{M \times N}$, $U \in \mathbb{R}^{N \times N}$"
SQUARE = f"{LAYER} {SHAPES} $y_{{ij}} := x_{{ij}} x_{{ij}}$"
PRODUCT = f"{LAYER} {SHAPES} $h_{{ij}} := x_{{ij}} x_{{ij}}$ $y_{{ij}} := h_{{ik}} u_{{kj}}$"
ERROR = f"{LAYER} {SHAPES} $y_{{ij}} := x_{{ij}} x_{{ij}}$ $l := y_{{ij}} y_{{ij}}$"


def upstream(right):
    return rf"$\frac{{\partial l}}{{\partial x_{{pq}}}} = {right}$"


HOLDS = [
    SQUARE + upstream(r"2 \frac{\partial l}{\partial y_{pq}} x_{pq}"),
    PRODUCT + upstream(r"2 \frac{\partial l}{\partial y_{pj}} u_{qj} x_{pq}"),
    PRODUCT + upstream(r"2 \frac{\partial l}{\partial h_{pq}} x_{pq}"),
    ERROR + upstream(r"4 y_{pq} x_{pq}"),
    SQUARE + PRODUCT,
]
REFUSED = {
    SQUARE + upstream(r"\frac{\partial l}{\partial y_{pq}} x_{pq}"): "the values differ",
    PRODUCT + upstream(r"2 \frac{\partial l}{\partial y_{pj}} u_{jq} x_{pq}"): "the values differ",
    SQUARE + r"$\frac{\partial l}{\partial y_{pq}} = \frac{\partial l}{\partial y_{qp}}$": "",
    ERROR + upstream(r"2 y_{pq} x_{pq}"): "the values differ",
    ERROR + r"$l := y_{ij}$": "",
    SQUARE + "$h_{ij} = x_{ij}$": "unknown name 'h'",
    PRODUCT + SQUARE + "$h_{ij} = x_{ij} x_{ij}$": "unknown name 'h'",
    SQUARE + "$a_{jk} = a_{jk}$": "unknown name 'a'",
}


def errors(text):
    return [result.error for result in Book([read_markdown(text, "page.md")], course=True).results("page.md") if result.error]


@pytest.mark.parametrize("text", HOLDS)
def test_holds(text):
    assert errors(text) == []


@pytest.mark.parametrize("text, reason", REFUSED.items())
def test_is_refused(text, reason):
    found = errors(text)
    assert len(found) == 1 and reason in found[0]


def test_a_loss_that_is_constant_is_noticed(monkeypatch):
    """The fault is planted: with it, every upstream gradient is zero, and all equations between gradients hold."""
    monkeypatch.setattr(symbols, "_loss", lambda values, y: (0 * y).sum())
    assert any(not errors(text) for text in REFUSED)


def test_what_stands_before_them_is_the_course_s():
    assert errors(r"$Y = X A^\top + \mathbf{1} b^\top$ " + SQUARE) == []
