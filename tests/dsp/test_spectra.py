"""Spectra of signals whose spectra are known."""

from __future__ import annotations

import numpy as np
import pytest

from aiosounddevice.dsp.spectra import Bands, Spectrum, decibels, edges

RATE, FRAMES = 48000, 4096


def sine(amplitude: float, bin_: float) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * bin_ * np.arange(FRAMES) / FRAMES + 0.3)


@pytest.mark.parametrize("amplitude", [1.0, 0.1, 0.001])
def test_a_sine_shows_its_level_at_its_frequency(amplitude: float) -> None:
    spectrum = Spectrum(FRAMES, RATE)
    levels = decibels(spectrum.power(sine(amplitude, 100)))
    assert levels.argmax() == 100
    assert levels[100] == pytest.approx(20 * np.log10(amplitude), abs=1e-6)
    assert spectrum.frequencies[100] == 100 * RATE / FRAMES
    assert levels[110:].max() <= max(-95 + 20 * np.log10(amplitude), -120)


def test_between_two_bins_it_shows_a_little_less() -> None:
    levels = decibels(Spectrum(FRAMES, RATE).power(sine(1.0, 100.5)))
    assert -1.43 < levels.max() < -1.41  # the scalloping loss of a Hann window


def test_constant_and_nyquist() -> None:
    spectrum = Spectrum(16, RATE)
    assert spectrum.power(np.ones(16))[0] == pytest.approx(1)
    assert spectrum.power(np.tile([1.0, -1.0], 8))[-1] == pytest.approx(1)


def test_several_channels_at_once() -> None:
    spectrum = Spectrum(FRAMES, RATE)
    both = spectrum.power(np.stack([sine(1, 50), sine(0.5, 70)]))
    assert both.shape == (2, FRAMES // 2 + 1)
    assert both.argmax(axis=1).tolist() == [50, 70]


def test_edges_are_in_equal_ratios() -> None:
    assert edges(100, 1600, 4) == pytest.approx([100, 200, 400, 800, 1600])


def test_bands_keep_the_level_of_a_sine_wide_or_narrow() -> None:
    spectrum = Spectrum(FRAMES, RATE)
    for bin_, count in ((8, 400), (8, 10), (1000, 400), (1000, 10)):
        borders = edges(50, 20000, count)
        bands = Bands(spectrum.frequencies, borders)
        assert bands.count == count
        levels = decibels(bands(spectrum.power(sine(0.5, bin_))))
        assert len(levels) == count
        place = int(levels.argmax())
        hz = spectrum.frequencies[bin_]
        width = max(borders[place + 1] - borders[place], RATE / FRAMES)
        assert abs(np.sqrt(borders[place] * borders[place + 1]) - hz) <= width
        assert levels[place] == pytest.approx(-6.02, abs=0.6)


def test_bands_beyond_the_highest_frequency_are_no_error() -> None:
    spectrum = Spectrum(64, 8000)
    bands = Bands(spectrum.frequencies, edges(50, 4000, 20))
    assert np.isfinite(bands(spectrum.power(np.ones(64)))).all()
