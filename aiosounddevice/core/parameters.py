"""From what a user asks for (`request`) to what PortAudio gets (`resolve`).

`resolve` finds the devices and fills PortAudio's structures on the control thread, without
opening anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from . import devices, diagnosis, library
from .errors import FormatNotSupported, PortAudioError
from .library import PortAudio
from .request import Kind, Side, StreamRequest, request

__all__ = [
    "Direction",
    "Kind",
    "Side",
    "StreamParameters",
    "StreamRequest",
    "check_settings",
    "request",
    "resolve",
]


@dataclass(frozen=True, eq=False)
class Direction:
    """One direction of a stream, as it will be opened.

    Attributes
    ----------
    device : int
        Number in the library that `resolve` was given.
    name : str
    channels : int
        Of the stream.
    host_channels : int
        Channels that the device is opened with; more than `channels` with a mapping.
    mapping : tuple of int or None
        For each of the stream's channels the device's, counted from 0; None: the same.
    dtype : str
    sample_format : int
        `PaSampleFormat`.
    samplesize : int
        Bytes.
    silence : int
        Byte that silence consists of.
    latency : float
        Asked for, in seconds.
    struct : CData
        `PaStreamParameters *`.
    extra_settings : HostApiSettings or None
        `struct` points into it.
    hostapi : str
    hostapi_type : int
        `PaHostApiTypeId`; -1: unknown.
    """

    device: int
    name: str
    channels: int
    host_channels: int
    mapping: tuple[int, ...] | None
    dtype: str
    sample_format: int
    samplesize: int
    silence: int
    latency: float
    struct: Any
    extra_settings: Any
    hostapi: str = ""
    hostapi_type: int = -1


@dataclass(frozen=True, eq=False)
class StreamParameters:
    """What Pa_OpenStream gets, apart from callback and user data."""

    input: Direction | None
    output: Direction | None
    samplerate: float
    blocksize: int
    flags: int


def resolve(pa: PortAudio, request: StreamRequest) -> StreamParameters:
    """Find the devices and fill PortAudio's structures; control thread only, opens nothing.

    Raises
    ------
    DeviceNotFound
        If no device fits, or several do.
    FormatNotSupported
        If a device has fewer channels than asked for.
    ValueError
        If no sample rate is given and the two devices' defaults differ.
    """
    directions = {
        side.kind: _direction(pa, side)
        for side in (request.input, request.output)
        if side is not None
    }
    samplerate = request.samplerate
    if samplerate is None:
        samplerate = _default_samplerate(pa, list(directions.values()))
    return StreamParameters(
        directions.get("input"),
        directions.get("output"),
        samplerate,
        request.blocksize,
        request.flags,
    )


def _direction(pa: PortAudio, side: Side) -> Direction:
    number = devices.find_device(pa, side.device, side.kind)
    info = devices.device_info(pa, number)
    most: int = info[f"max_{side.kind}_channels"]
    channels = most if side.channels is None else side.channels
    host_channels = channels if side.mapping is None else 1 + max(side.mapping)
    if not 1 <= host_channels <= most:
        raise FormatNotSupported(
            "Invalid number of channels",
            -9998,
            explanation=diagnosis.channels(
                devices.candidates(pa), number, side.kind, host_channels or 1, side.mapping
            ),
            device=number,
        )
    latency = side.latency
    if isinstance(latency, str):
        latency = float(info[f"default_{latency}_{side.kind}_latency"])
    settings = side.extra_settings
    struct = pa.ffi.new(
        "PaStreamParameters *",
        {
            "device": number,
            "channelCount": host_channels,
            "sampleFormat": side.format.code,
            "suggestedLatency": latency,
            "hostApiSpecificStreamInfo": pa.ffi.NULL if settings is None else settings._streaminfo,
        },
    )
    api = pa.lib.Pa_GetHostApiInfo(info["hostapi"])
    return Direction(
        number,
        info["name"],
        channels,
        host_channels,
        side.mapping,
        side.format.name,
        side.format.code,
        side.format.size,
        side.format.silence,
        latency,
        struct,
        settings,
        pa.text(api.name) if api else "",
        api.type if api else -1,
    )


def _default_samplerate(pa: PortAudio, directions: Sequence[Direction]) -> float:
    rates = {
        side.name: float(devices.device_info(pa, side.device)["default_samplerate"])
        for side in directions
    }
    if len(set(rates.values())) > 1:
        described = ", ".join(f"{rate:g} Hz ('{name}')" for name, rate in rates.items())
        raise ValueError(
            "Input and output device must have the same samplerate; their defaults are "
            f"{described}: choose one with samplerate="
        )
    return next(iter(rates.values()))


def check_settings(
    kind: Literal["input", "output"],
    device: int | str | None = None,
    channels: Any = None,
    dtype: Any = None,
    extra_settings: Any = None,
    samplerate: float | None = None,
) -> None:
    """Ask PortAudio whether a device does these settings; control thread only.

    Raises
    ------
    PortAudioError
        If not; `FormatNotSupported` where the settings are the cause.
    """
    pa = library.get()
    # clip_off and so on do not matter to the question; a default may not suit one direction.
    wanted = request(
        kind,
        device=device,
        channels=channels,
        dtype=dtype,
        extra_settings=extra_settings,
        samplerate=samplerate,
        never_drop_input=False,
    )
    parameters = resolve(pa, wanted)
    null = pa.ffi.NULL
    try:
        pa.call(
            pa.lib.Pa_IsFormatSupported,
            (
                parameters.input.struct if parameters.input else null,
                parameters.output.struct if parameters.output else null,
                parameters.samplerate,
            ),
        )
    except PortAudioError as error:
        error.explanation = diagnosis.explain(pa, error, parameters)
        raise
