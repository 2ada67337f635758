"""Array programs -> Python source that a person would have written, for NumPy and for PyTorch."""

import keyword
import re
from dataclasses import dataclass
from fractions import Fraction

from linalg_grads.arrays import (
    Array,
    Constant,
    Einsum,
    Eye,
    Filled,
    Function,
    Length,
    LogSumExp,
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
)
from linalg_grads.functions import FUNCTIONS, PI

SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly a piece of code binds


@dataclass(frozen=True, slots=True)
class Dialect:
    """What NumPy and PyTorch spell differently."""

    module: str
    imports: str
    keep: str
    permute: str
    function: callable
    softmax: str
    log_sum_exp: str
    inverse: str
    determinant: str
    eye: str
    ones: str


NUMPY = Dialect(
    "np", "import numpy as np", "keepdims=True", "transpose", lambda function: function.numpy,
    "np.exp({u} - np.logaddexp.reduce({u}, {over}, keepdims=True))", "np.logaddexp.reduce({u}, {over})",
    "np.linalg.inv({})", "np.linalg.det({})", "np.eye({n})", "np.ones({shape})",
)  # fmt: skip
TORCH = Dialect(
    "torch", "import torch", "keepdim=True", "permute", lambda function: function.torch,
    "torch.softmax({u}, {over})", "torch.logsumexp({u}, {over})",
    "torch.linalg.inv({})", "torch.linalg.det({})", "torch.eye({n}, dtype={x}.dtype, device={x}.device)", "{x}.new_ones({shape})",
)  # fmt: skip


def python_name(latex):
    r"""\theta -> theta, x_{\text{in}} -> x_in, W^{(1)} -> W1, \hat{x} -> x_hat, x' -> x_prime"""
    name = re.sub(r"\\(hat|tilde|bar|dot|widehat|widetilde|overline|vec)\{([^}]*)\}", r"\2_\1", latex)
    name = re.sub(r"\\(text|mathrm|mathbf|boldsymbol|mathcal|mathbb|mathsf|bm|mathit|textrm|rm)(?=\{)", "", name)
    name = re.sub(r"\^\{\((\w+)\)\}", r"\1", name).replace("'", "_prime").replace("\\", "")
    name = re.sub(r"\W", "", name)
    return name + "_" if keyword.iskeyword(name) or name in ("np", "torch", "math") else name


@dataclass(frozen=True, slots=True)
class Shapes:
    """What the writer knows of the layer: its output, each tensor's number of axes, and whether leading axes are flattened."""

    output: str
    orders: dict
    flat: bool = False

    def order(self, name):
        return self.orders[name]


class Writer:
    """Writes one program; `uses` collects the tensors whose arrays or shapes it reads."""

    def __init__(self, dialect, shapes):
        self.dialect, self.shapes = dialect, shapes
        self.uses = {}

    def write(self, node, tight=SUM):
        """The code of `node`, in parentheses if it binds less than `tight`."""
        text, binds = self.code(node)
        return f"({text})" if binds < tight else text

    def code(self, node):
        match node:
            case Array(name, _, of):
                return self.array(name, of), ATOM
            case Constant(value):
                return constant(value)
            case Length(dim):
                return self.length(dim), ATOM
            case Filled(axes):
                return self.filled(axes), ATOM
            case Eye(axes):
                return self.eye(axes), ATOM
            case Function(name, inside, axes):
                return self.function(name, inside, axes)
            case Raise(base, exponent):
                return self.power(base, exponent)
            case Plus(parts):
                return self.plus(parts), SUM
            case Times(parts):
                return self.times(node, parts), PRODUCT
            case MatMul(left, right):
                return self.matmul(left, right), PRODUCT
            case Permute(inside, axes):
                return self.permute(inside, axes), ATOM
            case Stretch(inside, axes):
                return self.stretch(inside, axes), ATOM
            case Total(inside, over, _, keep):
                return self.total(inside, over, keep), ATOM
            case Einsum(parts, axes):
                return self.einsum(parts, axes), ATOM
            case Softmax(inside, over):
                return self.normalised(self.dialect.softmax, inside, over), ATOM
            case LogSumExp(inside, over):
                return self.normalised(self.dialect.log_sum_exp, inside, over), ATOM
            case MatrixInverse(name):
                return self.dialect.inverse.format(self.array(name, None)), ATOM
            case MatrixDeterminant(name):
                return self.dialect.determinant.format(self.array(name, None)), ATOM

    # ------------------------------------------------------------ names and shapes

    def array(self, name, of):
        if name == PI.name and not self.shapes.orders.get(name):
            return f"{self.dialect.module}.pi"
        self.uses["grad " + name if of else name] = True
        return f"grad_{python_name(name)}" if of else python_name(name)

    def shape_owner(self, name):
        """The code of an array that has the shape of tensor `name`: for the output, its upstream gradient."""
        return self.array(name, name if name == self.shapes.output else None)

    def length(self, dim):
        name, position = dim
        return f"{self.shape_owner(name)}.shape[{position}]"

    def filled(self, axes):
        dims = tuple(index.dim for index in axes)
        owner = dims[0][0]
        if dims == tuple((owner, position) for position in range(self.shapes.order(owner))):
            return f"{self.dialect.module}.ones_like({self.shape_owner(owner)})"
        lengths = ", ".join(self.length(dim) for dim in dims)
        return self.dialect.ones.format(x=self.shape_owner(owner), shape=lengths if len(dims) == 1 else f"({lengths})")

    def eye(self, axes):
        dim = axes[0].dim
        return self.dialect.eye.format(n=self.length(dim), x=self.shape_owner(dim[0]))

    # ------------------------------------------------------------ arithmetic

    def function(self, name, inside, axes):
        if name == "step":
            return f"({self.write(inside, PRODUCT)} > 0)", ATOM
        template = self.dialect.function(FUNCTIONS[name])
        text = self.write(inside, PRODUCT if "* {}" in template else SUM)
        if self.dialect is TORCH and not axes:
            text = f"torch.as_tensor({text})"
        return template.format(text), PRODUCT if "* " in template and not template.startswith("np") else ATOM

    def power(self, base, exponent):
        if isinstance(exponent, Constant):
            value = Fraction(exponent.value)
            if value < 0:
                return f"1 / {self.write(Raise(base, Constant(-value), base.axes) if value != -1 else base, POWER)}", PRODUCT
            if value == Fraction(1, 2) and base.axes:
                return f"{self.dialect.module}.sqrt({self.write(base)})", ATOM
            written = str(value) if value.denominator == 1 else f"{float(value)!r}" if value.denominator in (2, 4, 5, 8, 10) else f"({value})"
            return f"{self.write(base, ATOM)} ** {written}", POWER
        return f"{self.write(base, ATOM)} ** {self.write(exponent, ATOM)}", POWER

    def plus(self, parts):
        text = ""
        for part in sorted(parts, key=self.is_negative):
            written = self.write(part, PRODUCT if text else SUM)
            if is_condition(part):
                written = f"1.0 * {written}"
            if not text:
                text = written
            elif written.startswith("-"):
                text += f" - {written[1:]}"
            else:
                text += f" + {written}"
        return text

    def is_negative(self, part):
        parts = part.parts if isinstance(part, Times) else (part,)
        return any(isinstance(p, Constant) and p.value < 0 for p in parts)

    def times(self, node, parts):
        outer = self.outer(node, parts)
        if outer:
            return outer
        number, above, below = Fraction(1), [], []
        for part in sorted(parts, key=is_condition):  # minus a condition is no number
            if isinstance(part, Constant):
                number *= Fraction(part.value)
            elif isinstance(_bare_power(part), Raise) and Fraction(_bare_power(part).exponent.value) < 0:
                below.append(_inverted(part))
            else:
                above.append(part)
        return self.quotient(number, above, below)

    def quotient(self, number, above, below):
        sign = "-" if number < 0 else ""
        number = abs(number)
        written = [self.write(part, POWER if n else PRODUCT) for n, part in enumerate(above)]
        written = [f"({text})" if " @ " in text and n == 0 and len(above) > 1 and not _closed(text) else text for n, text in enumerate(written)]
        if number.numerator != 1 or not written or sign and is_condition(above[0]):
            written.insert(0, str(number.numerator))
        text = sign + " * ".join(written)
        for part in below:
            text += f" / {self.write(part, POWER)}"
        return text + (f" / {number.denominator}" if number.denominator != 1 else "")

    def matmul(self, left, right):
        """A chain reads from the left; an elementwise product in it stands in parentheses."""
        first = self.write(left, PRODUCT if isinstance(left, MatMul) else POWER)
        return f"{first} @ {self.write(right, POWER)}"

    def outer(self, node, parts):
        """x[:, None] * y is np.outer(x, y)."""
        if len(parts) == 2 and len(node.axes) == 2 and isinstance(parts[0], Stretch):
            x, y = parts[0].inside, parts[1]
            if x.axes == node.axes[:1] and y.axes == node.axes[1:] and not any(index.is_ellipsis for index in node.axes):
                return f"{self.dialect.module}.outer({self.write(x)}, {self.write(y)})"
        return None

    # ------------------------------------------------------------ axes

    def permute(self, inside, axes):
        text = self.write(inside, ATOM)
        if len(axes) == 2:
            return f"{text}.T"
        if axes[:-2] == inside.axes[:-2]:
            return f"{text}.swapaxes(-1, -2)"
        return f"{text}.{self.dialect.permute}({', '.join(str(inside.axes.index(index)) for index in axes)})"

    def stretch(self, inside, axes):
        first = next(n for n, index in enumerate(axes) if index in inside.axes)
        marks = [("..." if index.is_ellipsis and not self.shapes.flat else ":") if index in inside.axes else "None" for index in axes[first:]]
        return f"{self.write(inside, ATOM)}[{', '.join(marks)}]"

    def positions(self, inside, over):
        """Axis numbers; from the end where leading axes are of unknown number."""
        shift = len(inside.axes) if inside.axes[0].is_ellipsis and not self.shapes.flat else 0
        numbers = [str(inside.axes.index(index) - shift) for index in over]
        return numbers[0] if len(numbers) == 1 else f"({', '.join(numbers)})"

    def total(self, inside, over, keep):
        text = self.write(inside, ATOM)
        if set(over) == set(inside.axes) and not keep:
            return f"{text}.sum()"
        return f"{text}.sum({self.positions(inside, over)}{', ' + self.dialect.keep if keep else ''})"

    def einsum(self, parts, axes):
        letters = einsum_letters([part.axes for part in parts])
        spec = ",".join("".join(letters[index] for index in part.axes) for part in parts)
        operands = ", ".join(self.write(part) for part in parts)
        return f'{self.dialect.module}.einsum("{spec}->{"".join(letters[index] for index in axes)}", {operands})'

    def normalised(self, template, inside, over):
        if inside.axes == tuple(over) or len(inside.axes) > 0:
            return template.format(u=self.write(inside, ATOM), over=self.positions(inside, over))


def _closed(text):
    return text.startswith("(") and text.endswith(")")


def _bare_power(part):
    """The power inside what only lines it up, where its exponent is a number."""
    inside = part.inside if isinstance(part, (Stretch, Permute)) else part
    return inside if isinstance(inside, Raise) and isinstance(inside.exponent, Constant) else None


def _inverted(part):
    """1 over `part`, which is a negative power."""
    if isinstance(part, (Stretch, Permute)):
        return type(part)(_inverted(part.inside), part.axes)
    exponent = -Fraction(part.exponent.value)
    return part.base if exponent == 1 else Raise(part.base, Constant(exponent), part.axes)


def is_condition(part):
    """Is this an array of true and false, for which - is not defined?"""
    while isinstance(part, (Stretch, Permute)):
        part = part.inside
    if isinstance(part, Times):
        return all(is_condition(p) for p in part.parts)
    return isinstance(part, Function) and part.name == "step"


def constant(value):
    value = Fraction(value)
    if value.denominator == 1:
        return str(value), ATOM if value >= 0 else PRODUCT
    return f"{value.numerator} / {value.denominator}", PRODUCT


def einsum_letters(groups):
    """Index -> letter: its own where it is a free lower-case letter."""
    letters = {}
    for index in dict.fromkeys(index for axes in groups for index in axes):
        own = index.partition("#")[0]
        if own.startswith(r"\ldots"):
            letters[index] = "..."
            continue
        candidates = [own, *"ijkmnpqrstuvwabcdefghlxyz"]
        letters[index] = next(c for c in candidates if len(c) == 1 and c.isascii() and c.isalpha() and c not in letters.values())
    return letters
