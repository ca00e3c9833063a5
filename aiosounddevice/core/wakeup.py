"""One kind of waiting on one kernel: a descriptor that becomes readable when the wish is met."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ._kernel import lib

if TYPE_CHECKING:
    from .handle import Kernel

INPUT: int = lib.ASD_WAKE_INPUT
"""Frames waiting in the input queue."""
OUTPUT: int = lib.ASD_WAKE_OUTPUT
"""Frames of room in the output queue."""
FRAME: int = lib.ASD_WAKE_FRAME
"""The stream's frame counter."""
VOICE: int = lib.ASD_WAKE_VOICE
"""Voices finished since the stream was made."""
FEED: int = lib.ASD_WAKE_FEED
"""The same, for a helper thread: an automatic clock does not move on because it waits."""


class Descriptor:
    """A descriptor that any thread can make readable; closed when nobody holds it any more.

    The kernel's handle holds it as long as a callback may write to it, a waiter as long as an
    event loop may look at it, so reference counting closes it exactly once, after both.
    """

    def __init__(self) -> None:
        self._sockets: tuple[socket.socket, ...] = ()
        if sys.platform == "win32":
            reader, writer = socket.socketpair()
            self._sockets = (reader, writer)
            for each in self._sockets:
                each.setblocking(False)
            self._reader, self.writer = reader.fileno(), writer.fileno()
        elif hasattr(os, "eventfd"):
            self._reader = self.writer = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        else:
            self._reader, self.writer = os.pipe()
            os.set_blocking(self._reader, False)
            os.set_blocking(self.writer, False)

    def fileno(self) -> int:
        """Descriptor to wait on for reading."""
        return self._reader

    @property
    def endless(self) -> bool:
        """Whether it takes signals for ever, drained or not: it counts them and stores nothing."""
        return not self._sockets and self._reader == self.writer

    def signal(self) -> None:
        """Make it readable. Never blocks."""
        with contextlib.suppress(BlockingIOError):
            if self._sockets:
                self._sockets[1].send(b"\1")
            else:
                os.write(self.writer, (1).to_bytes(8, sys.byteorder))

    def drain(self) -> None:
        """Make it unreadable again. Never blocks."""
        try:  # contextlib.suppress costs more than the call
            if self._sockets:
                self._sockets[0].recv(4096)
            else:
                os.read(self._reader, 4096)
        except BlockingIOError:
            pass

    def poll(self, timeout: float | None) -> bool:
        """Block the calling thread until it is readable; False when the time (seconds) ran out."""
        if not hasattr(select, "poll"):
            return bool(select.select([self._reader], [], [], timeout)[0])
        # select() itself refuses descriptors from 1024 on.
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        return bool(poll.poll(None if timeout is None else 1000 * timeout))

    def __del__(self) -> None:
        if self._sockets:
            for each in self._sockets:
                each.close()
            return
        for descriptor in {self._reader, self.writer}:
            os.close(descriptor)


class WakeUp:
    """A slot of a kernel (see `kernel/wake.h`) with the descriptor it signals.

    One waiter at a time. `arm`, wait for `descriptor`, `disarm`, look again: a wake-up may be
    spurious, a missing one is impossible.
    """

    def __init__(self, kernel: Kernel, slot: int, descriptor: Descriptor) -> None:
        self.descriptor = descriptor
        # Its memory must be there for a waiter that wakes up after the stream was closed.
        self._kernel = kernel
        self.arm: Callable[[int], int] = partial(lib.asd_wake_arm, kernel.pointer, slot)
        """Ask for a signal at a threshold, then `disarm`; 0: no need to wait."""
        self.disarm: Callable[[], int] = partial(lib.asd_wake_disarm, kernel.pointer, slot)
        """Withdraw the wish; not 0: call `acknowledge` once the woken task has run."""

    def wait(self, threshold: int, timeout: float | None = None) -> bool:
        """Block the calling thread, without the GIL, until `threshold` is met.

        Parameters
        ----------
        threshold
            In the slot's unit: frames or voices.
        timeout
            Seconds; None: no limit.

        Returns
        -------
        bool
            False when the time ran out. A signal handler that raises ends the wait.
        """
        try:
            if not self.arm(threshold):
                return True
            return self.descriptor.poll(timeout)
        finally:
            if self.disarm():
                acknowledge()
            self.descriptor.drain()


def counted() -> bool:
    """Whether a card that is not on real time counts who waits and who was woken."""
    return bool(lib.asd_handshake_enabled())


def hold() -> None:
    """Let such a card stand until `acknowledge`: a task will run that need not be woken."""
    lib.asd_handshake_hold()


def acknowledge() -> None:
    """Tell a card that is not on real time that a woken task has had its turn."""
    lib.asd_handshake_ack()
