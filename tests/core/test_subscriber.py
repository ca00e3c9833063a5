"""Subscribers without an event loop: what is theirs, what is the stream's, and whose memory."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest

from aiosounddevice.core import handle
from aiosounddevice.core._kernel import ffi, lib
from aiosounddevice.core.errors import DeviceLost, StreamClosed
from aiosounddevice.core.parameters import request
from aiosounddevice.core.stream import CoreStream
from aiosounddevice.core.subscriber import Subscriber, Tap

LONG = 30.0
RATE = 48000


@pytest.fixture
def mic(card):
    asked = request("input", device=1, channels=1, samplerate=RATE, blocksize=64, latency=0)
    core = CoreStream(asked, buffer=640 / RATE)
    core.start().result(LONG)
    yield core
    core.close().result(LONG)


def numbers(data):
    return np.round(data[:, 0].astype(float) * 2**23).astype(int).tolist()


def test_a_queue_of_its_own(card, mic):
    card.advance(64)
    reader = Subscriber(mic, buffer=200 / RATE, overflow="drop_newest")
    assert reader.ended
    with pytest.raises(StreamClosed, match="not entered"):
        reader.read(1)
    reader.open()
    assert reader.input_capacity == 256
    assert reader.readable == 0
    card.advance(320)
    assert mic.readable == 384
    assert reader.readable == 256
    data, _, info = reader.read(300)
    assert (numbers(data), info.frame, info.lost) == (list(range(64, 320)), 64, 0)
    assert reader.statistics().input_lost == 64
    assert mic.statistics().input_lost == 0
    take = reader.taker(64)
    assert take() is None
    card.advance(64)
    assert len(take()) == 64
    assert reader.place.lost == 64


def test_what_is_the_streams(card, mic):
    reader = Subscriber(mic)
    reader.open()
    assert (reader.samplerate, reader.block_frames, reader.blocksize) == (RATE, 64, 64)
    assert reader.input_capacity == mic.input_capacity
    assert reader.overflow == "drop_oldest"
    assert reader.running
    assert reader.sides == mic.sides
    with pytest.raises(AttributeError):
        _ = reader.nonsense


def test_leaving(card, mic):
    reader = Subscriber(mic)
    reader.open()
    card.advance(64)
    reader.stop()
    card.advance(64)
    assert reader.ended
    assert not reader.closing
    assert len(reader.read(100)[0]) == 64
    reader.raise_if_lost()
    reader.leave()
    reader.leave()
    assert reader.closing
    assert reader.statistics().input_lost == 0
    with pytest.raises(StreamClosed, match="was left"):
        reader.read(1)
    assert mic.readable == 128


def test_the_streams_end(card, mic):
    reader = Subscriber(mic)
    reader.open()
    card.advance(64)
    lib.asd_stream_shut_gate(mic.kernel.pointer)
    card.advance(128)
    assert reader.ended
    assert len(reader.read(100)[0]) == 64
    with pytest.raises(DeviceLost):
        reader.raise_if_lost()
    mic.close().result(LONG)
    with pytest.raises(StreamClosed, match="the stream was closed"):
        reader.raise_if_lost()


def address(tap):
    return int(ffi.cast("uintptr_t", tap.pointer))


def test_memory_of_a_tap_is_used_again(card, mic):
    first = Tap(mic.kernel, 100, "drop_oldest")
    where, descriptor = address(first), first.wakeup().descriptor
    second = Tap(mic.kernel, 100, "drop_oldest")
    assert address(second) != where
    del first
    third = Tap(mic.kernel, 10, "raise")
    assert address(third) == where
    assert third.wakeup().descriptor is descriptor
    assert third.lost == 0
    assert not third.closed


def test_a_wake_up_keeps_its_tap(card, mic):
    tap = Tap(mic.kernel, 100, "drop_oldest")
    wakeup, where = tap.wakeup(), address(tap)
    del tap
    assert address(Tap(mic.kernel, 100, "drop_oldest")) != where
    waiting = threading.Thread(target=wakeup.wait, args=(50,))
    waiting.start()
    while waiting.is_alive():
        card.advance(64)
        waiting.join(0.001)
    assert wakeup.wait(1, 0)
    del wakeup, waiting
    others = [Tap(mic.kernel, 100, "drop_oldest") for _ in range(2)]
    assert where in [address(other) for other in others], "now it may be used again"


@pytest.mark.parametrize("capacity", [2**50, 2**62, 10**300])
def test_no_memory(card, mic, capacity):
    with pytest.raises(MemoryError, match="another reader"):
        Tap(mic.kernel, capacity, "drop_oldest")


@pytest.mark.parametrize("order", [1, -1])
def test_a_cycle_of_kernel_and_tap_goes(card, order):
    """Finalizers of a cycle run in any order: the kernel's memory may go before the tap."""
    asked = request("input", device=1, channels=1, samplerate=RATE, blocksize=64, latency=0)
    core = CoreStream(asked, buffer=640 / RATE)
    core.start().result(LONG)
    readers = [Subscriber(core) for _ in range(3)]
    for reader in readers:
        reader.open()
    card.advance(64)
    core.close().result(LONG)
    before = len(handle._abandoned)
    cycle = [core, *readers, *(reader.tap for reader in readers)][::order]
    cycle.append(cycle)
    gone = weakref.ref(readers[0])
    del core, reader, readers, cycle
    gc.collect()
    assert gone() is None
    assert len(handle._abandoned) == before
