"""Handles of the virtual card's devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ._interface import SOURCES, done, ffi

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Device:
    """A device of the card.

    Attributes
    ----------
    index : int
        Its place in the card's table; for the default set also its PortAudio device index.
    """

    def __init__(self, lib: Any, index: int) -> None:
        self._lib = lib
        self.index = index

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.index}>"

    def __index__(self) -> int:
        return self.index


class Loopback(Device):
    """What is played on it is recorded from it, sample by sample, channel by channel.

    Streams at one rate hear each other exactly, and several output streams as their sum. A stream
    at another rate hears, for each of its frames, the latest one that had begun: right in level
    and length, but not filtered.
    """

    @property
    def delay(self) -> int:
        """Frames between playing and recording, 0 to 11,520,000.

        A block that an output stream hands over at card frame t is recorded by an input stream at
        card frame t + delay; what a duplex stream with blocks of n frames plays at its frame j is
        recorded at its frame j + max(delay, n). A duplex stream keeps the delay that it was started
        with. The loop is closed where the host takes the samples over: the latency that PortAudio
        reports for the output lies behind it.
        """
        return int(self._lib.virtualcard_delay(self.index))

    @delay.setter
    def delay(self, frames: int) -> None:
        done(
            self._lib.virtualcard_set_delay(self.index, frames),
            ValueError(f"the delay must be from 0 to 11520000 frames, not {frames!r}"),
        )


class Microphone(Device):
    """Hears a ramp, silence or an array."""

    def feed(
        self,
        what: Literal["ramp", "card-ramp", "silence"] | npt.ArrayLike,
        *,
        loop: bool = False,
    ) -> None:
        """Set what every stream hears, running ones from their next block on.

        Parameters
        ----------
        what : array_like or str
            Samples of shape (frames,) or (frames, channels), heard from each stream's start and
            followed by silence; one channel is heard on all of the device's. Floats are full scale
            at 1, integers at their type's range (uint8 around 128). It is copied.
            ``"ramp"``, the initial setting: frame f of the stream is f / 2**23 on each channel,
            which every format of 24 bits and more holds exactly; it begins again after 2**23
            frames. ``"card-ramp"``: the same with f counted since the card's reset. ``"silence"``.
        loop : bool
            Whether an array is heard over and over.
        """
        if isinstance(what, str):
            if what not in SOURCES:
                raise ValueError(f"{what!r} is none of {', '.join(SOURCES)}")
            done(self._lib.virtualcard_source(self.index, SOURCES[what]), self._error())
            return
        samples = _signal(what)
        frames, channels = samples.shape
        data = ffi.cast("double *", samples.ctypes.data)
        done(
            self._lib.virtualcard_feed(self.index, data, frames, channels, loop),
            self._error(),
        )

    def _error(self) -> Exception:
        return ValueError(f"device {self.index} cannot be fed")


class Speaker(Device):
    """Keeps what it was given."""

    @property
    def recorded(self) -> npt.NDArray[np.float64]:
        """What was played since reset or `clear`, summed over streams.

        A new array of shape (frames, channels of the device). Row 0 is the first frame of the first
        block that was handed over, at that stream's sample rate; pauses between streams are zeros.
        The oldest 60 seconds are kept. Samples count as played when the callback hands them over:
        an abort does not take them back.
        """
        import numpy as np

        frames, channels, _, _ = self._info()
        samples = np.zeros((frames, channels))
        if frames:
            data = ffi.cast("double *", samples.ctypes.data)
            kept = self._lib.virtualcard_recorded(self.index, data, frames)
            samples = samples[:kept]  # cleared by another thread meanwhile
        return samples

    @property
    def samplerate(self) -> float:
        """The rate of `recorded`, in Hz; 0 before anything was played."""
        return self._info()[2]

    @property
    def dropped(self) -> int:
        """Frames that were played after the 60 seconds that are kept."""
        return self._info()[3]

    def clear(self) -> None:
        """Forget what was played; the next block becomes the first one."""
        done(
            self._lib.virtualcard_record_clear(self.index),
            ValueError(f"device {self.index} keeps no record"),
        )

    def _info(self) -> tuple[int, int, float, int]:
        frames, channels = ffi.new("int64_t *"), ffi.new("int *")
        rate, dropped = ffi.new("double *"), ffi.new("uint64_t *")
        done(
            self._lib.virtualcard_record_info(self.index, frames, channels, rate, dropped),
            ValueError(f"device {self.index} keeps no record"),
        )
        return frames[0], channels[0], rate[0], dropped[0]


def _signal(what: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Bring samples to doubles of full scale 1, with a row per frame."""
    import numpy as np

    array = np.asarray(what)
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2 or array.shape[1] < 1:
        raise ValueError(f"samples of shape {array.shape}: not (frames,) or (frames, channels)")
    if array.dtype.kind == "u" and array.dtype.itemsize == 1:
        signal = (array.astype(np.float64) - 128) / 128
    elif array.dtype.kind == "i":
        signal = array / 2.0 ** (8 * array.dtype.itemsize - 1)
    elif array.dtype.kind == "f":
        signal = array.astype(np.float64)
    else:
        raise TypeError(f"samples of dtype {array.dtype}")
    return np.ascontiguousarray(signal, dtype=np.float64)
