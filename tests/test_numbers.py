"""A number in the text is a small one, a year or a label, or the page's code prints it, or it is recorded for review."""

import json

import pytest

from website.accept import held
from website.numbers_in_text import unproved


@pytest.mark.parametrize(
    "text",
    [
        "Seven of the 8 products", "In 2024, on 23 May or May 23", "equation 10.68 of chapter 14, Python 3.11", "`pip 25`, $64 + 64$, and $$ 99 = 99 $$",
        "[issue 229](https://a.b/229) and https://a.b/512", "```python\n128\n```", "12. a twelfth point", "so:\n\n    make 128\n", "{eq}`a-12` and commit `43807`",
        "<img width=390>", "<!-- 512 -->", "x_12, b2, 3x3, 1-2", "--- \n", "---\nnumber: 77\n---\nText.",
    ],
)  # fmt: skip
def test_is_free(text):
    assert unproved(text) == []


@pytest.mark.parametrize(
    "text, found",
    [
        ("A Jacobian of 256 GiB.", "A Jacobian of 256 GiB."),
        ("It took 4.5 s.", "It took 4.5 s."),
        ("as 1,024 rows", "as 1,024 rows"),
        (":::{note}\nall of 68 million\n:::", "all of 68 million"),
        ("of shape (128, 3)", "of shape (128, 3)"),
        ("a loss of 0.25", "a loss of 0.25"),
        ("about 95% of it", "about 95% of it"),
    ],
)
def test_is_recorded(text, found):
    assert unproved(text) == [found]


def notebook(text, printed):
    code = {"cell_type": "code", "id": "b", "metadata": {}, "execution_count": 1, "source": "n", "outputs": [{"output_type": "stream", "name": "stdout", "text": printed}]}
    return json.dumps({"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}, code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_a_number_that_no_code_prints_is_a_change_to_review(tmp_path):
    page = tmp_path / "chapters" / "page.ipynb"
    page.parent.mkdir()
    page.write_text(notebook("It holds 1,024 entries.", "1024"))
    before = held(tmp_path)
    page.write_text(notebook("It holds 1,025 entries.", "1024"))
    assert "numbers" not in before and '"It holds 1,025 entries."' in held(tmp_path)
