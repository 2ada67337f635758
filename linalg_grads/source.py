"""A derivation -> the source of a function: what it needs is computed first, then the gradients on the way, then the result."""

from linalg_grads.arrays import Array, Times, plan
from linalg_grads.expressions import Apply, Component, Derivative, Tensor, nodes, rename_apart, substitute, tensors, transform
from linalg_grads.to_code import NUMPY, TORCH, Shapes, Writer, is_condition, python_name
from linalg_grads.to_latex import to_latex

SHORT = 60  # cost: an expression up to this size is written in one go


def to_numpy(derivation):
    return source(derivation, NUMPY)


def to_torch(derivation):
    return source(derivation, TORCH)


def source(derivation, dialect):
    """The source of grad_<variable>(inputs, upstream gradient)."""
    layer, variable = derivation.layer, derivation.variable
    kept, result = worth_keeping(derivation)
    orders = {e.left.name: len(e.left.indices) for e in layer.equations} | layer.inputs
    writer = Writer(dialect, Shapes(layer.output.name, orders, flat=_sums_leading_axes(layer, [result, *kept.values()])))
    program = plan(result, variable.indices)
    if not layer.output.indices:
        program = _scaled(program, layer.output.name)
    returned = writer.write(program)
    if is_condition(program):
        returned = f"1.0 * {returned}"
    adjoints = _adjoint_lines(derivation, kept, writer)
    lines = _definition_lines(derivation, writer) + adjoints
    arguments = [name for name in layer.inputs if name in writer.uses]
    if writer.shapes.flat:
        before, after = _flattening(derivation, arguments)
        lines, returned = before + lines, f"({returned}){after}" if after else returned
    lines.append(f"return {returned}")
    return _function(derivation, dialect, arguments, lines, writer)


def _scaled(program, output):
    """The gradient of a scalar times its upstream gradient."""
    upstream = Array(output, (), of=output)
    parts = program.parts if isinstance(program, Times) else (program,)
    return Times((upstream, *parts), program.axes)


# ---------------------------------------------------------------- which gradients get a name of their own


def worth_keeping(derivation):
    """({name: gradient} to be computed on the way, the result in terms of them)

    A gradient that is used once, or that cancels against its surroundings, is written in place.
    """
    expressions = {name: chain.last for name, chain in derivation.gradients.items()}
    variable = derivation.variable.name
    if variable not in expressions:
        from linalg_grads.expressions import ZERO, Ones, multiply

        return {}, multiply((ZERO,)) if not derivation.variable.indices else ZERO
    for name in reversed([name for name in expressions if name != variable]):
        users = [user for user in expressions if _uses(expressions[user], name, derivation.loss)]
        if not users:
            del expressions[name]
            continue
        value = expressions[name]
        inlined = {user: derivation.with_gradient(expressions[user], name, value) for user in users}
        times = sum(_uses(expressions[user], name, derivation.loss) for user in users)
        before = cost(value) + sum(cost(expressions[user]) for user in users)
        after = sum(cost(e) for e in inlined.values())
        if after <= before and (times == 1 and after <= SHORT or times > 1 and after < before):
            expressions.update(inlined)
            del expressions[name]
    return {name: e for name, e in expressions.items() if name != variable}, expressions[variable]


def _uses(e, name, loss):
    return sum(1 for node in nodes(e) if isinstance(node, Derivative) and node.wrt.name == name and node.of == loss)


def cost(e):
    """A measure of reading and computing: nodes, and more for each sum over a dummy."""
    return sum(1 + 6 * len(getattr(node, "bound", ())) for node in nodes(e))


# ---------------------------------------------------------------- lines of code


def _adjoint_lines(derivation, kept, writer):
    lines = []
    for name, e in reversed(list(kept.items())):
        if "grad " + name in writer.uses:
            component = derivation.components[name]
            lines.insert(0, f"grad_{python_name(name)} = {writer.write(plan(e, component.indices))}")
    return lines


def _definition_lines(derivation, writer):
    """The intermediate tensors that are read, computed from the inputs."""
    lines = []
    for equation in reversed(derivation.layer.equations):
        name = equation.left.name
        if name in writer.uses:
            right = stable(equation.right, derivation.layer.equations)
            lines.insert(0, f"{python_name(name)} = {writer.write(plan(right, equation.left.indices))}")
    return lines


def stable(right, equations):
    """A definition with exponentials over their sum written out, so that they are computed without overflow."""
    wide = right
    for equation in reversed(equations):
        if any(isinstance(node, Apply) and node.function == "exp" for node in nodes(equation.right)) or _holds(wide, equation, equations):
            wide = written_out(wide, equation)
    from linalg_grads.arrays import LogSumExp, Softmax, _plan
    from linalg_grads.expressions import free

    found = _kinds(_plan(wide, free(wide)))
    return wide if wide is not right and (Softmax in found or LogSumExp in found) else right


def _holds(e, equation, equations):
    """Is `equation` a sum of exponentials under another name?"""
    named = {q.left.name for q in equations if isinstance(q.right, Apply) and q.right.function == "exp"}
    return equation.left.name in tensors(e) and bool(named & set(tensors(equation.right)))


def written_out(e, equation):
    def visit(node):
        if isinstance(node, Tensor) and node.name == equation.left.name:
            return rename_apart(substitute(equation.right, dict(zip(equation.left.indices, node.indices))))
        return node

    return transform(e, visit)


def _kinds(program):
    found = {type(program)}
    for field in ("inside", "base", "exponent", "left", "right"):
        if hasattr(program, field):
            found |= _kinds(getattr(program, field))
    for part in getattr(program, "parts", ()):
        found |= _kinds(part)
    return found


def _sums_leading_axes(layer, expressions):
    return any(
        index.is_ellipsis
        for e in [*expressions, *[equation.right for equation in layer.equations]]
        for node in nodes(e)
        for index in getattr(node, "bound", ())
    )


def _flattening(derivation, arguments):
    r"""(lines that make one axis of all leading axes, what restores them in the result)"""
    layer = derivation.layer
    lines, restore = [], ""
    output = layer.output
    arrays = [(name, layer.inputs[name]) for name in arguments if (name, 0) in layer.leading]
    names = [(python_name(name), order) for name, order in arrays]
    if (output.name, 0) in layer.leading:
        names.append((f"grad_{python_name(output.name)}", len(output.indices)))
    if (derivation.variable.name, 0) in layer.leading:
        owner = python_name(derivation.variable.name) if derivation.variable.name in arguments else names[0][0]
        lines.append(f"shape = {owner}.shape")
        restore = ".reshape(shape)"
    for name, order in names:
        kept_axes = "".join(f", {name}.shape[{position - order}]" for position in range(1, order))
        lines.append(f"{name} = {name}.reshape(-1{kept_axes})")
    return lines, restore


# ---------------------------------------------------------------- the function


def _function(derivation, dialect, arguments, lines, writer):
    output, variable = derivation.layer.output, derivation.variable
    parameters = [python_name(name) for name in arguments]
    upstream = f"grad_{python_name(output.name)}"
    parameters.append(upstream if output.indices else f"{upstream}=1.0")
    body = "\n".join(lines)
    used = f"{dialect.module}." in body
    imports = f"{dialect.imports}\n" if used else ""
    imports = "import math\n" + imports if "math." in body else imports
    doc = _docstring(derivation, arguments, upstream)
    code = "\n".join(f"    {line}" if line else "" for line in [*doc, *lines])
    return f"{imports}{chr(10) * 2 if imports else ''}def grad_{python_name(variable.name)}({', '.join(parameters)}):\n{code}\n"


def _docstring(derivation, arguments, upstream):
    layer, variable = derivation.layer, derivation.variable
    written = {}
    for equation in layer.equations:
        for side in (equation.right, equation.left):
            for node in nodes(side):
                if isinstance(node, Tensor) and node.indices:
                    written.setdefault(node.name, node.indices)
                elif isinstance(node, Component):
                    written.setdefault(node.of.of.name, node.indices)
    rows = [(python_name(name), written.get(name, ())) for name in arguments]
    rows += [(upstream, layer.output.indices), ("returns", written.get(variable.name, ()))]
    width = max(len(name) for name, _ in rows)
    shapes = [f"{name.ljust(width)}  ({_axes(indices)})" for name, indices in rows]
    return [f'r"""{to_latex(derivation.gradient)}', "", *shapes, '"""']


def _axes(indices):
    letters = ["..." if index.startswith(r"\ldots") else index.partition("#")[0].lstrip("\\") for index in indices]
    return ", ".join(letters) + ("," if len(letters) == 1 else "")
