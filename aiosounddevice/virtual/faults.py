"""What the card can be told to do wrong."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._interface import done, ffi

if TYPE_CHECKING:
    from .devices import Device


def seconds(at: float | None) -> float:
    """Make the card's number of a time: -1 means now."""
    if at is not None and not 0 <= at < float("inf"):
        raise ValueError(f"{at!r} is no time in seconds after reset")
    return -1.0 if at is None else float(at)


_FLAGS = {
    "input underflow": 1,
    "input overflow": 2,
    "output underflow": 4,
    "output overflow": 8,
}


class Hang:
    """A function whose calls do not return; as a context manager until the block's end."""

    def __init__(self, faults: Faults, name: str) -> None:
        self._faults, self._name = faults, name

    def __enter__(self) -> Hang:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    @property
    def callers(self) -> int:
        """How many calls hang now."""
        return self._faults.hanging(self._name)

    def release(self) -> None:
        """Let them go on, and hang no more."""
        self._faults.release(self._name)


class Faults:
    """Faults on demand; part of `Card`.

    A reset ends them all. Where a device is asked for, its handle is meant or PortAudio's index.
    """

    _lib: Any

    def _place(self, device: Device | int) -> int:
        """Place in the card's table; -1, which every control refuses, if it has none."""
        place: int | None = getattr(device, "place", None)
        if place is None:
            place = self._lib.virtualcard_place(int(device.__index__()))
        return place

    # ---- calls

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

    def hang(self, name: str, times: int = -1) -> Hang:
        """Let the next calls of a function not return until they are released.

        Once released they do what they are there for, as a driver that comes round at last.
        After a reset they return -9987 (`paTimedOut`) instead and do nothing.

        Parameters
        ----------
        name : str
            Like ``"Pa_CloseStream"``.
        times : int
            How many calls; -1 for all until `release`.

        Returns
        -------
        Hang
            To release them, by its method or at the end of a ``with`` block.
        """
        done(
            self._lib.virtualcard_hang(name.encode(), times),
            ValueError(f"no function {name!r} to hang {times!r} times"),
        )
        return Hang(self, name)

    def release(self, name: str | None = None) -> None:
        """Let calls go on that hang: of one function, or all, also those on dead devices."""
        function = ffi.NULL if name is None else name.encode()
        done(self._lib.virtualcard_release(function), ValueError(f"no function {name!r}"))

    def hanging(self, name: str | None = None) -> int:
        """Return how many calls hang because of `hang`: of one function, or in all."""
        function = ffi.NULL if name is None else name.encode()
        count = int(self._lib.virtualcard_hanging(function))
        done(count, ValueError(f"no function {name!r}"))
        return count

    # ---- xruns

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
            self._lib.virtualcard_lose(self._place(device), at_frame, frames),
            ValueError(f"cannot lose {frames!r} frames at {at_frame!r} on device {device!r}"),
        )

    def lose_at(self, device: Device | int, at: float, frames: int) -> None:
        """Plan an xrun by time: as `lose`, `at` seconds after reset."""
        done(
            self._lib.virtualcard_lose_at(self._place(device), at, frames),
            ValueError(f"cannot lose {frames!r} frames at {at!r} s on device {device!r}"),
        )

    def flag(self, device: Device | int, at_frame: int, *names: str) -> None:
        """Plan flags that a callback gets though nothing is lost, as hosts give them at times.

        Parameters
        ----------
        device : Device or int
        at_frame : int
            As for `lose`.
        *names : str
            ``"input underflow"``, ``"input overflow"``, ``"output underflow"``,
            ``"output overflow"``. Those of a direction that a stream has not are not given to it.
        """
        bits = sum({_FLAGS.get(name, 1 << 20) for name in names})
        done(
            self._lib.virtualcard_flag(self._place(device), at_frame, bits),
            ValueError(f"cannot give the flags {names!r} at {at_frame!r} on device {device!r}"),
        )

    # ---- devices

    def die(self, device: Device | int, *, at: float | None = None, finished: bool = True) -> None:
        """Let a device die: it stays in PortAudio's lists, and nothing works on it any more.

        Parameters
        ----------
        device : Device or int
        at : float
            Seconds after reset; blocks that are due by then are still run. By default now.
        finished : bool
            True, as when a PulseAudio server goes: each stream on it that runs gets its finished
            callback at that moment, is not active then, and can be stopped and closed. Opening
            fails with -9985 (`paDeviceUnavailable`), blocking reads and writes with -9999.
            False, as when a JACK server goes: callbacks cease and nobody is told. Streams stay
            active; stop, abort, close, read and write on them hang until `release` or `reset`.
            Opening fails with -9992 (`paInsufficientMemory`).

        See Also
        --------
        Card.plug : brings it back; streams that it took along stay dead.
        """
        done(
            self._lib.virtualcard_die(self._place(device), seconds(at), not finished),
            ValueError(f"there is no device {device!r} to die"),
        )

    def stall(
        self, device: Device | int, *, at: float | None = None, length: float | None = None
    ) -> None:
        """Stop a device's clock: no callbacks for a while, then on as if nothing had happened.

        Nothing is lost and no flag is raised. The time of the card (`Card.time`, the streams' time)
        goes on, so callbacks' times jump.

        Parameters
        ----------
        device : Device or int
        at : float
            Seconds after reset; not before the end of an earlier stall. By default now.
        length : float
            Seconds; by default until `resume`.
        """
        done(
            self._lib.virtualcard_stall(self._place(device), seconds(at), seconds(length)),
            ValueError(f"cannot stall {device!r} at {at!r} for {length!r} s"),
        )

    def resume(self, device: Device | int) -> None:
        """Let a stalled device's clock go on."""
        done(
            self._lib.virtualcard_resume(self._place(device)),
            ValueError(f"{device!r} is not stalled"),
        )

    def vary_blocks(self, device: Device | int, sizes: Sequence[int]) -> None:
        """Give blocks of these sizes, in turn and over again, as some hosts do.

        To callback streams that are opened from now on with ``blocksize=0``; where a block size
        is asked for, PortAudio keeps to it. Latencies are those of the largest.

        Parameters
        ----------
        device : Device or int
            For duplex streams the input device counts.
        sizes : sequence of int
            Frames; up to 64 of them, none to end it.
        """
        numbers = ffi.new("int64_t[]", list(sizes))
        done(
            self._lib.virtualcard_vary(self._place(device), numbers, len(numbers)),
            ValueError(f"cannot give {device!r} blocks of {list(sizes)!r} frames"),
        )

    def lose_when_late(self, on: bool = True) -> None:
        """Let the lateness of the card's own thread cost frames, as a slow callback's does.

        Off at first, because a busy machine would fail tests that are right. Real time only.
        """
        self._lib.virtualcard_lateness_loses(on)
