"""The gradient as einsum calls, one a term: np.einsum("ip,iq->pq", grad_y, x)."""

from fractions import Fraction

from linalg_grads.arrays import plan
from linalg_grads.expressions import Number, Ones, Product, Sum, free
from linalg_grads.to_code import NUMPY, PRODUCT, Shapes, Writer, constant, einsum_letters


def to_einsum(derivation):
    layer = derivation.layer
    orders = {e.left.name: len(e.left.indices) for e in layer.equations} | layer.inputs
    writer = Writer(NUMPY, Shapes(layer.output.name, orders))
    equation = derivation.gradient
    terms = equation.right.terms if isinstance(equation.right, Sum) else (equation.right,)
    calls = [_call(term, equation.left.wrt.indices, writer) for term in terms]
    return " + ".join(calls).replace("+ -", "- ")


def _call(term, axes, writer):
    factors = term.factors if isinstance(term, Product) else (term,)
    number = Fraction(next((factor.value for factor in factors if isinstance(factor, Number)), 1))
    arrays = [factor for factor in factors if not isinstance(factor, (Number, Ones))]
    held = {index for factor in arrays for index in free(factor)}
    arrays += [factor for factor in factors if isinstance(factor, Ones) and factor.index not in held]
    programs = [plan(factor, free(factor)) for factor in arrays]
    scalars = "".join(f"{writer.write(program, PRODUCT)} * " for program in programs if not program.axes)
    programs = [program for program in programs if program.axes]
    if not programs:
        return f"{constant(number)[0]} * {scalars[:-3]}" if number != 1 or not scalars else scalars[:-3]
    letters = einsum_letters([program.axes for program in programs])
    spec = ",".join("".join(letters[index] for index in program.axes) for program in programs)
    operands = ", ".join(writer.write(program) for program in programs)
    call = f'np.einsum("{spec}->{"".join(letters[index] for index in axes)}", {operands})'
    call = scalars + call
    return call if number == 1 else f"-{call}" if number == -1 else f"{constant(number)[0]} * {call}"
