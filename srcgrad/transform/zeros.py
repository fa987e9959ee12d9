"""How are zeros of a container written, and how is its adjoint given back, where its structure is simple?

Instead of `params_bar = zeros_like(params)` and `like(params, params_bar)`:

    params_bar = {"w": np.zeros_like(params["w"]), "b": 0.0}
    layer_bar = types.SimpleNamespace(W=np.zeros_like(layer.W), b=np.zeros_like(layer.b))
    rows_bar = [np.zeros_like(v) for v in rows]
    pairs_bar = [[0.0, 0.0] for _ in pairs]
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Collection
from typing import Any

import gast

from srcgrad.analysis.kinds import (
    Array,
    Bottom,
    Const,
    Dict,
    Kind,
    List,
    Number,
    Object,
    Tuple,
    has_known_keys,
    is_among_arrays,
    varied,
    widen,
)
from srcgrad.lang import names, tree
from srcgrad.rules import registry
from srcgrad.transform.program import Program

LONGEST = 4  # members that are written one by one
ATTRIBUTES = 8  # and of objects, whose attributes have names
VARIABLES = "vwu"  # of comprehensions, from the outermost in


def is_zeros_call(program: Program, node: Any) -> bool:
    """Is it `zeros_like(name)` by the general helper?"""
    called = isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and len(node.args) == 1
    return called and node.func.id == program.modules["zeros_like"] and isinstance(node.args[0], gast.Name)


def written_zeros(program: Program, name: str, given: set[str]) -> gast.expr | None:
    """Zeros in the structure of a variable; None if that takes the general helper.  `given`: unchanged arguments."""
    found = [zeros(program, k, tree.name(name), name in given, 0) for k in program.definitions.get(name, [])]
    texts = {tree.text(z) if z is not None else None for z in found}
    return found[0] if len(texts) == 1 else None


def zeros(program: Program, kind: Kind, value: gast.expr, given: bool, depth: int) -> gast.expr | None:
    """`given`: what is known of the keys of a dict holds, since it is an argument's."""
    if has_no_numbers(kind):
        return tree.constant(None)
    kind = widen(kind)
    if isinstance(kind, Number):
        return tree.constant(0.0) if kind.dtype.kind in "biuf" else None
    if isinstance(kind, Array):
        return program.numpy("zeros_like", value) if kind.exact and kind.dtype.kind == "f" else None
    if depth == len(VARIABLES):
        return None
    if isinstance(kind, Dict):
        return zeros_of_dict(program, kind, value, given, depth)
    if isinstance(kind, Object):
        return zeros_of_object(program, kind, value, given, depth)
    if isinstance(kind, Tuple) and sum(not has_no_numbers(k) for k in kind.items) <= LONGEST:
        parts = [
            member_zeros(program, k, kind.items, tree.subscript(value, tree.constant(i)), given, depth)
            for i, k in enumerate(kind.items)
        ]
        return None if None in parts else gast.List(parts, gast.Load())
    if isinstance(kind, (Tuple, List)):
        return zeros_of_sequence(program, kind, value, given, depth)
    return None


def member_zeros(
    program: Program, kind: Kind, members: Collection[Kind], value: gast.expr, given: bool, depth: int
) -> gast.expr | None:
    if is_among_arrays(kind, members):
        return program.zeros(value, kind)  # type: ignore[arg-type]
    return zeros(program, kind, value, given, depth)


def has_no_numbers(kind: Kind) -> bool:
    """Is it what has no derivative, and is no number that may stand beside some that have?"""
    if isinstance(kind, Tuple):
        return bool(kind.items) and all(map(has_no_numbers, kind.items))
    wide = widen(kind)
    if isinstance(wide, Array):
        return wide.exact and wide.dtype.kind in "biu"
    return isinstance(kind, Const) and (kind.value is None or isinstance(kind.value, (bool, str)))


def zeros_of_sequence(
    program: Program, kind: Tuple | List, value: gast.expr, given: bool, depth: int
) -> gast.expr | None:
    variable = VARIABLES[depth]
    members = kind.items if isinstance(kind, Tuple) else [k for k in kind.cell.members() if not isinstance(k, Bottom)]
    found = [member_zeros(program, k, members, tree.name(variable), given, depth + 1) for k in members]
    texts = {tree.text(z) if z is not None else None for z in found}
    if len(texts) != 1 or found[0] is None:
        return None
    if texts == {"0.0"}:
        return tree.binary(gast.List([found[0]], gast.Load()), "*", tree.call("len", value))
    used = variable if variable in tree.names_read(found[0]) else "_"
    loop = gast.comprehension(tree.target(used), value, [], 0)
    return gast.ListComp(found[0], [loop])


def zeros_of_dict(program: Program, kind: Dict, value: gast.expr, given: bool, depth: int) -> gast.expr | None:
    if not (given and has_known_keys(kind) and kind.cell.keys):
        return None
    found = []
    for key, member in kind.cell.keys.items():
        if type(key) not in (str, int):
            return None
        place = tree.subscript(value, tree.constant(key))
        part = member_zeros(program, member, kind.cell.keys.values(), place, given, depth)
        if part is None:
            return None
        found.append(part)
    if len(found) > LONGEST:
        variable = VARIABLES[depth]
        members = kind.cell.keys.values()
        same = [member_zeros(program, m, members, tree.name(variable), given, depth + 1) for m in members]
        if len({tree.text(z) for z in same if z is not None}) != 1:
            return None
        pair: gast.expr = gast.Tuple([tree.target("k"), tree.target(variable)], gast.Store())
        items: gast.expr = tree.method(value, "items")
        if variable not in tree.names_read(same[0]):  # type: ignore[arg-type]
            pair, items = tree.target("k"), value
        return gast.DictComp(tree.name("k"), same[0], [gast.comprehension(pair, items, [], 0)])
    return gast.Dict([tree.constant(k) for k in kind.cell.keys], found)


def zeros_of_object(program: Program, kind: Object, value: gast.expr, given: bool, depth: int) -> gast.expr | None:
    """Of an argument, all attributes are known if it varies."""
    active = active_attributes(kind)
    if not given or not active or len(active) > ATTRIBUTES:
        return None
    found = {name: zeros(program, k, tree.attribute(value, name), given, depth) for name, k in active.items()}
    if any(z is None for z in found.values()):
        return None
    namespace = tree.attribute(tree.name(program.global_name("types", types)), "SimpleNamespace")
    return tree.call(namespace, **found)  # type: ignore[arg-type]


def active_attributes(kind: Object) -> dict[str, Kind]:
    """The attributes that have derivatives; none where that can't be told."""
    if kind.cell.read is None or not varied(kind) or registry.data_class_of(kind.cls) is not None:
        return {}
    return {name: k for name, k in kind.cell.keys.items() if varied(k)}


def given_back(program: Program, kind: Kind, bar: gast.expr, value: gast.expr) -> gast.expr | None:
    """A container's adjoint in the structure and the types of the container; None if that takes the general helper."""
    if isinstance(kind, Number):
        return bar if kind.weak and kind.exact and kind.dtype == float else None
    if isinstance(kind, Array):
        return bar if kind.exact and kind.dtype == float and kind.sizes != () else None
    if isinstance(kind, Tuple):
        if not all(given_back(program, k, bar, value) is bar for k in kind.items):
            return None
        if kind.cls is None:
            return tree.call("tuple", bar)
        return tree.call(program.global_name(kind.cls.__name__, kind.cls), gast.Starred(bar, gast.Load()))
    if isinstance(kind, Dict):
        plain = kind.cell.made_as is None and has_known_keys(kind)
        return bar if plain and all(given_back(program, k, bar, value) is bar for k in kind.cell.keys.values()) else None
    if isinstance(kind, Object):
        return object_given_back(program, kind, bar, value)
    if isinstance(kind, List):
        member, member_bar = tree.name(VARIABLES[0]), tree.name(names.bar(VARIABLES[0]))
        members = [k for k in kind.cell.members() if not isinstance(k, Bottom)]
        found = [given_back(program, k, member_bar, member) for k in members]
        if any(f is None for f in found) or not found:
            return None
        if all(f is member_bar for f in found):
            return bar
        if len({tree.text(f) for f in found if f is not None}) != 1:
            return None
        if member.id not in tree.names_read(found[0]):  # type: ignore[arg-type]
            same = given_back(program, members[0], member, member)
            return gast.ListComp(same, [gast.comprehension(tree.target(member.id), bar, [], 0)])
        pair = gast.Tuple([tree.target(member.id), tree.target(member_bar.id)], gast.Store())
        return gast.ListComp(found[0], [gast.comprehension(pair, tree.call("zip", value, bar), [], 0)])
    return None


def object_given_back(program: Program, kind: Object, bar: gast.expr, value: gast.expr) -> gast.expr | None:
    """Of a dataclass, a new object; else a copy with other attributes: an `__init__` may do anything."""
    active = active_attributes(kind)
    if not active or len(active) > ATTRIBUTES:
        return None
    found: dict[str, gast.expr] = {}
    for name, k in kind.cell.keys.items():
        part: gast.expr | None = tree.constant(None)
        if name in active:
            part = given_back(program, k, tree.attribute(bar, name), tree.attribute(value, name))
        if part is None:
            return None
        found[name] = part
    if is_made_of_fields(kind.cls, set(found)):
        return tree.call(tree.name(program.global_name(kind.cls.__name__, kind.cls)), **found)
    return program.helper("with_attributes", value, **found)


def is_made_of_fields(cls: type, attributes: set[str]) -> bool:
    """Is it a dataclass that is made of these attributes, and does no more when it is made?"""
    if not dataclasses.is_dataclass(cls) or hasattr(cls, "__post_init__") or "__new__" in vars(cls):
        return False
    own = vars(cls).get("__init__")
    fields = dataclasses.fields(cls)
    generated = own is not None and own.__code__.co_filename == "<string>"
    return generated and {f.name for f in fields} == attributes and all(f.init for f in fields)
