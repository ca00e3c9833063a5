"""The kernel's memory for one stream: made, shared with the audio thread, given back."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ._kernel import ffi, lib
from .flags import CallbackFlags
from .wakeup import Descriptor, WakeUp

if TYPE_CHECKING:
    from .parameters import Direction

POLICIES = {
    "drop_oldest": lib.ASD_DROP_OLDEST,
    "drop_newest": lib.ASD_DROP_NEWEST,
    # The gap then stands where the queue was full, behind everything that was in time.
    "raise": lib.ASD_DROP_NEWEST,
}
_FORMATS = {
    "float32": lib.ASD_FLOAT32,
    "int32": lib.ASD_INT32,
    "int24": lib.ASD_INT24,
    "int16": lib.ASD_INT16,
    "int8": lib.ASD_INT8,
    "uint8": lib.ASD_UINT8,
}


class BlockInfo(NamedTuple):
    """Where a block of input belongs."""

    frame: int
    """Index of the block's first frame since the stream started; lost frames count."""
    time: float
    """Stream time of that frame in seconds."""
    lost: int
    """Frames lost just before the block, or inside it, where they are silence."""
    flags: CallbackFlags
    """What the host reported with the block."""


@dataclass(frozen=True)
class StreamStatistics:
    """Counters of one stream since its start, from the kernel."""

    callbacks: int
    frames: int
    input_lost: int
    """Frames dropped because the reader did not read them in time.

    A subscriber has its own count. A stream with subscribers that is not read itself has no
    reader who could lose anything: 0, until its first read.
    """
    output_written: int
    """Frames that were put into the output queue."""
    output_queued: int
    """Frames that are still in it."""
    output_discarded: int
    """Frames that `clear` took out of it."""
    output_last: int
    """Frame of the stream after the last one that was handed over."""
    output_inserted: int
    """Silent frames played because nothing was written in time."""
    output_late: int
    """Frames of a duplex stream that were written after their turn."""
    wakeups: int
    input_overflows: int
    input_underflows: int
    output_overflows: int
    output_underflows: int
    flags: CallbackFlags
    cpu_load: float
    """Part of a block's duration that the callback takes, smoothed."""
    longest_gap: float
    """Seconds, the longest pause between two callbacks."""


_COUNTS = (
    "callbacks",
    "input_lost",
    "output_discarded",
    "output_inserted",
    "output_late",
    "wakeups",
    "input_overflows",
    "input_underflows",
    "output_overflows",
    "output_underflows",
)


def together(
    before: StreamStatistics | None, now: StreamStatistics, *, aligned: bool
) -> StreamStatistics:
    """Counters of a stream that went on in another kernel: of both.

    `frames` and `output_last` go on by themselves; so does `output_written` of an aligned stream,
    where it is a frame of the stream.
    """
    if before is None:
        return now
    sums = {name: getattr(before, name) + getattr(now, name) for name in _COUNTS}
    if not aligned:
        sums["output_written"] = before.output_written + now.output_written
    return replace(
        now,
        **sums,
        flags=CallbackFlags(before.flags._flags | now.flags._flags),
        longest_gap=max(before.longest_gap, now.longest_gap),
    )


@dataclass(frozen=True)
class Layout:
    """Sizes and policies of a kernel's queues; capacities in frames, 0 for no queue."""

    samplerate: float
    blocksize: int
    input_capacity: int = 0
    output_capacity: int = 0
    overflow: str = "drop_oldest"
    aligned: bool = False


class Kernel:
    """What the callback works on.

    The memory is freed when the last reference goes, and only if `release` was called, which
    is for whoever saw Pa_CloseStream return. A kernel whose close never returned stays for ever,
    with the descriptors and arrays the callback may touch.
    """

    def __init__(self, layout: Layout, given: Direction | None, taken: Direction | None) -> None:
        config = ffi.new("asd_config *")
        config.samplerate = layout.samplerate
        config.blocksize = layout.blocksize
        config.policy = POLICIES[layout.overflow]
        config.aligned = layout.aligned
        self._channels = given.channels if given is not None else 0
        self._held = _Held(
            _describe(config.input, given, layout.input_capacity),
            _describe(config.output, taken, layout.output_capacity),
        )
        pointer = lib.asd_stream_new(config)
        if pointer == ffi.NULL:
            raise MemoryError("no memory for the stream's queues")
        # Not this object's __del__: a call in another thread holds the pointer and not the handle.
        self.pointer: Any = ffi.gc(pointer, self._held.free)

    def wakeup(self, slot: int) -> WakeUp:
        """Way to wait on one of the slots of `wakeup`; its descriptor is made at first need.

        The kernel holds the descriptor and not the `WakeUp`, which holds the kernel: a cycle
        would keep both until the garbage collector comes by.
        """
        if slot not in self._held.descriptors:
            descriptor = self._held.descriptors[slot] = Descriptor()
            lib.asd_wake_attach(self.pointer, slot, descriptor.writer)
        return WakeUp(self, slot, self._held.descriptors[slot])

    def detach(self) -> None:
        """Signal no descriptor from now on."""
        for slot in list(self._held.descriptors):
            lib.asd_wake_attach(self.pointer, slot, -1)
        for key in list(self._held.tap_descriptors):
            lib.asd_tap_attach(ffi.cast("asd_tap *", key), -1)

    def tap_descriptor(self, tap: Any) -> Descriptor:
        """Descriptor of a further tap: like the tap's memory used again, and closed with ours."""
        key = int(ffi.cast("uintptr_t", tap))
        if key not in self._held.tap_descriptors:
            descriptor = self._held.tap_descriptors[key] = Descriptor()
            lib.asd_tap_attach(tap, descriptor.writer)
        return self._held.tap_descriptors[key]

    def keep(self, thing: object) -> None:
        """Hold something that the callback reads or writes."""
        self._held.kept.append(thing)

    def open_gate(self) -> None:
        """Let callbacks work from now on."""
        lib.asd_stream_open_gate(self.pointer)

    def complete_after(self, voices: int) -> None:
        """Let the stream end by itself with the block in which so many voices have finished."""
        lib.asd_stream_complete_after(self.pointer, voices)

    @property
    def freed(self) -> bool:
        """Whether the memory is gone. Seen only by finalizers: in a cycle ours may come first."""
        return self._held.freed

    @property
    def ended(self) -> bool:
        """Whether no callback will do anything any more."""
        return bool(lib.asd_stream_ended(self.pointer))

    @property
    def flags(self) -> CallbackFlags:
        """What the host has reported since the start. Any thread, never waits."""
        return self.statistics().flags

    def release(self) -> None:
        """Allow the memory to go: PortAudio has let go of it. Wakes every waiter."""
        lib.asd_stream_shut_gate(self.pointer)
        lib.asd_stream_end(self.pointer)
        self._held.released = True

    @property
    def address(self) -> int:
        """For PortAudio's `userData`."""
        return int(ffi.cast("uintptr_t", self.pointer))

    def levels(self) -> tuple[tuple[float, float], ...]:
        """Peak and root mean square of each input channel in the latest block; full scale is 1.

        The first call switches the measuring on; zeros until the next block. Any thread.
        """
        count = self._channels
        peaks, squares = ffi.new("float[]", count), ffi.new("float[]", count)
        lib.asd_levels(self.pointer, peaks, squares)
        return tuple((peaks[i], math.sqrt(squares[i])) for i in range(count))

    def statistics(self) -> StreamStatistics:
        """Counters as they stand now. Any thread, never waits."""
        raw = ffi.new("asd_statistics *")
        lib.asd_stream_statistics(self.pointer, raw)
        values = {name: getattr(raw, name) for name in StreamStatistics.__dataclass_fields__}
        values["flags"] = CallbackFlags(raw.flags)
        return StreamStatistics(**values)


class _Held:
    """What the callback may touch besides the kernel's memory; goes when that goes, not before."""

    def __init__(self, *maps: object) -> None:
        self.maps = maps
        self.descriptors: dict[int, Descriptor] = {}
        self.tap_descriptors: dict[int, Descriptor] = {}
        self.kept: list[object] = []
        self.released = False
        self.freed = False

    def free(self, pointer: Any) -> None:
        """Give the memory back, or keep everything for ever."""
        self.freed = self.released and bool(lib.asd_stream_free(pointer))
        if not self.freed:
            _abandoned.append(self)
            # The interpreter's end empties every list, and a callback may come even then.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))


_abandoned: list[object] = []
"""What a callback that nobody could stop may still touch. Never freed."""


ENDLESS = 2**62
"""Frames that no memory holds, and that still fit into the kernel's counters."""


def _describe(side: Any, direction: Direction | None, capacity: int) -> object:
    if direction is None:
        return None
    side.device_channels = direction.host_channels
    side.channels = direction.channels
    side.sample_bytes = direction.samplesize
    side.silence = direction.silence
    side.format = _FORMATS[direction.dtype]
    side.capacity = min(capacity, ENDLESS)
    if direction.mapping is None:
        return None
    channels = ffi.new("uint32_t[]", direction.mapping)
    side.map = channels
    return channels
