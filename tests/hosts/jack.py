"""A JACK server without hardware, and the cables between its clients.

The dummy driver in synchronous mode waits for its clients: what goes around a loop is exact,
however busy the computer is. ``jack.py`` as a program waits until a server answers.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, run
from types import TracebackType
from typing import Any

import anyio
import cffi
from real import Host, Server, environment

RATE, PERIOD = 48000, 256
HOSTAPI = "JACK Audio Connection Kit"
_WAIT = 30.0
_INPUT, _OUTPUT = 1, 2  # JackPortFlags
_NO_START_SERVER = 1  # JackOptions

_ffi = cffi.FFI()
_ffi.cdef(
    """
    typedef ... jack_client_t;
    typedef ... jack_port_t;
    jack_client_t *jack_client_open(const char *name, int options, int *status, ...);
    int jack_client_close(jack_client_t *);
    const char **jack_get_ports(jack_client_t *, const char *, const char *, unsigned long flags);
    int jack_connect(jack_client_t *, const char *source, const char *destination);
    jack_port_t *jack_port_by_name(jack_client_t *, const char *);
    int jack_port_connected_to(const jack_port_t *, const char *);
    void jack_free(void *);
    """
)
_numbers = itertools.count()


@contextmanager
def serving(home: Path) -> Iterator[tuple[Server, Host]]:
    """Start a server; its host's device is "system", with two channels each way."""
    name = f"aiosounddevice-{os.getpid()}-{next(_numbers)}"
    own = {"JACK_DEFAULT_SERVER": name, "JACK_NO_AUDIO_RESERVATION": "1"}
    with running(home, environment(home, **own)) as server:
        yield server, Host(home, HOSTAPI, "system", own)


@contextmanager
def running(home: Path, variables: dict[str, str]) -> Iterator[Server]:
    """Run a server with the name that an environment says, and wait until it answers."""
    name = variables["JACK_DEFAULT_SERVER"]
    driver = ["-d", "dummy", "-r", str(RATE), "-p", str(PERIOD), "-C", "2", "-P", "2"]
    server = Server(["jackd", "-n", name, "-r", "-S", *driver], variables, home / "jackd.log")
    try:
        waiting = run(
            [sys.executable, __file__],
            env=variables,
            stdin=DEVNULL,
            capture_output=True,
            check=False,
        )
        server.check()
        assert waiting.returncode == 0, server.log.read_text(errors="replace")
        yield server
    finally:
        server.stop()


class Cables:
    """A client without sound, which joins others' ports; inside the process under test."""

    def __init__(self) -> None:
        self._lib: Any = _ffi.dlopen("libjack.so.0")
        null = _ffi.NULL
        self._client = self._lib.jack_client_open(b"cables", _NO_START_SERVER, null)
        if not self._client:
            raise ConnectionError("no JACK server")
        # Ports of streams that were given up stay.
        self._others: set[bytes] = set()
        self._others = {name for flags in (_INPUT, _OUTPUT) for name in self._ports(flags)}

    def __enter__(self) -> Cables:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lib.jack_client_close(self._client)

    def _ports(self, flags: int) -> list[bytes]:
        """Names of the ports of programs, not the card's own, that were not there at first."""
        array = self._lib.jack_get_ports(self._client, _ffi.NULL, _ffi.NULL, flags)
        if not array:
            return []
        pointers = itertools.takewhile(bool, (array[place] for place in itertools.count()))
        names = [bytes(_ffi.string(pointer)) for pointer in pointers]
        self._lib.jack_free(array)
        ours = {name for name in names if not name.startswith(b"system:")}
        return sorted(ours - self._others)

    async def loop(self, channels: int) -> None:
        """Wait for that many outputs and inputs, and join the first with the first and so on."""
        with anyio.fail_after(_WAIT):
            while True:
                outputs, inputs = self._ports(_OUTPUT), self._ports(_INPUT)
                if len(outputs) == len(inputs) == channels and all(
                    self._join(*ends) for ends in zip(outputs, inputs, strict=True)
                ):
                    return
                await anyio.sleep(0.002)

    def _join(self, source: bytes, destination: bytes) -> bool:
        # A port that is registered is not at once one that can be connected.
        self._lib.jack_connect(self._client, source, destination)
        port = self._lib.jack_port_by_name(self._client, source)
        return bool(port) and bool(self._lib.jack_port_connected_to(port, destination))


def main() -> None:
    deadline = time.monotonic() + _WAIT
    while True:
        try:
            Cables().__exit__(None, None, None)
            return
        except ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


if __name__ == "__main__":
    main()
