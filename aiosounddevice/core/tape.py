"""Recordings of a length that nobody knows yet: memory is handed to the callback in chunks.

Chunk k is a voice that begins exactly where chunk k - 1 ends, so the recording has no seams.
`AHEAD` of them always wait behind the one that is being filled. A thread of the recording's own
sees to that: it sleeps without the GIL until a chunk is full, once a second. An event loop that is
busy for seconds, or that has ended, therefore costs nothing. Why not the loop itself: nobody would
hand over memory while a user's function computes, and a task would have to stay beside the user's
own for as long as the recording lasts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from . import wakeup
from ._kernel import lib
from .arrays import check_dtype, silent_frames
from .checks import channel_list, check_frames
from .defaults import default
from .handle import Kernel
from .parameters import Direction
from .voices import Voice

if TYPE_CHECKING:
    import numpy

    from .stream import CoreStream

CHUNK_SECONDS = 1.0
AHEAD = 2


class _Piece(NamedTuple):
    """Recorded frames and where they belong."""

    start: int
    data: numpy.ndarray


class Tape:
    """What is to be recorded in chunks, checked as far as that goes without a device.

    Parameters
    ----------
    frames
        Most that is recorded; None: as long as there is memory.
    channels, dtype, mapping
        As for `Recording`.
    """

    def __init__(
        self,
        frames: int | None = None,
        channels: Any = None,
        dtype: Any = None,
        mapping: Any = None,
    ) -> None:
        self.cap = None if frames is None else check_frames(frames)
        self.channels: Any = channels if mapping is None else channel_list(mapping)
        self.dtype = check_dtype(default.dtype[0] if dtype is None else dtype)
        self.failed: Exception | None = None
        """Why no more memory is handed over."""
        self.on_end: Callable[[], object] | None = None
        """Called by the feeding thread when the stream has ended, or feeding has failed."""
        self._kernel: Kernel | None = None
        self._end: int | None = None
        self._chunks: list[Voice] = []
        self._unfilled: list[Voice] = []
        self._filled = self._next = 0

    def begin(self, core: CoreStream) -> None:
        """Hand over the first chunks, and see to those that follow; before the stream starts."""
        kernel, self._side = core.kernel, core.input
        self._kernel = kernel
        self._length = max(1, round(core.samplerate * CHUNK_SECONDS), core.blocksize)
        wake = kernel.wakeup(wakeup.FEED)
        self._feed(kernel)
        if self._wanted:
            threading.Thread(
                target=self._keep_feeding,
                args=(kernel, wake, wake.arm(1)),
                name="aiosounddevice recording",
                daemon=True,
            ).start()

    @property
    def _wanted(self) -> bool:
        return self.cap is None or self._next < self.cap

    def _keep_feeding(self, kernel: Kernel, wake: wakeup.WakeUp, armed: bool) -> None:
        try:
            while self._wanted and not kernel.ended:
                if armed:
                    wake.descriptor.poll(None)
                    wake.descriptor.drain()
                self._feed(kernel)
                # This acknowledges the signal: until now a card that waits for us stood still.
                armed = bool(wake.arm(self._filled + 1))
        except Exception as error:
            self.failed = error
        finally:
            if wake.disarm():
                wakeup.acknowledge()
        if self.on_end is not None and (kernel.ended or self.failed):
            self.on_end()

    def _feed(self, kernel: Kernel) -> None:
        unfilled = [chunk for chunk in self._unfilled if not chunk.done]
        self._filled += len(self._unfilled) - len(unfilled)
        self._unfilled = unfilled
        while self._wanted and len(unfilled) <= AHEAD:
            # Behind time, the frames that have passed are lost; they need no memory.
            start = max(self._next, _now(kernel))
            length = self._length if self.cap is None else min(self._length, self.cap - start)
            self._next = start + length
            if length > 0:
                chunk = _chunk(kernel, self._side, start, length)
                unfilled.append(chunk)
                self._chunks.append(chunk)

    # ---- the owner's side

    @property
    def frames(self) -> int:
        """Frames recorded so far, in the end all of them."""
        frames = self._end
        if frames is None:
            frames = 0 if self._kernel is None else _now(self._kernel)
        return frames if self.cap is None else min(frames, self.cap)

    @property
    def frame_bytes(self) -> int:
        """Bytes of a frame as the device delivers it."""
        return self._side.channels * self._side.samplesize

    def finish(self, end: int) -> None:
        """Let the recording end before a frame. The first call counts."""
        if self._end is None:
            self._end = end
            self._kernel = None  # its descriptor need not last as long as the data

    def cancel(self) -> None:
        """Nothing to be afraid of: the arrays are our own."""

    def _pieces(self, end: int) -> list[_Piece]:
        pieces = []
        for chunk in list(self._chunks):
            start = chunk.start_frame
            if start is not None and start < end:
                pieces.append(_Piece(start, chunk.array[: min(chunk.position, end - start)]))
        return pieces

    @property
    def lost(self) -> int:
        """Frames of the recording for which there was no memory in time."""
        end, at, lost = self.frames, 0, 0
        for start, data in self._pieces(end):
            lost += max(0, start - at)
            at = max(at, start + len(data))
        return lost + end - at

    def result(self) -> numpy.ndarray:
        """Return a copy of what was recorded, in the dtype that was asked for. Any thread.

        Lost frames are silence in it.
        """
        import numpy

        end, at = self.frames, 0
        result = numpy.empty((end, self._side.channels), self.dtype)
        for start, data in self._pieces(end):
            self._silence(result[at:start])
            result[start : start + len(data)] = data
            at = max(at, start + len(data))
        self._silence(result[at:])
        return result

    def _silence(self, gap: numpy.ndarray) -> None:
        gap[...] = 0x80 if self.dtype == "uint8" else 0

    def forget(self) -> None:
        """Let go of the memory of a recording that is over."""
        chunks, self._chunks = self._chunks, []
        for chunk in chunks:
            chunk.drop()


def _now(kernel: Kernel) -> int:
    return int(lib.asd_stream_frame(kernel.pointer))


def _chunk(kernel: Kernel, side: Direction, start: int, length: int) -> Voice:
    """Memory for the frames from `start` on, in the callback's hands."""
    # Silence in every page: the audio thread must not be the first to write to one.
    chunk = Voice("record", silent_frames(length, side), side, at_frame=start)
    chunk.submit(kernel)
    return chunk
