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
    ("x", X + G % "pj" + "a_{qj}", None, "the two indices of a must change places"),
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
    ("a", A + r"\frac{\partial l}{\partial H} x_{pq}", None, "'H' does not occur in the question"),
    ("a", A + r"\det(H)" + G % "ip" + "x_{iq}", None, "'H' does not occur in the question"),
    ("a", A + r"\frac{\partial l}{\partial g_{ip}} x_{iq}", None, "this is a derivative by the upstream gradient"),
    ("a", r"\frac{\partial l}{\partial a_{ik}} = " + "x_{ik}", None, "the upstream gradient must occur in the answer"),
    ("a", X + "x_{pq}", None, "the question asks for the derivative by 'a'"),
    ("a", r"\frac{\partial l}{\partial \operatorname{vec}(A)} = X", None, "the question asks for the derivative by 'a'"),
    ("a", r"a_{pq} = x_{pq}", None, "the left-hand side is no derivative of 'l'"),
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
    ("a", "G^\\top X", "ip,iq->pq", "right"),
    ("a", "$G^T X$", "ip,iq->pq", "right"),
    ("a", "dA = G^T X", "ip,iq->pq", "right"),
    ("a", r"\frac{\partial L}{\partial A} = \left(\frac{\partial L}{\partial Y}\right)^T X", "ip,iq->pq", "right"),
    ("a", A + "g_{ip} x_{iq}", "ip,iq->pq", "right"),
    ("a", r"\frac{\partial l}{\partial a_{jk}} = " + G % "ij" + "x_{ik}", "ip,iq->pq", "right"),
    ("a", G % "ij" + "x_{ik}", None, "which index comes first, j or k?"),
    ("a", A + r"[G^\top X]_{pq}", "ip,iq->pq", "right"),
    ("a", A + r"[X^\top G]_{pq}", None, "this is the transpose of the right answer"),
    ("a", A + r"G^\top X", None, "the left-hand side is one component, with the index p, q"),
    ("a", WHOLE + "g_{ip} x_{iq}", None, "the left-hand side is a whole tensor, without indices"),
    ("a", WHOLE + "G X", None, "the two indices of the upstream gradient must change places"),
    ("a", WHOLE + r"G^\top \mathbf{1}", None, "this is a column, and a matrix is asked for"),
    ("a", r"\frac{\partial y_{ij}}{\partial a_{jk}} = x_{ik}", None, "the index 'j' stands above the line and below it"),
    ("a", r"\frac{\partial l}{\partial a_p} = x_p", None, "'a' has two indices in the question"),
    ("a", "grad_Y.T @ X", None, "this looks like NumPy"),
    ("a", "I have no idea", None, "an equation in LaTeX is expected, and this reads like words"),
    ("x", r"\frac{\partial l}{\partial X} = G A", "pj,jq->pq", "right"),
    ("x", r"\frac{\partial l}{\partial X} = G A^\top", None, "the two indices of a must change places"),
    ("x", r"\frac{\partial l}{\partial X} = G A X", None, "the product pairs index 2 of a and index 1 of x"),
    ("b", r"\frac{\partial l}{\partial b} = \mathbf{1}^\top G", None, "this is a row"),
    ("b", r"\frac{\partial l}{\partial b} = G", None, "this is a matrix, and a column is asked for"),
    ("b", r"\frac{\partial l}{\partial b_j} = \sum_i" + G % "ij", "ip->p", "right"),
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


# ---------------------------------------------------------------- scalars and vectors, in matrix notation

QUADRATIC, DISTANCE = "f = v_k u_{kr} v_r", "c = (v_k - w_k) (v_k - w_k)"


@pytest.mark.parametrize(
    "question, answer, words",
    [
        (QUADRATIC, r"\frac{\partial f}{\partial v} = (U + U^\top) v", "right"),
        (QUADRATIC, r"(U + U^\top) v", "right"),
        (QUADRATIC, r"\nabla_v f = U v + U^T v", "right"),
        (QUADRATIC, r"\frac{df}{dv} = U v + U^T v", "right"),
        (QUADRATIC, r"\frac{\partial f}{\partial v_p} = [(U + U^\top) v]_p", "right"),
        (QUADRATIC, r"\frac{\partial f}{\partial v_k} = (u_{kr} + u_{rk}) v_r", "right"),
        (QUADRATIC, r"\frac{\partial f}{\partial v} = U v", "not yet: the term u_{rp} v_r is missing"),
        (QUADRATIC, r"\frac{\partial f}{\partial v} = 2 U v", "not yet: the terms are not equal: in one of them the two indices of u"),
        (QUADRATIC, r"\frac{\partial f}{\partial v} = v^\top U v", "not yet: this is a number, and a column is asked for"),
        (QUADRATIC, r"\frac{\partial f}{\partial v} = v^\top (U + U^\top)", "not yet: this is a row"),
        (QUADRATIC, r"\frac{\partial f}{\partial v_p} = U v", "not yet: the left-hand side is one component, with the index p"),
        (QUADRATIC, r"\frac{\partial f}{\partial v} = u_{pr} v_r", "not yet: the left-hand side is a whole tensor"),
        (DISTANCE, r"\frac{\partial c}{\partial v} = 2 (v - w)", "right"),
        (DISTANCE, "2 (v_k - w_k)", "right"),
        (DISTANCE, "v - w", "not yet: right up to a factor of 2"),
        (DISTANCE, r"\frac{\partial c}{\partial v} = 2 (w - v)", "not yet: the sign is wrong"),
    ],
)
def test_the_derivative_of_a_number_by_a_vector(question, answer, words):
    assert repr(check_answer(answer, question, "v")).startswith(words)


@pytest.mark.parametrize(
    "question, answer, words",
    [
        ("[T]_{pq} = h_{jp} s_{jq}", r"H^\top S", "right"),
        ("[T]_{pq} = h_{jp} s_{jq}", r"T = H^\top S", "right"),
        ("[T]_{pq} = h_{jp} s_{jq}", r"S^\top H", "not yet: this is the transpose of the right answer"),
        ("[T]_{pq} = h_{jp} s_{jq}", "h_{jp} s_{jq}", "not yet: this is equal, but it still has indices"),
        ("[T]_{pq} = h_{jp} s_{jq}", "H S", "not yet: the two indices of h must change places"),
        ("[u]_p = x_{pk} v_k", "X v", "right"),
        ("[u]_p = x_{pk} v_k", "v X", "not yet: the shapes of this matrix expression don't fit"),
        ("[c] = w_r x_{ir} x_{ik} v_k", r"w^\top X^\top X v", "right"),
        (r"[X A^\top]_{ik}", "x_{ij} a_{kj}", "right"),
        (r"[X A^\top]_{ik}", "x_{ij} a_{jk}", "not yet: the two indices of"),
    ],
)
def test_from_indices_to_matrices_and_back(question, answer, words):
    assert repr(check_answer(answer, question)).startswith(words)


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
    "question, answer, words",
    [
        (r"\delta_{kk}", "K", "right"),
        (r"\delta_{kk}", r"\mathbf{1}_k \mathbf{1}_k", "right"),
        (r"\delta_{kk}", "1", "not yet: the size of k is missing"),
        (r"\delta_{kk}", "N", "not yet: the size of k is asked for, and this is the size of j"),
        (r"\delta_{kk} c_{qj}", "K c_{qj}", "right"),
        (r"\delta_{kk} c_{qj}", "c_{qj}", "not yet: the size of k is missing"),
        (r"\delta_{kk} c_{kj}", "c_{kj}", "not yet: the index 'k' stands once"),
        (r"m_k = [\frac{1}{M} X^\top \mathbf{1}]_k", r"\frac{\mathbf{1}_i x_{ik}}{\mathbf{1}_i \mathbf{1}_i}", "right"),
        (r"m_k = [\frac{1}{M} X^\top \mathbf{1}]_k", r"\frac{1}{M} x_{ik} \mathbf{1}_i", "right"),
        (r"m_k = [\frac{1}{M} X^\top \mathbf{1}]_k", r"\mathbf{1}_i x_{ik}", "not yet: the size of i is missing"),
        (r"\sum_i (x_{ik} a_{jk})^2", "x_{ik} a_{jk} x_{ir} a_{jr}", "right"),
        (r"\sum_i (x_{ik} a_{jk})^2", "(x_{ik} a_{jk}) (x_{ik} a_{jk}) \\mathbf{1}_i", "right"),
        (r"\sum_i (x_{ik} a_{jk})^2", "x_{ik} a_{jk} x_{ik} a_{jk}", "not yet: two sums have become one"),
        (r"t_j = [S v]_j [T v]_j", "s_{jm} v_m t_{jm} v_m", "not yet: two sums"),
        (r"[S v + c \mathbf{1}]_j", r"s_{jm} v_m + c \mathbf{1}_j", "right"),
        (r"[S v + c \mathbf{1}]_j", r"S v + c \mathbf{1}", "not yet: this is equal, but it is still in matrix notation"),
        (r"[S v + c \mathbf{1}]_j", r"s_{jm} v_m", "not yet: the term c \\mathbf{1}_j is missing"),
        (r"[T]_{ij} = x_{ik} a_{jk} + c_i \mathbf{1}_j", r"X A^\top + \mathbf{1} c^\top", r"not yet: the term c_i \mathbf{1}_j is transposed"),
        ("u_j s_{jm}", "u_j s_{jm}", "not yet: this is the question itself"),
    ],
)
def test_sizes_sums_and_brackets(question, answer, words):
    assert repr(check_answer(answer, question)).startswith(words)


@pytest.mark.parametrize(
    "question, function, words",
    [
        ("t_i = x_{ik} a_{jk} v_j", lambda X, A, v: X @ A.T @ v, "right"),
        ("t_i = x_{ik} a_{jk} v_j", lambda x, a, v: np.einsum("ik,jk,j->i", x, a, v), "right"),
        ("t_i = x_{ik} a_{jk} v_j", lambda X, A, v: X @ A.T, "not yet: the shape of the right answer is (3,); yours has the shape (3, 7)"),
        ("t_i = x_{ik} x_{ik}", lambda X: (X**2).mean(1), "not yet: right up to a factor, the size of k: did you take a mean for a sum?"),
        ("t_{pq} = s_{pm} u_q v_m", lambda S, u, v: np.outer(u, S @ v), "not yet: this is the transpose"),
        (LAYER, lambda X, A: X @ A.T, "not yet: the term"),
        (LAYER, lambda X, A, b: None, "not attempted"),
        (LAYER, lambda w: w, "not yet: the argument 'w' is no array of the question; those are: x, a, b"),
    ],
)
def test_a_function_that_computes_an_expression(question, function, words):
    assert repr(check_answer(function, question)).startswith(words)


@pytest.mark.parametrize(
    "answer, value, words",
    [
        ((2, 5, 2, 3), np.ones((2, 5, 2, 3)), "right"),
        ((), 7.0, "right"),
        ((3, 2), np.ones((2, 3)), "not yet: the sizes are right, their order is not"),
        ((2, 3, 3, 5), np.ones((2, 5, 2, 3)), "not yet: the number of axes is right; counted from 0, the size of axis 1, 2, 3 is not"),
        ((6,), np.ones((2, 3)), "not yet: this shape has one axis; the right one has 2 axes"),
        (("M", "N"), np.ones((2, 3)), "not yet: a shape is a tuple of whole numbers"),
        (6, 6.0, "right"),
        (1, 6.0, "not yet: this is another number"),
        (3, 6.0, "not yet: this is the right answer divided by 2"),
        (-6, 6.0, "not yet: the sign is wrong"),
        (5, 6.0, "not yet: this is another number"),
        ([5, 6, 4], np.array([5.0, 6.0, 4.0]), "right"),
        ([6, 5, 4], np.array([5.0, 6.0, 4.0]), "not yet: the shape is right, but the values differ"),
        ([5, 6], np.array([5.0, 6.0, 4.0]), "not yet: the shape of the right answer is (3,)"),
        ("five", 5.0, "not yet: a number, a list of numbers, or a shape"),
        (None, 5.0, "not attempted"),
        ("", np.ones(3), "not attempted"),
    ],
)
def test_a_number_an_array_or_a_shape(answer, value, words):
    assert repr(check_answer(answer, value)).startswith(words)


@pytest.mark.parametrize(
    "answer, words",
    [
        (r"\delta_{ip} c_{qj}", "right"),
        (r"c_{qj} \delta_{pi}", "right"),
        (r"\delta_{ip} \delta_{kq} c_{kj}", "not yet: this is equal, but a delta can still be contracted"),
        (r"\delta_{ip} c_{jq}", "not yet: the two indices of c must change places"),
        ("c_{qj}", "not yet: a delta is missing: where both its indices are free, it stays"),
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
        (lambda w: w, "not yet: the argument 'w' is no array of the question; those are: x, a, b, grad_y"),
        (raises, "not yet: your function raised ValueError"),
    ],
)
def test_an_answer_in_numpy(function, words):
    assert repr(check_answer(function, LAYER, "a")).startswith(words)


@pytest.mark.parametrize(
    "function, words",
    [
        (lambda grad_y: grad_y.sum(tuple(range(grad_y.ndim - 1))), "right"),
        (lambda grad_y: None, "not attempted"),
        (lambda grad_y: grad_y.sum(0), "not yet: for leading axes of size (4, 2): the gradient has the shape of b"),
        (lambda grad_y: grad_y if grad_y.ndim == 1 else grad_y.reshape(-1, 5)[1:].sum(0), "not yet: the shape is right, but the values differ"),
        (lambda grad_y: np.add.reduce(grad_y.reshape(-1, 5)) / max(1, grad_y.size / 5), "not yet: this is the right answer divided by 2"),
        (lambda grad_y: grad_y.reshape(-1, 5).sum(0) if grad_y.ndim > 1 else 0 * grad_y, "not yet: for leading axes of size (): the shape is right"),
        (lambda grad_y: grad_y.sum(tuple(range(grad_y.ndim - 1))) if grad_y.size else grad_y, "not yet: for leading axes of size (0,): the gradient"),
    ],
)
def test_code_is_tried_on_any_number_of_leading_axes(function, words):
    layer = r"y_{\ldots j} = x_{\ldots k} a_{jk} + \mathbf{1}_{\ldots} b_j"
    assert repr(check_answer(function, layer, "b")).startswith(words)


def test_a_question_that_is_wrong_itself_is_an_error():
    with pytest.raises(IndexRuleError, match="the index 'k' stands once"):
        check_answer("", "y_i = x_{ik}", "x")
    with pytest.raises(IndexRuleError, match="is no input"):
        check_answer("", LAYER, "w")
