"""The thread of one file."""

from __future__ import annotations

import threading

import anyio
import pytest

from aiosounddevice.files import thread
from aiosounddevice.files.thread import FileThread

pytestmark = pytest.mark.anyio


async def test_jobs_are_done_in_order_in_one_thread_that_ends() -> None:
    worker, done = FileThread("file: test"), []
    for number in range(5):
        worker.post(done.append, number)
    assert await worker.call(threading.get_ident) != threading.get_ident()
    assert done == [0, 1, 2, 3, 4]
    await worker.close(lambda: done.append("closed"))
    assert done[-1] == "closed"
    assert "file: test" not in [each.name for each in threading.enumerate()]


async def test_errors_come_back() -> None:
    worker = FileThread("file: test")
    with pytest.raises(ZeroDivisionError):
        await worker.call(lambda: 1 / 0)
    assert await worker.call(len, "go on") == 5
    with pytest.raises(KeyError):
        await worker.close(lambda: {}["closing"])
    await worker.close(lambda: pytest.fail("closed twice"))
    with pytest.raises(RuntimeError, match="closed"):
        worker.post(len, "")


async def test_closing_ignores_a_cancellation_and_has_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker, closed = FileThread("file: test"), []
    with anyio.CancelScope() as scope:
        scope.cancel()
        await worker.close(lambda: closed.append(True))
    assert closed == [True]
    monkeypatch.setattr(thread, "CLOSE_LIMIT", 0.01)
    worker, hanging = FileThread("file: test"), threading.Event()
    with anyio.fail_after(10):
        await worker.close(lambda: hanging.wait(30))
    hanging.set()


async def test_a_cancelled_wait_leaves_the_job() -> None:
    worker, go, done = FileThread("file: test"), threading.Event(), []

    def job() -> None:
        go.wait(30)
        done.append(True)

    with anyio.move_on_after(0.001) as scope:
        await worker.call(job)
    assert scope.cancelled_caught
    go.set()
    await worker.close(lambda: None)
    assert done == [True]
