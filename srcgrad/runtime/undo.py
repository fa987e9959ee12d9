"""How does a value hold again what it held before, when a program is run backwards?"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.runtime.structures import attributes


def contents(value: Any, found: dict[int, Any] | None = None) -> list[Any]:
    """What a value, and all that it holds, contains now: pairs of object and copy."""
    found = {} if found is None else found
    if id(value) in found:
        return list(found.values())
    if isinstance(value, np.ndarray):
        if value.flags.writeable:
            found[id(value)] = (value, value.copy())
    elif isinstance(value, (list, dict, set)):
        found[id(value)] = (value, value.copy())
        for v in list(value.values()) if isinstance(value, dict) else value:
            contents(v, found)
    elif isinstance(value, tuple):
        for v in value:
            contents(v, found)
    elif type(value).__module__ != "builtins" and not isinstance(value, (type, np.generic, np.ufunc)):
        held = attributes(value)
        found[id(value)] = (value, held)
        for v in held.values():
            contents(v, found)
    return list(found.values())


def put_back(saved: list[Any]) -> None:
    """The inverse of `contents`: the same objects contain again what they did."""
    for owner, held in saved:
        refill(owner, held)


def refill(owner: Any, held: Any) -> None:
    """An object contains again what it held: a copy of an array, list, dict or set, or attributes."""
    if isinstance(owner, np.ndarray):
        owner[...] = held
    elif isinstance(owner, list):
        owner[:] = held
    elif isinstance(owner, (dict, set)):
        owner.clear()
        owner.update(held)
    else:
        for name in attributes(owner):
            if name not in held:
                object.__delattr__(owner, name)
        for name, v in held.items():
            object.__setattr__(owner, name, v)


def give_back(container: dict[Any, Any], key: Any, saved: Any) -> None:
    """`container[key] = saved`; where nothing was saved there was no such key."""
    if saved is None:
        container.pop(key, None)
    else:
        container[key] = saved


def put(undo: list[Any], container: Any, index: Any, value: Any) -> None:
    """`container[index] = value`, to be undone."""
    remember(undo, container)
    container[index] = value


def put_attribute(undo: list[Any], owner: Any, name: str, value: Any) -> None:
    """`owner.name = value`, to be undone."""
    undo.append([(owner, attributes(owner))])
    object.__setattr__(owner, name, value)


def put_all(undo: list[Any], saved: list[Any]) -> None:
    """`put_back(saved)`, to be undone: what it changes need not be reached from where it was found any more."""
    undo.append(contents([owner for owner, _ in saved]))
    put_back(saved)


def remember(undo: list[Any], container: Any) -> None:
    """An array, list or dict is about to be changed, which is to be undone."""
    undo.append([(container, container.copy())])


def take_back(undo: list[Any]) -> None:
    """Undo, from the last to the first, what was put."""
    for saved in reversed(undo):
        put_back(saved)
