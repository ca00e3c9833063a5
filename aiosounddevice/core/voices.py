"""Arrays that the callback plays from or records into where they lie (`kernel/voice.h`)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from ._kernel import ffi, lib
from .handle import Kernel
from .parameters import Direction

if TYPE_CHECKING:
    import numpy

_NEVER = 2**64 - 1


class Voice:
    """One array on one stream.

    The kernel holds the voice and its array from `submit` on, until the stream's memory goes.

    Parameters
    ----------
    kind
        ``"play"`` or ``"record"``.
    array
        C-contiguous, shape (frames, columns), in the stream's format; with one column it goes to
        all of the stream's channels.
    side
        The stream's direction.
    at_frame
        Stream frame to start at; None: the next block.
    loop
        Start again at the end, for ever.
    """

    def __init__(
        self,
        kind: Literal["play", "record"],
        array: numpy.ndarray,
        side: Direction,
        *,
        at_frame: int | None = None,
        loop: bool = False,
    ) -> None:
        assert array.flags.c_contiguous
        self.array = array
        # A buffer export: resizing the array in place fails while the callback may use it.
        self._export = ffi.from_buffer(array, require_writable=kind == "record")
        channels = ffi.NULL if side.mapping is None else ffi.new("uint32_t[]", side.mapping)
        self._pointer = lib.asd_voice_new(
            lib.ASD_VOICE_PLAY if kind == "play" else lib.ASD_VOICE_RECORD,
            self._export,
            len(array),
            array.shape[1],
            side.channels,
            channels,
            _NEVER if at_frame is None else at_frame,
            loop,
        )
        if self._pointer == ffi.NULL:
            raise MemoryError("no memory for a voice")

    def submit(self, kernel: Kernel) -> None:
        """Hand the voice to the callback. Any thread; never waits, never fails for lack of room."""
        kernel.keep(self)
        lib.asd_voice_submit(kernel.pointer, self._pointer)

    def cancel(self) -> None:
        """End the voice. When this returns the array is not touched any more.

        Also where no callback ever comes again. A callback that is copying right now is waited
        for, which is a matter of microseconds.
        """
        lib.asd_voice_cancel(self._pointer)
        while not lib.asd_voice_quiet(self._pointer):
            time.sleep(0)

    def drop(self) -> None:
        """End the voice and let go of its array; the kernel may keep the voice itself."""
        self.cancel()
        if self._export is not None:
            ffi.release(self._export)
        self._export = self.array = None  # type: ignore[assignment]

    @property
    def done(self) -> bool:
        """Whether the callback is through with it."""
        return bool(lib.asd_voice_done(self._pointer))

    @property
    def position(self) -> int:
        """Frames of the array played or recorded so far."""
        return int(lib.asd_voice_position(self._pointer))

    @property
    def start_frame(self) -> int | None:
        """Stream frame of its first sample; None before that."""
        frame = int(lib.asd_voice_started_at(self._pointer))
        return None if frame == _NEVER else frame

    @property
    def end_frame(self) -> int | None:
        """Stream frame after its last sample; None before that."""
        frame = int(lib.asd_voice_ended_at(self._pointer))
        return None if frame == _NEVER else frame

    def __del__(self) -> None:
        lib.asd_voice_free(getattr(self, "_pointer", ffi.NULL))
