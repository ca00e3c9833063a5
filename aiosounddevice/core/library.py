"""PortAudio libraries: find one, load it, initialise it at first use, replace it.

A loaded library is an *instance*, `PortAudio`. Usually there is one for the life of the process.
But an instance in which a call got stuck, or which lost its JACK server, or which a forked child
inherited, must never be asked to terminate, nor to open anything again: it hangs or aborts the
process (measured with PortAudio 19.6.0). Such an instance is `retired`; the next `get` loads a
private copy of the same file, which has state of its own, and streams in the old one go on. They
can be closed, too, unless a call is stuck in there (`abandoned`): who knows what it holds.

The virtual card is one, however often it is loaded, and its controls must reach the one that
programs run on. So its copy is the same library, with its list of devices made anew.

All but `use`, `current`, `at_exit` and `PortAudio.abandon` belong on the control thread.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from . import control, search
from ._portaudio import ffi as _ffi
from .errors import AudioError
from .instance import PortAudio, require_control_thread, spoiled

__all__ = [
    "VARIABLE",
    "PortAudio",
    "abandon_current",
    "adopt",
    "at_exit",
    "current",
    "get",
    "loaded",
    "private_copy",
    "renew",
    "use",
]

logger = logging.getLogger("aiosounddevice.library")

VARIABLE = "AIOSOUNDDEVICE_PORTAUDIO"
_EXIT_LIMIT = 3.0


automatic = True
"""Whether `get` initialises; False once the sync layer was told to terminate PortAudio."""

_current: PortAudio | None = None
_selected: str | None = None
_forked = False
_exit_callbacks: list[Callable[[], object]] = []


def get() -> PortAudio:
    """Return the library in use, found, loaded and initialised; control thread only.

    Raises
    ------
    LibraryNotFound
        If there is none that can be loaded.
    PortAudioError
        If it cannot be initialised. The next call tries again.
    """
    pa = loaded()
    if automatic and not pa.initialized:
        pa.initialize()
    return pa


def loaded() -> PortAudio:
    """Return the library in use, found and loaded, initialised or not; control thread only.

    Raises
    ------
    LibraryNotFound
        If there is none that can be loaded.
    """
    global _current
    require_control_thread()
    if _current is None or _current.retired:
        _current = _load()
    return _current


JACK_PAUSE = 30.0
"""Seconds between two copies that are made because an instance with JACK cannot be terminated."""


def renew(since: float) -> PortAudio:
    """Return a library whose list of devices was made after `since`; control thread only.

    Without open streams the present library is initialised anew. With some, or with JACK (whose
    server may be dead: then terminating aborts the process), it is retired and a copy takes its
    place; where JACK is listed, at most every `JACK_PAUSE` seconds, for each copy is another
    client of the server. In between the list is as old as it is.

    Parameters
    ----------
    since
        By `time.monotonic`.

    Raises
    ------
    As `get`.
    """
    pa = _current
    if pa is None or pa.retired or not pa.initialized or pa.initialized_at >= since:
        return get()
    if pa.has_jack and since - pa.initialized_at < JACK_PAUSE:
        return pa
    if pa.streams or pa.has_jack or not automatic:
        pa.retire()
        return get()
    while pa.count:
        pa.terminate()
    pa.initialize()
    return pa


def adopt(lib: Any, path: str) -> PortAudio:
    """Take a library that somebody else has opened into use; control thread only.

    Streams in the present one go on; it is neither terminated nor unloaded.

    Parameters
    ----------
    lib
        What `dlopen` of `core._portaudio.ffi` gave, or an object that stands in for one.
    path
        Its file, as far as known.
    """
    global _current
    require_control_thread()
    atexit.unregister(_exit)
    atexit.register(_exit)
    _current = PortAudio(path, lib, virtual=_exports(lib, "virtualcard_reset"))
    return _current


def current() -> PortAudio | None:
    """Return the library in use, None before the first use; from any thread."""
    return _current


def abandon_current() -> None:
    """Mark the library in use as abandoned: what to do when a call in it does not return."""
    if _current is not None:
        _current.abandon()


def use(path: str | os.PathLike[str] | None) -> None:
    """Select the library for the next use, and let go of the present one.

    Waits for the control thread. Where the present library cannot be terminated safely (JACK is
    listed, or a call in it never returned), it stays loaded and initialised, and unused.

    Parameters
    ----------
    path : path-like, 'virtual' or None
        A library file; the virtual sound card; or what the search finds.

    Raises
    ------
    AudioError
        If a stream is open.
    LibraryNotFound
        If there is no such file.
    """
    control.call(_use, None if path is None else os.fspath(path), on_abandon=abandon_current)


def _use(path: str | None) -> None:
    global _current, _selected
    if path is not None and os.path.basename(path) != path and not os.path.isfile(path):
        raise search.not_found([(path, "no such file")])
    if _current is not None:
        if _current.streams and not _current.retired:
            raise AudioError(f"{len(_current.streams)} stream(s) open: close them first")
        if _current.has_jack:
            _current.retire()
        while _current.count and not _current.retired:
            _current.terminate()
        _current = None
    _selected = path


def private_copy(path: str) -> PortAudio:
    """Load a copy of a library file, with state of its own; not yet initialised.

    The copy is removed as soon as it is loaded (on Windows, where that is impossible, at exit).
    """
    handle, copy = tempfile.mkstemp(prefix="portaudio-", suffix=os.path.basename(path))
    os.close(handle)
    try:
        shutil.copyfile(path, copy)
        lib = _open(copy)
    except OSError as error:
        raise search.not_found([(f"a copy of {path}", str(error))]) from error
    finally:
        try:
            os.unlink(copy)
        except OSError:
            atexit.register(_unlink, copy)
    return PortAudio(path, lib, virtual=_exports(lib, "virtualcard_reset"))


def _open(path: str) -> Any:
    """Load a library that stays mapped until the process ends.

    CFFI unloads at interpreter exit, when the threads of a JACK client still run in the library:
    the process then dies of a segmentation fault (seen with PortAudio 19.6.0 and JACK 1.9.21).
    """
    return _ffi.dlopen(path, _ffi.RTLD_NOW | getattr(_ffi, "RTLD_NODELETE", 0))


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _load() -> PortAudio:
    """Load the selected library, or the first that the search finds."""
    tried: list[tuple[str, str]] = []
    chosen = _selected or os.environ.get(VARIABLE)
    paths = _chosen(chosen, tried) if chosen else [*search.bundled(), *search.system()]
    for path in paths:
        try:
            lib = _open(path)
        except OSError as error:
            tried.append((path, str(error)))
            continue
        virtual = _exports(lib, "virtualcard_reset")
        if not _exports(lib, "Pa_Initialize"):
            tried.append((path, "a library, but not PortAudio"))
        elif virtual and not chosen:
            tried.append((path, "the virtual sound card, which must be asked for by name"))
        else:
            return _loaded(path, lib, virtual)
    raise search.not_found(tried)


def _loaded(path: str, lib: Any, virtual: bool) -> PortAudio:
    atexit.unregister(_exit)
    atexit.register(_exit)
    file = path if os.path.isfile(path) else search.loaded_file(path) or path
    again = os.path.realpath(file) in spoiled
    # A card that made a call hang on demand is as good as ever; but a forked child's card has lost
    # its threads.
    if again and (_forked or not virtual):
        return private_copy(file)
    logger.debug("loaded %s", file)
    pa = PortAudio(file, lib, virtual=virtual)
    pa.again = again
    return pa


def _chosen(chosen: str, tried: list[tuple[str, str]]) -> list[str]:
    if chosen != "virtual":
        return [chosen]
    try:
        return [os.fspath(importlib.import_module("aiosounddevice.virtual").library_path())]
    except (ImportError, OSError) as error:
        tried.append(("the virtual sound card", str(error)))
        return []


def _exports(lib: Any, symbol: str) -> bool:
    try:
        getattr(lib, symbol)
    except (AttributeError, _ffi.error):
        return False
    return True


def at_exit(callback: Callable[[], object]) -> None:
    """Register what is to be done at interpreter exit before the library is terminated.

    Callbacks run in the main thread, last registered first; they must not wait without a limit,
    nor touch an abandoned instance.
    """
    _exit_callbacks.append(callback)


def _exit() -> None:
    for callback in reversed(_exit_callbacks):
        try:
            callback()
        except Exception:
            logger.exception("at_exit callback failed")
    pa = _current
    # With a dead JACK server Pa_Terminate aborts the process, even with no stream open.
    if pa is None or not pa.initialized or pa.retired or pa.has_jack:
        return
    done: Future[None] = control.post(pa.terminate, on_abandon=pa.abandon)
    with contextlib.suppress(Exception):
        done.result(_EXIT_LIMIT)


def _after_fork() -> None:
    # Its threads are gone, its sockets and shared memory are the parent's: never touch it.
    global _current, _forked
    if _current is not None:
        _current.abandon()
        _current, _forked = None, True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
