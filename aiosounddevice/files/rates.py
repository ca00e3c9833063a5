"""From one sample rate to another, chunk by chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .packages import soxr

if TYPE_CHECKING:
    import numpy


class Converter:
    """Converts float32 frames from one rate to another without a seam between chunks.

    soxr's delay is made up for: the first frame out is the first one in, and after the last chunk
    as many frames have come out as went in, times the ratio.

    Parameters
    ----------
    given, wanted
        Rates in Hz; where they are equal, chunks go through unchanged and soxr is not needed.
    channels
        Of the chunks.
    """

    def __init__(self, given: float, wanted: float, channels: int) -> None:
        self._channels = channels
        self._stream: Any = None
        if round(given) != round(wanted):  # some hosts tell of 44099.98
            self._stream = soxr().ResampleStream(given, wanted, channels, dtype="float32")

    def convert(self, chunk: numpy.ndarray, *, last: bool = False) -> numpy.ndarray:
        """Return the frames that are ready; with `last` all that remain. May be empty."""
        if self._stream is None:
            return chunk
        out: numpy.ndarray = self._stream.resample_chunk(chunk, last=last)
        return out.reshape(-1, self._channels)

    def restart(self) -> None:
        """Forget what went in: the next chunk follows nothing."""
        if self._stream is not None:
            self._stream.clear()
