"""The counts of the status page and of the landing page come from website/accepted.json, and from nowhere else."""

import re
from pathlib import Path

from website.extensions.status import COLUMNS, accepted, markdown, totals

ROOT = Path(__file__).parents[1]
PAGES = {
    "README.md": {"statements": {"equalities": 2}},
    "chapters/a.ipynb": {"figures": 1, "checks": ["x", "y"], "statements": {"definitions": 1, "differ": 1, "equalities": 3, "range": 1, "shape": 4}},
    "chapters/b.md": {"statements": {"refuted": 5, "unchecked": 1}, "reasons": ["no limits here"]},
}


def test_the_table_has_a_row_for_each_page_their_sums_and_the_reasons():
    assert [line for line in markdown(PAGES, "chapters/status") if line] == [
        "| page | `=` | `:=` | shapes | wrong | open | code | figures |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
        "| `README.md` | 2 | 0 | 0 | 0 | 0 | 0 | 0 |",
        "| [](../chapters/a.ipynb) | 4 | 1 | 5 | 0 | 0 | 2 | 1 |",
        "| [](../chapters/b.md) | 0 | 0 | 0 | 5 | 1 | 0 | 0 |",
        "| **all** | **6** | **1** | **5** | **5** | **1** | **2** | **1** |",
        "- [](../chapters/b.md): no limits here",
    ]


def test_every_kind_of_statement_has_a_column():
    kinds = {kind for entry in accepted().values() for kind in entry.get("statements", {})}
    assert kinds <= {kind for kinds in COLUMNS.values() for kind in kinds} | {"condition", "expression"}
    assert sum(totals(accepted()).values()) > 100


def test_no_count_is_typed_by_hand():
    text = (ROOT / "chapters" / "status.md").read_text(encoding="utf-8")
    assert re.findall(r"^(?!\d\. ).*\d", text, re.MULTILINE) == []
