"""The virtual sound card's front panel."""

from __future__ import annotations

import importlib
import re
from typing import Any, NamedTuple, cast

from ._interface import AUTO, MANUAL, REALTIME, done, ffi, load
from .devices import Device, Loopback, Microphone, Speaker

_CLOCKS = {"realtime": REALTIME, "manual": MANUAL, "auto": AUTO}


class Call(NamedTuple):
    """A call of a PortAudio function, as the card recorded it."""

    name: str
    thread_id: int


class Card:
    """Drives the card that this process has loaded; all instances drive the same one.

    Every method and property may be used from any thread, and releases the GIL while it waits. In a
    stream's callback `reset`, `advance` and `set_clock` are refused.

    Attributes
    ----------
    loopback : Loopback
        Device 0, 8 channels in and out, the default one.
    microphone : Microphone
        Device 1, 2 channels.
    speaker : Speaker
        Device 2, 2 channels.
    """

    def __init__(self) -> None:
        self._lib = load()
        self.loopback = Loopback(self._lib, 0)
        self.microphone = Microphone(self._lib, 1)
        self.speaker = Speaker(self._lib, 2)

    def __repr__(self) -> str:
        return f"<Card {self.clock} {self.time:.6f} s, {self.open_streams} streams>"

    def reset(self) -> None:
        """Forget all streams and settings, and set the time to 0.

        Streams end at once, without a finished callback; their pointers are bad ones from now on.
        Waits for a callback that is under way. The clock becomes what the environment variable
        ``AIOSOUNDDEVICE_VIRTUAL_CLOCK`` says (``realtime``, ``manual``, ``auto`` or a speed like
        ``10x``), or real time. The library stays initialised if it was.
        """
        done(self._lib.virtualcard_reset(), _in_callback("reset"))

    @property
    def clock(self) -> str:
        """``"realtime"``, a speed like ``"10x"``, ``"manual"`` or ``"auto"``."""
        speed = ffi.new("double *")
        clock = self._lib.virtualcard_clock(speed)
        if clock == REALTIME and speed[0] != 1:
            return f"{speed[0]:g}x"
        return next(name for name, number in _CLOCKS.items() if number == clock)

    def set_clock(self, clock: str | float) -> None:
        """Choose what moves the card's time; streams go on.

        Parameters
        ----------
        clock : str or float
            ``"realtime"``: the system's monotonic clock. A number, or a string like ``"10x"``: so
            many times faster. ``"manual"``: `advance`, and calls that block. ``"auto"``: as manual,
            and whenever all tasks wait for the card.
        """
        number, speed = _parse(clock)
        hook = ffi.NULL
        handshake = importlib.import_module("aiosounddevice.virtual.handshake")
        handshake.enable(number != REALTIME)
        if number == AUTO:
            hook = ffi.cast("int (*)(void)", handshake.idle_hook())
        self._lib.virtualcard_set_idle_hook(hook)
        done(self._lib.virtualcard_set_clock(number, speed), _in_callback("set_clock"))

    def advance(self, frames: int, samplerate: float = 48000) -> None:
        """Run what is due in the next frames, in this thread; for the manual clock.

        Callbacks run one after the other in the order of their due times, at one instant outputs
        before duplex streams before inputs, including those due exactly at the end. So an input
        block is delivered when its last frame has passed, while an output stream's first block is
        asked for by ``advance(0)``. Waits for a callback that is under way in another thread.

        Parameters
        ----------
        frames : int
            0 or more.
        samplerate : float
            What a frame is: ``1 / samplerate`` seconds.

        Raises
        ------
        RuntimeError
            In real time, or inside a callback.
        """
        if frames < 0 or not samplerate > 0:
            raise ValueError(f"cannot advance by {frames!r} frames at {samplerate!r} Hz")
        done(
            self._lib.virtualcard_advance(frames, samplerate),
            _not_by_hand(),
        )

    def step(self, frame: int, samplerate: float = 48000) -> bool:
        """Run the next event that is due up to a frame, counted from reset; for the manual clock.

        Returns
        -------
        bool
            False when there was none left; it is then that frame.

        Raises
        ------
        RuntimeError
            As `advance`.
        """
        ran = self._lib.virtualcard_step(frame, samplerate)
        done(min(ran, 0), _not_by_hand())
        return bool(ran)

    async def advance_async(self, frames: int, samplerate: float = 48000) -> None:
        """`advance`, and let every task that it wakes run before going on; for the manual clock.

        Time moves event by event: after each callback the tasks it woke have their turn (once:
        until their next `await` that suspends them), in the calling task's event loop or in any
        other, so what they do is done at the right card time. Involves no clock and no sleep.

        Parameters
        ----------
        frames, samplerate
            As for `advance`.
        """
        handshake = importlib.import_module("aiosounddevice.virtual.handshake")
        await handshake.advance(self, frames, samplerate)

    @property
    def time(self) -> float:
        """Seconds since reset; what `Pa_GetStreamTime` gives."""
        return float(self._lib.virtualcard_time())

    @property
    def frame(self) -> int:
        """Frames of 1/48000 s that have passed since reset."""
        return self.frame_at(48000)

    def frame_at(self, samplerate: float) -> int:
        """Return how many frames of that rate have passed since reset."""
        return int(self._lib.virtualcard_frame(samplerate))

    @property
    def open_streams(self) -> int:
        """Streams that were opened and not closed."""
        return int(self._lib.virtualcard_open_streams())

    @property
    def late(self) -> int:
        """How often the card's own thread was more than a block late; this loses nothing."""
        return int(self._lib.virtualcard_late(ffi.NULL))

    @property
    def lateness(self) -> float:
        """The longest time that the card's own thread was late, in seconds."""
        seconds = ffi.new("double *")
        self._lib.virtualcard_late(seconds)
        return float(seconds[0])

    @property
    def lost_input(self) -> int:
        """Frames that were never delivered since reset, over all streams."""
        return int(self._lib.virtualcard_lost_input())

    @property
    def inserted_output(self) -> int:
        """Frames of silence that were put into output since reset, over all streams."""
        return int(self._lib.virtualcard_inserted_output())

    @property
    def calls(self) -> list[Call]:
        """The latest 65,536 calls of PortAudio's functions since reset, oldest first.

        ``thread_id`` is the operating system's, as `threading.get_native_id` gives it.
        """
        capacity = self._lib.virtualcard_calls(ffi.NULL, 0)
        records: Any = ffi.new("struct virtualcard_call[]", max(capacity, 1))
        count = self._lib.virtualcard_calls(records, capacity)
        names = (cast(bytes, ffi.string(record.name)) for record in records[0:count])
        return [Call(n.decode(), r.thread) for n, r in zip(names, records[0:count], strict=True)]

    @property
    def calls_total(self) -> int:
        """How many calls there were since reset or `clear_calls`, including forgotten ones."""
        return int(self._lib.virtualcard_calls_total())

    def clear_calls(self) -> None:
        """Forget the recorded calls."""
        self._lib.virtualcard_clear_calls()

    def slow(self, name: str, seconds: float) -> None:
        """Let each call of a function, like ``"Pa_OpenStream"``, sleep first; 0 ends it."""
        done(
            self._lib.virtualcard_slow(name.encode(), seconds),
            ValueError(f"no function {name!r} to slow down by {seconds!r} seconds"),
        )

    def fail(self, name: str, code: int, text: str = "", times: int = 1) -> None:
        """Let the next calls of a function fail without doing anything.

        Functions that return a pointer return NULL, those that return a time or load 0.

        Parameters
        ----------
        name : str
            Like ``"Pa_OpenStream"``.
        code : int
            A negative `PaErrorCode`.
        text : str
            The host's own message, for -9999 (`paUnanticipatedHostError`).
        times : int
            How many calls; -1 for all, 0 for no more.
        """
        done(
            self._lib.virtualcard_fail(name.encode(), code, text.encode(), times),
            ValueError(f"cannot let {name!r} fail {times!r} times with {code!r}"),
        )

    def lose(self, device: Device | int, at_frame: int, frames: int) -> None:
        """Plan an xrun of the host: frames that are not recorded, and silence that is played.

        It happens to every stream on the device, between two of its blocks, and is told by the
        overflow and underflow flags of the next one.

        Parameters
        ----------
        device : Device or int
        at_frame : int
            The card frame, at the stream's own rate, before or in whose block frames are lost; one
            that has passed, or -1: before the next block.
        frames : int
            How many are lost.
        """
        done(
            self._lib.virtualcard_lose(int(device.__index__()), at_frame, frames),
            ValueError(f"cannot lose {frames!r} frames at {at_frame!r} on device {device!r}"),
        )


def _not_by_hand() -> RuntimeError:
    return RuntimeError("only a card on the manual or auto clock, outside of callbacks, advances")


def _in_callback(name: str) -> RuntimeError:
    return RuntimeError(f"{name}() cannot be called inside a stream's callback")


def _parse(clock: str | float) -> tuple[int, float]:
    if isinstance(clock, str):
        if clock in _CLOCKS:
            return _CLOCKS[clock], 1.0
        speed = float(clock[:-1]) if re.fullmatch(r"\d+(\.\d+)?x", clock) else 0.0
    else:
        speed = float(clock)
    if not 0 < speed < float("inf"):
        raise ValueError(f"{clock!r} is no clock: {', '.join(_CLOCKS)}, or a speed like '10x'")
    return REALTIME, speed
