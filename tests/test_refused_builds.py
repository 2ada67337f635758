"""The build refuses what a reader would trip over; a second build gives what the first gave; the address and the authors are one setting each."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[1]
LANDING = ROOT / "_build" / "html" / "chapters" / "welcome.html"
ADDRESS = "https://github.com/example/book"
SITE = "https://example.github.io/book/"
TOC = "format: jb-book\nroot: page\nchapters: [file: chapters/run_it_yourself, file: notebook]\n"
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
    (book / "_toc.yml").write_text(TOC, encoding="utf-8")
    (book / "page.md").write_text("# Every fault once\n\n" + "\n\n".join(REFUSED), encoding="utf-8")
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A notebook\n\nWhat is $X$? More.\n\n```{index} its entry\n```")]), book / "notebook.ipynb")
    for name in ("pyproject.toml", "LICENSE", "linalg_grads", "chapters/run_it_yourself.md"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (book / name).parent.mkdir(exist_ok=True)
        copy(ROOT / name, book / name)
    run = build(book, OURS)
    return SimpleNamespace(status=run.returncode, warnings=run.stderr, page=book / "_build" / "html" / "page.html")


OURS = [sys.executable, "-m", "website.build"]
JUPYTER_BOOKS = [Path(sys.executable).with_name("jupyter-book"), "build", "-W", "-n", "--keep-going", "."]


def build(book, command):
    return subprocess.run(command, cwd=book, capture_output=True, text=True, timeout=100)


@pytest.fixture(scope="module")
def mended(refused):
    """The book without its faults, built three times: its page has changed, nothing has, all has, and there by Jupyter Book's own command. What each build left in the site."""
    book = refused.page.parents[2]
    (book / "page.md").write_text("# Every fault once\n\nNo more: $x_{jq}$", encoding="utf-8")
    left = {}
    for what in ("a page", "nothing", "everything"):
        if what == "everything":
            shutil.rmtree(book / "_build")
        run = build(book, JUPYTER_BOOKS if what == "everything" else OURS)
        assert run.returncode == 0, run.stderr
        site = refused.page.parent
        left[what] = {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*.*") if path.is_file()}
    return left


class TestTheBuildRefuses:
    def test_a_book_with_faults(self, refused):
        assert refused.status != 0

    def test_nothing_else(self, refused):
        """What the address adds passes without a warning of its own."""
        assert len(re.findall(r"WARNING|ERROR", refused.warnings)) == len(REFUSED), refused.warnings

    @pytest.mark.parametrize("source, warning", REFUSED.items(), ids=REFUSED)
    def test(self, refused, source, warning):
        assert warning in refused.warnings


@pytest.mark.parametrize("changed", ["a page", "nothing"])
def test_a_build_leaves_what_a_build_from_nothing_does(mended, changed):
    """The pages, the style and the font that they wait for, their scripts, what search looks through."""
    kept = [name for name in mended["everything"] if name.endswith((".html", "all.css", ".js", ".woff2"))]
    assert {"page.html", "_static/all.css", "_static/course-math.woff2"} < set(kept)
    assert b'"its entry"' in mended["everything"]["searchindex.js"]
    assert [name for name in kept if mended[changed].get(name) != mended["everything"][name]] == []


def parsed(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


class TestTheAddressAndTheAuthorsAreOneSettingEach:
    """Where they are unset, nothing is left that leads nowhere."""

    def test_buttons(self, refused):
        links = {link["href"] for link in parsed(refused.page).select(f"a[href^='{ADDRESS}']")}
        assert {link.removeprefix(ADDRESS).split("?")[0] for link in links} == {"", "/issues/new", "/edit/main/page.md"}
        assert not parsed(LANDING).select(".btn-source-repository-button, .btn-source-issues-button, .btn-source-edit-button")

    def test_byline(self, refused):
        assert "By Ada and Emmy" in parsed(refused.page).get_text()
        assert "By " not in parsed(LANDING).select_one("footer").get_text()

    def test_notebooks_open_elsewhere(self, refused):
        launched = [link["href"] for link in parsed(refused.page.with_stem("notebook")).select(".dropdown-launch-buttons a")]
        assert launched == [
            "https://mybinder.org/v2/gh/example/book/main?urlpath=lab/tree/notebook.ipynb",
            "https://colab.research.google.com/github/example/book/blob/main/notebook.ipynb",
        ]
        assert not parsed(LANDING.with_stem("against_pytorch")).select(".dropdown-launch-buttons")

    def test_text(self, refused):
        said = parsed(refused.page.parent / "chapters" / "run_it_yourself.html").get_text()
        assert f"%pip install -q git+{ADDRESS}" in said and f"git clone {ADDRESS}" in said
        bare = parsed(LANDING.with_stem("run_it_yourself")).get_text()
        assert not any(word in bare for word in ("<address>", "git+", "git clone", "Binder"))

    def test_sitemap(self, refused):
        places = re.findall("<loc>(.*?)</loc>", (refused.page.parent / "sitemap.xml").read_text(encoding="utf-8"))
        assert {SITE + "page.html", SITE + "chapters/run_it_yourself.html"} < set(places)
        assert not (LANDING.parents[1] / "sitemap.xml").exists()

    def test_what_a_link_shows_elsewhere(self, refused):
        page = parsed(refused.page.with_stem("notebook"))
        shown = {tag["property"]: tag["content"] for tag in page.select("meta[property^='og:']")}
        assert shown["og:url"] == SITE + "notebook.html" == page.select_one("link[rel=canonical]")["href"]
        assert shown["og:description"] == page.select_one("meta[name=description]")["content"]
        assert (refused.page.parent / shown["og:image"].removeprefix(SITE)).is_file()
        assert not parsed(LANDING).select("meta[property='og:url'], link[rel=canonical]")

    def test_the_page_for_a_missing_address(self, refused):
        """It is shown at any depth, so its links begin at the site's root."""
        for root, page in (("/book/", refused.page.with_stem("404")), ("/", LANDING.parents[1] / "404.html")):
            links = [tag[name] for name in ("href", "src") for tag in parsed(page).select(f"[{name}]")]
            inside = [link for link in links if not link.startswith(("https://", "#", "mailto:"))]
            assert len(inside) > 20 and all(link.startswith(root) for link in inside), inside
