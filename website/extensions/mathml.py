"""Mathematics without scripts: every equation becomes MathML while the site is built.

Temml (`website/math/`) does the translation, in QuickJS. An equation that it can't read is a warning with the equation's
place, and so fails a build with `-W`. The site gets the part of the mathematical font that its equations use.
"""

import json
import re
import unicodedata
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import quickjs
from docutils import nodes
from made_once import made_once
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from when_written import when_written

MATH = Path(__file__).parents[1] / "math"
# A browser shows a one-letter name in italics: the letter 𝑥 for an x, as Unicode pairs them.
ITALIC = {
    chr(int(plain.split()[1], 16)): letter
    for letter in map(chr, [0x210E, *range(0x1D434, 0x1D468), 0x1D6A4, 0x1D6A5, *range(0x1D6E2, 0x1D71C)])
    if (plain := unicodedata.decomposition(letter))
}
SCRIPTS = {"msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mroot"}
NUMBERED = re.compile(r"(\\(?:begin|end)\{(?:align|alignat|equation|gather|multline))\}")
log = logging.getLogger(__name__)


def setup(app):
    app.add_html_math_renderer("mathml", inline_renderers=(visit_inline, None), block_renderers=(visit_display, None))
    app.add_css_file("temml.css")
    app.connect("html-page-context", join_punctuation)
    when_written(app, write_font)


# ---------------------------------------------------------------- equations


def visit_inline(translator, node):
    leaning = " leaning" if node.astext()[-1:] in "FHMNPTUVWYf" else ""  # so far that the next word needs room
    translator.body.append(translator.starttag(node, "span", "", CLASS="math" + leaning))
    translator.body.append(mathml(node, node.astext(), display=False) + "</span>")
    raise nodes.SkipNode


def join_punctuation(app, page, template, context, doctree):
    """A formula and the sign behind it stay on one line: the sign goes into its span, in which no line is broken."""
    context["body"] = re.sub(r"</math></span>([.,:;?!)]+)", r"</math>\1</span>", context.get("body", ""))


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


def write_font(app):
    """Give the site the glyphs that its equations show: a few kilobytes in place of 700."""
    pages = (page.read_text(encoding="utf-8") for page in Path(app.outdir).rglob("*.html"))
    formulas = {formula for page in pages for formula in re.findall(r"<math.*?</math>", page, re.S)}
    shown = {letter for formula in formulas for letter in letters(ElementTree.fromstring(formula))}
    plain = set("".join(formulas)) | {"√"}  # the sign of a root isn't written
    font = made_once(app, cut_font, (MATH / "latinmodern-math.otf").read_bytes(), sorted(shown), "".join(sorted(plain)))
    (Path(app.outdir) / "_static" / "course-math.woff2").write_bytes(font)


def cut_font(whole, shown, plain):
    """The whole font's part with these letters in these sizes. The upright partners of italic ones stay: FreeType aligns heights by them."""
    from fontTools import subset  # here, for most builds don't need it

    options = subset.Options(flavor="woff2", hinting=False, desubroutinize=True, layout_features=["ssty", "dtls", "flac"])
    options.drop_tables += ["FFTM"]
    font = subset.load_font(BytesIO(whole), options)
    drop_sizes(font, shown)
    glyphs = subset.Subsetter(options)
    glyphs.populate(text=plain + "".join(letter for letter, _ in shown))
    glyphs.subset(font)
    for record in font["name"].names:  # the font's licence asks that what is derived from it has another name
        if record.nameID in {1, 3, 4, 6}:
            record.string = "CourseMath" if record.nameID == 6 else "Course Math"
    file = BytesIO()
    subset.save_font(font, file, options)
    return file.getvalue()


def letters(element, depth=0, compact=True):
    """Each letter that a formula shows, with its size: 0 in the line, 1 in a script, 2 in a script's script.

    This is how MathML Core sets `math-depth` (depth) and `math-style` (compact, when not displayed).
    """
    tag = element.tag.rpartition("}")[2]
    if tag == "annotation":
        return
    if tag in ("math", "mtable"):
        compact = element.get("display") != "block"
    if style := element.get("displaystyle"):
        compact = style == "false"
    if level := element.get("scriptlevel"):
        depth = int(level) + (depth if level[0] in "+-" else 0)
    text = element.text or ""
    italic = tag == "mi" and len(text) == 1 and element.get("mathvariant") != "normal"
    for letter in text:
        yield ITALIC.get(letter, letter) if italic else letter, min(depth, 2)
    for place, child in enumerate(element):
        if tag == "mfrac":
            yield from letters(child, depth + compact, True)
        elif tag in SCRIPTS and place > 0:
            if "true" in (element.get("accent"), element.get("accentunder")):
                yield from letters(child, depth, True)
            yield from letters(child, depth + 1, True)
        else:
            yield from letters(child, depth, compact)


def drop_sizes(font, shown):
    """Of the drawings that a letter has for scripts, and for scripts of scripts, leave those that some formula shows."""
    names = font.getBestCmap()
    needed = {(names[ord(letter)], size) for letter, size in shown if ord(letter) in names}
    table = font["GSUB"].table
    for index in {i for record in table.FeatureList.FeatureRecord if record.FeatureTag == "ssty" for i in record.Feature.LookupListIndex}:
        for sizes in table.LookupList.Lookup[index].SubTable:
            for glyph, drawings in sizes.alternates.items():
                drawings[:] = [drawing if (glyph, size) in needed else glyph for size, drawing in enumerate(drawings, 1)]
