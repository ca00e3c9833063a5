"""One thread per file, for everything that may wait for a disk or take long to compute."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import anyio

from ..aio.loops import posted

T = TypeVar("T")
CLOSE_LIMIT = 5.0
"""Seconds that closing a file waits for its disk before it leaves that to the thread alone."""


class FileThread:
    """Runs what is posted, one after the other, and ends with `finish`.

    A pool's threads stay behind idle, and one for all files would let a hanging network drive
    hold up the others. A daemon, for the same reason: a disk must not keep a program from
    exiting.
    """

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]
        self._jobs = queue.SimpleQueue()
        self._finished = False
        self._thread = threading.Thread(target=_run, args=(self._jobs,), name=name, daemon=True)
        self._thread.start()

    def post(self, function: Callable[..., T], *args: object) -> Future[T]:
        """Let the thread call a function. Any thread, never waits; refused after `finish`."""
        if self._finished:
            raise RuntimeError("the file was closed")
        future: Future[T] = Future()
        self._jobs.put((future, lambda: function(*args)))
        return future

    async def call(self, function: Callable[..., T], *args: object) -> T:
        """`post`, and wait. Cancelling stops the waiting, not the function."""
        return await posted(self.post(function, *args))

    def finish(self, function: Callable[[], object]) -> Future[object]:
        """Post the last job, after which the thread ends; idempotent."""
        if self._finished:
            done: Future[object] = Future()
            done.set_result(None)
            return done
        future = self.post(function)
        self._finished = True
        self._jobs.put(None)
        return future

    async def close(self, function: Callable[[], object]) -> None:
        """`finish`, and wait for it whatever is cancelled, but no longer than `CLOSE_LIMIT`.

        Raises
        ------
        What the function does.
        """
        future = self.finish(function)
        with anyio.move_on_after(CLOSE_LIMIT, shield=True):
            await posted(future)
            # It has nothing left to do but to end: no time worth an await.
            self._thread.join(CLOSE_LIMIT)


def _run(jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]) -> None:
    while (job := jobs.get()) is not None:
        future, function = job
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)
        # Or the thread would hold the last block, and with a job its file, while it waits.
        del job, future, function
