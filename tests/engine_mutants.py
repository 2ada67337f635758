"""How many small faults in the engine's code do its tests notice?

    python -m tests.engine_mutants [COUNT] [SEED] [PROCESSES]

Of all single changes of an operator, a number, a condition or a returned value in the engine's modules, COUNT are drawn
(the same for the same SEED) and planted one at a time, in memory, in a process forked from one that has PyTorch and pytest
loaded; the files stay as they are. There the engine is imported, and each of CHECKS is made until one notices the change.
(Left out are the tests of the published problems, which compute the values of what was accepted, and the slowest of the book.)
Some survivors are no faults: the change makes no difference to any input.
"""

import ast
import gc
import importlib.abc
import importlib.util
import os
import random
import resource
import sys
import time
from collections import Counter
from copy import deepcopy
from pathlib import Path

ENGINE = Path(__file__).parents[1] / "linalg_grads"
MODULES = """expressions functions tokens parse_latex numbered_columns matrices indices differentiate contract recognise identities canonical compare steps derivation
two_readings arrays layout to_code source to_latex to_matrix to_einsum""".split()


def accepted():
    """Does the engine say what was accepted? The short entries come first."""
    from tests.accept_derivations import KINDS, accepted

    entries = [pair for kind, make in KINDS.items() for pair in zip(accepted(kind).values(), make().values(), strict=True)]
    return all(entry() == before for before, entry in sorted(entries, key=lambda pair: len(pair[0])))


def tests(names, *options):
    """Do all these tests pass?"""
    import pytest

    return pytest.main(["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", *[f"tests/test_{name}.py" for name in names.split()], *options]) == 0


CHECKS = {  # what notices a change -> (seconds of CPU time in which it does, the check); the fast ones come first
    "what was accepted": (20, accepted),
    "quick tests": (120, lambda: tests(
        "compare parse_latex two_readings to_latex to_code index_rules recognise engine_cost own_layers broken_input",
        "--doctest-modules", *[f"linalg_grads/{name}.py" for name in MODULES], "-k", "not finite and not jacobians")),
    "thorough tests": (180, lambda: tests("checker checker_confirms_the_engine derive_yourself wrong_equations exercises properties")),
}  # fmt: skip

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
    return "errors", tree.body[0], "nothing", (tree, tree, "body", 0, tree.body[0])


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


def check(module, change):
    """In a process of its own, whose exit status is the number of the check that notices the change; 0 if none does."""
    sys.meta_path.insert(0, Planter(module, planted(*change)))
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1), os.dup2(quiet, 2)
    for number, (seconds, passes) in enumerate(CHECKS.values(), 1):
        used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds), resource.RLIM_INFINITY))
        try:
            if not passes():
                return number
        except BaseException:
            return number
    return 0


def fates(mutants, processes):
    """(mutant, the check that noticed it, or None), as they end; what is killed took too much time or memory."""
    running, waiting = {}, list(reversed(mutants))
    while running or waiting:
        if waiting and len(running) < processes:
            mutant = waiting.pop()
            if child := os.fork():
                running[child] = mutant
            else:
                os._exit(check(mutant[0], mutant[-1]))
        else:
            child, status = os.wait()
            code = os.waitstatus_to_exitcode(status)
            yield running.pop(child), "time" if code < 0 else [None, *CHECKS][code]


def described(module, node, what, change):
    where = next((n for n in ast.walk(node) if hasattr(n, "lineno")), None)
    return f"{module}.py:{where.lineno if where else '?'} {what}: {ast.unparse(node)[:90]!r} -> {ast.unparse(change[-1])[:90]!r}"


def main(count=300, seed=1, processes=2):
    import hypothesis, numpy, pytest, torch  # noqa: E401, F401 - once, for all processes
    import tests.published_problems  # noqa: F401 - it doesn't import the engine

    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_AS, (2**34, resource.RLIM_INFINITY))
    every = list(all_mutants())
    chosen = [unchanged(), *random.Random(seed).sample(every, count)]
    start, noticed = time.time(), Counter()
    gc.freeze()  # or collecting in a forked process would copy all of this one
    for mutant, by in fates(chosen, processes):
        if mutant is chosen[0]:
            if by:
                sys.exit(f"the engine as it is fails: {by}")
            continue
        noticed[by] += 1
        if by != "what was accepted":
            print(f"{f'noticed by {by}' if by else 'survived'}: {described(*mutant)}", flush=True)
        print(f"{noticed.total() - noticed[None]} of {noticed.total()} noticed", end="\r", file=sys.stderr, flush=True)
    survived = noticed.pop(None, 0)
    print(f"{count - survived} of {count} mutants noticed, drawn from {len(every)} by seed {seed}: {(count - survived) / count:.1%}, in {time.time() - start:.0f} s")
    print(", ".join(f"{many} by {by}" for by, many in noticed.most_common()))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
