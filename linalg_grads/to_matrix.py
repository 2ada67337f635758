r"""Array programs -> matrix notation: \left(\frac{\partial l}{\partial Y}\right)^\top X. A vector is a column.

Where matrix notation has no word for an operation (an array of order 3, an einsum), there is no matrix form.
"""

import re
from fractions import Fraction

from linalg_grads.arrays import (
    Array,
    Constant,
    Einsum,
    Eye,
    Filled,
    Function,
    MatMul,
    MatrixDeterminant,
    MatrixInverse,
    Plus,
    Raise,
    Reduce,
    Softmax,
    Times,
    is_reciprocal,
    plan,
    times,
)
from linalg_grads.functions import FUNCTIONS
from linalg_grads.to_code import decimal, is_negative
from linalg_grads.to_latex import superscripted, to_latex

SUM, POINTWISE, PRODUCT, ATOM = range(4)  # how tightly a piece of text binds
ALSO_OF_MATRICES = {"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "arctan"}  # \exp(X) is no elementwise function


class NoMatrixForm(Exception):
    """Matrix notation has no word for this; caught in this module."""


def to_matrix(derivation):
    """The equation dl/dA = ... in matrix notation, or None."""
    equation, layer = derivation.gradient, derivation.layer
    orders = {e.left.name: len(e.left.indices) for e in layer.equations} | layer.inputs
    writer, axes = Writer(orders, to_latex(derivation.loss)), equation.left.wrt.indices
    try:
        return f"{writer.derivative(derivation.variable.name)} = {writer.write(plan(equation.right, axes), axes)}"
    except NoMatrixForm:
        return None


ONE_LETTER = re.compile(r"\A((?:\\[a-z]+\{)?)([a-z])(\}?)\Z")  # y, \hat{y}


class Writer:
    def __init__(self, orders, loss):
        self.orders, self.loss = orders, loss
        self.written = {}  # (node, axes) -> its text: each way to turn it is tried once

    def name(self, name):
        r"""A matrix is a capital letter, as far as that is free: Y for y_{ij}, \hat{Y} for \hat{y}_{ij}."""
        order = self.orders.get(name, 0)
        if order > 2:
            raise NoMatrixForm
        capital = ONE_LETTER.sub(lambda found: found[1] + found[2].upper() + found[3], name)
        return capital if order == 2 and capital not in self.orders else name

    def derivative(self, name):
        return rf"\frac{{\partial {self.loss}}}{{\partial {self.name(name)}}}"

    def write(self, node, axes, tight=SUM):
        r"""`node` with rows and columns along `axes`; one axis is a column, none a number. (G \odot Y)^\top, not G^\top \odot Y^\top."""
        text, binds = self.text(node, axes)
        pointwise = isinstance(node, (Plus, Times)) and (r"\odot" in text or r"diag" in text) and not text.startswith("-")
        if pointwise and len(axes) == 2 and text.count(r"\top") > 1:
            turned = rf"\left({self.text(node, axes[::-1])[0]}\right)^\top"
            if turned.count(r"\top") < text.count(r"\top"):
                return turned
        return text if binds >= tight else rf"\left({text}\right)"

    def text(self, node, axes):
        """(the LaTeX of `node`, how tightly it binds)"""
        key = id(node), axes
        if key not in self.written:
            self.written[key] = self.written_as(node, axes), node  # a node that is kept keeps its id
        return self.written[key][0]

    def written_as(self, node, axes):
        if len(axes) > 2 or any(index.is_ellipsis for index in axes) or not set(node.axes) <= set(axes) or len(node.axes) > 2:
            raise NoMatrixForm
        match node:
            case Array(name, _, of):
                written = self.derivative(name) if of else self.name(name)
                return written if node.axes == axes else transposed(written), ATOM
            case MatrixInverse(name):
                return superscripted(self.name(name), "{-1}" if node.axes == axes else r"{-\top}"), ATOM
            case MatrixDeterminant(name):
                return rf"\det({self.name(name)})", ATOM
            case Constant(value):
                text = _coefficient(Fraction(value), [], [])
                return f"{text}1" if text in ("", "-") else text, ATOM if value >= 0 else PRODUCT
            case Eye():
                return "I", ATOM
            case Filled(_, 0):
                return "0", ATOM
            case Filled():
                return (r"\mathbf{1}", ATOM) if len(axes) == 1 else (r"\mathbf{1} \mathbf{1}^\top", PRODUCT)
            case MatMul(left, right, over):
                return self.product(left, right, over, axes), PRODUCT
            case Plus(parts):
                return self.plus(parts, axes), SUM
            case Times(parts):
                return self.times(parts, axes)
            case Reduce(inside, over, _, "sum"):
                return self.total(inside, over, axes)
            case Function(name, inside) if len(axes) < 2 or name not in ALSO_OF_MATRICES:
                return FUNCTIONS[name].latex.format(self.write(inside, axes)), ATOM
            case Raise(base, Constant(value)):
                return self.power(base, Fraction(value), axes)
            case Softmax(inside, _, _, False) if len(axes) == 1:
                return rf"\operatorname{{softmax}}\left({self.write(inside, axes)}\right)", ATOM
        raise NoMatrixForm

    # ------------------------------------------------------------ products

    def product(self, left, right, over, axes):
        """A chain in which each summed index stands last in one factor and first in the next."""
        if not axes:
            return min(self.inner(left, right, over), self.inner(right, left, over), key=lambda text: text.count(r"\top"))
        if axes[0] not in left.axes:
            left, right = right, left
        if len(left.axes) < 2:
            raise NoMatrixForm
        return f"{self.write(left, (axes[0], over), PRODUCT)} {self.write(right, (over, *axes[1:]), PRODUCT)}"

    def inner(self, left, right, over):
        return f"{self.row(left, over)} {self.write(right, (over,), PRODUCT)}"

    def row(self, node, axis):
        """A column, transposed."""
        if isinstance(node, MatMul):
            matrix, vector = (node.left, node.right) if len(node.left.axes) == 2 else (node.right, node.left)
            return f"{self.row(vector, node.over)} {self.write(matrix, (node.over, axis), PRODUCT)}"
        if isinstance(node, Reduce):
            return rf"\mathbf{{1}}^\top {self.write(node.inside, (*node.over, axis), PRODUCT)}"
        return transposed(self.write(node, (axis,), ATOM))

    def times(self, parts, axes):
        scalars = [part for part in parts if not part.axes]
        arrays = [part for part in parts if part.axes]
        number, above, below = _sorted_scalars(scalars)
        tight = PRODUCT if len(above) + len(arrays) == 1 else ATOM
        front = _coefficient(number, [self.write(part, (), tight) for part in above], [self.write(part, (), PRODUCT if len(below) == 1 else ATOM) for part in below])
        if not arrays:
            return front or "1", PRODUCT
        body, binds = self.pointwise(arrays, axes)
        if binds == SUM:
            body, binds = rf"\left({body}\right)", ATOM
        return f"{front}{'' if front in ('', '-') else ' '}{body}", min(binds, PRODUCT) if front else binds

    def pointwise(self, arrays, axes):
        """Equal axes: the elementwise product; a vector along one axis of a matrix: a diagonal matrix."""
        full = [part for part in arrays if len(part.axes) == len(axes) and not (isinstance(part, Eye) and len(arrays) > 1)]
        if len(full) == len(arrays):
            return self.quotient(full, axes) if len(axes) == 1 else self.hadamard(full, axes)
        sides = [[part for part in arrays if part.axes == (axis,)] for axis in axes]
        if not full and all(sides):  # an outer product
            (rows,), (columns,) = sides
            return f"{self.write(rows, axes[:1], PRODUCT)} {self.row(columns, axes[1])}", PRODUCT
        text = [self.write_hadamard(full, axes)] if full else []
        text = [*[self.diagonal(part) for part in sides[0]], *text, *[self.diagonal(part) for part in sides[1]]]
        return " ".join(text), PRODUCT if len(text) > 1 else ATOM

    def quotient(self, columns, axes):
        r"""Columns that divide others: \operatorname{diag}(r)^{-1} v, as there is no other word for v_i / r_i."""
        below = [part for part in columns if is_reciprocal(part)]
        if not below:
            return self.hadamard(columns, axes)
        above = [part for part in columns if part not in below] or [Filled(axes)]
        return " ".join([*map(self.diagonal, below), self.write_hadamard(above, axes)]), PRODUCT

    def diagonal(self, part):
        if is_reciprocal(part):
            exponent = Fraction(part.exponent.value)
            return rf"\operatorname{{diag}}\left({self.write(part.base, part.axes)}\right)^{{{exponent}}}"
        return rf"\operatorname{{diag}}\left({self.write(part, part.axes)}\right)"

    def hadamard(self, arrays, axes):
        if len(arrays) == 1:
            return self.text(arrays[0], axes)
        return r" \odot ".join(self.write(part, axes, ATOM if isinstance(part, MatMul) else POINTWISE) for part in arrays), POINTWISE

    def write_hadamard(self, arrays, axes):
        text, binds = self.hadamard(arrays, axes)
        return text if binds >= PRODUCT else rf"\left({text}\right)"

    # ------------------------------------------------------------ sums

    def plus(self, parts, axes):
        text = ""
        for part in sorted(parts, key=is_negative):
            written = self.write(self.spread(part, axes), axes, POINTWISE)
            text += f" - {written[1:]}" if text and written.startswith("-") else f" + {written}" if text else written
        return text

    def spread(self, part, axes):
        """A term that is the same along an axis is a multiple of ones."""
        missing = [index for index in axes if index not in part.axes]
        return times([part, *[Filled((index,)) for index in missing]], axes) if missing else part

    def total(self, inside, over, axes):
        if axes:
            return f"{self.write(inside, (axes[0], *over), PRODUCT)} \\mathbf{{1}}", PRODUCT
        if isinstance(inside, Einsum) and len(inside.parts) == 1 and isinstance(inside.parts[0], (Array, MatrixInverse)):
            return rf"\operatorname{{tr}}\left({self.write(inside.parts[0], inside.parts[0].axes)}\right)", ATOM
        if len(over) == 1:
            return self.total_of_column(inside, over)
        return self.frobenius(inside, inside.axes), PRODUCT

    def total_of_column(self, inside, over):
        """The sum of a column's components: an inner product if it is one of two; of what has no matrix form, term by term."""
        if isinstance(inside, Times) and [part.axes for part in inside.parts] == [over, over]:
            return self.inner(*inside.parts, over[0]), PRODUCT
        try:
            return rf"\mathbf{{1}}^\top {self.write(inside, over, PRODUCT)}", PRODUCT
        except NoMatrixForm:
            match inside:
                case Plus(parts):
                    return self.plus([Reduce(part, over, (), "sum", False) for part in parts], ()), SUM
                case Times((Constant() as number, *rest)):
                    return self.text(times([number, Reduce(times(rest, over), over, (), "sum", False)], ()), ())
            raise

    def frobenius(self, inside, axes):
        """The sum of all components: tr(A^T B) where that of A times B is asked for."""
        left, right = inside.parts if isinstance(inside, Times) and len(inside.parts) == 2 else (None, None)
        if isinstance(inside, Raise) and inside.exponent == Constant(2):
            left = right = inside.base
        if left is not None and len(left.axes) == len(right.axes) == 2:
            return rf"\operatorname{{tr}}\left({self.write(left, axes[::-1], PRODUCT)} {self.write(right, axes, PRODUCT)}\right)"
        return rf"\mathbf{{1}}^\top {self.write(inside, axes, PRODUCT)} \mathbf{{1}}"

    def power(self, base, exponent, axes):
        if axes:
            if exponent < 0 and len(axes) == 1:
                return self.quotient([Raise(base, Constant(exponent), axes)], axes)
            if exponent not in (2, 3):
                raise NoMatrixForm
            return r" \odot ".join([self.write(base, axes, PRODUCT)] * int(exponent)), POINTWISE
        if exponent < 0:
            return _coefficient(Fraction(1), [], [self.power(base, -exponent, ())[0]]), ATOM
        if exponent == 1:
            return self.text(base, ())
        if exponent == Fraction(1, 2):
            return rf"\sqrt{{{self.write(base, ())}}}", ATOM
        return superscripted(self.write(base, (), ATOM), exponent if exponent in range(10) else f"{{{exponent}}}"), ATOM


def transposed(text):
    return rf"\left({text}\right)^\top" if text.startswith(r"\frac") else superscripted(text, r"\top")


def _sorted_scalars(scalars):
    """(number, what stands above the fraction bar, what below)"""
    number, above, below = Fraction(1), [], []
    for part in scalars:
        if isinstance(part, Constant):
            number *= Fraction(part.value)
        elif is_reciprocal(part):
            below.append(Raise(part.base, Constant(-Fraction(part.exponent.value)), ()))
        else:
            above.append(part)
    return number, above, below


def _coefficient(number, above, below):
    sign, number = "-" if number < 0 else "", abs(number)
    top, bottom = (decimal(number), "1") if decimal(number) else (str(number.numerator), str(number.denominator))
    below = [*[text for text in [bottom] if text != "1"], *below]
    if below:
        return " ".join([rf"{sign}\frac{{{top}}}{{{' '.join(below)}}}", *above])
    return sign + " ".join([*[text for text in [top] if text != "1"], *above])
