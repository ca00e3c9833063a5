"""Devices, host APIs, and what they support."""

from __future__ import annotations

from typing import Any

from ..core import devices, lookup
from ..core._portaudio import ffi
from ..core.defaults import default, split
from ..core.devices import DeviceList
from ..core.errors import DeviceQueryFailed, PortAudioError
from ..core.instance import PortAudio
from . import hooks, session

KINDS = ("input", "output")


def query_devices(device: Any = None, kind: Any = None) -> Any:
    """Return information about one device or all.

    Waits for the control thread (a moment, unless it is opening a device).

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
        With keys 'name', 'index', 'hostapi' (number), 'max_input_channels',
        'max_output_channels', 'default_low_input_latency', 'default_low_output_latency',
        'default_high_input_latency', 'default_high_output_latency' (seconds) and
        'default_samplerate' (hertz).

    Raises
    ------
    ValueError
        For another `kind`, and if no device fits a name, or several do.
    PortAudioError
        If there is no device of that number.
    """
    if kind not in (None, *KINDS):
        raise ValueError(f"Invalid kind: {kind!r}")
    if device is None and kind is None:
        return session.call(_all_devices)
    info = device_info(device_id(device, kind, raise_on_error=True))
    if kind is not None and info[f"max_{kind}_channels"] < 1:
        raise ValueError(f"Not an {kind} device: {info['name']!r}")
    return info


def _all_devices() -> DeviceList:
    pa = session.portaudio()
    count = pa.check(pa.lib.Pa_GetDeviceCount())
    names = [info["name"] for info in _all_hostapis()]
    marked = [_marked(kind) for kind in KINDS]
    infos = [devices.device_info(pa, number) for number in range(count)]
    return DeviceList.make(infos, names, (marked[0], marked[1]))


def _marked(kind: str) -> int:
    number = device_id(default.device[kind], kind)
    return number if isinstance(number, int) else -1


def device_info(number: Any) -> dict[str, Any]:
    """Return one device's dictionary; PortAudioError if there is no such device."""
    return session.call(_device_info, number)


def _device_info(number: Any) -> dict[str, Any]:
    pa = session.portaudio()
    try:
        return devices.device_info(pa, number)
    except DeviceQueryFailed as error:
        error.explanation = _which_there_are(pa, number)
        raise


def _which_there_are(pa: PortAudio, number: Any) -> str:
    try:
        lookup.find(number, None, devices.candidates(pa))
    except DeviceQueryFailed as error:
        return error.explanation
    except PortAudioError:  # not even initialised
        pass
    return ""


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
    if index is None:
        return session.call(_all_hostapis)
    return session.call(_hostapi, index)


def _all_hostapis() -> tuple[dict[str, Any], ...]:
    pa = session.portaudio()
    count = pa.check(pa.lib.Pa_GetHostApiCount())
    return tuple(devices.hostapi_info(pa, number) for number in range(count))


def _hostapi(index: int) -> dict[str, Any]:
    return devices.hostapi_info(session.portaudio(), index)


def default_devices() -> tuple[int, int]:
    """Return PortAudio's default input and output device, -1 where there is none."""
    pa = session.portaudio()
    return pa.lib.Pa_GetDefaultInputDevice(), pa.lib.Pa_GetDefaultOutputDevice()


def device_id(id_or_query_string: Any, kind: str | None, raise_on_error: bool = False) -> Any:
    """Return a device's number; what `_get_device_id` does.

    Parameters
    ----------
    id_or_query_string : int, str or None
        None: the default device. A pair: its item for `kind`.
    kind : {'input', 'output', None}
    raise_on_error : bool
        Whether a name that finds no device, or several, is an error.

    Returns
    -------
    int
        A number as it was given, even if there is no such device; -1 for a name that does not
        find one device.

    Raises
    ------
    ValueError
        With `raise_on_error`; and for a pair of two devices if `kind` is None.
    TypeError
        For what is neither number nor name.
    """
    wanted = default.device if id_or_query_string is None else id_or_query_string
    first, second = split(wanted)
    if kind is None:
        if first != second:
            raise ValueError(f"Input and output device are different: {wanted!r}")
        wanted = first
    else:
        wanted = second if kind == "output" else first
        if wanted is None:
            wanted = default.device[kind]
    if isinstance(wanted, str):
        return session.call(_by_name, wanted, kind, raise_on_error)
    if not hasattr(wanted, "__index__"):
        raise TypeError(f"a device is a number or part of a name, not {type(wanted).__name__}")
    return wanted


def _by_name(name: str, kind: str | None, raise_on_error: bool) -> int:
    pa = session.portaudio()
    pa.check(pa.lib.Pa_GetDeviceCount())
    try:
        return lookup.find(name, kind, devices.candidates(pa))
    except ValueError:
        if raise_on_error:
            raise
        return -1


def check_input_settings(
    device: Any = None,
    channels: Any = None,
    dtype: Any = None,
    extra_settings: Any = None,
    samplerate: Any = None,
) -> None:
    """Raise an error unless an input device does these settings.

    Parameters
    ----------
    device : int or str, optional
    channels : int, optional
    dtype : str or numpy.dtype, optional
    extra_settings : settings object, optional
    samplerate : float, optional
        Each by default as in `default`.

    Raises
    ------
    PortAudioError, ValueError
        If not.
    """
    _check_settings("input", device, channels, dtype, extra_settings, samplerate)


def check_output_settings(
    device: Any = None,
    channels: Any = None,
    dtype: Any = None,
    extra_settings: Any = None,
    samplerate: Any = None,
) -> None:
    """Raise an error unless an output device does these settings; see `check_input_settings`."""
    _check_settings("output", device, channels, dtype, extra_settings, samplerate)


def _check_settings(
    kind: str, device: Any, channels: Any, dtype: Any, extra_settings: Any, samplerate: Any
) -> None:
    struct, _, _, samplerate = hooks.assigned("_get_stream_parameters")(
        kind, device, channels, dtype, None, extra_settings, samplerate
    )
    session.call(_is_supported, kind, struct, samplerate)


def _is_supported(kind: str, struct: Any, samplerate: Any) -> None:
    # Not explained by asking for other settings: programs try out whole lists of them.
    pa = session.portaudio()
    pair = (struct, ffi.NULL) if kind == "input" else (ffi.NULL, struct)
    pa.call(pa.lib.Pa_IsFormatSupported, (*pair, samplerate))


def get_portaudio_version() -> tuple[int, str]:
    """Return the library's version number, and its description."""
    pa = session.load()
    return pa.lib.Pa_GetVersion(), pa.text(pa.lib.Pa_GetVersionText())


_SLICE = 100


def sleep(msec: int) -> None:
    """Sleep for at least so many milliseconds; Ctrl+C ends it.

    On a virtual card that is not on real time its time passes meanwhile.
    """
    lib = session.load().lib
    rest = ffi.new("long[]", [msec])[0]  # refuses what is no integer, as the call would
    while rest > _SLICE:
        lib.Pa_Sleep(_SLICE)
        rest -= _SLICE
    lib.Pa_Sleep(rest)
