"""The library as the sync layer sees it: loaded, initialised (so many times), asked on its thread.

python-sounddevice initialises PortAudio when it is imported. Here the import counts as that first
initialisation, and it happens at first use. From then on the count is the program's: after
`_terminate` every call fails with "PortAudio not initialized" until `_initialize`.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from typing import TYPE_CHECKING, Any, TypeVar

from ..core import chatter, control, library
from ..core._portaudio import ffi
from ..core.errors import AudioError, DeviceNotFound, PortAudioError
from ..core.instance import PortAudio
from . import hooks

if TYPE_CHECKING:
    from .handle import Handle

T = TypeVar("T")

_NOT_INITIALIZED = -10000
_EXIT_LIMIT = 2.0

handles: weakref.WeakSet[Handle] = weakref.WeakSet()
"""Streams that were opened and not closed."""

count = 1
"""Initialisations without their termination; the import is the first."""


def call(
    function: Callable[..., T],
    *args: Any,
    limit: float = 60.0,
    on_abandon: Callable[[], None] | None = None,
) -> T:
    """Make a PortAudio call on the control thread (inside a callback: here) and wait for it.

    Raises
    ------
    PortAudioError, ValueError
        Of exactly these classes, with the documented arguments; what else is known is in notes.
    CallTimeout
        After `limit` seconds.
    """
    try:
        return control.call(function, *args, limit=limit, on_abandon=on_abandon)
    except AudioError as error:
        raise plain(error).with_traceback(error.__traceback__) from None


def plain(error: AudioError) -> Exception:
    """Return the documented exception for one of the package's own."""
    result: Exception
    if isinstance(error, PortAudioError):
        result = PortAudioError(*error.args, host_api_name=error.host_api_name, device=error.device)
    elif isinstance(error, DeviceNotFound):
        result = ValueError(*error.args)
    else:
        return error
    if hasattr(result, "add_note"):  # before Python 3.11 notes would get into the message
        for note in (error.explanation, *getattr(error, "__notes__", ())):
            if note:
                result.add_note(note)
    return result


def portaudio() -> PortAudio:
    """Return the library, initialised unless the program has terminated it; not for any thread."""
    _adopt()
    if count <= 0:
        return library.loaded()
    pa = library.current()
    if pa is None or pa.retired or not pa.initialized:
        with _stderr():
            return library.get()
    return pa


def _adopt() -> None:
    lib = hooks.assigned("_lib")
    pa = library.current()
    if lib is None or (pa is not None and pa.lib is lib):
        return
    library.adopt(lib, str(hooks.assigned("_libname") or getattr(lib, "__name__", "")))


def load() -> PortAudio:
    """Return the library, loaded at least; from any thread."""
    pa = library.current()
    lib = hooks.assigned("_lib")
    if pa is None or pa.retired or (lib is not None and pa.lib is not lib):
        return call(_load)
    return pa


def _load() -> PortAudio:
    _adopt()
    return library.loaded()


def check(err: Any, msg: str = "") -> Any:
    """Return a result of PortAudio's, or raise the error that it stands for; `_check`."""
    if err >= 0:
        return err
    try:
        return load().check(err, msg)
    except PortAudioError as error:
        raise plain(error) from None


def initialize() -> None:
    """Initialise PortAudio, once more; what `_initialize` does."""
    call(_initialize)


def _initialize() -> None:
    global count
    count += 1
    library.automatic = True
    try:
        portaudio()
    except BaseException:
        count -= 1
        library.automatic = count > 0
        raise


def terminate() -> None:
    """Undo one initialisation; the last one closes all streams. What `_terminate` does."""
    call(_terminate, on_abandon=library.abandon_current)


def _terminate() -> None:
    global count
    if count <= 0:
        portaudio().check(_NOT_INITIALIZED, "Error terminating PortAudio")
    count -= 1
    library.automatic = count > 0
    pa = library.current()
    if count or pa is None or not pa.initialized or pa.retired:
        return
    for handle in list(handles):
        if handle.pa is pa:
            with contextlib.suppress(AudioError):
                handle.close("")
    if pa.has_jack:
        # Terminating aborts the process if the server is dead, and there is no way to ask.
        pa.retire()
        return
    while pa.count:
        pa.terminate()


def exit_handler() -> None:
    """Close all streams and terminate PortAudio for good; what `_exit_handler` does."""
    close_all()
    while count > 0:
        terminate()


def close_all() -> None:
    """Close every open stream; waits for the control thread, but not for ever."""
    closing = [handle.post_close() for handle in list(handles)]
    if closing and not control.in_callback():
        wait(closing, _EXIT_LIMIT)


library.at_exit(close_all)


@contextlib.contextmanager
def ignore_stderr() -> Iterator[None]:
    """Throw away what is printed on file descriptor 2; what `_ignore_stderr` does."""
    try:
        real = os.dup(2)
    except OSError:
        yield
        return
    try:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        with tempfile.TemporaryFile() as void:
            os.dup2(void.fileno(), 2)
        yield
    finally:
        os.dup2(real, 2)
        os.close(real)


@contextlib.contextmanager
def _stderr() -> Iterator[None]:
    """Let a program that has assigned `_ignore_stderr` decide what becomes of the messages."""
    other = hooks.assigned("_ignore_stderr")
    if other is ignore_stderr:
        yield
        return
    before, chatter.enabled = chatter.enabled, False
    try:
        with contextlib.ExitStack() as stack:
            made: Any = other() if callable(other) else None
            if hasattr(made, "__enter__"):
                stack.enter_context(made)
            yield
    finally:
        chatter.enabled = before


def string(pointer: Any) -> bytes:
    """Return a C string as bytes; what `_ffi_string` does."""
    return bytes(ffi.string(pointer))
