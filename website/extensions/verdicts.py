"""What the book's check says of a labelled equation, beside it on the page.

    {verdict}`label`        that it holds, if website/accepted.json has it word for word: the tests check all that is there
    ```{refusal} label      why the index rules refuse it: the message that `check_equation` gives
"""

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from status import ACCEPTED, accepted

from linalg_grads.errors import IndexRuleError
from linalg_grads.indices import bind_claim
from linalg_grads.parse_latex import parse_chain

log = logging.getLogger(__name__)


def setup(app):
    app.add_role("verdict", Verdict())
    app.add_directive("refusal", Refusal)
    app.connect("doctree-read", judge)


class Verdict(SphinxRole):
    def run(self):
        self.env.note_dependency(str(ACCEPTED))
        return [nodes.inline(self.rawtext, "", classes=["verdict"], judges=self.text)], []


class Refusal(SphinxDirective):
    required_arguments = 1

    def run(self):
        return [nodes.literal_block("", "", classes=["refusal"], judges=self.arguments[0], language="none")]


def judge(app, doctree):
    """Fill the places that the role and the directive left."""
    equations = {node["label"]: " ".join(node.astext().split()) for node in doctree.findall(nodes.math_block) if node.get("label")}
    for place in doctree.findall(lambda node: isinstance(node, nodes.Element) and "judges" in node):
        equation = equations.get(place["judges"])
        said = verdict(equation) if isinstance(place, nodes.inline) else refusal(equation)
        if not said:
            log.warning("no word of the check fits the equation '%s'", place["judges"], location=place)
        place += nodes.Text(said)
        place.rawsource = said  # a literal block whose source differs isn't highlighted


def verdict(equation):
    found = {text for page in accepted().values() for texts in page.get("equations", {}).values() for text in ([texts] if isinstance(texts, str) else texts)}
    return equation and ("✓ holds" if equation in found else "not accepted yet")


def refusal(equation):
    r"""Why an equation breaks the index rules, "" if it doesn't.

    >>> print(refusal("y_i = x_{ik}"))
    the index 'k' stands once in its term and is not free
      y_i = x_{ik}
                ^
    put it on the left-hand side, repeat it, or sum it with \mathbf{1}_k or \sum_k
    """
    try:
        bind_claim(parse_chain(equation)[0], equation)
    except IndexRuleError as error:
        return str(error)
    return ""
