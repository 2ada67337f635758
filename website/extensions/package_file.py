"""The package, put beside the pages: who downloads a notebook from the site finds there what it imports.

    {wheel}`words`    a link to it
"""

import os
from pathlib import Path

from docutils import nodes
from flit_core.wheel import make_wheel_in
from sphinx.util.docutils import SphinxRole
from sphinx.util.osutil import relative_uri

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
FOLDER = "_static"


def setup(app):
    app.add_role("wheel", Wheel())
    app.connect("builder-inited", make)


def make(app):
    os.environ.setdefault("SOURCE_DATE_EPOCH", "1767225600")  # the same bytes from the same source: 2026-01-01
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    app.env.wheel = make_wheel_in(PROJECT, folder).file.name


class Wheel(SphinxRole):
    def run(self):
        target = relative_uri(self.env.app.builder.get_target_uri(self.env.docname), f"{FOLDER}/{self.env.wheel}")
        return [nodes.reference(self.rawtext, self.text, refuri=target)], []
