"""Faults planted in the checker itself: each must make it disagree with what the tests of the checker know.

A checker that passes everything passes its own book, too. Without a fault it agrees with all of it.
"""

import pytest
import torch

import test_book_equations
import test_checker
from test_checker import no_memory  # noqa: F401
from linalg_grads import book, check, claims, evaluate, expressions, indices, lengths, statements, symbols
from website.accept import held


def everything_holds(monkeypatch):
    monkeypatch.setattr(claims.Chain, "equal", lambda *_: None)


def shapes_always_fit(monkeypatch):
    monkeypatch.setattr(claims.Chain, "fit", lambda *_: None)


def lengths_are_never_compared(monkeypatch):
    monkeypatch.setattr(lengths.Lengths, "same", lambda *_: True)


def index_rules_are_off(monkeypatch):
    monkeypatch.setattr(claims, "bind_claim", lambda sides, source: [claims.bind(side, free_letters(sides[0]), source) for side in sides])


def free_letters(e):
    return tuple(dict.fromkeys(index for node in claims.nodes(e) for index in claims.own_indices(node)))


def the_terms_of_a_bracket_are_added_up(monkeypatch):
    monkeypatch.setattr(indices, "counts_in_a_term", expressions.counts)


def errors_are_swallowed(monkeypatch):
    checked = check._check
    monkeypatch.setattr(check, "_check", lambda block, scope: (checked(block, scope)[0], []))


def crashes_are_swallowed(monkeypatch):
    def careless(statement, scope, place=""):
        try:
            return claims.check_statement(statement, scope, place)
        except Exception:
            return {"claim": 1}

    monkeypatch.setattr(check, "check_statement", careless)


def the_second_line_is_skipped(monkeypatch):
    monkeypatch.setattr(check, "read_statements", lambda *block: statements.read_statements(*block)[:1])


def continued_lines_are_skipped(monkeypatch):
    monkeypatch.setattr(statements, "_goes_on", lambda piece: False)


def only_the_first_two_sides_are_compared(monkeypatch):
    claim = claims.Chain.claim

    def first_two(chain):
        chain.sides = chain.sides[:2]
        claim(chain)

    monkeypatch.setattr(claims.Chain, "claim", first_two)


def inline_equations_are_skipped(monkeypatch):
    monkeypatch.setattr(check, "read_statements", lambda text, inline: [] if inline else statements.read_statements(text))


def the_list_of_equations_is_empty(monkeypatch):
    monkeypatch.setattr(book, "_blocks", lambda *_: [])


def entries_are_all_one(monkeypatch):
    monkeypatch.setattr(symbols.Values, "random", lambda values, key, shape: torch.ones(shape, dtype=torch.float64))


def derivatives_are_zero(monkeypatch):
    monkeypatch.setattr(symbols, "_jacobian", lambda value, variable: torch.zeros(value.shape + variable.shape, dtype=torch.float64))


def what_is_differentiated_is_not_compared(monkeypatch):
    monkeypatch.setattr(claims, "_differentiated", lambda left, right: [])


def transposes_are_lost(monkeypatch):
    matrix = evaluate.Reader.matrix
    monkeypatch.setattr(evaluate.Reader, "matrix", lambda reader, e: matrix(reader, e.of if isinstance(e, evaluate.Transpose) else e))


def leading_axes_are_one(monkeypatch):
    monkeypatch.setattr(claims, "LEADS", claims.LEADS[:1])


def a_definition_is_never_a_claim(monkeypatch):
    monkeypatch.setattr(claims.Chain, "defines", lambda chain: True)


def a_refuted_equation_may_hold(monkeypatch):
    monkeypatch.setattr(check, "_refute", lambda block, scope: check.Result(block, check.Counter(refuted=1)))


FAULTS = (
    everything_holds, shapes_always_fit, lengths_are_never_compared, index_rules_are_off, the_terms_of_a_bracket_are_added_up, errors_are_swallowed, crashes_are_swallowed,
    the_second_line_is_skipped, continued_lines_are_skipped, only_the_first_two_sides_are_compared, inline_equations_are_skipped,
    the_list_of_equations_is_empty, entries_are_all_one, derivatives_are_zero, what_is_differentiated_is_not_compared, transposes_are_lost,
    leading_axes_are_one, a_definition_is_never_a_claim,
)  # fmt: skip


def test_without_a_fault_the_checker_is_right():
    assert list(test_checker.disagreements()) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_of_the_checker_is_noticed(monkeypatch, no_memory, fault):
    fault(monkeypatch)
    try:
        found = next(test_checker.disagreements(), None)
    except (AssertionError, ValueError) as error:  # what the tests rest on is not found
        found = error
    assert found


def test_a_refuted_equation_that_holds_is_noticed(monkeypatch):
    a_refuted_equation_may_hold(monkeypatch)
    with pytest.raises((AssertionError, IndexError)):
        test_checker.test_a_refuted_equation_must_be_refused_and_legible()


def test_a_book_without_equations_is_noticed(monkeypatch):
    monkeypatch.setattr(test_book_equations, "BLOCKS", [])
    with pytest.raises(AssertionError):
        test_book_equations.test_no_page_lacks_its_equations()


def test_an_equation_that_was_not_checked_is_noticed(monkeypatch):
    monkeypatch.setattr(test_book_equations, "results", lambda name: [])
    with pytest.raises(AssertionError, match="it was not checked"):
        test_book_equations.test_equation_holds(test_book_equations.BLOCKS[0])


def test_another_true_equation_in_the_place_of_one_is_noticed(tmp_path):
    """It holds, so only the record of what was accepted can tell."""
    page = tmp_path / "chapters" / "page.md"
    page.parent.mkdir()
    page.write_text("$$ y_{ij} = x_{ik} a_{jk} + \\mathbf{1}_i b_j $$ (layer)")
    before = held(tmp_path)
    page.write_text("$$ y_{ij} = y_{ij} $$ (layer)")
    assert held(tmp_path) != before
    page.write_text("$$\n  y_{ij}\n  &= x_{ik} a_{jk} + \\mathbf{1}_i b_j\n$$ (layer)")
    assert held(tmp_path) == before
