"""What is known while one function is specialised?  Its environment, the block being filled, names, refusals."""

from __future__ import annotations

import builtins
import copy
import types
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import gast

from srcgrad.analysis.facts import Facts
from srcgrad.analysis.infer import Inference
from srcgrad.analysis.kinds import (
    Bottom,
    Closure,
    Const,
    Dict,
    Holder,
    Kind,
    List,
    Object,
    OneOf,
    Row,
    Tuple,
    Unknown,
    Word,
    holds,
    is_container,
    is_memory,
    is_number,
    options,
    varied,
)
from srcgrad.analysis.specialize.definitions import LocalFunction, is_function_like
from srcgrad.analysis.specialize.lazily import stored_into
from srcgrad.analysis.specialize.library import is_of_library, only_number
from srcgrad.analysis.specialize.lift import guard_code, lift
from srcgrad.analysis.specialize.session import Capture, Session, Variant, name_node, plain
from srcgrad.analysis.specialize.syntax import bindings, changed_names, rename, rename_in_place, stored_names
from srcgrad.analysis.specialize.values import Operand, Value
from srcgrad.analysis.specialize.writes import is_allocation, walk_steps, written
from srcgrad.errors import SrcgradError
from srcgrad.lang import core, tree
from srcgrad.lang.names import Names, identifiers
from srcgrad.lang.nodes import nodes_in
from srcgrad.rules import registry

if TYPE_CHECKING:
    from srcgrad.analysis.specialize.branches import Reached
    from srcgrad.analysis.specialize.definitions import Definition


# Names that the text of rules and helpers uses; a user's variable of such a name gets another one.
RESERVED = frozenset(
    "np math zeros_like unbroadcast add like range reversed len zip list tuple dict slice float complex int object".split()
)


class Frame:
    """The state of specialising one function, and the small operations that everything uses."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Visitors are spread over the classes of this folder, and call each other."""

    def __init__(self, session: Session, definition: Definition, variant: Variant, number: int) -> None:
        self.session = session
        self.facts: Facts = session.facts
        self.infer: Inference = session.infer
        self.definition_of_frame = definition
        self.variant = variant
        self.function = variant.function
        self.copies = number
        session.numbers[id(variant.function)] = number
        self.tree = definition.tree
        self.names: Names = self.function.names
        self.env: dict[str, Kind] = {}
        self.dead = False
        self.block: list[core.Step] = []
        self.breaks: list[list[dict[str, Kind]]] = []
        self.deferred: list[SrcgradError] | None = None  # in loops: refusals, if they are there in the last pass too
        self.tried: list[Reached] = []  # of the try bodies around, the innermost last
        self.statement: gast.stmt | None = None  # the one at hand
        self.made_in_statement = 0  # temporaries for expressions that were made for it
        self.bound_by_calls: set[str] = set()  # variables that functions called here assign by `nonlocal`
        self.counters: dict[str, str] = {}  # an iterator of which only the next is asked -> what counts its members
        self.run_at_once: set[int] = set()  # generators, calls of map and filter that are used up where they stand
        self.gathered: dict[int, list[tuple[Kind, gast.expr]] | None] = {}  # the loop of a comprehension -> what it gives, one by one
        self.noted: set[str] = set()  # names of ours for the exceptions that were caught
        self.local_names = stored_names(definition.tree)
        self.owner = definition.owner
        self.one_with: dict[
            str, str
        ] = {}  # a name that refers to a list, dict or object all its life -> the other name of that

    # Recording

    def record(self, node: gast.AST, kind: Kind) -> Kind:
        self.function.kinds[id(node)] = plain(kind)
        self.session.recorded[id(node)] = node  # kept alive, so that its identity stays its own
        return kind

    def keep(self, node: Any) -> Any:
        """A node made here: kept alive, so that its identity stays its own."""
        self.session.alive.append(node)
        if isinstance(node, gast.expr):
            self.session.made_anew.add(id(node))
        return node

    def at(self, node: gast.AST) -> None:
        self.infer.site = (id(node), self.copies)

    def memo(self, key: Any, make: Any) -> Any:
        """Something made once for this function, the same at every pass over it."""
        table = self.session.memo
        key = (*key, self.copies)
        if key not in table:
            table[key] = make()
        return table[key]

    def emit(self, step: core.Step) -> None:
        place = step.target if isinstance(step, core.Store) else step.place if isinstance(step, core.ListOp) else None
        if place is not None:
            self.check_outside(step, place)
            stored = isinstance(step, core.Store) and isinstance(place, (gast.Subscript, gast.Attribute))
            container = place.value if stored else place  # type: ignore[attr-defined]
            self.check_one_place(container, place)
            self.note_linked(step, container)
        self.block.append(step)

    def note_linked(self, step: Any, container: gast.expr) -> None:
        """Something that may hold others is put into a list, dict or object."""
        values = [step.value] if isinstance(step, core.Store) else step.args
        if any(isinstance(k, (Holder, Tuple, OneOf, Unknown)) for k in map(self.recorded_kind, values)):
            for kind in options(self.recorded_kind(container)):
                if isinstance(kind, Holder) and not kind.cell.linked:
                    kind.cell.linked = True
                    kind.cell.clock[0] += 1

    def recorded_kind(self, node: gast.expr) -> Kind:
        return self.function.kinds.get(id(node), Bottom())  # type: ignore[no-any-return]

    def narrowed_to(self, kind: Kind, residual: gast.expr) -> gast.expr:
        """An expression once more, where only one of its alternatives is possible."""
        node = self.memo(("narrowed", id(residual)), lambda: copy.copy(residual))
        self.record(node, kind)
        return node

    def as_number(self, value: Value) -> Value:
        """Of alternatives such as None or an array, the one that a numerical function takes, and a node of that kind."""
        kind, residual = value
        number = only_number(kind)
        if number is not kind and isinstance(residual, (gast.Name, gast.Subscript, gast.Attribute)):
            residual = self.narrowed_to(number, residual)
        return number, residual

    def check_outside(self, step: Any, place: gast.expr) -> None:
        """A differentiable value is not stored into data that outlives the call."""
        root: Any = place
        while isinstance(root, (gast.Subscript, gast.Attribute)):
            root = root.value
        values = [step.value] if isinstance(step, core.Store) else step.args
        moving = any(varied(self.function.kinds.get(id(v), Bottom())) for v in values)
        if moving and isinstance(root, gast.Name) and any(c.name == root.id for c in self.variant.captures.values()):
            raise self.refusal(
                "E405", f"a differentiable value is stored into {root.id!r}, which outlives the call", place,
                "pass it as an argument, or return the value",
            )  # fmt: skip

    def check_one_place(self, container: gast.expr, place: gast.expr) -> None:
        """A container that is found in two places of the arguments, each of which has its own gradient, is not changed."""
        kind = self.function.kinds.get(id(container))
        if isinstance(kind, (List, Dict, Object)) and varied(kind):
            paths = self.session.in_two_places.get(id(kind.cell))
            if paths is not None:
                text = f"{paths[0]} and {paths[1]} are one {type(kind).__name__.lower()}, which is changed"
                raise self.refusal("E401", text, place, "pass a copy in one of the two places")

    def refusal(self, code: str, message: str, node: gast.AST, advice: str = "") -> SrcgradError:
        return SrcgradError(code, message, advice=advice, where=self.definition_of_frame.source.location(node))

    # Names

    def local_text(self, name: str) -> str:
        """The name of a user's variable in generated code."""
        if name in RESERVED:
            return self.memo(("rename", name), lambda: self.names.fresh(f"{name}_"))
        return name

    def use_name(self, name: str, node: gast.AST | None = None) -> tuple[Kind, str]:
        """The kind of a name's value, and its text in generated code."""
        name = self.one_with.get(name, name)
        if name in self.env:
            self.env[name] = self.as_it_varies(name, self.env[name])
            return self.env[name], self.local_text(name)
        if name in self.local_names:
            return Bottom(), self.local_text(name)
        definition = self.definition_of_frame
        if name in definition.cells:
            cell = definition.cells[name]
            try:
                value = cell.cell_contents
            except ValueError:
                return Unknown(), name
            return self.outside(name, value, f"{self.facts.name_value(cell, 'cell')}.cell_contents")
        if name == "__class__" and self.owner is not None:
            return Const(self.owner), self.global_name(self.owner.__name__, self.owner)
        if name in definition.globals:
            path = f"{self.facts.name_value(definition.globals, 'globals')}[{name!r}]"
            return self.outside(name, definition.globals[name], path)
        if hasattr(builtins, name):
            if not is_of_library(definition.globals):
                self.facts.guard(f"{name!r} not in {self.facts.name_value(definition.globals, 'globals')}")
            return Const(getattr(builtins, name)), name
        return Unknown(), name

    def as_it_varies(self, name: str, kind: Kind) -> Kind:
        """The kind of a name's value, which may vary by a store that is seen through another name."""
        found = self.session.begin_to_vary.get(self.copies)
        if not found or self.local_text(name) not in found:
            return kind
        if isinstance(kind, Object) and registry.data_class_of(kind.cls) is not None:
            raise self.stored_into_data(kind, self.statement)
        return self.varying(kind)

    def stored_into_data(self, kind: Object, node: gast.AST) -> SrcgradError:
        return self.refusal(
            "E204", f"a differentiable value is stored into what a {kind.cls.__name__} holds", node,
            "make it of what it depends on, as one would make it at first",
        )  # fmt: skip

    def outside(self, name: str, value: Any, path: str) -> tuple[Kind, str]:
        """A global or a captured variable: a function stays a name, data becomes a parameter."""
        if isinstance(value, (types.ModuleType, type)) or callable(value) and is_function_like(value):
            if not is_of_library(self.definition_of_frame.globals):
                self.facts.guard(f"{path} is {self.facts.name_value(value, name)}")
            if isinstance(value, types.FunctionType):
                guard_code(self.session, value)
            return Const(value), self.global_name(name, value)
        kind = lift(self.session, value, path)
        return kind, self.capture(Capture(path, kind, name))

    def capture(self, capture: Capture) -> str:
        """The parameter that stands for data from outside."""
        known = self.variant.captures.get(capture.path)
        if known is None:
            name = self.local_text(capture.name)
            taken = name in self.env or name in self.local_names or name in self.function.namespace
            name = self.memo(("capture", capture.path), lambda: self.names.fresh(name) if taken else name)
            known = self.variant.captures[capture.path] = Capture(capture.path, capture.kind, name)
            self.names.used.add(name)
        self.env.setdefault(known.name, known.kind)
        return known.name

    def global_name(self, name: str, value: Any) -> str:
        """The name under which generated code knows a module, function or class."""
        taken = self.session.globals
        base, count = name, 1
        while (
            name in taken
            and taken[name] is not value
            and not (name == "np" and getattr(value, "__name__", "") == "numpy")
        ):
            count += 1
            name = f"{base}_{count}"
        taken[name] = value
        self.names.used.add(name)
        self.function.namespace[name] = value
        return name

    def names_in(self, node: gast.AST) -> list[str]:
        found: dict[str, None] = {}
        for child in nodes_in(node):
            if isinstance(child, gast.Name) and isinstance(child.ctx, gast.Load):
                found[child.id] = None
        bound = {n.id for n in nodes_in(node) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
        return [n for n in found if n not in bound]

    def mentions_varied(self, node: gast.AST) -> bool:
        return any(varied(self.env[n]) for n in self.names_in(node) if n in self.env) or any(
            isinstance(n, Operand) and varied(n.kind) for n in nodes_in(node)
        )

    def renamed(self, node: gast.expr) -> gast.expr:
        """The expression with its names as generated code spells them; itself if none changes."""
        changes = {}
        for name in self.names_in(node):
            kind, text = self.use_name(name)
            self.note_local_function(kind, node)
            if text != name:
                changes[name] = text
        if not changes:
            self.record_names(node)
            return node
        result = self.memo(("renamed", id(node), tuple(changes.items())), lambda: rename(node, changes))
        self.record_names(result)
        return result

    def note_local_function(self, kind: Kind, node: gast.AST) -> None:
        if isinstance(kind, LocalFunction) or any(isinstance(k, Closure) for k in options(kind)):
            raise self.refusal(
                "E304",
                "a function defined here is used in an expression that can't be followed",
                node,
                "call it, or pass it on by its name",
            )

    def record_names(self, node: gast.AST) -> None:
        for child in nodes_in(node):
            if isinstance(child, gast.Name) and child.id in self.env:
                kind = self.as_it_varies(child.id, self.env[child.id])
                self.function.kinds.setdefault(id(child), plain(kind))
                self.session.recorded[id(child)] = child

    def is_one_with(self, name: str, kind: Kind, residual: gast.expr) -> bool:
        """Does `name = other` give a list, dict or object a second name, where neither is ever bound to anything else?"""
        if not isinstance(kind, (List, Dict, Object)) or not isinstance(residual, gast.Name):
            return False
        bound, again = self.memo(("bindings",), lambda: bindings(self.tree))
        other = residual.id
        return bound.get(name) == 1 and bound.get(other) == 1 and other not in again and self.env.get(other) == kind

    # New names and statements

    def temporary(self, node: gast.AST, base: str) -> str:
        """A name for the value of this place in the text.

        An expression made anew at every pass is no place: its name is told by how many there were in the statement.
        """
        key: tuple[Any, ...] = ("temporary", id(node), base)
        if id(node) in self.session.made_anew and self.statement is not None:
            self.made_in_statement += 1
            key = ("made anew", id(self.statement), base, self.made_in_statement)
        return self.memo(key, lambda: self.names.fresh(base))

    def assign(self, name: str, value: gast.expr, kind: Kind, node: gast.AST) -> core.Assign:
        target = self.keep(name_node(name, node, store=True))
        self.record(target, kind)
        self.link(name, kind, [value])
        if not (isinstance(kind, (Object, Dict)) and isinstance(value, gast.Call)):
            self.record(value, kind)  # an object just made has a kind of its own: nothing in it varies yet
        return core.Assign(node.lineno, [target], value)

    def link(self, name: str, kind: Kind, values: list[gast.expr]) -> None:
        """What a name refers to may share memory with that of the names in these values."""
        if is_memory(kind):
            links = self.memo(("links made here",), dict)
            for other in [n for v in values for n in self.names_in(v)]:
                links.setdefault(other, set()).add(name)
                links.setdefault(name, set()).add(other)

    def hoist(self, kind: Kind, residual: gast.expr, base: str, at: gast.AST | None = None) -> gast.Name:
        """Give an expression a name, in a statement before the one at hand.  `at`: the node of that name, if the expression is made anew."""
        name = self.temporary(at or residual, base)
        begins = self.as_it_varies(name, kind)
        self.emit(self.assign(name, residual, begins, residual))
        if begins != kind:
            self.record(residual, kind)  # which may be new memory: the name alone begins to vary
        kind = self.env[name] = begins
        node = self.keep(name_node(name, residual))
        self.record(node, kind)
        return node

    def held_as(self, kind: Kind, residual: gast.expr, base: str, at: gast.AST | None = None) -> tuple[Kind, gast.expr]:
        """The same, as a value: what is known to begin to vary later does so under this name."""
        name = self.hoist(kind, residual, base, at)
        return self.env[name.id], name

    def aside(
        self, run: Callable[[], Any], narrowing: tuple[gast.expr, bool] | None = None
    ) -> tuple[Kind, gast.expr, list[core.Step]]:
        """Evaluate into a block of its own, where a test is known to hold or not."""
        block, env, dead = self.block, self.env, self.dead
        self.block, self.env = [], dict(env)
        try:
            if narrowing is not None:
                self.narrow(*narrowing)
            kind, residual = run()
            return kind, residual, self.block
        finally:
            for name, capture in [(c.name, c) for c in self.variant.captures.values()]:
                env.setdefault(name, capture.kind)
            for name, kind in self.env.items():
                known = env.get(name, kind)
                if name in self.bound_by_calls or varied(kind) and not varied(known):  # by what is stored into it
                    env[name] = self.session.joined(known, kind, "aside", name, self.copies)
            self.block, self.env, self.dead = block, env, dead

    def narrow(self, test: gast.expr, holds: bool) -> None:
        raise NotImplementedError

    def taken_first(self, values: list[tuple[Kind, gast.expr]], base: str) -> list[tuple[Kind, gast.expr]]:
        """Values that are all evaluated before the first of them is stored: parts of containers get names."""
        return [(k, self.hoist(k, r, base) if self.reads_containers(r) else r) for k, r in values]

    def reads_containers(self, residual: gast.expr) -> bool:
        """Does an expression take a part of a container, which may be another one later?"""
        return not isinstance(residual, (gast.Name, gast.Constant)) and any(
            is_container(self.env[n]) for n in self.names_in(residual) if n in self.env
        )

    def template(
        self, node: gast.AST, text: str, result: str, **holes: tuple[Kind, gast.expr]
    ) -> tuple[Kind, gast.expr]:
        """Statements in place of an expression: `text` with operands for the names in `holes`."""
        names = {}
        for hole, (kind, residual) in holes.items():
            if isinstance(residual, gast.Name) and residual.id in self.env:
                names[hole] = residual.id
            else:
                name = self.temporary(node, {"a": "items", "b": "more"}.get(hole, hole))
                self.emit(self.assign(name, residual, kind, node))
                self.env[name] = kind
                names[hole] = name
        statements, target = self.memo(
            ("template", id(node), text, tuple(names.items())), lambda: self.fill(node, text, result, names)
        )
        return self.run_statements(statements, target, node)

    def fill(self, node: gast.AST, text: str, result: str, names: dict[str, str]) -> tuple[list[gast.stmt], str]:
        tree = gast.parse(text)
        stored = {n.id for n in nodes_in(tree) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)}
        spelled = {"t": "items", "v": "value", "m": "best"}
        names = {**names, **{n: self.names.fresh(spelled.get(n, n)) for n in sorted(stored)}}
        self.local_names |= set(names.values())
        for child in nodes_in(tree):
            if isinstance(child, gast.Name) and child.id in names:
                child.id = names[child.id]
            if isinstance(child, (gast.expr, gast.stmt)):
                gast.copy_location(child, node)
        return tree.body, names[result]

    def run_statements(self, statements: list[gast.stmt], target: str, node: gast.AST) -> tuple[Kind, gast.expr]:
        raise NotImplementedError

    def comprehension_loop(self, node: Any) -> tuple[list[gast.stmt], str]:
        """The loop that a comprehension stands for; its variables get names of their own."""
        node = copy.deepcopy(node)
        bound = {n.id for g in node.generators for n in nodes_in(g.target) if isinstance(n, gast.Name)}
        changes = {n: self.names.fresh(n) for n in sorted(bound)}
        # The first iterable is evaluated outside, where the comprehension's own variables do not exist.
        target = self.names.fresh("items")
        for i, generator in enumerate(node.generators):
            for part in [generator.target, *generator.ifs, *([generator.iter] if i else [])]:
                rename_in_place(part, changes)
        dictionary = isinstance(node, gast.DictComp)
        for part in [node.key, node.value] if dictionary else [node.elt]:
            rename_in_place(part, changes)
        if dictionary:
            place = gast.Subscript(name_node(target, node), node.key, gast.Store())
            body: list[gast.stmt] = [gast.Assign([place], node.value, None)]
        else:
            append = gast.Attribute(name_node(target, node), "append", gast.Load())
            body = [gast.Expr(gast.Call(append, [node.elt], []))]
        for generator in reversed(node.generators):
            for test in reversed(generator.ifs):
                body = [gast.If(test, body, [])]
            if isinstance(generator.iter, gast.List) and len(generator.iter.elts) == 1:
                body = [gast.Assign([generator.target], generator.iter.elts[0], None), *body]
            else:
                body = [gast.For(generator.target, generator.iter, body, [], None)]
        empty: gast.expr = gast.Dict([], []) if dictionary else gast.List([], gast.Load())
        statements = [gast.Assign([name_node(target, node, store=True)], empty, None), *body]
        for statement in statements:
            for child in nodes_in(statement):
                if isinstance(child, (gast.expr, gast.stmt)) and not hasattr(child, "lineno"):
                    gast.copy_location(child, node)
        self.local_names |= {target, *changes.values()}
        return statements, target

    # Questions about steps

    def check_order(
        self, steps: list[core.Step], earlier: list[gast.expr], node: gast.AST, slots: bool = False
    ) -> None:
        """Statements hoisted out of an operand must not change what operands before it have read."""
        if any(self.disturbs(steps, e, slots) for e in earlier):
            raise self.refusal(
                "E306", "this call changes what an earlier part of the expression has read", node,
                "call it in a statement of its own, before this one",
            )  # fmt: skip

    def disturbs(self, steps: list[core.Step], earlier: gast.expr, slots: bool = False) -> bool:
        """Would an expression give something else after these steps?  A name of memory gives that memory as it is then.

        slots: another array; what is in that array is read later.
        """
        read = {n.id for n in nodes_in(earlier) if isinstance(n, gast.Name)}
        memory = {n for n in read if n in self.env and is_memory(self.env[n]) and not isinstance(earlier, gast.Name)}
        parts = self.reads_containers(earlier)
        made, along = self.made_here(steps), self.cells_along(earlier)
        for step in walk_steps(steps):
            bound = {t.id for t in getattr(step, "targets", [])}
            if any(n in self.tree_names() for n in bound & read):
                return True
            outside = set(self.changed_by(step)) - made
            if slots or isinstance(step, core.ListOp) or along is not None:
                # What is appended or taken off changes that list, and no other that holds the same things.
                reached = cells_of(self.env[m] for m in memory) if along is None else along
                changed = cells_of(self.function.kinds.get(id(p), Unknown()) for p in self.containers_changed(step))
                outside = outside if None in reached | changed or reached & changed else set()
            if (parts or not isinstance(step, core.ListOp)) and any(memory & self.sharing(n) for n in outside):
                return True
        return False

    def cells_along(self, place: gast.expr) -> set[int | None] | None:
        """The containers of which `a.b.c` asks what they hold, by the identity of their cells; None of another expression."""
        found: set[int | None] = set()
        while isinstance(place, gast.Attribute) or isinstance(place, gast.Subscript) and isinstance(place.slice, gast.Constant):
            kind = self.recorded_kind(place.value)
            if not isinstance(kind, (List, Dict, Object)):
                return None
            found.add(id(kind.cell))
            place = place.value
        return found if found and isinstance(place, gast.Name) else None

    def changed_by(self, step: core.Step) -> list[str]:
        """The names through which a step changes memory."""
        if isinstance(step, core.Call):
            changed = written(step.callee)
            return [
                n.id for i, a in enumerate(step.args) if i in changed for n in nodes_in(a) if isinstance(n, gast.Name)
            ]
        place = step.target if isinstance(step, core.Store) else step.place if isinstance(step, core.ListOp) else None
        root = tree.root(place) if place is not None else None
        return [root] if root is not None else []

    def containers_changed(self, step: core.Step) -> list[gast.expr]:
        """The containers that a step changes, or in which a function it calls may change some."""
        if isinstance(step, core.Call):
            changed = written(step.callee)
            return [a for i, a in enumerate(step.args) if i in changed]
        place = step.place if isinstance(step, core.ListOp) else None
        if isinstance(step, core.Store) and isinstance(step.target, (gast.Subscript, gast.Attribute)):
            place = step.target.value
        return [place] if place is not None else []

    def made_here(self, steps: list[core.Step]) -> set[str]:
        """The names that these steps bind to new memory."""
        return {
            s.targets[0].id for s in walk_steps(steps)
            if isinstance(s, core.Assign) and isinstance(s.value, (gast.Call, gast.List, gast.Dict)) and s.targets[0].id not in self.tree_names()
            and (not isinstance(s.value, gast.Call) or is_allocation(s.value))
        }  # fmt: skip

    def tree_names(self) -> set[str]:
        return self.memo(("tree names",), lambda: {n.id for n in nodes_in(self.tree) if isinstance(n, gast.Name)})

    def lazily(self, node: gast.expr, make: Callable[[], Any]) -> Any:
        """What an iterator does is done where it is made: it must be used up there, or change nothing."""
        own = self.memo(("identifiers",), lambda: set(identifiers(self.tree)))
        outer, before = {self.local_text(n) for n in own if n in self.env}, len(self.block)
        self.check_kept(node)
        made = make()
        steps = self.block[before:]
        bound = {t.id for s in walk_steps(steps) if isinstance(s, core.Call) for t in s.targets[1:]}
        changed = (stored_into(steps) | bound) & outer
        if changed and id(node) not in self.run_at_once:
            raise self.refusal(
                "E305", f"an iterator that changes {min(changed)!r} when it is run over, which may be later or in part",
                node, "make a list, or write a loop",
            )  # fmt: skip
        return made

    def check_kept(self, node: gast.expr) -> None:
        """What an iterator that is kept under a name gives is read where it is made: it must not be changed after that."""
        if not isinstance(self.statement, gast.Assign) or self.statement.value is not node:
            return
        changed = changed_names(self.tree)
        read = {n for n in identifiers(node) if n in changed and is_memory(self.env.get(n, Bottom()))}
        if read:
            raise self.refusal("E305", f"an iterator over {min(read)!r}, which is changed here", node, "make a list of it")

    def has_effects(self, steps: list[core.Step]) -> bool:
        """Do they call functions, or change what was there before them?"""
        found = walk_steps(steps)
        places = [s.target if isinstance(s, core.Store) else s.place for s in found if isinstance(s, (core.Store, core.ListOp))]
        return any(tree.root(p) in self.env for p in places) or any(isinstance(s, core.Call) for s in found)

    def holds_functions(self, kind: Kind) -> bool:
        members = kind.cell.members() if isinstance(kind, (List, Dict)) else [kind]
        return any(isinstance(m, (Closure, LocalFunction)) for m in members)


def cells_of(kinds: Iterable[Kind]) -> set[int | None]:
    """The containers in some values, by the identity of their cells; None if there may be others."""
    found: set[int | None] = set()

    def note(kind: Kind) -> bool:
        if isinstance(kind, (List, Dict, Object)):
            found.add(id(kind.cell))
        elif not (is_number(kind) or isinstance(kind, (Tuple, OneOf, Closure, Const, Bottom, Word, Row))):
            found.add(None)
        return False

    for kind in kinds:
        holds(kind, note)
    return found
