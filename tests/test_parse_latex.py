r"""What LaTeX is read, and as what; what is refused, with the caret under the culprit and a hint.

READINGS  text -> the expression, built by hand
THE_SAME  two ways of writing one thing
REFUSED   the text with ‸ in front of the culprit, a piece of the rule, a piece of what would be legal
"""

from fractions import Fraction

import pytest

from linalg_grads.errors import LinalgGradsError, ParseError
from linalg_grads.expressions import (
    Apply,
    Component,
    Delta,
    Derivative,
    Determinant,
    Equation,
    Hadamard,
    Inverse,
    Kronecker,
    Matrix,
    Number,
    Ones,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    Trace,
    Transpose,
    Vec,
    nodes,
)
from linalg_grads.parse_latex import LONGEST, parse_chain, parse_component, parse_equation, parse_expression


def T(name, indices=""):
    return Tensor(name, tuple(indices))


def N(numerator, denominator=1):
    return Number(Fraction(numerator, denominator))


def times(*factors):
    return Product(factors)


def over(e, exponent=-1):
    return Power(e, N(exponent))


def minus(*factors):
    return Product((N(-1), *factors))


x, y, z, c, l = T("x"), T("y"), T("z"), T("c"), T("l")
A, X = T("A"), T("X")
x_i, y_i, x_ij, x_k, x_pq = T("x", "i"), T("y", "i"), T("x", "ij"), T("x", "k"), T("x", "pq")
a_jk, x_ik = T("a", "jk"), T("x", "ik")

READINGS = [
    # components
    ("x", x),
    ("x_i", x_i),
    ("x_{ik} a_{jk}", times(x_ik, a_jk)),
    ("X_{IJ}", T("X", "IJ")),
    (r"\alpha_{\mu\nu}", T(r"\alpha", [r"\mu", r"\nu"])),
    (r"\theta", T(r"\theta")),
    (r"\delta", T(r"\delta")),
    (r"x_{\text{in},k}", T(r"x_{\text{in}}", "k")),
    (r"x_{\text{in}k}", T(r"x_{\text{in}}", "k")),
    (r"d_{\text{model}}", T(r"d_{\text{model}}")),
    (r"d_{\text{in, out}}", T(r"d_{\text{in, out}}")),
    ("x_{1,ij}", T("x_{1}", "ij")),
    ("x_1", T("x_{1}")),
    ("x'_{ij}", T("x'", "ij")),
    ("x''_i", T("x''", "i")),
    ("x_{i'}", T("x", ["i'"])),
    (r"\hat{y}_i", T(r"\hat{y}", "i")),
    (r"\hat y_i", T(r"\hat{y}", "i")),
    (r"\mathbf{W}", T(r"\mathbf{W}")),
    (r"\mathbf W", T(r"\mathbf{W}")),
    (r"\boldsymbol{\theta}_i", T(r"\boldsymbol{\theta}", "i")),
    (r"\hat{\mathbf{x}}_i", T(r"\hat{\mathbf{x}}", "i")),
    (r"\mathcal{L}", T(r"\mathcal{L}")),
    (r"\text{loss}", T(r"\text{loss}")),
    ("W^{(1)}_{ij}", T("W^{(1)}", "ij")),
    ("W_{ij}^{(1)}", T("W^{(1)}", "ij")),
    ("W^{(l + 1)}_{ij}", T("W^{(l+1)}", "ij")),
    ("W^{[2]}", T("W^{[2]}")),
    (r"W^{(1)\top}", Transpose(T("W^{(1)}"))),
    (r"y^{\text{true}}_i", T(r"y^{\text{true}}", "i")),
    (r"y_i^{\mathrm{pred}}", T(r"y^{\mathrm{pred}}", "i")),
    (r"x_{\ldots k}", T("x", [r"\ldots", "k"])),
    (r"x_{\dots k}", T("x", [r"\ldots", "k"])),
    ("x_{...k}", T("x", [r"\ldots", "k"])),
    # ones and deltas
    (r"\mathbf{1}_i", Ones("i")),
    (r"\mathbb{1}_i", Ones("i")),
    (r"\mathbf1_i", Ones("i")),
    (r"\boldsymbol{1}_{ij}", times(Ones("i"), Ones("j"))),
    (r"\mathbf{1}_{\ldots}", Ones(r"\ldots")),
    (r"\mathbf{1}", Ones()),
    (r"\delta_{ij}", Delta("i", "j")),
    (r"\delta_{i,j}", Delta("i", "j")),
    # numbers
    ("2", N(2)),
    ("0.5", N(1, 2)),
    (".5", N(1, 2)),
    (r"\frac{3}{4}", N(3, 4)),
    (r"\frac12", N(1, 2)),
    (r"\tfrac1H", times(N(1), over(T("H")))),
    (r"-\frac{1}{2}", N(-1, 2)),
    # sums, products, quotients, powers
    ("x + y", Sum((x, y))),
    ("x - y", Sum((x, minus(y)))),
    ("-x y", minus(x, y)),
    ("+x", x),
    (r"x \cdot y \times z", times(x, y, z)),
    ("x / y", times(x, over(y))),
    ("x / y z", times(x, over(y), z)),
    (r"\frac{x y}{c z}", times(times(x, y), over(times(c, z)))),
    (r"\frac{\frac{x}{y}}{z}", times(times(x, over(y)), over(z))),
    ("(x + y) z", times(Sum((x, y)), z)),
    (r"\left(x + y\right) \bigl[ z \bigr]", times(Sum((x, y)), z)),
    (r"\left\{x + y\right\} z", times(Sum((x, y)), z)),
    ("(x_i x_i)(y_i y_i)", times(times(x_i, x_i), times(y_i, y_i))),
    ("x^2", Power(x, N(2))),
    ("x^{10}", Power(x, N(10))),
    ("x^{-1}", Power(x, N(-1))),
    ("x_i^2", Power(x_i, N(2))),
    ("x^2_i", Power(x_i, N(2))),
    ("{x}^{2}_{i}", Power(x_i, N(2))),
    ("x^c", Power(x, c)),
    ("x^{1/2}", Power(x, times(N(1), N(1, 2)))),
    ("(x + y)^2", Power(Sum((x, y)), N(2))),
    (r"\sqrt{x}", Power(x, N(1, 2))),
    (r"\sqrt x", Power(x, N(1, 2))),
    (r"\sqrt2", Power(N(2), N(1, 2))),
    # functions
    *[(rf"\{name}(x_i)", Apply(name, x_i)) for name in ("exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "arctan")],
    *[
        (rf"\operatorname{{{name}}}(x_i)", Apply(name, x_i))
        for name in ("relu", "softplus", "erf", "sign", "step", "abs", "exp", "sigma")
    ],
    (r"\operatorname{ReLU}(x_i)", Apply("relu", x_i)),
    (r"\text{ReLU}(x_i)", Apply("relu", x_i)),
    (r"\mathrm{sigmoid}(x_i)", Apply("sigma", x_i)),
    (r"\ln(x_i)", Apply("log", x_i)),
    (r"x_i \exp y_i", times(x_i, Apply("exp", y_i))),
    (r"\exp 2 x_i y_i", Apply("exp", times(Number(2), x_i, y_i))),
    (r"\exp x_i \exp y_i", times(Apply("exp", x_i), Apply("exp", y_i))),
    (r"\exp x_i / 2", times(Apply("exp", x_i), Number(Fraction(1, 2)))),
    (r"\operatorname{tr} A X + x", Sum((Trace(times(A, X)), x))),
    (r"\operatorname*{Softplus}(x)", Apply("softplus", x)),
    (r"\mathrm{e}^{x_i}", Apply("exp", x_i)),
    (r"\exp\left(x_{ij}\right)", Apply("exp", x_ij)),
    (r"\exp[x_{ij}]", Apply("exp", x_ij)),
    (r"\exp\{x_{ij}\}", Apply("exp", x_ij)),
    ("e^{x_{ij}}", Apply("exp", x_ij)),
    ("e^x", Apply("exp", x)),
    ("e_i", T("e", "i")),
    ("e_i^2", Power(T("e", "i"), N(2))),
    (r"e^\top", Transpose(T("e"))),
    (r"\sigma(z)", Apply("sigma", z)),
    (r"\sigma\left(z\right)", Apply("sigma", z)),
    (r"\sigma_i", T(r"\sigma", "i")),
    (r"\sigma^2", Power(T(r"\sigma"), N(2))),
    (r"\sin^2(x)", Power(Apply("sin", x), N(2))),
    (r"\sin(x)^2", Power(Apply("sin", x), N(2))),
    (r"\log\sum_k e^{x_k}", Apply("log", Product((Apply("exp", x_k),), ("k",)))),
    (r"\log\det(A)", Apply("log", Determinant(A))),
    ("|x_i|", Apply("abs", x_i)),
    (r"\left|x_i\right|", Apply("abs", x_i)),
    (r"\lvert x_i \rvert", Apply("abs", x_i)),
    ("|x| |y|", times(Apply("abs", x), Apply("abs", y))),
    (r"\lvert x \lvert y \rvert \rvert", Apply("abs", times(x, Apply("abs", y)))),
    ("|x (|y|)|", Apply("abs", times(x, Apply("abs", y)))),
    (r"\max(0, x_{ij})", Apply("relu", x_ij)),
    (r"\max(x_{ij}, 0)", Apply("relu", x_ij)),
    (r"\max\{x, y\}", Sum((y, Apply("relu", Sum((x, minus(y))))))),
    (r"\min(x, y)", Sum((y, minus(Apply("relu", Sum((y, minus(x)))))))),
    (r"\min(x, 0)", minus(Apply("relu", minus(x)))),
    ("[x_i > 0]", Apply("step", x_i)),
    ("[0 < x_i]", Apply("step", x_i)),
    ("[x > y]", Apply("step", Sum((x, minus(y))))),
    ("[x < 0]", Apply("step", minus(x))),
    (r"\mathbb{1}[x_i > 0]", Apply("step", x_i)),
    (r"\operatorname{size}(k)", Size("k")),
    # written sums
    (r"\sum_k x_k", Product((x_k,), ("k",))),
    (r"\sum_{k} x_k y", Product((times(x_k, y),), ("k",))),
    (r"\sum_k x_k + y", Sum((Product((x_k,), ("k",)), y))),
    (r"c \sum_k x_k", times(c, Product((x_k,), ("k",)))),
    (r"\sum_{i,j} x_{ij}", Product((x_ij,), ("i", "j"))),
    (r"\sum_{ij} x_{ij}", Product((x_ij,), ("i", "j"))),
    (r"\sum_{k=1}^{K} x_k", Product((x_k,), ("k",))),
    (r"\sum\limits_{k=1}^{K} x_k", Product((x_k,), ("k",))),
    (r"\sum_{k=0}^{K-1} x_k", Product((x_k,), ("k",))),
    (r"\sum^K_{k=1} x_k", Product((x_k,), ("k",))),
    (r"\sum_{k=1}^{d_{\text{in}}} x_k", Product((x_k,), ("k",))),
    # derivatives
    (r"\frac{\partial l}{\partial x_{pq}}", Derivative(l, x_pq)),
    (r"\dfrac{\partial y_i}{\partial x_{pq}}", Derivative(y_i, x_pq)),
    (r"\partial l / \partial x_{pq}", Derivative(l, x_pq)),
    (r"\partial l/\partial x_{pq} y", times(Derivative(l, x_pq), y)),
    (r"\frac{\partial^2 l}{\partial x_i \partial y_i}", Derivative(Derivative(l, y_i), x_i)),
    (r"\partial^2 l / \partial x_i \partial y_i", Derivative(Derivative(l, y_i), x_i)),
    (r"\frac{\partial}{\partial x_i} (y_i x_i) z", times(Derivative(times(y_i, x_i), x_i), z)),
    (r"\frac{\partial}{\partial x_i} y_i x_i", Derivative(times(y_i, x_i), x_i)),
    (r"\frac{\partial y_i x_i}{\partial x_i}", Derivative(times(y_i, x_i), x_i)),
    # matrix notation
    (r"X A^\top", times(X, Transpose(A))),
    (r"X A^T", times(X, Transpose(A))),
    (r"X A^{T}", times(X, Transpose(A))),
    (r"(X A)^{\top}", Transpose(times(X, A))),
    ("A^{-1}", Inverse(A)),
    ("(A X)^{-1}", Inverse(times(A, X))),
    (r"A^{-\top}", Transpose(Inverse(A))),
    (r"A^{-T} X", times(Transpose(Inverse(A)), X)),
    ("c^{-1}", over(c)),
    (r"[X A^\top]_{ij}", Component(times(X, Transpose(A)), ("i", "j"))),
    (r"\left(X A\right)_{ij}", Component(times(X, A), ("i", "j"))),
    (r"[X A]^\top_{ij}", Component(Transpose(times(X, A)), ("i", "j"))),
    (r"\sigma(X A)_{ij}", Component(Apply("sigma", times(X, A)), ("i", "j"))),
    (r"X^\top_{ij}", T("X", "ji")),
    ("[A^{-1}]_{ij}", Component(Inverse(A), ("i", "j"))),
    (r"\operatorname{tr}(A X)", Trace(times(A, X))),
    (r"\mathrm{tr}(A)", Trace(A)),
    (r"\text{Tr}(A)", Trace(A)),
    (r"\det(A)", Determinant(A)),
    (r"\det A", Determinant(A)),
    (r"A \odot X", Hadamard((A, X))),
    (r"A \circ X", Hadamard((A, X))),
    (r"A X \odot X", Hadamard((times(A, X), X))),
    (r"A \otimes X", Kronecker((A, X))),
    (r"\operatorname{vec}(A)", Vec(A)),
    (r"\begin{pmatrix} 1 & x \\ y & 4 \end{pmatrix}", Matrix((N(1), x, y, N(4)), 2)),
    (
        r"\begin{cases} x & \text{if } i = j \\ y & \text{otherwise} \end{cases}",
        Sum((times(Delta("i", "j"), x), times(Sum((times(Ones("i"), Ones("j")), minus(Delta("i", "j")))), y))),
    ),
    (
        r"\begin{cases} x & x > 0, \\ 0 & x \le 0 \end{cases}",
        Sum((times(Apply("step", x), x), times(Sum((N(1), minus(Apply("step", x)))), N(0)))),
    ),
    (r"[x_i \ge c]", Sum((Ones("i"), minus(Apply("step", Sum((c, minus(T("x", "i"))))))))),
    # conditions, positive parts, inner products
    (r"\mathbb{1}(x_i > 0)", Apply("step", T("x", "i"))),
    (r"\mathbf{1}_{x_i > 0}", Apply("step", T("x", "i"))),
    (r"\mathbb{1}_{\{x_i > 0\}} c", times(Apply("step", T("x", "i")), c)),
    (r"\mathbb{I}[x_i > 0, y_i > 0]", times(Apply("step", T("x", "i")), Apply("step", y_i))),
    (r"I(x > 0)", Apply("step", x)),
    (r"\mathbf{1}_{[i = j]}", Delta("i", "j")),
    (r"\mathbf{1} (A x)", times(Ones(), times(A, x))),
    (r"\mathbf{1}_k [x > 0]", times(Ones("k"), Apply("step", x))),
    (r"\mathbf{1} - (x > 0)", Sum((Ones(), minus(Apply("step", x))))),
    (r"\mathbf{1} [A x]", times(Ones(), times(A, x))),
    (r"(x + y)_+", Apply("relu", Sum((x, y)))),
    (r"[x]_{+}^2", Power(Apply("relu", x), N(2))),
    (r"\langle A, X \rangle_F", Trace(times(Transpose(A), X))),
    # capitals and bold letters
    ("W^Q", T("W^{Q}")),
    (r"W^{Q\top}", Transpose(T("W^{Q}"))),
    ("W_{ij}^K", T("W^{K}", "ij")),
    ("x^N", Power(x, T("N"))),
    (r"\mathbf{w} \cdot \mathbf{x}", times(Transpose(T(r"\mathbf{w}")), T(r"\mathbf{x}"))),
    (r"A \mathbf{w} \cdot (\mathbf{x} + \exp(\vec{z}))",
     times(Transpose(times(A, T(r"\mathbf{w}"))), Sum((T(r"\mathbf{x}"), Apply("exp", T(r"\vec{z}")))))),
    (r"\mathbf{w}^\top \mathbf{x} \cdot \mathbf{z}", times(Transpose(T(r"\mathbf{w}")), T(r"\mathbf{x}"), T(r"\mathbf{z}"))),
    (r"c \cdot \mathbf{x}", times(c, T(r"\mathbf{x}"))),
    (r"x \cdot z", times(x, z)),
    (r"\mu_{\mathcal{B},j}", T(r"\mu_{\mathcal{B}}", "j")),
    (r"\frac{\partial l}{\partial \sigma^2_{\text{in},j}}", Derivative(l, T(r"\sigma^{2}_{\text{in}}", "j"))),
]

THE_SAME = [
    ("{x}_{ij}", "x_{ij}"),
    ("x_{i,j}", "x_{ij}"),
    ("x_{i j}", "x_{ij}"),
    (r"x_{i\,j}", "x_{ij}"),
    (r"x_{\alpha j}", r"x_{\alpha,j}"),
    (r"x_{ik}\,a_{jk}", "x_{ik} a_{jk}"),
    (r"x_{ik}\quad a_{jk}\;\;+\ y\!", "x_{ik} a_{jk} + y"),
    (r"\displaystyle x~y", "x y"),
    ("x_{ik}\n\t a_{jk}", "x_{ik} a_{jk}"),
    ("x + % a comment\n y", "x + y"),
    (r"x + y\,.", "x + y"),
    ("x + y,", "x + y"),
    (r"x + y \\", "x + y"),
    (r"x + y \label{eq:sum} \tag{1}", "x + y"),
    ("&x + y", "x + y"),
    (r"\Bigl( x + y \Bigr)^2", "(x + y)^2"),
    (r"\ln x", r"\log(x)"),
    ("x_ia_j", "x_i a_j"),
    ("x_i^{ 2 }", "x^2_i"),
    ("x_i y_i^2", "x_i (y_i)^2"),
    (r"\frac{1}{2} x", r"\tfrac12 x"),
    (r"\frac{x}{y}", "x/y"),
    (r"\mathbf{1}_{i}", r"\mathbb1_i"),
    (r"\partial y_i/\partial x_{pq}", r"\frac{\partial y_i}{\partial x_{pq}}"),
    (r"A^\intercal", "A^T"),
    (r"A^{\mathsf{T}}", r"A^\top"),
    (r"A^\mathrm{T}", r"A^\top"),
    (r"W^{(1)\mathsf T}", r"W^{(1)\top}"),
    (r"\operatorname{softmax}(W x)_i", r"[\operatorname{softmax}(W x)]_i"),
    (r"c/2 \sum_i w_i^2", r"c \cdot \frac12 \sum_i w_i^2"),
    (r"c/2 w^\top w", r"c \cdot \frac12 w^\top w"),
    (r"\sum_{j \neq i} x_j", r"\sum_j (\mathbf{1}_{ji} - \delta_{ji}) x_j"),
    (r"\sum_{i \ne j} a_{ij}", r"\sum_i (\mathbf{1}_{ij} - \delta_{ij}) a_{ij}"),
]

REFUSED = [
    # the four that everybody writes
    ("x_i‸k", "LaTeX reads 'x_ik' as x_i times k", "write x_{ik} for two indices, or x_i k for a product"),
    ("(a_{jk})‸^T", "a component has no transpose", r"write a_{kj}, or [A^\top]_{jk}, which is the same"),
    (r"b‸^\top_j", "a vector's component has no transpose", "write b_j"),
    # subscripts
    ("y = x_1‸2", "LaTeX reads 'x_12' as x_1 times 2", "x_{12}"),
    (r"\mathbf{1}_i‸j", "LaTeX reads", r"write \mathbf{1}_{ij}"),
    ("x_{i‸1}", "'1' is no index", "an index is one letter"),
    ("x_{i‸+1}", "'+' is no index", "an index is one letter"),
    ("x_{‸2i}", "'2' is no index", "an index is one letter"),
    ("x_{‸}", "an index is missing", "an index is one letter"),
    ("x_{i,‸}", "an index is missing", "an index is one letter"),
    ("x_‸", "an index is missing", "an index is one letter"),
    (r"x_{i‸\foo}", r"'\foo' is no index", "an index is one letter"),
    ("x_i‸_j", "a second subscript", "write x_{ij}"),
    ("x^2‸^3", "a second superscript", "write x_{ij}, (x^2)^3"),
    ("x^1‸0", "LaTeX reads only '1' as the exponent", "write ^{10}"),
    ("W‸^1_{ij} x_j", "is this superscript a power, or part of the name?", "write w^{(l)}_{jk} for a name"),
    ("W‸^{1} x", "is this superscript a power, or part of the name?", "write w^{(l)}_{jk} for a name"),
    ("2‸_i", "a subscript can't stand here", "subscripts belong to a symbol"),
    (r"\operatorname{tr}(A)‸_{ij}", "a subscript can't stand here", "subscripts belong to a symbol"),
    (r"‸(A X)_{\text{in}}", "only a symbol takes a word", r"x_{\text{in},i}"),
    (r"x_{ij}‸^\top", "a component has no transpose", r"write x_{ji}, or [X^\top]_{ij}, which is the same"),
    (r"(w_{jk})‸^\top", "a component has no transpose", r"write w_{kj}, or [W^\top]_{jk}, which is the same"),
    (r"b_j‸^\top", "a component has no transpose", "leave the transpose out"),
    (r"\sqrt x‸_i", "the root ends before this", r"write \sqrt{x_i}"),
    ("x_i ‸− y_i", "'−' can't stand here", "write -"),
    ("‸α x_i", "'α' can't stand here", r"write \alpha"),
    ("‸Σ x_i", "'Σ' can't stand here", r"write \Sigma"),
    ("x_i‸²", "'²' can't stand here", "write ^2"),
    ("x_i‸\u200b", "can't stand here", "this is the character U+200B"),
    (r"(x_{ij} y_j)‸^\top", "a component has no transpose", "swap its indices"),
    (r"\delta_{ij}‸^\top", "a component has no transpose", "swap its indices"),
    ("A_{ij}‸^{-1}", "the inverse's component or as 1 over the component", "[A^{-1}]_{ij}, or 1 / a_{ij}"),
    ("A‸^{-1}_{ij}", "the inverse's component or as 1 over the component", "[A^{-1}]_{ij}, or 1 / a_{ij}"),
    (r"‸\delta_i x", "a Kronecker delta has two indices, not 1", r"write \delta_{ij}"),
    (r"‸\delta_{ijk}", "a Kronecker delta has two indices, not 3", r"write \delta_{ij}"),
    # brackets
    ("‸{x", "'}' is missing: the text ends", "close what was opened"),
    ("x_‸{ij", "'}' is missing: the text ends", "close"),
    ("‸(x + y", "')' is missing: the text ends", "close what was opened with '('"),
    (r"\left‸[x", "']' is missing: the text ends", "close"),
    (r"\frac‸{x", "'}' is missing: the text ends", "close"),
    ("(x + y‸]", "')' is missing: ']' stands here", "close"),
    ("x‸)", "')' can't stand here", "remove it, or open what it closes"),
    ("x‸}", "'}' can't stand here", "remove it, or open what it closes"),
    ("‸{x + y} z", "braces don't show", "write a sum in parentheses"),
    ("‸|x", "'|' is missing: the text ends", "close"),
    ("(‸)", "')' can't stand here", "a symbol, a number or an opening bracket"),
    # words
    (r"x + ‸\foo", r"unknown command '\foo'", r"\operatorname{name}"),
    (r"‸\alhpa_i", r"unknown command '\alhpa'", r"did you mean \alpha?"),
    (r"‸\sofplus(x)", r"unknown command '\sofplus'", r"\operatorname{name}"),
    (r"‸\operatorname{sofplus}(x)", "unknown function 'sofplus'", "did you mean softplus?"),
    (r"‸\operatorname{gamma}(x)", "unknown function 'gamma'", "known are exp, log"),
    (r"x + ‸\top", r"'\top' can't stand here", "a symbol, a number"),
    (r"‸\begin{aligned} x \end{aligned}", "unknown environment 'aligned'", r"without \begin and \end"),
    ("f‸(x_i)", "'f' is no function that is known here", r"f \cdot (...) for a product"),
    ("(x - y)‸'(x - y)", "is this a transpose?", r"write (...)^\top"),
    (r"‸\langle x_i, y_i \rangle", "an inner product is one of whole vectors or matrices", "a_i b_i"),
    (r"\mathrm{sparsemax}‸(x + y)", r"'\mathrm{sparsemax}' is no function", "write its definition"),
    (r"‸\sigma'(z)", "the derivative of a function has no name", r"\sigma(z) (1 - \sigma(z))"),
    (r"‸\sin^{-1}(x)", "the inverse function or as 1 over it", r"write 1 / \sin(x_i)"),
    (r"x ‸\exp", "the function 'exp' has no argument", "in parentheses"),
    (r"y = \tanh W ‸x", "does this belong to the argument of 'tanh'?", r"write \tanh(...) with brackets"),
    (r"\log p_k ‸(1 - q_k)", "does this belong to the argument of 'log'?", "put this factor first"),
    (r"\log p_k ‸/ q_k", "is this divided before 'log' is taken, or after?", r"write \log(p_i / q_i)"),
    (r"\exp(-x_i^2 / 2 ‸\sigma^2)", "does this stand below the fraction bar?", r"\frac{a}{b} c, or \frac{a}{b c}"),
    (r"w‸^l_{jk} x_k", "is this superscript a power, or part of the name?", r"write w^{(l)}_{jk}"),
    (r"f‸(x_i) = x_i^2", "is this a function of one component, or of all?", "write y_i = ..., or l = ..."),
    (r"\sigma^2‸(x_i)", r"'\sigma' is no function that is known here", "write its definition"),
    (r"\operatorname{softmax}_j‸(x_i)", "'softmax' is taken over 'j'", "with j in its argument"),
    (r"x/2‸\pi", "does this stand below the fraction bar?", r"\frac{a}{b c}"),
    (r"a/2‸c^2", "does this stand below the fraction bar?", r"\frac{a}{b c}"),
    (r"A ‸* X", "is this the matrix product?", r"A \odot B"),
    (r"‸\frac{d}{d x_i} x_i^2", "is this a derivative?", r"write \frac{\partial y}{\partial x}"),
    (r"‸\frac{\mathrm{d} y}{\mathrm{d} x}", "is this a derivative?", r"write \frac{\partial y}{\partial x}"),
    (r"l = \mathbb{E}‸[x_i x_i]", r"'\mathbb{E}' is no function that is known here", "write its definition"),
    (r"‸\max_i x_i", "'max' over an index can't be read", r"\max(a, b) of two"),
    (r"\max(x‸)", "',' is missing", "two values are expected here"),
    (r"‸\mathbf{x y}_i", r"'\mathbf' takes a name", r"\mathbf{x}_{ij}"),
    ("‸é_i", "'é' can't stand here", "this is the character U+00E9"),
    ("x‸²", "'²' can't stand here", "write ^2"),
    ("x ‸! y", "'!' can't stand here", "remove it"),
    ("x +‸ ", "something is missing here: the text ends", "write a symbol such as x_{ij}"),
    ("‸", "something is missing here: the text ends", "write a symbol such as x_{ij}"),
    (r"x \cdot ‸- y", "'-' can't stand here", "a symbol, a number"),
    # numbers
    ("1‸e-5 x", "LaTeX reads '1e' as 1 times e", "write 10^{-3}"),
    ("‸" + 31 * "9", "this number is too long", "at most 30 digits"),
    (r"\sqrt‸[3]{x}", "only square roots can be read", "write (...)^{1/3}"),
    (r"‸\|x_i\|", "a norm takes a whole vector or matrix", r"\sqrt{\sum_i x_i x_i}"),
    (r"\|x\|‸_3", "only Euclidean norms, and", "a sum of |x_i|"),
    (r"‸\|X Y^\top\|_2^2", "the 2-norm of a matrix", r"write \|X\|_F"),
    (r"‸\|X\|^2_2", "the 2-norm of a matrix", r"write \|X\|_F"),
    ("|‸|x||", "two bars are no norm", r"write \|x\|"),
    # sums
    (r"‸\sum_{k=2}^{K} x_k", "a sum runs over a whole axis", r"\sum_{k=1}^K where K is the number of values of k"),
    (r"‸\sum_{k=1}^{K-1} x_k", "a sum runs over a whole axis", r"\sum_{k=1}^K"),
    (r"‸\sum_{k=0}^{K} x_k", "a sum runs over a whole axis", r"\sum_{k=1}^K"),
    (r"‸\sum_{k=1} x_k", "a sum runs over a whole axis", r"\sum_{k=1}^K"),
    (r"\sum_{‸k<i} x_k", "a sum runs over a whole axis", r"\sum_{k=1}^K"),
    (r"\sum_{‸k \neq y_i} x_k", "a sum runs over a whole axis", r"\sum_{k=1}^K"),
    (r"\sum_{‸k \in S} x_k", "a sum runs over a whole axis", r"\sum_{k=1}^K"),
    (r"\sum ‸x_k", "a sum must say over which index it runs", r"write \sum_k"),
    (r"\sum_{‸} x_k", "an index is missing", "one letter"),
    # derivatives
    (r"\partial‸ ", "something is missing", "write a symbol"),
    (r"‸\partial y_i x", r"'\partial' stands alone", r"\partial y/\partial x or \frac{\partial y}{\partial x}"),
    (r"\frac{\partial l}{\partial ‸(x + y)}", "with respect to one tensor", r"\partial x_{pq}"),
    (r"\frac‸{\partial^2 l}{\partial x_p}", "a derivative of order 2 names 2 variables, not 1", r"\partial^2 l"),
    (r"\frac{\partial l}‸{x_p}", r"'\partial' is missing below", r"\frac{\partial y}{\partial x}"),
    (r"\frac{\partial^c ‸l}{\partial x_p}", "the order of a derivative is a small number", r"\partial^2"),
    (r"\left‸. \frac{\partial y_i}{\partial x_p} \right|_{r_i}", "what is held fixed has a name without indices", r"write \right|_r"),
    # environments, Kronecker products
    (r"‸\begin{pmatrix} 1 & 2 \\ 3 \end{pmatrix}", "the rows of this matrix have different lengths", "as many entries"),
    (r"‸\begin{pmatrix} 1 & 2", r"\end{pmatrix} is missing", "close"),
    (r"A \otimes X ‸A", "a factor stands beside a Kronecker product", r"(A \otimes B) C"),
]


@pytest.mark.parametrize(("text", "expected"), READINGS, ids=[text for text, _ in READINGS])
def test_what_is_read(text, expected):
    assert parse_expression(text) == expected


@pytest.mark.parametrize(("text", "other"), THE_SAME, ids=[text for text, _ in THE_SAME])
def test_two_ways_of_writing_one_thing(text, other):
    assert parse_expression(text) == parse_expression(other)


@pytest.mark.parametrize(("marked", "rule", "legal"), REFUSED, ids=[marked for marked, _, _ in REFUSED])
def test_what_is_refused(marked, rule, legal):
    text = marked.replace("‸", "")
    with pytest.raises(ParseError) as refusal:
        parse_expression(text)
    what, written, caret, hint = str(refusal.value).split("\n")
    assert rule in what
    assert written == f"  {text}"
    assert caret.index("^") - 2 == marked.index("‸")
    assert legal in hint


# ---------------------------------------------------------------- equations and chains


@pytest.mark.parametrize("relation", ["=", ":=", r"\equiv", r"\coloneqq", "&=", r"\; = \;"])
def test_an_equation(relation):
    assert parse_equation(f"y_i {relation} c x_i") == Equation(y_i, times(c, x_i))


def test_a_chain_keeps_its_relations():
    sides, relations = parse_chain(r"y_i := x_i c &= c x_i \\ &= x_i c \,.")
    assert sides == (y_i, times(x_i, c), times(c, x_i), times(x_i, c))
    assert relations == (":=", "=", "=")


@pytest.mark.parametrize("text", ["y_i", "y_i = x_i = z_i"])
def test_an_equation_has_two_sides(text):
    with pytest.raises(ParseError, match="an equation is expected"):
        parse_equation(text)


def test_an_expression_is_no_equation():
    with pytest.raises(ParseError, match="an expression is expected, not an equation"):
        parse_expression("y = x")


def test_two_equations_are_not_read_as_one():
    with pytest.raises(ParseError, match="can't stand here"):
        parse_chain(r"y = x \\ z = c")


@pytest.mark.parametrize("text", ["a", "a_{pq}", "W^{(1)}", r"\theta_p", r"x_{\text{in},p}"])
def test_a_component(text):
    assert isinstance(parse_component(text), Tensor)


@pytest.mark.parametrize("text", ["a b", "2", r"a^\top", "-a"])
def test_what_is_no_component(text):
    with pytest.raises(ParseError, match="the name of a tensor is expected"):
        parse_component(text)


# ---------------------------------------------------------------- the caret, the bounds of a sum, limits


def test_the_caret_stands_under_the_culprit_in_its_own_line():
    with pytest.raises(ParseError) as refusal:
        parse_equation("y_{ij} =\n\tx_{ik}\n\t+ \\foo_i\n\t+ 2")
    assert str(refusal.value).split("\n")[1:3] == ["   + \\foo_i", "     ^"]


@pytest.mark.parametrize(
    ("text", "length"),
    [(r"\sum_{k=1}^{K} x_k", T("K")), (r"\sum_{k=1}^7 x_k", N(7)), (r"\sum_{k=0}^{K-1} x_k", T("K")),
     (r"\sum_{k=0}^{6} x_k", N(7)), (r"\sum_{k=1}^{d_k} x_k", T("d", "k"))],
)  # fmt: skip
def test_a_sum_keeps_its_bounds(text, length):
    (index,) = parse_expression(text).bound
    assert index.bounds == (N(1), length)
    assert parse_expression(r"\sum_k x_k").bound[0].bounds is None


@pytest.mark.parametrize(
    ("text", "name"),
    [("f(x) = x", "f"), (r"\mathcal{L}(w; \mathbf{b}_1, x_i) := w", r"\mathcal{L}"), (r"\hat{f}'(x) &= x", r"\hat{f}'"),
     (r"\operatorname{Attention}(Q, K) = Q K", r"\text{Attention}"), (r"\text{loss}(x) = x", r"\text{loss}")],
)  # fmt: skip
def test_what_a_function_is_defined_of_is_left_out(text, name):
    assert parse_equation(text).left == Tensor(name)


@pytest.mark.parametrize(
    ("text", "left"),
    [(r"\sigma(z) = z", Apply("sigma", z)), (r"\det(X) = c", Determinant(X)), (r"\operatorname{tr}(X) = c", Trace(X)), ("c (x + z) = y", times(c, Sum((x, z))))],
)
def test_what_is_known_is_not_defined_anew(text, left):
    assert parse_equation(text).left == left


@pytest.mark.parametrize("text", [None, 5, b"x", ["x"], {"x": 1}], ids=repr)
def test_what_is_no_text(text):
    with pytest.raises(ParseError, match="LaTeX text is expected, not"):
        parse_equation(text)


@pytest.mark.parametrize(
    "text",
    ["(" * 500 + "x" + ")" * 500, r"\sqrt" * 500 + "x", r"\hat" * 500 + "x", r"\exp" * 500 + "x", "{" * 500, "|(" * 500,
     r"\sum_i" * 500 + "x_i", r"\frac{" * 500, "x^{" * 500, r"\frac{\partial}{\partial x}" * 300, r"\operatorname{tr}" * 500],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_what_is_nested_too_deeply(text):
    with pytest.raises(LinalgGradsError, match="nested too deeply|two indices"):
        parse_expression(text)


def test_what_was_closed_before_makes_nothing_less_deep():
    assert parse_expression("(" * 29 + "x" + ")" * 29) == x
    with pytest.raises(LinalgGradsError, match="nested too deeply"):
        parse_expression("(x + c) " * 90 + "(" * 30 + "x" + ")" * 30)


def test_a_product_of_too_many_factors():
    with pytest.raises(ParseError, match="a product has at most 100 factors"):
        parse_expression("x " * 101)
    assert len(parse_expression("x " * 100).factors) == 100


def test_of_a_long_line_the_error_shows_what_is_around():
    with pytest.raises(ParseError) as refusal:
        parse_expression("x + " * 500 + r"\foo" + " + x" * 500)
    _, line, caret, _ = str(refusal.value).split("\n")
    assert line[caret.index("^") :].startswith(r"\foo") and len(line) < 220 and line.endswith("...")


def test_maxima_inside_maxima_grow_no_faster_than_their_text():
    e = parse_expression(r"\max(x, " * 20 + "y" + ")" * 20)
    assert len(nodes(e)) < 200


def test_a_text_that_is_too_long():
    with pytest.raises(ParseError, match="the text is too long"):
        parse_expression("x + " * (LONGEST // 4) + "x")
