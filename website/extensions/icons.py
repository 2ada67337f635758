"""The fonts of icons, cut down to the icons that the site shows: a few kilobytes in place of 300."""

import re
from pathlib import Path

from fontTools import subset

NAMED = re.compile(r"((?:\.fa-[\w-]+:{1,2}before,?)+)\{content:\"\\([0-9a-f]+)\"\}")
OF_THE_THEME = re.compile(r"--pst-icon-[\w-]+:\s*\"(.)\"")


def setup(app):
    app.connect("build-finished", cut_fonts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def cut_fonts(app, exception):
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    codes = icons(site)
    for font in (site / "_static" / "vendor" / "fontawesome" / "webfonts").glob("*.woff2"):
        options = subset.Options(flavor="woff2", layout_features=["*"])
        loaded = subset.load_font(str(font), options)
        glyphs = subset.Subsetter(options)
        glyphs.populate(unicodes=codes)
        glyphs.subset(loaded)
        subset.save_font(loaded, str(font), options)


def icons(site):
    """The code points of the icons that a page names, or that the theme's styles put in."""
    style = (site / "_static" / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")
    used = {name for page in site.rglob("*.html") for name in re.findall(r"fa-[\w-]+", page.read_text(encoding="utf-8"))}
    named = {code for names, code in NAMED.findall(style) for name in re.findall(r"fa-[\w-]+", names) if name in used}
    return {int(code, 16) for code in named} | set(map(ord, OF_THE_THEME.findall(style)))
