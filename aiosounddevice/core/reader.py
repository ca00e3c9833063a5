"""Taking frames out of a stream's input: what its own reader and a subscriber have in common.

Reading copies from a queue of the kernel into arrays, at once, as much as there is. Nothing waits.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from ._kernel import ffi, lib
from .flags import CallbackFlags
from .handle import BlockInfo, Kernel

if TYPE_CHECKING:
    import numpy

    from .parameters import Direction


class Reader:
    """What takes frames out of one queue. One thread at a time."""

    _tap: Any = ffi.NULL
    """The queue's `asd_tap *`; NULL: the stream's own."""

    def __init__(self) -> None:
        self._block = ffi.new("asd_block *")
        self._signalled = ffi.new("int *")

    @property
    @abstractmethod
    def kernel(self) -> Kernel:
        """What holds the queue."""

    @property
    @abstractmethod
    def input(self) -> Direction:
        """Format of the frames."""

    def read(self, frames: int, *, stop_at_gap: bool = False) -> tuple[numpy.ndarray, BlockInfo]:
        """Take up to `frames` frames out of the input queue.

        Returns
        -------
        data : numpy.ndarray
            Shape (frames taken, channels), of the stream's dtype, owning its memory.
        info : BlockInfo
            Where the first of them belongs.
        """
        import numpy

        kernel, side, block = self.kernel, self.input, self._block
        data = numpy.empty((frames, side.channels), side.dtype)
        taken = lib.asd_read(
            kernel.pointer, self._tap, ffi.from_buffer(data), frames, stop_at_gap, block
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

        kernel, side, block = self.kernel, self.input, self._block
        data = numpy.empty((frames, side.channels), side.dtype)
        taken = lib.asd_take(
            kernel.pointer, self._tap, ffi.from_buffer(data), frames, block, self._signalled
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
        """Frames in the input queue."""
        return int(lib.asd_input_fill(self.kernel.pointer, self._tap))
