"""NumPy arrays as the kernel wants them: interleaved, contiguous, in a format PortAudio knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .formats import FORMATS
from .parameters import Direction, StreamRequest

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike

PLAYABLE = ("float64", "float32", "int32", "int16", "int8", "uint8")


def as_frames(data: ArrayLike, channels: int, dtype: str) -> numpy.ndarray:
    """Return `data` as a C-contiguous array of shape (frames, channels), copied only if need be.

    Raises
    ------
    TypeError
        For another dtype than the stream's; float64 is taken for float32.
    ValueError
        For another shape.
    """
    import numpy

    array = native(numpy.asarray(data))
    if array.dtype == numpy.float64 and dtype == "float32":
        array = array.astype(numpy.float32)
    if array.dtype != numpy.dtype(dtype):
        text = f"the data is {array.dtype}, the stream takes {dtype}: convert it"
        if array.dtype.name in FORMATS:
            text += f", or open the stream with dtype='{array.dtype}'"
        raise TypeError(text)
    if array.ndim == 1 and channels == 1:
        array = array.reshape(-1, 1)
    if array.ndim != 2 or array.shape[1] != channels:
        raise ValueError(
            f"the data has shape {array.shape}, the stream takes (frames, {channels})"
            + (" or (frames,)" if channels == 1 else "")
        )
    return numpy.ascontiguousarray(array)


def silent_frames(frames: int, side: Direction) -> numpy.ndarray:
    """Return `frames` frames of silence, of shape (frames, channels)."""
    import numpy

    block = numpy.empty((frames, side.channels), side.dtype)
    block.view(numpy.uint8)[...] = side.silence
    return block


def playable(data: ArrayLike) -> numpy.ndarray:
    """Return an array to be played as a C-contiguous (frames, columns) array in its own format.

    float64 becomes float32, which is what PortAudio has.
    """
    import numpy

    array = native(numpy.asarray(data))
    if array.ndim == 1:
        array = array.reshape(-1, 1)
    if array.ndim != 2:
        raise ValueError(f"audio data has one or two dimensions, not {array.ndim}")
    if not array.size:
        raise ValueError("there is nothing to play: the array is empty")
    check_dtype(array.dtype)
    if array.dtype == numpy.float64:
        array = array.astype(numpy.float32)
    return numpy.ascontiguousarray(array)


def native(array: numpy.ndarray) -> numpy.ndarray:
    """Return the array in the machine's byte order, copied only if need be."""
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def check_formats(asked: StreamRequest) -> None:
    """Raise ValueError for a sample format that no array has."""
    for side in (asked.input, asked.output):
        if side is not None and side.format.name not in PLAYABLE:
            raw = {"input": "RawInputStream", "output": "RawOutputStream", "duplex": "RawStream"}
            raise ValueError(
                f"NumPy has no dtype {side.format.name!r}: use {raw[asked.kind]}, or choose one of "
                + ", ".join(name for name in PLAYABLE if name in FORMATS)
            )


def check_dtype(dtype: Any) -> str:
    """Return the name of an array's dtype that can be played or recorded; TypeError otherwise."""
    import numpy

    try:
        name: str = numpy.dtype(dtype).name
    except TypeError:
        name = repr(dtype)
    if name not in PLAYABLE:
        raise TypeError(
            f"dtype must be one of {', '.join(PLAYABLE)}, not {name}: convert with .astype()"
        )
    return name


def device_dtype(name: str) -> str:
    """Return what a device records for an array of this dtype."""
    return name if name in FORMATS else "float32"
