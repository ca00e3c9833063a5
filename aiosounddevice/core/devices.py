"""Devices and host APIs, as dictionaries.

All functions run on the control thread and ask the library in use, which they load and
initialise if need be. What they return is plain data.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import library, lookup
from .defaults import default
from .errors import DeviceNotFound, DeviceQueryFailed, PortAudioError
from .library import PortAudio
from .lookup import Candidate

KINDS = ("input", "output")


class DeviceList(tuple[dict[str, Any], ...]):
    """All devices, one dictionary each; shown as a table.

    `query_devices` makes it. The table marks the default devices as they were then: `>` input,
    `<` output, `*` both.
    """

    _hostapis: tuple[str, ...] = ()
    _marked: tuple[int, int] = (-1, -1)

    @classmethod
    def make(
        cls, devices: Iterable[dict[str, Any]], hostapis: Iterable[str], marked: tuple[int, int]
    ) -> DeviceList:
        """Return a list with what its table needs: host API names and the default devices."""
        result = cls(devices)
        result._hostapis = tuple(hostapis)
        result._marked = marked
        return result

    def __repr__(self) -> str:
        digits = len(str(self[-1]["index"])) if self else 0
        return "\n".join(self._line(info, digits) for info in self)

    def _line(self, info: dict[str, Any], digits: int) -> str:
        number = info["index"]
        mark = (" ", ">", "<", "*")[(number == self._marked[0]) + 2 * (number == self._marked[1])]
        name = " ".join(info["name"].splitlines())
        api = info["hostapi"]
        hostapi = self._hostapis[api] if api < len(self._hostapis) else f"host API {api}"
        channels = f"({info['max_input_channels']} in, {info['max_output_channels']} out)"
        return f"{mark} {number:>{digits}} {name}, {hostapi} {channels}"


def query_devices(device: int | str | None = None, kind: str | None = None) -> Any:
    """Return information about one device or all.

    Parameters
    ----------
    device : int or str, optional
        Number, or parts of the name as for `default.device`.
    kind : {'input', 'output'}, optional
        With `device`: which devices a name may find. Without: return the default device of this
        direction.

    Returns
    -------
    DeviceList or dict
        With keys 'name', 'index', 'hostapi', 'max_input_channels', 'max_output_channels',
        'default_low_input_latency', 'default_low_output_latency', 'default_high_input_latency',
        'default_high_output_latency' (seconds) and 'default_samplerate' (hertz).

    Raises
    ------
    ValueError
        For another `kind`.
    DeviceNotFound
        If no device fits or several do.
    """
    if kind not in (None, *KINDS):
        raise ValueError(f"Invalid kind: {kind!r}")
    pa = library.get()
    if device is None and kind is None:
        hostapis = [info["name"] for info in query_hostapis()]
        marked = (_marked(pa, "input"), _marked(pa, "output"))
        infos = [device_info(pa, number) for number in range(_count(pa))]
        return DeviceList.make(infos, hostapis, marked)
    return device_info(pa, find_device(pa, device, kind))


def query_hostapis(index: int | None = None) -> Any:
    """Return information about one host API or all.

    Parameters
    ----------
    index : int, optional
        The host API's number.

    Returns
    -------
    tuple of dict, or dict
        With keys 'name', 'devices' (list of device numbers), 'default_input_device' and
        'default_output_device' (-1: none).

    Raises
    ------
    PortAudioError
        If there is no such host API.
    """
    pa = library.get()
    if index is not None:
        return hostapi_info(pa, index)
    count = pa.check(pa.lib.Pa_GetHostApiCount(), "Error querying host APIs")
    return tuple(hostapi_info(pa, number) for number in range(count))


def default_device(kind: str) -> int:
    """Return the number of the default device of a direction, `default.device` considered."""
    return find_device(library.get(), None, kind)


def portaudio_defaults() -> tuple[int, int]:
    """Return PortAudio's default input and output device, -1 where there is none."""
    pa = library.get()
    return pa.lib.Pa_GetDefaultInputDevice(), pa.lib.Pa_GetDefaultOutputDevice()


def default_hostapi() -> int:
    """Return the number of PortAudio's default host API."""
    pa = library.get()
    return pa.check(pa.lib.Pa_GetDefaultHostApi(), "Error querying the default host API")


def find_device(pa: PortAudio, device: object, kind: str | None) -> int:
    """Return the number of a device that a user named, None being the default of `kind`.

    Raises
    ------
    DeviceNotFound
        If no device fits or several do.
    """
    if device is None and kind is not None:
        device = default.overrides("device")[KINDS.index(kind)]
        if device is None:
            get = {"input": "Pa_GetDefaultInputDevice", "output": "Pa_GetDefaultOutputDevice"}
            device = getattr(pa.lib, get[kind])()
    found = candidates(pa)
    try:
        return lookup.find(device, kind, found)
    except DeviceNotFound as error:
        from .diagnosis import no_device  # which asks this module about devices

        error.explanation = "\n".join(filter(None, [error.explanation, no_device(kind, found)]))
        raise


def candidates(pa: PortAudio) -> list[Candidate]:
    """Return all devices as the search sees them."""
    found = []
    for number in range(_count(pa)):
        info = pa.lib.Pa_GetDeviceInfo(number)
        api = pa.lib.Pa_GetHostApiInfo(info.hostApi)
        name = pa.text(api.name) if api else ""
        inputs, outputs = info.maxInputChannels, info.maxOutputChannels
        found.append(Candidate(pa.text(info.name), name, inputs, outputs))
    return found


def device_info(pa: PortAudio, number: int) -> dict[str, Any]:
    """Return one device's dictionary."""
    info = pa.lib.Pa_GetDeviceInfo(number)
    if not info:
        raise DeviceQueryFailed(f"Error querying device {number}", device=number)
    return {
        "name": pa.text(info.name),
        "index": number,
        "hostapi": info.hostApi,
        "max_input_channels": info.maxInputChannels,
        "max_output_channels": info.maxOutputChannels,
        "default_low_input_latency": info.defaultLowInputLatency,
        "default_low_output_latency": info.defaultLowOutputLatency,
        "default_high_input_latency": info.defaultHighInputLatency,
        "default_high_output_latency": info.defaultHighOutputLatency,
        "default_samplerate": info.defaultSampleRate,
    }


def hostapi_info(pa: PortAudio, number: int) -> dict[str, Any]:
    """Return one host API's dictionary."""
    info = pa.lib.Pa_GetHostApiInfo(number)
    if not info:
        raise PortAudioError(f"Error querying host API {number}")
    convert = pa.lib.Pa_HostApiDeviceIndexToDeviceIndex
    return {
        "name": pa.text(info.name),
        "devices": [convert(number, place) for place in range(info.deviceCount)],
        "default_input_device": info.defaultInputDevice,
        "default_output_device": info.defaultOutputDevice,
    }


def _count(pa: PortAudio) -> int:
    return pa.check(pa.lib.Pa_GetDeviceCount(), "Error querying devices")


def _marked(pa: PortAudio, kind: str) -> int:
    try:
        return find_device(pa, None, kind)
    except (ValueError, TypeError):
        return -1
