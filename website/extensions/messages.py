"""What the book's check and the exercises say wraps on a narrow screen, but not where a caret stands below an equation.

Printed code and arrays don't wrap either: their box scrolls, as that of all code. The rest is in course.css.
"""

import re

POINTED = re.compile(r"^  .*\n *\^\n", re.MULTILINE)
PRINTED_CODE = re.compile(r"<pre>(?=<span></span>(?:(?:def|import) |[^<]*\[\[))")  # what was typed has its keywords coloured, in spans


def setup(app):
    app.connect("html-page-context", mark)


def mark(app, page, template, context, doctree):
    body = POINTED.sub(lambda lines: f'<span class="pointed">{lines[0]}</span>', context.get("body", ""))
    context["body"] = PRINTED_CODE.sub('<pre class="printed-code">', body)
