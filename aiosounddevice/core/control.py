"""The control thread: the one thread that opens, starts, stops and closes.

PortAudio is not thread-safe, and opening a device takes 20 to 500 ms; so all such calls queue for
one daemon thread, in order. Callers get a `concurrent.futures.Future` and decide how to wait.

A driver may never come back from a call. Then the thread is lost, not the program: past its limit
the call is abandoned, its Future fails with `CallTimeout`, and a successor thread goes on with the
queue. The lost thread ends if the call ever returns; nobody hears of its result. Before the
successor runs anything `on_abandon` is called, for whoever must never touch that stream or library
again.

Why not `ThreadPoolExecutor`: it has no way to give up a thread, joins its threads at exit (for
minutes, behind a stuck driver), and lets a queued close be cancelled.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, TypeVar

from . import chatter
from .errors import AudioError, CallTimeout

T = TypeVar("T")

logger = logging.getLogger("aiosounddevice.control")

_SLICE = 0.2

# A crash must reach faulthandler: a blocked SIGSEGV kills the process without a word.
_CRASHES = {"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS"}


def block_signals() -> None:
    """Leave signals to other threads, so that no call of a driver is interrupted (EINTR)."""
    if sys.platform != "win32":
        keep = {getattr(signal, name) for name in _CRASHES if hasattr(signal, name)}
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - keep)


class _Task:
    """One posted call. It forgets function and arguments as soon as they are no longer needed."""

    __slots__ = ("call", "deadline", "future", "limit", "name", "on_abandon")

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        limit: float | None,
        on_abandon: Callable[[], None] | None,
    ) -> None:
        self.call: Callable[[], Any] | None = functools.partial(function, *args)
        self.limit = limit
        self.on_abandon = on_abandon
        self.deadline: float | None = None
        self.name: str = getattr(function, "__qualname__", None) or repr(function)
        self.future: Future[Any] = Future()
        # Running from the start: a posted close must not be lost because a waiter was cancelled.
        self.future.set_running_or_notify_cancel()

    def take(self) -> Callable[[], Any]:
        call, self.call = self.call, None
        assert call is not None
        return call


def _run(call: Callable[[], Any]) -> tuple[bool, Any]:
    """Return whether the call succeeded, and its result or exception.

    An exception's traceback holds this frame: it must not know the arguments (in `call`), nor the
    task, whose Future holds the exception.
    """
    try:
        return True, call()
    except BaseException as error:
        return False, error
    finally:
        del call


class _Worker(threading.Thread):
    def __init__(self, control: _Control) -> None:
        super().__init__(name="aiosounddevice control", daemon=True)
        self.control = control
        self.retired = False
        self.task: _Task | None = None

    def run(self) -> None:
        block_signals()
        while not self.retired:
            self._next()

    def _next(self) -> None:
        """Run one task; a method of its own so that the waiting frame keeps nothing of it."""
        task = self.control.queue.get()
        self.control.begin(self, task)
        ok, value = _run(task.take())
        future = task.future if self.control.end(self) else None
        del task
        if future is not None:
            (future.set_result if ok else future.set_exception)(value)
        # An exception's traceback reaches this frame by way of f_back: leave no cycle through it.
        del future, value


class _Control:
    """Queue, present worker and the monitor of its time limit.

    `lock` guards `worker.task`, `worker.retired` and the replacement of `slot["worker"]`. It is
    re-entrant because a finaliser (which posts a close) can run anywhere, also inside it.
    """

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[_Task] = queue.SimpleQueue()
        self.slot: dict[str, _Worker] = {}
        self.lock = threading.RLock()
        self.watch = threading.Condition(self.lock)
        self.monitor: threading.Thread | None = None
        self.monitor_until: float | None = None  # None: it waits to be notified

    def post(self, task: _Task) -> None:
        self.queue.put(task)
        if "worker" not in self.slot:
            self._start_worker()

    def _start_worker(self) -> None:
        worker = _Worker(self)
        # setdefault is one step, also for a finaliser that runs amid this method and posts.
        if self.slot.setdefault("worker", worker) is worker:
            try:
                worker.start()
            except RuntimeError as error:  # the interpreter is shutting down
                del self.slot["worker"]
                self._refuse_all(error)

    def _refuse_all(self, cause: RuntimeError) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                task = self.queue.get_nowait()
                task.call = None
                task.future.set_exception(AudioError(f"no control thread: {cause}"))

    # -- called by the worker

    def begin(self, worker: _Worker, task: _Task) -> None:
        with self.lock:
            worker.task = task
            if task.limit is None:
                return
            task.deadline = time.monotonic() + task.limit
            if self.monitor is None:
                self.monitor = threading.Thread(
                    target=self._watch, name="aiosounddevice limits", daemon=True
                )
                with contextlib.suppress(RuntimeError):  # shutting down: no limits any more
                    self.monitor.start()
            elif self.monitor_until is None or task.deadline < self.monitor_until:
                self.watch.notify()

    def end(self, worker: _Worker) -> bool:
        """Return whether anybody still waits for the result, that is, whether it came in time."""
        with self.lock:
            worker.task = None
            return not worker.retired

    # -- the monitor's thread

    def _watch(self) -> None:
        block_signals()
        while True:
            task = self._wait_for_deadline()
            self._abandon(task)
            del task

    def _wait_for_deadline(self) -> _Task:
        """Wait until a call is past its limit.

        A call that ends in time wakes nobody: the wait goes on to the deadline it began with,
        looks again, and without a call in progress waits for `begin` without a timeout. So short
        calls cost at most one wake-up per limit, and no calls cost none.
        """
        with self.watch:
            while True:
                task = self._retire_overdue()
                if task is not None:
                    return task
                until = self.monitor_until
                self.watch.wait(None if until is None else max(0.0, until - time.monotonic()))

    def _retire_overdue(self) -> _Task | None:
        """Retire a worker past its limit and return its task; otherwise set `monitor_until`.

        A method of its own: the frame that waits must not keep a finished task alive.
        """
        worker = self.slot.get("worker")
        task = worker.task if worker is not None else None
        self.monitor_until = None if task is None else task.deadline
        if worker is None or self.monitor_until is None or self.monitor_until > time.monotonic():
            return None
        worker.retired = True
        return task

    def _abandon(self, task: _Task) -> None:
        text = f"{task.name} did not return within {task.limit:g} s and was abandoned"
        with self.lock:
            worker = self.slot.get("worker")
        chatter.give_up(worker.ident if worker is not None else None)
        logger.error(text)
        if task.on_abandon is not None:
            try:
                task.on_abandon()
            except Exception:
                logger.exception("on_abandon failed")
        with self.lock:
            self.slot.pop("worker", None)
        self._start_worker()
        task.future.set_exception(CallTimeout(text))


_control = _Control()


def post(
    function: Callable[..., T],
    *args: Any,
    limit: float | None = 60.0,
    on_abandon: Callable[[], None] | None = None,
) -> Future[T]:
    """Queue a call for the control thread.

    Never blocks; may be called from any thread, an event loop and a finaliser included, but not
    from the audio thread.

    Parameters
    ----------
    function : callable
        What to call on the control thread.
    *args
        Its arguments; not kept once the call has ended.
    limit : float or None
        Seconds that it may take, counted from its start (not from here). None: no limit.
    on_abandon : callable, optional
        Called without arguments, on an internal thread, when the call is past its limit and
        before any other queued call starts. It must not block.

    Returns
    -------
    concurrent.futures.Future
        Result or exception of the call; `CallTimeout` past the limit. It cannot be cancelled:
        what was posted runs, whoever still waits for it. Its callbacks run on the control thread.
    """
    task = _Task(function, args, limit, on_abandon)
    _control.post(task)
    return task.future


def call(
    function: Callable[..., T],
    *args: Any,
    limit: float | None = 60.0,
    on_abandon: Callable[[], None] | None = None,
) -> T:
    """Make a call on the control thread and wait for it.

    On the control thread itself the function is called directly (within the limit of the call
    that is in progress). Ctrl+C interrupts the waiting, not the call.

    Parameters
    ----------
    function, *args, limit, on_abandon
        As for `post`.

    Raises
    ------
    CallTimeout
        If the call does not return within the limit; and whatever `function` raises.
    """
    if on_control_thread():
        return function(*args)
    future = post(function, *args, limit=limit, on_abandon=on_abandon)
    # In slices: a thread that waits for a lock without a timeout is deaf to Ctrl+C on Windows, and
    # elsewhere to one that came between the interpreter's last look and the wait.
    while not wait([future], timeout=_SLICE).done:
        pass
    return future.result()


class _Place(threading.local):
    depth = 0


_place = _Place()


class InCallback:
    """Mark this thread, for a `with` block, as one inside a Python callback of PortAudio.

    What it asks for is done here and now and not posted: the control thread may be waiting for
    this very callback. Calls that wait for callbacks (stop, abort, close) must not be made then;
    `in_callback` tells.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        _place.depth += 1

    def __exit__(self, *_: object) -> None:
        _place.depth -= 1


def in_callback() -> bool:
    """Return whether the caller is a Python callback on PortAudio's thread."""
    return _place.depth > 0


def on_control_thread() -> bool:
    """Return whether the caller may make PortAudio calls itself.

    That is, runs on the control thread (and not on one that was given up) or inside a callback.
    """
    if _place.depth:
        return True
    worker = _control.slot.get("worker")
    return worker is not None and worker.ident == threading.get_ident()


def wait_idle(timeout: float | None) -> bool:
    """Wait until everything posted before has been run.

    Parameters
    ----------
    timeout : float or None
        Seconds to wait at most.

    Returns
    -------
    bool
        Whether the queue was worked off in time. On the control thread: whether it is empty.
    """
    if on_control_thread():
        return _control.queue.empty()
    if "worker" not in _control.slot and _control.queue.empty():
        return True
    try:
        post(int, limit=None).result(timeout)
    except (FutureTimeout, AudioError):
        return False
    return True


def _after_fork() -> None:
    # The child has neither thread, and the parent's locks may be held for ever.
    global _control
    _control = _Control()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
