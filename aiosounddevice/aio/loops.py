"""The two things we need of an event loop that anyio has no portable word for.

Calling into a loop from another thread without caring whether it still runs, and waiting on one
descriptor many times without registering it anew each time (asyncio).
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import sys
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Future
from types import coroutine
from typing import Any, Protocol, TypeVar

import anyio
import anyio.lowlevel

from ..core.wakeup import Descriptor
from . import shortcut

T = TypeVar("T")


class Readiness(Protocol):
    """Waits, again and again, for one descriptor to become readable."""

    def wait(self) -> Awaitable[None]:
        """Return when the descriptor has been signalled since the last time. May be spurious.

        For one task at a time.
        """

    def close(self) -> None:
        """Forget the descriptor, wake who waits. On the loop's thread, before it is closed."""


class Loop(Protocol):
    """A running event loop. Compared by `native`."""

    @property
    def native(self) -> object:
        """The library's own loop or token."""

    def is_current(self) -> bool:
        """Whether the caller runs in this loop."""

    def call_soon(self, function: Callable[..., object], *args: object) -> bool:
        """Call on the loop's thread. From any thread; False, and no call, once the loop is gone."""

    def readiness(self, descriptor: Descriptor) -> Readiness:
        """Start to watch a descriptor."""


class AsyncioLoop:
    """asyncio, uvloop, and whatever else calls itself an asyncio event loop."""

    def __init__(self, native: asyncio.AbstractEventLoop) -> None:
        self.native = native

    def is_current(self) -> bool:
        try:
            return asyncio.get_running_loop() is self.native
        except RuntimeError:
            return False

    def call_soon(self, function: Callable[..., object], *args: object) -> bool:
        try:
            self.native.call_soon_threadsafe(function, *args)
        except RuntimeError:  # closed
            return False
        return True

    def readiness(self, descriptor: Descriptor) -> Readiness:
        try:
            return AsyncioReadiness(self.native, descriptor)
        except NotImplementedError:  # Windows' Proactor loop has no add_reader
            return AnyioReadiness(descriptor)


class AsyncioReadiness:
    """One registration for the life of the stream, and the future that its waiter waits for.

    Registering for each wait would cost two system calls (epoll_ctl) per block. The loop holds
    this object, and this object no stream but the task that waits: a forgotten stream does not
    live as long as its loop, while a task that waits for sound is not forgotten.

    A task waits for it as for an `asyncio.Future` (the protocol that `asyncio.isfuture` names).
    A real future would call the task's wake-up in the loop's next turn, so that a block would
    cost two turns; this one calls it in the turn in which the descriptor was found readable,
    from a callback of the loop, where no task is running.
    """

    _asyncio_future_blocking = False
    """The protocol's name. True between the yield and the task's `add_done_callback`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, descriptor: Descriptor) -> None:
        self._loop = loop
        self._descriptor = descriptor
        self._wake: Callable[[Any], object] | None = None
        self._context: contextvars.Context | None = None
        self._cancelled: tuple[Any, ...] | None = None
        self._shortcut = shortcut.of(loop) if descriptor.endless else None
        loop.add_reader(descriptor.fileno(), self._notice)
        if self._shortcut is not None:
            self._shortcut.add(descriptor.fileno(), self._wake_up)

    def _notice(self) -> None:
        if self._shortcut is None:
            self._descriptor.drain()
            self._wake_up()
        else:
            self._wake_up()
            self._shortcut.take(self._loop)

    def _wake_up(self) -> None:
        wake, self._wake = self._wake, None
        if wake is not None:
            assert self._context is not None
            self._context.run(wake, self)

    def close(self) -> None:
        if self._shortcut is not None:
            self._shortcut.discard(self._descriptor.fileno())
        if not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor.fileno())
            self._wake_soon()  # nobody will look at the descriptor any more

    def _wake_soon(self) -> bool:
        """Wake who waits, from inside another task."""
        wake, self._wake = self._wake, None
        if wake is not None:
            self._loop.call_soon(wake, self, context=self._context)
        return wake is not None

    # ---- a future, as a task sees it

    @coroutine
    def wait(self) -> Generator[AsyncioReadiness, None, None]:
        self._asyncio_future_blocking = True
        yield self  # a cancelled task is thrown `result`'s exception here

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Loop of the task that may wait."""
        return self._loop

    def add_done_callback(
        self, wake: Callable[[Any], object], *, context: contextvars.Context | None = None
    ) -> None:
        """Call `wake` once, in `context`, when the descriptor is readable."""
        self._wake, self._context = wake, context or contextvars.copy_context()

    def remove_done_callback(self, wake: Callable[[Any], object]) -> int:
        """Do not call it."""
        if self._wake != wake:
            return 0
        self._wake = None
        return 1

    def cancel(self, msg: Any = None) -> bool:
        """Let the task wake up with `asyncio.CancelledError`; False when nobody waits."""
        self._cancelled = () if msg is None else (msg,)
        return self._wake_soon()

    def done(self) -> bool:
        """Whether nobody waits."""
        return self._wake is None

    def result(self) -> None:
        """Raise if the wait was cancelled."""
        if self._cancelled is not None:
            cancelled, self._cancelled = self._cancelled, None
            raise asyncio.CancelledError(*cancelled)


class TrioLoop:
    """trio."""

    def __init__(self, native: Any) -> None:
        self.native = native

    def is_current(self) -> bool:
        import trio

        try:
            return trio.lowlevel.current_trio_token() is self.native
        except RuntimeError:
            return False

    def call_soon(self, function: Callable[..., object], *args: object) -> bool:
        import trio

        try:
            self.native.run_sync_soon(function, *args)
        except trio.RunFinishedError:
            return False
        return True

    def readiness(self, descriptor: Descriptor) -> Readiness:
        return AnyioReadiness(descriptor)


class AnyioReadiness:
    """A registration for each wait, by anyio."""

    def __init__(self, descriptor: Descriptor) -> None:
        self._descriptor = descriptor

    async def wait(self) -> None:
        await anyio.wait_readable(self._descriptor.fileno())
        self._descriptor.drain()

    def close(self) -> None:
        pass


def current() -> Loop:
    """Loop that runs the calling task.

    Raises
    ------
    RuntimeError
        Outside of an event loop.
    """
    # trio first: in guest mode its tasks run inside callbacks of an asyncio loop.
    if "trio" in sys.modules:
        import trio

        with contextlib.suppress(RuntimeError):
            return TrioLoop(trio.lowlevel.current_trio_token())
    return AsyncioLoop(asyncio.get_running_loop())


async def posted(future: Future[T]) -> T:
    """Wait for something that was posted to the control thread. A checkpoint in any case.

    Cancelling stops the waiting, not what was posted; its result is then dropped.
    """
    if future.done():
        await anyio.lowlevel.checkpoint()
        return future.result()
    loop, event = current(), anyio.Event()
    future.add_done_callback(lambda _: loop.call_soon(event.set))
    await event.wait()
    return future.result()
