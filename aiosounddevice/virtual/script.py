"""Faults as a script: clauses between semicolons or on lines of their own.

::

    at frame 48000 lose 512 frames
    at 2.5 s lose 100 frames on microphone
    at frame 9600 flag output underflow
    at 3 s die                          # finished callbacks come at once
    at 3 s die silently on headset      # no callback, and closing hangs
    at 1 s stall for 200 ms
    at 500 ms unplug
    vary blocks 64, 128, 100
    fail Pa_OpenStream with -9985
    fail Pa_StartStream with -9999 saying "no such card" always
    hang Pa_CloseStream 1 times
    slow Pa_OpenStream by 300 ms

Times and frames are counted from the card's reset; frames at the stream's own rate where they are
lost or flagged, else at 48000 Hz. ``on`` names a kind of device or a part of its name; without it
all devices are meant. What stands behind ``#`` is a remark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .card import Card
    from .devices import Device

Found = re.Match[str]

_CLAUSE = re.compile(
    r"(?:at (?:frame (?P<frame>\d+)|(?P<time>\d+(?:\.\d+)?) ?(?P<unit>ms|s)) )?"
    r"(?P<verb>[a-z]+)(?P<rest>.*?)(?: on (?P<device>[^\"]+))?"
)
_TIME = r"(\d+(?:\.\d+)?) ?(ms|s)"
_FUNCTION = r"(Pa_\w+)"


def _length(number: str, unit: str) -> float:
    return float(number) / (1000 if unit == "ms" else 1)


@dataclass(frozen=True)
class _When:
    """Card frame or seconds; both None: now."""

    frame: int | None = None
    seconds: float | None = None

    @property
    def time(self) -> float | None:
        return self.frame / 48000 if self.frame is not None else self.seconds


OnDevice = Callable[["Card", "Device", _When, Found], object]
OnCard = Callable[["Card", Found], object]


def _lose(card: Card, device: Device, when: _When, found: Found) -> None:
    frames = int(found[1])
    if when.seconds is not None:
        card.lose_at(device, when.seconds, frames)
    else:
        card.lose(device, -1 if when.frame is None else when.frame, frames)


def _flag(card: Card, device: Device, when: _When, found: Found) -> None:
    if when.seconds is not None:
        raise ValueError("a flag is placed 'at frame ...'")
    names = re.split(r"\s*,\s*", found[1])
    card.flag(device, -1 if when.frame is None else when.frame, *names)


def _stall(card: Card, device: Device, when: _When, found: Found) -> None:
    card.stall(device, at=when.time, length=_length(found[1], found[2]) if found[1] else None)


def _fail(card: Card, found: Found) -> None:
    times = -1 if found[4] else int(found[5] or 1)
    card.fail(found[1], int(found[2]), found[3] or "", times)


_ON_DEVICES: dict[str, tuple[str, OnDevice]] = {
    "lose": (r" (\d+) frames?", _lose),
    "flag": (r" ((?:in|out)put \w+(?:, (?:in|out)put \w+)*)", _flag),
    "die": (
        r"( silently)?",
        lambda card, device, when, found: card.die(device, at=when.time, finished=not found[1]),
    ),
    "unplug": (
        r"( silently)?",
        lambda card, device, when, found: card.unplug(device, at=when.time, finished=not found[1]),
    ),
    "stall": (rf"(?: for {_TIME})?", _stall),
    "vary": (
        r" blocks (\d+(?:, ?\d+)*)",
        lambda card, device, when, found: card.vary_blocks(
            device, [int(size) for size in found[1].split(",")]
        ),
    ),
}
_ON_CARD: dict[str, tuple[str, OnCard]] = {
    "fail": (rf' {_FUNCTION} with (-\d+)(?: saying "(.*)")?(?:( always)| (\d+) times)?', _fail),
    "hang": (
        rf" {_FUNCTION}(?: (\d+) times)?",
        lambda card, found: card.hang(found[1], int(found[2] or -1)),
    ),
    "slow": (
        rf" {_FUNCTION} by {_TIME}",
        lambda card, found: card.slow(found[1], _length(found[2], found[3])),
    ),
}
_TIMELESS = {"vary", *_ON_CARD}


class Script:
    """A script, understood.

    Parameters
    ----------
    text : str
        See the module.

    Raises
    ------
    ValueError
        If a clause cannot be understood; names it.
    """

    def __init__(self, text: str) -> None:
        lines = (line.split("#")[0] for line in text.splitlines())
        clauses = (" ".join(clause.split()) for line in lines for clause in line.split(";"))
        self._steps = [_understand(clause) for clause in clauses if clause]

    def apply(self, card: Card, devices: Iterable[Device]) -> None:
        """Tell the card; "all devices" are those given."""
        there = tuple(devices)
        for step in self._steps:
            step(card, there)


Step = Callable[["Card", tuple["Device", ...]], None]


def _understand(clause: str) -> Step:
    found = _CLAUSE.fullmatch(clause)
    verb = found["verb"] if found else ""
    if found is None or verb not in {**_ON_DEVICES, **_ON_CARD}:
        raise ValueError(f"{clause!r} is no fault that the virtual card knows")
    rest = found["rest"]
    timed = found["frame"] is not None or found["time"] is not None
    if verb in _TIMELESS and timed:
        raise ValueError(f"{clause!r}: {verb!r} is from now on, it takes no time")
    if verb in _ON_CARD:
        pattern, on_card = _ON_CARD[verb]
        details = re.fullmatch(pattern, rest)
        if details is None or found["device"]:
            raise ValueError(f"{clause!r}: cannot understand what follows {verb!r}")
        return partial(_do_on_card, on_card, details)
    pattern, on_device = _ON_DEVICES[verb]
    details = re.fullmatch(pattern, rest)
    if details is None:
        raise ValueError(f"{clause!r}: cannot understand what follows {verb!r}")
    when = _When(
        int(found["frame"]) if found["frame"] else None,
        _length(found["time"], found["unit"]) if found["time"] else None,
    )
    return partial(_do_on_devices, on_device, when, details, found["device"])


def _do_on_card(action: OnCard, details: Found, card: Card, _: tuple[Device, ...]) -> None:
    action(card, details)


def _do_on_devices(
    action: OnDevice,
    when: _When,
    details: Found,
    name: str | None,
    card: Card,
    devices: tuple[Device, ...],
) -> None:
    chosen = [device for device in devices if _named(device, name)]
    if not chosen:
        raise LookupError(f"the virtual card has no device {name or 'at all'!r}")
    for device in chosen:
        action(card, device, when, details)


def _named(device: Device, name: str | None) -> bool:
    if name is None:
        return True
    kinds = [kind.__name__.lower() for kind in type(device).__mro__]
    return name.lower() in kinds or name.lower() in device.name.lower()
