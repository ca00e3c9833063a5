"""Duplex streams: pairs, and a delay that never changes."""

from __future__ import annotations

import contextlib
from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import RATE, Beside, as_float, numbers, ramp, settle

pytestmark = pytest.mark.anyio


def duplex(blocksize: int = 64, **options: Any) -> sd.Stream:
    given = {"device": ("microphone", "speaker"), "channels": 1, "samplerate": RATE}
    return sd.Stream(**{**given, "blocksize": blocksize, "latency": 0.02, **options})


async def echo(stream: sd.Stream) -> None:
    async for indata, outdata in stream:
        outdata[:] = indata


@pytest.mark.parametrize("blocksize", [0, 64, 480])
@pytest.mark.parametrize("prefill", [1, 2, 5])
async def test_the_delay_is_prefill_blocks(card: Card, blocksize: int, prefill: int) -> None:
    async with duplex(blocksize, prefill=prefill) as wire, anyio.create_task_group() as tasks:
        block = blocksize or 480
        assert wire.delay == prefill * block
        task = Beside(tasks, echo, wire)
        await settle()
        await card.advance_async(9600)
        await task.cancel()
        await wire.abort()
        statistics = wire.statistics()
    # The card's own way round is not part of it: frame f of the recording is the callback's.
    played = numbers(card.speaker.recorded)
    assert len(played) >= 9000
    expected = np.maximum(0, np.arange(len(played)) - prefill * block)
    if (blocksize, prefill) == (0, 1):
        # The host's blocks do not end where ours do: each pair is late, in part, and not moved.
        assert statistics.output_late > 0
        assert np.array_equal(played[played > 0], expected[played > 0])
        assert np.count_nonzero(played) > 1000
        return
    assert np.array_equal(played, expected)
    assert statistics.output_late == 0
    assert statistics.output_inserted == 0


async def test_a_pair_is_silence_until_it_is_filled(card: Card) -> None:
    async with duplex(64, dtype=("float32", "uint8"), channels=(2, 1)) as wire:
        await card.advance_async(256)
        indata, outdata = await wire.__anext__()
        assert indata.shape == (64, 2)
        assert indata.dtype == np.float32
        assert outdata.shape == (64, 1)
        assert outdata.dtype == np.uint8
        assert (outdata == 128).all()
        assert wire.info == (0, wire.info.time, 0, wire.info.flags)
        assert wire.channels == (2, 1)
        assert wire.dtype == ("float32", "uint8")
        assert wire.samplesize == (4, 1)
        assert wire.device == (1, 2)
        assert wire.latency[0] > 0
        await wire.abort()


@pytest.mark.parametrize("dtype", ["float32", "int32", "int16", "int8", "uint8"])
async def test_dtypes_and_channels_that_differ(card: Card, dtype: str) -> None:
    """Two channels in, one channel (the second) out, in another format."""
    sent = ramp(64, 1, dtype)
    async with duplex(64, dtype=("int16", dtype), channels=(2, [2]), prefill=1) as wire:
        await card.advance_async(64)
        _, outdata = await wire.__anext__()
        outdata[:] = sent
        await card.advance_async(64)
        await wire.__anext__()  # hands it over
        await wire.abort()
        played = card.speaker.recorded
        assert not played[:, 0].any()
        # the callback of frame 64 had already come
        assert not played[:64].any()
    async with duplex(64, dtype=("int16", dtype), channels=(2, [2]), prefill=3) as wire:
        card.speaker.clear()
        await card.advance_async(64)
        _, outdata = await wire.__anext__()
        outdata[:] = sent
        pending = anyio.create_task_group()
        async with pending:
            task = Beside(pending, wire.__anext__)
            await settle()
            await card.advance_async(64 * 4)
            await task.result()
        await wire.abort()
        played = card.speaker.recorded
        assert np.array_equal(played[192:256, 1], as_float(sent)[:, 0])
        assert not played[:192].any()
        assert not played[256:].any()
        assert not played[:, 0].any()


async def test_a_late_pair_is_not_played_and_the_delay_stays(card: Card) -> None:
    async with duplex(64, prefill=2) as wire, anyio.create_task_group() as tasks:
        await card.advance_async(64)
        indata, outdata = await wire.__anext__()
        outdata[:] = indata + 1  # frame 0, due at frame 128
        await card.advance_async(320)  # too late for it, and for the next ones
        task = Beside(tasks, echo, wire)
        await settle()
        await card.advance_async(640)
        await task.cancel()
        await wire.abort()
        late = wire.statistics().output_late
    # echo() was not iterating when the first pair was handed out: it was left behind, not played
    played = numbers(card.speaker.recorded)
    first = int(np.flatnonzero(played)[0])
    assert played[first:].tolist() == [f - 128 for f in range(first, len(played))]
    assert first % 64 == 0
    assert late > 0
    assert late % 64 == 0


async def test_dropped_input_is_silent_output_in_its_place(card: Card) -> None:
    """Input is lost while the reader stalls; afterwards the delay is what it was."""
    async with duplex(64, prefill=20, buffer=640 / RATE) as wire:
        capacity = 640
        async with anyio.create_task_group() as tasks:
            task = Beside(tasks, echo, wire)
            await settle()
            await card.advance_async(640)
            await task.cancel()
            await card.advance_async(capacity + 128)  # 128 frames are dropped, the oldest
            task = Beside(tasks, echo, wire)
            await settle()
            await card.advance_async(6400)
            await task.cancel()
        assert wire.statistics().input_lost == 128
        assert wire.statistics().output_late == 0
        await wire.abort()
    played = numbers(card.speaker.recorded)
    delay = 20 * 64
    expected = np.maximum(0, np.arange(len(played)) - delay)
    silent = np.flatnonzero(played != expected)
    # the pair that was handed out when the task was cancelled is discarded: 64 frames before
    assert set(np.diff(silent)) == {1}
    assert not played[silent].any()
    assert silent[-1] + 1 - delay == 640 + 128
    assert silent[0] - delay == 640
    assert len(played) > delay + 6000


async def test_break_discards_the_pending_pair(card: Card) -> None:
    async with duplex(64, prefill=4) as wire:
        await card.advance_async(192)
        count = 0
        async for _, outdata in wire:
            outdata[:] = count + 1
            count += 1
            if count == 2:
                break
        async for _, outdata in wire:
            outdata[:] = 3
            break
        async with anyio.create_task_group() as tasks:
            drain = Beside(tasks, wire.drain)
            await settle()
            await card.advance_async(6400)
            await drain.result()
        await wire.abort()
    played = card.speaker.recorded[:, 0]
    assert np.flatnonzero(played).tolist() == list(range(256, 320))
    assert set(played[256:320]) == {1}


async def test_leaving_the_block_plays_what_was_handed_over(auto_card: Card) -> None:
    async with duplex(64, prefill=4) as wire:
        count = 0
        async for _, outdata in wire:
            outdata[:] = 0.5
            count += 1
            if count == 11:
                break
    played = auto_card.speaker.recorded[:, 0]
    assert np.count_nonzero(played) == 10 * 64  # the eleventh pair was not handed over
    assert auto_card.frame >= 4 * 64 + 10 * 64 + round(wire.latency[1] * RATE)


async def test_leaving_by_an_error_is_silent_at_once(card: Card) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with duplex(64, prefill=6) as wire:
            await card.advance_async(320)
            for _ in range(4):
                _, outdata = await wire.__anext__()
                outdata[:] = 1
            await card.advance_async(128)
            raise ZeroDivisionError
    await card.advance_async(640)
    assert card.open_streams == 0
    assert np.count_nonzero(card.speaker.recorded) == 64  # what the callback had taken already


async def test_cancelled_no_input_is_lost(card: Card) -> None:
    async with duplex(64) as wire, anyio.create_task_group() as tasks:
        for _ in range(3):
            task = Beside(tasks, wire.__anext__)
            await settle()
            await card.advance_async(32)
            if not task.over:
                await task.cancel()
        await card.advance_async(32)
        await task.cancel()
        got = [await wire.__anext__() for _ in range(1)]
        assert numbers(got[0][0])[0] in (0, 64)
        await wire.abort()


async def test_stop_ends_the_iteration(card: Card) -> None:
    async with duplex(64) as wire:
        await card.advance_async(128)
        await wire.stop()
        assert [numbers(indata)[0] async for indata, _ in wire] == [0, 64]
        with pytest.raises(StopAsyncIteration):
            await wire.__anext__()
        await wire.start()
        await card.advance_async(64)
        assert numbers((await wire.__anext__())[0])[0] == 0
        await wire.abort()


async def test_two_tasks_in_one_stream(card: Card) -> None:
    async with duplex(64) as wire, anyio.create_task_group() as tasks:
        first = Beside(tasks, wire.__anext__)
        await settle()
        with pytest.raises(anyio.BusyResourceError, match="another task"):
            await wire.__anext__()
        await first.cancel()
        await wire.abort()


async def test_the_loopback_hears_itself(card: Card) -> None:
    """What is played comes back prefill blocks and the card's one block later, exactly."""
    got: list[np.ndarray] = []

    async def ping(stream: sd.Stream) -> None:
        async for indata, outdata in stream:
            got.append(indata)
            outdata[:] = ramp(64, start=1 + stream.info.frame)

    async with duplex(64, device="loopback", prefill=2) as wire:
        async with anyio.create_task_group() as tasks:
            task = Beside(tasks, ping, wire)
            await settle()
            await card.advance_async(3200)
            await task.cancel()
        await wire.abort()
    heard = np.concatenate(got)[:, 0]
    delay = 2 * 64 + 64
    assert not heard[:delay].any()
    assert np.array_equal(heard[delay:], ramp(len(heard) - delay)[:, 0])
