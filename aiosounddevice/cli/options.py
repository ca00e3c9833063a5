"""Options that several commands have, as types for their signatures."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer

from .errors import usage

_DEVICE = "Number or part of the name."

Device = Annotated[str | None, typer.Option("--device", "-d", help=_DEVICE)]
InputDevice = Annotated[
    str | None, typer.Option("--input-device", "-i", metavar="DEVICE", help=_DEVICE)
]
OutputDevice = Annotated[
    str | None, typer.Option("--output-device", "-o", metavar="DEVICE", help=_DEVICE)
]
Channels = Annotated[
    int | None, typer.Option("--channels", "-c", min=1, help="How many; by default all, up to 2.")
]
Samplerate = Annotated[
    float | None,
    typer.Option("--samplerate", "-r", min=1, help="Frames per second; by default the device's."),
]
Blocksize = Annotated[
    int | None,
    typer.Option("--blocksize", "-b", min=0, help="Frames; 0, the default: as the host likes."),
]
Latency = Annotated[
    str | None, typer.Option("--latency", help="'low', 'high' or seconds; by default 'high'.")
]
Seconds = Annotated[
    float | None,
    typer.Option("--seconds", "-s", metavar="S", help="End after that; by default never."),
]
Virtual = Annotated[
    bool, typer.Option("--virtual", help="Use the virtual sound card, not hardware.")
]
VirtualDelay = Annotated[
    int,
    typer.Option(
        "--virtual-delay", metavar="FRAMES", min=0, help="Delay of the virtual card's loopback."
    ),
]


def device(text: str | None) -> Any:
    """Return a device as the API takes it: a number where it is one."""
    return int(text) if text is not None and text.isdecimal() else text


def devices(both: str | None, given: str | None, taken: str | None) -> tuple[Any, Any]:
    """Return the pair that --device, --input-device and --output-device ask for."""
    return device(both if given is None else given), device(both if taken is None else taken)


def latency(text: str | None) -> Any:
    """Return a latency as the API takes it."""
    if text is None or text in ("low", "high"):
        return text
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 60:
        raise usage(f"--latency must be 'low', 'high' or seconds, not {text!r}")
    return value


def seconds(value: float | None, name: str = "--seconds") -> float | None:
    """Check an option that is a time."""
    if value is not None and not 0 < value < math.inf:
        raise usage(f"{name} must be a positive number, not {value:g}")
    return value
