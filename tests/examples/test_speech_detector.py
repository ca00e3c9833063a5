"""Three readers of one microphone: each gets everything."""

from __future__ import annotations

import re
import wave
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiosounddevice.virtual import Card

from .helpers import by_hand, until

RATE = 16000


def test_finds_speech_shows_and_records_it(
    card: Card, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    sound = np.round(rng.normal(0, 60, 8 * RATE)).astype(np.int16)  # a room's noise, -55 dB
    phrases = [(1.0, 1.8), (3.2, 3.4), (5.0, 7.0)]
    for begin, end in phrases:
        frames = slice(round(begin * RATE), round(end * RATE))
        sound[frames] += np.round(3000 * np.sin(np.arange(8 * RATE) / 9)[frames]).astype(np.int16)
    card.microphone.feed(sound)
    path = tmp_path / "heard.wav"
    options = Namespace(filename=str(path), device="microphone")
    by_hand(card, "speech_detector", "record", options, until=8)
    out = capsys.readouterr().out
    found = re.findall(r"speech from ([\d.]+) to ([\d.]+) s", out)
    np.testing.assert_allclose(np.array(found, float), phrases, atol=0.021)  # of a block
    bars = [len(bar) for bar in re.findall("\r(#+)", out)]
    assert min(bars) < 10, "noise"
    assert max(bars) == pytest.approx(60 - 24, abs=2), "speech: 3000 of 32768, as RMS, is -24 dB"
    with wave.open(str(path)) as file:
        assert file.getparams()[:3] == (1, 2, RATE)
        take = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    first = next(at for at in range(RATE) if (take[:99] == sound[at : at + 99]).all())
    assert first < 0.1 * RATE, "a reader begins with the device's next block"
    assert len(take) > 7.5 * RATE
    np.testing.assert_array_equal(take, sound[first:][: len(take)])


def test_virtual(auto_card: Card, example: Callable[..., Any], tmp_path: Path) -> None:
    done = example(
        *("speech_detector", tmp_path / "heard.wav", "--virtual"),
        beside=lambda: until(lambda: auto_card.time > 3),
    )
    assert (done.code, done.err) == (0, "")
    assert "speech from 1.00 to 2.00 s" in done.out


def test_says_what_is_wrong(auto_card: Card, example: Callable[..., Any], tmp_path: Path) -> None:
    done = example("speech_detector", tmp_path / "nowhere" / "heard.wav", "--virtual")
    assert "No such file or directory" in done.code
