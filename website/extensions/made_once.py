"""What takes long to make from the whole site is made again only where something that it is made from has changed."""

import hashlib
import inspect
from pathlib import Path


def made_once(app, make, *parts):
    """The bytes of `make()`, which depend on `parts` and on the module of `make` alone; kept with what Sphinx remembers."""
    source = Path(inspect.getfile(make)).read_bytes()
    kept = Path(app.doctreedir) / "made" / hashlib.sha256(repr((source, make.__name__, parts)).encode()).hexdigest()
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(make(*parts))
    return kept.read_bytes()
