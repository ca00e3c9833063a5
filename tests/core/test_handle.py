from __future__ import annotations

import dataclasses
import gc
import weakref

import pytest

from aiosounddevice.core import control, handle, library
from aiosounddevice.core._kernel import ffi, lib
from aiosounddevice.core.flags import CallbackFlags
from aiosounddevice.core.handle import Kernel, Layout, StreamStatistics, together
from aiosounddevice.core.parameters import request, resolve


@pytest.fixture
def sides(card):
    """Both directions of the loopback, one channel each."""
    asked = request("duplex", device=0, channels=1)
    parameters = control.call(lambda: resolve(library.get(), asked))
    return parameters.input, parameters.output


def test_an_idle_kernel(sides):
    kernel = Kernel(Layout(48000, 64, 640, 640), *sides)
    now = kernel.statistics()
    assert (now.callbacks, now.frames, now.input_lost, now.output_written) == (0, 0, 0, 0)
    assert not now.flags
    assert now.cpu_load == now.longest_gap == 0
    assert lib.asd_output_free(kernel.pointer) == 640
    assert not lib.asd_stream_ended(kernel.pointer)
    assert kernel.address
    kernel.release()
    assert lib.asd_stream_ended(kernel.pointer)


def test_released_memory_goes_with_the_last_reference(sides):
    kernel = Kernel(Layout(48000, 64, 640, 640), *sides)
    thing = type("Thing", (), {})()
    gone = weakref.ref(thing)
    kernel.keep(thing)
    del thing
    waiter = kernel.wakeup(0)
    kernel.release()
    before = len(handle._abandoned)
    del kernel
    gc.collect()
    assert gone() is not None, "a waiter may still look at it"
    del waiter
    gc.collect()
    assert gone() is None
    assert len(handle._abandoned) == before


def test_memory_that_nobody_released_stays_for_ever(sides):
    kernel = Kernel(Layout(48000, 64, 640, 640), *sides)
    thing = type("Thing", (), {})()
    gone = weakref.ref(thing)
    kernel.keep(thing)
    address = kernel.address
    del thing, kernel
    gc.collect()
    assert gone() is not None
    kept = [held for held in handle._abandoned if gone() in held.kept]
    assert len(kept) == 1
    handle._abandoned.remove(kept[0])
    assert lib.asd_stream_free(ffi.cast("asd_stream *", address))


@pytest.mark.parametrize("capacity", [2**50, 2**62, 2**64, 10**300])
def test_no_memory(sides, capacity):
    with pytest.raises(MemoryError, match="queues"):
        Kernel(Layout(48000, 64, capacity, 0), *sides)
    with pytest.raises(MemoryError, match="queues"):
        Kernel(Layout(48000, 64, 0, capacity), *sides)


@pytest.mark.parametrize("policy", ["drop_oldest", "drop_newest", "raise"])
def test_policies(policy):
    kernel = Kernel(Layout(48000, 64, overflow=policy), None, None)
    kernel.release()


def test_counters_of_two_kernels_together():
    def counters(**values):
        fields = dict.fromkeys(StreamStatistics.__dataclass_fields__, 0)
        return StreamStatistics(**{**fields, "flags": CallbackFlags(), **values})

    before = counters(callbacks=3, frames=300, output_written=100, input_lost=5, longest_gap=0.5)
    before = dataclasses.replace(before, flags=CallbackFlags(2), output_queued=7)
    now = counters(callbacks=2, frames=900, output_written=400, input_lost=600, longest_gap=0.1)
    assert together(None, now, aligned=False) is now
    sum_ = together(before, now, aligned=False)
    assert (sum_.callbacks, sum_.frames, sum_.input_lost) == (5, 900, 605)
    assert (sum_.output_written, sum_.output_queued, sum_.longest_gap) == (500, 0, 0.5)
    assert sum_.flags.input_overflow
    assert together(before, now, aligned=True).output_written == 400
