"""Every async test runs on asyncio, uvloop and trio; the virtual card is the sound card."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from typing import Any

import pytest

# The library is chosen before anything is imported, so that no test can end up on real hardware.
os.environ.setdefault("AIOSOUNDDEVICE_PORTAUDIO", "virtual")

import aiosounddevice as sd
from aiosounddevice.core import control, library
from aiosounddevice.virtual import Card

BACKENDS = [
    pytest.param(("asyncio", {"debug": True}), id="asyncio"),
    pytest.param(("asyncio", {"use_uvloop": True}), id="uvloop"),
    pytest.param(("trio", {}), id="trio"),
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers: a file's tests in one of them, all on real sound systems in one.

    Their servers run in real time, and must not take the processors from one another.
    """
    for item in items:
        folder = item.path.parent.name
        group = "real" if folder in ("hosts", "conformance") else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(params=BACKENDS)
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    """Event loops on which tests marked `anyio` run."""
    return request.param


@pytest.fixture
async def _running_backend(anyio_backend: Any) -> str:
    """Name of the library that really runs the test: with several plugins it may be another."""
    import sniffio

    return sniffio.current_async_library()


@pytest.fixture(autouse=True)
def _claimed_backend(request: pytest.FixtureRequest) -> None:
    """Fail a test that claims to run on trio and runs on asyncio."""
    if request.node.get_closest_marker("anyio") and "anyio_backend" in request.fixturenames:
        claimed = request.getfixturevalue("anyio_backend")[0]
        assert request.getfixturevalue("_running_backend") == claimed


def _card(clock: str | float) -> Iterator[Card]:
    card = sd.virtual.use(clock)
    yield card
    gc.collect()
    card.release()  # a call that hangs would hang us too
    assert control.wait_idle(30)
    pa = library.current()
    assert pa is None or pa.virtual
    assert card.open_streams == 0, "the test left streams open"
    card.reset()
    card.set_clock("realtime")  # which also ends the handshake
    library.use("virtual")  # terminates: the next test finds the card as a new process would


@pytest.fixture
def card() -> Iterator[Card]:
    """A card that moves only when told to."""
    yield from _card("manual")


@pytest.fixture
def auto_card() -> Iterator[Card]:
    """A card that moves while tasks wait for it."""
    yield from _card("auto")


@pytest.fixture
def realtime_card() -> Iterator[Card]:
    """A card as fast as hardware."""
    yield from _card("realtime")
