"""The values by which two expressions are compared."""

from itertools import combinations, permutations
from math import gcd, isclose, prod

import pytest

from linalg_grads import equal
from linalg_grads.compare import PRIME, SIZES, SMALL_SIZES, Evaluator, Floats, Modular
from linalg_grads.parse_latex import parse_expression


def determinant(matrix):
    """By Leibniz: over all permutations."""
    total = 0
    for order in permutations(range(len(matrix))):
        odd = sum(a > b for n, a in enumerate(order) for b in order[n + 1 :]) % 2
        total += (-1) ** odd * prod(matrix[i][j] for i, j in enumerate(order))
    return total


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("numbers, same", [
    (Modular, lambda a, b: a % PRIME == b % PRIME),
    (lambda seed: Floats(seed, -1.0), lambda a, b: isclose(a, b, abs_tol=1e-9)),
], ids=["modulo a prime", "floats"])  # fmt: skip
def test_determinant_and_inverse(numbers, same, seed):
    numbers, n = numbers(seed), 4
    matrix = [[numbers.random("A", i, j) for j in range(n)] for i in range(n)]
    found, inverse = Evaluator(numbers, {("A", 0): n}).eliminated("A")
    assert same(found, determinant(matrix))
    for i in range(n):
        for j in range(n):
            assert same(sum(matrix[i][k] * inverse[k][j] for k in range(n)), i == j)


def test_other_free_indices_are_another_expression():
    assert not equal(parse_expression("x_i"), parse_expression("x_j"))
    assert equal(parse_expression("x_i - x_i"), parse_expression("0"))


def test_what_only_its_letter_tells_the_length_of_is_as_long_as_that_letter():
    assert equal(r"\operatorname{size}(i)", r"\operatorname{size}(i)")
    assert not equal(r"\operatorname{size}(i)", r"\operatorname{size}(j)")


def test_a_sum_over_an_index_that_stands_nowhere_else_is_a_multiple():
    assert equal(r"\sum_k c", r"\operatorname{size}(k) c")


def test_what_has_no_value_is_equal_to_nothing_else():
    assert equal(r"\frac{x}{1 - 1}", r"\frac{x}{1 - 1}")
    assert not equal(r"\frac{x}{1 - 1}", r"\frac{z}{1 - 1}")


@pytest.mark.parametrize("left, right", [
    (r"x^\top x", "x_i x_i"), (r"X v", r"(v^\top X^\top)^\top"), (r"\operatorname{tr}(A B)", r"\operatorname{tr}(B A)"), (r"[A B]_{ij}", r"a_{ik} b_{kj}"),
])  # fmt: skip
def test_matrix_notation_is_compared_in_components(left, right):
    assert equal(left, right)
    assert not equal(left, f"2 {right}")


def test_pi_is_a_number_where_a_function_is_taken_of_it():
    assert equal(r"\cos(\pi)", "-1")
    assert not equal(r"\cos(\pi)", "1")


def test_sizes_have_no_common_factor():
    """Then no axis is as long as another, or as several that are flattened."""
    for sizes in (SIZES, SMALL_SIZES):
        assert min(sizes) > 2 and all(gcd(a, b) == 1 for a, b in combinations(sizes, 2))


@pytest.mark.parametrize("left, right", [
    (r"\sum_i \delta_{ii} \exp(c)", r"\operatorname{size}(i) e^{c}"), (r"(\sum_i c + 1)^2", r"\operatorname{size}(i)^2 c^2 + 2 \operatorname{size}(i) c + 1"),
])  # fmt: skip
def test_a_dummy_is_as_long_as_its_letter_says(left, right):
    assert equal(left, right)


def test_a_text_is_compared_with_an_expression():
    assert equal("x_i + z_i", parse_expression("z_i + x_i"))
    assert not equal(parse_expression("z_i"), "x_i")
