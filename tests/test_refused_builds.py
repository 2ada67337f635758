"""The build refuses what a reader would trip over; and the address and the authors of the book are one setting each."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[1]
LANDING = ROOT / "_build" / "html" / "chapters" / "welcome.html"
ADDRESS = "https://github.com/example/book"
# What the build must refuse, with the words of its warning.
REFUSED = {
    "{eq}`no-such-equation`": "equation not found: no-such-equation",
    "{numref}`no-such-figure`": "undefined label: 'no-such-figure'",
    "[a page](missing.md)": "'missing.md'",
    "![a picture](missing.svg)": "missing.svg",
    "$A_{jq$": "Expected '}'",
    r"$\notacommand x$": r"Unsupported function name: \notacommand",
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """A book of one faulty page, built as this one is, with the address and the authors set."""
    book = tmp_path_factory.mktemp("book")
    shutil.copytree(ROOT / "website", book / "website")
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    config = config.replace('url: ""', f"url: {ADDRESS}").replace('author: ""', "author: Ada and Emmy")
    (book / "_config.yml").write_text(config, encoding="utf-8")
    (book / "_toc.yml").write_text("format: jb-book\nroot: page\n", encoding="utf-8")
    (book / "page.md").write_text("# Every fault once\n\n" + "\n\n".join(REFUSED), encoding="utf-8")
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "-W", "-n", "--keep-going", str(book)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=100)
    return SimpleNamespace(status=run.returncode, warnings=run.stderr, page=book / "_build" / "html" / "page.html")


class TestTheBuildRefuses:
    def test_a_book_with_faults(self, refused):
        assert refused.status != 0

    @pytest.mark.parametrize("source, warning", REFUSED.items(), ids=REFUSED)
    def test(self, refused, source, warning):
        assert warning in refused.warnings


def test_the_address_and_the_authors_are_one_setting_each(refused):
    """Where they are unset, nothing is left that leads nowhere."""
    page, bare = (BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser") for page in (refused.page, LANDING))
    links = {link["href"] for link in page.select(f"a[href^='{ADDRESS}']")}
    assert {link.removeprefix(ADDRESS).split("?")[0] for link in links} == {"", "/issues/new", "/edit/main/page.md"}
    assert "By Ada and Emmy" in page.get_text()
    assert not bare.select(".btn-source-repository-button, .btn-source-issues-button, .btn-source-edit-button")
    assert "By " not in bare.select_one("footer").get_text()
