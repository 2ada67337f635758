"""The whole book on paper: nothing is cut off or lost, and every link leads somewhere.

    make proof

Half of the checks look at the book as Chromium lays it out on A4, half at the PDF. Printing takes a minute, so `make test`
leaves this out and CI runs it after that. The planted book at the end has every fault once, and each check must find its own.
"""

import os

import pikepdf
import pytest
from test_site import parsed

from website import pdf
from website.extensions.pdf_link import FILE

CONFIG, PARTS = pdf.settings(pdf.ROOT)
PAGES = [name for _, names in PARTS for name in names]
PRINTED = pdf.SITE / FILE
TEXT_WIDTH = 627  # pixels: A4 without the margins of print.css


@pytest.fixture(scope="module", autouse=True)
def chromium():
    if pdf.browser_program() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium on this machine: 'make system' installs it")


# ---------------------------------------------------------------- as laid out on A4

# What reaches into the right margin; an equation's inside counts once, as the equation.
CUT_OFF = """width => [...document.querySelectorAll('body *')]
    .filter(part => !part.parentElement.closest('math') && part.getBoundingClientRect().right > width + 1)
    .map(part => part.tagName.toLowerCase() + ': ' + part.textContent.trim().slice(0, 60))"""
NUMBERS = "() => [...document.querySelectorAll('.eqno')].filter(number => number.checkVisibility()).map(number => number.textContent)"
HIDDEN = """() => [...document.querySelectorAll('math, img, summary ~ *')]
    .filter(part => !part.closest('details.hide') && !(part.checkVisibility() && part.getBoundingClientRect().height))
    .map(part => part.textContent)"""
DEAD = "() => [...document.querySelectorAll('a[href^=\"#\"]')].map(link => link.hash.slice(1)).filter(id => !document.getElementById(decodeURIComponent(id)))"
DARK = "() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"


def laid_out(html):
    with pdf.opened(html) as tab:
        tab.set_viewport_size({"width": TEXT_WIDTH, "height": 900})
        return {
            "cut off": tab.evaluate(CUT_OFF, TEXT_WIDTH),
            "numbers": tab.evaluate(NUMBERS),
            "hidden": tab.evaluate(HIDDEN),
            "dead links": tab.evaluate(DEAD),
            "colours": tab.evaluate(DARK),
        }


@pytest.fixture(scope="module")
def book():
    return laid_out(pdf.document(pdf.SITE, CONFIG, PARTS))


def test_nothing_is_cut_off_at_the_right(book):
    assert not book["cut off"]


def test_every_equation_has_its_number(book):
    built = [number.contents[0] for name in PAGES for number in parsed(pdf.SITE / f"{name}.html").select(".eqno")]
    assert len(built) > 100 and sorted(book["numbers"]) == sorted(built)


def test_what_was_folded_is_open(book):
    assert not book["hidden"]


def test_links_within_the_book_lead_somewhere(book):
    assert not book["dead links"]


def test_black_on_white(book):
    assert book["colours"] == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]


# ---------------------------------------------------------------- the PDF


@pytest.fixture(scope="module")
def printed():
    if not PRINTED.exists():
        pytest.fail("no PDF to check: run 'make pdf' first")
    with pikepdf.open(PRINTED) as book:
        yield book


def outline(book):
    with book.open_outline() as found:
        return [entry.title for entry in found.root]


def lost_links(book):
    """The links of the PDF whose place is not in it."""
    linked = [note.Dest for page in book.pages for note in page.get("/Annots", []) if "/Dest" in note]
    return [str(name) for name in linked if name not in book.Root.Dests]


def titles(names, site=pdf.SITE):
    return [pdf.heading(parsed(site / f"{name}.html").select_one("article")) for name in names]


def test_every_chapter_is_in_the_outline(printed):
    expected = ["Contents", *[title.removesuffix("#") for title in titles(PAGES)], "Solutions"]
    assert outline(printed) == expected


def test_links_of_the_pdf_lead_somewhere(printed):
    assert len(printed.Root.Dests.keys()) > 100 and not lost_links(printed)


def test_each_chapter_begins_a_page(printed):
    numbers = [pdf.pages(PRINTED)[pdf.place(name)] for name in PAGES]
    assert numbers == sorted(set(numbers)) and numbers[0] == 3


def test_it_is_a4_tagged_and_says_what_it_is(printed):
    assert {tuple(round(float(side) / 72 * 25.4) for side in page.MediaBox[2:]) for page in printed.pages} == {(210, 297)}
    assert printed.Root.MarkInfo.Marked and printed.Root.Lang == "en"
    assert printed.docinfo["/Title"] == CONFIG["title"]


def test_figures_are_drawn_not_photographed(printed):
    images = [image for page in printed.pages for image in page.get_images().values()]
    assert not [image for image in images if image.get("/Width", 0) > 300]


def test_the_site_links_to_it():
    for name in PAGES:
        assert parsed(pdf.SITE / f"{name}.html").select(f"a[href$='{FILE}']"), name


# ---------------------------------------------------------------- every check finds its fault

FAULTY = """<!doctype html><html><head></head><body><article class="bd-article">
<h1>Every fault once</h1><p>A text <a href="#lost">whose place is lost</a></p>
<div style="width: 700px">too wide for the paper</div>
<div class="math"><span class="eqno" style="display: none">(1)</span></div>
<details><summary>Hint</summary><p>never seen, for want of the style for paper</p></details>
</article></body></html>"""


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    site = tmp_path_factory.mktemp("site")
    (site / "page.html").write_text(FAULTY, encoding="utf-8")
    return pdf.document(site, CONFIG, [("", ["page"])])


class TestFaultsAreFound:
    def test_in_the_layout(self, faulty):
        found = laid_out(faulty)
        assert found["cut off"] == ["div: too wide for the paper"]
        assert found["numbers"] == []
        assert "never seen, for want of the style for paper" in found["hidden"]
        assert found["dead links"] == ["page--lost"]
        assert found["colours"] != ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]

    def test_in_the_pdf(self, faulty, tmp_path):
        target = tmp_path / "faulty.pdf"
        pdf.print_book(faulty.replace("#page--lost", "#page"), "", target)
        with pikepdf.open(target) as book:
            assert outline(book) == ["Contents", "Every fault once", "Solutions"]
            assert not lost_links(book)
            del book.Root.Dests["/page"]
            assert "/page" in lost_links(book)
