"""cadabra2: the tensor is varied, its variation is a product of Kronecker deltas, and `eliminate_kronecker` contracts them."""

import cadabra2
from cadabra2 import Ex, Indices, KroneckerDelta, distribute, eliminate_kronecker, vary

__cdbkernel__ = cadabra2.__cdbkernel__  # its functions look for this name here
READS, SHOWS, VERSION_OF = "LaTeX", "the result of each algorithm that is called", "cadabra2"
CANNOT = {
    "layer_norm": "it can't vary exp or a mean: the chain rule through the intermediates is left to the reader",
    "attention": "it can't vary exp: the chain rule through the intermediates is left to the reader",
}
REMARKS = {"softmax": "with help: it can't vary exp, so that e_i varies by e_i delta_ip is stated by hand, and so is the sum S's variation"}

Indices(Ex(r"{i,j,k,m,n,p,q}"), Ex("name=axes, position=independent"))
KroneckerDelta(Ex(r"\delta_{i j}"))
RULES = tuple(Ex(rule) for rule in (
    r"x_{m n} -> \delta_{m p} \delta_{n q}", r"a_{m n} -> \delta_{m p} \delta_{n q}", r"b_{m} -> \delta_{m p}",
))  # fmt: skip


def clear():
    """It keeps nothing between two expressions."""


def linear_layer():
    made = []
    for rule in RULES:
        jacobian = eliminate_kronecker(vary(Ex(r"x_{i k} a_{j k} + o_{i} b_{j}"), rule))
        made += [jacobian._latex_(), eliminate_kronecker(Ex(r"g_{i j}") * jacobian)._latex_()]
    return made


def softmax():
    loss = vary(Ex(r"g_{i} e_{i} S**{-1}"), Ex(r"{e_{m} -> e_{p} \delta_{m p}, S -> e_{p}}"))
    return [eliminate_kronecker(distribute(loss))._latex_()]
