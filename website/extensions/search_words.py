r"""Search finds what an equation says: `\delta` is found as "delta" and as δ; the other LaTeX commands are no words."""

import re

from sphinx.search.en import SearchEnglish

GREEK = dict(zip("alpha beta gamma delta epsilon eta theta lambda mu nu pi rho sigma tau varphi omega".split(), "αβγδεηθλμνπρστφω"))
COMMAND = re.compile(r"\\([A-Za-z]+)_?")


def setup(app):
    app.add_search_language(SearchWords)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class SearchWords(SearchEnglish):
    r"""
    >>> SearchWords({}).split(r"the delta \frac{\partial x_{ik}}{\partial a_j} = \delta_{jp}")
    ['the', 'delta', 'x', 'ik', 'a_j', 'delta', 'δ', 'jp']
    """

    def split(self, text):
        return super().split(COMMAND.sub(letter, text).replace("_{", " "))


def letter(command):
    name = command[1]
    return f" {name} {GREEK[name]} " if name in GREEK else " "
