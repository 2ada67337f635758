"""The command line.

    python -m linalg_grads derive EQUATION... --wrt a --format text|latex|matrix|einsum|numpy|torch|json
    python -m linalg_grads check PATH... [--strict] [--marked] [--json]
"""

import argparse
import sys
from importlib import import_module

from linalg_grads.derivation import backward
from linalg_grads.errors import LinalgGradsError
from linalg_grads.to_latex import to_latex

FORMATS = ("text", "latex", "matrix", "einsum", "numpy", "torch", "json")


def main(arguments=None):
    """Exit status 0 when all went well, 1 when an equation of a book fails, 2 when the input can't be used."""
    options = parser().parse_args(arguments)
    try:
        if options.command == "check":
            return import_module("linalg_grads.check").main(options.path, options.strict, options.json, options.marked)  # it loads PyTorch
        print(derive(options))
    except LinalgGradsError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0
    return 0


class Help(argparse.HelpFormatter):
    def __init__(self, prog):
        super().__init__(prog, width=100)  # to ask for the terminal's width would load shutil, and with it all compressions


def parser():
    program = "python -m linalg_grads"
    made = argparse.ArgumentParser(prog=program, formatter_class=Help, description="Derive the backward pass of a layer; check the equations of a book.")
    commands = made.add_subparsers(required=True, metavar="COMMAND", dest="command", prog=program)
    command = commands.add_parser("derive", help="derive the gradient of one input, step by step", formatter_class=Help)
    command.add_argument("equation", nargs="+", help="the forward equation in LaTeX; definitions first, the output last")
    command.add_argument("--wrt", required=True, metavar="INPUT", help="the input to differentiate by, such as a")
    command.add_argument("--format", choices=FORMATS, default="text")
    command = commands.add_parser("check", help="check the equations of notebooks, Markdown pages and docstrings", formatter_class=Help)
    command.add_argument("path", nargs="*", help="files or folders; those of the book in pyproject.toml if none is named")
    command.add_argument("--strict", action="store_true", help="an equation that can't be read is a failure")
    command.add_argument("--marked", action="store_true", help="of the named pages, only those that ask to be checked")
    command.add_argument("--json", action="store_true", help="print what was found as JSON")
    return made


def derive(options):
    derivation = backward(options.equation, wrt=options.wrt)
    if options.format == "json":
        return import_module("json").dumps(as_json(derivation), indent=2)  # the other formats start without it
    if options.format == "text":
        return as_text(derivation)
    made = getattr(derivation, f"to_{options.format}")()
    if made is None:
        raise LinalgGradsError(f"{to_latex(derivation.gradient)}\nhas no matrix form that is known here\nask for --format einsum, or for text")
    return made


def as_text(derivation):
    """Each line of the derivation with its rule, then the matrix formula and the code."""
    lines = [to_latex(equation).replace(" = ", " := ", 1) for equation in derivation.introduced]
    for chain in derivation.chains:
        lines += [to_latex(chain.left), *[f"  {step.latex}    ({step.rule})" for step in chain.steps], ""]
    return "\n".join([*lines, derivation.to_matrix() or "no matrix form exists", "", derivation.to_numpy()]).rstrip()


def as_json(derivation):
    return {
        "jacobian": to_latex(derivation.jacobian),
        "gradient": to_latex(derivation.gradient),
        "matrix": derivation.to_matrix() or "",
        "numpy": derivation.to_numpy(),
        "torch": derivation.to_torch(),
        "steps": [{"rule": step.rule, "latex": step.latex} for step in derivation.steps],
    }


if __name__ == "__main__":
    sys.exit(main())
