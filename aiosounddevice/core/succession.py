"""A lost stream lives on: another one, on a device that is there, takes its place."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, TypeVar

from . import control, life, watchdog
from .errors import AudioError
from .life import Phase, StreamLife
from .request import StreamRequest

Self = TypeVar("Self", bound="SucceedingLife")


class SucceedingLife(StreamLife):
    """`StreamLife` that can take over another one's device; used by `continuing`.

    Attributes
    ----------
    outage : float
        Seconds for which it had no device, the last time.
    """

    outage = 0.0

    def let_go(self) -> Future[None]:
        """Close the lost device and keep the stream; `CallTimeout` where that hangs."""

        def let_go() -> None:
            watchdog.forget(self)
            if self._kernel is not None:
                self._let_go(self._kernel)

        def give_up() -> None:
            if self._pa is not None:
                self._pa.abandon()

        return control.post(let_go, limit=life.LOST_LIMIT, on_abandon=give_up)

    def twin(self: Self, prepare: Callable[[Any], None], **more: Any) -> Self:
        """Make another stream of the same kind, to be adopted perhaps."""
        return type(self)(
            self.request,
            buffer=self._buffer,
            overflow=self._overflow,
            prefill=self._prefill,
            prepare=prepare,
            **more,
        )

    def begin(self, request: StreamRequest) -> None:
        """Open and start as `request` says, or leave nothing open; control thread."""
        self.request = request
        try:
            self._start()
            if self.phase is not Phase.RUNNING:
                raise self.closed_error("the stream was given up while it was started")
        except BaseException:
            self.closing = True
            with contextlib.suppress(AudioError):
                self._close()
            raise

    def adopt(self, other: SucceedingLife) -> None:
        """Go on with the device and the kernel of another stream, which runs. Any thread.

        What this one had queued for playing is discarded. The other one is an empty shell then.

        Raises
        ------
        StreamClosed
            If this stream was closed or stopped meanwhile; then `other` is closed.
        """
        try:
            self._take_over(other)
        except AudioError:
            other.close()
            raise
        watchdog.forget(other)
        watchdog.watch(self)

    def _take_over(self, other: SucceedingLife) -> None:
        with self._handing_over:
            if not self.wanted:
                raise self.closed_error("the stream was closed or stopped")
            now = self.statistics()
            self.outage = (other.statistics().frames - now.frames) / self.samplerate
            if self._prefill is None:
                lost = now.output_discarded + now.output_queued
                now = replace(now, output_discarded=lost)
            self._before = now
            self._pa, self._pointer, self._kernel = other._pa, other._pointer, other._kernel
            self.parameters, self.latencies = other.parameters, other.latencies
            self._silence, self._stop_asked = None, False
            self.phase, other.phase = Phase.RUNNING, Phase.CLOSED
            other._pointer = other._kernel = None
            other.closing = True

    @property
    def wanted(self) -> bool:
        """Whether a stream that was lost is to go on: it was neither closed nor stopped."""
        return not (self.closing or self._stop_asked)
