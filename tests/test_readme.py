"""What README.md promises is there: its commands, its files, its picture."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from website.draw_derivation import PICTURE, drawn

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", sorted(set(re.findall(r"(?:`|^    )make ([a-z]+)", README, re.M))))
def test_names_real_commands(command):
    assert re.search(f"^{command}:", MAKEFILE, re.M)


@pytest.mark.parametrize("path", re.findall(r"^    ([\w./]+) {2,}[a-z]", README, re.M) + re.findall(r"\]\(([\w./]+)\)", README))
def test_names_real_files(path):
    assert (ROOT / path).exists()


def test_the_picture_shows_what_the_engine_derives_now():
    """Drawing it also compares the engine's code with PyTorch's automatic differentiation."""
    assert drawn() == PICTURE.read_text(encoding="utf-8"), "run 'python -m website.draw_derivation' and look at the picture"


def test_the_citation_is_of_this_book():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    book = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (cited["title"], cited["version"], cited["license"]) == (book["title"], package["version"], package["license"])
    named = " and ".join(author["name"] for author in cited["authors"])
    assert named == (book["author"] or f'the authors of "{book["title"]}"'), "name the same authors in _config.yml and CITATION.cff"
    assert cited.get("repository-code", "") == book["repository"]["url"]
