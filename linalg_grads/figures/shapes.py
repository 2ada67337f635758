"""The layer with its shapes: which axis meets which."""

from .drawing import GAP, STRIP, canvas, picture, strip, text, tiles


@picture
def layer_shapes(X, A, b):
    r"""The layer's two terms and their sum, one below the other, in columns of the same output.

    y_{ij} = \sum_k x_{ik} a_{jk} + \mathbf{1}_i b_j

    X       (rows, in)    the layer's input
    A       (out, in)     the weights
    b       (out,)        the bias
    shows   each product in the corner between its two factors; where a sum runs, the strips of the two axes are joined

    >>> import numpy as np
    >>> layer_shapes(np.array([[1., 2., 3.]]), np.array([[1., 0., 2.], [0., 1., 1.]]), np.array([5., 7.]))
    The layer: X of shape (1, 3) and A of shape (2, 3) give Y of shape (1, 2)
    """
    (rows, n_in), n_out = X.shape, len(A)
    ones, side = X[:, :1] * 0 + 1, STRIP + GAP
    X_left, left = side + 0.9, side + 0.9 + n_in + side + GAP  # where X begins, and all that has one column an output
    names = left + n_out + 1.1
    axes = canvas(names + 1.2, 4 * side + n_in + 3 * rows + 4.4)

    top = side
    strip(axes, left, 0, n_out, STRIP, "out", "out $j$")
    tiles(axes, left, top, A.T)
    text(axes, names, top + n_in / 2, r"$A^{\!\top}$")
    corner = top + n_in + GAP
    strip(axes, left - side, top, STRIP, n_in + GAP + STRIP, "in", "in $k$")
    strip(axes, X_left, corner, n_in + GAP + STRIP, STRIP, "in", "in $k$")

    top = corner + side
    strip(axes, X_left - side, top, STRIP, rows, "batch", "batch $i$")
    tiles(axes, X_left, top, X)
    tiles(axes, left, top, X @ A.T)
    text(axes, X_left + n_in / 2, top + rows + 0.6, "$X$")
    text(axes, names, top + rows / 2, r"$X A^{\!\top}$")

    top += rows + 1.2
    tiles(axes, left, top, b[None, :])
    text(axes, names, top + 0.5, r"$b^{\!\top}$")
    top += 1 + GAP
    text(axes, 0.4, top + rows / 2, "+")
    strip(axes, left - 1 - GAP - side, top, STRIP, rows, "batch", "batch $i$")
    tiles(axes, left - 1 - GAP, top, ones)
    tiles(axes, left, top, ones * b)
    text(axes, left - 0.5 - GAP, top + rows + 0.6, r"$\mathbf{1}$")
    text(axes, names, top + rows / 2, r"$\mathbf{1} b^{\!\top}$")

    top += rows + 1.2
    text(axes, 0.4, top + rows / 2, "=")
    strip(axes, left - side, top, STRIP, rows, "batch", "batch $i$")
    tiles(axes, left, top, X @ A.T + b)
    text(axes, names, top + rows / 2, "$Y$")
    formula = r"$y_{ij} = \sum_k\ x_{ik}\,a_{jk} + \mathbf{1}_i\,b_j$"
    text(axes, (names + 1.2) / 2, top + rows + 1.2, formula)
    return axes.figure, f"The layer: X of shape {X.shape} and A of shape {A.shape} give Y of shape ({rows}, {n_out})"
