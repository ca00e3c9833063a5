"""Host-API-specific settings, for `extra_settings`.

They can be made on any system and before any library is loaded: the structures are declared, and
filled in here rather than by the library's set-up functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._portaudio import ffi

_HOST_API = {"ASIO": 3, "Core Audio": 5, "WASAPI": 13}  # PaHostApiTypeId
_QUALITY = {"min": 0x0100, "low": 0x0300, "medium": 0x0200, "high": 0x0400, "max": 0x0000}


class HostApiSettings:
    """Base of the settings: what PortAudio gets as `hostApiSpecificStreamInfo`.

    The structure is made at first use, and again after unpickling or copying.
    """

    _struct = ""
    _host_api = ""

    def __init__(self) -> None:
        self._made: Any = None
        self._keep: list[Any] = []

    def _fields(self) -> dict[str, Any]:
        raise NotImplementedError

    @property
    def _streaminfo(self) -> Any:
        if self._made is None:
            self._made = ffi.new(
                f"{self._struct} *",
                {
                    "size": ffi.sizeof(self._struct),
                    "hostApiType": _HOST_API[self._host_api],
                    "version": 1,
                    **self._fields(),
                },
            )
        return self._made

    def _array(self, ctype: str, values: Sequence[int]) -> Any:
        array = ffi.new(f"{ctype}[]", list(values))
        self._keep.append(array)
        return array

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_made": None, "_keep": []}


class AsioSettings(HostApiSettings):
    """Choose the channels of an ASIO device.

    Parameters
    ----------
    channel_selectors : list of int
        Channel numbers counted from 0, as many as the stream has channels in that direction.
        Numbers that the device does not have may crash its driver.
    """

    _struct = "PaAsioStreamInfo"
    _host_api = "ASIO"

    def __init__(self, channel_selectors: Sequence[int]) -> None:
        super().__init__()
        self._selectors = _integers(channel_selectors, "channel_selectors")

    def _fields(self) -> dict[str, Any]:
        return {"flags": 0x01, "channelSelectors": self._array("int", self._selectors)}


class CoreAudioSettings(HostApiSettings):
    """Settings for Apple's Core Audio.

    Parameters
    ----------
    channel_map : sequence of int, optional
        Input: the device's channels to use, counted from 0. Output: one number for each channel
        of the device, -1 where it stays silent, otherwise the stream's channel counted from 0.
    change_device_parameters : bool, optional
        Let PortAudio change the device (its buffer size, say): much lower latency, but other
        programs that use the device may notice.
    fail_if_conversion_required : bool, optional
        Together with `change_device_parameters`: fail unless the device does the sample rate.
    conversion_quality : {'min', 'low', 'medium', 'high', 'max'}, optional
        Of Core Audio's sample rate conversion.
    """

    _struct = "PaMacCoreStreamInfo"
    _host_api = "Core Audio"

    def __init__(
        self,
        channel_map: Sequence[int] | None = None,
        change_device_parameters: bool = False,
        fail_if_conversion_required: bool = False,
        conversion_quality: str = "max",
    ) -> None:
        super().__init__()
        if conversion_quality not in _QUALITY:
            raise ValueError(f"conversion_quality must be one of {list(_QUALITY)}")
        self._flags = (
            _QUALITY[conversion_quality]
            | 0x01 * bool(change_device_parameters)
            | 0x02 * bool(fail_if_conversion_required)
        )
        self._channel_map = None if channel_map is None else _integers(channel_map, "channel_map")

    def _fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"flags": self._flags}
        if self._channel_map is not None:
            fields["channelMap"] = self._array("SInt32", self._channel_map)
            fields["channelMapSize"] = len(self._channel_map)
        return fields


class WasapiSettings(HostApiSettings):
    """Settings for WASAPI (Windows).

    Parameters
    ----------
    exclusive : bool
        Bypass Windows' mixer and have the device for oneself.
    auto_convert : bool
        Let Windows convert the sample rate; only in shared mode. PortAudio 19.7 or newer.
    explicit_sample_format : bool
        Open the device with the stream's own sample format instead of the best that PortAudio
        finds. PortAudio 19.7 or newer.
    """

    _struct = "PaWasapiStreamInfo"
    _host_api = "WASAPI"

    def __init__(
        self,
        exclusive: bool = False,
        auto_convert: bool = False,
        explicit_sample_format: bool = False,
    ) -> None:
        super().__init__()
        self._flags = (
            0x01 * bool(exclusive) | 0x40 * bool(auto_convert) | 0x20 * bool(explicit_sample_format)
        )

    def _fields(self) -> dict[str, Any]:
        return {"flags": self._flags}


def _integers(values: Sequence[int], name: str) -> tuple[int, ...]:
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{name} must be a sequence of integers, not {type(values).__name__}")
    result = tuple(values)
    if not all(hasattr(value, "__index__") for value in result):
        raise TypeError(f"{name} must consist of integers: {values!r}")
    return tuple(value.__index__() for value in result)
