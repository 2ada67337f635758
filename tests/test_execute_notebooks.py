"""`make execute`: fresh outputs in one normal form, the same bytes on every run, and nothing lost when a cell fails."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from website import execute_notebooks
from website.execute_notebooks import main, normal_form, notebooks, parse, read


def save(path, *cells):
    path.write_text(normal_form(new_notebook(cells=list(cells))), encoding="utf-8")
    return path


def test_running_twice_changes_no_byte(tmp_path, capsys):
    page = save(
        tmp_path / "page.ipynb",
        new_markdown_cell("# What could differ between two runs"),
        new_code_cell("import os\nfrom IPython.display import SVG, Latex, display"),
        new_code_cell("print(5, flush=True)\nprint(6)\ndisplay(Latex('$x$'))\n7;"),
        new_code_cell("{'rows', 'in', 'out'}, os.environ['OMP_NUM_THREADS'], os.listdir()"),
        new_code_cell("open('no such file')", metadata={"tags": ["raises-exception"]}),
    )
    assert main([str(page)]) == 0
    first = page.read_bytes()
    assert main([str(page)]) == 0
    assert page.read_bytes() == first
    assert [line.rpartition(", ")[2] for line in capsys.readouterr().out.splitlines()] == ["written", "unchanged"]
    cells = read(page).cells
    assert [output.output_type for output in cells[2].outputs] == ["stream", "display_data", "execute_result"]
    assert cells[2].outputs[0].text == "5\n6\n"
    assert cells[3].outputs[0].data["text/plain"].endswith("'1', ['page.ipynb'])")
    assert cells[4].outputs[0].traceback == ["FileNotFoundError: [Errno 2] No such file or directory: 'no such file'"]


def test_a_failing_cell_is_named_and_costs_no_work(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(execute_notebooks, "SECONDS_A_CELL", 3)
    stored = new_output("stream", text="the author's work\n")
    failing = {
        "raises": ("1 / 0", "ZeroDivisionError: division by zero"),
        "hangs": ("import time\ntime.sleep(60)", "no answer within 3 s"),
        "dies": ("import os\nos._exit(3)", "the kernel died"),
    }
    pages = {
        name: save(tmp_path / f"{name}.ipynb", new_code_cell("5"), new_markdown_cell(name), new_code_cell(source, outputs=[stored]))
        for name, (source, _) in failing.items()
    }
    sound = save(tmp_path / "sound.ipynb", new_code_cell("5"))
    before = {name: page.read_bytes() for name, page in pages.items()}
    assert main([*map(str, pages.values()), str(tmp_path / "missing.ipynb"), str(sound)]) == 1
    assert {name: page.read_bytes() for name, page in pages.items()} == before
    errors = capsys.readouterr().err
    for name, (source, message) in failing.items():
        first, *_ = source.splitlines()
        assert f"{pages[name]}, code cell 2: {message}\n    {first}\n" in errors
    assert "No such file" in errors
    assert read(sound).cells[0].outputs[0].data["text/plain"] == "5"
    assert sorted(page.name for page in tmp_path.iterdir()) == ["dies.ipynb", "hangs.ipynb", "raises.ipynb", "sound.ipynb"]


def test_no_notebook_is_a_failure(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(execute_notebooks, "CHAPTERS", tmp_path)
    assert main([]) == 1
    assert f"no notebook under {tmp_path}" in capsys.readouterr().err


def test_notebooks_are_found_at_any_depth_but_not_an_editors_copies(tmp_path):
    for name in ("b.ipynb", "part/a.ipynb", ".ipynb_checkpoints/b-checkpoint.ipynb", "page.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.relative_to(tmp_path).as_posix() for path in notebooks(tmp_path)] == ["b.ipynb", "part/a.ipynb"]


# ---------------------------------------------------------------- the normal form


def test_the_normal_form_keeps_what_the_site_reads():
    notebook = new_notebook(
        cells=[
            new_code_cell(
                "5",
                execution_count=7,
                outputs=[new_output("execute_result", {"text/plain": "5"}, execution_count=7)],
                metadata={"tags": ["hide-input"], "mystnb": {"image": {"alt": "five"}}, "collapsed": True, "execution": {}},
            )
        ],
        metadata={
            "builds_on": ["four"],
            "myst": {"html_meta": {"description": "About five"}},
            "language_info": {"name": "python", "version": "3.11.7"},
            "widgets": {},
        },
    )
    normal = parse(normal_form(notebook))
    [cell] = normal.cells
    assert cell.metadata == {"tags": ["hide-input"], "mystnb": {"image": {"alt": "five"}}}
    assert (cell.execution_count, cell.outputs[0].execution_count) == (1, 1)
    assert normal.metadata.keys() == {"builds_on", "kernelspec", "language_info", "myst"}
    assert "version" not in normal.metadata.language_info
    assert notebook.cells[0].execution_count == 7, "the notebook that was given stays as it is"


def test_the_normal_form_of_a_normal_form_is_itself():
    text = normal_form(new_notebook(cells=[new_markdown_cell("é\n"), new_code_cell("print(5)\n")]))
    assert normal_form(parse(text)) == text
    assert text.endswith("}\n") and "é" in text


def test_text_printed_in_pieces_is_one_output():
    pieces = [new_output("stream", name=name, text=text) for name, text in [("stdout", "a"), ("stdout", "b"), ("stderr", "c")]]
    normal = parse(normal_form(new_notebook(cells=[new_code_cell("5", outputs=pieces)])))
    assert [(output.name, output.text) for output in normal.cells[0].outputs] == [("stdout", "ab"), ("stderr", "c")]


def test_cells_without_a_name_get_their_place_as_one():
    named = '{"cell_type": "markdown", "metadata": {}, "source": [], "id": "cell-2"}'
    nameless = '{"cell_type": "markdown", "metadata": {}, "source": []}'
    cells = ", ".join([nameless, nameless, named, named])
    notebook = parse(f'{{"cells": [{cells}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 4}}')
    assert [cell.id for cell in notebook.cells] == ["cell-1", "cell-3", "cell-2", "cell-4"]


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", '{"cells": [{}]}', '{"cells": [{"cell_type": "code"}]}'])
def test_what_is_no_notebook_is_refused(text):
    with pytest.raises(ValueError, match="not a notebook of format 4"):
        parse(text)
