"""How is text laid out within a width?  Groups that stay on one line if they fit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from srcgrad.lang.literals import literal


class Mark(str):
    """A token that is `flat` where its group is on one line, and `broken` (or a new line) where it is not."""

    def __new__(cls, flat: str = "", broken: str | None = None) -> Mark:
        mark = super().__new__(cls, flat)
        mark.broken = flat if broken is None else broken
        return mark

    broken: str


class Text(str):
    """A string literal that may be divided, as (is it a field of an f-string?, text) pieces."""

    def __new__(cls, flat: str, pieces: Sequence[tuple[bool, str]], quote: str, bare: bool) -> Text:
        text = super().__new__(cls, flat)
        text.pieces, text.quote, text.bare = pieces, quote, bare
        return text

    pieces: Sequence[tuple[bool, str]]
    quote: str
    bare: bool  # not to be divided unless TRY becomes parentheses


GROUP, END, INDENT, DEDENT = Mark(), Mark(), Mark(), Mark()


LINE, SOFT = Mark(" "), Mark()


COMMA, OPEN, CLOSE = Mark("", ","), Mark("", "("), Mark("", ")")


# Parentheses round something that can be broken in its own brackets: used only when that is not enough.
TRY, TRIED = Mark(), Mark()


OPENING, CLOSING = (GROUP, OPEN, INDENT, SOFT), (DEDENT, SOFT, CLOSE, END)


def words(characters: str) -> list[str]:
    """Pieces that end where a line may: after white space, or, within a very long word, anywhere."""
    return [piece for word in re.findall(r"\S*\s+|\S+", characters) for piece in re.findall(r"(?s).{1,48}", word)]


def divide(text: Text, column: int, width: int, rest: int) -> list[str]:
    """The literal as adjacent literals, which Python joins; `rest` columns are kept free after the last."""
    chunks: list[str] = []
    current: list[tuple[bool, str]] = []
    pieces = [(is_field, word) for is_field, piece in text.pieces for word in ([piece] if is_field else words(piece))]
    for position, piece in enumerate(pieces):
        room = width - column - (rest if position == len(pieces) - 1 else 0)
        if current and len(literal([*current, piece], text.quote)) > room:
            chunks.append(literal(current, text.quote))
            current = []
        current.append(piece)
    return [*chunks, literal(current, text.quote)]


def fit(tokens: list[str], indent: int, width: int) -> list[str]:
    """The lines of one statement: as few as will do."""
    flat = " " * indent + "".join(tokens)
    if len(flat) <= width:
        return [flat]
    bare = [
        str(token) if type(token) is Text and token.bare else token
        for token in tokens
        if token is not TRY and token is not TRIED
    ]
    lines = lay_out(bare, indent, width)
    if max(map(len, lines)) <= width:
        return lines
    marks = {id(TRY): OPENING, id(TRIED): CLOSING}
    bracketed = lay_out([mark for token in tokens for mark in marks.get(id(token), (token,))], indent, width)
    return min(lines, bracketed, key=lambda lines: max(map(len, lines)))


def lay_out(tokens: list[str], indent: int, width: int) -> list[str]:
    """Every group that fits stays on one line, with what follows it up to the next place to break."""
    ends, opened = {}, []
    rest = [0] * (len(tokens) + 1)
    for position in reversed(range(len(tokens))):
        token = tokens[position]
        if token is END:
            opened.append(position)
        elif token is GROUP:
            ends[position] = opened.pop()
        if token is not LINE and token is not SOFT:
            rest[position] = rest[position + 1] + len(token.broken if type(token) is Mark else token)

    lines: list[str] = []
    line = " " * indent
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token is GROUP:
            flat = "".join(tokens[position : ends[position]])
            if len(line) + len(flat) + rest[ends[position]] <= width:
                line += flat
                position = ends[position]
        elif token is LINE or token is SOFT:
            lines.append(line)
            line = " " * indent
        elif token is INDENT:
            indent += 4
        elif token is DEDENT:
            indent -= 4
        elif type(token) is Mark:
            line += token.broken
        elif type(token) is Text and len(line) + len(token) + rest[position + 1] > width:
            chunks = divide(token, len(line), width, rest[position + 1])
            margin = " " * len(line)
            lines += [line + chunks[0], *(margin + chunk for chunk in chunks[1:])]
            line = lines.pop()
        else:
            line += token
        position += 1
    return [*lines, line]
