"""The shortcut past asyncio's loop: nobody notices it but by the time it saves.

Most of these would wait for hours if it did not give way: its longest stay is a day here.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from aiosounddevice.aio import shortcut
from aiosounddevice.aio.loops import AsyncioReadiness
from aiosounddevice.core.wakeup import Descriptor

Main = Callable[[asyncio.AbstractEventLoop], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True)
def _endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortcut, "LONGEST", 86400.0)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.SelectorEventLoop()
    yield loop
    loop.close()


class Reader:
    """A task that waits for a descriptor again and again."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.descriptor = Descriptor()
        self.readiness = AsyncioReadiness(loop, self.descriptor)
        self.woken = 0
        self.then: Callable[[], object] = lambda: None
        self.seen = threading.Semaphore(0)
        self.task = loop.create_task(self._run())

    async def _run(self) -> None:
        while True:
            await self.readiness.wait()
            self.woken += 1
            self.then()
            self.seen.release()

    def signal(self) -> None:
        """Wake it; from another thread, until it was woken."""
        self.descriptor.signal()
        assert self.seen.acquire(timeout=30)


class Beside(threading.Thread):
    """A thread that begins when the loop runs; what it raises is raised in the end."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._work, self._error = work, None  # type: ignore[var-annotated]
        self.start()

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self._error = error

    def result(self) -> None:
        self.join(30)
        assert not self.is_alive()
        if self._error is not None:
            raise self._error


def ended(loop: asyncio.AbstractEventLoop, *readers: Reader) -> None:
    """Leave nothing behind."""
    for reader in readers:
        reader.task.cancel()
        reader.readiness.close()
    waiting = asyncio.gather(*(reader.task for reader in readers), return_exceptions=True)
    loop.run_until_complete(waiting)


def run(loop: asyncio.AbstractEventLoop, work: Callable[[], object]) -> None:
    """Run a loop while a thread works, which stops it in the end."""

    def all_of_it() -> None:
        try:
            work()
        finally:
            loop.call_soon_threadsafe(loop.stop)

    thread = Beside(all_of_it)
    loop.run_forever()
    thread.result()


def turns(loop: Any, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Grow by one element with each turn of the loop."""
    counted: list[None] = []
    select = loop._selector.select
    monkeypatch.setattr(loop._selector, "select", lambda *a: (counted.append(None), select(*a))[1])
    return counted


def test_tasks_wake_up_without_turns(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = Reader(loop), Reader(loop)
    counted = turns(loop, monkeypatch)
    run(loop, lambda: [reader.signal() for _ in range(200) for reader in (one, two)])
    assert (one.woken, two.woken) == (200, 200)
    assert len(counted) < 20
    ended(loop, one, two)


def test_the_loop_has_a_turn_now_and_then(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortcut, "LONGEST", 0.0)
    reader, counted = Reader(loop), turns(loop, monkeypatch)
    run(loop, lambda: [reader.signal() for _ in range(50)])
    assert len(counted) >= 50
    ended(loop, reader)


def test_a_timer_is_not_kept_waiting(loop: asyncio.AbstractEventLoop) -> None:
    reader, rung = Reader(loop), threading.Event()
    reader.then = lambda: loop.call_later(0.001, rung.set)

    def work() -> None:
        for _ in range(20):
            rung.clear()
            reader.signal()
            assert rung.wait(30)

    run(loop, work)
    ended(loop, reader)


def test_callbacks_of_a_task_are_not_kept_waiting(loop: asyncio.AbstractEventLoop) -> None:
    reader, called = Reader(loop), threading.Event()
    reader.then = lambda: loop.call_soon(called.set)

    def work() -> None:
        for _ in range(20):
            called.clear()
            reader.signal()
            assert called.wait(30)

    run(loop, work)
    ended(loop, reader)


def test_calls_from_other_threads_are_not_kept_waiting(loop: asyncio.AbstractEventLoop) -> None:
    reader, called = Reader(loop), threading.Event()

    def work() -> None:
        for _ in range(20):
            reader.signal()
            called.clear()
            loop.call_soon_threadsafe(called.set)
            assert called.wait(30)

    run(loop, work)
    assert reader.woken == 20
    ended(loop, reader)


def test_other_descriptors_are_not_kept_waiting(loop: asyncio.AbstractEventLoop) -> None:
    reader, other, read = Reader(loop), Descriptor(), threading.Event()
    loop.add_reader(other.fileno(), lambda: (other.drain(), read.set()))

    def work() -> None:
        for _ in range(20):
            reader.signal()
            read.clear()
            other.signal()
            reader.descriptor.signal()  # both at once
            assert read.wait(30)
            assert reader.seen.acquire(timeout=30)

    run(loop, work)
    assert reader.woken >= 40
    loop.remove_reader(other.fileno())
    ended(loop, reader)


def test_stop_within_a_task(loop: asyncio.AbstractEventLoop) -> None:
    reader = Reader(loop)
    reader.then = loop.stop
    for _ in range(3):
        thread = Beside(reader.signal)
        loop.run_forever()
        thread.result()
    ended(loop, reader)


def test_a_task_cancels_another(loop: asyncio.AbstractEventLoop) -> None:
    one, two = Reader(loop), Reader(loop)
    one.then = two.task.cancel

    def work() -> None:
        two.signal()
        one.signal()

    run(loop, work)
    loop.run_until_complete(asyncio.sleep(0))
    assert two.task.cancelled()
    ended(loop, one, two)


def test_a_reader_that_another_closes(loop: asyncio.AbstractEventLoop) -> None:
    one, two = Reader(loop), Reader(loop)
    one.then = two.readiness.close
    run(loop, lambda: (two.signal(), one.signal()))
    assert two.woken == 2, "closing wakes who waits"
    one.then = lambda: None
    run(loop, one.signal)
    ended(loop, one, two)


def test_a_number_that_is_used_again(loop: asyncio.AbstractEventLoop) -> None:
    one, two = Reader(loop), Reader(loop)
    number, read = one.descriptor.fileno(), threading.Event()
    run(loop, lambda: (one.signal(), two.signal()))
    one.readiness.close()
    one.descriptor.drain()
    loop.add_reader(number, lambda: (one.descriptor.drain(), read.set()))

    def work() -> None:
        two.signal()
        one.descriptor.signal()
        assert read.wait(30)

    run(loop, work)
    loop.remove_reader(number)
    ended(loop, one, two)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_what_ends_a_loop_loses_nobodys_signal(
    loop: asyncio.AbstractEventLoop, kind: type[BaseException]
) -> None:
    class Ending(kind):  # type: ignore[valid-type, misc]
        pass

    def end() -> None:
        raise Ending

    first, *others = readers = [Reader(loop) for _ in range(3)]
    run(loop, lambda: [reader.signal() for reader in readers])
    first.then = end
    # All three at once, while the shortcut is under way: one poll tells of all, the first one ends.
    others[0].then = lambda: [reader.descriptor.signal() for reader in readers]
    loop.call_soon(others[0].descriptor.signal)
    with pytest.raises(Ending):
        loop.run_forever()
    with pytest.raises(Ending):
        first.task.result()
    others[0].then = lambda: None
    before = [reader.woken for reader in others]
    loop.call_later(0.05, loop.stop)
    loop.run_forever()
    assert [reader.woken for reader in others] == [woken + 1 for woken in before]
    ended(loop, *others)
    first.readiness.close()


def test_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    # One that comes just before the system call does not interrupt it; so in asyncio itself.
    monkeypatch.setattr(shortcut, "LONGEST", 0.1)
    begun = threading.Event()

    async def main() -> None:
        reader = Reader(asyncio.get_running_loop())
        try:
            reader.then = begun.set
            reader.descriptor.signal()
            await reader.task
        finally:
            reader.readiness.close()

    def interrupt() -> None:
        assert begun.wait(30)
        os.kill(os.getpid(), signal.SIGINT)

    thread = Beside(interrupt)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    thread.result()


def test_none_in_debug_mode(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, counted = Reader(loop), turns(loop, monkeypatch)
    loop.set_debug(True)
    run(loop, lambda: [reader.signal() for _ in range(50)])
    assert len(counted) >= 50
    ended(loop, reader)


def test_only_for_the_loop_it_knows(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Another(asyncio.SelectorEventLoop):
        pass

    other = Another()
    assert shortcut.of(other) is None
    reader = Reader(other)
    run(other, lambda: [reader.signal() for _ in range(3)])
    ended(other, reader)
    other.close()
    assert shortcut.of(loop) is shortcut.of(loop) is not None
    monkeypatch.setattr(shortcut, "_NEEDED", ("_not_there",))
    new = asyncio.SelectorEventLoop()
    assert shortcut.of(new) is None
    new.close()
