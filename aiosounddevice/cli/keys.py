"""Keys that are typed while a command runs."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections import deque
from types import TracebackType
from typing import Any

import anyio

if sys.platform == "win32":
    import msvcrt
else:
    import termios
    import tty

# What terminals send (xterm, VT220, the Linux console), and what it is called here.
_SEQUENCES = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b[C": "right",
    "\x1b[D": "left",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1bOC": "right",
    "\x1bOD": "left",
    "\x1b[5~": "pageup",
    "\x1b[6~": "pagedown",
    "\x1b[H": "home",
    "\x1b[F": "end",
    "\x1b[1~": "home",
    "\x1b[4~": "end",
    "\x1b": "escape",
    " ": "space",
    "\r": "enter",
    "\n": "enter",
    "\x04": "eof",
}
_WINDOWS = {"H": "up", "P": "down", "M": "right", "K": "left", "G": "home", "O": "end"}
_POLL = 0.05  # seconds; Windows' console cannot be waited for together with other things


def names(text: str) -> list[str]:
    """Return the names of the keys in what a terminal has sent."""
    found = []
    while text:
        length = next((n for n in (4, 3, 1) if text[:n] in _SEQUENCES), 1)
        if length == 1 and text.startswith("\x1b["):  # a key that we have no name for
            length = next((n for n in range(2, len(text)) if "@" <= text[n] <= "~"), len(text)) + 1
        else:
            found.append(_SEQUENCES.get(text[:length], text[:length]))
        text = text[length:]
    return found


def _in_background(terminal: int) -> bool:
    if sys.platform == "win32":
        return False
    try:
        return os.tcgetpgrp(terminal) != os.getpgrp()
    except OSError:  # not the one that controls us
        return False


class Keys:
    """Keys as they are typed: ``async with Keys() as keys: key = await keys.get()``.

    A key is its character, or a name: space, enter, escape, left, right, up, down, home, end,
    pageup, pagedown; eof at the end of the input. Ctrl+C stays the signal that it is. Where stdin
    is no terminal, or belongs to another job of it, no key ever comes.
    """

    def __init__(self) -> None:
        self._keys: deque[str] = deque()
        self._before: Any = None
        self._continued: Any = None
        self._fd = -1

    async def __aenter__(self) -> Keys:
        self._enter()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._continued is not None:
            signal.signal(signal.SIGCONT, self._continued)
        if sys.platform != "win32" and self._before is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

    def _enter(self) -> None:
        self._there = sys.stdin is not None and sys.stdin.isatty()
        if sys.platform != "win32" and self._there:
            self._fd = sys.stdin.fileno()
            if _in_background(self._fd):  # touching the terminal would stop us
                self._there = False
                return
            self._before = termios.tcgetattr(self._fd)
            self._listen()
            with contextlib.suppress(ValueError):  # not in the main thread: no signals for us
                self._continued = signal.signal(signal.SIGCONT, self._listen)

    def _listen(self, *_: object) -> None:
        """Have keys sent one by one; again after Ctrl+Z, as the shell has its own wishes."""
        if sys.platform != "win32":
            tty.setcbreak(self._fd, termios.TCSADRAIN)

    async def get(self) -> str:
        """Wait for the next key. Cancelled, it loses none."""
        while not self._keys:
            if not self._there:
                await anyio.sleep_forever()
            elif sys.platform == "win32":
                await self._poll()
            else:
                await anyio.wait_readable(self._fd)
                self._read()
        return self._keys.popleft()

    def _read(self) -> None:
        try:
            typed = os.read(self._fd, 1024)
        except OSError:  # the terminal is gone
            typed = b""
        self._there = bool(typed)
        self._keys.extend(names(typed.decode(errors="ignore")) if typed else ["eof"])

    if sys.platform == "win32":

        async def _poll(self) -> None:
            while not msvcrt.kbhit():  # noqa: ASYNC110 - nothing that could be waited for
                await anyio.sleep(_POLL)
            key = msvcrt.getwch()
            if key in "\0\xe0":
                self._keys.append(_WINDOWS.get(msvcrt.getwch(), ""))
            else:
                self._keys.extend(names(key))
