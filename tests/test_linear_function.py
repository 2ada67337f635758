"""linear_function in PyTorch's autograd: first and second derivatives, what is saved, and what must be refused."""

import subprocess
import sys
from itertools import product

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from linalg_grads.errors import ShapeError
from linalg_grads.linear_function import LinearFunction, linear_function

IN, OUT = 3, 5
EXACT = {"rtol": 0, "atol": 1e-8}  # central differences are exact on a linear map, up to rounding
LEADS = [
    pytest.param((), id="x_{k}"),
    pytest.param((7,), id="x_{ik}"),
    pytest.param((2, 4), id="x_{hik}"),
    pytest.param((0,), id="x_{ik}, no rows"),
]
SOME_INPUTS = [
    pytest.param(wanted, id="of " + ", ".join(name for name, want in zip("xab", wanted) if want))
    for wanted in product([True, False], repeat=3)
    if any(wanted)
]


def inputs(lead, wanted=(True, True, True), in_=IN, out=OUT, dtype=torch.float64):
    """x, a, b of random numbers with mixed signs; those that are wanted require a gradient."""
    generator = torch.Generator().manual_seed(0)
    shapes = (*lead, in_), (out, in_), (out,)
    tensors = [torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1 for shape in shapes]
    return [tensor.to(dtype).requires_grad_(want) for tensor, want in zip(tensors, wanted)]


def gradients(layer, arguments, upstream):
    wanted = [tensor for tensor in arguments if tensor is not None and tensor.requires_grad]
    return torch.autograd.grad(layer(*arguments), wanted, upstream)


def upstream_like(lead, out=OUT, dtype=torch.float64):
    return torch.randn(*lead, out, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(dtype)


# ---------------------------------------------------------------------------------------------------------------------
# First and second derivatives


@pytest.mark.parametrize("wanted", SOME_INPUTS)
@pytest.mark.parametrize("lead", LEADS)
def test_derivatives(lead, wanted):
    x, a, b = inputs(lead, wanted)
    assert gradcheck(linear_function, (x, a, b), **EXACT)
    assert gradgradcheck(linear_function, (x, a, b), **EXACT)


@pytest.mark.parametrize("lead", LEADS)
def test_derivatives_without_bias(lead):
    x, a, _ = inputs(lead)
    assert gradcheck(linear_function, (x, a), **EXACT)
    assert gradgradcheck(linear_function, (x, a), **EXACT)


@pytest.mark.parametrize("view", [
    lambda tensor: tensor.transpose(0, -1).contiguous().transpose(0, -1),
    lambda tensor: torch.stack([tensor, tensor], -1)[..., 0],
], ids=["transposed", "strided"])
def test_derivatives_of_noncontiguous_inputs(view):
    x, a, b = (view(tensor.detach()).requires_grad_() for tensor in inputs((2, 4)))
    assert not x.is_contiguous()
    assert gradcheck(linear_function, (x, a, b), **EXACT)
    assert gradgradcheck(linear_function, (x, a, b), **EXACT)


def off_by_little(ctx, grad_y):
    return tuple(gradient * (1 + 1e-7) for gradient in LinearFunction.backward(ctx, grad_y))


def reversed_rows(ctx, grad_y):
    grad_x, grad_a, grad_b = LinearFunction.backward(ctx, grad_y)
    return grad_x, grad_a.flip(0), grad_b


def mean_for_sum(ctx, grad_y):
    grad_x, grad_a, _ = LinearFunction.backward(ctx, grad_y)
    return grad_x, grad_a, grad_y.mean(0)


def detached(ctx, grad_y):
    x, a = (tensor.detach() for tensor in ctx.saved_tensors)
    return grad_y @ a, grad_y.T @ x, grad_y.sum(0)


def with_backward(backward):
    """linear_function's Function with another backward pass."""
    return type(backward.__name__, (LinearFunction,), {"backward": staticmethod(backward)}).apply


WRONG_RULES = {"all by 1 + 10^-7": off_by_little, "dl/dA upside down": reversed_rows, "dl/db = mean of G": mean_for_sum}


@pytest.mark.parametrize("backward", WRONG_RULES.values(), ids=WRONG_RULES)
def test_a_wrong_gradient_is_caught(backward):
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        gradcheck(with_backward(backward), inputs((7,)), **EXACT)


def test_a_detached_input_is_caught_by_the_second_derivative_only():
    assert gradcheck(with_backward(detached), inputs((7,)), **EXACT)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        gradgradcheck(with_backward(detached), inputs((7,)), **EXACT)


@pytest.mark.parametrize("lead", [(), (128,), (4, 5), (0,)], ids=["(K)", "(M,K)", "(4,5,K)", "(0,K)"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
def test_trains_like_nn_linear(lead, dtype):
    x, a, b = inputs(lead, in_=256, out=512, dtype=dtype)
    layer = torch.nn.Linear(256, 512, dtype=dtype)
    layer.load_state_dict({"weight": a, "bias": b})
    x_there = x.detach().requires_grad_()
    y, y_there = linear_function(x, a, b), layer(x_there)
    upstream = upstream_like(lead, 512, dtype)
    y.backward(upstream)
    y_there.backward(upstream)
    tolerance = {"rtol": 0, "atol": 1e-12} if dtype is torch.float64 else {}
    found, expected = (y, x.grad, a.grad, b.grad), (y_there, x_there.grad, layer.weight.grad, layer.bias.grad)
    torch.testing.assert_close(found, expected, **tolerance)


@pytest.mark.parametrize("lead", LEADS)
def test_small_integers_agree_exactly(lead):
    arguments = [(tensor.detach() * 9).round().requires_grad_() for tensor in inputs(lead)]
    upstream = (upstream_like(lead) * 9).round()
    found = gradients(linear_function, arguments, upstream)
    expected = gradients(torch.nn.functional.linear, arguments, upstream)
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(found, expected, strict=True))


# ---------------------------------------------------------------------------------------------------------------------
# Time and memory: no operation, no copy and nothing saved that PyTorch's own layer would not have


class RecordedOperations(torch.utils._python_dispatch.TorchDispatchMode):
    """The operations that compute or copy, views left out, forward and backward."""

    VIEWS = {"view", "_unsafe_view", "t", "transpose", "permute", "expand", "detach", "alias", "squeeze", "unsqueeze"}

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.overloadpacket.__name__
        if name not in self.VIEWS:
            self.names.append(name)
        return function(*args, **(kwargs or {}))


def recorded(layer, arguments, upstream):
    with RecordedOperations() as operations:
        gradients(layer, arguments, upstream)
    return sorted(operations.names)


LAYOUTS = {
    "x_{ik}": lambda: torch.zeros(7, IN),
    "x_{hik}": lambda: torch.zeros(2, 4, IN),
    "x_{k}": lambda: torch.zeros(IN),
    "x_{ik} of x_{ki}": lambda: torch.zeros(IN, 7).T,
    "x_{ik} strided": lambda: torch.zeros(7, 2 * IN)[:, ::2],
}


@pytest.mark.parametrize("wanted", SOME_INPUTS)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_no_operation_that_pytorch_would_not_do(layout, wanted):
    x = layout().double()
    arguments = [x.requires_grad_(wanted[0]), *inputs((), wanted)[1:]]
    upstream = upstream_like(x.shape[:-1])
    assert recorded(linear_function, arguments, upstream) == recorded(torch.nn.functional.linear, arguments, upstream)


def test_a_superfluous_copy_is_noticed():
    arguments, upstream = inputs((7,)), upstream_like((7,))

    def copying(x, a, b):
        return linear_function(x.clone(), a, b)

    assert recorded(copying, arguments, upstream) != recorded(torch.nn.functional.linear, arguments, upstream)


def saved_by(layer, arguments):
    """The tensors that the graph keeps for the backward pass."""
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: saved.append(tensor) or tensor, lambda tensor: tensor):
        layer(*arguments)
    return saved


@pytest.mark.parametrize("wanted", SOME_INPUTS)
@pytest.mark.parametrize("lead", LEADS)
def test_saves_only_what_a_wanted_gradient_needs_and_no_copy(lead, wanted):
    arguments = x, a, b = inputs(lead, wanted)
    expected = {tensor.data_ptr() for tensor, needed in ((x, wanted[1]), (a, wanted[0])) if needed}
    assert {tensor.data_ptr() for tensor in saved_by(linear_function, arguments)} == expected


def test_rows_that_have_to_be_copied_are_copied_once():
    x, a, b = torch.zeros(4, 2, IN).transpose(0, 1), *inputs((), dtype=torch.float32)[1:]
    upstream = torch.zeros(2, 4, OUT)
    names = recorded(linear_function, (x, a, b), upstream)
    assert names.count("clone") == 1
    assert len(names) <= len(recorded(torch.nn.functional.linear, (x, a, b), upstream))


# ---------------------------------------------------------------------------------------------------------------------
# A good citizen of PyTorch


@pytest.mark.parametrize("bias", [True, False], ids=["with b", "without b"])
@pytest.mark.parametrize("lead", LEADS)
def test_the_output_may_be_changed_in_place(lead, bias):
    arguments = inputs(lead) if bias else inputs(lead)[:2]
    upstream = upstream_like(lead)
    found = gradients(lambda *arguments: linear_function(*arguments).relu_(), arguments, upstream)
    expected = gradients(lambda *arguments: torch.nn.functional.linear(*arguments).relu_(), arguments, upstream)
    torch.testing.assert_close(found, expected, **EXACT)


@pytest.mark.parametrize("name", ["x", "a"])
def test_an_input_changed_before_the_backward_pass_is_an_error(name):
    x, a, b = inputs((7,))
    y = linear_function(x, a, b)
    with torch.no_grad():
        {"x": x, "a": a}[name].mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward(upstream_like((7,)))


def test_gradients_of_each_sample_by_vmap():
    def loss(layer):
        return lambda x, a, b: layer(x, a, b).square().sum()

    def each_sample(layer):
        return torch.func.vmap(torch.func.grad(loss(layer), argnums=(0, 1, 2)), in_dims=(0, None, None))(x, a, b)

    x, a, b = inputs((7, 2), wanted=(False, False, False))
    torch.testing.assert_close(each_sample(linear_function), each_sample(torch.nn.functional.linear), **EXACT)


# ---------------------------------------------------------------------------------------------------------------------
# What must be refused

BAD_CALLS = {
    "arrays": (
        lambda: linear_function(np.zeros((3, 7)), np.zeros((11, 7))),
        "linear_function: x is given as float64 array. Autograd follows tensors. Legal: a tensor; for arrays, linear.",
    ),
    "a transposed, the shape of x as it was given": (
        lambda: linear_function(torch.zeros(4, 5, 7), torch.zeros(7, 11)),
        "linear_function: a has shape (7, 11). Its axes are (out, in), and axes of one name have one size; "
        "x (*, in) has shape (4, 5, 7). Legal: (out, 7).",
    ),
    "two dtypes": (
        lambda: linear_function(torch.zeros(3, 7), torch.zeros(11, 7).double()),
        "linear_function: a is given as float64 tensor on cpu of shape (11, 7). All arguments are of one kind, and "
        "x is given as float32 tensor on cpu of shape (3, 7). Legal: float32 tensor on cpu with axes (out, in).",
    ),
}


@pytest.mark.parametrize("call, message", BAD_CALLS.values(), ids=BAD_CALLS)
def test_an_argument_that_does_not_fit(call, message):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == message


def test_autocast_is_refused_where_it_would_change_the_dtype():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        with pytest.raises(ShapeError, match="autocast makes y torch.bfloat16 of x torch.float32.*Legal: arguments cast to"):
            linear_function(*inputs((7,), dtype=torch.float32))
        assert linear_function(*inputs((7,), dtype=torch.bfloat16)).dtype is torch.bfloat16


def test_the_package_gives_the_function_and_not_the_module_of_its_name():
    code = "from linalg_grads import LinearFunction; from linalg_grads import linear_function; print(linear_function.__name__)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "linear_function"
