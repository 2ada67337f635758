r"""Array programs -> matrix notation: \left(\frac{\partial l}{\partial Y}\right)^\top X. A vector is a column.

Where matrix notation has no word for an operation (an array of order 3, an einsum), there is no matrix form.
"""

from fractions import Fraction

from linalg_grads.arrays import (
    Array,
    Constant,
    Eye,
    Filled,
    Function,
    MatMul,
    MatrixDeterminant,
    MatrixInverse,
    Permute,
    Plus,
    Raise,
    Softmax,
    Stretch,
    Times,
    Total,
    plan,
)
from linalg_grads.functions import FUNCTIONS
from linalg_grads.to_latex import to_latex

SUM, PRODUCT, ATOM = range(3)
ALSO_OF_MATRICES = {"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "arctan"}  # \exp(X) is no elementwise function


class NoMatrixForm(Exception):
    """Matrix notation has no word for this; caught in this module."""


def to_matrix(derivation):
    """The equation dl/dA = ... in matrix notation, or None."""
    equation, layer = derivation.gradient, derivation.layer
    orders = {e.left.name: len(e.left.indices) for e in layer.equations} | layer.inputs
    try:
        writer = Writer(orders, to_latex(derivation.loss))
        left = writer.derivative(derivation.variable.name)
        return f"{left} = {writer.write(plan(equation.right, equation.left.wrt.indices))}"
    except NoMatrixForm:
        return None


class Writer:
    def __init__(self, orders, loss):
        self.orders, self.loss = orders, loss

    def name(self, name):
        """A matrix is a capital letter, as far as that is free."""
        order = self.orders.get(name, 0)
        if order > 2:
            raise NoMatrixForm
        capital = name.upper()
        return capital if order == 2 and len(name) == 1 and capital not in self.orders else name

    def derivative(self, name):
        return rf"\frac{{\partial {self.loss}}}{{\partial {self.name(name)}}}"

    def write(self, node, tight=SUM):
        text, binds = self.text(node)
        return text if binds >= tight else rf"\left({text}\right)"

    def transposed(self, node):
        """The transpose of a matrix, or the row of a column."""
        if isinstance(node, Permute):
            return self.write(node.inside, PRODUCT), PRODUCT
        if isinstance(node, MatMul) and len(node.axes) == 2:
            right, left = self.transposed(node.right), self.transposed(node.left)
            return f"{_tight(right)} {_tight(left)}", PRODUCT
        if isinstance(node, MatrixInverse):
            return rf"{self.name(node.name)}^{{-\top}}", ATOM
        text = self.write(node, ATOM)
        return (rf"\left({text}\right)^\top" if text.startswith(r"\frac") else rf"{text}^\top"), ATOM

    def text(self, node):
        if len(node.axes) > 2 or any(index.is_ellipsis for index in node.axes):
            raise NoMatrixForm
        match node:
            case Array(name, _, of):
                return (self.derivative(name) if of else self.name(name)), ATOM
            case Constant(value):
                return _number(value), ATOM if value >= 0 else PRODUCT
            case Eye():
                return "I", ATOM
            case Filled(axes):
                return (r"\mathbf{1}", ATOM) if len(axes) == 1 else (r"\mathbf{1} \mathbf{1}^\top", PRODUCT)
            case MatrixInverse(name):
                return rf"{self.name(name)}^{{-1}}", ATOM
            case MatrixDeterminant(name):
                return rf"\det({self.name(name)})", ATOM
            case Permute(inside):
                return self.transposed(inside)
            case MatMul(left, right):
                return self.product(left, right), PRODUCT
            case Plus(parts):
                return self.plus(node, parts), SUM
            case Times(parts):
                several = sum(1 for part in parts if part.axes == node.axes) > 1
                return self.times(node, parts), SUM if several else PRODUCT
            case Total(inside, over, _, keep) if not keep:
                return self.total(inside, over), PRODUCT
            case Function(name, inside):
                return self.function(name, inside), ATOM
            case Raise(base, Constant(value)) if not base.axes:
                return self.power(base, Fraction(value))
            case Softmax(inside) if len(inside.axes) == 1:
                return rf"\operatorname{{softmax}}\left({self.write(inside)}\right)", ATOM
        raise NoMatrixForm

    def product(self, left, right):
        if len(left.axes) == 2:
            return f"{self.write(left, PRODUCT)} {self.write(right, PRODUCT)}"
        if len(right.axes) == 2:  # a row times a matrix, as a column
            return f"{_tight(self.transposed(right))} {self.write(left, PRODUCT)}"
        return f"{_tight(self.transposed(left))} {self.write(right, PRODUCT)}"

    def plus(self, node, parts):
        text = ""
        for part in parts:
            written = self.text(self.spread(part, node.axes))[0]
            text += f" - {written[1:]}" if text and written.startswith("-") else f" + {written}" if text else written
        return text

    def spread(self, part, axes):
        """A term that broadcasting repeats: a number along a vector is a multiple of ones."""
        if part.axes == axes:
            return part
        if not part.axes and len(axes) == 1:
            return Times((part, Filled(axes)), axes)
        raise NoMatrixForm

    def times(self, node, parts):
        scalars = [part for part in parts if not part.axes]
        arrays = [part for part in parts if part.axes]
        number, above, below = _scalar_parts(scalars)
        front = " ".join(self.write(part, ATOM) for part in above)
        front = _coefficient(number, front, " ".join(self.write(part, PRODUCT) for part in below))
        if not arrays:
            return front or "1"
        body = self.pointwise(node.axes, arrays)
        return f"{front}{'' if front in ('', '-') else ' '}{body}"

    def pointwise(self, axes, arrays):
        """Equal axes: the elementwise product; a vector along one axis of a matrix: a diagonal matrix."""
        if len(axes) == 1:
            return self.hadamard(arrays)
        full = [a for a in arrays if a.axes == axes and not isinstance(a, Stretch)]
        rows = [a.inside for a in arrays if isinstance(a, Stretch) and a.inside.axes == axes[:1]]
        columns = [a for a in arrays if not isinstance(a, Stretch) and a.axes == axes[1:]]
        if not full and not (rows and columns):
            raise NoMatrixForm
        if len(full) + len(rows) + len(columns) < len(arrays) or any(isinstance(a, Total) and a.keep for a in arrays):
            raise NoMatrixForm
        if not full:  # an outer product
            right = self.hadamard(columns)
            right = rf"{right}^\top" if len(columns) == 1 and not right.startswith(r"\frac") else rf"\left({right}\right)^\top"
            return f"{self.hadamard(rows, PRODUCT if len(rows) > 1 else SUM)} {right}"
        text = self.hadamard(full)
        if (rows or columns) and len(full) > 1:
            text = rf"\left({text}\right)"
        if rows:
            text = rf"\operatorname{{diag}}\left({self.hadamard(rows)}\right) {text}"
        return rf"{text} \operatorname{{diag}}\left({self.hadamard(columns)}\right)" if columns else text

    def hadamard(self, arrays, tight=SUM):
        written = [self.write(a, ATOM if len(arrays) > 1 else PRODUCT) for a in arrays]
        text = r" \odot ".join(written)
        return rf"\left({text}\right)" if tight > SUM and len(arrays) > 1 else text

    def total(self, inside, over):
        if len(inside.axes) == 1:
            return self.dot(inside)
        if len(over) == 2:
            return self.frobenius(inside)
        if over[0] == inside.axes[1]:
            return rf"{self.write(inside, ATOM)} \mathbf{{1}}"
        return rf"{_tight(self.transposed(inside))} \mathbf{{1}}"

    def dot(self, inside):
        if isinstance(inside, Times) and len(inside.parts) == 2 and all(part.axes for part in inside.parts):
            return f"{_tight(self.transposed(inside.parts[0]))} {self.write(inside.parts[1], PRODUCT)}"
        return rf"\mathbf{{1}}^\top {self.write(inside, ATOM)}"

    def frobenius(self, inside):
        if isinstance(inside, Times) and len(inside.parts) == 2 and all(p.axes == inside.axes for p in inside.parts):
            left, right = inside.parts
            return rf"\operatorname{{tr}}\left({_tight(self.transposed(left))} {self.write(right, PRODUCT)}\right)"
        return rf"\mathbf{{1}}^\top {self.write(inside, ATOM)} \mathbf{{1}}"

    def function(self, name, inside):
        if len(inside.axes) == 2 and name in ALSO_OF_MATRICES:
            raise NoMatrixForm
        return FUNCTIONS[name].latex.format(self.write(inside))

    def power(self, base, exponent):
        if exponent < 0:
            below = self.power(base, -exponent)[0] if exponent != -1 else self.write(base)
            return rf"\frac{{1}}{{{below}}}", ATOM
        if exponent == Fraction(1, 2):
            return rf"\sqrt{{{self.write(base)}}}", ATOM
        return f"{self.write(base, ATOM)}^{{{exponent}}}", ATOM


def _tight(written):
    text, binds = written
    return text if binds >= PRODUCT else rf"\left({text}\right)"


def _scalar_parts(scalars):
    number, above, below = Fraction(1), [], []
    for part in scalars:
        if isinstance(part, Constant):
            number *= Fraction(part.value)
        elif isinstance(part, Raise) and isinstance(part.exponent, Constant) and part.exponent.value < 0:
            exponent = -part.exponent.value
            below.append(part.base if exponent == 1 else Raise(part.base, Constant(exponent), ()))
        else:
            above.append(part)
    return number, above, below


def _coefficient(number, above, below):
    sign, number = "-" if number < 0 else "", abs(number)
    if below or number.denominator != 1:
        bottom = " ".join(filter(None, [str(number.denominator) if number.denominator != 1 else "", below]))
        return rf"{sign}\frac{{{number.numerator}}}{{{bottom}}}{' ' + above if above else ''}"
    return sign + " ".join(filter(None, [str(number.numerator) if number.numerator != 1 else "", above]))


def _number(value):
    value = Fraction(value)
    if value.denominator == 1:
        return str(value)
    return rf"{'-' if value < 0 else ''}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
