"""What a screen reader trips over in the theme's pages, mended."""

# In a bibliography: roles that are deprecated, or that may not stand in a list.
ROLES = {'role="doc-biblioentry"': 'role="listitem"', '<span class="backrefs" role="doc-backlink">': '<span class="backrefs">'}


def setup(app):
    app.connect("html-page-context", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def mend(app, page, template, context, doctree):
    for wrong, right in ROLES.items():
        context["body"] = context.get("body", "").replace(wrong, right)
