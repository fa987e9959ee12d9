"""How are zeros of a container written, and how is its adjoint given back, where its structure is simple?

Instead of `params_bar = zeros_like(params)` and `like(params, params_bar)`:

    params_bar = {"w": np.zeros_like(params["w"]), "b": 0.0}
    rows_bar = [np.zeros_like(v) for v in rows]
    pairs_bar = [[0.0, 0.0] for _ in pairs]
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.analysis.kinds import Array, Bottom, Dict, Kind, List, Number, Tuple, has_known_keys, widen
from srcgrad.lang import tree
from srcgrad.transform.program import Program

LONGEST = 4  # members that are written one by one
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
    kind = widen(kind)
    if isinstance(kind, Number):
        return tree.constant(0.0) if kind.dtype.kind in "biuf" else None
    if isinstance(kind, Array):
        return program.numpy("zeros_like", value) if kind.exact and kind.dtype.kind == "f" else None
    if depth == len(VARIABLES):
        return None
    if isinstance(kind, Dict):
        return zeros_of_dict(program, kind, value, given, depth)
    if isinstance(kind, Tuple) and len(kind.items) <= LONGEST:
        parts = [
            zeros(program, k, tree.subscript(value, tree.constant(i)), given, depth) for i, k in enumerate(kind.items)
        ]
        return None if None in parts else gast.List(parts, gast.Load())
    if isinstance(kind, (Tuple, List)):
        return zeros_of_sequence(program, kind, value, given, depth)
    return None


def zeros_of_sequence(
    program: Program, kind: Tuple | List, value: gast.expr, given: bool, depth: int
) -> gast.expr | None:
    variable = VARIABLES[depth]
    members = kind.items if isinstance(kind, Tuple) else [k for k in kind.cell.members() if not isinstance(k, Bottom)]
    found = [zeros(program, k, tree.name(variable), given, depth + 1) for k in members]
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
        if not isinstance(key, (str, int)):
            return None
        part = zeros(program, member, tree.subscript(value, tree.constant(key)), given, depth)
        if part is None:
            return None
        found.append(part)
    if len(found) > LONGEST:
        variable = VARIABLES[depth]
        same = [zeros(program, m, tree.name(variable), given, depth + 1) for m in kind.cell.keys.values()]
        if len({tree.text(z) for z in same if z is not None}) != 1:
            return None
        pair: gast.expr = gast.Tuple([tree.target("k"), tree.target(variable)], gast.Store())
        items: gast.expr = tree.method(value, "items")
        if variable not in tree.names_read(same[0]):  # type: ignore[arg-type]
            pair, items = tree.target("k"), value
        return gast.DictComp(tree.name("k"), same[0], [gast.comprehension(pair, items, [], 0)])
    return gast.Dict([tree.constant(k) for k in kind.cell.keys], found)


def given_back(program: Program, kind: Kind, bar: gast.expr) -> gast.expr | None:
    """A container's adjoint in the structure and the types of the container; None if that takes the general helper."""
    if isinstance(kind, Number):
        return bar if kind.weak and kind.exact and kind.dtype == float else None
    if isinstance(kind, Array):
        return bar if kind.exact and kind.dtype == float and kind.sizes != () else None
    if isinstance(kind, Tuple):
        if not all(given_back(program, k, bar) is bar for k in kind.items):
            return None
        if kind.cls is None:
            return tree.call("tuple", bar)
        return tree.call(program.global_name(kind.cls.__name__, kind.cls), gast.Starred(bar, gast.Load()))
    if isinstance(kind, Dict):
        known = has_known_keys(kind) and all(given_back(program, k, bar) is bar for k in kind.cell.keys.values())
        return bar if known else None
    if isinstance(kind, List):
        variable = tree.name(VARIABLES[0])
        members = [k for k in kind.cell.members() if not isinstance(k, Bottom)]
        found = [given_back(program, k, variable) for k in members]
        if any(f is None for f in found) or not found:
            return None
        if all(f is variable for f in found):
            return bar
        texts = {tree.text(f) for f in found if f is not None}
        if len(texts) != 1:
            return None
        return gast.ListComp(found[0], [gast.comprehension(tree.target(VARIABLES[0]), bar, [], 0)])
    return None
