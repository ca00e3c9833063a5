"""Every async test runs on asyncio, uvloop and trio; the virtual card is the sound card."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import pytest

# The library is chosen before anything is imported, so that no test can end up on real hardware.
os.environ.setdefault("AIOSOUNDDEVICE_PORTAUDIO", "virtual")

import aiosounddevice as sd
from aiosounddevice.aio import loops
from aiosounddevice.core import control, library
from aiosounddevice.virtual import Card

BACKENDS = [
    pytest.param(("asyncio", {}), id="asyncio"),
    pytest.param(("asyncio", {"use_uvloop": True}), id="uvloop"),
    pytest.param(("trio", {}), id="trio"),
]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several workers: a file's tests in one of them, all on real sound systems in one.

    Their servers run in real time, and must not take the processors from one another. Not by
    xdist_group: with pytest 9.2 that mark, which pytest-xdist 3.8 writes into `_nodeid`, is lost.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = PurePath(nodeid.split("::")[0])
            return "real" if path.parent.name in ("hosts", "conformance") else str(path)

    return ByFile(config, log)


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


_loop_threads: set[int] = set()
"""Threads on whose event loops this package was used since the card was laid open."""


@pytest.fixture(autouse=True, scope="session")
def _loops_are_known() -> Iterator[None]:
    """Note the thread of each loop that the package meets."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in (loops.AsyncioLoop, loops.TrioLoop):
            patch.setattr(kind, "__init__", _noting(kind.__init__))
        yield


def _noting(initialize: Any) -> Any:
    def init(self: Any, native: Any) -> None:
        _loop_threads.add(threading.get_native_id())
        initialize(self, native)

    return init


def calls_on_loops(card: Card) -> list[str]:
    """Names of the PortAudio functions that were called on an event loop's thread."""
    return [call.name for call in card.calls if call.thread_id in _loop_threads]


def _card(clock: str | float) -> Iterator[Card]:
    card = sd.virtual.use(clock)
    _loop_threads.clear()
    yield card
    assert calls_on_loops(card) == [], "PortAudio was called on an event loop's thread"
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
