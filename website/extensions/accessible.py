"""What a screen reader trips over in the theme's pages, mended."""

# In a bibliography: a role that is deprecated, and may not stand in a list.
WRONG, RIGHT = 'role="doc-biblioentry"', 'role="listitem"'


def setup(app):
    app.connect("html-page-context", mend)


def mend(app, page, template, context, doctree):
    context["body"] = context.get("body", "").replace(WRONG, RIGHT)
