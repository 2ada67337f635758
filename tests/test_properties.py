r"""Properties of the language and of the calculus, on random layers: what is printed reads back as the same, every step of a
derivation is an equality, the code that comes out agrees with PyTorch, and equality is what an independent evaluation says.
"""

import inspect
import itertools
import math

import pytest
import torch
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from random_layers import LENGTHS, SHAPES, Drawing, Layer, Mul, Ten, all_trees, forward, layers, random_arrays, replaced, value_of_nodes

from linalg_grads import backward, equal
from linalg_grads.canonical import canonical
from linalg_grads.expressions import (
    Delta,
    Derivative,
    Equation,
    Product,
    Size,
    Sum,
    children,
    depends,
    dummy,
    free,
    holds,
    replace_children,
    substitute,
    tidy,
)
from linalg_grads.indices import bind, read_layer
from linalg_grads.parse_latex import parse_equation, parse_expression
from linalg_grads.to_latex import to_latex


def some(count):
    """The same examples in every run; a failure prints the layer, and how to draw it again. (Shrinking it takes minutes.)"""
    return settings(
        max_examples=count, derandomize=True, database=None, deadline=None, print_blob=True,
        phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
    )  # fmt: skip


def read(layer):
    return read_layer([parse_equation(text) for text in layer.latex], layer.latex)


# ---------------------------------------------------------------- printing and reading


def assert_reads_back(equation):
    text = to_latex(equation)
    again = parse_equation(text)
    right = tidy(bind(again.right, free(again.left), text))
    assert canonical(right) == canonical(equation.right), text
    assert to_latex(Equation(again.left, right)) == text


@some(250)
@given(layers(depth=3, definitions=1))
def test_what_is_printed_reads_back_as_the_same(layer):
    for equation in read(layer).equations:
        assert_reads_back(equation)


@some(80)
@given(layers(depth=2, definitions=1))
def test_results_read_back_as_the_same(layer):
    derivation = backward(layer.latex, wrt=layer.one_input)
    for equation in (derivation.jacobian, derivation.gradient):
        if not holds(equation, Size):  # how long an index is that stands nowhere else, its text alone doesn't tell
            assert_reads_back(equation)


# ---------------------------------------------------------------- the calculus against PyTorch


def gradients(layer, arrays, upstream):
    """By PyTorch: name -> dl/d(name), for all inputs and definitions."""
    inputs = {name: array.clone().requires_grad_() for name, array in arrays.items()}
    found = forward(layer, inputs)
    for array in found.values():
        if array.requires_grad:
            array.retain_grad()
    found[layer.output].backward(upstream)
    return {name: torch.zeros_like(array) if array.grad is None else array.grad for name, array in found.items()}


def upstream_of(shape, integers=False):
    generator = torch.Generator().manual_seed(2)
    if integers:
        return torch.randint(-3, 4, shape, generator=generator).double()
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def run(code, layer, arrays, upstream, convert):
    """What the emitted function of this source returns."""
    namespace = {}
    exec(code, namespace)
    (function,) = [made for name, made in namespace.items() if name.startswith("grad_")]
    known = {layer.in_python(name): array for name, array in arrays.items()}
    *inputs, _ = inspect.signature(function).parameters
    return torch.as_tensor(function(*[convert(known[name]) for name in inputs], convert(upstream)), dtype=torch.float64)


def close(a, b):
    return a.shape == b.shape and torch.allclose(a, b, rtol=1e-8, atol=1e-8)


def of_moderate_size(arrays):
    return all(array.isfinite().all() and array.abs().max() < 1e4 for array in arrays)


@some(80)
@given(layers(depth=2, definitions=2))
def test_gradients_agree_with_autograd(layer):
    arrays = random_arrays(layer, seed=1)
    output = forward(layer, arrays)[layer.output]
    expected = gradients(layer, arrays, upstream := upstream_of(output.shape))
    assume(of_moderate_size(expected.values()))
    derivation = backward(layer.latex, wrt=layer.one_input)
    for code, convert in ((derivation.to_torch(), lambda array: array), (derivation.to_numpy(), lambda array: array.numpy())):
        assert close(run(code, layer, arrays, upstream, convert), expected[layer.one_input]), code


@some(80)
@given(layers(depth=2, definitions=1, polynomial=True))
def test_gradients_of_polynomials_are_exact_over_the_integers(layer):
    arrays = random_arrays(layer, seed=1, integers=True)
    output = forward(layer, arrays)[layer.output]
    expected = gradients(layer, arrays, upstream := upstream_of(output.shape, integers=True))[layer.one_input]
    assume(expected.abs().max() < 2**40)
    code = backward(layer.latex, wrt=layer.one_input).to_numpy()
    assert torch.equal(run(code, layer, arrays, upstream, lambda array: array.numpy()), expected), code


def products_computed(tree):
    """How large an array the plain evaluation of a tree makes."""
    return math.prod(LENGTHS[index] for index in {index for leaf in all_trees(tree) if isinstance(leaf, Ten) for index in leaf.indices})


@some(40)
@given(layers(depth=2, definitions=1))
def test_jacobians_agree_with_autograd(layer):
    arrays, wrt = random_arrays(layer, seed=1), layer.one_input
    assume(all(products_computed(tree) < 10**5 for _, _, tree in layer.equations))
    found = forward(layer, arrays)
    assume(of_moderate_size(found.values()))
    expected = torch.autograd.functional.jacobian(lambda array: forward(layer, arrays | {wrt: array})[layer.output], arrays[wrt])
    jacobian = backward(layer.latex, wrt=wrt).jacobian
    assert close(value_of_nodes(jacobian.right, free(jacobian.left), found), expected), to_latex(jacobian)


def assert_steps_hold(derivation, layer, arrays):
    """Every line of every chain has the value of its left-hand side.

    Where something is held fixed a Jacobian dy/ds is that of the equation for y alone. A gradient dl/ds goes through all equations.
    """
    found, loss = forward(layer, arrays), derivation.loss.name
    scalar = loss == layer.output
    upstream = torch.ones_like(found[loss]) if scalar else upstream_of(found[layer.output].shape)
    known = {}
    for equation in derivation.layer.equations:
        for name, component in derivation.components.items():
            if name != equation.left.name and depends(equation.right, name):
                indices = (*equation.left.indices, *component.indices)
                value = value_of_nodes(Derivative(equation.right, component), indices, found)
                known |= {(equation.left.name, name, held): value for held in (True, False)}
    known |= {(loss, name, False): array for name, array in gradients(layer, arrays, upstream).items()}
    for chain in derivation.chains:
        expected = value_of_nodes(chain.left, free(chain.left), found, known)
        for step in chain.steps:
            assert close(value_of_nodes(step.after, free(chain.left), found, known), expected), f"{step.rule}: {step.latex}"


@some(40)
@given(layers(depth=2, definitions=1))
def test_every_step_is_an_equality(layer):
    arrays = random_arrays(layer, seed=1)
    found = forward(layer, arrays)
    assume(of_moderate_size([*found.values(), *gradients(layer, arrays, upstream_of(found[layer.output].shape)).values()]))
    derivation = backward(layer.latex, wrt=layer.one_input)
    assert_steps_hold(derivation, layer, arrays)
    for (output, name), result in derivation.jacobians.items():  # worked out at once, without steps
        assert canonical(derivation.jacobian_chain(derivation.by_name[output], name).last) == canonical(result)


# ---------------------------------------------------------------- equality


def shuffled(e, choose):
    """`e` with its dummies renamed, its factors and terms in another order, its deltas turned."""
    e = replace_children(e, [shuffled(part, choose) for part in children(e)])
    if isinstance(e, Sum):
        return Sum(tuple(choose(e.terms)))
    if isinstance(e, Delta):
        return Delta(*choose((e.i, e.j)))
    if isinstance(e, Product):
        mapping = {index: dummy(index) for index in e.bound}
        return substitute(Product(tuple(choose(e.factors)), tuple(choose(e.bound))), mapping)
    return e


@some(150)
@given(layers(depth=3), st.randoms(use_true_random=True))
def test_order_and_names_of_dummies_make_no_difference(layer, random):
    right = read(layer).equations[-1].right
    other = shuffled(right, lambda parts: random.sample(parts, len(parts)))
    assert canonical(other) == canonical(right)
    assert equal(other, right)


TENSORS = {"g": 2, "q": 2, "v": 1}
WRAPPINGS = ("{}", r"\exp({})", r"u \exp({})", r"(\sin({}))^2")


@st.composite
def small_products(draw):
    """Two products of the same few tensors, all of whose indices are summed: [(name, indices), ...]."""
    names = draw(st.lists(st.sampled_from(sorted(TENSORS)), min_size=2, max_size=4))
    letters = "abcd"[: draw(st.integers(1, 4))]
    return [tuple((name, tuple(draw(st.sampled_from(letters)) for _ in range(TENSORS[name]))) for name in names) for _ in range(2)]


def same_up_to_renaming(left, right):
    """By trying every renaming of the one's letters to the other's."""
    mine, theirs = (sorted({letter for _, indices in side for letter in indices}) for side in (left, right))
    return len(mine) == len(theirs) and any(
        sorted((name, tuple(dict(zip(mine, choice))[letter] for letter in indices)) for name, indices in left) == sorted(right)
        for choice in itertools.permutations(theirs)
    )


def written(product):
    letters = sorted({letter for _, indices in product for letter in indices})
    return rf"\sum_{{{''.join(letters)}}} " + " ".join(f"{name}_{{{''.join(indices)}}}" for name, indices in product)


@some(300)
@given(small_products(), st.sampled_from(WRAPPINGS))
def test_equality_is_what_exhaustive_renaming_says(products, wrapping):
    left, right = (wrapping.format(written(product)) for product in products)
    assert equal(left, right) == same_up_to_renaming(*products)


@some(100)
@given(layers(depth=2), st.integers(0, 10**6))
def test_a_planted_difference_is_refuted(layer, place):
    name, indices, tree = layer.equations[-1]
    leaves = [leaf for leaf in all_trees(tree) if isinstance(leaf, Ten)]
    leaf = leaves[place % len(leaves)]
    other = Layer(((name, indices, replaced(tree, leaf, planted(leaf))),), layer.sizes)
    arrays = random_arrays(Layer((), SHAPES), seed=1)
    values = [forward(one, arrays)[layer.output] for one in (layer, other)]
    assume(of_moderate_size(values))
    assume(not torch.allclose(*values, rtol=1e-9, atol=1e-9))
    left, right = (bind(parse_expression(one.latex[-1].partition("=")[2]), indices) for one in (layer, other))
    assert not equal(left, right)


def planted(leaf):
    """A component with its indices exchanged where they run over the same axis, else times a number."""
    turned = Ten(leaf.name, leaf.indices[::-1])
    return turned if leaf.name in Drawing.SQUARE and turned != leaf else Mul((leaf, Ten("c", ())))


SIGNS = [  # true where the numbers are positive, or of one sign, only
    ("|c|", "c"), (r"\sqrt{c^2}", "c"), (r"\max(0, c)", "c"), (r"\operatorname{sign}(c)", "1"), ("|c d|", "c d"), ("|c - d|", "c - d"),
    ("|c| x_i", "c x_i"), ("|c d f|", "c d f"), (r"\max(0, c - d)", "c - d"), ("[c > 0]", "1"), ("|c + d|", "|c| + |d|"),
]  # fmt: skip


@pytest.mark.parametrize("left, right", SIGNS)
def test_what_holds_for_some_signs_only_is_not_equal(left, right):
    assert not equal(left, right)


@pytest.mark.parametrize("left, right", [("|c d|", "|c| |d|"), ("|c|", r"c \operatorname{sign}(c)"), (r"\log(c^2)", r"2 \log(|c|)"), ("x_i - x_i", "0"), ("0", "x_i - x_i")])
def test_what_holds_for_all_signs_is_equal(left, right):
    assert equal(left, right)
