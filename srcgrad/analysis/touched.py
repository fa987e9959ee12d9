"""Which memory does a step change, and what does a function do to that of its arguments?"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.analysis.alias import Alias, Summary, is_array_like
from srcgrad.analysis.kinds import Kind, is_memory, is_scalar, is_value, varied
from srcgrad.analysis.pairs import Node
from srcgrad.analysis.pure import keeps_memory
from srcgrad.lang import core, tree
from srcgrad.lang.core import walk


def touched(step: core.Step, alias: Alias) -> list[tuple[set[Node], gast.expr, bool]]:
    """The memory a step changes: the objects it may be, the place, and whether the stored value carries a derivative."""
    pairs = alias.before[id(step)]
    kinds = alias.kinds
    if isinstance(step, core.Store):
        if isinstance(step.target, gast.Name):
            container = step.target
        else:
            container = step.target.value  # type: ignore[attr-defined]
            if (
                step.op
                and not is_value(kinds.of(step.target))
                and is_array_like(kinds.of(step.target))
                and not is_array_like(kinds.of(container))
            ):
                container = step.target  # an array in a container, updated in place
        return [(pairs.closure(alias.source(container).self), step.target, varied(kinds.of(step.target)))]
    if isinstance(step, core.ListOp):
        return [(pairs.closure(alias.source(step.place).self), step.place, varied(kinds.of(step.place)))]
    if isinstance(step, core.Call):
        summary = alias.summaries.get(id(step.callee), Summary())
        found = given(step, summary.writes, alias, summary.deep_writes)
        return [(nodes, step.args[i], i in summary.active_writes) for i, nodes in found]
    if isinstance(step, core.With) and not step.replay:
        names = {n for item in step.items for n in tree.names_read(item.context_expr)} & alias.function_names()
        found = sorted(n for n in names if any(is_memory(k) for k in name_kinds(step, n, kinds)))  # type: ignore[misc]
        return [(pairs.closure({(n, 0), (n, 1)}), tree.name(n), False) for n in found]  # type: ignore[arg-type]
    if isinstance(step, core.Effect):
        return [(pairs.closure({(n, 0), (n, 1)}), tree.name(n), False) for n in effect_writes(step.statement, alias)]
    if isinstance(step, core.Assign):
        return [(pairs.closure({(n, 0), (n, 1)}), tree.name(n), False) for n in impure_reads(step.value, alias)]
    return []


def given(
    step: core.Call, positions: set[int], alias: Alias, deep: set[int] | None = None
) -> list[tuple[int, set[Node]]]:
    """The memory of some arguments of a call; deep: of which of them what they hold as well (None: of all)."""
    sources = {i: alias.source(step.args[i]) for i in sorted(positions)}
    held = {i: s.self | (s.inner if deep is None or i in deep else set()) for i, s in sources.items()}
    return [(i, alias.before[id(step)].closure(nodes)) for i, nodes in held.items() if nodes]


def attributes_bound(step: core.Step, place: gast.expr, alias: Alias) -> set[str]:
    """The attributes that a step which changes an object itself binds anew; "" if it does something else."""
    if isinstance(step, core.Store) and isinstance(step.target, gast.Attribute):
        return {step.target.attr}
    if isinstance(step, core.Call):
        position = next(i for i, a in enumerate(step.args) if a is place)
        return alias.summaries.get(id(step.callee), Summary()).attributes.get(position, set())
    return {""}


def varying(step: core.Step, alias: Alias) -> list[tuple[set[Node], gast.expr]]:
    """Of what a step touches, that in which numbers may begin to vary: what is put into a list or taken from it stays."""
    if isinstance(step, core.ListOp):
        return []
    if isinstance(step, core.Call):
        summary = alias.summaries.get(id(step.callee), Summary())
        return [(nodes, step.args[i]) for i, nodes in given(step, summary.varies, alias)]
    return [(nodes, place) for nodes, place, active in touched(step, alias) if active]


def overlapping(step: core.Call, alias: Alias) -> tuple[gast.expr, gast.expr] | None:
    """Two arguments of a call that may share memory, one of which the function writes: it takes them for two."""
    summary = alias.summaries.get(id(step.callee), Summary())
    pairs = alias.before[id(step)]
    sources = [alias.source(a) for a in step.args]
    for i in sorted(summary.writes):
        written = sources[i].self | (sources[i].inner if i in summary.deep_writes else set())
        for j, other in enumerate(sources):
            if i != j and any(a == b or (a, b) in pairs for a in written for b in other.self | other.inner):
                return step.args[i], step.args[j]
    return None


def reshaped(step: core.Step, alias: Alias) -> set[Node]:
    """Containers in which the step replaces, adds or removes more than numbers; a number it may add as an attribute."""
    pairs = alias.before[id(step)]
    if isinstance(step, core.ListOp):
        return pairs.closure(alias.source(step.place).self)
    if isinstance(step, core.Store) and not isinstance(step.target, gast.Name):
        container = step.target.value  # type: ignore[attr-defined]
        added = isinstance(step.target, gast.Attribute) and not step.op
        if not is_array_like(alias.kinds.of(container)) and (added or not is_scalar(alias.kinds.of(step.target))):
            return pairs.closure(alias.source(container).self)
    found: set[Node] = set()
    if isinstance(step, core.Call):
        for i in alias.summaries.get(id(step.callee), Summary()).reshapes:
            source = alias.source(step.args[i])
            found |= pairs.closure(source.self | source.inner)
    return found


def name_kinds(step: core.With, name: str, kinds: Any) -> list[Kind]:
    nodes = [n for item in step.items for n in tree.name_nodes(item.context_expr)]
    return [kinds.of(n) for n in nodes if n.id == name]


def effect_writes(statement: gast.AST, alias: Alias) -> list[str]:
    """Names whose memory a statement we know nothing of may change."""
    if isinstance(statement, (gast.Assert, gast.Raise, gast.Import, gast.ImportFrom)):
        return []
    if isinstance(statement, (gast.Assign, gast.AugAssign, gast.Delete)):
        targets = statement.targets if not isinstance(statement, gast.AugAssign) else [statement.target]
        roots = {tree.root(t) for t in targets if not isinstance(t, gast.Name)}
        found = {r for r in roots if r}
        return sorted(found | set(impure_reads(getattr(statement, "value", None), alias)))
    return impure_reads(statement, alias)


def impure_reads(node: Any, alias: Alias) -> list[str]:
    """Names whose memory a call inside an expression may change: those it is given, unless it is known to be pure."""
    if node is None:
        return []
    found = set()
    for child in alias.calls_in(node):
        if not keeps_memory(child, alias.kinds, alias.function.matches):
            given = [n for n in names_given(child, alias) if n.id in alias.function_names()]
            # a function of which nothing is known is not thought to store into an array without axes
            found |= {n.id for n in given if is_memory(alias.kinds.of(n)) and not is_scalar(alias.kinds.of(n))}
    return sorted(found)


def names_given(call: gast.Call, alias: Alias) -> list[gast.Name]:
    """The names through which a call is given memory: `table(len(p.w), 2 * x)` gets at neither `p` nor `x`."""

    def is_new(argument: gast.expr) -> bool:
        kind = alias.kinds.of(argument)
        return is_value(kind) or (isinstance(argument, (gast.BinOp, gast.UnaryOp)) and is_array_like(kind))

    arguments = [*call.args, *(k.value for k in call.keywords)]
    return tree.name_nodes(call.func) + [n for a in arguments if not is_new(a) for n in tree.name_nodes(a)]


def summarise(functions: list[core.Function], kinds_of: Any) -> dict[int, Summary]:
    """Summaries of functions that may call each other, to a fixed point."""

    summaries = {id(f): Summary() for f in functions}
    while True:
        before = {k: s.state() for k, s in summaries.items()}
        for function in functions:
            alias = Alias(function, function.steps, summaries, kinds_of(function))
            summary = summaries[id(function)]
            positions = {f"@{p.id}": i for i, p in enumerate(function.params)}
            for step in walk(function.steps):
                if id(step) not in alias.before:
                    continue
                for nodes, place, active in touched(step, alias):
                    for name, level in nodes:
                        if name in positions:
                            summary.writes.add(positions[name])
                            if level:
                                summary.deep_writes.add(positions[name])
                            else:
                                bound = summary.attributes.setdefault(positions[name], set())
                                bound |= attributes_bound(step, place, alias)
                            if active:
                                summary.active_writes.add(positions[name])
                summary.varies |= {
                    positions[n] for nodes, _ in varying(step, alias) for n, _ in nodes if n in positions
                }
                for name, _ in reshaped(step, alias):
                    if name in positions:
                        summary.reshapes.add(positions[name])
                if isinstance(step, core.Effect):
                    summary.effects = True
                if isinstance(step, core.Call) and summaries[id(step.callee)].effects:
                    summary.effects = True
            for name, _ in alias.returned.self | alias.returned.inner:
                if name in positions:
                    summary.shares.add(positions[name])
            for a, b in alias.end:
                if a[0] in positions and b[0] in positions and a[0] != b[0]:
                    summary.links |= {positions[a[0]], positions[b[0]]}
                elif a == b and a[0] in positions:
                    summary.tangles.add(positions[a[0]])
            summary.tangled = summary.tangled or alias.returned.tangled
        if all(before[k] == s.state() for k, s in summaries.items()):
            return summaries
