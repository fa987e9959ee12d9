"""How is a function brought to its syntactic normal form?  Meaning stays; nothing is known of types."""

from __future__ import annotations

import gast

from srcgrad.lang.desugar.assign import simplify_assignments
from srcgrad.lang.desugar.build import walk_own
from srcgrad.lang.desugar.exits import simplify_exits
from srcgrad.lang.desugar.match import expand_match
from srcgrad.lang.desugar.walrus import hoist_named
from srcgrad.lang.names import Names


def desugar(function: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """The same function in normal form, which `form.breaches` describes.

    before                      after
        for x in xs:                for x in xs:
            if x < 0:                   if x < 0:
                continue                    pass
            a = b = x                   else:
            if a > 9:                       a = x
                return a                    b = a
        return 0                            if a > 9:
                                                result = a
                                                ...
                                    return result

    A statement that is normal already is the same node in the result; the tree that is given is not changed.
    """
    kinds = {type(node) for node in walk_own(function.body)}
    if gast.Match in kinds:
        function = expand_match(function, names)
    function = simplify_assignments(function, names)
    if gast.NamedExpr in kinds:
        function = hoist_named(function, names)
    return simplify_exits(function, names)
