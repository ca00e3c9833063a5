"""Sounds of any length, brought to columns."""

from __future__ import annotations

import numpy as np
import pytest

from aiosounddevice.dsp.overview import Overview

RATE = 48000


def drawn(samples: np.ndarray, columns: int = 100) -> tuple[Overview, int]:
    overview = Overview(len(samples), RATE, samples.shape[1], columns)
    most = 0

    def read(start: int, stop: int) -> np.ndarray:
        nonlocal most
        assert 0 <= start < stop <= len(samples)
        most = max(most, stop - start)
        return samples[start:stop]

    overview.draw(read)
    return overview, most


@pytest.mark.parametrize("frames", [1, 2, 63, 100, 5000, 48000, 300_001])
def test_least_and_largest_cover_each_sample_once(frames: int) -> None:
    samples = np.random.default_rng(3).uniform(-1, 1, (frames, 2))
    overview, most = drawn(samples)
    assert overview.least.min(axis=0) == pytest.approx(samples.min(axis=0))
    assert overview.largest.max(axis=0) == pytest.approx(samples.max(axis=0))
    assert overview.times[0] == 0
    assert overview.times[-1] == frames / RATE
    assert np.isfinite(overview.levels).all()
    assert most <= max(2048, -(-frames // 100) + 1), "a column at a time"


def test_a_column_shows_its_own_part() -> None:
    samples = np.zeros((48000, 1))
    samples[24000:24100] = 0.5
    overview, _ = drawn(samples)
    assert np.flatnonzero(overview.largest[:, 0]).tolist() == [50]


def test_a_tone_is_a_line_at_its_frequency() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 3000 * np.arange(96000) / RATE)
    overview, _ = drawn(tone[:, None])
    bins = overview.levels.argmax(axis=1)
    assert overview.frequencies[bins] == pytest.approx(3000, abs=24)
    assert overview.levels.max(axis=1) == pytest.approx(-6.02, abs=0.1)


def test_what_is_no_number_is_silence() -> None:
    samples = np.zeros((4800, 1), np.float32)
    samples[100:200] = np.nan
    samples[300] = np.inf
    overview, _ = drawn(samples)
    assert np.isfinite(overview.levels).all()
    assert np.isfinite(overview.largest).all()


def test_a_file_that_ends_early_is_drawn_as_far_as_it_goes() -> None:
    overview = Overview(48000, RATE, 1, 100)
    samples = np.ones((20000, 1))
    overview.draw(lambda start, stop: samples[start:stop])
    assert overview.largest[:41, 0] == pytest.approx(1)
    assert not overview.largest[45:].any()


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="no sound"):
        Overview(0, RATE, 1, 100)
