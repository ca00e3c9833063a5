"""A sound of any length, brought to as many columns as a picture has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .spectra import Spectrum, decibels

Array = npt.NDArray[np.float64]
WINDOWS = 8
"""Spectra of which a column shows the mean, at most: enough for a look, also at hours of sound."""


class Overview:
    """Least and largest sample and spectrum of each column, one column in memory at a time.

    Parameters
    ----------
    frames : int
        Of the whole sound.
    samplerate : float
    channels : int
    columns : int
        At most; a short sound has fewer.

    Attributes
    ----------
    least, largest : ndarray
        Shape (columns, channels).
    levels : ndarray
        dBFS, shape (columns, bins); of several channels the mean of the power.
    times : ndarray
        Seconds of the columns' borders, shape (columns + 1,).
    frequencies : ndarray
        Hz of the bins.
    """

    def __init__(self, frames: int, samplerate: float, channels: int, columns: int) -> None:
        if frames < 1:
            raise ValueError("there is no sound to draw")
        window = min(2048, 1 << max(4, frames // 8).bit_length())
        self._spectrum = Spectrum(window, samplerate)
        count = max(1, min(columns, frames // 64))
        self._borders = np.linspace(0, frames, count + 1).round().astype(int)
        self.times: npt.NDArray[Any] = self._borders / samplerate
        self.frequencies = self._spectrum.frequencies
        self.least, self.largest = np.zeros((2, count, channels))
        self.levels: Array = np.zeros((count, len(self.frequencies)))

    def draw(self, read: Callable[[int, int], npt.NDArray[Any]]) -> None:
        """Fill all columns.

        Parameters
        ----------
        read
            Is given the first frame and the frame after the last; returns samples of shape
            (frames, channels), fewer if the sound ends early. Called for columns in their order,
            which may overlap.
        """
        window, total = self._spectrum.frames, int(self._borders[-1])
        for column, (start, stop) in enumerate(
            zip(self._borders[:-1].tolist(), self._borders[1:].tolist(), strict=True)
        ):
            # A column shorter than a window looks at its surroundings.
            missing = max(0, window - (stop - start))
            first = max(0, min(start - missing // 2, total - window))
            last = min(total, max(stop, first + window))
            samples = np.nan_to_num(read(first, last), posinf=0.0, neginf=0.0)
            own = samples[start - first : stop - first]
            if len(own):
                self.least[column], self.largest[column] = own.min(axis=0), own.max(axis=0)
            self.levels[column] = self._mean(samples)

    def _mean(self, samples: npt.NDArray[Any]) -> Array:
        window = self._spectrum.frames
        if len(samples) < window:
            samples = np.pad(samples, ((0, window - len(samples)), (0, 0)))
        count = min(WINDOWS, -(-len(samples) // window))
        starts = np.linspace(0, len(samples) - window, count).round().astype(int)
        power = [self._spectrum.power(samples[start : start + window].T) for start in starts]
        return decibels(np.mean(power, axis=(0, 1)))
