"""One PortAudio stream with the kernel on its audio thread: the data. Nothing here waits.

Reading and writing copy between the kernel's queues and arrays, at once, as much as there is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._kernel import ffi, lib
from .flags import CallbackFlags
from .handle import BlockInfo
from .life import StreamLife

if TYPE_CHECKING:
    import numpy


class CoreStream(StreamLife):
    """A stream that can be read and written without waiting; its arguments are `StreamLife`'s."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._piece = ffi.new("asd_block *")
        self.place = ffi.new("asd_block *")
        """Where the first frame of the block belongs that `taker` took last."""
        self._placed = ffi.new("asd_placed *")
        self.signalled = ffi.new("int *")
        """Not 0: `taker` withdrew a wish that had been met; acknowledge it."""

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

        kernel, side, block = self.kernel, self.input, self._piece
        data = numpy.empty((frames, side.channels), side.dtype)
        taken = lib.asd_read(kernel.pointer, ffi.from_buffer(data), frames, stop_at_gap, block)
        if taken < frames:
            data = data[: max(taken, 0)].copy()
        return data, BlockInfo(block.frame, block.time, block.lost, CallbackFlags(block.flags))

    def taker(self, frames: int) -> Callable[[], numpy.ndarray | None]:
        """Return a function that takes `frames` frames at a reader's turn.

        It returns None when so many are not there and may still come, and fewer of them at the
        end. It also withdraws what the reader had asked its wake-up for (`signalled`): one call
        into the kernel, for each of them lets go of the GIL, which another thread may then keep.
        What is known of the block is made when asked for: `block_info`. A closure, since this is
        the one function that runs for every block: looking things up costs a third of it.
        """
        import numpy

        side, place, signalled = self.input, self.place, self.signalled
        take, pointer, from_buffer = lib.asd_take, self.kernel.pointer, ffi.from_buffer
        empty, shape, dtype = numpy.empty, (frames, side.channels), numpy.dtype(side.dtype)

        def taker() -> numpy.ndarray | None:
            data = empty(shape, dtype)
            taken = take(pointer, from_buffer(data), frames, place, signalled)
            if taken == frames:
                return data
            return None if taken == -2 else data[: max(taken, 0)].copy()

        return taker

    @property
    def block_info(self) -> BlockInfo:
        """`place`, as it stands."""
        block = self.place
        return BlockInfo(block.frame, block.time, block.lost, CallbackFlags(block.flags))

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
