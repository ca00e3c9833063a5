"""`play`, `rec` and `playrec`, as far as nothing has to wait.

A take is a stream of its own without queues: one voice plays from the array, another records
into one, and no Python runs until the last frame.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .arrays import check_dtype, device_dtype, playable
from .checks import channel_list, check_frames
from .defaults import default
from .errors import XrunWarning
from .flags import CallbackFlags
from .handle import ENDLESS
from .parameters import Kind, request
from .stream import CoreStream
from .tape import Tape
from .voices import Voice

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike

OVERFLOW = ("warn", "raise", "ignore")


def check_overflow(overflow: object) -> None:
    """Raise ValueError for what is no overflow policy of a take."""
    if overflow not in OVERFLOW:
        raise ValueError(f"overflow must be one of {', '.join(OVERFLOW)}, not {overflow!r}")


class Playback:
    """What is to be played, checked.

    Parameters
    ----------
    data
        Shape (frames, channels) or (frames,).
    mapping
        Channel numbers from 1 for the columns; a single column goes to all of them.
    loop
        Play it again and again.
    """

    def __init__(self, data: ArrayLike, mapping: Any = None, *, loop: bool = False) -> None:
        self.array = playable(data)
        self.loop = loop
        columns = self.array.shape[1]
        self.channels: Any = columns if mapping is None else channel_list(mapping)
        if mapping is not None and columns not in (1, len(self.channels)):
            raise ValueError(
                f"mapping names {len(self.channels)} channels, the data has {columns}: "
                "one number for each column is needed (or data of one channel)"
            )

    @property
    def dtype(self) -> str:
        """Format of the stream."""
        return str(self.array.dtype)


class Recording:
    """What is to be recorded, checked as far as that goes without a device.

    Parameters
    ----------
    frames, channels, dtype
        Not needed with `out`; `channels` not with `mapping`.
    out
        Array to record into: shape (frames, channels) or (frames,), C-contiguous and writable.
    mapping
        Channel numbers from 1.
    """

    def __init__(
        self,
        frames: int | None = None,
        channels: Any = None,
        dtype: Any = None,
        out: numpy.ndarray | None = None,
        mapping: Any = None,
    ) -> None:
        self.out = out
        self.channels: Any = channels if mapping is None else channel_list(mapping)
        if out is None:
            if frames is None:
                raise TypeError("rec() needs frames, an array as out, or until")
            self.frames = check_frames(frames)
            self.dtype = check_dtype(default.dtype[0] if dtype is None else dtype)
        else:
            columns = self._check_out(out)
            self.frames = len(out)
            self.dtype = check_dtype(out.dtype)
            if mapping is None:
                self.channels = columns
            elif len(self.channels) != columns:
                raise ValueError(
                    f"mapping names {len(self.channels)} channels, out has {columns} columns"
                )
        self._array: numpy.ndarray | None = None
        self.failed: Exception | None = None
        self.on_end: Callable[[], object] | None = None
        self._end: int | None = None
        self._voice: Voice | None = None

    @property
    def cap(self) -> int:
        """Most that is recorded."""
        return self.frames

    @staticmethod
    def _check_out(out: numpy.ndarray) -> int:
        import numpy

        if not isinstance(out, numpy.ndarray):
            raise TypeError(f"out must be a NumPy array, not {type(out).__name__}")
        if out.ndim not in (1, 2) or not out.size:
            raise ValueError(f"out must have the shape (frames, channels), not {out.shape}")
        if not out.flags.c_contiguous:
            raise ValueError("out must be C-contiguous; record without out and assign the result")
        if not out.flags.writeable:
            raise ValueError("out is read-only")
        if not out.dtype.isnative:
            raise ValueError("out must have the machine's byte order")
        return 1 if out.ndim == 1 else int(out.shape[1])

    def allocate(self, channels: int) -> numpy.ndarray:
        """Array that the callback records into, every page of it touched.

        The audio thread must not be the first to write to a page: that is a system call in
        disguise. Zeros, for frames that never come.
        """
        import numpy

        if self.out is not None and self.dtype == device_dtype(self.dtype):
            self._array = self.out.reshape(len(self.out), -1)
        else:
            self._array = numpy.empty((self.frames, channels), device_dtype(self.dtype))
        self._array.view(numpy.uint8)[...] = 0x80 if self.dtype == "uint8" else 0
        return self._array

    def begin(self, core: CoreStream) -> None:
        """Hand the array to the callback, before the stream starts."""
        side = core.input
        self._voice = Voice("record", self.allocate(side.channels), side)
        self._voice.submit(core.kernel)

    def cancel(self) -> None:
        """No more access to the array when this returns."""
        if self._voice is not None:
            self._voice.drop()

    def finish(self, end: int) -> None:
        """Let the recording end before a frame. The first call counts."""
        if self._end is None:
            self._end = min(end, self.frames)

    def result(self) -> numpy.ndarray:
        """What was recorded, in the dtype that was asked for; of `out` the part that was filled."""
        assert self._array is not None
        array, out = self._array, self.out
        if self._end is not None and self._end < self.frames:
            array = array[: self._end]
            out = None if out is None else out[: self._end]
        if out is None:
            return array.astype(self.dtype, copy=False)
        if self.dtype != device_dtype(self.dtype):
            out.reshape(array.shape)[...] = array
        return out


class Take:
    """A stream that plays, records, or both, once.

    Parameters
    ----------
    playback, recording
        One of them, or both.
    stream_class
        The core's stream, or a room's own subclass.
    **stream
        Further arguments of a stream.
    """

    def __init__(
        self,
        playback: Playback | None,
        recording: Recording | Tape | None,
        stream_class: type[CoreStream] = CoreStream,
        **stream: Any,
    ) -> None:
        _check_names(stream)
        self.playback, self.recording = playback, recording
        kind: Kind
        if playback is not None and recording is not None:
            kind = "duplex"
            channels: Any = (recording.channels, playback.channels)
            dtype: Any = (device_dtype(recording.dtype), playback.dtype)
        elif playback is not None:
            kind, channels, dtype = "output", playback.channels, playback.dtype
        else:
            assert recording is not None
            kind, channels, dtype = "input", recording.channels, device_dtype(recording.dtype)
        asked = request(kind, channels=channels, dtype=dtype, **stream)
        self.core = stream_class(asked, buffer=0, prepare=self._prepare)
        self._player: Voice | None = None

    def _prepare(self, core: CoreStream) -> None:
        core._prepare = None  # a cycle would keep the arrays until the garbage is collected
        if self.recording is not None:
            self.recording.begin(core)
        if self.playback is not None:
            array, loop = self.playback.array, self.playback.loop
            self._player = Voice("play", array, core.output, at_frame=0, loop=loop)
            self._player.submit(core.kernel)

    def cancel(self) -> None:
        """Silence, and no more access to the arrays when this returns. Never waits for a device."""
        self.core.silence()
        if self.recording is not None:
            self.recording.cancel()
        if self._player is not None:
            self._player.drop()

    @property
    def heard_at(self) -> int:
        """Value of the open stream's frame counter at which it is over.

        The last frame has then been recorded, or has left the DAC: every voice begins with frame
        0, and none makes a pause.
        """
        if self.playback is None:
            assert isinstance(self.recording, Recording)
            return self.recording.frames
        if self.playback.loop:
            return ENDLESS
        return len(self.playback.array) + self.core.output_latency_frames

    @property
    def flags(self) -> CallbackFlags:
        """What the host has reported."""
        return self.core.statistics().flags

    def overflow_text(self) -> str | None:
        """What to tell about lost input, None if nothing was lost."""
        if self.flags.input_overflow:
            return (
                "the device lost input during the recording: the computer was too slow; "
                "a larger latency= or blocksize= helps"
            )
        if isinstance(self.recording, Tape) and self.recording.lost:
            return (
                f"{self.recording.lost} frames of the recording are silence: Python was kept "
                "from providing memory for them for longer than two seconds of the stream's time"
            )
        return None


_STREAM_NAMES = (
    "samplerate",
    "blocksize",
    "device",
    "latency",
    "extra_settings",
    "clip_off",
    "dither_off",
    "never_drop_input",
    "prime_output_buffers_using_stream_callback",
)
_GIVEN_BY_DATA = ("channels", "dtype")


def _check_names(names: Iterable[str]) -> None:
    """Refuse what a take does not take, with the name that was probably meant."""
    for name in names:
        if name in _GIVEN_BY_DATA:
            raise TypeError(
                f"{name!r} of the output is that of the data; "
                "to choose channels of the device use mapping"
            )
        if name not in _STREAM_NAMES:
            close = difflib.get_close_matches(name, _STREAM_NAMES, 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise TypeError(f"unexpected keyword argument {name!r}{hint}")


__all__ = ["Playback", "Recording", "Take", "XrunWarning", "channel_list", "check_overflow"]
