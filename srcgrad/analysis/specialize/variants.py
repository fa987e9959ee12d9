"""Which variant of a function serves a call?  One for each combination of kinds."""

from __future__ import annotations

import types
from dataclasses import replace
from typing import Any

from srcgrad.analysis.kinds import Closure, Dict, Kind, List, Number, OneOf, Row, Tuple, row_of, widen
from srcgrad.analysis.specialize.definitions import Definition
from srcgrad.analysis.specialize.library import normal_form
from srcgrad.analysis.specialize.lift import guard_code
from srcgrad.analysis.specialize.session import Same, Variant
from srcgrad.errors import SrcgradError
from srcgrad.lang import core
from srcgrad.lang.accept import accept
from srcgrad.lang.source import source_of


def definition_of(session: Any, function: types.FunctionType) -> Definition:
    """The definition of a real function, if it may be followed."""
    source = source_of(function)
    accept(source, function.__globals__)
    guard_code(session, function)
    closure = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    name = session.facts.name_value(function, function.__name__.strip("<>"))
    defaults = {}
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    values = function.__defaults__ or ()
    for i, (parameter, value) in enumerate(zip(reversed(positional), reversed(values)), 1):
        defaults[parameter] = (f"{name}.__defaults__[-{i}]", value)
    for parameter, value in (function.__kwdefaults__ or {}).items():
        defaults[parameter] = (f"{name}.__kwdefaults__[{parameter!r}]", value)
    tree = normal_form(source, function.__globals__)
    owner = None
    if "__class__" in closure:
        owner = closure["__class__"].cell_contents
    own_name = function.__name__ if "__wrapped__" in function.__dict__ else ""
    return Definition(
        own_name if own_name.isidentifier() else source.name,  # a wrapper goes by the name of what it wraps
        tree,
        source,
        function.__globals__,
        closure,
        defaults=defaults,
        owner=owner,
        key=("function", id(function)),
        generated=is_ours(function),
    )


def is_ours(function: types.FunctionType) -> bool:
    """A derivative, or a part of a definition: no file imports these, their text stands in the one that calls them."""
    module = function.__module__ or ""
    return module == "<srcgrad>" and not hasattr(function, "lifted") or module.startswith("srcgrad.rules.")


def specialize_variant(
    session: Any, frame_type: Any, definition: Definition, params: list[tuple[str, Kind]], same: Same = ()
) -> Variant:
    """The variant of a function for these kinds; made at its first use, and again while it is still growing."""
    under_way = [k for k, v in session.variants.items() if k[0] == definition.key and not v.done]
    if under_way and (definition.key, tuple(params), same) not in session.variants:
        params = [(name, any_depth(session, kind, definition.key, name)) for name, kind in params]
        above = [dict(k[1]) for k in under_way]
        params = [(name, any_length(kind, [b[name] for b in above if name in b])) for name, kind in params]
    key = (definition.key, tuple(params), same)
    numbers = session.variant_numbers
    number = numbers.setdefault(key, session.first + len(numbers))
    variant = session.variants.get(key)
    if variant is not None:
        if not variant.done:
            variant.recursive = True
            for one in session.stack[session.stack.index(variant) + 1 :]:
                one.waits_for.append(variant)
        return variant
    if len(session.variants) >= 200 or len(under_way) >= 24:
        raise too_many(definition)
    previous = session.previous.get(key)
    function = core.Function(
        definition.name,
        names=session.names_of(number, definition.tree),
        source=definition.source,
        again=definition.again,
    )
    variant = session.variants[key] = Variant(function)
    if previous is not None:
        variant.result, variant.captures = previous
    session.facts.scopes.append(("call", id(variant)))
    depth = len(session.facts.scopes)
    session.stack.append(variant)
    telling = session.telling
    session.telling = told_by(definition, telling)
    try:
        for _ in range(20):
            before = (variant.result, len(variant.captures), session.version)
            frame = frame_type(session, definition, variant, number)
            variant.returns = None
            frame.run(params, same)
            if not variant.recursive or before == (variant.result, len(variant.captures), session.version):
                break
    except BaseException as error:
        del session.variants[key]  # what is unfinished is not taken for one under way
        if isinstance(error, RecursionError):
            raise too_many(definition) from None
        raise
    finally:
        session.telling = telling
        del session.facts.scopes[depth - 1 :]
        session.stack.pop()
    variant.done = True
    session.previous[key] = (variant.result, variant.captures)
    if any(not other.done for other in variant.waits_for):
        # It has seen an unfinished result of a function that calls it: it is done again when that has grown.
        del session.variants[key]
    return variant


def too_many(definition: Definition) -> SrcgradError:
    return SrcgradError(
        "E307", f"{definition.name} is called with too many different kinds of arguments", advice="pass arrays of one kind"
    )


def told_by(definition: Definition, telling: list[Any]) -> list[Any]:
    """The definitions that a function is a part of: a user's function is part of none, and may call what they tell."""
    if not str(definition.globals.get("__name__", "")).startswith("srcgrad.rules."):
        return []
    top = definition
    while top.outer is not None:
        top = top.outer
    return [d for d in telling if top is not definition and top.key == ("function", id(d))] or list(telling)


def holds_closure(kind: Kind, seen: frozenset[int] = frozenset()) -> bool:
    """Does a value hold a function made inside the program, which generated code represents in its own way?"""
    if isinstance(kind, Closure):
        return True
    members = kind.items if isinstance(kind, Tuple) else kind.options if isinstance(kind, OneOf) else ()
    if isinstance(kind, (List, Dict)):
        if id(kind.cell) in seen:
            return False  # what a recursive function saves holds what it saved one call down
        seen |= {id(kind.cell)}
        members = tuple(kind.cell.members())
    return any(holds_closure(k, seen) for k in members)


def any_length(kind: Kind, above: list[Kind]) -> Kind:
    """A tuple that becomes longer from call to call of a recursion is one of any length."""
    if not isinstance(kind, Tuple):
        return kind
    shorter = [k for k in above if isinstance(k, Row) or isinstance(k, Tuple) and len(k.items) < len(kind.items)]
    return (row_of(kind) or kind) if shorter else kind


def any_depth(session: Any, kind: Kind, *owner: Any) -> Kind:
    """A kind that serves every depth of a recursion: sizes and numbers that change from call to call are forgotten."""
    wide = widen(kind)
    if isinstance(wide, Number):
        return replace(wide, size=None)
    session.facts.scopes.append(("params", owner[0]))
    try:
        return session.map_sizes(
            wide, lambda size, path: size if size.symbol is None else session.facts.fresh("depth", *owner, path)
        )
    finally:
        session.facts.scopes.pop()
