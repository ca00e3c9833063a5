"""From a descriptor to the task that waits for it, without a turn of asyncio's loop.

A turn of asyncio's selector loop is a few hundred steps of Python around one system call. Where a
block comes every few milliseconds, and the processor's caches have forgotten all of it, that is
more work than the block itself. So when the loop has called us, for a descriptor of ours was
readable, and has nothing else to do, we wait in its place and for the same epoll object:

* One of our descriptors: its task runs at once, from a callback of the loop as always.
* Any other descriptor (through which signals and calls from other threads come, too), a timer
  that is due, a callback that a task has scheduled, `loop.stop`: back to the loop, which finds
  everything as if we had not looked.

A task is suspended while it waits, as in any loop, and can be cancelled. Nothing waits longer for
its turn than it would otherwise. In debug mode, in which the loop measures each callback, and on
every other kind of loop there is no shortcut, and the same tasks run in the loop's own turns.
"""

from __future__ import annotations

import asyncio
import select
import selectors
import time
from collections.abc import Callable
from typing import Any

LONGEST = 0.1
"""Seconds after which the loop has a turn even if we know of nothing that it could do.

Also the longest time for which a signal goes unnoticed that came just before the system call."""
_MOST = 64
_IN: int = getattr(select, "EPOLLIN", 0) | getattr(select, "EPOLLET", 0)
_NAME = "_aiosounddevice_shortcut"
# No part of asyncio's interface: without one of them there is no shortcut.
_NEEDED = ("_ready", "_scheduled", "_stopping", "_debug")


class Shortcut:
    """The descriptors of one loop that have a shortcut. On the loop's thread only."""

    def __init__(self, epoll: Any) -> None:
        self._epoll = epoll
        self._wakes: dict[int, Callable[[], object]] = {}
        self._under_way = False

    def add(self, descriptor: int, wake: Callable[[], object]) -> None:
        """Call `wake` whenever a descriptor is signalled that the loop watches.

        It is told once for each signal, so that nobody need read the descriptor.
        """
        self._wakes[descriptor] = wake
        self._watch(descriptor)

    def discard(self, descriptor: int) -> None:
        """Forget it, before the loop does."""
        self._wakes.pop(descriptor, None)

    def take(self, loop: Any) -> None:
        """Run what waits for our descriptors, until the loop has anything else to do."""
        if self._under_way or loop._debug:
            return
        self._under_way = True
        try:
            self._wait_and_wake(loop)
        except BaseException:  # KeyboardInterrupt, SystemExit: the loop may be run again
            for descriptor in self._wakes:
                self._watch(descriptor)  # what was told and not passed on is told again
            raise
        finally:
            self._under_way = False

    def _watch(self, descriptor: int) -> None:
        self._epoll.modify(descriptor, _IN)

    def _wait_and_wake(self, loop: Any) -> None:
        poll, wakes, ready, now = self._epoll.poll, self._wakes, loop._ready, time.monotonic
        end, alone = now() + LONGEST, True
        while alone and not ready and not loop._stopping:
            timers = loop._scheduled
            left = (min(end, timers[0]._when) if timers else end) - now()
            if left <= 0:
                return
            found = poll(left, _MOST)
            alone = bool(found)
            for descriptor, _ in found:  # all of ours, for they are told only once
                wake = wakes.get(descriptor)
                if wake is None:
                    alone = False
                else:
                    wake()


def of(loop: asyncio.AbstractEventLoop) -> Shortcut | None:
    """Return the shortcut of a loop, which has at most one; None for loops of another kind."""
    # In the loop's own dictionary: a table of ours would keep loop and tasks.
    found: Shortcut | None = getattr(loop, _NAME, None)
    if found is None and type(loop) is asyncio.SelectorEventLoop:
        selector = getattr(loop, "_selector", None)
        epoll = getattr(selector, "_selector", None)
        known = type(selector) is getattr(selectors, "EpollSelector", None)
        if known and epoll is not None and all(hasattr(loop, name) for name in _NEEDED):
            found = Shortcut(epoll)
            setattr(loop, _NAME, found)
    return found
