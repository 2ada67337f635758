"""What every benchmark needs: a machine to name, a spread to report, a progress line, a file for the results."""

import json
import os
import platform
import sys
from datetime import date
from importlib.metadata import version
from math import comb
from pathlib import Path
from statistics import median, quantiles

# Where Python may not store bytecode, every process compiles all that it imports, PyTorch too: that is not what is measured.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

RESULTS = Path(__file__).parent / "results"


def machine():
    """What the numbers were measured on."""
    cpu = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    memory = next((int(line.split()[1]) // 2**20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), None)
    return {
        "cpu": cpu, "cores": os.cpu_count(), "memory_gib": memory, "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(), "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "date": date.today().isoformat(),
    }  # fmt: skip


def versions(*packages):
    return {package: version(package) for package in packages}


def _lines(path):
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def spread(seconds):
    """The median, the quartiles, the smallest, and how many."""
    low, _, high = quantiles(seconds, n=4) if len(seconds) > 1 else (seconds[0],) * 3
    return {"median": median(seconds), "quartiles": [low, high], "smallest": min(seconds), "times": len(seconds)}


def ratio(ours, theirs):
    """The median of the ratios, round by round, and an interval for it.

    By the binomial distribution alone, the true median lies between the k-th smallest and the k-th largest ratio with a
    probability that is known, whatever the ratios' own distribution; k is the largest for which it is at least 95 of 100.

    >>> ratio([2, 2, 2, 2, 2, 2], [1, 1, 1, 1, 1, 2])
    {'median': 2.0, 'interval': [1.0, 2.0]}
    """
    ratios = sorted(one / other for one, other in zip(ours, theirs, strict=True))
    return {"median": median(ratios), "interval": [ratios[outside(len(ratios))], ratios[-1 - outside(len(ratios))]]}


def outside(count):
    """How many of `count` sorted values may be left out at each end of the interval.

    >>> [outside(count) for count in (6, 9, 20)]
    [0, 1, 5]
    """
    return next(k for k in range(count) if 2 * sum(comb(count, n) for n in range(k + 2)) > 0.05 * 2**count)


def say(text=""):
    print(text, file=sys.stderr, flush=True)


def milliseconds(seconds):
    return f"{seconds * 1e3:.3g} ms" if seconds < 10 else f"{seconds:.0f} s"


def store(name, results, quick=False):
    """Write results/NAME.json; a quick run shows what it found, and stores nothing."""
    if quick:
        return say("a quick run: nothing is stored")
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    say(f"stored in benchmarks/results/{path.name}")
