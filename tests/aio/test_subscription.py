"""Several readers of one device: exact frames for each, whatever the others do."""

from __future__ import annotations

import gc
import os
import warnings
from typing import Any

import anyio
import anyio.to_thread
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.aio.errors import StreamClosed, WrongLoop
from aiosounddevice.core.errors import DeviceLost, InputOverflow
from aiosounddevice.virtual import Card

from .helpers import RATE, Beside, die, numbers, settle

pytestmark = pytest.mark.anyio


def microphone(**options: Any) -> sd.InputStream:
    return sd.InputStream(
        **{"device": "microphone", "channels": 1, "samplerate": RATE, "blocksize": 64, **options}
    )


async def test_each_reader_gets_every_frame(card: Card) -> None:
    """In blocks of its own size, with places that can be lined up."""
    async with microphone() as mic, mic.subscribe() as one, mic.subscribe() as two:
        await card.advance_async(64 * 30)
        got = [await mic.receive() for _ in range(30)]
        assert np.array_equal(numbers(np.concatenate(got)), np.arange(64 * 30))
        first = await one.read(1000)
        assert (one.info.frame, one.info.lost, one.frames_read) == (0, 0, 1000)
        assert np.array_equal(numbers(first), np.arange(1000))
        async with anyio.create_task_group() as tasks:
            blocks = two.blocks(100, overlap=50)
            for number in range(5):
                beside = Beside(tasks, blocks.__anext__)
                assert numbers(await beside.result())[0] == 50 * number
        assert two.frames_read == 300
        assert numbers(one.read_nowait(64)).tolist() == list(range(1000, 1064))
        assert one.info.frame == 1000
        assert one.info.time == pytest.approx(1000 / RATE)
        assert (one.samplerate, one.blocksize, one.channels) == (RATE, 64, 1)
        assert (one.device, one.dtype, one.samplesize) == (mic.device, mic.dtype, 4)
        assert one.latency == mic.latency
        assert one.time == mic.time
        assert isinstance(one, sd.InputStream)


async def test_it_begins_with_the_next_block_and_misses_nothing(card: Card) -> None:
    async with microphone() as mic:
        await card.advance_async(64 * 5)
        async with mic.subscribe() as late:
            assert late.read_nowait().shape == (0, 1)
            await card.advance_async(64)
            block = await late.receive()
            assert numbers(block).tolist() == list(range(320, 384))
            assert (late.info.frame, late.info.lost) == (320, 0)
            assert late.info.time == pytest.approx(320 / RATE)
            assert late.frames_lost == late.statistics().input_lost == 0
        assert numbers(await mic.read(384)).tolist() == list(range(384))


@pytest.mark.parametrize("overflow", ["drop_oldest", "drop_newest", "raise"])
async def test_a_slow_reader_disturbs_no_other(card: Card, overflow: str) -> None:
    async with (
        microphone() as mic,
        mic.subscribe(buffer=0.01, overflow=overflow) as slow,
        mic.subscribe() as fast,
        anyio.create_task_group() as tasks,
    ):
        for number in range(30):
            beside = Beside(tasks, fast.receive)
            own = Beside(tasks, mic.receive)
            await settle()
            await card.advance_async(64)
            assert numbers(await beside.result())[0] == 64 * number
            assert numbers(await own.result())[0] == 64 * number
        assert fast.frames_lost == mic.frames_lost == mic.statistics().input_lost == 0
        kept = 512  # 10 ms are 480 frames: whole blocks
        lost = 64 * 30 - kept
        assert slow.statistics().input_lost == lost
        if overflow == "drop_oldest":
            assert numbers(await slow.receive())[0] == lost
            assert slow.info.lost == lost
            return
        got = np.concatenate([await slow.receive() for _ in range(8)])
        assert np.array_equal(numbers(got), np.arange(kept))
        await card.advance_async(64)
        if overflow == "raise":
            with pytest.raises(InputOverflow, match=f"{lost} frames were lost before"):
                await slow.receive()
        assert numbers(await slow.receive())[0] == 64 * 30
        assert slow.frames_lost == lost


async def test_readers_wait_by_themselves(card: Card) -> None:
    """Each is woken once, for its own number of frames."""
    async with (
        microphone() as mic,
        mic.subscribe() as one,
        mic.subscribe() as two,
        anyio.create_task_group() as tasks,
    ):
        readers = [Beside(tasks, one.read, 64 * 4), Beside(tasks, two.read, 64 * 16)]
        own = Beside(tasks, mic.read, 64 * 8)
        await settle()
        await card.advance_async(64 * 4)
        assert [readers[0].over, own.over, readers[1].over] == [True, False, False]
        await card.advance_async(64 * 4)
        assert [own.over, readers[1].over] == [True, False]
        await card.advance_async(64 * 8)
        assert readers[1].over
        assert mic.statistics().wakeups == 3


async def test_an_unread_stream_with_subscribers_loses_nothing(card: Card) -> None:
    async with microphone(buffer=0.01) as mic, mic.subscribe(buffer=1) as reader:
        await card.advance_async(64 * 100)
        assert mic.statistics().input_lost == 0
        assert len(reader.read_nowait()) == 64 * 100
        # Its own first read, late: the latest frames, and none are missed.
        block = await mic.receive()
        assert numbers(block)[0] == mic.info.frame == 64 * 92
        assert mic.info.lost == mic.frames_lost == 0
        # From now on it is a reader like the others.
        await card.advance_async(64 * 20)
        assert mic.statistics().input_lost == 64 * 19
        await mic.receive()
        assert mic.info.lost == 64 * 19
        assert reader.statistics().input_lost == 0


async def test_an_unread_stream_without_subscribers_loses(card: Card) -> None:
    async with microphone(buffer=0.01) as mic:
        await card.advance_async(64 * 20)
        assert mic.statistics().input_lost == 64 * 12
        async with mic.subscribe():
            await card.advance_async(64)
            assert mic.statistics().input_lost == 0, "nobody was to read it after all"


async def test_leaving_ends_the_reading(card: Card) -> None:
    async with microphone() as mic, anyio.create_task_group() as tasks:
        async with mic.subscribe() as reader:
            waiting = Beside(tasks, reader.receive)
            own = Beside(tasks, mic.receive)
            await settle()
        with pytest.raises(StreamClosed, match="left"):
            await waiting.result()
        with pytest.raises(StreamClosed, match="left"):
            await reader.receive()
        with pytest.raises(StreamClosed, match="left"):
            async with reader:
                pass
        with pytest.raises(StreamClosed, match="left"):
            reader.subscribe()
        assert reader.closed
        assert reader.stopped
        assert "left" in repr(reader)
        await reader.aclose()
        await card.advance_async(64)
        assert numbers(await own.result())[0] == 0
        assert mic.active


async def test_a_subscription_may_be_stopped(card: Card) -> None:
    async with microphone() as mic, mic.subscribe() as reader:
        await card.advance_async(100)
        await reader.stop()
        await card.advance_async(640)
        assert [len(block) async for block in reader] == [64]
        assert not reader.active
        assert mic.active


async def test_the_streams_stop_is_every_readers(card: Card) -> None:
    async with microphone() as mic, mic.subscribe() as one, mic.subscribe() as two:
        await card.advance_async(64 * 3 + 32)
        async with anyio.create_task_group() as tasks:
            waiting = Beside(tasks, two.read, 10_000)
            await settle()
            await mic.stop()
            assert numbers(await waiting.result()).tolist() == list(range(192))
        assert [int(numbers(block)[0]) async for block in one] == [0, 64, 128]
        with pytest.raises(anyio.EndOfStream):
            await two.receive()
        assert one.stopped


async def test_after_a_restart_readers_begin_at_frame_0(card: Card) -> None:
    async with microphone() as mic, mic.subscribe() as one, mic.subscribe() as two:
        await card.advance_async(64 * 4)
        await one.receive()
        with anyio.move_on_after(0):
            await two.read(64)
        await mic.stop()
        await mic.start()
        await card.advance_async(64)
        for reader in (one, two, mic):
            block = await reader.receive()
            assert numbers(block)[0] == numbers(block)[-1] - 63
            assert (reader.info.frame, reader.info.lost) == (0, 0)
            assert (reader.frames_read, reader.frames_lost) == (64, 0)


async def test_closing_the_stream_closes_every_reader(card: Card) -> None:
    async with anyio.create_task_group() as tasks:
        async with microphone() as mic:
            one, two = mic.subscribe(), mic.subscribe()
            await one.start()
            await two.start()
            await card.advance_async(32)
            waiting = [Beside(tasks, one.receive), Beside(tasks, two.read, 1000)]
            await settle()
        for reader in waiting:
            with pytest.raises(StreamClosed):
                await reader.result()
        for reader in (one, two):
            with pytest.raises(StreamClosed, match="was closed"):
                await reader.receive()
            assert reader.closed
            await reader.aclose()
        with pytest.raises(StreamClosed, match="was closed"):
            async with mic.subscribe():
                pass


async def test_a_lost_device_is_told_to_every_reader(card: Card) -> None:
    async with (
        microphone() as mic,
        mic.subscribe() as one,
        mic.subscribe() as two,
        anyio.create_task_group() as tasks,
    ):
        waiting = [Beside(tasks, reader.read, 640) for reader in (mic, one, two)]
        await settle()
        await card.advance_async(64)
        die(mic)
        await card.advance_async(128)
        for reader in waiting:
            assert len(await reader.result()) == 64, "what was captured"
        for reader in (mic, one, two):
            with pytest.raises(DeviceLost):
                await reader.receive()


async def test_subscribing_before_the_start(card: Card) -> None:
    mic = microphone()
    reader = mic.subscribe()
    with pytest.raises(StreamClosed, match="not entered"):
        await reader.receive()
    with pytest.raises(StreamClosed, match=r"subscribe\(\).*'await start\(\)' first"):
        async with reader:
            pass
    async with mic, reader:
        await card.advance_async(64)
        assert len(await reader.receive()) == 64


async def test_subscribing_to_a_subscriber(card: Card) -> None:
    async with microphone() as mic:
        async with mic.subscribe(buffer=0.01) as one:
            two = one.subscribe()
            await two.start()
            await card.advance_async(64)
        # The second does not depend on the first.
        await card.advance_async(64 * 9)
        assert numbers(await two.receive())[0] == 128, "a queue like the first one's: 512 frames"
        await two.aclose()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [({"buffer": 0}, ValueError), ({"buffer": "x"}, TypeError), ({"overflow": "x"}, ValueError)],
)
async def test_wrong_arguments(card: Card, wrong: dict[str, Any], error: type[Exception]) -> None:
    async with microphone() as mic:
        with pytest.raises(error, match=next(iter(wrong))):
            mic.subscribe(**wrong)


async def test_a_cancelled_entry_leaves_nothing(card: Card) -> None:
    async with microphone() as mic:
        reader = mic.subscribe()
        with anyio.CancelScope() as scope:
            scope.cancel()
            async with reader:
                pytest.fail("entered")
        assert scope.cancelled_caught
        async with reader:
            await card.advance_async(64)
            assert len(await reader.receive()) == 64


async def test_a_cancelled_read_loses_nothing(card: Card) -> None:
    async with microphone() as mic, mic.subscribe() as reader:
        async with anyio.create_task_group() as tasks:
            beside = Beside(tasks, reader.read, 256)
            await settle()
            await card.advance_async(128)
            await beside.cancel()
        await card.advance_async(128)
        assert numbers(await reader.read(256)).tolist() == list(range(256))


async def test_another_loop(card: Card) -> None:
    async with microphone() as mic, mic.subscribe() as reader:

        async def elsewhere() -> None:
            with pytest.raises(WrongLoop):
                async with mic.subscribe():
                    pass
            with pytest.raises(WrongLoop):
                await reader.receive()

        await anyio.to_thread.run_sync(anyio.run, elsewhere)


def descriptors() -> int:
    """How many this process has; 0 where that cannot be said."""
    folder = "/proc/self/fd"
    return len(os.listdir(folder)) if os.path.isdir(folder) else 0


async def test_hundreds_come_and_go(card: Card) -> None:
    """Descriptors are those of as many as were there at once."""
    async with microphone() as mic:

        async def visit(number: int) -> None:
            async with mic.subscribe(buffer=0.01) as reader:
                first = await reader.receive()
                frame = reader.info.frame
                assert reader.info.lost == 0
                rest = await reader.read(64 * (number % 3 + 1))
                got = numbers(np.concatenate([first, rest]))
                assert np.array_equal(got, np.arange(frame, frame + len(got)))

        async def visits(first: int) -> None:
            for number in range(first, first + 50):
                await visit(number)

        async def run(tasks: Any) -> None:
            guests = [Beside(tasks, visits, 100 * n) for n in range(6)]
            while not all(guest.over for guest in guests):
                await card.advance_async(64)
                await settle()
            for guest in guests:
                await guest.result()

        async with anyio.create_task_group() as tasks:
            await run(tasks)
            before = descriptors()
            await run(tasks)
            assert descriptors() <= before
        assert mic.statistics().input_lost == 0


async def test_a_forgotten_subscription_goes_silently(card: Card) -> None:
    """It holds no device, so no warning; but the stream, as long as it is there."""
    async with microphone() as mic:
        reader = mic.subscribe()
        await reader.start()
        await card.advance_async(64)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            del reader
            gc.collect()
        await settle()
        await card.advance_async(64)
        assert numbers(await mic.read(128)).tolist() == list(range(128))


async def test_levels(card: Card) -> None:
    """Of the latest block, also for a subscriber, whoever reads or does not."""
    frames = np.zeros((64 * 4, 1), np.float32)
    frames[64:128] = 0.5
    frames[128:192:2] = -1.0
    card.microphone.feed(frames)
    async with microphone() as mic, mic.subscribe() as reader:
        assert mic.peak == mic.rms == (0.0,)
        seen = []
        for _ in range(4):
            await card.advance_async(64)
            seen.append((mic.peak[0], mic.rms[0]))
            assert (reader.peak, reader.rms) == (mic.peak, mic.rms)
        assert seen == [
            (0, 0),
            (0.5, 0.5),
            (1.0, pytest.approx(0.5**0.5)),
            (0, 0),
        ]
    with pytest.raises(StreamClosed):
        _ = mic.peak


async def test_bytes_for_a_stream_of_bytes(card: Card) -> None:
    async with (
        sd.RawInputStream(RATE, 64, "microphone", 1, "int16") as mic,
        mic.subscribe() as second,
    ):
        await card.advance_async(64)
        block = await second.receive()
        assert isinstance(block, bytes)
        assert block == await mic.receive()
        async with second.subscribe() as third:
            await card.advance_async(64)
            assert await third.receive() == await mic.receive()
