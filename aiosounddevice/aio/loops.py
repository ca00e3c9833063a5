"""The two things we need of an event loop that anyio has no portable word for.

Calling into a loop from another thread without caring whether it still runs, and waiting on one
descriptor many times without registering it anew each time (asyncio).
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

import anyio
import anyio.lowlevel

from ..core.wakeup import Descriptor

T = TypeVar("T")


class Readiness(Protocol):
    """Waits, again and again, for one descriptor to become readable."""

    async def wait(self) -> None:
        """Return when the descriptor was readable, which it no longer is. May be spurious."""

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
    """One registration for the life of the stream.

    Registering for each wait costs two system calls (epoll_ctl) per block. The loop holds this
    object only weakly: a forgotten stream must not live as long as its loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, descriptor: Descriptor) -> None:
        self._loop = loop
        self._descriptor = descriptor
        self._future: asyncio.Future[None] | None = None
        loop.add_reader(descriptor.fileno(), self._notice, weakref.ref(self), descriptor)

    @staticmethod
    def _notice(self_reference: weakref.ref[AsyncioReadiness], descriptor: Descriptor) -> None:
        descriptor.drain()
        self = self_reference()
        if self is not None:
            self._wake()

    def _wake(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    async def wait(self) -> None:
        self._future = self._loop.create_future()
        try:
            await self._future
        finally:
            self._future = None

    def close(self) -> None:
        if not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor.fileno())
            self._wake()  # nobody will look at the descriptor any more


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
