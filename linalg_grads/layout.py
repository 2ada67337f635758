"""Array programs with their axes put in order: which array is transposed or stretched, and where.

Of the ways to write a product the one with the fewest transposes is taken: grad_y.T @ x, not (x.T @ grad_y).T.
"""

from linalg_grads.arrays import Einsum, Eye, Filled, Function, MatMul, Plus, Raise, Reduce, Softmax, Times, is_reciprocal, parts_of, rewritten
from linalg_grads.expressions import Node


class Permute(Node):
    """The axes in another order."""

    inside: Node
    axes: tuple


class Stretch(Node):
    """Axes of length 1 put in, so that broadcasting finds the others in their place."""

    inside: Node
    axes: tuple  # of the result that it broadcasts against


class Outer(Node):
    left: Node
    right: Node
    axes: tuple


class Diagonal(Node):
    """The matrix with this diagonal."""

    inside: Node
    axes: tuple


def lay_out(node, axes):
    """`node` with exactly these axes, with as few transposes as possible."""
    return Layout().best(node, tuple(axes))


def transposes(node):
    return isinstance(node, Permute) + sum(map(transposes, parts_of(node)))


class Layout:
    """The layout of one program; what has been found for a part and its axes is kept."""

    def __init__(self):
        self.found = {}

    def best(self, node, axes):
        if (node, axes) not in self.found:
            if not axes and not node.axes and not parts_of(node):
                made = node
            else:
                made = min(self.ways(node, axes), key=transposes, default=None) or Permute(self.best(node, node.axes), axes)
            self.found[node, axes] = made
        return self.found[node, axes]

    def ways(self, node, axes):
        if isinstance(node, MatMul):
            yield from self.products(node, axes)
            if len(axes) > 1:
                turned = (*axes[:-2], axes[-1], axes[-2])
                yield from [Permute(way, axes) for way in self.products(node, turned)]
        elif isinstance(node, (Eye, Filled)):
            yield node.replace(axes=axes)
        elif isinstance(node, Times) and axes and not all(part.axes for part in node.parts):  # numbers stay in front
            numbers, arrays = _numbers_and_arrays(node)
            made = self.best(arrays, axes)
            yield Times((*[self.best(number, ()) for number in numbers], *(made.parts if isinstance(made, Times) else [made])), axes)
        elif isinstance(node, Einsum):
            yield Einsum(tuple([self.best(part, part.axes) for part in node.parts]), axes)
        else:  # where that costs the same, the whole is turned, not its parts
            others = [other for other in dict.fromkeys((node.axes, axes[::-1])) if other != axes and len(other) == len(axes)]
            turned = [Permute(way, axes) for other in others for way in self.inside(node, other)]
            straight = [*self.inside(node, axes)]
            yield from straight + turned if node.axes == axes else turned + straight

    def inside(self, node, axes):
        """`node` with its parts laid out, where that alone gives it these axes."""
        match node:
            case Plus(parts):
                yield Plus(tuple([self.fit(part, axes) for part in parts]), axes)
            case Times(parts):
                made = tuple([self.fit(part, axes) for part in self.paired(parts, axes)])
                yield made[0] if len(made) == 1 else Times(made, axes)
            case Function(name, inside):
                yield Function(name, self.best(inside, axes), axes)
            case Raise(base, exponent):
                yield Raise(self.fit(base, axes), self.fit(exponent, axes), axes)
            case Softmax(inside, over, _, log):
                yield Softmax(self.best(inside, axes), over, axes, log)
            case Reduce(inside, over, own, how) if axes == own:
                yield Reduce(self.best(inside, inside.axes), over, axes, how)
            case _ if node.axes == axes:
                yield node

    def products(self, node, axes):
        """left @ right with the rows and columns of `axes`, if the factors can be so."""
        for left, right in ((node.left, node.right), (node.right, node.left)):
            batch = tuple([i for i in axes if i in left.axes and i in right.axes])
            rows = tuple([i for i in axes if i in left.axes and i not in batch])
            columns = tuple([i for i in axes if i in right.axes and i not in batch])
            if axes == batch + rows + columns and len(columns) < 2:
                first, second = (*batch, *rows, node.over), (*batch, node.over, *columns)
                yield MatMul(self.best(left, first), self.best(right, second), node.over, axes)

    def paired(self, parts, axes):
        """A vector along each axis: their outer product. A vector and the identity: a diagonal matrix."""
        arrays = [part for part in parts if part.axes]
        vectors = [part for part in arrays if len(part.axes) == 1 and not part.axes[0].is_ellipsis]
        if len(axes) != 2 or len(arrays) != 2 or not vectors or any(isinstance(a, Filled) or is_reciprocal(a) for a in arrays):
            return parts
        scalars = [part for part in parts if not part.axes]
        if len(vectors) == 2 and vectors[0].axes != vectors[1].axes:
            left, right = sorted(vectors, key=lambda part: axes.index(part.axes[0]))
            return (*scalars, Outer(self.best(left, left.axes), self.best(right, right.axes), axes))
        if any(isinstance(part, Eye) for part in arrays):
            return (*scalars, Diagonal(self.best(vectors[0], vectors[0].axes), axes))
        return parts

    def fit(self, node, axes):
        """`node` laid out so that broadcasting lines it up with `axes`, of which it may lack some."""
        if isinstance(node, Filled) and len(node.axes) < len(axes) and len({index.dim[0] for index in axes}) == 1:
            return Filled(axes)  # the shape of one tensor
        if isinstance(node, (Outer, Diagonal)):
            return node
        if isinstance(node, Times) and 0 < len(node.axes) < len(axes) and not all(part.axes for part in node.parts):
            numbers, arrays = _numbers_and_arrays(node)
            return Times((*[self.best(number, ()) for number in numbers], self.fit(arrays, axes)), axes)
        present = tuple([index for index in axes if index in node.axes])
        made = self.best(node, present)
        return made if axes[len(axes) - len(present) :] == present else Stretch(made, axes)


def keep_summed_axes(node):
    """x.sum(1, keepdims=True) for x.sum(1)[:, None]"""
    return rewritten(node, lambda part: isinstance(part, Stretch) and _kept(part.inside, part.axes) or part)


def _numbers_and_arrays(node):
    """A product's numbers, and the product of its arrays."""
    numbers, arrays = [tuple([part for part in node.parts if bool(part.axes) is kind]) for kind in (False, True)]
    return numbers, arrays[0] if len(arrays) == 1 else Times(arrays, node.axes)


def _kept(node, axes):
    """`node` with summed axes kept, if then every axis stands where it must."""
    match node:
        case Reduce(inside, over):
            fits = len(inside.axes) <= len(axes) and all(i in over or i == j for i, j in zip(inside.axes[::-1], axes[::-1]))
            return node.replace(keep=True) if fits else None
        case Raise(base, exponent, _) if not exponent.axes:
            base = _kept(base, axes)
            return base and node.replace(base=base)
        case Function(_, inside):
            inside = _kept(inside, axes)
            return inside and node.replace(inside=inside)
        case Plus(parts) | Times(parts):
            parts = tuple([_kept(part, axes) if part.axes else part for part in parts])
            return node.replace(parts=parts) if all(parts) else None
    return None
