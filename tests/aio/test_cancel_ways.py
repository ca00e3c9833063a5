"""Ways to be cancelled: nothing stays open, no task is left, and nobody waits for the sound.

Ctrl+C is in `test_ends.py`.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
import trio

import aiosounddevice as sd
from aiosounddevice.core import control
from aiosounddevice.virtual import Card

from .cutting import held, let_go
from .helpers import LONG, RATE, Beside, opened, ramp, settle

pytestmark = pytest.mark.anyio


async def listen() -> None:
    async with sd.InputStream(RATE, 64, "microphone", 1) as stream:
        await stream.read(10**9)


async def speak() -> None:
    async with sd.OutputStream(RATE, 64, "speaker", 1, buffer=60) as stream:
        await stream.write(ramp(20000))
        await stream.write(ramp(10**7))


async def play() -> None:
    await sd.play(ramp(1000), RATE, loop=True, device="speaker")


async def record() -> None:
    await sd.rec(10**7, RATE, channels=1, device="microphone")


async def iterate() -> None:
    async for _ in sd.blocks(10**7, samplerate=RATE, channels=1, device="microphone"):
        pass


async def wire() -> None:
    async with sd.Stream(RATE, 64, channels=1) as stream:
        async for indata, outdata in stream:
            outdata[:] = indata


JOBS = [listen, speak, play, record, iterate, wire]


async def by_wait_for(job: Callable[[], Awaitable[None]]) -> None:
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(job(), 0.02)


async def by_timeout(job: Callable[[], Awaitable[None]]) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await job()


async def by_task(job: Callable[[], Any]) -> None:
    task = asyncio.create_task(job())
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_trio(job: Callable[[], Awaitable[None]]) -> None:
    with trio.move_on_after(0.02) as scope:
        await job()
    assert scope.cancelled_caught


async def by_group(job: Callable[[], Awaitable[None]]) -> None:
    """A sibling fails."""

    async def fail() -> None:
        await anyio.sleep(0.02)
        raise ZeroDivisionError

    failed: list[type[BaseException]] = []
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(job)
            tasks.start_soon(fail)
    except Exception as error:
        failed = [type(each) for each in error.exceptions]  # type: ignore[attr-defined]
    assert failed == [ZeroDivisionError]


WAYS = {
    "asyncio": [by_wait_for, by_task, by_group]
    + ([by_timeout] if hasattr(asyncio, "timeout") else []),
    "trio": [by_trio, by_group],
}


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.__name__)
async def test_nothing_is_left(
    card: Card, anyio_backend: Any, job: Any, request: pytest.FixtureRequest
) -> None:
    await sd.query_devices()
    gc.disable()
    request.addfinalizer(gc.enable)
    before = await held(card)
    for way in WAYS[anyio_backend[0]]:
        with anyio.fail_after(LONG):
            await way(job)
        assert control.wait_idle(LONG)
        assert card.open_streams == 0, "not before the garbage is collected"
        assert await let_go(before, card) == before, way.__name__


async def test_move_on_after_does_not_wait_for_the_queue(card: Card) -> None:
    """Not a frame of the card's time passes from the cancellation to the end of the block."""
    async with anyio.create_task_group() as tasks:
        speaker = Beside(tasks, speak)
        await opened()
        await card.advance_async(RATE // 10)
        now = card.frame
        await speaker.cancel()
        await settle()
        assert card.frame == now
        assert card.open_streams == 0


async def test_move_on_after_in_real_time(realtime_card: Card) -> None:
    """A minute is queued, and it takes no minute."""
    with anyio.move_on_after(0.1) as scope:
        async with sd.OutputStream(RATE, 64, "speaker", 1, buffer=60) as stream:
            await stream.write(ramp(59 * RATE))
            await stream.drain()
    assert scope.cancelled_caught
    assert stream.statistics().frames < 30 * RATE
    assert realtime_card.open_streams == 0
