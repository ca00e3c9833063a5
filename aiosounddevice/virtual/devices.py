"""The virtual card's devices: descriptions at first, and handles once a card has them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ._interface import SOURCES, done, ffi
from .signals import Pull, read_file, signal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

HOSTAPIS = {
    "Windows DirectSound": 1,
    "MME": 2,
    "ASIO": 3,
    "Core Audio": 5,
    "OSS": 7,
    "ALSA": 8,
    "Windows WDM-KS": 11,
    "JACK Audio Connection Kit": 12,
    "Windows WASAPI": 13,
    "AudioScience HPI": 14,
    "PulseAudio": 16,
    "sndio": 17,
}
"""Names that PortAudio knows, with their `PaHostApiTypeId`."""

FORMATS = {"float32": 1, "int32": 2, "int24": 4, "int16": 8, "int8": 16, "uint8": 32}


class Device:
    """A device that a card can have. Use one of the subclasses.

    Parameters
    ----------
    name : str
        What `query_devices` tells.
    hostapi : str
        Name of its host API; those that PortAudio knows (``"ALSA"``, ``"Windows WASAPI"``, ...)
        get their type. The first device's is the default one.
    samplerate : float
        The default one, Hz.
    samplerates : sequence of float
        All that open, up to 32; by default any from 8000 to 192000.
    dtypes : sequence of str
        All that open, of ``"float32", "int32", "int24", "int16", "int8", "uint8"``; by default
        all, as PortAudio converts.
    low_latency, high_latency : float
        What it says are its latencies, seconds.
    default : bool
        Whether it is its host API's default device, in the directions it has. Otherwise the first
        one is.
    exclusive : bool
        Whether it can be opened only once at a time, as ALSA's hardware devices.

    Attributes
    ----------
    place : int or None
        Its place in the table of the card that it belongs to.
    """

    _inputs = _outputs = 0
    _loop = False
    _delay = 0

    def __init__(
        self,
        name: str,
        *,
        hostapi: str = "Virtual",
        samplerate: float = 48000,
        samplerates: Sequence[float] = (),
        dtypes: Sequence[str] = (),
        low_latency: float = 0.01,
        high_latency: float = 0.04,
        default: bool = False,
        exclusive: bool = False,
    ) -> None:
        unknown = [dtype for dtype in dtypes if dtype not in FORMATS]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(FORMATS)}")
        self.name, self._hostapi, self._samplerate = name, hostapi, samplerate
        self._samplerates, self._dtypes = tuple(samplerates), tuple(dtypes)
        self._latencies = (low_latency, high_latency)
        self._default, self._exclusive = default, exclusive
        self._lib: Any = None
        self.place: int | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def __index__(self) -> int:
        return self.index

    @property
    def index(self) -> int:
        """PortAudio's device index; before the library is initialised what it will be.

        Raises
        ------
        ValueError
            If PortAudio does not list it: on no card, or not there at the last initialisation.
        """
        index = -1 if self._lib is None else int(self._lib.virtualcard_listed(self.place))
        done(index, ValueError(f"PortAudio does not list {self!r}"))
        return index

    @property
    def plugged(self) -> bool:
        """Whether it is there now, whatever PortAudio's lists say."""
        return self._lib is not None and self._lib.virtualcard_plugged(self.place) == 1

    @property
    def channels(self) -> tuple[int, int]:
        """The most that it has: inputs, outputs."""
        return self._inputs, self._outputs

    def attach(self, lib: Any, place: int) -> None:
        """Become the handle of the device at a place in the card's table."""
        self._lib, self.place = lib, place

    def forget(self) -> None:
        """Let go of what was lent to the card, which was reset."""

    @property
    def _card(self) -> Any:
        if self._lib is None:
            raise RuntimeError(f"{self!r} is on no card yet")
        return self._lib

    def struct(self) -> tuple[Any, list[Any]]:
        """Describe it as ``struct virtualcard_device *``, with what must outlive that."""
        low, high = self._latencies
        rates: Any = ffi.new("double[]", [float(rate) for rate in self._samplerates] or [0.0])
        texts = [ffi.new("char[]", text.encode()) for text in (self.name, self._hostapi)]
        device: Any = ffi.new("struct virtualcard_device *")
        device.name, device.hostapi = texts
        device.hostapi_type = HOSTAPIS.get(self._hostapi, 0)
        device.inputs, device.outputs = self._inputs, self._outputs
        device.loop, device.exclusive = self._loop, self._exclusive
        device.default_input = self._default and self._inputs > 0
        device.default_output = self._default and self._outputs > 0
        device.rate, device.rates, device.rate_count = (
            self._samplerate,
            rates,
            len(self._samplerates),
        )
        device.formats = sum({FORMATS[dtype] for dtype in self._dtypes})
        device.low_input = device.low_output = low
        device.high_input = device.high_output = high
        device.delay = self._delay
        return device, [rates, *texts]


class Loopback(Device):
    """What is played on it is recorded from it, sample by sample, channel by channel.

    Streams at one rate hear each other exactly, and several output streams as their sum. A stream
    at another rate hears, for each of its frames, the latest one that had begun: right in level
    and length, but not filtered.

    Parameters
    ----------
    name, **options
        As for `Device`.
    channels : int
        In and out.
    delay : int
        See the property.
    """

    _loop = True

    def __init__(
        self, name: str = "Virtual loopback", *, channels: int = 8, delay: int = 0, **options: Any
    ) -> None:
        super().__init__(name, **options)
        self._inputs = self._outputs = channels
        self._delay = delay

    @property
    def delay(self) -> int:
        """Frames between playing and recording, 0 to 11,520,000.

        A block that an output stream hands over at card frame t is recorded by an input stream at
        card frame t + delay; what a duplex stream with blocks of n frames plays at its frame j is
        recorded at its frame j + max(delay, n). A duplex stream keeps the delay that it was started
        with. The loop is closed where the host takes the samples over: the latency that PortAudio
        reports for the output lies behind it.
        """
        return int(self._card.virtualcard_delay(self.place))

    @delay.setter
    def delay(self, frames: int) -> None:
        done(
            self._card.virtualcard_set_delay(self.place, frames),
            ValueError(f"the delay must be from 0 to 11520000 frames, not {frames!r}"),
        )


class Microphone(Device):
    """Hears a ramp, silence, an array, a file, or what a generator makes up.

    Parameters
    ----------
    name, **options
        As for `Device`.
    channels : int
    """

    def __init__(
        self, name: str = "Virtual microphone", *, channels: int = 2, **options: Any
    ) -> None:
        super().__init__(name, **options)
        self._inputs = channels
        self._pulls: list[Pull] = []

    def forget(self) -> None:
        """Let go of iterators that the card was fed from."""
        self._pulls.clear()

    def feed(
        self,
        what: str | os.PathLike[str] | Iterator[npt.ArrayLike] | npt.ArrayLike,
        *,
        loop: bool = False,
        samplerate: float | None = None,
    ) -> None:
        """Set what every stream hears, running ones from their next block on.

        Parameters
        ----------
        what : array_like, path, iterator or str
            Samples of shape (frames,) or (frames, channels), heard from each stream's start and
            followed by silence; one channel is heard on all of the device's. Floats are full scale
            at 1, integers at their type's range (uint8 around 128). It is copied.
            A path: the sound file's samples, at its sample rate. WAV files with integers can be
            read without further packages, others need soundfile.
            A generator or other iterator of such arrays, of any lengths: heard once, from the
            first stream's next block on, and asked for as much as is needed, on the thread that
            runs the callbacks. Its first stream gives the sample rate.
            ``"ramp"``, the initial setting: frame f of the stream is f / 2**23 on each channel,
            which every format of 24 bits and more holds exactly; it begins again after 2**23
            frames. ``"card-ramp"``: the same with f counted since the card's reset. ``"silence"``.
        loop : bool
            Whether an array or a file is heard over and over.
        samplerate : float
            The array's. Streams at another one hear, for each of their frames, the latest that has
            begun. By default each stream's own.
        """
        if isinstance(what, str) and what in SOURCES:
            self._fed(self._card.virtualcard_source(self.place, SOURCES[what]))
        elif isinstance(what, Iterator):
            pull = Pull(what)
            self._fed(self._card.virtualcard_feed_from(self.place, pull.function, ffi.NULL))
            # The card may be asking an earlier one just now, so those are kept as well.
            self._pulls.append(pull)
        elif not isinstance(what, str | os.PathLike):
            self._feed_samples(signal(what), samplerate, loop)
        elif os.path.isfile(what):
            samples, rate = read_file(what)
            self._feed_samples(samples, samplerate or rate, loop)
        else:
            raise FileNotFoundError(f"{what!r} is no file, and none of {', '.join(SOURCES)}")

    def _feed_samples(
        self, samples: npt.NDArray[np.float64], samplerate: float | None, loop: bool
    ) -> None:
        frames, channels = samples.shape
        data = ffi.cast("double *", samples.ctypes.data)
        rate = samplerate or 0.0
        feed = self._card.virtualcard_feed
        self._fed(feed(self.place, data, frames, channels, rate, loop))

    def _fed(self, result: int) -> None:
        done(result, ValueError(f"device {self.place} cannot be fed"))


class Speaker(Device):
    """Keeps what it was given.

    Parameters
    ----------
    name, **options
        As for `Device`.
    channels : int
    """

    def __init__(self, name: str = "Virtual speaker", *, channels: int = 2, **options: Any) -> None:
        super().__init__(name, **options)
        self._outputs = channels

    @property
    def recorded(self) -> npt.NDArray[np.float64]:
        """What was played since reset or `clear`, summed over streams.

        A new array of shape (frames, channels of the device). Row 0 is the first frame of the first
        block that was handed over, at that stream's sample rate; pauses between streams are zeros.
        The first 60 seconds are kept, or as long as `keep` says. Samples count as played when the
        callback hands them over: an abort does not take them back.
        """
        import numpy as np

        frames, channels, _, _ = self._info()
        samples = np.zeros((frames, channels))
        if frames:
            data = ffi.cast("double *", samples.ctypes.data)
            kept = self._card.virtualcard_recorded(self.place, data, frames)
            samples = samples[:kept]  # cleared by another thread meanwhile
        return samples

    @property
    def samplerate(self) -> float:
        """The rate of `recorded`, in Hz; 0 before anything was played."""
        return self._info()[2]

    @property
    def dropped(self) -> int:
        """Frames that were played after those that are kept."""
        return self._info()[3]

    def keep(self, seconds: float) -> None:
        """Keep the first `seconds` of what is played, up to a day, until the card is reset.

        They take 8 bytes per channel and frame.
        """
        done(
            self._card.virtualcard_record_limit(self.place, seconds),
            ValueError(f"device {self.place} cannot keep {seconds!r} seconds"),
        )

    def clear(self) -> None:
        """Forget what was played; the next block becomes the first one."""
        done(
            self._card.virtualcard_record_clear(self.place),
            ValueError(f"device {self.place} keeps no record"),
        )

    def _info(self) -> tuple[int, int, float, int]:
        frames, channels = ffi.new("int64_t *"), ffi.new("int *")
        rate, dropped = ffi.new("double *"), ffi.new("uint64_t *")
        done(
            self._card.virtualcard_record_info(self.place, frames, channels, rate, dropped),
            ValueError(f"device {self.place} keeps no record"),
        )
        return frames[0], channels[0], rate[0], dropped[0]


class Headset(Microphone, Speaker):
    """A microphone and a speaker in one device, which do not hear each other.

    Parameters
    ----------
    name, **options
        As for `Device`.
    inputs, outputs : int
        Channels.
    """

    def __init__(
        self, name: str = "Virtual headset", *, inputs: int = 1, outputs: int = 2, **options: Any
    ) -> None:
        super().__init__(name, channels=inputs, **options)
        self._inputs, self._outputs = inputs, outputs
