"""``on_lost="reopen"``: whoever meets the loss of the device opens it again and goes on.

No task of its own does this in the background: the reader or writer that is told of the loss tries
until it succeeds, and others that wait on the same stream wait for that. So cancelling it needs no
further words, and a stream that nobody reads is not opened for nobody.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from concurrent.futures import Future

import anyio

from ..core.continuing import Continuation
from ..core.errors import AudioError, DeviceLost, XrunWarning
from ..core.stream import CoreStream
from .base import AsyncCore
from .loops import posted
from .waiting import Waiters

logger = logging.getLogger("aiosounddevice.streams")

FIRST_PAUSE, LAST_PAUSE = 0.1, 2.0
"""Seconds between two attempts: at first, and when nothing comes of it for long."""
SAME_ONLY = 2.0
"""Seconds for which only the lost device is tried: time to plug it in again, or to start its
server. Then, if it is not there, also the system's default device."""


class Reopener:
    """Opens the device of one stream again, each time that it is lost.

    Parameters
    ----------
    core
        The stream.
    """

    def __init__(self, core: AsyncCore) -> None:
        self._core = core
        self._lock = anyio.Lock()
        self._scope: anyio.CancelScope | None = None

    async def mend(self, waiters: Waiters, begin_anew: Callable[[], None]) -> bool:
        """Open the device again if it was lost; to be called when the stream has ended.

        Parameters
        ----------
        waiters
            What the stream's tasks wait by.
        begin_anew
            Called when it runs again.

        Returns
        -------
        bool
            Whether the stream goes on. False: it was stopped.

        Raises
        ------
        StreamClosed
            When it is closed meanwhile.
        """
        core = self._core
        async with self._lock:
            while core.wanted:
                try:
                    core.raise_if_lost()
                    return not core.ended
                except DeviceLost as loss:
                    logger.warning("%s; opening it again", loss)
                await self._until_it_runs()
                if waiters.kernel is not core.kernel:
                    waiters.close()
                    waiters.kernel = core.kernel
                    begin_anew()
                    self._tell()
        core.raise_if_lost()
        return False

    def end(self) -> None:
        """End the attempts, for the stream was closed or stopped; on the loop's thread."""
        if self._scope is not None:
            self._scope.cancel()

    def _tell(self) -> None:
        core = self._core
        names = " and ".join(f"'{side.name}'" for side in core.sides)
        text = f"the device was lost; the stream goes on with {names} after {core.outage:.1f} s"
        logger.warning("%s", text)
        warnings.warn(text, XrunWarning, stacklevel=2)

    async def _until_it_runs(self) -> None:
        core = self._core
        with anyio.CancelScope() as self._scope:
            try:
                await self._try(Continuation(core))
            finally:
                self._scope = None
        if core.closing:
            raise core.closed_error("the stream was closed")

    async def _try(self, continuation: Continuation) -> None:
        core, pause, begin = self._core, FIRST_PAUSE, anyio.current_time()
        try:
            await posted(core.let_go())
        except AudioError as error:
            logger.info("the lost device cannot be closed: %s", error)
        while core.wanted:
            late = anyio.current_time() - begin >= SAME_ONLY
            for same in (True, False) if late else (True,):
                try:
                    core.adopt(await _running(continuation.attempt(same=same)))
                    return
                except (AudioError, ValueError) as error:
                    logger.info("not opened again yet: %s", error.args[0])
            await anyio.sleep(pause)
            pause = min(2 * pause, LAST_PAUSE)


async def _running(attempt: Future[CoreStream]) -> CoreStream:
    """The stream that was opened; if nobody waits for it any more it is closed."""
    try:
        return await posted(attempt)
    except BaseException:
        attempt.add_done_callback(_discard)
        raise


def _discard(attempt: Future[CoreStream]) -> None:
    if attempt.exception() is None:
        attempt.result().close()
