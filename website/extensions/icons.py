"""The fonts of icons and the theme's list of them, cut down to the icons that the site shows: a few kilobytes in place of 320."""

import re
from pathlib import Path

from fontTools import subset
from sphinx.errors import ExtensionError

NAMED = re.compile(r"((?:\.fa-[\w-]+:{1,2}before,?)+)\{content:\"\\([0-9a-f]+)\"\}")
OF_THE_THEME = re.compile(r"--pst-icon-[\w-]+:\s*\"(.)\"")


def setup(app):
    app.connect("build-finished", cut)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def cut(app, exception):
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    used = {name for page in site.rglob("*.html") for name in re.findall(r"fa-[\w-]+", page.read_text(encoding="utf-8"))}
    cut_fonts(site / "_static" / "vendor" / "fontawesome" / "webfonts", cut_style(site / "_static" / "styles" / "pydata-sphinx-theme.css", used))


def cut_style(path, used):
    """Keep the names of the icons that a page uses; answer with the code points of these and of those that the styles put in."""
    style = path.read_text(encoding="utf-8")
    kept = [found for found in NAMED.finditer(style) if used & set(re.findall(r"fa-[\w-]+", found[1]))]
    if not kept:
        raise ExtensionError(f"icons: {path.name} names icons in another way than before")
    keep = {found[0] for found in kept}
    path.write_text(NAMED.sub(lambda found: found[0] if found[0] in keep else "", style), encoding="utf-8")
    return {int(found[2], 16) for found in kept} | set(map(ord, OF_THE_THEME.findall(style)))


def cut_fonts(folder, codes):
    for font in folder.glob("*.woff2"):
        options = subset.Options(flavor="woff2", layout_features=["*"])
        loaded = subset.load_font(str(font), options)
        glyphs = subset.Subsetter(options)
        glyphs.populate(unicodes=codes)
        glyphs.subset(loaded)
        subset.save_font(loaded, str(font), options)
