"""Input streams: blocks, reads, and what a cancelled read gives back."""

from __future__ import annotations

from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import RATE, Beside, as_float, numbers, settle

pytestmark = pytest.mark.anyio


def microphone(**options: Any) -> sd.InputStream:
    return sd.InputStream(
        **{"device": "microphone", "channels": 1, "samplerate": RATE, "blocksize": 64, **options}
    )


@pytest.mark.parametrize(("blocksize", "frames"), [(64, 64), (100, 100), (0, 480)])
async def test_blocks_follow_one_another(card: Card, blocksize: int, frames: int) -> None:
    async with microphone(blocksize=blocksize, channels=2) as mic:
        # The host's own blocks may be longer: go on until ours are full.
        await card.advance_async(3 * frames + 4096)
        blocks = []
        for number in range(3):
            blocks.append(await mic.receive())
            assert mic.info.frame == number * frames
            assert mic.info.time == pytest.approx(number * frames / RATE)
            assert mic.info.lost == 0
            assert not mic.info.flags
        assert [block.shape for block in blocks] == [(frames, 2)] * 3
        assert np.array_equal(numbers(np.concatenate(blocks)), np.arange(3 * frames))
        assert mic.frames_read == 3 * frames
        assert mic.frames_lost == 0
        assert mic.blocksize == blocksize


async def test_a_block_of_10_ms_at_another_rate(card: Card) -> None:
    async with microphone(blocksize=0, samplerate=16000) as mic:
        await card.advance_async(4096, 16000)
        assert len(await mic.receive()) == 160


async def test_a_block_owns_its_memory(card: Card) -> None:
    async with microphone() as mic:
        await card.advance_async(128)
        first = await mic.receive()
        kept = first.copy()
        second = await mic.receive()
        assert first.base is None
        assert second.base is None
        assert first.flags.c_contiguous
        second[:] = 1
        await card.advance_async(96000)
        assert np.array_equal(first, kept)


async def test_iteration_goes_with_the_card(card: Card) -> None:
    got: list[int] = []

    async def listen(mic: sd.InputStream) -> None:
        async for block in mic:
            got.append(int(numbers(block)[0]))

    async with microphone() as mic, anyio.create_task_group() as tasks:
        listener = Beside(tasks, listen, mic)
        await settle()
        for number in range(5):
            assert got == [64 * n for n in range(number)]
            await card.advance_async(64)
        await mic.stop()
        await listener.result()
    assert got == [0, 64, 128, 192, 256]


@pytest.mark.parametrize("frames", [1, 63, 64, 65, 1000, 4800, 14401])
async def test_read_is_exact_also_beyond_the_buffer(card: Card, frames: int) -> None:
    async with microphone(buffer=0.1) as mic, anyio.create_task_group() as tasks:
        reader = Beside(tasks, mic.read, frames)
        await settle()
        await card.advance_async(-(-frames // 64) * 64)
        got = await reader.result()
        assert got.shape == (frames, 1)
        assert np.array_equal(numbers(got), np.arange(frames))
        assert mic.info == (0, pytest.approx(0), 0, mic.info.flags)
        await card.advance_async(64)
        rest = mic.read_nowait()
        assert numbers(rest)[0] == frames
        assert mic.info.frame == frames
        assert mic.info.time == pytest.approx(frames / RATE)


async def test_read_wakes_once_for_all_its_frames(card: Card) -> None:
    async with microphone() as mic, anyio.create_task_group() as tasks:
        reader = Beside(tasks, mic.read, 64 * 16)
        await settle()
        await card.advance_async(64 * 15)
        assert not reader.over
        await card.advance_async(64)
        assert len(await reader.result()) == 64 * 16
        assert mic.statistics().wakeups == 1


async def test_read_nowait_takes_what_is_there(card: Card) -> None:
    async with microphone() as mic:
        assert mic.read_nowait().shape == (0, 1)
        await card.advance_async(64 * 3)
        assert numbers(mic.read_nowait(10)).tolist() == list(range(10))
        assert numbers(mic.read_nowait(100)).tolist() == list(range(10, 110))
        assert mic.info.frame == 10
        assert numbers(mic.read_nowait()).tolist() == list(range(110, 192))
        assert mic.read_nowait(5).shape == (0, 1)
        assert mic.frames_read == 192


async def test_cancelled_again_and_again_nothing_is_lost(card: Card) -> None:
    """Each read is longer than the queue, so it is cancelled with frames already taken."""
    got: list[np.ndarray] = []
    async with microphone(buffer=0.01) as mic, anyio.create_task_group() as tasks:
        for frames in (3000, 5000, 2600, 4000):
            reader = Beside(tasks, mic.read, frames)
            await settle()
            await card.advance_async(640)
            assert not reader.over
            await reader.cancel()
            assert reader.cancelled
        assert mic.frames_read == 0
        assert mic.statistics().input_lost == 0
        got.append(await mic.receive())
        assert mic.info.frame == 0
        got.append(await mic.read(1000))
        assert mic.info.frame == 64
        got.append(mic.read_nowait())
    assert numbers(np.concatenate(got)).tolist() == list(range(4 * 640))


async def test_what_a_cancelled_read_gave_back_is_there_at_once(card: Card) -> None:
    async with microphone(buffer=0.01) as mic, anyio.create_task_group() as tasks:
        reader = Beside(tasks, mic.read, 5000)
        await settle()
        await card.advance_async(640)
        await reader.cancel()
        mic.read_nowait(64)
        for start in (64, 128):
            block = Beside(tasks, mic.receive)
            await settle()
            assert block.over, "it waited for frames it did not need"
            assert numbers(await block.result())[0] == start


@pytest.mark.parametrize("at", range(0, 300, 23))
async def test_cancelled_at_any_moment(card: Card, at: int) -> None:
    got: list[np.ndarray] = []

    async def listen(mic: sd.InputStream) -> None:
        while True:
            got.append(await mic.read(100))

    async with microphone(blocksize=16, buffer=0.001) as mic, anyio.create_task_group() as tasks:
        listener = Beside(tasks, listen, mic)
        await settle()
        await card.advance_async(at)
        await listener.cancel()
        again = Beside(tasks, listen, mic)
        await settle()
        await card.advance_async(320 - at)
        await again.cancel()
        got.append(mic.read_nowait())
    joined = numbers(np.concatenate(got))
    assert joined.tolist() == list(range(len(joined)))
    assert len(joined) == 320


async def test_an_already_cancelled_read_takes_nothing(card: Card) -> None:
    async with microphone() as mic:
        await card.advance_async(640)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await mic.receive()
        assert scope.cancelled_caught
        assert mic.frames_read == 0
        assert numbers(await mic.receive())[0] == 0


async def test_stop_delivers_the_remainder_and_ends(card: Card) -> None:
    async with microphone(blocksize=100) as mic:
        await card.advance_async(250)
        assert len(await mic.read(30)) == 30
        await mic.stop()
        assert mic.stopped
        assert not mic.active
        lengths = [len(block) async for block in mic]
        assert lengths == [100, 70]
        with pytest.raises(anyio.EndOfStream):
            await mic.receive()
        with pytest.raises(anyio.EndOfStream):
            await mic.read(1)
        assert mic.read_nowait().shape == (0, 1)


async def test_stop_wakes_a_reader_with_what_there_is(card: Card) -> None:
    async with microphone() as mic, anyio.create_task_group() as tasks:
        reader = Beside(tasks, mic.read, 48000)
        await settle()
        await card.advance_async(640)
        await mic.stop()
        assert numbers(await reader.result()).tolist() == list(range(640))


async def test_restart_counts_from_frame_0(card: Card) -> None:
    async with microphone() as mic:
        await card.advance_async(640)
        await mic.receive()
        await mic.stop()
        await mic.start()
        assert mic.active
        assert mic.frames_read == 0
        assert mic.read_nowait().shape == (0, 1)
        await card.advance_async(64)
        assert numbers(await mic.receive())[0] == 0
        assert mic.info.frame == 0
        assert mic.frames_read == 64


async def test_abort_ends_it_too(card: Card) -> None:
    async with microphone() as mic:
        await card.advance_async(128)
        await mic.abort()
        assert [len(block) async for block in mic] == [64, 64]


@pytest.mark.parametrize("dtype", ["float32", "int32", "int16", "int8", "uint8"])
@pytest.mark.parametrize("channels", [1, 2, [2], [2, 1]])
async def test_dtypes_and_channel_numbers(card: Card, dtype: str, channels: Any) -> None:
    heard = np.random.default_rng(1).integers(-120, 120, (500, 2)).astype(np.int8)
    card.microphone.feed(heard)
    async with microphone(channels=channels, dtype=dtype) as mic:
        await card.advance_async(512)
        got = await mic.read(500)
        assert got.dtype == dtype
        columns = [n - 1 for n in channels] if isinstance(channels, list) else range(channels)
        assert mic.channels == len(columns)
        assert mic.dtype == dtype
        assert mic.samplesize == got.itemsize
        assert np.array_equal(as_float(got), as_float(heard)[:, list(columns)])


async def test_all_channels_unless_told_otherwise(card: Card) -> None:
    async with microphone(channels=None) as mic:
        assert mic.channels == 2
        assert mic.device == 1
        assert mic.samplerate == RATE
        assert mic.latency == pytest.approx(64 / RATE)


async def test_time_is_the_end_of_the_latest_block(card: Card) -> None:
    card.advance(RATE)
    async with microphone() as mic:
        await card.advance_async(640)
        assert mic.time == pytest.approx(1 + 640 / RATE)


async def test_sound_of_an_untouched_loop_back(auto_card: Card) -> None:
    """On the automatic clock nobody has to advance anything."""
    async with sd.InputStream(device="loopback", channels=2, samplerate=RATE) as mic:
        assert not (await mic.read(10000)).any()
