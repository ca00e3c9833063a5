"""Options that several commands have, as types for their signatures."""

from __future__ import annotations

from typing import Annotated, Any

import typer

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
Latency = Annotated[
    str | None, typer.Option("--latency", help="'low', 'high' or seconds; by default 'high'.")
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
    """Return the pair of input and output device from --device, --input-device, --output-device."""
    return device(given if given is not None else both), device(taken or both)
