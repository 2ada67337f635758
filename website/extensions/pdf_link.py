"""The link to the whole book as a PDF: only where the PDF is made, that is, where WITH_PDF is set, as `make pdf` does.

    :::{only} pdf
    Shown there alone.
    :::
"""

import os

FILE = "the_backward_pass.pdf"  # beside the site's first page
BUTTON = {"type": "link", "text": "the book", "tooltip": "Download the whole book as a PDF", "icon": "fas fa-book", "label": "download-book-button"}


def setup(app):
    app.add_config_value("with_pdf", bool(os.environ.get("WITH_PDF")), "html")  # another value: every page is written anew
    if os.environ.get("WITH_PDF"):
        app.tags.add("pdf")
        app.connect("html-page-context", add_button, priority=502)  # after the theme has made its list of downloads


def add_button(app, page, template, context, doctree):
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons":
            group["buttons"].append(BUTTON | {"url": context["pathto"](FILE, 1)})
