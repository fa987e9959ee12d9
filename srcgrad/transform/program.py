"""What is known of the function being reversed?  Its steps (our own copies), kinds, names and adjoints' names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import gast

from srcgrad import runtime
from srcgrad.analysis.generated import Generated, sizes_of
from srcgrad.analysis.infer import Inference
from srcgrad.analysis.kinds import (
    Array,
    Const,
    Kind,
    Number,
    Size,
    Unknown,
    is_container,
    is_memory,
    is_number,
    is_scalar,
    join_all,
    widen,
)
from srcgrad.lang import core, names, tree
from srcgrad.lang.core import blocks_of, bound_names, copy_steps, walk
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.rewriting import trees_of
from srcgrad.rules.objects import modules
from srcgrad.transform.indices import as_object


@dataclass
class Question:
    """A shape asked of an expression, to be answered by a name of the same shape."""

    kind: Kind
    expression: gast.expr


@dataclass(eq=False)
class Program:
    """One function under transformation."""

    function: core.Function
    infer: Inference
    names: names.Names
    kinds: Generated = field(init=False)
    bars: dict[str, str] = field(default_factory=dict)
    shadows: set[str] = field(default_factory=set)  # names whose adjoint is only ever updated in place
    questions: dict[str, Question] = field(default_factory=dict)
    parameters: set[str] = field(init=False)
    modules: dict[str, str] = field(default_factory=dict)  # name in rules -> name in this function
    definitions: dict[str, list[Kind]] = field(default_factory=dict)  # the different kinds that a name is given
    position: dict[str, int] = field(default_factory=dict)  # of a name, in the order of first definitions
    rebound: set[str] = field(default_factory=set)  # names with more than one definition
    namespace: dict[str, Any] = field(default_factory=dict)  # what global names mean in any function of the family
    globals: dict[str, Any] = field(default_factory=dict)
    counter: int = 0
    pair: bool = False  # split in f_forward and f_backward
    scatters: bool = False  # what arrays of integers select is added to by `add_at`
    speed: bool = False  # what is faster is preferred to what reads better
    public: bool = False  # a pair whose seed is not made here
    certain: set[str] = field(default_factory=set)  # names that are bound when the function ends
    unread: str = "_"  # the name of what nobody reads

    def __post_init__(self) -> None:
        self.parameters = {p.id for p in self.function.params}
        trees = [t for step in walk(self.function.steps) for t in trees_of(step)]
        if any(n.id == "_" and isinstance(n.ctx, gast.Load) for n in nodes_in(*trees) if isinstance(n, gast.Name)):
            self.unread = self.names.fresh("unread")
        own = self.parameters | {n.id for s in walk(self.function.steps) for n in bound_names(s)}
        libraries = modules()
        wanted = {**libraries, **runtime.FUNCTIONS}
        for base, value in wanted.items():
            bound = self.function.namespace.get(base, self.namespace.get(base))
            free = base not in own and (bound is value or (bound is None and base not in self.names.used))
            self.modules[base] = base if free else self.names.fresh(base)
            self.names.used.add(self.modules[base])
        self.globals = {text: wanted[base] for base, text in self.modules.items()}
        self.kinds = Generated(self.function, self.infer, self.globals)
        self.kinds.lookup = self.known_kind
        for param in self.function.params:
            self.define(param)
        self.certain = set(self.definitions) | {
            n.id for s in self.function.steps if not blocks_of(s) for n in bound_names(s)
        }
        for step in walk(self.function.steps):
            for node in bound_names(step):
                self.define(node)

    def known_kind(self, name: str) -> Kind | None:
        return self.kind_of_name(name) if name in self.definitions else None

    def define(self, node: gast.Name) -> None:
        kind, kinds = self.kinds.of(node), self.definitions.get(node.id)
        if kinds is None:
            self.define_only(node.id, kind)
            return
        self.rebound.add(node.id)
        if kind not in kinds:
            kinds.append(kind)

    def define_only(self, name: str, kind: Kind) -> None:
        """The name is given one kind, by one definition."""
        self.definitions[name] = [kind]
        self.position.setdefault(name, len(self.position))

    # Names

    @property
    def np(self) -> gast.Name:
        return tree.name(self.modules["np"])

    def numpy(self, function: str, *args: gast.expr, **keywords: gast.expr) -> gast.Call:
        return tree.call(tree.attribute(self.np, function), *args, **keywords)

    def zeros(self, place: gast.expr, kind: Array) -> gast.expr:
        """Zeros like an array; real ones for integers, and where it may be one of these, or a number."""
        if kind.exact and kind.dtype.kind in "fc":
            made = self.numpy("zeros_like", place)
        elif kind.exact or kind.dtype == float:
            shape = tree.attribute(place, "shape") if kind.exact else self.numpy("shape", place)
            made = self.numpy("zeros", shape)
        elif kind.dtype.kind == "c":
            made = self.numpy("zeros", self.numpy("shape", place), tree.name("complex"))
        else:
            made = self.helper("zeros_like", place)
        return self.kinds.record(made, kind)

    def update(self, place: gast.expr, op: str, value: gast.expr) -> gast.stmt:
        """`x[i] += v`, or `np.add.at(x, i, v)`, which adds as often as i selects an element."""
        if not op.endswith("at"):
            return tree.augment(place, op, value)
        assert isinstance(place, gast.Subscript), "elements are added to"
        function = tree.attribute(tree.attribute(self.np, "add" if op == "+at" else "subtract"), "at")
        return tree.statement(tree.call(function, place.value, as_object(place.slice), value))

    def global_name(self, base: str, value: Any) -> str:
        """A name in this function for an object of the user's."""
        known = {**self.namespace, **self.function.namespace, **self.globals}
        name = next((n for n, v in known.items() if v is value), None) or self.names.fresh(base)
        self.globals[name] = value
        return name

    def helper(self, function: str, *args: gast.expr, **keywords: gast.expr) -> gast.Call:
        return tree.call(self.modules[function], *args, **keywords)

    def bar(self, name: str) -> str:
        if name not in self.bars:
            self.bars[name] = self.names.fresh(names.bar(name))
        return self.bars[name]

    def placeholder(self, base: str) -> str:
        """A name to be spelled later: `base`, if that is free where it stands."""
        self.counter += 1
        return f"{base}·{self.counter}"

    def is_local(self, name: str) -> bool:
        return name in self.definitions or "·" in name

    # Kinds of variables

    def kind_of_name(self, name: str) -> Kind:
        """The join over all definitions of a name."""
        kinds = self.definitions.get(name, [])
        return kinds[0] if len(kinds) == 1 else join_all([self.with_known_sizes(k) for k in kinds])

    def with_known_sizes(self, kind: Kind) -> Kind:
        """The kind, with one symbol for sizes that are known to be equal."""
        if not isinstance(kind, Array) or not kind.sizes:
            return kind
        return replace(kind, sizes=tuple(map(self.infer.facts.canonical, kind.sizes)))

    def is_integer(self, name: str) -> bool:
        kind = widen(self.kind_of_name(name))
        return isinstance(kind, Number) and kind.dtype.kind in "iu"

    def sizes(self, kind: Kind) -> tuple[Size, ...] | None:
        return sizes_of(kind, self.infer)

    def has_name_of(self, sizes: tuple[Size, ...]) -> bool:
        """Is there a variable of these sizes?"""
        return any(self.sizes(self.kind_of_name(name)) == sizes for name in self.definitions)

    def is_stable(self, name: str) -> bool:
        """Has every definition of the name the same shape, in every iteration, and if it is an array the same dtype?"""
        kinds = self.definitions.get(name, [])
        if name not in self.rebound and self.is_parameter(name):
            return isinstance(kinds[0], (Array, Number))
        found = {self.sizes(k) if isinstance(k, (Array, Number, Const)) else None for k in kinds}
        if len(found) != 1 or None in found or (self.pair and name not in self.certain):
            return False
        if len({k.dtype for k in kinds if isinstance(k, Array)}) > 1:
            return False
        return not any(self.varies(s) for s in found.pop() or ())

    def varies(self, size: Size) -> bool:
        """May the size differ between two passes through a loop or two calls?"""
        return size.symbol == "*" or self.infer.facts.owned_by(size)

    def is_parameter(self, name: str) -> bool:
        return name in self.parameters

    def stable_names(self) -> set[str]:
        return {n for n in self.definitions if self.is_stable(n)}

    def is_grown(self, node: gast.AST) -> bool:
        """Does the expression read a variable that is a number in some runs and an array in others?"""
        for read in tree.name_nodes(node):
            kinds, here = self.definitions.get(read.id, []), self.kinds.of(read)
            if isinstance(here, Array) and here.exact and here.sizes is not None:
                continue  # an array where it is read, whatever the name stands for elsewhere
            if any(is_scalar(k) for k in kinds) and any(isinstance(k, Array) and k.sizes != () for k in kinds):
                return True
        return False

    def is_scalar(self, name: str) -> bool:
        return all(is_scalar(k) for k in self.definitions.get(name, [Unknown()]))

    def is_memory(self, name: str) -> bool:
        return any(is_memory(k) for k in self.definitions.get(name, [Unknown()]))

    def takes_structures(self, place: gast.expr, local: bool) -> bool:
        """Is what is contributed to a place added by `add_to`, since the place may hold a container, or what is real?"""
        named, kind = isinstance(place, gast.Name) and not local and self.is_structure(place.id), self.kinds.of(place)
        in_container = isinstance(place, gast.Subscript) and not isinstance(self.kinds.of(place.value), Array)
        may_be_real = in_container and isinstance(kind, Array) and kind.dtype.kind == "c" and not kind.exact
        return named or may_be_real or not is_number(kind)

    def is_structure(self, name: str) -> bool:
        """Must its adjoint be added by `add_to`: a container, or a number on some ways only?"""
        return not all(is_number(k) for k in self.definitions.get(name, []))

    def is_container(self, name: str) -> bool:
        return any(is_container(k) for k in self.definitions.get(name, []))

    def heading(self, step: core.Step) -> str:
        return self.function.headings.get(step.lineno, "")


__all__ = ["Program", "Question", "blocks_of", "bound_names", "copy_steps", "walk"]
