"""The watchdog: tells a stream that its device is gone though the host says nothing.

A JACK server that is killed, a PulseAudio server that stands still: callbacks cease, and neither
an error nor a finished callback comes. One daemon thread looks after all streams; it sleeps until
the next of them could be overdue, so it wakes about every two seconds while streams run, and
without streams not at all. It is not the control thread, which may itself be stuck in a call on
the dead device.

How long a device may be silent: `LEAST` seconds, four times the longest pause that it has made so
far, or twice its latency, whichever is longest; before its first callback `START_LIMIT`.

A pause of our own is no device's fault. When the whole process was stopped, or the machine slept,
the watchdog's own alarm comes late, and everything begins anew. And whoever is overdue is looked
at once more, `CONFIRM` seconds later, before it is given up: a process that was stopped for just
so long has had its callbacks by then.

A virtual card on the manual or automatic clock may stand still for ever; while there is one,
nobody is overdue.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from . import control
from ._kernel import lib

logger = logging.getLogger("aiosounddevice.watchdog")

START_LIMIT = 10.0
"""Seconds until the first callback. PulseAudio needs 1.2 s."""
LEAST = 2.0
CONFIRM = 0.25
LATE = 1.0
"""Seconds by which an alarm is late when the process must have been stopped."""


class Pulse(NamedTuple):
    """What a running stream tells the watchdog."""

    callbacks: int
    silence: float
    """Seconds since the last callback, or since the start while there was none."""
    longest_gap: float
    latency: float


class Watched(Protocol):
    """A stream, as the watchdog sees it."""

    def pulse(self) -> Pulse | None:
        """None when callbacks are not to be expected (any more)."""

    def lose(self, silence: float) -> None:
        """Called once: nothing has come for so many seconds. Must not block."""


@dataclass
class Vigil:
    """What is remembered of one stream.

    Attributes
    ----------
    restarted
        Silence before this moment does not count.
    gap
        The longest pause that it has made by itself, seconds.
    """

    restarted: float
    gap: float = 0.0
    _known_gap: float = 0.0
    _excused_at: int | None = None
    _suspected_at: float | None = None

    def restart(self, now: float, pulse: Pulse) -> None:
        """Begin anew: the process was stopped. The pause that this makes is not the device's."""
        self.restarted = now
        self._excused_at = pulse.callbacks
        self._suspected_at = None

    def look(self, now: float, pulse: Pulse) -> float:
        """Return when to look again; -inf: it is lost."""
        self._learn(pulse)
        since = max(now - pulse.silence, self.restarted)
        due = since + self.limit(pulse)
        if now < due:
            self._suspected_at = None
            # The first callback is not announced, and changes the limit.
            return due if pulse.callbacks else min(due, now + LEAST)
        if self._suspected_at is None:
            self._suspected_at = now
        confirmed_at = self._suspected_at + CONFIRM
        return -math.inf if now >= confirmed_at else confirmed_at

    def limit(self, pulse: Pulse) -> float:
        """Seconds that it may be silent."""
        if not pulse.callbacks:
            return START_LIMIT
        return max(LEAST, 4 * self.gap, 2 * pulse.latency)

    def _learn(self, pulse: Pulse) -> None:
        if pulse.longest_gap > self._known_gap:
            self._known_gap = pulse.longest_gap
            if self._excused_at is None:
                self.gap = pulse.longest_gap
        if self._excused_at is not None and pulse.callbacks > self._excused_at:
            self._excused_at = None


def _now() -> float:
    return time.monotonic() + _asleep()


def _asleep() -> float:
    """Seconds that the machine has slept, which the monotonic clock leaves out on Linux."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


class Watchdog:
    """Looks after streams; see the module.

    Parameters
    ----------
    clock
        Seconds, going on while the process or the machine is stopped.
    paused
        Whether silence means nothing now.
    """

    def __init__(
        self,
        clock: Callable[[], float] = _now,
        paused: Callable[[], object] = lib.asd_handshake_enabled,
    ) -> None:
        self._clock = clock
        self._paused = paused
        # Weak: a forgotten stream is closed, not kept. Re-entrant: a finaliser may run in here.
        self._vigils: weakref.WeakKeyDictionary[Watched, Vigil] = weakref.WeakKeyDictionary()
        self._changed = threading.Condition(threading.RLock())
        self._alarm = math.inf
        self._thread: threading.Thread | None = None

    def watch(self, stream: Watched) -> None:
        """Look after a stream that was started just now. Any thread; never waits for long."""
        with self._changed:
            self._vigils[stream] = Vigil(self._clock())
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="aiosounddevice watchdog", daemon=True
                )
                with contextlib.suppress(RuntimeError):  # the interpreter is shutting down
                    self._thread.start()
            self._changed.notify()

    def forget(self, stream: Watched) -> None:
        """Do not look after it any more: it is going to be stopped."""
        with self._changed:
            self._vigils.pop(stream, None)

    def round(self) -> float:
        """Look at all streams; return the seconds until the next round, inf if there is none.

        After a round that came too late everybody is looked at as if started now.
        """
        now = self._clock()
        with self._changed:
            late = now - self._alarm > LATE
            vigils = list(self._vigils.items())
        alarm = math.inf
        while vigils:
            stream, vigil = vigils.pop()
            try:
                alarm = min(alarm, self._look(stream, vigil, now, late))
            except Exception:
                logger.exception("a stream could not be looked at")
                self.forget(stream)
            del stream
        with self._changed:
            self._alarm = alarm
        return alarm - now

    def _look(self, stream: Watched, vigil: Vigil, now: float, late: bool) -> float:
        pulse = stream.pulse()
        if pulse is None:
            self.forget(stream)
            return math.inf
        if late or self._paused():
            vigil.restart(now, pulse)
        due = vigil.look(now, pulse)
        if due > now:
            return due
        self.forget(stream)
        stream.lose(now - max(now - pulse.silence, vigil.restarted))
        return math.inf

    def _run(self) -> None:
        control.block_signals()
        while True:
            wait = self.round()
            with self._changed:
                # Never longer than this: a stream that came during the round notified nobody.
                wait = min(wait, LEAST) if len(self._vigils) else math.inf
                self._alarm = self._clock() + wait
                self._changed.wait(None if wait == math.inf else max(0.0, wait))


_watchdog = Watchdog()


def watch(stream: Watched) -> None:
    """`Watchdog.watch`, of the one that the process has."""
    _watchdog.watch(stream)


def forget(stream: Watched) -> None:
    """`Watchdog.forget`, of the one that the process has."""
    _watchdog.forget(stream)


def _after_fork() -> None:
    global _watchdog
    _watchdog = Watchdog()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
