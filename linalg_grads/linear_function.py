r"""The linear layer as an operation of PyTorch's autograd, with our backward pass in the place of PyTorch's.

Importing this module imports PyTorch.
"""

from __future__ import annotations

from inspect import signature

import torch

from .errors import ShapeError
from .linear_layer import backward_of_rows, check_arguments, flatten_rows, unflatten_rows

__all__ = ["LinearFunction", "linear_function"]


class LinearFunction(torch.autograd.Function):
    """The layer on rows: x (rows, in), a (out, in), b (out,) or None, y (rows, out).

    Call linear_function, which takes any leading axes and checks its arguments. What is saved are inputs, and only those
    that a wanted gradient needs. The backward pass applies differentiable operations to them, so it has a derivative too.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(x, a, b):
        return torch.nn.functional.linear(x, a, b)

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, a, _ = inputs
        needs_x, needs_a, _ = ctx.needs_input_grad
        ctx.save_for_backward(x if needs_a else None, a if needs_x else None)

    @staticmethod
    def backward(ctx, grad_y):
        x, a = ctx.saved_tensors
        needs = [name for name, needed in zip("xab", ctx.needs_input_grad) if needed]
        return tuple(backward_of_rows(grad_y, x, a, needs))


# PyTorch asks for the signature in every call. Kept here, it need not be found anew each time.
LinearFunction.forward.__signature__ = signature(LinearFunction.forward)


def linear_function(x: torch.Tensor, a: torch.Tensor, b: torch.Tensor | None = None) -> torch.Tensor:
    r"""The output of the linear layer, differentiable through linear_backward.

    y_{\ldots j} = x_{\ldots k} a_{jk} + \mathbf{1}_{\ldots} b_j        (summed over k)

    x        (*, in)    any number of leading axes
    a        (out, in)
    b        (out,)     or None, for a layer without bias
    returns  (*, out)
    raises   ShapeError if an argument is not a tensor, or its shape, dtype or device doesn't fit

    A gradient is computed for each input with requires_grad, even if torch.autograd.grad is asked for fewer: PyTorch doesn't
    tell a Function which (github.com/pytorch/pytorch/issues/56500). For precision see linear and linear_backward. A call
    that torch.autocast would cast is refused. torch.func.grad and vmap work; forward mode (jvp) is refused by PyTorch.

    >>> x, a = torch.tensor([[3., 4., 5.]]), torch.tensor([[1., 0., 1.], [0., 2., 0.]], requires_grad=True)
    >>> linear_function(x, a).backward(torch.tensor([[1., -2.]]))
    >>> a.grad
    tensor([[  3.,   4.,   5.],
            [ -6.,  -8., -10.]])
    """
    kind = check_arguments("linear_function", ("x", "a"), x=x, a=a, b=b)
    if kind.library != "tensor":
        raise ShapeError(f"linear_function: x is given as {kind}. Autograd follows tensors. Legal: a tensor; for arrays, linear.")
    # Flattened here, where autograd sees it: rows that have to be copied are copied once, and y may be changed in place.
    y = LinearFunction.apply(flatten_rows(x), a, b)
    if y.dtype != x.dtype:
        raise ShapeError(
            f"linear_function: torch.autocast makes y {y.dtype} of x {x.dtype}. The backward pass keeps one dtype."
            f" Legal: arguments cast to {y.dtype}, or autocast off."
        )
    return unflatten_rows(y, x.shape[:-1])
