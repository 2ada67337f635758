r"""Columns that are numbered: in \sum_n (t_n - \mathbf{w}^\top \mathbf{x}_n)^2 stands the n-th of several columns, x_{nk} by components.

A bold small letter with a subscript is a component like any other, unless it stands where only a column can: transposed, in a
norm, beside a transpose, or behind a matrix. Then each \mathbf{x}_n is a column with a name of its own, \mathbf{x}_{n}, until
the equations are between components; there its number comes first.
"""

from linalg_grads.expressions import Apply, Equation, Ones, Product, Sum, Tensor, Trace, Transpose, dummies, nodes, own_indices, rewrite, tensors
from linalg_grads.parse_latex import BOLD, is_column, is_vector_of_many, letter_of, located


def with_names_of_their_own(equations):
    """(the equations with a name for each numbered column, that name -> (the letter, its numbers))"""
    bold = any(BOLD.search(name) for equation in equations for name in tensors(equation))
    letters, own = numbered_letters(equations) if bold else set(), {}

    def visit(e):
        if not isinstance(e, Tensor) or e.name not in letters or not e.indices:
            return e
        name = located(rf"{e.name}_{{{','.join(e.indices)}}}", getattr(e.name, "at", 0))
        own[name] = str(e.name), e.indices
        return Tensor(name)

    return [rewrite(equation, visit) for equation in equations] if letters else equations, own


def numbered_again(equation, own):
    r"""The equation with x_{nk} for the component k of \mathbf{x}_{n}; the b of \mathbf{w}^\top \mathbf{x}_n + b is the same for every n."""
    if own.keys().isdisjoint(tensors(equation)):
        return equation

    def visit(e):
        if not isinstance(e, Tensor) or e.name not in own:
            return e
        name, numbers = own[e.name]
        return Tensor(located(name, getattr(e.name, "at", 0)), (*numbers, *e.indices))

    numbers = own[equation.left.name][1] if equation.left.name in own else equation.left.indices
    left, right = rewrite(equation.left, visit), rewrite(equation.right, visit)
    terms = [for_every(term, numbers) for term in (right.terms if isinstance(right, Sum) else (right,))]
    return Equation(left, Sum(tuple(terms)) if isinstance(right, Sum) else terms[0])


def for_every(term, numbers):
    """The term with ones where it has none of the numbers."""
    ones = tuple(map(Ones, numbers)) if set(numbers).isdisjoint(term.occurrences) else ()
    return Product((*ones, *term.factors), term.bound) if isinstance(term, Product) else Product((*ones, term)) if ones else term


def numbered_letters(equations):
    """The letters of numbered columns: those that stand where only columns do, and what is added to them or defined by them."""
    found = set().union(*map(whole, equations), *map(combined, equations))
    while more := {name for equation in equations for side in beside(equation) if found.intersection(side) for name in side} - found:
        found |= more
    return found


def whole(equation):
    """The letters that stand where only a column or a row can."""
    numbers = numbers_of(equation)
    places = [part for node in nodes(equation.right) for part in whole_parts(node)]
    return {node.name for place in places for node in nodes(place) if is_vector_of_many(node) and numbers.issuperset(node.indices)}


def whole_parts(e):
    match e:
        case Transpose(of) | Trace(of):
            return [of]
        case Product(factors) if any(isinstance(f, Transpose) or isinstance(f, Tensor) and not f.indices and letter_of(f.name).isupper() for f in factors):
            return [factor for factor in factors if isinstance(factor, (Tensor, Sum, Apply))]
    return []


def combined(equation):
    r"""The letters of what makes a column by the weights of numbers: \mathbf{y} = \frac{1}{N} \sum_n \mathbf{x}_n, \mathbf{y}_i = \sum_j p_{ij} \mathbf{v}_j."""
    left, letters = equation.left, columns_of(equation.right, numbers_of(equation))
    if is_column(left):
        return letters
    letters = columns_of(equation.right, {*dummies(equation.right)})  # a_{ij} \mathbf{x}_j alone is between components
    components = [node for node in nodes(equation.right, Tensor) if node.indices and node.name not in letters]
    weighted = any(node.indices[1:] for node in components) and not any(BOLD.search(node.name) for node in components)
    return {left.name, *letters} if letters and weighted and is_vector_of_many(left) else set()


def beside(equation):
    """The numbered letters that are terms of one sum; those of the two sides of an equation between columns."""
    numbers = numbers_of(equation)
    for node in nodes(equation.right, Sum):
        yield columns_of(node, numbers)
    if is_vector_of_many(equation.left):
        yield {equation.left.name, *columns_of(equation.right, numbers)}


def columns_of(e, numbers):
    """The letters in `e`, outside of inner products, that may be columns with these numbers."""
    if is_vector_of_many(e):
        return {e.name} if numbers.issuperset(e.indices) else set()
    if isinstance(e, (Transpose, Trace)) or isinstance(e, Product) and any(isinstance(factor, Transpose) for factor in e.factors):
        return set()
    return set().union(*[columns_of(part, numbers) for part in e.children])


def numbers_of(equation):
    r"""The indices that are free or summed, unlike the f of \sigma(\mathbf{W}_f \mathbf{x} + \mathbf{b}_f), which belongs to the names."""
    small = [node for node in nodes(equation.right) if not (isinstance(node, Tensor) and letter_of(node.name).isupper())]
    indices = [index for node in small for index in own_indices(node)]
    return {*own_indices(equation.left), *dummies(equation.right), *[index for index in indices if indices.count(index) > 1]}
