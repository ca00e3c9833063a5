"""Further readers of an `InputStream`: ``async with mic.subscribe() as second: ...``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import anyio.lowlevel

from ..core.checks import check_buffer, check_overflow
from ..core.handle import StreamStatistics
from ..core.subscriber import Subscriber
from .base import AsyncCore, StreamBase
from .errors import StreamClosed
from .input import InputBase, InputStream, T_co
from .raw import RawInputStream
from .waiting import Waiters

if TYPE_CHECKING:
    import numpy  # noqa: F401 - in a string


class _Life(StreamBase):
    """Entered and left instead of opened and closed: the device is another stream's."""

    _subscriber: Subscriber
    _parent: InputBase[Any]
    _run = 0

    async def start(self) -> None:
        """Begin with the next block of the device. Idempotent. Cancelled, nothing is left behind.

        Raises
        ------
        StreamClosed
            If the stream was not started, or was closed, or the subscription was left.
        WrongLoop
            In another event loop than the stream's.
        """
        await anyio.lowlevel.checkpoint()
        loop = self._parent._live("subscribe()").loop
        if self._subscriber.left:
            raise StreamClosed("the subscription was left; call subscribe() for a new one")
        if self._waiters is None:
            self._run = self._subscriber.runs
            self._waiters = Waiters(self._subscriber.open(), loop)

    async def stop(self) -> None:
        """Take no more blocks. What was captured is delivered, then iteration ends.

        The device runs on. A subscription that was stopped does not start again.
        """
        self._live("stop()")
        self._subscriber.stop()
        await anyio.lowlevel.checkpoint()

    abort = stop

    async def aclose(self) -> None:
        """Leave: no more blocks, and `StreamClosed` for whoever still reads here. Idempotent."""
        self.forget()
        await anyio.lowlevel.checkpoint()

    async def _close(self) -> None:
        self.forget()

    def forget(self) -> None:
        """`aclose` without waiting. Any thread, at any time. Idempotent."""
        self._subscriber.leave()
        waiters, self._waiters = self._waiters, None
        if waiters is not None:
            waiters.retire()

    def __del__(self) -> None:
        if hasattr(self, "_subscriber"):  # no device is left open, so no warning
            self.forget()

    def _live(self, action: str) -> Waiters:
        waiters = self._waiters
        if waiters is None or self._core.closing:
            self._subscriber.kernel  # noqa: B018 - says which of the reasons it is
            raise StreamClosed(f"{action}: the subscription was not entered")
        waiters.check_loop(action)
        if self._run != self._subscriber.runs:
            self._run = self._subscriber.runs
            self._rewind()
        return waiters

    def _rewind(self) -> None:
        raise NotImplementedError


class _Subscribed(InputBase[T_co], _Life):
    """One more reader of an open stream; see `InputBase.subscribe`."""

    def __init__(self, parent: InputBase[T_co], buffer: float | None, overflow: str | None) -> None:
        if buffer is not None:
            check_buffer(buffer)
        if overflow is not None:
            check_overflow(overflow)
        self._subscriber = Subscriber(parent._core, buffer, overflow)
        # It reads like a stream's core, and says of the device what that says.
        StreamBase.__init__(self, cast(AsyncCore, self._subscriber))
        self._begin_reading(self._subscriber.overflow)
        self._parent = parent

    def subscribe(
        self, *, buffer: float | None = None, overflow: str | None = None
    ) -> InputBase[T_co]:
        """One more reader of the same device, independent of this one as of all others."""
        own = self._subscriber
        if own.left:
            raise StreamClosed("subscribe(): this subscription was left; subscribe to the stream")
        return self._parent.subscribe(
            buffer=own.buffer if buffer is None else buffer,
            overflow=own.overflow if overflow is None else overflow,
        )

    def statistics(self) -> StreamStatistics:
        """The stream's counters; `input_lost` is what this reader has lost. Never blocks."""
        return self._subscriber.statistics()

    @property
    def stopped(self) -> bool:
        """Whether no blocks come: not entered, left, or the stream does not run."""
        return not self.active

    def __repr__(self) -> str:
        state = "left" if self._subscriber.left else "reading" if self.active else "stopped"
        return f"<subscription: {state}, to {self._parent!r}>"


class Subscription(_Subscribed["numpy.ndarray"], InputStream):
    """One more reader of an open `InputStream`."""


class RawSubscription(_Subscribed[bytes], RawInputStream):
    """One more reader of an open `RawInputStream`."""


def subscription(
    parent: InputBase[T_co], buffer: float | None, overflow: str | None
) -> InputBase[T_co]:
    """One more reader, of its parent's kind."""
    kind: Any = RawSubscription if isinstance(parent, RawInputStream) else Subscription
    return cast("InputBase[T_co]", kind(parent, buffer, overflow))
