"""Run the book's notebooks and store their outputs in one normal form: `make execute`.

    python -m website.execute_notebooks [NOTEBOOK ...]      all of chapters/ if none is named

A notebook is written only after all its cells ran; running it again changes no byte. The exit status is 1 if a cell failed.
"""

import os
import sys
import time
from copy import deepcopy
from itertools import count
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

from website.kernels import settled_kernels

CHAPTERS = Path(__file__).parents[1] / "chapters"
SECONDS_A_CELL = 60

# A kernel of this very Python, whatever kernels the user has installed.
THIS_PYTHON = Config(KernelSpecManager={"kernel_dirs": []})


def main(arguments):
    paths = [Path(argument) for argument in arguments] or notebooks(CHAPTERS)
    if not paths:
        print(f"no notebook under {CHAPTERS}", file=sys.stderr)
        return 1
    failures = 0
    with settled_kernels():
        for number, path in enumerate(paths, 1):
            print(f"[{number}/{len(paths)}] {path}", end=" ", flush=True)
            start = time.perf_counter()
            try:
                changed = store(path, normal_form(run(path)))
            except (CellFailed, OSError, ValueError) as failure:
                failures += 1
                print("FAILED, left as it was", flush=True)
                print(failure, file=sys.stderr)
            else:
                print(f"{time.perf_counter() - start:.1f} s, {'written' if changed else 'unchanged'}")
    return 1 if failures else 0


def notebooks(folder):
    """Every notebook under a folder, except an editor's own copies."""
    return sorted(path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


# ---------------------------------------------------------------- running


class CellFailed(Exception):
    """A cell raised where none was expected, took too long, or killed its kernel."""


def run(path):
    """The notebook with the outputs of a fresh kernel that ran its cells in order, as strict nbval will run them.

    raises CellFailed, which names notebook, cell and error
    """
    notebook = read(path)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        config=THIS_PYTHON,
        timeout=SECONDS_A_CELL,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    number = 0
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            number += cell.cell_type == "code"
            try:
                # nbval stores no history either, and some outputs depend on it (a trailing semicolon, `_`).
                client.execute_cell(cell, index, store_history=False)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                raise CellFailed(f"{path}, code cell {number}: {reason(error)}\n{indented(cell.source)}") from error
    return notebook


def reason(error):
    match error:
        case CellExecutionError():
            return f"{error.ename}: {error.evalue}"
        case CellTimeoutError():
            return f"no answer within {SECONDS_A_CELL} s"
        case DeadKernelError():
            return "the kernel died"


def indented(text):
    return "\n".join(f"    {line}" for line in text.splitlines())


# ---------------------------------------------------------------- the normal form

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python", "pygments_lexer": "ipython3"},
}
# Read by the site, and by the check of the equations; all other metadata are an editor's or a run's.
READ_BY_THE_SITE = {"builds_on", "myst", "mystnb", "tags"}


def normal_form(notebook):
    """The notebook as text, without what differs between runs, machines and editors."""
    notebook = deepcopy(notebook)
    notebook.metadata = nbformat.from_dict(METADATA | read_by_the_site(notebook.metadata))
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict(read_by_the_site(cell.metadata))
    for number, cell in enumerate(code_cells(notebook), 1):
        cell.execution_count = number
        cell.outputs = [normal_output(output, number) for output in merged_streams(cell.outputs)]
    return nbformat.v4.writes(notebook) + "\n"


def read_by_the_site(metadata):
    return {key: value for key, value in metadata.items() if key in READ_BY_THE_SITE and value}


def merged_streams(outputs):
    """The same outputs, with text that was printed in several pieces in one: where it breaks is chance."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def normal_output(output, execution_count):
    """Without run numbers, and of a traceback only the last line: the others hold paths of the machine."""
    if output.output_type == "execute_result":
        output.execution_count = execution_count
    if output.output_type == "error":
        output.traceback = [f"{output.ename}: {output.evalue}"]
    return output


# ---------------------------------------------------------------- files


def read(path):
    """The notebook on disk. raises ValueError, which names it, if it isn't one."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def parse(text):
    """The notebook that a text says. (nbformat's own reader gives cells without an id a random one.)"""
    try:
        notebook = nbformat.v4.reads(text)
        notebook.nbformat, notebook.nbformat_minor = 4, 5
        name_cells(notebook.cells)
        nbformat.validate(notebook)
    except (ValueError, LookupError, TypeError, AttributeError, nbformat.ValidationError) as error:
        raise ValueError(f"not a notebook of format 4: {str(error).partition(chr(10))[0]}") from error
    return notebook


def name_cells(cells):
    """Keep every cell's id; one that has none, or another cell's, is named by its place."""
    taken = {cell.get("id") for cell in cells}
    seen = set()
    for place, cell in enumerate(cells, 1):
        if cell.get("id") is None or cell.id in seen:
            cell.id = next(name for name in (f"cell-{n}" for n in count(place)) if name not in taken)
        seen.add(cell.id)
        taken.add(cell.id)


def store(path, text):
    """Write the text if it is new; a reader never meets half a file."""
    if path.read_text(encoding="utf-8") == text:
        return False
    fresh = path.with_suffix(".ipynb.new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
