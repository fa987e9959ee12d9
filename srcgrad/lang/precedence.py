"""How tightly does each operator bind?"""

from __future__ import annotations

import ast
from typing import Any

from srcgrad.lang.literals import constant_text

# From the loosest to the tightest; a tree is bracketed where its place asks for a tighter one.
(
    NAMED,
    YIELD,
    TUPLE,
    TEST,
    OR,
    AND,
    NOT,
    COMPARE,
    BIT_OR,
    BIT_XOR,
    BIT_AND,
    SHIFT,
    SUM,
    PRODUCT,
    UNARY,
    POWER,
    AWAIT,
    ATOM,
) = range(18)


LEVELS = {
    "NamedExpr": NAMED,
    "Tuple": TUPLE,
    "Yield": YIELD,
    "YieldFrom": YIELD,
    "Lambda": TEST,
    "IfExp": TEST,
    "Compare": COMPARE,
    "Await": AWAIT,
}


OPERATORS = {
    "Or": ("or", OR),
    "And": ("and", AND),
    "Not": ("not ", NOT),
    "BitOr": ("|", BIT_OR),
    "BitXor": ("^", BIT_XOR),
    "BitAnd": ("&", BIT_AND),
    "LShift": ("<<", SHIFT),
    "RShift": (">>", SHIFT),
    "Add": ("+", SUM),
    "Sub": ("-", SUM),
    "Mult": ("*", PRODUCT),
    "MatMult": ("@", PRODUCT),
    "Div": ("/", PRODUCT),
    "FloorDiv": ("//", PRODUCT),
    "Mod": ("%", PRODUCT),
    "UAdd": ("+", UNARY),
    "USub": ("-", UNARY),
    "Invert": ("~", UNARY),
    "Pow": ("**", POWER),
}


COMPARISONS = {
    "Eq": "==",
    "NotEq": "!=",
    "Lt": "<",
    "LtE": "<=",
    "Gt": ">",
    "GtE": ">=",
    "Is": "is",
    "IsNot": "is not",
    "In": "in",
    "NotIn": "not in",
}


OPERATIONS = {"BinOp", "BoolOp", "Compare", "IfExp"}


BRACKETED = {"Call", "Subscript", "List", "Set", "Dict", "ListComp", "SetComp", "DictComp", "GeneratorExp"}


def level_of(tree: ast.AST) -> int:
    kind = kind_of(tree)
    if kind in ("BinOp", "UnaryOp", "BoolOp"):
        return OPERATORS[kind_of(tree.op)][1]  # type: ignore[attr-defined]
    if kind == "Constant" and constant_text(tree.value)[0] == "-":  # type: ignore[attr-defined]
        return UNARY
    return LEVELS.get(kind, ATOM)


def kind_of(tree: Any) -> str:
    return tree.__class__.__name__


def field(tree: Any, name: str) -> Any:
    """A field that may be missing from a tree made by hand."""
    return getattr(tree, name, None)


def is_plain(tree: Any) -> bool:
    """Whether the tree is too small to be worth a line of its own: a name, a number, a slice of these."""
    kind = kind_of(tree)
    if kind == "Constant":
        return not isinstance(tree.value, (str, bytes))
    if kind == "UnaryOp":
        return is_plain(tree.operand)
    if kind == "Slice":
        return all(field(tree, part) is None or is_plain(field(tree, part)) for part in ("lower", "upper", "step"))
    return kind == "Name"


def ends_in_brackets(tree: Any) -> bool:
    kind = kind_of(tree)
    if kind == "UnaryOp" and kind_of(tree.op) != "Not":
        return ends_in_brackets(tree.operand) or level_of(tree.operand) < UNARY
    return kind in BRACKETED or kind == "Await" and ends_in_brackets(tree.value)
