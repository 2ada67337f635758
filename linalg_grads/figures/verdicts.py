"""Which test catches which wrong formula: a table of verdicts."""

from .drawing import EDGE, INK, TILE, canvas, picture

# A verdict has a colour, a sign and a word, so that no reader has to tell colours apart. Neither colour is that of an index.
CAUGHT, PASSES = ("#009E73", "\N{CHECK MARK} caught"), ("#F0E442", "\N{BALLOT X} passes")
NAME, HEAD, CELL, LINE, GAP = 6.2, 1.5, 2.55, 0.9, 0.08  # in tiles: widths of a name and a verdict, heights, the space between


@picture
def verdicts(caught, formulas, tests):
    """A table with a line for each wrong formula and a column for each test.

    caught    (formulas, tests)   is the formula caught by the test?
    formulas  the names of the formulas, one line each
    tests     the names of the tests, one or two lines each
    shows     for each pair, in words, with a sign and a colour, whether the test caught the formula or let it pass

    >>> import numpy as np
    >>> verdicts(np.array([[True, False], [True, True]]), ["mean", "minus the sum"], ["exact", "loose"])
    2 wrong formulas and 2 tests: 3 of 4 times the mistake is caught
    """
    n_formulas, n_tests = caught.shape
    axes = canvas(NAME + n_tests * (GAP + CELL), HEAD + n_formulas * (GAP + LINE) + 0.05)
    lefts = [NAME + GAP + test * (CELL + GAP) for test in range(n_tests)]
    for left, name in zip(lefts, tests, strict=True):
        _box(axes, left, 0, CELL, HEAD, TILE, name)
    for line, name in enumerate(formulas):
        top = HEAD + GAP + line * (LINE + GAP)
        _box(axes, 0, top, NAME, LINE, TILE, name, align="left")
        for left, verdict in zip(lefts, caught[line], strict=True):
            _box(axes, left, top, CELL, LINE, *(CAUGHT if verdict else PASSES))
    return axes.figure, (
        f"{n_formulas} wrong formulas and {n_tests} tests: {caught.sum()} of {caught.size} times the mistake is caught"
    )


def _box(axes, left, top, width, height, colour, words, align="center"):
    """A tile with words on it."""
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((left, top), width, height, facecolor=colour, edgecolor=EDGE, linewidth=0.8))
    x = left + (0.2 if align == "left" else width / 2)
    axes.text(x, top + height / 2, words, color=INK, fontsize=15, ha=align, va="center", linespacing=1.1)
