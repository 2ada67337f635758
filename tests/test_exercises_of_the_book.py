"""Every exercise that marks itself: its published solution is marked right, and three slips made of it are refused with a reason.

The published solution is found where a reader finds it: in the folded Solution below the cell, as a side of a displayed equation.
Those that are answered in code stand in test_exercises_in_code.py.
"""

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest

from linalg_grads import check_answer

CHAPTERS = Path(__file__).parents[1] / "chapters"
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
LAYOUT = re.compile(r"\\begin\{aligned\}|\\end\{aligned\}|&|\\qquad|\\left(?=[(\[])|\\right(?=[)\]])")
# what a slip makes of the right side, and the beginnings of what may be said of it
SLIPS = [
    ("- ({})", ("the sign is wrong",)),
    ("2 ({})", ("right up to a factor of 2: it is 2 times too much",)),
    (r"({}) \mathbf{{1}}_z", ("the index ", "matrix notation stands beside components")),
]

TRANSPOSED, MEAN = "this is the transpose of the right answer", "right up to a factor of {}: did you take a mean for a sum?"
CHANGE = "the two indices of {} must change places"
# in the chapters on the three gradients: slips that readers make, and what is said of each
SLIPS_OF = {
    "gradient_of_A": {
        r"y_{ij} = x_{ik} c_{kj} + \mathbf{1}_i b_j": [
            (r"G^\top X", TRANSPOSED),  # the gradient of A
            (r"\frac{1}{M} x_{ip} g_{iq}", MEAN.format("M")),
            ("g_{pq} x_{pp}", "you used p three times; in the right answer it stands once"),
        ],
        "v_j = a_{jk} u_k + b_j": [
            ("g_q u_p", TRANSPOSED),
            ("g_p u_p", "this term lacks the free index 'q'"),
            ("g_p u_q u_q", "you used q twice; in the right answer it stands once"),
        ],
        "z_{im} = x_{ik} a_{jk} a_{jm}": [
            (r"A G^\top X", r"the term \frac{\partial l}{\partial z_{iq}} x_{ik} a_{pk} is missing"),
            ("g_{iq} x_{ik} a_{pk}", r"the term \frac{\partial l}{\partial z_{im}} x_{iq} a_{pm} is missing"),
            ("g_{im} x_{ip} a_{qm} + g_{ip} x_{ik} a_{qk}", TRANSPOSED),
        ],
    },
    "gradient_of_X": {
        r"z_{ij} = s_{ir} x_{rk} a_{jk} + \mathbf{1}_i b_j": [
            ("S G A", CHANGE.format("s")),
            ("G A", "'s' must occur in the answer"),
            ("s_{ip} g_{ij} a_{jk}", "the index 'k' stands once in its term and is not free"),
        ],
        r"v_{ji} = a_{jk} u_{ki} + b_j \mathbf{1}_i": [
            ("A G", CHANGE.format("a")),
            (r"G^\top A", TRANSPOSED),
            ("a_{pp} g_{pq}", "you used p three times; in the right answer it stands once"),
        ],
        "w_j = a_{jk} t_k + b_j": [
            ("A g", CHANGE.format("a")),
            ("g_p a_{pp}", "you used p three times; in the right answer it stands once"),
            ("g_p a_{jp}", "the index 'j' stands once in its term and is not free"),
        ],
    },
    "gradient_of_b": {
        r"z_{ij} = x_{ik} a_{jk} + d_i \mathbf{1}_j": [
            (r"\frac{1}{N} g_{pj} \mathbf{1}_j", MEAN.format("N")),
            (r"G^\top \mathbf{1}", CHANGE.format("the upstream gradient")),
            ("g_{pp}", "you used p twice; in the right answer it stands once"),
        ],
        r"w_{ij} = x_{ik} a_{jk} + t \mathbf{1}_i \mathbf{1}_j": [
            (r"\frac{1}{M} g_{ij} \mathbf{1}_i \mathbf{1}_j", MEAN.format("M")),
            (r"g_{pj} \mathbf{1}_j", "the index 'p' stands once in its term and is not free"),
            (r"g_{ij} \mathbf{1}_i", "the index 'j' stands once in its term and is not free"),
        ],
    },
}


def exercises():
    """(chapter, the right-hand arguments of check_answer, the solution's sides), for each cell to fill in."""
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
        for at, (kind, source) in enumerate(cells):
            if kind == "code" and "check_answer(" in source and re.search(r'\br""', source):
                following = next(text for kind, text in cells[at + 1 :] if "<summary>Solution" in text or "<summary>Answer" in text)
                yield from ((path.stem, *question, sides(following)) for question in questions(source))


def questions(source):
    """(question, wrt) for each call, or for each key of the dictionary of a cell with several."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield from ((key.value, None) for key in node.keys)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check_answer" and not isinstance(node.args[1], (ast.Name, ast.List)):
            wrt = [keyword.value for keyword in node.keywords if keyword.arg == "wrt"]
            question = ast.literal_eval(node.args[1])
            yield tuple(question) if isinstance(question, list) else question, wrt[0].value if wrt else None


def sides(text):
    """The sides of the equations that the first folded solution in `text` displays."""
    folded = re.search(r"<summary>(?:Solution|Answer)</summary>(.*?)</details>", text, re.DOTALL)[1]
    for display in DISPLAY.findall(folded):
        for line in LAYOUT.sub(" ", display).replace(r"\\", "=").replace(r",  ", "=").split("="):
            if line.strip(" ,\n"):
                yield line.strip(" ,\n")


@cache
def solved(question, wrt, candidates):
    """The last of the sides that is marked right, as an answer with one place for a slip; or None."""
    letters = re.search(rf"\\partial {wrt}_\{{?(\w+)", " ".join(candidates)) if wrt else None
    lefts = ["{}"] + ([rf"\frac{{{{\partial l}}}}{{{{\partial {wrt}_{{{{{letters[1]}}}}}}}}} = {{}}"] if letters else [])
    for side in reversed([side for side in candidates if r"\partial z" not in side]):
        for left in lefts:
            for said in (side, side.replace("h_", "g_")):  # the cells call the upstream gradient g, one solution h
                if check_answer(left.format(said), question, wrt):
                    return left, said
    return None


ALL = [(chapter, question, wrt, tuple(found)) for chapter, question, wrt, found in exercises()]
NAMES = [f"{chapter}: {question}" for chapter, question, _, _ in ALL]


def test_there_are_some():
    assert len({chapter for chapter, *_ in ALL}) >= 8


@pytest.mark.parametrize("chapter, question, wrt, candidates", ALL, ids=NAMES)
def test_the_published_solution_is_right_and_slips_are_named(chapter, question, wrt, candidates):
    found = solved(question, wrt, candidates)
    assert found, f"no side of the solution's equations is right: {candidates}"
    left, side = found
    assert repr(check_answer("", question, wrt)) == "not attempted"
    for slip, words in SLIPS:
        mark = check_answer(left.format(slip.format(side)), question, wrt)
        assert not mark and repr(mark).startswith(tuple(f"not yet: {each}" for each in words)), f"{slip}: {mark}"


@pytest.mark.parametrize("chapter", SLIPS_OF)
def test_a_slip_is_told_what_it_is(chapter):
    asked = {question: wrt for name, question, wrt, _ in ALL if name == chapter}
    assert asked.keys() == SLIPS_OF[chapter].keys()
    for question, slips in SLIPS_OF[chapter].items():
        for slip, words in slips:
            mark = check_answer(slip, question, asked[question])
            assert not mark and repr(mark).startswith(f"not yet: {words}"), f"{slip}: {mark}"
