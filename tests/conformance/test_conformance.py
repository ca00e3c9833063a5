"""The virtual card is no more forgiving than PortAudio: the same checks on all of them.

Each host is started once, and `checks.py` runs on it in a process of its own.
"""

from __future__ import annotations

import contextlib
import functools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import alsa
import checks
import jack
import parts
import pulse
import pytest
from real import Host, environment

import aiosounddevice
from aiosounddevice.core import search

PACKAGE = Path(aiosounddevice.__file__).resolve().parent
Results = dict[str, str]


@contextlib.contextmanager
def virtual_host(home: Path) -> Iterator[tuple[str, Host]]:
    """The card in real time, ten times as fast."""
    clock = {"AIOSOUNDDEVICE_VIRTUAL_CLOCK": "10x"}
    path = str(aiosounddevice.virtual.library_path())
    yield path, Host(home, "Virtual", "Virtual loopback", clock)


@contextlib.contextmanager
def alsa_host(home: Path) -> Iterator[tuple[str, Host]]:
    yield system(), alsa.Files(home).host


@contextlib.contextmanager
def jack_host(home: Path) -> Iterator[tuple[str, Host]]:
    with jack.serving(home) as (_, host):
        yield system(), host


@contextlib.contextmanager
def pulse_host(_: Path) -> Iterator[tuple[str, Host]]:
    with pulse.serving() as (_server, host):
        yield system(), host


def system() -> str:
    """Path of the PortAudio that is installed."""
    for name in (*search.bundled(), *search.system()):
        path = Path(name)
        if path.is_file() and PACKAGE not in path.resolve().parents:
            return name
    raise LookupError("no PortAudio")


# PortAudio's own faults, with the version in which they were seen. The card has none of them.
_LOST = "19.6.0 on JACK: at times a blocking call that has to wait never returns"
FAULTS = {"jack": {"check_blocking_reads": _LOST, "check_blocking_writes": _LOST}}
# 19.6.0 on PulseAudio: while the computer is busy, a duplex stream at times ends by itself.
ATTEMPTS = {"pulse": 3}
STARTERS = {"virtual": virtual_host, "alsa": alsa_host, "jack": jack_host, "pulse": pulse_host}


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> functools._lru_cache_wrapper[Results]:
    """Run all checks on a host, at first need."""

    @functools.cache
    def run(name: str) -> Results:
        with STARTERS[name](tmp_path_factory.mktemp(name)) as (library, host):
            done = subprocess.run(
                [
                    sys.executable,
                    checks.__file__,
                    library,
                    host.hostapi,
                    host.device,
                    str(ATTEMPTS.get(name, 1)),
                    *FAULTS.get(name, ()),
                ],
                env=environment(host.home, **host.variables),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=600,
            )
        lines = [line for line in done.stdout.splitlines() if line.startswith('["')]
        found: Results = dict(json.loads(line) for line in lines)
        ended = f"the process ended with {done.returncode} before that:\n{done.stderr[-3000:]}"
        return {check: found.get(check, ended) for check in checks.NAMES}

    return run


HOSTS = [
    pytest.param("virtual"),
    *(pytest.param(name, marks=getattr(pytest.mark, name)) for name in parts.MARKERS),
]


@pytest.mark.parametrize("check", checks.NAMES)
@pytest.mark.parametrize("host", HOSTS)
def test_conforms(results: functools._lru_cache_wrapper[Results], host: str, check: str) -> None:
    if host in parts.MARKERS and parts.missing(host):
        pytest.skip(parts.missing(host))
    if check in FAULTS.get(host, ()):
        pytest.skip(FAULTS[host][check])
    trouble = results(host)[check]
    assert not trouble, trouble
