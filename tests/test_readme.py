"""Does the code in the pages do what the pages say?

The ```python blocks of a page run in order in one namespace.  Where a ```text block
follows one with nothing but blank lines between, it is what the block prints.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import types
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", "docs/how-it-works.md", "docs/writing-rules.md", "docs/memory.md", "docs/values.md", "docs/solvers.md"]

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Block:
    line: int  # of its first line of code, in the page
    code: str
    printed: str | None


def blocks_of(page: str) -> list[Block]:
    """The python blocks of a page, each with the output it promises."""
    found = []
    matches = list(BLOCK.finditer(page))
    for match, following in zip(matches, [*matches[1:], None]):
        if match.group(1) != "python":
            continue
        printed = None
        if following is not None and following.group(1) == "text":
            if not page[match.end() : following.start()].strip():
                printed = following.group(2)
        line = page.count("\n", 0, match.start(2)) + 1
        found.append(Block(line, match.group(2), printed))
    return found


def as_module(blocks: list[Block]) -> str:
    """The blocks as one file, every line where it stands in the page."""
    lines: list[str] = []
    for block in blocks:
        lines += [""] * (block.line - 1 - len(lines)) + block.code.splitlines()
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("page", PAGES)
def test_page(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = blocks_of((ROOT / page).read_text(encoding="utf-8"))
    assert blocks, f"{page} has no python blocks"

    # srcgrad reads source: the code must stand in a file.
    file = tmp_path / (Path(page).stem.lower().replace("-", "_") + ".py")
    file.write_text(as_module(blocks), encoding="utf-8")
    module = types.ModuleType(file.stem)
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, file.stem, module)

    for block in blocks:
        output = io.StringIO()
        code = compile("\n" * (block.line - 1) + block.code, str(file), "exec")
        with contextlib.redirect_stdout(output):
            exec(code, module.__dict__)
        if block.printed is not None:
            assert output.getvalue().rstrip() == block.printed.rstrip(), f"{page}:{block.line} prints something else"


def test_blocks_are_found_with_their_lines_and_output() -> None:
    page = "words\n\n```python\nprint(1)\n```\n\n```text\n1\n```\n\n```sh\nls\n```\n"
    assert blocks_of(page) == [Block(4, "print(1)\n", "1\n")]
    assert as_module(blocks_of(page)) == "\n\n\nprint(1)\n"
