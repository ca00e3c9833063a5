"""Cancelling at a chosen suspension, and what must be as before afterwards."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import time
from collections.abc import Awaitable, Generator
from dataclasses import dataclass
from typing import Any

import anyio
import sniffio

from aiosounddevice.core import control
from aiosounddevice.core.handle import Kernel, _abandoned
from aiosounddevice.virtual import Card

from .helpers import LONG, settle

LASTING = ("aiosounddevice control", "aiosounddevice limits", "aiosounddevice watchdog")
"""Threads that stay once they are there."""


class Cut:
    """Lets one awaitable run, and cancels it when it suspends for the `at`-th time, from 0."""

    def __init__(self, at: int) -> None:
        self._at = at
        self.scope = anyio.CancelScope()
        self.suspensions = 0

    async def __call__(self, awaitable: Awaitable[Any]) -> Any:
        """Return what it returns; None if it was cancelled."""
        with self.scope:
            return await _Steps(self, awaitable)

    def suspended(self) -> None:
        if self.suspensions == self._at:
            self.scope.cancel()
        self.suspensions += 1

    @property
    def reached(self) -> bool:
        """Whether it suspended so often."""
        return self.suspensions > self._at


class _Steps:
    def __init__(self, cut: Cut, awaitable: Awaitable[Any]) -> None:
        self._cut, self._awaitable = cut, awaitable

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._awaitable.__await__()
        resume, value = steps.send, None
        while True:
            try:
                asked = resume(value)
            except StopIteration as end:
                return end.value
            finally:
                value = None  # an error's traceback leads to this frame
            self._cut.suspended()
            try:
                resume, value = steps.send, (yield asked)
            except BaseException as error:
                resume, value = steps.throw, error


@dataclass(frozen=True)
class Held:
    """What a program holds of the system and of this package."""

    tasks: int
    descriptors: int
    threads: tuple[str, ...]
    kernels: int
    streams: int


def _tasks() -> int:
    if sniffio.current_async_library() == "trio":
        import trio

        return trio.lowlevel.current_statistics().tasks_living
    return len(asyncio.all_tasks())


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0


def _threads() -> tuple[str, ...]:
    # Pools of anyio's and trio's (anyio's test runner has trio wait for descriptors in a thread).
    names = [thread.name for thread in threading.enumerate()]
    for lasting in LASTING:
        if lasting in names:
            names.remove(lasting)  # one of each
    return tuple(sorted(name for name in names if not name.startswith(("Trio ", "AnyIO "))))


async def held(card: Card) -> Held:
    """Count, once the control thread is idle and what it has told the loop has been done."""
    gc.collect()
    assert control.wait_idle(LONG)
    for thread in threading.enumerate():
        if thread.name.startswith(("aiosounddevice", "file:")) and thread.name not in LASTING:
            thread.join(LONG)  # what feeds a recording or a file ends with it, in its own time
    await settle()
    gc.collect()
    kernels = sum(isinstance(thing, Kernel) for thing in gc.get_objects())
    return Held(
        _tasks(),
        _descriptors(),
        _threads(),
        kernels + len(_abandoned),
        card.open_streams,
    )


async def let_go(before: Held, card: Card) -> Held:
    """Count until there is no more than before, or for long: what is left then is left behind.

    A thread of this package (the watchdog, say) may be looking at a stream at this instant.
    """
    deadline = time.monotonic() + LONG
    while (now := await held(card)) != before and time.monotonic() < deadline:
        await settle()
    return now
