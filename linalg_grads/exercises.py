r"""check_answer: mark a reader's answer, and say what is wrong with it as a good teacher would.

The right answer is derived from the question. A wrong one is understood by trying the known slips on the right answer and
looking which of them gives what the reader wrote: a transpose, a sign, a mean for a sum, another tensor's gradient.
"""

from typing import NamedTuple

from linalg_grads.compare import equal
from linalg_grads.contract import contract, multiplied_out
from linalg_grads.derivation import Derivation, backward
from linalg_grads.errors import IndexRuleError, LinalgGradsError
from linalg_grads.expressions import (
    Delta,
    Derivative,
    Equation,
    Number,
    Product,
    Size,
    Sum,
    Tensor,
    add,
    counts,
    free,
    multiply,
    negative,
    nodes,
    power,
    rename_apart,
    substitute,
    tensors,
    transform,
)
from linalg_grads.indices import bind, once
from linalg_grads.matrices import Converter
from linalg_grads.parse_latex import parse_chain, parse_expression, point_at
from linalg_grads.to_latex import to_latex

TIMES = {1: "once", 2: "twice", 3: "three times"}
PRIMES = (3, 5, 7, 2, 11, 13)
UPSTREAM, WHOLE = r"\widehat{\mathbf{G}}", r"\widehat{\mathbf{W}}"  # names that no reader uses


class Mark(NamedTuple):
    """What became of an answer. `right` is True, False, or None where nothing was answered; it prints as `words`."""

    right: bool | None
    words: str

    def __bool__(self):
        return bool(self.right)

    def __repr__(self):
        return self.words


NOT_ATTEMPTED, RIGHT = Mark(None, "not attempted"), Mark(True, "right")


def check_answer(answer, question, wrt=None):
    r"""Mark an answer to an exercise.

    answer    an equation in LaTeX, such as \frac{\partial l}{\partial c_{pq}} = ..., or only its right-hand side, or a function that
              computes the gradient with NumPy, its arguments named as in the question, grad_y for the upstream gradient.
              An empty text, and a function that returns None, are not attempted
    question  with `wrt`: a layer's forward equation, or a list of them, as `backward` takes it. Without: an expression to simplify
    wrt       the input whose gradient is asked for, such as "c"; the left-hand side of the answer may ask for the Jacobian instead
    returns   a mark: true if the answer is right. It prints as "right", "not attempted", or what is wrong
    raises    LinalgGradsError  the question itself can't be read

    >>> layer = r"y_{ij} = x_{ik} c_{kj} + \mathbf{1}_i b_j"
    >>> check_answer(r"\frac{\partial l}{\partial c_{pq}} = x_{ip} \frac{\partial l}{\partial y_{iq}}", layer, wrt="c")
    right
    >>> check_answer(r"\frac{\partial l}{\partial c_{pq}} = x_{iq} \frac{\partial l}{\partial y_{ip}}", layer, wrt="c")
    not yet: this is the transpose of the right answer
    >>> check_answer(r"\delta_{ip} c_{kj} \delta_{kq}", r"\delta_{ip} \delta_{kq} c_{kj}")
    not yet: this is equal, but a delta can still be contracted
    >>> check_answer("", layer, wrt="c")
    not attempted
    """
    derivation = backward(question, wrt) if wrt else None
    asked = None if wrt else _asked(question)
    if not callable(answer) and not str(answer or "").strip():
        return NOT_ATTEMPTED
    try:
        if callable(answer):
            return _mark_code(answer, derivation, question)
        return _mark_equation(answer, question, derivation, asked)
    except LinalgGradsError as error:
        return _not_yet(str(error))


def _not_yet(words):
    return Mark(False, f"not yet: {words}")


def _asked(expression):
    e = parse_expression(expression)
    return contract(bind(e, once(e), expression))


# ---------------------------------------------------------------- an answer in LaTeX


def _mark_equation(answer, question, derivation, right):
    sides, _ = parse_chain(answer)
    left = sides[0] if len(sides) > 1 else None
    whole = isinstance(left, Derivative) and derivation and not left.wrt.indices and derivation.variable.indices
    if derivation:
        left, right, derivation = _right_side(left, question, derivation, answer)
    for side in sides[1:] or sides:
        side = _in_components(side, derivation, answer) if whole else side
        given = bind(side, free(left) if left else free(right), answer)
        given, size = _without_sizes(given, derivation, right)
        _check_names(given, answer, derivation, right)
        if not _same(given, right, derivation):
            return _not_yet(_diagnosis(given, right, derivation))
        if size:
            return _not_yet(f"right up to a factor of {size}: did you take a mean for a sum?")
    return RIGHT if _deltas(given) <= _deltas(right) else _not_yet("this is equal, but a delta can still be contracted")


def _same(given, right, derivation):
    """Are they equal, where an answer may write out what the layer defines, or name it?"""
    if equal(given, right):
        return True
    return derivation is not None and equal(*[_written_out(side, derivation) for side in (given, right)])


def _written_out(e, derivation):
    """`e` in the layer's inputs and the upstream gradient alone."""
    e = transform(e, lambda node: Tensor(UPSTREAM, node.wrt.indices) if isinstance(node, Derivative) else node)
    for equation in reversed(derivation.layer.equations):

        def inserted(node, left=equation.left, right=equation.right):
            if not isinstance(node, Tensor) or node.name != left.name:
                return node
            return substitute(rename_apart(right), dict(zip(left.indices, node.indices)))

        e = transform(e, inserted)
    return e


def _without_sizes(given, derivation, right):
    """The answer without a number such as M that the question doesn't know, and its name."""
    known = {*tensors(right), *(derivation.layer.inputs if derivation else ())}
    numbers = [node.name for node in nodes(given) if isinstance(node, Tensor) and not node.indices and node.name not in known]
    size = next((name for name in numbers if len(name) == 1 and name.isupper()), None)
    return (transform(given, lambda e: Number(1) if e == Tensor(size) else e), size) if size else (given, None)


def _in_components(side, derivation, answer):
    """An answer in matrix notation, such as (dl/dY)^T X, in components with the indices that the derivation asks for."""
    output = derivation.output
    orders = derivation.layer.inputs | {output.name: len(output.indices), UPSTREAM: len(output.indices)}
    orders[WHOLE] = len(derivation.variable.indices)
    known = {name.swapcase(): name for name in orders if len(name) == 1} | {name: name for name in orders}

    def named(e):
        if isinstance(e, Derivative):
            return Tensor(UPSTREAM)
        return Tensor(known[e.name]) if isinstance(e, Tensor) and e.name in known else e

    made = Converter(orders, answer, set(orders)).equation(Equation(Tensor(WHOLE), transform(side, named)))
    right = substitute(made.right, dict(zip(made.left.indices, derivation.variable.indices)))


    def derivative(e):
        upstream = isinstance(e, Tensor) and e.name == UPSTREAM
        return Derivative(derivation.loss, Tensor(output.name, e.indices)) if upstream else e

    return transform(right, derivative)


def _right_side(left, question, derivation, answer):
    """The left-hand side that is asked for, the right answer in its letters, and the derivation in these letters."""
    name, output = derivation.variable.name, derivation.output
    hint = f"begin with {to_latex(derivation.gradient.left)} ="
    if left is None:
        return derivation.gradient.left, derivation.gradient.right, derivation
    if not isinstance(left, Derivative) or left.of.name not in (derivation.loss.name, output.name):
        raise IndexRuleError(point_at(answer, 0, "this is no derivative of the loss", hint))
    if left.wrt.name not in (name, name.swapcase()) or left.wrt.name != name and left.wrt.indices:
        raise IndexRuleError(point_at(answer, left.wrt.name.at, f"the question asks for the derivative by '{name}'", hint))
    derivation = backward(question, name + (f"_{{{' '.join(left.wrt.indices)}}}" if left.wrt.indices else ""))
    if left.of.name == derivation.loss.name:
        return derivation.gradient.left, derivation.gradient.right, derivation
    letters = dict(zip(output.indices, left.of.indices))
    return left, substitute(derivation.jacobian.right, letters), derivation


def _check_names(given, answer, derivation, right):
    """Every tensor of the answer is one of the question's."""
    known = set(tensors(right))
    if derivation:
        layer = derivation.layer
        known |= {*layer.inputs, *[equation.left.name for equation in layer.equations], derivation.loss.name}
    for name in tensors(given):
        if name not in known:
            hint = f"the names in use here are: {', '.join(sorted(known))}"
            raise IndexRuleError(point_at(answer, getattr(name, "at", 0), f"'{name}' does not occur in the question", hint))


def _deltas(e):
    return sum(isinstance(node, Delta) for node in nodes(e))


# ---------------------------------------------------------------- which slip is it?


def _diagnosis(given, right, derivation):
    for words, slip in _slips(given, right, derivation):
        if set(free(slip)) <= set(free(right)) and equal(given, slip):
            return words
    upstream = {node.of.name for node in nodes(right) if isinstance(node, Derivative)}
    for name in tensors(right):
        if name not in tensors(given):
            return "the upstream gradient must occur in the answer" if name in upstream else f"'{name}' must occur in the answer"
    for index in free(right):
        if not isinstance(right, Sum) and counts(given)[index] > counts(right)[index]:
            often, right_often = (TIMES.get(counts(e)[index], "many times") for e in (given, right))
            return f"you used {index} {often}; in the right answer it stands {right_often}"
    return "the indices are in order, but the values differ: compare both sides with a loop"


def _slips(given, right, derivation):
    """(what the slip is called, what it makes of the right answer)."""
    letters = derivation.variable.indices if derivation else free(right)
    if len(letters) == 2:
        p, q = letters
        yield "this is the transpose of the right answer", substitute(right, {p: q, q: p})
    yield "the sign is wrong", negative(right)
    for node, swapped in _with_swapped_factor(right):
        yield f"the two indices of {to_latex(node)} must change places: it is a transpose that is missing or too many", swapped
    if derivation:
        yield from _other_gradients(right, derivation)
    yield from _factors(given, right)
    wide = multiplied_out(right)
    if isinstance(wide, Sum):
        for term in wide.terms:
            yield f"the term {to_latex(term)} is missing", add([other for other in wide.terms if other is not term])
    yield from _other_names(right, derivation)


def _with_swapped_factor(right):
    for node in nodes(right):
        if isinstance(node, Tensor) and len(node.indices) == 2:
            swapped = Tensor(node.name, node.indices[::-1])
            written = Tensor(node.name, [index.partition("#")[0] for index in node.indices])
            yield written, transform(right, lambda e: swapped if e == node else e)


def _other_gradients(right, derivation):
    """The gradients of the layer's other inputs."""
    component, equations = derivation.variable, derivation.layer
    for name, order in equations.inputs.items():
        if name != component.name and order == len(component.indices):
            other = Derivation(equations, Tensor(name, component.indices)).gradient
            yield f"this is the gradient of {name}, not of {component.name}", other.right


def _factors(given, right):
    """A number or the size of an index too many: a mean for a sum, a product rule that was not used to the end."""
    for number in (2, 3, 4):
        yield f"right up to a factor of {number}: it must be {number} times as much", multiply((power(Number(number), Number(-1)), right))
        yield f"right up to a factor of {number}: it is {number} times too much", multiply((Number(number), right))
    products = [node for e in (right, given) for node in nodes(e) if isinstance(node, Product)]
    for index in dict.fromkeys(index for node in products for index in node.bound):
        size, letter = Size(index), index.partition("#")[0]
        yield f"right up to a factor, the size of {letter}: did you take a mean for a sum?", multiply((power(size, Number(-1)), right))
        yield f"right up to a factor, the size of {letter}: you sum over {letter} once too often", multiply((size, right))


def _other_names(right, derivation):
    """One tensor's name written for another's."""
    used = {node.name: node for node in nodes(right) if isinstance(node, Tensor)}
    known = dict(derivation.layer.inputs) if derivation else {name: len(node.indices) for name, node in used.items()}
    for name, node in used.items():
        for other, order in known.items():
            if other != name and order == len(node.indices):

                def renamed(e, name=name, other=other):
                    return Tensor(other, e.indices) if isinstance(e, Tensor) and e.name == name else e

                yield f"'{other}' stands where '{name}' belongs", transform(right, renamed)


# ---------------------------------------------------------------- an answer in NumPy


def _mark_code(answer, derivation, question):
    import inspect

    import numpy as np

    if derivation is None:
        raise IndexRuleError("a function answers a question about a gradient; answer this one in LaTeX")
    numbers = _numbers(derivation, np.random.default_rng(7))
    asked = list(inspect.signature(answer).parameters)
    if unknown := [name for name in asked if name not in numbers]:
        raise IndexRuleError(f"the argument '{unknown[0]}' is no array of the layer; those are: {', '.join(numbers)}")
    try:
        found = answer(**{name: numbers[name].copy() for name in asked})
    except Exception as error:  # the reader's code may fail in any way, and is told how
        return _not_yet(f"your function raised {type(error).__name__}: {error}")
    if found is None:
        return NOT_ATTEMPTED
    gradients = {name: _computed(question, name, numbers) for name in derivation.layer.inputs}
    return _mark_array(np.asarray(found), gradients, derivation.variable.name, np)


def _numbers(derivation, rng):
    """Argument -> array: every axis of its own prime length, the upstream gradient with both signs."""
    layer, output = derivation.layer, derivation.output
    lengths = {axis: PRIMES[at % len(PRIMES)] for at, axis in enumerate(dict.fromkeys(layer.axes.values()))}
    shapes = {name: order for name, order in layer.inputs.items()}
    made = {}
    for name, order in shapes.items():
        made[name] = rng.uniform(0.5, 1.5, [lengths[layer.axes[name, position]] for position in range(order)])
    if output.indices:
        shape = [lengths[layer.axes[output.name, position]] for position in range(len(output.indices))]
        made[f"grad_{output.name}"] = rng.uniform(0.5, 1.5, shape) * rng.choice([-1, 1], shape)
    return made


def _computed(question, name, numbers):
    import inspect

    function = backward(question, name).numpy_function()
    return function(**{argument: numbers[argument] for argument in inspect.signature(function).parameters if argument in numbers})


def _mark_array(found, gradients, name, np):
    right = gradients[name]
    if _close(found, right, np):
        return RIGHT
    if _close(found, right.T, np):
        return _not_yet("this is the transpose of the right answer")
    for other, gradient in gradients.items():
        if other != name and _close(found, gradient, np):
            return _not_yet(f"this is the gradient of {other}, not of {name}")
    if found.shape != right.shape:
        return _not_yet(f"the gradient has the shape of {name}, here {right.shape}; your function returned {found.shape}")
    ratio = found.flat[0] / right.flat[0]
    if not _close(found, ratio * right, np):
        return _not_yet("the shape is right, but the values differ")
    if ratio < 0:
        return _not_yet("the sign is wrong")
    if ratio < 1:
        return _not_yet(f"this is the right answer divided by {1 / ratio:.3g}: did you take a mean for a sum, or lose a factor?")
    return _not_yet(f"this is {ratio:.3g} times the right answer: did you count something more than once?")


def _close(found, right, np):
    return found.shape == right.shape and np.allclose(found, right, rtol=1e-9, atol=1e-9)
