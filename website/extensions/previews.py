"""What a reference to another page points to, in one script: equations.js fetches it when a reader first points at one.

A script, because a page that is opened from disk may load no other file.
"""

import json
import re
from pathlib import Path

from when_written import when_written

REFERENCE = re.compile(r'href="[^"#]+#(equation-[^"]+)"')
EQUATION = re.compile(r'<div class="math[^"]*" id="(equation-[^"]+)">\s*<div class="equation">(.*?)</div>', re.S)
WORD = re.compile(r'<section id="([^"]+)">\s*<h2>.*?</h2>\s*<p>(.*?)</p>', re.S)
LINK = re.compile(r"</?a\b[^>]*>")


def setup(app):
    when_written(app, write)


def write(app):
    site = Path(app.outdir)
    pages = {page.stem: page.read_text(encoding="utf-8") for page in sorted((site / "chapters").glob("*.html"))}
    (site / "_static" / "previews.js").write_text(f"previews = {json.dumps(previews(pages), ensure_ascii=False)}\n", encoding="utf-8")


def previews(pages):
    """The place in a link -> what stands there, without links: each word of the glossary, and equations that other pages refer to.

    >>> previews({"glossary": '<section id="batch"><h2>Batch</h2><p>Rows, see <a href="#row">row</a>.</p></section>'})
    {'batch': 'Rows, see row.'}
    """
    asked = {place for text in pages.values() for place in REFERENCE.findall(text)}
    equations = [found for text in pages.values() for found in EQUATION.findall(text) if found[0] in asked]
    return {place: LINK.sub("", text) for place, text in [*WORD.findall(pages.get("glossary", "")), *equations]}
