"""Which products of matrices are loops?  Small ones, and those that Numba does not have: stacks of matrices, np.einsum.

Before: q = R @ p                     After: q = np.empty(R.shape[0])
                                             for i in range(R.shape[0]):
                                                 running = 0.0
                                                 for j in range(R.shape[1]):
                                                     running += R[i, j] * p[j]
                                                 q[i] = running

The library takes longer to be called than a small product takes.  What is small is a fact of the arguments, and guarded.
"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Array, Const, Size
from srcgrad.backends.expressions import Expressions, at_of
from srcgrad.backends.fuse import NotElementwise
from srcgrad.lang import tree

SMALL = 16  # elements along an axis
LETTERS = "zyxwvuts"  # for axes of stacks


class Products(Expressions):
    """Products of the elements of arrays, summed over some of their indices."""

    def reduction(self, node: Any, target: str | None) -> gast.expr | None:
        found = self.contracted(node)
        if found is None:
            return super().reduction(node, target)
        mark = self.mark()
        operands, spec, only_small = found
        try:
            return self.contraction(operands, spec, target, only_small)
        except NotElementwise:
            self.rewind(mark)
            return super().reduction(node, target)

    def contracted(self, node: Any) -> tuple[list[Any], str, bool] | None:
        """The operands of a product of arrays, its axes as np.einsum has them, and whether the library has it too."""
        if isinstance(node, gast.BinOp) and isinstance(node.op, gast.MatMult):
            return self.matrices(node.left, node.right)
        if not isinstance(node, gast.Call) or node.keywords or not node.args:
            return None
        function = self.flow.of(node.func)
        known = function.value if isinstance(function, Const) else None
        if (known is np.matmul or known is np.dot) and len(node.args) == 2:
            return self.matrices(node.args[0], node.args[1], least=known is np.dot)
        if known is np.einsum:
            spec = self.flow.of(node.args[0])
            if isinstance(spec, Const) and isinstance(spec.value, str) and spec.value.replace(" ", "").count("->") == 1:
                return list(node.args[1:]), spec.value.replace(" ", ""), False
        return None

    def matrices(self, left: Any, right: Any, least: bool = False) -> tuple[list[Any], str, bool] | None:
        shapes = self.elements.shape(self.flow.of(left)), self.elements.shape(self.flow.of(right))
        if not shapes[0] or not shapes[1]:
            return None
        one, other = len(shapes[0]), len(shapes[1])
        if least and max(one, other) > 2:
            return None
        stack = LETTERS[: max(one, other, 2) - 2]
        first = stack[len(stack) - one + 2 :] + "ik" if one > 1 else "k"
        second = stack[len(stack) - other + 2 :] + "kj" if other > 1 else "k"
        result = stack + ("i" if one > 1 else "") + ("j" if other > 1 else "")
        return [left, right], f"{first},{second}->{result}", not stack

    def contraction(self, operands: list[Any], spec: str, target: str | None, only_small: bool) -> gast.expr | None:
        given, result = spec.split("->")
        axes = given.split(",")
        shapes = [self.elements.shape(self.flow.of(o)) for o in operands]
        kinds: list[Any] = [self.flow.of(o) for o in operands]
        if len(axes) != len(operands) or any(not s or len(s) != len(a) or "." in a for s, a in zip(shapes, axes)):
            raise NotElementwise
        if any(len(set(a)) < len(a) for a in (*axes, result)) or any(k.dtype != np.float64 for k in kinds):
            raise NotElementwise
        sizes: dict[str, Size] = {}
        for letters, shape in zip(axes, shapes):
            for letter, size in zip(letters, shape or ()):
                other = sizes.setdefault(letter, size)
                if other != size and (letter in LETTERS or not only_small or not self.flow.infer.facts.equal(other, size)):
                    raise NotElementwise  # one of them may be 1
        # Told for all sizes, so that the text does not depend on which of them is asked first.
        if only_small and not all([self.is_small(size) for size in sizes.values()]):
            raise NotElementwise
        summed = [x for x in sizes if x not in result]
        order = [*result, *summed]
        if summed and result and any(a.endswith(result[-1]) for a in axes) and not all(a[-1] in summed or a[-1] == result[-1] and len(a) == 1 for a in axes):  # fmt: skip
            order = [*result[:-1], *summed, result[-1]]  # rows are gone through in the order of memory
        operands = [self.inner(o) for o in operands]
        if target is not None and any(self.reads(o, target) for o in operands):
            target = None
        own = tuple(sizes[x] for x in order)
        extents = [self.extent_along(x, axes, operands, sizes[x]) for x in order]
        places = {x: k for k, x in enumerate(order)}

        def element(at: list[gast.expr]) -> gast.expr:
            found = [
                self.elements.element(o, [at[places[x]] for x in a], tuple(sizes[x] for x in a))
                for o, a in zip(operands, axes)
            ]
            product = found[0]
            for factor in found[1:]:
                product = gast.BinOp(product, gast.Mult(), factor)
            return product

        over = {places[x] for x in summed}
        name = target or self.names.fresh("product")
        if over:
            return self.gather(element, own, extents, np.dtype(np.float64), over, set(), name)
        kind = Array(np.dtype(np.float64), own)
        self.put(self.empty(name, kind, extents))
        self.flow.bind(tree.target(name), kind)
        self.put(*self.elements.loops(own, extents, lambda at: tree.assign(at_of(tree.name(name), at), element(at))))
        return tree.name(name)

    def extent_along(self, letter: str, axes: list[str], operands: list[Any], size: Size) -> gast.expr:
        return self.elements.extents((size,), *(o for o, a in zip(operands, axes) if letter in a))[0]

    def is_small(self, size: Size) -> bool:
        """Has an axis few elements?  Asked of the arguments; what depends on more than they tell is not small."""
        facts = self.flow.infer.facts
        size = facts.canonical(size)
        if size.symbol is None:
            return size.offset <= SMALL
        text = facts.text(Size(size.symbol, 0))
        if text is None:
            return False
        small = facts.value(size) <= SMALL
        facts.guard(f"{text} {'<=' if small else '>'} {SMALL - size.offset}")
        return small
