"""Knowing when every task that the card woke has had its turn.

The kernel counts armed waits and signals not yet acknowledged (`core/kernel/wake.h`). With that,
a card that is not on real time moves on only when somebody waits for it and nobody it woke is
still to run: what a test sees does not depend on how fast the machine is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core._kernel import lib

if TYPE_CHECKING:
    from .card import Card


def enable(on: bool) -> None:
    """Ask woken tasks to acknowledge their signals from now on, which costs them a loop turn."""
    lib.asd_handshake_enable(on)


def idle_hook() -> int:
    """Address of ``int hook(void)``: 1 while some task waits and none is about to run."""
    return int(lib.asd_handshake_idle_address())


def settled() -> bool:
    """Whether every woken task has had its turn."""
    return bool(lib.asd_handshake_pending() <= 0)


async def advance(card: Card, frames: int, samplerate: float) -> None:
    """See `Card.advance_async`."""
    from anyio.lowlevel import checkpoint

    end = card.frame_at(samplerate) + frames
    more = True
    while more:
        # One event at a time: what a task does now may change what happens next.
        more = card.step(end, samplerate)
        await checkpoint()
        while not settled():
            await checkpoint()
