"""One stylesheet in place of a dozen, and scripts that let the page be shown first: a phone on a slow network waits for each."""

import posixpath
import re
import zlib
from pathlib import Path

from sphinx.errors import ExtensionError
from when_written import when_written

ALL = "all.css"
FIRST = "documentation_options.js"  # scripts in the page itself change what it defines
OF_THE_THEME = re.compile(r'<link href="\{\{ pathto\(\'_static/([^\']+\.css)\'')
ADDRESS = re.compile(r"""url\((['"]?)(?!data:)([^'")]+)\1\)""")
LINK = re.compile(rf'/{ALL}(?:\?v=\w+)?"')
IMPORT = re.compile(r'@import "([^"]+)";')


def setup(app):
    app.connect("html-page-context", lighten, priority=900)
    when_written(app, join, priority=950)  # when the styles have been cut


def lighten(app, page, template, context, doctree):
    """The page links the joined style and those that are for paper; its scripts, but those of the search page, run in the end."""
    context["css_files"] = [css for css in context["css_files"] if not joined(css)]
    context["all_styles"] = f"_static/{ALL}"
    if page != "search":
        context["script_files"] = [deferred(script) for script in context["script_files"]]


def joined(css):
    return "media" not in css.attributes


def deferred(script):
    if not script.filename or script.filename.endswith(FIRST):
        return script
    return type(script)(script.filename, priority=script.priority, **{**script.attributes, "defer": "defer"})


def join(app):
    style = "".join(content(static(app), name) for name in sheets(app))
    (static(app) / ALL).write_text(style, encoding="utf-8")
    version = f"{zlib.crc32(style.encode()):08x}"
    for page in Path(app.outdir).rglob("*.html"):  # those that this build didn't write, too: a browser keeps a style until its version is another
        text = page.read_text(encoding="utf-8")
        if text != (linked := LINK.sub(f'/{ALL}?v={version}"', text)):
            page.write_text(linked, encoding="utf-8")


def sheets(app):
    """The theme's stylesheets and then the extensions', as the theme links them."""
    theirs = OF_THE_THEME.findall((static(app) / "webpack-macros.html").read_text(encoding="utf-8"))
    if not theirs:
        raise ExtensionError("one_style: the theme links its styles in another way than before")
    ours = [css.filename.removeprefix("_static/") for css in app.builder.globalcontext["css_files"] if joined(css)]
    return list(dict.fromkeys(theirs + ours))


def static(app):
    return Path(app.outdir) / "_static"


def content(folder, name):
    """A stylesheet as it would stand in the folder itself, with what it imports."""

    def moved(address):
        return posixpath.normpath(posixpath.join(posixpath.dirname(name), address))

    text = (folder / name).read_text(encoding="utf-8").removeprefix('@charset "UTF-8";').removeprefix("\ufeff")
    text = ADDRESS.sub(lambda found: f"url({moved(found[2])})", text)
    return IMPORT.sub(lambda found: content(folder, moved(found[1])), text) + "\n"
