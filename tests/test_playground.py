"""The page where readers run the engine says what the engine says here, though its Python is another one.

    make playground, then pytest tests/test_playground.py
"""

import json
import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from test_site import PHONE, SITE, TOO_WIDE, address, browser, outside  # noqa: F401  (fixtures)

from linalg_grads import LinalgGradsError, backward
from linalg_grads.__main__ import as_json
from tests.published_problems import PROBLEMS

PAGE = "chapters/playground.html"
SECONDS = 60_000  # milliseconds for Python to start, on a machine that does other work, too
ATTENTION = [r"s_{ij} := \frac{1}{\sqrt{D}} q_{id} k_{jd}", r"p_{ij} := \frac{\exp(s_{ij})}{\sum_m \exp(s_{im})}", "y_{ie} = p_{ij} v_{je}"]
SHOWN = "all => all.map(box => (box.querySelector('annotation') ?? box).textContent)"
ASK = """([all, url]) => new Promise((resolve, reject) => {
    const worker = new Worker(url, {type: 'module'}), answers = []
    worker.onerror = reject
    worker.onmessage = ({data}) => data.ready || answers.push(data) < all.length || resolve(answers)
    for (const one of all) worker.postMessage(one)
})"""


@pytest.fixture(scope="module", autouse=True)
def built():
    if not (SITE / "_static" / "playground").exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("this site has no playground: 'make playground' builds one that has")


@pytest.fixture
def tab(browser, address):  # noqa: F811
    tab = browser.new_page(viewport=PHONE)
    tab.problems = []
    tab.on("console", lambda message: tab.problems.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: tab.problems.append(str(error)))
    tab.on("request", lambda request: tab.problems.append(request.url) if outside(request.url, address) else None)
    tab.goto(address + PAGE)
    yield tab
    tab.close()


def derive(tab, equations):
    tab.fill("#equations", "\n".join(equations))
    tab.get_by_role("button", name="Derive", exact=True).press("Enter")
    tab.wait_for_selector("#result *", timeout=SECONDS)


def shown(tab):
    """The texts under the result's titles, by title."""
    tab.wait_for_function("[...document.querySelectorAll('#result .equation')].every(box => box.querySelector('math'))")
    return dict(zip(tab.locator("#result h2").all_inner_texts(), tab.eval_on_selector_all("#result > .equation, #result > pre", SHOWN)))


def test_the_page_shows_the_derivation_and_the_code(tab):
    derive(tab, ATTENTION)
    said = shown(tab)
    for name in "qkv":
        tab.get_by_role("button", name=name, exact=True).click()
        tab.wait_for_function("name => document.querySelector('#result [aria-pressed=true]')?.ariaLabel == name", arg=name)
        derivation, said = backward(ATTENTION, name), shown(tab)
        assert said["Every step"] == derivation.to_latex()
        assert said["In matrix notation"] == derivation.to_matrix()
        assert said["NumPy"] == derivation.to_numpy().strip() and said["PyTorch"] == derivation.to_torch().strip()
    assert not tab.problems and not tab.evaluate(TOO_WIDE)


def test_a_mistake_gets_the_engines_message(tab):
    derive(tab, ["y_{ij} = x_{ik} a_j"])
    with pytest.raises(LinalgGradsError) as refused:
        backward("y_{ij} = x_{ik} a_j", "x")
    assert tab.get_by_role("alert").inner_text() == str(refused.value)
    assert not tab.problems


def test_what_has_no_input_can_not_be_derived(tab):
    derive(tab, ["l = 3"])
    assert tab.get_by_role("alert").inner_text() == "there is no input to differentiate by"
    derive(tab, ["y_i = x_i^2"])  # and the engine goes on
    tab.wait_for_selector("#result h2")


@pytest.mark.parametrize("missing", ["worker.js", "pyodide.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "linalg_grads.zip"])
def test_where_a_part_of_python_is_missing_it_says_so(tab, missing):
    tab.context.route(f"**/{missing}", lambda route: route.abort())
    tab.get_by_role("button", name="Derive", exact=True).click()
    tab.wait_for_function("document.getElementById('said').textContent.startsWith('Python could not be started')", timeout=SECONDS)


def test_the_address_holds_the_equations(tab, browser):  # noqa: F811
    derive(tab, ["y_i = w_{ij} x_j"])
    tab.get_by_role("button", name="x", exact=True).click()
    tab.wait_for_function("document.querySelector('#result [aria-pressed=true]')?.ariaLabel == 'x'")
    other = browser.new_page()
    other.goto(tab.url)
    other.wait_for_selector("#result h2", timeout=SECONDS)
    assert other.input_value("#equations") == "y_i = w_{ij} x_j"
    assert shown(other)["Every step"] == backward("y_i = w_{ij} x_j", "x").to_latex()
    other.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_screen_reader_finds_its_way_through_the_result(tab, theme):
    tab.emulate_media(color_scheme=theme)
    derive(tab, ATTENTION)
    shown(tab)
    assert not Axe().run(tab).response["violations"]


def test_from_disk_it_says_what_to_do(browser):  # noqa: F811
    tab = browser.new_page()
    tab.goto((SITE / PAGE).as_uri())
    assert not tab.locator("#playground").is_visible()
    assert "make read" in tab.locator("#from-disk").inner_text()
    tab.close()


def test_the_engine_says_the_same_in_the_browsers_python(tab, address):  # noqa: F811
    """Pyodide's CPython is newer than this one. Every fifth published problem, by its first input with an index."""
    asked, expected = [], []
    for problem in PROBLEMS[::5]:
        equations = [problem.equations] if isinstance(problem.equations, str) else problem.equations
        name = next(iter(problem.inputs))
        asked.append({"equations": "\n".join(equations), "wrt": name})
        expected.append(as_json(backward(equations, name)))
    answers = tab.evaluate(ASK, [asked, f"{address}_static/playground/worker.js"])
    assert len(answers) > 50
    for one, wanted in zip(answers, expected, strict=True):
        assert {key: one.get(key) for key in wanted} == json.loads(json.dumps(wanted)), one.get("error")
