"""Leading axes made into one: blocks of rows, stacked into a matrix, and the sum over all of its rows."""

from .drawing import GAP, STRIP, canvas, picture, strip, text, tiles


@picture
def stacked_rows(grad_y):
    r"""Two leading axes flattened row by row, and what the flat rows add up to: the gradient of the bias.

    \frac{\partial l}{\partial b_p} = \sum_{\ldots} \frac{\partial l}{\partial y_{\ldots p}}

    grad_y  (blocks, rows, out)   upstream gradient with two leading axes
    shows   one block (rows, out) for each value of the first; all rows in one block; and the sum of the rows (out,)

    >>> import numpy as np
    >>> stacked_rows(np.ones((2, 4, 3)))
    2 blocks of 4 rows, stacked into 8 rows, and the sum of all rows: 3 numbers
    """
    blocks, rows, n_out = grad_y.shape
    margin, top, space = 2 * (STRIP + GAP), 0.9 + STRIP + GAP, 0.35
    right = margin + n_out + 1.6 + STRIP + GAP
    stacked = blocks * rows
    bottom = top + max(stacked, blocks * rows + (blocks - 1) * space)
    axes = canvas(right + n_out, bottom + 3.4)
    text(axes, margin + n_out / 2, 0.45, f"({blocks}, {rows}, {n_out})")
    strip(axes, margin, 0.9, n_out, STRIP, "out", "out $p$")
    for s, block in enumerate(grad_y):
        at = top + s * (rows + space)
        strip(axes, 0, at, STRIP, rows, "batch", f"$s$ = {s}")
        strip(axes, STRIP + GAP, at, STRIP, rows, "batch", "batch $t$")
        tiles(axes, margin, at, block)
    text(axes, margin + n_out + 0.8, top + stacked / 2, "\N{RIGHTWARDS ARROW}")
    text(axes, right + n_out / 2, 0.45, f"({stacked}, {n_out})")
    strip(axes, right, 0.9, n_out, STRIP, "out", "out $p$")
    strip(axes, right - STRIP - GAP, top, STRIP, stacked, "batch", "batch $i$")
    tiles(axes, right, top, grad_y.reshape(stacked, n_out))
    for column in range(n_out):
        text(axes, right + column + 0.5, bottom + 0.6, "\N{DOWNWARDS ARROW}")
    tiles(axes, right, bottom + 1.2, grad_y.sum((0, 1))[None, :])
    text(axes, right - 1.4, bottom + 1.75, r"$\frac{\partial l}{\partial b_p}$ =")
    text(axes, right + n_out / 2, bottom + 2.85, f"({n_out})")
    title = f"{blocks} blocks of {rows} rows, stacked into {stacked} rows, and the sum of all rows: {n_out} numbers"
    return axes.figure, title
