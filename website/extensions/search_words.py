r"""Search finds what an equation says: `\delta` is found as "delta" and as δ; the other LaTeX commands are no words."""

import re
from functools import cache

from sphinx.search.en import SearchEnglish
from sphinx.util.index_entries import split_index_msg

GREEK = dict(zip("alpha beta gamma delta epsilon eta theta lambda mu nu pi rho sigma tau varphi omega".split(), "αβγδεηθλμνπρστφω"))
COMMAND = re.compile(r"\\([A-Za-z]+)_?")


def setup(app):
    app.add_search_language(SearchWords)
    app.connect("html-collect-pages", remember)  # before the index is written


class SearchWords(SearchEnglish):
    r"""
    >>> SearchWords({}).split(r"the delta \frac{\partial x_{ik}}{\partial a_j} = \delta_{jp}")
    ['the', 'delta', 'x', 'ik', 'a_j', 'delta', 'δ', 'jp']
    """

    def split(self, text):
        return super().split(COMMAND.sub(letter, text).replace("_{", " "))

    @cache  # pages share their words
    def stem(self, word):
        return super().stem(word)


def letter(command):
    name = command[1]
    return f" {name} {GREEK[name]} " if name in GREEK else " "


def remember(app):
    """Of a page that isn't written anew Sphinx forgets the index's entries, and of one that is it keeps the words that are gone."""
    search, entries = app.builder.indexer, app.env.domaindata["index"]["entries"]
    search._index_entries = {page: index_entries(entries[page]) for page in sorted(entries)}
    for pages_of in (search._mapping, search._title_mapping):
        for word in [word for word, pages in pages_of.items() if not pages]:
            del pages_of[word]
    return ()


def index_entries(entries):
    return sorted({(name, place or "", main) for kind, text, place, main, _ in entries for name in split_index_msg(kind, text)})
