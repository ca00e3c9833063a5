"""Hosts for the tests, and a reason to skip where there is none."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import alsa
import jack
import parts
import pulse
import pytest
from real import Host, Server

_missing = functools.cache(parts.missing)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in parts.MARKERS:
        if item.get_closest_marker(marker) and _missing(marker):
            pytest.skip(_missing(marker))


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    """The event loop to run on."""
    name: str = request.param
    pytest.importorskip(name)
    return name


@pytest.fixture
def files(tmp_path: Path) -> alsa.Files:
    """ALSA's `file` plug-in."""
    return alsa.Files(tmp_path)


@pytest.fixture
def null(tmp_path: Path) -> Host:
    """ALSA's `null` device."""
    return alsa.host(tmp_path, alsa.NULL)


@pytest.fixture(scope="session")
def jack_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Host]]:
    with jack.serving(tmp_path_factory.mktemp("jack")) as served:
        yield served


@pytest.fixture
def jack_host(jack_server: tuple[Server, Host]) -> Iterator[Host]:
    """JACK's dummy driver; the server must survive the test."""
    server, host = jack_server
    server.check()
    yield host
    server.check()


@pytest.fixture(scope="session")
def pulse_server() -> Iterator[tuple[Server, Host]]:
    with pulse.serving() as served:
        yield served


@pytest.fixture
def pulse_host(pulse_server: tuple[Server, Host]) -> Iterator[Host]:
    """PulseAudio's null sink; the server must survive the test."""
    server, host = pulse_server
    server.check()
    yield host
    server.check()
