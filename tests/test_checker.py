r"""The checker of the book's equations: what it finds, what it accepts, what it refuses and how it says so.

`course.md` holds every relation of the course; `disagreements` counts what the checker gets wrong, and other tests plant faults
in the checker to see that it then gets something wrong.
"""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from linalg_grads import check, symbols
from linalg_grads.__main__ import main
from linalg_grads.book import find_pages, read_markdown, read_page
from linalg_grads.check import Book, check_block, check_equation, open_book
from linalg_grads.claims import Scope
from linalg_grads.statements import read_statements

COURSE = Path(__file__).parent / "equations" / "course.md"
COUNTS = {"claim": 53, "shape": 8, "definition": 4, "range": 1, "condition": 1, "refuted": 1, "unchecked": 1}

KNOWN = r"$C := A^\top$ $v \in \mathbb{R}^n$ $t \in \mathbb{R}$ $S := X^\top X$ $W \in \mathbb{R}^{K \times K}$ $h_{ij} := \exp(x_{ij})$ $Y = X C + \mathbf{1} b^\top$"

HOLDS = [line.strip() for line in r"""
    (X C)^\top = C^\top X^\top
    [X A^\top]_{ij} = x_{ik} a_{jk}
    s_{ij} = [S^\top]_{ji} = x_{ki} x_{kj}
    \operatorname{tr}(X A^\top A X^\top) = x_{ik} a_{jk} a_{jm} x_{im}
    W^{-1} W = I_K
    \det(S^\top) = \det(S)
    \frac{\partial \operatorname{tr}(X^\top X)}{\partial X} = 2 X
    \frac{\partial t}{\partial t} = 1
    \frac{\partial b_j}{\partial x_{pq}} = 0
    \frac{\partial l}{\partial c_{kj}} = x_{ik} \frac{\partial l}{\partial y_{ij}}
    \frac{\partial h_{ij}}{\partial x_{pq}} = h_{ij} \delta_{ip} \delta_{jq}
    \frac{1}{M} \mathbf{1}_i \mathbf{1}_i = 1
    X \odot X - X = X \odot (X - \mathbf{1} \mathbf{1}_K^\top)
    (A \otimes I_M) (C \otimes I_M) = (A C) \otimes I_M
    \operatorname{vec}(X C) = (I_M \otimes A) \operatorname{vec}(X)
    \frac{\partial \operatorname{vec}(Y^\top)}{\partial \operatorname{vec}(X^\top)} = A \otimes I_M
    \frac{\partial l}{\partial \operatorname{vec}(Y^\top)} = \operatorname{vec}\left(\left(\frac{\partial l}{\partial Y}\right)^\top\right)
    \frac{\partial l}{\partial \operatorname{vec}(X)} = (I_M \otimes A)^\top \operatorname{vec}\left(\frac{\partial l}{\partial Y}\right)
    (\mathbf{1}_M b^\top)^\top = b \mathbf{1}_M^\top
    \operatorname{vec}(b) = b = \operatorname{vec}(b^\top)
    \frac{\partial}{\partial v_p} \left( (v_k - 2 v_k) (v_k - 2 v_k) \right) = 2 (v_p + v_p) - 2 v_p
    \mathbf{1}_i (x_{ik} - h_{ik}) = \mathbf{1}_i x_{ik} - \mathbf{1}_i h_{ik}
    \exp(2 y_{ij} - 2) = \exp(y_{ij} - \mathbf{1}_i \mathbf{1}_j)^2
    \operatorname{tr}(I_3) = 3
    2 (b_p + v_r v_r b_p) = 2 b_p + 2 b_p v_r v_r
    \operatorname{vec}(b \mathbf{1}^\top) = b \otimes \mathbf{1}
    \frac{\partial A}{\partial t} = 0
    C = A^\top \text{ by definition}
    \log(h_{ij}) = x_{ij}
    A C \neq C A
    x_{ik} \in \mathbb{R}
    X \in \mathbb{R}^{\ldots \times K}
    \frac{\partial x_{ik}}{\partial x_{pq}} = \begin{cases} 1 & \text{if } i = p \text{ and } k = q \\ 0 & \text{otherwise} \end{cases}
    \boxed{l = l}
    t v = v t
    y_{ij} = \underbrace{x_{ik} a_{jk}}_{\text{weights}} + \mathbf{1}_i b_j
    y_{\ldots j} - \mathbf{1}_{\ldots} b_j = x_{\ldots k} a_{jk}
    \frac{\partial y_{\ldots j}}{\partial x_{\ldots' q}} = \delta_{\ldots\ldots'} a_{jq}
    \frac{\partial l}{\partial x_{\ldots q}} = \frac{\partial l}{\partial y_{\ldots' j}} \frac{\partial y_{\ldots' j}}{\partial x_{\ldots q}}
""".strip().splitlines()]  # fmt: skip

REFUSED = [re.split(r"\s{4,}", line.strip()) for line in r"""
    e_{pj} := \mathbf{1}_p b_j                                      nothing says over how many values 'p' runs
    y_{ij} = x_{ik} a_{kj} + \mathbf{1}_i b_j                       the index 'k' runs over N here, axis 0 of A, and over K elsewhere
    y_{ij} = x_{ik} a_{jk} + b_j                                    this term lacks the free index 'i'
    y_{ij} = x_{ik} a_{jk} - \mathbf{1}_i b_j                       the values differ, e.g. at i=0, j=0: -38 against -24
    y_{ij} = x_{ik} a_{jk}                                          the values differ
    x_{ik} = X^\top x_{ik}                                          matrix notation stands beside components
    y_{ij} = X A^\top                                               components stand on one side, a whole tensor on the other
    Y = X A + \mathbf{1} b^\top                                     shapes (M, K) and (N, K) are multiplied
    Y = X A^\top + b                                                shapes (M, N) and (N, 1) are added
    Y = X A^\top                                                    the values differ, e.g. at row=0, column=0
    y_{ij} = x_{ik} r_{jk}                                          unknown name 'r' with indices
    y_{ij} = x_{ik} A_{jk}                                          components are written in lower case: a
    x = X                                                           the whole tensor is X
    y_i = b_i                                                       'y' has 1 indices here
    C := A                                                          'C' keeps the meaning that it has
    l := X                                                          'l' keeps the meaning that it has
    b^\top_j = b_j                                                  a vector's component has no transpose
    [b^\top]_j = b_j                                                a component of a transposed vector
    [b]_{jk} = b_j \mathbf{1}_k                                                  inside the bracket the shape is (N)
    \operatorname{tr}(S)^\top = \operatorname{tr}(S)                a number has no transpose
    l^\top = l                                                      a number has no transpose
    \frac{\partial Y}{\partial X} = A                               this derivative has 4 axes: no matrix holds it
    \frac{\partial l}{\partial b} = \mathbf{1}^\top \frac{\partial l}{\partial Y}    the left-hand side has the shape (N), the right-hand side (1, N)
    \frac{\partial l}{\partial A} = X^\top \frac{\partial l}{\partial Y}             the left-hand side has the shape (N, K), the right-hand side (K, N)
    \frac{\partial \operatorname{vec}(Y^\top)}{\partial \operatorname{vec}(X^\top)} = I_M \otimes A    the left-hand side has the shape (N M, K M), the right-hand side (M N, M K)
    \frac{\partial l}{\partial \operatorname{vec}(W^\top)} = \frac{\partial l}{\partial \operatorname{vec}(Y)}      the left-hand side has the shape (K K), the right-hand side (M N)
    \frac{\partial \operatorname{tr}(W W)}{\partial \operatorname{vec}(W^\top)} = 2 \operatorname{vec}(W^\top)      the values differ
    \frac{\partial l}{\partial \operatorname{vec}(X A)} = 0         a derivative is taken with respect to one tensor
    \exp(y_{ij} - b_j) = 0                                          this term lacks the index 'i' of the terms beside it
    \delta_{rp} t = t (\delta_{rp} + \mathbf{1}_p - \mathbf{1}_p)     this term lacks the index 'r' of the terms beside it
    P P^\top = I_3                                                  unknown name 'P'
    \mathbf{1}_i (x_{ik} - h_{ik}) = 0                              the values differ
    v_k v_k (v_r + v_r) b_j = b_j                                   the index 'r' is free on one side only
    s_{km} = s_{km} (v_r + v_r)                                     the index 'r' stands once in its term and is not free
    b \otimes \mathbf{1} = \mathbf{1} \otimes b                     the left-hand side has the shape (N M), the right-hand side (M N)
    (a_{jk})^\top = a_{kj}                                          a component has no transpose
    \frac{\partial l}{\partial s_{km}} = 0                          nothing before this shows how it depends on 'S'
    \frac{\partial y_{ij}}{\partial x_{pq}} = \frac{\partial}{\partial x_{pq}} (x_{ik} a_{jk} - \mathbf{1}_i b_j)    what is differentiated is not the same
    \delta_{ii} = 1                                                 3 against 1 (sizes M=3)
    \delta_{kk} a_{kj} = a_{kj}                                     the index 'k' is free on one side only
    \delta_{ij} = \begin{cases} 0 & \text{where } i = j \\ 1 & \text{elsewhere} \end{cases}     1 against 0
    \frac{\partial l}{\partial x_{kk}} = 0                          no single component
    \sum_{i=2}^{M} x_{ik} = \mathbf{1}_i x_{ik}                     a sum runs over a whole axis
    \sum_{i=1}^{T} x_{ik} = \mathbf{1}_i x_{ik}                     ends at an unknown size
    \sum_{i=1}^{N} x_{ik} = \mathbf{1}_i x_{ik}                     the index 'i' runs over N here, in the bounds of this sum, and over M elsewhere
    \sum_i b_j = b_j                                                the sum over 'i' sums nothing
    X \in \mathbb{R}^{K \times M}                                   the shape is (M, K), not (K, M)
    b \in \mathbb{R}^{N \times 1}                                   the shape is (N), not (N, 1)
    \frac{\partial Y}{\partial X} \in \mathbb{R}^{M \times K \times K \times N}     the shape is (M, N, M, K), not (M, K, K, N)
    t \in \mathbb{R}^{M}                                            the shape is (), not (M)
    x_{ik} \in \mathbb{R}^M                                         the shape is (), not (M)
    x_{ij} \in \mathbb{R}^{M \times +}                              this is no size
    M = M = N                                                       3 against 7
    M = M \\ &= N                                                   3 against 7
    M = M \\ N = M                                                  7 against 3
    A C \neq A C                                                    the two sides are equal
    i = 1, \ldots, N                                                'i' runs over M
    M \approx N                                                     the relation '\approx' can't be checked
    \log(-h_{ij}) = x_{ij}                                          the values differ
    \begin{pmatrix} 1 & 2 \end{pmatrix} = \begin{pmatrix} 1 \\ 2 \end{pmatrix}      the left-hand side has the shape (1, 2), the right-hand side (2)
    y_{\ldots j} = x_{\ldots k} a_{jk} + b_j                        this term lacks the free index '\ldots'
    \frac{\partial l}{\partial b_p} = \frac{\partial l}{\partial y_{\ldots p}}      stands once in its term
    \frac{\partial y_{\ldots j}}{\partial x_{\ldots' q}} = a_{jq}                   this term lacks the free index '\ldots'
    \frac{\partial y_{\ldots j}}{\partial x_{\ldots q}} = a_{jq}                    the values differ
    I I = I                                                         the size of a tensor of ones or an identity is open
    A = y_{ij} := 2                                                 ':=' stands within a chain
    X^{-1} X = I_K                                                  inverse of a matrix of shape (M, K)
""".strip().splitlines()]  # fmt: skip


def course_book():
    return Book([read_page(COURSE, "course.md")], course=True)


def known():
    """The course's names and those of KNOWN."""
    scope = Scope.of_the_course()
    errors = [check_block(block, scope).error for block in read_markdown(KNOWN, "page.md").blocks]
    assert errors == [""] * 7
    return scope


def result_of(text, scope):
    """What becomes of a display equation."""
    (block,) = read_markdown(f"\n$$\n{text}\n$$", "page.md").blocks
    return check_block(block, scope.copy())


def disagreements():
    """What the checker decides otherwise than course.md, HOLDS and REFUSED say, one by one."""
    scope = known()
    yield from (text for text, reason in REFUSED if reason not in result_of(text, scope).error)
    yield from (text for text in HOLDS if (result := result_of(text, scope)).error or not result.counts)
    results = course_book().results("course.md")
    yield from (str(result) for result in results if result.error)
    counts = sum((result.counts for result in results), Counter())
    if counts != Counter(COUNTS):
        yield f"counts: {counts}"


# ---------------------------------------------------------------- what holds and what doesn't


@pytest.fixture
def no_memory():
    """What was computed before a fault is planted is not to hide it."""
    symbols.of_the_layer.cache_clear()
    yield
    symbols.of_the_layer.cache_clear()


@pytest.fixture(scope="module")
def known_names():
    return known()


def test_every_relation_of_the_course_holds():
    results = course_book().results("course.md")
    assert [str(result) for result in results if result.error] == []
    assert sum((result.counts for result in results), Counter()) == Counter(COUNTS)


@pytest.mark.parametrize("text", HOLDS)
def test_holds(known_names, text):
    result = result_of(text, known_names)
    assert result.error == "" and result.counts


@pytest.mark.parametrize("text, reason", REFUSED, ids=[text for text, _ in REFUSED])
def test_is_refused(known_names, text, reason):
    assert reason in result_of(text, known_names).error


def test_the_forward_equation_is_a_claim_about_the_code(monkeypatch, no_memory):
    """If the layer forgot its bias, the book would say so."""
    monkeypatch.setattr(symbols, "linear", lambda x, a, b: x @ a.T)
    assert "the values differ" in checked(r"$y_{ij} := x_{ik} a_{jk} + \mathbf{1}_i b_j$")[0]


def test_a_crash_is_a_failure(monkeypatch):
    monkeypatch.setattr(check, "check_statement", lambda *_: 1 / 0)
    assert "the checker itself failed: ZeroDivisionError" in check_block(read_markdown("$M = M$", "p").blocks[0], Scope.of_the_course()).error


def test_a_refusal_reads_like_a_reviewers_remark():
    (block,) = read_markdown("One.\n\n$$\n\\begin{aligned}\nM &= M \\\\\nY &= X A^\\top - \\mathbf{1} b^\\top\n\\end{aligned}\n$$ (layer)", "page.md").blocks
    assert str(check_block(block, Scope.of_the_course())) == (
        "page.md, line 4 (layer)\n"
        "      Y\n"
        "    = X A^\\top - \\mathbf{1} b^\\top\n"
        "    the values differ, e.g. at row=0, column=0: -38 against -24 (random entries, sizes M=3, K=5, N=7)\n"
    )


def test_a_caret_points_at_the_axis_that_does_not_fit():
    """A letter's places are one index: the caret stands where its axis is read, not where the letter came first."""
    told = str(check_equation(r"y_{ij} = x_{ik} a_{kj} + \mathbf{1}_i b_j")).splitlines()
    assert told[0] == "the index 'k' runs over N here, axis 0 of A, and over K elsewhere"
    assert told[2].index("^") == told[1].index("a_{kj}") + len("a_{")


# ---------------------------------------------------------------- finding equations

PAGE = r"""---
title: "a $x$"
builds_on: [first]
---
# A page with $a = b$

    $$
    c = d
    $$ (display)

Code is left out: `$e = f$`, ``a ` $b$``, and

```python
print("$g = h$")
```

~~~
$$ i = j $$
~~~

% a comment with $x = y$
<!-- another: $x = y$ -->

````{note}
Inside $k
= l$, and

```{math}
:label: directive
:class: refuted extra
m = n
```
````

:::{tip}
A role {math}`o = p` and \$5, \\[2pt].
:::

\begin{align}
q &= r \label{raw}
\end{align}

\[ s = t \]
"""


def test_every_equation_of_a_page_is_found_with_its_line_label_and_classes():
    page = read_markdown(PAGE, "page.md")
    assert [(block.line, " ".join(block.text.split()), block.label, block.classes) for block in page.blocks] == [
        (5, "a = b", "", ()),
        (8, "c = d", "display", ()),
        (25, "k = l", "", ()),
        (31, "m = n", "directive", ("refuted", "extra")),
        (36, "o = p", "", ()),
        (40, r"q &= r \label{raw}", "raw", ()),
        (43, "s = t", "", ()),
    ]
    assert page.builds_on == ("first",) and not any(block.problem for block in page.blocks)


@pytest.mark.parametrize("text", ["$$\na = b\n\ntext", "costs $5 today", "\\[ a", "\\begin{align} a", "```python\n$a$", "$$ a = b\n\n$$ c = d $$", "\\(a\\)", "x $$"])
def test_what_is_not_closed_is_a_failure(text):
    blocks = read_markdown(text, "page.md").blocks
    assert any(block.problem for block in blocks)
    assert any("opens or closes nothing" in check_block(block, Scope.of_the_course()).error for block in blocks)


def test_the_equations_of_a_notebook_are_found_in_its_text_and_its_outputs(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "$a = b$"]},
        {"cell_type": "code", "source": "'$c = d$'", "outputs": [{"data": {"text/latex": ["$$\n", "e = f$$"]}}, {"text": "$g$"}]},
        {"cell_type": "markdown", "source": "\n\n$$\nh = i\n$$ (name)\n"},
    ]
    path = tmp_path / "page.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {"builds_on": ["x"]}}))
    page = read_page(path, "page.ipynb")
    assert [(block.cell, block.line, block.text, block.place) for block in page.blocks] == [
        (1, 2, "a = b", "page.ipynb::cell-1-line-2"),
        (2, 2, "e = f", "page.ipynb::cell-2-line-2"),
        (3, 4, "h = i", "page.ipynb::eq-name"),
    ]
    assert page.builds_on == ("x",)


def test_the_equations_of_docstrings_are_found(tmp_path):
    path = tmp_path / "module.py"
    path.write_text('r"""Title\n\n    Y = X A^\\top        (in words)\n    print(x = y)\n"""\ndef f():\n    r"""\n        \\delta_{ij} = 1\n    >>> a_{ij} = 1\n    """\n')
    assert [(block.line, block.text) for block in read_page(path).blocks] == [(3, r"Y = X A^\top"), (8, r"\delta_{ij} = 1")]


def test_pages_come_in_reading_order(tmp_path):
    for name in ("a.md", "b.ipynb", "z.md", "sub/c.md", "_build/d.md", ".hidden/e.md", "f.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "_toc.yml").write_text("root: z\nchapters:\n- file: sub/c\n- file: b\n")
    assert [path.relative_to(tmp_path).as_posix() for path in find_pages([tmp_path])] == ["z.md", "sub/c.md", "b.ipynb", "a.md"]


@pytest.mark.parametrize(
    "text, expected",
    [
        (r"A = B \\ &= C \quad D := E", ["chain A = B = C", "chain D := E"]),
        (r"A = B, \therefore C = D \Rightarrow E = F.", ["chain A = B", "chain C = D", "chain E = F"]),
        (r"Y = U \\ &\quad + V", ["chain Y = U + V"]),
        (r"A = B \text{ where } i = p", ["chain A = B", "condition i = p"]),
        (r"A = B, C = D", ["chain A = B", "chain C = D"]),
        (r"X, Y \in \mathbb{R}^{M \times K}", [r"shape X, Y \in \mathbb{R}^{M \times K}"]),
        (r"i, j = 1, \ldots, M", [r"range i, j = 1, \ldots, M"]),
        (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} = B", [r"chain \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} = B"]),
        (r"A \overset{!}{=} B", ["chain A = B"]),
        (r"\boxed{A = B}", ["chain A = B"]),
        (r"\sum_{i=1}^M x_i", [r"expression \sum_{i=1}^M x_i"]),
        (r"A \neq B", [r"differ A \neq B"]),
    ],
)
def test_a_block_is_taken_apart_into_statements(text, expected):
    assert [f"{statement.kind} {' '.join(statement.text.split())}" for statement in read_statements(text)] == expected


# ---------------------------------------------------------------- names and pages


def checked(*texts, course=True):
    """The errors of pages, named 1.md, 2.md, ..."""
    book = Book([read_markdown(text, f"{number}.md") for number, text in enumerate(texts, 1)], course)
    return [result.error for name in book.pages for result in book.results(name) if result.error]


@pytest.mark.parametrize(
    "equation, verdict",
    [
        (r"Y = X A^\top + \mathbf{1} b^\top", "holds"),
        (r"v \in \mathbb{R}^N, \quad [\mathbf{1} v^\top]_{ij} = \mathbf{1}_i v_j", "holds"),
        (r"Y = X A^\top", "the values differ"),
        (r"\frac{\partial l}{\partial X} = \frac{\partial l}{\partial Y} A^\top", "shapes"),
        (r"y_{ij} = x_{ik} a_{jk} + b_j", "this term lacks the free index 'i'"),
        (r"Y = X W", "unknown name 'W'"),
        (r"Y = X A^", "something is missing here"),
        (r"X A^\top", "nothing is claimed here"),
        ("", "nothing"),
    ],
)
def test_one_equation_gets_a_verdict_to_print_and_to_test(equation, verdict):
    found = check_equation(equation)
    assert verdict in repr(found)
    assert bool(found) == (verdict == "holds")


def test_one_equation_leaves_no_names_behind():
    assert check_equation(r"C := A^\top") and not check_equation(r"Y = X C + \mathbf{1} b^\top")


def test_a_definition_holds_from_where_it_stands():
    assert checked(r"$C := A^\top$ and $c_{kj} = a_{jk}$") == []
    assert "unknown name 'c'" in checked(r"$c_{kj} = a_{jk}$ where $C := A^\top$")[0]


def test_a_page_knows_what_it_builds_on_and_no_more():
    first, second = r"$C := A^\top$", r"$C = A^\top$"
    assert checked(first, f"---\nbuilds_on: ['1']\n---\n{second}") == []
    assert checked(first, "---\nbuilds_on: ['1']\n---\n", f"---\nbuilds_on: ['2']\n---\n{second}") == []
    assert "unknown name 'C'" in checked(first, second)[0]
    assert "no earlier page" in checked(f"---\nbuilds_on: ['2']\n---\n{second}", first)[0]


def test_a_condition_speaks_of_indices_only():
    """An equation between letters that are no indices of the page is a claim, so they have to be introduced."""
    assert checked(r"$\delta_{ip} = \delta_{pi}$, which is 1 where $i = p$") == []
    for text in (r"$f = g$", r"$$ f = g $$", r"$y_{ij} = y_{ij}$ where $f = 2$", r"$n = 3$"):
        assert "unknown name" in checked(text)[0]
    assert checked(r"$v \in \mathbb{R}^n$ so $n = n$ and $v_r = v_r$ for $r = 2$") == []


def test_an_index_may_count_from_zero():
    assert checked(r"$i = 0, \ldots, M - 1$, $j \in \{0, \ldots, N - 1\}$, $k = 1, \ldots, K$") == []
    assert "'i' runs over M" in checked(r"$i = 0, \ldots, N - 1$")[0]
    assert "can't stand" in checked(r"$i = 0, \ldots, M$")[0] or checked(r"$i = 0, \ldots, M$")[0]


def test_a_name_means_one_thing_on_all_pages_that_meet():
    first, second, both = r"$S := A^\top$", r"$S := A$", "---\nbuilds_on: ['1', '2']\n---\n"
    assert "'S' already means something" in checked(first, second, both)[0]


@pytest.mark.parametrize("text", [r"$v \in \mathbb{R}^n$ $v_{r} := b_r$", r"$c_{ij} := x_{ij}$ $c \in \mathbb{R}$", r"$X := A$", r"$n \in \mathbb{R}$ $v \in \mathbb{R}^n$"])
def test_a_name_never_changes_its_meaning_or_shape(text):
    assert len(checked(text)) == 1


def test_a_refuted_equation_must_be_refused_and_legible():
    def refuted(text):
        return checked(f"```{{math}}\n:class: refuted\n{text}\n```")

    assert refuted(r"Y = X A") == []
    assert "marked as refuted, but it holds" in refuted("Y = Y")[0]
    assert "can't even be read" in refuted(r"Y = \foo X")[0]
    assert "can't even be read" in refuted(r"Y = W")[0]


def test_an_unchecked_equation_gives_its_reason_to_the_reader():
    block = "```{math}\n:class: unchecked\n\\lim f = 0\n```\n"
    assert checked(f"{block}\n*Unchecked:* no limits here.") == []
    assert "needs its reason" in checked(f"{block}\nSome text.")[0]


def test_another_book_brings_its_own_names():
    text = r"$W, V \in \mathbb{R}^{D \times H}$ and $u \in \mathbb{R}^H$: $(W V^\top)^\top = V W^\top$, $[W u]_i = W_{ij} u_j$, $X \in \mathbb{R}^{D}$"
    assert checked(text, course=False) == []
    assert "unknown name 'Y'" in checked("$Y = Y$", course=False)[0]


# ---------------------------------------------------------------- the command line


@pytest.fixture
def book(tmp_path):
    (tmp_path / "good.md").write_text("<!-- equations: checked -->\n$$ 1 + 1 = 2 $$\n")
    (tmp_path / "wrong.md").write_text("---\nequations: checked\n---\n\n$$ 1 + 1 = 3 $$ (sum)\n")
    (tmp_path / "odd.md").write_text("<!-- equations: checked -->\n$$ \\int f = g $$\n")
    (tmp_path / "silent.md").write_text("$$ 1 = 2 $$\n")
    return tmp_path


@pytest.mark.parametrize(
    "arguments, status, said",
    [
        (["good.md"], 0, "1 page: 1 claim; all hold"),
        (["wrong.md"], 1, "wrong.md, line 5 (sum)\n      1 + 1\n    = 3\n    the values differ, e.g.: 2 against 3"),
        ([""], 1, "3 pages: 1 claim; 1 of them fail"),
        (["odd.md"], 0, "Not read, so not checked (failures with --strict):"),
        (["odd.md", "--strict"], 1, "1 page: no equations; 1 of them fail"),
        (["silent.md"], 1, "1 against 2"),
        (["none.md"], 2, "no such file or folder"),
    ],
)
def test_the_command_line_says_what_fails(book, capsys, arguments, status, said):
    assert main(["check", str(book / arguments[0]), *arguments[1:]]) == status
    printed = capsys.readouterr()
    assert said in printed.out + printed.err


def test_nothing_to_check_is_bad_usage(book, capsys):
    for name in ("good.md", "wrong.md", "odd.md"):
        (book / name).unlink()
    assert main(["check", str(book)]) == 2
    assert "no page here asks to be checked" in capsys.readouterr().err


def test_the_command_line_speaks_json(book, capsys):
    assert main(["check", str(book), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["counts"] == {"claim": 1} and len(said["pages"]) == 3
    assert [(entry["line"], entry["label"], entry["text"]) for entry in said["failures"]] == [(5, "sum", "1 + 1 = 3")]
    assert [entry["line"] for entry in said["unread"]] == [2]


def test_a_book_may_ask_for_all_its_pages(book):
    (book / "pyproject.toml").write_text('[tool.linalg_grads]\nbook = ["silent.md"]\ncourse = true\n')
    assert open_book(folder=book)[1] == ["silent.md"]
    assert open_book(folder=book)[2] is True


@pytest.mark.parametrize("name, text", [("a.ipynb", "{}"), ("b.ipynb", "[]"), ("c.ipynb", '{"cells'), ("d.py", "def f(:"), ("e.md", b"\xff\xfe\x00")])
def test_a_file_that_can_not_be_read_is_named(tmp_path, name, text, capsys):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main(["check", str(path)]) == 2
    assert name in capsys.readouterr().err
