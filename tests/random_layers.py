"""Random layers for property tests, and what they mean, said without the engine's code.

A drawn expression is a tree of the small nodes below. `latex` writes it, by the index rules; `value` computes it: every
letter is one axis of a big broadcast array, a product is elementwise and then summed over its dummies. The engine's own
expressions are computed in the same way by `value_of_nodes`.
"""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from linalg_grads import expressions as engine

# ---------------------------------------------------------------- trees


@dataclass(frozen=True)
class Num:
    value: int


@dataclass(frozen=True)
class Ten:
    name: str
    indices: tuple


@dataclass(frozen=True)
class One:
    index: str


@dataclass(frozen=True)
class Kron:
    i: str
    j: str


@dataclass(frozen=True)
class Add:
    terms: tuple


@dataclass(frozen=True)
class Mul:
    """The product of its factors, summed over `bound`; `written`: with a sum sign, else by repeated indices."""

    factors: tuple
    bound: tuple = ()
    written: bool = False


@dataclass(frozen=True)
class Pow:
    base: object
    exponent: int


@dataclass(frozen=True)
class Quot:
    above: object
    below: object


@dataclass(frozen=True)
class Fun:
    name: str
    inside: object


@dataclass(frozen=True)
class Layer:
    """Definitions and output, ((name, free indices, tree), ...); `sizes`: input -> its shape."""

    equations: tuple
    sizes: dict

    @property
    def latex(self):
        return [rf"{component(name, free)} = {latex(tree)}" for name, free, tree in self.equations]

    @property
    def output(self):
        return self.equations[-1][0]

    @property
    def one_input(self):
        """One of the inputs, another one from layer to layer; often one that the output's equation holds itself."""
        direct = sorted(set(self.sizes) & {leaf.name for leaf in all_trees(self.equations[-1][2]) if isinstance(leaf, Ten)})
        names = direct if direct and len(repr(self)) % 2 else sorted(self.sizes)
        return names[len(repr(self)) // 2 % len(names)]

    def in_python(self, name):
        return {r"\theta": "theta", r"\hat{g}": "g_hat", "S^{(1)}": "S1"}.get(name, name)

    def __repr__(self):
        return "\n".join(self.latex)


# ---------------------------------------------------------------- writing

FUNCTIONS = {
    "exp": (r"\exp\left({}\right)", torch.exp),
    "log": (r"\log({})", torch.log),
    "tanh": (r"\tanh({})", torch.tanh),
    "sin": (r"\sin({})", torch.sin),
    "cos": (r"\cos\left({}\right)", torch.cos),
    "sigma": (r"\sigma({})", torch.sigmoid),
    "relu": (r"\max(0, {})", torch.relu),
    "softplus": (r"\operatorname{{softplus}}({})", torch.nn.functional.softplus),
    "abs": (r"\lvert {}\rvert", torch.abs),
    "sqrt": (r"\sqrt{{{}}}", torch.sqrt),
}


def component(name, indices):
    return f"{name}_{{{' '.join(indices)}}}" if indices else name


def latex(tree):
    match tree:
        case Num(value):
            return str(value)
        case Ten(name, indices):
            return component(name, indices)
        case One(index):
            return rf"\mathbf{{1}}_{{{index}}}"
        case Kron(i, j):
            return rf"\delta_{{{i} {j}}}"
        case Add(terms):
            return " + ".join(map(latex, terms)).replace("+ -", "- ")
        case Mul(factors, bound, written):
            sign = r"\sum_{" + ",".join(bound) + "} " if written and bound else ""
            minus = "-" if factors[0] == Num(-1) else ""
            return minus + sign + " ".join(map(as_factor, factors[bool(minus) :]))
        case Pow(base, exponent):
            return f"{as_factor(base) if '^' not in latex(base) else f'({latex(base)})'}^{{{exponent}}}"
        case Quot(above, below):
            return rf"\frac{{{latex(above)}}}{{{latex(below)}}}"
        case Fun(name, inside):
            return FUNCTIONS[name][0].format(latex(inside))


def as_factor(tree):
    while isinstance(tree, Mul) and len(tree.factors) == 1 and not tree.bound:
        (tree,) = tree.factors
    bare = isinstance(tree, (Ten, One, Kron, Fun, Quot)) or isinstance(tree, Num) and tree.value >= 0
    return latex(tree) if bare else f"({latex(tree)})"


# ---------------------------------------------------------------- what it means


def on_axes(array, indices, letters):
    """`array`, whose axes are these indices, on the axes of all `letters`, of length 1 where it lacks one."""
    indices = list(indices)
    for index in [index for index in indices if indices.count(index) > 1]:
        while indices.count(index) > 1:
            first = indices.index(index)
            second = indices.index(index, first + 1)
            array = array.diagonal(dim1=first, dim2=second)
            del indices[second], indices[first]
            indices.append(index)
    order = sorted(range(len(indices)), key=lambda n: letters.index(indices[n]))
    shape = [array.shape[indices.index(letter)] if letter in indices else 1 for letter in letters]
    return array.permute(order).reshape(shape)


def value(tree, arrays, lengths):
    """The tree on the axes of all letters in `lengths`, a dict letter -> length."""
    letters = list(lengths)

    def of(tree):
        match tree:
            case Num(number):
                return torch.full([1] * len(letters), number, dtype=torch.float64)
            case Ten(name, indices):
                return on_axes(arrays[name], indices, letters)
            case One(index):
                return on_axes(torch.ones(lengths[index], dtype=torch.float64), [index], letters)
            case Kron(i, j):
                return on_axes(torch.eye(lengths[i], dtype=torch.float64), [i, j], letters)
            case Add(terms):
                return sum(map(of, terms))
            case Mul(factors, bound):
                product = of(factors[0])
                for factor in factors[1:]:
                    product = product * of(factor)
                return summed(product, [letters.index(index) for index in bound], [lengths[index] for index in bound])
            case Pow(base, exponent):
                return of(base) ** exponent
            case Quot(above, below):
                return of(above) / of(below)
            case Fun(name, inside):
                return FUNCTIONS[name][1](of(inside))

    return of(tree)


def summed(product, axes, lengths):
    for axis, length in zip(axes, lengths):
        product = product.sum(axis, keepdim=True) if product.shape[axis] > 1 else product * length
    return product


def as_array(wide, free, lengths):
    """The array with axes `free` of what stands on the axes of all letters."""
    letters = list(lengths)
    full = wide.expand([lengths[letter] if letter in free else 1 for letter in letters])
    kept = [n for n, letter in enumerate(letters) if letter in free]
    narrow = full.reshape([full.shape[n] for n in kept])
    return narrow.permute([[letters[n] for n in kept].index(letter) for letter in free])


def forward(layer, arrays):
    """Name -> array, for the inputs and everything that the equations define."""
    arrays = dict(arrays)
    for name, free, tree in layer.equations:
        arrays[name] = as_array(value(tree, arrays, LENGTHS), free, LENGTHS)
    return arrays


def value_of_nodes(e, free, arrays, derivatives=None):
    """The array with axes `free` of an expression of the engine; `derivatives`: (y, x, is something held fixed?) -> the array dy/dx."""
    lengths = {index: arrays[index.dim[0]].shape[index.dim[1]] for index in every_index(e)}
    lengths |= {index: arrays[index.dim[0]].shape[index.dim[1]] for index in free if index.dim}
    letters = list(lengths)

    def of(e):
        match e:
            case engine.Number(number):
                return torch.full([1] * len(letters), float(number), dtype=torch.float64)
            case engine.Tensor(name, indices):
                return on_axes(arrays[name], indices, letters)
            case engine.Ones(index):
                return on_axes(torch.ones(lengths[index], dtype=torch.float64), [index], letters)
            case engine.Delta(i, j):
                return on_axes(torch.eye(lengths[i], dtype=torch.float64), [i, j], letters)
            case engine.Size(index):
                return torch.full([1] * len(letters), arrays[index.dim[0]].shape[index.dim[1]], dtype=torch.float64)
            case engine.Sum(terms):
                return sum(map(of, terms))
            case engine.Product(factors, bound):
                product = torch.ones([1] * len(letters), dtype=torch.float64)
                for factor in factors:
                    product = product * of(factor)
                return summed(product, [letters.index(index) for index in bound], [lengths[index] for index in bound])
            case engine.Power(base, exponent):
                return of(base) ** of(exponent)
            case engine.Apply("step", inside):
                return (of(inside) > 0).double()
            case engine.Apply("sign", inside):
                return torch.sign(of(inside))
            case engine.Apply(name, inside):
                return FUNCTIONS[name][1](of(inside))
            case engine.Derivative(inside, wrt, held):
                return derivative(inside, wrt, held)

    def derivative(inside, wrt, held):
        if isinstance(inside, engine.Tensor) and inside.name != wrt.name:
            return on_axes(derivatives[inside.name, wrt.name, bool(held)], inside.indices + wrt.indices, letters)
        mine = [index for index in engine.free(inside)]

        def of_variable(variable):
            return value_of_nodes(inside, mine, arrays | {wrt.name: variable}, derivatives)

        jacobian = torch.autograd.functional.jacobian(of_variable, arrays[wrt.name])
        return on_axes(jacobian, [*mine, *wrt.indices], letters)

    return as_array(of(e), free, lengths)


def every_index(e):
    for node in engine.nodes(e):
        yield from engine.own_indices(node)
        yield from node.bound if isinstance(node, engine.Product) else ()


# ---------------------------------------------------------------- drawing

AXES = {"I": 2, "J": 3, "K": 5}
LETTERS = {  # axis -> the letters that run over it
    "I": ("i", "m", "o", r"\alpha", r"\mu"), "J": ("j", "n", "h", r"\beta", r"\nu"), "K": ("k", "t", "f", r"\gamma", r"\rho"),
}  # fmt: skip
AXIS = {letter: axis for axis, letters in LETTERS.items() for letter in letters}
LENGTHS = {letter: AXES[axis] for letter, axis in AXIS.items()}
NAMES = {  # axes -> the inputs with these axes
    "": ("c",), "I": ("u",), "J": ("b", r"\theta"), "K": ("v",),
    "IJ": ("z",), "IK": ("x",), "JK": ("a", "W"), "II": ("s", "S^{(1)}"), "KK": ("D",), "JJ": (r"\hat{g}",),
}  # fmt: skip
SHAPES = {name: tuple(AXES[axis] for axis in axes) for axes, names in NAMES.items() for name in names}
SMOOTH = ("exp", "tanh", "sin", "cos", "sigma", "relu", "softplus", "abs")
ON_POSITIVE = ("log", "sqrt")


class Drawing:
    SQUARE = {name for axes, names in NAMES.items() if len(axes) == 2 and len(set(axes)) == 1 for name in names}
    """Draws one layer; each choice is a byte of the tape, and behind its end the first choice, which is the simplest.

    `names` grows with every definition; a letter that is bound once isn't used again in its equation.
    """

    def __init__(self, tape, polynomial):
        self.tape, self.polynomial = iter(tape), polynomial
        self.names = {axes: list(names) for axes, names in NAMES.items()}
        self.used = set()

    def pick(self, options):
        return options[next(self.tape, 0) % len(options)]

    def chance(self, percent):
        return next(self.tape, 0) >= 256 * (1 - percent / 100)

    def some(self, indices, percent=50):
        return tuple(index for index in indices if self.chance(percent))

    # ------------------------------------------------------------ leaves

    def leaves(self, indices, anchored=False):
        """Components that hold each of these indices at least once between them; `anchored`: inputs, which have a length."""
        rest, made = list(indices), []
        while rest:
            group = [rest.pop(self.pick(range(len(rest))))]
            if rest and self.chance(60):
                group.append(rest.pop())
            made += self.leaf(group, anchored)
        return made

    def leaf(self, group, anchored):
        group = sorted(group, key=lambda letter: AXIS[letter])
        axes = "".join(AXIS[letter] for letter in group)
        if len(group) == 1 and not anchored and self.chance(15):
            return [One(group[0])]
        if len(group) == 1 and self.chance(10) and axes * 2 in self.names:
            return [Ten(self.pick(self.names[axes * 2]), (group[0], group[0]))]
        if len(group) == 2 and len(set(axes)) == 1:
            if not anchored and self.chance(40):
                return [Kron(*group)]
            if self.chance(50):
                group.reverse()
        return [Ten(self.pick(self.names[axes]), tuple(group))]

    def scalar(self):
        return Num(self.pick((2, 3, 4))) if self.chance(30) else Ten(self.pick(self.names[""]), ())

    def inputs(self, indices):
        """The same of inputs alone, which are positive."""
        made = [Ten(self.pick(NAMES[AXIS[index]]), (index,)) for index in indices]
        return Mul(tuple(made)) if len(made) > 1 else made[0] if made else Ten("c", ())

    # ------------------------------------------------------------ expressions with exactly these free indices

    def expression(self, free, depth):
        kinds = [self.product]
        if depth:
            kinds = [self.product, self.product, self.sum, self.power]
            kinds += [] if self.polynomial else [self.quotient, self.function, self.function]
        return self.pick(kinds)(free, depth)

    def sum(self, free, depth):
        signs = [self.chance(30) for _ in range(self.pick((2, 3)))]
        return Add(tuple([self.signed(minus, self.product(free, depth - 1)) for minus in signs]))

    def signed(self, minus, tree):
        return Mul((Num(-1), *tree.factors), tree.bound, tree.written) if minus else tree

    def product(self, free, depth):
        """Bare components hold each dummy once at least; where no sum sign is written, each stands twice."""
        bound = self.dummies()
        written = bool(bound) and self.chance(40)
        inside = bool(depth) and self.chance(70)
        held = self.some((*free, *bound)) if inside else ()
        factors = self.leaves(bound, anchored=True) + self.leaves([index for index in free if index not in held or self.chance(20)])
        if not written:
            factors += self.leaves([index for index in bound if index not in held])
        if inside:
            factors.append(self.expression(held, depth - 1))
        if not factors or self.chance(20):
            factors.insert(0, self.scalar())
        return Mul(tuple(factors), bound, written)

    def dummies(self):
        made = []
        for _ in range(self.pick((0, 1, 2))):
            letters = [letter for letter in LENGTHS if letter not in self.used]
            if letters:
                made.append(self.pick(letters))
                self.used.add(made[-1])
        return tuple(made)

    def power(self, free, depth):
        return Mul((Pow(self.expression(free, depth - 1), self.pick((2, 3))),))

    def positive(self, free, depth):
        """Inputs as they are, or 2 + u^2."""
        return self.inputs(free) if self.chance(50) else Add((Num(2), Pow(self.expression(free, depth - 1), 2)))

    def quotient(self, free, depth):
        return Mul((Quot(self.product(free, depth - 1), self.positive(self.some(free), depth)),))

    def function(self, free, depth):
        if self.chance(25):
            return Mul((Fun(self.pick(ON_POSITIVE), self.positive(free, depth)),))
        return Mul((Fun(self.pick(SMOOTH), self.expression(free, depth - 1)),))

    # ------------------------------------------------------------ layers

    def layer(self, depth, definitions):
        equations = []
        for name in [*"pq"[: self.pick(range(definitions + 1))], "y"]:
            axes = self.pick(["", "I", "J", "IJ", "IK"] if name == "y" else ["I", "J", "IK", "JK"])
            free = tuple(LETTERS[axis][0] for axis in axes)
            self.used = set(free)
            tree = self.expression(free, depth)
            if name == "y" and equations:
                tree = self.with_definition(tree, free, *equations[-1][:2])
            if name != "y":
                tree = anchored(tree, free)
            equations.append((name.upper() if len(axes) == 2 else name, free, tree))
            self.names[axes] = [*self.names[axes], equations[-1][0]]
        equations = with_uses(equations)
        return Layer(tuple(equations), {name: SHAPES[name] for name in sorted(inputs_of(equations))})

    def with_definition(self, tree, free, name, axes):
        """The last definition is used for certain, in a term of its own."""
        bound = tuple(index for index in axes if index not in free)
        if self.used & set(bound):
            return tree
        return Add((tree, Mul((Ten(name, axes), *[One(index) for index in free if index not in axes]), bound, True)))


def replaced(tree, old, new):
    """The tree with `new` in place of the leaf `old`, wherever that stands."""
    if tree == old:
        return new
    match tree:
        case Add(parts):
            return Add(tuple([replaced(part, old, new) for part in parts]))
        case Mul(parts, bound, written):
            return Mul(tuple([replaced(part, old, new) for part in parts]), bound, written)
        case Pow(inside, exponent):
            return Pow(replaced(inside, old, new), exponent)
        case Fun(name, inside):
            return Fun(name, replaced(inside, old, new))
        case Quot(above, below):
            return Quot(replaced(above, old, new), replaced(below, old, new))
    return tree


def anchored(tree, free):
    """A definition each of whose axes is an input's too: else nothing tells how long it is."""
    held = {index for leaf in all_trees(tree) if isinstance(leaf, Ten) for index in leaf.indices}
    lacking = [Ten(NAMES[AXIS[index]][0], (index,)) for index in free if index not in held]
    return Mul((tree, *lacking)) if lacking else tree


def with_uses(equations):
    """The output and the definitions that it is computed from."""
    kept = [equations[-1]]
    for equation in reversed(equations[:-1]):
        if any(isinstance(leaf, Ten) and leaf.name == equation[0] for _, _, tree in kept for leaf in all_trees(tree)):
            kept.insert(0, equation)
    return kept


def inputs_of(equations):
    defined = {name for name, _, _ in equations}
    return {leaf.name for _, _, tree in equations for leaf in all_trees(tree) if isinstance(leaf, Ten)} - defined


def all_trees(tree):
    yield tree
    for part in parts_of(tree):
        yield from all_trees(part)


def parts_of(tree):
    match tree:
        case Add(parts) | Mul(parts):
            return parts
        case Pow(inside) | Fun(_, inside):
            return (inside,)
        case Quot(above, below):
            return above, below
    return ()


@st.composite
def layers(draw, depth=2, definitions=0, polynomial=False):
    """Layers with at least one input."""
    return drawn(draw(st.binary(min_size=200, max_size=200)), depth, definitions, polynomial)


def drawn(tape, depth, definitions, polynomial):
    made = Drawing(tape, polynomial).layer(depth, definitions)
    if not made.sizes:
        name, free, tree = made.equations[-1]
        made = Layer((*made.equations[:-1], (name, free, Add((tree, Mul((Ten("c", ()), *map(One, free))))))), {"c": ()})
    return made


def random_arrays(layer, seed, integers=False):
    """Positive numbers near 1; or small integers of both signs."""
    generator = torch.Generator().manual_seed(seed)
    if integers:
        draw = lambda shape: torch.randint(-3, 4, shape, generator=generator).double()  # noqa: E731
    else:
        draw = lambda shape: 0.5 + torch.rand(shape, generator=generator, dtype=torch.float64)  # noqa: E731
    return {name: draw(shape) for name, shape in layer.sizes.items()}
