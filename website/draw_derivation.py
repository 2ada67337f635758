"""The picture in README.md: the engine's derivation of the gradient of A, checked while it is drawn.

    python -m website.draw_derivation        writes website/derivation.svg

The last line is drawn only if the code that the engine writes agrees exactly with PyTorch's automatic differentiation.
"""

import re
from io import StringIO
from pathlib import Path

import torch
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from linalg_grads import backward

PICTURE = Path(__file__).parent / "derivation.svg"
LAYER = r"y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j"
INK, MUTED, GOOD, PAPER, EDGE = "#1a1a1a", "#5c5c5c", "#1a6b3a", "#ffffff", "#d0d0d0"
WIDTH, LINE, MARGIN, EQUALS = 7.2, 0.62, 0.25, 0.9  # inches; EQUALS is where the equals signs stand


def main():
    PICTURE.write_text(drawn(), encoding="utf-8")
    print(f"drawn: {PICTURE}")


def drawn():
    derivation = backward(LAYER, wrt="a")
    lines = [(*LAYER.split(" = "), "given"), *rows(derivation.to_latex())]
    with rc_context({"svg.hashsalt": "linalg_grads", "svg.fonttype": "path", "mathtext.fontset": "cm"}):
        return svg(lines, verdict=checked(derivation))


def rows(latex):
    r"""The left-hand side, the right-hand side and the rule of each line of an aligned derivation.

    >>> rows("\\begin{aligned}\na &= b && \\text{one} \\\\\n &= c && \\text{two}\n\\end{aligned}")
    [('a', 'b', 'one'), ('', 'c', 'two')]
    """
    lines = latex.removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}").split("\\\\\n")
    return [re.fullmatch(r"(.*?)\s*&=\s*(.*?)\s*&&\s*\\text\{(.*)\}\s*", line.strip()).groups() for line in lines]


def checked(derivation):
    """The sentence that names the check, once it holds: small integers in float64, so nothing is rounded."""
    generator = torch.Generator().manual_seed(0)
    x, a, b, grad_y = (torch.randint(-9, 10, shape, generator=generator).double() for shape in [(3, 5), (7, 5), (7,), (3, 7)])
    names = {}
    code = derivation.to_torch()
    exec(code, names)
    a.requires_grad_()
    (x @ a.T + b).backward(grad_y)
    if not torch.equal(names["grad_a"](x, grad_y), a.grad):
        raise AssertionError("the derivation disagrees with PyTorch")
    body = code.rpartition("return ")[2].strip()
    return f"\N{CHECK MARK} and  {body}  agrees exactly with PyTorch's automatic differentiation"


def svg(lines, verdict):
    """The lines as an SVG that is the same, byte for byte, on every run."""
    height = LINE * (len(lines) + 1) + 2 * MARGIN
    axes = Figure(figsize=(WIDTH, height)).add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.axis("off")
    card = FancyBboxPatch((0.05, 0.05), WIDTH - 0.1, height - 0.1, "round,pad=0,rounding_size=0.15", facecolor=PAPER, edgecolor=EDGE)
    axes.add_patch(card)
    for number, (left, right, rule) in enumerate(lines):
        y = MARGIN + (number + 0.5) * LINE
        axes.text(EQUALS, y, formula(left), color=INK, fontsize=15, va="center", ha="right")
        axes.text(EQUALS, y, formula(rf"\;=\;{right}"), color=INK, fontsize=15, va="center")
        axes.text(WIDTH - MARGIN, y, rule, color=MUTED, fontsize=10, va="center", ha="right")
    axes.text(MARGIN, height - MARGIN - LINE / 2, verdict, color=GOOD, fontsize=12, va="center")
    text = StringIO()
    axes.figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return text.getvalue()


def formula(latex):
    """LaTeX as Matplotlib shows it best: fractions in full size, and brackets that stretch only around them."""
    if r"\left(\frac" not in latex:
        latex = latex.replace(r"\left(", "(").replace(r"\right)", ")")
    latex = latex.replace(r"\frac", r"\dfrac")
    return f"${latex}$" if latex else ""


if __name__ == "__main__":
    main()
