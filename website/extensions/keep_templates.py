"""The theme's templates are compiled once, not by each build: the compiled ones are kept with what Sphinx remembers."""

from pathlib import Path

from jinja2 import FileSystemBytecodeCache


def setup(app):
    app.connect("builder-inited", keep)


def keep(app):
    folder = Path(app.doctreedir) / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    app.builder.templates.environment.bytecode_cache = FileSystemBytecodeCache(folder)
