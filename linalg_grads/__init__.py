r"""Derive, check and run the backward pass of a layer, from its forward equation in LaTeX.

    from linalg_grads import backward
    backward(r"y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j", wrt="a").to_matrix()

The letters, here and in the book: i runs over the batch rows, k over the inputs, j over the outputs; p, q, ... are the
fresh indices of a derivative; x_{ik}, a_{jk}, b_j, y_{ij} are components of X, A, b, Y; l is the scalar loss downstream.

Everything here is imported when it is first used: `import linalg_grads` loads neither NumPy nor PyTorch.
"""

from importlib import import_module

_HOMES = {
    "backward": "derivation",
    "inputs_of": "derivation",
    "Derivation": "derivation",
    "Step": "steps",
    "check_answer": "exercises",
    "check_equation": "check",
    "check_steps": "derive_yourself",
    "equal": "compare",
    "linear": "linear_layer",
    "linear_backward": "linear_layer",
    "Gradients": "linear_layer",
    "LinearFunction": "linear_function",
    "linear_function": "linear_function",
    "LinalgGradsError": "errors",
    "ParseError": "errors",
    "IndexRuleError": "errors",
    "ShapeError": "errors",
}
__all__ = list(_HOMES)


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module 'linalg_grads' has no attribute '{name}'")
    home = import_module(f"linalg_grads.{_HOMES[name]}")
    # Importing a module makes its name an attribute of the package. Where a function has the same name, the function wins.
    globals().update({each: getattr(home, each) for each in {name, _HOMES[name]} & _HOMES.keys()})
    return globals()[name]


def __dir__():
    return __all__
