"""The code blocks of the documentation's pages, and a way to run them as a reader would."""

from __future__ import annotations

import ast
import inspect
import re
import types
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import anyio.to_thread

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    path
    for path in DOCS.rglob("*.md")
    if "_build" not in path.parts and path.name != "changelog.md"
)


class Block(NamedTuple):
    """A block of code, and where it stands."""

    page: Path
    line: int
    language: str
    text: str


def blocks(page: Path, language: str) -> list[Block]:
    """All blocks of a page in one language, in their order, also those inside of lists."""
    text = page.read_text()
    found = []
    for match in re.finditer(r"^( *)```(\w+)\n(.*?)^\1```", text, re.DOTALL | re.MULTILINE):
        indent, name, body = match.groups()
        if name == language:
            line = text.count("\n", 0, match.start(3)) + 1
            body = re.sub(rf"^{indent}", "", body, flags=re.MULTILINE)
            found.append(Block(page, line, name, body))
    return found


async def run(block: Block, names: dict[str, Any]) -> None:
    """Run a block in the page's names: here if it awaits, else in a thread without a loop."""
    # As many empty lines before it as in the page, so that a traceback has the page's lines.
    source = "\n" * (block.line - 1) + block.text
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(source, str(block.page), "exec", flags=flags, dont_inherit=True)
    if code.co_flags & inspect.CO_COROUTINE:
        await types.FunctionType(code, names)()
    else:
        await anyio.to_thread.run_sync(exec, code, names, abandon_on_cancel=True)
