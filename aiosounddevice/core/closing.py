"""Streams that are still open when the interpreter ends."""

from __future__ import annotations

import threading
import weakref
from concurrent.futures import wait
from typing import TYPE_CHECKING

from . import library

if TYPE_CHECKING:
    from .life import StreamLife

_LIMIT = 2.0

alive: weakref.WeakSet[StreamLife] = weakref.WeakSet()
"""All streams that somebody holds."""


def close_all() -> None:
    """Silence and close every stream that is open.

    Waits for the control thread, but not longer than a user would: a driver that hangs must not
    keep the process from ending. Who still waits for a stream is in a daemon thread: it is not
    woken, for all that it could do is print a traceback while the interpreter goes (which may
    even abort the process). So is one that comes to read or write now: `sleep_if_daemon`.
    """
    streams = [stream for stream in list(alive) if stream.open]
    for stream in streams:
        stream.hush()
    closing = [stream.close() for stream in streams]
    if closing:
        wait(closing, _LIMIT)


def sleep_if_daemon() -> None:
    """Do not return in a daemon thread. Called at the interpreter's end only."""
    if threading.current_thread().daemon:
        threading.Event().wait()


library.at_exit(close_all)
