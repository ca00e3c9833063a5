"""Running a command's coroutine, and ending it: by itself, by Ctrl+C, by a signal."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anyio

from .errors import INTERRUPTED, OK


def run(function: Callable[..., Awaitable[int | None]], *args: Any, endless: bool = False) -> int:
    """Run an async function; returns the exit code of the command.

    Ctrl+C, and what would end the program from outside (SIGTERM, SIGHUP), cancel it, so that
    devices are closed and the terminal is as it was. Cancelled, it may still print, but not wait.

    Parameters
    ----------
    function
        Returns an exit code, None: 0.
    *args
        Its arguments.
    endless
        Whether Ctrl+C is the usual end, and so no failure: exit code 0 instead of 130.
    """
    with _signals() as caught, _quiet():
        try:
            return anyio.run(function, *args) or OK
        except KeyboardInterrupt:
            if caught:
                return 128 + caught[0]
            return OK if endless else INTERRUPTED


@contextlib.contextmanager
def _signals() -> Iterator[list[int]]:
    """Let other signals do what Ctrl+C does; yields those that came."""
    caught: list[int] = []

    def interrupt(number: int, _frame: object) -> None:
        caught.append(number)
        signal.raise_signal(signal.SIGINT)

    names = ("SIGTERM",) if sys.platform == "win32" else ("SIGTERM", "SIGHUP")
    before = {}
    with contextlib.suppress(ValueError):  # not in the main thread: no signals for us
        for number in (getattr(signal, name) for name in names):
            if signal.getsignal(number) is signal.SIG_DFL:  # nohup has it ignored
                before[number] = signal.signal(number, interrupt)
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what C libraries print off the terminal; Python's stderr goes on.

    ALSA reports each xrun from the audio thread, in the middle of whatever is shown.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    sys.stderr.flush()
    terminal, python = os.dup(2), sys.stderr
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        with open(terminal, "w", buffering=1, closefd=False) as sys.stderr:
            yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
        sys.stderr = python
