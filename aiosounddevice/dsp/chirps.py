"""A chirp, and where in a recording it begins."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

LEAST = 0.1
"""Similarity below which a chirp counts as not heard.

Of noise alone, a chirp of n frames finds 1 / sqrt(n) on average and five times that at the best of
many places: 0.045 for a quarter of a second.
"""


class Heard(NamedTuple):
    """A chirp in a recording."""

    frame: int
    """Where it begins."""
    similarity: float
    """From 0 to 1: a copy, louder or softer or upside down, gives 1; noise and echoes lower it."""
    gain: float
    """How loud it came back, relative to how it was played; negative: upside down."""


def chirp(frames: int, samplerate: float, low: float = 200.0, high: float | None = None) -> Array:
    """Return a sine that sweeps linearly from `low` to `high`, of shape (frames,), amplitude 1.

    `high` is by default 0.4 of the sample rate: filters of converters and codecs leave that. Flat
    in the spectrum, so that it is similar to itself at one place only; the ends are rounded off
    over an eighth each.
    """
    high = 0.4 * samplerate if high is None else high
    t = np.arange(frames) / samplerate
    turns = low * t + (high - low) * t**2 * samplerate / (2 * frames)
    ramp = np.minimum(1, (np.arange(frames) + 0.5) / (frames / 8))
    sound: Array = np.sin(2 * np.pi * turns) * np.sin(np.pi / 2 * np.minimum(ramp, ramp[::-1]))
    return sound


def find(sound: npt.NDArray[Any], take: npt.NDArray[Any]) -> Heard | None:
    """Find where in a recording a sound begins.

    By correlation, relative to how loud the recording is at each place: a door that slams does
    not win.

    Parameters
    ----------
    sound, take : ndarray
        Shape (frames,). Only places where all of the sound is inside are looked at.

    Returns
    -------
    Heard or None
        None: it is not in there.
    """
    sound, take = np.asarray(sound, np.float64), np.asarray(take, np.float64)
    places = len(take) - len(sound) + 1
    if places < 1:
        return None
    product = _correlate(sound, take)[:places]
    power = np.concatenate([[0.0], np.cumsum(take**2)])
    energy = power[len(sound) :] - power[:places]
    # Sums of squares that cancel leave rounding errors, in which anything could be found.
    energy = np.maximum(energy, 1e-12 * max(power[-1], 1e-300))
    similarity = np.abs(product) / np.sqrt(energy * np.sum(sound**2))
    frame = int(similarity.argmax())
    if similarity[frame] < LEAST:
        return None
    gain = product[frame] / float(np.sum(sound**2))
    return Heard(frame, min(1.0, float(similarity[frame])), float(gain))


def _correlate(sound: Array, take: Array) -> Array:
    size = 1 << (len(sound) + len(take) - 1).bit_length()
    spectrum = np.fft.rfft(take, size) * np.fft.rfft(sound, size).conj()
    result: Array = np.fft.irfft(spectrum, size)
    return result
