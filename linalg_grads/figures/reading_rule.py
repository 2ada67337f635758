"""The reading rule: a transpose brings the summed index to the middle, where a matrix product sums."""

from .drawing import COLOURS, GAP, STRIP, canvas, picture, strip, text, tiles

HEAD = STRIP + GAP  # what a strip needs beside its block


@picture
def reading_rule(S, H):
    r"""The product s_{jp} h_{jq} before and after the transpose that makes it the matrix product of S^\top and H.

    S       (out, rows)   axes j, p
    H       (out, in)     axes j, q
    shows   above, S and H, with the strips of j joined by a line; below, S^T and H, where they meet, and their product

    >>> import numpy as np
    >>> reading_rule(np.array([[1., 2.], [3., 4.], [5., 6.]]), np.array([[1., 0., 2.], [0., 1., 1.], [1., 1., 0.]]))
    The sum over j of s_jp h_jq: S (3 by 2) and H (3 by 3), then S transposed, H, and their product (2 by 3)
    """
    (n_out, rows), n_in = S.shape, H.shape[1]
    first, space = HEAD + GAP, 1.2  # the first line's top, below the joining line; the space between two blocks
    middle = HEAD + n_out + space  # the left edge of the second block, strip included, in the lower line
    right = middle + HEAD + n_in + space
    second = first + HEAD + n_out + 2.2
    axes = canvas(right + HEAD + n_in, second + HEAD + n_out + 1.4)
    _block(axes, 0, first, S, ("out", "out $j$"), ("batch", "batch $p$"), "$s_{jp}$")
    _block(axes, middle, first, H, ("out", "out $j$"), ("in", "in $q$"), "$h_{jq}$")
    _join(axes, [(STRIP / 2, first + HEAD), (STRIP / 2, STRIP / 2), (middle + STRIP / 2, STRIP / 2), (middle + STRIP / 2, first + HEAD)])
    _block(axes, 0, second, S.T, ("batch", "$p$"), ("out", "out $j$"), r"$[S^\top]_{pj}$")
    _block(axes, middle, second, H, ("out", "out $j$"), ("in", "in $q$"), "$[H]_{jq}$")
    _join(axes, [(HEAD + n_out, second + STRIP / 2), (middle + STRIP / 2, second + STRIP / 2), (middle + STRIP / 2, second + HEAD)])
    text(axes, right - space / 2, second + HEAD + rows / 2, "=")
    _block(axes, right, second, S.T @ H, ("batch", "$p$"), ("in", "in $q$"), r"$[S^\top H]_{pq}$")
    return axes.figure, (
        f"The sum over j of s_jp h_jq: S ({n_out} by {rows}) and H ({n_out} by {n_in}), "
        f"then S transposed, H, and their product ({rows} by {n_in})"
    )


def _block(axes, left, top, array, down, across, formula):
    """A matrix with a strip for each of its axes, and its component below; `left` and `top` include the strips."""
    height, width = array.shape
    strip(axes, left, top + HEAD, STRIP, height, *down)
    strip(axes, left + HEAD, top, width, STRIP, *across)
    tiles(axes, left + HEAD, top + HEAD, array)
    text(axes, left + HEAD + width / 2, top + HEAD + height + 0.6, formula)


def _join(axes, points):
    """A line between the two strips of the index that is summed."""
    axes.plot(*zip(*points), color=COLOURS["out"], linewidth=4, solid_joinstyle="round", solid_capstyle="butt", zorder=0)
