"""The six stream classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import _StreamBase
from .blocking import _InputStreamBase, _OutputStreamBase

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike


def _constructor(name: str, kind: str, wrap: str) -> Any:
    """Make `__init__`: the six differ in nothing but these words."""

    def __init__(  # noqa: N807
        self: _StreamBase,
        samplerate: float | None = None,
        blocksize: int | None = None,
        device: Any = None,
        channels: Any = None,
        dtype: Any = None,
        latency: Any = None,
        extra_settings: Any = None,
        callback: Any = None,
        finished_callback: Any = None,
        clip_off: bool | None = None,
        dither_off: bool | None = None,
        never_drop_input: bool | None = None,
        prime_output_buffers_using_stream_callback: bool | None = None,
    ) -> None:
        _StreamBase.__init__(
            self,
            kind,
            samplerate,
            blocksize,
            device,
            channels,
            dtype,
            latency,
            extra_settings,
            callback,
            finished_callback,
            clip_off,
            dither_off,
            never_drop_input,
            prime_output_buffers_using_stream_callback,
            wrap_callback=wrap,
        )

    __init__.__qualname__ = f"{name}.__init__"
    __init__.__doc__ = "Open the stream; the arguments are those of the class."
    return __init__


class RawInputStream(_InputStreamBase):
    """A stream for recording, whose data are plain buffers; NumPy is not needed.

    Parameters
    ----------
    dtype : str
        Also `'int24'`: three bytes a sample.
    callback : callable, optional
        Called as ``callback(indata, frames, time, status)``; `indata` is a buffer object.

    Notes
    -----
    Everything else is as for `Stream` and `InputStream`.
    """

    __init__ = _constructor("RawInputStream", "input", "buffer")

    def read(self, frames: int) -> tuple[Any, bool]:
        """Read frames and wait until they are there.

        Parameters
        ----------
        frames : int

        Returns
        -------
        data : buffer
            Interleaved samples.
        overflowed : bool
            Whether input was lost since the last call.
        """
        return self._raw_read(frames)


class RawOutputStream(_OutputStreamBase):
    """A stream for playback, whose data are plain buffers; NumPy is not needed.

    Parameters
    ----------
    dtype : str
        Also `'int24'`: three bytes a sample.
    callback : callable, optional
        Called as ``callback(outdata, frames, time, status)``; `outdata` is a buffer object, to
        be filled by ``outdata[:] = ...``.

    Notes
    -----
    Everything else is as for `Stream` and `OutputStream`.
    """

    __init__ = _constructor("RawOutputStream", "output", "buffer")

    def write(self, data: Any) -> bool:
        """Write samples and wait until the device has taken them.

        Parameters
        ----------
        data : buffer, bytes, or iterable of int
            Interleaved samples, whole frames; integers stand for bytes.

        Returns
        -------
        underflowed : bool
            Whether the device ran out of data since the last call.
        """
        return self._raw_write(data)


class RawStream(RawInputStream, RawOutputStream):
    """A stream with both directions, whose data are plain buffers; NumPy is not needed.

    Parameters
    ----------
    dtype : str or pair of str
        Also `'int24'`: three bytes a sample.
    callback : callable, optional
        Called as ``callback(indata, outdata, frames, time, status)`` with buffer objects.

    Notes
    -----
    Everything else is as for `Stream`.
    """

    __init__ = _constructor("RawStream", "duplex", "buffer")


class InputStream(_InputStreamBase):
    """A stream for recording.

    Parameters
    ----------
    callback : callable, optional
        Called as ``callback(indata, frames, time, status)``.

    Notes
    -----
    Everything else is as for `Stream`, without `write` and `write_available`.
    """

    __init__ = _constructor("InputStream", "input", "array")

    def read(self, frames: int) -> tuple[numpy.ndarray, bool]:
        """Read frames and wait until they are there.

        Parameters
        ----------
        frames : int

        Returns
        -------
        data : numpy.ndarray
            Shape (frames, channels), dtype of the stream.
        overflowed : bool
            Whether input was lost since the last call.
        """
        return self._read_array(frames)


class OutputStream(_OutputStreamBase):
    """A stream for playback.

    Parameters
    ----------
    callback : callable, optional
        Called as ``callback(outdata, frames, time, status)``.

    Notes
    -----
    Everything else is as for `Stream`, without `read` and `read_available`.
    """

    __init__ = _constructor("OutputStream", "output", "array")

    def write(self, data: ArrayLike) -> bool:
        """Write samples and wait until the device has taken them.

        Parameters
        ----------
        data : array_like
            Shape (frames, channels), or (frames,) for one channel; C-contiguous, of the
            stream's dtype.

        Returns
        -------
        underflowed : bool
            Whether the device ran out of data since the last call.

        Raises
        ------
        TypeError, ValueError
            For another dtype, layout or shape.
        """
        return self._write_array(data)


class Stream(InputStream, OutputStream):
    """A stream with both directions.

    It is opened here, on the control thread (20 to 500 ms on real devices), and started by
    `start` or by entering a `with` block, which stops and closes it at its end.

    Parameters
    ----------
    samplerate : float, optional
        Hertz; by default that of the device.
    blocksize : int, optional
        Frames of a block; 0: whatever suits the device, possibly varying.
    device : int, str or pair, optional
        Number or parts of the name. Here as for the next four: one value for both directions
        or (input, output), and None, alone or in a pair, stands for the value of `default`.
    channels : int or pair, optional
        By default as many as the device has.
    dtype : str, numpy.dtype or pair, optional
        float32, int32, int16, int8 or uint8.
    latency : float, 'low', 'high' or pair, optional
        Seconds that are asked for; what came of it is in the attribute `latency`.
    extra_settings : settings object or pair, optional
        For one host API.
    callback : callable or CData, optional
        Called on PortAudio's thread as ``callback(indata, outdata, frames, time, status)``:
        arrays of shape (frames, channels) in the memory of the device, to be read and filled in
        place; the number of frames; a CData structure with the times (seconds)
        `inputBufferAdcTime`, `outputBufferDacTime` and `currentTime`; `CallbackFlags`. It ends
        the stream by raising `CallbackStop` or `CallbackAbort`; another exception is printed to
        `sys.stderr` and ends it too. Without a callback the stream is read and written.
    finished_callback : callable, optional
        Called without arguments, on a thread of the host, when the stream has become inactive.
    clip_off, dither_off, never_drop_input, prime_output_buffers_using_stream_callback : optional
        As in `default`.

    Raises
    ------
    PortAudioError
        If the device cannot be opened like this.
    ValueError
        For an unknown device or sample format, or if the devices have different sample rates
        and none was given.
    """

    __init__ = _constructor("Stream", "duplex", "array")
