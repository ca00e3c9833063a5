"""A chirp is found where it was put, to the frame."""

from __future__ import annotations

import numpy as np
import pytest

from aiosounddevice.dsp.chirps import LEAST, chirp, find

RATE = 48000
SOUND = chirp(12000, RATE)


def take(frame: int, gain: float = 1.0, frames: int = 60000) -> np.ndarray:
    recorded = np.zeros(frames)
    recorded[frame : frame + len(SOUND)] = gain * SOUND
    return recorded


@pytest.mark.parametrize("frame", [0, 1, 479, 480, 12345, 47999, 48000])
@pytest.mark.parametrize("gain", [1.0, 0.01, -0.5])
def test_a_copy_is_found_to_the_frame(frame: int, gain: float) -> None:
    found = find(SOUND, take(frame, gain))
    assert found is not None
    assert found.frame == frame
    assert found.similarity == pytest.approx(1)
    assert found.gain == pytest.approx(gain)


@pytest.mark.parametrize("noise", [0.1, 0.5, 1.0])
def test_in_noise(noise: float) -> None:
    rng = np.random.default_rng(5)
    found = find(SOUND, take(7777, 0.5) + rng.normal(0, noise, 60000))
    assert found is not None
    assert found.frame == 7777
    assert found.gain == pytest.approx(0.5, abs=0.05)


def test_with_echoes_and_a_slammed_door() -> None:
    recorded = take(3000, 0.3) + take(4100, 0.1) + take(9000, -0.15)
    recorded[40000:40500] += np.random.default_rng(2).normal(0, 5, 500)
    found = find(SOUND, recorded)
    assert found is not None
    assert found.frame == 3000


def test_noise_alone_is_no_chirp() -> None:
    for seed in range(20):
        assert find(SOUND, np.random.default_rng(seed).normal(0, 1, 60000)) is None


def test_other_sounds_are_none() -> None:
    t = np.arange(60000) / RATE
    assert find(SOUND, np.sin(2 * np.pi * 440 * t)) is None
    assert find(SOUND, np.zeros(60000)) is None
    assert find(SOUND, take(0, 1.0, 12000)[:11999]) is None


def test_a_chirp_is_like_itself_at_one_place_only() -> None:
    shifted = [
        abs(np.dot(SOUND[lag:], SOUND[: len(SOUND) - lag])) / np.dot(SOUND, SOUND)
        for lag in (1, 10, 100, 1000)
    ]
    assert max(shifted[1:]) < LEAST
    assert shifted[0] < 0.9


def test_its_frequencies_and_ends() -> None:
    power = np.abs(np.fft.rfft(SOUND)) ** 2
    hz = np.fft.rfftfreq(len(SOUND), 1 / RATE)
    inside = (hz > 150) & (hz < 0.41 * RATE)
    assert power[inside].sum() > 0.999 * power.sum()
    assert np.abs(SOUND).max() <= 1
    assert np.abs(SOUND[[0, -1]]).max() < 0.01
