"""Places in time, as people write and read them: 75, 1:15, 1:02:03.5."""

from __future__ import annotations

import re

from .errors import usage


def parse(text: str | None, name: str) -> float | None:
    """Return the seconds that an option says: ``90``, ``1:30`` or ``1:02:03.5``."""
    if text is None:
        return None
    if not re.fullmatch(r"(\d+:)?(\d+:)?\d+(\.\d*)?", text):
        raise usage(f"{name} must be seconds, or m:ss, or h:mm:ss, not {text!r}")
    seconds = 0.0
    for part in text.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


def clock(seconds: float, *, tenths: bool = True) -> str:
    """Return a place in time for reading: ``1:05.2``, ``1:02:03.5``."""
    units = int(seconds * 10 + 1e-6) if tenths else int(seconds + 1e-6) * 10
    whole, tenth = divmod(units, 10)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"{text}.{tenth}" if tenths else text
