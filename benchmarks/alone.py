"""Jobs that need no event loop: what the card costs, the queue's throughput."""

from __future__ import annotations

import time
from collections.abc import Callable

from . import sound
from .jobs import WARM, Figures
from .sound import CHANNELS, RATE

CALLBACK, READ = 4096, 32768
"""Frames per callback and per read of the throughput job."""
WHOLE = 64 * READ
"""Frames of the sound that goes through: more than stays in a core's own cache."""
TURNS = 5


def idling(seconds: float, direction: str, block: int, latency: str, streams: int = 1) -> Figures:
    """CPU seconds per second of the card itself, whose callbacks do nothing."""
    from .libraries import nothing

    with nothing.streams(streams, direction, block, latency):
        time.sleep(WARM)
        begun, spent = time.monotonic(), sound.processor_time()
        time.sleep(seconds)
        spent, lasted = sound.processor_time() - spent, time.monotonic() - begun
    return {"cpu": spent / lasted}


def queueing(rounds: int) -> Figures:
    """Bytes per second from the callback's buffer to arrays, and of `memcpy` to such arrays."""
    import numpy as np

    from aiosounddevice import virtual
    from aiosounddevice.core._kernel import ffi, lib
    from aiosounddevice.core.parameters import request
    from aiosounddevice.core.stream import CoreStream

    from .libraries.nothing import NOTHING

    # On the manual clock the card makes no callback, so that we can.
    virtual.use("manual")
    stream = CoreStream(request("input", samplerate=RATE, blocksize=CALLBACK, channels=CHANNELS))
    stream.start().result()
    kind = "int(*)(void *, void *, unsigned long, asd_time_info *, unsigned long, void *)"
    callback, nothing = ffi.cast(kind, lib.asd_callback_address()), ffi.cast(kind, NOTHING)
    source = np.ones((WHOLE, CHANNELS), np.float32)
    given, null = ffi.from_buffer(source), ffi.NULL
    step, piece = CALLBACK * source.itemsize * CHANNELS, READ * source.itemsize * CHANNELS
    times, pointer = ffi.new("asd_time_info *"), stream.kernel.pointer

    def call(function: Callable[..., object], start: int) -> None:
        for at in range(start, start + piece, step):
            function(given + at, null, CALLBACK, times, 0, pointer)

    def through() -> None:
        for start in range(0, source.nbytes, piece):
            call(callback, start)
            stream.read(READ)

    def calls() -> None:
        for start in range(0, source.nbytes, piece):
            call(nothing, start)

    def copy() -> None:
        for start in range(0, source.nbytes, piece):
            ffi.memmove(np.empty((READ, CHANNELS), np.float32), given + start, piece)

    # Calling from Python is what a host does not do: that time is taken off.
    turns = [[_duration(work) for work in (through, calls, copy)] for _ in range(rounds)]
    assert stream.statistics().input_lost == 0
    assert stream.statistics().frames == rounds * TURNS * WHOLE
    stream.close().result()
    return {
        "queue": [source.nbytes / (whole - called) for whole, called, _ in turns],
        "memcpy": [source.nbytes / copied for _, _, copied in turns],
    }


def _duration(work: Callable[[], None]) -> float:
    """The shortest of a few: what others did meanwhile is not ours."""
    turns = []
    for _ in range(TURNS):
        begun = time.perf_counter()
        work()
        turns.append(time.perf_counter() - begun)
    return min(turns)


JOBS: dict[str, Callable[..., Figures]] = {job.__name__: job for job in (idling, queueing)}
