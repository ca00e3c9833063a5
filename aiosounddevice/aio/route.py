"""The way of a block out of the kernel, prepared."""

from __future__ import annotations

from ..core import wakeup
from .base import AsyncCore
from .waiting import Waiters


class Route:
    """What every block needs on its way out of the kernel, looked up once."""

    __slots__ = (
        "_core",
        "block",
        "door",
        "frames",
        "most",
        "place",
        "signalled",
        "take",
        "unit",
        "waiter",
    )

    def __init__(self, core: AsyncCore, waiters: Waiters) -> None:
        self._core = core
        self.door = waiters.alone("receive() or read()")
        self.waiter = waiters.waiter(wakeup.INPUT)
        self.block, self.unit = core.block_frames, core.given.unit
        # Woken when the queue is full, we would have to be back before the next block.
        self.most = max(1, core.input_capacity // 2)
        self.place, self.signalled = core.place, core.signalled
        self.prepare(self.block)

    def prepare(self, frames: int) -> None:
        """Let `take` take so many."""
        self.frames, self.take = frames, self._core.taker(frames)
