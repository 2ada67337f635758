"""The whole book as one PDF, printed by Chromium from the built site: `make pdf`.

    python -m website.pdf [FILE]

The pages' texts, in the order of `_toc.yml`, become one document, with a title page, a table of contents and, at the end, the
solutions of all exercises. Its look is the site's own style for paper, website/static/print.css. It is printed twice: the first
print says on which page everything stands, the second says so in the contents.
"""

import json
import re
import shutil
import sys
from contextlib import contextmanager
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urldefrag

import pikepdf
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

from website.extensions.pdf_link import FILE

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]

EXERCISE = re.compile(r"(?:Card )?\d+\.")
ANSWERS = ("Solution", "Answer")
LONGEST_LEAD = 120  # characters of a line that leads to the code of a solution


def main(arguments):
    target = Path(arguments[0]) if arguments else SITE / FILE
    if not (SITE / "index.html").exists():
        sys.exit("There is no site to print: run 'make book' first.")
    if browser_program() is None:
        sys.exit("Printing needs Chromium: 'make system', as root, installs it on Debian.")
    config, parts = settings(ROOT)
    print_book(document(SITE, config, parts), config["author"], target)
    with pikepdf.open(target) as book:
        print(f"{len(book.pages)} pages in {target}")
    return 0


def settings(root):
    """_config.yml, and the parts of _toc.yml: (a caption or "", the names of its pages)."""
    config, toc = (yaml.safe_load((root / name).read_text(encoding="utf-8")) for name in ("_config.yml", "_toc.yml"))
    parts = [("", [toc["root"]]), *[(part.get("caption", ""), names(part)) for part in toc.get("parts", [toc])]]
    return config, parts


def names(part):
    """The pages of a part of the table of contents, in reading order."""
    return [name for key in ("chapters", "sections") for entry in part.get(key, []) for name in (entry["file"], *names(entry))]


# ---------------------------------------------------------------- one document out of many pages


def document(site, config, parts):
    """The HTML of the whole book."""
    texts = {name: text(site, name) for _, listed in parts for name in listed}
    solutions = take_solutions(texts)
    titled = {place(name): heading(found) for name, found in texts.items()} | {"solutions": "Solutions"}
    contents = [(caption, [place(name) for name in listed]) for caption, listed in parts]
    contents[-1][1].append("solutions")
    articles = [f'<article class="bd-article chapter" id="{place(name)}">{found.decode_contents()}</article>' for name, found in texts.items()]
    first = site / f"{parts[0][1][0]}.html"
    return f"""<!doctype html><html lang="{config["sphinx"]["config"]["language"]}" data-theme="light">
<head><meta charset="utf-8"><title>{escape(config["title"])}</title>{styles(first)}<style>{own_sheets(titled)}</style></head>
<body class="whole-book"><main class="bd-main"><div class="bd-content">
{title_page(config, site)}
{table_of_contents(contents, titled)}
{"".join(articles)}
<article class="bd-article chapter" id="solutions"><h1>Solutions</h1>{solutions}</article>
</div></main></body></html>"""


def text(site, name):
    """What a page says, with ids and links that hold in one document with all other pages."""
    page = site / f"{name}.html"
    found = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select_one("article.bd-article")
    for tag in found.select("[id]:not(svg *)"):  # what a drawing names, it names for itself
        tag["id"] = f"{place(name)}--{tag['id']}"
    for tag in found.select("[src]"):
        tag["src"] = (page.parent / tag["src"]).resolve().as_uri()
    for tag in found.select(".headerlink, .noprint, script"):
        tag.decompose()
    for link in found.select("a[href]"):
        relink(link, page, site)
    return found


def relink(link, page, site):
    """A link to a page of the book leads to its place in the document; one to another file of the site leads nowhere on paper."""
    address, fragment = urldefrag(link["href"])
    if "//" in address or address.startswith("mailto:"):
        return
    target = (page.parent / address).resolve().relative_to(site.resolve()) if address else page.relative_to(site)
    if target.suffix == ".html":
        link["href"] = f"#{place(target.with_suffix(''))}" + (f"--{fragment}" if fragment else "")
    else:
        link.unwrap()


def place(name):
    """The id of a page in the document.

    >>> place("chapters/gradient_of_A")
    'gradient_of_A'
    """
    return Path(name).name


def heading(found):
    title = BeautifulSoup(str(found.h1), "html.parser")
    for annotation in title.select("annotation"):
        annotation.decompose()
    return title.get_text().strip()


# ---------------------------------------------------------------- its own sheets


def styles(page):
    """The site's styles, as a page names them, for a document in another folder."""
    links = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select("link[rel=stylesheet]")
    return "".join(f'<link rel="stylesheet" href="{(page.parent / urldefrag(link["href"])[0].split("?")[0]).resolve().as_uri()}">' for link in links)


def own_sheets(titled):
    """A4 paper, with each chapter's name at the foot of its pages."""
    sheet = '@page {0} {{ @bottom-left {{ content: {1}; font: 8.5pt "LM Roman 10", serif }} }}\n#{0} {{ page: {0} }}\n'
    return "@page { size: A4 }\n" + "".join(sheet.format(name, json.dumps(title, ensure_ascii=False)) for name, title in titled.items())


def title_page(config, site):
    author, address = config.get("author"), config.get("repository", {}).get("url")
    logo = (site / "_static" / Path(config["html"]["favicon"]).name).resolve().as_uri()
    lines = [f'<img src="{logo}" alt="">', f"<p class='title'>{escape(config['title'])}</p>"]
    lines += [f"<p>{escape(author)}</p>"] if author else []
    lines += [f'<p class="small">© {config["copyright"]}. Text and figures: CC BY 4.0. Code: MIT.</p>']
    lines += [f'<p class="small"><a href="{address}">{address}</a></p>'] if address else []
    return f'<section class="title-page">{"".join(lines)}</section>'


def table_of_contents(contents, titled):
    rows = []
    for caption, listed in contents:
        rows += [f"<p>{escape(caption)}</p>"] if caption else []
        rows += ["<ul>", *[f'<li><a href="#{name}"><span>{escape(titled[name])}</span>{page_of(name)}</a></li>' for name in listed], "</ul>"]
    return f'<article class="bd-article contents"><h1 id="contents">Contents</h1><nav>{"".join(rows)}</nav></article>'


def page_of(name):
    """The number of the page where the element `name` stands; filled in before the second print."""
    return f'<span class="page-of" data-of="{name}"></span>'


# ---------------------------------------------------------------- solutions go to the end


def take_solutions(texts):
    """Move the solutions out of the texts, leaving links; their HTML, chapter by chapter."""
    taken = []
    for name, found in texts.items():
        exercises = {}
        for part in found.select("details, .cell"):
            if is_solution(part) and (exercise := exercise_of(part)):
                exercises.setdefault(id(exercise), (exercise, []))[1].append(part)
        taken += [f"<h2>{escape(heading(found))}</h2>"] if exercises else []
        taken += [moved(f"{place(name)}--solution-{number}", *entry) for number, entry in enumerate(exercises.values(), 1)]
    return "".join(taken)


def is_solution(part):
    """A folded solution or answer, or folded code below an exercise: what `make student` takes out, too."""
    if part.name == "details":
        return part.summary.get_text() in ANSWERS
    return bool(part.select("details.above-input")) and not part.select("figure") and part.find_parent(id=re.compile("--on-your-own"))


def exercise_of(part):
    return part.find_previous(lambda tag: tag.name == "p" and tag.strong and EXERCISE.match(tag.get_text()))


def moved(name, exercise, parts):
    """The solution of one exercise: `parts` leave their place, where a link says on which page they are now."""
    label = exercise.strong.get_text().rstrip(".")
    exercise["id"] = f"{name}-exercise"
    link = f'<p class="solution-link"><a href="#{name}">Solution on page {page_of(name)}</a></p>'
    parts[0].insert_before(BeautifulSoup(link, "html.parser"))
    texts = []
    for part in parts:
        lead = part.find_previous_sibling()
        if part.name != "details" and lead.name == "p" and lead.get_text().endswith(":") and len(lead.get_text()) < LONGEST_LEAD:
            texts.append(str(lead.extract()))
        part.extract()
        if part.name == "details":
            part.summary.extract()
            part.name = "div"
        texts.append(str(part))
    back = f'<a href="#{name}-exercise">{escape(label)}</a>'
    return f'<div class="solution" id="{name}"><p><strong>{back}.</strong></p>{"".join(texts)}</div>'


# ---------------------------------------------------------------- printing


def browser_program():
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def opened(html):
    """A document in Chromium, its fonts loaded, as it is on paper."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "book.html"
        file.write_text(html, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=browser_program(), args=QUIET)
        tab = browser.new_page()
        tab.emulate_media(media="print")
        tab.goto(file.as_uri(), wait_until="load")
        tab.evaluate("document.fonts.ready.then(() => 0)")
        yield tab
        browser.close()


def print_book(html, author, target):
    """Print the book: once to see on which page everything stands, and again to say so."""
    with opened(html) as tab:
        print_once(tab, target)
        tab.reload()  # a tab that prints twice writes every heading twice into the outline
        tab.evaluate(FILL, pages(target))
        print_once(tab, target)
        headings = tab.evaluate(HEADINGS)
    with pikepdf.open(target, allow_overwriting_input=True) as book:
        book.docinfo["/Author"] = author
        book.docinfo["/Creator"] = "website/pdf.py"
        name_outline(book, headings)
        book.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)  # a third of the size


def print_once(tab, target):
    tab.evaluate("document.fonts.ready.then(() => 0)")
    tab.pdf(path=target, prefer_css_page_size=True, outline=True, tagged=True)


FILL = "pages => document.querySelectorAll('.page-of').forEach(span => { span.textContent = pages[span.dataset.of] })"
HEADINGS = "() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(heading => heading.innerText.trim())"


def name_outline(book, headings):
    """Chromium loses the space where a heading goes on in the next line; the document has it."""
    with book.open_outline() as outline:
        for entry, heading in zip(in_order(outline.root), headings, strict=True):
            entry.title = heading


def in_order(entries):
    for entry in entries:
        yield entry
        yield from in_order(entry.children)


def pages(target):
    """The places that links lead to -> the number of their page."""
    with pikepdf.open(target) as book:
        numbers = {page.objgen: number for number, page in enumerate(book.pages, 1)}
        return {name.lstrip("/"): numbers[found[0].objgen] for name, found in book.Root.Dests.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
