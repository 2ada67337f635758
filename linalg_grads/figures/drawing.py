"""What all pictures are made of: tiles that carry numbers, coloured strips that name an axis, signs and formulas.

One visual language throughout: a tensor is a block of tiles that carry its numbers, and a coloured strip along each axis
names its index. The colour says which kind of index it is (batch, in or out); the letter on the strip says it too, so
no reader has to tell colours apart. The background is transparent, for light and dark pages.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from io import StringIO
from itertools import product

# Three colours of Okabe and Ito that stay apart for colour-blind readers; black reads well on each of them.
# An axis that is none of the three is grey.
COLOURS = {"batch": "#D55E00", "in": "#56B4E9", "out": "#CC79A7", "any": "#D4D4CC"}
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


def picture(draw):
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


# ---------------------------------------------------------------- the pieces of a picture


def canvas(width, height):
    """Axes without a frame, measured in tiles, with the origin at the top left."""
    from matplotlib.figure import Figure

    axes = Figure(figsize=(width * INCH, height * INCH)).add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.05, width + 0.05), ylim=(height, -0.05), aspect="equal")
    axes.axis("off")
    return axes


def block(axes, left, top, array, formula, room=0):
    """Tiles whose axes are out and in, with their strips, `room` tiles away, and a formula below."""
    n_out, n_in = array.shape
    strip(axes, left - room - GAP - STRIP, top, STRIP, n_out, "out", "out $p$")
    strip(axes, left, top - room - GAP - STRIP, n_in, STRIP, "in", "in $q$")
    tiles(axes, left, top, array)
    text(axes, left + n_in / 2, top + n_out + 0.5, formula)


def tiles(axes, left, top, array, fill=TILE, ink=INK):
    """A block of tiles, each with its number."""
    from matplotlib.patches import Rectangle

    for row, column in product(*map(range, array.shape)):
        x, y = left + column, top + row
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor=fill, edgecolor=EDGE, linewidth=0.8))
        axes.text(x + 0.5, y + 0.5, _number(array[row, column]), color=ink, fontsize=15, ha="center", va="center_baseline")


def strip(axes, left, top, width, height, kind, label):
    """The coloured strip along an axis, with the index's letter; upright strips are read from below."""
    from matplotlib.patches import FancyBboxPatch

    round_corners = "round,pad=0,rounding_size=0.2"
    axes.add_patch(FancyBboxPatch((left, top), width, height, boxstyle=round_corners, facecolor=COLOURS[kind], linewidth=0))
    axes.text(left + width / 2, top + height / 2, label, color=INK, fontsize=15, ha="center", va="center",
              math_fontfamily="cm", rotation=90 if height > width else 0)


def text(axes, x, y, text):
    """A sign or a formula on the page itself."""
    axes.text(x, y, text, color=GREY, fontsize=21, ha="center", va="center", math_fontfamily="cm")


@contextmanager
def step(axes, number):
    """What is drawn inside belongs to a step: on the website one shows a picture step by step."""
    before = set(axes.get_children())
    yield
    for at, artist in enumerate(artist for artist in axes.get_children() if artist not in before):
        artist.set_gid(f"step-{number}-{at}")


def _number(value):
    """A number as it is written in a text; adding 0.0 makes -0.0 a plain zero."""
    return f"{value + 0.0:g}".replace("-", "\N{MINUS SIGN}")
