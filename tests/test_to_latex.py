"""What is printed can be read again: every line of a derivation keeps the index rules that its reader is taught."""

import pytest

from linalg_grads import LinalgGradsError, backward, equal
from linalg_grads.contract import contract
from linalg_grads.expressions import FLAT, Delta, Number, Ones, Product, Tensor, tensors
from linalg_grads.functions import FUNCTIONS
from linalg_grads.indices import bind_claim
from linalg_grads.parse_latex import parse_expression
from linalg_grads.to_latex import to_latex

SOFTMAX = r"\frac{\exp(s_{ij})}{\sum_m \exp(s_{im})}"
LAYERS = {
    "softmax": (f"y_{{ij}} = {SOFTMAX}", "s"),
    "attention": ([r"s_{ij} = \frac{1}{\sqrt{D}} q_{id} k_{jd}", f"p_{{ij}} = {SOFTMAX}", "y_{ie} = p_{ij} v_{je}"], "q"),
    "rms norm": ([r"r_i = \sqrt{\frac{1}{H} \sum_k x_{ik}^2 + \epsilon}", r"y_{ij} = \frac{x_{ij}}{r_i} g_j"], "x"),
    "relu": ([r"h_{ij} = \operatorname{relu}(x_{ik} a_{jk})", r"y_{io} = h_{ij} c_{oj}"], "a"),
    "quadratic form": (r"l = x_i h_{ij} x_j", "x"),
}


@pytest.mark.parametrize("equations, wrt", LAYERS.values(), ids=LAYERS)
def test_every_line_reads_again(equations, wrt):
    for chain in backward(equations, wrt=wrt).chains:
        left = to_latex(chain.left)
        for step in chain.steps:
            line = f"{left} {step.latex}"
            bind_claim([parse_expression(left), parse_expression(step.latex.removeprefix("= "))], line)


def test_a_sum_is_written_where_a_term_inside_lacks_its_index():
    lines = [step.latex for step in backward(*LAYERS["softmax"]).steps]
    assert r"= \sum_i \sum_j \frac{\partial l}{\partial y_{ij}} \delta_{ip} y_{ij} (\delta_{jq} - y_{iq})" in lines


def test_a_sum_is_written_where_a_term_of_a_bracket_has_its_index_once():
    first, *_ = backward(r"L = -\frac{1}{N} \sum_i \min(r_i, b_i)", wrt="r").steps
    assert first.latex == r"= \frac{\partial}{\partial r_p} \left(-\frac{1}{N} \sum_i (b_i - \operatorname{relu}(b_i - r_i))\right)"
    first, *_ = backward(r"l = \frac12 \sum_i (v_i u_i - v_i)", wrt="v").steps
    assert first.latex == r"= \frac{\partial}{\partial v_p} \left(\frac{1}{2} \sum_i (v_i u_i - v_i)\right)"


def test_what_is_not_summed_stands_before_the_sum():
    assert to_latex(backward([r"p_i = \frac{\exp(z_i)}{\sum_k \exp(z_k)}", r"l = -t_i \log p_i"], wrt="z").gradient.right) == r"p_q \sum_i t_i - t_q"
    assert to_latex(backward(r"l = c + \frac{1}{n} \sum_i x_i", wrt="n").gradient.right) == r"-\frac{1}{n^2} \sum_i x_i"


def test_where_its_fraction_goes_first_no_sum_need_be_written():
    assert to_latex(backward(r"y_i = b_i + \frac{a_{ij} x_j}{c_i}", wrt="c").jacobian.right) == r"-\frac{1}{c_i^2} a_{ij} x_j \delta_{ip}"


def test_a_delta_stays_beside_what_it_is_contracted_with():
    steps = backward(r"m_i = \frac{1}{n} \sum_k x_{ik}", wrt="x").steps
    assert r"= \frac{1}{n} \sum_k \delta_{ip} \delta_{kq}" in [step.latex for step in steps]


def test_the_logarithm_of_a_quotient_is_taken_apart_before_it_is_differentiated():
    steps = backward(r"y_i = \log \frac{e^{z_i}}{\sum_k e^{z_k}}", wrt="z").steps
    assert steps[1].rule == "a known identity"
    assert steps[1].latex == r"= \frac{\partial}{\partial z_p} \left(z_i - \mathbf{1}_i \log\left(\sum_k \exp(z_k)\right)\right)"
    assert not any(step.rule == "product rule" for step in steps)


ZERO = {  # an input that makes no difference -> the last line of the code
    "a matrix": ("y_{ij} = 0 x_{ij} + z_{ij}", "np.zeros_like(x)"),
    "a vector that cancels": ("y_i = x_i - x_i + z_i", "np.zeros_like(x)"),
    "a vector, scalar output": ("l = z_i z_i + 0 x_i x_i", "np.zeros_like(x)"),
    "a number": ("y_i = z_i + 0 x z_i", "0"),
}


@pytest.mark.parametrize("equation, code", ZERO.values(), ids=ZERO)
def test_a_gradient_of_zero_has_the_shape_of_its_input(equation, code):
    derivation = backward(equation, wrt="x")
    assert derivation.to_numpy().splitlines()[-1] == f"    return {code}"
    assert derivation.to_torch().splitlines()[-1] == f"    return {code}".replace("np", "torch")
    assert derivation.to_einsum() == code
    assert derivation.to_matrix().endswith(" = 0")


MATRICES = {  # matrix notation -> the same in components
    r"[\operatorname{diag}(v)]_{ij}": r"\delta_{ij} v_i",
    r"[\operatorname{diag}(v)^{-1} X]_{ij}": r"\frac{x_{ij}}{v_i}",
    r"[X \operatorname{diag}\left(u + v\right)^{-3/2}]_{ij}": r"x_{ij} (u_j + v_j)^{-3/2}",
    r"[\operatorname{softmax}(v)]_i": r"\frac{\exp(v_i)}{\sum_k \exp(v_k)}",
    r"[W^{(1)\top} X]_{ij}": r"W^{(1)}_{ki} x_{kj}",
    r"[S^{-\top}]_{ij}": r"[S^{-1}]_{ji}",
}


@pytest.mark.parametrize("matrices, components", MATRICES.items(), ids=MATRICES)
def test_matrix_notation_that_is_printed_means_what_its_components_say(matrices, components):
    assert equal(matrices, components)
    assert not equal(matrices, f"2 {components}")


def test_a_name_with_a_superscript_takes_no_second_one():
    assert backward([r"H = X W^{(1)}", r"Y = H W^{(2)}"], wrt="X").to_matrix() == (
        r"\frac{\partial l}{\partial X} = \frac{\partial l}{\partial Y} W^{(2)\top} W^{(1)\top}")  # fmt: skip


@pytest.mark.parametrize("text", [r"\operatorname{diag}(v_i)", r"\operatorname{softmax}(x_{ij})"])
def test_diag_and_softmax_are_of_columns(text):
    with pytest.raises(LinalgGradsError, match="takes a column"):
        parse_expression(text)


def test_a_name_for_a_matrix_is_introduced():
    first, *_ = backward(r"Y = (X + A)^{-1}", wrt="X").to_latex().splitlines()[1:]
    assert first == r"M_{ij} &:= X_{ij} + A_{ij} && \text{a name for this matrix} \\"
    assert ":=" not in backward(r"Y = X^{-1} A", wrt="A").to_latex()


def test_what_a_delta_multiplies_is_distributed_only_where_it_must_be():
    rules = [step.rule for step in backward(r"y_{ij} = (x_{ik} + x_{ki}) a_{kj}", wrt="x").steps]
    assert rules[3:6] == ["derivative of a component", "distribute", "contract k"]
    assert "distribute" not in [step.rule for step in backward(r"y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j", wrt="a").steps]


def test_exponents_of_one_base_add_up_numbers_and_names():
    assert repr(backward("y_i = x_i^c x_i^2 x_i", wrt="x")) == r"\frac{\partial l}{\partial x_p} = \frac{\partial l}{\partial y_p} (c + 3) x_p^{c + 2}"


def test_second_derivatives_go_through_what_has_a_name():
    second = backward([r"y_i := \tanh(x_i)", "l = y_i y_i"], wrt="x").second("x")
    assert to_latex(second.right) == r"\delta_{pq} (2 - 8 y_p^2 + 6 y_p^4)"


@pytest.mark.parametrize("name", [r"\hat{x}", r"\mathbf{p}", r"W_{\text{in}}", r"\sigma", r"p^{(1)}"])
def test_a_name_in_a_rule_is_mathematics(name):
    layer = [rf"{name}_i = \exp(x_i)" if "_" not in name else rf"{name[:-1]},i}} = \exp(x_i)", r"y_i = c " + (f"{name[:-1]},i}}" if "_" in name else f"{name}_i")]
    assert rf"\text{{recognise ${name}$}}" in backward(layer, wrt="x").to_latex()


def test_a_softmax_inside_a_product_has_the_name_of_a_column():
    first = backward(r"y = V \operatorname{softmax}(z)", wrt="z").to_latex().splitlines()[1]
    assert first == r"\mathbf{p}_i &:= \frac{\exp(z_i)}{\sum_k \exp(z_k)} && \text{a name for this column} \\"


def test_a_notebook_shows_a_step_with_its_rule():
    first, *_ = backward("y_i = x_i z_i", wrt="x").steps
    assert first._repr_latex_() == "$$\n\\frac{\\partial y_i}{\\partial x_p} = \\frac{\\partial}{\\partial x_p} \\left(x_i z_i\\right) \\quad \\text{the forward equation}\n$$"


def test_no_chain_is_shown_twice():
    lefts = [to_latex(chain.left) for chain in backward(["h_i := x_i^2", "s_i := h_i v_i", "l = s_i s_i h_i"], wrt="x").chains]
    assert len(lefts) == 6 == len(set(lefts))


def test_leading_dimensions_are_written_as_in_the_layer():
    assert repr(backward(r"y_{\ldots i} = x_{\ldots k} a_{ik}", wrt="x")).startswith(r"\frac{\partial l}{\partial x_{\ldots q}} = ")


def test_an_input_named_after_its_subscript_is_asked_for_as_it_is_written():
    assert backward(["Q = X W_Q", r"S = Q X^\top"], wrt="W_Q").to_numpy().endswith("return X.T @ grad_S @ X\n")


def test_a_delta_that_stands_twice_stays_once():
    assert contract(Product((Tensor("a", ("k",)), Delta("i", "j"), Delta("i", "j")))) == Product((Tensor("a", ("k",)), Delta("i", "j")))


def test_ones_go_where_their_free_index_stands_elsewhere():
    assert contract(Product((Ones("i"), Tensor("x", ("i",))))) == Tensor("x", ("i",))


def test_a_space_parts_a_command_from_the_letter_after_it_and_nothing_else():
    assert to_latex(Tensor("x", ("i", r"\alpha", "k", r"\beta"))) == r"x_{i\alpha k\beta}"


def test_ones_are_no_common_factor_where_another_term_would_lack_its_index():
    layer = [r"n_i := \sqrt{\sum_k x_{ik}^2}", r"y_{ij} = x_{ij} / n_i"]
    assert not any(r"\mathbf{1}" in to_latex(step.after) for chain in backward(layer, wrt="x").chains for step in chain.steps if step.rule == "factor out")


@pytest.mark.parametrize("text", [r"\operatorname{diag}(v)", r"\operatorname{diag}(v)^{-1/2}"])
def test_a_diagonal_matrix_is_written_with_its_power(text):
    assert to_latex(parse_expression(text)) == text


def test_a_sum_is_written_where_another_term_sums_the_same_letter_by_one():
    huber = backward(r"l = \sum_i d^2 (\sqrt{1 + (r_i / d)^2} - 1)", wrt="d").gradient.right
    assert to_latex(huber).count(r"\sum_i") == 2


def test_a_sum_is_written_where_a_function_could_be_taken_to_hold_it():
    gradient = backward(r"l = \sum_k \exp(c x_k z_k)", wrt="c").gradient.right
    assert to_latex(gradient) == r"\sum_k \exp(c x_k z_k) x_k z_k"


def test_what_a_definition_sums_is_recognised():
    assert backward(r"l = \frac{x^\top A x}{x^\top x}", wrt="x").to_matrix() == r"\frac{\partial l}{\partial x} = \frac{1}{x^\top x} \left(A x + A^\top x - 2 l x\right)"
    assert backward("x = A^{-1} b", wrt="A").to_matrix() == r"\frac{\partial l}{\partial A} = -A^{-\top} \frac{\partial l}{\partial x} x^\top"
    attention = [r"s_{ij} := \frac{1}{\sqrt{d}} q_{ik} k_{jk}", r"p_{ij} := \frac{\exp(s_{ij})}{\sum_m \exp(s_{im})}", "y_{ie} = p_{ij} v_{je}"]
    assert "(grad_y * y).sum(1, keepdims=True)" in backward(attention, wrt="q").to_numpy()


def test_what_a_definition_sums_is_not_recognised_where_it_is_not_summed_alone():
    """x_i w_i z_i is no s z_i."""
    found = backward([r"s := x_i w_i", r"l = s + \sum_i \exp(x_i w_i z_i)"], wrt="z").gradient.right
    assert "s" not in tensors(found)


def test_a_quotient_of_columns_has_a_matrix_form():
    assert backward(r"y_i = \frac{x_i}{r_i}", wrt="r").to_matrix() == (
        r"\frac{\partial l}{\partial r} = -\operatorname{diag}\left(r\right)^{-1} \left(\frac{\partial l}{\partial y} \odot y\right)"
    )


def test_the_functions_that_are_flat_are_those_whose_derivative_is_zero():
    assert set(FLAT) == {name for name, function in FUNCTIONS.items() if function.derivative(Tensor("u")) == Number(0)}
