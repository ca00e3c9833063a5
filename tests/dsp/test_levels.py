"""Levels of signals whose levels are known."""

from __future__ import annotations

import numpy as np
import pytest

from aiosounddevice.dsp import levels

RATE = 48000


def sine(amplitude: float, frames: int = RATE, hz: float = 1000) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hz * np.arange(frames) / RATE)


def test_decibels() -> None:
    assert levels.decibels([1, 0.5, 0.1, 0]) == pytest.approx([0, -6.0206, -20, levels.FLOOR])


def test_peaks_of_each_channel_of_either_sign() -> None:
    block = np.array([[0.1, -0.9], [-0.2, 0.5]], np.float32)
    assert levels.peaks(block) == pytest.approx([0.2, 0.9])
    assert levels.peaks(np.array([[-32768], [5]], np.int16)) == 32768
    assert levels.peaks(block[:0]).tolist() == [0, 0]


def test_rms_of_a_sine_is_3_db_below_its_peak() -> None:
    block = np.stack([sine(1), sine(0.25)], axis=1)
    assert levels.decibels(levels.rms(block)) == pytest.approx([-3.0103, -15.0515], abs=1e-4)
    assert levels.rms(block[:0]).tolist() == [0, 0]


def test_the_meter_rises_at_once_and_falls_20_db_in_1700_ms() -> None:
    meter = levels.Meter(1, RATE)
    meter.feed(np.full((480, 1), 0.5))
    assert meter.level == pytest.approx(-6.0206, abs=1e-4)
    for _ in range(170):
        meter.feed(np.zeros((480, 1)))
    assert meter.level == pytest.approx(-26.0206, abs=1e-3)
    meter.feed(np.full((480, 1), 0.1))
    assert meter.level == pytest.approx(-20, abs=1e-3)
    for _ in range(2000):
        meter.feed(np.zeros((480, 1)))
    assert meter.level == levels.FLOOR
    assert meter.highest == pytest.approx(-6.0206, abs=1e-4)


@pytest.mark.parametrize("block", [48, 480, 4800])
def test_the_peak_is_held_for_1500_ms_then_falls(block: int) -> None:
    meter = levels.Meter(2, RATE)
    loud = np.zeros((block, 2))
    loud[0] = 1.0, 0.1
    meter.feed(loud)
    silence = np.zeros((block, 2))
    for _ in range(int(1.5 * RATE / block)):
        meter.feed(silence)
    assert meter.held == pytest.approx([0, -20], abs=0.01)
    for _ in range(int(1.7 * RATE / block)):
        meter.feed(silence)
    assert meter.held == pytest.approx([-20, -40], abs=0.01)
    meter.feed(np.full((block, 2), 0.5))
    assert meter.held == pytest.approx([-6.02, -6.02], abs=0.01)
