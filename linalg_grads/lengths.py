r"""How long is each axis? By name: M, K, a number, a product of sizes, or not known yet ('?...').

Axes that must be equally long fall into one class, as the expressions of a claim are read. What can't fit is seen before
anything is computed, whatever sizes are drawn later.
"""

import math


class Lengths:
    def __init__(self):
        self.parent, self.count = {}, 0

    def root(self, length):
        while (above := self.parent.get(length, length)) != length:
            length = above
        return length

    def of(self, length):
        """What is known of a length now."""
        length = self.root(length)
        return tuple(map(self.of, length)) if isinstance(length, tuple) else length

    def known(self):
        """All lengths that an axis was found to have."""
        return {self.root(length) for length in self.parent}

    def new(self):
        """A length that is still open. (It is never 1: a vector of ones of length 1 would fit where a number stands.)"""
        self.count += 1
        return f"?#{self.count}"

    def same(self, a, b):
        """Let two axes be equally long. Returns whether they can be."""
        a, b = self.root(a), self.root(b)
        if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
            return all([self.same(x, y) for x, y in zip(a, b)])
        if is_open(b) and a != 1:
            self.parent[b] = a
            return True
        if is_open(a) and b != 1:
            self.parent[a] = b
            return True
        return a == b

    def settle(self, ranges):
        """Where no tensor tells how long an index's axis is, its letter does (`ranges`), or it gets a length of its own.

        returns  whether every length is now known
        """
        classes = {}
        for length in [*self.parent]:
            if is_open(self.root(length)):
                classes.setdefault(self.root(length), set()).add(length)
        for number, (root, members) in enumerate(classes.items()):
            letters = {member[1:].partition("#")[0] for member in members} - {""}
            if not letters:
                return False
            sizes = {ranges[letter] for letter in letters if letter in ranges}
            self.parent[root] = sizes.pop() if len(sizes) == 1 else number_of_its_own(number)
        return True


def of_index(index):
    """The length of the axis that an index runs over."""
    return f"?{index}"


def number_of_its_own(number):
    return f"free size {number}"


def is_free(length):
    """Has it no name, so that nothing but the claim in which it stands knows it?"""
    return isinstance(length, str) and length.startswith("free size")


def is_open(length):
    return isinstance(length, str) and length.startswith("?")


def product(*lengths):
    return tuple(part for length in lengths for part in (length if isinstance(length, tuple) else (length,)))


def flattened(*lengths):
    """The length of an axis that these are laid out in; 1 adds nothing.

    >>> flattened("N", 1), flattened("M", "N"), flattened(1, 1)
    ('N', ('M', 'N'), 1)
    """
    parts = tuple(part for part in product(*lengths) if part != 1)
    return parts if len(parts) > 1 else parts[0] if parts else 1


def in_numbers(length, sizes, primes):
    """The number that stands for a length when size n has the n-th of `primes`."""
    if isinstance(length, tuple):
        return math.prod(in_numbers(part, sizes, primes) for part in length)
    if isinstance(length, int):
        return length
    return primes[sizes.index(length) if length in sizes else len(sizes) + int(length.rpartition(" ")[2])]


def show(shape):
    """A shape as it is written.

    >>> show([("M", "N"), 1])
    '(M N, 1)'
    """
    return f"({', '.join(map(_show, shape))})"


def _show(length):
    if isinstance(length, tuple):
        return " ".join(map(_show, length))
    return "?" if is_open(length) else str(length)
