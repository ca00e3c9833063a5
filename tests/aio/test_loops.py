"""The bridge to an event loop: calls from other threads, and descriptors."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from concurrent.futures import Future
from typing import Any

import anyio
import pytest

import aiosounddevice as sd
from aiosounddevice.aio import loops
from aiosounddevice.aio.loops import AnyioReadiness, AsyncioLoop, AsyncioReadiness, current, posted
from aiosounddevice.core.wakeup import Descriptor
from aiosounddevice.virtual import Card

from .helpers import LONG, RATE, Beside, settle

pytestmark = pytest.mark.anyio


async def test_calls_from_another_thread() -> None:
    loop, called = current(), anyio.Event()
    where: list[int] = []

    def call() -> None:
        where.append(threading.get_ident())
        called.set()

    thread = threading.Thread(target=loop.call_soon, args=(call,))
    thread.start()
    with anyio.fail_after(LONG):
        await called.wait()
    thread.join()
    assert where == [threading.get_ident()]
    assert current().native is loop.native


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_dead_loop_is_no_error(backend: str) -> None:
    async def get() -> Any:
        return current()

    loop = anyio.run(get, backend=backend)
    assert not loop.call_soon(pytest.fail, "it was called")


def test_outside_of_a_loop() -> None:
    with pytest.raises(RuntimeError):
        current()


async def test_readiness_again_and_again() -> None:
    descriptor = Descriptor()
    readiness = current().readiness(descriptor)
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            waiter = Beside(tasks, readiness.wait)
            await settle()
            assert not waiter.over
            descriptor.signal()
            await waiter.result()
        waiter = Beside(tasks, readiness.wait)
        await settle()
        await waiter.cancel()
        waiter = Beside(tasks, readiness.wait)
        await settle()
        threading.Thread(target=descriptor.signal).start()
        await waiter.result()
    readiness.close()


async def test_closing_wakes_who_waits_on_asyncio(anyio_backend: Any) -> None:
    if anyio_backend[0] != "asyncio":
        pytest.skip("asyncio only")
    readiness = AsyncioReadiness(asyncio.get_running_loop(), Descriptor())
    async with anyio.create_task_group() as tasks:
        waiter = Beside(tasks, readiness.wait)
        await settle()
        readiness.close()
        await waiter.result()


async def test_asyncio_keeps_a_task_that_waits(anyio_backend: Any) -> None:
    """The loop knows its tasks only weakly; one that waits for sound must not be collected."""
    if anyio_backend[0] != "asyncio":
        pytest.skip("asyncio only")
    descriptor, over = Descriptor(), asyncio.Event()

    async def wait() -> None:
        readiness = AsyncioReadiness(asyncio.get_running_loop(), descriptor)
        await readiness.wait()
        readiness.close()
        over.set()

    task = asyncio.create_task(wait())
    await settle()
    del task
    gc.collect()
    descriptor.signal()
    with anyio.fail_after(5):
        await over.wait()


async def test_asyncio_cancels_as_a_future_does(anyio_backend: Any) -> None:
    if anyio_backend[0] != "asyncio":
        pytest.skip("asyncio only")
    readiness = AsyncioReadiness(asyncio.get_running_loop(), Descriptor())

    async def wait() -> None:
        await readiness.wait()

    task = asyncio.create_task(wait())
    await settle()
    assert not readiness.done()
    task.cancel("enough")
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    if sys.version_info >= (3, 11):  # before that the words are lost on the way out of a task
        assert caught.value.args == ("enough",)
    assert readiness.done()
    assert not readiness.cancel()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(wait(), 0.001)
    again = asyncio.create_task(wait())  # what was cancelled leaves no trace
    await settle()
    readiness._descriptor.signal()
    await again
    readiness.close()


async def test_a_loop_without_add_reader(
    card: Card, anyio_backend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows' Proactor loop: anyio finds a way."""
    if anyio_backend[0] != "asyncio":
        pytest.skip("asyncio only")
    original, native = current, asyncio.get_running_loop()

    class NoReaders:
        def __getattr__(self, name: str) -> Any:
            return getattr(native, name)

        def add_reader(self, *args: Any) -> None:
            raise NotImplementedError

    without = AsyncioLoop(NoReaders())  # type: ignore[arg-type]
    monkeypatch.setattr("aiosounddevice.aio.base.current", lambda: without)
    monkeypatch.setattr(without, "is_current", lambda: True)
    assert isinstance(without.readiness(Descriptor()), AnyioReadiness)
    async with (
        sd.InputStream(RATE, 64, "microphone", 1) as mic,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(3):
            reader = Beside(tasks, mic.receive)
            await settle()
            await card.advance_async(64)
            assert (await reader.result()).shape == (64, 1)
        reader = Beside(tasks, mic.receive)
        await settle()
        await mic.aclose()
        with pytest.raises(sd.StreamClosed):
            await reader.result()
    assert loops.current is original


async def test_posted_gives_result_and_exception() -> None:
    for late in (False, True):
        good: Future[int] = Future()
        bad: Future[int] = Future()

        def finish(good: Future[int] = good, bad: Future[int] = bad) -> None:
            good.set_result(5)
            bad.set_exception(ZeroDivisionError())

        thread = threading.Thread(target=finish)
        async with anyio.create_task_group() as tasks:
            waiting = [Beside(tasks, posted, good), Beside(tasks, posted, bad)]
            if late:
                await settle()
            thread.start()
            assert await waiting[0].result() == 5
            with pytest.raises(ZeroDivisionError):
                await waiting[1].result()
        thread.join()


async def test_posted_is_a_checkpoint_and_may_be_cancelled() -> None:
    done: Future[int] = Future()
    never: Future[int] = Future()
    done.set_result(1)
    for future in (done, never):
        with anyio.CancelScope() as scope:
            scope.cancel()
            await posted(future)
        assert scope.cancelled_caught
    never.set_result(2)  # its waiter is gone: nobody minds
    await settle()
