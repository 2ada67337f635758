"""SymPy's array expressions: products and contractions of ArraySymbols, differentiated by `array_derive`."""

from sympy import exp, latex, symbols
from sympy.core.cache import clear_cache as clear
from sympy.tensor.array.expressions import ArrayAdd, ArrayContraction, ArrayElementwiseApplyFunc, ArraySymbol, ArrayTensorProduct
from sympy.tensor.array.expressions.arrayexpr_derivatives import array_derive

READS, SHOWS, VERSION_OF = "Python objects", "the result", "sympy"
CANNOT = {
    "layer_norm": "no power of a contraction can be stated that it differentiates",
    "attention": "no elementwise product along one axis can be stated that it differentiates",
}
REMARKS = {"linear_layer": "permuted contractions with identities are left standing", "softmax": "contractions with identities"}
M, N, K = symbols("M N K", integer=True, positive=True)


def linear_layer():
    x, a, b, g = ArraySymbol("X", (M, K)), ArraySymbol("A", (N, K)), ArraySymbol("b", (N,)), ArraySymbol("G", (M, N))
    ones = ArraySymbol("1", (M,))  # OneArray can't be differentiated
    y = ArrayAdd(ArrayContraction(ArrayTensorProduct(x, a), (1, 3)), ArrayTensorProduct(ones, b))
    loss = ArrayContraction(ArrayTensorProduct(g, y), (0, 2), (1, 3))
    return [latex(array_derive(of, by)) for by in (x, a, b) for of in (y, loss)]


def softmax():
    x, g, ones = ArraySymbol("x", (N,)), ArraySymbol("g", (N,)), ArraySymbol("1", (N,))
    e = ArrayElementwiseApplyFunc(exp, x)
    below = ArrayElementwiseApplyFunc(lambda t: 1 / t, ArrayContraction(ArrayTensorProduct(e, ones), (0, 1)))
    return [latex(array_derive(ArrayTensorProduct(ArrayContraction(ArrayTensorProduct(g, e), (0, 1)), below), x))]
