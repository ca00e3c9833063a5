"""Knowing when every task that the card woke has had its turn.

The kernel counts armed waits and signals not yet acknowledged (`core/kernel/wake.h`). With that,
a card that is not on real time moves on only when somebody waits for it and nobody it woke is
still to run: what a test sees does not depend on how fast the machine is.
"""

from __future__ import annotations

from ..core._kernel import lib


def enable(on: bool) -> None:
    """Keep the counts; only while no stream is open."""
    lib.asd_handshake_enable(on)


def idle_hook() -> int:
    """Address of ``int hook(void)``: 1 while some task waits and none is about to run."""
    return int(lib.asd_handshake_idle_address())


def settled() -> bool:
    """Whether every woken task has had its turn."""
    return bool(lib.asd_handshake_pending() <= 0)
