"""From arguments and defaults to `PaStreamParameters`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core._portaudio import ffi
from ..core.defaults import InputOutputPair, default, split
from ..core.formats import FORMATS, dtype_name
from .devices import device_id, device_info

if TYPE_CHECKING:
    import numpy

KINDS = {"input": 0, "output": 1}

sampleformats = {name: entry.code for name, entry in FORMATS.items()}
"""PortAudio's number for each sample format; what `_sampleformats` is."""


def split_pair(value: Any) -> tuple[Any, Any]:
    """Return a value for input and one for output; what `_split` does.

    Raises
    ------
    ValueError
        For anything of another length than 2.
    """
    return split(value)


def select(value_or_pair: Any, kind: str) -> Any:
    """Return the value for one direction."""
    if isinstance(value_or_pair, InputOutputPair):
        return value_or_pair[kind]
    return split(value_or_pair)[KINDS[kind]]


def check_dtype(dtype: Any) -> str:
    """Return the sample format for an array's dtype; what `_check_dtype` does.

    Raises
    ------
    TypeError
        If it cannot be played or recorded, not even after conversion.
    """
    import numpy

    name: str = numpy.dtype(dtype).name
    if name == "float64":
        return "float32"
    if name not in FORMATS:
        raise TypeError(f"Unsupported data type: {name!r}")
    return name


def check_mapping(mapping: Any, channels: int) -> tuple[numpy.ndarray, Any]:
    """Return channel numbers from 0 and the channels that the device needs; `_check_mapping`.

    Raises
    ------
    ValueError
        For numbers below 1.
    """
    import numpy

    if mapping is None:
        return numpy.arange(channels), channels
    numbers = numpy.array(mapping, copy=True, ndmin=1)
    if numbers.min() < 1:
        raise ValueError("channel numbers must not be < 1")
    most = numbers.max()
    numbers -= 1
    return numbers, most


def stream_parameters(
    kind: str,
    device: Any,
    channels: Any,
    dtype: Any,
    latency: Any,
    extra_settings: Any,
    samplerate: Any,
) -> tuple[Any, str, int, Any]:
    """Make PortAudio's structure for one direction; what `_get_stream_parameters` does.

    Returns
    -------
    parameters : CData
        `PaStreamParameters *`.
    dtype : str
    samplesize : int
        Bytes.
    samplerate : float
        As given, or the default one, or that of the device.

    Raises
    ------
    ValueError
        For an unknown device or sample format.
    PortAudioError
        If there is no such device.
    """
    given = {
        "device": device,
        "channels": channels,
        "dtype": dtype,
        "latency": latency,
        "extra_settings": extra_settings,
    }
    values = {name: select(value, kind) for name, value in given.items()}
    for name, value in values.items():
        if value is None:
            values[name] = getattr(default, name)[kind]
    number = device_id(values["device"], kind, raise_on_error=True)
    info = device_info(number)
    entry = FORMATS.get(dtype_name(values["dtype"]))
    if entry is None:
        raise ValueError(f"Invalid {kind} sample format")
    if values["channels"] is None:
        values["channels"] = info[f"max_{kind}_channels"]
    if values["latency"] in ("low", "high"):
        values["latency"] = info[f"default_{values['latency']}_{kind}_latency"]
    settings = values["extra_settings"]
    struct = ffi.new(
        "PaStreamParameters *",
        (
            number,
            values["channels"],
            entry.code,
            values["latency"],
            settings._streaminfo if settings else ffi.NULL,
        ),
    )
    if samplerate is None:
        samplerate = default.samplerate
    return (
        struct,
        entry.name,
        entry.size,
        info["default_samplerate"] if samplerate is None else samplerate,
    )
