"""The Jacobian of the layer's output, of order 4, laid out as a grid of blocks."""

from itertools import product

from .drawing import GAP, GREY, INK, STRIP, TILE, canvas, picture, strip, text, tiles


@picture
def jacobian_of_X(J):
    r"""The derivatives of every output with respect to every input: a grid of blocks, one for each output.

    \frac{\partial y_{ij}}{\partial x_{pq}} = \delta_{ip} a_{jq}

    J       (rows, out, rows, in)   axes i, j, p, q in this order
    shows   in block (i, j) the derivatives of y_{ij}, p down and q across; where a whole row is zero, tiles without fill

    >>> import numpy as np
    >>> jacobian_of_X(np.einsum("ip,jq->ijpq", np.eye(2), np.array([[1., 2., 3.], [4., 5., 6.]])))
    Jacobian of Y with respect to X: a grid of 2 by 2 blocks, each 2 by 3
    """
    rows, n_out, _, n_in = J.shape
    margin, space = 2 * (STRIP + GAP), 0.35  # room for two strips; the space between blocks
    lefts = [margin + j * (n_in + space) for j in range(n_out)]
    tops = [margin + i * (rows + space) for i in range(rows)]
    axes = canvas(lefts[-1] + n_in, tops[-1] + rows + 1.4)
    for i, top in enumerate(tops):
        strip(axes, 0, top, STRIP, rows, "batch", f"$i$ = {i}")
        strip(axes, STRIP + GAP, top, STRIP, rows, "batch", "batch $p$")
    for j, left in enumerate(lefts):
        strip(axes, left, 0, n_in, STRIP, "out", f"out $j$ = {j}")
        strip(axes, left, STRIP + GAP, n_in, STRIP, "in", "in $q$")
    for (i, top), (j, left), p in product(enumerate(tops), enumerate(lefts), range(rows)):
        look = (TILE, INK) if J[i, j, p].any() else ("none", GREY)
        tiles(axes, left, top + p, J[i, j, p][None, :], *look)
    formula = r"$\frac{\partial y_{ij}}{\partial x_{pq}} = \delta_{ip}\,a_{jq}$"
    text(axes, (margin + lefts[-1] + n_in) / 2, tops[-1] + rows + 0.7, formula)
    return axes.figure, f"Jacobian of Y with respect to X: a grid of {rows} by {n_out} blocks, each {rows} by {n_in}"
