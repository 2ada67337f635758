"""Published problems with known answers: the emitted functions against a forward pass written by hand and PyTorch's autograd."""

import ast
import inspect
import math
import re
import zlib

import numpy as np
import pytest
import torch

from linalg_grads import backward
from linalg_grads.arrays import plan
from linalg_grads.canonical import canonical
from linalg_grads.parse_latex import parse_equation, parse_expression
from linalg_grads.source import ready, writer_for
from linalg_grads.to_code import NUMPY, python_name
from linalg_grads.to_latex import to_latex
from tests.matrix_notation import evaluate
from tests.published_problems import PROBLEMS


@pytest.fixture(autouse=True)
def float64():
    """Constants that a forward function makes are float64 like its inputs; other tests keep PyTorch's default."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def values(problem):
    """Random inputs of mixed signs, the same in every run."""
    random = np.random.default_rng(zlib.crc32(problem.title.encode()))
    return {name: torch.tensor(_of_kind(kind, random.normal(size=sizes))) for name, (sizes, kind) in problem.inputs.items()}


def _of_kind(kind, x):
    match kind:
        case "positive":
            return np.abs(x) + 0.5
        case "part":
            return 0.1 + 0.8 / (1 + np.exp(-x))
        case "hot":
            return np.eye(x.shape[1])[np.abs(x).argmax(1)]
        case "far":
            return x + 5 * np.eye(len(x))
        case "spd":
            return x @ x.T + np.eye(len(x))
    return x


def oracle(problem, inputs):
    """(upstream gradient, {name: gradient}) by autograd through the hand-written forward function."""
    leaves = [x.clone().requires_grad_() for x in inputs.values()]
    output = problem.forward(*leaves)
    upstream = torch.tensor(np.random.default_rng(7).normal(size=tuple(output.shape)))
    return upstream, dict(zip(inputs, torch.autograd.grad(output, leaves, upstream)))


def compiled(source, name):
    namespace = {}
    exec(source, namespace)
    return namespace[name]


def close(value, wanted):
    value, wanted = np.asarray(value), np.asarray(wanted)
    assert value.shape == wanted.shape
    np.testing.assert_allclose(value, wanted, rtol=1e-9, atol=1e-9 * max(1.0, np.abs(wanted).max(initial=0)))


class Case:
    """One problem and one of its inputs: the derivation, and what autograd says."""

    def __init__(self, problem, name, change={}):
        self.problem, self.name = problem, name
        self.derivation = backward(problem.equations, wrt=name)
        self.inputs = {name: change.get(name, lambda x: x)(x) for name, x in values(problem).items()}
        self.upstream, gradients = oracle(problem, self.inputs)
        self.wanted = gradients[name]
        self.names = dict(zip(inspect.signature(problem.forward).parameters, problem.inputs))  # in Python -> in LaTeX

    @property
    def python_name(self):
        return next(python for python, latex in self.names.items() if latex == self.name)

    def arguments(self, function, inputs=None):
        """The inputs that a function takes, by its own parameters' names; the last parameter is the upstream gradient."""
        *parameters, upstream = inspect.signature(function).parameters
        assert upstream.startswith("grad_")
        assert parameters == [name for name in self.names if name in parameters]
        return [(inputs or self.inputs)[self.names[parameter]] for parameter in parameters]


SIZES_MATTER = {"contrastive loss (InfoNCE)", "contrastive loss as a quotient", "contrastive loss of all others"}
CASES = {f"{problem.title}, {name}": (problem, name) for problem in PROBLEMS for name in problem.inputs}
cases = pytest.mark.parametrize("problem, name", CASES.values(), ids=CASES)


def number_or_array(x):
    return x.item() if x.ndim == 0 else x.numpy()


@cases
def test_gradients(problem, name):
    case = Case(problem, name)
    with_numpy(case)
    with_torch(case)
    as_matrices(case)
    by_einsum(case)
    is_read_again(case)
    ends_in_the_results(case.derivation)


def with_numpy(case):
    source = case.derivation.to_numpy()
    function = compiled(source, f"grad_{case.python_name}")
    close(function(*map(number_or_array, case.arguments(function)), number_or_array(case.upstream)), case.wanted)
    reads_all_it_takes(source)
    shapes_fit(case, function)
    along_one_row(case, function)
    if case.wanted.ndim:
        single = function(*[x.numpy().astype(np.float32) if x.ndim else x.item() for x in case.arguments(function)],
                          case.upstream.numpy().astype(np.float32) if case.upstream.ndim else case.upstream.item())  # fmt: skip
        assert single.dtype == np.float32, source


def shapes_fit(case, function):
    """In the docstring a letter is one length, and it has all axes of each argument."""
    said = dict(re.findall(r"^ *(\w+) +\(([^()]*)\)$", function.__doc__, re.M))
    *parameters, upstream = inspect.signature(function).parameters
    shapes = {name: case.inputs[case.names[name]].shape for name in parameters} | {upstream: case.upstream.shape, "returns": case.wanted.shape}
    assert said.keys() == shapes.keys()
    lengths = {}
    for name, shape in shapes.items():
        letters = [letter for letter in said[name].replace(",", " ").split()]
        if "..." not in letters:
            assert len(letters) == len(shape) and all(lengths.setdefault(letter, length) == length for letter, length in zip(letters, shape)), function.__doc__


def along_one_row(case, function):
    """All axes of one length, another one from input to input, shortened to 1: nothing is broadcast that should not be."""
    lengths = sorted({length for x in case.inputs.values() for length in x.shape})
    if not lengths or case.problem.title in SIZES_MATTER or re.search("linalg|inv|det", inspect.getsource(case.problem.forward)):
        return
    one = lengths[list(case.inputs).index(case.name) % len(lengths)]
    short = {name: x[tuple([slice(0, 1) if n == one else slice(None) for n in x.shape])] for name, x in case.inputs.items()}
    upstream, gradients = oracle(case.problem, short)
    close(function(*map(number_or_array, case.arguments(function, short)), number_or_array(upstream)), gradients[case.name])


def with_torch(case):
    source = case.derivation.to_torch()
    function = compiled(source, f"grad_{case.python_name}")
    arguments = case.arguments(function)
    for scalar in (lambda x: x, lambda x: x.item() if x.ndim == 0 else x):  # scalars as tensors, then as numbers
        gradient = function(*map(scalar, arguments), case.upstream)
        close(gradient, case.wanted)
    assert torch.as_tensor(gradient).dtype == torch.float64
    if case.wanted.ndim:
        single = function(*[x.float() if x.ndim else x.item() for x in arguments], case.upstream.float())
        assert isinstance(single, torch.Tensor) and single.dtype == torch.float32


def reads_all_it_takes(source):
    """No argument stands in vain; an output that is one number has the upstream gradient 1 by default."""
    tree = ast.parse(source).body[-1]
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    assert {argument.arg for argument in tree.args.args} <= read


def as_matrices(case):
    text = case.derivation.to_matrix()
    if text is None:
        return
    known, upstream = everything(case), case.upstream.numpy()
    values = {}
    for name, value in known.items():
        capital = re.sub(r"^(\\[a-z]+\{)?([a-z])(\}?)$", lambda found: (found[1] or "") + found[2].upper() + found[3], name)
        name_there = capital if value.ndim == 2 and capital not in known else name
        values[name_there] = value
        if name == case.derivation.output.name and value.ndim:
            values[rf"\frac{{\partial l}}{{\partial {name_there}}}"] = upstream
    gradient = evaluate(text.split(" = ", 1)[1], values, tuple(case.wanted.shape))
    close(gradient if upstream.ndim else upstream * gradient, case.wanted)
    if case.name in case.problem.matrix:
        assert text.split(" = ", 1)[1] == case.problem.matrix[case.name]


def by_einsum(case):
    names = {python_name(name): number_or_array(torch.tensor(value)) for name, value in everything(case).items()}
    upstream = number_or_array(case.upstream)
    gradient = eval(case.derivation.to_einsum(), {"np": np, "math": math, **names, f"grad_{python_name(case.derivation.output.name)}": upstream})
    close(gradient if case.upstream.ndim else upstream * gradient, case.wanted)


def is_read_again(case):
    """Every line that is printed, in components or in matrix notation, can be typed in again."""
    for chain in case.derivation.chains:
        for line in (to_latex(chain.left), *[step.latex.removeprefix("= ") for step in chain.steps]):
            parse_expression(line)
    if case.derivation.to_matrix():
        parse_equation(case.derivation.to_matrix())


def ends_in_the_results(derivation):
    """The lines are recorded when they are asked for; the results, which are worked out without them, are where they end."""
    results = [*derivation.jacobians.values()]
    results += [e for name, e in derivation.gradients.items() if not derivation.is_in_the_loss_alone(name)]
    if results:
        results[-1] = derivation.written_out(results[-1])
    assert [canonical(chain.last) for chain in derivation.chains] == list(map(canonical, results))


def everything(case):
    """Name in LaTeX -> value, of the inputs and of all that the equations define."""
    layer = case.derivation.layer
    known = {name: value.numpy() for name, value in case.inputs.items()}
    writer = writer_for(case.derivation, NUMPY)
    for equation in layer.equations:
        axes = equation.left.indices
        code = writer.number(ready(plan(equation.right, axes), axes, writer))
        names = {python_name(name): value for name, value in known.items()}
        known[equation.left.name] = np.asarray(eval(code, {"np": np, "math": math, f"grad_{python_name(case.derivation.output.name)}": case.upstream.numpy(), **names}))
    return known


# ---------------------------------------------------------------- Jacobians

with_one_index_an_axis = {key: case for key, case in CASES.items() if r"\ldots" not in str(case[0].equations)}


@pytest.mark.parametrize("problem, name", with_one_index_an_axis.values(), ids=with_one_index_an_axis)
def test_jacobians(problem, name):
    case = Case(problem, name)
    jacobian = case.derivation.jacobian
    output, variable = jacobian.left.of, jacobian.left.wrt
    writer = writer_for(case.derivation, NUMPY)
    axes = (*output.indices, *variable.indices)
    code = writer.write(ready(plan(jacobian.right, axes), axes, writer))
    names = {writer.name(name): number_or_array(torch.tensor(value)) for name, value in everything(case).items()}
    value = eval(code, {"np": np, "math": math, **names, f"grad_{python_name(output.name)}": case.upstream.numpy()})

    def forward(x):
        return problem.forward(*[x if other == name else value for other, value in case.inputs.items()])

    close(value, torch.autograd.functional.jacobian(forward, case.inputs[name]))


# ---------------------------------------------------------------- without overflow

STEEP = {  # a problem -> its input that becomes huge
    "softmax of a vector": "x", "softmax of rows": "s", "softmax of columns": "s", "softmax with e": "z", "softmax, three equations": "x",
    "softmax, three equations, sum": "x", "softmax, any leading axes": "x", "softmax with temperature": "z", "log-softmax": "x",
    "log-softmax of rows": "x", "log-softmax of a softmax": "x", "log-sum-exp": "x", "log-sum-exp of rows": "x",
    "cross-entropy, one sample": "z", "cross-entropy, one equation": "x", "cross-entropy, batch mean": "z",
    "cross-entropy, one equation, batch": "z", "cross-entropy from log-softmax": "z", "softmax regression": "x", "label smoothing": "z",
    "sigmoid": "x", "sigmoid, written out": "x", "sigmoid with e": "x", "softplus": "x", "softplus by name": "x", "SiLU": "x", "Mish": "x",
    "logistic regression": "x", "logistic regression with signs": "x", "binary cross-entropy with logits": "z",
    "attention, scaled": "q", "attention, batch and heads": "k", "attention in one equation": "q", "contrastive loss (InfoNCE)": "x",
    "word vectors with negative samples": "v", "prototype classifier": "x", "policy gradient with a baseline": "z",
    "contrastive loss as a quotient": "u", "ELU in pieces": "x", "ELU in cases, squared": "x", "cross-entropy of column vectors": r"\mathbf{v}", "attention with projections and a mask": "M",
    "associative memory": r"\boldsymbol{\xi}", "associative memory by components, one equation": "z",
    "mean under a softmax with temperature, one equation": "z", "label smoothing by its two weights": "x", "focal loss of a softmax": "x",
    "cross-entropy of one sample, softmax of a column": "b", "attention by components, softmax over j": "q", "one class of a softmax": "x",
    "tanh in exponentials": "x", "distillation": "s", "logistic regression with e above and below": "x",
}  # fmt: skip


@pytest.mark.parametrize("change", [lambda x: 1000 * x, lambda x: x + 1000, lambda x: x - 1000], ids=["times 1000", "plus 1000", "minus 1000"])
@pytest.mark.parametrize("title", STEEP)
def test_large_inputs_give_finite_gradients(title, change):
    problem = next(problem for problem in PROBLEMS if problem.title == title)
    for name in problem.inputs:
        case = Case(problem, name, change={STEEP[title]: change})
        assert torch.isfinite(case.wanted).all()
        with_numpy(case)
        with_torch(case)
