"""The command ``demo``."""

from __future__ import annotations

from typing import Annotated

import typer

from ..demo import demo
from . import card, options
from .errors import usage
from .running import run


def command(
    seconds: Annotated[float, typer.Option("--seconds", help="Length, 0.5 to 3600.")] = 5.0,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where the recording goes.")
    ] = "demo.wav",
    device: options.Device = None,
    virtual: options.Virtual = False,
) -> int:
    """Play a melody and record it at the same time; account for every frame.

    The exit code is 0 if no frame was lost. Without a sound card the virtual one is taken.
    """
    if not 0.5 <= seconds <= 3600:
        raise usage("--seconds must be between 0.5 and 3600")
    card.choose(virtual)
    return run(demo, seconds, output, device, virtual)
