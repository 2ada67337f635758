"""The pictures show the very numbers that plain loops compute, and are the same byte for byte on every run."""

import re
import subprocess
import sys
from functools import cache
from itertools import combinations

import IPython.display
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter

from linalg_grads import figures
from linalg_grads.figures import drawing, networks
from linalg_grads.figures.verdicts import CAUGHT, PASSES

GRAD_Y = np.array([[2.0, -1.0, -3.0, 1.0, 2.0], [-2.0, 3.0, 1.0, -1.0, 1.0]])
X = np.array([[1.0, -2.0, 3.0], [-1.0, 2.0, 0.0]])
A = np.arange(-7.0, 8.0).reshape(5, 3)
B = np.array([2.0, -3.0, 1.0, 0.0, -1.0])
J = np.einsum("ip,jq->ijpq", np.eye(2), np.arange(-7.0, 8.0).reshape(5, 3))
TABLE = np.array([[True, False, True], [False, False, True]])
PICTURES = {
    figures.layer_shapes: (X, A, B),
    figures.outer_products: (GRAD_Y, X),
    figures.jacobian_of_X: (J,),
    figures.jacobian_of_Z: (np.einsum("jp,kq->jkpq", GRAD_Y.T, np.eye(3)),),
    figures.broadcast_and_sum: (B, GRAD_Y),
    figures.reading_rule: (GRAD_Y.T, J[0, :, 0]),
    figures.delete_node: ("X",),
    figures.stacked_rows: (np.arange(-12.0, 12.0).reshape(2, 4, 3),),
    figures.index_flow: (X, A, B, 1, 3),
    figures.delta_sieve: (X[0],),
    figures.delta_picks_column: (GRAD_Y, 3),
    figures.delta_steps: (GRAD_Y, 1, "ip", (r"\frac{\partial l}{\partial y_{ij}}", r"\frac{\partial l}{\partial y_{pj}}"), "batch"),
    figures.verdicts: (TABLE, ["mean", "twice the sum"], ["ones", "square", "ours"]),
}
every_picture = pytest.mark.parametrize("draw", PICTURES, ids=lambda draw: draw.__name__)


def shown(monkeypatch, draw, *arrays):
    """What a picture's one call hands to the notebook."""
    drawings = []
    monkeypatch.setattr(IPython.display, "display", drawings.append)
    assert draw(*arrays) is None
    [drawing] = drawings
    return drawing


def drawn_numbers(svg):
    """(x, y, number) of the numbers on the tiles: each is a comment beside its outlines and their place."""
    found = re.findall(r"<!-- (\N{MINUS SIGN}?[\d.]+) -->\s*<g [^>]*translate\(([\d.]+) ([\d.]+)\)", svg)
    return [(float(x), float(y), float(number.replace("\N{MINUS SIGN}", "-"))) for number, x, y in found]


def drawn_lines(svg):
    """The numbers on the tiles, line by line as one reads them."""
    lines = {}
    for x, y, number in drawn_numbers(svg):
        lines.setdefault(round(y), []).append((x, number))
    return [[number for _, number in sorted(line)] for _, line in sorted(lines.items())]


def drawn_columns(svg):
    """The numbers on the tiles, column by column; a minus sign moves a number's left edge, so edges in one tile are one column."""
    columns = []
    for x, y, number in sorted(drawn_numbers(svg)):
        if not columns or x - columns[-1][0] > 12:
            columns.append((x, []))
        columns[-1][1].append((y, number))
    return [[number for _, number in sorted(column)] for _, column in columns]


def looped_lines(grad_Y, X):
    """The same lines from plain loops: the rows of X on top, then for each output the products and their sum."""
    lines = [[x for row in X for x in row]]
    for p in range(grad_Y.shape[1]):
        line = []
        total = [0.0] * X.shape[1]
        for i in range(len(X)):
            line.append(grad_Y[i, p])
            for q in range(X.shape[1]):
                line.append(grad_Y[i, p] * X[i, q])
                total[q] += grad_Y[i, p] * X[i, q]
        lines.append(line + total)
    return lines


# ---------------------------------------------------------------- the numbers


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_outer_products_show_what_loops_compute(monkeypatch, rows):
    rng = np.random.default_rng(rows)
    grad_Y, X = rng.integers(-3, 4, (rows, 5)), rng.integers(-3, 4, (rows, 3))
    svg = shown(monkeypatch, figures.outer_products, grad_Y, X).svg
    assert drawn_lines(svg) == looped_lines(grad_Y, X)


@pytest.mark.parametrize("changed", [0, 1], ids=["grad_Y", "X"])
def test_a_changed_number_changes_the_picture(monkeypatch, changed):
    arrays = [GRAD_Y.copy(), X.copy()]
    arrays[changed][1, 2] += 1
    svg = shown(monkeypatch, figures.outer_products, *arrays).svg
    assert svg != shown(monkeypatch, figures.outer_products, GRAD_Y, X).svg
    assert drawn_lines(svg) != looped_lines(GRAD_Y, X)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_the_jacobian_shows_every_derivative_where_its_indices_say(monkeypatch, rows):
    J = np.random.default_rng(rows).integers(-3, 4, (rows, 5, rows, 2))
    svg = shown(monkeypatch, figures.jacobian_of_X, J).svg
    assert drawn_lines(svg) == [[J[i, j, p, q] for j in range(5) for q in range(2)] for i in range(rows) for p in range(rows)]


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_the_jacobian_of_the_mixed_rows_shows_it_too_and_fills_columns(monkeypatch, rows):
    S = np.random.default_rng(rows).integers(1, 4, (5, rows))
    J = np.einsum("jp,kq->jkpq", S, np.eye(3))
    svg = shown(monkeypatch, figures.jacobian_of_Z, J).svg
    lines = [[S[j, p] if k == q else 0 for k in range(3) for q in range(3)] for j in range(5) for p in range(rows)]
    assert drawn_lines(svg) == lines
    assert svg.count(f"fill: none; stroke: {drawing.EDGE.lower()}") == np.count_nonzero(J == 0)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_only_rows_of_zeros_have_no_fill(monkeypatch, rows):
    J = np.einsum("ip,jq->ijpq", np.eye(rows), np.ones((5, 2)))
    svg = shown(monkeypatch, figures.jacobian_of_X, J).svg
    assert svg.count(f"fill: none; stroke: {drawing.EDGE.lower()}") == np.count_nonzero(J == 0)
    assert svg.count(f"fill: {drawing.TILE.lower()}; stroke: {drawing.EDGE.lower()}") == np.count_nonzero(J)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_the_bias_is_copied_and_the_upstream_gradient_summed(monkeypatch, rows):
    rng = np.random.default_rng(rows)
    b, grad_Y = rng.integers(-3, 4, 5), rng.integers(-3, 4, (rows, 5))
    sums = [sum(grad_Y[i, j] for i in range(rows)) for j in range(5)]
    svg = shown(monkeypatch, figures.broadcast_and_sum, b, grad_Y).svg
    assert drawn_lines(svg) == [[*b, *sums], *([*b, *row] for row in grad_Y)]


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_the_layer_shows_its_two_terms_and_their_sum(monkeypatch, rows):
    rng = np.random.default_rng(rows)
    X, A, b = rng.integers(-3, 4, (rows, 3)), rng.integers(-3, 4, (5, 3)), rng.integers(-3, 4, 5)
    weighted = [[sum(X[i, k] * A[j, k] for k in range(3)) for j in range(5)] for i in range(rows)]
    lines = [[A[j, k] for j in range(5)] for k in range(3)] + [[*X[i], *weighted[i]] for i in range(rows)] + [[*b]] + [[1, *b]] * rows
    svg = shown(monkeypatch, figures.layer_shapes, X, A, b).svg
    assert drawn_lines(svg) == lines + [[weighted[i][j] + b[j] for j in range(5)] for i in range(rows)]


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_the_reading_rule_shows_both_orders_of_the_indices_and_the_product(monkeypatch, rows):
    rng = np.random.default_rng(rows)
    S, H = rng.integers(-3, 4, (5, rows)), rng.integers(-3, 4, (5, 4))
    above = [[*S[j], *H[j]] for j in range(5)]
    below = [[S[j, p] for j in range(5)] for p in range(rows)] + [[] for _ in range(5 - rows)]
    products = [[sum(S[j, p] * H[j, q] for j in range(5)) for q in range(4)] for p in range(rows)] + [[]] * (5 - rows)
    svg = shown(monkeypatch, figures.reading_rule, S, H).svg
    assert drawn_lines(svg) == above + [below[j] + list(H[j]) + products[j] for j in range(5)]


def test_the_summed_index_has_one_colour_and_is_joined_in_it(monkeypatch):
    svg = shown(monkeypatch, figures.reading_rule, GRAD_Y.T, J[0, :, 0]).svg
    assert svg.count(f"stroke: {drawing.COLOURS['out'].lower()}") == 2  # one line above, one below
    assert svg.count(f"fill: {drawing.COLOURS['out'].lower()}") == 4  # the strips of j: two above, two below


@pytest.mark.parametrize("lead", [(1, 1), (2, 4), (3, 2)])
def test_stacked_rows_keep_their_order_and_all_are_summed(monkeypatch, lead):
    grad_y = np.random.default_rng(lead).integers(-3, 4, (*lead, 5))
    rows = [[grad_y[s, t, j] for j in range(5)] for s in range(lead[0]) for t in range(lead[1])]
    svg = shown(monkeypatch, figures.stacked_rows, grad_y).svg
    assert drawn_columns(svg)[-5:] == [[*column, sum(column)] for column in zip(*rows)]
    assert drawn_columns(svg)[:5] == [list(column) for column in zip(*rows)]


@pytest.mark.parametrize("i, j", [(0, 0), (1, 2), (0, 4)])
def test_the_index_flow_shows_a_row_times_a_row_and_the_bias(monkeypatch, i, j):
    svg = shown(monkeypatch, figures.index_flow, X, A, B, i, j).svg
    products = [X[i, k] * A[j, k] for k in range(3)]
    assert drawn_lines(svg) == [[*X[i]], [*A[j]], [*products, B[j], sum(products) + B[j]]]


@pytest.mark.parametrize("name", ["X", "A", "b"])
def test_without_its_node_the_network_is_the_gradient(monkeypatch, name):
    rng = np.random.default_rng(0)
    arrays = {networks.G: GRAD_Y, "X": X, "A": rng.integers(-3, 4, (5, 3)), "b": B, r"\mathbf{1}": np.ones(2)}
    nodes, fresh = networks.network_of(name)
    total = ",".join(nodes.values()) + "->"
    left = {node: networks.renamed(own, fresh) for node, own in nodes.items() if node != name}
    gradient = np.einsum(",".join(left.values()) + "->" + "".join(fresh.values()), *(arrays[node] for node in left))
    for place in np.ndindex(arrays[name].shape):
        larger = arrays | {name: arrays[name].copy()}
        larger[name][place] += 1
        before, after = (np.einsum(total, *(every[node] for node in nodes)) for every in (arrays, larger))
        assert after - before == gradient[place]
    svg = shown(monkeypatch, figures.delete_node, name).svg
    for index, letter in fresh.items():
        kind = networks.KINDS[index]
        assert [svg.count(f"<!-- {kind} ${at}$ -->") for at in (index, letter)] == [1, 1]


@pytest.mark.parametrize("n", [1, 2, 4])
def test_the_sieve_shows_the_delta_the_products_and_their_sums(monkeypatch, n):
    v = np.random.default_rng(n).integers(1, 9, n)
    delta = [[1 if i == j else 0 for j in range(n)] for i in range(n)]
    products = [[delta[i][j] * v[j] for j in range(n)] for i in range(n)]
    svg = shown(monkeypatch, figures.delta_sieve, v).svg
    assert drawn_lines(svg) == [[*v], *([*delta[i], *products[i], sum(products[i])] for i in range(n))]
    assert svg.count(f"fill: none; stroke: {drawing.EDGE.lower()}") == 2 * (n * n - n)


@pytest.mark.parametrize("q", [0, 2, 4])
def test_the_delta_picks_the_column_that_its_index_says(monkeypatch, q):
    C = np.random.default_rng(q).integers(-3, 4, (3, 5))
    delta = [1 if j == q else 0 for j in range(5)]
    svg = shown(monkeypatch, figures.delta_picks_column, C, q).svg
    assert drawn_lines(svg) == [delta, *([*C[k], sum(C[k, j] * delta[j] for j in range(5))] for k in range(3))]
    assert svg.count(f"fill: none; stroke: {drawing.EDGE.lower()}") == 4 + 3 * 4


@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("m", [1, 5])
def test_each_step_of_a_sum_with_a_delta_is_a_term_of_it(monkeypatch, m, place):
    factor = np.random.default_rng(place).integers(-3, 4, (4, m)).astype(float)
    delta = [1 if value == place else 0 for value in range(4)]
    lines = [[delta[r], *factor[r], *(delta[r] * number for number in factor[r])] for r in range(4)]
    total = [sum(delta[r] * factor[r, c] for r in range(4)) for c in range(m)]
    shown_figure = shown(monkeypatch, figures.delta_steps, factor if m > 1 else factor[:, 0], place, "ji", ("v_j", "v_i"))
    assert drawn_lines(shown_figure.svg) == [*lines, total, *([[sum(total)]] if m > 1 else [])]
    steps = 4 + 1 + (m > 1)
    assert {int(number) for number in re.findall(r'id="step-(\d+)-', shown_figure.svg)} == set(range(1, steps + 1))
    told = shown_figure.title.split("; ")[1:]
    assert len(told) == steps
    numbers = [[float(number) for number in re.findall(r"-?\d+", line.partition(":")[2])] for line in told]
    assert numbers == drawn_lines(shown_figure.svg)


@pytest.mark.parametrize("formulas", [1, 2, 11])
def test_each_verdict_stands_with_its_colour_in_the_line_of_its_formula(monkeypatch, formulas):
    caught = np.random.default_rng(formulas).random((formulas, 4)) < 0.5
    names = [f"formula {number}" for number in range(formulas)]
    svg = shown(monkeypatch, figures.verdicts, caught, names, ["one", "two", "three", "four"]).svg
    words, colours = ["one", "two", "three", "four"], [drawing.TILE] * 4
    for name, line in zip(names, caught):
        words += [name] + [(CAUGHT if verdict else PASSES)[1] for verdict in line]
        colours += [drawing.TILE] + [(CAUGHT if verdict else PASSES)[0] for verdict in line]
    assert re.findall(r"<!-- (.+) -->", svg) == words
    assert re.findall(r"fill: (#[0-9a-f]{6}); stroke", svg) == [colour.lower() for colour in colours]


def test_zero_has_no_sign():
    assert drawing._number(-1.0 * 0.0) == "0"


# ---------------------------------------------------------------- the bytes


@cache
def drawn(draw):
    with pytest.MonkeyPatch.context() as patch:
        return shown(patch, draw, *PICTURES[draw])


@every_picture
def test_the_same_call_gives_the_same_bytes(monkeypatch, draw):
    assert shown(monkeypatch, draw, *PICTURES[draw]).svg == drawn(draw).svg


def test_the_readers_own_settings_change_nothing(monkeypatch):
    import matplotlib

    before = drawn(figures.outer_products).svg
    with matplotlib.rc_context({"font.family": "serif", "svg.hashsalt": "mine", "axes.facecolor": "yellow", "svg.fonttype": "none"}):
        assert shown(monkeypatch, figures.outer_products, GRAD_Y, X).svg == before
        assert matplotlib.rcParams["svg.hashsalt"] == "mine"


@every_picture
def test_it_is_a_drawing_without_date_bitmap_or_background(draw):
    drawing = drawn(draw)
    svg = drawing.svg
    assert f"<title>{drawing.title}" in svg
    for unwanted in ("dc:date", "<image", "base64", "Matplotlib v", "fill: #ffffff"):
        assert unwanted not in svg


def test_a_notebook_gets_the_svg_and_one_line_of_text():
    data, metadata = DisplayFormatter().format(drawn(figures.outer_products))
    assert data.keys() == {"text/plain", "image/svg+xml"}
    assert data["text/plain"] == "Outer products of 2 batch rows, each 5 by 3, and their sum, the gradient of A"
    assert not metadata


def test_nothing_heavy_is_imported_before_the_first_picture():
    code = "import sys, linalg_grads.figures; print(*{'matplotlib', 'numpy', 'IPython'} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


# ---------------------------------------------------------------- the colours


def light(colour):
    """Red, green and blue of #RRGGBB, as amounts of light."""
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """The contrast ratio of the Web Content Accessibility Guidelines (WCAG 2.2)."""
    dark, bright = sorted(light(colour) @ [0.2126, 0.7152, 0.0722] for colour in (one, other))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", [*drawing.COLOURS.values(), drawing.TILE, CAUGHT[0], PASSES[0]])
def test_letters_and_numbers_stand_out(ground):
    assert contrast(drawing.INK, ground) > 4.4


@pytest.mark.parametrize("page", ["#FFFFFF", "#121212"], ids=["light", "dark"])
def test_large_signs_stand_out_on_the_page(page):
    assert contrast(drawing.GREY, page) > 3


# What protanopes and deuteranopes see of an amount of light: Machado, Oliveira and Fernandes (2009), severity 1.
SEEN = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


@pytest.mark.parametrize("seen", list(SEEN.values()), ids=list(SEEN))
@pytest.mark.parametrize("pair", list(combinations(drawing.COLOURS, 2)), ids="-".join)
def test_colours_stay_apart_for_colour_blind_readers(seen, pair):
    one, other = (np.clip(seen @ light(drawing.COLOURS[kind]), 0, 1) ** (1 / 3) for kind in pair)
    assert np.abs(one - other).max() > 0.15


@pytest.mark.parametrize("seen", list(SEEN.values()), ids=list(SEEN))
def test_verdicts_stay_apart_for_colour_blind_readers(seen):
    one, other = (np.clip(seen @ light(verdict[0]), 0, 1) ** (1 / 3) for verdict in (CAUGHT, PASSES))
    assert np.abs(one - other).max() > 0.15


def test_red_and_green_would_not():
    one, other = (np.clip(SEEN["deuteranopia"] @ light(colour), 0, 1) ** (1 / 3) for colour in ("#CC2233", "#448822"))
    assert np.abs(one - other).max() < 0.15
