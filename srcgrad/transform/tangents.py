"""How does a tangent come up an expression?  The user's tree is read again, with tangents in the places of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gast

from srcgrad.analysis.kinds import is_number, varied
from srcgrad.lang import tree
from srcgrad.transform.product import Factor, number, signed_sum, simplified, split_product, split_sign
from srcgrad.transform.singular import without_zeros
from srcgrad.transform.tangent_rules import TangentRules

if TYPE_CHECKING:
    from srcgrad.transform.tangent_memory import Parts


class Tangents(TangentRules):
    """Tangents of the expressions of one function."""

    def parts(self, node: gast.expr) -> Parts:
        """The tangent as a sum of signed terms; nothing if it is zero."""
        if not self.is_active(node):
            return []
        match = self.function.matches.get(id(node))
        if match is not None:
            return self.by_rule(node, match)
        if self.is_place(node):
            root = tree.root(node)
            if not self.has_tangent(root):
                raise self.refuse("E301", f"the tangent of `{tree.text(node)}` is lost")
            return [(1, self.dot_place(node))]
        if isinstance(node, gast.Subscript):
            inner = self.bound(node.value)
            part = self.record(tree.subscript(inner, node.slice), self.kind(node))
            return [(1, part)]
        if isinstance(node, gast.UnaryOp) and isinstance(node.op, (gast.USub, gast.UAdd)):
            sign = -1 if isinstance(node.op, gast.USub) else 1
            return [(sign * s, e) for s, e in self.numeric(node.operand)]
        if isinstance(node, gast.BinOp) and is_number(self.kind(node)):
            if isinstance(node.op, (gast.Add, gast.Sub)):
                sign = 1 if isinstance(node.op, gast.Add) else -1
                right = [(sign * s, e) for s, e in self.numeric(node.right)]
                return [*self.numeric(node.left), *right]
            if isinstance(node.op, (gast.Mult, gast.Div)):
                return self.chain(node)
        if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Mult) and isinstance(node.left, gast.List):
            repeated = gast.BinOp(self.display(node.left), node.op, node.right)
            return [(1, self.record(repeated, self.kind(node)))]
        if isinstance(node, (gast.Tuple, gast.List, gast.Dict)):
            return [(1, self.display(node))]
        if isinstance(node, gast.IfExp):
            branches = [self.bound(node.body), self.bound(node.orelse)]
            made = gast.IfExp(node.test, *branches)
            return [(1, self.record(made, self.kind(node)))]
        if isinstance(node, gast.Call) and not varied(self.kind(node)):
            return [(1, self.view(node))]
        raise self.refuse("E201", f"no derivative is known for `{tree.text(node)}`")

    def total(self, parts: Parts) -> gast.expr:
        """`b - a` rather than `-a + b`."""
        if parts[0][0] < 0:
            at = next((i for i, (sign, _) in enumerate(parts) if sign > 0), 0)
            parts = [parts[at], *parts[:at], *parts[at + 1 :]]
        return signed_sum(parts)

    def chain(self, node: gast.BinOp) -> Parts:
        """A product of any length: each factor that varies is replaced by its tangent, in its place."""
        factors = self.factors(node)
        discarded = any(op == "/" for op, _ in factors) and self.is_discarded(node)
        found: Parts = []
        for i, (op, factor) in enumerate(factors):
            if not self.is_active(factor):
                continue
            parts = self.numeric(factor)
            if not parts:
                continue
            if discarded:
                found.append(self.guarded_quotient(node, factors, i, parts))
                continue
            sign, value = split_sign(self.total(parts))
            others = factors[:i] + factors[i + 1 :]
            if op == "*":
                base, inner = split_product(value)
                if isinstance(base, gast.BinOp):
                    base, inner = value, []
                whole = [*factors[:i], ("*", base), *inner, *factors[i + 1 :]]
            elif id(node) in self.results:
                sign = -sign
                result = self.result(node)
                whole = [*self.as_factors(value), ("*", result), ("/", factor)]
            else:
                sign = -sign
                square = tree.binary(factor, "**", tree.constant(2))
                others = [f for f in others if number(f[1]) != 1 or f[0] == "/"]
                split = [f for f in others if f[0] == "*"]
                rest = [f for f in others if f[0] == "/"]
                whole = [*self.as_factors(value), *split, *rest, ("/", square)]
            found.append((sign, self.multiplied(whole)))
        return found

    def guarded_quotient(
        self, node: gast.BinOp, factors: list[Factor], i: int, parts: Parts
    ) -> tuple[int, gast.expr]:
        """The same of a quotient of which a part is discarded: nothing moves where its tangent is zero, at 0 / 0 too."""
        op, factor = factors[i]
        moving = self.moving(parts, factor)
        first = [("*", moving.base)]
        if op == "*":
            rest = factors[:i] + factors[i + 1 :]
        else:
            rest = [*factors, ("/", factor)]
        guarded = [(o, without_zeros(self.program, f, moving) if o == "/" else f) for o, f in rest]
        return 1 if op == "*" else -1, self.multiplied([*first, *guarded])

    def as_factors(self, value: gast.expr) -> list[Factor]:
        base, inner = split_product(value)
        return [("*", base), *inner]

    def factors(self, node: gast.expr) -> list[Factor]:
        """The factors along the left spine, in the user's order."""
        found: list[Factor] = []
        while (
            isinstance(node, gast.BinOp)
            and isinstance(node.op, (gast.Mult, gast.Div))
            and id(node) not in self.function.matches
        ):
            symbol = "*" if isinstance(node.op, gast.Mult) else "/"
            found.append((symbol, node.right))
            node = node.left
        return [("*", node), *found[::-1]]

    def multiplied(self, factors: list[Factor]) -> gast.expr:
        """The product, without literals whose product is one."""
        kept = simplified(factors)
        if not any(op == "*" for op, _ in kept):
            kept = [("*", tree.constant(1)), *kept]
        first = next(i for i, (op, _) in enumerate(kept) if op == "*")
        result = kept[first][1]
        for op, factor in [*kept[:first], *kept[first + 1 :]]:
            result = tree.binary(result, op, factor)
        return result
