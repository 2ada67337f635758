"""A derivation -> the source of a function: what it needs is computed first, then the gradients on the way, then the result."""

import re

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
    is_reciprocal,
    parts_of,
    plan,
    plan_any,
    plus,
    rewritten,
    times,
    with_parts,
)
from linalg_grads.contract import multiplied_out
from linalg_grads.expressions import (
    ONE,
    ZERO,
    Apply,
    Component,
    Derivative,
    Equation,
    Number,
    Power,
    Product,
    Sum,
    Tensor,
    add,
    children,
    free,
    holds,
    multiply,
    nodes,
    rebuild,
    rename_apart,
    tensors,
    transform,
)
from linalg_grads.identities import guarded, logarithm_of_quotient, logarithm_of_sigma
from linalg_grads.layout import Outer, Permute, Stretch, keep_summed_axes, lay_out
from linalg_grads.to_code import NUMPY, TORCH, Writer
from linalg_grads.to_latex import LETTERS, to_latex

MANY_NODES = 500  # beyond this a definition is not written out
SHORT = 60  # cost: an expression up to this size is written in one go
WORTH_A_NAME = 3  # what a part of a program must weigh, times its repetitions, to be computed once


def to_numpy(derivation):
    return source(derivation, NUMPY)


def to_torch(derivation):
    return source(derivation, TORCH)


def source(derivation, dialect):
    """The source of grad_<variable>(inputs, upstream gradient)."""
    layer = derivation.layer
    kept, result = worth_keeping(derivation)
    writer = writer_for(derivation, dialect, flat=_sums_leading_axes(layer, [result, *kept.values()]))
    statements = named_once(_statements(derivation, kept, result, writer), writer)
    statements = [(target, keep_summed_axes(program)) for target, program in statements]
    read = {name for _, program in statements for name in reads(program, writer)}
    arguments = [name for name in layer.inputs if writer.name(name) in read]
    lines = [f"{target.name} = {writer.number(program)}" for target, program in statements[:-1]]
    returned = writer.number(statements[-1][1])
    ending = [f"return {returned}"]
    if writer.flat:
        flattening, ending = _flattening(derivation, arguments, returned, writer)
        lines = flattening + lines
    return _function(derivation, arguments, [*lines, *ending], writer)


def writer_for(derivation, dialect, flat=False):
    layer = derivation.layer
    orders = layer.inputs | {equation.left.name: len(equation.left.indices) for equation in layer.equations}
    return Writer(dialect, layer.output.name, orders, {name for name, _ in layer.leading}, flat)


# ---------------------------------------------------------------- which gradients get a name of their own


def worth_keeping(derivation):
    """({name: gradient} to be computed on the way, the result in terms of them)

    A gradient that is used once, or that cancels against its surroundings, is written in place; one that divides by
    probabilities, which may be rounded to zero, also where it gets no shorter.
    """
    expressions = dict(derivation.gradients)
    variable = derivation.variable.name
    if variable not in expressions:
        return {}, ZERO
    probabilities = Exponentials(derivation.layer.equations).probabilities
    for name in [name for name in expressions if name != variable]:
        users = [user for user in expressions if _uses(expressions[user], name, derivation.loss)]
        value = expressions[name]
        inlined = {user: derivation.with_gradient(expressions[user], name, value) for user in users}
        times_used = sum(_uses(expressions[user], name, derivation.loss) for user in users)
        before = cost(value) + sum(cost(expressions[user]) for user in users)
        after = sum(cost(e) for e in inlined.values())
        shorter = after <= before and (times_used == 1 and after <= SHORT or times_used > 1 and after < before)
        if shorter or divides_by(probabilities, value) and not any(divides_by(probabilities, e) for e in inlined.values()):
            expressions.update(inlined)
            del expressions[name]
    return {name: e for name, e in expressions.items() if name != variable}, expressions[variable]


def divides_by(names, e):
    """Does a tensor of these names stand below a fraction bar?"""
    for node in nodes(e, Power):
        match node:
            case Power(Tensor(name), Number(value)) if name in names and value < 0:
                return True
    return False


def _uses(e, name, loss):
    return sum(1 for node in nodes(e, Derivative) if node.wrt.name == name and node.of == loss)


def cost(e):
    """A measure of reading and computing: nodes, and more for each sum over a dummy."""
    return sum(1 + 6 * len(getattr(node, "bound", ())) for node in nodes(e))


# ---------------------------------------------------------------- statements


def _statements(derivation, kept, result, writer):
    """[(what it is called, program)] in the order of computing, the result last."""
    layer, variable = derivation.layer, derivation.variable
    exponentials = Exponentials(layer.equations)
    program = plan(exponentials.stable(result), variable.indices)
    if not layer.output.indices and result != ZERO:
        program = times([Array(layer.output.name, (), layer.output.name), program], variable.indices)
    made = [(None, ready(program, variable.indices, writer))]
    adjoints = [(Array(name, derivation.components[name].indices, name), e) for name, e in kept.items()]
    definitions = [(Array(equation.left.name, equation.left.indices), equation.right) for equation in layer.equations]
    for target, e in reversed(definitions + adjoints):
        code = writer.array(target)
        if any(code in reads(program, writer) for _, program in made):
            made.insert(0, (target.replace(name=code), ready(plan(exponentials.stable(e), target.axes), target.axes, writer)))
    return made


def ready(program, axes, writer):
    if writer.dialect is NUMPY:
        program = rewritten(program, _softmax_written_out)
    return lay_out(program, axes)


def _softmax_written_out(node):
    """exp(u - max u) over its sum, or u - logsumexp u"""
    if isinstance(node, Times):
        return times(node.parts, node.axes)
    if not isinstance(node, Softmax):
        return node
    inside, over, axes, log = node[1:]
    rest = tuple(index for index in axes if index not in over)
    top = Reduce(inside, over, rest, "logsumexp" if log else "max")
    below = plus([inside, times([Constant(-1), top], rest)], axes)
    if log:
        return below
    e = Function("exp", below, axes)
    return times([e, Raise(Reduce(e, over, rest), Constant(-1), rest)], axes)


def reads(program, writer):
    """The names that the code of `program` reads, for values or shapes."""
    found = set()
    for node in every_part(program):
        if isinstance(node, Array):
            found.add(writer.array(node))
        elif isinstance(node, (MatrixInverse, MatrixDeterminant)):
            found.add(writer.name(node.name))
        elif isinstance(node, Length):
            found.add(writer.shape_owner(node.dim[0]))
        elif isinstance(node, (Filled, Eye)):
            found |= {writer.shape_owner(index.dim[0]) for index in node.axes}
    return found


# ---------------------------------------------------------------- what is computed twice is computed once


def named_once(statements, writer):
    """A part that stands in several places, and is worth it, gets a name and a line before its first use."""
    taken = set(writer.names.values())
    while True:
        found = {}
        for place, (_, program) in enumerate(statements):
            for node in every_part(program):
                if not isinstance(node, NEVER_NAMED) and not is_reciprocal(node) and not _is_opposite(node):
                    found.setdefault(writer.write(node), []).append((place, node))
        repeated = {text: same for text, same in found.items() if len(same) > 1}
        worth = {text: weight(same[0][1]) for text, same in repeated.items()}
        worth = {text: heavy for text, heavy in worth.items() if (len(repeated[text]) - 1) * heavy >= WORTH_A_NAME}
        if not worth:
            return statements
        text = max(worth, key=lambda text: (worth[text], text))
        statements = _with_name(text, *repeated[text][0], statements, writer, taken)


NEVER_NAMED = (Array, Constant, Length, Filled, Eye, Permute, Stretch)


def _is_opposite(node):
    """Is this -u? Then u may have a name."""
    return isinstance(node, Times) and len(node.parts) == 2 and node.parts[0] == Constant(-1)


def _with_name(text, place, node, statements, writer, taken):
    """`statements` with a name for `node`, whose code is `text` and which statement number `place` is the first to hold."""
    target, program = statements[place]
    already = target is not None and writer.write(program) == text
    name = target.name if already else _name(node, taken, writer)
    taken.add(name)
    after = [(t, _replaced(p, text, name, writer)) for t, p in statements[place + already :]]
    return [*statements[:place], statements[place] if already else (Array(name, node.axes), node), *after]


def _replaced(program, text, name, writer):
    if writer.write(program) == text:
        return Array(name, program.axes)
    parts = parts_of(program)
    made = [_replaced(part, text, name, writer) for part in parts]
    return program if all(a is b for a, b in zip(made, parts)) else with_parts(program, made)


def _name(node, taken, writer):
    """A short name that says what it is."""
    if isinstance(node, MatrixInverse):
        wanted = f"{writer.name(node.name)}_inv"
    elif isinstance(node, MatrixDeterminant):
        wanted = f"{writer.name(node.name)}_det"
    elif isinstance(node, Function):
        wanted = "s" if node.name == "sigma" else node.name[0]
    else:
        wanted = "s" if not node.axes else {Softmax: "p", MatMul: "z", Einsum: "z", Reduce: "s", Plus: "c", Times: "u", Raise: "r"}.get(type(node), "u")
    choices = [wanted, *(f"{wanted}{n}" for n in range(1, 99))]
    return next(name for name in choices if name not in taken)


def weight(node):
    """What a program costs to compute and to read, roughly."""
    if not node.axes and not any(part.axes for part in every_part(node)):
        return 0  # arithmetic of numbers
    own = {Function: 4, Raise: 1, Plus: len(parts_of(node)) - 1, Times: len(parts_of(node)) - 1, MatMul: 6, Einsum: 6, Outer: 3,
           Reduce: 3, Softmax: 10, MatrixInverse: 10, MatrixDeterminant: 10}.get(type(node), 0)  # fmt: skip
    return own + sum(map(weight, parts_of(node)))


# ---------------------------------------------------------------- without overflow


class Exponentials:
    """The definitions that are a softmax once written out, and those that hold exponentials without being one."""

    def __init__(self, equations):
        self.softmaxes, self.sigmoids, self.others = {}, [], []
        for equation in equations:
            right = self.softmax_found(equation.right)
            if isinstance(right, Apply) and right.function == "sigma":
                self.sigmoids.append(equation)
            elif isinstance(plan_any(right, free(right)), Softmax):
                self.softmaxes[equation.left.name] = Equation(equation.left, right)
            elif _holds_exponential(right) or {q.left.name for q in self.others} & set(tensors(right)):
                self.others.append(equation)

    @property
    def probabilities(self):
        """The names of what may be rounded to zero, though it never is zero."""
        return {*self.softmaxes, *[equation.left.name for equation in self.sigmoids]}

    def stable(self, e):
        """`e` with exponentials over their sum, or the logarithm of such, written out, so that they don't overflow."""
        return transform(transform(divided_term_by_term(self.softmax_found(e)), self.in_logarithm), guarded)

    def softmax_found(self, e):
        """`e` with exponentials and their sums written out, if a softmax or log-sum-exp comes to light."""
        wide = e
        for equation in reversed(self.others):
            wide = written_out(wide, equation)
            if len(nodes(wide)) > MANY_NODES:
                return e
        return wide if wide is not e and _has_softmax(wide) else e

    def in_logarithm(self, node):
        if not isinstance(node, Apply) or node.function != "log":
            return node
        if (apart := self.logarithms_apart(node.argument)) is not None:
            return apart
        if getattr(node.argument, "name", None) in self.softmaxes:
            return Apply("log", written_out(node.argument, self.softmaxes[node.argument.name]))
        ways = [node, *[written_out(node, equation) for equation in self.sigmoids]]
        made = next((made for way in ways if (made := logarithm_of_sigma(way)) is not way), node)
        return made if _has_softmax(made) else logarithm_of_quotient(made)

    def logarithms_apart(self, e):
        r"""\log(u / p) as \log u - \log p where p is a probability; None where there is none."""
        factors = e.factors if isinstance(e, Product) and not e.bound else ()
        powers = [(factor, *(factor[1:] if isinstance(factor, Power) else (factor, ONE))) for factor in factors]
        small = [(p, times) for _, p, times in powers if getattr(p, "name", None) in self.probabilities]
        if not small:
            return None
        rest = multiply([factor for factor, p, _ in powers if getattr(p, "name", None) not in self.probabilities])
        logs = [multiply((times, self.in_logarithm(Apply("log", p)))) for p, times in small]
        return add((*logs, *([] if rest == ONE else [Apply("log", rest)])))


def divided_term_by_term(e):
    """`e` multiplied out, if then each exponential stands over its sum: (a exp(u) - b exp(u)) / sum exp(u)."""
    if not (_holds_exponential(e) and holds(e, Sum) and _grows(e)):
        return e
    wide = multiplied_out(e)
    return e if wide is e or _grows(wide) else wide


def _grows(e):
    """Is there an exponential that is no part of a softmax?"""
    return any(isinstance(node, Function) and node.name == "exp" for node in every_part(plan_any(e, free(e))))


def _holds_exponential(e):
    return any(node.function == "exp" for node in nodes(e, Apply))


def _has_softmax(e):
    return any(isinstance(node, Softmax) or isinstance(node, Reduce) and node.how == "logsumexp" for node in every_part(plan_any(e, free(e))))


def written_out(e, equation):
    """`e` with the definition in place of its name, but not in the name of a gradient."""
    if isinstance(e, Derivative):
        return e
    if isinstance(e, Tensor) and e.name == equation.left.name:
        return rename_apart(equation.right, dict(zip(equation.left.indices, e.indices)))
    parts = children(e)
    return rebuild(e, tuple([written_out(part, equation) for part in parts])) if parts else e


# ---------------------------------------------------------------- leading axes


def _sums_leading_axes(layer, expressions):
    return any(
        index.is_ellipsis
        for e in [*expressions, *[equation.right for equation in layer.equations]]
        for node in nodes(e)
        for index in getattr(node, "bound", ())
    )


def _flattening(derivation, arguments, returned, writer):
    r"""(lines that make one axis of all leading axes, lines that return `returned` with all of them again)"""
    layer, variable = derivation.layer, derivation.variable.name
    output, result = layer.output, writer.name(variable)
    lines, ending = [], [f"return {returned}"]
    names = [(writer.name(name), layer.inputs[name]) for name in arguments if (name, 0) in layer.leading]
    if (output.name, 0) in layer.leading:
        names.append((f"grad_{writer.name(output.name)}", len(output.indices)))
    if (variable, 0) in layer.leading and variable in arguments:
        lines.append(f"shape = {result}.shape")
        ending = [f"return ({returned}).reshape(shape)"]
    elif (variable, 0) in layer.leading:
        owner, order = names[0]
        lines.append(f"shape = {owner}.shape" + (f"[:-{order - 1}]" if order > 1 else ""))
        ending = [f"grad_{result} = {returned}", f"return grad_{result}.reshape(*shape, *grad_{result}.shape[1:])"]
    for name, order in names:
        kept_axes = "".join(f", {name}.shape[{position - order}]" for position in range(1, order))
        lines.append(f"{name} = {name}.reshape(-1{kept_axes})")
    return lines, ending


# ---------------------------------------------------------------- the function


def _function(derivation, arguments, lines, writer):
    output, variable = derivation.layer.output, derivation.variable
    upstream = f"grad_{writer.name(output.name)}"
    parameters = [*map(writer.name, arguments), upstream if output.indices else f"{upstream}=1.0"]
    body = "\n".join(lines)
    imports = [f"import {name}" for name in ("math", "torch") if f"{name}." in body]
    imports += ["import numpy as np"] if "np." in body else []
    code = "\n".join(f"    {line}" if line else "" for line in [*_docstring(derivation, arguments, upstream, writer), *lines])
    head = "\n".join(imports) + "\n\n\n" if imports else ""
    return f"{head}def grad_{writer.name(variable.name)}({', '.join(parameters)}):\n{code}\n"


def _docstring(derivation, arguments, upstream, writer):
    output, variable = derivation.layer.output.name, derivation.variable.name
    shape = Shapes(derivation.layer)
    rows = [(writer.name(name), shape[name]) for name in arguments] + [(upstream, shape[output]), ("returns", shape[variable])]
    width = max(len(name) for name, _ in rows)
    shapes = [f"{name.ljust(width)}  {axes}" for name, axes in rows]
    return [f'r"""{plain(to_latex(derivation.gradient))}', "", *shapes, '"""']


class Shapes:
    """The shape of a tensor by its name, (i, k): one letter for each length, as far as they go the letters of the equations."""

    def __init__(self, layer):
        self.layer, self.written, self.letters = layer, {}, {}
        for equation in layer.equations:
            for node in [*nodes(equation.right), *nodes(equation.left)]:
                if isinstance(node, Tensor) and node.indices:
                    self.written.setdefault(node.name, node.indices)
                elif isinstance(node, Component):
                    self.written.setdefault(node.of.of.name, node.indices)
        self[layer.output.name]  # its letters come first

    def __getitem__(self, name):
        indices = self.written.get(name, LETTERS[: self.layer.inputs.get(name, 0)])  # a matrix may stand in its determinant only
        letters = [self.letter(index, (name, position)) for position, index in enumerate(indices)]
        return f"({', '.join(letters)}{',' if len(letters) == 1 else ''})"

    def letter(self, index, axis):
        if index.startswith(r"\ldots"):
            return "..."
        length = self.layer.axes.get(axis, axis)
        if length not in self.letters:
            wanted = [index.partition("#")[0].lstrip("\\"), *LETTERS, *[f"n{number}" for number in range(len(self.letters))]]
            self.letters[length] = next(letter for letter in wanted if letter not in self.letters.values())
        return self.letters[length]


def plain(latex):
    r"""dl/da_{pq} for \frac{\partial l}{\partial a_{pq}}: a docstring is read as it stands."""
    inside = r"((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})+)"
    return re.sub(rf"\\frac\{{\\partial {inside}\}}\{{\\partial {inside}\}}", r"d\1/d\2", latex)

