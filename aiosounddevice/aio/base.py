"""What input, output and duplex streams have in common: their life."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import anyio

from ..core import errors as core_errors
from ..core.checks import check_on_lost
from ..core.handle import StreamStatistics
from ..core.life import CLOSE_WAIT, Phase
from ..core.parameters import Direction, Kind
from ..core.stream import CoreStream
from .errors import StreamClosed
from .loops import current, posted
from .waiting import Waiters

if TYPE_CHECKING:
    from .reopening import Reopener

Self = TypeVar("Self", bound="StreamBase")


class AsyncCore(CoreStream):
    """The core's stream with errors that are also anyio's."""

    closed_error: ClassVar[type[core_errors.StreamClosed]] = StreamClosed


class StreamBase:
    """A stream's life on an event loop.

    `async with` starts and closes it. Leaving by an exception or a cancellation silences it at
    once; leaving normally first waits until what was written has been heard.
    """

    _kind: ClassVar[Kind]
    _owned = False
    """Whether another object closes it. In a cycle this one may be finalised first: no warning."""

    def __init__(self, core: AsyncCore, on_lost: str = "raise") -> None:
        self._core = core
        self._waiters: Waiters | None = None
        self._reopener: Reopener | None = None
        if check_on_lost(on_lost) == "reopen":
            from .reopening import Reopener

            self._reopener = Reopener(core)

    # ---- life

    async def start(self) -> None:
        """Open the device if need be, and start. Idempotent.

        The work is done on the control thread; the event loop goes on meanwhile. Cancelling
        closes the device again.

        Raises
        ------
        PortAudioError, DeviceNotFound, LibraryNotFound
            If it cannot be opened.
        WrongLoop
            If the stream was started in another event loop.
        StreamClosed
            After `aclose`.
        """
        if self._waiters is not None:
            self._waiters.check_loop("start()")
        if self._core.closing:
            raise StreamClosed("the stream was closed")
        loop = current()
        try:
            await posted(self._core.start())
        except BaseException:  # or cancelled: nothing is left open
            await self._close()
            raise
        if self._waiters is None:
            self._waiters = Waiters(self._core.kernel, loop)

    async def stop(self) -> None:
        """Stop after what the host was given has been played. `start` goes on from frame 0.

        Readers get what was captured, then their iteration ends. To wait for what is still in
        the queue, `drain` first.
        """
        self._live("stop()")
        reply = self._core.stop()
        self._end_reopening()
        await posted(reply)

    async def abort(self) -> None:
        """Stop at once: silent from the next callback on."""
        self._live("abort()")
        reply = self._core.abort()
        self._end_reopening()
        await posted(reply)

    async def aclose(self) -> None:
        """Close the stream, after everything written has been heard. Idempotent.

        Cancelling it (also an already cancelled scope) means: silence now. Only the wait for
        the device is shielded from cancellation, and bounded.
        """
        try:
            if self._waiters is not None and not self._core.closing:
                await self._finish()
        finally:
            await self._close()

    async def _finish(self) -> None:
        """Play to the end, before a close that is no emergency."""

    async def _goes_on(self) -> bool:
        """After the end of the stream: whether it goes on, for its device was opened again.

        Raises
        ------
        DeviceLost
            When it was lost and is not to be opened again.
        StreamClosed
            When it was closed.
        """
        if self._reopener is None or self._waiters is None:
            self._core.raise_if_lost()
            return False
        return await self._reopener.mend(self._waiters, self._begin_anew)

    def _end_reopening(self) -> None:
        if self._reopener is not None:
            self._reopener.end()

    def _begin_anew(self) -> None:
        """The device was opened again: what was counted in the kernel is counted from 0."""

    async def _close(self) -> None:
        reply = self._core.close()
        waiters, self._waiters = self._waiters, None
        if self._reopener is not None and waiters is not None:
            waiters.loop.call_soon(self._reopener.end)
        try:
            with anyio.move_on_after(CLOSE_WAIT, shield=True):
                # A close that fails leaves nothing to do.
                with contextlib.suppress(core_errors.AudioError):
                    await posted(reply)
        finally:
            # Not before: the close wakes those who wait, by the descriptors.
            if waiters is not None:
                waiters.retire()

    async def __aenter__(self: Self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            await self.aclose()
        else:
            await self._close()

    def forget(self) -> None:
        """Post the close and do not wait for it. Any thread, at any time. Idempotent."""
        self._core.close()
        waiters, self._waiters = self._waiters, None
        if waiters is not None:
            waiters.retire()

    def __del__(self) -> None:
        core = getattr(self, "_core", None)
        if core is not None and core.open:
            if not self._owned:
                text = f"{self!r} was never closed"
                warnings.warn(text, ResourceWarning, source=self, stacklevel=2)
            self.forget()

    def _live(self, action: str) -> Waiters:
        """Waiters of a started stream, in the right loop."""
        waiters = self._waiters
        if waiters is None:
            if self._core.closing:
                raise StreamClosed(f"{action}: the stream was closed")
            raise StreamClosed(
                f"{action}: the stream is not started; use 'async with' or 'await start()' first"
            )
        if not waiters.loop.is_current():
            waiters.check_loop(action)
        return waiters

    # ---- what is known of it

    def __repr__(self) -> str:
        state = "closed" if self._core.closing else self._core.phase.value
        return f"<aiosounddevice.{type(self).__name__}: {state}>"

    @property
    def active(self) -> bool:
        """Whether the device is running."""
        return self._core.running

    @property
    def stopped(self) -> bool:
        """Whether the stream was not started, or was stopped again."""
        return self._core.phase is not Phase.RUNNING

    @property
    def closed(self) -> bool:
        """Whether `aclose` was called."""
        return self._core.closing

    @property
    def samplerate(self) -> float:
        """Frames per second. Like the following, known once the stream is open."""
        return self._core.samplerate

    @property
    def blocksize(self) -> int:
        """Frames per callback of the host, 0 where it varies."""
        return self._core.blocksize

    def _each(self, get: Callable[[Direction], Any]) -> Any:
        values = tuple(get(side) for side in self._core.sides)
        return values if self._kind == "duplex" else values[0]

    @property
    def device(self) -> Any:
        """Number of the device; a pair for a duplex stream, like the following."""
        return self._each(lambda side: side.device)

    @property
    def channels(self) -> Any:
        """Number of channels."""
        return self._each(lambda side: side.channels)

    @property
    def dtype(self) -> Any:
        """Data type of a sample, as a string."""
        return self._each(lambda side: side.dtype)

    @property
    def samplesize(self) -> Any:
        """Bytes of one sample."""
        return self._each(lambda side: side.samplesize)

    @property
    def latency(self) -> Any:
        """Seconds between the analogue side and the kernel, as the host reports."""
        given, taken = self._core.latencies
        return {"input": given, "output": taken, "duplex": (given, taken)}[self._kind]

    @property
    def time(self) -> float:
        """Stream time in seconds at the end of the latest block, smoothed. Never blocks."""
        return self._core.time

    @property
    def cpu_load(self) -> float:
        """Part of real time that the callback takes, smoothed."""
        return self.statistics().cpu_load

    def statistics(self) -> StreamStatistics:
        """Counters since the start, from the kernel; after `aclose` the last ones. Never blocks."""
        return self._core.statistics()
