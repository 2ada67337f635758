"""The theme's styles, cut down to the rules that some page of the site can use: a quarter of their bytes.

A rule goes if each of its selectors asks for a class or an id that no page has, and that is no word of a script.
"""

import re
from pathlib import Path

import tinycss2
from made_once import made_once
from one_style import ALL
from sphinx.errors import ExtensionError
from when_written import when_written

OWN = Path(__file__).parents[1] / "static"
NAMED = re.compile(r'(?:class|id)="([^"]*)"')
SCRIPT = re.compile(r"<script[^>]*>(.+?)</script>", re.S)
WORD = re.compile(r"[\w-]+", re.ASCII)
ALTERNATIVES = re.compile(r":(?:not|is|where|has)\([^()]*\)")  # what stands in these need not be there
ASKED_FOR = re.compile(r"[.#]([\w-]+)")
HOLDS_RULES = {"media", "supports", "layer"}


def setup(app):
    when_written(app, cut, priority=900)  # after the icons' names have been read from them


def cut(app):
    site = Path(app.outdir)
    words = set()
    for path in site.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        words.update(*map(str.split, NAMED.findall(page)), *map(WORD.findall, SCRIPT.findall(page)))
    for path in site.rglob("*.js"):
        if path.name != "fontawesome.js":  # which no page loads
            words.update(WORD.findall(path.read_text(encoding="utf-8")))
    for path in (site / "_static").rglob("*.css"):
        if path.name == ALL or (OWN / path.name).exists():
            continue  # the last build's is written anew; the book's own are small, and the printed book has pages that the site hasn't
        style = path.read_text(encoding="utf-8")
        path.write_bytes(made_once(app, shortened, path.name, style, sorted(words.intersection(ASKED_FOR.findall(style)))))


def shortened(name, style, words):
    rules = tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)
    if wrong := [rule for rule in rules if rule.type == "error"]:
        raise ExtensionError(f"styles: {name}, line {wrong[0].source_line}: {wrong[0].message}")
    return "".join(used(rules, set(words))).encode()


def used(rules, words):
    """The text of the rules that can apply where only `words` are classes and ids.

    >>> style = "a.here, b.gone {x: 1} .here .gone {x: 2} @media print {.gone {x: 3}} p:not(.gone) {x: 4} @font-face {x: 5}"
    >>> "".join(used(tinycss2.parse_stylesheet(style, skip_whitespace=True), {"here"})).replace(" ", "")
    'a.here{x:1}p:not(.gone){x:4}@font-face{x:5}'
    """
    for rule in rules:
        if rule.type == "qualified-rule":
            if kept := [one for one in selectors(rule.prelude) if asked_for(one) <= words]:
                yield f"{','.join(kept)}{{{tinycss2.serialize(rule.content).strip()}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword in HOLDS_RULES and rule.content is not None:
            inside = "".join(used(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), words))
            if inside:
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inside}}}"
        else:
            yield rule.serialize()


def selectors(prelude):
    """The selectors of a list, parted at the commas that stand in no bracket."""
    parts = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [tinycss2.serialize(part).strip() for part in parts]


def asked_for(selector):
    """The classes and ids that must be there for a selector to apply."""
    while selector != (shorter := ALTERNATIVES.sub("", selector)):
        selector = shorter
    return set() if "\\" in selector else set(ASKED_FOR.findall(selector))
