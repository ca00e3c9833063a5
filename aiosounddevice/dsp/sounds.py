"""Sounds to test with."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

SECONDS = 8
_NOTES = (262, 330, 392, 523, 440, 523, 392, 330, 349, 440, 523, 698, 587, 494, 392, 523)


def melody(frames: int, samplerate: float) -> npt.NDArray[np.float64]:
    """Return four plucked notes a second, of shape (frames,)."""
    second, quarter = round(samplerate), round(samplerate / 4)
    sound = np.zeros(frames + second)
    t = np.arange(second) / samplerate
    for index, start in enumerate(range(0, frames, quarter)):
        pitch = _NOTES[index % len(_NOTES)]
        envelope = np.exp(-6 * t) * np.minimum(1, t / 0.005)
        overtones = sum(np.sin(2 * np.pi * pitch * k * t) / k**2 for k in (1, 2, 3))
        sound[start : start + second] += 0.2 * envelope * overtones
    return sound[:frames]


def sweep(frames: int, samplerate: float, low: float, high: float) -> npt.NDArray[np.float64]:
    """Return a sine whose frequency grows by the same factor each second, of shape (frames,)."""
    t = np.arange(frames) / frames
    octaves = np.log(high / low)
    turns = low * (frames / samplerate) * np.expm1(octaves * t) / octaves
    wave: npt.NDArray[np.float64] = np.sin(2 * np.pi * turns)
    return wave


@functools.lru_cache(1)
def signal_for_tests(samplerate: float) -> Samples:
    """Return 8 seconds to be looped: a melody left, a sweep that swells and fades right.

    Shape (frames, 2). Both have a noise floor of about -70 dBFS, as microphones have; the noise is
    the same each time, and so is the array, which is read-only.
    """
    frames = round(SECONDS * samplerate)
    swell = 0.5 * np.sin(np.pi * np.arange(frames) / frames) ** 2
    left = 1.5 * melody(frames, samplerate)
    right = swell * sweep(frames, samplerate, 100, min(16000, 0.4 * samplerate))
    noise = np.random.default_rng(1).normal(0, 10 ** (-70 / 20), (frames, 2))
    sound = (np.stack([left, right], axis=1) + noise).astype(np.float32)
    sound.flags.writeable = False
    return sound
