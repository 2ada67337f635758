"""The fonts of icons, cut down to the icons that the site shows: a few kilobytes in place of 300."""

import re
from io import BytesIO
from pathlib import Path

from made_once import made_once
from sphinx.errors import ExtensionError
from when_written import when_written

NAMED = re.compile(r"((?:\.fa-[\w-]+:{1,2}before,?)+)\{content:\"(?:\\([0-9a-f]+)|(.))\"\}")  # as the theme writes it, or `styles`
OF_THE_THEME = re.compile(r"--pst-icon-[\w-]+:\s*\"(.)\"")


def setup(app):
    when_written(app, cut_fonts)


def cut_fonts(app):
    site = Path(app.outdir)
    codes = icons(site)
    for font in (site / "_static" / "vendor" / "fontawesome" / "webfonts").glob("*.woff2"):
        font.write_bytes(made_once(app, cut_font, font.read_bytes(), sorted(codes)))


def cut_font(whole, codes):
    from fontTools import subset  # here, for most builds don't need it

    options = subset.Options(flavor="woff2", layout_features=["*"])
    font = subset.load_font(BytesIO(whole), options)
    glyphs = subset.Subsetter(options)
    glyphs.populate(unicodes=codes)
    glyphs.subset(font)
    file = BytesIO()
    subset.save_font(font, file, options)
    return file.getvalue()


def icons(site):
    """The code points of the icons that a page names, or that the theme's styles put in."""
    style = (site / "_static" / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")
    used = {name for page in site.rglob("*.html") for name in re.findall(r"fa-[\w-]+", page.read_text(encoding="utf-8"))}
    named = {int(code, 16) if code else ord(letter) for names, code, letter in NAMED.findall(style) if used & set(re.findall(r"fa-[\w-]+", names))}
    if not named:
        raise ExtensionError("icons: the theme's styles name icons in another way than before")
    return named | set(map(ord, OF_THE_THEME.findall(style)))
