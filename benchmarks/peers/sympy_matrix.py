"""SymPy's matrix expressions: `diff` by a MatrixSymbol."""

from sympy import HadamardProduct, Identity, MatrixSymbol, OneMatrix, Trace, exp, latex, sqrt, symbols
from sympy.core.cache import clear_cache as clear
from sympy.matrices.expressions import DiagMatrix

READS, SHOWS, VERSION_OF = "Python objects", "the result", "sympy"
CANNOT = {"attention": "RecursionError in the derivative by Q"}
REMARKS = {
    "linear_layer": "the gradients read well; the Jacobians are permuted products of arrays with an identity",
    "softmax": "an array expression",
    "layer_norm": "wrong: it says 0",
}
M, N, K, D, E = symbols("M N K D E", integer=True, positive=True)


def linear_layer():
    X, A, b, G = MatrixSymbol("X", M, K), MatrixSymbol("A", N, K), MatrixSymbol("b", N, 1), MatrixSymbol("G", M, N)
    Y = X * A.T + OneMatrix(M, 1) * b.T
    loss = Trace(G.T * Y)
    return [latex(of.diff(by)) for by in (X, A, b) for of in (Y, loss)]


def softmax():
    x, g = MatrixSymbol("x", N, 1), MatrixSymbol("g", N, 1)
    e = x.applyfunc(exp)
    return [latex(Trace(g.T * e * (OneMatrix(N, 1).T * e).I).diff(x))]


def layer_norm():
    x, g, w = (MatrixSymbol(name, N, 1) for name in "xgw")
    centre = Identity(N) - OneMatrix(N, N) / N
    loss = (HadamardProduct(w, g).T * centre * x)[0, 0] / sqrt((x.T * centre * x)[0, 0] / N + symbols("epsilon"))
    return [latex(loss.diff(x))]


def attention():
    Q, K_, V, G = MatrixSymbol("Q", M, D), MatrixSymbol("K", N, D), MatrixSymbol("V", N, E), MatrixSymbol("G", M, E)
    scores = (Q * K_.T / sqrt(D)).applyfunc(exp)
    loss = Trace(G.T * DiagMatrix(scores * OneMatrix(N, 1)).I * scores * V)
    return [latex(loss.diff(by)) for by in (Q, K_, V)]
