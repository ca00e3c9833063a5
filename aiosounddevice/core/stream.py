"""One PortAudio stream with the kernel on its audio thread: the data. Nothing here waits.

Reading and writing copy between the kernel's queues and arrays, at once, as much as there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._kernel import ffi, lib
from .flags import CallbackFlags
from .handle import BlockInfo
from .succession import SucceedingLife

if TYPE_CHECKING:
    import numpy


class CoreStream(SucceedingLife):
    """A stream that can be read and written without waiting; its arguments are `StreamLife`'s."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._block = ffi.new("asd_block *")
        self._placed = ffi.new("asd_placed *")
        self._signalled = ffi.new("int *")

    # ---- any one reader, any one writer

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
        taken = lib.asd_read(kernel.pointer, ffi.from_buffer(data), frames, stop_at_gap, block)
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
        taken = lib.asd_take(kernel.pointer, ffi.from_buffer(data), frames, block, self._signalled)
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
    def input_capacity(self) -> int:
        """Frames that the input queue holds."""
        return self._capacity

    @property
    def output_capacity(self) -> int:
        """Frames that the output queue holds."""
        return self._capacity

    @property
    def readable(self) -> int:
        """Frames in the input queue."""
        return int(lib.asd_input_fill(self.kernel.pointer))

    def put(self, data: numpy.ndarray, ahead: int) -> tuple[int, int, bool]:
        """Put frames into the output queue and let them be played.

        Parameters
        ----------
        data
            Contiguous frames in the stream's format.
        ahead
            Frames to collect before the first one is played.

        Returns
        -------
        placed : int
            Frames that there was room for.
        inserted : int
            Silent frames played since the start because nothing was written in time.
        ended : bool
            Whether the stream has ended, and nothing was placed.
        """
        placed = self._placed
        lib.asd_put(self.kernel.pointer, ffi.from_buffer(data), len(data), ahead, placed)
        return placed.placed, placed.inserted, bool(placed.ended)

    def write_at(self, frame: int, data: numpy.ndarray) -> int:
        """Put frames at a fixed place of the output; returns how many were in time."""
        placed = lib.asd_write_at(self.kernel.pointer, frame, ffi.from_buffer(data), len(data))
        assert placed >= 0, "a pair further ahead than the queue is long"
        return int(placed)

    # ---- output: the writer's view of time

    @property
    def frame(self) -> int:
        """Frames that callbacks have dealt with since the start: the stream's clock."""
        return int(lib.asd_stream_frame(self.kernel.pointer))

    @property
    def queued(self) -> int:
        """Frames in the output queue."""
        return int(lib.asd_output_fill(self.kernel.pointer))

    @property
    def room(self) -> int:
        """Frames that `write` would take now."""
        return int(lib.asd_output_free(self.kernel.pointer))

    def begin_playing(self) -> None:
        """From now on an empty queue is an underflow."""
        lib.asd_output_set_mode(self.kernel.pointer, lib.ASD_PLAY)

    def hold(self) -> None:
        """Play nothing until `begin_playing`; silence is not counted."""
        lib.asd_output_set_mode(self.kernel.pointer, lib.ASD_HOLD)

    def begin_draining(self) -> None:
        """Play what is there; silence after it is not counted."""
        lib.asd_output_set_mode(self.kernel.pointer, lib.ASD_DRAIN)

    @property
    def playing(self) -> bool:
        """Whether an empty queue is an underflow."""
        return bool(lib.asd_output_mode(self.kernel.pointer) == lib.ASD_PLAY)

    @property
    def draining(self) -> bool:
        """Whether the queue is played to its end without counting underflows."""
        return bool(lib.asd_output_mode(self.kernel.pointer) == lib.ASD_DRAIN)

    @property
    def drained_at(self) -> int:
        """Value of `frame` at which all that was handed over has left the DAC.

        Counted in frames and by the latency that the host reports, for there is no clock on
        which both sides of a sound card agree.
        """
        return self.statistics().output_last + self.output_latency_frames

    @property
    def played(self) -> int:
        """Frames that have left the DAC, as far as the host's latency is true."""
        now = self.statistics()
        handed_over = now.output_written - now.output_queued - now.output_discarded
        silent_since = now.frames - now.output_last
        return max(0, handed_over - max(0, self.output_latency_frames - silent_since))

    def request_clear(self) -> int:
        """Ask the callback to throw the queue away; returns what to ask `cleared` about."""
        return int(lib.asd_output_request_clear(self.kernel.pointer))

    def cleared(self, request: int) -> bool:
        """Whether the callback has done so."""
        return bool(lib.asd_output_cleared(self.kernel.pointer, request))
