"""Mathematics without scripts: every equation becomes MathML while the site is built.

Temml (`website/math/`) does the translation, in QuickJS. An equation that it can't read is a warning with the equation's
place, and so fails a build with `-W`. The site gets the part of the mathematical font that its equations use.
"""

import json
import re
import unicodedata
from functools import cache
from html import escape
from pathlib import Path

import quickjs
from docutils import nodes
from fontTools import subset
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

MATH = Path(__file__).parents[1] / "math"
# A browser shows a one-letter name in italics: the letter 𝑥 for an x, as Unicode pairs them.
ITALIC = {
    chr(int(plain.split()[1], 16)): letter
    for letter in map(chr, [0x210E, *range(0x1D434, 0x1D468), 0x1D6A4, 0x1D6A5, *range(0x1D6E2, 0x1D71C)])
    if (plain := unicodedata.decomposition(letter))
}
NUMBERED = re.compile(r"(\\(?:begin|end)\{(?:align|alignat|equation|gather|multline))\}")
log = logging.getLogger(__name__)


def setup(app):
    app.add_html_math_renderer("mathml", inline_renderers=(visit_inline, None), block_renderers=(visit_display, None))
    app.add_css_file("temml.css")
    app.connect("build-finished", write_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


# ---------------------------------------------------------------- equations


def visit_inline(translator, node):
    translator.body.append(translator.starttag(node, "span", "", CLASS="math"))
    translator.body.append(mathml(node, node.astext(), display=False) + "</span>")
    raise nodes.SkipNode


def visit_display(translator, node):
    """A displayed equation in a box of its own that scrolls when the equation is wide, and its number beside it."""
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    translator.body.append(f'<div class="equation">{mathml(node, displayed(node), display=True)}</div>')
    if node["number"]:
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def displayed(node):
    r"""The LaTeX of a displayed equation, in one environment.

    Sphinx numbers equations itself, so `align` becomes `align*`; bare lines are aligned at `&`, as Sphinx does with `split`.
    """
    tex = node.astext().strip()
    if node.get("nowrap"):
        return NUMBERED.sub(r"\1*}", tex)
    return rf"\begin{{split}}{tex}\end{{split}}" if r"\\" in tex and not tex.startswith(r"\begin") else tex


def mathml(node, tex, display):
    """The MathML of some LaTeX, with the LaTeX in it to copy; a warning and the bare LaTeX if it has a mistake."""
    found = translate(tex, display)
    if "error" in found:
        log.warning("the equation can't be typeset: %s\n%s", found["error"].strip(), tex, location=node, type="mathml")
        return f"<code>{escape(tex)}</code>"
    return found["mathml"]


@cache
def translate(tex, display):
    return json.loads(temml()(tex, display))


@cache
def temml():
    """Temml as a function from LaTeX to JSON: a joined JavaScript string doesn't always pass to Python, JSON's does."""
    context = quickjs.Context()
    context.eval((MATH / "temml.min.js").read_text(encoding="utf-8"))
    context.eval("""
        function translate(tex, display) {
            try {
                const options = {displayMode: display, throwOnError: true, strict: true, annotate: true}
                return JSON.stringify({mathml: temml.renderToString(tex, options)})
            } catch (error) {
                return JSON.stringify({error: error.message})
            }
        }""")
    return context.get("translate")


# ---------------------------------------------------------------- the font


def write_font(app, exception):
    """Give the site the glyphs that its equations use: a few kilobytes in place of 700."""
    if exception or app.builder.format != "html":
        return
    pages = (page.read_text(encoding="utf-8") for page in Path(app.outdir).rglob("*.html"))
    used = {character for page in pages for formula in re.findall(r"<math.*?</math>", page, re.S) for character in formula}
    options = subset.Options(flavor="woff2", hinting=False, desubroutinize=True, layout_features=["ssty", "dtls", "flac"])
    options.drop_tables += ["FFTM"]
    font = subset.load_font(str(MATH / "latinmodern-math.otf"), options)
    glyphs = subset.Subsetter(options)
    glyphs.populate(text="√" + "".join(used | {ITALIC.get(character, "") for character in used}))  # roots aren't written
    glyphs.subset(font)
    for record in font["name"].names:  # the font's licence asks that what is derived from it has another name
        if record.nameID in {1, 3, 4, 6}:
            record.string = "CourseMath" if record.nameID == 6 else "Course Math"
    subset.save_font(font, str(Path(app.outdir) / "_static" / "course-math.woff2"), options)
