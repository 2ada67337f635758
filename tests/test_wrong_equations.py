r"""Wrong equations that were printed elsewhere, restated in the course's notation: each is refused for the right reason.

Beside each stands what is right, and that holds. Where a layer differs from the course's, its names are introduced first.
Many of these were mended since; the sources are named because they show how easily such an error is made.
"""

from typing import NamedTuple

import pytest

from linalg_grads.book import read_markdown
from linalg_grads.check import check_block
from linalg_grads.claims import Scope


class Wrong(NamedTuple):
    source: str
    names: str  # what has to be introduced
    printed: str
    reason: str
    right: str


COLUMNS = (  # a layer Z = W T with one example a column, as many courses write it, and a cost c of Z
    r"$T := X^\top$ $W \in \mathbb{R}^{P \times K}$ $Z := W T$ $U \in \mathbb{R}^{P \times M}$ $c := u_{ij} z_{ij} + z_{ij} z_{ij}$"
)
ONE_EXAMPLE = r"$W \in \mathbb{R}^{P \times K}$ $v \in \mathbb{R}^K$ $z := W v$ $u \in \mathbb{R}^P$ $c := u_i z_i + z_i z_i$"
PRODUCT = r"$C := A^\top$ $P := X C$"  # the layer without a bias
TRANSPOSED = r"$C := A^\top$ $Y = X C + \mathbf{1} b^\top$"

WRONG = [
    Wrong(
        "robotchinwag.com, linear layer, 2024-05-23 to 2024-09-26, commit 43807fb", "",
        r"\frac{\partial l}{\partial A} = X^\top \frac{\partial l}{\partial Y}",
        "the left-hand side has the shape (N, K), the right-hand side (K, N)",
        r"\frac{\partial l}{\partial A} = \left(\frac{\partial l}{\partial Y}\right)^\top X",
    ),
    Wrong(
        "the same formula where it is right, and the other where it is wrong: the layer of C", TRANSPOSED,
        r"\frac{\partial l}{\partial C} = \left(\frac{\partial l}{\partial Y}\right)^\top X",
        "the left-hand side has the shape (K, N), the right-hand side (N, K)",
        r"\frac{\partial l}{\partial C} = X^\top \frac{\partial l}{\partial Y}",
    ),
    Wrong(
        "robotchinwag.com, matrix multiplication", PRODUCT,
        r"\frac{\partial P}{\partial X} \in \mathbb{R}^{M \times K \times K \times N}",
        "the shape is (M, N, M, K), not (M, K, K, N)",
        r"\frac{\partial P}{\partial X} \in \mathbb{R}^{M \times N \times M \times K}",
    ),
    Wrong(
        "robotchinwag.com, backpropagation: the rows of a Jacobian counted as its columns", ONE_EXAMPLE,
        r"\frac{\partial z}{\partial v} \in \mathbb{R}^{K \times P}",
        "the shape is (P, K), not (K, P)",
        r"\frac{\partial z}{\partial v} \in \mathbb{R}^{P \times K}",
    ),
    Wrong(
        "robotchinwag.com, tensor calculus", "",
        r"\delta_{kk} a_{kj} = a_{kj}",
        "the index 'k' is free on one side only",
        r"\delta_{kk} = K",
    ),
    Wrong(
        "NYU Deep Learning SP19 notes, commit 35ddf10, pull request 6", COLUMNS,
        r"\frac{\partial c}{\partial W} = W^\top \frac{\partial c}{\partial Z}",
        "the left-hand side has the shape (P, K), the right-hand side (K, M)",
        r"\frac{\partial c}{\partial W} = \frac{\partial c}{\partial Z} T^\top",
    ),
    Wrong(
        "Stanford CS224n gradient notes, cs224n-winter17-notes issue 9", ONE_EXAMPLE,
        r"\frac{\partial c}{\partial W} = \frac{\partial c}{\partial z} v",
        "shapes (P, 1) and (K, 1) are multiplied",
        r"\frac{\partial c}{\partial W} = \frac{\partial c}{\partial z} v^\top",
    ),
    Wrong(
        "Stanford CS224n gradient notes, section 4: the product itself among its derivatives", ONE_EXAMPLE,
        r"\frac{\partial z}{\partial v} = W v = W",
        "the left-hand side has the shape (P, K), the right-hand side (P)",
        r"\frac{\partial z}{\partial v} = W",
    ),
    Wrong(
        "Dive into Deep Learning, appendix on calculus: by beta where x is meant",
        r"$\beta, v \in \mathbb{R}^n$ $f := \beta^\top v$",
        r"\frac{\partial f}{\partial \beta_p} = \beta_p",
        "the values differ",
        r"\frac{\partial f}{\partial v_p} = \beta_p",
    ),
    Wrong(
        "SELENE notes, linear layer: an entry of the gradient at the transposed place", "",
        r"\left[\frac{\partial l}{\partial Y}\right]_{ij} = \frac{\partial l}{\partial y_{ji}}",
        "the index 'j' runs over M here, axis 1 of Y, and over N elsewhere",
        r"\left[\frac{\partial l}{\partial Y}\right]_{ij} = \frac{\partial l}{\partial y_{ij}}",
    ),
    Wrong(
        "SELENE notes, linear layer: the shape of the output", PRODUCT,
        r"X C \in \mathbb{R}^{M \times K}",
        "the shape is (M, N), not (M, K)",
        r"X C \in \mathbb{R}^{M \times N}",
    ),
    Wrong(
        "SELENE notes, Tensor Cookbook's audit: Kronecker products in the order of column-major vec", PRODUCT,
        r"\operatorname{vec}(P) = (A \otimes I_M) \operatorname{vec}(X)",
        "shapes (N M, K M) and (M K, 1) are multiplied",
        r"\operatorname{vec}(P) = (I_M \otimes A) \operatorname{vec}(X)",
    ),
    Wrong(
        "a blog, 'Computing Neural Network Gradients'", PRODUCT,
        r"\frac{\partial p_{ij}}{\partial c_{pq}} = x_{iq} \delta_{ip} \delta_{jq}",
        "the index 'q' runs over K here, axis 2 of X, and over N elsewhere",
        r"\frac{\partial p_{ij}}{\partial c_{pq}} = x_{ip} \delta_{jq}",
    ),
    Wrong(
        "the same blog", PRODUCT,
        r"\frac{\partial p_{ij}}{\partial x_{pq}} = c_{iq} \delta_{ip} \delta_{jq}",
        "the index 'i' runs over",
        r"\frac{\partial p_{ij}}{\partial x_{pq}} = \delta_{ip} c_{qj}",
    ),
    Wrong(
        "a wiki, 'Matrix Derivatives I'",
        r"$U, V \in \mathbb{R}^{n \times n}$",
        r"\frac{\partial \operatorname{tr}(U^\top V)}{\partial U} = V^\top",
        "the values differ",
        r"\frac{\partial \operatorname{tr}(U^\top V)}{\partial U} = V",
    ),
    Wrong(
        "CS231n derivatives notes, issue 229 (reported): x where the weights belong", "",
        r"\frac{\partial y_{ij}}{\partial x_{pq}} = \delta_{ip} x_{jq}",
        "the index 'j' runs over M here, axis 1 of X, and over N elsewhere",
        r"\frac{\partial y_{ij}}{\partial x_{pq}} = \delta_{ip} a_{jq}",
    ),
    Wrong(
        "Murphy, Probabilistic Machine Learning, issue 154 (reported): D x C for C x D", "",
        r"\frac{\partial l}{\partial A} \in \mathbb{R}^{K \times N}",
        "the shape is (N, K), not (K, N)",
        r"\frac{\partial l}{\partial A} \in \mathbb{R}^{N \times K}",
    ),
    Wrong(
        "Murphy, issue 645 (reported): the Jacobian of the layer for the gradient of the loss", "",
        r"\frac{\partial l}{\partial x_{pq}} = \delta_{ip} a_{jq}",
        "stands once in its term",
        r"\frac{\partial l}{\partial x_{pq}} = \frac{\partial l}{\partial y_{ij}} \delta_{ip} a_{jq}",
    ),
    Wrong(
        "Mathematics for Machine Learning, issue 226 (reported): a factor 2", "",
        r"\frac{\partial \operatorname{tr}(X^\top X)}{\partial X} = X",
        "the values differ",
        r"\frac{\partial \operatorname{tr}(X^\top X)}{\partial X} = 2 X",
    ),
    Wrong(
        "Andrew Ng's course notes, deeplearning_ai_books issue 21 (reported): dW = dz a", COLUMNS,
        r"\frac{\partial c}{\partial W} = \frac{\partial c}{\partial Z} T",
        "shapes (P, M) and (K, M) are multiplied",
        r"\frac{\partial c}{\partial W} = \frac{\partial c}{\partial Z} T^\top",
    ),
    Wrong(
        "Neuromatch W1D4, issue 337 (reported): a transpose too many", "",
        r"Y = X^\top A^\top + \mathbf{1} b^\top",
        "shapes (K, M) and (K, N) are multiplied",
        r"Y = X A^\top + \mathbf{1} b^\top",
    ),
    Wrong(
        "CS249r, issue 974 (reported): a transpose too few", "",
        r"\frac{\partial l}{\partial X} = \frac{\partial l}{\partial Y} A^\top",
        "shapes (M, N) and (K, N) are multiplied",
        r"\frac{\partial l}{\partial X} = \frac{\partial l}{\partial Y} A",
    ),
    Wrong(
        "SciMLBook, issue 164 (reported): the derivative of the activation is lost",
        r"$h_{ij} := \tanh(y_{ij})$ $U \in \mathbb{R}^{M \times N}$ $c := u_{ij} h_{ij}$",
        r"\frac{\partial c}{\partial y_{pq}} = \frac{\partial c}{\partial h_{pq}}",
        "the values differ",
        r"\frac{\partial c}{\partial y_{pq}} = \frac{\partial c}{\partial h_{pq}} (1 - h_{pq}^2)",
    ),
    Wrong(
        "many texts: the gradient of the bias as a row", "",
        r"\frac{\partial l}{\partial b} = \mathbf{1}^\top \frac{\partial l}{\partial Y}",
        "the left-hand side has the shape (N), the right-hand side (1, N)",
        r"\frac{\partial l}{\partial b} = \left(\frac{\partial l}{\partial Y}\right)^\top \mathbf{1}",
    ),
    Wrong(
        "many programs: the mean over the batch for the sum", "",
        r"\frac{\partial l}{\partial b_p} = \frac{1}{M} \sum_i \frac{\partial l}{\partial y_{ip}}",
        "the values differ",
        r"\frac{\partial l}{\partial b_p} = \sum_i \frac{\partial l}{\partial y_{ip}}",
    ),
]  # fmt: skip


def verdict(names, equation):
    """'' if the equation holds once the names are introduced, else why it doesn't."""
    scope = Scope.of_the_course()
    *before, last = [check_block(block, scope) for block in read_markdown(f"{names}\n\n$${equation}$$", "page.md").blocks]
    assert [result.error for result in before] == [""] * len(before)
    assert last.error or last.counts
    return last.error


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.source}: {wrong.printed}")
def test_what_was_printed_is_refused_for_the_right_reason(wrong):
    assert wrong.reason in verdict(wrong.names, wrong.printed)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.source}: {wrong.right}")
def test_what_is_right_holds(wrong):
    assert verdict(wrong.names, wrong.right) == ""


def test_that_only_one_product_has_the_right_shape_is_wrong_for_square_sizes():
    """CS231n, optimization 2: 'always exactly one way'. All eight products fit a square layer; one is right."""
    names = r"$U, V, G \in \mathbb{R}^{n \times n}$ $Z := U V^\top$ $c := g_{ij} z_{ij}$"
    products = [rf"{left}{t} {right}{s}" for left, right in ("GV", "VG") for t in ("", r"^\top") for s in ("", r"^\top")]
    verdicts = {product: verdict(names, rf"\frac{{\partial c}}{{\partial U}} = {product}") for product in products}
    assert [product for product, why in verdicts.items() if not why] == ["G V"]
    assert sum("the values differ" in why for why in verdicts.values()) == 7
