r"""The linear layer and its backward pass, for NumPy arrays and PyTorch tensors.

    y_{\ldots j} := x_{\ldots k} a_{jk} + \mathbf{1}_{\ldots} b_j

    x       (*, in)    the input; * stands for any leading axes: none, one or many, of size zero too
    a       (out, in)  the weights, as PyTorch stores them
    b       (out,)     the bias
    y       (*, out)   the output
    grad_y  (*, out)   the upstream gradient \partial l/\partial y

The arguments of one call are NumPy arrays or PyTorch tensors, all of one dtype and on one device: float64 or float32, and
for tensors also bfloat16. This module imports neither library: whoever passes an array has loaded its library.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from functools import cache
from math import prod
from typing import Any, NamedTuple

from .errors import ShapeError

__all__ = ["Gradients", "linear", "linear_backward"]

Array = Any  # a NumPy array or a PyTorch tensor


class Gradients(NamedTuple):
    """The gradients of the loss, each in the shape of its namesake; None where it was not asked for."""

    x: Array | None
    a: Array | None
    b: Array | None


def linear(x: Array, a: Array, b: Array | None = None) -> Array:
    r"""The output of the linear layer.

    y_{\ldots j} = x_{\ldots k} a_{jk} + \mathbf{1}_{\ldots} b_j        (summed over k)

    x        (*, in)    any number of leading axes
    a        (out, in)
    b        (out,)     or None, for a layer without bias
    returns  (*, out)
    raises   ShapeError if an argument's shape or kind doesn't fit

    A bfloat16 output is summed in float32, the bias included, and rounded once: measured on a CPU. On CUDA PyTorch may
    sum less precisely, as torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction allows.

    >>> import numpy as np
    >>> x, a, b = np.array([1., 2., 3.]), np.array([[1., 0., 1.], [0., 2., 0.]]), np.array([10., 20.])
    >>> linear(x, a, b)
    array([14., 24.])
    """
    kind = check_arguments("linear", ("x", "a"), x=x, a=a, b=b)
    rows = flatten_rows(x)
    if kind.library == "tensor":
        y = sys.modules["torch"].nn.functional.linear(rows, a, b)  # adds the bias inside the matrix product
    else:
        y = rows @ a.T
        if b is not None:
            y += b  # in place: no second array of this size
    return unflatten_rows(y, x.shape[:-1])


def linear_backward(
    grad_y: Array, x: Array | None = None, a: Array | None = None, *, needs: Collection[str] = ("x", "a", "b")
) -> Gradients:
    r"""The gradients of the loss with respect to the input, the weights and the bias.

    \partial l/\partial x_{\ldots q} = (\partial l/\partial y_{\ldots j}) a_{jq}        (summed over j)
    \partial l/\partial a_{pq} = (\partial l/\partial y_{\ldots p}) x_{\ldots q}        (summed over all leading axes)
    \partial l/\partial b_p = \sum_{\ldots} \partial l/\partial y_{\ldots p}            (summed over all leading axes)

    grad_y   (*, out)   upstream gradient
    x        (*, in)    the layer's input; only the gradient of a needs it
    a        (out, in)  the weights; only the gradient of x needs them
    needs               the names of the gradients wanted, from x, a and b; no other is computed
    returns  Gradients  of x (*, in), a (out, in) and b (out,)
    raises   ShapeError if an argument's shape or kind doesn't fit, or one that is needed is missing

    Of tensors, the gradients are differentiable in their turn. bfloat16 is summed in float32 and rounded once: measured on
    a CPU; for CUDA see linear. The bias gradient of a float32 array is summed in float64.

    >>> import numpy as np
    >>> x, a = np.array([[3., 4., 5.], [1., 1., 0.]]), np.array([[1., 0., 1.], [0., 2., 0.]])
    >>> grad_x, grad_a, grad_b = linear_backward(np.array([[1., -2.], [3., 1.]]), x, a)
    >>> grad_x
    array([[ 1., -4.,  1.],
           [ 3.,  2.,  3.]])
    >>> grad_a
    array([[  6.,   7.,   5.],
           [ -5.,  -7., -10.]])
    >>> grad_b
    array([ 4., -1.])
    """
    _check_needs(needs)
    required = ["grad_y"] + ["x"] * ("a" in needs) + ["a"] * ("x" in needs)
    check_arguments("linear_backward", required, grad_y=grad_y, x=x, a=a)
    rows = flatten_rows(x) if "a" in needs else None
    grad_rows, grad_a, grad_b = backward_of_rows(flatten_rows(grad_y), rows, a, needs)
    return Gradients(unflatten_rows(grad_rows, grad_y.shape[:-1]) if "x" in needs else None, grad_a, grad_b)


def backward_of_rows(grad_y: Array, x: Array | None, a: Array | None, needs: Collection[str]) -> Gradients:
    """linear_backward of a layer on rows, whose arguments are known to fit.

    grad_y  (rows, out)
    x       (rows, in)
    a       (out, in)
    """
    return Gradients(
        x=grad_y @ a if "x" in needs else None,
        a=grad_y.T @ x if "a" in needs else None,
        b=_sum_rows(grad_y) if "b" in needs else None,
    )


def flatten_rows(array: Array) -> Array:
    """All leading axes merged into one, the rows: a view wherever the strides allow it.

    array    (*, last)
    returns  (rows, last)   one row where there is no leading axis

    >>> import numpy as np
    >>> flatten_rows(np.zeros((4, 5, 7))).shape
    (20, 7)
    """
    *lead, last = array.shape
    # The rows are counted here, because reshape can't infer a size (-1) of an array without elements.
    return array if len(lead) == 1 else array.reshape(prod(lead), last)


def unflatten_rows(rows: Array, lead: tuple[int, ...]) -> Array:
    """The leading axes put back, always as a view of contiguous rows.

    >>> import numpy as np
    >>> unflatten_rows(np.zeros((20, 7)), (4, 5)).shape
    (4, 5, 7)
    """
    return rows if len(lead) == 1 else rows.reshape(*lead, rows.shape[-1])


def _sum_rows(grad_rows: Array) -> Array:
    if kind_of(grad_rows).library == "tensor":
        return grad_rows.sum(0)
    # NumPy adds row after row, and a float32 sum that has reached 2**24 no longer notices a 1: so sum in float64.
    return grad_rows.sum(0, dtype="float64").astype(grad_rows.dtype, copy=False)


# --------------------------------------------------------------------------------------------------------------------
# Do the arguments fit?

AXES = {"grad_y": ("*", "out"), "x": ("*", "in"), "a": ("out", "in"), "b": ("out",)}
LEGAL_KINDS = {"array": ("float64", "float32"), "tensor": ("float64", "float32", "bfloat16")}


class Kind(NamedTuple):
    """What the arguments of one call have in common: an array and a tensor don't mix, nor do two dtypes or devices."""

    library: str
    dtype: Any = ""
    device: Any = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.dtype_name(), self.library, self.device and f"on {self.device}")))

    def dtype_name(self) -> str:
        return str(self.dtype).removeprefix("torch.")


def check_arguments(call: str, required: Collection[str], **arguments: Array | None) -> Kind:
    """The kind that the arguments share, once their kinds and shapes are found to fit.

    call       the name of the function called, for the message
    required   the names of the arguments that may not be None; any other that is None is passed over
    arguments  by their names in AXES, in the order of the call
    raises     ShapeError   says which argument, what it is, the rule and what is legal

    >>> import numpy as np
    >>> str(check_arguments("linear", ("x", "a"), x=np.zeros((4, 5, 7)), a=np.zeros((11, 7)), b=None))
    'float64 array'
    """
    given = {name: array for name, array in arguments.items() if array is not None or name in required}
    kind = _check_kinds(call, given)
    _check_shapes(call, {name: array.shape for name, array in given.items()})
    return kind


def _check_kinds(call: str, given: dict[str, Array]) -> Kind:
    """The kind of the first argument, or ShapeError where that is illegal or another argument's differs."""
    (first, array), *others = given.items()
    common = kind_of(array)
    if not _is_legal(common.library, common.dtype):
        legal = ", ".join(f"{dtype} {library}" for library, dtypes in LEGAL_KINDS.items() for dtype in dtypes)
        raise ShapeError(f"{call}: {_named(first, array)}. Legal: {legal}; its axes are {_written(AXES[first])}.")
    for name, array in others:
        if kind_of(array) != common:
            raise ShapeError(
                f"{call}: {_named(name, array)}. All arguments are of one kind, and {_named(first, given[first])}."
                f" Legal: {common} with axes {_written(AXES[name])}."
            )
    return common


@cache  # to write a dtype's name takes as long as a small matrix product
def _is_legal(library: str, dtype: Any) -> bool:
    return Kind(library, dtype).dtype_name() in LEGAL_KINDS.get(library, ())


def kind_of(array: object) -> Kind:
    """The kind of an array or a tensor; for anything else, the name of its type."""
    # An array can't exist before its library is loaded, so looking up what is loaded spares the import.
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and isinstance(array, torch.Tensor):
        return Kind("tensor", array.dtype, array.device)
    # A subclass may give `@` and `sum` another meaning (np.matrix, masked arrays): only the plain array will do.
    if numpy is not None and type(array) in (numpy.ndarray, numpy.memmap):
        return Kind("array", array.dtype)
    return Kind(type(array).__name__)


def _check_shapes(call: str, shapes: dict[str, tuple[int, ...]]) -> None:
    """Raise ShapeError unless each argument has its axes, and axes of one name have one size."""
    sizes: dict[str, Any] = {}
    for name, shape in shapes.items():
        axes = _read_axes(AXES[name], shape)
        if axes is None or sizes | axes != axes | sizes:
            earlier = list(shapes)[: list(shapes).index(name)]
            raise ShapeError(
                f"{call}: {name} has shape {tuple(shape)}."
                f" Its axes are {_written(AXES[name])}, and axes of one name have one size"
                + "".join(f"; {other} {_written(AXES[other])} has shape {tuple(shapes[other])}" for other in earlier)
                + f". Legal: {_written(AXES[name], sizes)}."
            )
        sizes.update(axes)


def _read_axes(names: tuple[str, ...], shape: tuple[int, ...]) -> dict[str, Any] | None:
    """The size of each axis by its name, with a tuple of sizes for *; None if the number of axes is wrong."""
    if names[0] == "*":
        return {"*": shape[:-1], names[1]: shape[-1]} if shape else None
    return dict(zip(names, shape)) if len(shape) == len(names) else None


def _check_needs(needs: Collection[str]) -> None:
    for name in needs:
        if name not in Gradients._fields:
            raise ShapeError(f"linear_backward: needs has {name!r}. It names the gradients wanted. Legal: 'x', 'a', 'b'.")


def _named(name: str, array: object) -> str:
    shape = getattr(array, "shape", None)
    return f"{name} is given as {kind_of(array)}" + (f" of shape {tuple(shape)}" if isinstance(shape, tuple) else "")


def _written(names: tuple[str, ...], sizes: dict[str, Any] | None = None) -> str:
    """The axes in the form of a shape, with the sizes that are known in the place of their names."""
    words: list[str] = []
    for name in names:
        size = (sizes or {}).get(name, name)
        words += map(str, size) if isinstance(size, tuple) else [str(size)]
    return f"({words[0]},)" if len(words) == 1 else f"({', '.join(words)})"
