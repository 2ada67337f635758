"""The rules of differentiation, one short function each.

A rule takes the derivative of one expression, `of`, with respect to one component, `wrt`, that it depends on, and returns what
it equals, or None where it has nothing to say. The derivatives that it leaves are made by `d`: that is Derivative for one step
of a derivation, and `differentiate` for all of them at once. RULES lists the rules in the order in which a teacher applies them,
each with the kind of expression that it is about; to add a rule, add a line.
"""

from linalg_grads.expressions import (
    MINUS_ONE,
    ZERO,
    Apply,
    Component,
    Delta,
    Derivative,
    Determinant,
    Inverse,
    Node,
    Number,
    Power,
    Product,
    Sum,
    Tensor,
    add,
    depends,
    multiply,
    nodes,
    power,
    rename_apart,
    tensors,
    transform,
)
from linalg_grads.functions import FUNCTIONS


def constant_rule(of, wrt, d):
    """What does not depend on the variable has derivative 0."""
    if not depends(of, wrt.name):
        return ZERO


def constant_terms(of, wrt, d):
    """d(u + c) = du, where c does not depend on the variable"""
    varying = [term for term in of.terms if depends(term, wrt.name)]
    if len(varying) < len(of.terms):
        return d(add(varying), wrt)


def sum_rule(of, wrt, d):
    """d(u + v) = du + dv"""
    return add([d(term, wrt) for term in of.terms])


def flat_factors(of, wrt, d):
    """d([u > 0] v) = [u > 0] dv, where v is all else: a step is flat, wherever it has a derivative"""
    flat = [factor for factor in of.factors if wrt.name in tensors(factor) and not depends(factor, wrt.name)]
    if flat:
        return multiply((*flat, d(multiply([factor for factor in of.factors if factor not in flat]), wrt)), of.bound)


def sum_over_an_index(of, wrt, d):
    r"""d(\sum_i u_i) = \sum_i du_i"""
    if len(of.factors) == 1:
        return multiply((d(of.factors[0], wrt),), of.bound)


def constant_factors(of, wrt, d):
    """d(c u) = c du, where c does not depend on the variable"""
    varying = [factor for factor in of.factors if depends(factor, wrt.name)]
    if len(varying) == 1:
        return multiply([d(f, wrt) if f is varying[0] else f for f in of.factors], of.bound)


def product_rule(of, wrt, d):
    """d(u v) = du v + u dv; the dummies of each term are its own"""
    terms = [
        multiply([d(f, wrt) if n == position else f for n, f in enumerate(of.factors)], of.bound)
        for position, factor in enumerate(of.factors)
        if depends(factor, wrt.name)
    ]
    return add([terms[0], *[rename_apart(term) for term in terms[1:]]])


def power_rule(of, wrt, d):
    """d(u^n) = n u^(n-1) du"""
    if not depends(of.exponent, wrt.name):
        lowered = add_one_less(of.exponent)
        return multiply((of.exponent, power(of.base, lowered), d(rename_apart(of.base), wrt)))


def add_one_less(exponent):
    return Number(exponent.value - 1) if isinstance(exponent, Number) else add((exponent, MINUS_ONE))


def exponential_rule(of, wrt, d):
    """d(u^v) = u^v d(v log u)"""
    inside = multiply((of.exponent, Apply("log", of.base)))
    return multiply((of, d(rename_apart(inside), wrt)))


def function_rule(of, wrt, d):
    """d f(u) = f'(u) du"""
    slope = FUNCTIONS[of.function].derivative(of.argument)
    return multiply((slope, d(rename_apart(of.argument), wrt)))


def inverse_rule(of, wrt, d):
    """d[A^-1]_ij / da_pq = -[A^-1]_ip [A^-1]_qj"""
    if of.of.of.name == wrt.name:
        (i, j), (p, q) = of.indices, wrt.indices
        return multiply((MINUS_ONE, Component(of.of, (i, p)), Component(of.of, (q, j))))


def determinant_rule(of, wrt, d):
    """d det(A) / da_pq = det(A) [A^-1]_qp"""
    if of.of.name == wrt.name:
        p, q = wrt.indices
        return multiply((of, Component(Inverse(of.of), (q, p))))


def component_rule(of, wrt, d):
    """dx_ij / dx_pq = delta_ip delta_jq"""
    return multiply([Delta(i, p) for i, p in zip(of.indices, wrt.indices)])


RULES = (
    ("nothing varies with the variable", Node, constant_rule),
    ("terms without the variable have derivative zero", Sum, constant_terms),
    ("sum rule", Sum, sum_rule),
    ("steps are flat, and move outside", Product, flat_factors),
    ("the derivative moves inside the sum", Product, sum_over_an_index),
    ("constant factors move outside", Product, constant_factors),
    ("product rule", Product, product_rule),
    ("power rule", Power, power_rule),
    ("power rule, varying exponent", Power, exponential_rule),
    ("derivative of the function, chain rule", Apply, function_rule),
    ("derivative of the inverse", Component, inverse_rule),
    ("derivative of the determinant", Determinant, determinant_rule),
    ("derivative of a component", Tensor, component_rule),
)


BY_KIND = {kind: [rule for rule in RULES if rule[1] is kind] for _, kind, _ in RULES}


def applicable(e, wrt):
    """The rules about `e`, in the order of RULES."""
    return BY_KIND.get(type(e), ()) if depends(e, wrt.name) else BY_KIND[Node]


def differentiate(e, wrt):
    """The derivative worked out, without the steps in between."""
    for _, _, rule in applicable(e, wrt):
        made = rule(e, wrt, differentiate)
        if made is not None:
            return made
    return Derivative(e, wrt)


def applied(e):
    """(its place in RULES, what it makes of the derivative `e`), for each rule that has something to say."""
    for rule in applicable(e.of, e.wrt):
        made = rule[2](e.of, e.wrt, Derivative)
        if made is not None:
            yield RULES.index(rule), made


def next_step(e, name):
    """(a rule's name, `e` after it) for the first of RULES that has something to say about a derivative by tensor `name`.

    It is applied wherever it can be; derivatives by another tensor, such as the upstream gradient, stay.
    """
    found = {}
    for node in nodes(e, Derivative):
        if node.wrt.name == name and (said := next(applied(node), None)):
            found[id(node)] = said
    if not found:
        return None
    place = min([place for place, _ in found.values()])
    made = {key: new for key, (own, new) in found.items() if own == place}
    return RULES[place][0], transform(e, lambda node: made.get(id(node), node), (Derivative,))
