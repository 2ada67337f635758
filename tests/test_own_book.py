"""What the page on other people's books says: its example and what is printed, and the hook for pre-commit."""

import re
from pathlib import Path

import pytest
import yaml

from linalg_grads.__main__ import main

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "chapters" / "your_own_book.md").read_text(encoding="utf-8")
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def test_the_example_prints_what_the_page_shows(tmp_path, capsys, monkeypatch):
    example, printed = (re.search(rf"^```{kind}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)[1] for kind in ("markdown", "text"))
    (tmp_path / "notes.md").write_text(example)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "notes.md"]) == 1
    assert capsys.readouterr().out == printed


def test_the_mended_example_holds(tmp_path, capsys):
    example = re.search(r"^```markdown\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)[1]
    (tmp_path / "notes.md").write_text(example.replace("U_{pi}", "U_{ip}"))
    assert main(["check", str(tmp_path / "notes.md")]) == 0


@pytest.mark.parametrize(
    "text, status", [("<!-- equations: checked --> $1 + 1 = 3$", 1), ("<!-- equations: checked --> $1 + 1 = 2$", 0), ("$1 + 1 = 3$", 0)]
)
def test_the_hook_checks_the_pages_that_ask_for_it(tmp_path, monkeypatch, text, status):
    (tmp_path / "page.md").write_text(text)
    command = HOOK["entry"].split()
    assert command[:3] == ["python", "-m", "linalg_grads"] and re.search(HOOK["files"], "page.md") and not re.search(HOOK["files"], "page.txt")
    monkeypatch.chdir(tmp_path)
    assert main([*command[3:], "page.md"]) == status


def test_the_hook_is_named_on_the_page():
    assert f"- id: {HOOK['id']}\n" in TEXT
