"""The command ``devices``."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.text import Text

from ..aio.devices import query_devices
from ..core.devices import DeviceList
from . import card, options
from .console import say, stdout
from .running import run
from .snapshot import described

NONE = "no sound devices: 'aiosounddevice doctor' says why; --virtual has a virtual card"


def command(
    as_json: Annotated[
        bool, typer.Option("--json", help="As JSON, with everything that is known of them.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and list them again when they change.")
    ] = False,
    interval: Annotated[
        float, typer.Option("--interval", metavar="S", help="Seconds between looks of --watch.")
    ] = 2.0,
    virtual: options.Virtual = False,
) -> int:
    """List the devices; '>' marks the default input, '<' the default output, '*' both.

    With --watch and --virtual a headset is plugged in and out, to have something to watch.
    """
    options.seconds(interval, "--interval")
    card.choose(virtual)
    if not watch:
        return run(_list, as_json)
    from .watching import watching

    return run(watching, interval, as_json, virtual, endless=True)


async def _list(as_json: bool) -> None:
    console = stdout()
    found = await query_devices()
    say(console, as_line(found) if as_json else table(found))


def as_line(found: DeviceList) -> str:
    """Return devices as JSON."""
    data: list[dict[str, Any]] = described(found)
    return json.dumps(data, ensure_ascii=False)


def table(found: DeviceList) -> Text:
    """Return the list as text, with the default devices in bold."""
    lines = repr(found).splitlines() or [NONE]
    return Text("\n").join(
        Text(line, style="" if line.startswith(" ") or not found else "bold") for line in lines
    )
