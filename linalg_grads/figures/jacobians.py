"""Jacobians of order 4, laid out as a grid: a block for each output, and in it a tile for each input."""

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
    formula = r"$\frac{\partial y_{ij}}{\partial x_{pq}} = \delta_{ip}\,a_{jq}$"
    return _grid(J, ("batch", "$i$"), ("out", "out $j$"), lambda i, j, p, q: J[i, j, p].any(), formula), _title("Y", J)


@picture
def jacobian_of_Z(J):
    r"""The derivatives of every component of Z = S X with respect to every component of X, as a grid of blocks.

    J       (out, in, rows, in)   axes j, k, p, q in this order; its numbers are s_{jp} \delta_{kq}
    shows   in block (j, k) the derivatives of z_{jk}, p down and q across; where a whole column is zero, tiles without fill

    >>> import numpy as np
    >>> jacobian_of_Z(np.einsum("jp,kq->jkpq", np.array([[1., 2.], [3., 4.], [5., 6.]]), np.eye(2)))
    Jacobian of Z with respect to X: a grid of 3 by 2 blocks, each 2 by 2
    """
    formula = r"$\frac{\partial z_{jk}}{\partial x_{pq}} = s_{jp}\,\delta_{kq}$"
    return _grid(J, ("out", "$j$"), ("in", "in $k$"), lambda j, k, p, q: J[j, k, :, q].any(), formula), _title("Z", J)


def _grid(J, down, across, filled, formula):
    """The figure. `down`, `across`: the kind and the letter of the blocks' axes; `filled`: has the tile at (.,.,p,q) a fill?"""
    n_down, n_across, rows, n_in = J.shape
    margin, space = 2 * (STRIP + GAP), 0.35  # room for two strips; the space between blocks
    lefts = [margin + number * (n_in + space) for number in range(n_across)]
    tops = [margin + number * (rows + space) for number in range(n_down)]
    axes = canvas(lefts[-1] + n_in, tops[-1] + rows + 1.4)
    for number, top in enumerate(tops):
        strip(axes, 0, top, STRIP, rows, down[0], f"{down[1]} = {number}")
        strip(axes, STRIP + GAP, top, STRIP, rows, "batch", "batch $p$")
    for number, left in enumerate(lefts):
        strip(axes, left, 0, n_in, STRIP, across[0], f"{across[1]} = {number}")
        strip(axes, left, STRIP + GAP, n_in, STRIP, "in", "in $q$")
    for place in product(*map(range, J.shape)):
        u, v, p, q = place
        look = (TILE, INK) if filled(*place) else ("none", GREY)
        tiles(axes, lefts[v] + q, tops[u] + p, J[u, v, p : p + 1, q : q + 1], *look)
    text(axes, (margin + lefts[-1] + n_in) / 2, tops[-1] + rows + 0.7, formula)
    return axes.figure


def _title(of, J):
    n_down, n_across, rows, n_in = J.shape
    return f"Jacobian of {of} with respect to X: a grid of {n_down} by {n_across} blocks, each {rows} by {n_in}"
