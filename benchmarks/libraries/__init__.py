"""One library, one way to use it: the same few methods for each.

A library here is a class with a ``name``, and as far as it has a way to do it:

``capture(block, frames, latency)``
    An async context manager. The device runs at `block` frames; what it gives is iterated with
    ``async for`` and yields pieces of `frames` frames, as arrays or bytes.
``play_blocks(sound, block)``
    Play a sound that is there piece by piece; the device runs at `block` frames.
``play(sound)``, ``record(frames)``
    Play or record something whole. Coroutines, unless the library's own way is to block.

Missing methods mean that the library has no way of its own for that job.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from typing import Any

HERE, RECIPE, THREAD, PYAUDIO, LISTENTOME = (
    "aiosounddevice",
    "sounddevice, asyncio recipe",
    "sounddevice in a thread",
    "PyAudio in a thread",
    "listentome",
)
_HOMES = {
    HERE: ("here", "Here", "aiosounddevice"),
    RECIPE: ("recipe", "Recipe", "sounddevice"),
    THREAD: ("threads", "SoundDevice", "sounddevice"),
    PYAUDIO: ("threads", "PyAudio", "pyaudio"),
    LISTENTOME: ("listening", "Listening", "listentome"),
}
_THREAD = "a thread opens the stream, blocks in `stream.{}` and hands blocks to an `asyncio.Queue`"
WAYS = {
    HERE: "`async for block in stream`, `await stream.read(n)`, `await stream.write(chunk)`, "
    "`await sd.play(array)`, `await sd.rec(n)`",
    RECIPE: "the callback hands a copy to an `asyncio.Queue` by `call_soon_threadsafe`, or takes "
    "from a queue; `sd.play` or `sd.rec` and `sd.wait`",
    THREAD: _THREAD.format("read(n)"),
    PYAUDIO: _THREAD.format("read(n, exception_on_overflow=False)"),
    LISTENTOME: "`async for block in stream`, `await stream.write(everything)`",
}
"""What a user would write."""
NAMES = tuple(_HOMES)
PEERS = NAMES[1:]
NOTHING = "the card alone"
"""Not a library: the same streams with a C callback that does nothing."""


def module_of(name: str) -> str:
    """The module that a user imports."""
    return _HOMES[name][2]


def installed(name: str) -> bool:
    """Whether the library is there to be measured."""
    return importlib.util.find_spec(module_of(name)) is not None


def version(name: str) -> str:
    """The version measured."""
    module = module_of(name)
    try:
        return importlib.metadata.version(module)
    except importlib.metadata.PackageNotFoundError:
        return str(getattr(importlib.import_module(module), "__version__", "?"))


def load(name: str) -> Any:
    """Make a library ready to be measured, in this process."""
    home, kind, _ = _HOMES[name]
    return getattr(importlib.import_module(f".{home}", __name__), kind)()
