"""How many small faults in the engine's code do its tests notice?

    python -m tests.engine_mutants [COUNT] [SEED]

Of all single changes of an operator, a number, a condition or a returned value in the engine's modules, COUNT are drawn
(the same for the same SEED) and planted one at a time, in a process of its own, in memory; the files stay as they are.
A mutant survives if all tests of QUICK pass, which notice most in seconds, and then those of THOROUGH, which take minutes.
Some survivors are no faults: the change makes no difference to any input.
"""

import ast
import importlib.abc
import importlib.util
import os
import random
import resource
import sys
from copy import deepcopy
from pathlib import Path

ENGINE = Path(__file__).parents[1] / "linalg_grads"
MODULES = """expressions functions tokens parse_latex matrices indices differentiate contract recognise identities canonical compare derivation
arrays layout to_code source to_latex to_matrix to_einsum""".split()


def tests(names):
    return [f"tests/test_{name}.py" for name in names.split()]


QUICK = [
    *tests("parse_latex to_latex to_code index_rules recognise published_problems"),
    "--doctest-modules", *[f"linalg_grads/{name}.py" for name in MODULES], "-k", "not finite and not jacobians",
]  # fmt: skip
THOROUGH = tests("""engine_cost own_layers book_equations checker checker_confirms_the_engine engine_pages derive_yourself broken_input wrong_equations
    planted_faults properties exercises exercises_of_the_book slips_in_exercises published_problems""")
SECONDS = 300  # of CPU time; a mutant that takes longer is noticed, too

OTHER = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}  # fmt: skip


def changes(node):
    """The mutants of one node: (what is changed, the node instead)."""
    match node:
        case ast.Compare(_, [op], _) if type(op) in OTHER:
            yield "comparison", _with(node, ops=[OTHER[type(op)]()])
        case ast.BoolOp(op, _) | ast.BinOp(_, op, _) if type(op) in OTHER and not _writes_text(node):
            yield "operator", _with(node, op=OTHER[type(op)]())
        case ast.UnaryOp(ast.Not(), operand):
            yield "not", operand
        case ast.UnaryOp(ast.USub(), operand):
            yield "minus", operand
        case ast.Constant(bool() as value):
            yield "truth value", ast.Constant(not value)
        case ast.Constant(int() as value):
            yield "number", ast.Constant(value + 1)
        case ast.Return(value) if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
            yield "returned value", ast.Return(ast.Constant(None))
        case ast.If(test) | ast.IfExp(test):
            yield "condition", _with(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.comprehension(ifs=[_, *rest]):
            yield "filter", _with(node, ifs=rest)


def _with(node, **fields):
    made = deepcopy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _writes_text(node):
    return isinstance(node, ast.BinOp) and any(isinstance(side, (ast.JoinedStr, ast.Constant)) and not isinstance(getattr(side, "value", ""), int) for side in (node.left, node.right))


def all_mutants():
    """(module, line, what is changed, tree) of every mutant."""
    for module in MODULES:
        tree = ast.parse((ENGINE / f"{module}.py").read_text(encoding="utf-8"))
        for parent in ast.walk(tree):
            for field, value in ast.iter_fields(parent):
                places = [(n, part) for n, part in enumerate(value)] if isinstance(value, list) else [(None, value)]
                for place, node in places:
                    if isinstance(node, ast.AST):
                        for what, other in changes(node):
                            yield module, node, what, (tree, parent, field, place, other)


def unchanged():
    tree = ast.parse((ENGINE / "errors.py").read_text(encoding="utf-8"))
    return "errors", (tree, tree, "body", 0, tree.body[0])


def planted(tree, parent, field, place, other):
    """The module's tree with the change in it. (The process ends before it could be undone.)"""
    if place is None:
        setattr(parent, field, other)
    else:
        getattr(parent, field)[place] = other
    return ast.fix_missing_locations(tree)


class Planter(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module of the engine from a tree."""

    def __init__(self, module, tree):
        self.name, self.tree = f"linalg_grads.{module}", tree

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_file_location(name, ENGINE / f"{name.rpartition('.')[2]}.py", loader=self) if name == self.name else None

    def create_module(self, spec):
        return None

    def get_filename(self, name):
        return str(ENGINE / f"{name.rpartition('.')[2]}.py")

    def exec_module(self, module):
        exec(compile(self.tree, self.get_filename(self.name), "exec"), module.__dict__)


def survives(module, change):
    return all(passes(arguments, module, change) for arguments in (QUICK, THOROUGH))


def passes(arguments, module, change):
    """Do these tests pass with the change in place?"""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        sys.meta_path.insert(0, Planter(module, planted(*change)))
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1), os.dup2(quiet, 2)
        import pytest

        os._exit(pytest.main(["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", *arguments]) != 0)
    return os.waitpid(child, 0)[1] == 0


def main(count=150, seed=1):
    import numpy, pytest, torch  # noqa: E401, F401 - once, for all processes

    torch.set_num_threads(1)
    if not survives(*unchanged()):
        sys.exit("the tests fail on the engine as it is")
    every = list(all_mutants())
    chosen = random.Random(seed).sample(every, count)
    survivors = 0
    for number, (module, node, what, change) in enumerate(chosen, 1):
        if survives(module, change):
            survivors += 1
            where = next((n for n in ast.walk(node) if hasattr(n, "lineno")), None)
            print(f"survived: {module}.py:{where.lineno if where else '?'} {what}: {ast.unparse(node)[:90]!r} -> {ast.unparse(change[-1])[:90]!r}", flush=True)
        print(f"{number - survivors} of {number} noticed", end="\r", file=sys.stderr, flush=True)
    print(f"{count - survivors} of {count} mutants noticed, drawn from {len(every)}: {(count - survivors) / count:.0%}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
