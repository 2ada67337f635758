"""What a definition has named is called by its name again in the derivatives."""

import pytest

from linalg_grads import backward, equal
from linalg_grads.to_latex import to_latex

NAMED = {
    # a definition, an output that uses it -> the gradient by x
    (r"e_i = \exp(x_i)", r"y_i = e_i"): r"\frac{\partial l}{\partial x_p} = \frac{\partial l}{\partial y_p} e_p",
    (r"r_i = \sqrt{x_i}", r"y_i = r_i"): r"\frac{\partial l}{\partial x_p} = \frac{\frac{\partial l}{\partial y_p}}{2 r_p}",
    (r"r_i = x_i^{-1/2}", r"y_i = r_i"): r"\frac{\partial l}{\partial x_p} = -\frac{1}{2} \frac{\partial l}{\partial y_p} r_p^3",
    (r"r_i = \frac{1}{x_i}", r"y_i = r_i"): r"\frac{\partial l}{\partial x_p} = -\frac{\partial l}{\partial y_p} r_p^2",
}
KEPT = {
    # a square is no root to the fourth, and a power no root of a square
    (r"r_i = \sqrt{x_i}", r"y_i = r_i + x_i^3"): "3 x_p^2",
    (r"r_i = x_i^2", r"y_i = r_i + x_i^{-2}"): r"x_p^3",
}


@pytest.mark.parametrize("equations, gradient", NAMED.items(), ids=str)
def test_a_power_of_what_has_a_name(equations, gradient):
    assert repr(backward(list(equations), wrt="x")) == gradient


@pytest.mark.parametrize("equations, part", KEPT.items(), ids=str)
def test_no_far_fetched_name(equations, part):
    assert part in repr(backward(list(equations), wrt="x"))


def test_the_step_says_which_name_is_recognised():
    rules = [step.rule for step in backward([r"e_i = \exp(x_i)", "y_i = e_i c_i"], wrt="x").steps]
    assert "recognise e" in rules


def test_a_power_of_a_name_in_a_second_derivative():
    """x / |x|: its second derivative holds |x|^2 as a power of a power."""
    second = backward(r"y_i = \frac{x_i}{\sqrt{\sum_k x_k x_k}}", wrt="x").second("x").right
    norm = r"(x_k x_k)"
    right = rf"\frac{{3 x_i x_p x_q}}{{{norm}^{{5/2}}}} - \frac{{x_i \delta_{{pq}} + x_p \delta_{{iq}} + x_q \delta_{{ip}}}}{{{norm}^{{3/2}}}}"
    given = to_latex(second).replace("y_q", rf"\frac{{x_q}}{{\sqrt{{{norm}}}}}").replace("y_p", rf"\frac{{x_p}}{{\sqrt{{{norm}}}}}").replace("y_i", rf"\frac{{x_i}}{{\sqrt{{{norm}}}}}")
    assert equal(given, right)
    assert not equal(given, right.replace("3 x_i", "2 x_i"))


def test_every_run_cancels_the_same_factors():
    """Inside, each run numbers its dummies anew; p is cancelled before 1 - p, whichever numbers they have."""
    layer = [r"p_i := \sigma(x_{ik} w_k + b)", r"l = -\frac{1}{M} (t_i \log p_i + (1 - t_i) \log(1 - p_i))"]
    assert {repr(backward(layer, wrt="b")) for _ in range(20)} == {r"\frac{\partial l}{\partial b} = \frac{\sum_i p_i - \sum_i t_i}{M}"}
