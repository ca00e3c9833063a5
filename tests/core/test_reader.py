"""The stream's own reader; the way through the kernel is tested in test_stream.py."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from aiosounddevice.core.parameters import request
from aiosounddevice.core.stream import CoreStream

LONG = 30.0
RATE = 48000


@pytest.fixture
def mic(card):
    asked = request("input", device=1, channels=1, samplerate=RATE, blocksize=64, latency=0)
    core = CoreStream(asked, buffer=640 / RATE)
    core.start().result(LONG)
    yield core
    core.close().result(LONG)


def test_take_waits_for_all_of_it(card, mic):
    card.advance(64)
    take = mic.taker(100)
    assert take() is None
    assert not mic.signalled[0]
    card.advance(64)
    assert (take().shape, mic.block_info.frame) == ((100, 1), 0)
    mic.stop().result(LONG)
    assert len(take()) == 28, "the end: what is left"
    assert mic.block_info.frame == 100
    assert len(take()) == 0


def test_restarts_under_a_reader_in_another_thread(card, mic):
    """Each run's frames are read in order, whatever the moment of the restart."""
    stop = threading.Event()
    trouble = []

    def read():
        while not stop.is_set():
            data, _, info = mic.read(32)
            numbers = np.round(data[:, 0].astype(float) * 2**23).astype(int)
            if len(data) and not np.array_equal(numbers, info.frame + np.arange(len(data))):
                trouble.append((info, numbers))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for _ in range(200):
            card.advance(128)
            mic.stop().result(LONG)
            mic.start().result(LONG)
    finally:
        stop.set()
        thread.join()
    assert not trouble
    assert mic.runs == 200
