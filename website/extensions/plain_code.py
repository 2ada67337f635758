"""In code, what has the colour of plain text needs no element of its own: a third of all elements on some pages."""

from functools import cache

from ipython_pygments_lexers import IPython3Lexer
from myst_nb.core.lexers import AnsiColorLexer
from pygments.formatters import HtmlFormatter
from sphinx.highlighting import PygmentsBridge

PLAIN = {"n", "nn", "p", "pm", "w"}  # names, punctuation and spaces, in both of the theme's styles
LEXERS = {"ipython3": IPython3Lexer, "myst-ansi": AnsiColorLexer}  # found at once, not each time among five hundred


def setup(app):
    PygmentsBridge.html_formatter = PlainCode
    for name, lexer in LEXERS.items():
        app.add_lexer(name, lexer)


class PlainCode(HtmlFormatter):
    """
    >>> from pygments import highlight, lexers
    >>> print(highlight("print(X)", lexers.PythonLexer(), PlainCode(nowrap=True)), end="")
    <span class="nb">print</span>(X)
    """

    def _get_css_classes(self, kind):
        found = super()._get_css_classes(kind)
        return "" if found in PLAIN else found

    def _create_stylesheet(self):  # once for a style, not for each piece of code
        made = stylesheet(self.style)
        self.ttype2class, self.class2style = made.ttype2class, made.class2style


@cache
def stylesheet(style):
    return HtmlFormatter(style=style)
