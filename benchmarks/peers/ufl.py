"""UFL: indexed expressions of tensor-valued variables, `diff`, then `apply_algebra_lowering` and `apply_derivatives`."""

import ufl
from ufl import Constant, Mesh, as_matrix, as_tensor, as_vector, diff, exp, i, j, k, sqrt, variable
from ufl.algorithms.apply_algebra_lowering import apply_algebra_lowering
from ufl.algorithms.apply_derivatives import apply_derivatives
from ufl.finiteelement import AbstractFiniteElement
from ufl.formatting.ufl2unicode import ufl2unicode

READS, SHOWS, VERSION_OF = "Python objects", "the result", "fenics-ufl"
CANNOT = {}
REMARKS = {"linear_layer": "sizes are numbers; identities are left standing, indices are numbered"}
REMARKS |= dict.fromkeys(("softmax", "layer_norm", "attention"), "every entry by itself: a function takes no free index")


class Point(AbstractFiniteElement):
    """What a Constant needs to stand on; it has no part in the derivatives."""

    cell, pullback, sobolev_space = ufl.interval, ufl.identity_pullback, ufl.H1
    embedded_subdegree = embedded_superdegree = 1
    reference_value_shape, sub_elements = (1,), ()

    def __repr__(self):
        return "Point()"

    __str__ = __repr__

    def __hash__(self):
        return 1

    def __eq__(self, other):
        return isinstance(other, Point)


DOMAIN = Mesh(Point())
M, N, K, E = 2, 5, 3, 7


def tensors(*shapes):
    return [variable(Constant(DOMAIN, shape=shape)) for shape in shapes]


def clear():
    """It keeps nothing between two expressions."""


def derivative(of, by):
    return ufl2unicode(apply_derivatives(apply_algebra_lowering(diff(of, by))))


def ones(size):
    return as_vector([1] * size)


def linear_layer():
    x, a, b, g = tensors((M, K), (N, K), (N,), (M, N))
    y = as_tensor(x[i, k] * a[j, k], (i, j)) + as_tensor(ones(M)[i] * b[j], (i, j))
    return [derivative(of, by) for by in (x, a, b) for of in (y, g[i, j] * y[i, j])]


def softmax():
    x, g = tensors((N,), (N,))
    e = as_vector([exp(x[n]) for n in range(N)])  # a function takes no free index
    return [derivative(g[i] * e[i] / sum(e), x)]


def layer_norm():
    x, g, w, epsilon = tensors((N,), (N,), (N,), ())
    centred = as_vector([x[n] - sum(x) / N for n in range(N)])
    return [derivative(g[i] * w[i] * centred[i] / sqrt(centred[k] * centred[k] / N + epsilon), x)]


def attention():
    query, key, value, g = tensors((M, K), (N, K), (N, E), (M, E))
    scores = [[exp(query[m, k] * key[n, k] / sqrt(K)) for n in range(N)] for m in range(M)]
    weights = as_matrix([[score / sum(row) for score in row] for row in scores])
    y = as_tensor(weights[i, j] * value[j, k], (i, k))
    return [derivative(g[i, k] * y[i, k], by) for by in (query, key, value)]
