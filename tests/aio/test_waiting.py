"""Several tasks on one kernel, and the thresholds they wait for."""

from __future__ import annotations

import gc

import anyio
import pytest

import aiosounddevice as sd
from aiosounddevice.aio.loops import current
from aiosounddevice.aio.waiting import Waiter, Waiters
from aiosounddevice.core import wakeup
from aiosounddevice.core._kernel import lib
from aiosounddevice.core.handle import Kernel, Layout
from aiosounddevice.virtual import Card

from .helpers import RATE, Beside, settle

pytestmark = pytest.mark.anyio


def microphone() -> sd.InputStream:
    return sd.InputStream(RATE, 64, "microphone", 1)


async def test_each_is_woken_at_its_threshold(card: Card) -> None:
    async with microphone() as mic, anyio.create_task_group() as tasks:
        waiter = Waiter(current(), mic._core.kernel, wakeup.FRAME)

        async def until(frame: int) -> None:
            while mic._core.frame < frame:
                await waiter.until(frame)

        wishes = [640, 64, 320, 320, 100]
        waiting = {}
        for number, frame in enumerate(wishes):
            waiting[number] = Beside(tasks, until, frame)
            await settle()
        for now in range(64, 704, 64):
            await card.advance_async(64)
            await settle()
            over = [waiting[number].over for number in range(5)]
            assert over == [frame <= now for frame in wishes]
        waiter.close()


@pytest.mark.parametrize("leader", [0, 1, 2])
async def test_whoever_is_cancelled_the_others_are_still_woken(card: Card, leader: int) -> None:
    async with microphone() as mic, anyio.create_task_group() as tasks:
        waiter = Waiter(current(), mic._core.kernel, wakeup.FRAME)

        async def until(frame: int) -> None:
            while mic._core.frame < frame:
                await waiter.until(frame)

        waiting = [Beside(tasks, until, frame) for frame in (64, 128, 192)]
        await settle()
        await waiting[leader].cancel()
        await card.advance_async(192)
        await settle()
        assert all(task.over for task in waiting)
        assert [task.cancelled for task in waiting] == [n == leader for n in range(3)]
        waiter.close()


async def test_a_met_threshold_is_a_checkpoint(card: Card) -> None:
    async with microphone() as mic:
        waiter = Waiter(current(), mic._core.kernel, wakeup.FRAME)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await waiter.until(0)
        assert scope.cancelled_caught
        with anyio.fail_after(5):
            await waiter.until(0)
        waiter.close()


async def test_one_at_a_time(card: Card) -> None:
    kernel = Kernel(Layout(RATE, 64), None, None)
    waiters = Waiters(kernel, current())
    with waiters.alone("read()"):
        with waiters.alone("write()"):
            pass
        with pytest.raises(sd.StreamBusy, match=r"^another task is in read\(\)"):
            waiters.alone("read()").__enter__()
    with waiters.alone("read()"):
        pass
    waiters.close()
    kernel.release()


async def test_the_end_wakes_all(card: Card) -> None:
    kernel = Kernel(Layout(RATE, 64), None, None)
    waiters = Waiters(kernel, current())
    async with anyio.create_task_group() as tasks:
        waiting = [
            Beside(tasks, waiters.until, slot, 10**9)
            for slot in (wakeup.FRAME, wakeup.FRAME, wakeup.VOICE)
        ]
        await settle()
        assert not any(task.over for task in waiting)
        lib.asd_stream_end(kernel.pointer)
        for task in waiting:
            await task.result()
    waiters.close()
    kernel.release()


async def test_everything_is_acknowledged(card: Card) -> None:
    """What the card counts as woken comes back to nothing, cancellations included."""
    before = lib.asd_handshake_pending()
    async with microphone() as mic, anyio.create_task_group() as tasks:
        for _ in range(10):
            readers = Beside(tasks, mic.read, 64)
            await settle()
            card.advance(64)  # woken, and cancelled before it has had its turn
            await readers.cancel()
            mic.read_nowait()
    gc.collect()
    await settle()
    assert lib.asd_handshake_pending() == before


async def test_a_fast_card_does_not_starve_the_loop(auto_card: Card) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await anyio.lowlevel.checkpoint()
            turns += 1

    async with microphone() as mic, anyio.create_task_group() as tasks:
        counter = Beside(tasks, count)
        await settle()
        before = turns
        for _ in range(100):
            await mic.receive()
        assert turns >= before + 20  # trio shuffles those that can run
        await counter.cancel()


async def test_a_far_off_wish_leaves_time_to_take_what_is_there(auto_card: Card) -> None:
    """A card on its automatic clock stands while a task takes blocks that need no waiting."""
    async with (
        microphone() as mic,
        mic.subscribe(buffer=640 / RATE) as second,
        anyio.create_task_group() as tasks,
    ):
        await mic.read(640)
        far = Beside(tasks, Waiter(current(), mic._core.kernel, wakeup.FRAME).until, 10**9)
        for number in range(30):
            await second.receive()
            assert (second.info.frame, second.info.lost) == (64 * number, 0)
        await far.cancel()
