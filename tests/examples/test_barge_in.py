"""The assistant falls silent at once, and knows which words were heard."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from aiosounddevice.virtual import Card, Headset

from .helpers import FOLDER

RATE = 24000
BEEP = runpy.run_path(str(FOLDER / "barge_in.py"))["BEEP"]
FIRST = "tomorrow it will rain from six in the morning until noon"
SECOND = "take an umbrella"


def spoken(played: np.ndarray) -> np.ndarray:
    """Frames of beeps, which contain no sample that is silent, and begin one after the other."""
    frames = np.flatnonzero(played)
    return frames - frames[0]


def test_says_everything_to_somebody_who_listens(
    auto_card: Card, example: Callable[..., Any]
) -> None:
    auto_card.define([Headset()])
    headset = auto_card.devices[0]
    headset.feed("silence")
    done = example("barge_in", "--device", "headset")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"assistant: {FIRST}\nassistant: {SECOND}\n"
    played = headset.recorded[:, 0]
    begin = np.flatnonzero(played)[0]
    sentence = np.tile(BEEP, len(FIRST.split()))
    np.testing.assert_array_equal(played[begin : begin + len(sentence)], sentence)
    assert np.count_nonzero(played) == len(BEEP) * len((FIRST + " " + SECOND).split())


@pytest.mark.parametrize("after", [0.1, 1.0, 2.4])
def test_knows_what_was_heard(auto_card: Card, example: Callable[..., Any], after: float) -> None:
    voice = np.zeros(round((after + 1) * RATE))
    voice[round(after * RATE) :] = 0.5
    auto_card.define([Headset()])
    headset = auto_card.devices[0]
    headset.feed(voice)
    done = example("barge_in", "-d", "headset")
    assert (done.code, done.err) == (0, "")
    first, second = done.out.splitlines()
    assert second == f"assistant: {SECOND}"
    played = headset.recorded[:, 0]
    sounding = np.flatnonzero(played)
    pause = np.flatnonzero(np.diff(sounding) > 1)[0]
    heard = pause + 1
    words = FIRST.split()[: heard // len(BEEP)]
    assert first == " ".join(["assistant:", *words, "[interrupted]"])
    # The microphone's block, and what the device had taken.
    assert after * RATE - 0.05 * RATE < heard < (after + 0.1) * RATE
    assert np.diff(sounding)[pause] > RATE, "it waits until they have finished"


def test_virtual(auto_card: Card, example: Callable[..., Any]) -> None:
    done = example("barge_in", "--virtual")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "assistant: tomorrow it will rain [interrupted]",
        f"assistant: {SECOND}",
    ]
