"""One open PortAudio stream: its pointer, what its callbacks use, and who is using it.

A `Handle` outlives the stream object where it must. Whatever PortAudio may still touch (closures,
user data, a kernel) is in `keep` and goes only after Pa_CloseStream has returned; a stream that
could not be closed keeps it for ever.

Threads. Opening, starting, stopping and closing happen on the control thread. Everything else
(properties, blocking reads and writes) happens in the caller, counted in `users`; closing first
takes the pointer away from new users and then waits for the present ones, so nobody hands
PortAudio a pointer that has been freed. `users` is a list because appending and popping are
single steps: a lock could be held by the very thread that a signal handler interrupts.
"""

from __future__ import annotations

import contextlib
import os
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

from ..core import control, diagnosis
from ..core._portaudio import ffi
from ..core.errors import AudioError, PortAudioError
from ..core.instance import PortAudio
from ..core.life import JACK_LIMIT
from ..core.parameters import StreamParameters
from . import opening, session

BAD_POINTER, TIMED_OUT = -9988, -9987
CLOSE_LIMIT = 20.0
_USERS_LIMIT = 5.0

_leaked: list[object] = []
"""Streams that could not be closed: PortAudio may still call them."""


class Handle:
    """An open stream, or one that was.

    Parameters
    ----------
    pa : PortAudio
        The library it belongs to.
    pointer : CData
        `PaStream *`.
    keep : list
        What PortAudio's thread may use until the stream is closed.
    on_closed : callable, optional
        Called when that is over.
    """

    def __init__(
        self,
        pa: PortAudio,
        pointer: Any,
        keep: list[Any],
        on_closed: Callable[[], None] | None = None,
    ) -> None:
        self.pa = pa
        self.pointer = pointer
        self.keep = keep
        self.users: list[None] = []
        self.on_closed = on_closed
        self.process = os.getpid()
        self.closing = False
        self.on_jack = False
        session.handles.add(self)

    @property
    def usable(self) -> bool:
        """Whether PortAudio may be asked about the stream; not in a forked child, for instance."""
        known = self.pointer != ffi.NULL and self.process == os.getpid()
        return known and not self.pa.abandoned and not self._lost

    @property
    def _lost(self) -> bool:
        return self.on_jack and self.pa.jack_lost

    @property
    def limit(self) -> float:
        """Seconds that a call may take which ends the stream."""
        return JACK_LIMIT if self.on_jack else CLOSE_LIMIT

    def lose(self) -> None:
        """Take the device for gone; any thread."""
        if self.on_jack:
            self.pa.lose_jack()

    @contextlib.contextmanager
    def use(self) -> Iterator[Any]:
        """Give the pointer for as long as the block runs, NULL if it is of no use any more."""
        self.users.append(None)
        try:
            yield self.pointer if self.usable else ffi.NULL
        finally:
            self.users.pop()

    def ask(self, function: str, *args: Any) -> Any:
        """Make a call in this thread; of a closed stream a `PaErrorCode` without asking."""
        with self.use() as pointer:
            if pointer == ffi.NULL:
                return BAD_POINTER
            return getattr(self.pa.lib, function)(pointer, *args)

    # ---- control thread

    def change(self, function: str, message: str) -> None:
        """Start, stop or abort."""
        if not self.usable:
            self._refuse(message)
        # Not `pa.call`: stopping may take long, and other threads need their stderr meanwhile.
        self.pa.check(getattr(self.pa.lib, function)(self.pointer), message)

    def close(self, message: str = "Error closing stream") -> None:
        """Close, once everybody has let go of the pointer."""
        if self._lost and self.pointer != ffi.NULL:
            self.closing = True
            session.handles.discard(self)
            self._leak()
        if not self.usable:
            self._refuse(message)
        pointer, self.pointer = self.pointer, ffi.NULL
        session.handles.discard(self)
        if self.users and not self._wait_for_users(pointer):
            self._leak()
            self.pa.check(TIMED_OUT, message)
        try:
            self.pa.close_stream(pointer)
        finally:
            self._released()

    def _refuse(self, message: str) -> None:
        error = PortAudioError(f"{message}: Invalid stream pointer", BAD_POINTER)
        if self.process != os.getpid():
            error.explanation = "the stream belongs to the process that this one was forked from"
        elif self._lost:
            error.explanation = "its JACK server is gone"
        elif self.pa.abandoned:
            error.explanation = "its PortAudio library was given up: a call did not return"
        raise error

    def _wait_for_users(self, pointer: Any) -> bool:
        self.pa.lib.Pa_AbortStream(pointer)  # ends a read or write that waits
        end = time.monotonic() + _USERS_LIMIT
        while self.users and time.monotonic() < end:
            time.sleep(0.001)
        return not self.users

    def _released(self) -> None:
        self.keep.clear()
        if self.on_closed is not None:
            self.on_closed()

    def _leak(self) -> None:
        _leaked.append((self.keep, self.on_closed))

    # ---- any thread

    def abandon(self) -> None:
        """Give the stream and its library up: a call did not return."""
        self.pa.abandon()
        self._leak()

    def post_close(self) -> Future[None]:
        """Ask the control thread to close; never waits."""
        self.closing = True
        return control.post(self._dispose, limit=self.limit, on_abandon=self.abandon)

    def _dispose(self) -> None:
        if self.usable:
            with contextlib.suppress(AudioError):
                self.close()
        elif self.pointer != ffi.NULL:
            self._leak()

    def belongs_to(self, stream: object) -> None:
        """Close when the stream object goes, however that comes about."""
        finalizer = weakref.finalize(stream, _forgotten, self, type(stream).__name__)
        finalizer.atexit = False  # `session.close_all` sees to it, in time


def _forgotten(handle: Handle, name: str) -> None:
    if handle.pointer == ffi.NULL or handle.closing:
        return
    if handle.process == os.getpid():
        warnings.warn(f"{name} was not closed", ResourceWarning, stacklevel=2)
    handle.post_close()


def open_stream(
    parameters: StreamParameters, callback: Any, userdata: Any, finished: Any, name: str
) -> tuple[PortAudio, Any, Any]:
    """Open a stream; waits for the control thread.

    Ctrl+C ends the waiting, and closes the stream as soon as it is open.

    Returns
    -------
    pa : PortAudio
    pointer : CData
        `PaStream *`.
    info : CData
        `PaStreamInfo *`, valid while the stream is open.
    """
    place = ffi.new("PaStream **")
    try:
        return session.call(_open, place, parameters, callback, userdata, finished, name)
    except (PortAudioError, TypeError, OverflowError):
        raise
    except BaseException:
        control.post(_undo, place, (parameters, callback, userdata, finished))
        raise


def _undo(place: Any, keep: object) -> None:
    pa = session.portaudio()
    if place[0] != ffi.NULL and not pa.abandoned:
        pa.close_stream(place[0])


def _open(
    place: Any,
    parameters: StreamParameters,
    callback: Any,
    userdata: Any,
    finished: Any,
    name: str,
) -> tuple[PortAudio, Any, Any]:
    pa = session.portaudio()
    try:
        pa.open_stream(place, parameters, callback, userdata, f"Error opening {name}")
    except PortAudioError as error:
        error.explanation = diagnosis.explain(pa, error, opening.named(pa, parameters))
        raise
    pointer = place[0]
    info = pa.lib.Pa_GetStreamInfo(pointer)
    try:
        if not info:
            raise PortAudioError("Could not obtain stream info")
        if finished != ffi.NULL:
            code = pa.lib.Pa_SetStreamFinishedCallback(pointer, finished)
            pa.check(code, "Error setting finished callback")
    except PortAudioError:
        pa.close_stream(pointer)
        raise
    return pa, pointer, info
