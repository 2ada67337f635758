r"""backward: from a layer's forward equation to every step of its backward pass.

    \partial y_{ij} / \partial a_{pq}   the Jacobian: apply the rules of differentiation, contract the deltas
    \partial l / \partial a_{pq}        the gradient: the upstream gradient times the Jacobian, contracted

With intermediate definitions the same is done for each of them in turn, from the output back (reverse mode).
"""

import re
from functools import cached_property, lru_cache
from itertools import chain as joined

from linalg_grads import source
from linalg_grads.canonical import canonical
from linalg_grads.contract import contract, multiplied_out
from linalg_grads.differentiate import differentiate
from linalg_grads.errors import IndexRuleError
from linalg_grads.expressions import (
    ZERO,
    Derivative,
    Equation,
    Index,
    Kept,
    Product,
    Size,
    Sum,
    Tensor,
    add,
    depends,
    dummy,
    free,
    holds,
    index_like,
    multiply,
    nodes,
    rename_apart,
    replace_children,
    substitute,
    tensors,
    transform,
)
from linalg_grads.identities import in_known_functions
from linalg_grads.indices import bind, check_uses, once, read_layer
from linalg_grads.matrices import as_known, to_components
from linalg_grads.parse_latex import parse_component, parse_equation, point_at
from linalg_grads.steps import Chain, Result, in_text, multiply_out_in_steps, tidied, tidy_in_steps
from linalg_grads.to_code import python_name
from linalg_grads.to_einsum import to_einsum
from linalg_grads.to_latex import to_latex
from linalg_grads.to_matrix import to_matrix
from linalg_grads.two_readings import refuse_two_readings

FRESH = "pqrstuvwmnabcdfgh"
ALIGNED = re.compile(r"\s*\\begin\{(align(?:ed|\*)?|gather(?:ed|\*)?|split)\}(.*)\\end\{\1\}\s*", re.DOTALL)
MANY_NODES = 240  # beyond this a gradient's name is kept rather than its expression inserted


def backward(equations, wrt):
    r"""Derive the backward pass of a layer with respect to one of its inputs.

    \frac{\partial l}{\partial a_{pq}} = \frac{\partial l}{\partial y_{ij}} \frac{\partial y_{ij}}{\partial a_{pq}}        (summed over i and j)

    The first factor, the upstream gradient, is given. The second is worked out from the forward equation. In that, the indices
    on the left are free, and all others are summed.

    equations  the forward equation in LaTeX, or a list of them, as a list or as one aligned text: intermediate definitions
               first, the output last
    wrt        the input's name, such as "a", or a component "a_{pq}" to choose the derivative's indices; an intermediate
               definition's name makes an input of it, and leaves out how it is computed
    returns    a Derivation: the steps, and the result as an equation, as matrices, as code
    raises     ParseError      the LaTeX can't be read
    raises     IndexRuleError  an index, a name or a shape doesn't fit; or `wrt` is no input
    derived in chapters/gradient_of_A.ipynb

    An error's message shows the equation, with a caret under the culprit, and what would be legal.

    >>> backward(r"y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j", wrt="a")
    \frac{\partial l}{\partial a_{pq}} = \frac{\partial l}{\partial y_{ip}} x_{iq}
    >>> layer = [r"h_{ij} = \tanh(x_{ij})", r"y_{ij} = h_{ik} a_{jk}"]
    >>> backward(layer, wrt="x").to_numpy().splitlines()[-2:]
    ['    h = np.tanh(x)', '    return (grad_y @ a) * (1 - h ** 2)']
    """
    sources = _sources(equations)
    layer = _layer(sources)
    definitions = [equation.left.name for equation in layer.equations[:-1]]
    asked = _asked(wrt, [*layer.inputs, *definitions])
    if asked.name in definitions:
        layer = _layer(sources, without=asked.name)
    return Derivation(layer, _variable(asked, wrt, layer))


def _asked(wrt, names):
    """The component that `wrt` names, of one of `names` if it can be."""
    return as_known(parse_component(named_in_code(wrt, names)), names)


def named_in_code(wrt, names):
    r"""`wrt` in LaTeX: \gamma where it is gamma, as the function's argument will be called; any other as it is."""
    known = wrt in names or not isinstance(wrt, str)
    return wrt if known else next((name for name in names if python_name(name).rstrip("_") == wrt.rstrip("_") and len(wrt) > 1), wrt)


def inputs_of(equations):
    r"""The names of a layer's inputs, in order of first appearance: what `backward` can derive by.

    >>> inputs_of([r"h_{ij} = \tanh(x_{ij})", r"y_{ij} = h_{ik} a_{jk}"])
    ['x', 'a']
    """
    return list(map(str, _layer(_sources(equations)).inputs))


def _sources(equations):
    sources = (equations,) if isinstance(equations, str) else tuple(equations)
    if not sources:
        raise IndexRuleError("no equation is given: write at least one, as in backward('y_i = a_{ij} x_j', wrt='x')")
    return tuple([line for source in sources for line in _lines(source)])


def _lines(source):
    r"""The equations of an aligned list; a line that begins with a relation goes on with the one before.

    >>> _lines(r"\begin{aligned} s_i &:= x_i^2 \\ y_i &= s_i c \end{aligned}")
    ['s_i &:= x_i^2', 'y_i &= s_i c']
    """
    inside = ALIGNED.fullmatch(source) if isinstance(source, str) else None
    if not inside or r"\begin" in inside[2]:
        return [source]
    return [line.strip() for line in re.split(r"\\\\(?!\s*&?\s*:?=)(?:\[[^\]]*\])?", inside[2]) if line.strip()]


@lru_cache(maxsize=256)  # a layer has several inputs, and is read once for all of them
def _layer(sources, without=None):
    """The layer that the equations are; without the definition of one tensor, which makes that an input."""
    equations = list(map(parse_equation, sources))
    refuse_two_readings(equations, sources)
    components, sources = to_components(equations, sources)
    read = zip(_without_derivatives(components, sources), sources)
    layer = read_layer(*zip(*[(equation, source) for equation, source in read if equation.left.name != without]))
    if without is None:
        check_uses(layer)
    known = [replace_children(e, (e.left, in_known_functions(e.right))) for e in layer.equations]
    return layer.replace(equations=tuple(known), written={equation.left.name: equation.right for equation in layer.equations})


def _without_derivatives(equations, sources):
    """The equations with the derivatives in them worked out, such as the forward equation of a second derivative."""
    defined = {equation.left.name for equation in equations if isinstance(equation.left, Tensor)}
    made = []
    for equation, text in zip(equations, sources):

        def visit(node, text=text):
            if not isinstance(node, Derivative):
                return node
            held = tensors(node.of)
            if node.wrt.name not in held or defined & set(held):
                at = getattr(node.wrt.name, "at", 0)
                hint = "differentiate an expression of inputs, or give what is known a name of its own: g_{ip} for dl/dy_{ip}"
                raise IndexRuleError(point_at(text, at, f"the derivative by '{node.wrt.name}' can't be worked out here", hint))
            bound = bind(node.of, free(node.of) if isinstance(node.of, Tensor) else once(node.of), text)
            return contract(differentiate(bound, node.wrt))

        made.append(Equation(equation.left, transform(equation.right, visit, (Derivative,))))
    return made


def _variable(asked, wrt, layer, used=()):
    """The component to differentiate by, with fresh indices or those that were asked for as `wrt`."""
    name = asked.name
    if name not in layer.inputs:
        known = ", ".join(layer.inputs) or "none"
        raise IndexRuleError(f"'{wrt}' is no input of the layer; its inputs are: {known}")
    order = layer.inputs[name]
    used = layer.letters.union(used)
    if asked.indices:
        if len(asked.indices) != order:
            raise IndexRuleError(point_at(wrt, 0, f"'{name}' has {order} indices in the layer", f"write wrt='{name}'"))
        for index in asked.indices:
            if index in used:
                raise IndexRuleError(
                    point_at(wrt, index.at, f"the index '{index}' is in use in the equation", "a derivative takes fresh indices: p, q")
                )  # fmt: skip
    fresh = asked.indices or fresh_indices(order, used)
    return Tensor(name, _on_axes(name, fresh, layer))


def fresh_indices(count, used):
    """Letters that are not in use; where they run out, p', q', ..."""
    letters, primes = [letter for letter in FRESH if letter not in used], ""
    while len(letters) < count:
        primes += "'"
        letters += [letter + primes for letter in FRESH if letter + primes not in used]
    return tuple(map(Index, letters[:count]))


def _on_axes(name, indices, layer):
    """Indices that know their axis; where the axis is a leading one, the index is a fresh \\ldots."""
    made = []
    for position, index in enumerate(indices):
        leading = (name, position) in layer.leading
        index = Index(r"\ldots'") if leading else index_like(index, index)
        index.dim = layer.axes.get((name, position))
        made.append(index)
    if len(made) > len(set(made)):
        raise IndexRuleError(f"the indices of a derivative are distinct: {', '.join(indices)}")
    return tuple(made)


def holds_a_length(e):
    r"""Is a constant summed in `e`, as in \sum_i m, where m n would do? Multiplied out, means become that."""
    return any(isinstance(node, Size) or isinstance(node, Product) and not {*node.bound} <= {*joined(*map(free, node.factors))} for node in nodes(e))


def size(e):
    return len(nodes(e))


# ---------------------------------------------------------------- the derivation


class Derivation:
    r"""The backward pass of a layer with respect to one of its inputs, as `backward` returns it.

    In a notebook it shows itself: every step, typeset, with the name of its rule.

    >>> derivation = backward("y_i = a_{ij} x_j", wrt="x")
    >>> derivation.gradient
    \frac{\partial l}{\partial x_p} = \frac{\partial l}{\partial y_i} a_{ip}
    """

    def __init__(self, layer, variable):
        self.layer, self.variable = layer, variable
        self.by_name, self.output, self.loss = layer.by_name, layer.output, layer.loss
        self.used = layer.letters | {index.letter for index in variable.indices}

    # ------------------------------------------------------------ the path from the input to the output

    @Kept
    def path(self):
        """The equations between the variable and the output, the output's first."""
        reached, needed = {self.variable.name}, {self.output.name}
        for equation in self.layer.equations:
            if not equation.right.varying.isdisjoint(reached):
                reached.add(equation.left.name)
        chosen = []
        for equation in reversed(self.layer.equations):
            name = equation.left.name
            if name in needed and name in reached:
                chosen.append(equation)
                needed |= set(tensors(equation.right))
        return tuple(chosen)

    @property
    def introduced(self):
        """The definitions that the reader did not write: a name for what an inverse or a determinant is taken of."""
        layer = self.layer
        return [equation for equation, own, later in zip(layer.equations, layer.sources, layer.sources[1:]) if own == later]

    @Kept
    def components(self):
        """The component that each tensor of the path is differentiated by."""
        made = {self.variable.name: self.variable}
        for equation in self.path[1:]:
            name = equation.left.name
            fresh = fresh_indices(len(equation.left.indices), self.used)
            made[name] = Tensor(name, _on_axes(name, fresh, self.layer))
        return made

    def held(self, equation, name):
        """What stands in the equation beside `name` and varies with it: the direct derivative holds it fixed."""
        reached = {name}
        for other in self.layer.equations:
            if not reached.isdisjoint(tensors(other.right)):
                reached.add(other.left.name)
        return tuple([other for other in tensors(equation.right) if other in reached - {name}])

    def finished(self, chain):
        """A Chain or a Result after all rules but those of differentiation."""
        chain.contract()
        tidy_in_steps(chain, self.layer.equations)
        multiply_out_in_steps(chain)
        return chain

    @Kept
    def users(self):
        """Name -> the equations of the path that it stands in, of each tensor whose gradient is made, in that order."""
        names = [*[equation.left.name for equation in self.path[1:]], self.variable.name]
        found = {name: [equation for equation in self.path if depends(equation.right, name)] for name in names}
        return {name: users for name, users in found.items() if users}

    @Kept
    def jacobians(self):
        """(equation's name, name) -> the direct derivative of the equation by that tensor."""
        return {
            (equation.left.name, name): self.finished(Result(differentiate(equation.right, component))).last
            for equation in self.path
            for name, component in self.components.items()
            if equation in self.users.get(name, ())
        }

    def jacobian_chain(self, equation, name):
        component = self.components[name]
        chain = Chain(Derivative(equation.left, component, self.held(equation, name)))
        chain.to("the forward equation", Derivative(self.layer.written[equation.left.name], component))
        chain.to("a known identity", Derivative(equation.right, component))
        chain.differentiate(component)
        return self.finished(chain)

    # ------------------------------------------------------------ reverse mode: one gradient for each tensor of the path

    @Kept
    def gradients(self):
        """Name -> dl/d(name), in the order of their making; each may use those before it."""
        return {name: self.gradient_by(name) for name in self.users}

    def gradient_by(self, name):
        if self.is_in_the_loss_alone(name):
            return self.jacobians[self.loss.name, name]
        return self.finished(Result(self.chain_rule(name, self.jacobians))).last

    def is_in_the_loss_alone(self, name):
        """Is dl/d(name) one of the Jacobians?"""
        return [user.left.name for user in self.users[name]] == [self.loss.name]

    def gradient_chain(self, name, jacobians):
        chain = Chain(Derivative(self.loss, self.components[name]))
        chain.to("chain rule", self.chain_rule(name, jacobians, by_name=True))
        chain.to("insert the Jacobian", self.chain_rule(name, jacobians))
        return self.finished(chain)

    def chain_rule(self, name, jacobians, by_name=False):
        return add([self._link(user, name, jacobians[user.left.name, name], by_name) for user in self.users[name]])

    def _link(self, user, name, jacobian, by_name):
        """(dl/dy_ij)(dy_ij/dx_pq), with the indices of the user `y` as dummies; the Jacobian inserted, or by its name.

        Where y is the loss itself, dl/dx_pq would stand on both sides: its direct part is inserted at once.
        """
        mapping = {index: dummy(index) for index in user.left.indices}
        bound = tuple(mapping.values())
        jacobian = rename_apart(jacobian, mapping)
        if user.left.name == self.loss.name:
            return multiply((jacobian,), bound)
        output = substitute(user.left, mapping)
        upstream = Derivative(self.loss, output)
        if by_name:
            return Product((upstream, Derivative(output, self.components[name], self.held(user, name))), bound)
        return multiply((upstream, jacobian), bound)

    # ------------------------------------------------------------ results

    @cached_property
    def jacobian(self):
        r"""The equation of the output's derivatives by the input, through all intermediate definitions, deltas contracted.

        >>> backward("y_i = a_{ij} x_j", wrt="a").jacobian
        \frac{\partial y_i}{\partial a_{pq}} = \delta_{ip} x_q
        """
        if self.variable.name not in self.users:
            return Equation(Derivative(self.output, self.variable), ZERO)
        total = {self.variable.name: None}
        for equation in reversed(self.path):
            direct = {name: self.jacobians[equation.left.name, name] for name in total if (equation.left.name, name) in self.jacobians}
            made = add([self._through(local, name, total[name]) for name, local in direct.items()])
            total[equation.left.name] = made if [*direct] == [self.variable.name] and not holds(made, Sum) else self._tidied(made)
        return Equation(Derivative(self.output, self.variable), total[self.output.name])

    def _through(self, local, name, inner):
        """(dy/ds_t)(ds_t/dx_pq), summed over t; the direct derivative where s is the variable."""
        if inner is None:
            return local
        own = self.by_name[name].left.indices
        mapping = {index: dummy(index_like(letter, index)) for index, letter in zip(self.components[name].indices, own)}
        bare = dict(zip(own, mapping.values()))
        return multiply((rename_apart(local, mapping), rename_apart(inner, bare)), tuple(mapping.values()))

    def _tidied(self, e):
        """Contracted, with definitions recognised: as it stands, or multiplied out where that is clearly shorter."""
        e = contract(e)
        wide = multiplied_out(e)
        short = tidied(e, self.layer.equations)
        if wide is e:
            return short
        wide = tidied(wide, self.layer.equations)
        return wide if source.cost(wide) < 0.9 * source.cost(short) and holds_a_length(wide) <= holds_a_length(short) else short

    def second(self, wrt):
        r"""The equation of the second derivative: the Jacobian differentiated once more, deltas contracted.

        wrt      an input's name, such as "x", or a component with fresh indices; the same input or another one
        returns  an Equation
        raises   IndexRuleError  `wrt` is no input, or its indices are in use

        >>> backward("l = x_i h_{ij} x_j", wrt="x").second("x")
        \frac{\partial^2 l}{\partial x_q \partial x_p} = h_{pq} + h_{qp}
        """
        other = _variable(_asked(wrt, [*self.layer.inputs]), wrt, self.layer, self.used)
        first = self.jacobian.right
        terms = [differentiate(first, other)]
        for number, equation in enumerate(self.layer.equations):
            if depends(first, equation.left.name):
                terms.append(self._second_through(first, self.layer.replace(equations=self.layer.equations[: number + 1]), other))
        return Equation(Derivative(self.jacobian.left, other), self._tidied(add(terms)))

    def _second_through(self, first, inner, other):
        """(dJ/ds_t)(ds_t/dx_rs), summed over t, for the named tensor `s` that `inner` computes."""
        mapping = {index: dummy(index) for index in inner.output.indices}
        local = differentiate(first, substitute(inner.output, mapping))
        total = rename_apart(Derivation(inner, other).jacobian.right, mapping)
        return multiply((local, total), tuple(mapping.values()))

    @cached_property
    def gradient(self):
        r"""The equation of the gradient, in the upstream gradient, the inputs and the named intermediates.

        >>> backward("y_i = x_i^3", wrt="x").gradient
        \frac{\partial l}{\partial x_p} = 3 \frac{\partial l}{\partial y_p} x_p^2
        """
        left = Derivative(self.loss, self.variable)
        e = self.gradients.get(self.variable.name)
        found = Equation(left, ZERO if e is None else self.written_out(e))
        return one_ellipsis(found) if self.layer.leading else found

    def written_out(self, e):
        """The gradient `e` with those of the intermediates inserted, while that stays short."""
        return self.insertions(e)[1]

    def insertions(self, e):
        """(`e` with the gradients of intermediates put in, the same tidied), while that stays short."""
        raw = e
        for name in reversed([name for name in self.users if name != self.variable.name]):
            new = self._put(e, name, self.gradients[name])
            if size(new) <= 2 * MANY_NODES and size(new := self._tidied(new)) <= MANY_NODES:
                raw, e = self._put(raw, name, self.gradients[name]), new
        return raw, e

    def with_gradient(self, e, name, value):
        """`e` with dl/d(name) replaced by `value`, tidied."""
        return self._tidied(self._put(e, name, value))

    def _put(self, e, name, value):
        component = self.components[name]

        def visit(node):
            if isinstance(node, Derivative) and node.wrt.name == name and node.of == self.loss:
                return rename_apart(value, dict(zip(component.indices, node.wrt.indices)))
            return node

        return transform(e, visit, (Derivative,))

    # ------------------------------------------------------------ what a reader sees

    @cached_property
    def chains(self):
        """Every Chain, in the order in which a teacher writes them."""
        jacobians = {(output, name): self.jacobian_chain(self.by_name[output], name) for output, name in self.jacobians}
        found = {key: chain.last for key, chain in jacobians.items()}
        shown = [*jacobians.values(), *[self.gradient_chain(name, found) for name in self.users if not self.is_in_the_loss_alone(name)]]
        if shown:
            self._insert_gradients(shown[-1])
        return tuple(shown)

    def _insert_gradients(self, chain):
        raw, done = self.insertions(chain.last)
        chain.to("insert the gradients found above", raw)
        self.finished(chain)
        tidy_in_steps(chain, self.layer.equations)  # what was factored out may have a name
        if canonical(chain.last) != canonical(done):
            chain.to("simplify", done)

    @cached_property
    def steps(self):
        """Every Step, in the order in which a teacher writes them: first the Jacobians, then the gradients.

        >>> steps = backward("y_i = a_{ij} x_j", wrt="x").steps
        >>> [step.rule for step in steps[:2]]
        ['the forward equation', 'constant factors move outside']
        """
        return tuple(step for chain in self.chains for step in chain.steps)

    def to_latex(self):
        r"""The whole derivation in LaTeX, aligned, each line with its rule.

        >>> lines = backward("y_i = a_{ij} x_j", wrt="x").to_latex().splitlines()
        >>> print(lines[3])
         &= a_{ij} \delta_{jp} && \text{derivative of a component} \\
        """
        lines = [to_latex(e).replace(" = ", " &:= ", 1) + rf" && \text{{a name for this {'matrix' if e.left.indices[1:] else 'column'}}}" for e in self.introduced]
        for chain in self.chains:
            left = to_latex(chain.left)
            for step in chain.steps:
                lines.append(rf"{left} &{step.latex} && \text{{{in_text(step.rule)}}}")
                left = ""
        if matrix := self.to_matrix():
            lines.append(matrix.replace(" = ", " &= ", 1) + r" && \text{in matrix notation}")
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def to_matrix(self):
        r"""The gradient in matrix notation, as LaTeX, or None where there is no matrix form.

        >>> print(backward("y_i = a_{ij} x_j", wrt="x").to_matrix())
        \frac{\partial l}{\partial x} = A^\top \frac{\partial l}{\partial y}
        """
        return to_matrix(self)

    def to_einsum(self):
        """The gradient as calls of einsum.

        >>> print(backward("y_i = a_{ij} x_j", wrt="x").to_einsum())
        np.einsum("i,ip->p", grad_y, a)
        """
        return to_einsum(self)

    def to_numpy(self):
        """The source of a NumPy function that computes the gradient.

        Its arguments are the inputs that it needs, in order of first appearance, then the upstream gradient; where the output
        is a scalar, that is 1.0 unless given. Its docstring has the formula and the shapes, in the order of the axes.

        >>> code = backward("y_i = a_{ij} x_j", wrt="x").to_numpy()
        >>> code.splitlines()[-1]
        '    return grad_y @ a'
        """
        return source.to_numpy(self)

    def to_torch(self):
        """The source of a PyTorch function that computes the gradient: as `to_numpy()`, with torch.

        >>> code = backward("y_i = a_{ij} x_j", wrt="x").to_torch()
        >>> code.splitlines()[-1]
        '    return grad_y @ a'
        """
        return source.to_torch(self)

    def numpy_function(self):
        """The function that `to_numpy()` is the source of, ready to call. It needs NumPy.

        >>> import numpy as np
        >>> grad_x = backward("y_i = x_i^3", wrt="x").numpy_function()
        >>> grad_x(np.array([1., -2.]), np.array([5., 3.]))
        array([15., 36.])
        """
        return _executed(self.to_numpy())

    def torch_function(self):
        """The function that `to_torch()` is the source of, ready to call. It needs PyTorch."""
        return _executed(self.to_torch())

    def _repr_latex_(self):
        return f"$$\n{self.to_latex()}\n$$"

    def __repr__(self):
        return to_latex(self.gradient)


def _executed(text):
    """The function whose source is `text`."""
    names = {}
    exec(text, names)
    return next(value for name, value in names.items() if name.startswith("grad_"))


def one_ellipsis(equation):
    r"""With only one kind of leading axes left, \\ldots' is written \\ldots."""
    mapping = {index: index_like(r"\ldots", index) for index in free(equation.left) if index.is_ellipsis}
    return Equation(substitute(equation.left, mapping), substitute(equation.right, mapping)) if mapping else equation


# ---------------------------------------------------------------- how `print` and a notebook show an equation

Equation.__repr__ = to_latex
Equation._repr_latex_ = lambda equation: f"$$\n{to_latex(equation)}\n$$"
