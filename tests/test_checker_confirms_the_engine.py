r"""Two programs that share only the parser and the index rules agree: the checker accepts every line that the engine derives.

The engine applies rules of calculus to expressions; the checker takes derivatives with PyTorch, at random numbers.
"""

import pytest

from linalg_grads import backward
from linalg_grads.book import read_markdown
from linalg_grads.check import check_block
from linalg_grads.claims import Scope

CASES = [  # the names' shapes, the equation, the inputs
    (r"X \in \mathbb{R}^{M \times K}, A \in \mathbb{R}^{N \times K}, b \in \mathbb{R}^N", r"y_{ij} := x_{ik} a_{jk} + \mathbf{1}_i b_j", "xab"),
    (r"X \in \mathbb{R}^{M \times K}, C \in \mathbb{R}^{K \times N}", "y_{ij} := x_{ik} c_{kj}", "xc"),
    (r"S \in \mathbb{R}^{M \times M}, v \in \mathbb{R}^M", "y := v_i s_{ij} v_j", "sv"),
    (r"U, V \in \mathbb{R}^{M \times K}", r"y := \operatorname{tr}(U^\top V)", "UV"),
    (r"V \in \mathbb{R}^{M \times K}", r"y_{ij} := v_{ik} v_{jk}", "v"),
    (r"V \in \mathbb{R}^{M \times K}", r"y_{ij} := \tanh(v_{ij})", "v"),
    (r"u \in \mathbb{R}^M, v \in \mathbb{R}^M", r"y_i := u_i v_i", "uv"),
    (r"u \in \mathbb{R}^M, v \in \mathbb{R}^K, W \in \mathbb{R}^{N \times M \times K}", "y_j := w_{jik} u_i v_k", "uvw"),
    (r"V \in \mathbb{R}^{M \times K}", r"y := \frac{1}{K} v_{ik} v_{ik}", "v"),
    (r"v \in \mathbb{R}^M", r"y_i := \frac{\exp(v_i)}{\sum_k \exp(v_k)}", "v"),
    (r"v \in \mathbb{R}^M, u \in \mathbb{R}^M", r"y := \frac{1}{2} (v_i - u_i) (v_i - u_i)", "uv"),
]


@pytest.mark.parametrize("names, equation, wrt", [(names, equation, name) for names, equation, inputs in CASES for name in inputs])
def test_every_line_of_a_derivation_is_accepted(names, equation, wrt):
    scope = Scope.of_another_book()
    output, _, _ = equation.partition(" :=")
    symbol, _, indices = output.partition("_")
    twin = rf"g{'_' * bool(indices)}{indices}"
    loss = f"${twin} := {output} {output}$ $l := {twin} {output}$"  # its gradient by y is not constant
    derivation = backward(equation, wrt=wrt).to_latex()
    results = [check_block(block, scope) for block in read_markdown(f"${names}$ ${equation}$ {loss}\n\n$$\n{derivation}\n$$", "page.md").blocks]
    assert [result.error for result in results] == [""] * 5
    assert results[-1].counts["claim"] >= 4


def test_a_wrong_derivation_is_refused():
    """The product rule with a minus."""
    derivation = backward(r"y_{ij} = v_{ik} v_{jk}", wrt="v").to_latex()
    wrong = derivation.replace("+", "-")
    assert wrong != derivation
    scope = Scope.of_another_book()
    page = rf"$V \in \mathbb{{R}}^{{M \times K}}$ $y_{{ij}} := v_{{ik}} v_{{jk}}$ $l := y_{{ij}} y_{{ij}}$" + f"\n\n$$\n{wrong}\n$$"
    assert "the values differ" in [check_block(block, scope) for block in read_markdown(page, "page.md").blocks][-1].error


TWO_PATHS = {  # the names' shapes, the definitions and the output
    "RMS norm": (r"X \in \mathbb{R}^{M \times K}, g \in \mathbb{R}^K, H \in \mathbb{R}", [r"r_i := \sqrt{\frac{1}{H^2} \sum_k x_{ik}^2}", r"y_{ij} := \frac{x_{ij}}{r_i} g_j"], "x"),
    "a scalar": (r"v \in \mathbb{R}^M", [r"p_i := \tanh(v_i)", r"s := p_i p_i", r"y_i := p_i v_i s"], "v"),
}


@pytest.mark.parametrize("names, equations, wrt", TWO_PATHS.values(), ids=TWO_PATHS)
def test_what_is_held_fixed_is_held_fixed(names, equations, wrt):
    """The output depends on the input directly and through a definition."""
    scope = Scope.of_another_book()
    output, _, _ = equations[-1].partition(" :=")
    loss = rf"$g{output[1:]}' := {output} {output}$ $l := g{output[1:]}' {output}$".replace("g_", "h_").replace("'", "")
    derivation = backward(equations, wrt=wrt).to_latex()
    assert r"\right|_{" in derivation
    page = " ".join(f"${text}$" for text in (names, *equations)) + f" {loss}\n\n$$\n{derivation}\n$$"
    results = [check_block(block, scope) for block in read_markdown(page, "page.md").blocks]
    assert {result.error for result in results} == {""}
    total = derivation.replace(r"\left.", "").replace(r"\right|_{r}", "").replace(r"\right|_{p, s}", "").replace(r"\right|_{s}", "")
    scope = Scope.of_another_book()
    results = [check_block(block, scope) for block in read_markdown(page.replace(derivation, total), "page.md").blocks]
    assert "the values differ" in results[-1].error
