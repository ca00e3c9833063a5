"""A virtual sound card: PortAudio's interface, and no hardware behind it.

`use` makes this process play and record on it. Programs that know nothing of this package run on it
too, in real time, when the directory of `library_path` comes first in their library search path.
"""

from __future__ import annotations

from collections.abc import Iterable

from ._interface import library_path
from .card import Call, Card
from .devices import Device, Headset, Loopback, Microphone, Speaker
from .faults import Hang

__all__ = [
    "Call",
    "Card",
    "Device",
    "Hang",
    "Headset",
    "Loopback",
    "Microphone",
    "Speaker",
    "library_path",
    "use",
]


def use(clock: str | float = "realtime", devices: Iterable[Device] | None = None) -> Card:
    """Play and record on the virtual card from now on, fresh from a reset.

    Waits for the present library to be terminated.

    Parameters
    ----------
    clock : str or float
        As for `Card.set_clock`.
    devices : iterable of Device
        As for `Card.define`; by default those that the card has at first.

    Returns
    -------
    Card
        To drive the card with.

    Raises
    ------
    AudioError
        If streams are open on the library in use.
    FileNotFoundError
        If the package was built without the card.
    """
    from ..core import library

    library.use(library_path())
    card = Card()
    card.define(devices)
    card.reset()
    card.set_clock(clock)
    return card
