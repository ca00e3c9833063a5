"""What can go wrong, as exceptions.

A `PortAudioError` keeps the documented `args` (text[, code[, (host API, host code, host text)]]),
so programs that unpack them go on working; whatever else is known is in attributes. `str()` gives
the short form first and the explanation (what was asked, what the device can do, the likely cause,
a next step) on the lines after it.
"""

# ruff: noqa: N818 - the names are those that users read: DeviceBusy, not DeviceBusyError

from __future__ import annotations

from typing import ClassVar


class AudioError(Exception):
    """Base of everything this package raises on its own account.

    Parameters
    ----------
    *args
        As for `Exception`; the first is the text.
    explanation : str, optional
        Further lines for a human being, appended by `str()`.
    """

    def __init__(self, *args: object, explanation: str = "") -> None:
        super().__init__(*args)
        self.explanation = explanation

    def _summary(self) -> str:
        return Exception.__str__(self)

    def __str__(self) -> str:
        parts = [self._summary(), self.explanation]
        if not hasattr(self, "add_note"):  # Python 3.10 prints no notes
            parts += getattr(self, "__notes__", [])
        return "\n".join(part for part in parts if part)


class PortAudioError(AudioError):
    """PortAudio refused, or the host API below it did.

    Attributes
    ----------
    args : tuple
        Text; where known the `PaErrorCode`; where known a tuple of host API index, host error
        code and host error text (which may be empty).
    code : int or None
        The `PaErrorCode`.
    host_api, host_code, host_text
        The parts of the third argument, None where unknown. `host_api` is an index as in
        `query_hostapis`.
    host_api_name : str or None
        The name that belongs to `host_api`.
    device : int or None
        The device that was asked for.
    explanation : str
        What was asked, what the device can do, the likely cause and a next step; may be empty.
    """

    def __init__(
        self,
        *args: object,
        explanation: str = "",
        host_api_name: str | None = None,
        device: int | None = None,
    ) -> None:
        super().__init__(*args, explanation=explanation)
        self.host_api_name = host_api_name
        self.device = device

    @property
    def code(self) -> int | None:
        value = self.args[1] if len(self.args) > 1 else None
        return value if isinstance(value, int) else None

    @property
    def _host(self) -> tuple[int | None, int | None, str | None]:
        value = self.args[2] if len(self.args) > 2 else None
        return value if isinstance(value, tuple) and len(value) == 3 else (None, None, None)

    @property
    def host_api(self) -> int | None:
        index = self._host[0]
        return None if index is None or index < 0 else index

    @property
    def host_code(self) -> int | None:
        return self._host[1]

    @property
    def host_text(self) -> str | None:
        return self._host[2]

    def _summary(self) -> str:
        text = str(self.args[0]) if self.args else ""
        if len(self.args) > 1:
            text += f" [PaErrorCode {self.args[1]}]"
        if self.host_code is not None:
            name = self.host_api_name or (
                "unknown host API" if self.host_api is None else f"host API {self.host_api}"
            )
            text += f": {self.host_text!r} [{name} error {self.host_code}]"
        return text


class DeviceBusy(PortAudioError):
    """Another program, or another stream, holds the device."""


class DeviceLost(PortAudioError):
    """The device went away while it was in use."""


class FormatNotSupported(PortAudioError):
    """The device does not do this sample rate, number of channels or sample format."""


class DeviceNotFound(AudioError, ValueError):
    """No device, or more than one, fits what was asked for."""


class DeviceQueryFailed(DeviceNotFound, PortAudioError):
    """A device number that PortAudio does not know, -1 (no default device) included.

    It is a `PortAudioError` too because that is what python-sounddevice raises here.
    """


class LibraryNotFound(AudioError, OSError):
    """No usable PortAudio library."""


class InputOverflow(AudioError):
    """Frames were lost because nobody read them in time."""


class WrongLoop(AudioError, RuntimeError):
    """A stream belongs to the event loop that started it."""


class StreamClosed(AudioError):
    """The stream has been closed."""


class StreamBusy(AudioError):
    """Another task is in the same operation of the same stream."""


class CallTimeout(AudioError, TimeoutError):
    """A call on the control thread did not return within its limit and was abandoned."""


class XrunWarning(UserWarning):
    """Frames were lost or inserted during `play`, `rec` or `playrec`."""


class _HostCode:
    """Host error codes that have a meaning of their own, by `PaHostApiTypeId`.

    Numbers: errno.h (ALSA, OSS), mmsystem.h (MME), audioclient.h (WASAPI), AudioHardwareBase.h.
    """

    ALSA, OSS, MME, WASAPI, CORE_AUDIO = 8, 7, 2, 13, 5
    LOST: ClassVar[set[tuple[int, int]]] = {
        (ALSA, -19),  # ENODEV
        (OSS, 19),
        (MME, 6),  # MMSYSERR_NODRIVER
        (WASAPI, 0x88890004),  # AUDCLNT_E_DEVICE_INVALIDATED
        (CORE_AUDIO, 0x21646576),  # '!dev'
        (CORE_AUDIO, 0x216F626A),  # '!obj'
    }
    BUSY: ClassVar[set[tuple[int, int]]] = {
        (ALSA, -16),  # EBUSY
        (OSS, 16),
        (MME, 4),  # MMSYSERR_ALLOCATED
        (WASAPI, 0x8889000A),  # AUDCLNT_E_DEVICE_IN_USE
    }


_BY_CODE: dict[int, type[PortAudioError]] = {
    -9985: DeviceBusy,
    -9994: FormatNotSupported,
    -9997: FormatNotSupported,
    -9998: FormatNotSupported,
}


def error_class(
    code: int, host_type: int | None = None, host_code: int | None = None
) -> type[PortAudioError]:
    """Return the class that fits a `PaErrorCode` and, for host errors, the host's own code.

    Parameters
    ----------
    code : int
        A negative `PaErrorCode`.
    host_type : int, optional
        `PaHostApiTypeId` of the host API that failed.
    host_code : int, optional
        Its error code.
    """
    if host_type is not None and host_code is not None:
        narrow = host_code & 0xFFFFFFFF if host_type == _HostCode.WASAPI else host_code
        if (host_type, narrow) in _HostCode.LOST:
            return DeviceLost
        if (host_type, narrow) in _HostCode.BUSY:
            return DeviceBusy
    return _BY_CODE.get(code, PortAudioError)


def add_note(error: BaseException, note: str) -> None:
    """Attach a note that a traceback shows (PEP 678), on Python 3.10 too.

    On 3.10 only this package's own errors show it, in `str()`.
    """
    if hasattr(error, "add_note"):
        error.add_note(note)
    else:
        notes = getattr(error, "__notes__", None)
        vars(error)["__notes__"] = [*(notes or []), note]
