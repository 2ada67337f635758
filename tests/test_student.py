"""The students' notebooks hold no solution, run as they are, and lose nothing else; the key has all that was taken out."""

import json
import re

import pytest

from website.execute_notebooks import CHAPTERS, notebooks, parse, read, run
from website.student import KEY, main, without_solutions


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    folder = tmp_path_factory.mktemp("student")
    assert main([str(folder)]) == 0
    return folder


@pytest.mark.parametrize("name", [path.name for path in notebooks(CHAPTERS)])
def test_no_solution_is_left_and_every_hint_is(student, name):
    before, after = read(CHAPTERS / name), parse((student / name).read_text(encoding="utf-8"))
    old, new = ["\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown") for notebook in (before, after)]
    assert not re.search(r"<summary>\s*(Solution|Answer)", new)
    for kept in ("<summary>Hint</summary>", "\n## ", "{eq}`", "[](", "check_answer("):
        assert new.count(kept) <= old.count(kept)
    assert new.count("<summary>Hint</summary>") == old.count("<summary>Hint</summary>")
    assert new.count("<details") == new.count("</details>")
    assert [line for line in old.splitlines() if line.startswith("#")] == [line for line in new.splitlines() if line.startswith("#")]


def test_the_key_has_what_was_taken_out(student):
    key = (student / KEY).read_text(encoding="utf-8")
    for path in notebooks(CHAPTERS):
        for cell in read(path).cells:
            if cell.cell_type == "markdown":
                for solution in re.findall(r"<summary>(?:Solution|Answer)</summary>\n(.*?)\n</details>", cell.source, re.DOTALL):
                    assert solution.strip() in key


def test_the_cells_to_fill_in_run_without_the_solutions(student):
    outputs = "".join(str(cell.get("outputs")) for cell in run(student / "differentiating.ipynb").cells)
    assert outputs.count("not attempted") >= 2 and "Traceback" not in outputs


def test_a_solution_goes_with_the_code_that_shows_it():
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# Page"},
        {"cell_type": "markdown", "metadata": {}, "source": "## On your own\n\n**1.** What is 1 + 1?\n\n<details>\n<summary>Hint</summary>\n\nCount.\n\n</details>\n\n"
         "<details>\n<summary>Solution</summary>\n\nTwo.\n\n</details>\n\nIn numbers:"},
        {"cell_type": "code", "metadata": {"tags": ["hide-input"]}, "source": "1 + 1", "outputs": [], "execution_count": None},
        {"cell_type": "code", "metadata": {}, "source": "2 + 2", "outputs": [], "execution_count": None},
    ]  # fmt: skip
    notebook, answers = without_solutions(parse(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})))
    assert [cell.source for cell in notebook.cells][1:] == [
        "## On your own\n\n**1.** What is 1 + 1?\n\n<details>\n<summary>Hint</summary>\n\nCount.\n\n</details>", "2 + 2"
    ]  # fmt: skip
    assert answers == ["**1.** Two.", "**1.** In code:\n\n```python\n1 + 1\n```"]
