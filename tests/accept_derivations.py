r"""What the engine makes of every published problem and of broken input, as it was last accepted: `make accept`.

    python -m tests.accept_derivations        writes derivations.txt, messages.txt and readings.txt in tests/accepted

Values alone don't notice an answer that is right and ugly, nor a caret under the wrong letter. So the tests compare what the
engine says now with these files, and a change of them is something to review. Each entry has a heading, and no empty line:

    # linear layer, matrices, by A
    matrix form, einsum, the lines of the NumPy function, those of the PyTorch function that are others
    (of some inputs, by chance: every step, and the second derivative)
    the number of steps, and a checksum of all that is left out: steps, Jacobian, docstrings

    # 'y_i = x_ik'
    the whole message, or what is derived from it by x

    # x / y z
    how what was read is written
"""

from difflib import unified_diff
from functools import partial
from pathlib import Path
from zlib import crc32

from linalg_grads import LinalgGradsError, backward
from linalg_grads.parse_latex import parse_expression
from linalg_grads.to_latex import to_latex
from tests.published_problems import PROBLEMS
from tests.test_broken_input import broken, made, soup
from tests.test_index_rules import REFUSED as AGAINST_THE_RULES
from tests.test_index_rules import REFUSED_LISTS
from tests.test_parse_latex import READINGS
from tests.test_parse_latex import REFUSED as AGAINST_THE_GRAMMAR
from tests.test_two_readings import REFUSED as OF_TWO_READINGS

FOLDER = Path(__file__).parent / "accepted"

# What no published problem asks for: an input's name, and the equations
ALSO_DERIVED = [
    ("c", r"l = \log(c)"),
    (r"\mathbf{x}", r"\mathbf{y} = \exp(\mathbf{x}) (\mathbf{v}^\top \mathbf{z})"),  # no softmax
    ("w", [r"h_{jab} = x_{abk} w_{jk}", "l = h_{jab} h_{jab} h_{jab}"]),  # a product that is transposed
    ("n", ["s_i := x_i / n", "y_i = s_i + x_i / n^2"]),  # -2 s_i / n^2
    ("c", r"l = \sum_i (x_i + c \mathbf{1}_i)"),  # a length
    ("x", [r"s_i := \mathbf{1}_i \sum_k \exp(x_k)", r"y_i = x_i - \log(s_i)"]),  # without overflow
    ("u", r"y_i = \frac{\exp(u_i)}{\sum_j \exp(v_j)}"),  # no softmax either
    ("x", "y_i = x_i^{6/5}"),
]
ALSO_REFUSED = [
    r"y_i = \operatorname{diag}(x_i)",
    r"y_i = \operatorname{softmax}(x_i)",
    r"y_i = b_j^\top x_i",
    r"Y = (A X)_M^\top",
    r"y_i = \frac{x_i}{0}",
    "y_i = x_i + 1",
    "y_{ij} = x_{ij} + 0 v_i",
    r"Y = X \operatorname{diag}(\mathbf{1}_M)",
    r"y_i = \frac{\partial c}{\partial x_i} x_i",
    ["z_i = x_i^2", r"y_i = \frac{\partial z_i}{\partial x_i} x_i"],
]


# ---------------------------------------------------------------- what is accepted


def derived(heading, equations, name):
    """The entry of one input of a layer."""
    derivation = backward(equations, wrt=name)
    matrix, numpy, torch = derivation.to_matrix(), derivation.to_numpy(), derivation.to_torch()
    lines = [_right(matrix) if matrix else "no matrix form", derivation.to_einsum(), *_body(numpy)]
    translated = [line.replace("np.", "torch.").replace("keepdims", "keepdim") for line in _body(numpy)]
    lines += [f"torch: {line}" for line in _body(torch) if line not in translated]
    if not crc32(heading.encode()) % 24:
        for chain in derivation.chains:
            lines += [to_latex(chain.left), *[f"  {step.latex}    ({step.rule})" for step in chain.steps]]
        if not any(index.is_ellipsis for index in derivation.output.indices):
            lines.append(to_latex(derivation.second(name)))
    rest = "\n".join([derivation.to_latex(), repr(derivation), repr(derivation.jacobian), numpy, torch])
    return "\n".join([*lines, f"{len(derivation.steps)} steps {crc32(rest.encode()):08x}"])


def _right(equation):
    return equation.split(" = ", 1)[1]


def _body(source):
    """The lines of a function below its docstring."""
    return [line[4:] for line in source.split('"""')[-1].splitlines() if line]


def answer(text, wrt="x"):
    """The entry of a text that may be refused."""
    try:
        return repr(backward(text, wrt=wrt))
    except LinalgGradsError as error:
        return str(error)


def derivations():
    """Heading -> a function that makes its entry."""
    asked = [(problem.title, problem.equations, name) for problem in PROBLEMS for name in problem.inputs]
    asked += [(_as_typed(equations), equations, name) for name, equations in ALSO_DERIVED]
    headed = [(f"{title}, by {name}", equations, name) for title, equations, name in asked]
    return {heading: partial(derived, heading, equations, name) for heading, equations, name in headed}


def messages():
    """The same for texts of which most are refused."""
    texts = [marked.replace("‸", "") for marked, *_ in [*AGAINST_THE_GRAMMAR, *AGAINST_THE_RULES, *OF_TWO_READINGS]]
    texts = [text if "=" in text else f"y = {text}" for text in texts] + made(9, 300, broken) + made(10, 50, soup)
    lists = [[text.replace("‸", "") for text in marked] for marked, *_ in REFUSED_LISTS]
    return {_as_typed(text): partial(answer, text) for text in texts + lists + ALSO_REFUSED}


def readings():
    """The same for expressions."""
    return {text: partial(written, text) for text, _ in READINGS}


def written(text):
    return to_latex(parse_expression(text)) or "not to be written"


def _as_typed(text):
    return repr(text).replace(r"\\", "\\")


KINDS = {"derivations": derivations, "messages": messages, "readings": readings}

# ---------------------------------------------------------------- writing and comparing


def path(kind):
    return FOLDER / f"{kind}.txt"


def text_of(kind):
    return "\n".join(f"# {heading}\n{entry()}\n" for heading, entry in KINDS[kind]().items())


def accepted(kind):
    """Heading -> its entry as it was accepted."""
    entries = path(kind).read_text(encoding="utf-8").removeprefix("# ").removesuffix("\n").split("\n\n# ")
    return dict(entry.split("\n", 1) for entry in entries)


def difference(kind):
    """What differs from what was accepted, as a diff; empty if nothing does."""
    before, now = path(kind).read_text(encoding="utf-8"), text_of(kind)
    return "\n".join(unified_diff(before.splitlines(), now.splitlines(), "accepted", "now", n=2, lineterm=""))


def main():
    FOLDER.mkdir(exist_ok=True)
    for kind in KINDS:
        path(kind).write_text(text_of(kind), encoding="utf-8")
        print(f"{len(KINDS[kind]())} {kind} accepted in tests/accepted/{kind}.txt. Review its diff.")


if __name__ == "__main__":
    main()
