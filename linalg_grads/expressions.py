"""What an equation is made of: a closed set of frozen nodes, and the few operations that every module needs.

An index is its letter; a dummy (summed) index also carries a number that keeps it apart, 'k#3'. A product holds the
dummies that it sums, so a dummy never means two things and substitution can't capture.

    x_{ik} a_{jk}     Product((Tensor('x', ('i', 'k#1')), Tensor('a', ('j', 'k#1'))), ('k#1',))
"""

from collections import Counter
from fractions import Fraction
from itertools import chain, count
from math import prod
from operator import attrgetter, is_, itemgetter
from types import FunctionType

from linalg_grads.errors import LinalgGradsError


class Located(str):
    """Text that remembers where in the source it stood (`at`), for the caret of an error."""

    at = 0


class Index(Located):
    """An index. `dim` is the axis whose length it runs over, as (tensor, position), once that is known.

    `bounds` is what a sum says that it runs from and to, (1, M) in \\sum_{i=1}^M. `is_written`: the sum over it is shown
    even where the index rules would supply it.
    """

    dim = bounds = None
    is_written = False

    @property
    def letter(self):
        return self.partition("#")[0]

    @property
    def is_ellipsis(self):
        return self.startswith(r"\ldots")


_serial = count(1)


def dummy(index):
    """A fresh dummy that prints, if it can, with the letter of `index` and runs over the same axis."""
    return index_like(f"{index.partition('#')[0]}#{next(_serial)}", index)


def index_like(text, other, **more):
    index = Index(text)
    index.__dict__.update(getattr(other, "__dict__", {}), **more)  # dim, bounds, at, is_written
    return index


# ---------------------------------------------------------------- nodes


_CONSTRUCTORS = {  # by the number of fields; `__new__` for any number takes twice the time, and knows no defaults
    1: lambda cls, a: tuple.__new__(cls, (cls, a)),
    2: lambda cls, a, b: tuple.__new__(cls, (cls, a, b)),
    3: lambda cls, a, b, c: tuple.__new__(cls, (cls, a, b, c)),
    4: lambda cls, a, b, c, d: tuple.__new__(cls, (cls, a, b, c, d)),
    5: lambda cls, a, b, c, d, e: tuple.__new__(cls, (cls, a, b, c, d, e)),
}


class Node(tuple):
    """An immutable record: its class, then its fields. Annotations name the fields and give their defaults.

    A frozen dataclass would do, but making it takes a millisecond a class; a tuple also compares and hashes in C.
    """

    index = count = None  # no methods of tuple, only fields
    children = own_indices = own_or_bound = ()  # the expressions directly inside; the indices written on the node itself; those that it sums, too

    def __init_subclass__(cls):
        names = cls.__match_args__ = tuple(cls.__annotations__)
        defaults = tuple([cls.__dict__[name] for name in names if name in cls.__dict__])
        if len(names) in _CONSTRUCTORS:
            cls.__new__ = staticmethod(FunctionType(_CONSTRUCTORS[len(names)].__code__, globals(), cls.__name__, defaults))
        for position, name in enumerate(names, start=1):
            setattr(cls, name, property(itemgetter(position)))

    def __new__(cls, *fields):
        return tuple.__new__(cls, (cls, *fields))

    def __getnewargs__(self):
        return self[1:]

    def replace(self, **changes):
        return type(self)(*[changes.get(name, value) for name, value in zip(self.__match_args__, self[1:])])

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(repr, self[1:]))})"


_FIRST, _SECOND, _BOTH = property(itemgetter(slice(1, 2))), property(itemgetter(slice(2, 3))), property(itemgetter(slice(1, 3)))
_LIST, _INDICES = property(itemgetter(1)), property(itemgetter(2))


class Leaf(Node):
    """A node with no expression inside."""

    dummies = tensors = ()
    varying = frozenset()
    occurrences = property(attrgetter("own_indices"))

    def __init_subclass__(cls):
        super().__init_subclass__()
        cls.kinds = frozenset((cls,))


class Number(Leaf):
    value: Fraction  # or an int


class Tensor(Leaf):
    """A component x_{ik}; without indices a scalar, or in matrix notation the whole tensor."""

    name: str
    indices: tuple = ()
    own_indices = own_or_bound = _INDICES
    tensors = _FIRST
    varying = property(lambda e: frozenset(e[1:2]))


class Delta(Leaf):
    """The Kronecker delta: 1 where i = j, 0 elsewhere."""

    i: Index
    j: Index
    own_indices = own_or_bound = _BOTH


class Ones(Leaf):
    """A component of the tensor of ones; without an index the whole tensor, in matrix notation."""

    index: Index = None
    own_indices = own_or_bound = property(lambda e: () if e[1] is None else e[1:])


class Size(Leaf):
    """The number of values that an index takes: delta_{kk} summed over k."""

    index: Index
    own_or_bound = _FIRST


class Sum(Node):
    terms: tuple
    children = _LIST


class Product(Node):
    """The product of its factors, summed over its dummy indices `bound`."""

    factors: tuple
    bound: tuple = ()
    children, own_or_bound = _LIST, _INDICES


class Power(Node):
    base: Node
    exponent: Node
    children = _BOTH


class Apply(Node):
    """An elementwise function, by its name in `functions.FUNCTIONS`."""

    function: str
    argument: Node
    children = _SECOND


class Derivative(Node):
    """The partial derivative of an expression with respect to one component; `held`: the names of what stays fixed, though it varies with it."""

    of: Node
    wrt: Tensor
    held: tuple = ()
    children = _BOTH


class Transpose(Node):
    of: Node
    children = _FIRST


class Inverse(Node):
    of: Node
    children = _FIRST


class Trace(Node):
    of: Node
    children = _FIRST


class Determinant(Node):
    of: Node
    children = _FIRST


class Hadamard(Node):
    """The elementwise product of matrix expressions, the \\odot of LaTeX."""

    parts: tuple
    children = _LIST


class Diag(Node):
    """The diagonal matrix with a column's entries, each raised to `exponent`: diag(v)^{-1} is diag(v^{-1})."""

    of: Node
    exponent: Node = None  # a Number; None for 1
    children = _FIRST


class Kronecker(Node):
    """The Kronecker product of matrix expressions, the \\otimes of LaTeX."""

    parts: tuple
    children = _LIST


class Vec(Node):
    """A matrix's entries in one column, row after row."""

    of: Node
    children = _FIRST


class Matrix(Node):
    """A matrix written out: its entries, row after row."""

    entries: tuple
    columns: int
    children = _LIST


class Component(Node):
    """[M]_{ij}: one component of a matrix expression."""

    of: Node
    indices: tuple
    own_indices = own_or_bound = _INDICES
    children = _FIRST


class Equation(Node):
    left: Node
    right: Node
    children = _BOTH


ZERO, ONE, MINUS_ONE = Number(0), Number(1), Number(-1)
HUGE = 10**1000


# ---------------------------------------------------------------- walking

children, own_indices = attrgetter("children"), attrgetter("own_indices")


def replace_children(e, parts):
    """`e` with other children, untouched otherwise."""
    if all(map(is_, children(e), parts)):
        return e
    if type(e).children is _LIST:
        return type(e)(tuple(parts), *e[2:])
    if isinstance(e, Apply):
        return Apply(e.function, *parts)
    return type(e)(*parts, *e[1 + len(parts) :])


def rebuild(e, parts):
    """`e` with other children, tidied by `add` and `multiply`."""
    if isinstance(e, Sum):
        return add(parts)
    if isinstance(e, Product):
        return multiply(parts, e.bound)
    if isinstance(e, Power):
        return power(*parts)
    return replace_children(e, parts)


class Kept:
    """An attribute that is computed when first asked for, and kept: nodes never change, and parts stand in many expressions.

    functools.cached_property does the same under a lock, in three times the time.
    """

    def __init__(self, compute):
        self.compute, self.name = compute, compute.__name__

    def __get__(self, e, kind):
        if e is None:
            return self
        answer = e.__dict__[self.name] = self.compute(e)
        return answer


def kept(compute):
    """A function of one node whose answer the node keeps."""
    setattr(Node, compute.__name__, Kept(compute))
    return attrgetter(compute.__name__)


@kept
def kinds(e):
    """The kinds of the nodes in `e`."""
    return frozenset((type(e),)).union(*map(kinds, children(e)))


def transform(e, rule, where=()):
    """Apply `rule` to every node, from the leaves up; a rule returns its argument where it has nothing to say.

    `where`: the kinds of nodes that it has something to say about; what holds none of them is left out. None: all kinds.
    """
    if where and e.kinds.isdisjoint(where):
        return e
    parts = e.children
    if parts:
        new = []
        for part in parts:  # twice as fast as a comprehension
            new.append(transform(part, rule, where))
        if not all(map(is_, parts, new)):
            e = rebuild(e, tuple(new))
    return rule(e)


def rewrite(e, rule):
    r"""`transform` of what is still as its author wrote it: nothing is worked out, and \exp(u) / (\mathbf{1}^\top \exp(u)) stays a softmax."""
    return rule(replace_children(e, [rewrite(part, rule) for part in e.children]) if e.children else e)


def nodes(e, *which):
    """Every node of `e`, itself first, in the order of writing; `which`: only those of these kinds."""
    return [node for node in _walk(e, which) if isinstance(node, which)] if which else e.all_nodes


@kept
def all_nodes(e):
    return tuple(_walk(e, ()))


def _walk(e, where):
    found, ahead = [], [e]
    while ahead:
        e = ahead.pop()
        if not where or not e.kinds.isdisjoint(where):
            found.append(e)
            if e.children:
                ahead += e.children[::-1]
    return found


def holds(e, kind):
    """Does a node of this kind stand in `e`?"""
    return kind in kinds(e)


@kept
def occurrences(e):
    """The free indices of `e`, each as often as it occurs."""
    found = chain(e.own_indices, *map(occurrences, e.children))
    return tuple([index for index in found if index not in e.bound] if isinstance(e, Product) and e.bound else found)


@kept
def free(e):
    """The free indices of `e`, in order of first occurrence."""
    return tuple(dict.fromkeys(occurrences(e)))


def counts(e):
    return Counter(occurrences(e))


def counts_in_a_term(e):
    """How often each free index occurs in one term, brackets multiplied out: k once in (v_k + w_k), twice in (v_k + w_k) u_k.

    Of terms that hold it differently often the one counts that does least.
    """
    if not holds(e, Sum):
        return counts(e)
    parts = [counts_in_a_term(part) for part in children(e)]
    if isinstance(e, Sum):
        least = {}
        for part in parts:
            for index, times in part.items():
                if index not in least or times < least[index][0]:
                    least[index] = times, index
        return Counter({index: times for times, index in least.values()})
    found = sum(parts, Counter(own_indices(e)))
    return Counter({index: times for index, times in found.items() if index not in e.bound}) if isinstance(e, Product) else found


@kept
def tensors(e):
    """The names of the tensors in `e`, in order of first occurrence."""
    return tuple(dict.fromkeys(chain(*map(tensors, e.children))))


FLAT = ("step", "sign")  # functions whose derivative is zero wherever they have one


def depends(e, name):
    """Does `e` vary with tensor `name`? What it is differentiated by doesn't count, nor what only a step is taken of."""
    return name in e.varying


@kept
def varying(e):
    """The names of the tensors that `e` varies with."""
    if isinstance(e, Apply) and e.function in FLAT:
        return frozenset()
    parts = (e.of,) if isinstance(e, Derivative) else e.children
    return frozenset().union(*map(varying, parts))


def substitute(e, mapping):
    """Replace indices, bound ones included. Dummies are unique, so nothing is captured."""
    parts, own = e.children, e.own_or_bound
    if parts:
        new = []
        for part in parts:
            new.append(substitute(part, mapping))
        e = replace_children(e, new)
    if not own or mapping.keys().isdisjoint(own):
        return e
    new = tuple(map(mapping.get, own, own))
    return type(e)(*new) if type(e) in _ALL_INDICES else type(e)(e[1], new)


_ALL_INDICES = (Delta, Ones, Size)  # the nodes that hold nothing but indices


@kept
def dummies(e):
    """The indices that the products in `e` sum."""
    return tuple(chain(e.bound if isinstance(e, Product) else (), *map(dummies, e.children)))


def rename_apart(e, mapping={}):
    """A copy of `e` with fresh dummies: what must be done before an expression stands twice in a product; by `mapping` with other indices, too."""
    mapping = {index: dummy(index) for index in dummies(e)} | mapping
    return substitute(e, mapping) if mapping else e


# ---------------------------------------------------------------- building


def add(terms):
    """The sum of `terms`: nested sums opened, zeros dropped."""
    flat = []
    for term in terms:
        if isinstance(term, Sum):
            flat += complete(term).terms
        elif term != ZERO:
            flat.append(term)
    return flat[0] if len(flat) == 1 else Sum(tuple(flat)) if flat else ZERO


def complete(e):
    """A sum as it stands alone: inside a product or a function 2 + x_i will do, as a term it is 2 1_i + x_i."""
    if not isinstance(e, Sum):
        return e
    held = [set(occurrences(term)) for term in e.terms]
    if all([indices == held[0] for indices in held]):
        return e
    ones = [[Ones(index) for index in free(e) if index not in indices] for indices in held]
    return Sum(tuple([multiply((*lacking, term)) for term, lacking in zip(e.terms, ones)]))


def multiply(factors, bound=()):
    """The product of `factors` summed over `bound`: nested products opened, numbers multiplied, powers of one base merged.

    Where a base cancels, ones keep its indices: v_i v_i^{-1} is 1_i, not 1.
    """
    flat, bound = [], tuple(bound)
    for factor in factors:
        if type(factor) is Product:
            if not set(factor.bound).isdisjoint(bound):
                factor = rename_apart(factor)
            flat += factor.factors
            bound += factor.bound
        else:
            flat.append(factor)
    coefficient, kinds = 1, set(map(type, flat))
    if Number in kinds:
        coefficient = prod([part.value for part in flat if type(part) is Number])
        flat = [part for part in flat if type(part) is not Number]
    if coefficient == 0:
        return ZERO
    if not -HUGE < coefficient < HUGE:
        raise LinalgGradsError("the numbers of this equation are too large to be multiplied: give them names")
    if Power in kinds:
        flat = _merge_powers(flat)
    if coefficient != 1:
        flat.insert(0, Number(coefficient))
    if len(flat) == 1 and not bound:
        return complete(flat[0])
    return Product(tuple(flat), bound) if flat or bound else ONE


def _merge_powers(factors):
    """Add the exponents of equal bases where one of them is a power; v_i v_i alone stays as it is."""
    exponents = {}
    for factor in factors:
        base, exponent = (factor.base, factor.exponent) if isinstance(factor, Power) else (factor, ONE)
        exponents.setdefault(base, []).append(exponent)
    merged, done, lost = [], set(), []
    for factor in factors:
        base = factor.base if isinstance(factor, Power) else factor
        group = exponents[base]
        if len(group) == 1 or all(exponent == ONE for exponent in group):
            merged.append(factor)
        elif base not in done:
            done.add(base)
            total = add_numbers(group)
            if total == ZERO:
                lost += free(base)
            else:
                merged.append(power(base, total))
    if lost:
        still = {index for factor in merged for index in free(factor)}
        merged += [Ones(index) for index in dict.fromkeys(lost) if index not in still]
    return merged


def add_numbers(parts):
    """The sum of `parts`, its numbers added up."""
    total = sum(part.value for part in parts if isinstance(part, Number))
    rest = [part for part in parts if not isinstance(part, Number)]
    return add([*rest, Number(total)])


def power(base, exponent):
    """base^exponent, with the exponents 0 and 1, numbers and powers of powers worked out."""
    if exponent == ONE or isinstance(base, Ones) and isinstance(exponent, Number):
        return base
    if exponent == ZERO:
        return multiply([Ones(index) for index in free(base)])
    if not is_whole(exponent):
        return Power(base, exponent)
    if isinstance(base, Number) and _is_short(base.value, exponent.value):
        return Number(Fraction(base.value) ** int(exponent.value))
    if isinstance(base, Power):
        return complete(power(base.base, multiply((base.exponent, exponent))))
    if isinstance(base, Product) and not base.bound:
        return multiply([power(factor, exponent) for factor in base.factors])
    return Power(base, exponent)


def is_whole(e):
    """Is this a whole number?"""
    return isinstance(e, Number) and e.value.denominator == 1


def _is_short(value, exponent):
    """Is value^exponent defined, and short enough to be worked out?"""
    digits = value.numerator.bit_length() + value.denominator.bit_length()
    return digits * abs(exponent) <= 3000 and (value != 0 or exponent > 0)


def tidy(e):
    """`e` built anew from the leaves up: nested sums and products opened, numbers worked out."""
    parts = children(e)
    return rebuild(e, tuple([tidy(part) for part in parts])) if parts else e


def negative(e):
    return multiply((MINUS_ONE, e))


def coefficient(e):
    """(number, rest): `e` is number times rest."""
    if isinstance(e, Number):
        return e.value, ONE
    if isinstance(e, Product) and isinstance(e.factors[0], Number):
        return e.factors[0].value, multiply(e.factors[1:], e.bound)
    return 1, e
