"""The metronome's clicks are where they belong, to the frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from aiosounddevice.virtual import Card

from .helpers import until


@pytest.mark.parametrize(("tempo", "beats"), [(133, 4), (97.5, 3), (240, 0)])
def test_clicks_are_exact(
    auto_card: Card, example: Callable[..., Any], tempo: float, beats: int
) -> None:
    done = example(
        *("metronome", tempo, "--beats", beats, "--device", "speaker"),
        beside=lambda: until(lambda: auto_card.time > 30),
    )
    assert (done.code, done.err) == (0, "")
    played = auto_card.speaker.recorded[:, 0]
    count = int(30 * tempo / 60) - 1
    at = [round(n * 60 / tempo * 48000) for n in range(count)]
    loud = np.flatnonzero(np.diff((played > 0.79).astype(int)) > 0) + 1
    begins = np.array([0, *loud[loud > 100]])[:count]
    np.testing.assert_array_equal(begins, at)
    clicks = np.array([played[begin : begin + 1440] for begin in at])
    assert (played[:count] != 0).any()
    silent = np.ones(at[-1], bool)
    for begin in at[:-1]:
        silent[begin : begin + 1440] = False
    assert not played[: at[-1]][silent].any(), "there is nothing between the clicks"
    strong = np.arange(count) % beats == 0 if beats else np.zeros(count, bool)
    assert (clicks[strong] == clicks[0]).all() if beats else (clicks == clicks[0]).all()
    assert (clicks[~strong] == clicks[1]).all()
    assert beats == 0 or (clicks[0] != clicks[1]).any()


def test_refuses_a_silly_tempo(example: Callable[..., Any]) -> None:
    done = example("metronome", 0)
    assert done.code == 2
    assert "from 1 to 600" in done.err
