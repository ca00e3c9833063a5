"""Find a device by number or by parts of its name. Pure functions, no PortAudio."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import NamedTuple

from .errors import DeviceNotFound, DeviceQueryFailed


class Candidate(NamedTuple):
    """A device as far as the search is concerned; its number is its place in the list."""

    name: str
    hostapi: str
    inputs: int
    outputs: int

    def has(self, kind: str | None) -> bool:
        """Return whether it does a direction, 'input' or 'output'; None: whichever."""
        return {"input": self.inputs, "output": self.outputs}.get(kind or "", 1) > 0


def find(device: object, kind: str | None, devices: Sequence[Candidate]) -> int:
    """Return a device's number.

    Parameters
    ----------
    device : int or str
        Its number, or parts of its name: separated by spaces, in their order, upper or lower
        case. The name of the host API counts as the last part of every device's name. A device
        whose whole name, with ", " and host API or without, is the string is preferred.
    kind : {'input', 'output', None}
        Which devices a string may find. A number is taken as it is.
    devices : sequence of Candidate
        All devices, in PortAudio's order.

    Raises
    ------
    DeviceNotFound
        If no device fits, several do, or there is no such number (then also `PortAudioError`).
    TypeError
        If `device` is neither a string nor an integer.
    """
    if isinstance(device, str):
        return _by_name(device, kind, devices)
    try:
        number = operator.index(device)  # type: ignore[arg-type]
    except TypeError:
        kinds = "a number or part of a name"
        raise TypeError(f"a device is {kinds}, not {type(device).__name__}") from None
    if not 0 <= number < len(devices):
        raise DeviceQueryFailed(
            f"Error querying device {number}",
            explanation=_why_not(number, kind, devices),
            device=number,
        )
    return number


def matches(query: str, name: str) -> bool:
    """Return whether all parts of a query are in a name, one after the other."""
    position = 0
    for part in query.lower().split():
        position = name.lower().find(part, position)
        if position < 0:
            return False
        position += len(part)
    return True


def full_name(candidate: Candidate) -> str:
    """Return what a query is compared with."""
    return f"{candidate.name}, {candidate.hostapi}"


def _by_name(query: str, kind: str | None, devices: Sequence[Candidate]) -> int:
    fitting = [
        number
        for number, candidate in enumerate(devices)
        if candidate.has(kind) and matches(query, full_name(candidate))
    ]
    if len(fitting) == 1:
        return fitting[0]
    which = kind or "input/output"
    if not fitting:
        raise DeviceNotFound(
            f"No {which} device matching {query!r}",
            explanation=_other_direction(query, kind, devices) or _listing(kind, devices),
        )
    exact = [
        number
        for number in fitting
        if query.lower() in (devices[number].name.lower(), full_name(devices[number]).lower())
    ]
    if len(exact) == 1:
        return exact[0]
    lines = "".join(f"\n[{number}] {full_name(devices[number])}" for number in fitting)
    raise DeviceNotFound(f"Multiple {which} devices found for {query!r}:{lines}")


def _other_direction(query: str, kind: str | None, devices: Sequence[Candidate]) -> str:
    """Say so if the name is right and the direction is not."""
    if kind is None:
        return ""
    lines = [
        f"'{candidate.name}' (device {number}) has {candidate.inputs} in, {candidate.outputs} out"
        for number, candidate in enumerate(devices)
        if matches(query, full_name(candidate))
    ]
    return "\n".join(lines)


def _listing(kind: str | None, devices: Sequence[Candidate]) -> str:
    fitting = [
        f"  [{number}] {full_name(candidate)}"
        for number, candidate in enumerate(devices)
        if candidate.has(kind)
    ]
    return "\n".join([f"{_seen(kind, devices)}{':' if fitting else '.'}", *fitting])


def _seen(kind: str | None, devices: Sequence[Candidate]) -> str:
    count = len(devices)
    text = f"{count} device{'' if count == 1 else 's'} seen"
    if kind is None:
        return text
    return f"{text}, {sum(candidate.has(kind) for candidate in devices)} with {kind}s"


def _why_not(number: int, kind: str | None, devices: Sequence[Candidate]) -> str:
    if number < 0:
        return f"No default {kind or 'input/output'}: {_seen(kind, devices)}."
    if not devices:
        return f"{_seen(kind, devices)}."
    return f"{_seen(kind, devices)}; numbers go from 0 to {len(devices) - 1}."
