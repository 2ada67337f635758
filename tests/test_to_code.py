"""The code that comes out reads as a person would have written it."""

import inspect

import numpy as np
import pytest
import torch

from linalg_grads import backward
from linalg_grads.functions import FUNCTIONS

LINES = {  # an equation, its input -> the last line of the NumPy code
    ("y_i = x_i^{5/2}", "x"): "return 5 * grad_y * x ** 1.5 / 2",
    (r"y_i = \frac{1}{2} x_i v_i + x_i u_i", "x"): "return grad_y * (v / 2 + u)",  # only what is negative comes last
    ("y_i = x_i u_i - x_i v_i", "x"): "return grad_y * (u - v)",
    (r"y_i = \operatorname{tr}(A) x_i", "x"): "return A.trace() * grad_y",
    ("y_i = x_i^{1/3}", "x"): "return grad_y / (3 * y ** 2)",
    ("y_i = x_i^{4/3}", "x"): "return 4 * grad_y * x ** (1/3) / 3",
    ("y_i = x_i^{3/2}", "x"): "return 3 * grad_y * np.sqrt(x) / 2",
    ("y_i = c b_n b_h S_{ii} g_{hn}", "S"): "return c * (b @ (b @ g)) * np.diag(grad_y)",  # a product of vectors is no chain
    ("y_i = S_{ij} S_{jk} x_k", "x"): "return grad_y @ S @ S",
    (r"y_i = x_i \max(0, c)", "x"): "return float(np.maximum(c, 0)) * grad_y",
    (r"y_i = \max(0, x_i)", "x"): "return grad_y * (x > 0)",
    (r"l = \max(0, x_i) \mathbf{1}_i", "x"): "return grad_l * (x > 0).astype(x.dtype)",
    (r"y_i = v_i \sum_{jk} \exp(x_{jk})", "v"): "return np.exp(x).sum() * grad_y",  # two sums in one
    (r"l = \operatorname{tr}(A X B)", "X"): "return grad_l * (B @ A).T",  # one transpose, not two
    (r"l = \operatorname{tr}((X - X W W^\top)^\top (X - X W W^\top))", "X"): "return 2 * grad_l * (X - z - (X - z) @ (W @ W.T))",  # z, not u = -z
}


@pytest.mark.parametrize(("problem", "line"), LINES.items(), ids=[equation for equation, _ in LINES])
def test_the_line_that_computes(problem, line):
    assert backward(*problem).to_numpy().splitlines()[-1].strip() == line


def test_what_has_the_last_axes_of_the_rest_multiplies_as_it_is():
    code = backward([r"n_i := \sqrt{x_{ik} x_{ik}}", r"m_j := \sqrt{z_{jk} z_{jk}}", r"y_{ij} = \frac{x_{ik} z_{jk}}{n_i m_j}"], wrt="x").to_numpy()
    assert code.endswith("return ((grad_y / m) @ z - ((grad_y * y).sum(1) / n)[:, None] * x) / n[:, None]\n")


def test_the_docstring_has_the_formula_and_the_shapes():
    source = backward(r"y_{\ldots j} = x_{\ldots k} a_{jk}", wrt="a").to_numpy()
    shapes = [line.strip() for line in source.split('"""')[1].splitlines()[2:-1]]
    assert shapes == ["x        (..., k)", "grad_y   (..., j)", "returns  (j, k)"]


def test_the_source_is_ready_to_call():
    derivation, x = backward("y_i = x_i^3", wrt="x"), [1.0, -2.0]
    assert derivation.numpy_function()(np.array(x), np.array([5.0, 3.0])).tolist() == [15, 36]
    assert derivation.torch_function()(torch.tensor(x), torch.tensor([5.0, 3.0])).tolist() == [15, 36]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_the_value_that_its_code_has(name):
    for x in (-0.6, 0.0, 0.7):
        wanted = eval(FUNCTIONS[name].torch.format("x"), {"torch": torch, "x": torch.tensor(x, dtype=torch.float64)})
        if torch.isfinite(torch.as_tensor(wanted)):
            assert FUNCTIONS[name].value(x) == pytest.approx(float(wanted), rel=1e-12)


def test_the_functions_that_are_handed_out_compute_what_autograd_does():
    derivation = backward("y_{ij} = x_{ik}^2 a_{jk}", wrt="a")
    x, a, upstream = torch.tensor([[1.0, -2.0, 3.0]]), torch.ones(2, 3, requires_grad=True), torch.tensor([[5.0, -7.0]])
    (x**2 @ a.T).backward(upstream)
    assert derivation.torch_function()(x, upstream).equal(a.grad)
    assert (derivation.numpy_function()(x.numpy(), upstream.numpy()) == a.grad.numpy()).all()


@pytest.mark.parametrize("inside, code", [("x_i z_i", "x * z"), ("-x_i", "(-x)"), ("-x_i z_i", "(-x * z)"), ("x_i + z_i", "(x + z)")])
def test_what_a_half_multiplies_has_the_parentheses_that_it_needs(inside, code):
    assert f"tanh(0.5 * {code}))" in backward(rf"y_i = \sigma({inside})", wrt="x").to_numpy()


@pytest.mark.parametrize("wrt, sizes", [("x", (2, 7, 5)), ("z", (2, 7, 3)), ("q", (2, 7, 3))])
def test_leading_axes_that_are_summed_come_back_in_the_result(wrt, sizes):
    """Linear attention over all leading axes; other arguments have other last axes."""
    layer = [r"g_{ki} := z_{\ldots k} x_{\ldots i}", r"y_{\ldots i} = q_{\ldots k} g_{ki}"]
    random = np.random.default_rng(3)
    arrays = {name: torch.tensor(random.normal(size=(2, 7, last)), requires_grad=True) for name, last in (("z", 3), ("x", 5), ("q", 3))}
    upstream = torch.tensor(random.normal(size=(2, 7, 5)))
    output = arrays["q"] @ torch.einsum("abk,abi->ki", arrays["z"], arrays["x"])
    (wanted,) = torch.autograd.grad(output, arrays[wrt], upstream)
    for source, convert in ((backward(layer, wrt=wrt).to_numpy(), lambda x: x.detach().numpy()), (backward(layer, wrt=wrt).to_torch(), torch.Tensor.detach)):
        namespace = {}
        exec(source, namespace)
        function = namespace[f"grad_{wrt}"]
        inputs = arrays | {"grad_y": upstream}
        found = function(*[convert(inputs[name]) for name in inspect.signature(function).parameters])
        assert tuple(found.shape) == sizes
        np.testing.assert_allclose(found, wanted, atol=1e-12)
