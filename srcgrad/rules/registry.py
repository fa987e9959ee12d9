"""Which rules are there for this function, operator, method or attribute?

`elementwise`, `rule`, `constant`, `method` and `attribute` enter a rule, under the object that it is about.  A user's is
parsed and checked at once; of the book's own, of which few are needed, only the text is noted until that object is first
looked up.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from srcgrad.rules import derive, language, texts
from srcgrad.rules.language import BindError, Rule
from srcgrad.rules.objects import act_on_loaded, find, is_there, key, resolve, when_available
from srcgrad.rules.rewriting import Method, Other, parse_method, parse_other
from srcgrad.rules.texts import Parameter, RuleError
from srcgrad.runtime import FUNCTIONS

TOPICS = (
    "arithmetic",
    "elementary",
    "math_module",
    "selection",
    "reductions",
    "products",
    "shape",
    "join",
    "creation",
    "cumulative",
    "linalg",
    "fft",
    "python",
    "others",
    "runtime_functions",
    "constants",
)
DEFINITIONS = ("reductions", "nan", "statistics", "calculus", "polynomials", "polynomial_objects", "arrays", "products", "linalg",
               "fft", "padding", "selection", "sets", "ufuncs", "random", "heaps")  # fmt: skip
# The rules of a library are read once the program has imported it: library -> topic.
LIBRARIES = {
    f"scipy.{name}": f"scipy.{name}"
    for name in (
        "special", "linalg", "stats", "fft", "signal", "integrate", "optimize", "ndimage", "interpolate", "sparse",
    )
}  # fmt: skip
# What these functions read of these arguments is the shape, not the values.
SHAPE_ONLY: dict[str, tuple[int, ...]] = {
    "np.shape": (0,),
    "np.size": (0,),
    "np.ndim": (0,),
    "len": (0,),
    "np.zeros_like": (0,),
    "np.ones_like": (0,),
    "np.empty_like": (0,),
    "np.iscomplexobj": (0,),
    "zeros_like": (0,),
    "split_like": (1,),
}
SHAPE_ATTRIBUTES = frozenset({"shape", "size", "ndim", "dtype"})


@dataclass(frozen=True)
class DataClass:
    """A class of a library whose objects are data: what is known of one is its fields.

    example: makes an object of the class out of examples of the fields, of which NumPy or SciPy can be asked what an
    operation gives.  changing: methods that change the object itself, and are refused.  data_sized: methods and
    attributes that give arrays whose sizes depend on values.  drawing: methods that draw at random, and are called once.
    """

    fields: tuple[str, ...]
    example: Callable[..., Any]
    changing: frozenset[str]
    data_sized: frozenset[str]
    drawing: frozenset[str]


class Entry:
    """The text of a rule, parsed when it is asked for."""

    __slots__ = ("text", "target", "fields", "functions", "_rule")

    def __init__(self, text: str, target: Any, fields: dict[str, Any], functions: Mapping[str, Any]) -> None:
        self.text = text
        self.target = target
        self.fields = fields
        self.functions = functions
        self._rule: Rule | None = None

    @property
    def rule(self) -> Rule:
        return self._rule or self.parse()

    def parse(self) -> Rule:
        self._rule = _parse(self)
        return self._rule


forgetting: list[Callable[[], None]] = []  # called when a rule takes the place of another
_entries: dict[Any, list[Entry]] = {}
_constants: dict[Any, Any] = {}
_definitions: dict[Any, types.FunctionType] = {}
_changing: set[types.FunctionType] = set()  # definitions of what changes its arguments
_keeping: set[types.FunctionType] = set()  # of what keeps a function that it is given
_statics: set[Any] = {max, min}
_followed: dict[Any, Any] = {}
_freezing: dict[Any, Any] = {}
_data_classes: dict[type, DataClass] = {}
_passive: set[Any] = set()
_stand_ins: set[type] = set()
_methods: dict[tuple[type, str], Method | str] = {}
_attributes: dict[tuple[type, str], Method | str] = {}
_others: dict[Any, Other | str] = {}
_keep: list[Any] = []
_entered: set[str] = set()
_loaded = False
_reading = False  # are the entries those of the book?


# Entering rules


def elementwise(
    *lines: str,
    when: str | None = None,
    tangent: str | list[str] = (),  # type: ignore[assignment]
    adjoint: str | list[str] = (),  # type: ignore[assignment]
    between: tuple[float, float] = (0.25, 0.85),
    at: str | tuple[str, ...] = (),
    shares: str | None = None,
    source: str = "",
    functions: Mapping[str, Any] | None = None,
    **partials: str,
) -> None:
    """A function that broadcasts, by its partial derivatives: `elementwise("y = np.tanh(x)", dx="1 - y ** 2")`.

    Several texts share the partials: `"z = x * y", "z = np.multiply(x, y)"`.  `between`: where its operands are tested.
    """
    fields: dict[str, Any] = dict(
        when=when, tangent=tangent, adjoint=adjoint, between=between, at=at, shares=shares, source=source,
        partials=partials, elementwise=True,
    )  # fmt: skip
    for text in lines:
        _enter(text, fields, functions)


def rule(
    *lines: str,
    tangent: str | list[str],
    adjoint: str | list[str],
    when: str | None = None,
    sequences: tuple[str, ...] = (),
    shares: str | None = None,
    sizes: str | None = None,
    lists: bool = False,
    at: str | tuple[str, ...] = (),
    source: str = "",
    expand: Callable[[Mapping[str, Any]], Rule | None] | None = None,
    functions: Mapping[str, Any] | None = None,
) -> None:
    """Any function, by its tangent and its adjoint.  `at`: lists of arguments to test it at.

    `lists`: its one result is a list; such rules are tested, but not given to the engine until it can follow that list.
    """
    fields: dict[str, Any] = dict(
        when=when, tangent=tangent, adjoint=adjoint, sequences=sequences, shares=shares, sizes=sizes, lists=lists,
        at=at, source=source, expand=expand, partials={}, elementwise=False,
    )  # fmt: skip
    for text in lines:
        _enter(text, fields, functions)


def constant(*names: str, functions: Mapping[str, Any] | None = None) -> None:
    """Functions whose derivative is zero wherever there is one, or whose result is not a number."""
    for name in names:
        _ask_for(name, functions or {}, name)
        when_available(name, functions or {}, lambda found: _constants.setdefault(key(found), found))


def definition(
    *names: str, functions: Mapping[str, Any] | None = None, changes: bool = False, keeps: bool = False
) -> Callable[[Any], Any]:
    """A decorator: the function tells in Python what another does, wherever that has no rule for its arguments.

    changes: it changes the list that it is given, and is told where nothing varies yet, too.
    keeps: it keeps the function that it is given, to call it with what varies; it is told where nothing varies yet, too.
    """

    def enter(function: Any) -> Any:
        if changes:
            _changing.add(function)
        if keeps:
            _keeping.add(function)
        for name in names:
            when_available(name, functions or {}, lambda found: _definitions.setdefault(key(found), function))
        return function

    return enter


def followed(*names: str) -> None:
    """Functions of a library that only hand over to others, and are read like the user's."""
    for name in names:
        when_available(name, {}, lambda found: _followed.setdefault(key(found), found))


def is_followed(found: Any) -> bool:
    """Is this function of a library read like the user's?"""
    load()
    return key(found) in _followed


def freezing(*names: str) -> None:
    """Calls that give an object with arguments, which its methods take after their own."""
    for name in names:
        when_available(name, {}, lambda found: _freezing.setdefault(key(found), found))


def freezes(found: Any) -> bool:
    """Does a call of this object give the object with arguments?"""
    load()
    return callable(found) and not isinstance(found, type) and key(type(found).__call__) in _freezing


def data_class(*names: str, fields: str, changing: str = "", data_sized: str = "", drawing: str = "") -> Callable[[Any], Any]:
    """A decorator of the function (class, fields) -> example object of a class whose objects are data."""

    def enter(example: Any) -> Any:
        sets = (frozenset(names.split()) for names in (changing, data_sized, drawing))
        made = DataClass(tuple(fields.split()), example, *sets)
        for name in names:
            when_available(name, {}, lambda found: _data_classes.setdefault(found, made))
        return example

    return enter


def passive(*names: str) -> None:
    """Functions without a derivative that are pure: what they give of what does not vary is asked of examples."""
    for name in names:
        when_available(name, {}, lambda found: _passive.add(key(found)))


def is_passive(found: Any) -> bool:
    """Is this function known to be pure, and to have no derivative?  So are the classes of data."""
    load()
    return key(found) in _passive or (isinstance(found, type) and data_class_of(found) is not None)


def data_class_of(cls: Any) -> DataClass | None:
    """What is known of the objects of a class of a library, if they are data."""
    load()
    return next((_data_classes[c] for c in getattr(cls, "__mro__", ()) if c in _data_classes), None)


def stand_in(cls: Any) -> Any:
    """A decorator: a NamedTuple that stands for an object of a library which is made of differentiable values.

    Its methods tell those of the object; in generated code it is a plain tuple.
    """
    _stand_ins.add(cls)
    return cls


def is_stand_in(cls: Any) -> bool:
    """Is this class one that stands for a library's?"""
    return cls in _stand_ins


def static(function: Any) -> Any:
    """A decorator: a function of numbers of axes and the like, which is called when generating."""
    _statics.add(function)
    return function


def is_static(found: Any) -> bool:
    """Is this function called when generating, if its arguments are known then?"""
    return found in _statics


def method(pattern: str, value: str, cls: type = np.ndarray) -> None:
    """A method is a function: `method("x.sum(axis=None)", "np.sum(x, axis=axis)")`; what is left out stays out."""
    name = pattern.partition(".")[2].partition("(")[0]
    _methods[cls, name] = f"{pattern}={value}"


def attribute(pattern: str, value: str, cls: type = np.ndarray) -> None:
    """An attribute is a function: `attribute("x.T", "np.transpose(x)")`."""
    _attributes[cls, pattern.partition(".")[2]] = f"{pattern}()={value}"


def same(pattern: str, value: str) -> None:
    """A function is another: `same("np.add.reduce(array, axis=0)", "np.sum(array, axis=axis)")`.

    What is left out stays out, unless the default of the other one differs.
    """

    def enter(found: Any) -> None:
        _keep.append(found)
        _others[key(found)] = f"{pattern}={value}"

    when_available(pattern.partition("(")[0], {}, enter)


def _enter(text: str, fields: dict[str, Any], functions: Mapping[str, Any] | None) -> None:
    right = text.partition("=")[2].strip()
    name = texts.callee(right)
    functions = functions or {}
    if name is None:
        symbol = texts.operator_of(right) if right else ""
        if symbol not in texts.OPERATORS:
            raise RuleError(f"{text}: this is not the call of a function, `y = f(x)`")
        _entries.setdefault(symbol, []).append(_made(text, symbol, fields, functions))
        return

    def enter(found: Any) -> None:
        made = _made(text, found, fields, functions)
        _keep.append(found)
        entries = _entries.setdefault(key(found), [])
        again = [i for i, e in enumerate(entries) if e.text == text and e.fields["when"] == fields["when"]]
        if again and not any(f.get("expand") for f in (fields, *(entries[i].fields for i in again))):
            # a rule corrected in a notebook
            entries[again[0]] = made
            for forget in forgetting:
                forget()
        else:
            entries.append(made)

    _ask_for(name, functions, text)
    when_available(name, functions, enter)


def _made(text: str, target: Any, fields: dict[str, Any], functions: Mapping[str, Any]) -> Entry:
    entry = Entry(text, target, fields, functions)
    if not _reading:
        entry.parse()
    return entry


def _ask_for(name: str, functions: Mapping[str, Any], text: str) -> None:
    """A function that a user names must be there; those of the book need not be, in every version of a library."""
    if not _reading and name not in functions and not is_there(name):
        raise RuleError(f"{text}: there is no function {name}; say what it is, with functions={{{name!r}: ...}}")


# Looking up


def rules_for(found: Any) -> tuple[Rule, ...] | None:
    """The rules of a callable, to be tried in order; None if it has none."""
    load()
    entries = _entries.get(found if isinstance(found, str) else key(found))
    rules = [entry.rule for entry in entries or () if not entry.fields.get("lists")]
    return tuple(rules) or None


def operator_rules(symbol: str) -> tuple[Rule, ...] | None:
    """The rules of an operator: "+", "@", "unary -"."""
    return rules_for(symbol)


def is_constant(found: Any) -> bool:
    """Is the derivative of this callable zero, or its result nothing to differentiate?"""
    load()
    return key(found) in _constants


def definition_for(found: Any) -> types.FunctionType | None:
    """The Python function that tells what a callable does."""
    load()
    return _definitions.get(key(found))


def is_changing(definition: types.FunctionType) -> bool:
    """Does it change what it is given?"""
    return definition in _changing


def is_keeping(definition: types.FunctionType) -> bool:
    """Does it keep the function that it is given?"""
    return definition in _keeping


def other_for(found: Any) -> Other | None:
    """The function that a callable is a call of."""
    load()
    other = _others.get(key(found))
    if isinstance(other, str):
        other = _others[key(found)] = parse_other(other)
    return other if other is not None and find(other.path) is not None else None


def known_keywords(found: Any) -> frozenset[str]:
    """The keywords that some rule of this callable knows."""
    return frozenset(
        p.name for rule in rules_for(found) or () for p in rule.parameters if p.kind in ("standard", "keyword")
    )


def method_for(cls: type, name: str) -> Method | None:
    """What function a method of a class is."""
    return _rewriting(_methods, cls, name)


def attribute_for(cls: type, name: str) -> Method | None:
    """What function an attribute of a class is."""
    return _rewriting(_attributes, cls, name)


def _rewriting(table: dict[tuple[type, str], Method | str], cls: type, name: str) -> Method | None:
    load()
    for ancestor in cls.__mro__:
        found = table.get((ancestor, name))
        if found is not None:
            if isinstance(found, str):
                found = table[ancestor, name] = parse_method(found)
            # Not every version of NumPy has every function.
            return found if find(texts.path_of(found.value.func)) is not None else None
    return None


def methods() -> set[tuple[type, str]]:
    """The methods that are known, each with its class."""
    load()
    return set(_methods)


def load() -> None:
    """Enter the rules of the topics, once; and those of other libraries, once they are imported."""
    global _loaded, _reading
    topics = [] if _loaded else [*TOPICS, *(f"definitions.{topic}" for topic in DEFINITIONS)]
    libraries = [name for name in LIBRARIES if name in sys.modules and name not in _entered]
    _loaded = True
    _entered.update(libraries)
    outer, _reading = _reading, True
    try:
        for topic in [*topics, *(LIBRARIES[library] for library in libraries)]:
            importlib.import_module(f"srcgrad.rules.{topic}")
        act_on_loaded()
    finally:
        _reading = outer


def texts_of(found: Any) -> list[tuple[str, dict[str, Any]]]:
    """The rules of a callable as they were entered: the text of each, and what was said of it."""
    return [(entry.text, entry.fields) for entry in _entries[key(found)]]


def all_rules() -> list[Rule]:
    """Every rule there is, for the tests."""
    load()
    return [entry.rule for entries in _entries.values() for entry in entries]


# Parsing


def build(text: str, tangent: str | list[str], adjoint: str | list[str], shares: str | None = None) -> Rule:
    """A rule that is entered nowhere: what `expand=` returns."""
    fields: dict[str, Any] = dict(
        when=None, tangent=tangent, adjoint=adjoint, partials={}, elementwise=False, at=(), shares=shares, source=""
    )
    name = texts.callee(text.partition("=")[2].strip())
    assert name is not None, "an expanded rule is about a call"
    return Entry(text, resolve(name), fields, {}).rule


def _parse(entry: Entry) -> Rule:
    fields = entry.fields
    outputs, right = texts.split(entry.text)
    try:
        symbol, parameters = texts.pattern(right)
        partials = {name[1:]: texts.expression(text) for name, text in fields["partials"].items()}
        when = texts.expression(fields["when"]) if fields["when"] else None
        tangent, adjoint = texts.statements(fields["tangent"]), texts.statements(fields["adjoint"])
    except SyntaxError as error:
        raise RuleError(f"{entry.text}: {error}") from error
    if partials:
        tangent, adjoint = derive.elementwise_statements(outputs, partials)
    if symbol is None and _by_position_only(entry.target):
        parameters = tuple(replace(p, kind="positional") if p.kind == "standard" else p for p in parameters)
    at = fields["at"]
    found = Rule(
        text=entry.text,
        outputs=outputs,
        target=entry.target,
        parameters=parameters,
        operands=tuple(p.name for p in parameters if _is_operand(p.name, partials, tangent, adjoint)),
        sequences=fields.get("sequences", ()),
        when=when,
        tangent=tangent,
        adjoint=adjoint,
        partials=partials,
        elementwise=fields["elementwise"],
        shares=fields["shares"],
        sizes=fields.get("sizes"),
        at=(at,) if isinstance(at, str) else tuple(at),
        between=fields.get("between", (0.25, 0.85)),
        source=fields["source"],
        expand=fields.get("expand"),
    )
    return language.check(found, {**entry.functions, **FUNCTIONS})


def _is_operand(name: str, partials: Mapping[str, Any], tangent: tuple[Any, ...], adjoint: tuple[Any, ...]) -> bool:
    if name in partials:
        return True
    targets = [target for s in adjoint for target in getattr(s, "targets", None) or [s.target]]
    return f"{name}_bar" in {target.id for target in targets}


def _by_position_only(target: Any) -> bool:
    if isinstance(target, np.ufunc):
        return True
    return isinstance(target, types.BuiltinFunctionType) and target.__module__ in ("math", "_operator")


__all__ = [
    "BindError",
    "Method",
    "Parameter",
    "Rule",
    "RuleError",
    "SHAPE_ATTRIBUTES",
    "SHAPE_ONLY",
    "all_rules",
    "attribute",
    "attribute_for",
    "constant",
    "data_class",
    "data_class_of",
    "definition",
    "definition_for",
    "elementwise",
    "followed",
    "freezes",
    "freezing",
    "is_constant",
    "is_followed",
    "is_passive",
    "is_keeping",
    "is_stand_in",
    "is_static",
    "known_keywords",
    "method",
    "method_for",
    "methods",
    "operator_rules",
    "passive",
    "other_for",
    "resolve",
    "rule",
    "rules_for",
    "same",
    "stand_in",
    "static",
    "texts_of",
]
