"""Figures whose strips name an index stand in the page itself, so that indices.js can light up an index in them; those drawn
in steps, so that steps.js can show one after the other. Each stands in a box, in which it scrolls where it is wider than a phone.

A strip is a rounded patch with one fill; its label lies on it and is a comment in Matplotlib's SVG. A line belongs to an
index if no other index of the figure has its colour.
"""

import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
IMAGE = re.compile(r'<img alt="([^"]*)"[^>]*src="[^"]*?([^/"]+\.svg)"[^>]*/>')
WIDTH = re.compile(r'<svg [^>]*\bwidth="([\d.]+)pt"')
LETTER = re.compile(r"\$([a-z])\$")
STEP = re.compile(r"step-(\d+)-")
ElementTree.register_namespace("", SVG)


def setup(app):
    app.connect("html-page-context", put_inline)


def put_inline(app, page, template, context, doctree):
    files = {name: app.srcdir / path for path, name in app.builder.images.items()}

    def inline(image):
        alt, name = image.groups()
        if name not in files:
            return image[0]
        svg = Path(files[name]).read_text(encoding="utf-8")
        shown = marked(svg, unescape(alt), f"{name[:6]}-") or image[0]
        return f'<span class="drawing" style="--points: {WIDTH.search(svg)[1]}">{shown}</span>'

    if doctree:
        context["body"] = IMAGE.sub(inline, context["body"])


def marked(svg, alt, prefix):
    """The SVG for a page, with `data-index` on what belongs to an index and `data-step` on what belongs to a step; "" if nothing does."""
    root = ElementTree.fromstring(svg, ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True)))
    groups = [group for group in root.iter(f"{{{SVG}}}g") if group.get("id")]
    labels = [label for group in groups if (label := label_of(group))]
    colours = {}  # colour -> the letters that have it
    for group in groups:
        box, fill = strip_of(group)
        for letter, x, y in labels:
            if fill and box[0] <= x <= box[2] and box[1] <= y <= box[3]:
                group.set("data-index", letter)
                colours.setdefault(fill, set()).add(letter)
    steps = [(group, found[1]) for group in groups if (found := STEP.match(group.get("id")))]
    if not colours and not steps:
        return ""
    for group, number in steps:
        group.set("data-step", number)
        root.set("data-steps", root.findtext(f"{{{SVG}}}title"))
    for group in groups:
        stroke = re.search(r"stroke: (#\w+)", path_of(group).get("style", ""))
        letters = colours.get(stroke[1], ()) if stroke else ()
        if len(letters) == 1:
            group.set("data-index", *letters)
        del group.attrib["id"]
    return as_html(root, alt, prefix)


def path_of(group):
    return next(iter(group.findall(f"{{{SVG}}}path")), ElementTree.Element("none"))


def strip_of(group):
    """The corners and the fill of a strip; no fill for anything else."""
    path = path_of(group)
    fill = re.fullmatch(r"fill: (#\w+)", path.get("style", ""))
    if not fill or "Q" not in path.get("d"):
        return None, None
    numbers = [float(number) for number in re.findall(r"[\d.]+", path.get("d"))]
    xs, ys = numbers[::2], numbers[1::2]
    return (min(xs), min(ys), max(xs), max(ys)), fill[1]


def label_of(group):
    """The last letter of a text, and where the text begins."""
    comment = group[0] if len(group) else None
    if comment is None or comment.tag is not ElementTree.Comment or not (letters := LETTER.findall(comment.text)):
        return None
    x, y = re.search(r"translate\(([\d.]+) ([\d.]+)\)", group[1].get("transform")).groups()
    return letters[-1], float(x), float(y)


def as_html(root, alt, prefix):
    """For a page: named by its text, ids that are its own, and styles that stay inside."""
    for part in ("metadata", "title", "defs"):  # the first <defs> has the style only
        root.remove(root.find(f"{{{SVG}}}{part}"))
    root.attrib.update({"role": "img", "aria-label": alt, "style": "stroke-linejoin: round; stroke-linecap: butt"})
    for element in root.iter():
        for comment in [child for child in element if child.tag is ElementTree.Comment]:
            element.remove(comment)
        if "id" in element.attrib:
            element.set("id", prefix + element.get("id"))
        if address := element.attrib.pop(f"{{{XLINK}}}href", None):
            element.set("href", address.replace("#", f"#{prefix}"))
        if "clip-path" in element.attrib:
            element.set("clip-path", element.get("clip-path").replace("#", f"#{prefix}"))
    unwrap(root)
    return ElementTree.tostring(root, encoding="unicode")


def unwrap(element):
    """Put what a group that says nothing holds in the group's place."""
    for child in element:
        unwrap(child)
    element[:] = [part for child in element for part in (child if child.tag == f"{{{SVG}}}g" and not child.attrib else [child])]
