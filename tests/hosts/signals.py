"""Signals whose every sample tells its place, and what was found of them."""

from __future__ import annotations

import numpy
from numpy.typing import NDArray

_FULL_SCALE = {"float32": 2**23, "int16": 1}


def ramp(frames: int, channels: int = 1, dtype: str = "float32") -> NDArray[numpy.generic]:
    """Return samples that are all different (int16: for 32767 of them) and never zero.

    Multiples of 2**-23 for float32, so that they survive 24 bits of any kind.
    """
    samples = numpy.arange(frames * channels).reshape(frames, channels)
    if dtype == "int16":
        samples %= 32767
    return ((samples + 1) / _FULL_SCALE[dtype]).astype(dtype)


def sounding(signal: NDArray[numpy.generic]) -> NDArray[numpy.generic]:
    """Return what is left when the silence before and after is cut off."""
    frames = numpy.flatnonzero(signal.any(axis=1))
    return signal[frames[0] : frames[-1] + 1] if len(frames) else signal[:0]
