"""The assistant falls silent at once, and knows which words were heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from aiosounddevice.virtual import Card, Headset

from .helpers import by_hand

RATE = 24000
WORD = 7200
FIRST = "tomorrow it will rain from six in the morning until noon"
SECOND = "take an umbrella"


@pytest.fixture
def headset(card: Card) -> Headset:
    headset = Headset()
    card.define([headset])
    headset.feed("silence")
    return headset


def test_says_everything_to_somebody_who_listens(
    card: Card, headset: Headset, capsys: pytest.CaptureFixture[str]
) -> None:
    module = by_hand(card, "barge_in", "answer", None)
    assert capsys.readouterr().out == f"assistant: {FIRST}\nassistant: {SECOND}\n"
    assert len(module.BEEP) == WORD
    played = headset.recorded[:, 0]
    begin = np.flatnonzero(played)[0]
    sentence = np.tile(module.BEEP, len(FIRST.split()))
    np.testing.assert_array_equal(played[begin : begin + len(sentence)], sentence)
    assert np.count_nonzero(played) == WORD * len((FIRST + " " + SECOND).split())


@pytest.mark.parametrize("after", [0.1, 1.0, 2.4])
def test_knows_what_was_heard(
    card: Card, headset: Headset, capsys: pytest.CaptureFixture[str], after: float
) -> None:
    headset.feed(np.repeat([0, 0.5], [round(after * RATE), RATE]))
    by_hand(card, "barge_in", "answer", None)
    first, second = capsys.readouterr().out.splitlines()
    assert second == f"assistant: {SECOND}"
    sounding = np.flatnonzero(headset.recorded[:, 0])
    pause = np.flatnonzero(np.diff(sounding) > 1)[0]
    heard = pause + 1  # no sample of a beep is silent
    words = FIRST.split()[: heard // WORD]
    assert first == " ".join(["assistant:", *words, "[interrupted]"])
    assert abs(heard / RATE - after) < 0.05, "a block of the microphone, and of the speaker"
    assert np.diff(sounding)[pause] > RATE, "it waits until they have finished"


def test_virtual(realtime_card: Card, example: Callable[..., Any]) -> None:
    realtime_card.set_clock("4x")
    done = example("barge_in", "--virtual")
    assert (done.code, done.err) == (0, "")
    first, second = done.out.splitlines()
    words = first.removeprefix("assistant: ").removesuffix(" [interrupted]").split()
    assert words == FIRST.split()[: len(words)]
    assert 4 <= len(words) < len(FIRST.split()), "a busy machine may be late"
    assert second == f"assistant: {SECOND}"
