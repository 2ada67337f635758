"""Build the site as `jupyter-book build -W -n --keep-going .` does, but sooner.

    python -m website.build [OUTPUT]        the book of this folder, into the folder OUTPUT/_build
"""

import gc
import importlib.metadata
import sys
from pathlib import Path

# No collecting of garbage: the collector would walk all the pages' trees again and again, and free little. Python still frees
# what isn't in a cycle.
gc.disable()

from sphinx.ext.autodoc.mock import mock  # noqa: E402

# What is installed is looked up once, not for each citation.
installed = importlib.metadata.entry_points()
importlib.metadata.entry_points = installed.select

# What runs notebooks and what asks other sites is imported, and never used: a quarter of a second.
UNUSED = ["jupyter_cache", "jupyter_client", "nbclient", "requests", "urllib3", "charset_normalizer"]


def main(output="."):
    book, built = Path.cwd(), Path(output).absolute() / "_build"
    with mock(UNUSED):
        from jupyter_book.sphinx import build_sphinx

        settings = {"external_toc_path": str(book / "_toc.yml"), "latex_individualpages": False, "nitpicky": True}
        status = build_sphinx(book, built / "html", noconfig=True, path_config=book / "_config.yml", confoverrides=settings, warningiserror=True, keep_going=True)
    gc.freeze()  # nor does Python at its end
    return bool(status)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
