"""The page on the check's quality shows what `make mutants` stored, adds up, and hides no survivor."""

from collections import Counter

from test_mutants import NAMES
from website.extensions.mutation_score import bar, picture, results, three, total
from website.mutants import Mutant, RULES, SHAPE_RULES, summary
from linalg_grads.statements import Statement


def test_the_results_are_of_this_book():
    found = results()
    assert set(found["pages"]) <= set(NAMES) and len(found["pages"]) >= 20
    assert set(found["kinds"]) <= {rule.__doc__.rstrip(".") for rule in (*RULES, *SHAPE_RULES)}


def test_the_counts_add_up():
    found = results()
    by_page = sum((Counter(three(ends)) for ends in found["pages"].values()), Counter())
    assert by_page == Counter({end: count for end, count in total(found).items() if end != "all" and count})
    assert len(found["survivors"]) == total(found)["survived"] and total(found)["all"] > 10_000


def test_a_survivor_is_shown():
    claim = Statement("chain", "a = b")
    fates = [(Mutant("flip a sign", "a = -b"), claim, "p.md, line 3 (x)", "survived"), (Mutant("flip a sign", "-a = b"), claim, "p.md, line 3 (x)", "ClaimError")]
    found = summary(fates)
    assert found["pages"] == {"p.md": {"survived": 1, "ClaimError": 1}}
    assert "<code>a = -b</code>: flip a sign, in p.md, line 3 (x)" in picture(found)
    assert "flip a sign: 1 refused, 1 survived" in picture(found)


def test_a_bar_is_as_long_as_its_counts():
    assert bar("a < b", {"refused": 3, "equal": 0, "survived": 1}, 8).count("width:") == 2
    assert "width:37.50%" in bar("a", {"refused": 3, "equal": 0, "survived": 1}, 8) and "a &lt; b" in bar("a < b", {"refused": 3, "equal": 0, "survived": 1}, 8)
