r"""What may mean two things is refused, and what is like it is read.

REFUSED  an equation with ‸ in front of the culprit, the question, what to write
READ     an equation that is close to one of them, and its meaning
"""

import pytest

from linalg_grads import backward, equal
from linalg_grads.expressions import tidy
from linalg_grads.indices import bind
from linalg_grads.parse_latex import parse_expression
from tests.test_index_rules import assert_refused, layer_of

REFUSED = [
    (r"l = -\sum_i y_i \log p_i + (1 - y_‸i) \log(1 - p_i)", "is this term part of the sum over 'i'?", r"write \sum_i ( ... + ... ), or \sum_i a second time"),
    (r"l = \frac{1}{2} \sum_i \sum_j a_{ij} b_{ij} + v_‸j w_j", "is this term part of the sum over 'j'?", r"\sum_j a second time"),
    (r"l = \sum_t \gamma^‸t r_t", "'t' is an index, and stands here as a number", "write n_t for a tensor that counts"),
    (r"‸\mathbf{y} = \sum_i g_i v_i", r"'\mathbf{y}' is no number, as the right-hand side is", "write its components"),
    (r"s = a_‸i b_i / (\sqrt{a_i a_i} \sqrt{b_i b_i})", "is this a quotient of two sums over 'i', or one sum?", r"write \frac{a_i b_i}{c_i d_i}"),
    (r"s = \frac{1}{\sqrt{a_i a_i}} a_‸i b_i", "is this a quotient of two sums over 'i', or one sum?", r"\sum_i for one sum"),
    (r"s_{ij} = \frac{1}{\sqrt{‸d_k}} q_{ik} k_{jk}", "is this a component of 'd', or the number of all k?", r"write d_{\text{k}} for the number"),
    (r"l = \sum_i x_i (\frac{1}{2} \sum_j ‸i w_j)", "'i' is an index, and stands here as a number", "write n_i"),
]
READ = [
    (r"l = \sum_i u_i v_i + v_i w_i", r"u_i v_i + v_i w_i"),
    (r"l = v_i w_i - \sum_i u_i v_i", r"v_i w_i - u_i v_i"),
    (r"l = -\sum_i u_i v_i - \sum_i v_i w_i", r"-u_i v_i - v_i w_i"),
    (r"l = -\log(\sum_k \exp(z_k)) + u_k z_k", r"u_k z_k - \log(\sum_m \exp(z_m))"),
    (r"s = \frac{a_i b_i}{a_i a_i}", r"\frac{\sum_i a_i b_i}{\sum_j a_j a_j}"),
    (r"s = \sum_i a_i b_i / (c_i c_i)", r"\sum_i a_i b_i c_i^{-2}"),
    (r"y_i = a_i b_i / (c_i c_i)", r"a_i b_i c_i^{-2}"),
    (r"l = \frac{1}{n} \sum_n x_n", r"n^{-1} \sum_k x_k"),
    (r"y_{ik} = a_{ij} x_{jk} / \sqrt{d_i d_j}", r"\sum_j a_{ij} x_{jk} (d_i d_j)^{-1/2}"),
    (r"\mathbf{y} = A \mathbf{x}", r"A_{ik} \mathbf{x}_k"),
]


@pytest.mark.parametrize(("marked", "rule", "legal"), REFUSED, ids=[marked for marked, _, _ in REFUSED])
def test_what_is_refused(marked, rule, legal):
    assert_refused([marked], rule, legal, lambda texts: backward(texts, wrt="x"))


@pytest.mark.parametrize(("text", "meaning"), READ, ids=[text for text, _ in READ])
def test_what_is_read(text, meaning):
    layer = backward(text, wrt=next(iter(layer_of(text).inputs))).layer
    written_out = tidy(bind(parse_expression(meaning), layer.output.indices))
    assert equal(layer.written[layer.output.name], written_out)
