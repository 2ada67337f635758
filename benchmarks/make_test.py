"""`make test`, step by step, and what takes longest in it.

    python -m benchmarks.make_test [--cold]

--cold runs it once more in a fresh copy, where it installs everything first: minutes, and a download of hundreds of MB.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, deque
from pathlib import Path
from time import perf_counter

from benchmarks.measure import machine, say, store

ROOT = Path(__file__).parents[1]


def measure(quick=False, cold=False):
    """{"warm": {"seconds", "steps": [[name, seconds]], "files": [[file, seconds of its tests]]}}, and cold, if asked for."""
    found = {"machine": machine()}
    if quick:
        return found  # it is no benchmark's place to run the tests in a test
    found["warm"] = steps(ROOT)
    if cold:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
            found["cold"] = steps(folder)
    return found


DURATION = re.compile(r"([\d.]+)s (?:call|setup|teardown) +(\S+?)::")


def steps(folder):
    """Run `make test` and look at the clock where it says == and its next step."""
    say("\nmake test")
    marks, files, last = [], Counter(), deque(maxlen=60)
    environment = os.environ | {"PYTEST_ADDOPTS": "--durations=0 --durations-min=0.05"}
    environment.pop("PYTHONPATH", None)
    start = perf_counter()
    run = subprocess.Popen(["make", "test"], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in run.stdout:
        last.append(line)
        if line.startswith("== "):
            marks.append([line[3:].strip(), perf_counter() - start])
            say(f"  {marks[-1][1]:6.1f} s  {marks[-1][0]}")
        elif match := DURATION.match(line):
            files[match[2]] += float(match[1])
    if run.wait():
        sys.exit("".join(last) + "make test failed; nothing is measured")
    marks.append(["end", perf_counter() - start])
    taken = [[name, after - before] for (name, before), (_, after) in zip(marks, marks[1:]) if after - before > 0.5]
    return {"seconds": marks[-1][1], "steps": taken, "files": files.most_common(12)}


if __name__ == "__main__":
    store("make_test", measure(cold="--cold" in sys.argv))
