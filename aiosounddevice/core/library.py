"""PortAudio libraries: find one, load it, initialise it at first use, replace it.

A loaded library is an *instance*, `PortAudio`. Usually there is one for the life of the process.
But an instance in which a call got stuck, or which lost its JACK server, or which a forked child
inherited, must never be asked to terminate, nor to open anything again: it hangs or aborts the
process (measured with PortAudio 19.6.0). Such an instance is `abandoned`; the next `get` loads a
private copy of the same file, which has state of its own, and streams in the old one go on.

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
from typing import TYPE_CHECKING, Any

from . import chatter, control, search
from ._portaudio import ffi as _ffi
from .errors import AudioError, PortAudioError, add_note, error_class

if TYPE_CHECKING:
    from .parameters import StreamParameters

logger = logging.getLogger("aiosounddevice.library")

VARIABLE = "AIOSOUNDDEVICE_PORTAUDIO"
_JACK = 12  # PaHostApiTypeId
_HOST_ERROR = -9999  # paUnanticipatedHostError
_EXIT_LIMIT = 3.0


class PortAudio:
    """One loaded library.

    Attributes
    ----------
    ffi, lib
        CFFI's FFI and library objects.
    path : str
        The file it was loaded from; for a private copy, that of the original.
    virtual : bool
        Whether it is the virtual sound card.
    count : int
        Successful `initialize` calls without their `terminate`.
    has_jack : bool
        Whether JACK was among the host APIs at initialisation.
    abandoned : bool
        Whether it must not be terminated or used for new streams; for good.
    streams : set of int
        Addresses of the open streams.
    """

    ffi = _ffi

    def __init__(self, path: str, lib: Any, *, virtual: bool = False) -> None:
        self.path = path
        self.lib = lib
        self.virtual = virtual
        self.count = 0
        self.has_jack = False
        self.streams: set[int] = set()
        self._abandoned = False

    def __repr__(self) -> str:
        state = "abandoned" if self.abandoned else "initialized" if self.count else "loaded"
        return f"<PortAudio {self.path} {state}>"

    @property
    def initialized(self) -> bool:
        return self.count > 0

    @property
    def abandoned(self) -> bool:
        return self._abandoned

    @abandoned.setter
    def abandoned(self, value: bool) -> None:
        if value:
            self.abandon()
        elif self._abandoned:
            raise AudioError("an abandoned PortAudio instance stays abandoned")

    def initialize(self) -> None:
        """Call Pa_Initialize; control thread only. Takes 30 to 500 ms.

        Raises
        ------
        PortAudioError
            With the library's messages as notes.
        AudioError
            If the instance is abandoned.
        """
        _require_control_thread()
        self._refuse_abandoned("initialised")
        self.call(self.lib.Pa_Initialize, (), "Error initializing PortAudio")
        self.count += 1
        self.has_jack = self.lib.Pa_HostApiTypeIdToHostApiIndex(_JACK) >= 0

    def terminate(self) -> None:
        """Call Pa_Terminate; control thread only.

        The last of as many calls as there were of `initialize` ends the instance's streams.
        """
        _require_control_thread()
        self._refuse_abandoned("terminated")
        if not self.count:
            self.check(-10000, "Error terminating PortAudio")
        self.call(self.lib.Pa_Terminate, (), "Error terminating PortAudio")
        self.count -= 1
        if not self.count:
            self.streams.clear()

    def open_stream(
        self,
        stream: Any,
        parameters: StreamParameters,
        callback: Any,
        userdata: Any,
        message: str = "Error opening stream",
    ) -> None:
        """Call Pa_OpenStream and remember the stream as open; control thread only.

        Parameters
        ----------
        stream : CData
            `PaStream **`, which gets the new stream.
        parameters : StreamParameters
        callback : CData
            `PaStreamCallback *`, or NULL for blocking reads and writes.
        userdata : CData
            `void *`, the callback's last argument.
        message : str
            What the error says first.
        """
        _require_control_thread()
        self._refuse_abandoned("used for new streams")
        null = self.ffi.NULL
        arguments = (
            stream,
            parameters.input.struct if parameters.input else null,
            parameters.output.struct if parameters.output else null,
            parameters.samplerate,
            parameters.blocksize,
            parameters.flags,
            callback,
            userdata,
        )
        self.call(self.lib.Pa_OpenStream, arguments, message)
        self.streams.add(self._address(stream[0]))

    def close_stream(self, stream: Any) -> None:
        """Call Pa_CloseStream and forget the stream, also after an error; control thread only."""
        _require_control_thread()
        self._refuse_abandoned("used any more")
        try:
            self.call(self.lib.Pa_CloseStream, (stream,), "Error closing stream")
        finally:
            self.streams.discard(self._address(stream))

    def _address(self, stream: Any) -> int:
        return int(self.ffi.cast("uintptr_t", stream))

    def call(self, function: Any, arguments: tuple[Any, ...], message: str = "") -> None:
        """Make a call that may print, and check it; what it prints becomes notes of the error."""
        with chatter.capture() as lines:
            code = function(*arguments)
        try:
            self.check(code, message)
        except PortAudioError as error:
            for line in lines:
                add_note(error, line)
            raise

    def _refuse_abandoned(self, what: str) -> None:
        if self._abandoned:
            raise AudioError(
                f"this PortAudio instance cannot be {what}: a call in it never returned, or it "
                f"was inherited by a forked process ({self.path})"
            )

    def abandon(self) -> None:
        """Mark the instance as one to keep away from; from any thread, never blocks."""
        self._abandoned = True
        _spoiled.add(os.path.realpath(self.path))

    def check(self, code: int, message: str = "") -> int:
        """Return a PortAudio result, or raise the error that it stands for.

        Parameters
        ----------
        code : int
            What a `Pa_*` function returned; an error if negative.
        message : str
            What was being done; goes before PortAudio's text.

        Raises
        ------
        PortAudioError
            Or the subclass that fits; with host API, code and text after a host error, which are
            right only in the thread and directly after the call that failed.
        """
        if code >= 0:
            return code
        text = self.text(self.lib.Pa_GetErrorText(code))
        text = f"{message}: {text}" if message else text
        if code != _HOST_ERROR:
            raise error_class(code)(text, code)
        info = self.lib.Pa_GetLastHostErrorInfo()
        if not info:
            raise error_class(code)(text, code)
        index = self.lib.Pa_HostApiTypeIdToHostApiIndex(info.hostApiType)
        api = self.lib.Pa_GetHostApiInfo(index) if index >= 0 else None
        raise error_class(code, info.hostApiType, info.errorCode)(
            text,
            code,
            (index, info.errorCode, self.text(info.errorText)),
            host_api_name=self.text(api.name) if api else None,
        )

    def text(self, pointer: Any) -> str:
        """Decode one of PortAudio's strings; a null pointer is an empty one.

        UTF-8 as documented. Older MME and DirectSound code gives the Windows code page instead,
        which is taken where UTF-8 does not fit.
        """
        raw: Any = self.ffi.string(pointer) if pointer else b""
        try:
            return str(raw, "utf-8")
        except UnicodeDecodeError:
            return str(raw, "mbcs" if os.name == "nt" else "utf-8", "replace")


_current: PortAudio | None = None
_selected: str | None = None
_spoiled: set[str] = set()
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
    global _current
    _require_control_thread()
    if _current is None or (_current.abandoned and not _current.virtual):
        _current = _load()
    if not _current.initialized:
        _current.initialize()
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
        if _current.streams:
            raise AudioError(f"{len(_current.streams)} stream(s) open: close them first")
        if _current.has_jack:
            _current.abandon()
        while _current.count and not _current.abandoned:
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
        lib = _ffi.dlopen(copy)
    except OSError as error:
        raise search.not_found([(f"a copy of {path}", str(error))]) from error
    finally:
        try:
            os.unlink(copy)
        except OSError:
            atexit.register(_unlink, copy)
    return PortAudio(path, lib)


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
            lib = _ffi.dlopen(path)
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
    if os.path.realpath(file) in _spoiled and not virtual:
        return private_copy(file)
    logger.debug("loaded %s", file)
    return PortAudio(file, lib, virtual=virtual)


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


def _require_control_thread() -> None:
    if not control.on_control_thread():
        raise AudioError("PortAudio may be touched on the control thread only")


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
    if pa is None or not pa.initialized or pa.abandoned or pa.has_jack:
        return
    done: Future[None] = control.post(pa.terminate, on_abandon=pa.abandon)
    with contextlib.suppress(Exception):
        done.result(_EXIT_LIMIT)


def _after_fork() -> None:
    # Its threads are gone, its sockets and shared memory are the parent's: never touch it.
    global _current
    if _current is not None:
        _current.abandon()
        _current = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
