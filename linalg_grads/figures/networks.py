"""Gradients as tensor networks: a node for each tensor, an edge for each index, and the gradient where a node is deleted."""

from .drawing import COLOURS, EDGE, GREY, INK, STRIP, TILE, canvas, picture, strip, text

KINDS = {"i": "batch", "j": "out", "k": "in"}
G = r"\partial l/\partial Y"
TERMS = {  # the loss as a sum of two networks: the indices of each node, in the order of its axes
    "product": {G: "ij", "X": "ik", "A": "jk"},
    "bias": {G: "ij", r"\mathbf{1}": "i", "b": "j"},
}
PLACES = {G: (3.4, 0.9), "X": (0.9, 4.6), r"\mathbf{1}": (0.9, 4.6), "A": (5.9, 4.6), "b": (5.9, 4.6)}
LETTERS = {G: r"\frac{\partial l}{\partial y_{%s}}", "X": "x_{%s}", "A": "a_{%s}", "b": "b_{%s}", r"\mathbf{1}": r"\mathbf{1}_{%s}"}
RADIUS = 0.85


@picture
def delete_node(name):
    r"""A term of the loss as a closed network, and its gradient: the network with one node deleted.

    \frac{\partial l}{\partial x_{pq}} = \frac{\partial l}{\partial y_{pj}} a_{jq}

    name    X, A or b: the node to delete
    shows   on the left the term, every edge between two nodes; on the right what is left, with p and q at the loose ends

    >>> delete_node("X")
    A network of three nodes, and without the node X: an open edge p (batch) and an open edge q (in)
    """
    nodes, fresh = network_of(name)
    middle, right = PLACES[G][0], 8.0
    axes = canvas(right + 2 * middle, 7.2)
    _draw(axes, 0, nodes, {}, "")
    text(axes, right - 0.6, 2.7, "\N{RIGHTWARDS ARROW}")
    _draw(axes, right, nodes, fresh, name)
    text(axes, middle, 6.5, "$" + r"\ ".join(LETTERS[node] % own for node, own in nodes.items()) + "$")
    left = {node: renamed(own, fresh) for node, own in nodes.items() if node != name}
    gradient = rf"\frac{{\partial l}}{{\partial {LETTERS[name] % ''.join(fresh.values())}}}"
    text(axes, right + middle, 6.5, f"${gradient} = " + r"\ ".join(LETTERS[node] % own for node, own in left.items()) + "$")
    ends = " and ".join(f"an open edge {letter} ({KINDS[index]})" for index, letter in fresh.items())
    return axes.figure, f"A network of three nodes, and without the node {name}: {ends}"


def network_of(name):
    """The nodes of the term that a tensor stands in, each with its indices, and the fresh letters of the tensor's own indices.

    >>> network_of("b")[1]
    {'j': 'p'}
    """
    nodes = next(nodes for nodes in TERMS.values() if name in nodes)
    return nodes, dict(zip(nodes[name], "pq"))


def renamed(indices, fresh):
    return "".join(fresh.get(index, index) for index in indices)


def _draw(axes, left, nodes, fresh, deleted):
    """The network, with the deleted node as an empty ring: its edges stop there and carry fresh letters."""
    from matplotlib.patches import Circle

    for index in KINDS:
        ends = [node for node, own in nodes.items() if index in own]
        if ends:
            _edge(axes, left, ends, index, fresh[index] if deleted in ends else index)
    for node in nodes:
        x, y = PLACES[node]
        look = {"facecolor": "none", "edgecolor": GREY, "linestyle": (0, (3, 2))} if node == deleted else {"facecolor": TILE, "edgecolor": EDGE}
        axes.add_patch(Circle((left + x, y), RADIUS, linewidth=1.5, zorder=2, **look))
        if node != deleted:
            letter = r"$\frac{\partial l}{\partial Y}$" if node == G else f"${node}$"
            axes.text(left + x, y, letter, color=INK, fontsize=21 if node == G else 18, ha="center", va="center", math_fontfamily="cm")


def _edge(axes, left, ends, index, letter):
    """A line from ring to ring, and on its middle the strip with the index."""
    (x1, y1), (x2, y2) = (PLACES[node] for node in ends)
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    dx, dy = RADIUS * (x2 - x1) / length, RADIUS * (y2 - y1) / length
    colour = COLOURS[KINDS[index]]
    axes.plot((left + x1 + dx, left + x2 - dx), (y1 + dy, y2 - dy), color=colour, linewidth=5, solid_capstyle="butt", zorder=0)
    width = {"batch": 2.0, "in": 1.3, "out": 1.5}[KINDS[index]]
    strip(axes, left + (x1 + x2 - width) / 2, (y1 + y2 - STRIP) / 2, width, STRIP, KINDS[index], f"{KINDS[index]} ${letter}$")
