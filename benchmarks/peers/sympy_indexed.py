"""SymPy's IndexedBase: `diff` by a component, then the sums over Kronecker deltas worked out by `deltasummation`."""

from sympy import IndexedBase, KroneckerDelta, Sum, exp, expand, latex, sqrt, symbols
from sympy.concrete.delta import deltasummation
from sympy.core.cache import clear_cache as clear

READS, SHOWS, VERSION_OF = "Python objects", "the result", "sympy"
CANNOT = {}
REMARKS = {"layer_norm": "pages long: powers and products are multiplied out", "attention": "with cases for indices out of range"}
M, N, K, D, E = symbols("M N K D E", integer=True, positive=True)
i, j, k, r, d, e, p, q = symbols("i j k r d e p q", integer=True)


def summed(term, *ranges):
    """The sum of `term`, over an index of a delta first."""
    ranges = list(ranges)
    while ranges:
        held = {index for delta in term.atoms(KroneckerDelta) for index in delta.free_symbols}
        over = next((one for one in ranges if one[0] in held), ranges[0])
        ranges.remove(over)
        term = deltasummation(term, over, no_piecewise=True)
    return term


def derivative(of, by):
    return of.diff(by).replace(Sum, summed)


def linear_layer():
    x, a, b, g = map(IndexedBase, "xabg")
    y, made = Sum(x[i, k] * a[j, k], (k, 1, K)) + b[j], []
    for by in (x[p, q], a[p, q], b[p]):
        jacobian = derivative(y, by)
        made += [latex(jacobian), latex(summed(g[i, j] * jacobian, (i, 1, M), (j, 1, N)))]
    return made


def softmax():
    x, g = map(IndexedBase, "xg")
    y = exp(x[i]) / Sum(exp(x[k]), (k, 1, N))
    return [latex(summed(expand(g[i] * derivative(y, x[p])), (i, 1, N)))]


def layer_norm():
    x, g, w, b = map(IndexedBase, "xgwb")
    mean = Sum(x[r], (r, 1, N)) / N
    variance = Sum((x[k] - mean) ** 2, (k, 1, N)) / N
    y = w[i] * (x[i] - mean) / sqrt(variance + symbols("epsilon")) + b[i]
    return [latex(summed(expand(g[i] * derivative(y, x[p])), (i, 1, N)))]


def attention():
    query, key, value, g = map(IndexedBase, "qkvg")

    def score(row, column):
        return exp(Sum(query[row, d] * key[column, d], (d, 1, D)) / sqrt(D))

    y = Sum(score(i, j) / Sum(score(i, k), (k, 1, N)) * value[j, e], (j, 1, N))
    return [latex(summed(g[i, e] * derivative(y, by), (i, 1, M), (e, 1, E))) for by in (query[p, q], key[p, q], value[p, q])]
