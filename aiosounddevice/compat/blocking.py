"""Blocking reads and writes: in the caller's thread, with the GIL released while they wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core._portaudio import ffi
from . import callback as callbacks
from . import session
from .base import _StreamBase
from .parameters import split_pair

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike

_OVERFLOWED, _UNDERFLOWED = -9981, -9980


class _InputStreamBase(_StreamBase):
    """A stream with input; `_InputStreamBase`."""

    @property
    def read_available(self) -> int:
        """Frames that `read` would return without waiting."""
        return int(session.check(self._handle.ask("Pa_GetStreamReadAvailable")))

    def _raw_read(self, frames: int) -> tuple[Any, bool]:
        """Read into a new buffer."""
        channels, _ = split_pair(self._channels)
        samplesize, _ = split_pair(self._samplesize)
        memory = ffi.new("signed char[]", channels * samplesize * frames)
        code = self._handle.ask("Pa_ReadStream", memory, frames)
        if code != _OVERFLOWED:
            session.check(code)
        return ffi.buffer(memory), code == _OVERFLOWED

    def _read_array(self, frames: int) -> tuple[numpy.ndarray, bool]:
        dtype, _ = split_pair(self._dtype)
        channels, _ = split_pair(self._channels)
        data, overflowed = self._raw_read(frames)
        return callbacks.array(data, channels, dtype), overflowed


class _OutputStreamBase(_StreamBase):
    """A stream with output; `_OutputStreamBase`."""

    @property
    def write_available(self) -> int:
        """Frames that `write` would take without waiting."""
        return int(session.check(self._handle.ask("Pa_GetStreamWriteAvailable")))

    def _raw_write(self, data: Any) -> bool:
        """Write a buffer, bytes, CData or an iterable of byte values."""
        memory, size = _memory(data)
        _, samplesize = split_pair(self._samplesize)
        _, channels = split_pair(self._channels)
        samples, rest = divmod(size, samplesize)
        if rest:
            raise ValueError("len(data) not divisible by samplesize")
        frames, rest = divmod(samples, channels)
        if rest:
            raise ValueError("Number of samples not divisible by channels")
        code = self._handle.ask("Pa_WriteStream", memory, frames)
        if code != _UNDERFLOWED:
            session.check(code)
        return bool(code == _UNDERFLOWED)

    def _write_array(self, data: ArrayLike) -> bool:
        import numpy

        array = numpy.asarray(data)
        _, dtype = split_pair(self._dtype)
        _, channels = split_pair(self._channels)
        if array.ndim not in (1, 2):
            raise ValueError("data must be one- or two-dimensional")
        if array.ndim == 1:
            array = array.reshape(-1, 1)
        if array.shape[1] != channels:
            raise ValueError("number of channels must match")
        if array.dtype != dtype:
            raise TypeError(f"dtype mismatch: {array.dtype.name!r} vs {dtype!r}")
        if not array.flags.c_contiguous:
            raise TypeError("data must be C-contiguous")
        return self._raw_write(array)


def _memory(data: Any) -> tuple[Any, int]:
    """Return what Pa_WriteStream takes, and its length in bytes."""
    if isinstance(data, ffi.CData):
        return data, ffi.sizeof(data)
    try:
        memory = ffi.from_buffer(data)
    except TypeError:
        if isinstance(data, str):
            raise
        memory = ffi.from_buffer(bytes(bytearray(data)))
    return memory, len(memory)
