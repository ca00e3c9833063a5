"""A terminal with a command in it: what is typed, what is on the screen."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from types import TracebackType
from typing import Any

import pyte

LIMIT = 60.0  # seconds; only a broken build waits that long
CTRL_C = "\x03"


def _control() -> None:
    """Make the terminal the one that Ctrl+C comes from; in the child."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """Runs ``python -m aiosounddevice ...`` in a pseudo-terminal of so many columns and lines."""

    def __init__(
        self, *arguments: str, columns: int = 100, lines: int = 30, **environment: str
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._modes = termios.tcgetattr(slave)
        self._screen = pyte.HistoryScreen(columns, lines, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
            environ.pop(name, None)
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "aiosounddevice", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environ,
            start_new_session=True,
            preexec_fn=_control,
        )
        self._slave = slave

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._slave)
        os.close(self._master)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._master, text.encode())

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        with contextlib.suppress(OSError):
            self._stream.feed(os.read(self._master, 65536))
        return True

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def cells(self) -> list[list[Any]]:
        """What is on the screen, as `pyte.screens.Char`: character and how it looks."""
        columns = range(self._screen.columns)
        return [[self._screen.buffer[y][x] for x in columns] for y in range(self._screen.lines)]

    def colours(self) -> set[str]:
        """Foreground and background colours in use."""
        return {colour for row in self.cells() for cell in row for colour in (cell.fg, cell.bg)}

    def wait(self, pattern: str) -> re.Match[str]:
        """Wait until something is on the screen."""
        end = time.monotonic() + LIMIT
        while (found := re.search(pattern, self.text, re.M)) is None:
            if self._process.poll() is not None and not self._read(0.1):
                raise AssertionError(f"ended without {pattern!r}:\n{self.text}")
            assert time.monotonic() < end, f"no {pattern!r} within {LIMIT} s:\n{self.text}"
            self._read(0.1)
        return found

    def end(self) -> int:
        """Wait for the end; returns the exit code. The terminal must be as it was."""
        end = time.monotonic() + LIMIT
        while self._process.poll() is None:
            assert time.monotonic() < end, f"does not end:\n{self.text}"
            self._read(0.05)
        while self._read(0.0):
            pass
        assert "Traceback" not in self.text
        assert termios.tcgetattr(self._slave)[:4] == self._modes[:4], "the terminal's modes"
        assert not self._screen.cursor.hidden, "the cursor"
        return self._process.returncode
