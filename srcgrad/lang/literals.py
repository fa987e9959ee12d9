"""How are constants and docstrings spelled?"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Sequence


def constant_text(value: object) -> str:
    kind = type(value)
    if kind is int:
        return repr(value)
    if isinstance(value, float):
        # float's own repr: NumPy's scalars are floats too. Infinity and nan are written
        # without names, since the user may have a variable `float`.
        text = float.__repr__(value).replace("e-0", "e-")
        return "(1e309 - 1e309)" if text == "nan" else text.replace("inf", "1e309")
    if isinstance(value, complex):
        # Python's own -2j has a real part of -0.0, which repr spells out
        text = complex.__repr__(value)
        text = text[3:-1] if text.startswith("(-0") and text[3:4] == "-" else text
        return text.replace("inf", "1e309")
    return "..." if value is ... else quoted(value) if isinstance(value, (str, bytes)) else repr(value)


def in_quotes(characters: str, quote: str) -> str:
    """The characters as they stand between these quotes."""
    text = repr("'\"" + characters)[4:-1]  # holding both quotes, it is written in single ones, with \' inside
    return text if quote[0] == "'" else text.replace("\\'", "'").replace('"', '\\"')


def quoted(value: str | bytes) -> str:
    """The literal, in double quotes unless that would need a backslash."""
    text = repr(value)
    start = text.index(text[-1])
    return text if '"' in text else f'{text[:start]}"{text[start + 1 : -1]}"'


def literal(pieces: Sequence[tuple[bool, str]], quote: str) -> str:
    if not any(is_field for is_field, _ in pieces):
        characters = "".join(piece for _, piece in pieces)
        return quoted(characters.encode("latin-1") if quote == "b" else characters)
    inside = (
        piece if is_field else in_quotes(piece, quote).replace("{", "{{").replace("}", "}}")
        for is_field, piece in pieces
    )
    return "f" + quote + "".join(inside) + quote


def docstring_lines(value: str, indent: int, width: int) -> list[str] | None:
    """The docstring as it is, or indented and wrapped anew; None if triple quotes cannot hold it."""
    if not all(character.isprintable() or character in "\n\t" for character in value):
        return None
    text = value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if text.endswith('"'):
        text = text[:-1] + '\\"'
    margin = " " * indent
    lines = (margin + '"""' + text + '"""').split("\n")
    in_place = all(line.startswith(margin) or not line.strip() for line in lines[1:])
    if in_place and all(len(line) <= width for line in lines):
        return lines
    lines = []
    for line in inspect.cleandoc(text).split("\n"):
        hanging = margin + " " * (len(line) - len(line.lstrip()))
        lines += wrapped(line.lstrip(), hanging if lines else margin + '"""', hanging, width)
    return [*lines, margin + '"""']


def wrapped(line: str, start: str, hanging: str, width: int) -> list[str]:
    """The line broken between words: its first line starts with `start`, the others with `hanging`."""
    if len(start) + len(line) <= width:
        return [(start + line).rstrip()]
    return textwrap.wrap(
        line, width, initial_indent=start, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
    )
