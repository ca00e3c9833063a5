"""The walkie-talkie and the intercom: what is said here is sent, what arrives is played."""

from __future__ import annotations

import _socket
import queue
import socket
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from aiosounddevice.virtual import Card

from .helpers import until

BLOCK = 320
BOTH = ["walkie_talkie", "trio_intercom"]
DEVICES = ("-i", "microphone", "-o", "speaker")
SPEECH = np.arange(1, 15 * BLOCK + 1, dtype="<i2")  # no two samples are the same

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="takes 127.0.0.2 for another host")


class Other:
    """The other computer: a socket on another address of this one."""

    def __init__(self) -> None:
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.2", 0))
        self.socket.settimeout(20)
        self.port = self.socket.getsockname()[1]

    def hear(self, packets: int) -> np.ndarray:
        """Return what comes in, in packets of 20 ms."""
        blocks = [np.frombuffer(self.socket.recv(4096), "<i2") for _ in range(packets)]
        assert {len(block) for block in blocks} == {BLOCK}
        return np.concatenate(blocks)

    def say(self, sound: np.ndarray) -> None:
        for block in sound.reshape(-1, BLOCK):
            self.socket.sendto(block.tobytes(), ("127.0.0.1", self.port))


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[Other]:
    """Let two hosts that are one use one port."""

    def bind(self: socket.socket, address: Any) -> None:
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _socket.socket.bind(self, address)

    monkeypatch.setattr(socket.socket, "bind", bind)
    it = Other()
    yield it
    it.socket.close()


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Presses Return."""
    typed: queue.SimpleQueue[str] = queue.SimpleQueue()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(readline=typed.get))
    yield lambda: typed.put("\n")
    typed.put("")  # for the thread that still waits for a line


@pytest.mark.parametrize("name", BOTH)
def test_talks_and_listens(
    realtime_card: Card,
    example: Callable[..., Any],
    other: Other,
    press: Callable[[], None],
    name: str,
) -> None:
    pytest.importorskip(name.split("_")[0] if name.startswith("trio") else "anyio")
    card, heard = realtime_card, []
    card.set_clock("0.5x")  # Python has to be in time, on a machine that may be busy
    card.microphone.feed(np.arange(20000, dtype=np.int16), loop=True)

    def beside() -> None:
        press()
        heard.append(other.hear(10))
        press()
        other.say(SPEECH)
        until(lambda: SPEECH[-1] / 32768 in card.speaker.recorded)

    done = example(name, "127.0.0.2", "--port", other.port, *DEVICES, beside=beside)
    assert (done.code, done.err) == (0, "")
    assert set(np.diff(heard[0])) <= {1, -19999}, "not a frame is missing"
    played = card.speaker.recorded[:, 0] * 32768
    begin = np.flatnonzero(played)[0]
    np.testing.assert_array_equal(played[begin : begin + len(SPEECH)], SPEECH)


def test_is_silent_until_return_is_pressed(
    auto_card: Card, example: Callable[..., Any], other: Other, press: Callable[[], None]
) -> None:
    done = example(
        *("walkie_talkie", "127.0.0.2", "-p", other.port, *DEVICES),
        beside=lambda: until(lambda: auto_card.time > 2),
    )
    assert done.code == 0
    other.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        other.socket.recv(4096)


@pytest.mark.parametrize("name", BOTH)
def test_says_what_is_wrong(
    auto_card: Card, example: Callable[..., Any], press: Callable[[], None], name: str
) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 0))
        port = taken.getsockname()[1]
        done = example(name, "127.0.0.1", "-p", port, *DEVICES)
        assert "ddress already in use" in done.code
    done = example(name, "nowhere.invalid", "-p", port, *DEVICES)
    assert "ame or service not known" in done.code or "resolution" in done.code
