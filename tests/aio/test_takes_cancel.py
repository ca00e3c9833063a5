"""A cancelled play is silent, and a cancelled rec leaves its array alone."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import RATE, Beside, opened, ramp

pytestmark = pytest.mark.anyio


async def started(card: Card) -> None:
    """Until the stream has made its first callbacks."""
    await opened()
    await card.advance_async(640)


async def test_a_cancelled_play_is_silent_at_once(card: Card) -> None:
    async def play() -> None:
        await sd.play(ramp(RATE), RATE, device="speaker", blocksize=64, latency=0.0)

    async with anyio.create_task_group() as tasks:
        player = Beside(tasks, play)
        await started(card)
        before, now = np.count_nonzero(card.speaker.recorded), card.frame
        assert before
        await player.cancel()
        assert player.cancelled
        assert card.frame == now
        assert card.open_streams == 0
        await card.advance_async(6400)
        assert np.count_nonzero(card.speaker.recorded) == before


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
async def test_nothing_is_written_into_out_after_a_cancelled_rec(card: Card, dtype: str) -> None:
    out = np.ones((RATE, 1), dtype)

    async def rec() -> None:
        await sd.rec(out=out, samplerate=RATE, device="microphone", blocksize=64)

    async with anyio.create_task_group() as tasks:
        recorder = Beside(tasks, rec)
        await started(card)
        await recorder.cancel()
        assert recorder.cancelled
        assert card.open_streams == 0
        kept = out.copy()
        await card.advance_async(6400)
        assert np.array_equal(out, kept)
        if dtype == "float32":
            assert out[:64, 0].tolist() == (np.arange(64) / 2**23).tolist()
        out.resize((RATE + 1, 1), refcheck=False)  # no buffer export holds it any more


async def test_the_array_may_not_be_resized_meanwhile(card: Card) -> None:
    out = np.zeros((RATE, 1), np.float32)
    async with anyio.create_task_group() as tasks:

        async def rec() -> None:
            await sd.rec(out=out, samplerate=RATE, device="microphone", blocksize=64)

        recorder = Beside(tasks, rec)
        await started(card)
        with pytest.raises(ValueError, match="resize"):
            out.resize((2 * RATE, 1))
        await recorder.cancel()


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8, 13])
async def test_cancelled_at_any_await(card: Card, steps: int) -> None:
    out = np.full((1000, 1), 7, np.int16)
    functions: list[Callable[[], Any]] = [
        lambda: sd.play(ramp(1000), RATE, device="speaker"),
        lambda: sd.rec(out=out, samplerate=RATE, device="microphone"),
        lambda: sd.playrec(ramp(1000), RATE, channels=1),
    ]
    for function in functions:
        async with anyio.create_task_group() as tasks:
            task = Beside(tasks, function)
            for _ in range(steps):
                await anyio.lowlevel.checkpoint()
            await task.cancel()
            assert task.cancelled
            assert card.open_streams == 0
        kept = out.copy()
        await card.advance_async(2000)
        assert np.array_equal(out, kept)
        assert not card.speaker.recorded.any()


async def test_cancelled_before_it_began(card: Card) -> None:
    with anyio.CancelScope() as scope:
        scope.cancel()
        await sd.play(ramp(1000), RATE)
    assert scope.cancelled_caught
    assert card.open_streams == 0


async def test_a_deadline(card: Card) -> None:
    with anyio.move_on_after(0.01) as scope:
        await sd.rec(RATE, RATE, channels=1, device="microphone")
    assert scope.cancelled_caught
    assert card.open_streams == 0


async def test_arrays_are_let_go(auto_card: Card) -> None:
    data = ramp(1000)
    before = sys.getrefcount(data)
    await sd.play(data, RATE, device="speaker")
    gc.collect()
    assert sys.getrefcount(data) == before
    data.resize((2000, 1), refcheck=False)
