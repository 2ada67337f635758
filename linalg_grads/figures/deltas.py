"""The Kronecker delta as a block of ones and zeros, at work in a sum."""

from itertools import product

from .drawing import GAP, GREY, INK, STRIP, TILE, canvas, picture, step, strip, text, tiles

MARGIN, STEP = STRIP + GAP, 1.15  # STEP: from one line of a sum to the next


@picture
def delta_sieve(v):
    r"""A delta times a vector, term by term, and the sum: in each row one term is left.

    \delta_{pj} b_j = \sum_j \delta_{pj} b_j = b_p

    v       (n,)          the vector, such as the bias b
    shows   v above the delta (n, n), the products (n, n), and their sums over j (n,); zeros of the delta on tiles without fill

    >>> import numpy as np
    >>> delta_sieve(np.array([4., 7.]))
    A delta of 2 by 2 in a sum with 2 numbers: each row keeps one of them
    """
    from numpy import eye

    n, top = len(v), MARGIN + 1.4
    delta = eye(n)
    products, sums = 2 * MARGIN + n + 1, 3 * MARGIN + 2 * n + 2.3  # where these two begin
    axes = canvas(sums + 1.6, top + n + 1)
    strip(axes, MARGIN, 0, n, STRIP, "any", "$j$")
    text(axes, MARGIN / 2, MARGIN + 0.5, "$v_j$")
    tiles(axes, MARGIN, MARGIN, v[None, :])
    strip(axes, products, top - MARGIN, n, STRIP, "any", "$j$")
    for left in (MARGIN, products, sums):
        strip(axes, left - MARGIN, top, STRIP, n, "any", "$i$")
    _sieved(axes, MARGIN, top, delta, delta)
    _sieved(axes, products, top, delta * v, delta)
    tiles(axes, sums, top, (delta * v).sum(1)[:, None])
    text(axes, MARGIN + n + 0.5, top + n / 2, "\N{RIGHTWARDS ARROW}")
    text(axes, products + n + 0.65, top + n / 2, r"$\sum_j$")
    text(axes, MARGIN + n / 2, top + n + 0.5, r"$\delta_{ij}$")
    text(axes, products + n / 2, top + n + 0.5, r"$\delta_{ij}$ times $v_j$")
    text(axes, sums + 0.5, top + n + 0.5, r"$v_i$")
    return axes.figure, f"A delta of {n} by {n} in a sum with {n} numbers: each row keeps one of them"


@picture
def delta_picks_column(C, q):
    r"""One column of a delta, times the columns of a matrix, summed: one column of the matrix is left.

    \delta_{jq} a_{jk} = a_{qk}

    C       (in, out)     the matrix, such as the weights' transpose
    q       an integer    which column
    shows   column q of the delta laid over the columns of C; what it multiplies by zero on tiles without fill; the sum

    >>> import numpy as np
    >>> delta_picks_column(np.array([[1., 2., 3.], [4., 5., 6.]]), 2)
    Column 2 of a delta picks column 2 of a matrix of 2 by 3
    """
    from numpy import eye

    n_in, n_out = C.shape
    weights = eye(n_out)[:, q]
    left, top = 1.2, MARGIN + 1.4
    result = left + n_out + 1 + MARGIN
    axes = canvas(result + 1.4, top + n_in + 1)
    strip(axes, left, 0, n_out, STRIP, "out", "out $j$")
    text(axes, left / 2 - 0.05, MARGIN + 0.5, rf"$\delta_{{j{q}}}$")
    _sieved(axes, left, MARGIN, weights[None, :], weights[None, :])
    strip(axes, left - MARGIN, top, STRIP, n_in, "in", "in $k$")
    _sieved(axes, left, top, C, weights + 0 * C)
    text(axes, left + n_out + 0.5, top + n_in / 2, "\N{RIGHTWARDS ARROW}")
    strip(axes, result - MARGIN, top, STRIP, n_in, "in", "in $k$")
    tiles(axes, result, top, (C @ weights)[:, None])
    text(axes, left + n_out / 2, top + n_in + 0.5, "$c_{kj}$")
    text(axes, result + 0.5, top + n_in + 0.5, rf"$c_{{k{q}}}$")
    return axes.figure, f"Column {q} of a delta picks column {q} of a matrix of {n_in} by {n_out}"


def _sieved(axes, left, top, array, kept):
    """Tiles with fill where `kept` is not zero, without elsewhere."""
    for row, column in product(*map(range, array.shape)):
        look = (TILE, INK) if kept[row, column] else ("none", GREY)
        tiles(axes, left + column, top + row, array[row : row + 1, column : column + 1], *look)


@picture
def delta_steps(factor, place, letters, formulas, kind="any"):
    r"""A sum with a delta in steps, one line for each term: the delta switches all terms off but one.

    \delta_{pj} b_j = b_p

    factor    (n,) or (n, out)   what the delta multiplies, one line for each value of the summed index
    place     an integer         the value of the free index
    letters   two letters        the summed index and the free one, such as "ji"
    formulas  two                LaTeX of the factor, and of what is left
    kind      a kind of axis     of the summed index
    shows     in each line the delta's number, the factor's, their product; then the sum of the lines; for (n, out) its total, too.
              Each line is a step of its own on the website; the title says what each shows, parted by semicolons

    >>> import numpy as np
    >>> delta_steps(np.array([4., 7.]), 1, "ji", ("v_j", "v_i"))
    The sum over j where i is 1; j = 0: 0 times 4 is 0; j = 1: 1 times 7 is 7; added up: 7
    """
    from numpy import eye

    lines = factor.reshape(len(factor), -1)
    (n, m), (summed, free) = lines.shape, letters
    delta, top = eye(n)[place], 1.2 + (m > 1) * MARGIN
    left, right = 4.6, 5.6 + m  # where the factor's tiles begin, and those of the products
    axes = canvas(right + m, top + (n + 1) * STEP + 0.3 + (m > 1) * STEP)
    says = [f"The sum over {summed} where {free} is {place}"]
    text(axes, 2.9, 0.5, rf"$\delta_{{{''.join(sorted(letters))}}}$")
    text(axes, left + m / 2, 0.5, f"${formulas[0]}$")
    for start in (left, right) if m > 1 else ():
        strip(axes, start, top - MARGIN, m, STRIP, "out", "out $j$")
    for value, line in enumerate(lines):
        with step(axes, len(says)):
            y, kept = top + value * STEP, delta[value] + 0 * line[None, :]
            strip(axes, 0, y, 2.1, 1, kind, f"${summed}$ = {value}")
            _sieved(axes, 2.4, y, delta[value].reshape(1, 1), delta[value].reshape(1, 1))
            text(axes, 4, y + 0.5, "×")
            tiles(axes, left, y, line[None, :])
            text(axes, right - 0.5, y + 0.5, "=")
            _sieved(axes, right, y, delta[value] * line[None, :], kept)
        says.append(f"{summed} = {value}: {delta[value]:g} times {_listed(line)} is {_listed(delta[value] * line)}")
    total, y = delta @ lines, top + n * STEP + 0.3
    with step(axes, len(says)):
        strip(axes, 0, y, 2.1, 1, kind, f"${free}$ = {place}")
        text(axes, (2.1 + right) / 2, y + 0.5, rf"${formulas[1]} =$")
        tiles(axes, right, y, total[None, :])
    says.append(f"added up: {_listed(total)}")
    if m > 1:
        with step(axes, len(says)):
            text(axes, right + m - 3, y + STEP + 0.5, "sum over $j$")
            tiles(axes, right + m - 1, y + STEP, total.sum().reshape(1, 1))
        says.append(f"added up over j as well: {total.sum():g}")
    return axes.figure, "; ".join(says)


def _listed(numbers):
    return " ".join(f"{number + 0.0:g}" for number in numbers)
