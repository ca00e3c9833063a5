"""What a user asks of a stream: arguments merged with `default`, checked, no device touched.

A pair or a list of channel numbers?

* Tuples, `default.channels` and other pairs: one value for input, one for output. A stream with
  one direction takes its own.
* In a stream with one direction any other sequence given as `channels` (a list, range or array)
  is a list of channel numbers, counted from 1: `channels=[3]` is the third channel,
  `channels=3` the first three.
* In a stream with both, every sequence of two is a pair, as python-sounddevice has it; lists of
  channel numbers are items of the pair: `channels=([1, 2], [7])`.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import Any, Literal

from .defaults import InputOutputPair, default, split
from .errors import FormatNotSupported, PortAudioError
from .formats import Format, sample_format

Kind = Literal["input", "output", "duplex"]

_CLIP_OFF, _DITHER_OFF, _NEVER_DROP_INPUT, _PRIME_OUTPUT = 0x1, 0x2, 0x4, 0x8  # PaStreamFlags


@dataclass(frozen=True)
class Side:
    """What is asked of one direction.

    Attributes
    ----------
    kind : {'input', 'output'}
    device : int, str or None
        None: PortAudio's default device.
    channels : int or None
        None: as many as the device has.
    mapping : tuple of int or None
        Channel numbers of the device, counted from 0, in the order of the stream's channels.
        None: the first ones.
    format : Format
    latency : float or {'low', 'high'}
        Seconds, or the device's default.
    extra_settings : HostApiSettings or None
    """

    kind: str
    device: int | str | None
    channels: int | None
    mapping: tuple[int, ...] | None
    format: Format
    latency: float | str
    extra_settings: Any


@dataclass(frozen=True)
class StreamRequest:
    """What is asked of a stream; nothing in it depends on a device.

    Attributes
    ----------
    kind : {'input', 'output', 'duplex'}
    input, output : Side or None
    samplerate : float or None
        Hertz; None: the device's default.
    blocksize : int
        Frames; 0: the host decides.
    flags : int
        `PaStreamFlags`.
    """

    kind: Kind
    input: Side | None
    output: Side | None
    samplerate: float | None
    blocksize: int
    flags: int


def request(
    kind: Kind,
    *,
    samplerate: float | None = None,
    blocksize: int | None = None,
    device: Any = None,
    channels: Any = None,
    dtype: Any = None,
    latency: Any = None,
    extra_settings: Any = None,
    clip_off: bool | None = None,
    dither_off: bool | None = None,
    never_drop_input: bool | None = None,
    prime_output_buffers_using_stream_callback: bool | None = None,
) -> StreamRequest:
    """Merge a stream's arguments with `default` and check them.

    Parameters
    ----------
    kind : {'input', 'output', 'duplex'}
    samplerate : float, optional
        Hertz.
    blocksize : int, optional
        Frames.
    device, channels, dtype, latency, extra_settings
        Single values or pairs; see the module's text for lists of channel numbers.
    clip_off, dither_off, never_drop_input, prime_output_buffers_using_stream_callback : optional
        As in `default`.

    Raises
    ------
    TypeError
        If a number is none, or no integer where frames or channels are counted.
    ValueError
        If a value cannot be right on any device.
    PortAudioError
        Invalid flag (-9995): `never_drop_input` without both directions and blocksize 0.
    """
    given = {"device": device, "dtype": dtype, "latency": latency, "extra_settings": extra_settings}
    pairs = {name: _pair(name, value) for name, value in given.items()}
    pairs["channels"] = _channel_pair(kind, channels)
    sides = {
        side: _side(side, {name: pair[place] for name, pair in pairs.items()})
        for place, side in enumerate(("input", "output"))
        if kind in (side, "duplex")
    }
    frames = _integer(default.blocksize if blocksize is None else blocksize, "blocksize")
    if frames < 0:
        raise ValueError(f"blocksize must not be negative: {frames}")
    flags = (
        _flag("clip_off", clip_off, _CLIP_OFF)
        | _flag("dither_off", dither_off, _DITHER_OFF)
        | _flag("never_drop_input", never_drop_input, _NEVER_DROP_INPUT)
        | _flag(
            "prime_output_buffers_using_stream_callback",
            prime_output_buffers_using_stream_callback,
            _PRIME_OUTPUT,
        )
    )
    if flags & _NEVER_DROP_INPUT and (kind != "duplex" or frames):
        raise PortAudioError(
            "Invalid flag",
            -9995,
            explanation="never_drop_input is only for streams with both directions and blocksize=0",
        )
    return StreamRequest(
        kind, sides.get("input"), sides.get("output"), _samplerate(samplerate), frames, flags
    )


def _pair(name: str, value: Any) -> tuple[Any, Any]:
    """Return a pair in which `default` has filled what the caller left out."""
    # Iterating over `default.device` would ask PortAudio.
    given = value.overrides() if isinstance(value, InputOutputPair) else split(value)
    fallback = default.overrides(name)
    return (
        fallback[0] if given[0] is None else given[0],
        fallback[1] if given[1] is None else given[1],
    )


def _channel_pair(kind: Kind, channels: Any) -> tuple[Any, Any]:
    if kind == "duplex" or isinstance(channels, (tuple, InputOutputPair)):
        return _pair("channels", channels)
    return default.overrides("channels") if channels is None else (channels, channels)


def _side(kind: str, values: dict[str, Any]) -> Side:
    channels, mapping = _channels(values["channels"])
    settings = values["extra_settings"]
    if settings is not None and not hasattr(settings, "_streaminfo"):
        raise TypeError(
            "extra_settings must be AsioSettings, CoreAudioSettings or WasapiSettings, "
            f"not {type(settings).__name__}"
        )
    device = values["device"]
    if not isinstance(device, str) and device is not None:
        device = _integer(device, "device")
    return Side(
        kind,
        device,
        channels,
        mapping,
        sample_format(values["dtype"], kind),
        _latency(values["latency"]),
        settings,
    )


def _channels(value: Any) -> tuple[int | None, tuple[int, ...] | None]:
    """Return a number of channels and, if channel numbers were given, the mapping (from 0)."""
    if value is None:
        return None, None
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        count = _integer(value, "channels")
        if count < 1:
            raise FormatNotSupported(
                "Invalid number of channels",
                -9998,
                explanation=f"asked for {count} channels; a stream has at least one",
            )
        return count, None
    numbers = [_integer(number, "channels") for number in value]
    if not numbers:
        raise ValueError("channels is an empty list: name at least one channel, or use None")
    if min(numbers) < 1:
        raise ValueError(f"channel numbers are counted from 1: {numbers}")
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"a channel number may appear only once: {numbers}")
    mapping = tuple(number - 1 for number in numbers)
    return len(mapping), None if mapping == tuple(range(len(mapping))) else mapping


def _integer(value: Any, name: str) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: an integer is required, not {value!r}") from None


def _samplerate(value: Any) -> float | None:
    value = default.samplerate if value is None else value
    if value is None:
        return None
    if isinstance(value, (str, bytes)):
        raise TypeError(f"samplerate: must be real number, not {type(value).__name__}")
    rate = float(value)
    if not (math.isfinite(rate) and rate > 0):
        raise ValueError(f"samplerate must be positive and finite: {rate}")
    return rate


def _latency(value: Any) -> float | str:
    if isinstance(value, (str, bytes)):
        if value not in ("low", "high"):
            raise ValueError(f"latency must be a number of seconds, 'low' or 'high': {value!r}")
        return str(value)
    seconds = float(value)
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(f"latency must be finite and not negative: {seconds}")
    return seconds


def _flag(name: str, value: bool | None, bit: int) -> int:
    return bit if (getattr(default, name) if value is None else value) else 0
