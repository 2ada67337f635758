"""One text for all writings of an expression: equal up to dummy names, the order of factors and terms, delta's symmetry.

Products are split into connected components (factors that share dummies) first; within one, dummies are told apart by
where they stand. Where that leaves a tie every choice is tried and the smallest text taken, but of choices that a
symmetry of the product maps to each other only one.
"""

from linalg_grads.expressions import (
    Apply,
    Component,
    Delta,
    Derivative,
    Number,
    Ones,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    children,
    dummies,
    free,
    kept,
    substitute,
)

MOST_WORK = 50_000  # nodes visited; beyond this the text is the expression as it is written, its dummies numbered


class TooMuchWork(Exception):
    """The ties of this expression take too long to break; caught in this module."""


@kept
def canonical(e):
    """A text that is the same for two expressions only if they are equal; for equal polynomials without brackets, always."""
    try:
        return Namer().key(e, {})
    except TooMuchWork:
        return repr(substitute(e, {index: f"#{n}" for n, index in enumerate(dummies(e))}))


class Namer:
    """`labels` maps the dummies in scope to their names, #0, #1, ..., counted from the outermost product inwards."""

    def __init__(self):
        self.work = MOST_WORK

    def key(self, e, labels):
        self.work -= 1
        if self.work < 0:
            raise TooMuchWork
        match e:
            case Tensor(name, indices):
                return f"{name}[{_names(indices, labels)}]"
            case Number(value):
                return str(value)
            case Product(factors, bound):
                return self.product(factors, bound, labels)
            case Sum(terms):
                return f"({'+'.join(sorted([self.key(term, labels) for term in terms]))})"
            case Delta(i, j):
                return f"delta[{','.join(sorted((labels.get(i, i), labels.get(j, j))))}]"
            case Ones(index):
                return f"1[{labels.get(index, index)}]"
            case Size(index):
                return f"size[{index.dim or index.partition('#')[0]}]"
            case Power(base, exponent):
                return f"({self.key(base, labels)})^({self.key(exponent, labels)})"
            case Apply(function, argument):
                return f"{function}({self.key(argument, labels)})"
            case Derivative(of, wrt, held):
                return f"d({self.key(of, labels)})/d({self.key(wrt, labels)}){'|'.join(['', *sorted(held)])}"
            case Component(of, indices):
                return f"[{self.key(of, labels)}][{_names(indices, labels)}]"
        fields = [field for field in e[1:] if not isinstance(field, tuple)]
        return f"{type(e).__name__}{fields}({','.join([self.key(part, labels) for part in children(e)])})"

    # ------------------------------------------------------------ products

    def product(self, factors, bound, labels):
        if not bound:
            return "*".join(sorted([self.key(factor, labels) for factor in factors]))
        parts = [self.component(group, mine, labels) for group, mine in _components(factors, bound)]
        held = {index for factor in factors for index in free(factor)}
        return "*".join(sorted(parts + [self.key(Size(index), labels) for index in bound if index not in held]))

    def component(self, factors, bound, labels):
        return Connected(self, factors, bound, labels).text() if bound else self.key(factors[0], labels)


class Connected:
    """Factors that share dummies. `ranks` tell the dummies apart: 0, 1, ..., the same for those that are tied."""

    def __init__(self, namer, factors, bound, labels):
        self.namer, self.factors, self.labels = namer, factors, labels
        self.holders = {index: [] for index in bound}
        for factor in factors:
            for index in free(factor):
                if index in self.holders:
                    self.holders[index].append(factor)

    def text(self):
        ranks = self.refined(dict.fromkeys(self.holders, 0))
        return self.smallest(ranks, self.leaf(ranks))

    def names(self, ranks):
        return self.labels | {index: f"#{len(self.labels) + rank}" for index, rank in ranks.items()}

    def written(self, ranks):
        names = self.names(ranks)
        return "{" + "*".join(sorted([self.namer.key(factor, names) for factor in self.factors])) + "}"

    def refined(self, colours):
        """Split the dummies' colours by where they stand until nothing splits; returns ranks."""
        classes = 0
        while True:
            order = {colour: rank for rank, colour in enumerate(sorted(set(colours.values())))}
            ranks = {index: order[colour] for index, colour in colours.items()}
            if len(order) in (classes, len(ranks)):
                return ranks
            classes, names = len(order), self.names(ranks)
            colours = {index: (rank, *self.places(index, names)) for index, rank in ranks.items()}

    def places(self, index, names):
        """Where `index` stands: the texts of the factors that hold it, itself written *."""
        marked = names | {index: "*"}
        return sorted([self.namer.key(factor, marked) for factor in self.holders[index]])

    def chosen(self, ranks, first):
        """The ranks once `first` goes before those it is tied with."""
        return self.refined({index: (rank, index != first) for index, rank in ranks.items()})

    def leaf(self, ranks):
        """The ranks once each tie is broken for the first that is tied."""
        while tied := _tied(ranks):
            ranks = self.chosen(ranks, tied[0])
        return ranks

    def smallest(self, ranks, leaf):
        """The smallest text over all ways of breaking ties; `leaf`: the ranks that the first way ends with.

        Two ways with the same text are mapped to each other by a symmetry, so that one of them is enough.
        """
        tied = _tied(ranks)
        if not tied:
            return self.written(ranks)
        first, *others = tied
        found = {self.written(leaf): (self.chosen(ranks, first), leaf)}
        for other in others:
            swapped = leaf | {first: leaf[other], other: leaf[first]}
            if self.written(swapped) not in found:
                branch = self.chosen(ranks, other)
                end = self.leaf(branch)
                found.setdefault(self.written(end), (branch, end))
        return min([self.smallest(branch, end) for branch, end in found.values()])


def _names(indices, labels):
    return ",".join([labels.get(index, index) for index in indices])


def _tied(ranks):
    """The dummies of the lowest rank that several have, or None."""
    members = {}
    for index, rank in ranks.items():
        members.setdefault(rank, []).append(index)
    return next((members[rank] for rank in sorted(members) if len(members[rank]) > 1), None)


def _components(factors, bound):
    """[(factors, dummies)]: factors that share a dummy, directly or through others, stand together."""
    groups = []
    for factor in factors:
        mine = set(free(factor)).intersection(bound)
        joined = [group for group in groups if group[1] & mine]
        merged = ([f for group in joined for f in group[0]] + [factor], mine.union(*[group[1] for group in joined]))
        groups = [group for group in groups if not group[1] & mine] + [merged]
    return groups
