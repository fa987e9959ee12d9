"""Pairs of names that may share memory, as the state of a program between two steps.

Each name stands for two things: the object itself, `(name, 0)`, and all that can be reached inside it, `(name, 1)`.  A
pair of `(name, 1)` with itself says that two things inside may be one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Node = tuple[str, int]
NONE: frozenset[Node] = frozenset()


class Pairs:
    """To each node, those with which it may share memory.  Most states differ in few rows: rows are shared, never changed."""

    __slots__ = ("rows",)

    def __init__(self, rows: dict[Node, frozenset[Node]] | None = None) -> None:
        self.rows = rows or {}

    def copy(self) -> Pairs:
        return Pairs(dict(self.rows))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pairs) and self.rows == other.rows

    __hash__ = None  # type: ignore[assignment]

    def __contains__(self, pair: tuple[Node, Node]) -> bool:
        return pair[1] in self.rows.get(pair[0], NONE)

    def __iter__(self) -> Iterator[tuple[Node, Node]]:
        return ((a, b) for a, row in self.rows.items() for b in row if a <= b)

    def __or__(self, other: Pairs) -> Pairs:
        """What is so in one of two states."""
        rows = dict(self.rows)
        for node, row in other.rows.items():
            known = rows.get(node)
            if known is None or row > known:
                rows[node] = row
            elif known is not row and not row <= known:
                rows[node] = known | row
        return Pairs(rows)

    def of(self, node: Node) -> frozenset[Node]:
        """Those with which a node may share memory."""
        return self.rows.get(node, NONE)

    def closure(self, nodes: set[Node]) -> set[Node]:
        return nodes.union(*map(self.of, nodes))

    def names_with(self, name: str) -> set[str]:
        """The names that may share memory, or what is in them, with this one."""
        return {n for level in (0, 1) for n, _ in self.of((name, level))}

    def is_tangled(self, inner: set[Node]) -> bool:
        """May two things be one, inside of these?"""
        return any(not inner.isdisjoint(self.of(node)) for node in inner)

    # Changes, of a state that is one's own

    def join(self, node: Node, others: Iterable[Node]) -> None:
        found = frozenset(others)
        if not found <= self.of(node):
            for other in found:
                self.rows[other] = self.of(other) | {node}
            self.rows[node] = self.of(node) | found

    def drop(self, names: Iterable[str]) -> None:
        """The names are bound to something else."""
        for name in names:
            self.take((name, 0))
            self.take((name, 1))

    def take(self, node: Node) -> frozenset[Node]:
        """The pairs of a node, which are pairs no more."""
        row = self.rows.pop(node, NONE)
        for other in row - {node}:
            left = self.rows[other] - {node}
            if left:
                self.rows[other] = left
            else:
                del self.rows[other]
        return row

    def rename(self, names: dict[str, str]) -> None:
        """Names, old -> new, of which the new ones are in no pair yet; a thing itself is in no pair with itself."""
        for old, new in names.items():
            for level in (0, 1):
                row = {(names.get(n, n), i) for n, i in self.take((old, level))}
                self.join((new, level), row - {(new, 0)} if level == 0 else row)
