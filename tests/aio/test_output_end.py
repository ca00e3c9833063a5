"""Output streams: clearing, and the two ways out of the block."""

from __future__ import annotations

from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import RATE, Beside, opened, ramp, settle, sounding
from .test_output import BLOCK, heard, speaker

pytestmark = pytest.mark.anyio


async def clear(card: Card, out: sd.OutputStream, tasks: Any) -> int:
    clearing = Beside(tasks, out.clear)
    await settle()
    await card.advance_async(BLOCK)
    return int(await clearing.result())


async def test_clear_throws_away_and_counts(card: Card) -> None:
    async with speaker() as out, anyio.create_task_group() as tasks:
        await out.write(ramp(1000))
        await card.advance_async(BLOCK)  # blocks at 0 and 64
        assert await clear(card, out, tasks) == 1000 - 128
        assert out.frames_discarded == 1000 - 128
        assert out.statistics().output_queued == 0
        await card.advance_async(BLOCK * 20)
        assert np.array_equal(sounding(card.speaker.recorded)[:, 0], ramp(128)[:, 0])
        assert out.frames_played == 128
        assert await out.write(ramp(100, start=3000)) == 0, "silence after clear is no underflow"
        await card.advance_async(BLOCK * 3)
        assert np.array_equal(heard(card)[-BLOCK * 3 :][:100], ramp(100, start=3000)[:, 0])
        await out.abort()


async def test_nothing_is_handed_over_after_clear_was_called(card: Card) -> None:
    async with speaker() as out, anyio.create_task_group() as tasks:
        await out.write(ramp(1000))
        clearing = Beside(tasks, out.clear)
        await settle()
        await card.advance_async(BLOCK * 10)
        assert await clearing.result() == 1000
        assert not heard(card).any()


async def test_clear_ends_a_blocked_write(card: Card) -> None:
    async with speaker(buffer=640 / RATE) as out, anyio.create_task_group() as tasks:
        writer = Beside(tasks, out.write, ramp(5000))
        await settle()
        await card.advance_async(BLOCK)
        assert not writer.over
        assert out.frames_written == 640
        assert await clear(card, out, tasks) == 640 - 128
        assert await writer.result() == 0
        assert out.frames_written == 640, "the rest of the chunk is not written any more"
        await out.write(ramp(64, start=9000))
        await card.advance_async(BLOCK)
        expected = np.r_[ramp(128)[:, 0], np.zeros(BLOCK), ramp(64, start=9000)[:, 0]]
        assert np.array_equal(heard(card)[: len(expected)], expected)
        await out.abort()


async def test_clear_after_stop_needs_no_callback(card: Card) -> None:
    async with speaker() as out:
        await out.write(ramp(1000))
        await out.abort()
        assert await out.clear() == 1000


async def test_clear_while_another_drains(card: Card) -> None:
    async with speaker() as out, anyio.create_task_group() as tasks:
        await out.write(ramp(20000))
        drain = Beside(tasks, out.drain)
        await settle()
        await card.advance_async(BLOCK)
        await clear(card, out, tasks)
        await card.advance_async(BLOCK * 5)
        await drain.result()


async def test_leaving_the_block_plays_to_the_end(auto_card: Card) -> None:
    data = ramp(5000)
    async with speaker() as out:
        await out.write(data)
    assert out.closed
    assert np.array_equal(sounding(auto_card.speaker.recorded)[:, 0], data[:, 0])
    assert auto_card.frame >= 5000 + 128
    assert out.frames_played == 5000
    assert out.frames_written == 5000


class OopsError(Exception):
    pass


@pytest.mark.parametrize("how", ["exception", "cancellation", "shield"])
async def test_leaving_by_an_error_is_silent_at_once(card: Card, how: str) -> None:
    data = ramp(5000)
    with anyio.CancelScope() as scope:
        try:
            async with speaker() as out:
                await out.write(data)
                await card.advance_async(BLOCK)
                now = card.frame
                if how == "exception":
                    raise OopsError
                scope.cancel()
                if how == "cancellation":
                    await anyio.lowlevel.checkpoint()
        except OopsError:
            pass
    assert out.closed
    assert card.frame == now, "it took card time"
    assert card.open_streams == 0
    await card.advance_async(BLOCK * 10)
    assert np.array_equal(sounding(card.speaker.recorded)[:, 0], data[:128, 0])
    assert out.frames_written == 5000


async def test_a_cancelled_drain_at_the_end_is_silence(card: Card) -> None:
    async with anyio.create_task_group() as tasks:

        async def play() -> None:
            async with speaker() as out:
                await out.write(ramp(5000))

        player = Beside(tasks, play)
        await opened()
        while card.frame < 640:
            await card.advance_async(BLOCK)
        assert not player.over
        await player.cancel()
        assert card.open_streams == 0
        played = np.count_nonzero(heard(card))
        await card.advance_async(640)
        assert np.count_nonzero(heard(card)) == played < 5000


async def test_close_in_another_task_ends_a_blocked_write(card: Card) -> None:
    async with speaker(buffer=640 / RATE) as out, anyio.create_task_group() as tasks:
        writer = Beside(tasks, out.write, ramp(5000))
        await settle()
        await out.abort()
        with pytest.raises(sd.StreamClosed, match="stopped"):
            await writer.result()
        await out.start()
        writer = Beside(tasks, out.write, ramp(5000))
        await settle()
        with anyio.CancelScope() as scope:
            scope.cancel()
            await out.aclose()
        with pytest.raises(sd.StreamClosed, match="closed"):
            await writer.result()
