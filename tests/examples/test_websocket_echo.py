"""What the microphone hears goes to the server and back, and is played whole."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from aiosounddevice.virtual import Card

from .helpers import free_port, until

pytest.importorskip("websockets")

SPEECH = np.arange(1, 4001, dtype=np.int16)  # a quarter of a second, no two samples are the same


def test_hears_itself(realtime_card: Card, example: Callable[..., Any]) -> None:
    card = realtime_card
    card.set_clock("0.25x")  # Python has to be in time, on a machine that may be busy
    card.microphone.feed(SPEECH)
    done = example(
        *("websocket_echo", "--port", free_port(), "-i", "microphone", "-o", "speaker"),
        beside=lambda: until(lambda: SPEECH[-1] / 32768 in card.speaker.recorded),
    )
    assert (done.code, done.err) == (0, "")
    played = card.speaker.recorded[:, 0] * 32768
    begin = np.flatnonzero(played)[0]
    np.testing.assert_array_equal(played[begin : begin + len(SPEECH)], SPEECH)


def test_says_what_is_wrong(auto_card: Card, example: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = example("websocket_echo", "--port", port)
        assert f"('127.0.0.1', {port})" in done.code
        assert "already in use" in done.code
