"""Output streams: joining chunks, back-pressure, underflows, draining."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import RATE, Beside, as_float, ramp, settle, sounding

pytestmark = pytest.mark.anyio

BLOCK = 64
LATENCY = 2 * BLOCK  # what the card reports for latency=0


def speaker(**options: Any) -> sd.OutputStream:
    given = {"device": "speaker", "channels": 1, "samplerate": RATE, "blocksize": BLOCK}
    return sd.OutputStream(**{**given, "latency": 0.0, **options})


def heard(card: Card) -> np.ndarray:
    return card.speaker.recorded[:, 0]


async def test_odd_chunks_join_without_a_gap(card: Card) -> None:
    data = ramp(5000)
    async with speaker() as out:
        await card.advance_async(100)
        start = 0
        for length in (1, 63, 64, 65, 1000, 7, 0, 3800):
            assert await out.write(data[start : start + length]) == 0
            start += length
        await card.advance_async(6000)
        assert np.array_equal(sounding(card.speaker.recorded)[:, 0], data[:, 0])
        assert out.frames_written == 5000
        await out.drain()


async def test_write_waits_only_while_the_queue_is_full(card: Card) -> None:
    data = ramp(3000)
    async with speaker(buffer=640 / RATE) as out, anyio.create_task_group() as tasks:
        first = Beside(tasks, out.write, data[:640])
        await settle()
        assert first.over
        second = Beside(tasks, out.write, data[640:])
        await settle()
        assert not second.over
        assert out.frames_written == 640
        most = 0
        for _ in range(60):
            await card.advance_async(BLOCK)
            most = max(most, out.statistics().output_queued)
        assert await second.result() == 0
        assert most <= 640
        assert np.array_equal(sounding(card.speaker.recorded)[:, 0], data[:, 0])
        assert out.statistics().output_inserted > 0  # after the end, before a drain
        await out.abort()


async def test_memory_is_bounded(card: Card) -> None:
    chunk = np.full((RATE // 10, 1), 0.1, np.float32)

    async def flood(out: sd.OutputStream) -> None:
        while True:
            await out.write(chunk)

    async with speaker(blocksize=480, buffer=0.1) as out, anyio.create_task_group() as tasks:
        writer = Beside(tasks, flood, out)
        await settle()
        await card.advance_async(RATE)
        tracemalloc.start()
        try:
            await card.advance_async(2 * RATE)
            grown = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        assert grown < chunk.nbytes * 5  # and not two seconds' worth
        assert out.frames_written - out.statistics().output_queued <= 3 * RATE + 480
        assert out.statistics().output_inserted == 0
        await writer.cancel()
        await out.abort()


async def test_an_underflow_is_counted_told_and_survived(card: Card) -> None:
    data = ramp(256)
    async with speaker() as out:
        assert await out.write(data[:100]) == 0
        await card.advance_async(0)  # block 1
        await card.advance_async(BLOCK * 3)  # 36 frames, then silence: 28 + 128
        assert await out.write(data[100:200]) == 28 + 128
        assert await out.write(data[200:]) == 0
        await card.advance_async(BLOCK * 3)
        expected = np.r_[data[:100, 0], np.zeros(156), data[100:, 0]]
        assert np.array_equal(heard(card)[: len(expected)], expected)
        assert out.statistics().output_inserted >= 156
        await out.abort()


async def test_silence_before_the_first_write_is_no_underflow(card: Card) -> None:
    async with speaker() as out:
        await card.advance_async(BLOCK * 50)
        assert await out.write(ramp(BLOCK)) == 0
        assert out.statistics().output_inserted == 0
        await out.abort()


async def test_silence_after_drain_is_no_underflow(card: Card) -> None:
    async with speaker() as out, anyio.create_task_group() as tasks:
        for _ in range(2):
            assert await out.write(ramp(100)) == 0
            drain = Beside(tasks, out.drain)
            await settle()
            await card.advance_async(BLOCK * 50)
            await drain.result()
        assert await out.write(ramp(100)) == 0
        assert out.statistics().output_inserted == 0
        await out.abort()


@pytest.mark.parametrize("frames", [1, 64, 65, 1000])
@pytest.mark.parametrize("latency", [0.0, 0.02])
async def test_drain_waits_until_the_last_frame_left_the_dac(
    card: Card, frames: int, latency: float
) -> None:
    async with speaker(latency=latency) as out, anyio.create_task_group() as tasks:
        await card.advance_async(10 * BLOCK)
        await out.write(ramp(frames))
        drain = Beside(tasks, out.drain)
        await settle()
        ahead = round(out.latency * RATE)
        ended = None
        while not drain.over:
            before = out.statistics()
            assert before.frames < (10 + 1) * BLOCK + frames + ahead + 2 * BLOCK
            await card.advance_async(BLOCK)
            if ended is None and not out.statistics().output_queued:
                ended = out.statistics().output_last
        assert ended is not None
        now = out.statistics().frames
        assert now >= ended + ahead
        assert now - BLOCK < ended + ahead
        assert out.frames_played == frames


async def test_drain_with_nothing_written_takes_no_time(card: Card) -> None:
    async with speaker() as out:
        await out.drain()
        assert card.frame == 0
    assert card.frame == 0


async def test_drain_ends_silently_when_cancelled_and_playback_goes_on(card: Card) -> None:
    async with speaker() as out, anyio.create_task_group() as tasks:
        await out.write(ramp(1000))
        drain = Beside(tasks, out.drain)
        await settle()
        await card.advance_async(128)
        await drain.cancel()
        assert drain.cancelled
        assert await out.write(ramp(1000, start=1001)) == 0
        await card.advance_async(2500)
        assert np.array_equal(sounding(card.speaker.recorded), as_stereo(ramp(2000)))
        await out.abort()


def as_stereo(mono: np.ndarray) -> np.ndarray:
    return np.c_[mono, np.zeros_like(mono)]


async def test_frames_played_allows_for_the_cards_latency(card: Card) -> None:
    async with speaker() as out:
        assert out.latency * RATE == pytest.approx(LATENCY)
        await out.write(ramp(1000))
        played = []
        for _ in range(5):
            played.append(out.frames_played)
            await card.advance_async(BLOCK)
        # one block at 0, one more at every block's end; two of them lie in the host's buffer
        assert played == [0, 0, 64, 128, 192]
        await out.abort()


async def test_prebuffer_holds_the_first_frame_back(card: Card) -> None:
    async with speaker(prebuffer=200 / RATE) as out, anyio.create_task_group() as tasks:
        for _ in range(2):  # at first, and again after a drain
            card.speaker.clear()
            await out.write(ramp(150))
            await card.advance_async(640)
            assert not heard(card).any()
            await out.write(ramp(50, start=151))
            await card.advance_async(192)
            assert np.array_equal(sounding(card.speaker.recorded)[:, 0], ramp(200)[:192, 0])
            drain = Beside(tasks, out.drain)
            await settle()
            await card.advance_async(640)
            await drain.result()
        assert out.statistics().output_inserted == 0


async def test_prebuffer_is_met_again_after_clear(card: Card) -> None:
    async with speaker(prebuffer=200 / RATE) as out, anyio.create_task_group() as tasks:
        await out.write(ramp(1000))
        clear = Beside(tasks, out.clear)
        await settle()
        await card.advance_async(BLOCK)
        await clear.result()
        card.speaker.clear()
        await out.write(ramp(150))
        await card.advance_async(640)
        assert not heard(card).any()
        await out.abort()


async def test_drain_plays_what_prebuffer_still_holds(card: Card) -> None:
    async with speaker(prebuffer=0.5) as out, anyio.create_task_group() as tasks:
        await out.write(ramp(100))
        drain = Beside(tasks, out.drain)
        await settle()
        await card.advance_async(640)
        await drain.result()
        assert np.array_equal(sounding(card.speaker.recorded)[:, 0], ramp(100)[:, 0])


async def test_a_cancelled_write_tells_what_it_placed(card: Card) -> None:
    data = ramp(3000)
    async with speaker(buffer=640 / RATE) as out, anyio.create_task_group() as tasks:
        writer = Beside(tasks, out.write, data)
        await settle()
        await card.advance_async(BLOCK * 7)
        await writer.cancel()
        placed = out.frames_written
        assert 640 <= placed < 3000
        rest = Beside(tasks, out.write, data[placed:])
        await settle()
        await card.advance_async(4000)
        await rest.result()
        assert np.array_equal(sounding(card.speaker.recorded)[:, 0], data[:, 0])
        await out.abort()


async def test_an_already_cancelled_write_places_nothing(card: Card) -> None:
    async with speaker() as out:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await out.write(ramp(10))
        assert scope.cancelled_caught
        assert out.frames_written == 0


async def test_write_from_and_send(card: Card) -> None:
    data = ramp(1000)

    async def chunks() -> AsyncIterator[np.ndarray]:
        for start in range(0, 900, 90):
            yield data[start : start + 90]

    async with speaker() as out:
        assert await out.write_from(chunks()) == 0
        await out.send(data[900:])
        await card.advance_async(1280)
        assert np.array_equal(sounding(card.speaker.recorded)[:, 0], data[:, 0])
        await out.abort()


@pytest.mark.parametrize("dtype", ["float32", "int32", "int16", "int8", "uint8"])
@pytest.mark.parametrize(("channels", "on"), [(2, [0, 1]), ([2], [1]), ([2, 1], [1, 0])])
async def test_dtypes_and_channel_numbers(card: Card, dtype: str, channels: Any, on: Any) -> None:
    data = ramp(100, len(on), dtype)
    async with speaker(channels=channels, dtype=dtype) as out:
        await out.write(data)
        await card.advance_async(BLOCK * 3)
        recorded = card.speaker.recorded
        # silence is silence, also where it is 128
        assert not recorded[100:].any()
        assert np.array_equal(recorded[:100, on], as_float(data))
        assert not recorded[:, [c for c in (0, 1) if c not in on]].any()
        await out.abort()


async def test_float64_lists_and_other_byte_orders_are_taken(card: Card) -> None:
    data = ramp(100)
    async with speaker() as out:
        await out.write(data.astype(np.float64))
        await out.write(data[:, 0].astype(">f4"))
        await out.write(data[::2])
        await out.write(data[:, 0].tolist())
        await card.advance_async(BLOCK * 8)
        expected = np.concatenate([data, data, data[::2], data])
        assert np.array_equal(sounding(card.speaker.recorded)[:, 0], expected[:, 0])
        await out.abort()


async def test_a_chunk_may_be_changed_after_the_write(card: Card) -> None:
    chunk = ramp(100)
    async with speaker() as out:
        await out.write(chunk)
        chunk[:] = 0
        await card.advance_async(BLOCK * 3)
        assert np.array_equal(sounding(card.speaker.recorded)[:, 0], ramp(100)[:, 0])
        await out.abort()


async def test_restart_plays_anew(card: Card) -> None:
    async with speaker() as out:
        await out.write(ramp(1000))
        await card.advance_async(BLOCK)
        await out.stop()
        with pytest.raises(sd.StreamClosed, match="stopped"):
            await out.write(ramp(1))
        await out.start()
        card.speaker.clear()
        assert out.frames_written == 0
        assert await out.write(ramp(100, start=5)) == 0
        await card.advance_async(BLOCK * 3)
        assert np.array_equal(sounding(card.speaker.recorded)[:, 0], ramp(100, start=5)[:, 0])
        await out.abort()
