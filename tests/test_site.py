"""The built site is whole, keeps to itself, and shows every equation, in a browser too.

    make book, then pytest tests/test_site.py

Each check is a function that lists what is wrong with a page. The planted page at the end has every fault once, and each
check must find its own. `make system` installs Chromium; without it the tests in a browser are skipped, or fail if CI is set.
"""

import gzip
import os
import subprocess
import sys
import threading
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from linalg_grads import check_equation
from website.extensions.status import accepted, totals
from website.pdf import QUIET, browser_program

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"
ICON_FONT = "_static/vendor/fontawesome/webfonts/fa-solid-900.woff2"
PHONE = {"width": 390, "height": 844}
HEAVIEST = 250_000  # bytes of a page with all that a first visit fetches, compressed


def pages_of(toc):
    """The pages that a part of _toc.yml lists, in reading order."""
    found = [f"{toc[key]}.html" for key in ("root", "file") if key in toc]
    for key in ("parts", "chapters", "sections"):
        for part in toc.get(key, []):
            found += pages_of(part)
    return found


PAGES = pages_of(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
OTHERS = ["genindex.html", "search.html", "404.html"]  # pages that Sphinx adds


@pytest.fixture(scope="module", autouse=True)
def built():
    if not (SITE / "index.html").exists():
        pytest.fail(f"no site in {SITE.relative_to(ROOT)}: run 'make book' first")


# ---------------------------------------------------------------- reading the pages


@cache
def parsed(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def warnings_shown(page):
    """What Sphinx writes into a page that it has trouble with."""
    return [str(tag) for tag in parsed(page).select(".system-message, .problematic")]


def broken_links(page, site):
    """Links, images, scripts and styles whose file, or whose place in it, is missing."""
    return [target for target in targets(page) if is_local(target) and not leads_somewhere(page, target, site)]


def targets(page):
    return [tag[name] for name in ("href", "src") for tag in parsed(page).select(f"[{name}]")]


def is_local(target):
    return not urlsplit(target).scheme and not target.startswith("//")


def leads_somewhere(page, target, site):
    path, fragment = unquote(urlsplit(target).path), unquote(urlsplit(target).fragment)
    file = (page.parent / path).resolve() if path else page
    if not file.is_file() or site not in file.parents:
        return False
    return not fragment or file.suffix != ".html" or parsed(file).find(id=fragment) is not None


def loaded_from_elsewhere(page):
    """What a browser would fetch from another place just to show the page; a link to follow is none of it."""
    loading = parsed(page).select("[src], [srcset], [data], link[href]:not([rel=canonical])")
    fetched = [tag.get(name) for tag in loading for name in ("src", "srcset", "data") if tag.get(name)]
    fetched += [tag["href"] for tag in loading if tag.name == "link"]
    return [address for address in fetched if not is_local(address) and not address.startswith("data:")]


def images_without_words(page):
    return [str(image) for image in parsed(page).select("img") if not image.get("alt", "").strip() and not decorative(image)]


def decorative(image):
    return image.get("role") == "presentation" or image.get("alt") == "" and image.get("aria-hidden") == "true"


@pytest.mark.parametrize("page", PAGES)
class TestPage:
    def test_is_built(self, page):
        assert (SITE / page).is_file()

    def test_shows_no_warning(self, page):
        assert not warnings_shown(SITE / page)

    def test_links_lead_somewhere(self, page):
        assert not broken_links(SITE / page, SITE)

    def test_loads_nothing_from_elsewhere(self, page):
        assert not loaded_from_elsewhere(SITE / page)

    def test_images_are_told_in_words(self, page):
        assert not images_without_words(SITE / page)


def test_each_page_waits_for_one_style_and_one_script():
    for page in PAGES:
        head = parsed(SITE / page).head
        assert len(head.select("link[rel=stylesheet]:not([media=print])")) == 1
        assert len(head.select("script[src]:not([defer])")) == 1


def test_each_page_says_in_a_sentence_what_it_is_about():
    said = [parsed(SITE / page).select_one("meta[name=description]")["content"] for page in PAGES]
    assert len(set(said)) == len(said)
    assert not [text for text in said if not 20 <= len(text) <= 200 or not text.endswith((".", "?")) or "\\" in text]


def test_the_reference_tells_no_latex_as_prose():
    """What is typed is code, and what is meant is a formula."""
    text = parsed(SITE / "chapters" / "engine_reference.html").select_one(".bd-article").find_all(string=lambda text: "\\" in text)
    assert not [part for part in text if not part.find_parent(["code", "pre", "annotation"])]


def test_printed_arrays_keep_their_columns():
    """Their boxes scroll on a phone; what is said in words wraps."""
    printed = [pre for page in PAGES for pre in parsed(SITE / page).select(".cell_output .highlight-myst-ansi pre")]
    arrays = [pre for pre in printed if "[[" in pre.get_text()]
    assert arrays and all(pre.get("class") == ["printed-code"] for pre in arrays) and any(not pre.get("class") for pre in printed)


def test_a_reader_of_the_site_can_run_the_package():
    """The file that the page "Run it yourself" links to, in a Python that sees nothing else of this book."""
    link = parsed(SITE / "chapters" / "run_it_yourself.html").select_one("a[href$='.whl']")["href"]
    program = """import sys; sys.path.insert(0, sys.argv[1]); import linalg_grads
print(linalg_grads.__file__, linalg_grads.backward("y_{i} = x_{ik} w_k", wrt="w").to_matrix())"""
    run = subprocess.run([sys.executable, "-I", "-c", program, SITE / "chapters" / link], capture_output=True, text=True, timeout=60)
    assert ".whl" in run.stdout and r"X^\top" in run.stdout, run.stderr


def test_the_site_opens_on_its_first_page():
    assert f"url={PAGES[0]}" in parsed(SITE / "index.html").find("meta", {"http-equiv": "Refresh"})["content"]


@pytest.mark.parametrize("page", ["welcome", "status"])
def test_totals_are_those_of_what_was_accepted(page):
    assert f" {totals(accepted())['equalities']} " in parsed(SITE / "chapters" / f"{page}.html").get_text(" ")


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def browser():
    program = browser_program()
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium on this machine: 'make system' installs it")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def address():
    with served(SITE) as address:
        yield address


class served:
    """A folder, over http on this machine: `with served(folder) as address`."""

    def __init__(self, folder):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=folder))

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/"

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def visit(browser, address, page):
    """What a reader with a phone meets on a page: the errors, the requests, the equations, the width."""
    met = SimpleNamespace(errors=[], elsewhere=[], fetched=set())
    tab = browser.new_page(viewport=PHONE)
    tab.on("console", lambda message: met.errors.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: met.errors.append(str(error)))
    tab.on("request", lambda request: met.elsewhere.append(request.url) if outside(request.url, address) else None)
    tab.on("request", lambda request: met.fetched.add(urlsplit(request.url).path[1:]) if request.url.startswith(address) else None)
    tab.route(lambda url: outside(url, address), lambda route: route.abort())
    tab.goto(address + page, wait_until="load")
    tab.evaluate("document.fonts.ready.then(() => 0)")
    met.untypeset = tab.evaluate(UNTYPESET)
    met.wider_than_the_screen = tab.evaluate(TOO_WIDE)
    met.shrunk = tab.evaluate(SHRUNK)
    met.icons = set("".join(tab.evaluate(ICONS)))
    tab.close()
    return met


def weight(files, site):
    """Bytes that a host sends for these files: fonts and pixels as they are, everything else compressed."""
    contents = {site / unquote(file): (site / unquote(file)).read_bytes() for file in files if (site / unquote(file)).is_file()}
    return sum(len(data if path.suffix in {".woff2", ".png"} else gzip.compress(data, 9)) for path, data in contents.items())


def outside(url, address):
    return not url.startswith((address, "data:", "blob:"))


# An equation is typeset if its box holds one <math> that takes room on the page, without an error inside; a formula in a
# folded part takes no room. The font must be there, or the browser shows its own letters.
UNTYPESET = """() => {
    const typeset = box => {
        const formulas = box.querySelectorAll('math')
        const folded = !box.checkVisibility()
        return formulas.length == 1 && !box.querySelector('merror, .temml-error')
            && (folded || formulas[0].getBoundingClientRect().width > 0)
    }
    const failed = [...document.querySelectorAll('.math')].filter(box => !typeset(box)).map(box => box.outerHTML)
    const fonts = [...document.fonts].filter(font => font.family.includes('Course Math') && font.status != 'loaded')
    return document.querySelector('math') && fonts.length ? [...failed, 'the font of the formulas'] : failed
}"""
# The letter that each icon is, in the fonts of icons.
ICONS = """() => [...document.querySelectorAll('.fa-solid, .fas')].map(icon => getComputedStyle(icon, '::before').content.slice(1, -1))"""
# What reaches past the screen's right edge, unless a box of its own scrolls it.
TOO_WIDE = """() => document.documentElement.scrollWidth > innerWidth
    ? [`the page is ${document.documentElement.scrollWidth} pixels wide on a screen of ${innerWidth}`] : []"""
# Figures with less than three quarters of a pixel for each point that they were drawn in: their letters are too small to read.
SHRUNK = """() => [...document.querySelectorAll('.drawing > *')].map(drawing =>
    [Math.round(drawing.getBoundingClientRect().width), Math.round(getComputedStyle(drawing.parentElement).getPropertyValue('--points'))])
    .filter(([width, points]) => width < 0.75 * points)"""


@pytest.fixture(scope="module", params=[*PAGES, *OTHERS])
def visited(request, browser, address):
    return visit(browser, address, request.param)


class TestInABrowser:
    def test_no_error_in_the_console(self, visited):
        assert not visited.errors

    def test_no_request_leaves_the_site(self, visited):
        assert not visited.elsewhere

    def test_every_equation_is_typeset(self, visited):
        assert not visited.untypeset

    def test_every_icon_is_in_the_font(self, visited):
        assert visited.icons and visited.icons <= set(map(chr, TTFont(SITE / ICON_FONT).getBestCmap()))

    def test_a_first_visit_is_light(self, visited):
        assert 50_000 < weight(visited.fetched, SITE) <= HEAVIEST

    def test_a_phone_need_not_scroll_sideways(self, visited):
        assert not visited.wider_than_the_screen

    def test_on_a_phone_figures_are_large_enough_to_read(self, visited):
        assert not visited.shrunk


# ---------------------------------------------------------------- every check finds its fault


FAULTY = """<!doctype html><title>Every fault once</title>
<div class="system-message">WARNING: unknown target</div>
<a href="nowhere.html">a page that is missing</a> <a href="#nowhere">a place that is missing</a>
<img src="picture.svg">
<script src="https://cdn.invalid/script.js"></script>
<script>undefined_function()</script>
<span class="math">$A_{jq$</span>
<div style="width: 500px">too wide for a phone</div>
<span class="drawing" style="--points: 300"><svg width="220"></svg></span>
<a href="https://example.org/">a link to follow is no fault</a>
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    page = tmp_path_factory.mktemp("site") / "faulty.html"
    page.write_text(FAULTY, encoding="utf-8")
    return page


class TestFaultsAreFound:
    def test_in_the_page(self, planted):
        assert warnings_shown(planted) == ['<div class="system-message">WARNING: unknown target</div>']
        assert broken_links(planted, planted.parent) == ["nowhere.html", "#nowhere", "picture.svg"]
        assert loaded_from_elsewhere(planted) == ["https://cdn.invalid/script.js"]
        assert images_without_words(planted) == ['<img src="picture.svg"/>']

    def test_in_the_browser(self, browser, planted):
        with served(planted.parent) as address:
            met = visit(browser, address, planted.name)
        assert any("undefined_function is not defined" in error for error in met.errors)
        assert met.elsewhere == ["https://cdn.invalid/script.js"]
        assert met.untypeset == ['<span class="math">$A_{jq$</span>']
        assert met.wider_than_the_screen == ["the page is 508 pixels wide on a screen of 390"]
        assert met.shrunk == [[220, 300]]
        assert met.fetched >= {"faulty.html", "picture.svg"}

    def test_in_a_file_that_does_not_compress(self, tmp_path):
        (tmp_path / "heavy.js").write_bytes(os.urandom(HEAVIEST))
        (tmp_path / "light.js").write_bytes(bytes(HEAVIEST))
        assert weight({"light.js"}, tmp_path) < 1000 < HEAVIEST < weight({"heavy.js", "missing.js"}, tmp_path)


# ---------------------------------------------------------------- cards: predict, then look


def test_a_card_is_answered_by_keyboard_and_read_aloud(browser, address):
    tab = browser.new_page(viewport=PHONE, color_scheme="dark")
    tab.goto(address + "chapters/index_notation.html")
    choices, folded = tab.locator(".card-choices"), tab.locator("details.predict")
    assert choices.count() == folded.count() == 12
    for card, choice, said in [(0, "legal", "✓ Right."), (1, "legal", "✗ No: not legal."), (1, "not legal", "✓ Right.")]:
        choices.nth(card).get_by_role("button", name=choice, exact=True).focus()
        tab.keyboard.press("Enter")
        assert choices.nth(card).get_by_role("status").inner_text() == said
        assert folded.nth(card).evaluate("card => card.open")
    colours = tab.evaluate("[document.body, document.querySelector('details.predict p')].map(e => getComputedStyle(e).color)")
    assert colours[0] == colours[1]
    tab.close()


def test_without_scripts_a_card_is_a_folded_answer(browser, address):
    tab = browser.new_context(java_script_enabled=False).new_page()
    tab.goto(address + "chapters/index_notation.html")
    assert tab.locator(".card-choices").count() == 0 and tab.locator("details.predict > summary").first.is_visible()
    tab.context.close()


# ---------------------------------------------------------------- on paper


ON_PAPER = """() => ({
    colours: [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor],
    theme: document.documentElement.dataset.theme,
    closed: [...document.querySelectorAll('summary + *')].filter(part => !part.closest('.cell:has(figure)') && !part.checkVisibility()).length,
    chrome: [...document.querySelectorAll('nav, button, .headerlink, .bd-footer')].filter(part => part.checkVisibility()).length,
})"""


def test_a_page_prints_black_on_white_with_its_solutions_and_nothing_else(browser, address):
    tab = browser.new_page(color_scheme="dark")
    tab.goto(address + "chapters/gradient_of_A.html")
    before = tab.evaluate(ON_PAPER)
    assert before["theme"] == "dark" and before["closed"] and before["chrome"]
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.evaluate(ON_PAPER) == {"colours": ["rgb(0, 0, 0)", "rgb(255, 255, 255)"], "theme": "light", "closed": 0, "chrome": 0}
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.evaluate(ON_PAPER)["theme"] == "dark"
    tab.close()


# ---------------------------------------------------------------- what readers do


@pytest.fixture(scope="module", params=["http", "disk"])
def opened(request, browser, address):
    """A tab, and where the site begins: over http and from disk. What went wrong is listed in `tab.errors`."""
    tab = browser.new_context(viewport={"width": 1280, "height": 800}, permissions=["clipboard-read", "clipboard-write"]).new_page()
    tab.errors = []
    tab.on("console", lambda message: tab.errors.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: tab.errors.append(str(error)))
    yield tab, address if request.param == "http" else f"{SITE.as_uri()}/"
    tab.context.close()


def open_page(opened, page):
    tab, site = opened
    tab.errors.clear()
    tab.goto(site + page, wait_until="load")
    return tab


@pytest.mark.parametrize("word, page", [("Kronecker", "kronecker_deltas"), ("bias", "gradient_of_b"), ("δ", "kronecker_deltas"), ("delta", "kronecker_deltas")])
def test_search_finds(opened, word, page):
    tab = open_page(opened, f"search.html?q={word}")
    tab.locator(".search-summary:has-text('matching')").wait_for()
    entry = tab.locator("#search-results li").filter(has=tab.locator(f"a[href*='{page}']")).first
    entry.wait_for()
    if tab.url.startswith("http"):
        entry.locator("p.context").wait_for()
        assert "\\" not in entry.inner_text()
    assert not tab.errors


def test_search_does_not_find_what_is_not_there(opened):
    tab = open_page(opened, "search.html?q=zyzzyva")
    tab.locator(".search-summary:has-text('did not match')").wait_for()
    assert not tab.locator("#search-results a").count() and not tab.errors


def test_the_theme_changes_and_stays(opened):
    tab = open_page(opened, PAGES[1])
    met = {}
    for _ in range(3):
        tab.locator("button.theme-switch-button:visible").click()
        mode = tab.evaluate("document.documentElement.dataset.mode")
        met[mode] = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        tab.reload()
        assert tab.evaluate("document.documentElement.dataset.mode") == mode
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == met[mode]
    assert met.keys() == {"light", "dark", "auto"} and met["light"] != met["dark"] and not tab.errors


def test_a_chapter_shows_all(opened):
    tab = open_page(opened, "chapters/gradient_of_A.html")
    tab.evaluate("document.fonts.ready.then(() => 0)")
    assert not tab.evaluate(UNTYPESET)
    assert tab.evaluate("[...document.images].every(image => image.complete && image.naturalWidth)")
    assert not tab.errors


LINKS = {"an equation": ("a[href='#equation-a-layer']:not(.headerlink)", "="), "a word": ("a[href='glossary.html#free-index']", "not summed")}


@pytest.mark.parametrize("kind", LINKS)
def test_a_reference_shows_what_it_refers_to(opened, kind):
    tab, (link, said) = open_page(opened, "chapters/gradient_of_A.html"), LINKS[kind]
    first, preview = tab.locator(f".bd-article {link}").first, tab.locator("#preview")
    first.hover()
    preview.wait_for()
    assert said in preview.inner_text() and preview.locator("math").count() == (kind == "an equation")
    preview.hover()
    tab.wait_for_timeout(400)
    assert preview.is_visible()
    tab.keyboard.press("Escape")
    assert not preview.count()
    tab.mouse.move(2, 2)
    tab.wait_for_timeout(400)
    tab.keyboard.press("Tab")
    first.focus()
    preview.wait_for()
    assert first.get_attribute("aria-describedby") == "preview"
    tab.evaluate("document.activeElement.blur()")
    preview.wait_for(state="detached")
    assert not tab.errors


COPY = """element => {
    getSelection().selectAllChildren(element)
    const event = new ClipboardEvent("copy", {clipboardData: new DataTransfer(), bubbles: true, cancelable: true})
    document.dispatchEvent(event)
    return event.clipboardData.getData("text/plain").trim()
}"""


def test_equations_are_copied_as_latex(opened):
    tab = open_page(opened, "chapters/gradient_of_A.html")
    equation = tab.locator("#equation-a-itself")
    tex = r"\frac{\partial a_{jk}}{\partial a_{pq}} = \delta_{jp} \delta_{kq}"
    assert equation.locator(".equation").evaluate(COPY) == f"$$\n{tex}\n$$"
    assert tab.locator("p:has(math)").first.evaluate(COPY).count("$") >= 2
    equation.hover()
    equation.get_by_role("button", name="Copy LaTeX").click()
    equation.get_by_role("button", name="Copied").wait_for()
    assert tab.evaluate("navigator.clipboard.readText()") == f"$$\n{tex}\n$$"
    assert not tab.errors


def test_code_is_copied(opened):
    tab = open_page(opened, "chapters/gradient_of_A.html")
    cell = tab.locator("div.highlight").filter(has_text="import numpy as np").first
    cell.hover()
    cell.locator("button.copybtn").click()
    cell.locator("button.copybtn.success").wait_for()
    assert tab.evaluate("navigator.clipboard.readText()").startswith("import numpy as np\n")


def test_the_ways_from_page_to_page(opened):
    tab = open_page(opened, "chapters/gradient_of_A.html")
    assert tab.locator(".page-toc a[href^='#']").count() >= 5
    download = tab.locator("a.btn-download-source-button")
    notebook = SITE / "chapters" / download.first.get_attribute("href")
    assert notebook.read_bytes() == (ROOT / "chapters" / "gradient_of_A.ipynb").read_bytes()
    tab.locator("a.right-next").click()
    assert tab.url.endswith("gradient_of_b.html")
    tab.locator("a.left-prev").click()
    assert tab.url.endswith("gradient_of_A.html")


def test_equations_are_numbered_by_chapter():
    numbers = {page: [tag.get_text()[1:-2] for tag in parsed(SITE / page).select(".eqno")] for page in PAGES}
    for chapter, page in enumerate(PAGES[1:11], start=1):
        assert parsed(SITE / page).select_one(".bd-article h1").get_text().startswith(f"{chapter}. ")
        assert numbers[page] == [f"{chapter}.{count}" for count in range(1, len(numbers[page]) + 1)]
    others = [number for page in PAGES[:1] + PAGES[11:] for number in numbers[page]]
    assert others == [str(count) for count in range(1, len(others) + 1)]


def test_the_first_page_shows_what_the_check_says():
    page = parsed(SITE / PAGES[0])
    assert [tag.get_text() for tag in page.select(".verdict")] == ["✓ holds"] * 5
    changed = page.select_one(".math.refuted annotation").get_text()
    assert page.select_one(".refusal").get_text().strip("\n") == str(check_equation(changed))


WITHOUT = {
    "searchindex.js": lambda opened: test_search_finds(opened, "Kronecker", "kronecker_deltas"),
    "pydata-sphinx-theme.js": test_the_theme_changes_and_stays,
    "previews.js": lambda opened: test_a_reference_shows_what_it_refers_to(opened, "a word"),
    "equations.js": test_equations_are_copied_as_latex,
    "copybutton.js": test_code_is_copied,
}


@pytest.mark.parametrize("file", WITHOUT)
def test_what_needs_a_file_is_missed_without_it(browser, address, file):
    tab = browser.new_context(viewport={"width": 1280, "height": 800}, permissions=["clipboard-read", "clipboard-write"]).new_page()
    tab.errors = []
    tab.set_default_timeout(3000)
    tab.route(f"**/{file}*", lambda route: route.fulfill(body=""))
    with pytest.raises((AssertionError, PlaywrightError)):
        WITHOUT[file]((tab, address))
    tab.context.close()
