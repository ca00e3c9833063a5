"""`default`: the process-wide settings for whatever a call leaves out.

One plain object, shared by the async and the sync layer. Reading or writing it touches PortAudio
in two cases only, which therefore wait for the control thread: `device` where it is not
overwritten, and `hostapi`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import control

_PAIRS = ("device", "channels", "dtype", "latency", "extra_settings")
_SINGLES: dict[str, Any] = {
    "samplerate": None,
    "blocksize": 0,
    "clip_off": False,
    "dither_off": False,
    "never_drop_input": False,
    "prime_output_buffers_using_stream_callback": False,
}
_SIDES = {"input": 0, "output": 1}


def split(value: Any) -> tuple[Any, Any]:
    """Return a value for input and one for output.

    Anything iterable with two items is a pair; a string, or anything that cannot be iterated
    over, stands for both.

    Raises
    ------
    ValueError
        If it is iterable and has not two items.
    """
    if isinstance(value, (str, bytes)):
        return value, value
    try:
        items = tuple(value)
    except TypeError:
        return value, value
    if len(items) != 2:
        raise ValueError(f"Only single values and pairs are allowed, not {value!r}")
    return items[0], items[1]


class InputOutputPair:
    """A value for input and one for output, either of which may follow the factory default.

    Indexed by 0 and 1, or by "input" and "output"; assigning None resets one side. It is neither
    a list nor a tuple, so that it is never taken for a list of channel numbers.
    """

    def __init__(self, parent: Any, default_attribute: str) -> None:
        self._parent = parent
        self._default_attribute = default_attribute
        self._pair: list[Any] = [None, None]

    @staticmethod
    def _index(index: int | str) -> int:
        return _SIDES[index] if isinstance(index, str) else index

    def __getitem__(self, index: int | str) -> Any:
        side = self._index(index)
        value = self._pair[side]
        if value is None:
            value = getattr(self._parent, self._default_attribute)[side]
        return value

    def __setitem__(self, index: int | str, value: Any) -> None:
        self._pair[self._index(index)] = value

    def __iter__(self) -> Iterator[Any]:
        return iter((self[0], self[1]))

    def __repr__(self) -> str:
        return f"[{self[0]!r}, {self[1]!r}]"

    def overrides(self) -> tuple[Any, Any]:
        """Return what was assigned, None where nothing was; never asks PortAudio."""
        return self._pair[0], self._pair[1]


class Defaults:
    """The class of `default`.

    Attributes
    ----------
    device : pair of int or str
        Device number, or parts of its name. Where not overwritten PortAudio's default devices
        are asked for.
    channels : pair of int
        Number of channels; None: as many as the device has.
    dtype : pair of str or numpy.dtype
        `'float32'` unless overwritten.
    latency : pair of float or {'low', 'high'}
        Seconds; `'high'` unless overwritten.
    extra_settings : pair of AsioSettings, CoreAudioSettings or WasapiSettings
    samplerate : float
        Hertz; None: the device's default.
    blocksize : int
        Frames of a block; 0: whatever suits the device, possibly varying.
    clip_off, dither_off : bool
        Switch PortAudio's clipping and dithering off.
    never_drop_input : bool
        Call back rather than drop input. Only for streams with both directions and blocksize 0.
    prime_output_buffers_using_stream_callback : bool
        Fill the first output buffers from the callback rather than with silence.

    Notes
    -----
    Assigning one value to one of the pairs sets both sides, assigning a pair sets each, assigning
    None resets. Any other attribute is an AttributeError, so that a misspelt one is noticed.
    """

    device: Any
    channels: Any
    dtype: Any
    latency: Any
    extra_settings: Any
    samplerate: float | None
    blocksize: int
    clip_off: bool
    dither_off: bool
    never_drop_input: bool
    prime_output_buffers_using_stream_callback: bool

    _pairs = _PAIRS
    _default_channels = (None, None)
    _default_dtype = ("float32", "float32")
    _default_latency = ("high", "high")
    _default_extra_settings = (None, None)

    def __init__(self) -> None:
        for name in _PAIRS:
            self.__dict__[name] = InputOutputPair(self, "_default_" + name)
        self.reset()

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _PAIRS:
            self.__dict__[name]._pair[:] = split(value)
        elif name in _SINGLES:
            self.__dict__[name] = _SINGLES[name] if value is None else value
        elif name == "hostapi":
            raise AttributeError("default.hostapi is read-only")
        else:
            raise AttributeError(f"'default' object has no attribute {name!r}")

    @property
    def _default_device(self) -> tuple[int, int]:
        """PortAudio's default devices (input, output), -1 where there is none."""
        from . import devices  # devices reads the defaults

        return control.call(devices.portaudio_defaults)

    @property
    def hostapi(self) -> int:
        """Index of PortAudio's default host API."""
        from . import devices

        return control.call(devices.default_hostapi)

    def overrides(self, name: str) -> tuple[Any, Any]:
        """Return the assigned pair, or for all but `device` the factory default.

        For callers on an event loop: `device` is None where PortAudio would have to be asked.
        """
        pair: InputOutputPair = self.__dict__[name]
        return pair.overrides() if name == "device" else (pair[0], pair[1])

    def reset(self) -> None:
        """Reset all attributes to their factory defaults."""
        for name in _PAIRS:
            self.__dict__[name]._pair[:] = None, None
        self.__dict__.update(_SINGLES)


default = Defaults()
