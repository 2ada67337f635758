"""How good the check is, from website/mutation_score.json, which `make mutants` writes: no number is typed by hand.

    {mutants}`refused`          how many mutants of the whole book end so: all, refused, equal, survived
    ```{mutation-score}         the picture, a row for each kind of slip, and the survivors with their reasons
    ```
"""

import json
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective, SphinxRole
from stated import stated

RESULTS = Path(__file__).parents[1] / "mutation_score.json"
ENDS = ("refused", "equal", "survived")


def setup(app):
    app.add_role("mutants", Count())
    app.add_directive("mutation-score", Picture)


class Count(SphinxRole):
    def run(self):
        self.env.note_dependency(str(RESULTS))
        return stated(self, {end: f"{count:,}" for end, count in total(results()).items()}, "no mutants end as")


class Picture(SphinxDirective):
    def run(self):
        self.env.note_dependency(str(RESULTS))
        return [nodes.raw("", picture(results()), format="html")]


def results():
    return json.loads(RESULTS.read_text(encoding="utf-8"))


def three(ends):
    """How many were refused, for whatever reason, how many are equal, how many survived.

    >>> three({"ShapeError": 3, "refused later": 1, "equal": 2})
    {'refused': 4, 'equal': 2, 'survived': 0}
    """
    equal, survived = ends.get("equal", 0), ends.get("survived", 0)
    return {"refused": sum(ends.values()) - equal - survived, "equal": equal, "survived": survived}


def total(found):
    counts = [three(ends) for ends in found["kinds"].values()]
    added = {end: sum(count[end] for count in counts) for end in ENDS}
    return {"all": sum(added.values())} | added


def picture(found):
    """A bar for each kind of slip, as long as it has mutants, in three parts; then what survived and what is equal for a reason."""
    kinds = sorted(found["kinds"].items(), key=lambda item: -sum(item[1].values()))
    longest = max(sum(ends.values()) for _, ends in kinds)
    rows = "".join(bar(kind, three(ends), longest) for kind, ends in kinds)
    legend = "".join(f'<span class="mutants-{end}"></span>{end} ' for end in ENDS)
    html = f'<figure class="mutants"><figcaption>{legend}</figcaption>{rows}</figure>'
    if found["survivors"]:
        html += "<p>These survived:</p>" + listing((entry["mutant"], f"{entry['kind']}, in {entry['where']}") for entry in found["survivors"])
    if found["reasons"]:
        html += "<p>These are equal for a reason that no exact rule knows:</p>" + listing(found["reasons"].items())
    return html


def bar(kind, counts, longest):
    said = ", ".join(f"{count:,} {end}" for end, count in counts.items() if count or end != "equal")
    parts = "".join(f'<span class="mutants-{end}" style="width:{100 * count / longest:.2f}%"></span>' for end, count in counts.items() if count)
    return f'<div><p>{escape(kind)}: {said}</p><div aria-hidden="true">{parts}</div></div>'


def listing(entries):
    return "<ul>" + "".join(f"<li><code>{escape(text)}</code>: {escape(why)}</li>" for text, why in entries) + "</ul>"
