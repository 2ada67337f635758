"""The benchmarks still run and measure what they say; the page on speed shows what they stored. No clock is looked at."""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import book, checks, engine, gradients, make_test, measure
from benchmarks.host import Network, served
from linalg_grads.linear_layer import linear_backward
from website.extensions import speed

ROOT = Path(__file__).parents[1]
RESULTS = speed.results()
SIZE = ((2, 3), 8, 5)


def test_the_examples_of_how_a_spread_is_measured():
    assert doctest.testmod(measure).failed == 0 < doctest.testmod(measure).attempted


# ---------------------------------------------------------------- the gradients


def flat(found):
    """y and the gradients, or the products, as a list of vectors."""
    parts = [one for part in found for one in (part if isinstance(part, tuple) else [part])]
    return [np.ravel(torch.as_tensor(part).detach()) for part in parts]


@pytest.mark.parametrize("library", gradients.MAKE)
def test_all_contenders_compute_the_same(library):
    contenders = {name: flat(run()) for name, run in gradients.MAKE[library](*SIZE, "float64").items()}
    expected = contenders[gradients.OURS[library][0]]
    for name, found in contenders.items():
        if name != "bare products":
            assert len(found) == 4 and all(np.allclose(one, other) for one, other in zip(found, expected)), name
    products = contenders["bare products"]
    assert len(products) == 3 and np.allclose(products[1], expected[1]) and np.allclose(products[2], expected[2])


@pytest.mark.parametrize("library", gradients.MAKE)
def test_a_case_has_every_ratio(library):
    case = gradients.race(library, "float32", "cpu", SIZE, budget=0)
    assert case["rounds"] == gradients.LEAST
    assert set(case["ratios"]) == set(gradients.OURS[library])
    assert all(set(ratios) == set(case["seconds"]) - {ours} for ours, ratios in case["ratios"].items())


def test_the_layer_allocates_what_its_outputs_need():
    """Bytes, which don't vary; NumPy adds a little of its own."""
    found = gradients.memory()
    for library in ("numpy", "torch"):
        share = found[library][gradients.OURS[library][0]] / found["outputs"]
        assert 1 <= share < 1.01
    jacobian = found["jacobian"]
    lead, in_, out = jacobian["sizes"]
    assert jacobian["formed"] >= 8 * lead[0] * out * out * in_ > 500 * jacobian["never formed"]


def test_what_is_freed_on_the_way_shows():
    assert 16_000 <= gradients.peak(lambda: np.zeros(1000) + 1) < 17_000
    assert 12_000 <= gradients.allocated(lambda: (torch.zeros(1000) + 1) * 2) < 12_100


def calls(work):
    """How many Python functions are called while `work` runs."""
    import sys

    made = 0

    def count(frame, event, argument):
        nonlocal made
        made += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return made


def test_the_arguments_are_checked_with_few_calls():
    """For small layers this is the whole price; with a doubled check the count would be twice as high."""
    grad_y, x, a = np.ones((2, 3)), np.ones((2, 5)), np.ones((3, 5))
    linear_backward(grad_y, x, a)
    once = calls(lambda: linear_backward(grad_y, x, a))
    assert once < 40
    assert calls(lambda: [linear_backward(grad_y, x, a), linear_backward(grad_y, x, a)]) > 1.8 * once


# ---------------------------------------------------------------- the others


def test_the_engine_is_measured():
    from benchmarks.peers.linalg_grads import backward, clear

    for make, sizes in engine.FAMILIES.values():
        assert set(engine.once(make(sizes[0]), backward, clear)) == {"read", *engine.STAGES}


def test_the_equations_are_counted():
    found = checks.check_equations("start_here")
    assert 0 < found["equations"] <= found["statements"] and len(found["each"]) == found["equations"]


def test_the_floor_imports_what_a_notebook_imports():
    import nbformat

    notebook = nbformat.read(ROOT / "chapters" / f"{checks.NOTEBOOKS[0]}.ipynb", as_version=4)
    assert "import numpy as np" in checks.imports(notebook).splitlines()


def test_the_steps_of_make_test_can_be_told_apart():
    assert re.findall(r"call say,(\d)/5 ", (ROOT / "Makefile").read_text()) == list("12345")
    assert make_test.DURATION.match("1.25s call     tests/test_site.py::test_a[b]").groups() == ("1.25", "tests/test_site.py")


# ---------------------------------------------------------------- the book


def test_the_examples_of_how_pages_are_chosen_and_requests_counted():
    assert doctest.testmod(book).failed == 0 < doctest.testmod(book).attempted


def test_the_other_book_is_built_without_what_it_asks_of_others():
    theirs = {
        "title": "T", "execute": {"execute_notebooks": "cache", "timeout": 600},
        "sphinx": {"extra_extensions": ["sphinx_proof", "sphinx.ext.intersphinx"],
                   "config": {"html_theme": "their_theme", "intersphinx_mapping": {}, "mathjax_path": "https://cdn/mathjax.js", "proof_minimal_theme": True}},
    }  # fmt: skip
    assert book.settled(theirs) == {
        "title": "T", "execute": {"execute_notebooks": "off"},
        "sphinx": {"extra_extensions": ["sphinx_proof"], "config": {"mathjax_path": f"http://{book.CDN}/tex-mml-chtml.js", "proof_minimal_theme": True}},
    }  # fmt: skip


def test_a_changed_page_has_one_sentence_more():
    import nbformat

    assert book.changed("# A page", ".md", "More.") == "# A page\n\nMore.\n"
    before = (ROOT / "chapters/start_here.ipynb").read_text(encoding="utf-8")
    once = book.changed(before, ".ipynb", "More.")
    assert [cell.source for cell in nbformat.reads(once, as_version=4).cells] == [*(cell.source for cell in nbformat.reads(before, as_version=4).cells), "More."]


LATE = """<!doctype html><title>Mathematics in two steps</title><link rel="icon" href="data:,">
<script src="https://nowhere.test/never.js"></script>
<p>An equation <span class="math">x</span> and <span class="math"><math><mi>y</mi></math></span>.</p>
<script src="http://cdn.localhost/typeset.js" defer></script>"""
TYPESET = """setTimeout(() => {
    document.querySelector('.math').innerHTML = '<math><mi>x</mi></math>'
}, 200)""" + "// nothing, at length" * 1000


def test_a_visit_waits_for_the_last_equation_and_counts_what_it_took(tmp_path):
    """Mathematics is there when the last equation is, not when the first is; a host that nobody answers for is counted."""
    from playwright.sync_api import sync_playwright

    from website.pdf import QUIET, browser_program

    if browser_program() is None:
        pytest.skip("no Chromium on this machine: 'make system' installs it")
    (tmp_path / "late.html").write_text(LATE, encoding="utf-8")
    (tmp_path / "typeset.js").write_text(TYPESET, encoding="utf-8")
    with served(tmp_path) as port, served(tmp_path, Network) as cdn, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=[*QUIET, f"--host-resolver-rules={book.rules(cdn)}"])
        weight, moments = book.visit(browser, f"http://127.0.0.1:{port}/late.html", slow=False)
        browser.close()
    assert weight["requests"] == 3 and weight["requests_outside"] == 2 and weight["unanswered"] == ["nowhere.test"]
    assert 100 < weight["bytes_outside"] < weight["bytes"] < len(TYPESET) / 10
    assert moments["mathematics"] >= 0.2  # no timer ends before its time, however slow the machine is


# ---------------------------------------------------------------- the page


def measured(benchmark):
    if benchmark not in RESULTS:
        pytest.skip(f"not measured yet: make bench ONLY={benchmark}")
    return RESULTS[benchmark]


def test_the_gradients_were_measured_as_they_are_now():
    """A benchmark that has changed must be run again."""
    found = [case for case in measured("gradients")["cases"] if case["device"] == "cpu"]
    cases = {(case["library"], case["dtype"], (tuple(case["lead"]), case["in"], case["out"]), case["threads"]) for case in found}
    wanted = [case for case in gradients.cases(quick=False) if case[2] == "cpu"]
    assert cases == {(library, dtype, size, threads) for library, dtype, _, size in wanted for threads in gradients.THREADS}
    assert all(set(gradients.OURS[case["library"]]) == set(case["ratios"]) for case in found)


def test_the_checks_were_measured_as_they_are_now():
    found = measured("checks")
    assert list(found["notebooks"]["seconds"]) == list(checks.RUNNERS) and found["notebooks"]["notebooks"] == list(checks.NOTEBOOKS)


def test_the_engine_was_measured_as_it_is_now():
    assert list(measured("engine")["growth"]) == list(engine.FAMILIES)


def test_the_book_was_measured_as_it_is_now():
    found = measured("book")
    assert list(found["books"]) == ["ours", "theirs"] and found["books"]["theirs"]["commit"] == book.COMMIT and found["changes"] == book.CHANGES
    for one in found["books"].values():
        assert len(one["visits"]) == book.SAMPLE and one["seconds"].keys() == {"from scratch", "after a change"}
        assert [visit["equations"] for visit in one["visits"]] == sorted((visit["equations"] for visit in one["visits"]), reverse=True)
    assert all(visit["requests_outside"] == 0 for visit in found["books"]["ours"]["visits"])


def test_a_table_says_where_the_other_book_is_ahead():
    def one(seconds, size):
        visit = {"equations": 9, "bytes": size, "bytes_outside": 0, "requests": 2, "requests_outside": 0, "unanswered": []}
        moments = {moment: {"median": seconds} for moment in ("first_paint", "mathematics")}
        return {"pages": 4, "seconds": {kind: {"median": seconds} for kind in ("from scratch", "after a change")}, "visits": [visit | moments]}

    def ahead(ours, theirs):
        return speed.facts_of_book({"books": {"ours": ours, "theirs": theirs}, "phone": {"megabits": 1, "latency": 1, "slower": 1}})["where the other book is ahead"]

    assert ahead(one(1, 10), one(2, 20)) == "nothing"
    assert ahead(one(1, 30), one(2, 20)) == "bytes"
    assert ahead(one(3, 10), one(2, 20)) == "from scratch; from scratch, for each page; after a change in one chapter; first words shown; all mathematics shown"


def pinned(file):
    return dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / file).read_text(), re.M))


def test_both_environments_have_the_same_version_of_what_they_share():
    ours, benchmarks = pinned("requirements.txt"), pinned("benchmarks/requirements.txt")
    shared = ours.keys() & benchmarks.keys()
    assert {"sphinx", "torch", "nbval"} <= shared and {name: ours[name] for name in shared} == {name: benchmarks[name] for name in shared}


def test_the_versions_are_those_of_the_benchmarks():
    versions = pinned("requirements.txt") | pinned("benchmarks/requirements.txt")
    for result in RESULTS.values():
        for package, version in speed.versions_of(result).items():
            assert version.split("+")[0] == versions.get(package, version), package


def test_a_goal_is_missed_if_one_case_is():
    def found(*intervals):
        ratios = [{speed.OURS: {"autograd": {"median": 1, "interval": interval}}} for interval in intervals]
        return {"gradients": {"cases": [{"library": "torch", "lead": [4], "in": 8, "out": 8, "ratios": ratio} for ratio in ratios]}}

    fast, slow, both = [0.5, 0.6], [1.1, 1.2], [0.9, 1.1]
    goal = lambda *intervals: speed.goal_of_cases(speed.against(found(*intervals), speed.OURS, "autograd"), 1)
    assert goal(fast, both) == ("of 2 cases 1 met, 1 within noise", "met")
    assert goal(fast, both, slow) == ("of 3 cases 1 met, 1 within noise, 1 missed", "missed")


def test_a_row_shows_its_numbers():
    found = measured("gradients")
    html = speed.ratios(RESULTS, speed.OURS, "autograd", 1, (0.1, 10))
    assert html.count('class="speed-track"') == len(found["cases"])
    assert all(f"<td>{speed.number(case['ratios'][speed.OURS]['autograd']['median'])}</td>" in html for case in found["cases"])


def test_every_number_on_the_page_is_measured():
    page = (ROOT / "chapters/speed.md").read_text()
    assert set(re.findall(r"```{speed} (\S+)", page)) == set(speed.TABLES)
    for benchmark in speed.FACTS:
        measured(benchmark)
    assert set(re.findall(r"{measured}`([^`]+)`", page)) == set(speed.facts(RESULTS))
    assert len(speed.goals(RESULTS)) > 8
