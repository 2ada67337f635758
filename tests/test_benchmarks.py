"""The benchmarks still run and measure what they say; the page on speed shows what they stored. No clock is looked at."""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import checks, engine, gradients, make_test, measure
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


def test_the_versions_are_those_of_the_benchmarks():
    pinned = dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / "benchmarks/requirements.txt").read_text(), re.M))
    for result in RESULTS.values():
        for package, version in speed.versions_of(result).items():
            assert version.split("+")[0] == pinned.get(package, version), package


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
