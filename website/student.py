"""The course for a class: the chapters without the solutions of their exercises, and the answer key: `make student`.

    python -m website.student [FOLDER]      writes to _build/student if no folder is named

Hints stay, solutions go: each folded Solution or Answer, and under "On your own" each folded code cell, with the line that leads
to it. The key has all of that, chapter by chapter. What the reader is to fill in is empty in the chapters already.
"""

import re
import shutil
import sys
from copy import deepcopy
from pathlib import Path

from linalg_grads.book import find_pages
from website.execute_notebooks import CHAPTERS, normal_form, read

KEY = "answer_key.md"
SOLUTION = re.compile(r"\n*<details[^>]*>\s*<summary>(?:Solution|Answer)</summary>\n(.*?)\n</details>\n*", re.DOTALL)
EXERCISE = re.compile(r"^\*\*(?:Card )?(\d+)\.", re.MULTILINE)
LEADS_TO_CODE = re.compile(r"(?:\A|(?<=</details>))\s*[^\n<]{1,120}:\s*\Z")
OWN = "## On your own"


def main(arguments):
    folder = Path(arguments[0]) if arguments else CHAPTERS.parent / "_build" / "student"
    folder.mkdir(parents=True, exist_ok=True)
    key = ["# Answer key"]
    for path in [page for page in find_pages([CHAPTERS]) if page.suffix == ".ipynb"]:
        notebook, answers = without_solutions(read(path))
        (folder / path.name).write_text(normal_form(notebook), encoding="utf-8")
        key += [f"## {title(notebook)}", *answers] if answers else []
        print(f"{path.name}: {len(answers)} solutions taken out")
    for page in sorted(CHAPTERS.glob("*.md")):  # the glossary and the others that the chapters link to
        shutil.copy(page, folder)
    (folder / KEY).write_text("\n\n".join(key) + "\n", encoding="utf-8")
    print(f"The chapters and {KEY} are in {folder}")
    return 0


def title(notebook):
    return notebook.cells[0].source.partition("\n")[0].lstrip("# ")


def without_solutions(notebook):
    """(the notebook without its solutions, the solutions as Markdown, each with the number of its exercise)."""
    notebook, answers, cells = deepcopy(notebook), [], []
    own, number = False, ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            if headings := re.findall(r"^## .*", cell.source, re.MULTILINE):
                own = headings[-1].startswith(OWN)
            cell.source, taken, number = _split(cell.source, number)
            answers += taken
            if cell.source.strip():
                cells.append(cell)
        elif own and "hide-input" in cell.metadata.get("tags", []):
            if cells[-1].cell_type == "markdown":
                cells[-1].source = LEADS_TO_CODE.sub("", cells[-1].source).rstrip()
                cells = cells if cells[-1].source else cells[:-1]
            answers.append(f"**{number}.** In code:\n\n```python\n{cell.source}\n```")
        else:
            cells.append(cell)
    notebook.cells = cells
    return notebook, answers


def _split(text, number):
    """(the text without solutions, the solutions, the number of the last exercise)."""
    kept, answers, at = [], [], 0
    for match in SOLUTION.finditer(text):
        before = text[at : match.start()]
        number = (EXERCISE.findall(before) or [number])[-1]
        kept.append(before)
        answers.append(f"**{number}.** {match[1].strip()}" if number else match[1].strip())
        at = match.end()
    kept.append(text[at:])
    number = (EXERCISE.findall(text[at:]) or [number])[-1]
    return "\n\n".join(part.strip("\n") for part in kept if part.strip()), answers, number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
