"""A PulseAudio server with a sink that goes nowhere; its monitor is what one records."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alsa import host
from real import Host, Server, environment

RATE = 48000
_WAIT = 30.0
_ALSA = "pcm.!default { type pulse }\nctl.!default { type pulse }\n"
_SINK = f"module-null-sink sink_name=nowhere rate={RATE} format=float32le channels=1"


@contextmanager
def serving() -> Iterator[tuple[Server, Host]]:
    """Start a server; its host's "default" plays into the sink and records its monitor."""
    # Not pytest's directory: a socket's path has at most 107 characters.
    home = Path(tempfile.mkdtemp(prefix="aiosounddevice-"))
    try:
        with running(home, environment(home)) as server:
            yield server, host(home, _ALSA)
    finally:
        shutil.rmtree(home)


@contextmanager
def running(home: Path, variables: dict[str, str]) -> Iterator[Server]:
    """Run a server whose socket is below `home`, and wait until it answers."""
    command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no"]
    # Sharing memory with clients by memfd, the server aborts at times (its issue 824).
    command += ["--disable-shm=yes", "--exit-idle-time=-1"]
    command += ["-L", "module-native-protocol-unix", "-L", _SINK]
    server = Server(command, variables, home / "pulseaudio.log")
    try:
        _wait(server, home / "pulse" / "native")
        yield server
    finally:
        server.stop()


def _wait(server: Server, path: Path) -> None:
    deadline = time.monotonic() + _WAIT
    while True:
        server.check()
        with socket.socket(socket.AF_UNIX) as client:
            if client.connect_ex(str(path)) == 0:
                return
        assert time.monotonic() < deadline, server.log.read_text(errors="replace")
        time.sleep(0.02)
