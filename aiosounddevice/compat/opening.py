"""What a stream is opened with, in the form that `core` opens and explains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..core._portaudio import ffi
from ..core.defaults import default
from ..core.formats import FORMATS
from ..core.instance import JACK, PortAudio
from ..core.parameters import Direction, StreamParameters

_FLAGS = {
    "clip_off": 0x1,
    "dither_off": 0x2,
    "never_drop_input": 0x4,
    "prime_output_buffers_using_stream_callback": 0x8,
}

_by_code = {entry.code: entry for entry in FORMATS.values()}


def stream_flags(**given: Any) -> int:
    """Return `PaStreamFlags`; None means what `default` says."""
    flags = 0
    for name, value in given.items():
        if getattr(default, name) if value is None else value:
            flags |= _FLAGS[name]
    return flags


def describe(
    given: Any, taken: Any, samplerate: Any, blocksize: Any = 0, flags: int = 0
) -> StreamParameters:
    """Return the parameters for `PaStreamParameters *` of input and output, either may be NULL."""
    return StreamParameters(_direction(given), _direction(taken), samplerate, blocksize, flags)


def _direction(struct: Any) -> Direction | None:
    if struct == ffi.NULL:
        return None
    entry = _by_code.get(struct.sampleFormat, FORMATS["float32"])
    return Direction(
        device=struct.device,
        name=f"device {struct.device}",
        channels=struct.channelCount,
        host_channels=struct.channelCount,
        mapping=None,
        dtype=entry.name,
        sample_format=struct.sampleFormat,
        samplesize=entry.size,
        silence=entry.silence,
        latency=struct.suggestedLatency,
        struct=struct,
        extra_settings=None,
    )


def on_jack(pa: PortAudio, parameters: StreamParameters) -> bool:
    """Whether it is a stream of JACK. Asks only for what PortAudio keeps while it is open."""
    for side in (parameters.input, parameters.output):
        info = pa.lib.Pa_GetDeviceInfo(side.device) if side is not None else None
        api = pa.lib.Pa_GetHostApiInfo(info.hostApi) if info else None
        if api and api.type == JACK:
            return True
    return False


def named(pa: PortAudio, parameters: StreamParameters) -> StreamParameters:
    """Return the same with the devices' names, for an explanation; control thread only."""
    return replace(
        parameters, input=_named(pa, parameters.input), output=_named(pa, parameters.output)
    )


def _named(pa: PortAudio, side: Direction | None) -> Direction | None:
    if side is None:
        return None
    info = pa.lib.Pa_GetDeviceInfo(side.device)
    return replace(side, name=pa.text(info.name)) if info else side
