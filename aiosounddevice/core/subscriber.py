"""Further readers of a stream's input, which know nothing of one another."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ._kernel import ffi, lib
from .errors import DeviceLost
from .handle import ENDLESS, POLICIES, Kernel, StreamStatistics
from .life import queue_frames
from .reader import Reader
from .wakeup import INPUT, Descriptor, WakeUp

if TYPE_CHECKING:
    from .parameters import Direction
    from .stream import CoreStream


class Tap:
    """A further queue behind a stream's input (`kernel/taps.h`), from the next block on.

    The kernel's memory for it is used again when the last reference to `pointer` goes, for whoever
    holds that may still read or wait there. Any thread.

    Parameters
    ----------
    kernel
        Of an open stream with a queue for input. Held.
    capacity
        Frames.
    overflow
        ``"drop_oldest"``, ``"drop_newest"`` or ``"raise"``.
    """

    def __init__(self, kernel: Kernel, capacity: int, overflow: str) -> None:
        self.kernel = kernel
        frames = min(capacity, ENDLESS)
        pointer = lib.asd_tap_open(kernel.pointer, frames, POLICIES[overflow])
        if pointer == ffi.NULL:
            raise MemoryError("no memory for another reader's queue")
        self.pointer: Any = ffi.gc(pointer, partial(_release, kernel))

    def wakeup(self, slot: int = INPUT) -> WakeUp:
        """Way to wait for frames in this queue; there is no slot but `wakeup.INPUT`."""
        assert slot == INPUT
        return _TapWakeUp(self, self.kernel.tap_descriptor(self.pointer))

    def close(self) -> None:
        """No more blocks; what is stored may still be read. Wakes who waits. Idempotent."""
        if not self.kernel.freed:
            lib.asd_tap_close(self.pointer)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return bool(lib.asd_tap_closed(self.pointer))

    @property
    def lost(self) -> int:
        """Frames dropped because this tap's reader did not read in time."""
        return 0 if self.kernel.freed else int(lib.asd_tap_lost(self.pointer))


def _release(kernel: Kernel, pointer: Any) -> None:
    if not kernel.freed:
        lib.asd_tap_release(pointer)


class _TapWakeUp(WakeUp):
    def __init__(self, tap: Tap, descriptor: Descriptor) -> None:
        super().__init__(tap.kernel, INPUT, descriptor)
        self.arm = partial(lib.asd_tap_arm, tap.kernel.pointer, tap.pointer)
        self.disarm = partial(lib.asd_tap_disarm, tap.pointer)


_NOWHERE = object()
"""In the place of a pointer: NULL would be the stream's own queue."""


class Subscriber(Reader):
    """A stream as one more reader sees it: its own queue, everything else the stream's.

    Parameters
    ----------
    core
        The stream.
    buffer
        Length of the queue in seconds; None: as the stream's own.
    overflow
        ``"drop_oldest"``, ``"drop_newest"`` or ``"raise"``; None: as the stream's own.
    """

    def __init__(
        self, core: CoreStream, buffer: float | None = None, overflow: str | None = None
    ) -> None:
        super().__init__(core._container)
        self.core = core
        self.buffer = core._buffer if buffer is None else buffer
        self.overflow = core._overflow if overflow is None else overflow
        self.input_capacity = 0
        self.left = False
        self.tap: Tap | None = None
        self._lost = 0

    def open(self) -> Tap:
        """Begin with the next block of a stream that is open. Any thread, never waits."""
        kernel = self.core.kernel
        self.input_capacity = queue_frames(self.core._known(), self.buffer)
        self.tap = Tap(kernel, self.input_capacity, self.overflow)
        self._tap = self.tap.pointer
        return self.tap

    def stop(self) -> None:
        """No more blocks; what is stored may still be read. Wakes who waits. Idempotent."""
        tap = self.tap
        if tap is not None:
            tap.close()

    def leave(self) -> None:
        """No more blocks, and no more reading. Wakes who waits. Idempotent.

        The queue's memory goes when nobody waits there any more.
        """
        self.left = True
        self.stop()
        tap, self.tap = self.tap, None
        if tap is not None:
            self._lost = tap.lost
            self._tap = _NOWHERE

    def __getattr__(self, name: str) -> Any:
        """Everything that is not the reader's own: format, times, errors, the device."""
        return getattr(self.core, name)

    @property
    def input(self) -> Direction:
        """Format of the frames."""
        return self.core.input

    @property
    def kernel(self) -> Kernel:
        """What holds the queue."""
        if self.core.closing:
            self.core.refuse()
        tap = self.tap
        if self.left or tap is None:
            text = "the subscription was left" if self.left else "the subscription was not entered"
            raise self.core.closed_error(f"{text}: use 'async with stream.subscribe()'")
        return tap.kernel

    @property
    def closing(self) -> bool:
        """Whether nothing can be read any more."""
        return self.left or self.core.closing

    @property
    def ended(self) -> bool:
        """Whether no more blocks will come to this reader."""
        tap = self.tap
        return tap is None or tap.closed or bool(lib.asd_stream_ended(tap.kernel.pointer))

    @property
    def running(self) -> bool:
        """Whether blocks are to be expected."""
        return self.core.running and not self.ended

    def raise_if_lost(self) -> None:
        """Raise `DeviceLost` or `StreamClosed` if that is why no more blocks will come."""
        kernel, tap = self.kernel, self.tap
        if tap is None or tap.closed:
            return
        self.core.raise_if_lost()
        if self.core.kernel is not kernel:
            raise DeviceLost("the device was lost and opened again: subscribe again")

    def statistics(self) -> StreamStatistics:
        """The stream's counters since its start, with what this reader has lost."""
        tap = self.tap
        lost = self._lost if tap is None else tap.lost
        return replace(self.core.statistics(), input_lost=lost)
