r"""Broken input: thousands of good equations with tokens lost, added and exchanged, and equations that only a machine would
write. An answer or a LinalgGradsError, and nothing else, from every way in; and soon.
"""

import random

import pytest

from linalg_grads import backward, equal
from linalg_grads.__main__ import main
from linalg_grads.errors import LinalgGradsError
from linalg_grads.parse_latex import parse_expression
from linalg_grads.tokens import TOKEN, point_at

GOOD = [
    r"y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j",
    r"y_i = \frac{\exp(x_i)}{\sum_k \exp(x_k)}",
    r"y_{ij} = \max(0, x_{ik} w_{jk} + \mathbf{1}_i b_j)",
    r"y_{\ldots j} = x_{\ldots k} a_{jk} + \mathbf{1}_{\ldots} b_j",
    r"Y = X A^\top + \mathbf{1} b^\top",
    r"l = \operatorname{tr}(A^{-1} X)",
    r"l = \log\det(A)",
    r"y_i = [A^{-1}]_{ij} x_j",
    r"y_{ij} = \frac{x_{ij} - m_i \mathbf{1}_j}{\sqrt{v_i + \epsilon}} g_j",
    r"l = \frac{1}{2} (x_i - t_i)(x_i - t_i)",
    r"y_i = |x_i|^{3} + e^{x_i} \delta_{ii}",
    r"h_{pq} = \frac{\partial^2}{\partial x_p \partial x_q} (x_i A_{ij} x_j)",
    r"y_i = \sum_{k=1}^{K} W_{ik} \sigma(x_k) / c",
    r"Y = (A \odot B) C",
    r"y = x^\top A x",
    r"y_i = \tanh(W^{(1)}_{ij} \hat{x}_j + b_i)",
    r"y_i = [x_i > 0] x_i",
]
WORDS = sorted({match.group() for text in GOOD for match in TOKEN.finditer(text)} | set(
    r"""\ { } _ ^ # ² δ \foo 0 99 1e5 \text{if} \begin{cases} \end{cases} \begin{pmatrix} \\ \otimes \operatorname{vec} ' | . :=
    \partial \frac \sum \ldots T \top \cdot / ~ \left % \prime I \pi""".split()
) | {"\x00", "\n"})  # fmt: skip
INPUTS = ("x", "a", "A", "W", "x_{pq}", "b", r"\hat{x}", "W^{(1)}")


def broken(choose):
    """One of the good equations with one to three tokens lost, added, replaced or exchanged."""
    tokens = [match.group() for match in TOKEN.finditer(choose.choice(GOOD))]
    for _ in range(choose.choice((1, 1, 2, 3))):
        one, other = choose.randrange(len(tokens)), choose.randrange(len(tokens))
        match choose.randrange(4):
            case 0:
                del tokens[one]
            case 1:
                tokens.insert(one, choose.choice(WORDS))
            case 2:
                tokens[one] = choose.choice(WORDS)
            case 3:
                tokens[one], tokens[other] = tokens[other], tokens[one]
    return "".join(tokens)


def soup(choose):
    return "y = " + " ".join(choose.choice(WORDS) for _ in range(choose.randrange(1, 15)))


def everything(text, wrt):
    derivation = backward(text, wrt=wrt)
    for output in (derivation.to_latex, derivation.to_matrix, derivation.to_einsum):
        output()
    for code in (derivation.to_numpy(), derivation.to_torch()):
        compile(code, "made", "exec")


def refusals(texts, call):
    """How many of the texts are refused; any other error is raised, with the text."""
    count = 0
    for text in texts:
        try:
            call(text)
        except LinalgGradsError as error:
            assert str(error)
            count += 1
        except Exception as error:
            raise AssertionError(f"{text!r}: {type(error).__name__}: {error}") from error
    return count


def made(seed, count, make):
    choose = random.Random(seed)
    return [make(choose) for _ in range(count)]


def test_thousands_of_broken_texts_are_read_or_refused():
    texts = made(1, 5000, broken) + made(2, 2000, soup)
    assert refusals(texts, lambda text: parse_expression(text.partition("=")[2])) > 2000


def test_broken_layers_are_derived_or_refused():
    choose = random.Random(3)
    texts = made(4, 1200, broken) + made(5, 300, soup)
    assert refusals(texts, lambda text: everything(text, choose.choice(INPUTS))) > 800


def test_broken_equations_are_compared_or_refused():
    texts = made(6, 1000, broken)
    assert refusals(texts, lambda text: equal(text.partition("=")[0], text.partition("=")[2])) > 300


def test_broken_commands_end_with_a_message(capsys):
    for text in made(7, 150, broken) + made(8, 50, soup):
        status = main(["derive", "--wrt", "x", "--", text])
        out, err = capsys.readouterr()
        assert (status, bool(out), bool(err)) in ((0, True, False), (2, False, True)), text
        assert "Traceback" not in out + err


# ---------------------------------------------------------------- what only a machine writes

LETTERS = "abcdefghijkmnopqrstuvwz"
ADVERSARIAL = {
    "a ring of 23 factors": "y = " + " ".join(f"x_{{{a}{b}}}" for a, b in zip(LETTERS, LETTERS[1:] + LETTERS[:1])),
    "a power of 10^9": "y = c^{1000000000} x",
    "a power of a product": "y_i = (2 x_i)^{1000000000}",
    "2^(10^9)": "y = 2^{1000000000} x",
    "(5/4)^(10^9)": r"y = (\frac{5}{4})^{1000000000} x",
    "a tower of powers": "y = x 10^{10^{10}}",
    "numbers too large": "y = " + " ".join(["9" * 30] * 90) + " x",
    "powers of powers": "y = " + "(" * 12 + "x" + ")^{99999999}" * 12,
    "30 equal factors": "y_i = " + "x_i " * 30,
    "12 binomials": "y_i = " + "(x_i + c z_i) " * 12,
    "200 terms": "y_i = " + " + ".join(f"x_{letter} z_{{i{letter}}}" for letter in (LETTERS.replace("i", "") * 10)[:200]),
    "a tensor of 20 axes": f"y_{{{LETTERS[:20]}}} = x_{{{LETTERS[:20]}}}",
    "maxima in maxima": "y = " + r"\max(x, " * 12 + "c" + ")" * 12,
    "28 parentheses": "y = " + "(" * 28 + "x" + ")" * 28,
    "powers of matrix powers": r"y = \operatorname{tr}(" + "(" * 5 + "x_{}".replace("_{}", "") + ")^9" * 5 + ")",
}


@pytest.mark.parametrize("text", ADVERSARIAL.values(), ids=ADVERSARIAL)
def test_a_layer_that_only_a_machine_writes(text):
    assert refusals([text], lambda text: everything(text, "x")) <= 1


TIED = "".join(LETTERS[:16])
TRIANGLES = [rf"g_{{{a}{b}}} g_{{{b}{c}}} g_{{{c}{a}}}" for a, b, c in zip(LETTERS[::3], LETTERS[1::3], LETTERS[2::3])]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (rf"\sum_{{{TIED}}} \exp({' + '.join('x_' + letter for letter in TIED)})",
         rf"\sum_{{{TIED}}} \exp({' + '.join('x_' + letter for letter in reversed(TIED))})"),
        (rf"\sum_{{{LETTERS[:9]}}} \exp({' + '.join(TRIANGLES[:3])})", rf"\sum_{{{LETTERS[:9]}}} \exp({' + '.join(TRIANGLES[2::-1])})"),
        (" ".join(f"x_{{{a}{b}}}" for a, b in zip(LETTERS, LETTERS[1:] + LETTERS[0])),
         " ".join(f"x_{{{b}{a}}}" for a, b in zip(LETTERS, LETTERS[1:] + LETTERS[0]))),
    ],
    ids=["16 dummies that nothing tells apart", "triangles", "a ring and the ring turned round"],
)  # fmt: skip
def test_many_tied_dummies_are_told_to_be_equal(left, right):
    assert equal(left, right)


def test_a_comparison_that_is_too_large_is_refused():
    left = "x_{" + LETTERS[:20] + "}"
    with pytest.raises(LinalgGradsError, match="too many indices to be compared"):
        equal(left, f"2 {left}")


@pytest.mark.parametrize("at", [0, 99, 101, 250, 299])
def test_the_caret_stands_under_the_culprit_of_a_long_line(at):
    _, line, caret, _ = point_at("." * at + "!" + "." * (300 - at), at, "what", "hint").splitlines()
    assert len(line) <= 200 and line[caret.index("^")] == "!"
