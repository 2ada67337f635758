"""The gradient as einsum calls, one a term: np.einsum("ip,iq->pq", grad_y, x)."""

from linalg_grads.arrays import Einsum, Filled, Length, MatMul, plan, plan_any, rewritten, softmaxes, times
from linalg_grads.expressions import ZERO, Product, Sum
from linalg_grads.layout import keep_summed_axes
from linalg_grads.source import Exponentials, ready, writer_for
from linalg_grads.to_code import NUMPY


def to_einsum(derivation):
    """One call a term; intermediate tensors stand in it by their names."""
    writer = writer_for(derivation, NUMPY)
    equation = derivation.gradient
    right = Exponentials(derivation.layer.equations).stable(equation.right)
    terms = right.terms if isinstance(right, Sum) else (right,)
    axes = equation.left.wrt.indices
    calls = [writer.write(keep_summed_axes(ready(_program(term, axes), axes, writer))) for term in terms]
    return " + ".join(calls).replace("+ -", "- ")


def _program(term, axes):
    """The numbers of a product times one einsum of its arrays."""
    if term == ZERO:
        return plan(term, axes)
    factors, parts = softmaxes(term) if isinstance(term, Product) else ((term,), [])
    order = (*axes, *getattr(term, "bound", ()))
    parts = [*[plan_any(factor, order) for factor in factors], *parts]
    held = {index for part in parts if not isinstance(part, Filled) for index in part.axes}
    known = {index for part in parts for index in part.axes}
    parts += [Length(index.dim) for index in order[len(axes) :] if index not in known]  # a sum over what no factor holds
    arrays = [part for part in parts if part.axes and not (isinstance(part, Filled) and set(part.axes) <= held)]
    scalars = [rewritten(part, _all_summed) for part in parts if not part.axes]
    call = [Einsum(tuple(arrays), axes)] if [part.axes for part in arrays] != [axes] else arrays
    return times([*scalars, *(call if arrays else [])], axes)


def _all_summed(node):
    """A product summed over leading axes, whose number is not known, is an einsum with these made one."""
    if isinstance(node, MatMul) and node.over.is_ellipsis:
        return Einsum((node.left, node.right), node.axes)
    return node
