r"""Published problems of matrix calculus and deep learning, each with a forward function of its own, written by hand.

One line or few a problem: its title, its equations, the same in PyTorch, and its inputs in order of first appearance,
each with its sizes (distinct primes) and, where the problem asks for it, the kind of its values:
positive (> 0), spd (symmetric positive definite), far (a matrix far from singular), hot (one-hot rows).
Numbers in brackets are those of the Matrix Cookbook: K. B. Petersen, M. S. Pedersen, version of 15 November 2012.
"""

import math
from dataclasses import dataclass

import torch
from torch.nn import functional as F


@dataclass(frozen=True)
class Problem:
    title: str
    equations: object
    forward: callable
    inputs: dict  # LaTeX name -> (sizes, kind)
    matrix: dict  # LaTeX name -> what a textbook prints


def _inputs(text):
    """'x 7 3; s; v 5 positive' -> {'x': ((7, 3), ''), 's': ((), ''), 'v': ((5,), 'positive')}"""
    found = {}
    for words in map(str.split, text.split(";")):
        sizes = tuple(int(word) for word in words[1:] if word.isdigit())
        found[words[0]] = sizes, words[-1] if len(words) > 1 and words[-1].isalpha() else ""
    return found


PROBLEMS = []


def problem(title, equations, forward, inputs, **matrix):
    PROBLEMS.append(Problem(title, equations, forward, _inputs(inputs), matrix))


def grad(name, loss="l"):
    return rf"\frac{{\partial {loss}}}{{\partial {name}}}"


# ---------------------------------------------------------------- the linear layer, in all spellings

def linear(x, a, b):
    return x @ a.T + b


def Linear(X, A, b):
    return X @ A.T + b


problem("linear layer, indices", r"y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j", linear, "x 7 3; a 5 3; b 5",
        x=r"\frac{\partial l}{\partial Y} A", a=r"\left(\frac{\partial l}{\partial Y}\right)^\top X",
        b=r"\left(\frac{\partial l}{\partial Y}\right)^\top \mathbf{1}")
problem("linear layer, matrices", r"Y = X A^\top + \mathbf{1} b^\top", Linear, "X 7 3; A 5 3; b 5",
        X=r"\frac{\partial l}{\partial Y} A", A=r"\left(\frac{\partial l}{\partial Y}\right)^\top X",
        b=r"\left(\frac{\partial l}{\partial Y}\right)^\top \mathbf{1}")
problem("linear layer, capital letters with indices", r"Y_{ij} = X_{ik} A_{jk} + \mathbf{1}_i b_j", Linear, "X 7 3; A 5 3; b 5",
        A=r"\left(\frac{\partial l}{\partial Y}\right)^\top X")
problem("linear layer, written sum and definition", r"y_{ij} := \sum_{k} x_{ik} a_{jk} + \mathbf{1}_i b_j", linear, "x 7 3; a 5 3; b 5")
problem("linear layer, brackets", r"y_{ij} = [X A^\top]_{ij} + \mathbf{1}_i b_j", Linear, "X 7 3; A 5 3; b 5")
problem("linear layer, with C", r"y_{ij} = x_{ik} c_{kj} + \mathbf{1}_i b_j", lambda x, c, b: x @ c + b, "x 7 3; c 3 5; b 5",
        c=r"X^\top \frac{\partial l}{\partial Y}", x=r"\frac{\partial l}{\partial Y} C^\top")
problem("linear layer, C defined as the transpose", [r"c_{kj} := a_{jk}", r"y_{ij} = x_{ik} c_{kj} + \mathbf{1}_i b_j"],
        lambda a, x, b: x @ a.T + b, "a 5 3; x 7 3; b 5", a=r"\left(\frac{\partial l}{\partial Y}\right)^\top X")
problem("linear layer, X W + 1 b^T", r"Y = X W + \mathbf{1} b^\top", lambda X, W, b: X @ W + b, "X 7 3; W 3 5; b 5",
        W=r"X^\top \frac{\partial l}{\partial Y}", X=r"\frac{\partial l}{\partial Y} W^\top")
problem("linear layer, any leading axes", r"y_{\ldots j} = x_{\ldots k} a_{jk} + \mathbf{1}_{\ldots} b_j", linear, "x 2 7 3; a 5 3; b 5")
problem("linear layer, leading axes without ones", r"y_{\ldots j} = x_{\ldots k} W_{jk} + b_j", lambda x, W, b: x @ W.T + b, "x 2 7 3; W 5 3; b 5")
problem("linear layer, one sample", r"y = W x + b", lambda W, x, b: W @ x + b, "W 5 3; x 3; b 5",
        W=r"\frac{\partial l}{\partial y} x^\top", x=r"W^\top \frac{\partial l}{\partial y}", b=r"\frac{\partial l}{\partial y}")
problem("linear layer, one sample with indices", r"y_j = w_{jk} x_k + b_j", lambda w, x, b: w @ x + b, "w 5 3; x 3; b 5",
        w=r"\frac{\partial l}{\partial y} x^\top", x=r"W^\top \frac{\partial l}{\partial y}")
problem("linear layer, two batch axes", r"y_{bij} = x_{bik} a_{jk} + \mathbf{1}_b \mathbf{1}_i c_j", lambda x, a, c: x @ a.T + c, "x 2 7 3; a 5 3; c 5")
problem("linear layer, Greek indices", r"y_{\alpha\beta} = x_{\alpha\gamma} w_{\beta\gamma}", lambda x, w: x @ w.T, "x 7 3; w 5 3",
        w=r"\left(\frac{\partial l}{\partial Y}\right)^\top X")
problem("linear layer, names with words", r"y_{ij} = x_{\text{in},ik} W_{\text{out},jk}", lambda x_in, W_out: x_in @ W_out.T,
        r"x_{\text{in}} 7 3; W_{\text{out}} 5 3")
problem("bias-free layer", r"Y = X W^\top", lambda X, W: X @ W.T, "X 7 3; W 5 3", W=r"\left(\frac{\partial l}{\partial Y}\right)^\top X")
problem("row vector times matrix", r"y_j = x_k w_{kj}", lambda x, w: x @ w, "x 3; w 3 5", w=r"x \left(\frac{\partial l}{\partial y}\right)^\top",
        x=r"W \frac{\partial l}{\partial y}")

# ---------------------------------------------------------------- vectors

problem("inner product (69)", r"l = a^\top x", lambda a, x: a @ x, "a 5; x 5", x="a", a="x")
problem("dot product, indices", r"l = a_i x_i", lambda a, x: a @ x, "a 5; x 5", x="a")
problem("squared norm", r"l = x_i x_i", lambda x: x @ x, "x 5", x="2 x")
problem("squared norm, x^T x", r"l = x^\top x", lambda x: x @ x, "x 5", x="2 x")
problem("squared norm, powers", r"l = \sum_i x_i^2", lambda x: (x**2).sum(), "x 5", x="2 x")
problem("norm", r"l = \sqrt{x_i x_i}", lambda x: x.norm(), "x 5")
problem("distance (129)", r"l = \sqrt{(x_i - a_i)(x_i - a_i)}", lambda x, a: (x - a).norm(), "x 5; a 5")
problem("unit vector (130)", [r"n := \sqrt{x_k x_k}", r"y_i = \frac{x_i}{n}"], lambda x: x / x.norm(), "x 5")
problem("unit vector, one equation", r"y_i = \frac{x_i}{\sqrt{\sum_k x_k x_k}}", lambda x: x / x.norm(), "x 5")
problem("rows of length one", [r"n_i := \sqrt{\sum_k x_{ik}^2}", r"y_{ij} = x_{ij} / n_i"], lambda x: F.normalize(x, dim=1), "x 7 3")
problem("cosine similarity", r"l = \frac{x_i z_i}{\sqrt{x_j x_j} \sqrt{z_k z_k}}", lambda x, z: F.cosine_similarity(x, z, 0), "x 5; z 5")
problem("cosine similarity of all pairs",
        [r"n_i := \sqrt{x_{ik} x_{ik}}", r"m_j := \sqrt{z_{jk} z_{jk}}", r"y_{ij} = \frac{x_{ik} z_{jk}}{n_i m_j}"],
        lambda x, z: F.normalize(x, dim=1) @ F.normalize(z, dim=1).T, "x 7 3; z 5 3")
problem("outer product", r"Y = x z^\top", lambda x, z: torch.outer(x, z), "x 7; z 5",
        x=r"\frac{\partial l}{\partial Y} z", z=r"\left(\frac{\partial l}{\partial Y}\right)^\top x")
problem("outer product, indices", r"y_{ij} = u_i v_j", lambda u, v: torch.outer(u, v), "u 7; v 5", u=r"\frac{\partial l}{\partial Y} v")
problem("elementwise product", r"y_i = a_i x_i", lambda a, x: a * x, "a 5; x 5", x=r"\frac{\partial l}{\partial y} \odot a")
problem("elementwise product of matrices", r"Y = A \odot X", lambda A, X: A * X, "A 7 5; X 7 5", X=r"\frac{\partial l}{\partial Y} \odot A")
problem("diagonal scaling of columns", r"y_{ij} = x_{ij} d_j", lambda x, d: x * d, "x 7 5; d 5",
        x=r"\frac{\partial l}{\partial Y} \operatorname{diag}\left(d\right)")
problem("scaling of rows", r"y_{ij} = d_i x_{ij}", lambda d, x: d[:, None] * x, "d 7; x 7 5",
        x=r"\operatorname{diag}\left(d\right) \frac{\partial l}{\partial Y}")
problem("scalar times vector", r"y_i = c x_i", lambda c, x: c * x, "c; x 5")
problem("sum of all components", r"l = x_i \mathbf{1}_i", lambda x: x.sum(), "x 5", x=r"\mathbf{1}")
problem("a sum over what a term lacks", [r"s_j := \sum_{ik} (x_{ij} + u_k + v_j)", "y_j = s_j^2"],
        lambda x, u, v: (x[:, None] + u[:, None] + v).sum((0, 1)) ** 2, "x 7 3; u 5; v 3")
problem("mean", r"l = \frac{1}{n} \sum_i x_i", lambda n, x: x.sum() / n, "n; x 5", x=r"\frac{1}{n} \mathbf{1}")
problem("variance", [r"m := \frac{1}{n} \sum_i x_i", r"l = \frac{1}{n} \sum_i (x_i - m)^2"],
        lambda n, x: ((x - x.sum() / n) ** 2).sum() / n, "n; x 5")
problem("distances of all pairs", r"d_{ij} = \sum_k (x_{ik} - z_{jk})^2", lambda x, z: ((x[:, None] - z) ** 2).sum(-1), "x 7 3; z 5 3")
problem("Gaussian kernel", r"K_{ij} = \exp(-\gamma \sum_k (x_{ik} - z_{jk})^2)",
        lambda gamma, x, z: torch.exp(-gamma * ((x[:, None] - z) ** 2).sum(-1)), r"\gamma positive; x 7 3; z 5 3")
problem("polynomial kernel", r"k_{ij} = (x_{ia} z_{ja} + c)^3", lambda x, z, c: (x @ z.T + c) ** 3, "x 7 3; z 5 3; c")

# ---------------------------------------------------------------- quadratic forms and least squares

problem("quadratic form (81)", r"l = x^\top A x", lambda x, A: x @ A @ x, "x 5; A 5 5", x=r"\left(A + A^\top\right) x", A=r"x x^\top")
problem("quadratic form, indices", r"l = x_i A_{ij} x_j", lambda x, A: x @ A @ x, "x 5; A 5 5", A=r"x x^\top")
problem("quadratic and linear terms", r"l = \frac{1}{2} x^\top A x - b^\top x + c", lambda x, A, b, c: x @ A @ x / 2 - b @ x + c, "x 5; A 5 5; b 5; c",
        b="-x")
problem("a^T X b (70)", r"l = a^\top X b", lambda a, X, b: a @ X @ b, "a 7; X 7 5; b 5", X=r"a b^\top")
problem("a^T X^T b (71)", r"l = a^\top X^\top b", lambda a, X, b: a @ X.T @ b, "a 5; X 7 5; b 7", X=r"b a^\top")
problem("a^T X a (72)", r"l = a^\top X a", lambda a, X: a @ X @ a, "a 5; X 5 5", X=r"a a^\top")
problem("b^T X^T X c (77)", r"l = b^\top X^\top X c", lambda b, X, c: b @ X.T @ X @ c, "b 5; X 7 5; c 5",)
problem("(B x + b)^T C (D x + d) (78)", r"l = (B x + b)^\top C (D x + d)", lambda B, x, b, C, D, d: (B @ x + b) @ C @ (D @ x + d),
        "B 5 3; x 3; b 5; C 5 7; D 7 3; d 7")
problem("b^T X^T D X c (82)", r"l = b^\top X^\top D X c", lambda b, X, D, c: b @ X.T @ D @ X @ c, "b 5; X 7 5; D 7 7; c 5")
problem("(X b + c)^T D (X b + c) (83)", r"l = (X b + c)^\top D (X b + c)", lambda X, b, c, D: (X @ b + c) @ D @ (X @ b + c), "X 7 5; b 5; c 7; D 7 7")
problem("(x - A s)^T W (x - A s) (84-88)", r"l = (x - A s)^\top W (x - A s)", lambda x, A, s, W: (x - A @ s) @ W @ (x - A @ s), "x 7; A 7 5; s 5; W 7 7")
problem("least squares, matrices", r"l = (A x - b)^\top (A x - b)", lambda A, x, b: ((A @ x - b) ** 2).sum(), "A 7 5; x 5; b 7",
        x=r"2 A^\top \left(A x - b\right)", b=r"-2 \left(A x - b\right)", A=r"2 \left(A x - b\right) x^\top")
problem("least squares, indices", r"l = (a_{ij} x_j - b_i)(a_{ik} x_k - b_i)", lambda a, x, b: ((a @ x - b) ** 2).sum(), "a 7 5; x 5; b 7",
        x=r"2 A^\top \left(A x - b\right)")
problem("least squares, with a residual", [r"r_i := a_{ij} x_j - b_i", r"l = \frac{1}{2} r_i r_i"], lambda a, x, b: ((a @ x - b) ** 2).sum() / 2,
        "a 7 5; x 5; b 7", x=r"A^\top r", b="-r", a=r"r x^\top")
problem("ridge regression", r"l = (A x - b)^\top (A x - b) + \lambda x^\top x",
        lambda A, x, b, lambda_: ((A @ x - b) ** 2).sum() + lambda_ * x @ x, r"A 7 5; x 5; b 7; \lambda")
problem("lasso", r"l = \sum_i (a_{ij} x_j - b_i)^2 + \lambda \sum_j |x_j|", lambda a, x, b, lambda_: ((a @ x - b) ** 2).sum() + lambda_ * x.abs().sum(),
        r"a 7 5; x 5; b 7; \lambda")
problem("weighted least squares", r"l = w_i (a_{ij} x_j - b_i)^2", lambda w, a, x, b: (w * (a @ x - b) ** 2).sum(), "w 7; a 7 5; x 5; b 7")
problem("multivariate least squares", r"l = \sum_{ij} (x_{ik} w_{kj} - t_{ij})^2", lambda x, w, t: ((x @ w - t) ** 2).sum(), "x 7 3; w 3 5; t 7 5",
        w=r"2 X^\top \left(X W - T\right)")
problem("Mahalanobis distance", r"l = (x - m)^\top S^{-1} (x - m)", lambda x, m, S: (x - m) @ torch.linalg.solve(S, x - m), "x 5; m 5; S 5 5 far")
problem("Rayleigh quotient", r"l = \frac{x^\top A x}{x^\top x}", lambda x, A: x @ A @ x / (x @ x), "x 5; A 5 5")
problem("Rayleigh quotient, indices", r"l = \frac{x_i A_{ij} x_j}{x_k x_k}", lambda x, A: x @ A @ x / (x @ x), "x 5; A 5 5")

# ---------------------------------------------------------------- traces (99-124)

tr = torch.trace
problem("tr(X) (99)", r"l = \operatorname{tr}(X)", lambda X: tr(X), "X 5 5", X="I")
problem("tr(X), indices", r"l = x_{ii}", lambda x: tr(x), "x 5 5", x="I")
problem("tr(XA) (100)", r"l = \operatorname{tr}(X A)", lambda X, A: tr(X @ A), "X 7 5; A 5 7", X=r"A^\top")
problem("tr(AXB) (101)", r"l = \operatorname{tr}(A X B)", lambda A, X, B: tr(A @ X @ B), "A 3 7; X 7 5; B 5 3", X=r"A^\top B^\top")
problem("tr(A X^T B) (102)", r"l = \operatorname{tr}(A X^\top B)", lambda A, X, B: tr(A @ X.T @ B), "A 3 7; X 5 7; B 5 3", X=r"B A")
problem("tr(X^T A) (103)", r"l = \operatorname{tr}(X^\top A)", lambda X, A: tr(X.T @ A), "X 7 5; A 7 5", X="A")
problem("tr(A X^T) (104)", r"l = \operatorname{tr}(A X^\top)", lambda A, X: tr(A @ X.T), "A 7 5; X 7 5", X="A")
problem("tr(X^2) (106)", r"l = \operatorname{tr}(X^2)", lambda X: tr(X @ X), "X 5 5", X=r"2 X^\top")
problem("tr(X^2 B) (107)", r"l = \operatorname{tr}(X^2 B)", lambda X, B: tr(X @ X @ B), "X 5 5; B 5 5")
problem("tr(X^T B X) (108)", r"l = \operatorname{tr}(X^\top B X)", lambda X, B: tr(X.T @ B @ X), "X 7 5; B 7 7")
problem("tr(X B X^T) (111)", r"l = \operatorname{tr}(X B X^\top)", lambda X, B: tr(X @ B @ X.T), "X 7 5; B 5 5")
problem("tr(A X B X) (114)", r"l = \operatorname{tr}(A X B X)", lambda A, X, B: tr(A @ X @ B @ X), "A 5 7; X 7 5; B 5 7")
problem("tr(X^T X) (115)", r"l = \operatorname{tr}(X^\top X)", lambda X: tr(X.T @ X), "X 7 5", X="2 X")
problem("tr(B^T X^T C X B) (117)", r"l = \operatorname{tr}(B^\top X^\top C X B)", lambda B, X, C: tr(B.T @ X.T @ C @ X @ B), "B 5 3; X 7 5; C 7 7")
problem("tr(X^T B X C) (118)", r"l = \operatorname{tr}(X^\top B X C)", lambda X, B, C: tr(X.T @ B @ X @ C), "X 7 5; B 7 7; C 5 5")
problem("tr(A X B X^T C) (119)", r"l = \operatorname{tr}(A X B X^\top C)", lambda A, X, B, C: tr(A @ X @ B @ X.T @ C), "A 3 7; X 7 5; B 5 5; C 7 3")
problem("tr((AXB + C)(AXB + C)^T) (119b)", r"l = \operatorname{tr}((A X B + C)(A X B + C)^\top)",
        lambda A, X, B, C: ((A @ X @ B + C) ** 2).sum(), "A 3 7; X 7 5; B 5 2; C 3 2", X=r"2 A^\top \left(A X B + C\right) B^\top")
problem("tr(X^3) (121)", r"l = \operatorname{tr}(X^3)", lambda X: tr(X @ X @ X), "X 5 5")
problem("tr(A X^3) (122)", r"l = \operatorname{tr}(A X^3)", lambda A, X: tr(A @ X @ X @ X), "A 5 5; X 5 5")
problem("tr(A X^{-1} B) (63)", r"l = \operatorname{tr}(A X^{-1} B)", lambda A, X, B: tr(A @ X.inverse() @ B), "A 7 5; X 5 5 far; B 5 7",
        X=r"-X^{-\top} A^\top B^\top X^{-\top}")
problem("tr((X + A)^{-1}) (64)", r"l = \operatorname{tr}((X + A)^{-1})", lambda X, A: tr((X + A).inverse()), "X 5 5 far; A 5 5")
problem("a^T X^{-1} b (61)", r"l = a^\top X^{-1} b", lambda a, X, b: a @ torch.linalg.solve(X, b), "a 5; X 5 5 far; b 5",
        X=r"-X^{-\top} a b^\top X^{-\top}", a=r"X^{-1} b", b=r"X^{-\top} a")
problem("tr((X^T C X)^{-1} A) (125)", r"l = \operatorname{tr}((X^\top C X)^{-1} A)", lambda X, C, A: tr((X.T @ C @ X).inverse() @ A),
        "X 7 3; C 7 7 spd; A 3 3")
problem("tr((X^T C X)^{-1} (X^T B X)) (126)", r"l = \operatorname{tr}((X^\top C X)^{-1} (X^\top B X))",
        lambda X, C, B: tr((X.T @ C @ X).inverse() @ (X.T @ B @ X)), "X 7 3; C 7 7 spd; B 7 7")
problem("Frobenius norm, squared (131)", r"l = \sum_{ij} x_{ij}^2", lambda x: (x**2).sum(), "x 7 5", x="2 X")
problem("Frobenius norm", r"l = \sqrt{x_{ij} x_{ij}}", lambda x: x.norm(), "x 7 5")
problem("Frobenius norm by trace", r"l = \sqrt{\operatorname{tr}(X^\top X)}", lambda X: X.norm(), "X 7 5")
problem("inner product of matrices", r"l = A_{ij} B_{ij}", lambda A, B: (A * B).sum(), "A 7 5; B 7 5", A="B")

# ---------------------------------------------------------------- determinants and inverses

problem("det(X) (49)", r"l = \det(X)", lambda X: torch.det(X), "X 5 5 far", X=r"\det(X) X^{-\top}")
problem("det(AXB) (51)", r"l = \det(A X B)", lambda A, X, B: torch.det(A @ X @ B), "A 3 5; X 5 7; B 7 3")
problem("det(X^T A X) (52)", r"l = \det(X^\top A X)", lambda X, A: torch.det(X.T @ A @ X), "X 7 3; A 7 7 spd")
problem("log det(X^T X) (55)", r"l = \log \det(X^\top X)", lambda X: torch.logdet(X.T @ X), "X 7 3")
problem("log |det X| (57)", r"l = \log|\det(X)|", lambda X: torch.linalg.slogdet(X)[1], "X 5 5 far", X=r"X^{-\top}")
problem("log det X", r"l = \log \det(X)", lambda X: torch.logdet(X), "X 5 5 spd", X=r"X^{-\top}")
problem("det(X)^3 (58)", r"l = \det(X)^3", lambda X: torch.det(X) ** 3, "X 5 5 far")
problem("det(X^{-1})", r"l = \det(X^{-1})", lambda X: 1 / torch.det(X), "X 5 5 far")
problem("inverse (60)", r"Y = X^{-1}", lambda X: X.inverse(), "X 5 5 far", X=r"-X^{-\top} \frac{\partial l}{\partial Y} X^{-\top}")
problem("inverse, brackets", r"y_{ij} = [X^{-1}]_{ij}", lambda X: X.inverse(), "X 5 5 far")
problem("solution of A x = b", r"x = A^{-1} b", lambda A, b: torch.linalg.solve(A, b), "A 5 5 far; b 5", b=r"A^{-\top} \frac{\partial l}{\partial x}")
problem("projection A (A^T A)^{-1} A^T b", r"y = A (A^\top A)^{-1} A^\top b", lambda A, b: A @ torch.linalg.lstsq(A, b[:, None]).solution[:, 0],
        "A 7 3; b 7")
problem("ridge solution", r"w = (X^\top X + \lambda I)^{-1} X^\top t",
        lambda X, lambda_, t: torch.linalg.solve(X.T @ X + lambda_ * torch.eye(3, dtype=X.dtype), X.T @ t), r"X 7 3; \lambda positive; t 7")
problem("Woodbury form", r"Y = (A + U V^\top)^{-1}", lambda A, U, V: (A + U @ V.T).inverse(), "A 5 5 far; U 5 2; V 5 2")
problem("Gaussian log-likelihood", r"l = -\frac{1}{2} \log \det(S) - \frac{1}{2} (x - m)^\top S^{-1} (x - m)",
        lambda S, x, m: torch.distributions.MultivariateNormal(m, S).log_prob(x) + 2.5 * torch.log(torch.tensor(2 * torch.pi)), "S 5 5 spd; x 5; m 5")
problem("Gaussian negative log-likelihood of rows",
        r"l = \frac{n}{2} \log \det(S) + \frac{1}{2} \operatorname{tr}((X - \mathbf{1} m^\top) S^{-1} (X - \mathbf{1} m^\top)^\top)",
        lambda n, S, X, m: n / 2 * torch.logdet(S) + 0.5 * ((X - m) @ S.inverse() * (X - m)).sum(), "n; S 5 5 spd; X 7 5; m 5")
problem("Wishart-like log det minus trace", r"l = \log \det(P) - \operatorname{tr}(S P)", lambda P, S: torch.logdet(P) - tr(S @ P), "P 5 5 spd; S 5 5",
        P=r"P^{-\top} - S^\top", S=r"-P^\top")
problem("univariate normal log-density", r"l = -\frac{1}{2} \log(2 \pi v) - \frac{1}{2 v} (x - m)^2",
        lambda v, x, m: torch.distributions.Normal(m, v.sqrt()).log_prob(x), "v positive; x; m")
problem("normal log-density with sigma", r"l = \sum_i \left( -\log \sigma - \frac{(x_i - \mu)^2}{2 \sigma^2} \right)",
        lambda sigma, x, mu: (-sigma.log() - (x - mu) ** 2 / (2 * sigma**2)).sum(), r"\sigma positive; x 5; \mu")
problem("covariance matrix", [r"m_j := \frac{1}{n} \sum_i x_{ij}", r"c_{jk} = \frac{1}{n} (x_{ij} - \mathbf{1}_i m_j)(x_{ik} - \mathbf{1}_i m_k)"],
        lambda n, x: (x - x.sum(0) / n).T @ (x - x.sum(0) / n) / n, "n; x 7 3")
problem("Gram matrix", r"G = X^\top X", lambda X: X.T @ X, "X 7 3")
problem("symmetric part", r"Y = \frac{1}{2} (X + X^\top)", lambda X: (X + X.T) / 2, "X 5 5")
problem("transpose", r"Y = X^\top", lambda X: X.T, "X 7 5", X=r"\left(\frac{\partial l}{\partial Y}\right)^\top")
problem("matrix product of three", r"Y = A X B", lambda A, X, B: A @ X @ B, "A 3 7; X 7 5; B 5 2", X=r"A^\top \frac{\partial l}{\partial Y} B^\top")
problem("Sylvester-like sum", r"Y = A X + X B", lambda A, X, B: A @ X + X @ B, "A 7 7; X 7 5; B 5 5",
        X=r"A^\top \frac{\partial l}{\partial Y} + \frac{\partial l}{\partial Y} B^\top")
problem("Kalman gain form", r"K = P H^\top (H P H^\top + R)^{-1}", lambda P, H, R: P @ H.T @ (H @ P @ H.T + R).inverse(), "P 5 5 spd; H 3 5; R 3 3 spd")
problem("Kalman covariance update", r"C = P - K H P", lambda P, K, H: P - K @ H @ P, "P 5 5; K 5 3; H 3 5")
problem("Lyapunov step", r"Q = A P A^\top + R", lambda A, P, R: A @ P @ A.T + R, "A 5 3; P 3 3; R 5 5")
problem("matrix square", r"Y = X^2", lambda X: X @ X, "X 5 5",
        X=r"\frac{\partial l}{\partial Y} X^\top + X^\top \frac{\partial l}{\partial Y}")
problem("diagonal of a product", r"y_i = A_{ij} B_{ji}", lambda A, B: torch.diagonal(A @ B), "A 7 5; B 5 7")
problem("diagonal of a matrix", r"y_i = x_{ii}", lambda x: torch.diagonal(x), "x 5 5")
problem("matrix from its diagonal", r"y_{ij} = d_i \delta_{ij}", lambda d: torch.diag(d), "d 5")
problem("Kronecker product with indices", r"y_{ijkl} = a_{ik} b_{jl}", lambda a, b: torch.einsum("ik,jl->ijkl", a, b), "a 2 3; b 5 7")
problem("commutator", r"Y = A X - X A", lambda A, X: A @ X - X @ A, "A 5 5; X 5 5")
problem("tr(X^T L X), graph smoothness", r"l = \operatorname{tr}(X^\top L X)", lambda X, L: tr(X.T @ L @ X), "X 7 3; L 7 7", L=r"X X^\top")

# ---------------------------------------------------------------- elementwise functions

problem("sigmoid", r"y_i = \sigma(x_i)", lambda x: torch.sigmoid(x), "x 5")
problem("sigmoid, written out", r"y_i = \frac{1}{1 + \exp(-x_i)}", lambda x: torch.sigmoid(x), "x 5")
problem("sigmoid with e", r"y_{ij} = \frac{1}{1 + e^{-x_{ij}}}", lambda x: torch.sigmoid(x), "x 7 5")
problem("tanh", r"y_i = \tanh(x_i)", lambda x: torch.tanh(x), "x 5")
problem("ReLU", r"y_{ij} = \max(0, x_{ij})", lambda x: torch.relu(x), "x 7 5")
problem("ReLU by name", r"y_{ij} = \operatorname{ReLU}(x_{ij})", lambda x: torch.relu(x), "x 7 5")
problem("leaky ReLU", r"y_i = \max(0, x_i) + \alpha \min(0, x_i)", lambda x, alpha: torch.where(x > 0, x, alpha * x), r"x 5; \alpha positive")
problem("leaky ReLU as a maximum", r"y_i = \max(x_i, 0.1 x_i)", lambda x: F.leaky_relu(x, 0.1), "x 5")
problem("ELU in pieces", r"y_i = [x_i > 0] x_i + [-x_i > 0] (\exp(x_i) - 1)", lambda x: F.elu(x), "x 5")
problem("softplus", r"y_i = \log(1 + \exp(x_i))", lambda x: F.softplus(x), "x 5")
problem("softplus by name", r"y_i = \operatorname{softplus}(x_i)", lambda x: F.softplus(x), "x 5")
problem("GELU with erf", r"y_i = \frac{1}{2} x_i (1 + \operatorname{erf}(\frac{x_i}{\sqrt{2}}))", lambda x: F.gelu(x), "x 5")
problem("GELU with tanh", r"y_i = \frac{1}{2} x_i \left(1 + \tanh\left(\sqrt{\frac{2}{\pi}} (x_i + 0.044715 x_i^3)\right)\right)",
        lambda x: F.gelu(x, approximate="tanh"), "x 5")
problem("SiLU", r"y_i = x_i \sigma(x_i)", lambda x: F.silu(x), "x 5")
problem("Swish with beta", r"y_i = x_i \sigma(\beta x_i)", lambda x, beta: x * torch.sigmoid(beta * x), r"x 5; \beta")
problem("Mish", r"y_i = x_i \tanh(\log(1 + \exp(x_i)))", lambda x: F.mish(x), "x 5")
problem("softsign", r"y_i = \frac{x_i}{1 + |x_i|}", lambda x: F.softsign(x), "x 5")
problem("sine layer", r"y_{ij} = \sin(\omega x_{ik} w_{jk} + b_j \mathbf{1}_i)", lambda omega, x, w, b: torch.sin(omega * x @ w.T + b), r"\omega; x 7 3; w 5 3; b 5")
problem("Gaussian activation", r"y_i = \exp(-x_i^2)", lambda x: torch.exp(-(x**2)), "x 5")
problem("power with a varying exponent", r"y_i = x_i^{a}", lambda x, a: x**a, "x 5 positive; a")
problem("exponential decay", r"y_i = e^{-x_i / \tau}", lambda x, tau: torch.exp(-x / tau), r"x 5; \tau positive")
problem("hyperbolic functions", r"y_i = \sinh(x_i) \cosh(x_i) - \arctan(x_i)", lambda x: torch.sinh(x) * torch.cosh(x) - torch.arctan(x), "x 5")
problem("log of a square", r"y_i = \log(x_i^2)", lambda x: torch.log(x**2), "x 5")
problem("quotient", r"y_i = \frac{a_i}{b_i}", lambda a, b: a / b, "a 5; b 5 positive")
problem("gated linear unit", r"y_{ij} = (x_{ik} w_{jk}) \sigma(x_{ik} v_{jk})", lambda x, w, v: (x @ w.T) * torch.sigmoid(x @ v.T), "x 7 3; w 5 3; v 5 3")
problem("SwiGLU", [r"a_{ij} = x_{ik} w_{jk}", r"g_{ij} = x_{ik} v_{jk}", r"h_{ij} = a_{ij} \sigma(a_{ij}) g_{ij}", r"y_{ij} = h_{ik} u_{jk}"],
        lambda x, w, v, u: (F.silu(x @ w.T) * (x @ v.T)) @ u.T, "x 7 3; w 5 3; v 5 3; u 2 5")

# ---------------------------------------------------------------- softmax and its losses

problem("softmax of a vector", r"y_i = \frac{\exp(x_i)}{\sum_k \exp(x_k)}", lambda x: torch.softmax(x, 0), "x 5")
problem("softmax of rows", r"p_{ij} = \frac{\exp(s_{ij})}{\sum_k \exp(s_{ik})}", lambda s: torch.softmax(s, 1), "s 7 5")
problem("softmax of columns", r"p_{ij} = \frac{\exp(s_{ij})}{\sum_k \exp(s_{kj})}", lambda s: torch.softmax(s, 0), "s 7 5")
problem("softmax with e", r"p_{ij} = \frac{e^{z_{ij}}}{\sum_{k} e^{z_{ik}}}", lambda z: torch.softmax(z, 1), "z 7 5")
problem("softmax, three equations", [r"e_{ij} := \exp(x_{ij})", r"s_i := \mathbf{1}_k e_{ik}", r"y_{ij} = e_{ij} / s_i"], lambda x: torch.softmax(x, 1), "x 7 5")
problem("softmax, three equations, sum", [r"e_i := \exp(x_i)", r"s := \sum_j e_j", r"y_i = \frac{e_i}{s}"], lambda x: torch.softmax(x, 0), "x 5")
problem("softmax, any leading axes", r"y_{\ldots i} = \frac{\exp(x_{\ldots i})}{\sum_k \exp(x_{\ldots k})}", lambda x: torch.softmax(x, -1), "x 2 7 5")
problem("softmax with temperature", r"p_i = \frac{\exp(z_i / T)}{\sum_k \exp(z_k / T)}", lambda z, T: torch.softmax(z / T, 0), "z 5; T positive")
problem("log-softmax", r"y_i = x_i - \mathbf{1}_i \log \sum_k \exp(x_k)", lambda x: torch.log_softmax(x, 0), "x 5")
problem("log-softmax of rows", r"y_{ij} = x_{ij} - \mathbf{1}_j \log(\sum_k \exp(x_{ik}))", lambda x: torch.log_softmax(x, 1), "x 7 5")
problem("log-softmax of a softmax", [r"p_i := \frac{\exp(x_i)}{\sum_k \exp(x_k)}", r"y_i = \log(p_i)"], lambda x: torch.log_softmax(x, 0), "x 5")
problem("log-sum-exp", r"l = \log \sum_i \exp(x_i)", lambda x: torch.logsumexp(x, 0), "x 5", x=r"\operatorname{softmax}\left(x\right)")
problem("log-sum-exp of rows", r"y_i = \log(\sum_k \exp(x_{ik}))", lambda x: torch.logsumexp(x, 1), "x 7 5")
problem("cross-entropy, one sample", [r"p_i := \frac{\exp(z_i)}{\sum_k \exp(z_k)}", r"l = -\sum_i t_i \log p_i"],
        lambda z, t: -(t * torch.log_softmax(z, 0)).sum(), "z 5; t 5")
problem("cross-entropy, one equation", r"l = -t_i x_i + \log \sum_k \exp(x_k)", lambda t, x: -(t @ x) + torch.logsumexp(x, 0), "t 5; x 5",
        x=r"\operatorname{softmax}\left(x\right) - t")
problem("cross-entropy, batch mean", [r"p_{ij} := \frac{\exp(z_{ij})}{\sum_k \exp(z_{ik})}", r"l = -\frac{1}{M} t_{ij} \log p_{ij}"],
        lambda z, M, t: -(t * torch.log_softmax(z, 1)).sum() / M, "z 7 5; M positive; t 7 5 hot")
problem("cross-entropy, one equation, batch", r"l = -\frac{1}{M} t_{ij} \log\left(\frac{\exp(z_{ij})}{\sum_k \exp(z_{ik})}\right)",
        lambda M, t, z: -(t * torch.log_softmax(z, 1)).sum() / M, "M positive; t 7 5 hot; z 7 5")
problem("cross-entropy from log-softmax", [r"y_{ij} := z_{ij} - \mathbf{1}_j \log(\sum_k \exp(z_{ik}))", r"l = -\frac{1}{M} t_{ij} y_{ij}"],
        lambda z, M, t: F.cross_entropy(z, t, reduction="sum") / M, "z 7 5; M positive; t 7 5 hot")
problem("softmax regression", [r"z_{ij} := x_{ik} w_{jk} + \mathbf{1}_i b_j", r"p_{ij} := \frac{e^{z_{ij}}}{\sum_k e^{z_{ik}}}", r"l = -\frac{1}{M} \sum_{ij} t_{ij} \log p_{ij}"],
        lambda x, w, b, M, t: F.cross_entropy(x @ w.T + b, t, reduction="sum") / M, "x 7 3; w 5 3; b 5; M positive; t 7 5 hot",
        w=r"\frac{1}{M} \left(\operatorname{diag}\left(T \mathbf{1}\right) P - T\right)^\top X",
        x=r"\frac{1}{M} \left(\operatorname{diag}\left(T \mathbf{1}\right) P - T\right) W")
problem("label smoothing", [r"p_i := \frac{\exp(z_i)}{\sum_k \exp(z_k)}", r"l = -((1 - \epsilon) t_i + \epsilon u_i) \log p_i"],
        lambda z, epsilon, t, u: -(((1 - epsilon) * t + epsilon * u) * torch.log_softmax(z, 0)).sum(), r"z 5; \epsilon; t 5; u 5")
problem("entropy of a softmax", [r"p_i := \frac{\exp(z_i)}{\sum_k \exp(z_k)}", r"l = -p_i \log p_i"],
        lambda z: torch.distributions.Categorical(logits=z).entropy(), "z 5")
problem("KL divergence", r"l = p_i \log\left(\frac{p_i}{q_i}\right)", lambda p, q: (p * (p / q).log()).sum(), "p 5 positive; q 5 positive")
problem("KL divergence, difference of logarithms", r"l = \sum_i p_i (\log p_i - \log q_i)", lambda p, q: (p * (p / q).log()).sum(), "p 5 positive; q 5 positive")
problem("KL divergence to the standard normal", r"l = \frac{1}{2} \sum_i \left(\mu_i^2 + \sigma_i^2 - 1 - \log(\sigma_i^2)\right)",
        lambda mu, sigma: 0.5 * (mu**2 + sigma**2 - 1 - torch.log(sigma**2)).sum(), r"\mu 5; \sigma 5 positive")
problem("logistic regression", [r"p_i := \sigma(x_{ik} w_k + b)", r"l = -\frac{1}{M} (t_i \log p_i + (1 - t_i) \log(1 - p_i))"],
        lambda x, w, b, M, t: F.binary_cross_entropy_with_logits(x @ w + b, t, reduction="sum") / M, "x 7 3; w 3; b; M positive; t 7")
problem("logistic regression with signs", r"l = \sum_i \log(1 + \exp(-t_i x_{ik} w_k))", lambda t, x, w: F.softplus(-t * (x @ w)).sum(), "t 7; x 7 3; w 3")
problem("binary cross-entropy with logits", r"l = \sum_i (\operatorname{softplus}(z_i) - t_i z_i)", lambda z, t: (F.softplus(z) - t * z).sum(), "z 7; t 7")
problem("binary cross-entropy of probabilities", r"l = -\sum_i \left( t_i \log y_i + (1 - t_i) \log(1 - y_i) \right)",
        lambda t, y: -(t * y.log() + (1 - t) * (1 - y).log()).sum(), "t 7; y 7 part")
problem("focal loss", [r"p_i := \sigma(z_i)", r"l = -\sum_i t_i (1 - p_i)^2 \log p_i"], lambda z, t: -(t * (1 - torch.sigmoid(z)) ** 2 * F.logsigmoid(z)).sum(), "z 7; t 7")
problem("hinge loss", r"l = \sum_i \max(0, 1 - t_i x_{ik} w_k)", lambda t, x, w: torch.relu(1 - t * (x @ w)).sum(), "t 7; x 7 3; w 3")
problem("hinge loss, squared", r"l = \sum_i \max(0, 1 - t_i z_i)^2", lambda t, z: (torch.relu(1 - t * z) ** 2).sum(), "t 7; z 7")
problem("mean squared error", r"l = \frac{1}{n} \sum_i (y_i - t_i)^2", lambda n, y, t: ((y - t) ** 2).sum() / n, "n; y 5; t 5", y=r"\frac{2}{n} \left(y - t\right)")
problem("mean squared error, repeated factor", r"l = \frac{1}{M N} (y_{ij} - t_{ij})(y_{ij} - t_{ij})", lambda M, N, y, t: ((y - t) ** 2).sum() / (M * N), "M; N; y 7 5; t 7 5",
        y=r"\frac{2}{M N} \left(Y - T\right)")
problem("mean absolute error", r"l = \frac{1}{n} \sum_i |y_i - t_i|", lambda n, y, t: (y - t).abs().sum() / n, "n; y 5; t 5")
problem("Huber-like loss", r"l = \sum_i \delta^2 (\sqrt{1 + (r_i / \delta)^2} - 1)", lambda delta, r: (delta**2 * ((1 + (r / delta) ** 2).sqrt() - 1)).sum(), r"\delta positive; r 5")
problem("Huber loss in pieces", [r"a_i := |r_i|", r"l = \sum_i \left( [1 - a_i > 0] \frac{1}{2} r_i^2 + [a_i - 1 > 0] (a_i - \frac{1}{2}) \right)"],
        lambda r: F.huber_loss(r, torch.zeros_like(r), reduction="sum"), "r 5")
problem("log-cosh loss", r"l = \sum_i \log(\cosh(y_i - t_i))", lambda y, t: torch.log(torch.cosh(y - t)).sum(), "y 5; t 5")
problem("Poisson loss", r"l = \sum_i (\exp(z_i) - t_i z_i)", lambda z, t: (z.exp() - t * z).sum(), "z 5; t 5", z=r"\exp(z) - t")
problem("triplet loss", r"l = \max(0, \sum_i (a_i - p_i)^2 - \sum_i (a_i - n_i)^2 + m)",
        lambda a, p, n, m: torch.relu(((a - p) ** 2).sum() - ((a - n) ** 2).sum() + m), "a 5; p 5; n 5; m")
problem("contrastive loss (InfoNCE)", [r"s_{ij} := x_{ia} z_{ja} / \tau", r"l = \sum_i \left( \log(\sum_j \exp(s_{ij})) - s_{ii} \right)"],
        lambda x, z, tau: F.cross_entropy(x @ z.T / tau, torch.arange(7), reduction="sum"), r"x 7 3; z 7 3; \tau positive")

# ---------------------------------------------------------------- normalisation

problem("layer norm, one equation a quantity",
        [r"m_i := \frac{1}{H} x_{ik} \mathbf{1}_k", r"v_i := \frac{1}{H} (x_{ik} - m_i \mathbf{1}_k)(x_{ik} - m_i \mathbf{1}_k)",
         r"y_{ij} = \frac{x_{ij} - m_i \mathbf{1}_j}{\sqrt{v_i + \epsilon}} g_j + \mathbf{1}_i b_j"],
        lambda H, x, epsilon, g, b: (x - x.sum(1, keepdim=True) / H) / (((x - x.sum(1, keepdim=True) / H) ** 2).sum(1, keepdim=True) / H + epsilon).sqrt() * g + b,
        r"H positive; x 7 5; \epsilon positive; g 5; b 5")
problem("layer norm with the normalised input",
        [r"\mu_i := \frac{1}{H} \sum_k x_{ik}", r"c_{ij} := x_{ij} - \mu_i \mathbf{1}_j", r"v_i := \frac{1}{H} \sum_k c_{ik}^2",
         r"\hat{x}_{ij} := \frac{c_{ij}}{\sqrt{v_i + \epsilon}}", r"y_{ij} = \gamma_j \hat{x}_{ij} + \mathbf{1}_i \beta_j"],
        lambda H, x, epsilon, gamma, beta: (x - x.sum(1, keepdim=True) / H) / (((x - x.sum(1, keepdim=True) / H) ** 2).sum(1, keepdim=True) / H + epsilon).sqrt() * gamma + beta,
        r"H positive; x 7 5; \epsilon positive; \gamma 5; \beta 5")
problem("layer norm of a vector", [r"m := \frac{1}{n} \sum_i x_i", r"v := \frac{1}{n} \sum_i (x_i - m)^2", r"y_i = \frac{x_i - m \mathbf{1}_i}{\sqrt{v + \epsilon}}"],
        lambda n, x, epsilon: (x - x.sum() / n) / (((x - x.sum() / n) ** 2).sum() / n + epsilon).sqrt(), r"n positive; x 5; \epsilon positive")
problem("layer norm, any leading axes",
        [r"m_{\ldots} := \frac{1}{H} x_{\ldots k} \mathbf{1}_k", r"c_{\ldots j} := x_{\ldots j} - m_{\ldots} \mathbf{1}_j", r"v_{\ldots} := \frac{1}{H} c_{\ldots k} c_{\ldots k}",
         r"y_{\ldots j} = \frac{c_{\ldots j}}{\sqrt{v_{\ldots} + \epsilon}} g_j"],
        lambda H, x, epsilon, g: (x - x.sum(-1, keepdim=True) / H) / (((x - x.sum(-1, keepdim=True) / H) ** 2).sum(-1, keepdim=True) / H + epsilon).sqrt() * g,
        r"H positive; x 2 7 5; \epsilon positive; g 5")
problem("RMS norm", [r"r_i := \sqrt{\frac{1}{H} x_{ik} x_{ik} + \epsilon}", r"y_{ij} = \frac{x_{ij}}{r_i} g_j"],
        lambda H, x, epsilon, g: x / ((x**2).sum(1, keepdim=True) / H + epsilon).sqrt() * g, r"H positive; x 7 5; \epsilon positive; g 5")
problem("RMS norm, one equation", r"y_{ij} = \frac{x_{ij} g_j}{\sqrt{\frac{1}{H} \sum_k x_{ik}^2 + \epsilon}}",
        lambda x, g, H, epsilon: x / ((x**2).sum(1, keepdim=True) / H + epsilon).sqrt() * g, r"x 7 5; g 5; H positive; \epsilon positive")
problem("batch norm", [r"\mu_j := \frac{1}{M} \sum_i x_{ij}", r"v_j := \frac{1}{M} \sum_i (x_{ij} - \mu_j)^2",
                       r"\hat{x}_{ij} := \frac{x_{ij} - \mathbf{1}_i \mu_j}{\sqrt{v_j + \epsilon}}", r"y_{ij} = \gamma_j \hat{x}_{ij} + \mathbf{1}_i \beta_j"],
        lambda M, x, epsilon, gamma, beta: (x - x.sum(0) / M) / (((x - x.sum(0) / M) ** 2).sum(0) / M + epsilon).sqrt() * gamma + beta,
        r"M positive; x 7 5; \epsilon positive; \gamma 5; \beta 5")
problem("instance norm", [r"m_{nc} := \frac{1}{S} \sum_s x_{ncs}", r"v_{nc} := \frac{1}{S} \sum_s (x_{ncs} - m_{nc})^2", r"y_{ncs} = \frac{x_{ncs} - m_{nc} \mathbf{1}_s}{\sqrt{v_{nc} + \epsilon}}"],
        lambda S, x, epsilon: (x - x.sum(2, keepdim=True) / S) / (((x - x.sum(2, keepdim=True) / S) ** 2).sum(2, keepdim=True) / S + epsilon).sqrt(),
        r"S positive; x 2 3 5; \epsilon positive")
problem("weight normalisation", [r"n_j := \sqrt{v_{jk} v_{jk}}", r"w_{jk} := g_j v_{jk} / n_j", r"y_{ij} = x_{ik} w_{jk}"], lambda v, g, x: x @ (g[:, None] * F.normalize(v, dim=1)).T,
        "v 5 3; g 5; x 7 3")
problem("standardised rows", [r"m_i := \frac{1}{H} \sum_k x_{ik}", r"y_{ij} = x_{ij} - m_i \mathbf{1}_j"], lambda H, x: x - x.sum(1, keepdim=True) / H, "H; x 7 5")

# ---------------------------------------------------------------- attention

def attention(q, k, v, scale):
    return torch.softmax(q @ k.transpose(-1, -2) * scale, -1) @ v


problem("attention, unscaled", [r"s_{ij} := q_{ia} k_{ja}", r"p_{ij} := \frac{\exp(s_{ij})}{\sum_k \exp(s_{ik})}", r"y_{ib} = p_{ij} v_{jb}"],
        lambda q, k, v: attention(q, k, v, 1), "q 7 3; k 5 3; v 5 2")
problem("attention, scaled", [r"s_{ij} := \frac{1}{\sqrt{d}} q_{ia} k_{ja}", r"p_{ij} := \frac{\exp(s_{ij})}{\sum_k \exp(s_{ik})}", r"y_{ia} = p_{ij} v_{ja}"],
        lambda d, q, k, v: attention(q, k, v, d**-0.5), "d positive; q 7 3; k 5 3; v 5 2")
problem("attention, capital letters", [r"S_{ij} := \frac{Q_{ia} K_{ja}}{\sqrt{d}}", r"P_{ij} := \frac{\exp(S_{ij})}{\sum_k \exp(S_{ik})}", r"O_{ia} = P_{ij} V_{ja}"],
        lambda Q, K, d, V: attention(Q, K, V, d**-0.5), "Q 7 3; K 5 3; d positive; V 5 2")
problem("attention, batch and heads", [r"s_{bhij} := \frac{1}{\sqrt{d}} q_{bhic} k_{bhjc}", r"p_{bhij} := \frac{\exp(s_{bhij})}{\sum_m \exp(s_{bhim})}", r"y_{bhic} = p_{bhij} v_{bhjc}"],
        lambda d, q, k, v: attention(q, k, v, d**-0.5), "d positive; q 2 3 7 3; k 2 3 5 3; v 2 3 5 2")
problem("attention, any leading axes", [r"s_{\ldots ij} := \frac{1}{\sqrt{d}} q_{\ldots ia} k_{\ldots ja}", r"p_{\ldots ij} := \frac{\exp(s_{\ldots ij})}{\sum_k \exp(s_{\ldots ik})}", r"y_{\ldots ib} = p_{\ldots ij} v_{\ldots jb}"],
        lambda d, q, k, v: attention(q, k, v, d**-0.5), "d positive; q 2 3 7 3; k 2 3 5 3; v 2 3 5 2")
problem("attention, one batch index", [r"s_{nij} := q_{nia} k_{nja}", r"p_{nij} := \frac{e^{s_{nij}}}{\sum_k e^{s_{nik}}}", r"y_{nia} = p_{nij} v_{nja}"],
        lambda q, k, v: attention(q, k, v, 1), "q 2 7 3; k 2 5 3; v 2 5 2")
problem("attention with an additive mask", [r"s_{ij} := \frac{1}{\sqrt{d}} q_{ia} k_{ja} + m_{ij}", r"p_{ij} := \frac{\exp(s_{ij})}{\sum_k \exp(s_{ik})}", r"y_{ia} = p_{ij} v_{ja}"],
        lambda d, q, k, m, v: torch.softmax(q @ k.T / d.sqrt() + m, 1) @ v, "d positive; q 7 3; k 5 3; m 7 5; v 5 2")
problem("attention scores", r"s_{ij} = \frac{1}{\sqrt{d}} q_{ia} k_{ja}", lambda d, q, k: q @ k.T / d.sqrt(), "d positive; q 7 3; k 5 3",
        q=r"\frac{1}{\sqrt{d}} \frac{\partial l}{\partial S} K")
problem("self-attention with projections",
        [r"q_{ia} := x_{ic} W_{ac}", r"k_{ia} := x_{ic} U_{ac}", r"v_{ia} := x_{ic} V_{ac}", r"s_{ij} := q_{ia} k_{ja}",
         r"p_{ij} := \frac{\exp(s_{ij})}{\sum_m \exp(s_{im})}", r"y_{ia} = p_{ij} v_{ja}"],
        lambda x, W, U, V: attention(x @ W.T, x @ U.T, x @ V.T, 1), "x 7 3; W 5 3; U 5 3; V 2 3")
problem("attention in matrix notation, projections named by capitals",
        [r"Q := X W_Q", r"K := X W_K", r"V := X W_V", r"O = \operatorname{softmax}\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V"],
        lambda X, W_Q, W_K, W_V, d_k: attention(X @ W_Q, X @ W_K, X @ W_V, d_k**-0.5),
        r"X 7 3; W_{\text{Q}} 3 5; W_{\text{K}} 3 5; W_{\text{V}} 3 2; d_{\text{k}} positive",
        **{r"W_{\text{V}}": r"X^\top P^\top \frac{\partial l}{\partial O}"})
problem("weight decay beside a trace, d_i a component", r"l = \operatorname{tr}(X^\top X) + d_i d_i", lambda X, d: (X * X).sum() + d @ d, "X 7 3; d 5")
problem("a mean of squares, capital indices", r"l = \frac{1}{N} v_I v_I", lambda N, v: v @ v / N, "N positive; v 5")
problem("softmax over a whole matrix", r"p_{ij} = \frac{e^{x_{ij}}}{\sum_{kl} e^{x_{kl}}}", lambda x: torch.softmax(x.flatten(), 0).view_as(x), "x 7 5")
problem("a trace times components, capital indices", r"y_I = v_I \operatorname{tr}(A)", lambda v, A: v * A.trace(), "v 5; A 7 7")
problem("linear attention", r"y_{ib} = q_{ia} k_{ja} v_{jb}", lambda q, k, v: q @ (k.T @ v), "q 7 3; k 5 3; v 5 2")
problem("attention in one equation", r"y_{ib} = \frac{\sum_j \exp(q_{ia} k_{ja}) v_{jb}}{\sum_m \exp(q_{ia} k_{ma})}", lambda q, k, v: attention(q, k, v, 1), "q 7 3; k 5 3; v 5 2")
problem("additive attention", [r"s_j := u_a \tanh(w_{ab} h_{jb})", r"p_j := \frac{\exp(s_j)}{\sum_k \exp(s_k)}", r"c_b = p_j h_{jb}"],
        lambda u, w, h: torch.softmax(torch.tanh(h @ w.T) @ u, 0) @ h, "u 5; w 5 3; h 7 3")

# ---------------------------------------------------------------- networks

problem("two layers with ReLU", [r"z_{ij} := x_{ik} w_{jk} + \mathbf{1}_i b_j", r"h_{ij} := \max(0, z_{ij})", r"y_{ij} = h_{ik} v_{jk} + \mathbf{1}_i c_j"],
        lambda x, w, b, v, c: torch.relu(x @ w.T + b) @ v.T + c, "x 7 3; w 5 3; b 5; v 2 5; c 2")
problem("two layers, numbered weights", [r"h_{ij} := \tanh(x_{ik} W^{(1)}_{jk} + \mathbf{1}_i b^{(1)}_j)", r"y_{ij} = h_{ik} W^{(2)}_{jk} + \mathbf{1}_i b^{(2)}_j"],
        lambda x, W1, b1, W2, b2: torch.tanh(x @ W1.T + b1) @ W2.T + b2, "x 7 3; W^{(1)} 5 3; b^{(1)} 5; W^{(2)} 2 5; b^{(2)} 2")
problem("two layers, one equation", r"y_{ij} = \max(0, x_{ik} w_{mk}) v_{jm}", lambda x, w, v: torch.relu(x @ w.T) @ v.T, "x 7 3; w 5 3; v 2 5")
problem("two layers with squared loss",
        [r"h_{ij} := \sigma(x_{ik} w_{jk})", r"y_{ij} := h_{ik} v_{jk}", r"l = \frac{1}{2} (y_{ij} - t_{ij})(y_{ij} - t_{ij})"],
        lambda x, w, v, t: ((torch.sigmoid(x @ w.T) @ v.T - t) ** 2).sum() / 2, "x 7 3; w 5 3; v 2 5; t 7 2")
problem("two layers, matrices", [r"H = \tanh(X W)", r"Y = H V"], lambda X, W, V: torch.tanh(X @ W) @ V, "X 7 3; W 3 5; V 5 2")
problem("three layers", [r"a_{ij} := \max(0, x_{ik} u_{jk})", r"c_{ij} := \max(0, a_{ik} v_{jk})", r"y_{ij} = c_{ik} w_{jk}"],
        lambda x, u, v, w: torch.relu(torch.relu(x @ u.T) @ v.T) @ w.T, "x 7 3; u 5 3; v 2 5; w 3 2")
problem("residual connection", [r"h_{ij} := \max(0, x_{ik} w_{jk})", r"y_{ij} = x_{ij} + h_{ik} v_{jk}"], lambda x, w, v: x + torch.relu(x @ w.T) @ v.T, "x 7 3; w 5 3; v 3 5")
problem("highway unit", [r"t_{ij} := \sigma(x_{ik} u_{jk})", r"h_{ij} := \tanh(x_{ik} w_{jk})", r"y_{ij} = t_{ij} h_{ij} + (1 - t_{ij}) x_{ij}"],
        lambda x, u, w: torch.sigmoid(x @ u.T) * torch.tanh(x @ w.T) + (1 - torch.sigmoid(x @ u.T)) * x, "x 7 3; u 3 3; w 3 3")
problem("low-rank adapter", r"y_{ij} = x_{ik} (w_{jk} + b_{jr} a_{rk})", lambda x, w, b, a: x @ (w + b @ a).T, "x 7 3; w 5 3; b 5 2; a 2 3",
        x=r"\frac{\partial l}{\partial Y} \left(W + B A\right)")
problem("low-rank adapter, matrices", r"Y = X (W + s B A)^\top", lambda X, W, s, B, A: X @ (W + s * B @ A).T, "X 7 3; W 5 3; s; B 5 2; A 2 3")
problem("tied weights", r"Y = X A A^\top", lambda X, A: X @ A @ A.T, "X 7 5; A 5 3", X=r"\frac{\partial l}{\partial Y} A A^\top")
problem("tied autoencoder", [r"h_{ij} := \sigma(x_{ik} w_{jk})", r"l = \frac{1}{2} \sum_{ik} (h_{ij} w_{jk} - x_{ik})^2"],
        lambda x, w: ((torch.sigmoid(x @ w.T) @ w - x) ** 2).sum() / 2, "x 7 3; w 5 3")
problem("RNN cell", r"n_{ij} = \tanh(x_{ik} w_{jk} + h_{ik} u_{jk} + \mathbf{1}_i b_j)", lambda x, w, h, u, b: torch.tanh(x @ w.T + h @ u.T + b), "x 7 3; w 5 3; h 7 5; u 5 5; b 5")
problem("RNN, two steps", [r"h_i := \tanh(w_{ij} a_j + u_{ij} c_j)", r"y_i = \tanh(w_{ij} b_j + u_{ij} h_j)"],
        lambda w, a, u, c, b: torch.tanh(w @ b + u @ torch.tanh(w @ a + u @ c)), "w 5 3; a 3; u 5 5; c 5; b 3")
problem("LSTM cell state", [r"f_i := \sigma(w_{ij} x_j)", r"g_i := \tanh(u_{ij} x_j)", r"o_i := \sigma(v_{ij} x_j)", r"s_i := f_i c_i + (1 - f_i) g_i", r"h_i = o_i \tanh(s_i)"],
        lambda w, x, u, v, c: torch.sigmoid(v @ x) * torch.tanh(torch.sigmoid(w @ x) * c + (1 - torch.sigmoid(w @ x)) * torch.tanh(u @ x)), "w 5 3; x 3; u 5 3; v 5 3; c 5")
problem("GRU interpolation", [r"z_i := \sigma(w_{ij} x_j + u_{ij} h_j)", r"n_i := \tanh(v_{ij} x_j)", r"y_i = (1 - z_i) n_i + z_i h_i"],
        lambda w, x, u, h, v: (1 - torch.sigmoid(w @ x + u @ h)) * torch.tanh(v @ x) + torch.sigmoid(w @ x + u @ h) * h, "w 5 3; x 3; u 5 5; h 5; v 5 3")
problem("bilinear layer", r"y_{ij} = x_{ia} W_{jab} z_{ib} + \mathbf{1}_i b_j", lambda x, W, z, b: F.bilinear(x, z, W, b), "x 7 3; W 5 3 2; z 7 2; b 5")
problem("bilinear form of two vectors", r"y_k = x_i W_{ijk} z_j", lambda x, W, z: torch.einsum("i,ijk,j->k", x, W, z), "x 3; W 3 5 2; z 5")
problem("trilinear form", r"l = T_{ijk} a_i b_j c_k", lambda T, a, b, c: torch.einsum("ijk,i,j,k", T, a, b, c), "T 2 3 5; a 2; b 3; c 5")
problem("CP decomposition", r"y_{ijk} = a_{ir} b_{jr} c_{kr}", lambda a, b, c: torch.einsum("ir,jr,kr->ijk", a, b, c), "a 3 2; b 5 2; c 7 2")
problem("Tucker decomposition", r"y_{ijk} = g_{abc} u_{ia} v_{jb} w_{kc}", lambda g, u, v, w: torch.einsum("abc,ia,jb,kc->ijk", g, u, v, w), "g 2 3 5; u 3 2; v 5 3; w 7 5")
problem("matrix factorisation", r"l = \sum_{ij} m_{ij} (r_{ij} - u_{ia} v_{ja})^2", lambda m, r, u, v: (m * (r - u @ v.T) ** 2).sum(), "m 7 5; r 7 5; u 7 3; v 5 3")
problem("factorisation machine", r"y_i = x_{ij} w_j + \frac{1}{2} \sum_f \left( (x_{ij} v_{jf})^2 - x_{ij}^2 v_{jf}^2 \right)",
        lambda x, w, v: x @ w + 0.5 * ((x @ v) ** 2 - (x**2) @ (v**2)).sum(1), "x 7 3; w 3; v 3 2")
problem("mixture of experts", [r"g_{ie} := \frac{\exp(x_{ik} r_{ek})}{\sum_f \exp(x_{ik} r_{fk})}", r"y_{ij} = g_{ie} x_{ik} w_{ejk}"],
        lambda x, r, w: torch.einsum("ie,ik,ejk->ij", torch.softmax(x @ r.T, 1), x, w), "x 7 3; r 2 3; w 2 5 3")
problem("mixture of Gaussians' log-likelihood", r"l = \sum_i \log \left( \sum_c \pi_c \exp\left(-\frac{1}{2} \sum_k (x_{ik} - \mu_{ck})^2\right) \right)",
        lambda pi, x, mu: torch.log(torch.exp(-0.5 * ((x[:, None] - mu) ** 2).sum(-1)) @ pi).sum(), r"\pi 2 positive; x 7 3; \mu 2 3")
problem("embedding by one-hot rows", r"y_{ij} = o_{iv} e_{vj}", lambda o, e: o @ e, "o 7 5 hot; e 5 3", e=r"O^\top \frac{\partial l}{\partial Y}")
problem("positional sum", r"y_{bij} = x_{bij} + \mathbf{1}_b p_{ij}", lambda x, p: x + p, "x 2 7 5; p 7 5")
problem("convolution by a shift tensor", r"y_i = s_{ijk} x_j w_k", lambda s, x, w: torch.einsum("ijk,j,k->i", s, x, w), "s 5 7 3; x 7; w 3")
problem("convolution of patches", r"y_{bcl} = p_{blak} w_{cak}", lambda p, w: torch.einsum("blak,cak->bcl", p, w), "p 2 7 3 5; w 2 3 5")
problem("1x1 convolution", r"y_{bchw} = x_{bdhw} k_{cd} + \mathbf{1}_b \mathbf{1}_h \mathbf{1}_w b_c",
        lambda x, k, b: F.conv2d(x, k[:, :, None, None], b), "x 2 3 5 7; k 2 3; b 2")
problem("depthwise scale and shift", r"y_{bcl} = g_c x_{bcl} + \mathbf{1}_b \mathbf{1}_l a_c", lambda g, x, a: g[:, None] * x + a[:, None], "g 3; x 2 3 5; a 3")
problem("average pooling", r"y_{bc} = \frac{1}{L} \sum_l x_{bcl}", lambda L, x: x.sum(2) / L, "L; x 2 3 5")
problem("graph convolution", r"y_{ij} = \max(0, a_{in} x_{nk} w_{kj})", lambda a, x, w: torch.relu(a @ x @ w), "a 7 7; x 7 3; w 3 5")
problem("squeeze and excitation", [r"m_{bc} := \frac{1}{L} \sum_l x_{bcl}", r"s_{bc} := \sigma(m_{bd} w_{cd})", r"y_{bcl} = s_{bc} x_{bcl}"],
        lambda L, x, w: torch.sigmoid(x.sum(2) / L @ w.T)[:, :, None] * x, "L positive; x 2 3 5; w 3 3")
problem("prototype classifier", [r"d_{ic} := \sum_k (x_{ik} - m_{ck})^2", r"p_{ic} = \frac{\exp(-d_{ic})}{\sum_j \exp(-d_{ij})}"],
        lambda x, m: torch.softmax(-((x[:, None] - m) ** 2).sum(-1), 1), "x 7 3; m 5 3")
problem("word vectors with negative samples", r"l = -\log(\sigma(u_i v_i)) - \sum_k \log(\sigma(-n_{ki} v_i))", lambda u, v, n: -F.logsigmoid(u @ v) - F.logsigmoid(-n @ v).sum(), "u 3; v 3; n 5 3")
problem("variational reparametrisation", r"z_{ij} = \mu_{ij} + \exp(\frac{1}{2} s_{ij}) \epsilon_{ij}", lambda mu, s, epsilon: mu + torch.exp(s / 2) * epsilon, r"\mu 7 5; s 7 5; \epsilon 7 5")
problem("policy gradient with a baseline", [r"p_i := \frac{\exp(z_i)}{\sum_k \exp(z_k)}", r"l = -(r - b) a_i \log p_i"],
        lambda z, r, b, a: -(r - b) * (a * torch.log_softmax(z, 0)).sum(), "z 5; r; b; a 5")
problem("principal components' reconstruction", r"l = \operatorname{tr}((X - X W W^\top)^\top (X - X W W^\top))", lambda X, W: ((X - X @ W @ W.T) ** 2).sum(), "X 7 5; W 5 2")
problem("canonical correlation numerator", r"l = \frac{a^\top C b}{\sqrt{a^\top S a} \sqrt{b^\top T b}}", lambda a, C, b, S, T: a @ C @ b / ((a @ S @ a).sqrt() * (b @ T @ b).sqrt()),
        "a 3; C 3 5; b 5; S 3 3 spd; T 5 5 spd")
problem("Fisher's criterion", r"l = \frac{(w_i m_i)^2}{w_i S_{ij} w_j}", lambda w, m, S: (w @ m) ** 2 / (w @ S @ w), "w 5; m 5; S 5 5 spd")
problem("power of a sum used twice", [r"u_i := x_i^2 + a_i", r"y_i = u_i^2 + u_i"], lambda x, a: (x**2 + a) ** 2 + (x**2 + a), "x 5; a 5")
problem("a product of three uses", r"y_i = x_i x_i x_i + x_i", lambda x: x**3 + x, "x 5")
problem("x used as matrix and scale", r"y_{ij} = x_{ij} x_{kk}", lambda x: x * torch.trace(x), "x 5 5")

# ---------------------------------------------------------------- norms, softmax of rows and sizes in matrix notation

problem("ridge regression with norms", r"l = \frac{1}{2} \| X w - y \|^2 + \frac{\alpha}{2} \|w\|^2",
        lambda X, w, y, alpha: ((X @ w - y) ** 2).sum() / 2 + alpha / 2 * (w @ w), r"X 7 3; w 3; y 7; \alpha",
        w=r"X^\top \left(X w - y\right) + \alpha w")
problem("matrix factorisation", r"l = \left\| A - X Y^\top \right\|_F^2", lambda A, X, Y: ((A - X @ Y.T) ** 2).sum(), "A 7 5; X 7 3; Y 5 3",
        X=r"-2 \left(A - X Y^\top\right) Y")
problem("norm squared before its letter", r"l = \lVert A X \rVert^2_F", lambda A, X: ((A @ X) ** 2).sum(), "A 7 3; X 3 5")
problem("a unit vector", r"y = \frac{x}{\|x\|_2}", lambda x: x / x.norm(), "x 5")
problem("cosine of two vectors", r"c = \frac{x^\top y}{\|x\| \|y\|}", lambda x, y: x @ y / (x.norm() * y.norm()), "x 5; y 5")
problem("attention in a line", r"Y = \operatorname{softmax}\left(\frac{Q K^\top}{\sqrt{d}}\right) V",
        lambda Q, K, d, V: torch.softmax(Q @ K.T / d.sqrt(), -1) @ V, "Q 7 3; K 5 3; d positive; V 5 2",
        Q=r"\frac{1}{\sqrt{d}} \left(P \odot \left(\frac{\partial l}{\partial Y} V^\top - \left(\frac{\partial l}{\partial Y} \odot Y\right) \mathbf{1} \mathbf{1}^\top\right)\right) K",
        V=r"P^\top \frac{\partial l}{\partial Y}")
problem("softmax regression in a line", r"P = \operatorname{softmax}(X W + \mathbf{1} b^\top)", lambda X, W, b: torch.softmax(X @ W + b, -1), "X 7 3; W 3 5; b 5")
problem("covariance", r"S = \frac{1}{N - 1} X^\top X", lambda N, X: X.T @ X / (N - 1), "N positive; X 7 3")
problem("a size under a root", r"Y = \frac{X A}{\sqrt{H}}", lambda X, A, H: X @ A / H.sqrt(), "X 7 3; A 3 5; H positive")

# ---------------------------------------------------------------- as other authors write it

problem("a neuron with the dot of two bold letters", [r"z = \mathbf{w} \cdot \mathbf{x} + b", r"a = \max(0, z)"], lambda w, x, b: torch.relu(w @ x + b),
        r"\mathbf{w} 5; \mathbf{x} 5; b")
problem("a loss with a capital letter, of what it is a function", r"J(\boldsymbol{w}) = \frac{1}{2} \lVert \boldsymbol{X} \boldsymbol{w} - \boldsymbol{y} \rVert_2^2",
        lambda X, w, y: ((X @ w - y) ** 2).sum() / 2, r"\boldsymbol{X} 7 3; \boldsymbol{w} 3; \boldsymbol{y} 7")
problem("cross-entropy of column vectors", [r"\hat{\mathbf{y}} = \operatorname{softmax}(\mathbf{U}^\top \mathbf{v})", r"J = -\mathbf{y}^\top \log \hat{\mathbf{y}}"],
        lambda U, v, y: -(y * torch.log_softmax(U.T @ v, 0)).sum(), r"\mathbf{U} 3 7; \mathbf{v} 3; \mathbf{y} 7")
problem("support vector machine with a penalty C", r"L = \frac12 w^\top w + C \mathbf{1}^\top \max(0, \mathbf{1} - y \odot (X w))",
        lambda w, C, y, X: w @ w / 2 + C * torch.relu(1 - y * (X @ w)).sum(), "w 3; C; y 7; X 7 3")
problem("Gaussian log-likelihood with bars and D",
        r"\ell = -\frac{D}{2} \ln(2 \pi) - \frac{1}{2} \ln |\boldsymbol{\Sigma}| - \frac{1}{2} (\mathbf{x} - \boldsymbol{\mu})^\mathrm{T} \boldsymbol{\Sigma}^{-1} (\mathbf{x} - \boldsymbol{\mu})",
        lambda D, Sigma, x, mu: -D / 2 * torch.log(torch.tensor(2 * torch.pi)) - torch.logdet(Sigma) / 2 - (x - mu) @ torch.linalg.solve(Sigma, x - mu) / 2,
        r"D; \boldsymbol{\Sigma} 5 5 spd; \mathbf{x} 5; \boldsymbol{\mu} 5")
problem("log-determinant barrier", r"\phi = -\log \det(\mathbf{A} + t \mathbf{I}_n)", lambda A, t: -torch.logdet(A + t * torch.eye(5)), r"\mathbf{A} 5 5 spd; t positive",
        t=r"-\operatorname{tr}\left(M^{-1}\right)")
problem("attention with projections and a mask", [r"Q = X W^Q", r"\operatorname{Attention}(X, M) = \operatorname{softmax}\left(\frac{Q X^\top}{\sqrt{d}} + M\right) X W^V"],
        lambda X, WQ, d, M, WV: torch.softmax(X @ WQ @ X.T / d.sqrt() + M, 1) @ X @ WV, r"X 7 3; W^{Q} 3 3; d positive; M 7 7; W^{V} 3 2")
problem("batch norm with squares that are defined",
        [r"\mu_{\mathcal{B},j} = \frac{1}{m} \sum_{i=1}^m x_{ij}", r"\sigma_{\mathcal{B},j}^2 = \frac{1}{m} \sum_{i=1}^m (x_{ij} - \mu_{\mathcal{B},j})^2",
         r"y_{ij} = \gamma_j \frac{x_{ij} - \mu_{\mathcal{B},j}}{\sqrt{\sigma_{\mathcal{B},j}^2 + \epsilon}} + \mathbf{1}_i \beta_j"],
        lambda m, x, gamma, epsilon, beta: gamma * (x - x.sum(0) / m) / (((x - x.sum(0) / m) ** 2).sum(0) / m + epsilon).sqrt() + beta,
        r"m positive; x 7 5; \gamma 5; \epsilon positive; \beta 5")
problem("leaky ReLU in cases", r"y_i = \begin{cases} x_i & \text{if } x_i > 0 \\ \alpha x_i & \text{otherwise} \end{cases}",
        lambda x, alpha: torch.where(x > 0, x, alpha * x), r"x 5; \alpha positive")
problem("ELU in cases, squared", [r"h_i = \begin{cases} x_i & x_i \geq 0, \\ e^{x_i} - 1 & x_i < 0 \end{cases}", r"l = h_i h_i"], lambda x: (F.elu(x) ** 2).sum(), "x 5")
problem("Huber loss in cases", r"L = \sum_i \begin{cases} \frac12 r_i^2 & |r_i| \le \delta \\ \delta (|r_i| - \frac12 \delta) & \text{otherwise} \end{cases}",
        lambda r, delta: torch.where(r.abs() <= delta, r**2 / 2, delta * (r.abs() - delta / 2)).sum(), r"r 5; \delta positive")
problem("two conditions, counted", [r"m_i = [x_i > 0]", r"n_i = [z_i > 0]", r"y_i = w_i x_i z_i (m_i + n_i)"],
        lambda x, z, w: w * x * z * ((x > 0) * 1.0 + (z > 0) * 1.0), "x 7; z 7; w 7")
problem("quantile loss", r"L = \sum_i \max(\tau (y_i - q_i), (\tau - 1) (y_i - q_i))", lambda tau, y, q: torch.maximum(tau * (y - q), (tau - 1) * (y - q)).sum(),
        r"\tau part; y 5; q 5", **{r"\tau": r"\mathbf{1}^\top \left(y - q\right)"})
problem("a number times a squared norm", r"l = \lambda x^\top x", lambda lambda_, x: lambda_ * x @ x, r"\lambda; x 5", x=r"2 \lambda x")
problem("binary cross-entropy of columns", r"J = -\mathbf{y}^\top \log \sigma(\mathbf{X} \mathbf{w}) - (1 - \mathbf{y})^\top \log(1 - \sigma(\mathbf{X} \mathbf{w}))",
        lambda y, X, w: F.binary_cross_entropy_with_logits(X @ w, y, reduction="sum"), r"\mathbf{y} 7 part; \mathbf{X} 7 3; \mathbf{w} 3",
        **{r"\mathbf{w}": r"\mathbf{X}^\top \left(\sigma(\mathbf{X} \mathbf{w}) - \mathbf{y}\right)"})
problem("highway unit of columns", r"\mathbf{y} = \mathbf{t} \odot \tanh(\mathbf{W} \mathbf{x}) + (1 - \mathbf{t}) \odot \mathbf{x}",
        lambda t, W, x: t * torch.tanh(W @ x) + (1 - t) * x, r"\mathbf{t} 5; \mathbf{W} 5 5; \mathbf{x} 5")
problem("a step of PageRank", r"\mathbf{r}' = d \mathbf{M} \mathbf{r} + \frac{1 - d}{N} \mathbf{1}", lambda d, M, r, N: d * M @ r + (1 - d) / N,
        r"d; \mathbf{M} 5 5; \mathbf{r} 5; N positive")
problem("orthogonality penalty", r"R(\mathbf{W}) = \lVert \mathbf{W}^\top \mathbf{W} - \mathbf{I}_k \rVert_F^2",
        lambda W: ((W.T @ W - torch.eye(W.shape[1])) ** 2).sum(), r"\mathbf{W} 7 3", **{r"\mathbf{W}": r"4 \left(\mathbf{W} \mathbf{W}^\top \mathbf{W} - \mathbf{W}\right)"})
problem("contrastive loss as a quotient", [r"s_{ij} = u_{id} v_{jd} / \tau", r"l = -\frac{1}{N} \sum_i \log \frac{\exp(s_{ii})}{\sum_j \exp(s_{ij})}"],
        lambda u, v, tau, N: F.cross_entropy(u @ v.T / tau, torch.arange(7), reduction="sum") / N, r"u 7 3; v 7 3; \tau positive; N positive")

# ---------------------------------------------------------------- as papers type it: functions without brackets, subscripts that are names, slashes

problem("normal log-density without brackets", r"l = -\frac12 \log 2\pi\sigma^2 - \frac{(x-\mu)^2}{2\sigma^2}",
        lambda sigma, x, mu: -torch.log(2 * math.pi * sigma**2) / 2 - (x - mu) ** 2 / (2 * sigma**2), r"\sigma positive; x; \mu")
problem("a trace without brackets", r"\mathcal{L} = \operatorname{tr} X^{\text{T}} A X", lambda X, A: tr(X.T @ A @ X), "X 5 3; A 5 5", A=r"X X^\top")
problem("covariance with a slash", r"S = X^\top X/N", lambda X, N: X.T @ X / N, "X 7 3; N positive")
problem("a squared norm of a product", r"l = \|W x\|_2^2", lambda W, x: ((W @ x) ** 2).sum(), "W 5 3; x 3", x=r"2 W^\top W x")
problem("an RBF kernel's exponent by fractions", r"k = \exp\left(-\frac{\lVert \mathbf{x} - \mathbf{z} \rVert^2}{2 \sigma^2}\right)",
        lambda x, z, sigma: torch.exp(-((x - z) ** 2).sum() / (2 * sigma**2)), r"\mathbf{x} 3; \mathbf{z} 3; \sigma positive")
problem("sigmoid with an upright e", r"y_i = \frac{1}{1 + \mathrm{e}^{-x_i}}", lambda x: torch.sigmoid(x), "x 5")
problem("a number to a power that varies", r"y_i = 2^{x_i}", lambda x: 2**x, "x 5")
problem("a scale to a power that varies", r"y_i = a^{x_i}", lambda a, x: a**x, "a positive; x 5")
problem("lasso with its norm", r"J = \frac{1}{2} \|\mathbf{y} - \mathbf{X} \mathbf{w}\|_2^2 + \lambda \|\mathbf{w}\|_1",
        lambda y, X, w, lambda_: ((y - X @ w) ** 2).sum() / 2 + lambda_ * w.abs().sum(), r"\mathbf{y} 7; \mathbf{X} 7 3; \mathbf{w} 3; \lambda")
problem("ReLU6", r"y_i = \min(\max(x_i, 0), 6)", lambda x: F.relu6(x), "x 5")
problem("contrastive loss of a pair", [r"d = \lVert \mathbf{x} - \mathbf{z} \rVert_2", r"L = y d^2 + (1 - y) \max(0, m - d)^2"],
        lambda x, z, y, m: y * ((x - z) ** 2).sum() + (1 - y) * torch.relu(m - (x - z).norm()) ** 2, r"\mathbf{x} 3; \mathbf{z} 3; y; m positive")
problem("queries with a transposed weight and a bias", r"Q = X W_Q^\top + \mathbf{1} b_Q^\top", lambda X, W_Q, b_Q: X @ W_Q.T + b_Q,
        r"X 7 3; W_{\text{Q}} 5 3; b_{\text{Q}} 5", **{r"W_{\text{Q}}": r"\left(\frac{\partial l}{\partial Q}\right)^\top X"})
problem("two layers, named by subscripts", r"\mathbf{y} = \mathbf{W}_o \tanh(\mathbf{W}_h \mathbf{x} + \mathbf{b}_h) + \mathbf{b}_o",
        lambda W_o, W_h, x, b_h, b_o: W_o @ torch.tanh(W_h @ x + b_h) + b_o,
        r"\mathbf{W}_{\text{o}} 2 5; \mathbf{W}_{\text{h}} 5 3; \mathbf{x} 3; \mathbf{b}_{\text{h}} 5; \mathbf{b}_{\text{o}} 2")
problem("LSTM cell, its gates named by subscripts",
        [r"\mathbf{f} = \sigma(\mathbf{W}_f \mathbf{x} + \mathbf{U}_f \mathbf{h} + \mathbf{b}_f)", r"\mathbf{i} = \sigma(\mathbf{W}_i \mathbf{x} + \mathbf{b}_i)",
         r"\mathbf{o} = \sigma(\mathbf{W}_o \mathbf{x} + \mathbf{b}_o)", r"\tilde{\mathbf{c}} = \tanh(\mathbf{W}_c \mathbf{x} + \mathbf{b}_c)",
         r"\mathbf{c}' = \mathbf{f} \odot \mathbf{c} + \mathbf{i} \odot \tilde{\mathbf{c}}", r"\mathbf{h}' = \mathbf{o} \odot \tanh(\mathbf{c}')"],
        lambda W_f, x, U_f, h, b_f, W_i, b_i, W_o, b_o, W_c, b_c, c:
            torch.sigmoid(W_o @ x + b_o) * torch.tanh(torch.sigmoid(W_f @ x + U_f @ h + b_f) * c + torch.sigmoid(W_i @ x + b_i) * torch.tanh(W_c @ x + b_c)),
        r"\mathbf{W}_{\text{f}} 5 3; \mathbf{x} 3; \mathbf{U}_{\text{f}} 5 5; \mathbf{h} 5; \mathbf{b}_{\text{f}} 5; \mathbf{W}_{\text{i}} 5 3; \mathbf{b}_{\text{i}} 5; "
        r"\mathbf{W}_{\text{o}} 5 3; \mathbf{b}_{\text{o}} 5; \mathbf{W}_{\text{c}} 5 3; \mathbf{b}_{\text{c}} 5; \mathbf{c} 5")  # fmt: skip
problem("discriminant analysis, scatters named by capitals", r"J = \operatorname{tr}\left((W^\top S_W W)^{-1} W^\top S_B W\right)",
        lambda W, S_W, S_B: tr((W.T @ S_W @ W).inverse() @ W.T @ S_B @ W), r"W 7 3; S_{\text{W}} 7 7 spd; S_{\text{B}} 7 7")
problem("attention with a capital softmax", r"A = \text{Softmax}\left(\frac{Q K^T}{\sqrt{d_k}}\right) V", lambda Q, K, d_k, V: attention(Q, K, V, d_k**-0.5),
        r"Q 7 3; K 5 3; d_{\text{k}} positive; V 5 2")

# ---------------------------------------------------------------- more layers and losses

problem("GRU with numbered names",
        [r"z_i = \sigma(W^{(z)}_{ij} x_j + U^{(z)}_{ij} h_j)", r"r_i = \sigma(W^{(r)}_{ij} x_j + U^{(r)}_{ij} h_j)",
         r"\tilde{h}_i = \tanh(W_{ij} x_j + U_{ij} (r_j h_j))", r"h'_i = z_i h_i + (1 - z_i) \tilde{h}_i"],
        lambda Wz, x, Uz, h, Wr, Ur, W, U: torch.lerp(torch.tanh(W @ x + U @ (torch.sigmoid(Wr @ x + Ur @ h) * h)), h, torch.sigmoid(Wz @ x + Uz @ h)),
        r"W^{(z)} 5 3; x 3; U^{(z)} 5 5; h 5; W^{(r)} 5 3; U^{(r)} 5 5; W 5 3; U 5 5")
problem("group norm without variance", [r"\mu_{ng} = \frac{1}{m} \sum_{c,s} x_{ngcs}", r"y_{ngcs} = \gamma_{gc} (x_{ngcs} - \mu_{ng}) + \mathbf{1}_n \beta_{gc} \mathbf{1}_s"],
        lambda m, x, gamma, beta: gamma[:, :, None] * (x - x.sum((2, 3), keepdim=True) / m) + beta[:, :, None], r"m positive; x 2 3 5 7; \gamma 3 5; \beta 3 5")
problem("a neuron with a normalised weight", [r"\mathbf{w} = g \frac{\mathbf{v}}{\|\mathbf{v}\|}", r"y = \tanh(\mathbf{w}^{\mathsf T} \mathbf{x} + b)"],
        lambda g, v, x, b: torch.tanh(g * v @ x / v.norm() + b), r"g; \mathbf{v} 5; \mathbf{x} 5; b")
problem("KL divergence of two Gaussians",
        r"D = \frac{1}{2} \left( \operatorname{tr}(\boldsymbol{\Sigma}_2^{-1} \boldsymbol{\Sigma}_1) + (\boldsymbol{\mu}_2 - \boldsymbol{\mu}_1)^\top \boldsymbol{\Sigma}_2^{-1} "
        r"(\boldsymbol{\mu}_2 - \boldsymbol{\mu}_1) - k + \ln \frac{\det \boldsymbol{\Sigma}_2}{\det \boldsymbol{\Sigma}_1} \right)",
        lambda Sigma_2, Sigma_1, mu_2, mu_1, k: (tr(Sigma_2.inverse() @ Sigma_1) + (mu_2 - mu_1) @ Sigma_2.inverse() @ (mu_2 - mu_1) - k + torch.log(Sigma_2.det() / Sigma_1.det())) / 2,
        r"\boldsymbol{\Sigma}_{2} 5 5 spd; \boldsymbol{\Sigma}_{1} 5 5 spd; \boldsymbol{\mu}_{2} 5; \boldsymbol{\mu}_{1} 5; k")
problem("marginal likelihood of a Gaussian process",
        r"\mathcal{L} = -\frac{1}{2} \mathbf{y}^\top (\mathbf{K} + \sigma^2 \mathbf{I})^{-1} \mathbf{y} - \frac{1}{2} \log |\mathbf{K} + \sigma^2 \mathbf{I}| - \frac{n}{2} \log 2 \pi",
        lambda y, K, sigma, n: torch.distributions.MultivariateNormal(torch.zeros_like(y), K + sigma**2 * torch.eye(len(K))).log_prob(y)
            + (len(y) - n) / 2 * math.log(2 * math.pi), r"\mathbf{y} 5; \mathbf{K} 5 5 spd; \sigma positive; n")
problem("decoder of an autoencoder with noise",
        [r"\mathbf{z} = \boldsymbol{\mu} + \boldsymbol{\sigma} \odot \boldsymbol{\epsilon}", r"\hat{\mathbf{x}} = \sigma(\mathbf{W} \mathbf{z} + \mathbf{b})", r"L = \lVert \mathbf{x} - \hat{\mathbf{x}} \rVert^2"],
        lambda mu, sigma, epsilon, W, b, x: ((x - torch.sigmoid(W @ (mu + sigma * epsilon) + b)) ** 2).sum(),
        r"\boldsymbol{\mu} 3; \boldsymbol{\sigma} 3; \boldsymbol{\epsilon} 3; \mathbf{W} 5 3; \mathbf{b} 5; \mathbf{x} 5")
problem("elastic net", r"J = \frac{1}{2n} \sum_i (y_i - \sum_j x_{ij} w_j)^2 + \lambda_1 \sum_j |w_j| + \frac{\lambda_2}{2} \sum_j w_j^2",
        lambda n, y, x, w, lambda_1, lambda_2: ((y - x @ w) ** 2).sum() / (2 * n) + lambda_1 * w.abs().sum() + lambda_2 / 2 * (w**2).sum(),
        r"n positive; y 7; x 7 3; w 3; \lambda_{1}; \lambda_{2}")
problem("masked matrix factorisation with penalties",
        r"L = \left\| \mathbf{M} \odot (\mathbf{R} - \mathbf{P} \mathbf{Q}^\top) \right\|_F^2 + \lambda \left( \|\mathbf{P}\|_F^2 + \|\mathbf{Q}\|_F^2 \right)",
        lambda M, R, P, Q, lambda_: ((M * (R - P @ Q.T)) ** 2).sum() + lambda_ * ((P**2).sum() + (Q**2).sum()), r"\mathbf{M} 7 5; \mathbf{R} 7 5; \mathbf{P} 7 3; \mathbf{Q} 5 3; \lambda")
problem("low-rank adapter of a column", r"\mathbf{h} = \mathbf{W}_0 \mathbf{x} + \frac{\alpha}{r} \mathbf{B} \mathbf{A} \mathbf{x}",
        lambda W_0, x, alpha, r, B, A: W_0 @ x + alpha / r * B @ A @ x, r"\mathbf{W}_{0} 5 3; \mathbf{x} 3; \alpha; r positive; \mathbf{B} 5 2; \mathbf{A} 2 3")
problem("GEGLU", [r"u_{ij} = x_{ik} w_{kj}", r"y_{ij} = \frac{u_{ij}}{2} \left(1 + \operatorname{erf}\left(\frac{u_{ij}}{\sqrt{2}}\right)\right) x_{ik} v_{kj}"],
        lambda x, w, v: F.gelu(x @ w) * (x @ v), "x 7 3; w 3 5; v 3 5")
problem("rotary embedding", r"y_{td} = x_{td} \cos(m_t \theta_d) + r_{de} x_{te} \sin(m_t \theta_d)",
        lambda x, m, theta, r: x * torch.cos(torch.outer(m, theta)) + x @ r.T * torch.sin(torch.outer(m, theta)), r"x 7 5; m 7; \theta 5; r 5 5")
problem("attention with linear biases", [r"s_{hij} = \frac{q_{hid} k_{hjd}}{\sqrt{D}} + m_h b_{ij}", r"p_{hij} = \frac{e^{s_{hij}}}{\sum_{j'} e^{s_{hij'}}}", r"o_{hid} = p_{hij} v_{hjd}"],
        lambda q, k, D, m, b, v: torch.softmax(q @ k.mT / D.sqrt() + m[:, None, None] * b, -1) @ v, "q 2 7 3; k 2 5 3; D positive; m 2; b 7 5; v 2 5 3")
problem("attention with heads, projected",
        [r"q_{hia} = x_{ic} W^Q_{hca}", r"k_{hia} = x_{ic} W^K_{hca}", r"v_{hia} = x_{ic} W^V_{hca}",
         r"a_{hij} = \frac{\exp(q_{hia} k_{hja} / \sqrt{d})}{\sum_m \exp(q_{hia} k_{hma} / \sqrt{d})}", r"y_{ic} = a_{hij} v_{hja} W^O_{hac}"],
        lambda x, WQ, WK, WV, d, WO: (attention(x @ WQ, x @ WK, x @ WV, d**-0.5) @ WO).sum(0), "x 7 3; W^{Q} 2 3 5; W^{K} 2 3 5; W^{V} 2 3 5; d positive; W^{O} 2 5 3")
problem("queries in groups", [r"s_{grij} = q_{grid} k_{gjd}", r"p_{grij} = \frac{\exp(s_{grij})}{\sum_m \exp(s_{grim})}", r"o_{grid} = p_{grij} v_{gjd}"],
        lambda q, k, v: attention(q, k[:, None], v[:, None], 1), "q 2 3 7 5; k 2 5 5; v 2 5 5")
problem("graph attention", [r"h_{ik} = w_{kj} x_{ij}", r"e_{ij} = \max(0, a_k h_{ik} + b_k h_{jk})", r"\alpha_{ij} = \frac{\exp(e_{ij})}{\sum_m \exp(e_{im})}", r"y_{ik} = \alpha_{ij} h_{jk}"],
        lambda w, x, a, b: torch.softmax(torch.relu((x @ w.T @ a)[:, None] + x @ w.T @ b), 1) @ (x @ w.T), "w 5 3; x 7 3; a 5; b 5")
problem("graph convolution with normalised adjacency", r"Y = \operatorname{diag}(d)^{-1/2} A \operatorname{diag}(d)^{-1/2} X W",
        lambda d, A, X, W: (A / d.sqrt()[:, None] / d.sqrt()) @ X @ W, "d 7 positive; A 7 7; X 7 3; W 3 5")
problem("weights made by a network", [r"W_{ij} = T_{ijk} z_k + B_{ij}", r"y_i = W_{ij} x_j"], lambda T, z, B, x: (T @ z + B) @ x, "T 5 3 2; z 2; B 5 3; x 3")
problem("experts of two layers", [r"g_e = \frac{\exp(r_{ek} x_k)}{\sum_{e'} \exp(r_{e'k} x_k)}", r"y_j = \sum_e g_e \left( v_{ejm} \max(0, w_{emk} x_k) \right)"],
        lambda r, x, v, w: torch.einsum("e,ejm,em->j", torch.softmax(r @ x, 0), v, torch.relu(w @ x)), "r 2 3; x 3; v 2 5 7; w 2 7 3")
problem("SELU in cases", r"y_i = \lambda \begin{cases} x_i & x_i > 0 \\ \alpha (e^{x_i} - 1) & x_i \leq 0 \end{cases}",
        lambda lambda_, x, alpha: lambda_ * torch.where(x > 0, x, alpha * (x.exp() - 1)), r"\lambda; x 5; \alpha")
problem("maxout of two", r"y_i = \max(w_{ij} x_j, v_{ij} x_j)", lambda w, x, v: torch.maximum(w @ x, v @ x), "w 5 3; x 3; v 5 3")
problem("Dice loss", r"L = 1 - \frac{2 \sum_i p_i t_i + s}{\sum_i p_i + \sum_i t_i + s}", lambda p, t, s: 1 - (2 * p @ t + s) / (p.sum() + t.sum() + s), "p 5 positive; t 5 positive; s positive")
problem("preferences without a reward", r"L = -\sum_i \log \sigma\left(\beta \left(u_i - v_i - (p_i - q_i)\right)\right)",
        lambda beta, u, v, p, q: -F.logsigmoid(beta * (u - v - (p - q))).sum(), r"\beta; u 5; v 5; p 5; q 5")
problem("correlation of two views", [r"c_{ij} = \frac{\sum_b u_{bi} v_{bj}}{\sqrt{\sum_b u_{bi}^2} \sqrt{\sum_b v_{bj}^2}}", r"L = \sum_i (1 - c_{ii})^2 + \lambda \sum_{ij} (1 - \delta_{ij}) c_{ij}^2"],
        lambda u, v, lambda_: (lambda c: ((1 - c.diagonal()) ** 2).sum() + lambda_ * ((1 - torch.eye(len(c))) * c**2).sum())(F.normalize(u, dim=0).T @ F.normalize(v, dim=0)),
        r"u 7 5; v 7 5; \lambda")
problem("style loss", [r"G_{ij} = \frac{1}{C H W} F_{ik} F_{jk}", r"L = \sum_{ij} (G_{ij} - A_{ij})^2"], lambda C, H, W, F, A: ((F @ F.T / (C * H * W) - A) ** 2).sum(),
        "C positive; H positive; W positive; F 3 5; A 3 3")
problem("Householder reflection", r"\mathbf{H} = \mathbf{I} - 2 \frac{\mathbf{v} \mathbf{v}^\top}{\mathbf{v}^\top \mathbf{v}}", lambda v: torch.eye(len(v)) - 2 * torch.outer(v, v) / (v @ v), r"\mathbf{v} 5")
problem("Cayley transform", r"\mathbf{Q} = (\mathbf{I} + \mathbf{A})^{-1} (\mathbf{I} - \mathbf{A})", lambda A: torch.linalg.solve(torch.eye(len(A)) + A, torch.eye(len(A)) - A), r"\mathbf{A} 5 5 far")
problem("Kalman update of a state",
        [r"\mathbf{S} = \mathbf{H} \mathbf{P} \mathbf{H}^\top + \mathbf{R}", r"\mathbf{K} = \mathbf{P} \mathbf{H}^\top \mathbf{S}^{-1}", r"\hat{\mathbf{x}}' = \hat{\mathbf{x}} + \mathbf{K} (\mathbf{z} - \mathbf{H} \hat{\mathbf{x}})"],
        lambda H, P, R, x_hat, z: x_hat + P @ H.T @ torch.linalg.solve(H @ P @ H.T + R, z - H @ x_hat), r"\mathbf{H} 3 5; \mathbf{P} 5 5 spd; \mathbf{R} 3 3 spd; \hat{\mathbf{x}} 5; \mathbf{z} 3")
problem("optimal design", r"\Phi = -\log \det \left( \mathbf{X}^\top \operatorname{diag}(\mathbf{w}) \mathbf{X} \right)", lambda X, w: -torch.logdet(X.T @ (w[:, None] * X)), r"\mathbf{X} 7 3; \mathbf{w} 7 positive")
problem("free energy of a Boltzmann machine", r"F(\mathbf{v}) = -\mathbf{b}^\top \mathbf{v} - \mathbf{1}^\top \operatorname{softplus}(\mathbf{W} \mathbf{v} + \mathbf{c})",
        lambda b, v, W, c: -b @ v - F.softplus(W @ v + c).sum(), r"\mathbf{b} 5; \mathbf{v} 5; \mathbf{W} 3 5; \mathbf{c} 3")
problem("mean of a kernel", r"L = \frac{1}{n^2} \sum_{ij} \exp(-\gamma \sum_k (x_{ik} - x_{jk})^2)",
        lambda n, gamma, x: torch.exp(-gamma * ((x[:, None] - x) ** 2).sum(-1)).sum() / n**2, r"n positive; \gamma positive; x 7 3")

# ---------------------------------------------------------------- one tensor by two names, functions of what was defined, in lists

problem("squared error of predictions, whole and by components", [r"\hat{Y} = X W", r"L = \frac{1}{N} \sum_{ij} (\hat{y}_{ij} - y_{ij})^2"],
        lambda X, W, N, y: ((X @ W - y) ** 2).sum() / N, "X 7 3; W 3 5; N positive; y 7 5", W=r"\frac{2}{N} X^\top \left(\hat{Y} - Y\right)")
problem("classifier of bold columns, its loss by components",
        [r"\mathbf{z} = \mathbf{W} \mathbf{x} + \mathbf{b}_1", r"\mathbf{h} = \operatorname{ReLU}(\mathbf{z})", r"\boldsymbol{\theta} = \mathbf{U} \mathbf{h} + \mathbf{b}_2",
         r"\hat{\mathbf{y}} = \operatorname{softmax}(\boldsymbol{\theta})", r"J = -\sum_i y_i \log \hat{y}_i"],
        lambda W, x, b_1, U, b_2, y: -(y * torch.log_softmax(U @ torch.relu(W @ x + b_1) + b_2, 0)).sum(),
        r"\mathbf{W} 5 3; \mathbf{x} 3; \mathbf{b}_{1} 5; \mathbf{U} 7 5; \mathbf{b}_{2} 7; y 7")
problem("two layers, a function of columns in between",
        [r"z^{[1]} = W^{[1]} x + b^{[1]}", r"a^{[1]} = \tanh(z^{[1]})", r"z^{[2]} = W^{[2]} a^{[1]} + b^{[2]}", r"a^{[2]} = \sigma(z^{[2]})"],
        lambda W1, x, b1, W2, b2: torch.sigmoid(W2 @ torch.tanh(W1 @ x + b1) + b2), "W^{[1]} 5 3; x 3; b^{[1]} 5; W^{[2]} 7 5; b^{[2]} 7")
problem("a function first, what it is taken of used later", [r"h = \sigma(z)", r"s = u^\top h"], lambda z, u: u @ torch.sigmoid(z), "z 5; u 5")
problem("a step downhill", [r"g = A x - b", r"x' = x - \eta g", r"f = \frac{1}{2} (x')^\top A x' - b^\top x'"],
        lambda A, x, b, eta: (lambda y: y @ A @ y / 2 - b @ y)(x - eta * (A @ x - b)), r"A 5 5; x 5; b 5; \eta")
problem("associative memory", r"\boldsymbol{\xi}' = \mathbf{X} \operatorname{softmax}(\beta \mathbf{X}^\top \boldsymbol{\xi})",
        lambda X, beta, xi: X @ torch.softmax(beta * X.T @ xi, 0), r"\mathbf{X} 3 7; \beta positive; \boldsymbol{\xi} 3")

# ---------------------------------------------------------------- steps in time, names of two letters, sizes such as d_k

def lstm(W_f, x_t, U_f, h_t_minus_1, b_f, W_i, U_i, b_i, W_o, U_o, b_o, W_c, U_c, b_c, c_t_minus_1):
    f, i, o, g = (W @ x_t + U @ h_t_minus_1 + b for W, U, b in ((W_f, U_f, b_f), (W_i, U_i, b_i), (W_o, U_o, b_o), (W_c, U_c, b_c)))
    return torch.sigmoid(o) * torch.tanh(torch.sigmoid(f) * c_t_minus_1 + torch.sigmoid(i) * torch.tanh(g))


def gru(W_z, x_t, U_z, h_t_minus_1, b_z, W_r, U_r, b_r, W_h, U_h, b_h):
    z, r = (torch.sigmoid(W @ x_t + U @ h_t_minus_1 + b) for W, U, b in ((W_z, U_z, b_z), (W_r, U_r, b_r)))
    return torch.lerp(h_t_minus_1, torch.tanh(W_h @ x_t + U_h @ (r * h_t_minus_1) + b_h), z)


X_T, H_T, C_T = r"x_{\text{t}}", r"h_{\text{t-1}}", r"c_{\text{t-1}}"


problem("RNN, one step in time", r"h_t = \tanh(W x_t + U h_{t-1} + b)", lambda W, x_t, U, h_t_minus_1, b: torch.tanh(W @ x_t + U @ h_t_minus_1 + b),
        f"W 5 3; {X_T} 3; U 5 5; {H_T} 5; b 5")
problem("RNN, one step in time, by components", r"h_{t,i} = \tanh(W_{ij} x_{t,j} + U_{ij} h_{t-1,j} + b_i)",
        lambda W, x_t, U, h_t_minus_1, b: torch.tanh(W @ x_t + U @ h_t_minus_1 + b), f"W 5 3; {X_T} 3; U 5 5; {H_T} 5; b 5")
problem("RNN, weights named from where to where",
        [r"\mathbf{h}' = \tanh(\mathbf{W}_{hh} \mathbf{h} + \mathbf{W}_{xh} \mathbf{x} + \mathbf{b}_h)", r"\mathbf{y} = \mathbf{W}_{hy} \mathbf{h}' + \mathbf{b}_y"],
        lambda W_hh, h, W_xh, x, b_h, W_hy, b_y: W_hy @ torch.tanh(W_hh @ h + W_xh @ x + b_h) + b_y,
        r"\mathbf{W}_{\text{hh}} 5 5; \mathbf{h} 5; \mathbf{W}_{\text{xh}} 5 3; \mathbf{x} 3; \mathbf{b}_{\text{h}} 5; \mathbf{W}_{\text{hy}} 7 5; \mathbf{b}_{\text{y}} 7")
problem("LSTM, one step in time",
        [r"f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f)", r"i_t = \sigma(W_i x_t + U_i h_{t-1} + b_i)", r"o_t = \sigma(W_o x_t + U_o h_{t-1} + b_o)",
         r"\tilde{c}_t = \tanh(W_c x_t + U_c h_{t-1} + b_c)", r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde{c}_t", r"h_t = o_t \odot \tanh(c_t)"],
        lstm, rf"W_{{\text{{f}}}} 5 3; {X_T} 3; U_{{\text{{f}}}} 5 5; {H_T} 5; b_{{\text{{f}}}} 5; "
        + "; ".join(rf"W_{{\text{{{g}}}}} 5 3; U_{{\text{{{g}}}}} 5 5; b_{{\text{{{g}}}}} 5" for g in "ioc") + f"; {C_T} 5")  # fmt: skip
problem("GRU, one step in time",
        [r"z_t = \sigma(W_z x_t + U_z h_{t-1} + b_z)", r"r_t = \sigma(W_r x_t + U_r h_{t-1} + b_r)",
         r"\hat{h}_t = \tanh(W_h x_t + U_h (r_t \odot h_{t-1}) + b_h)", r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \hat{h}_t"],
        gru, rf"W_{{\text{{z}}}} 5 3; {X_T} 3; U_{{\text{{z}}}} 5 5; {H_T} 5; b_{{\text{{z}}}} 5; "
        + "; ".join(rf"W_{{\text{{{g}}}}} 5 3; U_{{\text{{{g}}}}} 5 5; b_{{\text{{{g}}}}} 5" for g in "rh"))  # fmt: skip
problem("linear state space", [r"h_t = A h_{t-1} + B x_t", r"y_t = C h_t + D x_t"], lambda A, h_t_minus_1, B, x_t, C, D: C @ (A @ h_t_minus_1 + B @ x_t) + D @ x_t,
        f"A 5 5; {H_T} 5; B 5 3; {X_T} 3; C 7 5; D 7 3")
problem("attention scores by components, d_k under the root", r"s_{ij} = \frac{1}{\sqrt{d_k}} q_{ia} k_{ja}", lambda d_k, q, k: q @ k.T / d_k.sqrt(),
        r"d_{\text{k}} positive; q 7 3; k 5 3")
problem("mean of a Gaussian process", r"m = \mathbf{k}^\top (\mathbf{K} + \sigma_n^2 \mathbf{I})^{-1} \mathbf{y}",
        lambda k, K, sigma_n, y: k @ torch.linalg.solve(K + sigma_n**2 * torch.eye(len(K)), y), r"\mathbf{k} 5; \mathbf{K} 5 5 spd; \sigma_{\text{n}} positive; \mathbf{y} 5")
problem("posterior mean of a linear model", r"\mathbf{m}_N = \beta \mathbf{S}_N \boldsymbol{\Phi}^{\mathrm{T}} \mathbf{t}", lambda beta, S_N, Phi, t: beta * S_N @ Phi.T @ t,
        r"\beta; \mathbf{S}_{\text{N}} 3 3; \boldsymbol{\Phi} 7 3; \mathbf{t} 7")

# ---------------------------------------------------------------- conditions, positive parts, inner products, activations by name

problem("ReLU by an indicator", r"y_i = \mathbb{1}(x_i > 0) w_i x_i", lambda x, w: w * torch.relu(x), "x 5; w 5")
problem("ReLU by an indicator's subscript", r"y_i = \mathbf{1}_{x_i > 0} x_i + \mathbb{1}_{\{x_i \le 0\}} \alpha x_i", lambda x, alpha: torch.where(x > 0, x, alpha * x), r"x 5; \alpha")
problem("contrastive loss of all others", r"l_i = -\log \frac{\exp(s_{ii})}{\sum_{k=1}^{K} \mathbb{1}_{[k \neq i]} \exp(s_{ik})}",
        lambda s: torch.logsumexp(s.masked_fill(torch.eye(len(s), dtype=bool), -torch.inf), 1) - s.diagonal(), "s 7 7")
problem("hard tanh", r"y_i = \max(-1, \min(1, x_i))", lambda x: F.hardtanh(x), "x 5")
problem("hard swish", r"y_i = x_i \frac{\operatorname{ReLU6}(x_i + 3)}{6}", lambda x: x * torch.clamp(x + 3, 0, 6) / 6, "x 5")
problem("hinge of distances", r"L = \left[ \|\mathbf{a} - \mathbf{p}\|_2^2 - \|\mathbf{a} - \mathbf{n}\|_2^2 + \alpha \right]_+",
        lambda a, p, n, alpha: torch.relu(((a - p) ** 2).sum() - ((a - n) ** 2).sum() + alpha), r"\mathbf{a} 5; \mathbf{p} 5; \mathbf{n} 5; \alpha positive")
problem("inner product in angles", r"l = \langle \mathbf{a}, \mathbf{x} \rangle", lambda a, x: a @ x, r"\mathbf{a} 5; \mathbf{x} 5", **{r"\mathbf{a}": r"\mathbf{x}"})
problem("inner product of matrices in angles", r"l = \langle A, X B \rangle_F", lambda A, X, B: (A * (X @ B)).sum(), "A 7 5; X 7 3; B 3 5", X=r"A B^\top")
problem("SwiGLU by name", r"Y = (\operatorname{SiLU}(X W_1) \odot (X W_3)) W_2", lambda X, W_1, W_3, W_2: (F.silu(X @ W_1) * (X @ W_3)) @ W_2,
        "X 7 3; W_{1} 3 5; W_{3} 3 5; W_{2} 5 2")
problem("two layers with GELU by name", r"Y = \operatorname{GELU}(X W_1) W_2", lambda X, W_1, W_2: F.gelu(X @ W_1) @ W_2, "X 7 3; W_{1} 3 5; W_{2} 5 2")
problem("Mish by name", r"y_{ij} = \operatorname{Mish}(x_{ij})", lambda x: F.mish(x), "x 7 5")
problem("Swish by name", r"y_i = \operatorname{Swish}(w_{ij} x_j + b_i)", lambda w, x, b: F.silu(w @ x + b), "w 5 3; x 3; b 5")
problem("GELU, defined as its authors do", r"\operatorname{GELU}(x) = 0.5 x \left(1 + \tanh\left[\sqrt{2 / \pi} \left(x + 0.044715 x^3\right)\right]\right)",
        lambda x: F.gelu(x, approximate="tanh"), "x")
problem("a difference that is known, times a column", [r"\Delta = s - t", r"y_i = \Delta x_i"], lambda s, t, x: (s - t) * x, "s; t; x 5")
problem("mean under a softmax with temperature, one equation", r"l = \frac{v_i e^{z_i / T}}{\sum_k e^{z_k / T}}",
        lambda v, z, T: v @ torch.softmax(z / T, 0), "v 5; z 5; T positive")
problem("associative memory by components, one equation", r"y_i = x_{ij} \frac{\exp(\beta x_{kj} z_k)}{\sum_m \exp(\beta x_{km} z_k)}",
        lambda x, beta, z: x @ torch.softmax(beta * z @ x, 0), r"x 3 7; \beta positive; z 3")

# ---------------------------------------------------------------- losses that take logarithms of probabilities

SOFTMAX = r"p_{ij} = \frac{\exp(x_{ij})}{\sum_k \exp(x_{ik})}"
problem("label smoothing by its two weights", [SOFTMAX, r"l = -\frac{1}{N} \sum_{ij} ((1 - \epsilon) t_{ij} + \frac{\epsilon}{K}) \log p_{ij}"],
        lambda x, N, epsilon, t, K: -(((1 - epsilon) * t + epsilon / K) * torch.log_softmax(x, 1)).sum() / N, r"x 7 5; N positive; \epsilon part; t 7 5 hot; K positive")
problem("focal loss of a softmax", [SOFTMAX, r"l = -t_{ij} (1 - p_{ij})^2 \log p_{ij}"],
        lambda x, t: -(t * (1 - torch.softmax(x, 1)) ** 2 * torch.log_softmax(x, 1)).sum(), "x 7 5; t 7 5 hot")
problem("cross-entropy of one sample, softmax of a column", [r"p = \operatorname{softmax}(W x + b)", r"l = -t^\top \log p"],
        lambda W, x, b, t: -t @ torch.log_softmax(W @ x + b, 0), "W 7 5; x 5; b 7; t 7", b=r"\left(\mathbf{1}^\top t\right) p - t")

# ---------------------------------------------------------------- softmax over an index, sums over all others, elementwise products of components

problem("attention over the neighbours j", [r"\alpha_{ij} = \operatorname{softmax}_j(e_{ij})", r"y_{ik} = \alpha_{ij} h_{jk}"],
        lambda e, h: torch.softmax(e, 1) @ h, "e 7 5; h 5 3")
problem("attention by components, softmax over j", r"y_{ik} = \mathrm{softmax}_{j}\left(\frac{q_{ia} k_{ja}}{\sqrt{d}}\right) v_{jk}",
        lambda q, k, d, v: torch.softmax(q @ k.T / d.sqrt(), 1) @ v, "q 7 3; k 5 3; d positive; v 5 2")
problem("one class of a softmax", [r"p_i = \operatorname{softmax}(W x + b)_i", r"l = -\sum_i t_i \log p_i"],
        lambda W, x, b, t: -t @ torch.log_softmax(W @ x + b, 0), "W 7 5; x 5; b 7; t 7")
problem("loss of n pairs", r"l = \sum_i \log\left(1 + \sum_{j \neq i} \exp(s_{ij} - s_{ii})\right)",
        lambda s: torch.log(1 + ((s - s.diagonal()[:, None]).exp() * (1 - torch.eye(len(s)))).sum(1)).sum(), "s 7 7")
problem("redundancy of features", [r"c_{ij} = \frac{1}{n} z_{ki} z_{kj}", r"l = \sum_i (1 - c_{ii})^2 + \lambda \sum_{i \neq j} c_{ij}^2"],
        lambda n, z, lambda_: ((1 - (c := z.T @ z / n).diagonal()) ** 2).sum() + lambda_ * ((c**2).sum() - (c.diagonal() ** 2).sum()), r"n positive; z 7 3; \lambda")
problem("LSTM's cell by components", [r"f_{nj} = \sigma(x_{ni} a_{ij})", r"c_{nj} = f_{nj} \odot s_{nj} + (1 - f_{nj}) \odot u_{nj}"],
        lambda x, a, s, u: torch.lerp(u, s, torch.sigmoid(x @ a)), "x 7 5; a 5 3; s 7 3; u 7 3")
problem("tanh in exponentials", r"y_i = \frac{e^{w_{ij} x_j} - e^{-w_{ij} x_j}}{e^{w_{ij} x_j} + e^{-w_{ij} x_j}}", lambda w, x: torch.tanh(w @ x), "w 7 5; x 5")
problem("logistic regression with e above and below", [r"p_n = \frac{e^{w_d x_{nd}}}{1 + e^{w_d x_{nd}}}", r"l = -\sum_n (t_n \log p_n + (1 - t_n) \log(1 - p_n))"],
        lambda w, x, t: F.binary_cross_entropy_with_logits(x @ w, t, reduction="sum"), "w 5; x 7 5; t 7 part")
problem("distillation", [r"p_i = \frac{e^{t_i / \tau}}{\sum_j e^{t_j / \tau}}", r"q_i = \frac{e^{s_i / \tau}}{\sum_j e^{s_j / \tau}}", r"D_{KL}(p \,\|\, q) = \sum_i p_i \log \frac{p_i}{q_i}"],
        lambda t, tau, s: (torch.softmax(t / tau, 0) * (torch.log_softmax(t / tau, 0) - torch.log_softmax(s / tau, 0))).sum(), r"t 5; \tau positive; s 5")
problem("a loss named by capitals in a sum", [SOFTMAX, r"L_{CE} = -\sum_{ij} t_{ij} \log p_{ij}", r"L = L_{CE} + \lambda x_{ij} x_{ij}"],
        lambda x, t, lambda_: -(t * torch.log_softmax(x, 1)).sum() + lambda_ * (x**2).sum(), r"x 7 5; t 7 5 hot; \lambda")

# ---------------------------------------------------------------- numbered columns: \mathbf{x}_n is the n-th row of x

problem("squared error of numbered samples", r"l = \frac{1}{2} \sum_n (t_n - \mathbf{w}^\top \mathbf{x}_n)^2",
        lambda t, w, x: ((t - x @ w) ** 2).sum() / 2, r"t 7; \mathbf{w} 5; \mathbf{x} 7 5", **{r"\mathbf{w}": r"-\mathbf{X}^\top \left(t - \mathbf{X} \mathbf{w}\right)"})
problem("logistic regression of numbered samples", [r"y_n = \sigma(\mathbf{w}^\top \mathbf{x}_n + b)", r"E = -\sum_{n=1}^N \{ t_n \ln y_n + (1 - t_n) \ln(1 - y_n) \}"],
        lambda w, x, b, t: F.binary_cross_entropy_with_logits(x @ w + b, t, reduction="sum"), r"\mathbf{w} 5; \mathbf{x} 7 5; b; t 7 part")
problem("classes by numbered weights", r"z_{nk} = \mathbf{w}_k^\top \mathbf{x}_n + \mathbf{1}_n b_k", lambda w, x, b: x @ w.T + b, r"\mathbf{w} 3 5; \mathbf{x} 7 5; b 3",
        **{r"\mathbf{w}": r"\left(\frac{\partial l}{\partial Z}\right)^\top \mathbf{X}"})
problem("scaled scores of queries and keys", r"s_{ij} = \frac{\mathbf{q}_i \cdot \mathbf{k}_j}{\sqrt{d}}", lambda q, k, d: q @ k.T / d.sqrt(), r"\mathbf{q} 7 3; \mathbf{k} 5 3; d positive")
problem("attention of numbered queries", [r"\alpha_{ij} = \frac{\exp(\mathbf{q}_i^\top \mathbf{k}_j)}{\sum_m \exp(\mathbf{q}_i^\top \mathbf{k}_m)}", r"\mathbf{o}_i = \sum_j \alpha_{ij} \mathbf{v}_j"],
        lambda q, k, v: torch.softmax(q @ k.T, 1) @ v, r"\mathbf{q} 7 3; \mathbf{k} 5 3; \mathbf{v} 5 2")
problem("Gaussian kernel of numbered points", r"k_{ij} = \exp\left(-\frac{\|\mathbf{x}_i - \mathbf{z}_j\|^2}{2 \sigma^2}\right)",
        lambda x, z, sigma: torch.exp(-((x[:, None] - z) ** 2).sum(2) / (2 * sigma**2)), r"\mathbf{x} 7 3; \mathbf{z} 5 3; \sigma positive")
problem("k-means with given assignments", r"J = \sum_n \sum_k r_{nk} \|\mathbf{x}_n - \boldsymbol{\mu}_k\|^2",
        lambda r, x, mu: (r * ((x[:, None] - mu) ** 2).sum(2)).sum(), r"r 7 3; \mathbf{x} 7 5; \boldsymbol{\mu} 3 5")
problem("matrix factorisation by users and items", r"L = \sum_{u,i} (r_{ui} - \mathbf{p}_u^\top \mathbf{q}_i)^2 + \lambda \left(\sum_u \|\mathbf{p}_u\|^2 + \sum_i \|\mathbf{q}_i\|^2\right)",
        lambda r, p, q, lambda_: ((r - p @ q.T) ** 2).sum() + lambda_ * ((p**2).sum() + (q**2).sum()), r"r 7 5; \mathbf{p} 7 3; \mathbf{q} 5 3; \lambda")
problem("covariance of numbered samples", [r"\boldsymbol{\mu} = \frac{1}{N} \sum_n \mathbf{x}_n", r"S = \frac{1}{N} \sum_n (\mathbf{x}_n - \boldsymbol{\mu}) (\mathbf{x}_n - \boldsymbol{\mu})^\top"],
        lambda N, x: (x - x.sum(0) / N).T @ (x - x.sum(0) / N) / N, r"N positive; \mathbf{x} 7 3")
problem("reconstruction of numbered samples", [r"\mathbf{z}_n = W^\top \mathbf{x}_n", r"l = \sum_n \|\mathbf{x}_n - W \mathbf{z}_n\|^2"],
        lambda W, x: ((x - x @ W @ W.T) ** 2).sum(), r"W 5 3; \mathbf{x} 7 5")
problem("two layers, sample by sample", [r"\mathbf{h}_n = \tanh(W \mathbf{x}_n + \mathbf{b})", r"y_n = \mathbf{v}^\top \mathbf{h}_n + c"],
        lambda W, x, b, v, c: torch.tanh(x @ W.T + b) @ v + c, r"W 3 5; \mathbf{x} 7 5; \mathbf{b} 3; \mathbf{v} 3; c")
problem("hinge loss of numbered samples", r"l = \frac{\lambda}{2} \|\mathbf{w}\|^2 + \sum_n \max(0, 1 - t_n (\mathbf{w}^\top \mathbf{x}_n + b))",
        lambda lambda_, w, t, x, b: lambda_ / 2 * (w**2).sum() + torch.relu(1 - t * (x @ w + b)).sum(), r"\lambda; \mathbf{w} 5; t 7; \mathbf{x} 7 5; b")
problem("Mahalanobis distances of numbered samples", r"l = \sum_n (\mathbf{x}_n - \mathbf{m})^\top A^{-1} (\mathbf{x}_n - \mathbf{m})",
        lambda x, m, A: ((x - m) @ torch.linalg.inv(A) * (x - m)).sum(), r"\mathbf{x} 7 3; \mathbf{m} 3; A 3 3 far")
problem("InfoNCE of numbered pairs", r"L = -\frac{1}{N} \sum_i \log \frac{\exp(\mathbf{a}_i^\top \mathbf{b}_i / \tau)}{\sum_j \exp(\mathbf{a}_i^\top \mathbf{b}_j / \tau)}",
        lambda N, a, b, tau: -torch.log_softmax(a @ b.T / tau, 1).diagonal().sum() / N, r"N positive; \mathbf{a} 5 3; \mathbf{b} 5 3; \tau positive")
problem("GloVe", r"J = \sum_{i,j} f_{ij} (\mathbf{w}_i^\top \tilde{\mathbf{w}}_j + b_i \mathbf{1}_j + \mathbf{1}_i \tilde{b}_j - \log X_{ij})^2",
        lambda f, w, w_tilde, b, b_tilde, X: (f * (w @ w_tilde.T + b[:, None] + b_tilde - X.log()) ** 2).sum(),
        r"f 7 5; \mathbf{w} 7 3; \tilde{\mathbf{w}} 5 3; b 7; \tilde{b} 5; X 7 5 positive")
problem("weighted scores of numbered samples, the sum not written", r"l = t_n \mathbf{w}^\top \mathbf{x}_n", lambda t, w, x: t @ (x @ w), r"t 7; \mathbf{w} 5; \mathbf{x} 7 5")
problem("softmax regression, sample by sample", [r"\mathbf{p}_n = \operatorname{softmax}(W \mathbf{x}_n + \mathbf{b})", r"l = -\sum_n \mathbf{t}_n^\top \log \mathbf{p}_n"],
        lambda W, x, b, t: -(t * torch.log_softmax(x @ W.T + b, 1)).sum(), r"W 3 5; \mathbf{x} 7 5; \mathbf{b} 3; \mathbf{t} 7 3 hot")
problem("factorisation machine of numbered factors", r"\hat{y} = c + \sum_i w_i x_i + \sum_i \sum_j \mathbf{v}_i^\top \mathbf{v}_j x_i x_j",
        lambda c, w, x, v: c + w @ x + (x @ v) @ (x @ v), r"c; w 7; x 7; \mathbf{v} 7 3")
problem("graph attention's sum", r"\mathbf{h}'_i = \sigma\left(\sum_j \alpha_{ij} W \mathbf{h}_j\right)",
        lambda alpha, W, h: torch.sigmoid(alpha @ h @ W.T), r"\alpha 7 7; W 3 5; \mathbf{h} 7 5")
problem("mixture of numbered means", r"E = -\sum_n \ln \left(\sum_k \pi_k \exp(-\frac{1}{2} \|\mathbf{x}_n - \boldsymbol{\mu}_k\|^2)\right)",
        lambda pi, x, mu: -torch.logsumexp(pi.log() - ((x[:, None] - mu) ** 2).sum(2) / 2, 1).sum(), r"\pi 3 positive; \mathbf{x} 7 5; \boldsymbol{\mu} 3 5")
problem("RNN with a softmax, one step", [r"\mathbf{h}_t = \tanh(W \mathbf{h}_{t-1} + U \mathbf{x}_t)", r"\mathbf{y}_t = \operatorname{softmax}(V \mathbf{h}_t)"],
        lambda W, h_t_minus_1, U, x_t, V: torch.softmax(V @ torch.tanh(W @ h_t_minus_1 + U @ x_t), 0), r"W 5 5; \mathbf{h}_{\text{t-1}} 5; U 5 3; \mathbf{x}_{\text{t}} 3; V 7 5")
problem("softmax of each row beside ones of a size", r"Y = \operatorname{softmax}(X + \mathbf{1}_N b^\top) V", lambda X, b, V: torch.softmax(X + b, 1) @ V, "X 7 5; b 5; V 5 3")
problem("softmax by a variance", [r"\sigma^2 = \frac{1}{n} \mathbf{x}^\top \mathbf{x}", r"\mathbf{y} = \operatorname{softmax}(\mathbf{x} / \sigma^2)"],
        lambda n, x: torch.softmax(x / ((x @ x) / n), 0), r"n positive; \mathbf{x} 5")
