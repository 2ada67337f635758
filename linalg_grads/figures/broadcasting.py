"""Broadcasting the bias, and its adjoint."""

from .drawing import GAP, STRIP, canvas, picture, strip, text, tiles


@picture
def broadcast_and_sum(b, grad_Y):
    r"""Forward, each number of b is copied to every row; backward, what the copies receive is added up.

    \frac{\partial l}{\partial b_p} = \sum_i \frac{\partial l}{\partial y_{ip}}

    b       (out,)        the bias
    grad_Y  (rows, out)   upstream gradient
    shows   b above its copies (rows, out); beside them the sums (out,) above the upstream gradient

    >>> import numpy as np
    >>> broadcast_and_sum(np.array([1., 2.]), np.array([[1., 2.], [3., 4.], [5., 6.]]))
    Forward, 2 numbers are copied to 3 rows; backward, 3 rows are added up to 2 numbers
    """
    rows, n_out = grad_Y.shape
    right = 1.4 + n_out + 0.9
    axes = canvas(right + 1.4 + n_out, rows + 5.2)
    forward = "forward: copy", "\N{DOWNWARDS ARROW}", "j"
    _over(axes, 0, *forward, (b, "$b_j$"), (b + 0 * grad_Y, r"$\mathbf{1}_i\,b_j$"))
    backward = "backward: sum", "\N{UPWARDS ARROW}", "p"
    sums = grad_Y.sum(0), r"$\frac{\partial l}{\partial b_p}$"
    _over(axes, right, *backward, sums, (grad_Y, r"$\frac{\partial l}{\partial y_{ip}}$"))
    return axes.figure, f"Forward, {n_out} numbers are copied to {rows} rows; backward, {rows} rows are added up to {n_out} numbers"


def _over(axes, left, heading, arrow, letter, vector, matrix):
    """A vector above a matrix with an arrow in each column; vector and matrix are pairs of an array and its formula."""
    (above, name), (below, formula) = vector, matrix
    rows, n_out = below.shape
    start, middle, top = left + 1.4, left + 1.4 + n_out / 2, 0.9 + STRIP + GAP
    text(axes, middle, 0.45, heading)
    strip(axes, start, 0.9, n_out, STRIP, "out", f"out ${letter}$")
    text(axes, left + 0.7, top + 0.5, name)
    tiles(axes, start, top, above[None, :])
    for column in range(n_out):
        text(axes, start + column + 0.5, top + 1.6, arrow)
    strip(axes, start - GAP - STRIP, top + 2.2, STRIP, rows, "batch", "batch $i$")
    tiles(axes, start, top + 2.2, below)
    text(axes, middle, top + rows + 2.9, formula)
