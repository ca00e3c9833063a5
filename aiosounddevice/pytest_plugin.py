"""pytest plugin: a virtual sound card for the tests of programs that play and record.

Installed with the package. It is imported whenever pytest starts, so it imports nothing itself
until a fixture is asked for. Its fixtures are synchronous and thus work with pytest-asyncio,
anyio's plugin and pytest-trio, and without any.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .virtual import Card

_PATIENCE = 30.0
_MARKERS = (
    "virtual_devices(*devices): devices of the virtual sound card for this test "
    "(aiosounddevice.virtual.Microphone, Speaker, Headset, Loopback)",
    "virtual_faults(script): what the virtual sound card does wrong in this test, like "
    "'at frame 48000 lose 512 frames; at 3 s die' (aiosounddevice.virtual.script)",
)


def pytest_configure(config: pytest.Config) -> None:
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture
def virtual_card(request: pytest.FixtureRequest) -> Iterator[Card]:
    """A virtual sound card, in place of all others, whose time moves while tasks wait for it.

    Minutes of sound take milliseconds, and the same happens each time. The time is 0 at first. A
    test that leaves streams open fails.
    """
    yield from _cards(request, "auto")


@pytest.fixture
def virtual_card_manual(request: pytest.FixtureRequest) -> Iterator[Card]:
    """A virtual sound card whose time moves when the test calls `advance` or `advance_async`."""
    yield from _cards(request, "manual")


@pytest.fixture
def virtual_card_realtime(request: pytest.FixtureRequest) -> Iterator[Card]:
    """A virtual sound card as fast as hardware: for what depends on real time."""
    yield from _cards(request, "realtime")


def _cards(request: pytest.FixtureRequest, clock: str) -> Iterator[Card]:
    from . import virtual
    from .virtual.script import Script

    chosen = request.node.get_closest_marker("virtual_devices")
    # Those of a class or module come first.
    faults = list(request.node.iter_markers("virtual_faults"))[::-1]
    scripts = [Script(text) for mark in faults for text in mark.args]
    card = virtual.use(clock, chosen.args if chosen is not None else None)
    for script in scripts:
        script.apply(card, card.devices)
    try:
        yield card
    finally:
        left = _put_away(card)
    if left:
        pytest.fail(f"the test left {left} stream(s) open on the virtual sound card")


def _put_away(card: Card) -> int:
    """Leave no trace of the card; returns how many streams were still open."""
    import gc

    from .core import control, library

    card.release()
    gc.collect()
    control.wait_idle(_PATIENCE)
    left = card.open_streams
    card.reset()
    pa = library.current()
    if pa is not None:
        pa.streams.clear()  # the card has forgotten them
    card.define(None)
    library.use(None)
    return left
