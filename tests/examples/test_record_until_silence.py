"""The recording ends after the pause, holds every sample, and is there after Ctrl+C too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiosounddevice.virtual import Card

from .helpers import until

soundfile = pytest.importorskip("soundfile")

# 24 bits hold these exactly.
VOICE = np.round(0.25 * np.sin(np.arange(30000) / 20) * 2**23) / 2**23


@pytest.mark.parametrize("seconds", [2, 0.5])
def test_ends_after_the_pause(
    auto_card: Card, example: Callable[..., Any], tmp_path: Path, seconds: float
) -> None:
    sound = np.concatenate([np.zeros(130_000), VOICE, np.zeros(20_000), VOICE])
    auto_card.microphone.feed(sound)
    path = tmp_path / "memo.flac"
    options = () if seconds == 2 else ("--silence", seconds, "--level", "-30")
    done = example("record_until_silence", path, "--device", "microphone", *options)
    assert (done.code, done.err) == (0, "")
    info = soundfile.info(path)
    assert (info.format, info.subtype, info.samplerate) == ("FLAC", "PCM_24", 48000)
    take, _ = soundfile.read(path)
    assert len(sound) + seconds * 48000 <= len(take) + 480 <= len(sound) + seconds * 48000 + 960
    np.testing.assert_array_equal(take[: len(sound)], sound)
    assert not take[len(sound) :].any()
    assert f"saved {len(take) / 48000:.1f} s in {path}" in done.out


def test_keeps_what_there_is(auto_card: Card, example: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "ramp.flac"
    done = example(
        *("record_until_silence", path, "-d", "microphone", "-l", "-200"),
        beside=lambda: until(lambda: auto_card.time > 3),
    )
    assert (done.code, done.err) == (0, "")
    take, _ = soundfile.read(path)
    assert len(take) > 2 * 48000
    np.testing.assert_array_equal(take * 2**23, np.arange(len(take)))


def test_keeps_what_there_is_when_the_microphone_is_pulled_out(
    auto_card: Card, example: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "ramp.flac"
    auto_card.script("at 2 s die")
    done = example("record_until_silence", path, "-d", "microphone")
    assert "'Virtual microphone'" in done.code
    take, _ = soundfile.read(path)
    assert len(take) > 1.9 * 48000
    np.testing.assert_array_equal(take * 2**23, np.arange(len(take)))


def test_virtual(auto_card: Card, example: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "memo.flac"
    assert example("record_until_silence", path, "--virtual").code == 0
    assert soundfile.info(path).duration == pytest.approx(3.5, abs=0.05)


def test_says_what_is_wrong(auto_card: Card, example: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "there.flac").touch()
    done = example("record_until_silence", tmp_path / "there.flac", "--virtual")
    assert "File exists: " in done.code
    done = example("record_until_silence", tmp_path / "nowhere" / "a.flac", "--virtual")
    assert "No such file or directory: " in done.code
