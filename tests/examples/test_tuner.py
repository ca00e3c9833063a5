"""The tuner names the note and the cents of what it hears."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from aiosounddevice.virtual import Card

from .helpers import FOLDER, until


def heard(out: str) -> set[tuple[str, int]]:
    return {(note, int(cents)) for note, cents in re.findall(r"Hz  (\S+) +([+-]\d+) cents", out)}


def test_names_what_it_hears(auto_card: Card, example: Callable[..., Any]) -> None:
    tuner = example("tuner", "--virtual", beside=lambda: until(lambda: auto_card.time > 2))
    assert (tuner.code, tuner.err) == (0, "")
    assert {note for note, _ in heard(tuner.out)} == {"A2"}
    assert {cents for _, cents in heard(tuner.out)} <= {-21, -20, -19}
    assert len(tuner.out.split("\r")) > 40, "one about each 43 ms"


def test_hears_another_string_of_another_device(
    auto_card: Card, example: Callable[..., Any]
) -> None:
    string = 0.1 * np.sin(2 * np.pi * 329.63 * 2 ** (7 / 1200) * np.arange(48000 * 10) / 48000)
    auto_card.microphone.feed(string, loop=True)
    tuner = example(
        "tuner", "--device", "microphone", beside=lambda: until(lambda: auto_card.time > 1)
    )
    assert heard(tuner.out) <= {("E4", 6), ("E4", 7), ("E4", 8)}
    assert heard(tuner.out)


def test_shows_nothing_without_a_tone(auto_card: Card, example: Callable[..., Any]) -> None:
    noise = np.random.default_rng(0).normal(0, 0.2, 48000)
    auto_card.microphone.feed(noise, loop=True)
    tuner = example("tuner", "-d", 1, beside=lambda: until(lambda: auto_card.time > 1))
    assert (tuner.code, tuner.out.strip()) == (0, "")


@pytest.mark.parametrize("frequency", [82.41, 110.0, 440.0, 987.77])
def test_is_right_to_half_a_cent(frequency: float) -> None:
    pitch = runpy.run_path(str(FOLDER / "tuner.py"))["pitch"]
    phase = 2 * np.pi * frequency * np.arange(4096) / 48000 + 1
    sound = sum(np.sin(n * phase + n) / n for n in range(1, 6)).astype(np.float32)
    assert abs(1200 * np.log2(pitch(sound, 48000) / frequency)) < 0.5
