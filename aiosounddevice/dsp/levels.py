"""Levels in decibels relative to full scale, and the way a meter's needle moves.

A full-scale sine has a peak of 0 dBFS here and an RMS of -3.01 dBFS: both are relative to the
largest sample, not to a sine's RMS (which AES17 would call 0 dBFS).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FLOOR = -120.0
"""dBFS that stand for silence, as the logarithm of nothing cannot be drawn."""
FALL = 20 / 1.7
"""dB per second at which a meter falls back, as IEC 60268-18 wants it of digital peak meters."""
HOLD = 1.5
"""Seconds for which the largest peak stays marked."""


def decibels(amplitude: npt.ArrayLike) -> Array:
    """Return 20 log10 of amplitudes, `FLOOR` at least."""
    least = 10 ** (FLOOR / 20)
    result: Array = 20 * np.log10(np.maximum(np.asarray(amplitude, np.float64), least))
    return result


def peaks(block: npt.NDArray[Any]) -> Array:
    """Return the largest amplitude of each channel in a block of shape (frames, channels)."""
    if not len(block):
        return np.zeros(block.shape[1])
    # Not of abs(): for a minus full scale of integers that is no amplitude.
    result: Array = np.maximum(-block.min(axis=0).astype(np.float64), block.max(axis=0))
    return result


def rms(block: npt.NDArray[Any]) -> Array:
    """Return the root of the mean square of each channel of shape (frames, channels)."""
    if not len(block):
        return np.zeros(block.shape[1])
    result: Array = np.sqrt(np.mean(np.square(block, dtype=np.float64), axis=0))
    return result


class Meter:
    """Follows the levels of a signal as a meter shows them; its time is the signal's.

    Parameters
    ----------
    channels : int
    samplerate : float
    fall, hold : float
        dB per second, seconds.

    Attributes
    ----------
    level : ndarray
        dBFS of each channel: up at once, down with `fall`.
    held : ndarray
        dBFS of the largest peak in the last `hold` seconds and more; then it falls too.
    rms : ndarray
        dBFS of the latest block.
    highest : ndarray
        dBFS of the largest peak of all.
    """

    def __init__(
        self, channels: int, samplerate: float, *, fall: float = FALL, hold: float = HOLD
    ) -> None:
        self._samplerate, self._fall, self._hold = samplerate, fall, hold
        self._age = np.zeros(channels)
        self.level = np.full(channels, FLOOR)
        self.held = np.full(channels, FLOOR)
        self.rms = np.full(channels, FLOOR)
        self.highest = np.full(channels, FLOOR)

    def feed(self, block: npt.NDArray[Any]) -> None:
        """Take a block of shape (frames, channels), floats at full scale 1."""
        seconds = len(block) / self._samplerate
        now = decibels(peaks(block))
        self.rms = decibels(rms(block))
        self.highest = np.maximum(self.highest, now)
        self.level = np.maximum(now, np.maximum(self.level - self._fall * seconds, FLOOR))
        self._age += seconds
        falling = np.clip(self._age - self._hold, 0, seconds)
        self.held = np.maximum(self.held - self._fall * falling, FLOOR)
        higher = now >= self.held
        self.held = np.where(higher, now, self.held)
        self._age[higher] = 0
