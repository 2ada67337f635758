"""One text for all writings of an expression: equal up to dummy names, the order of factors and terms, delta's symmetry.

Products are split into connected components (factors that share dummies) first; within one, dummies are told apart by
where they stand, and where that leaves a tie every choice is tried and the smallest text taken.
"""

from linalg_grads.expressions import (
    Apply,
    Component,
    Delta,
    Derivative,
    Equation,
    Hadamard,
    Number,
    Ones,
    Power,
    Product,
    Size,
    Sum,
    Tensor,
    children,
    free,
)


def canonical(e):
    return _key(e, {})


def _key(e, labels):
    match e:
        case Equation(left, right):
            return f"{_key(left, labels)}={_key(right, labels)}"
        case Number(value):
            return str(value)
        case Tensor(name, indices):
            return f"{name}[{_names(indices, labels)}]"
        case Delta(i, j):
            return f"delta[{','.join(sorted((labels.get(i, i), labels.get(j, j))))}]"
        case Ones(index):
            return f"1[{labels.get(index, index)}]"
        case Size(index):
            return f"size[{index.dim or index.partition('#')[0]}]"
        case Sum(terms):
            return f"({'+'.join(sorted([_key(term, labels) for term in terms]))})"
        case Hadamard(parts):
            return f"({'.'.join(sorted([_key(part, labels) for part in parts]))})"
        case Product(factors, bound):
            return _product_key(factors, bound, labels)
        case Power(base, exponent):
            return f"({_key(base, labels)})^({_key(exponent, labels)})"
        case Apply(function, argument):
            return f"{function}({_key(argument, labels)})"
        case Component(of, indices):
            return f"[{_key(of, labels)}][{_names(indices, labels)}]"
        case Derivative(of, wrt):
            return f"d({_key(of, labels)})/d({_key(wrt, labels)})"
    return f"{type(e).__name__}({','.join(_key(part, labels) for part in children(e))})"


def _names(indices, labels):
    return ",".join([labels.get(index, index) for index in indices])


def _product_key(factors, bound, labels):
    if not bound:
        return "*".join(sorted([_key(factor, labels) for factor in factors]))
    parts = [_component_key(group, dummies, labels) for group, dummies in _components(factors, bound)]
    return "*".join(sorted(parts))


def _components(factors, bound):
    """[(factors, dummies)]: factors that share a dummy, directly or through others, stand together."""
    groups = []
    for factor in factors:
        mine = set(free(factor)) & set(bound)
        joined = [group for group in groups if group[1] & mine]
        merged = ([f for group in joined for f in group[0]] + [factor], mine.union(*[group[1] for group in joined]))
        groups = [group for group in groups if not group[1] & mine] + [merged]
    return groups


def _component_key(factors, dummies, labels):
    if not dummies:
        return _key(factors[0], labels)
    ranks = _refine(factors, dict.fromkeys(dummies, 0), labels)
    return _resolve(factors, ranks, labels)


def _resolve(factors, ranks, labels):
    """The text once all ranks differ; a tie is broken in every way."""
    members = {}
    for index, rank in ranks.items():
        members.setdefault(rank, []).append(index)
    tied = next((group for _, group in sorted(members.items()) if len(group) > 1), None)
    if tied is None:
        names = labels | {index: f"#{rank}" for index, rank in ranks.items()}
        return "{" + "*".join(sorted([_key(factor, names) for factor in factors])) + "}"
    choices = [_refine(factors, {i: (r, i != first) for i, r in ranks.items()}, labels) for first in tied]
    return min(_resolve(factors, choice, labels) for choice in choices)


def _refine(factors, colours, labels):
    """Split the dummies' colours by where they stand until nothing splits; returns ranks 0, 1, ..."""
    classes = 0
    while True:
        ranks = {colour: f"#{n}" for n, colour in enumerate(sorted(set(colours.values())))}
        names = labels | {index: ranks[colour] for index, colour in colours.items()}
        if len(ranks) in (classes, len(colours)):
            return {index: int(names[index][1:]) for index in colours}
        classes = len(ranks)
        colours = {
            index: (names[index], sorted([_key(f, names | {index: "*"}) for f in factors if index in free(f)]))
            for index in colours
        }
        colours = {index: repr(colour) for index, colour in colours.items()}
