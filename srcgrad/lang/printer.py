"""How does a tree read as source a colleague could have written?

    expression_text(tree)   x ** 2 / (a - b)           one line, fewest parentheses
    heading(statement)      for t in range(n):         its first line, for a comment
    statement_text(tree)    the statement with its blocks, within 88 columns
    print_module(parts)     a whole file; `Comment` and `Blank` may stand in any body

The statements and expressions are written as tokens: strings, and marks where a line may be broken. A mark is itself a
string, the text it has on one line, so the flat text of a statement is its tokens joined, and only a statement that is
too long is laid out, in the manner of black: an opened bracket first gets all its items on one indented line, then one
line each; a long formula is put in parentheses and broken before its operators.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Sequence
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
    fit,
)
from srcgrad.lang.literals import constant_text, docstring_lines, in_quotes, literal, quoted, wrapped
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

DEFINITIONS = {"FunctionDef", "AsyncFunctionDef", "ClassDef"}


class Comment(gast.stmt):  # type: ignore[misc]
    """`# text`, as a statement of a body."""

    _fields = ("text",)

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.text = text


class Blank(gast.stmt):  # type: ignore[misc]
    """An empty line, as a statement of a body."""

    _fields = ()


def expression_text(expression: ast.expr) -> str:
    """The expression on one line, as it may stand anywhere: `a - (b - c)`, `x[1:-1, None]`, `(a, b)`."""
    return Printer().text(expression, TEST)


def heading(statement: ast.stmt) -> str:
    """The statement's first line, without its decorators: `for t in range(n):`, `y = y - 0.1 * k * y`."""
    printer = Printer(width=10**9, headings=True)
    printer.dispatch(statement)
    return next((line for line in printer.finished() if not line.startswith("@")), "")


def statement_text(statement: ast.stmt, width: int = 88) -> str:
    """The statement with its blocks, without a final newline."""
    printer = Printer(width)
    printer.dispatch(statement)
    return "\n".join(printer.finished())


def print_module(parts: Iterable[ast.stmt], width: int = 88) -> str:
    """A file of these statements: two empty lines round its functions, one newline at its end."""
    printer = Printer(width)
    printer.body(list(parts), docstring=True)
    lines = printer.finished()
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n" if lines else ""


METHODS: dict[type, Callable[[Any, Any], None]] = {}  # of Printer, by the trees they write


class Printer(Unparser):
    """Writes statements as lines. `fill` begins one; `write` adds a token to it; `dispatch` prints a statement."""

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

    def fill(self, text: str = "") -> None:
        self.finished()
        self.margin = 4 * self._indent
        if text:
            self.write(text)

    def finished(self) -> list[str]:
        if self.tokens:
            self.lines += fit(self.tokens, self.margin, self.width)
            self.tokens.clear()
        return self.lines

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
            METHODS[kind] = getattr(Printer, "_" + kind.__name__)
        METHODS[kind](self, tree)

    def _Module(self, tree: Any) -> None:
        self.body(tree.body, docstring=True)

    def body(self, statements: list[Any], docstring: bool = False) -> None:
        if self.headings:
            return
        self.finished()
        kinds = [kind_of(statement) for statement in statements]
        real = [position for position, kind in enumerate(kinds) if kind not in ("Comment", "Blank")]
        apart = 1 if self._indent else 2
        for position, statement in enumerate(statements):
            # a comment right above a definition belongs to it
            ahead = kinds[position]
            if ahead == "Comment":
                ahead = next((kind for kind in kinds[position:] if kind != "Comment"), "")
            behind = kinds[position - 1] if position else ""
            starts = ahead in DEFINITIONS and behind != "Comment"
            if behind in DEFINITIONS or position and starts:
                self.blank(apart)
            if not (docstring and [position] == real[:1] and self.docstring(statement)):
                self.dispatch(statement)
        if not real and self._indent:
            self.fill("pass")

    def docstring(self, statement: Any) -> bool:
        constant = field(statement, "value")
        if kind_of(statement) != "Expr" or not isinstance(getattr(constant, "value", None), str):
            return False
        lines = docstring_lines(constant.value, 4 * self._indent, self.width)
        if lines is None or field(constant, "kind") or kind_of(constant) != "Constant":
            return False
        self.finished().extend(lines)
        return True

    def blank(self, count: int = 1) -> None:
        lines = self.finished()
        while lines and any(lines[-count:]):
            lines.append("")

    def _Comment(self, tree: Comment) -> None:
        start = " " * (4 * self._indent) + "# "
        for line in tree.text.split("\n"):
            self.finished().extend(wrapped(line, start, start, self.width))

    def _Blank(self, tree: Blank) -> None:
        self.blank()

    def _Expr(self, tree: Any) -> None:
        self.fill()
        self.value(tree.value)

    def _Assign(self, tree: Any) -> None:
        self.fill()
        for target in tree.targets:
            self.expression(target, TUPLE)
            self.write(" = ")
        self.value(tree.value)

    def _AugAssign(self, tree: Any) -> None:
        self.fill()
        self.expression(tree.target, ATOM)
        self.write(f" {OPERATORS[kind_of(tree.op)][0]}= ")
        self.value(tree.value)

    def _AnnAssign(self, tree: Any) -> None:
        self.fill()
        bracketed = kind_of(tree.target) == "Name" and not tree.simple
        self.write("(" if bracketed else "")
        self.expression(tree.target, ATOM)
        self.write("): " if bracketed else ": ")
        self.expression(tree.annotation, TEST)
        if field(tree, "value") is not None:
            self.write(" = ")
            self.value(tree.value)

    def _Return(self, tree: Any) -> None:
        self.fill("return")
        if field(tree, "value") is not None:
            self.write(" ")
            self.value(tree.value, TUPLE)

    def _Raise(self, tree: Any) -> None:
        self.fill("raise")
        for keyword, part in ((" ", field(tree, "exc")), (" from ", field(tree, "cause"))):
            if part is not None:
                self.write(keyword)
                self.value(part, TEST)

    def _Assert(self, tree: Any) -> None:
        self.fill("assert ")
        self.value(tree.test, TEST)
        if field(tree, "msg") is not None:
            self.write(", ")
            self.value(tree.msg, TEST)

    def _ImportFrom(self, tree: Any) -> None:
        self.fill(f"from {'.' * (tree.level or 0)}{tree.module or ''} import ")
        if tree.names[0].name == "*":
            self.write("*")
        else:
            self.bracket(OPEN, tree.names, CLOSE, self.write_tree)

    def _TypeAlias(self, tree: Any) -> None:
        self.fill("type " + tree.name.id)
        self.type_params(tree)
        self.write(" = ")
        self.value(tree.value, TEST)

    def header(self, keyword: str, tests: Sequence[Any]) -> None:
        """`keyword`, and a value that may be put in parentheses to be broken."""
        self.fill(keyword)
        for test in tests:
            self.value(test, TEST)

    def block(self, body: list[Any], docstring: bool = False) -> None:
        self.enter()
        self.body(body, docstring)
        self.leave()

    def orelse(self, body: list[Any] | None) -> None:
        if body:
            self.fill("else")
            self.block(body)

    def _If(self, tree: Any) -> None:
        keyword = "if "
        while True:
            self.header(keyword, [tree.test])
            self.block(tree.body)
            if [kind_of(inner) for inner in field(tree, "orelse") or ()] != ["If"]:
                break
            keyword, tree = "elif ", tree.orelse[0]
        self.orelse(field(tree, "orelse"))

    def _While(self, tree: Any) -> None:
        self.header("while ", [tree.test])
        self.block(tree.body)
        self.orelse(field(tree, "orelse"))

    def _For(self, tree: Any, keyword: str = "for ") -> None:
        self.fill(keyword)
        self.expression(tree.target, TUPLE)
        self.write(" in ")
        self.value(tree.iter, TEST)
        self.block(tree.body)
        self.orelse(field(tree, "orelse"))

    def _AsyncFor(self, tree: Any) -> None:
        self._For(tree, "async for ")

    def _With(self, tree: Any, keyword: str = "with ") -> None:
        self.fill(keyword)
        first = tree.items[0]
        if len(tree.items) > 1:
            self.bracket(OPEN, tree.items, CLOSE, self.write_tree)
        elif field(first, "optional_vars") is None and kind_of(first.context_expr) == "Tuple":
            # `with (a, b):` would be two items
            self.parentheses(first.context_expr)
        else:
            self.write_tree(first)
        self.block(tree.body)

    def _AsyncWith(self, tree: Any) -> None:
        self._With(tree, "async with ")

    def _withitem(self, tree: Any) -> None:
        self.expression(tree.context_expr, TEST)
        if field(tree, "optional_vars") is not None:
            self.write(" as ")
            self.expression(tree.optional_vars, TEST)

    def _ExceptHandler(self, tree: Any, keyword: str = "except") -> None:
        self.fill(keyword)
        if field(tree, "type") is not None:
            self.write(" ")
            self.expression(tree.type, TEST)
        if field(tree, "name") is not None:
            self.write(f" as {getattr(tree.name, 'id', tree.name)}")
        self.block(tree.body)

    def _TryStar(self, tree: Any) -> None:
        self.fill("try")
        self.block(tree.body)
        for handler in tree.handlers:
            self._ExceptHandler(handler, "except*")
        self.orelse(field(tree, "orelse"))
        if tree.finalbody:
            self.fill("finally")
            self.block(tree.finalbody)

    def _Match(self, tree: Any) -> None:
        self.header("match ", [tree.subject])
        self.enter()
        for case in [] if self.headings else tree.cases:
            self.fill("case " + ast.unparse(gast.gast_to_ast(case.pattern)))
            if case.guard is not None:
                self.write(" if ")
                self.value(case.guard, TEST)
            self.block(case.body)
        self.leave()

    def _FunctionDef(self, tree: Any, keyword: str = "def ") -> None:
        self.decorators(tree)
        self.fill(keyword + tree.name)
        self.type_params(tree)
        self.bracket("(", self.parameters(tree.args), ")", self.parameter)
        if field(tree, "returns") is not None:
            self.write(" -> ")
            self.expression(tree.returns, TEST)
        self.block(tree.body, docstring=True)

    def _AsyncFunctionDef(self, tree: Any) -> None:
        self._FunctionDef(tree, "async def ")

    def _ClassDef(self, tree: Any) -> None:
        self.decorators(tree)
        self.fill("class " + tree.name)
        self.type_params(tree)
        if tree.bases or tree.keywords:
            self.bracket("(", [*tree.bases, *tree.keywords], ")", self.dispatch)
        self.block(tree.body, docstring=True)

    def decorators(self, tree: Any) -> None:
        for decorator in field(tree, "decorator_list") or ():
            self.fill("@")
            self.expression(decorator, TEST)

    def parameters(self, arguments: Any) -> list[tuple[str, Any, Any]]:
        """(what stands before it, the parameter, its default) for each entry between the parentheses."""
        names = [*arguments.posonlyargs, *arguments.args]
        defaults = [None] * (len(names) - len(arguments.defaults)) + arguments.defaults
        entries = [("", name, default) for name, default in zip(names, defaults)]
        if arguments.posonlyargs:
            entries.insert(len(arguments.posonlyargs), ("/", None, None))
        if arguments.vararg is not None or arguments.kwonlyargs:
            entries.append(("*", arguments.vararg, None))
        entries += [("", name, default) for name, default in zip(arguments.kwonlyargs, arguments.kw_defaults)]
        if arguments.kwarg is not None:
            entries.append(("**", arguments.kwarg, None))
        return entries

    def parameter(self, entry: tuple[str, Any, Any]) -> None:
        stars, name, default = entry
        self.write(stars)
        if name is not None:
            self.write(name.id if hasattr(name, "id") else name.arg)
            if field(name, "annotation") is not None:
                self.write(": ")
                self.expression(name.annotation, TEST)
        if default is not None:
            self.write("=" if field(name, "annotation") is None else " = ")
            self.expression(default, TEST)

    def type_params(self, tree: Any) -> None:
        if field(tree, "type_params"):
            self.bracket("[", tree.type_params, "]", self.type_param)

    def type_param(self, tree: Any) -> None:
        self.write({"TypeVarTuple": "*", "ParamSpec": "**"}.get(kind_of(tree), "") + tree.name)
        for sign, part in ((": ", "bound"), (" = ", "default_value")):
            if field(tree, part) is not None:
                self.write(sign)
                self.expression(getattr(tree, part), TEST)

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
