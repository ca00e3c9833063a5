"""The impulse response of a room that is known comes out as it went in."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiosounddevice.virtual import Card

from .helpers import FOLDER

matplotlib = pytest.importorskip("matplotlib")
image = pytest.importorskip("matplotlib.image")
soundfile = pytest.importorskip("soundfile")


@pytest.fixture(autouse=True)
def _no_window() -> None:
    matplotlib.use("Agg")


def room() -> np.ndarray:
    """Half a second of one: direct sound after 7 ms, an echo, and a tail that dies away."""
    rng = np.random.default_rng(0)
    response = 0.01 * rng.normal(size=24000) * np.exp(-np.arange(24000) / 4000)
    response[:480] = 0
    response[336], response[2400] = 0.4, -0.15
    return response


def test_finds_the_room(auto_card: Card, example: Callable[..., Any], tmp_path: Path) -> None:
    sweep = runpy.run_path(str(FOLDER / "impulse_response.py"))["sweep"](3)
    size = 1 << 18
    heard = np.fft.irfft(np.fft.rfft(sweep, size) * np.fft.rfft(room(), size), size)
    rng = np.random.default_rng(1)
    auto_card.microphone.feed(heard[: 5 * 48000] + rng.normal(0, 1e-4, 5 * 48000))
    sound, picture = tmp_path / "room.wav", tmp_path / "room.png"
    done = example(
        *("impulse_response", sound, picture, "--input-device", "microphone"),
        *("--output-device", "speaker", "--tail", 1),
    )
    assert (done.code, done.err) == (0, "")
    np.testing.assert_allclose(auto_card.speaker.recorded[: len(sweep), 0], sweep, atol=1e-7)
    response, rate = soundfile.read(sound)
    assert (rate, len(response)) == (48000, 48000)
    assert "direct sound after 336 frames (7.00 ms" in done.out
    np.testing.assert_allclose(response[:24000], room(), atol=0.005)
    assert np.abs(response[24000:]).max() < 1e-4
    difference = np.abs(np.fft.rfft(response[:24000] - room()))
    assert difference[: 23000 // 2].max() < 0.05, "only what is above 23 kHz cannot be known"
    # The curve begins high on the left and has died away on the right.
    pixels = image.imread(picture)[:, :, :3]
    curve = np.argwhere(pixels[:, :, 2] - pixels[:, :, 0] > 0.3)
    left, right = curve[:, 1].min(), curve[:, 1].max()
    middle = (left + right) / 2
    top = [
        curve[side, 0].min() / len(pixels) for side in (curve[:, 1] < middle, curve[:, 1] > middle)
    ]
    assert top[0] < 0.2
    assert top[1] > 0.5


def test_says_when_nothing_was_heard(
    auto_card: Card, example: Callable[..., Any], tmp_path: Path
) -> None:
    auto_card.microphone.feed("silence")
    done = example(
        *("impulse_response", tmp_path / "room.wav", tmp_path / "room.png"),
        *("-i", "microphone", "-o", "speaker"),
    )
    assert "the recording's peak is 0.0000" in done.code
    assert not list(tmp_path.iterdir())


def test_says_what_is_wrong_with_the_files(
    auto_card: Card, example: Callable[..., Any], tmp_path: Path
) -> None:
    done = example("impulse_response", tmp_path / "nowhere" / "room.wav", "room.png")
    assert "No such file or directory" in done.code
    done = example("impulse_response", tmp_path / "room.wav", tmp_path / "room.ong")
    assert "'ong' is not supported" in done.code
