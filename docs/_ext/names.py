"""Where the names in docstrings lead: to our own reference, or to others' documentation.

Docstrings write names in single backticks. A name that is documented here becomes a link, and so
does one of Python's, NumPy's or anyio's; anything else (a parameter, a value) is shown as code.
Signatures and explicit roles must lead somewhere: there an unknown name is an error of the build.
"""

from __future__ import annotations

import builtins
import re
from typing import Any

from docutils import nodes
from docutils.nodes import Element
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

PYTHON = "https://docs.python.org/3/library/"
# Patterns of full names, and the pages that describe them. No inventories are fetched: the build
# needs no network.
ELSEWHERE = [
    (r"(float|int|bool|object|print|help)", PYTHON + r"functions.html#\1"),
    (r"(str|bytes|bytearray|tuple|list|dict|memoryview)", PYTHON + r"stdtypes.html#\1"),
    (r"(?:typing|collections\.abc)\.(Any|NamedTuple)", PYTHON + r"typing.html#typing.\1"),
    (r"(?:typing|collections\.abc)\.(\w+)", PYTHON + r"collections.abc.html#collections.abc.\1"),
    (r"(Iterable|Sequence|AsyncIterable|AsyncIterator|Callable|Awaitable)",
     PYTHON + r"collections.abc.html#collections.abc.\1"),
    (r"(Any|NamedTuple)", PYTHON + r"typing.html#typing.\1"),
    (r"types\.(\w+)", PYTHON + r"types.html#types.\1"),
    (r"os\.PathLike", PYTHON + "os.html#os.PathLike"),
    (r"pathlib\.Path", PYTHON + "pathlib.html#pathlib.Path"),
    (r"(asyncio|logging|threading|warnings)", PYTHON + r"\1.html"),
    (r"threading\.(\w+)", PYTHON + r"threading.html#threading.\1"),
    (r"asyncio\.Event", PYTHON + r"asyncio-sync.html#asyncio.Event"),
    (r"(?:numpy\.)?(ndarray)",
     r"https://numpy.org/doc/stable/reference/generated/numpy.\1.html"),
    (r"numpy\.dtype", "https://numpy.org/doc/stable/reference/generated/numpy.dtype.html"),
    (r"np\.(\w+)", r"https://numpy.org/doc/stable/reference/arrays.scalars.html#numpy.\1"),
    (r"(?:numpy\.typing\.|npt\.)?(?:ArrayLike|NDArray)",
     "https://numpy.org/doc/stable/reference/typing.html#numpy.typing.ArrayLike"),
    (r"(anyio\.(?:abc\.)?\w+)", r"https://anyio.readthedocs.io/en/stable/api.html#\1"),
    (r"(Object(?:Receive|Send)Stream)",
     r"https://anyio.readthedocs.io/en/stable/api.html#anyio.abc.\1"),
]  # fmt: skip
# Type variables, and classes of ours that annotations name and nobody makes.
PLAIN = {"None", "T_co", "Chunk", "InputBase", "Tape", "Faults"}


def address(name: str) -> str | None:
    """Where a name that is not ours is documented."""
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, BaseException):
        return f"{PYTHON}exceptions.html#{name}"
    for pattern, target in ELSEWHERE:
        found = re.fullmatch(pattern, name)
        if found:
            return found.expand(target)
    return None


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: Element
) -> Element | None:
    """Resolve what Sphinx could not."""
    if node.get("refdomain") != "py":
        return None
    name = node["reftarget"].lstrip("~.")
    ours = _documented(app, env, node, name, text)
    if ours is not None:
        return ours
    uri = address(name)
    if uri is not None:
        return nodes.reference("", "", text, refuri=uri, internal=False)
    if node["reftype"] == "obj" or name.rpartition(".")[2] in PLAIN:
        return text
    return None


def _documented(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, name: str, text: Element
) -> Element | None:
    """Names are documented as users write them, and annotated as they are defined.

    `aiosounddevice.aio.blocks.Blocks` is `aiosounddevice.Blocks`.
    """
    last = name.rpartition(".")[2]
    for full in (f"aiosounddevice.{last}", f"aiosounddevice.virtual.{last}"):
        domain = env.domains["py"]
        if full in domain.objects:
            return domain.resolve_xref(
                env, node["refdoc"], app.builder, node["reftype"], full, node, text
            )
    return None


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
