"""Where the indices of the layer's equation lead: dummies join two places, free indices go to the left-hand side."""

from .drawing import COLOURS, GAP, STRIP, canvas, picture, strip, text, tiles

CHIP, LEVEL = 0.8, 0.75  # the width of an index; the height between the lines below the equation
KINDS = {"i": "batch", "j": "out", "k": "in"}


@picture
def index_flow(X, A, b, i, j):
    r"""The layer's equation with its indices joined, and the one number of Y at i, j with the sum that makes it.

    y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j

    X       (rows, in)    the layer's input
    A       (out, in)     weights
    b       (out,)        bias
    i, j                  the component to show
    shows   an arc over the dummy's two places, a line from the left-hand side to every place of a free index; below, row i
            of X over row j of A, joined place by place, their products, the bias and the sum

    >>> import numpy as np
    >>> index_flow(np.array([[1., 2.], [0., 1.]]), np.array([[3., 4.], [5., 6.], [7., 8.]]), np.array([1., 2., 3.]), 0, 1)
    Index flow of the layer's equation, and component 0, 1 of Y: 2 products and the bias make 19
    """
    axes = canvas(12.6, 10.95)
    places = _equation(axes, 2.3)
    _arc(axes, places["k"], 2.2)
    for level, index in enumerate("ij", 1):
        _lines(axes, places[index], 3.0, level * LEVEL, COLOURS[KINDS[index]])
    total = _component(axes, 5.9, X[i], A[j], b[j], i, j)
    return axes.figure, f"Index flow of the layer's equation, and component {i}, {j} of Y: {X.shape[1]} products and the bias make {total:g}"


def _equation(axes, top):
    """The equation, an index a coloured chip; index -> the middles of its chips, from left to right."""
    places, x = {index: [] for index in KINDS}, 0.0
    for piece in ("y", "ij", "=", "x", "ik", "a", "jk", "+", r"\mathbf{1}", "i", "b", "j"):
        if set(piece) <= set(KINDS):
            for index in piece:
                strip(axes, x, top, CHIP, STRIP, KINDS[index], f"${index}$")
                places[index].append(x + CHIP / 2)
                x += CHIP + GAP / 2
            x += 0.15
        else:
            width = 1.0 if piece in "=+" else 0.6
            text(axes, x + width / 2, top + 0.2, f"${piece}$")
            x += width
    return places


def _arc(axes, ends, top):
    """A dummy: its two places, joined above the equation."""
    from matplotlib.patches import Arc

    left, right = ends
    middle, height = (left + right) / 2, 1.1
    colour = COLOURS[KINDS["k"]]
    axes.add_patch(Arc((middle, top), right - left, 2 * height, theta1=180, theta2=360, edgecolor=colour, linewidth=3))
    text(axes, middle, top - height - 0.55, "sum over $k$")


def _lines(axes, ends, top, depth, colour):
    """A free index: all its places lead to the left-hand side, below the equation."""
    for end in ends:
        axes.plot([end, end], [top, top + depth], color=colour, linewidth=3, solid_capstyle="round")
    axes.plot([ends[0], ends[-1]], [top + depth] * 2, color=colour, linewidth=3, solid_capstyle="round")


def _component(axes, top, x, a, bias, i, j):
    """One number of Y: two rows joined place by place, what each pair gives, the bias, and the sum."""
    lefts = [2.7 + 2 * k for k in range(len(x))]
    bottom = top + STRIP + GAP + 3.2
    strip(axes, 0, top + STRIP + GAP, 2.2, 1, "batch", f"$x$, $i$ = {i}")
    strip(axes, 0, top + STRIP + GAP + 1.6, 2.2, 1, "out", f"$a$, $j$ = {j}")
    for k, left in enumerate(lefts):
        strip(axes, left - 0.2, top, 1.4, STRIP, "in", f"$k$ = {k}")
        for row, number in enumerate((x[k], a[k], x[k] * a[k])):
            y = top + STRIP + GAP + 1.6 * row
            tiles(axes, left, y, number.reshape(1, 1))
            if row < 2:
                axes.plot([left + 0.5] * 2, [y + 1, y + 1.6], color=COLOURS["in"], linewidth=3, solid_capstyle="butt")
        text(axes, left + 1.5, bottom + 0.5, "+")
    total = x @ a + bias
    end = lefts[-1] + 2
    tiles(axes, end, bottom, bias.reshape(1, 1))
    text(axes, end + 0.5, bottom - 0.5, f"$b_{{{j}}}$")
    text(axes, end + 1.5, bottom + 0.5, "=")
    tiles(axes, end + 2, bottom, total.reshape(1, 1))
    text(axes, end + 2.5, bottom - 0.5, f"$y_{{{i}{j}}}$")
    return total
