"""What is the Python function behind a callable, and what are its parameters?

A callable without source becomes a one-line function of it and then takes the same path as any function.
"""

from __future__ import annotations

import functools
import inspect
import keyword
import operator
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcgrad.analysis.specialize.definitions import told_of
from srcgrad.errors import ArgumentError
from srcgrad.lang.compile import compile_source
from srcgrad.rules import registry
from srcgrad.rules.objects import find, home


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function: "plain", "args" (`*args`), "keyword" (after it) or "kwargs" (`**kwargs`)."""

    name: str
    kind: str
    default: Any = inspect.Parameter.empty
    positional_only: bool = False


KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "plain",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "plain",
    inspect.Parameter.VAR_POSITIONAL: "args",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_KEYWORD: "kwargs",
}


def parameters_of(function: types.FunctionType) -> list[Parameter]:
    """The parameters of a function in order, read afresh: defaults may be changed."""
    found = inspect.signature(function, follow_wrapped=False).parameters.values()
    only = inspect.Parameter.POSITIONAL_ONLY
    return [Parameter(p.name, KINDS[p.kind], p.default, p.kind is only) for p in found]


def same_parameters(some: list[Parameter], others: list[Parameter]) -> bool:
    """Are these called alike?  Defaults are compared by identity, numbers and text by value."""

    def same(a: Any, b: Any) -> bool:
        return a is b or type(a) is type(b) and isinstance(a, (int, float, str)) and bool(a == b)

    def form(p: Parameter) -> tuple[str, str, bool]:
        return p.name, p.kind, p.positional_only

    return list(map(form, some)) == list(map(form, others)) and all(same(p.default, q.default) for p, q in zip(some, others))


def is_called_as_before(function: types.FunctionType, before: tuple[Any, ...]) -> bool:
    now = binding_of(function)
    return len(now) == len(before) and all(a is b for a, b in zip(now, before))


def binding_of(function: types.FunctionType) -> tuple[Any, ...]:
    """What decides how a call gives values to parameters; each of these may be set anew."""
    return function.__code__, function.__defaults__, *(function.__kwdefaults__ or {}).values()


def parameters_shown(function: types.FunctionType) -> list[Parameter]:
    """The parameters that a wrapper shows, which takes `*args, **kwargs` for those of what it wraps; else a function's own."""
    own = parameters_of(function)
    if hasattr(function, "__wrapped__") and own and all(p.kind in ("args", "kwargs") for p in own):
        found = inspect.signature(function).parameters.values()
        return [Parameter(p.name, KINDS[p.kind], p.default) for p in found]
    return own


def as_function(callable_: Any) -> types.FunctionType:
    """A Python function that does what the callable does."""
    told = told_of(callable_)
    if told is not None:
        return told  # type: ignore[no-any-return]
    if not callable(callable_):
        raise ArgumentError("E507", f"{callable_!r} is not a function", advice="give grad a function")
    known = parameters_known(callable_)
    if known is not None:
        return one_line(callable_, known)
    rules = registry.rules_for(callable_)
    if rules is not None:
        return one_line(callable_, rule_parameters(rules[0], callable_))
    definition = registry.definition_for(callable_)
    if definition is not None:
        return definition
    required = operands_of(callable_)
    if required:
        return one_line(callable_, [Parameter(name, "plain") for name in required])
    if isinstance(callable_, types.FunctionType):
        return callable_
    if isinstance(callable_, functools._lru_cache_wrapper) and isinstance(callable_.__wrapped__, types.FunctionType):
        return callable_.__wrapped__
    if isinstance(callable_, types.MethodType):
        inner = callable_.__func__
        if isinstance(inner, types.FunctionType):
            return one_line(callable_, parameters_of(inner)[1:])
    try:
        signature = inspect.signature(callable_)
    except (TypeError, ValueError):
        name = getattr(callable_, "__name__", type(callable_).__name__)
        raise ArgumentError(
            "E203",
            f"{name} has no derivative rule, and no Python source",
            advice="give it a rule with srcgrad.rule(...)",
        ) from None
    return one_line(callable_, [Parameter(p.name, KINDS[p.kind], p.default) for p in signature.parameters.values()])


def parameters_known(callable_: Any) -> list[Parameter] | None:
    """Those of callables of which neither a rule nor a signature says how they may be called."""
    if isinstance(callable_, (operator.itemgetter, operator.attrgetter, operator.methodcaller)):
        return [Parameter("x", "plain")]
    if callable_ in (max, min):
        return [Parameter("args", "args")]
    if isinstance(callable_, functools.partial):
        inner = functools.partial(as_function(callable_.func), *callable_.args, **callable_.keywords)
        try:
            found = inspect.signature(inner).parameters.values()
        except ValueError:  # keywords that its rule takes, but does not need
            return parameters_of(as_function(callable_.func))[len(inner.args) :]
        return [Parameter(p.name, KINDS[p.kind], p.default) for p in found]
    owner = getattr(callable_, "__self__", None)
    rules = registry.rules_for(callable_)
    if rules and any(cls.__name__ == "rv_continuous" for cls in type(owner).__mro__):
        # of a distribution: where it is asked, its shapes, location and scale
        shapes = [Parameter(name, "plain") for name in (getattr(owner, "shapes", "") or "").replace(",", " ").split()]
        return [rule_parameters(rules[0], callable_)[0], *shapes, Parameter("loc", "plain", 0), Parameter("scale", "plain", 1)]
    return None


def spelled(callable_: Any) -> tuple[str, dict[str, Any]]:
    """How the text of a program calls it, and the globals that it needs then: `np.sin`, if it is found there."""
    owner = getattr(callable_, "__self__", None)
    name = getattr(callable_, "__name__", "")
    if isinstance(owner, types.ModuleType) or owner is None:
        path = f"{home(callable_).lstrip('_')}.{name}"
    else:
        path = f"{home(owner, getattr(owner, 'name', ''))}.{getattr(owner, 'name', '')}.{name}"
    if path.startswith("numpy."):
        path = f"np{path[5:]}"
    root = path.partition(".")[0]
    if root in LIBRARIES and all(map(str.isidentifier, path.split("."))):
        found = find(path)
        if found is callable_ or owner is not None and found == callable_:
            return path, {root: find(root)}
    return "", {}


LIBRARIES = ("np", "math", "operator", "scipy")


def operands_of(callable_: Any) -> list[str]:
    """What a function that is another one needs, and a method of a ufunc."""
    other = registry.other_for(callable_)
    if other is not None:
        return [p.name for p in other.parameters if p.default is None]
    if isinstance(getattr(callable_, "__self__", None), np.ufunc):
        return {"outer": ["A", "B"], "reduceat": ["array", "indices"]}.get(callable_.__name__, ["array"])
    return []


def rule_parameters(rule: Any, callable_: Any) -> list[Parameter]:
    """What the one-line function of a rule takes: a Python function's own parameters, if they are those of the rule, else
    the rule's operands."""
    if isinstance(callable_, types.FunctionType):
        own = parameters_of(callable_)
        if [p.name for p in own] == [p.name for p in rule.parameters]:
            return own
    kinds = {"variadic": "args"}
    return [Parameter(p.name, kinds.get(p.kind, "plain")) for p in rule.parameters if p.default is None]


def one_line(callable_: Any, parameters: list[Parameter]) -> types.FunctionType:
    """`def sin(x): return np.sin(x)`; what has no public name is the global `function`."""
    name = getattr(callable_, "__name__", type(callable_).__name__).strip("<>")
    taken = {p.name for p in parameters}
    name = name if name.isidentifier() and not keyword.iskeyword(name) and name not in taken else "call"
    inner, found = spelled(callable_)
    if not inner or set(found) & taken:
        inner = next(n for n in ("function", "function_", "callable_") if n not in taken)
        found = {inner: callable_}
    given, listed, starred = [], [], False
    defaults: dict[str, Any] = {}
    for parameter in parameters:
        text = parameter.name
        if parameter.kind == "keyword" and not starred:
            listed.append("*")
            starred = True
        if parameter.kind in ("args", "kwargs"):
            stars = "*" if parameter.kind == "args" else "**"
            starred = True
            listed.append(stars + text)
            given.append(stars + text)
            continue
        if parameter.default is not inspect.Parameter.empty:
            defaults[f"default_{text}"] = parameter.default
            listed.append(f"{text}=default_{text}")
        else:
            listed.append(text)
        given.append(f"{text}={text}" if parameter.kind == "keyword" else text)
    source = f"def {name}({', '.join(listed)}):\n    return {inner}({', '.join(given)})\n"
    space = compile_source(
        source, {**found, **defaults, "__name__": getattr(callable_, "__module__", None) or "srcgrad"}, name
    )
    function: types.FunctionType = space[name]
    function.__doc__ = getattr(callable_, "__doc__", None)
    return function


def positional(function: types.FunctionType, parameters: list[Parameter], values: list[Any]) -> types.FunctionType:
    """The function, or one that takes what these values hold by position: `def f(x, k): return function(x, k=k)`."""
    if not any(p.kind in ("keyword", "kwargs") for p in parameters):
        return function
    listed: list[str] = []
    given: list[str] = []
    for parameter, value in zip(parameters, values):
        name = parameter.name
        if parameter.kind == "args":
            members = [f"{name}_{i}" for i in range(len(value))]
            listed, given = listed + members, given + members
        elif parameter.kind == "kwargs":
            listed += value
            given += [f"{key}={key}" for key in value]
        else:
            listed.append(name)
            given.append(f"{name}={name}" if parameter.kind == "keyword" else name)
    inner = next(n for n in ("function", "function_", "callable_") if n not in listed)
    name = f"{function.__name__.strip('<>')}_"
    source = f"def {name}({', '.join(listed)}):\n    return {inner}({', '.join(given)})\n"
    return compile_source(source, {inner: function}, name)[name]  # type: ignore[no-any-return]


def bind(parameters: list[Parameter], args: tuple[Any, ...], keywords: dict[str, Any], name: str) -> list[Any]:
    """The values of all parameters, as a call binds them; TypeError as Python raises it."""
    values: list[Any] = []
    rest, named = list(args), dict(keywords)
    for parameter in parameters:
        if parameter.kind == "plain":
            if rest:
                values.append(rest.pop(0))
                if parameter.name in named and not parameter.positional_only:
                    raise TypeError(f"{name}() got multiple values for argument '{parameter.name}'")
                continue
            values.append(_named(parameter, named, name))
        elif parameter.kind == "args":
            values.append(tuple(rest))
            rest = []
        elif parameter.kind == "keyword":
            values.append(_named(parameter, named, name))
        else:
            values.append(named)
            named = {}
    if rest:
        count = sum(p.kind == "plain" for p in parameters)
        raise TypeError(f"{name}() takes {count} positional arguments but {len(args)} were given")
    if named:
        raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(named))}'")
    return values


def _named(parameter: Parameter, named: dict[str, Any], name: str) -> Any:
    if parameter.name in named and not parameter.positional_only:
        return named.pop(parameter.name)
    if parameter.default is inspect.Parameter.empty:
        raise TypeError(f"{name}() missing 1 required argument: '{parameter.name}'")
    return parameter.default


Function = Callable[..., Any]


def called(function: Callable[..., Any], parameters: list[Parameter], values: list[Any]) -> Any:
    """What a function gives for the values of its parameters."""
    args: list[Any] = []
    keywords: dict[str, Any] = {}
    for parameter, value in zip(parameters, values):
        if parameter.kind == "plain":
            args.append(value)
        elif parameter.kind == "args":
            args += value
        elif parameter.kind == "keyword":
            keywords[parameter.name] = value
        else:
            keywords.update(value)
    return function(*args, **keywords)


def called_by_reference(reference: Callable[[], Any], parameters: list[Parameter], values: list[Any]) -> Any:
    """The same of a function that is not kept alive."""
    return called(reference(), parameters, values)
