r"""Known identities: 1 / (1 + e^{-u}) is \sigma(u), \sinh u / \cosh u is \tanh u, \log(e^u / v) is u - \log v.

The right-hand side reads better, is easier to differentiate, and is computed without overflow.
"""

from linalg_grads.canonical import canonical
from linalg_grads.expressions import MINUS_ONE, ONE, Apply, Number, Ones, Power, Product, Sum, add, coefficient, complete, multiply, negative, power, transform

QUOTIENTS = {  # (f, g) -> what f(u) / g(u) is
    ("sinh", "cosh"): lambda u: Apply("tanh", u),
    ("sin", "cos"): lambda u: Apply("tan", u),
    ("sign", "abs"): lambda u: power(u, MINUS_ONE),
}


def in_known_functions(e):
    return complete(transform(e, _known, (Apply,)))


def _known(e):
    match e:
        case Apply("log", Product()):
            return logarithm_of_quotient(e)
        case Apply("log", Sum() as inside) if _one_plus_exp(inside):
            return Apply("softplus", _one_plus_exp(inside))
        case Sum((Apply("exp", u), Apply("exp", v))) if canonical(v) == canonical(negative(u)):
            return multiply((Number(2), Apply("cosh", u)))
        case Sum((Apply("exp", u), Product((Number(-1), Apply("exp", v)), ()))) if canonical(v) == canonical(negative(u)):
            return multiply((Number(2), Apply("sinh", u)))
        case Power(Sum() as base, Number(value)) if value < 0 and _one_plus_exp(base):
            return power(Apply("sigma", negative(_one_plus_exp(base))), Number(-value))
        case Sum((Number(1), Product((Number(-1), Apply("sigma", u)), ()))) if coefficient(u)[0] < 0:
            return Apply("sigma", negative(u))
        case Product():
            return _quotients(e)
    return e


def logarithm_of_sigma(e):
    r"""\log \sigma(u) as -softplus(-u), and \log(1 - \sigma(u)) as -softplus(u); anything else as it is."""
    match e:
        case Apply("log", Apply("sigma", u)):
            return negative(Apply("softplus", negative(u)))
        case Apply("log", Sum((Number(1), Product((Number(-1), Apply("sigma", u)), ())))):
            return negative(Apply("softplus", u))
    return e


def logarithm_of_quotient(e):
    r"""\log(\exp(u) / v) as u - \log v; anything else as it is."""
    match e:
        case Apply("log", Product((Apply("exp", u), Power(v, Number(-1))), ())):
            return add((u, negative(Apply("log", v))))
    return e


def guarded(e):
    r"""[-x > 0] \exp(x) with \exp(\min(x, 0)): where the step is zero, the exponential must not overflow."""
    if not isinstance(e, Product):
        return e
    for factor in e.factors:
        if (small := _not_positive(factor)) is not None:
            key = canonical(small)

            def cut(node, key=key):
                at_most_zero = isinstance(node, Apply) and node.function == "exp" and canonical(node.argument) == key
                return Apply("exp", negative(Apply("relu", negative(node.argument)))) if at_most_zero else node

            e = multiply([part if part is factor else transform(part, cut, (Apply,)) for part in e.factors], e.bound)
    return e


def _not_positive(factor):
    """The u that is at most zero wherever `factor`, [-u > 0] or 1 - [u > 0], is not zero; else None."""
    match factor:
        case Apply("step", u):
            return negative(u)
        case Sum((Number(1) | Ones(), Product((Number(-1), Apply("step", u)), ()))):
            return u
    return None


def _one_plus_exp(e):
    """The u of 1 + exp(u), or None."""
    one, others = [t for t in e.terms if t == ONE], [t for t in e.terms if t != ONE]
    if len(one) == len(others) == 1 and isinstance(others[0], Apply) and others[0].function == "exp":
        return others[0].argument
    return None


def _quotients(e):
    factors = list(e.factors)
    for above in e.factors:
        for below in factors:
            if isinstance(above, Apply) and isinstance(below, Power) and isinstance(below.base, Apply) and below.exponent == MINUS_ONE:
                made = QUOTIENTS.get((above.function, below.base.function))
                if made and canonical(above.argument) == canonical(below.base.argument):
                    factors.remove(above)
                    factors[factors.index(below)] = made(above.argument)
                    return _known(multiply(factors, e.bound))
            match above, below:
                case Apply("exp", u), Apply("sigma", v) if canonical(v) == canonical(negative(u)):  # e^u / (1 + e^u)
                    factors.remove(above)
                    factors[factors.index(below)] = Apply("sigma", u)
                    return _known(multiply(factors, e.bound))
    return e
