r"""What the names in a book's equations stand for: tensors of known shape, each with a value in every run of a check.

A base symbol has random values. A definition is computed from its right-hand side, and the course's Y by the package's own
`linear`, so that every equation about Y is a claim about the code. The loss l is a function of Y whose gradient is random, of
mixed signs and not constant. Derivatives are PyTorch's, taken through these very computations.
"""

from copy import copy
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import torch

from linalg_grads.errors import UnknownName
from linalg_grads.lengths import in_numbers
from linalg_grads.linear_layer import linear

PRIMES = ((3, 5, 7, 2, 11, 13, 17, 19, 23, 29), (5, 7, 3, 11, 2, 13, 19, 17, 29, 23))  # the sizes in each of two runs


@dataclass(eq=False, frozen=True)
class Symbol:
    """A name, the lengths of its axes, and how its value is computed; a base symbol's is random."""

    name: str
    shape: tuple = ()
    compute: object = None  # Values -> tensor
    exact: bool = True  # do integers stay integers?
    place: str = "the course's notation"


@dataclass(eq=False, frozen=True)
class Formula:
    """An accepted equation `symbol = ...`: another way to compute it, through the symbols that it uses."""

    symbol: Symbol
    compute: object
    uses: frozenset


class Context:
    """The names known at one place of the book.

    symbols  whole tensors, numbers, sizes
    letters  the tensor that an indexed name is a component of: x_{ik} is one of X
    sizes    the names of sizes, in the order in which prime numbers are given to them
    ranges   the size that an index runs over where nothing else tells: i runs over M
    indices  the letters that the page writes as subscripts, which a condition may speak of; None: any letter
    loss     in a layer of the reader's own: `l`, computed from what was defined last, until an equation defines it
    """

    def __init__(self):
        self.symbols, self.letters, self.sizes, self.ranges, self.formulas = {}, {}, [], {}, []
        self.lower_case = False  # are the components of X written x_{ik}, never X_{ik}?
        self.own_layer = False
        self.loss = self.indices = None
        self.caches = {}

    def copy(self):
        """One that may learn more, and shares what was computed: a value depends on its symbol and the sizes before it."""
        new = copy(self)
        for name in ("symbols", "letters", "sizes", "ranges", "formulas"):
            setattr(new, name, getattr(self, name).copy())
        return new

    def include(self, other):
        """Know what `other` knows, too."""
        for size in other.sizes:
            self.add_size(size)
        for symbol in other.symbols.values():
            if self.symbols.get(symbol.name) is not symbol:
                self.add(symbol)
        self.ranges |= other.ranges
        self.formulas += [formula for formula in other.formulas if formula not in self.formulas]

    def add_size(self, name):
        if name not in self.sizes:
            self.check_new(name, "a size")
            self.sizes.append(name)
            self.symbols |= {symbol.name: symbol for symbol in _of_a_size(name)}

    def add(self, symbol):
        self.check_new(symbol.name, symbol.place)
        self.symbols[symbol.name] = symbol
        letter = len(symbol.name) == 1 and len(symbol.shape) > 0
        if letter and len(symbol.shape) > 1:
            self.symbols.setdefault(symbol.name.upper(), symbol)  # x_{ik} is a component of X
        capital = letter and symbol.name.isupper()
        if capital:
            self.letters.setdefault(symbol.name.lower(), symbol)
        if symbol.shape and not (capital and self.lower_case):
            self.letters[symbol.name] = symbol
        if self.own_layer and symbol.compute and self.symbols.get("l") is self.loss:
            self.loss = self.symbols["l"] = Symbol("l", (), lambda values: _loss(values, values[symbol]), symbol.exact, "the loss")

    def check_new(self, name, place):
        known = self.known(name)
        if known:
            raise UnknownName(f"'{name}' already means something: {known.place}\na name keeps its meaning; choose another for {place}")

    def known(self, name):
        """The symbol that `name` means, if it was introduced by this name, or the book writes components in lower case."""
        found = self.symbols.get(name) or self.letters.get(name)
        return found if found and found is not self.loss and (self.lower_case or found.name == name) else None


@cache
def _of_a_size(name):
    """What a size M gives: the number M, the identity I_M, the ones 1_M."""
    return (
        Symbol(name, (), lambda values: torch.tensor(float(values.size(name)), dtype=torch.float64)),
        Symbol(f"I_{name}", (name, name), lambda values: torch.eye(values.size(name), dtype=torch.float64)),
        Symbol(rf"\mathbf{{1}}_{name}", (name,), lambda values: torch.ones(values.size(name), dtype=torch.float64)),
    )


@cache
def of_the_layer(lead=("M",)):
    """The course's own names: X, A, b, Y, l, and the ones that broadcast b. `lead` holds the leading axes of X and Y."""
    context = Context()
    context.lower_case = True
    for size in ("M", "K", "N", *lead):
        context.add_size(size)
    context.ranges = {"i": "M", "k": "K", "j": "N"}
    x, a, b = Symbol("X", (*lead, "K")), Symbol("A", ("N", "K")), Symbol("b", ("N",))
    y = Symbol("Y", (*lead, "N"), lambda values: linear(values[x], values[a], values[b]))
    loss = Symbol("l", (), lambda values: _loss(values, values[y]))
    ones = Symbol(r"\mathbf{1}", lead, lambda values: torch.ones([values.size(axis) for axis in lead], dtype=torch.float64))
    for symbol in (x, a, b, y, loss, ones):
        context.add(symbol)
    return context


def _loss(values, y):
    g, h = (values.random(key, y.shape) for key in ("upstream", "curvature"))
    return (g * y + h * y**2).sum()


# ---------------------------------------------------------------- values


class Values:
    """What every symbol is worth in one run: `numbers` says whether integers, signed or positive floats are drawn."""

    def __init__(self, context, run, numbers):
        self.context, self.run, self.numbers = context, run, numbers
        self.tensors, self.jacobians = context.caches.setdefault((run, numbers), ({}, {}))

    def __getitem__(self, symbol):
        if symbol not in self.tensors:
            shape = [self.size(axis) for axis in symbol.shape]
            self.tensors[symbol] = symbol.compute(self) if symbol.compute else self.random(symbol.name, shape).requires_grad_()
        return self.tensors[symbol]

    def size(self, length):
        return in_numbers(length, self.context.sizes, PRIMES[self.run])

    def random(self, key, shape):
        """Integers from -9 to 9 without 0, or floats of size 0.5 to 1.5: the same for a key in every process."""
        generator = torch.Generator().manual_seed(crc32(f"{key} {self.run}".encode()))
        signs = torch.randint(0, 2, shape, generator=generator).double() * 2 - 1
        if self.numbers == "integers":
            return signs * torch.randint(1, 10, shape, generator=generator).double()
        floats = torch.rand(shape, generator=generator, dtype=torch.float64) + 0.5
        return floats if self.numbers == "positive" else signs * floats

    def computed_from(self, given):
        """The same random values, and those of the symbols in `given`; all others are computed from these."""
        values = Values(self.context, self.run, self.numbers)
        random = {symbol: tensor for symbol, tensor in self.tensors.items() if not symbol.compute}
        values.tensors, values.jacobians = random | given, {}
        return values

    def holding(self, held, wrt):
        """The values as functions of `wrt` in which the symbols `held` stay as they are, though they are computed from it."""
        return self.computed_from({wrt: self[wrt]} | {symbol: self[symbol].detach() for symbol in held}) if held else self

    def derivative(self, of, wrt):
        """All partial derivatives of a symbol, or of a function of the values, by symbol `wrt`: the axes of the former come first."""
        if not isinstance(of, Symbol):
            return self._derivative(of, wrt)
        key = of, wrt, len(self.context.formulas)
        if key not in self.jacobians:
            self.jacobians[key] = self._derivative(lambda values: values[of], wrt)
        return self.jacobians[key]

    def _derivative(self, of, wrt):
        found = _jacobian(of(self), self[wrt])
        if found is None and wrt.compute:
            found = self._through_a_formula(of, wrt)
        return torch.zeros(of(self).shape + self[wrt].shape, dtype=torch.float64) if found is None else found

    def _through_a_formula(self, of, wrt):
        """Y was computed without C; where the book showed that Y = X C + ..., that is differentiated."""
        for formula in self.context.formulas:
            if wrt in formula.uses:
                values = self.computed_from({wrt: self[wrt], formula.symbol: formula.compute(self)})
                found = _jacobian(of(values), self[wrt])
                if found is not None:
                    return found
        raise UnknownName(f"nothing before this shows how it depends on '{wrt.name}'\nfirst state that as an equation, as in Y = X C")


def _jacobian(value, variable):
    """None where `value` doesn't depend on `variable`."""
    if not (value.requires_grad and variable.requires_grad):
        return None
    # One entry of `value` at a time, as numbers: with upstream tensors PyTorch imports SymPy, which takes longer than all else.
    options = {"retain_graph": True, "create_graph": True, "allow_unused": True}
    found = [torch.autograd.grad(entry, variable, **options)[0] for entry in value.reshape(-1)]
    return None if found[0] is None else torch.stack(found).reshape(value.shape + variable.shape)
