"""Use up the Kronecker deltas and ones, and tidy what is left.

    delta_ij v_j = v_i,  delta_ii = n,  1_i 1_i = n,  1_i v_i = v_i where i still occurs often enough to be summed
"""

from collections import Counter
from itertools import permutations
from math import prod
from operator import is_

from linalg_grads.canonical import canonical
from linalg_grads.expressions import (
    MINUS_ONE,
    ONE,
    Delta,
    Number,
    Ones,
    Power,
    Product,
    Size,
    Sum,
    add,
    add_numbers,
    children,
    coefficient,
    dummies,
    free,
    holds,
    multiply,
    nodes,
    occurrences,
    power,
    rebuild,
    substitute,
    rename_apart,
    tensors,
    transform,
)
from linalg_grads.recognise import find_factors

MANY_TERMS = 32  # beyond this a product of sums stays one: multiplied out it would double with every layer of a network


def contract(e):
    """`e` without the deltas and ones that can go, tidied."""
    return collect_everywhere(cancel_everywhere(contracted(prepared(e))))


def prepared(e):
    """`e` with every product distributed whose deltas could not be contracted otherwise."""
    return spread(common_deltas(e))


def common_deltas(e):
    """delta_ip u_i + delta_ip v_i as delta_ip (u_i + v_i), everywhere: then nothing need be distributed."""
    return transform(e, _common_delta, (Sum,))


def contracted(e):
    return transform(e, _contract_node, (Product, Delta))


def cancel_everywhere(e):
    return transform(e, _cancelled, (Product,))


def collect_everywhere(e):
    """Like terms added up in every sum; a result b - a, not -(a - b)."""
    e = transform(e, _collected_positive_first, (Sum,))
    return positive_first(_opened(e)) if _is_negated(e) and any(coefficient(term)[0] < 0 for term in e.factors[1].terms) else e


def contracted_letters(e):
    """The dummies that a contraction of `e`, which is prepared, uses up, as letters."""
    found = []
    for node in nodes(e, Product):
        for factor in node.factors if node.bound else ():
            if isinstance(factor, Delta):
                found += [i for i in (factor.j, factor.i) if i in node.bound][:1]
    return tuple(dict.fromkeys([index.letter for index in found]))


# ---------------------------------------------------------------- distribute


def terms_inside(e):
    """How many terms `e` has once it is multiplied out."""
    if isinstance(e, Sum):
        return sum(map(terms_inside, e.terms))
    return prod(map(terms_inside, e.factors)) if isinstance(e, Product) else 1


def _common_delta(e):
    if not isinstance(e, Sum):
        return e
    common = [factor for factor in _split(e.terms[0])[1] if isinstance(factor, Delta)]
    common = [delta for delta in common if all(delta in _split(term)[1] for term in e.terms)]
    return _taken_out([_as_powers(term) for term in e.terms], dict.fromkeys(common, 1), 1) if common else e


def spread(e):
    """Products distributed over sums with a delta that one of their own dummies is contracted with."""
    return transform(e, lambda node: _distributed(node, _holds_delta_of), (Sum,))


def _holds_delta_of(factor, bound):
    return any(node.i in bound or node.j in bound for node in nodes(factor, Delta))


def distributed(e):
    """`e` spread where deltas could not be contracted otherwise, not even once what terms share is taken out; else as it is."""
    common = common_deltas(e)
    ready = spread(common)
    return spread(e) if ready is not common and contracted_letters(ready) else e


def multiplied_out(e):
    """Every product of sums written as a sum of products, powers left alone."""
    if terms_inside(e) > MANY_TERMS:
        return e
    return transform(e, lambda node: _distributed(node, lambda factor, bound: True, then=_contracted_and_tidied), (Sum,))


def _distributed(e, opens, then=lambda term: term):
    """A product distributed over its sums that `opens` names."""
    if not isinstance(e, Product) or terms_inside(e) > MANY_TERMS:
        return e
    for position, factor in enumerate(e.factors):
        if isinstance(factor, Sum) and opens(factor, e.bound):
            before, after = e.factors[:position], e.factors[position + 1 :]
            made = [multiply((*before, term, *after), e.bound) for term in factor.terms]
            return add([_distributed(then(rename_apart(term)), opens, then) for term in made])
    return e


# ---------------------------------------------------------------- one node


def _contract_node(e):
    match e:
        case Product():
            return _ones(_deltas(e))
        case Delta(i, j) if i == j:
            return Ones(i)
    return e


def _contracted_and_tidied(e):
    """`e` contracted, and tidied."""
    e = _contract_node(e)
    return _collected_positive_first(_cancelled(e))


def _deltas(e):
    """Rename with each delta that has a dummy; of a delta with one index twice ones are left."""
    if not holds(e, Delta):
        return e
    factors, bound = list(e.factors), list(e.bound)
    position = 0
    while position < len(factors):
        factor = factors[position]
        if not isinstance(factor, Delta):
            position += 1
        elif factor.i == factor.j:
            factors[position] = Ones(factor.i)
        elif factor.j in bound or factor.i in bound:
            gone, stays = (factor.j, factor.i) if factor.j in bound else (factor.i, factor.j)
            del factors[position]
            bound.remove(gone)
            renamed = [substitute(f, {gone: stays}) for f in factors]
            if all(map(is_, renamed, factors)):
                renamed.append(Ones(stays))
            factors = renamed
        elif factor in factors[:position] or Delta(factor.j, factor.i) in factors[:position]:
            del factors[position]
        else:
            position += 1
    if len(factors) == len(e.factors) and len(bound) == len(e.bound) and all(map(is_, factors, e.factors)):
        return e
    return multiply(factors, bound)


def _ones(e):
    """Drop the ones whose index stands elsewhere: as it is where the index is free, twice more where it is summed."""
    if not isinstance(e, Product) or Ones not in map(type, e.factors):
        return e
    factors, bound = list(e.factors), list(e.bound)
    for factor in e.factors:
        if not isinstance(factor, Ones):
            continue
        index = factor.index
        times = sum([occurrences(f).count(index) for f in factors]) - 1
        others_are_ones = all([isinstance(f, Ones) for f in factors if index in occurrences(f)])
        if index in bound and others_are_ones:
            factors = [f for f in factors if f != factor]
            factors.append(Size(index))
            bound.remove(index)
        elif times >= (2 if index in bound else 1):
            factors.remove(factor)
    return multiply(factors, bound) if len(factors) != len(e.factors) or len(bound) != len(e.bound) else e


def _cancelled(e):
    """u / u = 1, also where the two have other dummies or one stands in a sum: p (g / p - c) = g - p c."""
    if not isinstance(e, Product) or not holds(e, Power):
        return e
    e = _without_sum_over_itself(e)
    below = {factor: found for factor in getattr(e, "factors", ()) if (found := _denominators(factor))}
    bases = {canonical(factor): factor for factor in e.factors if not isinstance(factor, (Power, Number))} if below else {}
    for factor in below:
        for key in [key for key in bases if key in below[factor]]:
            rest = _without(e.factors, bases[key], factor)
            if isinstance(factor, Power):
                return _contracted_and_tidied(multiply((*rest, power(factor.base, add_numbers((factor.exponent, ONE)))), e.bound))
            terms = [_contracted_and_tidied(multiply((bases[key], term))) for term in factor.terms]
            return _contracted_and_tidied(multiply((*rest, _collected_positive_first(add(terms))), e.bound))
    return e


def _without_sum_over_itself(e):
    r"""\sum_k u_k v_k / (\sum_m u_m v_m) = 1, where k stands nowhere else"""
    for below in e.factors:
        if isinstance(below, Power) and isinstance(below.base, Product) and below.base.bound and _denominators(below):
            rest = _without(e.factors, below)
            mapping, places = find_factors(below.base.factors, rest, below.base.bound) or ({}, ())
            own = tuple(mapping.get(index) for index in below.base.bound)
            matched, others = [rest[place] for place in places], [f for place, f in enumerate(rest) if place not in places]
            apart = not any(index in free(factor) for factor in others for index in own)
            if set(own) <= set(e.bound) and apart and canonical(Product(tuple(matched), own)) == canonical(below.base):
                others.append(power(below.base, add_numbers((below.exponent, ONE))))
                return _contracted_and_tidied(multiply(others, [index for index in e.bound if index not in own]))
    return e


def _denominators(factor):
    """The canonical bases that `factor`, or a term of it, divides by."""
    match factor:
        case Power(base, Number(value)) if value < 0:
            return {canonical(base)}
        case Product(factors):
            return set().union(*map(_denominators, factors))
        case Sum(terms):
            return set().union(*[_denominators(term) for term in terms if isinstance(term, (Power, Product))])
    return set()


def _without(factors, *gone):
    rest = list(factors)
    for factor in gone:
        rest.remove(factor)
    return rest


# ---------------------------------------------------------------- sums


def positive_first(e):
    """p - t, not -t + p"""
    if not isinstance(e, Sum) or coefficient(e.terms[0])[0] > 0:
        return e
    return Sum(tuple(sorted(e.terms, key=lambda term: coefficient(term)[0] < 0)))


def _collected_positive_first(e):
    return positive_first(collect(e))


def collect(e):
    """Like terms added up; a bracket with a number is opened where that leaves fewer: y - t - (y - t) = 0."""
    if isinstance(e, Sum) and any(map(_is_bracket, e.terms)):
        made = _collected(add([_opened(term) for term in e.terms]))
        if terms_inside(made) < len(e.terms):
            return made
    return _collected(e)


def _is_bracket(e):
    """Is this a number times a sum?"""
    return isinstance(e, Product) and not e.bound and len(e.factors) == 2 and isinstance(e.factors[0], Number) and isinstance(e.factors[1], Sum)


def _is_negated(e):
    """Is this minus a sum?"""
    return _is_bracket(e) and e.factors[0] == MINUS_ONE


def _opened(e):
    return add([multiply((e.factors[0], term)) for term in e.factors[1].terms]) if _is_bracket(e) else e


def _collected(e):
    if not isinstance(e, Sum) or len({frozenset(tensors(term)) for term in e.terms}) == len(e.terms):  # like terms hold the same tensors
        return e
    totals, first = {}, {}
    for term in e.terms:
        number, rest = coefficient(term)
        key = canonical(_without_ones(rest, e.free))  # where other terms have i, u stands for 1_i u
        totals[key] = totals.get(key, 0) + number
        first.setdefault(key, rest)
    if len(totals) == len(e.terms):
        return e
    return add([multiply((Number(total), first[key])) for key, total in totals.items() if total])


def factor_out(e):
    """u a + u b = u (a + b), in every sum that is a factor or a term; the dummies of the terms are matched. -a - b stays as it is."""
    made = _factored(e)
    return _opened(made) if isinstance(e, Sum) and _is_negated(made) else made


def _factored(e):
    if not isinstance(e, (Sum, Product)):
        return e
    parts = [_factored(part) for part in children(e)]
    e = rebuild(e, tuple(parts)) if any(a is not b for a, b in zip(parts, children(e))) else e
    if not isinstance(e, Sum):
        return e
    terms = _same_bases([_as_powers(term) for term in e.terms])
    numbers = {abs(number) for number, _, _ in terms}
    shared = numbers.pop() if len(numbers) == 1 else 1
    shared = -shared if all(number < 0 for number, _, _ in terms) else shared
    matched = _with_the_same_dummies(terms)
    common = _common(matched, matched[0][2])
    if not common or not _stays_simple(matched, common):
        matched, common = terms, _common(terms, ())
    return _taken_out(matched, common, shared) if common or shared != 1 else e


def _as_powers(term):
    """(number, [(base, exponent)], dummies) of a term"""
    number, factors, bound = _split(term)
    return number, [_base_and_exponent(factor) for factor in factors], bound


def _base_and_exponent(factor):
    if isinstance(factor, Power) and isinstance(factor.exponent, Number):
        return factor.base, factor.exponent.value
    return factor, 1


def _same_bases(terms):
    """Bases that differ only in the dummies inside are made one."""
    first = {}
    return [
        (number, [(first.setdefault(canonical(base), base) if dummies(base) else base, n) for base, n in powers], bound)
        for number, powers, bound in terms
    ]


def _with_the_same_dummies(terms):
    """The terms with the dummies of the first, where they have as many, over the same axes; named so that most factors agree."""
    bound = terms[0][2]
    made = [terms[0]]
    for number, powers, own in terms[1:]:
        if not 0 < len(own) == len(bound) < 4:
            return terms
        renamed = [_renamed(powers, dict(zip(own, order))) for order in permutations(bound) if [i.dim for i in order] == [i.dim for i in own]]
        if not renamed:
            return terms
        made.append((number, max(renamed, key=lambda powers: sum(power in terms[0][1] for power in powers)), bound))
    return made


def _renamed(powers, mapping):
    return [(substitute(base, mapping), exponent) for base, exponent in powers]


def _common(terms, summed):
    """{base: exponent} of what all terms hold; a base with dummies only if all terms sum over the same ones, `summed`."""
    totals = []
    for _, powers, _ in terms:
        total = Counter()
        for base, exponent in powers:
            total[base] += exponent
        totals.append(total)
    found = {}
    for base in totals[0]:
        exponents = [total[base] for total in totals]
        own = all(index in summed for _, _, bound in terms for index in bound if index in free(base))
        if own and (min(exponents) > 0 or max(exponents) < 0):
            found[base] = min(exponents, key=abs)
    return found


def _stays_simple(terms, common):
    """Are the rests in brackets components of vectors, or single components of matrices, with the same indices?"""
    rests = [[set(free(base)) for base, _ in powers if base not in common and free(base)] for _, powers, _ in terms]
    held = [set().union(*rest) for rest in rests]
    return all(own == held[0] for own in held) and (len(held[0]) < 2 or len(held[0]) == 2 and all(len(rest) == 1 for rest in rests))


def _taken_out(terms, common, shared):
    """shared * common * (what is left of each term)"""
    summed = terms[0][2] if any(index in free(base) for base in common for index in terms[0][2]) else ()
    rest = []
    for number, powers, bound in terms:
        left = Counter()
        for base, exponent in powers:
            left[base] += exponent
        factors = [power(base, Number(n - common.get(base, 0))) for base, n in left.items() if n != common.get(base)]
        number = number / shared if number % shared else number // shared
        rest.append(multiply((Number(number), *factors), () if summed else bound))
    made = [power(base, Number(exponent)) for base, exponent in common.items()]
    bracket = _collected_positive_first(_with_indices(add(rest), common))
    if summed:  # the bracket stands where the first term has what is left of it
        made.insert(next(n for n, (base, _) in enumerate([*terms[0][1], (None, 0)]) if base not in common), bracket)
        return multiply((Number(shared), *made), summed)
    return multiply((Number(shared), *made, bracket))


def _split(term):
    number, rest = coefficient(term)
    factors, bound = (rest.factors, rest.bound) if isinstance(rest, Product) else ((rest,), ())
    return number, [factor for factor in factors if factor != ONE], bound


def _with_indices(e, common):
    """Ones for an index that some terms lack and others have: 1 - v_i is legal only where `common`, beside it, carries i; there 1_i need not stand."""
    carried = {index for factor in common for index in free(factor)}
    terms = [_without_ones(term, carried) for term in (e.terms if isinstance(e, Sum) else (e,))]
    everywhere = dict.fromkeys(index for term in terms for index in free(term))
    made = []
    for term in terms:
        present = free(term)
        lacking = [index for index in everywhere if index not in present and index not in carried]
        made.append(multiply([*map(Ones, lacking), term]))
    return add(made)


def _without_ones(term, carried):
    """The term without ones whose index is among `carried`."""
    factors = term.factors if isinstance(term, Product) else (term,)
    if not any(isinstance(f, Ones) and f.index in carried for f in factors):
        return term
    return multiply([f for f in factors if not (isinstance(f, Ones) and f.index in carried)], getattr(term, "bound", ()))
