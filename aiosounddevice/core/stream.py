"""One PortAudio stream with the kernel on its audio thread: the data. Nothing here waits.

Reading and writing copy between the kernel's queues and arrays, at once, as much as there is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from ._kernel import ffi, lib
from .containers import Arrays, Container
from .flags import CallbackFlags
from .handle import BlockInfo
from .life import StreamLife


class CoreStream(StreamLife):
    """A stream that can be read and written without waiting; its arguments are `StreamLife`'s.

    And `container`: the form in which it gives and takes frames.
    """

    def __init__(self, *args: Any, container: type[Container[Any]] = Arrays, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._container = container
        self._piece = ffi.new("asd_block *")
        self.place = ffi.new("asd_block *")
        """Where the first frame of the block belongs that `taker` took last."""
        self._placed = ffi.new("asd_placed *")
        self.signalled = ffi.new("int *")
        """Not 0: `taker` withdrew a wish that had been met; acknowledge it."""

    @cached_property
    def given(self) -> Container[Any]:
        """The form of the input."""
        return self._container(self.input)

    @cached_property
    def taken(self) -> Container[Any]:
        """The form of the output."""
        return self._container(self.output)

    # ---- any one reader, any one writer

    def read(self, frames: int, *, stop_at_gap: bool = False) -> tuple[Any, int, BlockInfo]:
        """Take up to `frames` frames out of the input queue.

        Returns
        -------
        data
            What `given` makes of them, owning its memory.
        taken : int
            How many there are.
        info : BlockInfo
            Where the first of them belongs.
        """
        kernel, block, memory = self.kernel, self._piece, self.given.allocate(frames)
        target = ffi.from_buffer(memory)
        taken = max(0, lib.asd_read(kernel.pointer, target, frames, stop_at_gap, block))
        info = BlockInfo(block.frame, block.time, block.lost, CallbackFlags(block.flags))
        return self.given.finish(memory, taken), taken, info

    def taker(self, frames: int) -> Callable[[], Any]:
        """Return a function that takes `frames` frames at a reader's turn.

        It returns None when so many are not there and may still come, and fewer of them at the
        end. It also withdraws what the reader had asked its wake-up for (`signalled`): one call
        into the kernel, for each of them lets go of the GIL, which another thread may then keep.
        What is known of the block is made when asked for: `block_info`. A closure, since this is
        the one function that runs for every block: looking things up costs a third of it.
        """
        form, place, signalled = self.given, self.place, self.signalled
        take, pointer, from_buffer = lib.asd_take, self.kernel.pointer, ffi.from_buffer
        allocate, finish, direct = form.allocator(frames), form.finish, form.direct

        def taker() -> Any:
            memory = allocate()
            taken = take(pointer, from_buffer(memory), frames, place, signalled)
            if taken == frames and direct:
                return memory
            return None if taken == -2 else finish(memory, max(taken, 0))

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

    def put(self, data: Any, start: int, frames: int, ahead: int) -> tuple[int, int, bool]:
        """Put frames into the output queue and let them be played.

        Parameters
        ----------
        data
            Contiguous frames in the stream's format.
        start, frames
            Which of them.
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
        source = ffi.from_buffer(data)
        if start:
            source += start * self.taken.frame_bytes
        lib.asd_put(self.kernel.pointer, source, frames, ahead, placed)
        return placed.placed, placed.inserted, bool(placed.ended)

    def write_at(self, frame: int, data: Any) -> int:
        """Put frames at a fixed place of the output; returns how many were in time."""
        source, frames = ffi.from_buffer(data), self.taken.count(data)
        placed = lib.asd_write_at(self.kernel.pointer, frame, source, frames)
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
