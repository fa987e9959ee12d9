"""Which names may see one store?  Flow-sensitive pairs of names that may share memory, to a fixed point over loops.

The argument that a parameter held on entry is the name `@parameter`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad.analysis.kinds import Array, Const, Kind, List, OneOf, Unknown, is_memory, is_scalar
from srcgrad.analysis.pairs import Node, Pairs
from srcgrad.analysis.places import ANY, Places, inside, itself, may_meet
from srcgrad.analysis.sharing import is_copying, makes_memory, shares_of
from srcgrad.lang import core, tree
from srcgrad.lang.core import bound_names, walk
from srcgrad.lang.nodes import nodes_in
from srcgrad.runtime.shadows import shadow

FRESH_CALLS = {"list", "tuple", "dict", "set", "sorted", "zip", "enumerate", "reversed", "map", "filter"}
VIEW_ATTRIBUTES = {"T", "real", "imag", "flat", "mT", "base", "data"}
FRESH_METHODS = {
    "copy",
    "sum",
    "mean",
    "dot",
    "astype",
    "tolist",
    "max",
    "min",
    "cumsum",
    "prod",
    "std",
    "var",
    "any",
    "all",
    "keys",
    "round",
}


@dataclass
class Summary:
    """What a function does to the memory of its arguments, by position."""

    writes: set[int] = field(default_factory=set)
    deep_writes: set[int] = field(default_factory=set)  # what these hold is written, not only they themselves
    attributes: dict[int, set[str]] = field(default_factory=dict)  # which attributes of these are bound anew; "": more
    active_writes: set[int] = field(default_factory=set)
    varies: set[int] = field(default_factory=set)  # numbers in these may begin to vary
    shares: set[int] = field(default_factory=set)  # the result may share memory with these
    links: set[int] = field(default_factory=set)  # these may hold one another afterwards
    reshapes: set[int] = field(default_factory=set)  # what these hold is changed, not only numbers in it
    tangles: set[int] = field(default_factory=set)  # of what these hold, two may be one afterwards
    tangled: bool = False  # and so in the result
    effects: bool = False

    def state(self) -> Any:
        return (
            frozenset(self.writes), frozenset(self.deep_writes), frozenset(self.active_writes), frozenset(self.varies),
            frozenset(self.shares), frozenset(self.links), {i: frozenset(names) for i, names in self.attributes.items()},
            frozenset(self.reshapes), frozenset(self.tangles), self.tangled, self.effects,
        )  # fmt: skip


@dataclass
class Source:
    """What the value of an expression may be (`self`), and what may be inside it."""

    self: set[Node] = field(default_factory=set)
    inner: set[Node] = field(default_factory=set)
    tangled: bool = False  # may two things inside be one?

    def __or__(self, other: Source) -> Source:
        return Source(self.self | other.self, self.inner | other.inner, self.tangled or other.tangled)


class Alias:
    """The pairs before and after every step of a function."""

    def __init__(
        self, function: core.Function, steps: list[core.Step], summaries: dict[int, Summary], kinds: Any
    ) -> None:
        self.function, self.summaries, self.kinds = function, summaries, kinds
        self.before: dict[int, Pairs] = {}
        self.after: dict[int, Pairs] = {}
        self.returned = Source()
        self.bindings: dict[int, list[tuple[str, Source]]] = {}
        self.calls: dict[int, tuple[Any, list[gast.Call]]] = {}
        self.places: dict[Node, Places] = {}
        self.met: dict[tuple[Node, Node], bool] = {}
        start = Pairs()
        for param in function.params:
            if is_memory(kinds.of(param)):
                self.join(start, (param.id, 0), [(f"@{param.id}", 0)])
                self.join(start, (param.id, 1), [(f"@{param.id}", 1)])
        self.end = self.block(steps, start)

    # Questions

    def sharing(self, step: core.Step, name: str, after: bool = False) -> set[str]:
        """Names that may share memory with this one at the step, not itself."""
        return (self.after if after else self.before)[id(step)].names_with(name) - {name}

    def holders(self, step: core.Step, name: str) -> set[Node]:
        """What may be, or hold, the object that the name stands for before the step."""
        return set(self.before[id(step)].of((name, 0)))

    @functools.cached_property
    def ever(self) -> Pairs:
        """The pairs before or after any step."""
        found = Pairs()
        for states in (self.before, self.after):
            for pairs in states.values():
                found = found | pairs
        return found

    def heirs(self, step: core.Step, name: str) -> set[str]:
        """Names assigned by the step that may share memory with what `name` was before it."""
        found = set()
        for bound, source in self.bindings.get(id(step), []):
            nodes = self.before[id(step)].closure(source.self | source.inner)
            if any(n == name for n, _ in nodes):
                found.add(bound)
        return found

    # Flow

    def block(self, steps: list[core.Step], pairs: Pairs) -> Pairs:
        for step in steps:
            self.note(self.before, step, pairs)
            pairs = self.step(step, pairs.copy())
            self.note(self.after, step, pairs)
        return pairs

    def note(self, states: dict[int, Pairs], step: core.Step, pairs: Pairs) -> None:
        known = states.get(id(step))
        states[id(step)] = pairs if known is None else known | pairs

    def step(self, step: core.Step, pairs: Pairs) -> Pairs:
        if isinstance(step, core.Assign):
            self.assign(step, pairs)
        elif isinstance(step, core.Store):
            if not step.op or not is_number_slot(self.kinds.of(step.target)):
                self.keep_in(step.target, [step.value], pairs)
        elif isinstance(step, core.ListOp):
            self.keep_in(tree.subscript(step.place, tree.constant(0)), step.args, pairs)
            if step.target is not None:
                inside = self.source(step.place).inner if is_memory(self.kinds.of(step.target)) else set()
                self.bind([(step.target.id, Source(set(inside), set(inside)))], pairs, id(step))
        elif isinstance(step, core.Call):
            self.call(step, pairs)
        elif isinstance(step, core.If):
            return self.block(step.body, pairs) | self.block(step.orelse, pairs)
        elif isinstance(step, (core.For, core.While)):
            while True:
                before, inner = pairs, pairs.copy()
                if isinstance(step, core.For):
                    inside = self.source(step.iterable)  # type: ignore[assignment]
                    parts = inside.inner | (inside.self if is_array_like(self.kinds.of(step.iterable)) else set())  # type: ignore[attr-defined]
                    memory = is_memory(self.kinds.of(step.target))
                    self.bind([(step.target.id, Source(parts, set(parts)) if memory else Source())], inner, id(step))
                pairs = pairs | self.block(step.body, inner)
                if pairs == before:
                    break
        elif isinstance(step, core.With):
            return self.block(step.body, pairs)
        elif isinstance(step, core.Try):
            reached = pairs
            for inner_step in step.body:
                pairs = self.block([inner_step], pairs)
                reached = reached | pairs
            pairs = self.block(step.orelse, pairs)
            for _, _, body in step.handlers:
                end = self.block(body, reached)
                pairs = pairs if step.leaves else pairs | end
            pairs = self.block(step.finalbody, pairs)
        elif isinstance(step, core.Return):
            found = self.source(step.value)
            tangled = found.tangled or pairs.is_tangled(found.inner)
            self.returned = Source(pairs.closure(found.self), pairs.closure(found.inner), tangled)
        elif isinstance(step, core.Effect):
            names = sorted(n for n in tree.names_read(step.statement))
            bound = {
                n.id for n in nodes_in(step.statement) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
            }
            if not isinstance(step.statement, (gast.Assert, gast.Raise, gast.Import, gast.ImportFrom)):
                every = {(n, level) for n in names for level in (0, 1) if n in self.function_names()}
                self.bind([(b, Source(set(every), set(every))) for b in sorted(bound)], pairs, id(step))
        return pairs

    def calls_in(self, node: Any) -> list[gast.Call]:
        """The calls in a tree, of which is asked again and again."""
        if id(node) not in self.calls:
            self.calls[id(node)] = node, [n for n in nodes_in(node) if isinstance(n, gast.Call)]
        return self.calls[id(node)][1]

    def function_names(self) -> set[str]:
        found = getattr(self, "_names", None)
        if found is None:
            found = {p.id for p in self.function.params} | {
                n.id for s in walk(self.function.steps) for n in bound_names(s)
            }
            self._names = found
        return found

    def assign(self, step: core.Assign, pairs: Pairs) -> None:
        if len(step.targets) == 1:
            memory = is_memory(self.kinds.of(step.targets[0]))
            self.bind([(step.targets[0].id, self.source(step.value) if memory else Source())], pairs, id(step))
            return
        if isinstance(step.value, (gast.Tuple, gast.List)) and len(step.value.elts) == len(step.targets):
            sources = [self.source(e) for e in step.value.elts]
        else:
            whole = self.source(step.value)
            parts = whole.inner | (whole.self if is_array_like(self.kinds.of(step.value)) else set())
            sources = [Source(set(parts), set(parts)) for _ in step.targets]
        found = [(t.id, s if is_memory(self.kinds.of(t)) else Source()) for t, s in zip(step.targets, sources)]
        self.bind(found, pairs, id(step))

    def call(self, step: core.Call, pairs: Pairs) -> None:
        summary = self.summaries.get(id(step.callee), Summary())
        sources = [self.source(a) for a in step.args]
        linked = [sources[i] for i in sorted(summary.links)]
        for a in linked:
            for b in linked:
                if a is not b:
                    self.put_into(a.self | a.inner, b.self | b.inner, pairs)
        for i in sorted(summary.tangles):
            for name, _ in pairs.closure(sources[i].inner):
                self.join(pairs, (name, 1), [(name, 1)])
        shared = Source(tangled=summary.tangled)
        for i in sorted(summary.shares):
            shared = shared | sources[i]
        both = shared.self | shared.inner
        kept = {n for s in sources for n in s.self | s.inner}
        results = [t.id for t in step.targets if is_memory(self.kinds.of(t))]
        bindings = [
            (t.id, Source(set(both), set(both), shared.tangled) if t.id in results else Source()) for t in step.targets
        ]
        record = saved_name(step)
        self.bind([*bindings, (record, Source(set(), kept))], pairs, id(step))
        if summary.tangled:
            # Two members of what it returns may be one, and are bound to several names here.
            for i, one in enumerate(results):
                for level in (0, 1):
                    self.join(pairs, (one, level), {(other, beside) for other in results[i + 1 :] for beside in (0, 1)})
        # The callee's record may hold its result too.
        for name in results:
            for level in (0, 1):
                held = {other for other in pairs.of((name, level)) if other[0] != record}
                self.join(pairs, (record, 1), held | {(name, level)})

    # Bindings and stores

    def bind(self, bindings: list[tuple[str, Source]], pairs: Pairs, site: int) -> None:
        """Names are bound all at once: first under other names, which then take the places of the old ones."""
        bindings = [(name, self.told_apart(name, source)) for name, source in bindings]
        known = self.bindings.setdefault(site, [])
        known += [b for b in bindings if b not in known]
        for name, source in bindings:
            for level, nodes in ((0, source.self), (1, source.inner)):
                for node in sorted(nodes):
                    self.join(pairs, (f"={name}", level), pairs.of(node) | {node})
            if source.tangled or pairs.is_tangled(source.inner):
                self.join(pairs, (f"={name}", 1), [(f"={name}", 1)])
        names = {name for name, _ in bindings}
        pairs.drop(names)
        pairs.rename({f"={name}": name for name in names})

    def keep_in(self, place: gast.expr, values: list[gast.expr], pairs: Pairs) -> None:
        """A value is put into a list, dict or object: it is inside all that may be that container, or hold it."""
        if isinstance(place, gast.Name):
            return
        container = place.value  # type: ignore[attr-defined]
        if is_array_like(self.kinds.of(container)):
            return
        found = Source()
        for value in values:
            if is_memory(self.kinds.of(value)):
                found = found | self.source(value)
        if found.self or found.inner:
            inside = found.self | found.inner
            known = found.tangled or pairs.is_tangled(found.inner)
            for name, _ in sorted(pairs.closure(self.source(container).self)):
                if known or (name, 1) in inside or not inside.isdisjoint(pairs.of((name, 1))):
                    self.join(pairs, (name, 1), [(name, 1)])
            self.put_into(self.source(container).self, inside, pairs)

    def put_into(self, containers: set[Node], members: set[Node], pairs: Pairs) -> None:
        inside = pairs.closure(members)
        for name, _ in sorted(pairs.closure(containers)):
            self.join(pairs, (name, 1), inside - {(name, 1)})

    # Pairs

    def join(self, pairs: Pairs, node: Node, others: Iterable[Node]) -> None:
        """A node may share memory with these from here on, unless nothing can be both."""
        pairs.join(node, [other for other in others if self.may_meet((node, other))])

    def may_meet(self, pair: tuple[Node, Node]) -> bool:
        found = self.met.get(pair)
        if found is None:
            found = self.met[pair] = may_meet(*(self.places_of((name.lstrip("=@"), level)) for name, level in pair))
        return found

    def told_apart(self, name: str, source: Source) -> Source:
        """Of what a name is bound to, that which it can be."""
        self_kept = {n for n in source.self if self.may_meet(((name, 0), n))}
        return Source(self_kept, {n for n in source.inner if self.may_meet(((name, 1), n))}, source.tangled)

    def places_of(self, node: Node) -> Places:
        """Where that for which a node stands may have been made, by all the kinds that the name has."""
        if not self.places:
            kinds: dict[str, list[Kind]] = {}
            for target in [*self.function.params, *(n for s in walk(self.function.steps) for n in bound_names(s))]:
                kinds.setdefault(target.id, []).append(self.kinds.of(target))
            for name, found in kinds.items():
                for level, places in ((0, itself), (1, inside)):
                    self.places[name, level] = frozenset().union(*map(places, found))
        return self.places.get(node, ANY)

    # What an expression may be

    def source(self, node: Any) -> Source:
        if node is None:
            return Source()
        kind = self.kinds.of(node)
        if not is_memory(kind) and not isinstance(node, (gast.Tuple, gast.List, gast.Dict)):
            return Source()
        if isinstance(node, gast.Name):
            known = node.id in self.function_names() or "·" in node.id
            return Source({(node.id, 0)}, {(node.id, 1)}) if known else Source()
        match = self.function.matches.get(id(node))
        if match is not None:
            return self.by_rule(match)
        if isinstance(node, gast.Subscript):
            base = self.source(node.value)
            base_kind = self.kinds.of(node.value)
            if is_array_like(base_kind):
                return Source() if is_copying(self.kinds.of(node.slice)) else Source(base.self, set())
            both = base.inner | (base.self if isinstance(base_kind, (OneOf, Unknown)) else set())
            return Source(set(both), set(both))
        if isinstance(node, gast.Attribute):
            base = self.source(node.value)
            if is_array_like(self.kinds.of(node.value)):
                return base if node.attr in VIEW_ATTRIBUTES else Source()
            both = base.inner | (base.self if isinstance(self.kinds.of(node.value), (OneOf, Unknown)) else set())
            return Source(set(both), set(both))
        if isinstance(node, (gast.Tuple, gast.List, gast.Set)):
            return self.holding(node.elts)
        if isinstance(node, gast.Dict):
            return self.holding([*node.values, *(k for k in node.keys if k is not None)])
        if isinstance(node, gast.Starred):
            return self.source(node.value)
        if isinstance(node, gast.IfExp):
            return self.source(node.body) | self.source(node.orelse)
        if isinstance(node, gast.BoolOp):
            result = Source()
            for value in node.values:
                result = result | self.source(value)
            return result
        if isinstance(node, gast.BinOp):
            if is_array_like(kind):
                return Source()
            return self.holding_of(kind, self.source(node.left).inner | self.source(node.right).inner)
        if isinstance(node, (gast.Compare, gast.UnaryOp, gast.Constant, gast.JoinedStr)):
            return Source()
        if isinstance(node, gast.Call):
            return self.by_call(node)
        if isinstance(node, gast.ListComp) and self.makes_new(node.elt):
            return Source()
        inner = {(n, level) for n in tree.names_read(node) for level in (0, 1) if n in self.function_names()}
        return self.holding_of(kind, inner)

    def makes_new(self, member: gast.expr) -> bool:
        """Is each member of a comprehension, as this one, an array of its own: `np.zeros_like(v)`?"""
        function = self.kinds.of(member.func) if isinstance(member, gast.Call) else None
        return isinstance(function, Const) and makes_memory(function.value)

    def holding_of(self, kind: Kind, inner: set[Node]) -> Source:
        """A new list that may hold these, if it is not one of numbers."""
        return Source(set(), inner if not isinstance(kind, List) or is_memory(kind.item) else set())

    def holding(self, members: list[gast.expr]) -> Source:
        inner: set[Node] = set()
        tangled = False
        for member in members:
            source = self.source(member)
            both = source.self | source.inner
            tangled = tangled or source.tangled or bool(both & inner)
            inner |= both
        return Source(set(), inner, tangled)

    def by_rule(self, match: core.Match) -> Source:
        if not shares_of(match):
            return Source()
        result = Source()
        for operand in match.rule.operands:
            if operand in match.operands:
                result = result | self.source(match.operands[operand])
        return Source(result.self | result.inner, result.inner)

    def by_call(self, node: gast.Call) -> Source:
        function = self.kinds.of(node.func)
        parts = [*node.args, *(k.value for k in node.keywords)]
        if isinstance(node.func, gast.Attribute) and not isinstance(function, Const):
            parts.append(node.func.value)
            if node.func.attr in FRESH_METHODS and is_array_like(self.kinds.of(node.func.value)):
                return Source()
        held = self.holding(parts).inner
        if isinstance(node.func, gast.Name) and node.func.id in FRESH_CALLS:
            return self.holding_of(self.kinds.of(node), held)
        kinds, keywords = [self.kinds.of(a) for a in node.args], [k.arg for k in node.keywords]
        starred = any(isinstance(a, gast.Starred) for a in node.args)
        if isinstance(function, Const) and makes_memory(function.value, kinds, None if starred else keywords):
            return Source()
        if isinstance(function, Const) and function.value is shadow:
            return Source(tangled=True)
        return Source(set(held), set(held))


def saved_name(step: core.Step) -> str:
    """The name under which a call's record is known to the analyses."""
    return f"saved·{id(step)}"


def is_array_like(kind: Kind) -> bool:
    return isinstance(kind, Array)


def is_number_slot(kind: Kind) -> bool:
    return is_scalar(kind) or isinstance(kind, Array)
