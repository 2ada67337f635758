"""In code, what has the colour of plain text needs no element of its own: a third of all elements on some pages."""

import re

PLAIN = re.compile(r'<span class="(?:n|nn|p|pm|w)">([^<]*)</span>')  # names, punctuation and spaces, in both of the theme's styles


def setup(app):
    app.connect("html-page-context", simplify)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def simplify(app, page, template, context, doctree):
    context["body"] = plain(context.get("body", ""))


def plain(html):
    """
    >>> plain('<span class="k">print</span><span class="p">(</span><span class="n">X</span><span class="p">)</span>')
    '<span class="k">print</span>(X)'
    """
    return PLAIN.sub(r"\1", html)
