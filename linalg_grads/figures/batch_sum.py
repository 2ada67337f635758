"""The gradient of the weights as a sum over the batch."""

from .drawing import GAP, STRIP, block, canvas, picture, strip, text, tiles


@picture
def outer_products(grad_Y, X):
    r"""The batch's outer products, one per row, adding up to the gradient of the weights.

    \frac{\partial l}{\partial a_{pq}} = \sum_i \frac{\partial l}{\partial y_{ip}} x_{iq}

    grad_Y  (rows, out)   upstream gradient
    X       (rows, in)    the layer's input
    shows   one block (out, in) per row of the batch, laid out as a multiplication table, and their sum

    >>> import numpy as np
    >>> outer_products(np.array([[1., 2.], [3., 4.]]), np.array([[1., 0., 2.], [0., 1., 1.]]))
    Outer products of 2 batch rows, each 2 by 3, and their sum, the gradient of A
    """
    rows, n_in, n_out = len(X), X.shape[1], grad_Y.shape[1]
    room = 1 + GAP  # for the two factors, between a block of products and its strips
    margin = STRIP + GAP + room
    top, step = STRIP + GAP + margin, margin + n_in + 1
    axes = canvas(rows * step + STRIP + GAP + n_in, top + n_out + 0.9)
    for i, (g, x) in enumerate(zip(grad_Y, X)):
        left = i * step + margin
        strip(axes, left - margin, 0, margin + n_in, STRIP, "batch", f"batch row $i$ = {i}")
        text(axes, left - room + 0.5, top - room + 0.5, "×")
        tiles(axes, left, top - room, x[None, :])
        tiles(axes, left - room, top, g[:, None])
        block(axes, left, top, g[:, None] * x, rf"$\frac{{\partial l}}{{\partial y_{{{i}p}}}}\ x_{{{i}q}}$", room)
        text(axes, left + n_in + 0.5, top + n_out / 2, "+" if i < rows - 1 else "=")
    block(axes, rows * step + STRIP + GAP, top, grad_Y.T @ X, r"$\frac{\partial l}{\partial a_{pq}}$")
    return axes.figure, f"Outer products of {rows} batch rows, each {n_out} by {n_in}, and their sum, the gradient of A"
