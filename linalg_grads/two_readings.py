r"""What two writers mean two things by, in a forward equation between components: refused, with what to write for either.

    -\sum_n u_n + v_n w_n            is the last term subtracted, too?
    a_i b_i / (a_i a_i)              one sum, or a quotient of two?
    \sum_t \gamma^t r_t              is t a number?
    q_{ik} k_{jk} / \sqrt{d_k}       a component of d, or the number of all k?
    a_i \mathbf{x}_i                 if it is called \mathbf{y}: a number, or a sum of columns?
"""

from fractions import Fraction

from linalg_grads.expressions import ONE, Component, Number, Ones, Power, Product, Sum, Tensor, counts_in_a_term, dummies, holds, nodes, own_indices, transform
from linalg_grads.matrices import NEEDS_MATRICES, fail
from linalg_grads.numbered_columns import columns_of, numbers_of
from linalg_grads.parse_latex import BOLD

ROOTS = Number(Fraction(1, 2)), Number(Fraction(-1, 2))


def refuse_two_readings(equations, sources):
    for equation, source in zip(equations, sources):
        if dummies(equation.right):
            refuse_open_sums(equation, source)
            refuse_counters(equation, source)
        if holds(equation.right, Power):
            refuse_open_quotients(equation, source)
            refuse_sizes(equation, source, {node for e in equations for node in nodes(e, Tensor) if node.name == "d"})
        refuse_bold_numbers(equation, source)


def refuse_open_sums(equation, source):
    for terms in [total.terms for total in nodes(equation.right, Sum)]:
        for place, term in enumerate(terms):
            for n in [index for later in terms[place + 1 :] for index in later.occurrences if index in open_sums(term)]:
                fail(source, n, f"is this term part of the sum over '{n}'?", rf"write \sum_{n} ( ... + ... ), or \sum_{n} a second time")


def open_sums(e, scaled=False):
    """The letters of the written sums that end the product `e` and have a factor before them, be it -1."""
    if not isinstance(e, Product):
        return ()
    scaled = scaled or not e.bound
    return (*(e.bound if scaled else ()), *open_sums(e.factors[-1], scaled))


def refuse_open_quotients(equation, source):
    r"""\frac{a_i b_i}{a_i a_i}, whose numerator is a product of its own, is a quotient of sums."""
    summed = set(equation.right.occurrences) - set(own_indices(equation.left))
    for product in nodes(equation.right, Product):
        above = [counts_in_a_term(factor) for factor in product.factors if not isinstance(factor, Product) and not is_below(factor)]
        below = [counts_in_a_term(part) for factor in product.factors for part in getattr(factor, "factors", (factor,)) if is_below(part)]
        for i in [index for counted in above for index in counted if index in summed]:
            if [counted[i] for counted in above].count(1) > 1 and max([counted[i] for counted in below], default=0) > 1:
                hint = rf"write \frac{{a_{i} b_{i}}}{{c_{i} d_{i}}} for the quotient, \sum_{i} for one sum"
                fail(source, i, f"is this a quotient of two sums over '{i}', or one sum?", hint)


def is_below(e):
    return isinstance(e, Power) and isinstance(e.exponent, Number) and e.exponent.value < 0


def refuse_counters(equation, source):
    for total in nodes(equation.right, Product):
        for node in nodes(total, Tensor) if total.bound else ():
            if not node.indices and node.name in total.bound:
                fail(source, node.name, f"'{node.name}' is an index, and stands here as a number", rf"write n_{node.name} for a tensor that counts, n_0 = 0, n_1 = 1, ...")


def refuse_sizes(equation, source, of_d):
    """A d_k below a root, beside a summed k, where d has no other component."""
    for node in nodes(equation.right, Power):
        if of_d == {node.base} and node.exponent in ROOTS and len(node.base.indices) == 1:
            k, others = node.base.indices[0], transform(equation.right, lambda e, d_k=node.base: ONE if e == d_k else e, (Tensor,))
            if k in counts_in_a_term(others) and k not in own_indices(equation.left):
                fail(source, node.base.name, f"is this a component of 'd', or the number of all {k}?", rf"write d_{{\text{{{k}}}}} for the number, v_{k} for a component")


def refuse_bold_numbers(equation, source):
    left, right = equation.left, equation.right
    if not isinstance(left, Tensor) or left.indices or not BOLD.search(left.name) or not any(map(own_indices, nodes(right))):
        return
    of_columns = any(isinstance(node, (*NEEDS_MATRICES, Component)) or node == Ones() for node in nodes(right)) or columns_of(right, numbers_of(equation))
    if not of_columns and 1 not in counts_in_a_term(right).values():
        fail(source, left.name, f"'{left.name}' is no number, as the right-hand side is", r"write its components, as in y_j = \sum_i a_i x_{ij}")
