"""The cut font of the formulas holds each letter in the sizes that a browser asks for, and not in others."""

from xml.etree import ElementTree

import pytest

from website.extensions.mathml import letters, translate

A, B, I, K = "\N{MATHEMATICAL ITALIC SMALL A}", "\N{MATHEMATICAL ITALIC SMALL B}", "\N{MATHEMATICAL ITALIC SMALL I}", "\N{MATHEMATICAL ITALIC SMALL K}"


@pytest.mark.parametrize(
    ("tex", "display", "shown"),
    [
        ("a_i", False, {(A, 0), (I, 1)}),
        ("a_{i_k}", False, {(A, 0), (I, 1), (K, 2)}),
        (r"\frac{a_i}{b}", True, {(A, 0), (B, 0), (I, 1)}),
        (r"\frac{a_i}{b}", False, {(A, 1), (B, 1), (I, 2)}),  # no room in the line: the fraction itself is small
        (r"\dfrac{a_i}{b}", False, {(A, 0), (B, 0), (I, 1)}),
        (r"a^{\frac{b}{k_i}}", True, {(A, 0), (B, 2), (K, 2), (I, 2)}),
        (r"\mathrm{a}_i", False, {("a", 0), (I, 1)}),
        (r"\sum_i a", True, {("∑", 0), (I, 1), (A, 0)}),
    ],
)
def test_letters_and_their_sizes(tex, display, shown):
    assert set(letters(ElementTree.fromstring(translate(tex, display)["mathml"]))) == shown
