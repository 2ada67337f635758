"""What the engine costs, in counts that don't vary: modules loaded, nodes made. The clock is looked at in benchmarks/ only."""

import subprocess
import sys

import pytest

from linalg_grads import backward, contract, to_matrix

LINEAR = r"y_{ij} = x_{ik} a_{jk} + \mathbf{1}_i b_j"
HEAVY = {"numpy", "torch", "matplotlib", "sympy", "inspect", "dataclasses", "typing", "json", "difflib", "logging"}


def loaded(code):
    """The modules that a fresh interpreter has loaded after `code` and not before, without those of `site`."""
    program = f"import sys; before = set(sys.modules)\n{code}\nprint(*sorted(set(sys.modules) - before), file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(run.stderr.split())


def nodes_made(work):
    """How many nodes are made while `work` runs."""
    made = 0

    def count(frame, event, argument):
        nonlocal made
        made += event == "c_call" and argument == tuple.__new__

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return made


def test_importing_the_package_loads_none_of_its_modules():
    assert {name for name in loaded("import linalg_grads") if "linalg_grads" in name} == {"linalg_grads"}
    assert "linalg_grads.derivation" in loaded("from linalg_grads import backward")  # the count does see them


@pytest.mark.parametrize("start", [
    pytest.param("from linalg_grads import backward", id="backward"),
    pytest.param(f"from linalg_grads.__main__ import main; main(['derive', r'{LINEAR}', '--wrt', 'a'])", id="python -m linalg_grads derive"),
])  # fmt: skip
def test_a_cold_start_loads_nothing_heavy(start):
    assert not loaded(start) & HEAVY
    assert loaded("import json") & HEAVY


def derive(equations, wrt="xab"):
    for name in wrt:
        derivation = backward(equations, wrt=name)
        derivation.jacobian, derivation.gradient


def test_the_linear_layer_is_derived_with_few_nodes():
    made = nodes_made(lambda: derive(LINEAR))
    assert 50 < made < 115
    assert nodes_made(lambda: [derive(LINEAR), derive(LINEAR)]) > 115  # work done twice would show


def network(layers, residual):
    equations, before = [], "x_{%s}"
    for n in range(layers):
        after = "h_{%d,%%s}" % n if n < layers - 1 else "y_{%s}"
        straight = before % "ij" + " + " if residual else ""
        equations.append(rf"{after % 'ij'} = {straight}\tanh({before % 'ik'} w_{{{n},jk}})")
        before = after
    return equations


@pytest.mark.parametrize("residual", [False, True], ids=["y = tanh(x w)", "y = x + tanh(x w)"])
def test_a_network_twice_as_deep_costs_no_more_than_three_times_the_nodes(residual):
    shallow, deep = (nodes_made(lambda: derive(network(layers, residual), "x")) for layers in (6, 12))
    assert deep < 3 * shallow


def test_a_network_that_is_multiplied_out_shows_in_the_count(monkeypatch):
    layers = network(7, residual=False)
    usual = nodes_made(lambda: derive(layers, "x"))
    monkeypatch.setattr(contract, "MANY_TERMS", 10**9)
    assert nodes_made(lambda: derive(layers, "x")) > 3 * usual


def test_a_matrix_form_is_written_once_each_way(monkeypatch):
    """Each product may be written as it is or transposed; tried at every level anew, twenty layers would take a million times."""
    usual, calls = to_matrix.Writer.written_as, []
    monkeypatch.setattr(to_matrix.Writer, "written_as", lambda writer, node, axes: (calls.append(node), usual(writer, node, axes))[1])
    backward(network(20, residual=False), wrt="x").to_matrix()
    assert 20 < len(calls) < 2000
