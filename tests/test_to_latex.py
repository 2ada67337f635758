"""What is printed can be read again: every line of a derivation keeps the index rules that its reader is taught."""

import pytest

from linalg_grads import backward
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
