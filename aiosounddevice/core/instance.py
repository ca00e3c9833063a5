"""One loaded PortAudio library: its functions, checked."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from . import chatter, control
from ._portaudio import ffi as _ffi
from .errors import AudioError, PortAudioError, add_note, error_class

if TYPE_CHECKING:
    from .parameters import StreamParameters

JACK = 12  # PaHostApiTypeId
_NOT_INITIALIZED, _HOST_ERROR = -10000, -9999

spoiled: set[str] = set()
"""Real paths of files that an abandoned instance was loaded from: to be loaded as copies only."""


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
    jack_lost : bool
        Whether the JACK server was there and is not any more.
    retired : bool
        Whether it must not be terminated or used for new streams; for good. Its streams go on and
        can be closed.
    abandoned : bool
        Whether it must not even be asked to close a stream; retired, too.
    streams : set of int
        Addresses of the open streams.
    initialized_at : float
        When its list of devices was made, by `time.monotonic`.
    again : bool
        Whether it is the virtual card and was in use before: it is never loaded twice.
    """

    ffi = _ffi

    def __init__(self, path: str, lib: Any, *, virtual: bool = False) -> None:
        self.path = path
        self.lib = lib
        self.virtual = virtual
        self.count = 0
        self.has_jack = self.jack_lost = False
        self.streams: set[int] = set()
        self.initialized_at = 0.0
        self.again = False
        self._abandoned = self._retired = False

    def __repr__(self) -> str:
        state = "initialized" if self.count else "loaded"
        if self.retired:
            state = "abandoned" if self.abandoned else "retired"
        return f"<PortAudio {self.path} {state}>"

    @property
    def initialized(self) -> bool:
        return self.count > 0

    @property
    def retired(self) -> bool:
        return self._retired

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
        require_control_thread()
        self._refuse_retired("initialised")
        if self.again:
            self.lib.virtualcard_relist()
        self.call(self.lib.Pa_Initialize, (), "Error initializing PortAudio")
        self.count += 1
        self.initialized_at = time.monotonic()
        self.has_jack = self.lib.Pa_HostApiTypeIdToHostApiIndex(JACK) >= 0

    def terminate(self) -> None:
        """Call Pa_Terminate; control thread only.

        The last of as many calls as there were of `initialize` ends the instance's streams.
        """
        require_control_thread()
        self._refuse_retired("terminated")
        if not self.count:
            self.check(_NOT_INITIALIZED, "Error terminating PortAudio")
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
        require_control_thread()
        self._refuse_retired("used for new streams")
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
        require_control_thread()
        if self._abandoned:
            self._refuse_retired("used any more")
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

    def forget_stream(self, stream: Any) -> None:
        """Count a stream as open no more that is never going to be closed."""
        self.streams.discard(self._address(stream))

    def _refuse_retired(self, what: str) -> None:
        if self._retired:
            raise AudioError(
                f"this PortAudio instance cannot be {what}: a call in it never returned, its sound "
                f"server was lost, or a forked process inherited it ({self.path})"
            )

    def retire(self) -> None:
        """Mark the instance as one for nothing new; from any thread, never blocks."""
        self._retired = True
        spoiled.add(os.path.realpath(self.path))

    def lose_jack(self) -> None:
        """Note that the JACK server is gone: no call on any stream there may be made any more."""
        self.jack_lost = True
        self.retire()

    def abandon(self) -> None:
        """Mark the instance as one to keep away from; from any thread, never blocks."""
        self._abandoned = True
        self.retire()

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


def require_control_thread() -> None:
    if not control.on_control_thread():
        raise AudioError("PortAudio may be touched on the control thread only")
