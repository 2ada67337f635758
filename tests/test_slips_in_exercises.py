"""Three slips or more for each exercise, those that readers make, and what the marker says of each.

Most are the slips of printed texts: a transpose missing, one index for two sums, a mean for a sum, a trace taken for 1,
the formula of another layout.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from linalg_grads import check_answer

CHAPTERS = Path(__file__).parents[1] / "chapters"
LAYER, OTHER_LAYOUT = r"Y = X A^\top + \mathbf{1} b^\top", r"Y = X C + \mathbf{1} b^\top"
IN_COMPONENTS = r"y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j"
ONE_OF_EACH = ["y = x a + b", "l = g y"]
GRAM = [r"r_{ij} = x_{ik} x_{jk}", r"\rho = f_{ij} r_{ij}"]
X = np.array([[3.0, -1.0, 2.0], [-2.0, 1.0, 1.0]])  # M, K, N = 2, 3, 5

TRANSPOSED, SWAPPED, UNEQUAL = "this is the transpose of the right answer", "the two indices of", "the terms are not equal"
TWO_SUMS, MEAN = "two sums have become one", "right up to a factor, the size of"

# (question, wrt): [(the answer, what is said of it)], chapter by chapter; a question that is no text is an array that the cell computes
SLIPS = {
    "start_here": [
        (LAYER, "X", [
            (lambda A, grad_Y: grad_Y @ A, "right"),
            (lambda A, grad_Y: (grad_Y @ A).T, TRANSPOSED),
            (lambda A, grad_Y: grad_Y @ A.T, "your function raised ValueError"),
            (lambda A, grad_Y: -grad_Y @ A, "the sign is wrong"),
        ]),
        (LAYER, "A", [
            (lambda X, grad_Y: grad_Y.T @ X, "right"),
            (lambda X, grad_Y: X.T @ grad_Y, TRANSPOSED),
            (lambda X, grad_Y: grad_Y.T @ X / len(X), "this is the right answer divided by 3: did you take a mean for a sum"),
            (lambda X, grad_Y: X, "the gradient has the shape of A"),
        ]),
        (LAYER, "b", [
            (lambda grad_Y: grad_Y.sum(0), "right"),
            (lambda grad_Y: grad_Y.T @ np.ones(len(grad_Y)), "right"),
            (lambda grad_Y: grad_Y.mean(0), "this is the right answer divided by 3: did you take a mean for a sum"),
            (lambda grad_Y: grad_Y.sum(1), "the gradient has the shape of b"),
            (lambda grad_Y: grad_Y.sum(), "the gradient has the shape of b"),
        ]),
        (ONE_OF_EACH, "x", [("g a", "right"), ("a", "'g' must occur"), ("g x", "this is the gradient of a, not of x"), ("-g a", "the sign is wrong")]),
        (ONE_OF_EACH, "a", [("x g", "right"), ("x", "'g' must occur"), ("g a", "this is the gradient of x, not of a"), ("g", "this is the gradient of b")]),
        (ONE_OF_EACH, "b", [("g", "right"), ("1", "'g' must occur"), ("2 g", "right up to a factor of 2"), ("g x", "this is the gradient of a, not of b")]),
        (OTHER_LAYOUT, "C", [
            (lambda X, grad_Y: X.T @ grad_Y, "right"),
            (lambda X, grad_Y: grad_Y.T @ X, TRANSPOSED),
            (lambda X, grad_Y: 2 * X.T @ grad_Y, "this is 2 times the right answer"),
            (lambda X, grad_Y: X @ grad_Y, "your function raised ValueError"),
        ]),
    ],
    "layer_and_shapes": [
        (r"[X Q]_{im}", None, [
            ("x_{ik} q_{km}", "right"),
            (r"\sum_k x_{ik} q_{km}", "right"),
            ("x_{ik} q_{mk}", SWAPPED),
            ("x_{im} q_{km}", "the index 'k' stands once"),
            ("X Q", "this is equal, but it is still in matrix notation"),
        ]),
        (r"[X^\top \mathbf{1}]_k", None, [
            (r"\sum_i x_{ik}", "right"),
            (r"x_{ik} \mathbf{1}_i", "right"),
            ("x_{ik}", "the index 'i' stands once"),
            (r"\frac{1}{M} \sum_i x_{ik}", "right up to a factor of M: did you take a mean for a sum?"),
            (r"x_{ki} \mathbf{1}_i", SWAPPED),
        ]),
        (X.T @ np.ones(2), None, [((3,), "right"), ((2,), "the number of axes is right"), ((3, 1), "this shape has 2 axes"), ((), "this shape has no axis")]),
        (IN_COMPONENTS, None, [
            (lambda X, A, b: np.column_stack([X, np.ones(len(X))]) @ np.column_stack([A, b]).T, "right"),
            (lambda X, A, b: X @ A.T, r"the term \mathbf{1}_i b_j is missing"),
            (lambda X, A, b: A @ X.T + b[:, None], TRANSPOSED),
            (lambda X, A, b: X @ A + b, "your function raised ValueError"),
        ]),
        (r"[T]_{ij} = x_{ik} a_{jk} + r_i \mathbf{1}_j", None, [
            (r"X A^\top + r \mathbf{1}^\top", "right"),
            (r"X A^\top + \mathbf{1} r^\top", r"the term r_i \mathbf{1}_j is transposed"),
            (r"X A^\top", r"the term r_i \mathbf{1}_j is missing"),
            (r"X A^\top + r", "the shapes of this matrix expression don't fit"),
            (r"X A + r \mathbf{1}^\top", SWAPPED),
            (r"x_{ik} a_{jk} + r_i \mathbf{1}_j", "this is equal, but it still has indices"),
        ]),
    ],
    "index_notation": [
        (r"\theta_j = [S \mathbf{1}]_j [T v]_j", None, [
            (r"s_{jm} \mathbf{1}_m t_{jn} v_n", "right"),
            (r"\theta_j = s_{jk} \mathbf{1}_k t_{jm} v_m", "right"),
            (r"s_{jm} \mathbf{1}_m t_{jm} v_m", TWO_SUMS),
            ("s_{jm} t_{jn} v_n", "the index 'm' stands once"),
            (r"s_{jm} \mathbf{1}_m s_{jn} v_n", "'S' stands where 'T' belongs"),
            (r"s_{jm} \mathbf{1}_m t_{nj} v_n", SWAPPED),
        ]),
        (X.T @ X, None, [(X.T @ X, "right"), (X @ X.T, "the shape of the right answer is (3, 3)"), (-X.T @ X, "the sign is wrong"), (3 * X.T @ X, "this is 3 times")]),
        ("t_i = x_{ik} a_{jk} v_j", None, [
            (lambda X, A, v: np.einsum("ik,jk,j->i", X, A, v), "right"),
            (lambda X, A, v: np.einsum("ik,jk,j->ij", X, A, v), "the shape of the right answer is (3,)"),
            (lambda X, A, v: np.einsum("ik,kj,j->i", X, A, v), "your function raised ValueError"),
            (lambda X, A, v: X @ A.T, "the shape of the right answer is (3,)"),
        ]),
        ("t_{pq} = s_{pm} s_{qm}", None, [
            (lambda S: np.einsum("pm,qm->pq", S, S), "right"),
            (lambda S: np.einsum("pm,pm->p", S, S), "the shape of the right answer is (3, 3)"),
            (lambda S: np.einsum("mp,mq->pq", S, S), "the shape of the right answer is (3, 3)"),
            (lambda S: np.einsum("pm,mq->pq", S, S), "your function raised ValueError"),
        ]),
        ("t_i = x_{ik} x_{ik}", None, [
            (lambda X: np.einsum("ik,ik->i", X, X), "right"),
            (lambda X: (X**2).mean(1), f"{MEAN} k: did you take a mean for a sum?"),
            (lambda X: np.einsum("ik,ik->k", X, X), "the shape of the right answer is (3,)"),
            (lambda X: np.einsum("ik->i", X) ** 2, "the shape is right, but the values differ"),
        ]),
        ("t = u_j s_{jm} v_m", None, [
            (lambda u, S, v: np.einsum("j,jm,m->", u, S, v), "right"),
            (lambda u, S, v: np.einsum("j,jm,m->j", u, S, v), "the shape of the right answer is ()"),
            (lambda u, S, v: u @ S, "the shape of the right answer is ()"),
            (lambda u, S, v: -(u @ S @ v), "the sign is wrong"),
        ]),
        (r"\sum_i \sum_j (x_{ik} a_{jk})^2", None, [
            ("x_{ik} a_{jk} x_{im} a_{jm}", "right"),
            ("x_{ik} a_{jk} x_{ik} a_{jk}", TWO_SUMS),
            ("x_{ik} a_{jk} x_{im} a_{km}", "the index 'j' stands once"),
            (r"\sum_i \sum_j (x_{ik} a_{jk})^2", "this is the question itself"),
            ("x_{ik} a_{jk}", "the index 'i' stands once"),
        ]),
        (r"[S^\top u + v]_j", None, [
            ("s_{mj} u_m + v_j", "right"),
            ("s_{jm} u_m + v_j", SWAPPED),
            ("s_{mj} u_m + v_m", "the index 'm' stands once"),
            ("s_{mj} u_m", "the term v_j is missing"),
        ]),
        (r"[X^\top X]_{kn}", None, [
            ("x_{ik} x_{in}", "right"),
            ("x_{ki} x_{ni}", SWAPPED),
            ("x_{ki} x_{in}", SWAPPED),
            ("x_{ik} x_{ik}", "this term lacks the free index 'n'"),
        ]),
        (r"[u \odot (S v)]_j", None, [
            ("u_j s_{jm} v_m", "right"),
            ("u_m s_{jm} v_m", "the indices are in order, but the values differ"),
            ("u_j s_{mj} v_m", SWAPPED),
            (r"u \odot (S v)", "this is equal, but it is still in matrix notation"),
        ]),
    ],
    "kronecker_deltas": [
        (r"\delta_{pj} b_j", None, [("b_p", "right"), ("b_j", "the index 'j' stands once|this term lacks"), ("1", "this term lacks"), ("2 b_p", "right up to a factor of 2")]),
        (r"\delta_{pi} \delta_{ij} \delta_{jq}", None, [
            (r"\delta_{pq}", "right"), (r"\delta_{pj} \delta_{jq}", "this is equal, but a delta"), ("1", "a delta is missing"), (r"2 \delta_{pq}", "right up to a factor"),
        ]),
        (r"x_{ik} \delta_{jp} \delta_{kq}", None, [
            (r"x_{iq} \delta_{jp}", "right"), ("x_{iq}", "a delta is missing"), (r"x_{qi} \delta_{jp}", SWAPPED),
            (r"x_{ik} \delta_{jp} \delta_{kq}", "this is equal, but a delta"),
        ]),
        (r"x_{ik} \delta_{ip} \delta_{kq}", None, [
            ("x_{pq}", "right"), ("x_{qp}", TRANSPOSED), (r"x_{pk} \delta_{kq}", "this is equal, but a delta"), ("x_{pp}", "this term lacks the free index 'q'"),
        ]),
        (r"\mathbf{1}_i \delta_{ip}", None, [
            (r"\mathbf{1}_p", "right"), ("1", "this term lacks the free index 'p'"), (r"M \mathbf{1}_p", "right up to a factor of M"), (r"-\mathbf{1}_p", "the sign is wrong"),
        ]),
        (r"\delta_{kk}", None, [
            ("K", "right"), ("1", "the size of k is missing"), ("N", "the size of k is asked for, and this is the size of j"), ("-K", "the sign is wrong"),
        ]),
        (r"\delta_{kk} c_{kj}", None, [
            (r"\sum_k c_{kj}", "right"), ("c_{kj}", "the index 'k' stands once"), (r"\mathbf{1}_k c_{jk}", SWAPPED), (r"2 \mathbf{1}_k c_{kj}", "right up to a factor of 2"),
        ]),
        (r"\delta_{qk} c_{kj}", None, [
            ("c_{qj}", "right"), ("c_{jq}", TRANSPOSED), ("c_{kj}", "the index 'k' stands once|this term lacks"), ("K c_{qj}", "right up to a factor of K"),
        ]),
        (r"\delta_{kk} c_{qj}", None, [
            ("K c_{qj}", "right"), ("c_{qj}", "the size of k is missing"), ("M c_{qj}", "the size of k is asked for, and this is the size of i"), ("K c_{jq}", TRANSPOSED),
        ]),
        (np.array([5.0, 6.0, 4.0]), None, [
            ([5, 6, 4], "right"), ([6, 4, 5], "the shape is right, but the values differ"), ([4, 5, 6], "the shape is right"), ([5, 6], "the shape of the right answer is (3,)"), ((5, 6, 4), "right"),
        ]),
        (r"[\operatorname{diag}(u)]_{ij}", None, [
            (r"\delta_{ij} u_i", "right"), (r"\delta_{ij} u_j", "right"), ("u_i", "a delta is missing"), (r"\delta_{ij}", "'u' must occur"),
            (r"u_i \mathbf{1}_j", "the indices are in order, but"),
        ]),
        (r"[\operatorname{diag}(u) v]_i", None, [
            ("u_i v_i", "right"), (r"\delta_{ij} u_i v_j", "this is equal, but a delta"), ("u_i v_j", "the index 'j' stands once"), ("u_j v_j", "this term lacks the free index 'i'"),
        ]),
        (r"m_k = [\frac{1}{M} X^\top \mathbf{1}]_k", None, [
            (r"\frac{\mathbf{1}_i x_{ik}}{\mathbf{1}_i \mathbf{1}_i}", "right"),
            (r"\mathbf{1}_i x_{ik}", "the size of i is missing"),
            (r"\frac{1}{K} \mathbf{1}_i x_{ik}", "the size of i is asked for, and this is the size of k"),
            (r"\frac{1}{M} x_{ik}", "the index 'i' stands once"),
        ]),
        (r"(\delta_{ip} \delta_{jq} - \delta_{iq} \delta_{jp}) u_i v_j", None, [
            ("u_p v_q - u_q v_p", "right"), ("u_p v_q", "the term -u_q v_p is missing"), ("u_q v_p - u_p v_q", "the sign is wrong"),
            ("u_p v_p - u_q v_q", "this term lacks the free index"), ("2 (u_p v_q - u_q v_p)", "right up to a factor of 2"),
        ]),
    ],
    "differentiating": [
        (np.zeros((2, 5, 2, 3)), None, [
            ((2, 5, 2, 3), "right"), ((2, 3, 3, 5), "the number of axes is right"), ((2, 3, 2, 5), "the sizes are right, their order is not"), ((2, 3), "this shape has 2 axes"),
        ]),
        ("[t]_p = x_{pk} v_k", None, [("X v", "right"), ("X^\\top v", SWAPPED), ("v^\\top X^\\top", "this is a row, and a column is asked for"), ("x_{pk} v_k", "this is equal, but it still has indices")]),
        ("[T]_{pq} = h_{jp} s_{jq}", None, [(r"H^\top S", "right"), (r"S^\top H", TRANSPOSED), ("H S", SWAPPED), (r"H S^\top", "the indices|every|the two")]),
        ("[T]_{pq} = x_{pk} x_{qk}", None, [(r"X X^\top", "right"), (r"X^\top X", SWAPPED), ("X X", SWAPPED), (r"-X X^\top", "the sign is wrong")]),
        ("[T]_{pq} = w_p v_q", None, [(r"w v^\top", "right"), (r"v w^\top", TRANSPOSED), (r"w^\top v", "this is a number, and a matrix is asked for"), ("w v", "the shapes")]),
        ("[T]_{pq} = x_{iq} s_{ji} h_{jp}", None, [
            (r"H^\top S X", "right"), (r"X^\top S^\top H", TRANSPOSED), (r"H S X", SWAPPED), (r"H^\top S^\top X", SWAPPED),
        ]),
        ("[t] = w_r x_{ir} x_{ik} v_k", None, [
            (r"w^\top X^\top X v", "right"), (r"v^\top X^\top X w", "right"), (r"w^\top X X^\top v", SWAPPED), ("X w X v", "the shapes"), (r"w^\top X v", "the values differ|the indices"),
        ]),
        ("c = (v_k - w_k) (v_k - w_k)", "v", [("2 (v_p - w_p)", "right"), ("v_p - w_p", "right up to a factor of 2"), ("2 (w_p - v_p)", "the sign is wrong"), ("2 v_p", "'w' must|the term")]),
        ("f = v_k u_{kr} v_r", "v", [
            ("u_{pr} v_r + v_k u_{kp}", "right"), ("u_{pr} v_r", "the term u_{rp} v_r is missing"), ("2 u_{pr} v_r", UNEQUAL), ("v_r u_{rp}", "the term u_{pr} v_r is missing"),
        ]),
        (np.array(6.0), None, [(6, "right"), (1, "this is another number"), (5, "this is another number"), (36, "this is 6 times the right answer")]),
        (GRAM, "x", [
            ("f_{pj} x_{jq} + f_{ip} x_{iq}", "right"), (r"(F + F^\top) X", "right"), (r"\frac{\partial \rho}{\partial X} = F X + F^\top X", "right"),
            ("f_{pj} x_{jq}", "the term f_{jp} x_{jq} is missing"), ("2 f_{pj} x_{jq}", UNEQUAL), (r"F^\top X", "the term"), (r"-(F + F^\top) X", "the sign is wrong"),
        ]),
    ],
    "gradient_of_X": [
        (r"z_{ij} = s_{ir} x_{rk} a_{jk} + \mathbf{1}_i b_j", "x", [
            (r"S^\top G A", "right"), ("S G A", SWAPPED), (r"A^\top G^\top S", TRANSPOSED), ("g_{pj} a_{jq}", "'s' must"), ("s_{pp} g_{pj} a_{jq}", "you used p"),
            (r"G^\top S X", "this is the gradient of a, not of x"),
        ]),
        (r"v_{ji} = a_{jk} u_{ki} + b_j \mathbf{1}_i", "u", [
            (r"A^\top G", "right"), (r"\frac{\partial l}{\partial u_{qp}} = g_{jp} a_{jq}", "right"), ("A G", SWAPPED), (r"G^\top A", TRANSPOSED),
            (r"\frac{\partial l}{\partial u_{pq}} = g_{jp} a_{jq}", TRANSPOSED), (r"\frac{\partial l}{\partial u_{qp}} = g_{jp} a_{pq}", "the index"),
        ]),
        (r"w_j = a_{jk} t_k + b_j", "t", [
            (r"A^\top g", "right"), ("a_{jq} g_j", "right"), ("a_{qj} g_j", SWAPPED), (r"g^\top A", "this is a row, and a column is asked for"), ("g_q a_{jq}", SWAPPED), ("-g_j a_{jq}", "the sign is wrong"),
        ]),
    ],
    "gradient_of_A": [
        (r"y_{ij} = x_{ik} c_{kj} + \mathbf{1}_i b_j", "c", [
            (r"X^\top G", "right"), (r"G^\top X", TRANSPOSED), (r"\frac{1}{M} X^\top G", "right up to a factor of M: did you take a mean for a sum?"), (r"G C^\top", "this is the gradient of x, not of c"), ("X G", SWAPPED),
        ]),
        (r"v_j = a_{jk} u_k + b_j", "a", [
            (r"g u^\top", "right"), ("g_p u_q", "right"), (r"u g^\top", TRANSPOSED), (r"g^\top u", "this is a number, and a matrix is asked for"),
            (r"\frac{\partial l}{\partial a_{pq}} = g_p u_p", "this term lacks the free index 'q'"), (r"A^\top g", "this is"),
        ]),
        (r"z_{im} = x_{ik} a_{jk} a_{jm}", "a", [
            (r"A G^\top X + A X^\top G", "right"), (r"A G^\top X", "the term"), (r"2 A G^\top X", "the indices are in order, but the values differ"), (r"G A^\top A", "this is the gradient of x, not of a"), (r"X^\top G A^\top + G^\top X A^\top", TRANSPOSED),
        ]),
    ],
    "gradient_of_b": [
        (r"z_{ij} = x_{ik} a_{jk} + d_i \mathbf{1}_j", "d", [
            (r"G \mathbf{1}", "right"), (r"\sum_j g_{pj}", "right"), (r"G^\top \mathbf{1}", SWAPPED), (r"\frac{1}{N} G \mathbf{1}", "right up to a factor of N: did you take a mean for a sum?"),
            ("g_{pj}", "the index 'j' stands once"), (r"\mathbf{1}_i g_{ip}", SWAPPED),
        ]),
        (r"w_{ij} = x_{ik} a_{jk} + t \mathbf{1}_i \mathbf{1}_j", "t", [
            (r"\mathbf{1}^\top G \mathbf{1}", "right"), (r"\sum_i \sum_j g_{ij}", "right"), (r"\sum_i g_{ij}", "the index 'j' stands once"), (r"\frac{1}{M} \sum_i \sum_j g_{ij}", "right up to a factor of M"),
            (r"G \mathbf{1}", "this is a column, and a number is asked for"), ("g_{ii}", TWO_SUMS),
        ]),
    ],
    "leading_dimensions": [
        (r"v_{stj} = u_{stk} a_{jk} + \mathbf{1}_s \mathbf{1}_t b_j", "b", [
            (r"\mathbf{1}_s \mathbf{1}_t g_{stp}", "right"), (r"\sum_s \sum_t g_{stp}", "right"), (r"\sum_s g_{stp}", "the index 't' stands once"), (r"-\sum_s \sum_t g_{stp}", "the sign is wrong"), (r"\mathbf{1}_s \mathbf{1}_p g_{spt}", "the index 't' stands once"),
        ]),
        (r"w_{stj} = u_{stk} a_{jk} + \mathbf{1}_s d_{tj}", "d", [
            (r"\frac{\partial l}{\partial d_{pq}} = \mathbf{1}_s g_{spq}", "right"), (r"\frac{\partial l}{\partial d_{pq}} = \mathbf{1}_s g_{sqp}", TRANSPOSED), (r"\frac{\partial l}{\partial d_{pq}} = g_{spq}", "the index 's' stands once"),
            (r"\frac{\partial l}{\partial d_{pq}} = \mathbf{1}_s \mathbf{1}_t g_{stq}", "this term lacks the free index 'p'"),
        ]),
        (r"z_{stj} = u_{stk} e_{sjk}", "e", [
            (r"\frac{\partial l}{\partial e_{pqr}} = g_{ptq} u_{ptr}", "right"), (r"\frac{\partial l}{\partial e_{pqr}} = g_{ptr} u_{ptq}", "r runs over index 3 of e and over index 3 of z"), (r"\frac{\partial l}{\partial e_{pqr}} = g_{stq} u_{str}", "this term lacks the free index 'p'"),
            (r"\frac{\partial l}{\partial e_{pqr}} = 2 g_{ptq} u_{ptr}", "right up to a factor of 2"),
        ]),
    ],
}  # fmt: skip
ALL = [(chapter, number, *exercise) for chapter, exercises in SLIPS.items() for number, exercise in enumerate(exercises)]
NAMES = [f"{chapter} {number}: {question if isinstance(question, str) else ''}" for chapter, number, question, *_ in ALL]


@pytest.mark.parametrize("chapter, number, question, wrt, answers", ALL, ids=NAMES)
def test_each_slip_is_named(chapter, number, question, wrt, answers):
    assert sum(words != "right" for _, words in answers) >= 3
    for answer, words in answers:
        mark = check_answer(answer, question, wrt)
        beginnings = words.split("|") if words == "right" else [f"not yet: {each}" for each in words.split("|")]
        assert bool(mark) is (words == "right") and repr(mark).startswith(tuple(beginnings)), f"{answer}: {mark}"


@pytest.mark.parametrize("chapter", SLIPS)
def test_these_are_the_exercises_of_the_chapter(chapter):
    """Every question in text stands in a cell of its chapter, and each chapter has three exercises or more that mark themselves."""
    cells = json.loads((CHAPTERS / f"{chapter}.ipynb").read_text(encoding="utf-8"))["cells"]
    asked = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code" and "check_answer(" in "".join(cell["source"])]
    for question, _, _ in SLIPS[chapter]:
        for text in [question] if isinstance(question, str) else question if isinstance(question, list) else []:
            assert any(f'"{text}"' in cell for cell in asked), text
    unanswered = [cell for cell in cells if "not attempted" in json.dumps(cell.get("outputs", ""))]
    assert 3 <= len(unanswered) <= 7
