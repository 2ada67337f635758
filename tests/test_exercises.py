"""What the marker says: right where PyTorch's autograd says so, and of each known slip what a teacher would say.

The slips are those of printed texts: a transpose, a mean for a sum, another tensor's name or gradient, a reused index.
"""

import numpy as np
import pytest
import torch

from linalg_grads import IndexRuleError, check_answer

LAYER = r"y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j"
G = r"\frac{\partial l}{\partial y_{%s}}"
X, A, B = (rf"\frac{{\partial l}}{{\partial {name}}} = " for name in ("x_{pq}", "a_{pq}", "b_p"))
WHOLE = r"\frac{\partial l}{\partial A} = "

# input, the answer in LaTeX, the same as einsum for PyTorch (None: it has no meaning), what the marker says
ANSWERS = [
    ("x", X + G % "pj" + "a_{jq}", "pj,jq->pq", "right"),
    ("x", X + G % "pj" + "a_{qj}", None, "the two indices of a_{jq} must change places"),
    ("x", X + G % "jp" + "a_{jq}", None, "the two indices"),
    ("x", X + G % "ip" + "x_{iq}", None, "this is the gradient of a, not of x"),
    ("x", X + "a_{pq}", None, "the upstream gradient must occur in the answer"),
    ("x", X + G % "pp" + "a_{pq}", None, "you used p three times; in the right answer it stands once"),
    ("a", A + G % "ip" + "x_{iq}", "ip,iq->pq", "right"),
    ("a", A + "x_{nq}" + G % "np", "ip,iq->pq", "right"),
    ("a", r"\frac{\partial l}{\partial a_{rs}} = " + G % "ir" + "x_{is}", "ip,iq->pq", "right"),
    ("a", A + G % "ij" + r"x_{iq} \delta_{jp} = " + G % "ip" + "x_{iq}", "ip,iq->pq", "right"),
    ("a", A + G % "ij" + r"x_{iq} \delta_{jp}", None, "this is equal, but a delta can still be contracted"),
    ("a", A + G % "iq" + "x_{ip}", None, "this is the transpose of the right answer"),
    ("a", A + "-" + G % "ip" + "x_{iq}", None, "the sign is wrong"),
    ("a", A + "2" + G % "ip" + "x_{iq}", None, "right up to a factor of 2: it is 2 times too much"),
    ("a", A + r"\frac{1}{M}" + G % "ip" + "x_{iq}", None, "right up to a factor of M: did you take a mean for a sum?"),
    ("a", A + G % "pj" + "a_{jq}", None, "this is the gradient of x, not of a"),
    ("a", A + G % "ip" + "a_{iq}", None, "'a' stands where 'x' belongs"),
    ("a", A + G % "ip" + "w_{iq}", None, "'w' does not occur in the question"),
    ("a", A + G % "ip" + "x_{ik}", None, "the index 'k' stands once in its term and is not free"),
    ("a", A + G % "ip", None, "the index 'i' stands once in its term and is not free"),
    ("a", A + "x_{iq", None, "'}' is missing"),
    ("a", r"\frac{\partial l}{\partial a_{ik}} = " + "x_{ik}", None, "the index 'i' is in use in the equation"),
    ("a", X + "x_{pq}", None, "the question asks for the derivative by 'a'"),
    ("a", r"a_{pq} = x_{pq}", None, "this is no derivative of the loss"),
    ("a", WHOLE + r"\left(\frac{\partial l}{\partial Y}\right)^\top X", "ip,iq->pq", "right"),
    ("a", WHOLE + r"X^\top \frac{\partial l}{\partial Y}", None, "this is the transpose of the right answer"),
    ("a", WHOLE + r"\frac{\partial l}{\partial Y} A", None, "this is the gradient of x, not of a"),
    ("a", r"\frac{\partial y_{ij}}{\partial a_{pq}} = x_{iq} \delta_{jp}", None, "right"),
    ("a", r"\frac{\partial y_{mn}}{\partial a_{pq}} = x_{mq} \delta_{np}", None, "right"),
    ("a", r"\frac{\partial y_{ij}}{\partial a_{pq}} = x_{ip} \delta_{jq}", None, "this is the transpose of the right answer"),
    ("b", B + r"\mathbf{1}_i" + G % "ip", "ip->p", "right"),
    ("b", B + G % "ip", None, "the index 'i' stands once in its term and is not free"),
    ("b", B + r"\frac{1}{M} \mathbf{1}_i" + G % "ip", None, "right up to a factor of M: did you take a mean for a sum?"),
    ("b", B + r"\mathbf{1}_i" + G % "pi", None, "the two indices"),
    ("b", r"\frac{\partial l}{\partial b} = \left(\frac{\partial l}{\partial Y}\right)^\top \mathbf{1}", "ip->p", "right"),
]


@pytest.mark.parametrize("wrt, answer, einsum, words", ANSWERS, ids=[f"{answer}" for _, answer, _, _ in ANSWERS])
def test_an_answer_in_latex(wrt, answer, einsum, words):
    mark = check_answer(answer, LAYER, wrt)
    assert bool(mark) is (words == "right")
    assert repr(mark).startswith(words if mark else f"not yet: {words}")


@pytest.mark.parametrize("wrt, einsum", [(wrt, einsum) for wrt, _, einsum, words in ANSWERS if einsum])
def test_what_is_called_right_is_what_autograd_computes(wrt, einsum):
    rng = torch.Generator().manual_seed(5)
    tensors = {"x": (3, 5), "a": (7, 5), "b": (7,)}
    x, a, b = (torch.randn(shape, generator=rng, dtype=torch.float64, requires_grad=True) for shape in tensors.values())
    grad_y = torch.randn(3, 7, generator=rng, dtype=torch.float64)
    [right] = torch.autograd.grad(x @ a.T + b, [{"x": x, "a": a, "b": b}[wrt]], grad_y)
    operands = {"pj,jq->pq": (grad_y, a), "ip,iq->pq": (grad_y, x), "ip->p": (grad_y,)}[einsum]
    torch.testing.assert_close(torch.einsum(einsum, *operands), right)


# ---------------------------------------------------------------- other layers

SOFTMAX = r"y_i = \frac{\exp(x_i)}{\sum_k \exp(x_k)}"
SQUARE = r"l = \frac{1}{2} (x_i - t_i)(x_i - t_i)"


@pytest.mark.parametrize(
    "question, wrt, answer, words",
    [
        (SOFTMAX, "x", r"y_p \frac{\partial l}{\partial y_p} - y_p y_i \frac{\partial l}{\partial y_i}", "right"),
        (SOFTMAX, "x", r"y_p \frac{\partial l}{\partial y_p}", "not yet: the term"),
        (SOFTMAX, "x", r"\frac{\exp(x_p)}{\sum_k \exp(x_k)} (\frac{\partial l}{\partial y_p} - \mathbf{1}_p y_i \frac{\partial l}{\partial y_i})", "right"),
        (SQUARE, "x", "x_p - t_p", "right"),
        (SQUARE, "x", "2 (x_p - t_p)", "not yet: right up to a factor of 2"),
        (SQUARE, "x", "t_p - x_p", "not yet: the sign is wrong"),
        ([r"h_{ij} = x_{ik} a_{jk}", r"y_{ij} = \max(0, h_{ij})"], "a", r"[h_{ip} > 0] \frac{\partial l}{\partial y_{ip}} x_{iq}", "right"),
    ],
)
def test_another_layer(question, wrt, answer, words):
    assert repr(check_answer(answer, question, wrt)).startswith(words)


@pytest.mark.parametrize(
    "answer, words",
    [
        (r"\delta_{ip} c_{qj}", "right"),
        (r"c_{qj} \delta_{pi}", "right"),
        (r"\delta_{ip} \delta_{kq} c_{kj}", "not yet: this is equal, but a delta can still be contracted"),
        (r"\delta_{ip} c_{jq}", "not yet: the two indices of c_{qj} must change places"),
        ("c_{qj}", "not yet: this term lacks the free index 'i'"),
        ("", "not attempted"),
        (None, "not attempted"),
    ],
)
def test_an_expression_to_simplify(answer, words):
    assert repr(check_answer(answer, r"\delta_{ip} \delta_{kq} c_{kj}")).startswith(words)


# ---------------------------------------------------------------- answers in NumPy


def raises(x, grad_y):
    return grad_y @ x


@pytest.mark.parametrize(
    "function, words",
    [
        (lambda x, grad_y: grad_y.T @ x, "right"),
        (lambda grad_y, x: np.einsum("ip,iq->pq", grad_y, x), "right"),
        (lambda x, grad_y: None, "not attempted"),
        (lambda x, grad_y: x.T @ grad_y, "not yet: this is the transpose of the right answer"),
        (lambda x, grad_y: -(grad_y.T @ x), "not yet: the sign is wrong"),
        (lambda x, grad_y: grad_y.T @ x / len(x), "not yet: this is the right answer divided by 3: did you take a mean for a sum"),
        (lambda x, grad_y: 2 * grad_y.T @ x, "not yet: this is 2 times the right answer"),
        (lambda a, grad_y: grad_y @ a, "not yet: this is the gradient of x, not of a"),
        (lambda x, grad_y: np.abs(grad_y).T @ x, "not yet: the shape is right, but the values differ"),
        (lambda x, grad_y: x, "not yet: the gradient has the shape of a"),
        (lambda w: w, "not yet: the argument 'w' is no array of the layer; those are: x, a, b, grad_y"),
        (raises, "not yet: your function raised ValueError"),
    ],
)
def test_an_answer_in_numpy(function, words):
    assert repr(check_answer(function, LAYER, "a")).startswith(words)


def test_a_question_that_is_wrong_itself_is_an_error():
    with pytest.raises(IndexRuleError, match="the index 'k' stands once"):
        check_answer("", "y_i = x_{ik}", "x")
    with pytest.raises(IndexRuleError, match="is no input"):
        check_answer("", LAYER, "w")
