from __future__ import annotations

import gc
import os
import select
import threading

import pytest

from aiosounddevice.core import wakeup
from aiosounddevice.core._kernel import ffi, lib
from aiosounddevice.core.handle import Kernel, Layout
from aiosounddevice.core.wakeup import Descriptor

LONG = 30.0


@pytest.fixture
def kernel():
    """A kernel that no host knows."""
    kernel = Kernel(Layout(48000, 64), None, None)
    yield kernel
    kernel.release()


def readable(descriptor: Descriptor) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


def test_a_descriptor_signals_and_drains():
    descriptor = Descriptor()
    assert not readable(descriptor)
    assert not descriptor.poll(0)
    for _ in range(3):
        descriptor.signal()
    assert readable(descriptor)
    assert descriptor.poll(None)
    descriptor.drain()
    assert not readable(descriptor)
    descriptor.drain()


def test_signalling_never_blocks():
    descriptor = Descriptor()
    os.set_blocking(descriptor.fileno(), False)
    for _ in range(100_000):
        descriptor.signal()
    descriptor.drain()
    assert not readable(descriptor)


def test_a_pipe_where_there_is_no_eventfd(monkeypatch):
    monkeypatch.delattr(os, "eventfd", raising=False)
    descriptor = Descriptor()
    assert descriptor.fileno() != descriptor.writer
    for _ in range(70_000):
        descriptor.signal()
    assert readable(descriptor)
    while readable(descriptor):
        descriptor.drain()


def test_a_descriptor_is_closed_with_its_last_holder(kernel):
    waiter = kernel.wakeup(wakeup.FRAME)
    assert kernel.wakeup(wakeup.FRAME).descriptor is waiter.descriptor
    number = waiter.descriptor.fileno()
    os.fstat(number)
    descriptor = Descriptor()
    number = descriptor.fileno()
    del descriptor
    gc.collect()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(number)


def test_what_is_there_needs_no_wait(kernel):
    waiter = kernel.wakeup(wakeup.FRAME)
    assert not waiter.arm(0)
    assert not waiter.disarm()
    assert waiter.wait(0, 0)


def test_the_end_wakes_whatever_the_threshold(kernel):
    waiter = kernel.wakeup(wakeup.FRAME)
    assert waiter.arm(10**9)
    assert not readable(waiter.descriptor)
    lib.asd_stream_end(kernel.pointer)
    assert readable(waiter.descriptor)
    waiter.disarm()
    waiter.descriptor.drain()
    assert waiter.wait(10**9, LONG)


def test_time_runs_out(kernel):
    assert not kernel.wakeup(wakeup.FRAME).wait(10**9, 0.001)
    assert not kernel.wakeup(wakeup.VOICE).wait(1, 0.001)


def test_a_blocked_thread_is_woken(kernel):
    woken = []
    waiter = kernel.wakeup(wakeup.VOICE)
    thread = threading.Thread(target=lambda: woken.append(waiter.wait(1, LONG)))
    thread.start()
    lib.asd_stream_end(kernel.pointer)
    thread.join(LONG)
    assert woken == [True]


def test_the_count_of_waiters_is_balanced(card, kernel):
    """The card's handshake: whatever is armed is disarmed, whatever is signalled acknowledged."""
    before = lib.asd_handshake_pending()
    waiter = kernel.wakeup(wakeup.FRAME)
    for _ in range(5):
        waiter.arm(10)
        waiter.arm(20)
        waiter.disarm()
    waiter.arm(10)
    lib.asd_stream_end(kernel.pointer)
    assert lib.asd_handshake_pending() == before + 1
    assert waiter.disarm()
    assert lib.asd_handshake_pending() == before + 1
    wakeup.acknowledge()
    assert lib.asd_handshake_pending() == before


def test_an_automatic_clock_does_not_wait_for_a_helper(kernel):
    """It moves on when it is told "idle": some task waits, and none is about to run."""
    idle = ffi.cast("int (*)(void)", lib.asd_handshake_idle_address())
    task, helper = kernel.wakeup(wakeup.VOICE), kernel.wakeup(wakeup.FEED)
    assert not idle()
    assert helper.arm(1)
    assert not idle()
    assert helper.arm(2)
    assert task.arm(1)
    assert idle()
    task.disarm()
    assert not idle()
    helper.disarm()
    assert task.arm(1)
    assert idle(), "what the helper withdrew was not the task's"
    task.disarm()
