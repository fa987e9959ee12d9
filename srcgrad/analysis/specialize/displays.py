"""What do displays and comprehensions give?"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import gast

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import Bottom, Const, Dict, Kind, List, Size, Tuple, has_known_keys, varied
from srcgrad.analysis.specialize.operators import Operators
from srcgrad.analysis.specialize.session import name_node
from srcgrad.analysis.specialize.variants import holds_closure
from srcgrad.lang import core
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.tree import is_place, replace

if TYPE_CHECKING:
    from srcgrad.analysis.specialize.values import Value


MOST_MEMBERS = 24


def may_be_display(node: gast.expr) -> bool:
    """Has a list made by a comprehension as many members as what it goes over?"""
    plain = isinstance(node, gast.ListComp) and len(node.generators) == 1 and not node.generators[0].ifs
    return plain and not any(isinstance(n, gast.Lambda) for n in nodes_in(node.elt))


class Displays(Operators):
    """The visitors of displays and comprehensions."""

    def visit_Tuple(self, node: gast.Tuple) -> Value:
        values = self.evaluate_all(node.elts)
        return self.display(values, node, node.elts)

    def display(self, values: list[Value], node: gast.expr, original: list[gast.expr] | None = None) -> Value:
        items = [residual for _, residual in values]
        same = (
            original is not None
            and isinstance(node, gast.Tuple)
            and all(x is y for x, y in zip(items, original))
            and len(items) == len(original)
        )
        residual = node if same else self.keep(gast.copy_location(gast.Tuple(items, gast.Load()), node))
        return Tuple(tuple(kind for kind, _ in values)), residual

    def visit_List(self, node: gast.List) -> Value:
        if any(isinstance(e, gast.Starred) and not self.is_counted(e.value) for e in node.elts):
            return self.built_up(node)
        values = self.evaluate_all(node.elts)
        if values is None:
            return self.opaque(node)
        return self.list_display(values, node, node.elts)

    def is_counted(self, node: gast.expr) -> bool:
        """Is it known how many members it has?"""

        def ask() -> Value:
            try:
                self.starred(node)
            except CannotTell:
                return Const(False), node
            return Const(True), node

        return self.aside(ask)[0] == Const(True)

    def built_up(self, node: gast.List) -> Value:
        """`[*a, b]` is `t = list(a)`, `t.append(b)`, where it is not known how many members `a` has."""
        holes: dict[str, Value] = {}
        lines = []
        for i, element in enumerate(node.elts):
            starred = isinstance(element, gast.Starred)
            earlier = [r for _, r in holes.values()]
            value = self.evaluate_after(element.value if starred else element, earlier)  # type: ignore[attr-defined]
            holes[f"a{i}"] = self.listed(value, node) if starred else value
            lines.append(f"t.extend(a{i})" if starred else f"t.append(a{i})")
        lines[0] = "t = list(a0)" if lines[0].startswith("t.extend") else "t = [a0]"
        return self.template(node, "\n".join(lines), "t", **holes)

    def list_display(self, values: list[Value], node: gast.expr, original: list[gast.expr] | None = None) -> Value:
        items = [residual for _, residual in values]
        same = (
            isinstance(node, gast.List)
            and original is not None
            and len(items) == len(original)
            and all(x is y for x, y in zip(items, original))
        )
        residual = node if same else self.keep(gast.copy_location(gast.List(items, gast.Load()), node))
        fresh = ("display", id(node), self.copies) not in self.session._cells
        cell = self.session.cell("display", id(node), self.copies)
        if fresh:
            cell.items, cell.length = ([self.session.loosen(k) for k, _ in values], Size(None, len(values)))
            cell.display = True
        else:
            for i, (kind, _) in enumerate(values):
                self.session.put_item(cell, kind, i)
        return List(cell), residual

    def visit_Dict(self, node: gast.Dict) -> Value:
        if None in node.keys:
            return self.dict_of_dicts(node)
        cell = self.session.cell("display", id(node), self.copies)
        keys: list[gast.expr] = []
        values: list[Value] = []
        for key, value in zip(node.keys, node.values):
            key_kind, key = self.evaluate(key)
            self.check_key(key_kind, node)
            kind, residual = self.evaluate_next(value, values)
            if isinstance(key_kind, Const):
                self.session.put_key(cell, key_kind.value, kind)
            else:
                self.session.put_item(cell, kind)
            keys.append(key)
            values.append((kind, residual))
        parts = [r for _, r in values]
        same = all(x is y for x, y in zip([*keys, *parts], [*node.keys, *node.values]))
        residual = node if same else self.keep(gast.copy_location(gast.Dict(keys, parts), node))
        return Dict(cell), residual

    def check_key(self, kind: Kind, node: gast.AST) -> None:
        if holds_closure(kind):
            raise self.function_compared(node)
        if varied(kind):
            raise self.refusal(
                "E208", "a differentiable value as a key of a dict", node, "use a key that does not depend on it"
            )

    def visit_Set(self, node: gast.Set) -> Value:
        values = self.evaluate_all(node.elts)
        if any(varied(k) for k, _ in values):
            raise self.refusal("E208", "a differentiable value in a set", node, "use a list")
        if any(holds_closure(k) for k, _ in values):
            raise self.function_compared(node)
        same = len(values) == len(node.elts) and all(r is e for (_, r), e in zip(values, node.elts))
        display = node if same else self.keep(gast.copy_location(gast.Set([r for _, r in values]), node))
        return self.iterable_of([k for k, _ in values], "set", node), display

    def visit_ListComp(self, node: gast.ListComp) -> Value:
        return self.list_written_out(node) or self.comprehension(node, "t = []", lambda t: f"{t}.append(v)")

    def visit_GeneratorExp(self, node: gast.GeneratorExp) -> Value:
        made = self.lazily(node, lambda: self.comprehension(node, "t = []", lambda t: f"{t}.append(v)"))
        return self.used_once(made)  # type: ignore[no-any-return]

    def visit_SetComp(self, node: gast.SetComp) -> Value:
        shell = self.memo(
            ("members", id(node)), lambda: gast.copy_location(gast.ListComp(node.elt, node.generators), node)
        )
        statements, target = self.memo(("comprehension", id(shell)), lambda: self.comprehension_loop(shell))
        kind, residual, steps = self.aside(lambda: self.run_statements(statements, target, node))
        member = kind.item if isinstance(kind, List) else Bottom()
        if varied(member):
            raise self.refusal("E208", "a differentiable value in a set", node, "use a list")
        result = self.iterable_of([member], "set", node)
        if not self.has_effects(steps):
            for name in self.names_in(node):
                self.use_name(name)
            return result, self.renamed(node)
        for step in steps:
            self.emit(step)
        self.env[target] = kind
        call = self.memo(("set", id(node)), lambda: gast.copy_location(gast.Call(name_node("set", node), [], []), node))
        call.args = [residual]
        return result, call

    def visit_DictComp(self, node: gast.DictComp) -> Value:
        return self.as_display(node) or self.comprehension(node, "t = {}", lambda t: f"{t}[k] = v")

    def as_display(self, node: gast.DictComp, alike: bool = False) -> Value | None:
        """`{k: 2 * p[k] for k in p}` is `{"w": 2 * p["w"], "b": 2 * p["b"]}` where p has known keys, with unlike values.

        alike: values may be alike, as where the result is given to a function by `**`.
        """
        generator, *more = node.generators
        run_over, names = generator.iter, [generator.target]
        if (
            isinstance(run_over, gast.Call)
            and isinstance(run_over.func, gast.Attribute)
            and run_over.func.attr == "items"
        ):
            run_over, names = run_over.func.value, getattr(generator.target, "elts", [])
        inner = (gast.Lambda, gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
        if more or not is_place(run_over) or not all(isinstance(n, gast.Name) for n in names):
            return None
        if any(isinstance(n, inner) for part in (node.key, node.value, *generator.ifs) for n in nodes_in(part)):
            return None
        kind, residual, steps = self.aside(lambda: self.evaluate(run_over))
        known = isinstance(kind, Dict) and has_known_keys(kind) and (alike or self.unlike(list(kind.cell.keys.values())))
        if not known or steps or len(names) != (1 if run_over is generator.iter else 2):
            return None
        holds = []
        for i, key in enumerate(kind.cell.keys):  # type: ignore[attr-defined]

            def make(key: Any = key) -> list[gast.expr]:
                constant = gast.copy_location(gast.Constant(key, None), node)
                part = gast.copy_location(gast.Subscript(run_over, constant, gast.Load()), node)
                holes = dict(zip([n.id for n in names], (constant, part)))
                trees = [copy.deepcopy(t) for t in (node.key, node.value, *generator.ifs)]
                return [
                    replace(t, {id(n): holes[n.id] for n in nodes_in(t) if isinstance(n, gast.Name) and n.id in holes})
                    for t in trees
                ]

            own, value, *tests = self.memo(("written out", id(node), i), make)
            asked = [self.truth(self.aside(lambda t=t: self.evaluate(t))[0]) for t in tests]  # type: ignore[misc]
            if None in asked:
                return None
            holds += [(own, value)] if all(asked) else []
        keys: list[Value] = []
        values: list[Value] = []
        for own, value in holds:
            before = len(self.block)
            keys.append(self.evaluate(own))
            values.append(self.evaluate_next(value, values))
            if not isinstance(keys[-1][0], Const) or self.disturbs(self.block[before:], residual):
                raise CannotTell("a dict made of another, key by key")
        parts = {k.value: v for (k, _), v in zip(keys, values)}  # type: ignore[attr-defined]
        return self.dict_display(parts, node)

    def list_written_out(self, node: gast.ListComp) -> Value | None:
        """`[x[i:i + 2] for i in range(2)]` is `[x[0:2], x[1:3]]` where loops are followed member by member."""
        generator = node.generators[0]
        if not self.session.telling or len(node.generators) > 1 or generator.ifs:
            return None
        (_, loop), _ = self.memo(("comprehension", id(node)), lambda: self.comprehension_loop(node))
        members = self.known_range(generator.iter) if isinstance(loop, gast.For) else None
        if members is None:
            return None
        return self.list_display([self.written_out(loop, value, i) for i, value in enumerate(members)], node)

    def known_range(self, node: gast.expr) -> list[Value] | None:
        """The numbers of a `range` whose bounds are constant."""
        if not isinstance(node, gast.Call) or node.keywords or self.evaluate(node.func)[0] != Const(range):
            return None
        kinds = [self.evaluate(a)[0] for a in node.args]
        bounds = [k.value for k in kinds if isinstance(k, Const)]
        if len(bounds) < len(kinds) or len(range(*bounds)) > MOST_MEMBERS:
            return None
        return [(Const(i), self.constant(i, node)) for i in range(*bounds)]

    def starred(self, node: gast.expr) -> list[Value]:
        """The members of `*[f(v) for v in items]`, one by one if those of the items are known."""
        plain = isinstance(node, (gast.ListComp, gast.GeneratorExp)) and len(node.generators) == 1
        if plain and not node.generators[0].ifs and isinstance(node.generators[0].target, gast.Name):  # type: ignore[attr-defined]
            (_, loop), _ = self.memo(("comprehension", id(node)), lambda: self.comprehension_loop(node))
            kind, residual, steps = self.aside(lambda: self.evaluate(node.generators[0].iter))  # type: ignore[attr-defined]
            members = self.known_members(kind, residual) if isinstance(loop, gast.For) else None
            if members is not None and len(members) <= MOST_MEMBERS:
                self.block += steps
                return [self.written_out(loop, value, i) for i, value in enumerate(members)]
        return self.members(*self.iterated(self.evaluate(node), node))

    def written_out(self, loop: gast.For, value: Value, i: int) -> Value:
        """What the body `t.append(e)` of a loop appends for one member."""
        self.set_target(loop, *value, i)
        item = loop.body[0].value.args[0]  # type: ignore[attr-defined]
        kind, residual = self.evaluate(
            item if i == 0 else self.memo(("item", id(loop), i), lambda: copy.deepcopy(item))
        )
        return self.held_as(kind, residual, "item")

    def comprehension(self, node: Any, start: str, add: Any) -> Value:
        """A comprehension becomes a loop if it is differentiated, or if it must be statements for another reason."""
        statements, target = self.memo(("comprehension", id(node)), lambda: self.comprehension_loop(node))
        found = self.gathered[id(statements[-1])] = [] if may_be_display(node) else None
        kind, residual, steps = self.aside(lambda: self.run_statements(statements, target, node))
        if found:  # `[2 * p for p in params]` is `[2 * params[0], 2 * params[1]]` where one is a matrix and one a vector
            kind, residual = self.list_display(found, node)
            steps = [s for s in steps if not isinstance(s, core.Assign) or s.targets[0].id != target]
        if not varied(kind) and not self.has_effects(steps) and not isinstance(node, gast.GeneratorExp):
            for name in self.names_in(node):
                self.use_name(name)
            whole = self.renamed(node)
            if isinstance(kind, (List, Dict)) and not self.holds_functions(kind):
                return kind, whole
        for step in steps:
            self.emit(step)
        if not found:
            self.env[target] = kind
        return kind, residual
