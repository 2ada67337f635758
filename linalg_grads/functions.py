"""The elementwise functions: how each is written, what its derivative is, how NumPy and PyTorch call it.

To add a function, add a line to FUNCTIONS; the parser, the calculus and every output language read this table.
One whose derivative is zero is named in `expressions.FLAT`, too, or its derivatives take more lines than they need.
"""

import math
from fractions import Fraction

from linalg_grads.expressions import MINUS_ONE, ONE, ZERO, Apply, Node, Number, Power, Tensor, add, multiply, negative, power

PI = Tensor(r"\pi")


class Function(Node):
    latex: str  # {} stands for the argument
    derivative: callable  # u -> f'(u)
    numpy: str  # {} stands for the argument's code
    torch: str
    value: callable  # one float -> one float


def _square(e):
    return power(e, Number(2))


def _erf_derivative(u):
    return multiply((Number(2), Power(PI, Number(Fraction(-1, 2))), Apply("exp", negative(_square(u)))))


FUNCTIONS = {
    "exp": Function(r"\exp({})", lambda u: Apply("exp", u), "np.exp({})", "torch.exp({})", math.exp),
    "log": Function(r"\log({})", lambda u: power(u, MINUS_ONE), "np.log({})", "torch.log({})", math.log),
    "sin": Function(r"\sin({})", lambda u: Apply("cos", u), "np.sin({})", "torch.sin({})", math.sin),
    "cos": Function(r"\cos({})", lambda u: negative(Apply("sin", u)), "np.cos({})", "torch.cos({})", math.cos),
    "tan": Function(
        r"\tan({})", lambda u: add((ONE, _square(Apply("tan", u)))), "np.tan({})", "torch.tan({})", math.tan
    ),
    "arctan": Function(
        r"\arctan({})",
        lambda u: power(add((ONE, _square(u))), MINUS_ONE),
        "np.arctan({})",
        "torch.arctan({})",
        math.atan,
    ),
    "sinh": Function(r"\sinh({})", lambda u: Apply("cosh", u), "np.sinh({})", "torch.sinh({})", math.sinh),
    "cosh": Function(r"\cosh({})", lambda u: Apply("sinh", u), "np.cosh({})", "torch.cosh({})", math.cosh),
    "tanh": Function(
        r"\tanh({})", lambda u: add((ONE, negative(_square(Apply("tanh", u))))), "np.tanh({})", "torch.tanh({})", math.tanh
    ),
    "sigma": Function(
        r"\sigma({})",
        lambda u: multiply((Apply("sigma", u), add((ONE, negative(Apply("sigma", u)))))),
        "0.5 * (1 + np.tanh(0.5 * {}))",  # the same function, without overflow
        "torch.sigmoid({})",
        lambda u: 0.5 * (1 + math.tanh(0.5 * u)),
    ),
    "softplus": Function(
        r"\operatorname{{softplus}}({})",
        lambda u: Apply("sigma", u),
        "np.logaddexp(0, {})",
        "torch.nn.functional.softplus({})",
        lambda u: max(u, 0.0) + math.log1p(math.exp(-abs(u))),
    ),
    "erf": Function(
        r"\operatorname{{erf}}({})", _erf_derivative, "np.vectorize(math.erf)({})", "torch.erf({})", math.erf
    ),
    "relu": Function(
        r"\operatorname{{relu}}({})",
        lambda u: Apply("step", u),
        "np.maximum({}, 0)",
        "torch.relu({})",
        lambda u: max(u, 0.0),
    ),
    "step": Function(r"[{} > 0]", lambda u: ZERO, "({} > 0)", "({} > 0)", lambda u: float(u > 0)),
    "abs": Function(r"|{}|", lambda u: Apply("sign", u), "np.abs({})", "torch.abs({})", abs),
    "sign": Function(
        r"\operatorname{{sign}}({})",
        lambda u: ZERO,
        "np.sign({})",
        "torch.sign({})",
        lambda u: float((u > 0) - (u < 0)),
    ),
}
