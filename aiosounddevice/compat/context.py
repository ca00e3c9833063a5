"""One `play`, `rec` or `playrec`: its data, its stream, its end.

`_CallbackContext` has the members that programs use which were written against
python-sounddevice's own: some derive from it, some drive it with callbacks of their own. With the
package's functions the data go by way of the C kernel (`kernel.Take`), unless a subclass changes
what happens in a block.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ..core import control
from ..core.defaults import default
from ..core.errors import PortAudioError
from ..core.flags import CallbackFlags
from . import hooks, session
from .callback import CallbackStop
from .devices import device_id, device_info
from .parameters import check_dtype, check_mapping

if TYPE_CHECKING:
    import numpy

    from .kernel import Take

_SLICE = 0.1


class _CallbackContext:
    """What `_CallbackContext` is.

    Parameters
    ----------
    loop : bool
        Play again and again.

    Attributes
    ----------
    data, out : numpy.ndarray
        Only until the end.
    frames : int
        Length; set by the caller from what `check_data` or `check_out` returns.
    status : CallbackFlags
        What the host has reported so far.
    stream : Stream, InputStream or OutputStream
    event : threading.Event
        Set at the end.
    """

    frames: int
    blocksize: int
    stream: Any
    data: Any
    out: Any
    frame = 0
    input_channels: Any = None
    output_channels: Any = None
    input_dtype: Any = None
    output_dtype: Any = None
    input_mapping: Any
    output_mapping: Any
    silent_channels: Any = None
    take: Take | None = None

    def __init__(self, loop: bool = False) -> None:
        import numpy  # noqa: F401 - without it nothing of this works

        self.loop = loop
        self.event = threading.Event()
        self._status = CallbackFlags()
        self._lost: str | None = None

    @property
    def status(self) -> CallbackFlags:
        """What the host has reported so far."""
        if self.take is not None:
            self._status |= self.take.flags
        return self._status

    @status.setter
    def status(self, flags: CallbackFlags) -> None:
        self._status = flags

    # ---- before

    def check_data(self, data: Any, mapping: Any, device: Any) -> int:
        """Check what is to be played; returns its length in frames."""
        import numpy

        array = numpy.asarray(data)
        if array.ndim < 2:
            array = array.reshape(-1, 1)
        elif array.ndim > 2:
            raise ValueError("audio data to be played back must be one- or two-dimensional")
        frames, columns = array.shape
        dtype = check_dtype(array.dtype)
        explicit = mapping is not None
        numbers, channels = check_mapping(mapping, columns)
        if columns not in (1, len(numbers)):
            raise ValueError("number of output channels != size of output mapping")
        if explicit and channels == 1:
            # Some host APIs play a single channel on all of the device's.
            info = device_info(device_id(device, "output", raise_on_error=True))
            channels = min(2, info["max_output_channels"])
        silent = numpy.setdiff1d(numpy.arange(channels), numbers)
        if len(numbers) + len(silent) != channels:
            raise ValueError("each channel may only appear once in mapping")
        self.data = array
        self.output_channels = channels
        self.output_dtype = dtype
        self.output_mapping = numbers
        self.silent_channels = silent
        return int(frames)

    def check_out(
        self, out: Any, frames: Any, channels: Any, dtype: Any, mapping: Any
    ) -> tuple[numpy.ndarray, int]:
        """Check or make the array to record into; returns it and its length in frames."""
        if out is None:
            out = _new_array(frames, channels, dtype, mapping)
        frames, columns = out.shape
        dtype = check_dtype(out.dtype)
        numbers, channels = check_mapping(mapping, columns)
        if columns != len(numbers):
            raise ValueError("number of input channels != size of input mapping")
        self.out = out
        self.input_channels = channels
        self.input_dtype = dtype
        self.input_mapping = numbers
        return out, int(frames)

    # ---- in a block: for callbacks in Python

    def callback_enter(self, status: CallbackFlags, data: Any) -> None:
        """Begin a block."""
        self.status |= status
        self.blocksize = min(self.frames - self.frame, len(data))

    def read_indata(self, indata: Any) -> None:
        """Record a block."""
        part = self.out[self.frame : self.frame + self.blocksize]
        part[...] = indata[: self.blocksize, self.input_mapping]

    def write_outdata(self, outdata: Any) -> None:
        """Play a block."""
        silence = 128 if self.output_dtype == "uint8" else 0
        filled = 0
        if self.loop and self.frames:
            while filled < len(outdata):
                size = min(self.frames - self.frame, len(outdata) - filled)
                self._copy(outdata[filled : filled + size])
                filled += size
                self.frame = (self.frame + size) % self.frames
            self.blocksize = 0
        else:
            self._copy(outdata[: self.blocksize])
            filled = self.blocksize
        outdata[filled:] = silence
        outdata[:, self.silent_channels] = silence

    def _copy(self, outdata: Any) -> None:
        outdata[:, self.output_mapping] = self.data[self.frame : self.frame + len(outdata)]

    def callback_exit(self) -> None:
        """End a block; raises `CallbackStop` after the last one."""
        if not self.blocksize and not self.loop:
            raise CallbackStop
        self.frame += self.blocksize

    # ---- after

    def finished_callback(self) -> None:
        """Let go of the data and wake who waits; the stream has ended."""
        for name in ("data", "out"):
            vars(self).pop(name, None)
        if self.take is not None:
            self._status |= self.take.flags
            self._lost = self.take.lost
            self.take = None
        self.event.set()

    def start_stream(
        self,
        StreamClass: Any,  # noqa: N803
        samplerate: Any,
        channels: Any,
        dtype: Any,
        callback: Any,
        blocking: bool,
        **kwargs: Any,
    ) -> None:
        """Stop what is going on, open a stream and start it; with `blocking`, wait for its end."""
        from .takes import stop

        stop()
        self.stream = StreamClass(
            samplerate=samplerate,
            channels=channels,
            dtype=dtype,
            callback=callback,
            finished_callback=self.finished_callback,
            **kwargs,
        )
        self.stream.start()
        hooks.assign("_last_callback", self)
        if blocking:
            self.wait()

    def wait(self, ignore_errors: bool = True) -> CallbackFlags | None:
        """Wait for the end and close the stream; Ctrl+C ends the waiting and the sound.

        Returns
        -------
        CallbackFlags or None
            None if nothing went wrong.

        Raises
        ------
        PortAudioError
            If the device fell silent for good in the middle.
        """
        try:
            pa = session.load()
            while not self.event.is_set():
                # Slices, so that Ctrl+C is heard on every system. The virtual card's own sleep
                # makes time pass on one that is not on real time.
                if pa.virtual and not control.in_callback():
                    pa.lib.Pa_Sleep(1)
                else:
                    self.event.wait(_SLICE)
        finally:
            self.stream.close(ignore_errors)
        if self._lost is not None:
            raise PortAudioError(self._lost)
        return self.status or None


def _new_array(frames: Any, channels: Any, dtype: Any, mapping: Any) -> numpy.ndarray:
    """Array for a recording. Every page is touched: the audio thread must not be the first to."""
    import numpy

    if frames is None:
        raise TypeError("frames must be specified")
    if mapping is not None:
        channels = numpy.atleast_1d(mapping).shape[0]
    elif channels is None:
        channels = default.channels["input"]
    if channels is None:
        raise TypeError("Unable to determine number of input channels")
    if dtype is None:
        dtype = default.dtype["input"]
    for name, value in (("frames", frames), ("channels", channels)):
        if not hasattr(value, "__index__"):
            raise TypeError(f"{name!r} must be an integer")
    array = numpy.empty((frames, channels), dtype, order="C")
    array.view(numpy.uint8)[...] = 128 if array.dtype == numpy.uint8 else 0
    return array
