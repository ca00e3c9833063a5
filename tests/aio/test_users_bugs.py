"""The ten worst bugs of asyncio programs with sound: each is impossible here."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import sys
import threading
import time
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice import compat
from aiosounddevice.core import control
from aiosounddevice.virtual import Card

from .helpers import LONG, RATE, Beside, numbers, opened, ramp, settle, sounding

pytestmark = pytest.mark.anyio


def mic(**options: Any) -> sd.InputStream:
    return sd.InputStream(RATE, 64, "microphone", 1, **options)


async def test_1_put_nowait_in_the_callback(realtime_card: Card) -> None:
    """No Python of anybody's runs on the audio thread, and no wake-up is lost."""
    for stream_class in (sd.InputStream, sd.OutputStream, sd.Stream):
        assert "callback" not in inspect.signature(stream_class).parameters
    realtime_card.set_clock(20.0)
    known: set[int | None] = set(sys._current_frames())
    strangers: set[int | None] = set()
    last = -1
    async with mic(buffer=20) as stream:
        known |= {thread.ident for thread in threading.enumerate()}
        for _ in range(1500):
            with anyio.fail_after(LONG):
                block = await stream.receive()
            told = numbers(block)
            assert last in (-1, told[0] - 1)
            last = told[-1]
            strangers |= set(sys._current_frames()) - known
        assert stream.frames_lost == 0
    # anyio's test runner has trio wait in a thread.
    named = {thread.ident: thread.name for thread in threading.enumerate()}
    assert not [ident for ident in strangers if "Trio" not in named.get(ident, "")]


async def test_2_indata_kept_without_a_copy(auto_card: Card) -> None:
    kept = []
    async with mic() as stream:
        for _ in range(100):
            kept.append(await stream.receive())
            assert kept[-1].flags.owndata
    del stream
    gc.collect()
    told = numbers(np.concatenate(kept))
    assert told.tolist() == list(range(told[0], told[0] + 6400))


async def test_3_unbounded_queue(card: Card) -> None:
    """After a minute without a reader it is a tenth of a second behind, and knows what it lost."""
    async with mic(buffer=0.1) as stream:
        card.advance(60 * RATE)
        there = stream._core.readable
        assert there <= stream._core.input_capacity <= RATE // 10 + 64
        block = await stream.receive()
        assert numbers(block)[0] == card.frame - there
        assert stream.frames_lost == stream.info.frame == 60 * RATE - there


async def test_4_a_read_that_cannot_be_cancelled(card: Card) -> None:
    async with mic() as stream, anyio.create_task_group() as tasks:
        reader = Beside(tasks, stream.read, RATE)
        await settle()
        now, threads = card.frame, threading.active_count()
        await reader.cancel()
        assert (card.frame, threading.active_count()) == (now, threads)
        again = Beside(tasks, stream.read, 64)
        await settle()
        await card.advance_async(64)
        assert numbers(await again.result()).tolist() == list(range(64))


async def test_5_blocking_or_polling_in_a_coroutine(card: Card) -> None:
    """What blocks is not there, and who waits is woken once: for what it waits for.

    The sync layer does not warn: its contract is python-sounddevice's, whose own asyncio examples
    open streams in coroutines, and notebooks run every cell inside a loop. asyncio's debug mode
    names whoever blocks.
    """
    for name in ("wait", "sleep", "stop"):
        with pytest.raises(AttributeError, match=r"await|use asyncio\.sleep"):
            getattr(sd, name)
    async with mic() as stream, anyio.create_task_group() as tasks:
        for turn in range(1, 6):
            reader = Beside(tasks, stream.read, 1024)
            await settle()
            await card.advance_async(1024)
            assert len(await reader.result()) == 1024
            assert stream.statistics().wakeups == turn


async def test_6_cleanup_that_is_cancelled_halfway(auto_card: Card) -> None:
    stream = sd.OutputStream(RATE, 64, "speaker", 1)
    await stream.start()
    await stream.write(ramp(20000))
    with anyio.CancelScope() as scope:
        scope.cancel()
        await stream.aclose()
    assert stream.closed
    assert auto_card.open_streams == 0


def test_6_callbacks_after_the_loop_has_closed(card: Card) -> None:
    stream = mic()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(stream.start())
    reading = loop.create_task(stream.read(128))
    loop.run_until_complete(asyncio.sleep(0))
    reading.cancel()
    loop.run_until_complete(asyncio.wait([reading]))
    loop.close()
    card.advance(RATE)
    assert stream.statistics().frames == RATE
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        del stream, reading
        gc.collect()
    assert [warning.category for warning in told] == [ResourceWarning]
    assert control.wait_idle(LONG)
    assert card.open_streams == 0


async def test_7_two_tasks_play_at_once(card: Card) -> None:
    sounds = [ramp(4000), ramp(4000, start=8001)]
    async with anyio.create_task_group() as tasks:
        for sound in sounds:
            tasks.start_soon(lambda sound=sound: sd.play(sound, RATE, device="speaker"))
        while card.open_streams < 2:
            await opened()
        await card.advance_async(2 * RATE)
    heard = sounding(card.speaker.recorded[:, :1])
    late = len(heard) - 4000  # one may have been opened a block after the other
    one, two = (np.zeros((4000 + late, 1)) for _ in range(2))
    one[:4000], two[late:] = sounds
    other, another = (np.zeros((4000 + late, 1)) for _ in range(2))
    other[:4000], another[late:] = sounds[::-1]
    assert np.array_equal(heard, one + two) or np.array_equal(heard, other + another)


@pytest.mark.parametrize("end", ["stop", "abort", "close"])
def test_8_stop_in_a_callback_deadlocks(realtime_card: Card, end: str) -> None:
    called = threading.Event()

    def callback(indata: Any, frames: int, when: Any, status: Any) -> None:
        if not called.is_set():
            try:
                getattr(stream, end)()
            except compat.PortAudioError:  # as documented: not allowed here
                pass
            finally:
                called.set()

    with compat.InputStream(RATE, 64, "microphone", 1, callback=callback) as stream:
        assert called.wait(LONG)
        leaving = time.monotonic()
    assert time.monotonic() - leaving < LONG
    assert stream.closed


async def test_9_write_returned_so_close(auto_card: Card) -> None:
    async with sd.OutputStream(RATE, 64, "speaker", 1) as stream:
        await stream.write(ramp(20000))
        assert stream.frames_played < 20000
    assert stream.frames_played == 20000
    np.testing.assert_array_equal(sounding(auto_card.speaker.recorded[:, :1]), ramp(20000))


WAITS: dict[str, tuple[str, Callable[[Any], Awaitable[Any]]]] = {
    "receive": ("InputStream", lambda stream: stream.receive()),
    "read": ("InputStream", lambda stream: stream.read(10**6)),
    "next": ("InputStream", lambda stream: stream.__anext__()),
    "write": ("OutputStream", lambda stream: stream.write(ramp(10**5))),
    "drain": ("OutputStream", lambda stream: stream.drain()),
    "clear": ("OutputStream", lambda stream: stream.clear()),
    "pair": ("Stream", lambda stream: stream.__anext__()),
    "drain of both": ("Stream", lambda stream: stream.drain()),
}


@pytest.mark.parametrize("name", WAITS)
async def test_10_awaiting_a_dead_device(card: Card, name: str) -> None:
    kind, wait = WAITS[name]
    stream = getattr(sd, kind)(RATE, 64, "loopback", 1)
    with contextlib.suppress(sd.DeviceLost):  # once more, of what was written
        async with stream, anyio.create_task_group() as tasks:
            if kind == "OutputStream":
                await stream.write(ramp(2000))
                await card.advance_async(100)  # a clear is not answered at this very moment
            waiting = Beside(tasks, wait, stream)
            await settle()
            assert not waiting.over
            card.die(card.loopback)
            await card.advance_async(64)
            with pytest.raises(sd.DeviceLost):
                await waiting.result()


@pytest.mark.parametrize("name", ["play", "rec", "playrec", "blocks"])
async def test_10_awaiting_a_take_on_a_dead_device(card: Card, name: str) -> None:
    calls: dict[str, Callable[[], Awaitable[Any]]] = {
        "play": lambda: sd.play(ramp(RATE), RATE),
        "rec": lambda: sd.rec(RATE, RATE, channels=1),
        "playrec": lambda: sd.playrec(ramp(RATE), RATE, channels=1),
        "blocks": lambda: sd.blocks(RATE, samplerate=RATE, channels=1).__anext__(),
    }
    async with anyio.create_task_group() as tasks:
        waiting = Beside(tasks, calls[name])
        while not card.open_streams:
            await opened()
        await opened()
        card.die(card.loopback)
        await card.advance_async(64)
        with pytest.raises(sd.DeviceLost):
            await waiting.result()
