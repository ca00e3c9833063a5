"""Keys: what terminals send, and how a command gets them."""

from __future__ import annotations

import os
import pty
import signal
import sys
import termios
from collections.abc import Iterator

import anyio
import pytest

from aiosounddevice.cli.keys import Keys, names

LONG = 30.0


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("q", ["q"]),
        ("aé+", ["a", "é", "+"]),
        (" \n\r", ["space", "enter", "enter"]),
        ("\x1b[A\x1b[B\x1bOC\x1b[D", ["up", "down", "right", "left"]),
        ("\x1b[5~\x1b[6~\x1b[H\x1b[4~", ["pageup", "pagedown", "home", "end"]),
        ("\x1b", ["escape"]),
        ("x\x1b[15~y\x1b[1;5Cz", ["x", "y", "z"]),  # F5 and Ctrl+Right have no name here
        ("\x1b[", []),
        ("\x04", ["eof"]),
        ("", []),
    ],
)
def test_names(sent: str, keys: list[str]) -> None:
    assert names(sent) == keys


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """Master and slave of a pseudo-terminal that is stdin."""
    master, slave = pty.openpty()
    with open(slave, closefd=False) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield master, slave
        monkeypatch.undo()
    os.close(slave)
    os.close(master)


@pytest.mark.anyio
async def test_keys_come_as_they_are_typed(terminal: tuple[int, int]) -> None:
    master, slave = terminal
    before = termios.tcgetattr(slave)
    with anyio.fail_after(LONG):
        async with Keys() as keys:
            assert not termios.tcgetattr(slave)[3] & (termios.ECHO | termios.ICANON)
            assert termios.tcgetattr(slave)[3] & termios.ISIG, "Ctrl+C stays a signal"
            os.write(master, b"m \x1b[C")
            assert [await keys.get() for _ in range(3)] == ["m", "space", "right"]
            with anyio.move_on_after(0.02) as scope:
                await keys.get()
            assert scope.cancelled_caught
            os.write(master, b"q")
            assert await keys.get() == "q"
    assert termios.tcgetattr(slave) == before


@pytest.mark.anyio
async def test_it_listens_again_after_ctrl_z(terminal: tuple[int, int]) -> None:
    slave = terminal[1]
    before = termios.tcgetattr(slave)
    async with Keys():
        termios.tcsetattr(slave, termios.TCSANOW, before)  # as a shell does, meanwhile
        os.kill(os.getpid(), signal.SIGCONT)
        assert not termios.tcgetattr(slave)[3] & termios.ICANON
    assert termios.tcgetattr(slave) == before
    assert signal.getsignal(signal.SIGCONT) is signal.SIG_DFL


@pytest.mark.anyio
async def test_the_terminal_is_as_before_after_an_error(terminal: tuple[int, int]) -> None:
    before = termios.tcgetattr(terminal[1])
    with pytest.raises(ZeroDivisionError):
        async with Keys():
            raise ZeroDivisionError
    assert termios.tcgetattr(terminal[1]) == before


@pytest.mark.anyio
async def test_without_a_terminal_no_key_ever_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull) as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        async with Keys() as keys:
            with anyio.move_on_after(0.02) as scope:
                await keys.get()
        assert scope.cancelled_caught
        monkeypatch.undo()
