"""The page on which the engine runs in the reader's browser: only where Pyodide is, that is, once `make playground` has fetched it.

    :::{only} playground
    Shown there alone. {{ pyodide }} is how much there is to fetch.
    :::
"""

from pathlib import Path
from shutil import copyfile

from mathml import MATH, cut_font
from made_once import made_once

ROOT = Path(__file__).parents[2]
PYODIDE, OWN = ROOT / ".venv" / "pyodide", ROOT / "website" / "playground"
# What a derivation may show, in the sizes of the line, of scripts and of scripts' scripts: plain letters, bold and italic ones, Greek ones, those of \mathcal.
ALPHABETS = [(0x20, 0x7F), (0x391, 0x3CA), (0x1D400, 0x1D468), (0x1D49C, 0x1D4B6), (0x1D6E2, 0x1D71C), (0x1D7CE, 0x1D7E2)]
LETTERS = [chr(code) for start, end in ALPHABETS for code in range(start, end)] + list("ϑϕϖϱϵℎℓℬℰℱℋℐℒℳℛ∂∑√⊤⊙⊗⋅×−±…′‖≤≥≠∈∞⟨⟩")


def setup(app):
    app.add_config_value("with_playground", PYODIDE.is_dir(), "html")  # another value: every page is written anew
    app.connect("config-inited", lambda app, config: config.myst_substitutions.update(pyodide=size()))  # what isn't shown is read, too
    if PYODIDE.is_dir():
        app.tags.add("playground")
        app.connect("build-finished", put)


def size():
    return f"{sum(path.stat().st_size for path in PYODIDE.glob('*')) / 1e6:.0f} MB"


def put(app, exception):
    """The scripts, Pyodide, Temml, the package, and the letters of mathematics."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "playground"
    folder.mkdir(parents=True, exist_ok=True)
    for path in [*PYODIDE.iterdir(), *OWN.iterdir(), MATH / "temml.min.js"]:
        copyfile(path, folder / path.name)
    copyfile(Path(app.outdir) / "_static" / app.env.wheel, folder / "linalg_grads.zip")
    shown = [(letter, size) for letter in LETTERS for size in (0, 1, 2)]
    font = made_once(app, cut_font, (MATH / "latinmodern-math.otf").read_bytes(), shown, "".join(LETTERS))
    (folder / "math.woff2").write_bytes(font)
