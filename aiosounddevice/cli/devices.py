"""The command ``devices``."""

from __future__ import annotations

from ..aio.devices import query_devices
from . import card, options
from .console import say, stdout
from .running import run


def command(virtual: options.Virtual = False) -> int:
    """List the devices; '>' marks the default input, '<' the default output, '*' both."""
    card.choose(virtual)
    return run(_list)


async def _list() -> None:
    say(stdout(), repr(await query_devices()) or "no sound devices; try --virtual")
