"""Sample rates, converted in chunks."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest

from aiosounddevice.files.rates import Converter

from .helpers import noise


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("given", "wanted"), [(44100, 48000), (48000, 16000), (8000, 96000)])
def test_chunks_join_and_no_frame_is_missing(given: int, wanted: int, channels: int) -> None:
    data = noise(given, channels)
    whole = Converter(given, wanted, channels).convert(data, last=True)
    converter = Converter(given, wanted, channels)
    cuts = [0, 1, 1000, 1000, given // 2, given]
    parts = [converter.convert(data[start:stop]) for start, stop in itertools.pairwise(cuts)]
    parts.append(converter.convert(data[:0], last=True))
    joined = np.concatenate(parts)
    assert joined.shape == whole.shape == (wanted, channels)
    assert np.abs(joined - whole).max() < 1e-6


def test_after_a_restart_nothing_is_left_of_before() -> None:
    converter = Converter(44100, 48000, 1)
    converter.convert(noise(5000))
    converter.restart()
    silence = converter.convert(np.zeros((4410, 1), np.float32), last=True)
    assert len(silence) == 4800
    assert not silence.any()


def test_equal_rates_need_no_soxr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soxr", None)
    data = noise(10)
    converter = Converter(44100, 44100.02, 1)
    assert converter.convert(data) is data
    converter.restart()
    with pytest.raises(ImportError, match=r"pip install \"aiosounddevice\[resample\]\""):
        Converter(44100, 48000, 1)
