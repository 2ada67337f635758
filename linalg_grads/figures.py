"""Every picture of the book, one public function each: a call shows an SVG and returns None.

One visual language throughout: a tensor is a block of tiles that carry its numbers, and a coloured strip along each axis
names its index. The colour says which kind of index it is (batch, in or out); the letter on the strip says it too, so
no reader has to tell colours apart. The background is transparent, for light and dark pages.
"""

from dataclasses import dataclass
from functools import wraps
from io import StringIO
from itertools import product

# Three colours of Okabe and Ito that stay apart for colour-blind readers; black reads well on each of them.
COLOURS = {"batch": "#D55E00", "in": "#56B4E9", "out": "#CC79A7"}
TILE, EDGE, INK = "#ECECE8", "#8C8C8C", "#1A1A1A"
GREY = "#808080"  # for what stands on the page itself: readable on white and on near-black

# Lengths are in tiles; one tile is 0.46 inch. The letters then stay readable at the width of a phone.
INCH, STRIP, GAP = 0.46, 0.65, 0.15


# ---------------------------------------------------------------- showing a picture


@dataclass(frozen=True, repr=False)
class _Drawing:
    """What a notebook shows as an SVG, and a terminal as one line of text."""

    svg: str
    title: str

    def _repr_svg_(self):
        return self.svg

    def __repr__(self):
        return self.title


def _picture(draw):
    """Make a function that draws, and returns a figure and its title, one that shows them and returns None.

    The SVG is the same, byte for byte, on every run and under any settings of the reader's: fixed ids, no date, letters as
    outlines.
    """

    @wraps(draw)
    def show(*arrays):
        from IPython.display import display
        from matplotlib import style

        svg = StringIO()
        with style.context({"svg.hashsalt": "linalg_grads", "svg.fonttype": "path"}, after_reset=True):
            figure, title = draw(*arrays)
            metadata = {"Title": title, "Date": None, "Creator": None}
            figure.savefig(svg, format="svg", transparent=True, metadata=metadata)
        display(_Drawing(svg.getvalue(), title))

    return show


# ---------------------------------------------------------------- the pictures


@_picture
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
    canvas = _canvas(rows * step + STRIP + GAP + n_in, top + n_out + 0.9)
    for i, (g, x) in enumerate(zip(grad_Y, X)):
        left = i * step + margin
        _strip(canvas, left - margin, 0, margin + n_in, STRIP, "batch", f"batch row $i$ = {i}")
        _text(canvas, left - room + 0.5, top - room + 0.5, "×")
        _tiles(canvas, left, top - room, x[None, :])
        _tiles(canvas, left - room, top, g[:, None])
        _block(canvas, left, top, g[:, None] * x, rf"$\frac{{\partial l}}{{\partial y_{{{i}p}}}}\ x_{{{i}q}}$", room)
        _text(canvas, left + n_in + 0.5, top + n_out / 2, "+" if i < rows - 1 else "=")
    _block(canvas, rows * step + STRIP + GAP, top, grad_Y.T @ X, r"$\frac{\partial l}{\partial a_{pq}}$")
    return canvas.figure, f"Outer products of {rows} batch rows, each {n_out} by {n_in}, and their sum, the gradient of A"


@_picture
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
    canvas = _canvas(lefts[-1] + n_in, tops[-1] + rows + 1.4)
    for i, top in enumerate(tops):
        _strip(canvas, 0, top, STRIP, rows, "batch", f"$i$ = {i}")
        _strip(canvas, STRIP + GAP, top, STRIP, rows, "batch", "batch $p$")
    for j, left in enumerate(lefts):
        _strip(canvas, left, 0, n_in, STRIP, "out", f"out $j$ = {j}")
        _strip(canvas, left, STRIP + GAP, n_in, STRIP, "in", "in $q$")
    for (i, top), (j, left), p in product(enumerate(tops), enumerate(lefts), range(rows)):
        look = (TILE, INK) if J[i, j, p].any() else ("none", GREY)
        _tiles(canvas, left, top + p, J[i, j, p][None, :], *look)
    formula = r"$\frac{\partial y_{ij}}{\partial x_{pq}} = \delta_{ip}\,a_{jq}$"
    _text(canvas, (margin + lefts[-1] + n_in) / 2, tops[-1] + rows + 0.7, formula)
    return canvas.figure, f"Jacobian of Y with respect to X: a grid of {rows} by {n_out} blocks, each {rows} by {n_in}"


@_picture
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
    canvas = _canvas(right + 1.4 + n_out, rows + 5.2)
    forward = "forward: copy", "\N{DOWNWARDS ARROW}", "j"
    _over(canvas, 0, *forward, (b, "$b_j$"), (b + 0 * grad_Y, r"$\mathbf{1}_i\,b_j$"))
    backward = "backward: sum", "\N{UPWARDS ARROW}", "p"
    sums = grad_Y.sum(0), r"$\frac{\partial l}{\partial b_p}$"
    _over(canvas, right, *backward, sums, (grad_Y, r"$\frac{\partial l}{\partial y_{ip}}$"))
    return canvas.figure, f"Forward, {n_out} numbers are copied to {rows} rows; backward, {rows} rows are added up to {n_out} numbers"


# ---------------------------------------------------------------- the pieces of a picture


def _canvas(width, height):
    """Axes without a frame, measured in tiles, with the origin at the top left."""
    from matplotlib.figure import Figure

    axes = Figure(figsize=(width * INCH, height * INCH)).add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.05, width + 0.05), ylim=(height, -0.05), aspect="equal")
    axes.axis("off")
    return axes


def _block(axes, left, top, array, formula, room=0):
    """Tiles whose axes are out and in, with their strips, `room` tiles away, and a formula below."""
    n_out, n_in = array.shape
    _strip(axes, left - room - GAP - STRIP, top, STRIP, n_out, "out", "out $p$")
    _strip(axes, left, top - room - GAP - STRIP, n_in, STRIP, "in", "in $q$")
    _tiles(axes, left, top, array)
    _text(axes, left + n_in / 2, top + n_out + 0.5, formula)


def _tiles(axes, left, top, array, fill=TILE, ink=INK):
    """A block of tiles, each with its number."""
    from matplotlib.patches import Rectangle

    for row, column in product(*map(range, array.shape)):
        x, y = left + column, top + row
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor=fill, edgecolor=EDGE, linewidth=0.8))
        axes.text(x + 0.5, y + 0.5, _number(array[row, column]), color=ink, fontsize=15, ha="center", va="center_baseline")


def _over(axes, left, heading, arrow, letter, vector, matrix):
    """A vector above a matrix with an arrow in each column; vector and matrix are pairs of an array and its formula."""
    (above, name), (below, formula) = vector, matrix
    rows, n_out = below.shape
    start, middle, top = left + 1.4, left + 1.4 + n_out / 2, 0.9 + STRIP + GAP
    _text(axes, middle, 0.45, heading)
    _strip(axes, start, 0.9, n_out, STRIP, "out", f"out ${letter}$")
    _text(axes, left + 0.7, top + 0.5, name)
    _tiles(axes, start, top, above[None, :])
    for column in range(n_out):
        _text(axes, start + column + 0.5, top + 1.6, arrow)
    _strip(axes, start - GAP - STRIP, top + 2.2, STRIP, rows, "batch", "batch $i$")
    _tiles(axes, start, top + 2.2, below)
    _text(axes, middle, top + rows + 2.9, formula)


def _strip(axes, left, top, width, height, kind, label):
    """The coloured strip along an axis, with the index's letter; upright strips are read from below."""
    from matplotlib.patches import FancyBboxPatch

    round_corners = "round,pad=0,rounding_size=0.2"
    axes.add_patch(FancyBboxPatch((left, top), width, height, boxstyle=round_corners, facecolor=COLOURS[kind], linewidth=0))
    axes.text(left + width / 2, top + height / 2, label, color=INK, fontsize=15, ha="center", va="center",
              math_fontfamily="cm", rotation=90 if height > width else 0)


def _text(axes, x, y, text):
    """A sign or a formula on the page itself."""
    axes.text(x, y, text, color=GREY, fontsize=21, ha="center", va="center", math_fontfamily="cm")


def _number(value):
    """A number as it is written in a text; adding 0.0 makes -0.0 a plain zero."""
    return f"{value + 0.0:g}".replace("-", "\N{MINUS SIGN}")
