"""How long the checks take: of the equations, and of the notebooks beside other runners of notebooks.

    python -m benchmarks.checks [--quick] [equations|notebooks]...

equations  every equation of the book, in a process of its own each time; the median of the runs, by page and by equation
notebooks  strict nbval with the guard, as `make test` runs them; nbmake, nbclient and jupyter-cache on the same notebooks, with
           as many at a time; and the floor, below which no runner can come: start a kernel for each, and import what it imports
"""

import ast
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from unittest import mock

from benchmarks.measure import machine, say, spread, store, versions

ROOT = Path(__file__).parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}
CORES = 2  # notebooks at a time, as in `make test`

# ---------------------------------------------------------------- equations


def equations(quick):
    """The whole book: seconds of the runs, equations, and how long one takes."""
    say("\nThe equations")
    runs = []
    for _ in range(1 if quick else 5):
        run = in_a_process("equations", *["start_here"] * quick)
        runs.append(run)
        say(f"  {run['equations']} equations in {run['seconds']:.2f} s, and {run['import_seconds']:.2f} s to import PyTorch and the checker")
    pages = {name: median(run["pages"][name]["seconds"] for run in runs) for name in runs[0]["pages"]}
    each = sorted(median(run["each"][number] for run in runs) for number in range(len(runs[0]["each"])))
    seconds = spread([run["seconds"] for run in runs])
    counts = {key: runs[0][key] for key in ("equations", "statements")}
    return counts | {
        "seconds": seconds, "import_seconds": spread([run["import_seconds"] for run in runs]),
        "a_second": runs[0]["equations"] / seconds["median"], "pages": pages,
        "each": {"median": median(each), "deciles": quantiles(each, n=10), "slowest": each[-1]},
    }  # fmt: skip


def in_a_process(kind, *arguments):
    command = [sys.executable, "-m", "benchmarks.checks", "--worker", kind, *map(str, arguments)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, env=ENVIRONMENT, cwd=ROOT).stdout)


def check_equations(*only):
    """Check the book, or the pages named, and time each equation."""
    start = perf_counter()
    from linalg_grads import check

    imported = perf_counter() - start
    plain, each, pages = check.check_block, [], {}

    def timed(block, scope):
        begin = perf_counter()
        result = plain(block, scope)
        each.append((perf_counter() - begin, result))
        return result

    with mock.patch.object(check, "check_block", timed):
        start = perf_counter()
        book, wanted, _ = check.open_book([ROOT / "chapters" / f"{name}.ipynb" for name in only], folder=ROOT)
        for name in wanted:
            begin, before = perf_counter(), len(each)
            book.results(name)
            pages[name] = {"seconds": perf_counter() - begin, "equations": sum(checked(result) for _, result in each[before:])}
        seconds = perf_counter() - start
    assert not any(result.error for _, result in each)
    return {"import_seconds": imported, "seconds": seconds, "equations": sum(page["equations"] for page in pages.values()),
            "statements": sum(sum(result.counts.values()) for _, result in each), "pages": pages,
            "each": [taken for taken, result in each if checked(result)]}  # fmt: skip


def checked(result):
    """An inline formula that claims nothing is read, but not an equation."""
    return bool(result.counts)


# ---------------------------------------------------------------- notebooks

NOTEBOOKS = ("layer_and_shapes", "gradient_of_A", "leading_dimensions")
ROUNDS = 3


def notebooks(quick):
    """{runner: spread}, on the same notebooks, round after round; and what each compares."""
    names = NOTEBOOKS[:1] if quick else NOTEBOOKS
    say(f"\nThe notebooks {', '.join(names)}, {CORES} at a time")
    seconds, paths = {name: [] for name in RUNNERS}, [ROOT / "chapters" / f"{name}.ipynb" for name in names]
    for _ in range(1 if quick else ROUNDS):
        for name, run in RUNNERS.items():
            start = perf_counter()
            run(paths)
            seconds[name].append(perf_counter() - start)
            say(f"  {name:28} {seconds[name][-1]:5.1f} s")
    cells = sum(cell["cell_type"] == "code" for path in paths for cell in json.loads(path.read_text(encoding="utf-8"))["cells"])
    found = {name: spread(values) for name, values in seconds.items()}
    return {"notebooks": names, "cells": cells, "at_a_time": CORES, "seconds": found,
            "versions": versions("nbval", "nbmake", "nbclient", "jupyter-cache", "pytest", "pytest-xdist", "ipykernel")}  # fmt: skip


def run_quietly(*command):
    run = subprocess.run([sys.executable, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT, cwd=ROOT)
    assert run.returncode == 0, run.stdout


def strict_nbval(paths):
    run_quietly("-m", "pytest", "--nbval", "-n", CORES, *paths)
    run_quietly("-m", "benchmarks.checks", "--worker", "guard", *paths)


def guard(*paths):
    sys.path.insert(0, str(ROOT / "tests"))
    from notebook_guard import refusals

    assert not any(refusals(Path(path).read_text(encoding="utf-8")) for path in paths)


def nbmake(paths):
    run_quietly("-m", "pytest", "-o", "addopts=", "--dist=loadfile", "--nbmake", "-n", CORES, *paths)


def worker_of(kind):
    return lambda paths: run_quietly("-m", "benchmarks.checks", "--worker", kind, *paths)


def nbclient(*paths, only_imports=False):
    """Run the notebooks, some at a time; of each, all cells or only its imports."""
    import nbformat
    from nbclient import NotebookClient

    from website.kernels import settled_kernels

    def run(path):
        notebook = nbformat.read(path, as_version=4)
        if only_imports:
            notebook.cells = [nbformat.v4.new_code_cell(imports(notebook))]
        NotebookClient(notebook, allow_errors=True, resources={"metadata": {"path": str(ROOT / "chapters")}}).execute()

    with settled_kernels(), ThreadPoolExecutor(CORES) as pool:
        list(pool.map(run, paths))


def imports(notebook):
    """The imports of all cells."""
    trees = [ast.parse(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    return "\n".join(ast.unparse(node) for tree in trees for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))


def floor(*paths):
    nbclient(*paths, only_imports=True)


def jupyter_cache(*paths):
    """Cache the notebooks in a new folder, with the runner that takes as many at a time as there are cores."""
    from jupyter_cache import get_cache
    from jupyter_cache.executors import load_executor

    from website.kernels import SETTINGS

    # Its runners are forks, and would all be given the same private socket: so their kernels are on ports, with the same settings.
    with mock.patch.dict(os.environ, SETTINGS), tempfile.TemporaryDirectory() as folder:
        cache = get_cache(folder)
        for path in paths:
            cache.add_nb_to_project(str(path))
        done = load_executor("local-parallel", cache=cache).run_and_cache(allow_errors=True)
        assert len(done.all()) == len(paths) and not done.errored, done


RUNNERS = {
    "floor": worker_of("floor"),
    "strict nbval and the guard": strict_nbval,
    "nbmake": nbmake,
    "nbclient": worker_of("nbclient"),
    "jupyter-cache": worker_of("jupyter_cache"),
}

# ---------------------------------------------------------------- all of it

PARTS = {"equations": equations, "notebooks": notebooks}
WORKERS = {"equations": check_equations, "guard": guard, "nbclient": nbclient, "jupyter_cache": jupyter_cache, "floor": floor}


def measure(quick=False, wanted=()):
    return {"machine": machine(), "versions": versions("torch", "numpy")} | {part: PARTS[part](quick) for part in wanted or PARTS}


def main(arguments):
    if arguments[:1] == ["--worker"]:
        return print(json.dumps(WORKERS[arguments[1]](*arguments[2:])))
    wanted = [argument for argument in arguments if argument in PARTS]
    quick = "--quick" in arguments
    store("_".join(["checks", *wanted]), measure(quick, wanted), quick)


if __name__ == "__main__":
    main(sys.argv[1:])
