"""What a page is about, in a sentence or two: its first paragraph. Search engines and links elsewhere show it."""

import html
import re

from docutils import nodes

LONGEST = 200  # characters
OPENING = "The question. "
CITATION = re.compile(r"\s*\[[A-Z][\w+-]*\]")


def setup(app):
    app.connect("html-page-context", describe, priority=400)  # before the tags for links elsewhere, which look for it


def describe(app, page, template, context, doctree):
    if doctree:
        context["metatags"] += f'<meta name="description" content="{html.escape(description(doctree))}" />\n'


def description(doctree, *_):
    """The sentences of the first paragraph that has words only, as many as fit; for a page of tables its title.

    >>> from docutils.core import publish_doctree
    >>> description(publish_doctree("Its Title\\n=========\\n\\nThe question. What is :math:`X`?\\n\\nMore."))
    'What is X?'
    """
    texts = [text for text in map(in_words, doctree.findall(nodes.paragraph)) if text and not text.endswith(":")]
    return first_sentences(texts[0].removeprefix(OPENING)) if texts else doctree.next_node(nodes.title).astext()


def in_words(paragraph):
    """Its text, without citations; "" where it stands in a list, a table or a note, or holds a formula that is not a letter."""
    if not isinstance(paragraph.parent, (nodes.section, nodes.document)):
        return ""
    if any("\\" in formula.astext() for formula in paragraph.findall(nodes.math)):
        return ""
    return " ".join(CITATION.sub("", paragraph.astext()).split())


def first_sentences(text):
    """
    >>> first_sentences("One. " + "x" * 300)
    'One.'
    """
    sentences = re.split(r"(?<=[.?!]) ", text)
    said = sentences[0]
    for sentence in sentences[1:]:
        if len(said) + 1 + len(sentence) > LONGEST:
            break
        said += " " + sentence
    return said
