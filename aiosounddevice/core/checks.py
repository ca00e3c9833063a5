"""Checks of arguments that concern the kernel and not PortAudio. They touch no device."""

from __future__ import annotations

import math
import operator
from typing import Any

OVERFLOW = ("drop_oldest", "drop_newest", "raise")
ON_LOST = ("raise", "reopen")


def check_frames(frames: object, name: str = "frames") -> int:
    """Return a positive number of frames as an int; TypeError or ValueError otherwise."""
    try:
        count = operator.index(frames)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {frames!r}") from None
    if count <= 0:
        raise ValueError(f"{name} must be positive, not {count}")
    return count


def check_buffer(seconds: object, name: str = "buffer", *, zero: bool = False) -> float:
    """Return a finite positive (or zero) length in seconds as a float."""
    try:
        length = float(seconds)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number of seconds, not {seconds!r}") from None
    if not math.isfinite(length) or length < 0 or (length == 0 and not zero):
        raise ValueError(f"{name} must be a positive number of seconds, not {seconds!r}")
    return length


def check_on_lost(policy: object) -> str:
    """Return the name of what a stream does when its device is lost."""
    if policy not in ON_LOST:
        names = " or ".join(repr(name) for name in ON_LOST)
        raise ValueError(f"on_lost must be {names}, not {policy!r}")
    assert isinstance(policy, str)
    return policy


def check_overflow(policy: object) -> str:
    """Return the name of an overflow policy of a stream."""
    if policy not in OVERFLOW:
        names = ", ".join(repr(name) for name in OVERFLOW)
        raise ValueError(f"overflow must be one of {names}, not {policy!r}")
    assert isinstance(policy, str)
    return policy


def channel_list(mapping: Any) -> list[Any]:
    """Return channel numbers as a list; a single number is a list of one."""
    try:
        return list(mapping)
    except TypeError:
        return [mapping]
