"""What every benchmark needs: a machine to name, a spread to report, a progress line, a file for the results."""

import json
import os
import platform
import sys
from datetime import date
from pathlib import Path
from statistics import median, quantiles

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


def _lines(path):
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def spread(seconds):
    """The median, the quartiles, the smallest, and how many."""
    low, _, high = quantiles(seconds, n=4) if len(seconds) > 1 else (seconds[0],) * 3
    return {"median": median(seconds), "quartiles": [low, high], "smallest": min(seconds), "times": len(seconds)}


def say(text=""):
    print(text, file=sys.stderr, flush=True)


def milliseconds(seconds):
    return f"{seconds * 1e3:.3g} ms" if seconds < 10 else f"{seconds:.0f} s"


def store(name, results):
    """Write results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    say(f"stored in benchmarks/results/{path.name}")
