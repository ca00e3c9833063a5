"""One reader's end of a stream's input: the stream's own, or that of a subscriber.

Reading copies from the kernel's queue into arrays, at once, as much as there is. Nothing waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._kernel import ffi, lib
from .flags import CallbackFlags
from .handle import ENDLESS, POLICIES, BlockInfo, Kernel
from .wakeup import INPUT, Descriptor, WakeUp

if TYPE_CHECKING:
    import numpy

    from .parameters import Direction


class Tap:
    """A further queue behind a stream's input (`kernel/taps.h`), from the next block on.

    The kernel's memory for it is used again when the last reference goes. Any thread.

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
        self.pointer: Any = lib.asd_tap_open(kernel.pointer, frames, POLICIES[overflow])
        if self.pointer == ffi.NULL:
            raise MemoryError("no memory for another reader's queue")

    def wakeup(self, slot: int = INPUT) -> WakeUp:
        """Way to wait for frames in this queue; has no slot but `wakeup.INPUT`."""
        assert slot == INPUT
        return _TapWakeUp(self, self.kernel.tap_descriptor(self.pointer))

    def close(self) -> None:
        """No more blocks; what is stored may still be read. Wakes who waits. Idempotent."""
        lib.asd_tap_close(self.pointer)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return bool(lib.asd_tap_closed(self.pointer))

    @property
    def lost(self) -> int:
        """Frames dropped because this tap's reader did not read in time."""
        return int(lib.asd_tap_lost(self.pointer))

    def __del__(self) -> None:
        pointer = getattr(self, "pointer", ffi.NULL)
        if pointer != ffi.NULL:
            lib.asd_tap_release(pointer)


class _TapWakeUp(WakeUp):
    def __init__(self, tap: Tap, descriptor: Descriptor) -> None:
        super().__init__(tap.kernel, INPUT, descriptor)
        self._tap = tap

    def arm(self, threshold: int) -> bool:
        return bool(lib.asd_tap_arm(self._kernel.pointer, self._tap.pointer, threshold))

    def disarm(self) -> bool:
        return bool(lib.asd_tap_disarm(self._tap.pointer))


class Reader:
    """What takes frames out of one queue. One thread at a time.

    Parameters
    ----------
    kernel
        Held: the queue is its memory.
    side
        Format of the frames.
    capacity
        Frames that the queue holds.
    tap
        None: the stream's own queue.
    """

    def __init__(
        self, kernel: Kernel, side: Direction, capacity: int, tap: Tap | None = None
    ) -> None:
        self.kernel = kernel
        self.side = side
        self.capacity = capacity
        self.tap = tap
        self._pointer = ffi.NULL if tap is None else tap.pointer
        self._block = ffi.new("asd_block *")
        self._signalled = ffi.new("int *")

    def read(self, frames: int, *, stop_at_gap: bool = False) -> tuple[numpy.ndarray, BlockInfo]:
        """Take up to `frames` frames out of the queue.

        Returns
        -------
        data : numpy.ndarray
            Shape (frames taken, channels), of the stream's dtype, owning its memory.
        info : BlockInfo
            Where the first of them belongs.
        """
        import numpy

        side, block = self.side, self._block
        data = numpy.empty((frames, side.channels), side.dtype)
        taken = lib.asd_read(
            self.kernel.pointer, self._pointer, ffi.from_buffer(data), frames, stop_at_gap, block
        )
        if taken < frames:
            data = data[: max(taken, 0)].copy()
        return data, BlockInfo(block.frame, block.time, block.lost, CallbackFlags(block.flags))

    def take(self, frames: int) -> tuple[numpy.ndarray, BlockInfo] | None:
        """`read` at a reader's turn: None when so many frames are not there and may still come.

        Also withdraws what the reader had asked its wake-up for. One call into the kernel, for
        each of them lets go of the GIL, which another thread may then keep.
        """
        import numpy

        side, block = self.side, self._block
        data = numpy.empty((frames, side.channels), side.dtype)
        taken = lib.asd_take(
            self.kernel.pointer,
            self._pointer,
            ffi.from_buffer(data),
            frames,
            block,
            self._signalled,
        )
        if taken == -2:
            return None
        if taken < frames:
            data = data[: max(taken, 0)].copy()
        return data, BlockInfo(block.frame, block.time, block.lost, CallbackFlags(block.flags))

    @property
    def signalled(self) -> bool:
        """Whether `take` withdrew a wish that had been met: acknowledge it."""
        return bool(self._signalled[0])

    @property
    def readable(self) -> int:
        """Frames in the queue."""
        return int(lib.asd_input_fill(self.kernel.pointer, self._pointer))
