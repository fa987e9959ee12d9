"""What is shared by all functions that one call of the tool specialises?  Facts, cells, variants, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from srcgrad.analysis.facts import ANY, Facts
from srcgrad.analysis.infer import Inference
from srcgrad.analysis.kinds import (
    Array,
    Bottom,
    Cell,
    Closure,
    Const,
    Dict,
    Kind,
    List,
    Number,
    Object,
    OneOf,
    Size,
    Tuple,
    Unknown,
    join,
    join_keys,
    set_varied,
)
from srcgrad.analysis.passes import Passes
from srcgrad.lang import core
from srcgrad.lang.names import Names

MAX_FUNCTIONS = 100_000  # of one session, so that no two functions have one number
Same = tuple[tuple[str, str], ...]  # parameters that are given the object that another one is given


@dataclass(eq=False)
class Capture:
    """Data that a function reads from a cell, a global or a default: in generated code it is a parameter."""

    path: str
    kind: Kind
    name: str


@dataclass(eq=False)
class Variant:
    """A user's function specialised to the kinds of its arguments."""

    function: core.Function
    result: Kind = field(default_factory=Bottom)
    captures: dict[str, Capture] = field(default_factory=dict)
    kept: list[int] = field(default_factory=list)  # positions of the arguments that remain parameters
    nonlocals: list[str] = field(default_factory=list)
    done: bool = False
    recursive: bool = False
    waits_for: list[Variant] = field(default_factory=list)  # unfinished functions whose results it has seen
    raises: bool = False
    returns: int | None = (
        None  # the parameter that the function returns as it was given, which it then leaves to the caller
    )
    varied_params: set[str] = field(default_factory=set)  # arrays that the function makes vary by a store


class Session:
    """One specialisation, from the arguments of a call to core functions."""

    def __init__(self, facts: Facts | None = None, passes: Passes | None = None) -> None:
        self.facts = facts or Facts()
        self.passes = passes or Passes()
        self.facts.sessions += 1
        self.first = (self.facts.sessions - 1) * MAX_FUNCTIONS  # the number of the first function it specialises
        self.infer = Inference(self.facts)
        self.variants: dict[Any, Variant] = {}
        self.stack: list[Variant] = []  # the functions being specialised, the innermost last
        self.clock = [0]
        self.lifted: dict[str, Kind] = {}
        self.shared: dict[int, tuple[str, Kind]] = {}
        self.in_two_places: dict[int, tuple[str, str]] = {}  # cell of a container given twice -> two paths to it
        self.telling: list[Any] = []  # the definitions of library functions that are being followed
        self.alive: list[Any] = []  # objects whose identity is used as a key
        self.made_anew: set[int] = set()  # identities of expressions that a pass makes for itself
        self.recorded: dict[int, gast.AST] = {}  # expressions that have a kind, by identity
        self.names_taken: dict[str, int] = {}
        self.stored: set[str] = set()
        self.computed: list[tuple[Object, str]] = []  # attributes that __getattr__ was asked for
        self.filled: list[tuple[Object, str]] = []  # attributes that objects hold here, and their classes there
        self.numbers: dict[int, int] = {}  # of the functions being specialised, by identity: the same at every pass
        self.begin_to_vary: dict[int, set[str]] = {}  # number -> names that vary by a store seen through another
        self.memo: dict[Any, Any] = {}  # what was made for a place in the text, the same at every pass
        self.names: dict[int, Names] = {}  # by number of a function: those given at one pass are taken at the next
        self.variant_numbers: dict[Any, int] = {}
        self.previous: dict[Any, Any] = {}  # variant -> its result and captures at the last pass
        self.main_captures: dict[str, Capture] = {}
        self.globals: dict[str, Any] = {"np": None}  # name in generated code -> what it stands for
        self.grown: dict[int, set[str]] = {}  # number -> names that start as a number and become an array
        self.definitions: dict[int, Any] = {}  # of functions, by identity
        self.pure_calls: dict[
            int, core.Call
        ] = {}  # expression -> the call as a step, of a function that stores into nothing
        self.derivatives: dict[Any, Any] = {}  # those called inside the program, by function and kinds
        self.tags: list[str] = []
        self.perhaps: dict[int, Any] = {}  # identity of an argument `d[k]` from `**d` -> k and d, which may lack it
        self._cells: dict[Any, Cell] = {}

    def names_of(self, number: int, tree: gast.FunctionDef) -> Names:
        """The names of a function.  What was named at an earlier pass keeps its name, so it must not be given again."""
        if number not in self.names:
            self.names[number] = Names.of(tree)
        return self.names[number]

    def tag(self, definition: Any) -> None:
        """From now on a function is told from others, and from None, by the word that its value begins with."""
        if not definition.tag:
            name, count = definition.name.strip("_") or "function", 1
            definition.tag = name
            while definition.tag in self.tags:
                count += 1
                definition.tag = f"{name}_{count}"
            self.tags.append(definition.tag)
            self.clock[0] += 1

    def shared_memo(self, key: Any, make: Callable[[], Any]) -> Any:
        """Something made once for all functions."""
        if key not in self.memo:
            self.memo[key] = make()
        return self.memo[key]

    def cell(self, *key: Any) -> Cell:
        """The cell of what is created at this place."""
        if key not in self._cells:
            self._cells[key] = self.new_cell()
        return self._cells[key].root()

    def new_cell(self) -> Cell:
        return Cell(clock=self.clock)

    @property
    def version(self) -> int:
        """Goes on when anything more is known of a cell."""
        return self.clock[0]

    # Cells only grow

    def put_item(
        self, cell: Cell, kind: Kind, position: int | None = None, key: Kind = Unknown()  # noqa: B008
    ) -> None:
        """A list holds `kind`, at a position if it is known and told apart; a dict, by a key of this kind."""
        kind, cell = self.loosen(kind), cell.root()
        key = join_keys(cell, key)
        if key != cell.key:
            self.clock[0] += not isinstance(cell.key, Bottom)
            cell.key = key
        if cell.items is not None and position is not None and -len(cell.items) <= position < len(cell.items):
            self._grow(
                cell,
                cell.items[position],
                kind,
                lambda k: cell.items.__setitem__(position, k),  # type: ignore[index]
            )  # type: ignore[union-attr]
            return
        self._grow(cell, cell.item, kind, lambda k: setattr(cell, "item", k))

    def merge_items(self, cell: Cell) -> None:
        """From now on the positions of a list are not told apart: its length changes."""
        cell.whole = False
        if cell.items is not None:
            items, cell.items, cell.length = cell.items, None, None
            self.clock[0] += 1
            for kind in items:
                self.put_item(cell, kind)

    def put_key(self, cell: Cell, key: Any, kind: Kind) -> None:
        kind = self.loosen(kind)
        if key not in cell.keys:
            cell.keys[key] = kind
            self.clock[0] += 1
            return
        self._grow(cell, cell.keys[key], kind, lambda k: cell.keys.__setitem__(key, k))

    def put_new_key(self, cell: Cell, key: Any, kind: Kind) -> None:
        """A store by key: if the key is a new one, it is there only from now on."""
        if key not in cell.keys:
            self.unsettle(cell)
        self.put_key(cell, key, kind)

    def unsettle(self, cell: Cell) -> None:
        """From now on the keys of a dict may be there or not."""
        if cell.whole:
            cell.whole = False
            self.clock[0] += 1

    def _grow(self, cell: Cell, old: Kind, kind: Kind, write: Callable[[Kind], None]) -> None:
        old = self.settled(old)
        new = self._join(old, kind, lambda _, x, y: self.facts.met(x, y) or ANY)
        if new != old:
            write(new)
            self.clock[0] += 1

    # Sizes that belong to a loop or a call

    def loosen(self, kind: Kind) -> Kind:
        """A kind as it may be kept in a cell: sizes seen inside a loop or call differ from element to element."""
        return self.map_sizes(kind, lambda size, _: ANY if self.facts.owned_by(size) else size)

    def loosen_all(self, kind: Kind) -> Kind:
        """A kind whose sizes say nothing: one of many elements."""
        return self.map_sizes(kind, lambda size, _: size if size.symbol is None else ANY)

    def told_apart(self, kind: Kind, *site: Any) -> Kind:
        """A kind read from a cell: each size that differs between elements gets a symbol of this place."""
        return self.map_sizes(kind, lambda size, path: self.facts.fresh("read", *site, path) if size == ANY else size)

    def escaping(self, kind: Kind, scope: Any, *owner: Any) -> Kind:
        """A kind carried out of a loop's iteration or a call: sizes first seen there become the owner's."""
        return self.map_sizes(
            kind, lambda size, path: self.facts.fresh(*owner, path) if self.facts.owned_by(size, scope) else size
        )

    def map_sizes(self, kind: Kind, change: Callable[[Size, Any], Size], path: tuple[Any, ...] = ()) -> Kind:
        if isinstance(kind, Array) and kind.sizes:
            sizes = tuple(change(self.facts.canonical(s), (*path, i)) for i, s in enumerate(kind.sizes))
            count = kind.selects and self.facts.canonical(kind.selects)
            kept = count is None or change(count, path) == count
            same = sizes == kind.sizes and kept
            return kind if same else replace(kind, sizes=sizes, selects=kind.selects if kept else None)
        if isinstance(kind, Number) and kind.size is not None:
            size = change(self.facts.canonical(kind.size), path)
            return replace(kind, size=size if size == self.facts.canonical(kind.size) else None)
        if isinstance(kind, Tuple):
            items = tuple(self.map_sizes(k, change, (*path, i)) for i, k in enumerate(kind.items))
            return replace(kind, items=items) if items != kind.items else kind
        if isinstance(kind, OneOf):
            return OneOf(tuple(self.map_sizes(k, change, (*path, i)) for i, k in enumerate(kind.options)))
        if isinstance(kind, Closure):
            captured = tuple((n, self.map_sizes(k, change, (*path, n))) for n, k in kind.captured)
            return replace(kind, captured=captured)
        return kind

    def together(self, kinds: list[Kind]) -> Kind:
        """One of these, whichever: lists among them, wherever they were made, are no longer told apart."""
        found: Kind = Bottom()
        for kind in kinds:
            found = self._join(found, kind, lambda _, x, y: self.facts.met(x, y) or ANY)
        return found

    def joined(self, a: Kind, b: Kind, *owner: Any) -> Kind:
        """The join of two kinds of one variable; a size in which they differ becomes the owner's."""
        return self._join(a, b, lambda axis, x, y: self.facts.met(x, y) or self.facts.fresh("join", *owner, axis))

    def joined_again(self, a: Kind, b: Kind, *owner: Any) -> Kind:
        """The join of the kinds that a variable has before a loop and after a turn: most often of one shape."""

        def size(axis: Any, x: Size, y: Size) -> Size:
            return self.facts.canonical(x) if self.facts.equal(x, y) else self.facts.fresh("join", *owner, axis)

        return self._join(a, b, size)

    def _join(self, a: Kind, b: Kind, size: Any) -> Kind:
        return join(self.settled(a), self.settled(b), size)

    def settled(self, kind: Kind) -> Kind:
        """A kind of which the sizes were learnt to be equal to others, or numbers, since it was kept."""
        return self.map_sizes(kind, lambda size, _: size)


def plain(kind: Kind) -> Kind:
    """The kind of the value in generated code: a closure is the tuple of what it captured, after its tag if it has one."""
    if isinstance(kind, Closure):
        tag = (Const(kind.definition.tag),) if kind.definition.tag else ()
        return Tuple((*tag, *(plain(k) for _, k in kind.captured)))
    if isinstance(kind, Tuple):
        return replace(kind, items=tuple(plain(k) for k in kind.items))
    if isinstance(kind, OneOf):
        return OneOf(tuple(plain(k) for k in kind.options))
    return kind


def is_function_value(kind: Kind) -> bool:
    """A value that is known when generating and needs no parameter: a function, class or module."""
    if type(kind).__name__ == "LocalFunction":
        return True
    return isinstance(kind, Const) and (callable(kind.value) or type(kind.value).__name__ == "module")


def name_node(name: str, like: gast.AST, store: bool = False) -> gast.Name:
    node = gast.Name(name, gast.Store() if store else gast.Load(), None, None)
    return gast.copy_location(node, like)


def constant_node(value: Any, like: gast.AST) -> gast.Constant:
    return gast.copy_location(gast.Constant(value, None), like)


def only_varied(kind: Kind, flag: bool, clock: list[int] | None = None, taken: dict[Any, Cell] | None = None) -> Kind:
    """The kind of an argument of an inner derivative: all its floats vary, or none; containers are taken anew.

    clock: that of the session for which they are taken.  taken: the containers that were, by the cells they had.
    """
    taken = {} if taken is None else taken

    def inside(part: Kind) -> Kind:
        return only_varied(part, flag, clock, taken)

    if isinstance(kind, Tuple):
        return replace(kind, items=tuple(map(inside, kind.items)))
    if isinstance(kind, OneOf):
        return OneOf(tuple(map(inside, kind.options)))
    if isinstance(kind, Closure):
        return replace(kind, captured=tuple((name, inside(k)) for name, k in kind.captured))
    if isinstance(kind, (List, Dict, Object)):
        old = kind.cell
        if (id(old), flag) in taken:
            return replace(kind, made=taken[id(old), flag])
        cell = taken[id(old), flag] = Cell(length=old.length, whole=old.whole, clock=clock or old.clock)
        cell.display, cell.linked = old.display, old.linked
        cell.items = None if old.items is None else [inside(k) for k in old.items]
        cell.keys = {key: inside(k) for key, k in old.keys.items()}
        cell.item, cell.key = inside(old.item), old.key
        if old.read is not None:
            cell.read = lambda name: None if (found := old.read(name)) is None else inside(found)
        return replace(kind, made=cell)
    if isinstance(kind, Const) and not flag:
        return kind
    return set_varied(kind, flag)


def content(kind: Kind, above: tuple[int, ...] = ()) -> Any:
    """All that is known of a value by now, to compare: kinds of containers are equal if they are of one place."""
    if isinstance(kind, (Tuple, OneOf)):
        parts = kind.items if isinstance(kind, Tuple) else kind.options
        return type(kind), getattr(kind, "cls", None), tuple(content(k, above) for k in parts)
    if isinstance(kind, Closure):
        return id(kind.definition), tuple((name, content(k, above)) for name, k in kind.captured)
    if isinstance(kind, (List, Dict, Object)):
        cell = kind.cell
        if id(cell) in above:
            return above.index(id(cell))
        above = (*above, id(cell))
        items = None if cell.items is None else tuple(content(k, above) for k in cell.items)
        keys = tuple((key, content(k, above)) for key, k in cell.keys.items())
        return type(kind), id(cell), items, keys, content(cell.item, above), cell.length, cell.whole
    return kind
