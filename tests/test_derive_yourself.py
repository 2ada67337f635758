"""Derivations that a reader writes: each right line is confirmed with its rule, each wrong one is refused with the reason.

The layers are those of chapters/derive_it_yourself.ipynb, which shows no solution; here they are solved, with three slips each.
"""

import json
from pathlib import Path

import pytest

from linalg_grads import IndexRuleError, check_steps

SCALED, PAIRS, SQUARE = r"z_{ij} = x_{ik} s_k a_{jk}", r"r_{ij} = x_{ik} x_{jk}", r"q_i = (x_{ik} w_k)^2"

# layer, input; then the lines, each with its rules
SOLVED = [
    (SCALED, "s", [
        (r"\frac{\partial z_{ij}}{\partial s_p} = \frac{\partial}{\partial s_p} \left( x_{ik} s_k a_{jk} \right)", "the forward equation"),
        (r"= x_{ik} \frac{\partial s_k}{\partial s_p} a_{jk}", "constant factors move outside"),
        (r"= x_{ik} \delta_{kp} a_{jk}", "derivative of a component"),
        (r"= x_{ip} a_{jp}", "contract k"),
        (r"\frac{\partial l}{\partial s_p} = \frac{\partial l}{\partial z_{ij}} \frac{\partial z_{ij}}{\partial s_p}", "chain rule"),
        (r"= \frac{\partial l}{\partial z_{ij}} x_{ip} a_{jp}", "insert the Jacobian"),
    ]),
    (PAIRS, "x", [
        (r"\frac{\partial r_{ij}}{\partial x_{pq}} = \frac{\partial x_{ik}}{\partial x_{pq}} x_{jk} + x_{ik} \frac{\partial x_{jk}}{\partial x_{pq}}",
         "the forward equation; product rule"),
        (r"= \delta_{ip} \delta_{kq} x_{jk} + x_{ik} \delta_{jp} \delta_{kq}", "derivative of a component"),
        (r"= \delta_{ip} x_{jq} + x_{ik} \delta_{jp} \delta_{kq}", "contract k"),
        (r"= \delta_{ip} x_{jq} + x_{iq} \delta_{jp}", "contract k"),
        (r"\frac{\partial l}{\partial x_{pq}} = g_{ij} \delta_{ip} x_{jq} + g_{ij} x_{iq} \delta_{jp}", "chain rule; insert the Jacobian; distribute"),
        (r"= g_{pj} x_{jq} + g_{ip} x_{iq}", "contract i, j"),
        (r"= \left( g_{pj} + g_{jp} \right) x_{jq}", "factor out"),
    ]),
    (SQUARE, "w", [
        (r"\frac{\partial q_i}{\partial w_p} = 2 x_{ik} w_k \frac{\partial}{\partial w_p} (x_{im} w_m)", "the forward equation; power rule"),
        (r"= 2 x_{ik} w_k x_{im} \delta_{mp}", "constant factors move outside; derivative of a component"),
        (r"= 2 x_{ik} w_k x_{ip}", "contract m"),
        (r"\frac{\partial l}{\partial w_p} = 2 \frac{\partial l}{\partial q_i} x_{ik} w_k x_{ip}", "chain rule; insert the Jacobian"),
    ]),
]  # fmt: skip

# layer, input, the number of a line above, a wrong line in its place, what is said of it
WRONG = [
    (SCALED, 3, r"= x_{ik} \delta_{ip} a_{jk}", "you used i twice; in the right answer it stands once"),
    (SCALED, 4, r"= x_{ik} a_{jp}", "the index 'k' stands once in its term and is not free"),
    (SCALED, 6, r"= \frac{\partial l}{\partial z_{ij}} x_{ip} a_{pj}", "the two indices of a must change places"),
    (PAIRS, 1, r"\frac{\partial r_{ij}}{\partial x_{pq}} = \frac{\partial x_{ik}}{\partial x_{pq}} x_{jk}", r"the term x_{iq} \delta_{jp} is missing"),
    (PAIRS, 2, r"= \delta_{ip} \delta_{kq} x_{jk} - x_{ik} \delta_{jp} \delta_{kq}", "the indices are in order, but the values differ"),
    (PAIRS, 6, r"= 2 g_{pj} x_{jq}", "the terms are not equal: in one of them the two indices of the upstream gradient"),
    (SQUARE, 1, r"\frac{\partial q_i}{\partial w_p} = x_{ik} w_k \frac{\partial}{\partial w_p} (x_{im} w_m)", "right up to a factor of 2: it must be"),
    (SQUARE, 3, r"= 2 x_{ik} w_k", "this term lacks the free index 'p'"),
    (SQUARE, 4, r"\frac{\partial l}{\partial w_p} = \frac{2}{M} \frac{\partial l}{\partial q_i} x_{ik} w_k x_{ip}", "right up to a factor of M"),
]


@pytest.mark.parametrize("layer, wrt, lines", SOLVED, ids=[layer for layer, _, _ in SOLVED])
def test_a_right_derivation_is_confirmed_and_its_rules_are_named(layer, wrt, lines):
    marked = check_steps("\n".join(line for line, _ in lines), layer, wrt)
    assert [line.words for line in marked.lines] == [rules for _, rules in lines]
    assert marked and repr(marked).endswith("complete")


@pytest.mark.parametrize("layer, at, wrong, words", WRONG, ids=[wrong for _, _, wrong, _ in WRONG])
def test_a_wrong_line_is_refused_where_it_stands(layer, at, wrong, words):
    [(wrt, lines)] = [(wrt, [line for line, _ in lines]) for each, wrt, lines in SOLVED if each == layer]
    lines[at - 1] = wrong
    marked = check_steps("\n".join(lines), layer, wrt)
    assert not marked and [line.right for line in marked.lines] == [True] * (at - 1) + [False]
    assert marked.lines[-1].words.startswith(words)


@pytest.mark.parametrize("layer, wrt, lines", SOLVED, ids=[layer for layer, _, _ in SOLVED])
def test_a_beginning_is_right_so_far(layer, wrt, lines):
    marked = check_steps(lines[0][0], layer, wrt)
    assert not marked and marked.lines[0].right
    assert marked.words.startswith("right so far; the goal is")


def test_the_loss_itself_may_be_the_layer():
    lines = r"""\frac{\partial l}{\partial x_p} = \frac{\partial}{\partial x_p} \left( x_i x_i \right)
        = 2 x_i \delta_{ip}
        = 2 x_p"""
    marked = check_steps(lines, "l = x_i x_i", "x")
    assert marked and [line.words for line in marked.lines] == ["the forward equation", "product rule; derivative of a component; factor out", "contract i"]


def test_a_component_may_be_written_with_the_capital_letter_of_its_matrix():
    lines = r"""\frac{\partial l}{\partial X_{pq}} = \frac{\partial l}{\partial R_{ij}} \frac{\partial R_{ij}}{\partial X_{pq}}
        = g_{pj} X_{jq} + g_{ip} x_{iq}"""
    marked = check_steps(lines, PAIRS, "x")
    assert marked and marked.lines[0].words == "chain rule"


@pytest.mark.parametrize("nothing", ["", "\n", None])
def test_no_line_is_no_attempt(nothing):
    assert repr(check_steps(nothing, SCALED, "s")) == "not attempted"


def test_a_line_without_its_left_hand_side():
    for line in ("= x_{ip} a_{jp}", "x_{ip} a_{jp}"):
        assert "the left-hand side is missing" in repr(check_steps(line, SCALED, "s"))


def test_a_layer_of_several_equations_is_refused():
    with pytest.raises(IndexRuleError, match="a layer of one equation"):
        check_steps("", ["h_i = x_i^2", "y_i = h_i"], "x")


def test_these_are_the_layers_of_the_page():
    page = Path(__file__).parents[1] / "chapters" / "derive_it_yourself.ipynb"
    code = "".join("".join(cell["source"]) for cell in json.loads(page.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code")
    for layer, wrt, _ in SOLVED:
        assert f'check_steps(lines, r"{layer}", wrt="{wrt}")' in code
