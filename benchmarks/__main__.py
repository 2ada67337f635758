"""Run the benchmarks one after the other and store what they measure: `make bench`.

    python -m benchmarks [--quick] [engine|gradients|checks|book|make_test]...      all of them if none is named
"""

import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter

from benchmarks.measure import say, store

BENCHMARKS = [name for name in ("engine", "gradients", "checks", "book", "make_test") if (Path(__file__).parent / f"{name}.py").exists()]


def main(arguments):
    quick = "--quick" in arguments
    names = [argument for argument in arguments if argument != "--quick"]
    if unknown := set(names) - set(BENCHMARKS):
        sys.exit(f"no benchmark is called {', '.join(unknown)}: there are {', '.join(BENCHMARKS)}")
    for number, name in enumerate(names or BENCHMARKS, 1):
        say(f"\n== {number}/{len(names or BENCHMARKS)} {name}")
        start = perf_counter()
        store(name, import_module(f"benchmarks.{name}").measure(quick), quick)
        say(f"{name}: {perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
