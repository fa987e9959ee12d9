"""How are expressions written: with the fewest parentheses, and marks where a line may be broken?

Statements come in `printer.py`, which also says how a whole file is written.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence
from typing import Any

import gast
from astunparse import Unparser

from srcgrad.lang.layout import (
    CLOSE,
    CLOSING,
    COMMA,
    DEDENT,
    END,
    GROUP,
    INDENT,
    LINE,
    OPEN,
    OPENING,
    SOFT,
    TRIED,
    TRY,
    Text,
)
from srcgrad.lang.literals import constant_text, in_quotes, literal, quoted
from srcgrad.lang.precedence import (
    ATOM,
    AWAIT,
    BIT_OR,
    COMPARISONS,
    OPERATIONS,
    OPERATORS,
    OR,
    TEST,
    TUPLE,
    UNARY,
    YIELD,
    ends_in_brackets,
    field,
    is_plain,
    kind_of,
    level_of,
)

METHODS: dict[type, Callable[[Any, Any], None]] = {}  # of the printer, by the trees they write


class ExpressionPrinter(Unparser):
    """Writes expressions as tokens of the line that is being written; `write` adds one."""

    def __init__(self, width: int = 88, headings: bool = False) -> None:
        self.width = width
        self.headings = headings  # print no bodies
        self.lines: list[str] = []
        self.tokens: list[str] = []  # of the line being written
        self.write: Callable[[str], None] = self.tokens.append
        self.depth = 0  # of brackets, within which a line may be broken
        self.trying = False  # within TRY, TRIED
        self.quoting: Callable[[str | bytes], str] = quoted  # within f-strings, in the other quotes
        self.margin = 0
        self._indent = 0

    def dispatch(self, tree: Any) -> None:
        if type(tree) is list:
            self.body(tree)
        elif isinstance(tree, ast.expr):
            self.expression(tree, TEST)
        else:
            self.write_tree(tree)

    def write_tree(self, tree: ast.AST) -> None:
        kind = tree.__class__
        if kind not in METHODS:
            METHODS[kind] = getattr(type(self), "_" + kind.__name__)
        METHODS[kind](self, tree)

    def expression(self, tree: Any, place: int) -> None:
        """The expression, in parentheses if it binds less tightly than its place asks, or is a tuple of one."""
        if level_of(tree) >= place and not (kind_of(tree) == "Tuple" and len(tree.elts) == 1):
            self.write_tree(tree)
        elif kind_of(tree) == "Tuple":
            self.bracket("(", tree.elts, ")", self.dispatch, single=",")
        else:
            self.parentheses(tree)

    def parentheses(self, tree: Any) -> None:
        self.bracket("(", [tree], ")", self.write_tree if kind_of(tree) != "Tuple" else self.dispatch)

    def operand(self, tree: Any, place: int) -> None:
        """An operand; if it is broken itself, its further lines are indented."""
        if kind_of(tree) in OPERATIONS and level_of(tree) >= place:
            self.write(INDENT)
            self.write_tree(tree)
            self.write(DEDENT)
        else:
            self.expression(tree, place)

    def value(self, tree: Any, place: int = YIELD) -> None:
        """A value that fills the rest of a line: if that is too long, it is put in parentheses."""
        if is_plain(tree) or level_of(tree) < place or kind_of(tree) == "Tuple":
            self.expression(tree, place)
        elif ends_in_brackets(tree):
            self.write(TRY)
            self.trying = True
            self.write_tree(tree)
            self.trying = False
            self.write(TRIED)
        else:
            self.tokens.extend(OPENING)
            self.depth += 1
            self.write_tree(tree)
            self.depth -= 1
            self.tokens.extend(CLOSING)

    def bracket(
        self, left: str, items: Sequence[Any], right: str, each: Callable[[Any], None], single: str = ""
    ) -> None:
        """The items between brackets, perhaps broken; `single` follows an item that is alone."""
        if not items:
            self.tokens += [str(left), str(right)]
            return
        self.tokens += [GROUP, left, INDENT, SOFT, GROUP]
        self.depth += 1
        for position, item in enumerate(items):
            if position:
                self.tokens += [",", LINE]
            each(item)
        self.depth -= 1
        self.tokens += [COMMA if len(items) > 1 else single, END, DEDENT, SOFT, right, END]

    def line(self) -> str:
        return LINE if self.depth else " "

    def text(self, tree: Any, place: int) -> str:
        """What the expression reads on one line; nothing is written."""
        start = len(self.tokens)
        self.expression(tree, place)
        text = "".join(self.tokens[start:])
        del self.tokens[start:]
        return text

    def _Name(self, tree: Any) -> None:
        self.write(tree.id)

    def _Constant(self, tree: Any) -> None:
        value = tree.value
        if isinstance(value, bytes):
            self.string(self.quoting(value), [(False, value.decode("latin-1"))], "b")
        elif not isinstance(value, str):
            self.write(constant_text(value))
        elif field(tree, "kind"):
            self.write(tree.kind + self.quoting(value))
        else:
            self.string(self.quoting(value), [(False, value)], '"')

    def string(self, flat: str, pieces: list[tuple[bool, str]], quote: str) -> None:
        if self.depth or self.trying:
            self.write(Text(flat, pieces, quote, bare=not self.depth))
        else:
            self.write(flat)

    def _JoinedStr(self, tree: Any) -> None:
        pieces: list[tuple[bool, str]] = []
        for part in tree.values:
            if kind_of(part) == "Constant":
                pieces.append((False, part.value))
            else:
                pieces.append((True, self.placeholder(part)))
        if not any(is_field for is_field, _ in pieces):
            pieces.insert(0, (True, ""))  # so that it is still an f-string
        fields = "".join(piece for is_field, piece in pieces if is_field)
        characters = "".join(piece for is_field, piece in pieces if not is_field)
        quotes = ['"', "'", '"""', "'''"] if '"' not in characters or "'" in characters else ["'", '"', "'''", '"""']
        quote = next((quote for quote in quotes if quote not in fields), None)
        # before Python 3.12, fields held no backslashes
        if quote is None or "\n" in fields or "\\" in fields and sys.version_info < (3, 12):
            self.write(ast.unparse(gast.gast_to_ast(tree)))
            return
        self.string(literal(pieces, quote), pieces, quote)

    def placeholder(self, tree: Any) -> str:
        """`{value!r:spec}` of an f-string."""
        outside, self.quoting = self.quoting, repr
        value = self.text(tree.value, TEST)
        self.quoting = outside
        value = f"({value})" if "lambda" in value else " " + value if value.startswith("{") else value
        conversion = f"!{chr(tree.conversion)}" if (field(tree, "conversion") or -1) != -1 else ""
        spec = ""
        if field(tree, "format_spec") is not None:
            parts = tree.format_spec.values
            spec = ":" + "".join(
                self.placeholder(part) if kind_of(part) == "FormattedValue" else in_quotes(part.value, '"""')
                for part in parts
            )
        return "{" + value + conversion + spec + "}"

    def _Tuple(self, tree: Any) -> None:
        if tree.elts:
            self.bracket(OPEN, tree.elts, CLOSE, self.dispatch, single=",")
        else:
            self.write("()")

    def _List(self, tree: Any) -> None:
        self.bracket("[", tree.elts, "]", self.dispatch)

    def _Set(self, tree: Any) -> None:
        if tree.elts:
            self.bracket("{", tree.elts, "}", self.dispatch)
        else:
            self.write("{*()}")  # `{}` is a dict, and `set` may be the user's

    def _Dict(self, tree: Any) -> None:
        self.bracket("{", list(zip(tree.keys, tree.values)), "}", self.dict_item)

    def dict_item(self, item: tuple[Any, Any]) -> None:
        key, value = item
        if key is None:
            self.write("**")
            self.expression(value, BIT_OR)
        else:
            self.expression(key, TEST)
            self.write(": ")
            self.expression(value, TEST)

    def comprehension(self, left: str, tree: Any, right: str) -> None:
        self.bracket(left, [tree], right, self.comprehension_parts)

    def comprehension_parts(self, tree: Any) -> None:
        if kind_of(tree) == "DictComp":
            self.dict_item((tree.key, tree.value))
        else:
            self.expression(tree.elt, TEST)
        for loop in tree.generators:
            self.write(self.line())
            self.write("async for " if loop.is_async else "for ")
            self.expression(loop.target, TUPLE)
            self.write(" in ")
            self.expression(loop.iter, OR)
            for test in loop.ifs:
                self.write(self.line())
                self.write("if ")
                self.expression(test, OR)

    def _ListComp(self, tree: Any) -> None:
        self.comprehension("[", tree, "]")

    def _SetComp(self, tree: Any) -> None:
        self.comprehension("{", tree, "}")

    _DictComp = _SetComp

    def _GeneratorExp(self, tree: Any) -> None:
        self.comprehension("(", tree, ")")

    def _BinOp(self, tree: Any) -> None:
        operator, level = OPERATORS[kind_of(tree.op)]
        if operator == "**":
            self.operand(tree.left, AWAIT)
            self.write(" ** ")
            self.operand(tree.right, UNARY)
            return
        # `a + b - c` leans to the left: walk down its spine, so that a long sum is one group (and needs no deep stack)
        steps = []
        while kind_of(tree) == "BinOp" and OPERATORS[kind_of(tree.op)][1] == level:
            steps.append((OPERATORS[kind_of(tree.op)][0], tree.right))
            tree = tree.left
        self.write(GROUP)
        self.operand(tree, level)
        for operator, right in reversed(steps):
            self.write(self.line())
            self.write(operator + " ")
            self.operand(right, level + 1)
        self.write(END)

    def _BoolOp(self, tree: Any) -> None:
        operator, level = OPERATORS[kind_of(tree.op)]
        self.write(GROUP)
        for position, value in enumerate(tree.values):
            if position:
                self.write(self.line())
                self.write(operator + " ")
            self.operand(value, level + 1)
        self.write(END)

    def _Compare(self, tree: Any) -> None:
        self.write(GROUP)
        self.operand(tree.left, BIT_OR)
        for operator, value in zip(tree.ops, tree.comparators):
            self.write(self.line())
            self.write(COMPARISONS[kind_of(operator)] + " ")
            self.operand(value, BIT_OR)
        self.write(END)

    def _UnaryOp(self, tree: Any) -> None:
        operator, level = OPERATORS[kind_of(tree.op)]
        self.write(operator)
        self.expression(tree.operand, level)

    def _IfExp(self, tree: Any) -> None:
        self.write(GROUP)
        self.operand(tree.body, OR)
        for keyword, part, place in (("if ", tree.test, OR), ("else ", tree.orelse, TEST)):
            self.write(self.line())
            self.write(keyword)
            self.operand(part, place)
        self.write(END)

    def _NamedExpr(self, tree: Any) -> None:
        self.expression(tree.target, ATOM)
        self.write(" := ")
        self.expression(tree.value, TEST)

    def _Lambda(self, tree: Any) -> None:
        self.write("lambda")
        for position, entry in enumerate(self.parameters(tree.args)):
            self.write(", " if position else " ")
            self.parameter(entry)
        self.tokens += [":", GROUP, INDENT, self.line()]
        self.expression(tree.body, TEST)
        self.tokens += [DEDENT, END]

    def _Await(self, tree: Any) -> None:
        self.write("await ")
        self.expression(tree.value, ATOM)

    def _Yield(self, tree: Any) -> None:
        self.write("yield")
        if field(tree, "value") is not None:
            self.write(" ")
            self.expression(tree.value, TUPLE)

    def _YieldFrom(self, tree: Any) -> None:
        self.write("yield from ")
        self.expression(tree.value, TEST)

    def _Operand(self, tree: Any) -> None:
        """An operand that has been evaluated, in a statement that an error shows."""
        self.expression(tree.residual, ATOM)

    def _Starred(self, tree: Any) -> None:
        self.write("*")
        self.expression(tree.value, BIT_OR)

    def _Attribute(self, tree: Any) -> None:
        self.expression(tree.value, ATOM)
        # `2.real` would be read as a float
        integer = kind_of(tree.value) == "Constant" and type(tree.value.value) is int and tree.value.value >= 0
        self.write((" ." if integer else ".") + tree.attr)

    def _Call(self, tree: Any) -> None:
        self.expression(tree.func, ATOM)
        arguments = [*tree.args, *tree.keywords]
        if len(arguments) == 1 and is_plain(arguments[0]):
            self.write("(")
            self.write_tree(arguments[0])
            self.write(")")
        elif len(arguments) == 1 and kind_of(arguments[0]) == "GeneratorExp":
            self.write_tree(arguments[0])
        else:
            self.bracket("(", arguments, ")", self.dispatch)

    def _keyword(self, tree: Any) -> None:
        self.write("**" if tree.arg is None else tree.arg + "=")
        self.expression(tree.value, TEST)

    def _Subscript(self, tree: Any) -> None:
        self.expression(tree.value, ATOM)
        index = tree.slice
        kinds = {kind_of(part) for part in getattr(index, "elts", [])}
        if kind_of(index) != "Tuple" or not kinds or kinds >= {"Starred"} and "Slice" not in kinds:
            # a starred index without parentheses is new in Python 3.11
            parts, single = [index], ""
        else:
            parts, single = index.elts, ","
        if all(map(is_plain, parts)):
            self.write("[")
            for position, part in enumerate(parts):
                self.write(", " if position else "")
                self.write_tree(part)
            self.write(single + "]" if len(parts) == 1 else "]")
        else:
            self.bracket("[", parts, "]", self.dispatch, single)

    def _Slice(self, tree: Any) -> None:
        if field(tree, "lower") is not None:
            self.expression(tree.lower, TEST)
        self.write(":")
        if field(tree, "upper") is not None:
            self.expression(tree.upper, TEST)
        if field(tree, "step") is not None:
            self.write(":")
            self.expression(tree.step, TEST)
