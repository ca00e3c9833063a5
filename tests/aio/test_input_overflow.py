"""Input that nobody read in time: how much, where, and what the three policies keep."""

from __future__ import annotations

from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import RATE, Beside, numbers, settle

pytestmark = pytest.mark.anyio

CAPACITY = 640


def microphone(overflow: str, **options: Any) -> sd.InputStream:
    return sd.InputStream(
        RATE,
        64,
        "microphone",
        1,
        buffer=CAPACITY / RATE,
        overflow=overflow,
        **options,
    )


@pytest.mark.parametrize("stall", [CAPACITY, CAPACITY + 64, 5 * CAPACITY, 96000])
async def test_drop_oldest_keeps_the_newest(card: Card, stall: int) -> None:
    card.advance(RATE)  # an ADC time of 0 counts as none
    async with microphone("drop_oldest") as mic:
        await card.advance_async(stall)
        lost = stall - CAPACITY
        block = await mic.receive()
        assert numbers(block).tolist() == list(range(lost, lost + 64))
        assert mic.info.frame == lost
        assert mic.info.lost == lost
        assert mic.info.time == pytest.approx(1 + lost / RATE)
        rest = mic.read_nowait()
        assert numbers(rest).tolist() == list(range(lost + 64, stall))
        assert mic.info.lost == 0
        assert mic.frames_lost == mic.statistics().input_lost == lost
        assert mic.frames_read == CAPACITY


@pytest.mark.parametrize("stall", [CAPACITY, CAPACITY + 64, 5 * CAPACITY, 96000])
async def test_drop_newest_keeps_the_oldest(card: Card, stall: int) -> None:
    async with microphone("drop_newest") as mic:
        await card.advance_async(stall)
        lost = stall - CAPACITY
        assert numbers(mic.read_nowait()).tolist() == list(range(CAPACITY))
        assert mic.info.lost == 0
        await card.advance_async(64)
        block = await mic.receive()
        assert numbers(block).tolist() == list(range(stall, stall + 64))
        assert mic.info.frame == stall
        assert mic.info.lost == lost
        assert mic.frames_lost == lost


async def test_a_gap_inside_a_read_is_silence_in_its_place(card: Card) -> None:
    async with microphone("drop_newest") as mic:
        await card.advance_async(CAPACITY + 128)  # 640 .. 767 are lost
        assert len(await mic.read(600)) == 600
        await card.advance_async(192)
        block = await mic.read(200)
        expected = [*range(600, 640), *[0] * 128, *range(768, 800)]
        assert numbers(block).tolist() == expected
        assert mic.info.frame == 600
        assert mic.info.lost == 128
        assert numbers(mic.read_nowait()).tolist() == list(range(800, 960))
        assert mic.info.lost == 0


async def test_a_gap_longer_than_the_read_is_lost_before_the_next(card: Card) -> None:
    async with microphone("drop_newest") as mic:
        await card.advance_async(CAPACITY + 1280)
        await mic.read(600)
        await card.advance_async(640)
        block = await mic.read(100)
        assert numbers(block).tolist() == [*range(600, 640), *[0] * 60]
        assert mic.info.lost == 60
        assert numbers(await mic.read(10))[0] == CAPACITY + 1280
        assert mic.info.lost == 1280 - 60
        assert mic.frames_lost == 1280


async def test_silence_of_uint8_is_128(card: Card) -> None:
    card.microphone.feed(np.full((2000, 1), 0.5))
    async with microphone("drop_newest", dtype="uint8") as mic:
        await card.advance_async(CAPACITY + 64)
        await mic.read(CAPACITY - 8)
        await card.advance_async(128)
        block = await mic.read(80)
        assert block[:, 0].tolist() == [192] * 8 + [128] * 64 + [192] * 8


async def test_raise_once_a_gap_then_on(card: Card) -> None:
    async with microphone("raise") as mic:
        await card.advance_async(CAPACITY + 320)
        assert numbers(await mic.read(CAPACITY)).tolist() == list(range(CAPACITY))
        await card.advance_async(192)
        with pytest.raises(sd.InputOverflow, match=r"320 frames .* before frame 960.*buffer"):
            await mic.receive()
        assert numbers(await mic.receive()).tolist() == list(range(960, 1024))
        assert mic.info.frame == 960
        assert mic.info.lost == 320
        assert numbers(await mic.read(128))[0] == 1024
        assert mic.info.lost == 0
        # the next gap
        await card.advance_async(CAPACITY + 64)
        assert len(await mic.read(CAPACITY)) == CAPACITY
        await card.advance_async(64)
        with pytest.raises(sd.InputOverflow, match="64 frames"):
            mic.read_nowait()
        assert mic.read_nowait().shape == (64, 1)
        assert mic.frames_lost == 384


async def test_raise_keeps_what_was_before_the_gap(card: Card) -> None:
    async with microphone("raise") as mic:
        await card.advance_async(CAPACITY + 64)
        await mic.read(600)
        await card.advance_async(64)
        await mic.stop()
        with pytest.raises(sd.InputOverflow):
            await mic.read(104)
        # 40 frames before the gap, 64 lost, 64 after it: told once, delivered in their places
        block = await mic.read(104)
        assert numbers(block).tolist() == [*range(600, 640), *[0] * 64]
        assert mic.info.lost == 64
        assert numbers(await mic.read(64))[0] == 704


async def test_iteration_can_go_on_after_overflow(card: Card) -> None:
    async with microphone("raise") as mic:
        await card.advance_async(CAPACITY + 64)
        await mic.read(CAPACITY)
        await card.advance_async(128)
        await mic.stop()
        with pytest.raises(sd.InputOverflow):
            await mic.__anext__()
        assert [numbers(block)[0] async for block in mic] == [704, 768]


async def test_a_slow_reader_of_a_fast_card_stays_live(card: Card) -> None:
    """It reads one block for every five: each is fresh, and losses add up exactly."""
    seen, lost = [], 0
    async with microphone("drop_oldest") as mic:
        for _ in range(100):
            await card.advance_async(320)
            seen.append(int(numbers(await mic.receive())[0]))
            lost += mic.info.lost
        total = 100 * 320
        assert seen[-1] == total - CAPACITY
        assert mic.frames_read + lost + CAPACITY - 64 == total
        assert mic.frames_lost == lost
        assert mic.statistics().input_lost == lost


async def test_a_read_across_what_was_dropped_under_it(card: Card) -> None:
    """Half a long read was taken, then the task did not run for a while."""
    async with microphone("drop_oldest") as mic, anyio.create_task_group() as tasks:
        reader = Beside(tasks, mic.read, 1200)
        await settle()
        await card.advance_async(CAPACITY)  # taken by the reader: 0 .. 639
        await reader.cancel()
        await card.advance_async(CAPACITY + 128)  # dropped: 640 .. 767
        block = await mic.read(1200)
        assert numbers(block).tolist() == [*range(640), *[0] * 128, *range(768, 1200)]
        assert mic.info[::2] == (0, 128)


async def test_the_hosts_xrun_is_in_the_flags(card: Card) -> None:
    card.advance(RATE)
    card.lose(card.microphone, RATE + 130, 1000)
    async with microphone("raise") as mic:
        await card.advance_async(64 * 2 + 1000 + 64 * 2)
        flagged = []
        for _ in range(4):
            block = await mic.receive()
            flagged.append(mic.info.flags.input_overflow)
            last = mic.info
        assert flagged == [False, False, True, False]
        assert numbers(block)[0] == 128 + 1000 + 64
        # PortAudio does not tell how many: frames count what came, time is the host's
        assert last.frame == 192
        assert last.lost == 0
        assert last.time == pytest.approx(1 + (192 + 1000) / RATE)
        assert mic.statistics().input_overflows == 1
        assert mic.statistics().flags.input_overflow


async def test_flags_of_dropped_blocks_are_told_with_the_next(card: Card) -> None:
    card.lose(card.microphone, 64 * 12, 10)
    async with microphone("drop_newest") as mic:
        await card.advance_async(64 * 15)
        await mic.read(CAPACITY)
        await card.advance_async(64)
        await mic.receive()
        assert mic.info.flags.input_overflow
