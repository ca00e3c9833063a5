"""Power spectra in dBFS, on linear and logarithmic frequencies.

0 dBFS is what a full-scale sine shows at its peak; noise shows less the longer the window is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FLOOR = 1e-12
"""Power that stands for silence: -120 dBFS."""


class Spectrum:
    """Power spectra of windows of a signal.

    Parameters
    ----------
    frames : int
        Length of the window, a Hann window that is periodic.
    samplerate : float

    Attributes
    ----------
    frequencies : ndarray
        Hz, shape (frames // 2 + 1,).
    """

    def __init__(self, frames: int, samplerate: float) -> None:
        self.frames, self.samplerate = frames, samplerate
        self.frequencies: npt.NDArray[Any] = np.fft.rfftfreq(frames, 1 / samplerate)
        self._window: Array = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frames) / frames)
        self._scale = (2 / self._window.sum()) ** 2

    def power(self, samples: npt.NDArray[Any]) -> Array:
        """Return the power at each frequency, 1 for a full-scale sine.

        Parameters
        ----------
        samples : ndarray
            Shape (..., frames).
        """
        spectrum = np.fft.rfft(samples * self._window)
        result: Array = self._scale * (spectrum.real**2 + spectrum.imag**2)
        result[..., 0] /= 4  # a constant has no negative twin, and power of amplitude 2 here
        if self.frames % 2 == 0:
            result[..., -1] /= 4
        return result


def decibels(power: npt.ArrayLike) -> Array:
    """Return 10 log10 of powers, -120 at least."""
    result: Array = 10 * np.log10(np.maximum(np.asarray(power, np.float64), FLOOR))
    return result


def edges(low: float, high: float, count: int) -> Array:
    """Return count + 1 frequencies from `low` to `high` in equal ratios."""
    result: Array = low * (high / low) ** (np.arange(count + 1) / count)
    return result


class Bands:
    """From a spectrum's bins to bands of frequencies, the strongest bin standing for each.

    The strongest and not the sum, so that a sine shows its level in narrow bands and wide ones. A
    band that is narrower than the bins are apart takes what lies between its neighbours.

    Parameters
    ----------
    frequencies : ndarray
        Of the bins, rising.
    borders : ndarray
        Of the bands, one more than there are bands.

    Attributes
    ----------
    count : int
        Bands.
    """

    def __init__(self, frequencies: npt.NDArray[Any], borders: Array) -> None:
        self._frequencies = frequencies
        self.count = len(borders) - 1
        self._centres: Array = np.sqrt(borders[:-1] * borders[1:])
        first = np.searchsorted(frequencies, borders[:-1])
        last = np.searchsorted(frequencies, borders[1:])
        self._wide = np.flatnonzero(last > first)
        self._ranges = np.stack([first, last], axis=1)[self._wide].ravel()

    def __call__(self, power: Array) -> Array:
        """Return the power in each band, of shape (bands,), from one spectrum."""
        result = np.interp(self._centres, self._frequencies, power)
        if len(self._wide):
            # Every second result of reduceat is that of a range; the others lie between them.
            padded = np.append(power, 0.0)
            result[self._wide] = np.maximum.reduceat(padded, self._ranges)[::2]
        return result
