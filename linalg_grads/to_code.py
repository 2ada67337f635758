"""Array programs -> Python source that a person would have written, for NumPy and for PyTorch."""

import keyword
import re
from fractions import Fraction
from functools import cache

from linalg_grads.arrays import (
    Array,
    Constant,
    Einsum,
    Eye,
    Filled,
    Function,
    Length,
    MatMul,
    MatrixDeterminant,
    MatrixInverse,
    Plus,
    Raise,
    Reduce,
    Softmax,
    Times,
    every_part,
    is_condition,
    is_reciprocal,
)
from linalg_grads.errors import IndexRuleError
from linalg_grads.expressions import Node
from linalg_grads.functions import FUNCTIONS, PI
from linalg_grads.layout import Diagonal, Outer, Permute, Stretch, lay_out

CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly a piece of code binds


class Dialect(Node):
    """What NumPy and PyTorch spell differently."""

    module: str
    keep: str
    permute: str
    cast: str
    softmax: str
    log_softmax: str
    log_sum_exp: str
    eye: str
    filled: str


NUMPY = Dialect(
    "np", "keepdims=True", "transpose", "astype", None, None, "np.logaddexp.reduce({u}, {over}{keep})", "np.eye({n}, dtype={x}.dtype)", "np.{kind}({shape}, dtype={x}.dtype)",
)  # fmt: skip
TORCH = Dialect(
    "torch", "keepdim=True", "permute", "to", "torch.softmax({u}, {over})", "torch.log_softmax({u}, {over})",
    "torch.logsumexp({u}, {over}{keep})", "torch.eye({n}, dtype={x}.dtype, device={x}.device)", "{x}.new_{kind}({shape})",
)  # fmt: skip


@cache
def python_name(latex):
    r"""\theta -> theta, x_{\text{in}} -> x_in, W^{(1)} -> W1, \hat{x} -> x_hat, x' -> x_prime"""
    name = re.sub(r"\\(hat|tilde|bar|dot|widehat|widetilde|overline|vec)\{([^}]*)\}", r"\2_\1", latex)
    name = re.sub(r"\\(text|mathrm|mathbf|boldsymbol|mathcal|mathbb|mathsf|bm|mathit|textrm|rm)(?=\{)", "", name)
    name = re.sub(r"\^\{\(([^)]*)\)\}", r"\1", name).replace("'", "_prime").replace("+", "_plus_").replace("-", "_minus_")
    name = re.sub(r"\W", "", name)
    return name + "_" if keyword.iskeyword(name) or name in ("np", "torch", "math") else name


def python_names(names):
    """Name in LaTeX -> name in Python, no two the same."""
    made = {}
    for name in names:
        code = python_name(name)
        while code in made.values():
            code += "_"
        made[name] = code
    return made


class Writer:
    """Writes programs in one dialect.

    output  the name of the layer's output: its upstream gradient has its shape
    orders  tensor -> number of axes, leading axes counted as one
    open_names  the tensors with leading axes of unknown number
    flat    whether these have been made one
    """

    def __init__(self, dialect, output, orders, open_names=(), flat=False):
        self.dialect, self.output, self.orders, self.flat = dialect, output, orders, flat
        self.open = () if flat else open_names
        self.names, self.written = python_names(orders), {}

    def name(self, name):
        return self.names.get(name, name)

    def array(self, node):
        return f"grad_{self.name(node.of)}" if node.of else self.name(node.name)

    def program(self, node, axes):
        """The code of a program, with these axes in this order."""
        return self.write(lay_out(node, tuple(axes)))

    def write(self, node, tight=SUM):
        """The code of a laid out program, in parentheses if it binds less than `tight`."""
        text, binds = self.code(node)
        return f"({text})" if binds < tight else text

    def code(self, node):
        """(code, how tightly it binds), written once for each node."""
        if id(node) not in self.written:
            self.written[id(node)] = node, self.new_code(node)
        return self.written[id(node)][1]

    def new_code(self, node):
        match node:
            case Array(name):
                return f"{self.dialect.module}.pi" if name == PI.name and not self.orders.get(name) else self.array(node), ATOM
            case Constant(value):
                return constant(value)
            case Length(dim):
                return self.length(dim), ATOM
            case Filled(axes, value):
                return self.filled(axes, "ones" if value else "zeros"), ATOM
            case Eye(axes):
                return self.dialect.eye.format(n=self.length(axes[0].dim), x=self.shape_owner(axes[0].dim[0])), ATOM
            case Function(name, inside, axes):
                return self.function(name, inside, axes)
            case Raise(base, exponent):
                return self.power(base, exponent)
            case Plus(parts):
                return self.plus(parts), SUM
            case Times(parts):
                return self.times(parts)
            case Outer(left, right):
                return f"{self.dialect.module}.outer({self.number(left)}, {self.number(right)})", ATOM
            case Diagonal(inside):
                return f"{self.dialect.module}.diag({self.number(inside)})", ATOM
            case MatMul(left, right):
                return self.matmul(left, right), PRODUCT
            case Permute(inside, axes):
                return self.permute(inside, axes), ATOM
            case Stretch(inside, axes):
                return self.stretch(inside, axes), ATOM
            case Reduce():
                return self.reduce(node), ATOM
            case Einsum(parts, axes):
                return self.einsum(parts, axes), ATOM
            case Softmax(inside, over, _, log):
                return self.softmax(inside, over, log), ATOM
            case MatrixInverse(name):
                return f"{self.dialect.module}.linalg.inv({self.name(name)})", ATOM
            case MatrixDeterminant(name):
                return f"{self.dialect.module}.linalg.det({self.name(name)})", ATOM

    # ------------------------------------------------------------ shapes

    def shape_owner(self, name):
        """The code of an array that has the shape of tensor `name`: for the output, its upstream gradient."""
        return self.array(Array(name, (), name if name == self.output else None))

    def length(self, dim):
        name, position = dim
        return f"{self.shape_owner(name)}.shape[{position - self.orders[name] if name in self.open else position}]"

    def filled(self, axes, kind):
        dims = tuple(index.dim for index in axes)
        owner = dims[0][0]
        if dims == tuple((owner, position) for position in range(self.orders[owner])):
            return f"{self.dialect.module}.{kind}_like({self.shape_owner(owner)})"
        lengths = ", ".join(self.length(dim) for dim in dims)
        return self.dialect.filled.format(kind=kind, x=self.shape_owner(owner), shape=lengths if len(dims) == 1 else f"({lengths})")

    # ------------------------------------------------------------ arithmetic

    def function(self, name, inside, axes):
        if name == "step":
            return self.condition(inside), ATOM
        template = getattr(FUNCTIONS[name], self.dialect.module.replace("np", "numpy"))
        factor = "* {}" in template and not (isinstance(inside, Times) and not is_negative(inside))
        text = self.write(inside, POWER if factor else PRODUCT if "* {}" in template else SUM)
        number = not any(part.axes for part in leaves(inside))
        if number and self.dialect is TORCH:
            text = f"torch.as_tensor({text})"  # a number is no tensor
        if number and self.dialect is NUMPY:
            return f"float({template.format(text)})", ATOM  # np.float64 would make arrays of float32 its own kind
        cast = self.cast(inside) if "vectorize" in template else ""
        return template.format(text) + cast, PRODUCT if template[0].isdigit() else ATOM

    def condition(self, inside):
        if isinstance(inside, Times) and inside.parts[0] == Constant(-1):
            return f"({self.write(Times(inside.parts[1:], inside.axes))} < 0)"
        return f"({self.write(inside)} > 0)"

    def number(self, node, tight=SUM):
        """The code of `node`, true and false made 1 and 0."""
        if not is_condition(bare(node)):
            return self.write(node, tight)
        if not any(part.axes for part in leaves(node)):
            if self.dialect is NUMPY:
                return f"float{self.write(node, ATOM)}"
            text = f"1.0 * {self.write(node, POWER)}"
            return f"({text})" if tight > PRODUCT else text
        return self.write(node, ATOM) + self.cast(node)

    def cast(self, node):
        """Code that gives an array the kind of number that stands in the arrays of `node`."""
        owner = next((part for part in leaves(node) if part.axes), None)
        return f".{self.dialect.cast}({self.array(owner)}.dtype)" if owner else ""

    def power(self, base, exponent):
        if not isinstance(exponent, Constant):
            return f"{self.write(base, ATOM)} ** {self.write(exponent, ATOM)}", POWER
        value = Fraction(exponent.value)
        if value < 0:
            return self.quotient(1, (), [base if value == -1 else Raise(base, Constant(-value), base.axes)]), PRODUCT
        if value == Fraction(1, 2) and base.axes:
            return f"{self.dialect.module}.sqrt({self.write(base)})", ATOM
        written = repr(float(value)) if value.denominator in (2, 4, 5, 8) else str(value) if value.denominator == 1 else f"({value})"
        return f"{self.write(base, ATOM)} ** {written}", POWER

    def plus(self, parts):
        text = ""
        for part in sorted(parts, key=is_negative):
            written = self.number(part, PRODUCT if text else SUM)
            text += f" - {written[1:]}" if text and written.startswith("-") else f" + {written}" if text else written
        return text

    def times(self, parts):
        number, above, below = Fraction(1), [], []
        parts = [inner for part in parts for inner in (part.parts if isinstance(part, Times) else (part,))]
        for part in sorted(parts, key=lambda part: is_condition(bare(part))):
            if isinstance(part, Constant):
                number *= Fraction(part.value)
            elif is_reciprocal(bare(part)):
                below.append(_inverted(part))
            else:
                above.append(part)
        if all(is_condition(bare(part)) for part in above if bare(part).axes):
            return self.quotient(number, [self.number(part, POWER) for part in above], below), PRODUCT
        alone = len(above) == 1 and abs(number.numerator) == 1
        loose = [alone or isinstance(part, Function) for part in above]
        return self.quotient(number, [self.write(part, PRODUCT if free else POWER) for part, free in zip(above, loose)], below), PRODUCT

    def quotient(self, number, above, below):
        """number * above / below, `above` already written."""
        sign, number = "-" if number < 0 else "", abs(Fraction(number))
        factor, divisor = (decimal(number), "1") if decimal(number) else (str(number.numerator), str(number.denominator))
        above = [factor, *above] if factor != "1" or not above else above
        below = [*filter(lambda text: text != "1", [divisor]), *[self.write(part, POWER) for part in below]]
        under = "" if not below else f" / {below[0]}" if len(below) == 1 else f" / ({' * '.join(below)})"
        return sign + " * ".join(above) + under

    def matmul(self, left, right):
        """A chain reads from the left, as far as that costs the same; an elementwise product in it stands in parentheses."""
        chain = isinstance(right, MatMul) and len(right.left.axes) > 1
        chain = chain and len({index.dim for part in (left, right.left, right.right) for index in part.axes}) == 1
        return f"{self.number(left, PRODUCT if isinstance(left, MatMul) else POWER)} @ {self.number(right, PRODUCT if chain else POWER)}"

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
        marks = [("..." if self.is_open(index) else ":") if index in inside.axes else "None" for index in axes[first:]]
        if marks[0] == "...":  # what follows it at once goes without saying
            marks = ["...", *marks[marks.index("None") :]]
        else:
            while marks[-1] == ":":
                marks.pop()
        return f"{self.write(inside, ATOM)}[{', '.join(marks)}]"

    def is_open(self, index):
        """Does the index stand for axes of unknown number?"""
        return index.is_ellipsis and not self.flat

    def positions(self, inside, over):
        """Axis numbers; from the end where leading axes are of unknown number."""
        shift = len(inside.axes) if self.is_open(inside.axes[0]) else 0
        numbers = sorted(inside.axes.index(index) - shift for index in over)
        return str(numbers[0]) if len(numbers) == 1 else f"({', '.join(map(str, numbers))})"

    def reduce(self, node):
        inside, over, axes, how, keep = node[1:]
        if how == "logsumexp":
            return self.log_sum_exp(inside, over, keep)
        if isinstance(inside, Einsum) and len(inside.parts) == 1 and not axes:
            return f"{self.write(inside.parts[0], ATOM)}.trace()"
        text = f"{self.number(inside, ATOM)}.{how}"
        if not axes:
            return f"{text}()"
        return f"{text}({self.positions(inside, over)}{', ' + self.dialect.keep if keep else ''})"

    def log_sum_exp(self, inside, over, keep):
        """NumPy's takes one axis at a time."""
        u, places = self.write(inside), [self.positions(inside, over)]
        if self.dialect is NUMPY:
            places = [self.positions(inside, (index,)) for index in reversed(inside.axes) if index in over]
        for over in places:
            u = self.dialect.log_sum_exp.format(u=u, over=over, keep=f", {self.dialect.keep}" if keep else "")
        return u

    def softmax(self, inside, over, log):
        if len(over) == 1:
            return (self.dialect.log_softmax if log else self.dialect.softmax).format(u=self.write(inside), over=self.positions(inside, over))
        text = f"{self.write(inside, PRODUCT)} - {self.log_sum_exp(inside, over, True)}"
        return f"({text})" if log else f"torch.exp({text})"

    def einsum(self, parts, axes):
        first = parts[0].axes
        if len(parts) == 1 and len(set(first)) < len(first) == 2:
            return f"{self.write(parts[0], ATOM)}.diagonal()"
        flat = self.flat or any(index.is_ellipsis and index not in axes for part in parts for index in part.axes)
        letters = einsum_letters([axes, *[part.axes for part in parts]], flat)
        spec = ",".join("".join(letters[index] for index in part.axes) for part in parts)
        operands = ", ".join(self.one_leading_axis(part) if flat and not self.flat else self.number(part) for part in parts)
        best = ", optimize=True" if self.dialect is NUMPY and len(parts) > 2 else ""
        return f'{self.dialect.module}.einsum("{spec}->{"".join(letters[index] for index in axes)}", {operands}{best})'

    def one_leading_axis(self, part):
        """einsum can't sum over axes of unknown number: they are made one."""
        if not part.axes[0].is_ellipsis:
            return self.number(part)
        lengths = "".join(f", {self.length(index.dim)}" for index in part.axes[1:])
        return f"{self.number(part, ATOM)}.reshape(-1{lengths})"


def leaves(node):
    """The arrays that a program reads."""
    return [part for part in every_part(node) if isinstance(part, Array)]


def bare(part):
    """Without what only lines it up."""
    return bare(part.inside) if isinstance(part, (Stretch, Permute)) else part


def _inverted(part):
    """1 over `part`, which is a negative power."""
    if isinstance(part, (Stretch, Permute)):
        return part.replace(inside=_inverted(part.inside))
    exponent = -Fraction(part.exponent.value)
    return part.base if exponent == 1 else Raise(part.base, Constant(exponent), part.axes)


def is_negative(part):
    parts = part.parts if isinstance(part, Times) else (part,)
    return any(isinstance(p, Constant) and p.value < 0 for p in parts)


def decimal(value):
    """0.044715 for 8943/200000; nothing for a small fraction or one that does not end."""
    scaled = 10**12 * value
    return repr(float(value)) if value.denominator > 9 and scaled.denominator == 1 else ""


def constant(value):
    value = Fraction(value)
    text = str(value) if value.denominator == 1 else decimal(value) or f"{value.numerator} / {value.denominator}"
    return text, ATOM if "/" not in text and value > 0 else PRODUCT


def einsum_letters(groups, flat=False):
    """Index -> letter: its own where it is a free lower-case letter."""
    letters = {}
    for index in dict.fromkeys(index for axes in groups for index in axes):
        own = index.partition("#")[0]
        if own.startswith(r"\ldots") and not flat:
            letters[index] = "..."
            continue
        candidates = [own] if len(own) == 1 and own.isascii() and own.isalpha() else []
        letter = next((c for c in (*candidates, *"ijkmnpqrstuvwabcdefghlxyzo", *CAPITALS) if c not in letters.values()), None)
        if letter is None:
            raise IndexRuleError("einsum has letters for 52 indices, and this product has more: name a part of it in an equation of its own")
        letters[index] = letter
    return letters
