"""What goes wrong, said so that the reader can mend it: what was written, where, which rule, what would be legal."""


class LinalgGradsError(Exception):
    """Any error that the caller's input causes; the command line prints it and exits with 2."""


class ParseError(LinalgGradsError):
    """The LaTeX can't be read. The message shows it with a caret under the culprit."""


class IndexRuleError(LinalgGradsError):
    """An index is neither free nor a dummy, or a term lacks a free index."""


class ShapeError(LinalgGradsError):
    """An array's shape, kind or number of axes doesn't fit the equation."""


class UnknownName(LinalgGradsError):
    """An equation of the book uses a name that nothing introduced, or gives a known name another meaning."""


class ClaimError(LinalgGradsError):
    """The two sides of an equation of the book differ."""
