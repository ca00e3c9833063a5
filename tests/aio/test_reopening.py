"""Streams that open a lost device again: what their readers and writers see of it."""

from __future__ import annotations

import warnings

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import RATE, Beside, numbers, opened, ramp, settle
from .outage import OPTIONS, away, mended, until

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.usefixtures("short_pauses"),
    pytest.mark.filterwarnings("ignore:the device was lost:aiosounddevice.XrunWarning"),
]


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("frames", [0, 64, 1000, 48000])
async def test_a_reader_goes_on_and_time_too(card: Card, frames: int, silent: bool) -> None:
    """The microphone tells the card's own frames: they are the stream's, before and after."""
    card.microphone.feed("card-ramp")
    async with (
        sd.InputStream(device="microphone", **OPTIONS) as mic,
        anyio.create_task_group() as tasks,
    ):
        await card.advance_async(640)
        assert numbers(await mic.read(640)).tolist() == list(range(640))
        before = mic.time
        reader = Beside(tasks, mic.receive)
        await settle()
        await away(card, card.microphone, frames, silent=mic if silent else None)
        await mended(mic)
        await until(lambda: card.open_streams == 1)  # the close that hung has returned
        await card.advance_async(64)
        block = await reader.result()
        assert block.shape == (64, 1)
        assert mic.info.frame == 640 + frames
        assert mic.info.lost == frames
        assert numbers(block).tolist() == list(range(640 + frames, 704 + frames))
        assert mic.time == pytest.approx(before + (64 + frames) / RATE, abs=1e-4)
        assert (mic.frames_read, mic.frames_lost) == (704, frames)
        now = mic.statistics()
        assert (now.frames, now.callbacks, now.input_lost) == (704 + frames, 11, frames)
        assert mic.device == 1


async def test_a_read_has_silence_where_the_device_was_away(card: Card) -> None:
    card.microphone.feed("card-ramp")
    async with (
        sd.InputStream(device="microphone", **OPTIONS) as mic,
        anyio.create_task_group() as tasks,
    ):
        await card.advance_async(128)
        reader = Beside(tasks, mic.read, 1000)
        await settle()
        await away(card, card.microphone, 640)
        await mended(mic)
        await card.advance_async(320)
        data = await reader.result()
        expected = np.arange(1000)
        expected[128:768] = 0
        assert numbers(data).tolist() == expected.tolist()
        assert (mic.info.frame, mic.info.lost) == (0, 640)
        assert numbers(await mic.receive())[0] == 1000
        assert mic.info.lost == 0


async def test_a_block_across_the_gap_is_as_long_as_ever(card: Card) -> None:
    card.microphone.feed("card-ramp")
    options = {**OPTIONS, "blocksize": 0}  # blocks of 480 frames, of whatever the host gives
    async with (
        sd.InputStream(device="microphone", **options) as mic,
        anyio.create_task_group() as tasks,
    ):
        await card.advance_async(512 + 64)
        await mic.receive()
        left = mic.statistics().frames - 480
        assert 0 < left < 480
        reader = Beside(tasks, mic.receive)
        await settle()
        await away(card, card.microphone, 10_000)
        await mended(mic)
        await card.advance_async(2048)
        block = await reader.result()
        assert len(block) == 480
        assert numbers(block)[:left].tolist() == list(range(480, 480 + left))
        assert not block[left:].any()
        lost = mic.info.lost
        block = await mic.receive()
        assert len(block) == 480
        assert block.all()
        assert mic.frames_lost == lost + mic.info.lost
        assert mic.info.frame == 960 + mic.info.lost


async def test_an_outage_is_no_overflow_of_the_readers(card: Card) -> None:
    async with (
        sd.InputStream(device="microphone", overflow="raise", **OPTIONS) as mic,
        anyio.create_task_group() as tasks,
    ):
        reader = Beside(tasks, mic.receive)
        await settle()
        await away(card, card.microphone, 640)
        await mended(mic)
        await card.advance_async(64)
        assert len(await reader.result()) == 64
        assert mic.info.lost == 640
        await card.advance_async(RATE * 2)
        assert len(await mic.read(RATE)) == RATE
        await card.advance_async(64)
        with pytest.raises(sd.InputOverflow):
            await mic.receive()


async def test_blocks(card: Card) -> None:
    async with (
        sd.blocks(64, device="microphone", **OPTIONS) as blocks,
        anyio.create_task_group() as tasks,
    ):
        reader = Beside(tasks, blocks.__anext__)
        await opened()
        await away(card, card.microphone, 640)
        await mended(blocks.stream)
        await card.advance_async(64)
        assert len(await reader.result()) == 64


async def test_it_is_told(card: Card) -> None:
    async with (
        sd.InputStream(device="microphone", **OPTIONS) as mic,
        anyio.create_task_group() as tasks,
    ):
        reader = Beside(tasks, mic.receive)
        await settle()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(warnings, "warn", lambda text, *_, **__: told.append(text))
            told: list[str] = []
            await away(card, card.microphone, RATE)
            await mended(mic)
        assert told == [
            "the device was lost; the stream goes on with 'Virtual microphone' after 1.0 s"
        ]
        await card.advance_async(64)
        await reader.result()


async def test_a_writer_goes_on(card: Card) -> None:
    async with (
        sd.OutputStream(device="speaker", buffer=0.01, **OPTIONS) as speaker,
        anyio.create_task_group() as tasks,
    ):
        writer = Beside(tasks, speaker.write, ramp(2000))
        await settle()
        await card.advance_async(63)
        assert speaker.frames_written == 512
        await away(card, card.speaker, 640)
        await mended(speaker)
        assert speaker.frames_discarded == 448
        heard = len(card.speaker.recorded)
        await card.advance_async(2048)
        assert await writer.result() == 0
        # What was queued is gone, and what was still to be written is heard from its start.
        played = np.round(card.speaker.recorded[heard:, 0] * 2**15).astype(int)
        played = played[np.flatnonzero(played)[0] :]
        assert played[:1488].tolist() == list(range(513, 2001))
        assert speaker.frames_written == 2000
        assert speaker.statistics().output_discarded == 448
        assert await speaker.write(ramp(64)) > 0, "an underflow is one again"
        scope = anyio.CancelScope()
        scope.cancel()
        with scope:
            await speaker.aclose()


async def test_drain_and_clear(card: Card) -> None:
    async with (
        sd.OutputStream(device="speaker", **OPTIONS) as speaker,
        anyio.create_task_group() as tasks,
    ):
        await speaker.write(ramp(1000))
        await card.advance_async(1)
        drain = Beside(tasks, speaker.drain)
        clear = Beside(tasks, speaker.clear)
        await settle()
        await away(card, card.speaker, 640)
        await mended(speaker)
        await drain.result()
        assert await clear.result() == 936
        assert speaker.frames_discarded == 936
        assert speaker.frames_played <= 64


async def test_many_waiters_open_it_once(card: Card) -> None:
    async with (
        sd.OutputStream(device="speaker", buffer=0.01, **OPTIONS) as speaker,
        anyio.create_task_group() as tasks,
    ):
        await speaker.write(ramp(400))
        tasks_ = [
            Beside(tasks, speaker.write, ramp(1000)),
            Beside(tasks, speaker.drain),
            Beside(tasks, speaker.drain),
        ]
        await settle()
        await away(card, card.speaker, 0)
        await mended(speaker)
        assert card.open_streams == 1
        await card.advance_async(4096)
        for task in tasks_:
            await task.result()


async def test_pairs_keep_their_delay(card: Card) -> None:
    card.microphone.feed("card-ramp")
    options = {**OPTIONS, "device": ("microphone", "speaker"), "prefill": 3}
    async with sd.Stream(**options) as wire, anyio.create_task_group() as tasks:

        async def copy(pairs: int) -> int:
            lost = 0
            async for indata, outdata in wire:
                lost += wire.info.lost
                outdata[:] = indata
                pairs -= 1
                if not pairs:
                    break
            return lost

        task = Beside(tasks, copy, 10)
        await card.advance_async(64 * 4)
        await away(card, card.microphone, 64 * 100)
        await mended(wire)
        card.speaker.clear()
        start = card.frame
        await card.advance_async(64 * 20)
        lost = await task.result()
        assert lost == 64 * 100
        played = np.round(card.speaker.recorded[:, 0] * 2**23).astype(int)
        place = np.flatnonzero(played)
        # The delay inside this library, and that of the card: the same for every sample.
        delays = place - (played[place] - start)
        assert len(place) >= 64 * 4
        assert len(set(delays.tolist())) == 1
        assert delays[0] >= wire.delay
