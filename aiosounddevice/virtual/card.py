"""The virtual sound card's front panel."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar, cast

from ._interface import AUTO, MANUAL, REALTIME, done, ffi, library_path, load
from .devices import Device, Loopback, Microphone, Speaker
from .faults import Faults, seconds
from .script import Script

_CLOCKS = {"realtime": REALTIME, "manual": MANUAL, "auto": AUTO}


class Call(NamedTuple):
    """A call of a PortAudio function, as the card recorded it."""

    name: str
    """Name of the function, like ``"Pa_OpenStream"``."""
    thread_id: int
    """The operating system's number of the thread, as `threading.get_native_id` gives it."""


_table: dict[int, Device] = {}
"""Handles of the devices that the one card of this process has, by their places in its table."""

_DeviceT = TypeVar("_DeviceT", bound=Device)


class Card(Faults):
    """Drives the card that this process has loaded; all instances drive the same one.

    Every method and property may be used from any thread, and releases the GIL while it waits. In a
    stream's callback `reset`, `define`, `advance` and `set_clock` are refused.

    Parameters
    ----------
    devices : iterable of Device, optional
        As for `define`. By default it keeps those that it has: at first an 8-channel loopback,
        which is the default device, a 2-channel microphone and a 2-channel speaker.
    """

    def __init__(self, devices: Iterable[Device] | None = None) -> None:
        self._lib = load()
        if devices is not None:
            self.define(devices)
        elif not _table:  # first use of the card as it was loaded
            self._attach(_defaults())

    def __repr__(self) -> str:
        return f"<Card {self.clock} {self.time:.6f} s, {self.open_streams} streams>"

    def define(self, devices: Iterable[Device] | None) -> None:
        """Give the card other devices, for good: also after a reset.

        Lets go of the library, as PortAudio's lists do not change while it is initialised. Other
        users of it in this process find it terminated.

        Parameters
        ----------
        devices : iterable of Device
            Up to 64, in the order in which PortAudio lists them; grouped by host API. None: those
            that the card has at first.

        Raises
        ------
        AudioError
            If streams of this package are open.
        ValueError
            If the card cannot have such devices: without channels, or too many sample rates.
        """
        chosen = list(devices) if devices is not None else None
        _let_go()
        if chosen is None:
            code = self._lib.virtualcard_define(ffi.NULL, 0)
            chosen = _defaults()
        else:
            structs = [device.struct() for device in chosen]
            array = ffi.new("struct virtualcard_device[]", [struct[0] for struct, _ in structs])
            code = self._lib.virtualcard_define(array, len(chosen))
        done(code, ValueError(f"the card cannot have these devices: {chosen}"))
        self._attach(chosen)

    def _attach(self, devices: list[Device]) -> None:
        _table.clear()
        for place, device in enumerate(devices):
            _table[place] = device
            device.attach(self._lib, place)

    @property
    def devices(self) -> tuple[Device, ...]:
        """What is there now; PortAudio lists what was there when it was initialised."""
        return tuple(device for _, device in sorted(_table.items()) if device.plugged)

    @property
    def loopback(self) -> Loopback:
        """The first `Loopback` of the devices."""
        return self._first(Loopback)

    @property
    def microphone(self) -> Microphone:
        """The first `Microphone` of the devices."""
        return self._first(Microphone)

    @property
    def speaker(self) -> Speaker:
        """The first `Speaker` of the devices."""
        return self._first(Speaker)

    def _first(self, kind: type[_DeviceT]) -> _DeviceT:
        for _, device in sorted(_table.items()):
            if isinstance(device, kind):
                return device
        raise LookupError(f"this card has no {kind.__name__}")

    def plug(self, device: Device) -> None:
        """Plug in a new device, or one that was unplugged or died.

        Programs find it once they initialise PortAudio again. A new one is
        gone after a reset. Streams that had been opened before it went stay dead.
        """
        place = device.place
        if place is not None and _table.get(place) is device:
            done(self._lib.virtualcard_plug(place), ValueError(f"cannot plug in {device!r}"))
            return
        struct, alive = device.struct()
        place = self._lib.virtualcard_plug_in(struct)
        del alive
        done(place, ValueError(f"cannot plug in {device!r}"))
        _table[place] = device
        device.attach(self._lib, place)

    def unplug(
        self, device: Device | int, *, at: float | None = None, finished: bool = True
    ) -> None:
        """Take a device out. PortAudio goes on to list it until it is initialised again.

        Its streams die, and opening it fails with -9985 (`paDeviceUnavailable`).

        Parameters
        ----------
        device : Device or int
        at : float
            Seconds after reset. By default now.
        finished : bool
            As for `die`.
        """
        done(
            self._lib.virtualcard_unplug(self._place(device), seconds(at), not finished),
            ValueError(f"there is no device {device!r} to unplug"),
        )

    def set_default(self, device: Device | int, kind: str | None = None) -> None:
        """Make a device its host API's default one, from the next initialisation on.

        Parameters
        ----------
        device : Device or int
        kind : str
            ``"input"`` or ``"output"``; by default those that it has.
        """
        place = self._place(device)
        handle = _table.get(place)
        both = (bool(handle and handle.channels[0]), bool(handle and handle.channels[1]))
        wanted = {None: both, "input": (True, False), "output": (False, True)}.get(kind)
        if wanted is None:
            raise ValueError(f"{kind!r} is neither 'input' nor 'output'")
        done(
            self._lib.virtualcard_default(place, *wanted),
            ValueError(f"{device!r} cannot be the default {kind or 'device'}"),
        )

    def script(self, text: str) -> None:
        """Plan faults by a script, like ``"at frame 48000 lose 512 frames; at 3 s die"``.

        See `aiosounddevice.virtual.script`.
        """
        Script(text).apply(self, self.devices)

    def reset(self) -> None:
        """Forget all streams and settings, and set the time to 0.

        Streams end at once, without a finished callback; their pointers are bad ones from now on.
        Waits for a callback that is under way. The clock becomes what the environment variable
        ``AIOSOUNDDEVICE_VIRTUAL_CLOCK`` says (``realtime``, ``manual``, ``auto`` or a speed like
        ``10x``), or real time. Devices that were defined are plugged in and alive, others gone.
        The library stays initialised if it was.
        """
        done(self._lib.virtualcard_reset(), _in_callback("reset"))
        for device in _table.values():
            device.forget()

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


def _defaults() -> list[Device]:
    """Those that the library has when it is loaded."""
    return [Loopback(), Microphone(), Speaker()]


def _let_go() -> None:
    """Terminate the card if this package has it initialised."""
    library = sys.modules.get("aiosounddevice.core.library")
    current = library.current() if library is not None else None
    if library is not None and current is not None and current.virtual:
        library.use(library_path())


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
