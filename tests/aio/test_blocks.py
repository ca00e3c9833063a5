"""Async iterators of blocks: sizes, overlap, and a device that is closed however one leaves."""

from __future__ import annotations

import gc
from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.core import control
from aiosounddevice.virtual import Card

from .helpers import LONG, RATE, Beside, die, numbers, opened, settle

pytestmark = pytest.mark.anyio

MIC: dict[str, Any] = {"device": "microphone", "channels": 1, "samplerate": RATE, "blocksize": 64}


async def test_blocks_of_a_chosen_size(auto_card: Card) -> None:
    got = []
    async for block in sd.blocks(100, **MIC):
        got.append(block)
        if len(got) == 5:
            break
    assert [len(block) for block in got] == [100] * 5
    assert numbers(np.concatenate(got)).tolist() == list(range(500))


@pytest.mark.parametrize(("blocksize", "frames"), [(64, 64), (0, 480)])
async def test_blocks_of_the_streams_own_size(auto_card: Card, blocksize: int, frames: int) -> None:
    async for block in sd.blocks(**{**MIC, "blocksize": blocksize}):
        assert block.shape == (frames, 1)
        break


@pytest.mark.parametrize(("frames", "overlap"), [(100, 50), (100, 99), (64, 1), (7, 3)])
async def test_overlap(auto_card: Card, frames: int, overlap: int) -> None:
    start = 0
    async for block in sd.blocks(frames, overlap=overlap, **MIC):
        assert numbers(block).tolist() == list(range(start, start + frames))
        start += frames - overlap
        if start > 300:
            break


async def test_blocks_of_a_stream_leave_it_open(card: Card) -> None:
    async with sd.InputStream(**MIC) as mic:
        await card.advance_async(640)
        async for block in mic.blocks(100, overlap=10):
            assert numbers(block).tolist() == list(range(100))
            break
        gc.collect()
        assert not mic.closed
        assert numbers(await mic.receive())[0] == 100
        async with mic.blocks(50) as blocks:
            assert blocks.stream is mic
            assert len(await blocks.__anext__()) == 50
        assert not mic.closed


async def test_break_closes_the_device_at_once(auto_card: Card) -> None:
    async for _ in sd.blocks(64, **MIC):
        assert auto_card.open_streams == 1
        break
    # no await, no garbage collection: the close is posted already
    assert control.wait_idle(LONG)
    assert auto_card.open_streams == 0


async def test_an_exception_closes_the_device(auto_card: Card) -> None:
    async def listen() -> None:
        async for _ in sd.blocks(64, **MIC):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await listen()
    gc.collect()  # the traceback had the frame
    assert control.wait_idle(LONG)
    assert auto_card.open_streams == 0


async def test_a_cancellation_closes_the_device(card: Card) -> None:
    async def listen() -> None:
        async for _ in sd.blocks(64, **MIC):
            pass

    async with anyio.create_task_group() as tasks:
        listener = Beside(tasks, listen)
        await opened()
        await card.advance_async(640)
        await listener.cancel()
    assert control.wait_idle(LONG)
    assert card.open_streams == 0


async def test_async_with_waits_for_the_close(auto_card: Card) -> None:
    async with sd.blocks(64, **MIC) as blocks:
        assert len(await blocks.__anext__()) == 64
        assert blocks.stream.active
    assert auto_card.open_streams == 0
    await blocks.aclose()
    with pytest.raises(sd.StreamClosed):
        await blocks.__anext__()


async def test_never_iterated_it_opens_nothing(card: Card) -> None:
    card.clear_calls()
    blocks = sd.blocks(64, **MIC)
    del blocks
    assert control.wait_idle(LONG)
    assert card.calls == []


async def test_garbage_collected_in_a_cycle_it_closes(auto_card: Card) -> None:
    blocks = sd.blocks(64, **MIC)
    await blocks.__anext__()
    blocks.me = blocks  # type: ignore[attr-defined]
    del blocks
    gc.collect()
    assert control.wait_idle(LONG)
    assert auto_card.open_streams == 0


async def test_stop_delivers_the_remainder_and_ends(card: Card) -> None:
    async with sd.InputStream(**MIC) as mic:
        await card.advance_async(256)
        blocks = mic.blocks(100)
        await mic.stop()
        assert [len(block) async for block in blocks] == [100, 100, 56]
        with pytest.raises(StopAsyncIteration):
            await blocks.__anext__()
    owned = sd.blocks(100, **MIC)
    async with anyio.create_task_group() as tasks:
        first = Beside(tasks, owned.__anext__)
        await opened()
        while not first.over:
            await card.advance_async(64)
        await owned.stream.stop()
        rest = [len(block) async for block in owned]
    assert sum(rest) == owned.stream.statistics().frames - 100
    assert card.open_streams == 0, "the end of the iteration closes it"


async def test_cancelled_nothing_is_lost(card: Card) -> None:
    async with sd.InputStream(**MIC) as mic, anyio.create_task_group() as tasks:
        blocks = mic.blocks(100, overlap=20)
        for _ in range(3):
            task = Beside(tasks, blocks.__anext__)
            await settle()
            await card.advance_async(16)
            await task.cancel()
        await card.advance_async(640)
        assert numbers(await blocks.__anext__()).tolist() == list(range(100))
        assert numbers(await blocks.__anext__()).tolist() == list(range(80, 180))


async def test_a_lost_device_is_told(card: Card) -> None:
    blocks = sd.blocks(64, **MIC)
    async with anyio.create_task_group() as tasks:
        first = Beside(tasks, blocks.__anext__)
        while not first.over:
            await settle()
            await card.advance_async(64)
        die(blocks.stream)
        await card.advance_async(128)
        for _ in range(blocks.stream.statistics().frames // 64 - 1):
            await blocks.__anext__()  # what was captured, first
        with pytest.raises(sd.DeviceLost, match="Virtual microphone"):
            await blocks.__anext__()
    await blocks.aclose()


async def test_a_failed_open_is_told_and_leaves_nothing(card: Card) -> None:
    card.fail("Pa_OpenStream", -9985)
    blocks = sd.blocks(64, **MIC)
    with pytest.raises(sd.DeviceBusy):
        await blocks.__anext__()
    assert card.open_streams == 0
    with pytest.raises(sd.StreamClosed):
        await blocks.__anext__()
