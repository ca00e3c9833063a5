"""`rec(until=...)`: recording until something happens."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeAlias

import anyio

from ..core import wakeup
from ..core.takes import Take
from .loops import current
from .waiting import Waiters


class HasAsyncWait(Protocol):
    """An event of any library, a process: what has an `async def wait()`."""

    async def wait(self) -> object:
        """Return when it has happened."""


Until: TypeAlias = HasAsyncWait | Callable[[], Awaitable[object]]


def waiting_for(until: Any) -> Callable[[], Awaitable[object]]:
    """Return what to call and await.

    Raises
    ------
    TypeError
        For what is neither an event nor an async function.
    """
    if inspect.iscoroutine(until):
        until.close()
        raise TypeError("until is a coroutine: pass the async function itself, without calling it")
    if isinstance(until, threading.Event):
        raise TypeError("until is a threading.Event, which blocks: use asyncio.Event, anyio.Event")
    wait = getattr(until, "wait", until)
    if isinstance(until, type) or not callable(wait):
        raise TypeError(f"until must be an event or an async function, not {until!r}")
    return wait  # type: ignore[no-any-return]


class Watch:
    """Runs `until` beside a recording, and ends it.

    Made before the stream is started; in the loop that runs the recording.
    """

    def __init__(self, until: Until, take: Take) -> None:
        assert take.recording is not None
        self._wait = waiting_for(until)
        self._take, self._recording = take, take.recording
        self._error: BaseException | None = None
        self._cancelled: BaseException | None = None
        self._over = False
        loop, ended = current(), anyio.Event()
        self._ended = ended
        self._recording.on_end = lambda: loop.call_soon(ended.set)

    async def run(self, waiters: Waiters) -> None:
        """Return when `until` has, or the recording is full; raise what either of them raises."""
        try:
            # Errors are kept and raised behind the group, which would wrap them.
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._watch, tasks.cancel_scope)
                await self._record(waiters)
                tasks.cancel_scope.cancel()
        finally:
            error, cancelled = self._error, self._cancelled
            # Tracebacks hold this object in cycles, which must not hold the array.
            del self._error, self._cancelled, self._take, self._recording
            try:
                if error is not None:
                    raise error
            finally:
                del error
        try:
            if cancelled is not None and not self._over:
                raise cancelled  # on asyncio: by whomever `until` was waiting for, not by us
        finally:
            del cancelled

    async def _watch(self, scope: anyio.CancelScope) -> None:
        try:
            awaited = self._wait()
            if not inspect.isawaitable(awaited):
                raise TypeError(f"until returned {awaited!r}: it must be an async function")
            await awaited
            self._finish(self._take.core.frame)
        except anyio.get_cancelled_exc_class() as error:
            self._cancelled = error
            raise
        except BaseException as error:
            self._error = error
        scope.cancel()

    async def _record(self, waiters: Waiters) -> None:
        try:
            await self._until_full(waiters)
        except Exception as error:
            if not self._over:
                self._error = error
        finally:
            # Whatever `until` still has to clean up: no more access to the array meanwhile.
            self._take.cancel()

    async def _until_full(self, waiters: Waiters) -> None:
        core, cap = self._take.core, self._recording.cap
        if cap is None:
            # Not by a wake-up of our own: what `until` waits for moves an automatic clock, not we.
            await self._ended.wait()
        else:
            while core.frame < cap and not core.ended:
                await waiters.until(wakeup.FRAME, cap)
        if self._recording.failed is not None:
            raise self._recording.failed
        if cap is None or core.frame < cap:
            core.raise_if_lost()
        self._finish(core.frame)

    def _finish(self, end: int) -> None:
        if not self._over:
            self._over = True
            self._recording.finish(end)
