"""One PortAudio stream with the kernel on its audio thread: the data. Nothing here waits.

Reading and writing copy between the kernel's queues and arrays, at once, as much as there is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ._kernel import ffi, lib
from .containers import Arrays, Container
from .reader import Reader
from .succession import SucceedingLife

if TYPE_CHECKING:
    from typing_extensions import Self


class CoreStream(SucceedingLife, Reader):
    """A stream that can be read and written without waiting; its arguments are `StreamLife`'s.

    And `container`: the form in which it gives and takes frames.
    """

    def __init__(self, *args: Any, container: type[Container[Any]] = Arrays, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        Reader.__init__(self, container)
        self._placed = ffi.new("asd_placed *")

    def twin(self, prepare: Callable[[Any], None], **more: Any) -> Self:
        return super().twin(prepare, container=self._container, **more)

    @cached_property
    def taken(self) -> Container[Any]:
        """The form of the output."""
        return self._container(self.output)

    @property
    def input_capacity(self) -> int:
        """Frames that the input queue holds."""
        return self._capacity

    @property
    def output_capacity(self) -> int:
        """Frames that the output queue holds."""
        return self._capacity

    def levels(self) -> tuple[tuple[float, float], ...]:
        """See `Kernel.levels`."""
        return self.kernel.levels()

    # ---- any one writer

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
