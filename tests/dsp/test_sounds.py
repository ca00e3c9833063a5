"""The sounds that the virtual microphone plays."""

from __future__ import annotations

import numpy as np
import pytest

from aiosounddevice.dsp.sounds import melody, signal_for_tests, sweep


@pytest.mark.parametrize("rate", [8000, 44100, 48000])
def test_the_sound_for_tests(rate: float) -> None:
    sound = signal_for_tests(rate)
    assert sound.shape == (8 * rate, 2)
    assert sound.dtype == np.float32
    assert 0.3 < np.abs(sound).max() < 1
    assert np.array_equal(sound, signal_for_tests(rate)), "the same each time"
    joint = np.abs(sound[0] - sound[-1])
    assert joint.max() < 0.15, "no loud click where it begins again"


def test_a_sweep_goes_from_low_to_high() -> None:
    sound = sweep(48000, 48000, 100, 10000)
    crossings = np.diff(np.flatnonzero(np.diff(np.signbit(sound)) & (sound[1:] > 0)))
    assert 48000 / crossings[0] == pytest.approx(100, rel=0.1)
    assert 48000 / crossings[-20:].mean() == pytest.approx(10000, rel=0.1)


def test_a_melody_has_four_notes_a_second() -> None:
    sound = melody(48000, 48000)
    assert sound.shape == (48000,)
    for start, pitch in ((0, 262), (12000, 330), (24000, 392), (36000, 523)):
        spectrum = np.abs(np.fft.rfft(sound[start + 600 : start + 12000] * np.hanning(11400)))
        assert np.fft.rfftfreq(11400, 1 / 48000)[spectrum.argmax()] == pytest.approx(pitch, abs=5)
