"""A device that is away for a while, on a card that moves only when told to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio

from aiosounddevice.virtual import Card

from .helpers import LONG, RATE, settle

OPTIONS: dict[str, Any] = {
    "samplerate": RATE,
    "blocksize": 64,
    "latency": 0.0,
    "channels": 1,
    "on_lost": "reopen",
}


async def until(condition: Callable[[], object]) -> None:
    with anyio.fail_after(LONG):
        while not condition():  # noqa: ASYNC110 - another thread sees to it
            await anyio.sleep(0.0005)


def attempts(card: Card) -> int:
    return [call.name for call in card.calls].count("Pa_GetDeviceCount")


async def trying(card: Card) -> None:
    """Until the device was looked for in vain."""
    before = attempts(card)
    await until(lambda: attempts(card) > before + 2)


async def away(card: Card, device: Any, frames: int, *, silent: Any = None) -> None:
    """Let a device be away for that long, on a card that moves only here.

    ``silent=stream``: without a word from the host, until the watchdog finds out about it.
    """
    card.die(device, finished=silent is None)
    if silent is not None:
        silent._core.lose(2.0)
    await card.advance_async(0)
    await trying(card)
    await card.advance_async(frames)
    card.release()
    card.plug(device)


async def mended(stream: Any) -> None:
    await until(lambda: stream.active)
    await settle()
