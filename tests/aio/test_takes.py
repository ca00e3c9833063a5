"""play, rec and playrec on the virtual card."""

from __future__ import annotations

import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.virtual import Card

pytestmark = pytest.mark.anyio


def ramp(frames: int, channels: int = 1, dtype: str = "float32") -> np.ndarray:
    values = np.arange(1, frames + 1)[:, None] + np.zeros(channels)
    return (values / 2**23).astype(dtype) if dtype.startswith("float") else values.astype(dtype)


async def test_play_reaches_the_speaker_once_and_whole(auto_card: Card) -> None:
    data = ramp(5000, 2)
    flags = await sd.play(data, 48000, device="speaker")
    assert not flags
    heard = auto_card.speaker.recorded
    first = int(np.argmax(heard[:, 0] != 0))
    assert np.array_equal(heard[first : first + 5000], data)
    assert not heard[:first].any()
    assert not heard[first + 5000 :].any()


async def test_rec_is_what_the_microphone_heard(auto_card: Card) -> None:
    take = await sd.rec(1000, 48000, channels=1, device="microphone")
    assert take.dtype == np.float32
    assert np.array_equal(take[:, 0], np.arange(1000) / 2**23)
