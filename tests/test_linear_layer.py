"""linear and linear_backward against plain loops, PyTorch's autograd and wrong rules that must be caught."""

import subprocess
import sys
import tracemalloc
from math import prod

import numpy as np
import pytest
import torch

from linalg_grads.errors import ShapeError
from linalg_grads.linear_layer import Gradients, flatten_rows, linear, linear_backward, unflatten_rows

# The arrays are read-only, so that writing into an argument is an error; PyTorch warns of that and means no harm.
pytestmark = pytest.mark.filterwarnings("ignore:The given NumPy array is not writable")

IN, OUT = 7, 11
LEADS = [
    pytest.param((), id="x_{k}"),
    pytest.param((3,), id="x_{ik}"),
    pytest.param((4, 5), id="x_{hik}"),
    pytest.param((2, 1, 3), id="x_{ghik}"),
    pytest.param((0,), id="x_{ik}, no rows"),
    pytest.param((2, 0, 3), id="x_{ghik}, no rows"),
]
LIBRARIES = [pytest.param(np.asarray, id="numpy"), pytest.param(torch.from_numpy, id="torch")]


# ---------------------------------------------------------------------------------------------------------------------
# The oracle: plain loops, slow and obviously right


def loop_linear(x, a, b=None):
    out, in_ = a.shape
    y = np.zeros((*x.shape[:-1], out))
    for lead in np.ndindex(*x.shape[:-1]):
        for j in range(out):
            for k in range(in_):
                y[*lead, j] += x[*lead, k] * a[j, k]
            if b is not None:
                y[*lead, j] += b[j]
    return y


def loop_gradients(grad_y, x, a):
    """Each product x_{..k} a_{jk} passes grad_y_{..j} on to both of its factors."""
    out, in_ = a.shape
    grad_x, grad_a, grad_b = np.zeros(x.shape), np.zeros(a.shape), np.zeros(out)
    for lead in np.ndindex(*x.shape[:-1]):
        for j in range(out):
            for k in range(in_):
                grad_x[*lead, k] += grad_y[*lead, j] * a[j, k]
                grad_a[j, k] += grad_y[*lead, j] * x[*lead, k]
            grad_b[j] += grad_y[*lead, j]
    return grad_x, grad_a, grad_b


def integers(seed, *shape):
    """Integers from -9 to 9 without 0, as float64: their sums are exact in any order."""
    generator = np.random.default_rng(seed)
    return generator.choice([-1.0, 1.0], shape) * generator.integers(1, 10, shape)


def layer_arguments(lead, in_=IN, out=OUT):
    """grad_y, x, a, b."""
    arrays = integers(1, *lead, out), integers(2, *lead, in_), integers(3, out, in_), integers(4, out)
    for array in arrays:
        array.flags.writeable = False
    return arrays


def assert_exact(found, expected):
    assert tuple(found.shape) == expected.shape
    assert np.array_equal(np.asarray(found), expected)


def assert_right_gradients(backward, lead, library=np.asarray):
    grad_y, x, a, _ = layer_arguments(lead)
    expected = loop_gradients(grad_y, x, a)
    for found, right in zip(backward(*map(library, (grad_y, x, a))), expected, strict=True):
        assert type(found) is type(library(right))
        assert_exact(found, right)


# ---------------------------------------------------------------------------------------------------------------------
# Values


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("lead", LEADS)
class TestAgainstLoops:
    @pytest.mark.parametrize("bias", [True, False], ids=["x_{..k} a_{jk} + b_j", "x_{..k} a_{jk}"])
    def test_forward(self, lead, library, bias):
        _, x, a, b = layer_arguments(lead)
        b = b if bias else None
        y = linear(library(x), library(a), library(b) if bias else None)
        assert_exact(y, loop_linear(x, a, b))

    def test_backward(self, lead, library):
        assert_right_gradients(linear_backward, lead, library)


@pytest.mark.parametrize("in_, out", [(0, 3), (3, 0), (0, 0)], ids=["in = 0", "out = 0", "in = out = 0"])
@pytest.mark.parametrize("lead", [(), (4, 5)], ids=["x_{k}", "x_{hik}"])
def test_axes_of_size_zero(lead, in_, out):
    grad_y, x, a, b = layer_arguments(lead, in_, out)
    assert_exact(linear(x, a, b), loop_linear(x, a, b))
    for found, right in zip(linear_backward(grad_y, x, a), loop_gradients(grad_y, x, a), strict=True):
        assert_exact(found, right)


@pytest.mark.parametrize("lead", LEADS)
def test_agrees_with_autograd_exactly_on_integers(lead):
    grad_y, x, a, b = (torch.tensor(array) for array in layer_arguments(lead))
    inputs = [tensor.requires_grad_() for tensor in (x, a, b)]
    y = torch.nn.functional.linear(*inputs)
    for found, right in zip(linear_backward(grad_y, x, a), torch.autograd.grad(y, inputs, grad_y), strict=True):
        assert torch.equal(found, right)


# An order of summation other than PyTorch's changes the last bits: float64 shows that the formula is right to 1e-12.
CLOSE = {torch.float64: {"rtol": 0, "atol": 1e-12}, torch.float32: {}, torch.bfloat16: {}}


@pytest.mark.parametrize("lead", [(), (128,), (4, 5), (0,)], ids=["(K)", "(M,K)", "(4,5,K)", "(0,K)"])
@pytest.mark.parametrize("dtype", CLOSE, ids=str)
def test_agrees_with_nn_linear(lead, dtype):
    generator = torch.Generator().manual_seed(0)
    layer = torch.nn.Linear(256, 512, dtype=dtype)
    for parameter in layer.parameters():
        torch.nn.init.uniform_(parameter, -1, 1, generator=generator)
    x = torch.randn(*lead, 256, generator=generator, dtype=dtype, requires_grad=True)
    upstream = torch.randn(*lead, 512, generator=generator, dtype=dtype)
    y = layer(x)
    y.backward(upstream)
    weight, bias = layer.weight.detach(), layer.bias.detach()
    found = linear(x.detach(), weight, bias), *linear_backward(upstream, x.detach(), weight)
    torch.testing.assert_close(found, (y.detach(), x.grad, layer.weight.grad, layer.bias.grad), **CLOSE[dtype])


@pytest.mark.parametrize("library", LIBRARIES)
def test_float32_is_as_close_as_its_rounding_allows(library):
    """A sum of n products is within (n + 1) 2^-24 of the sum of their absolute values, in any order of summation."""
    generator = np.random.default_rng(0)
    exact = [generator.standard_normal(shape).astype("float32") for shape in ((4, 5, 512), (4, 5, 256), (512, 256), (512,))]
    grad_y, x, a, b = map(library, exact)
    found = linear(x, a, b), *linear_backward(grad_y, x, a)
    grad_y, x, a, b = (array.astype("float64") for array in exact)
    right = linear(x, a, b), *linear_backward(grad_y, x, a)
    grad_y, x, a, b = map(abs, (grad_y, x, a, b))
    size = linear(x, a, b), *linear_backward(grad_y, x, a)
    for result, exact, magnitude, terms in zip(found, right, size, (257, 512, 20, 20), strict=True):
        assert np.asarray(result).dtype == np.float32
        assert (abs(np.asarray(result) - exact) <= (terms + 1) * 2**-24 * magnitude).all()


# ---------------------------------------------------------------------------------------------------------------------
# Layouts in memory: the same values, and no copy that PyTorch would not make


def every_other(array):
    """The same values, strided: every second element of a longer last axis."""
    return np.stack([array, np.full_like(array, np.nan)], axis=-1).reshape(*array.shape[:-1], -1)[..., ::2]


LAYOUTS = {
    "contiguous": np.ascontiguousarray,
    "transposed": lambda array: np.ascontiguousarray(array.T).T,
    "strided": every_other,
    "reversed axes": lambda array: np.ascontiguousarray(np.moveaxis(array, 0, -1)).transpose(-1, *range(array.ndim - 1)),
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("lead", [(3,), (4, 5)], ids=["x_{ik}", "x_{hik}"])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_any_strides(layout, lead, library):
    grad_y, x, a, b = layer_arguments(lead)
    assert_exact(linear(*(library(layout(array)) for array in (x, a, b))), loop_linear(x, a, b))
    found = linear_backward(*(library(layout(array)) for array in (grad_y, x, a)))
    for gradient, right in zip(found, loop_gradients(grad_y, x, a), strict=True):
        assert_exact(gradient, right)


def test_two_axes_are_rows_already():
    _, x, _, _ = layer_arguments((3,))
    assert flatten_rows(x) is x
    assert unflatten_rows(x, (3,)) is x


@pytest.mark.parametrize("lead", [(3,), (4, 5)], ids=["x_{ik}", "x_{hik}"])
def test_an_expanded_upstream_gradient(lead):
    _, x, a, _ = layer_arguments(lead)
    ones = np.broadcast_to(np.float64(1), (*lead, OUT))  # what y.sum().backward() hands over: all strides are 0
    for found, right in zip(linear_backward(torch.tensor(1.0).double().expand(*lead, OUT), torch.tensor(x), torch.tensor(a)),
                            loop_gradients(ones, x, a), strict=True):
        assert_exact(found, right)


def numpy_peak(function, *arrays):
    """Bytes allocated at the highest point of the call, its results among them."""
    function(*arrays)
    tracemalloc.start()
    try:
        function(*arrays)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def assert_no_copy(function, *arrays):
    """The peak is that of the results, up to less than any copy or temporary of an array of rows would take."""
    result = function(*arrays)
    results = result if isinstance(result, tuple) else (result,)
    rows = min(array.nbytes for array in arrays if array.ndim > 1)
    assert numpy_peak(function, *arrays) < sum(array.nbytes for array in results) + rows / 2


BIG = [integers(seed, *shape) for seed, shape in enumerate([(13, 37, 257), (13, 37, 241), (257, 241), (257,)])]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("layout", ["contiguous", "transposed a"])
def test_numpy_allocates_its_results_only(layout, dtype):
    grad_y, x, a, b = (array.astype(dtype) for array in BIG)
    a = LAYOUTS["transposed"](a) if layout == "transposed a" else a
    assert_no_copy(linear, x, a, b)
    assert_no_copy(linear_backward, grad_y, x, a)


def test_a_copy_is_noticed():
    grad_y, x, a, b = BIG
    with pytest.raises(AssertionError):
        assert_no_copy(lambda x, a, b: linear(x, a) + b, x, a, b)
    with pytest.raises(AssertionError):
        assert_no_copy(lambda grad_y, x, a: linear_backward(grad_y, x.copy(), a), grad_y, x, a)


# ---------------------------------------------------------------------------------------------------------------------
# Precision


def assert_rounded_once(found, exact):
    """bfloat16 has 8 significant bits: a half unit in the last place is at most 2^-8 of the value; 2^-12 for the sum."""
    assert found.dtype == torch.bfloat16
    assert ((found.double() - exact).abs() <= (2**-8 + 2**-12) * exact.abs()).all()


@pytest.fixture
def many_rows():
    """Positive bfloat16 numbers, so that a sum doesn't cancel: grad_y (4096, 13), x (4096, 17)."""
    generator = torch.Generator().manual_seed(0)
    return [torch.rand(4096, size, generator=generator).bfloat16() for size in (13, 17)]


def test_bfloat16_is_rounded_once(many_rows):
    grad_y, x = many_rows
    grads = linear_backward(grad_y, x, needs=("a", "b"))
    assert_rounded_once(grads.a, grad_y.double().T @ x.double())
    assert_rounded_once(grads.b, grad_y.double().sum(0))
    grads = linear_backward(grad_y.T, a=x, needs=("x",))
    assert_rounded_once(grads.x, grad_y.double().T @ x.double())
    b = torch.full((17,), 700).bfloat16()
    exact = grad_y.double().T @ x.double() + b.double()
    assert_rounded_once(linear(grad_y.T, x.T, b), exact)
    strided = torch.stack([grad_y.T, grad_y.T]).transpose(0, 1)  # PyTorch's own layer adds b in a second step here
    assert_rounded_once(linear(strided, x.T, b), torch.stack([exact, exact], 1))


def test_a_bfloat16_running_sum_is_noticed(many_rows):
    grad_y, _ = many_rows
    running = torch.zeros(13, dtype=torch.bfloat16)
    for row in grad_y:
        running += row
    with pytest.raises(AssertionError):
        assert_rounded_once(running, grad_y.double().sum(0))


def test_the_float32_bias_gradient_keeps_counting():
    grad_y = np.ones((1001, 2), np.float32)
    grad_y[0] = 2**24  # the next float32 is 2^24 + 2
    assert (linear_backward(grad_y, needs=("b",)).b == 2**24 + 1000).all()
    assert (grad_y.sum(0) == 2**24).all()  # so the case tells the two sums apart


# ---------------------------------------------------------------------------------------------------------------------
# Only what is asked for


@pytest.mark.parametrize("needs", [(), ("x",), ("a",), ("b",), ("x", "b"), ["a", "b"], {"x", "a"}], ids=str)
def test_only_the_gradients_asked_for(needs):
    grad_y, x, a, _ = layer_arguments((4, 5))
    everything = linear_backward(grad_y, x, a)._asdict()
    without_the_rest = linear_backward(grad_y, x if "a" in needs else None, a if "x" in needs else None, needs=needs)
    assert isinstance(without_the_rest, Gradients)
    for name, gradient in without_the_rest._asdict().items():
        assert (gradient is not None) == (name in needs)
        if gradient is not None:
            assert_exact(gradient, everything[name])


class CountedOperations(torch.overrides.TorchFunctionMode):
    """The names of the matrix products and sums that PyTorch is asked for."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function.__name__ in ("matmul", "__matmul__", "sum"):
            self.names.append(function.__name__.strip("_"))
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("needs, operations", [
    ((), []), (("x",), ["matmul"]), (("a",), ["matmul"]), (("b",), ["sum"]), (("x", "a", "b"), ["matmul", "matmul", "sum"]),
], ids=str)
def test_one_operation_for_each_gradient(needs, operations):
    grad_y, x, a, _ = (torch.tensor(array) for array in layer_arguments((4, 5)))
    with CountedOperations() as counted:
        linear_backward(grad_y, x, a, needs=needs)
    assert counted.names == operations


# ---------------------------------------------------------------------------------------------------------------------
# Wrong rules: each is caught by the very helper that passes the right one


def rows(array):
    return array.reshape(prod(array.shape[:-1]), array.shape[-1])


WRONG_RULES = {
    "dl/dA = X^T G": ((3,), lambda grad_y, x, a, right: right._replace(a=x.T @ grad_y)),
    "dl/dA = -G^T X": ((3,), lambda grad_y, x, a, right: right._replace(a=-right.a)),
    "dl/dA = G^T X / M": ((3,), lambda grad_y, x, a, right: right._replace(a=right.a / 3)),
    "dl/dA of the last row": ((3,), lambda grad_y, x, a, right: right._replace(a=np.outer(grad_y[-1], x[-1]))),
    "dl/dA without the sum over h": ((4, 5), lambda grad_y, x, a, right: right._replace(a=grad_y.mT @ x)),
    "dl/db = G.sum(0) for (4,5,K)": ((4, 5), lambda grad_y, x, a, right: right._replace(b=grad_y.sum(0))),
    "dl/db = G.sum(0) for (K)": ((), lambda grad_y, x, a, right: right._replace(b=grad_y.sum(0))),
    "dl/db = mean of G": ((3,), lambda grad_y, x, a, right: right._replace(b=rows(grad_y).mean(0))),
    "dl/db = 1^T G as a row": ((3,), lambda grad_y, x, a, right: right._replace(b=rows(grad_y).sum(0, keepdims=True))),
    "dl/db = |G| summed": ((3,), lambda grad_y, x, a, right: right._replace(b=abs(rows(grad_y)).sum(0))),
    "dl/dX = -G A": ((3,), lambda grad_y, x, a, right: right._replace(x=-right.x)),
    "dl/dX = G A, flattened": ((4, 5), lambda grad_y, x, a, right: right._replace(x=rows(right.x))),
    "dl/dX = G A + 10^-12": ((3,), lambda grad_y, x, a, right: right._replace(x=right.x + 1e-12)),
}


@pytest.mark.parametrize("lead, rule", WRONG_RULES.values(), ids=WRONG_RULES)
def test_a_wrong_rule_is_caught(lead, rule):
    def wrong_backward(grad_y, x, a):
        return rule(grad_y, x, a, linear_backward(grad_y, x, a))

    assert_right_gradients(linear_backward, lead)
    with pytest.raises(AssertionError):
        assert_right_gradients(wrong_backward, lead)


def test_the_transposed_product_is_an_error_for_more_axes():
    grad_y, x, _, _ = layer_arguments((4, 5))
    with pytest.raises(ValueError, match="mismatch in its core dimension"):
        grad_y.T @ x


# ---------------------------------------------------------------------------------------------------------------------
# Arguments that don't fit


def zeros(*shape, dtype="float64"):
    return np.zeros(shape, dtype)


def tensor(*shape, **kind):
    return torch.zeros(shape, **kind)


LEGAL = "float64 array, float32 array, float64 tensor, float32 tensor, bfloat16 tensor"
BAD_CALLS = {
    "a transposed": (
        lambda: linear(zeros(3, 7), zeros(7, 11)),
        "linear: a has shape (7, 11). Its axes are (out, in), and axes of one name have one size; "
        "x (*, in) has shape (3, 7). Legal: (out, 7).",
    ),
    "a with one axis": (
        lambda: linear(tensor(3, 7), tensor(7)),
        "linear: a has shape (7,). Its axes are (out, in), and axes of one name have one size; "
        "x (*, in) has shape (3, 7). Legal: (out, 7).",
    ),
    "x without axes": (
        lambda: linear(zeros(), zeros(11, 7)),
        "linear: x has shape (). Its axes are (*, in), and axes of one name have one size. Legal: (*, in).",
    ),
    "b of the wrong size": (
        lambda: linear(zeros(4, 5, 7), zeros(11, 7), zeros(7)),
        "linear: b has shape (7,). Its axes are (out,), and axes of one name have one size; "
        "x (*, in) has shape (4, 5, 7); a (out, in) has shape (11, 7). Legal: (11,).",
    ),
    "b that would broadcast": (
        lambda: linear(tensor(3, 7), tensor(11, 7), tensor(1)),
        "linear: b has shape (1,). Its axes are (out,), and axes of one name have one size; "
        "x (*, in) has shape (3, 7); a (out, in) has shape (11, 7). Legal: (11,).",
    ),
    "b as a row": (
        lambda: linear(zeros(3, 7), zeros(11, 7), zeros(1, 11)),
        "linear: b has shape (1, 11). Its axes are (out,), and axes of one name have one size; "
        "x (*, in) has shape (3, 7); a (out, in) has shape (11, 7). Legal: (11,).",
    ),
    "x with other rows than grad_y": (
        lambda: linear_backward(zeros(4, 5, 11), zeros(5, 4, 7), zeros(11, 7)),
        "linear_backward: x has shape (5, 4, 7). Its axes are (*, in), and axes of one name have one size; "
        "grad_y (*, out) has shape (4, 5, 11). Legal: (4, 5, in).",
    ),
    "x flattened, grad_y not": (
        lambda: linear_backward(tensor(4, 5, 11), tensor(20, 7), tensor(11, 7)),
        "linear_backward: x has shape (20, 7). Its axes are (*, in), and axes of one name have one size; "
        "grad_y (*, out) has shape (4, 5, 11). Legal: (4, 5, in).",
    ),
    "a that fits x but not grad_y": (
        lambda: linear_backward(zeros(3, 11), zeros(3, 7), zeros(5, 7)),
        "linear_backward: a has shape (5, 7). Its axes are (out, in), and axes of one name have one size; "
        "grad_y (*, out) has shape (3, 11); x (*, in) has shape (3, 7). Legal: (11, 7).",
    ),
    "grad_y without axes": (
        lambda: linear_backward(zeros(), needs=("b",)),
        "linear_backward: grad_y has shape (). Its axes are (*, out), and axes of one name have one size. Legal: (*, out).",
    ),
    "a an array, x a tensor": (
        lambda: linear(tensor(3, 7), zeros(11, 7, dtype="float32")),
        "linear: a is given as float32 array of shape (11, 7). All arguments are of one kind, and "
        "x is given as float32 tensor on cpu of shape (3, 7). Legal: float32 tensor on cpu with axes (out, in).",
    ),
    "x a tensor, grad_y an array": (
        lambda: linear_backward(zeros(3, 11), tensor(3, 7), zeros(11, 7)),
        "linear_backward: x is given as float32 tensor on cpu of shape (3, 7). All arguments are of one kind, and "
        "grad_y is given as float64 array of shape (3, 11). Legal: float64 array with axes (*, in).",
    ),
    "two dtypes": (
        lambda: linear(zeros(3, 7), zeros(11, 7), zeros(11, dtype="float32")),
        "linear: b is given as float32 array of shape (11,). All arguments are of one kind, and "
        "x is given as float64 array of shape (3, 7). Legal: float64 array with axes (out,).",
    ),
    "two devices": (
        lambda: linear(tensor(3, 7), tensor(11, 7, device="meta")),
        "linear: a is given as float32 tensor on meta of shape (11, 7). All arguments are of one kind, and "
        "x is given as float32 tensor on cpu of shape (3, 7). Legal: float32 tensor on cpu with axes (out, in).",
    ),
    "integers": (
        lambda: linear(zeros(3, 7, dtype="int64"), zeros(11, 7, dtype="int64")),
        f"linear: x is given as int64 array of shape (3, 7). Legal: {LEGAL}; its axes are (*, in).",
    ),
    "complex numbers, whose gradients need a conjugate": (
        lambda: linear_backward(tensor(3, 11, dtype=torch.complex64), needs=("b",)),
        f"linear_backward: grad_y is given as complex64 tensor on cpu of shape (3, 11). Legal: {LEGAL}; its axes are (*, out).",
    ),
    "a list": (
        lambda: linear([[1.0, 2.0]], zeros(11, 2)),
        f"linear: x is given as list. Legal: {LEGAL}; its axes are (*, in).",
    ),
    "a masked array, whose sum leaves out entries": (
        lambda: linear_backward(np.ma.ones((3, 11)), needs=("b",)),
        f"linear_backward: grad_y is given as MaskedArray of shape (3, 11). Legal: {LEGAL}; its axes are (*, out).",
    ),
    "no weights": (
        lambda: linear(zeros(3, 7), None),
        "linear: a is given as NoneType. All arguments are of one kind, and "
        "x is given as float64 array of shape (3, 7). Legal: float64 array with axes (out, in).",
    ),
    "no input for the gradient of a": (
        lambda: linear_backward(zeros(3, 11), a=zeros(11, 7)),
        "linear_backward: x is given as NoneType. All arguments are of one kind, and "
        "grad_y is given as float64 array of shape (3, 11). Legal: float64 array with axes (*, in).",
    ),
    "no weights for the gradient of x": (
        lambda: linear_backward(zeros(3, 11), needs=("x",)),
        "linear_backward: a is given as NoneType. All arguments are of one kind, and "
        "grad_y is given as float64 array of shape (3, 11). Legal: float64 array with axes (out, in).",
    ),
    "an unknown gradient": (
        lambda: linear_backward(zeros(3, 11), needs=("bias",)),
        "linear_backward: needs has 'bias'. It names the gradients wanted. Legal: 'x', 'a', 'b'.",
    ),
}


@pytest.mark.parametrize("call, message", BAD_CALLS.values(), ids=BAD_CALLS)
def test_an_argument_that_does_not_fit(call, message):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == message


# ---------------------------------------------------------------------------------------------------------------------
# What is imported

IMPORTS = {
    "import linalg_grads.linear_layer": {"numpy", "torch"},
    "import linalg_grads.linear_layer as layer, numpy as np; layer.linear(np.ones(2), np.ones((3, 2)))": {"torch"},
}


@pytest.mark.parametrize("code, absent", IMPORTS.items(), ids=IMPORTS)
def test_no_library_is_imported_before_it_is_used(code, absent):
    check = f"{code}; import sys; loaded = {absent!r} & set(sys.modules); assert not loaded, loaded"
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
