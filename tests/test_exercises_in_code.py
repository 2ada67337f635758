"""Exercises that are answered in code: the published solution is marked right, and each slip is told what it is.

A chapter's cells run in order, as in a notebook. At each exercise every trial is put in the place of the empty answer.
"""

import ast
import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import pytest

CHAPTERS = Path(__file__).parents[1] / "chapters"
A, B = "def grad_a(x, grad_y):\n    return None", "def grad_b(grad_y):\n    return None"
WRONG, GAMMA = "def wrong_gradient(X, grad_Y):\n    return None", "def grad_gamma(v, grad_s):\n    return None"
SCALE = "def grad_c(x, a, grad_v):\n    return None"
SUMMED = "tuple(range(grad_y.ndim - 1))"
# chapter -> the empty answer -> (an answer, what is said of it)
TRIALS = {
    "leading_dimensions": {
        A: [
            (f"lead = {SUMMED}; return np.tensordot(grad_y, x, axes=(lead, lead))", "right"),
            ("return grad_y.T @ x", "not yet: for leading axes of size (4, 2): your function raised ValueError"),
            (f"lead = {SUMMED}; return np.tensordot(x, grad_y, axes=(lead, lead))", "not yet: this is the transpose of the right answer"),
            ("return np.tensordot(grad_y, x, axes=((0,), (0,)))", "not yet: for leading axes of size (4, 2): the gradient has the shape of a"),
        ],
        B: [
            (f"return grad_y.sum({SUMMED})", "right"),
            ("return grad_y.sum(0)", "not yet: for leading axes of size (4, 2): the gradient has the shape of b"),
            ("return grad_y.sum()", "not yet: the gradient has the shape of b, here (5,); your function returned ()"),
            (f"return grad_y.mean({SUMMED})", "not yet: this is the right answer divided by 2: did you take a mean for a sum"),
        ],
    },
    "gradient_of_b": {
        "answer = None": [
            ("answer = 2", "right"),
            ("answer = 1", "not yet: this is another number"),
            ("answer = 1 / 2", "not yet: this is the right answer divided by 4"),
            ("answer = 4", "not yet: this is 2 times the right answer"),
        ],
        SCALE: [
            ("return (grad_v * (x @ a.T)).sum(0)", "right"),
            ("return (grad_v * (x @ a.T)).mean(0)", "not yet: this is the right answer divided by 3: did you take a mean for a sum"),
            ("return (grad_v * (x @ a.T)).sum(1)", "not yet: the gradient has the shape of c, here (5,); your function returned (3,)"),
            ("return grad_v.sum(0)", "not yet: the shape is right, but the values differ"),  # the gradient of a bias
        ],
    },
    "against_pytorch": {
        WRONG: [
            ("return 1.05 * grad_Y.T @ X", "right"),
            ("return grad_Y.T @ X", "not yet: this formula is right"),
            ("return 2 * grad_Y.T @ X", "not yet: a tolerance of a tenth catches it, too"),
            ("return abs(grad_Y).T @ X", "right, and no tolerance finds it"),
        ],
        "factor = None": [("factor = 1 / 100", "right"), ("factor = 1", "not yet: it still passes"), ("factor = 100", "not yet: it still passes")],
        GAMMA: [
            ("return v * grad_s", "right"),
            ("return v @ grad_s", "not yet: the gradient has the shape of \\gamma"),
            ("return -v * grad_s", "not yet: the sign is wrong"),
            ("return v * grad_s / len(v)", "not yet: this is the right answer divided by 3"),
        ],
        'answer = r""': [
            ('answer = r"2 h_{pq}"', "right"),
            ('answer = r"h_{pq}"', "not yet: right up to a factor of 2: it must be 2 times as much"),
            ('answer = r"2 h_{qp}"', "not yet: this is the transpose of the right answer"),
            ('answer = r"2 x_{pq}"', "not yet"),
        ],
        "answer = None": [
            ("answer = 3 * G.T @ X", "right"),
            ("answer = G.T @ X", "not yet: this is the right answer divided by 3"),
            ("answer = 3 * X.T @ G", "not yet: this is the transpose of the right answer"),
            ("answer = 3 * G.T @ X @ A.T", "not yet: the shape of the right answer is (5, 3)"),
        ],
    },
}


def answered(empty, answer):
    return empty.replace("return None", answer) if "def " in empty else answer


def shown(source, names):
    """What a notebook shows below a cell: what it prints, and the value of its last line."""
    *lines, last = ast.parse(source).body
    value = None
    with redirect_stdout(io.StringIO()) as printed:
        if isinstance(last, ast.Expr):
            exec(compile(ast.Module(lines, []), "cell", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
        else:
            exec(source, names)
    return printed.getvalue() + ("" if value is None else repr(value))


@pytest.mark.parametrize("chapter", TRIALS)
def test_answers_in_code(chapter):
    cells = [cell for cell in json.loads((CHAPTERS / f"{chapter}.ipynb").read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    sources, names, tried = ["".join(cell["source"]) for cell in cells], {}, 0
    for at, (source, cell) in enumerate(zip(sources, cells)):
        for empty in TRIALS[chapter]:
            if empty not in source:
                continue
            judge = [] if "not attempted" in str(cell["outputs"]) else [sources[at + 1]]  # it may stand in a cell of its own
            for answer, words in TRIALS[chapter][empty]:
                own = dict(names)
                said = "".join(shown(text, own) for text in [source.replace(empty, answered(empty, answer)), *judge])
                assert words in said.splitlines() if words == "right" else words in said, f"{answer}: {said}"
                tried += 1
        if "raises-exception" not in cell["metadata"].get("tags", []) and "figures." not in source:
            shown(source, names)
    assert tried == sum(map(len, TRIALS[chapter].values()))
