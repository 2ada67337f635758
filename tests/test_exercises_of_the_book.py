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
            for said in (side, side.replace("h_j", "g_j")):  # the cells call the upstream gradient g, one solution h
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
