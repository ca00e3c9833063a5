"""Waiting for a kernel on an event loop."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import anyio
import anyio.lowlevel

from ..core.handle import Kernel
from ..core.subscriber import Tap
from ..core.wakeup import acknowledge, counted, hold
from .errors import StreamBusy, WrongLoop
from .loops import Loop

BREATH = 0.001
"""Seconds that a task may go on without giving the loop a turn."""


class _Counted:
    """Arms a slot, on a card that counts who waits and who was woken.

    If the threshold is met the task goes on, and would in between neither wait nor be counted as
    woken: another task's far-off wish would let the card move on, past what this one is about to
    take. So the card is held then, until the task has had its turn.
    """

    def __init__(self, arm: Callable[[int], int]) -> None:
        self._arm = arm
        self.held = 0
        """How often the card is held, and will have to be let go."""

    def __call__(self, threshold: int) -> int:
        hold()
        armed = self._arm(threshold)
        if armed:
            acknowledge()
        else:
            self.held += 1
        return armed


class Waiter:
    """Lets tasks of one loop wait on one slot of one kernel.

    The threshold is checked on the audio thread, so a task that wants 1024 frames of a device
    that delivers 64 is woken once and not sixteen times. A slot has one threshold: with several
    tasks it is the lowest, one of them (the leader) waits for the descriptor, and whoever comes
    or goes makes the others look again.
    """

    def __init__(self, loop: Loop, kernel: Kernel | Tap, slot: int) -> None:
        self._loop = loop
        self._wakeup = kernel.wakeup(slot)
        self._readiness = loop.readiness(self._wakeup.descriptor)
        self._wanted: dict[object, int] = {}
        self._leading = False
        self._turn = anyio.Event()
        self._counted = _Counted(self._wakeup.arm) if counted() else None
        self.wish: Callable[[int], int] = self._counted or self._wakeup.arm
        """Arm the slot for its only task; 0: the threshold is met, or will never be.

        Not 0: ``await waiter.arrival()``, then withdraw the wish; if that fails, by `withdraw`.
        Not one coroutine, and no method of its own, for each call between the task and the loop
        costs a block half a microsecond or more.
        """
        self.arrival: Callable[[], Awaitable[None]] = self._readiness.wait
        """Wait for the descriptor."""
        self.turn = 0.0
        """When the loop last had a turn while its only task waited here."""

    async def until(self, threshold: int) -> None:
        """Return once the threshold is met or the stream has ended; at times too early.

        Always a checkpoint. Cancelled, it leaves nothing behind: nothing was taken.
        """
        task = object()
        self._wanted[task] = threshold
        try:
            if not self.wish(min(self._wanted.values())):
                try:
                    await anyio.lowlevel.checkpoint()
                finally:
                    self._let_go()
            elif self._leading:
                await self._turn.wait()
            else:
                await self._lead()
        finally:
            del self._wanted[task]
            self.withdraw()
            if self._wanted:
                self._wake_others()

    def _let_go(self) -> None:
        if self._counted is not None and self._counted.held:
            self._counted.held -= 1
            self.acknowledge()

    def withdraw(self) -> None:
        """End a wish."""
        if self._wakeup.disarm():
            self.acknowledge()

    async def breathe(self) -> None:
        """A checkpoint for who need not wait: the loop's turn, or the cancellation alone.

        The loop has its turn a millisecond after the last one at the latest.
        """
        try:
            if time.monotonic() > self.turn + BREATH:
                await anyio.lowlevel.checkpoint()
                self.turn = time.monotonic()
            else:
                await anyio.lowlevel.checkpoint_if_cancelled()
        finally:
            self._let_go()

    def acknowledge(self) -> None:
        """Tell the card that the woken task has had its turn: when it has had it, not now."""
        if not self._loop.call_soon(acknowledge):
            acknowledge()

    async def _lead(self) -> None:
        self._leading = True
        try:
            await self._readiness.wait()
        finally:
            self._leading = False

    def _wake_others(self) -> None:
        self._turn.set()
        self._turn = anyio.Event()
        if self._leading:
            self._wakeup.descriptor.signal()

    def close(self) -> None:
        """Take the descriptor out of the loop, and let go who waits. On the loop's thread."""
        # Woken by a close, a task may find nothing to read from, and then does not disarm.
        if self._wakeup.disarm():
            self.acknowledge()
        self._wakeup.descriptor.signal()
        self._readiness.close()


class _Door:
    """Lets one task in. A class, for a generator would cost a tenth of a read."""

    __slots__ = ("action", "taken")

    def __init__(self, action: str) -> None:
        self.action = action
        self.taken = False

    def __enter__(self) -> None:
        if self.taken:
            raise StreamBusy(self.action)
        self.taken = True

    def __exit__(self, *_: object) -> None:
        self.taken = False


class Waiters:
    """The waiters of one stream: made at first need, bound to the loop it was started in."""

    def __init__(self, kernel: Kernel | Tap, loop: Loop) -> None:
        self.kernel = kernel
        self.loop = loop
        self._waiters: dict[int, Waiter] = {}
        self._doors: dict[str, _Door] = {}

    def waiter(self, slot: int) -> Waiter:
        """Return the waiter of a slot."""
        waiter = self._waiters.get(slot)
        if waiter is None:
            waiter = self._waiters[slot] = Waiter(self.loop, self.kernel, slot)
        return waiter

    async def until(self, slot: int, threshold: int) -> None:
        """See `Waiter.until`."""
        await self.waiter(slot).until(threshold)

    def alone(self, action: str) -> _Door:
        """Admit one task at a time to an action: ``with waiters.alone("read()"):``.

        Raises
        ------
        StreamBusy
            If another task is in it.
        """
        door = self._doors.get(action)
        if door is None:
            door = self._doors[action] = _Door(action)
        return door

    def check_loop(self, action: str) -> None:
        """Raise `WrongLoop` in another event loop than the one that started the stream."""
        if not self.loop.is_current():
            raise WrongLoop(
                f"{action}: this stream was started in another event loop; "
                "a stream belongs to the loop that started it"
            )

    def retire(self) -> None:
        """`close`, from any thread: on the loop's own, when it comes to it."""
        self.loop.call_soon(self.close)

    def close(self) -> None:
        """Take all descriptors out of the loop. On the loop's thread."""
        for waiter in self._waiters.values():
            waiter.close()
        self._waiters.clear()
