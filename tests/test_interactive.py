"""An index lights up wherever it stands, by mouse, touch and keyboard, and is read as the engine reads it; and a sum is stepped through.

    make book, then pytest tests/test_interactive.py

Each check is a function of a page. It holds on the site, and fails on a copy of the site with one fault in the script.
"""

import re

import pytest
from playwright.sync_api import TimeoutError
from test_site import PAGES, PHONE, address, browser, built  # noqa: F401  (fixtures)

from linalg_grads.indices import all_indices, bind_claim, free
from linalg_grads.parse_latex import parse_chain, parse_expression
from linalg_grads.statements import read_statements

SCRIPT = "**/indices.js*"
CHAPTER = "chapters/index_notation.html"
LAYER = "#equation-index-layer-sum .equation"
LIT = "all => all.map(letter => letter.textContent).join(' ')"


@pytest.fixture
def tab(browser, address):  # noqa: F811
    tab = browser.new_page(viewport=PHONE, has_touch=True)
    yield tab
    tab.close()


def opened(tab, address, page=CHAPTER, fault=(), script=SCRIPT):  # noqa: F811
    """A page, with one place of the script changed if there is a fault to plant."""

    def change(route):
        text = route.fetch().text()
        assert text.count(fault[0]) == 1
        route.fulfill(body=text.replace(*fault), content_type="text/javascript")

    if fault:
        tab.route(script, change)
    tab.goto(address + page)
    tab.evaluate("document.fonts.ready.then(() => 0)")


def lit(tab):
    return tab.eval_on_selector_all("math .index-lit", LIT)


def said(tab):
    return tab.locator(".index-said").inner_text()


def middle(tab, selector):
    place = tab.locator(selector).first
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


# ---------------------------------------------------------------- what must hold


def mouse_lights_the_equation_and_the_figure(tab):
    tab.mouse.move(*middle(tab, f"{LAYER} munder mi"))
    assert lit(tab) == "k k k" and said(tab) == "k is a dummy, summed over: 3 places, on ∑, x, a"
    assert tab.locator("svg .index-lit").count() == tab.locator("svg [data-index=k]").count() > 5
    shadow = tab.locator("math .index-lit").first.evaluate("letter => getComputedStyle(letter).boxShadow")
    assert shadow != "none"  # a line, so that colour is never the only sign
    tab.mouse.move(0, 0)
    assert lit(tab) == said(tab) == ""


def a_tap_lights_it(tab):
    tab.touchscreen.tap(*middle(tab, f"{LAYER} munder mi"))
    assert lit(tab) == "k k k"


def keys_walk_through_the_indices(tab):
    box = tab.locator(LAYER)
    box.focus()
    heard = []
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Escape"):
        tab.keyboard.press(key)
        heard.append(f"{lit(tab)}: {re.split('[,:]', said(tab))[0]}")
    i, j, k = "i i i: i is free", "j j j: j is free", "k k k: k is a dummy"
    assert heard == [i, j, k, k, j, ": "]
    assert tab.locator(".index-said").get_attribute("role") == "status"


def a_figure_lights_its_places(tab):
    tab.mouse.move(*middle(tab, "svg [data-index=j]"))
    assert said(tab) == "j"
    assert tab.locator("svg .index-lit").count() == tab.locator("svg [data-index=j]").count() > 3


def a_wide_equation_still_scrolls_by_key(tab):
    wide = tab.locator("div.math > .equation").filter(visible=True).nth(0)
    wide.evaluate("box => { box.style.width = '6rem'; box.style.flex = 'none'; box.scrollLeft = 0 }")
    wide.focus()
    for _ in range(12):
        tab.keyboard.press("ArrowRight")
    tab.wait_for_timeout(300)
    assert wide.evaluate("box => box.scrollLeft + box.clientWidth >= box.scrollWidth - 2")


def the_engine_reads_the_same(tab):
    found = tab.evaluate("""() => [...document.querySelectorAll("div.math:not(.refuted) math")].map(math =>
        [math.querySelector("annotation").textContent, indicesOf(math).map(index => [index.text, index.free])])""")
    for latex, indices in found:
        assert {tuple(index) for index in indices} == read_by_the_engine(latex), latex


def read_by_the_engine(latex):
    """(letter, is it free?) of each index in each term of an equation; capital letters are sizes."""
    found = set()
    for statement in read_statements(latex):
        if statement.kind in ("chain", "expression"):
            text = statement.text.replace("I_n", "I").replace("I_M", "I").replace(r"\mathbf{1}_N", r"\mathbf{1}")
            sides = parse_chain(text)[0] if statement.kind == "chain" else [parse_expression(text)]
            for side, bound in zip(sides, bind_claim(sides, statement.text)):
                found |= {(index, index in free(bound)) for index in map(str, all_indices(side)) if index in set("abcdefghijklmnopqrstuvwxyz")}
    return found


CHECKS = [
    mouse_lights_the_equation_and_the_figure,
    a_tap_lights_it,
    keys_walk_through_the_indices,
    a_figure_lights_its_places,
    a_wide_equation_still_scrolls_by_key,
]


@pytest.mark.parametrize("check", CHECKS)
def test_it_holds(tab, address, check):  # noqa: F811
    opened(tab, address)
    check(tab)


def test_every_equation_is_read_as_the_engine_reads_it(tab, address):  # noqa: F811
    for page in PAGES:
        opened(tab, address, page)
        the_engine_reads_the_same(tab)


FAULTS = [
    (mouse_lights_the_equation_and_the_figure, '"mousemove"', '"mousedown"'),
    (mouse_lights_the_equation_and_the_figure, ", ...inFigures(index.text)]", "]"),
    (mouse_lights_the_equation_and_the_figure, 'box.addEventListener("mouseleave"', 'box.addEventListener("never"'),
    (a_tap_lights_it, "least = 16", "least = 0"),
    (keys_walk_through_the_indices, "ArrowRight: 1", "ArrowRight: 2"),
    (keys_walk_through_the_indices, "box.tabIndex = 0", ""),
    (a_figure_lights_its_places, '"mouseover"', '"never"'),
    (a_wide_equation_still_scrolls_by_key, "if (!step || !indices()[at + step]) return", "if (!step) return; event.preventDefault(); if (!indices()[at + step]) return"),
    (the_engine_reads_the_same, "term++", "term"),
    (the_engine_reads_the_same, "part += ", "part = 0 * "),
    (the_engine_reads_the_same, "const free = component &&", "const free = !component &&"),
    (the_engine_reads_the_same, "if (row.firstElementChild.textContent.trim()) newStatement()", "newStatement()"),
]


@pytest.mark.parametrize("check, right, wrong", FAULTS)
def test_a_planted_fault_is_found(tab, address, check, right, wrong):  # noqa: F811
    opened(tab, address, "chapters/kronecker_deltas.html" if check is the_engine_reads_the_same else CHAPTER, (right, wrong))
    with pytest.raises(AssertionError):
        check(tab)


def test_without_scripts_the_page_is_whole(browser, address):  # noqa: F811
    tab = browser.new_context(java_script_enabled=False).new_page()
    tab.goto(address + CHAPTER)
    assert tab.locator(LAYER).is_visible() and tab.locator("svg[role=img][aria-label]").first.is_visible()
    assert tab.locator(".equation[tabindex], .index-said").count() == 0
    tab.context.close()


# ---------------------------------------------------------------- a sum, step by step


STEPPED = "chapters/kronecker_deltas.html"
SEEN = "parts => [...new Set(parts.filter(part => getComputedStyle(part).visibility == 'visible').map(part => +part.dataset.step))]"


def seen(tab):
    return tab.eval_on_selector_all("[data-step]", SEEN)


def keys_step_through_a_sum(tab):
    assert seen(tab) == [1, 2, 3, 4, 5]
    heard = []
    for name in ("Next", "Next", "Back", "Back", "All", "Back"):
        tab.get_by_role("button", name=name, exact=True).focus()
        tab.keyboard.press("Enter")
        heard.append((len(seen(tab)), tab.locator(".drawing:has(svg[data-steps]) + .card-choices").get_by_role("status").inner_text()))
    first, last = "Step 1 of 5. j = 0: 0 times 2 is 0", "Step 4 of 5. j = 3: 0 times 8 is 0"
    assert heard == [(1, first), (2, "Step 2 of 5. j = 1: 1 times 7 is 7"), (1, first), (1, first), (5, "All 5 steps"), (4, last)]


def paper_has_all_steps(tab):
    tab.get_by_role("button", name="Next", exact=True).click()
    tab.emulate_media(media="print")
    assert seen(tab) == [1, 2, 3, 4, 5] and not tab.get_by_role("button", name="Next", exact=True).is_visible()


@pytest.mark.parametrize("check", [keys_step_through_a_sum, paper_has_all_steps])
def test_steps(tab, address, check):  # noqa: F811
    opened(tab, address, STEPPED)
    check(tab)


STEP_FAULTS = [
    (keys_step_through_a_sum, "dataset.step > at", "dataset.step > at + 1"),
    (keys_step_through_a_sum, "at == last ? 1", "at == last ? last"),
    (keys_step_through_a_sum, "Math.max(1, step())", "step()"),
    (keys_step_through_a_sum, '"role", "status"', '"role", "none"'),
    (paper_has_all_steps, 'part.classList.toggle("step-to-come", part.dataset.step > at)', 'part.style.visibility = part.dataset.step > at ? "hidden" : ""'),
]


@pytest.mark.parametrize("check, right, wrong", STEP_FAULTS)
def test_a_fault_in_the_steps_is_found(tab, address, check, right, wrong):  # noqa: F811
    tab.set_default_timeout(5000)
    opened(tab, address, STEPPED, (right, wrong), "**/steps.js*")
    with pytest.raises((AssertionError, TimeoutError)):
        check(tab)


def test_without_scripts_all_steps_are_seen(browser, address):  # noqa: F811
    tab = browser.new_context(java_script_enabled=False).new_page()
    tab.goto(address + STEPPED)
    assert tab.locator("svg[data-steps] [data-step='5']").first.is_visible()
    assert tab.locator(".drawing:has(svg[data-steps]) + .card-choices").count() == 0
    tab.context.close()
