"""The book beside another published Jupyter Book: how long both take to build, and what a page costs a reader with a phone.

    python -m benchmarks.book [--quick]
    PEER_BOOK=FOLDER python -m benchmarks.book      takes the other book from a clone on this machine, not from its public address

builds  both books from scratch, and again after a change in one chapter; round after round each has its turn
visits  of each book the page with the most equations, the one with the fewest, and some evenly between, in Chromium with an empty
        cache, as slow as Lighthouse's phone: bytes, requests, and when all equations are typeset

Builds need .venv and .venv-bench, visits Chromium; `make bench ONLY=book` sees to the former. The other book's mathematics comes
from a content delivery network. Here another server on this machine stands in for it, so nothing depends on the network.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from urllib.parse import urlsplit

from benchmarks.host import Network, served
from benchmarks.measure import machine, milliseconds, say, spread, store, versions

ROOT = Path(__file__).parents[1]
ROUNDS = 3  # builds of each kind
SAMPLE = 5  # pages visited of each book
TIMES = 3  # visits to a page

# ---------------------------------------------------------------- the books

PEER = "https://github.com/QuantEcon/lecture-python-intro"
COMMIT = "b9316aa5722b9d11f8a48e3e55e881426bee2b19"  # 20 August 2026

CDN = "cdn.localhost"
EXTENSIONS = {"sphinx_multitoc_numbering", "sphinx_exercise", "sphinx_togglebutton", "sphinx_proof"}  # of the other book's: what its pages are written with
CHANGES = {
    "execute.execute_notebooks: off": "both books are built without running their code; the other one stores no outputs, so its pages lack the figures that readers see",
    "sphinx.extra_extensions": f"only {', '.join(sorted(EXTENSIONS))}: the others redirect old addresses, write notebooks, or ask other sites for their indexes",
    "sphinx.config.html_theme": "Jupyter Book's own theme: theirs needs a later Python than the oldest that this book is built with",
    "sphinx.config.mathjax_path": "the same MathJax, from a second server on this machine: its bytes and requests count as outside, without the time for a name and a certificate",
}


def peer():
    """Where the other book is cloned from."""
    named = os.environ.get("PEER_BOOK", PEER)
    return Path(named).resolve() if Path(named).exists() else named


def settled(config):
    """The other book's settings, with the CHANGES."""
    sphinx = config["sphinx"]
    kept = {key: value for key, value in sphinx["config"].items() if key not in ("html_theme", "html_theme_options", "intersphinx_mapping")}
    return config | {
        "execute": {"execute_notebooks": "off"},
        "sphinx": {
            "extra_extensions": [name for name in sphinx["extra_extensions"] if name in EXTENSIONS],
            "config": kept | {"mathjax_path": f"http://{CDN}/tex-mml-chtml.js"},
        },
    }


OURS = [".venv/bin/python", "-m", "website.build"]  # as `make book` does
THEIRS = [".venv-bench/bin/jupyter-book", "build", "-n", "--keep-going", ".", "--path-output"]


class Book:
    """A copy of a book in a folder of its own."""

    def __init__(self, source, commit, folder, command, inside=""):
        self.commit, self.sources, self.site = commit, folder / inside, folder / "_build" / "html"
        self.command = [ROOT / command[0], *command[1:], folder]
        self.log = folder.with_suffix(".log")
        folder.mkdir()
        for words in (["init"], ["fetch", "--depth=1", source, commit], ["checkout", "FETCH_HEAD"]):
            if subprocess.run(["git", words[0], "--quiet", *words[1:]], cwd=folder).returncode:
                sys.exit(f"Commit {commit} could not be had from {source}. PEER_BOOK=FOLDER names a clone of {PEER} on this machine.")

    def build(self):
        """Seconds."""
        start = perf_counter()
        with self.log.open("w") as log:
            run = subprocess.run(self.command, stdout=log, stderr=log, cwd=self.sources, env=os.environ | {"PYTHONPATH": str(self.sources)})
        assert run.returncode == 0, self.log.read_text()
        return perf_counter() - start

    def build_from_scratch(self):
        shutil.rmtree(self.site.parent, ignore_errors=True)
        return self.build()

    def build_after_change(self, page, sentence):
        file = next(self.sources.glob(f"{page}.*"))
        file.write_text(changed(file.read_text(encoding="utf-8"), file.suffix, sentence), encoding="utf-8")
        return self.build()

    def pages(self):
        """{page: equations}, in reading order."""
        names = [name for _, listed in self.settings()[1] for name in listed]
        return {name: equations((self.site / f"{name}.html").read_text(encoding="utf-8")) for name in names}

    def about(self):
        return {"title": self.settings()[0]["title"], "commit": self.commit, "pages": len(self.pages())}

    def settings(self):
        from website.pdf import settings

        return settings(self.sources)


def changed(text, suffix, sentence):
    """A page's source with one sentence more."""
    if suffix == ".md":
        return f"{text}\n\n{sentence}\n"
    notebook = json.loads(text)
    notebook["cells"].append({"cell_type": "markdown", "id": f"more-{len(notebook['cells'])}", "metadata": {}, "source": sentence})
    return json.dumps(notebook)


def equations(html):
    """How many a page shows, those in its sentences among them; Sphinx gives each a box.

    >>> equations('<span class="math notranslate">x</span> <div class="amsmath math">y</div> <p class="mathematics">z</p>')
    2
    """
    return len(re.findall(r'<(?:span|div) class="(?:[^"]+ )?math[ "]', html))


def sample(pages, size):
    """Pages with mathematics: the one with the most equations, the one with the fewest, and the others evenly between in that order.

    >>> sample({"a": 3, "b": 0, "c": 9, "d": 1, "e": 4, "f": 2}, 3)
    ['c', 'a', 'd']
    """
    ranked = sorted((page for page in pages if pages[page]), key=lambda page: -pages[page])
    return [ranked[number * (len(ranked) - 1) // max(size - 1, 1)] for number in range(min(size, len(ranked)))]


# ---------------------------------------------------------------- builds


def builds(books, rounds):
    say("\nBuilds")
    seconds = {name: {"from scratch": [], "after a change": []} for name in books}
    for number in range(rounds):
        for name, book in books.items():
            taken = book.build_from_scratch()
            page, *_ = sample(book.pages(), 1)
            again = book.build_after_change(page, f"One sentence more, number {number}.")
            seconds[name]["from scratch"].append(taken)
            seconds[name]["after a change"].append(again)
            say(f"  {name:12} {taken:5.1f} s from scratch, {again:5.1f} s after a change in {page}")
    return {name: {kind: spread(values) for kind, values in kinds.items()} for name, kinds in seconds.items()}


# ---------------------------------------------------------------- visits

PHONE = {"width": 390, "height": 844}
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}  # milliseconds, bytes a second
SLOWER = 4  # times, the processor
PATIENCE = 120_000  # milliseconds

# Looks at every frame whether the page is read to its end, each box of an equation holds a typeset one, and no font of mathematics
# is on its way; notes since when this has been so.
WATCH = """
const typeset = () => document.readyState != 'loading'
    && [...document.querySelectorAll('span.math, div.math')].every(box => box.querySelector('math, mjx-container'))
    && ![...document.fonts].some(font => /math|mjx/i.test(font.family) && font.status == 'loading')
window.typesetSince = null
const look = () => {
    if (!typeset()) typesetSince = null
    else typesetSince ??= performance.now()
    requestAnimationFrame(look)
}
requestAnimationFrame(look)
"""
SETTLED = "() => typesetSince !== null && performance.now() - typesetSince > 1000"
FOUND = """() => {
    const painted = performance.getEntriesByName('first-contentful-paint')[0].startTime
    return {first_paint: painted / 1000, mathematics: Math.max(painted, typesetSince) / 1000}
}"""


def visits(books, size, times):
    """{name: [what a page of the sample costs]}"""
    from playwright.sync_api import sync_playwright

    from website.pdf import QUIET, browser_program

    say("\nVisits")
    found = {name: [] for name in books}
    with ExitStack() as stack:
        port = stack.enter_context(served(mathjax(), Network))
        ports = {name: stack.enter_context(served(book.site)) for name, book in books.items()}
        program = stack.enter_context(sync_playwright()).chromium
        browser = program.launch(executable_path=browser_program(), args=[*QUIET, f"--host-resolver-rules={rules(port)}"])
        for name, book in books.items():
            pages = book.pages()
            for page in sample(pages, size):
                address = f"http://127.0.0.1:{ports[name]}/{page}.html"
                weight = visit(browser, address, slow=False)[0]  # also: the servers have compressed everything once
                looks = [visit(browser, address, slow=True)[1] for _ in range(times)]
                seconds = {moment: spread([look[moment] for look in looks]) for moment in looks[0]}
                found[name].append({"page": page, "equations": pages[page]} | weight | seconds)
                say(f"  {name:12} {page:30} {pages[page]:4} equations {weight['bytes'] / 1000:6.0f} kB {weight['requests']:3} requests,"
                    f" mathematics after {milliseconds(seconds['mathematics']['median'])}")  # fmt: skip
        version = browser.version
        browser.close()
    return found, version


def rules(port):
    """Chromium's: the content delivery network is on this port, and no other host is found."""
    return f"MAP {CDN} 127.0.0.1:{port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


def visit(browser, address, slow):
    """({bytes, requests, and of them those outside}, {moment: seconds}) of a first visit."""
    context = browser.new_context(viewport=PHONE)
    tab = context.new_page()
    tools = context.new_cdp_session(tab)
    requests, received = {}, {}
    tools.on("Network.requestWillBeSent", lambda event: requests.setdefault(event["requestId"], event["request"]["url"]))
    tools.on("Network.loadingFinished", lambda event: received.update({event["requestId"]: event["encodedDataLength"]}))
    tools.send("Network.enable")
    if slow:
        tools.send("Network.emulateNetworkConditions", NETWORK)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    tab.add_init_script(WATCH)
    tab.goto(address, wait_until="networkidle", timeout=PATIENCE)
    tab.wait_for_function(SETTLED, timeout=PATIENCE)
    moments = tab.evaluate(FOUND)
    context.close()
    return counted({key: url for key, url in requests.items() if url.startswith("http")}, received, urlsplit(address).netloc), moments


def counted(requests, received, home):
    """From {id: address} and {id: bytes}: how many, with headers, and of them those outside; and which hosts gave no answer.

    >>> counted({1: "http://here/a", 2: "http://there/b", 3: "https://nowhere/c"}, {1: 10, 2: 20}, "here")
    {'bytes': 30, 'bytes_outside': 20, 'requests': 3, 'requests_outside': 2, 'unanswered': ['nowhere']}
    """
    outside = {key for key, url in requests.items() if urlsplit(url).netloc != home}
    unanswered = sorted(urlsplit(requests[key]).netloc for key in outside - received.keys())
    return {
        "bytes": sum(received.get(key, 0) for key in requests), "bytes_outside": sum(received.get(key, 0) for key in outside),
        "requests": len(requests), "requests_outside": len(outside), "unanswered": unanswered,
    }  # fmt: skip


def mathjax():
    """The folder that the content delivery network serves."""
    found = sorted(ROOT.glob(".venv-bench/lib/python*/site-packages/sphinx-mathjax-offline/static/mathjax"))
    return found[0] if found else sys.exit("MathJax is missing: 'make bench ONLY=book' installs it in .venv-bench")


# ---------------------------------------------------------------- all of it


def both(quick):
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
    with TemporaryDirectory() as folder:
        books = {
            "ours": Book(ROOT, commit, Path(folder) / "ours", OURS),
            "theirs": Book(peer(), COMMIT, Path(folder) / "theirs", THEIRS, "lectures"),
        }
        settle(books["theirs"].sources / "_config.yml")
        seconds = builds(books, 1 if quick else ROUNDS)
        seen, browser = visits(books, 1 if quick else SAMPLE, 1 if quick else TIMES)
        about = {name: book.about() for name, book in books.items()}
    return {"machine": machine(), "versions": versions("jupyter-book", "sphinx", "sphinx-book-theme", "playwright") | {"Chromium": browser},
            "phone": {"megabits": NETWORK["downloadThroughput"] * 8 / 1e6, "latency": NETWORK["latency"] / 1e3, "slower": SLOWER},
            "changes": CHANGES, "books": {name: about[name] | {"seconds": seconds[name], "visits": seen[name]} for name in books}}  # fmt: skip


def settle(file):
    import yaml

    file.write_text(yaml.safe_dump(settled(yaml.safe_load(file.read_text(encoding="utf-8"))), sort_keys=False), encoding="utf-8")


def measure(quick=False):
    """In the book's own environment, which drives the browser."""
    command = [ROOT / ".venv" / "bin" / "python", "-m", "benchmarks.book", "--worker", *["--quick"] * quick]
    run = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    return json.loads(run.stdout) if run.returncode == 0 else sys.exit(run.returncode)


if __name__ == "__main__":
    if "--worker" in sys.argv:
        json.dump(both("--quick" in sys.argv), sys.stdout)
    else:
        store("book", measure("--quick" in sys.argv), "--quick" in sys.argv)
