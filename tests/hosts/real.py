"""Run a function in a process of its own, on the real PortAudio and a chosen host.

ALSA and JACK read their configuration once in a process, and the virtual card must not be loaded
beside the real library (both have the SONAME `libportaudio.so.2`). So a test's async function is
run by `child.py`, with an environment that leads to the test's own devices and to no others.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import site
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiosounddevice

HERE = Path(__file__).parent
LIMIT = 90
"""Seconds for one function: a hang is to be reported, slowness is not."""

_THEIRS = ("AIOSOUNDDEVICE_", "ALSA_", "DBUS_", "JACK_", "PIPEWIRE_", "PULSE_", "XDG_")
_NOBODY = "no-such-jack-server"


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Return an environment in which no audio configuration but that in `home` is found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_THEIRS)}
    for display in ("DISPLAY", "WAYLAND_DISPLAY"):
        kept.pop(display, None)
    package = str(Path(aiosounddevice.__file__).parent.parent)
    return {
        **kept,
        "HOME": str(home),
        "JACK_DEFAULT_SERVER": _NOBODY,
        "JACK_NO_START_SERVER": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [package, kept.get("PYTHONPATH")])),
        "PYTHONUSERBASE": site.getuserbase(),  # which HOME would change
        "XDG_RUNTIME_DIR": str(home),
        **variables,
    }


@dataclass(frozen=True)
class Job:
    """What `child.py` is to do.

    Attributes
    ----------
    function
        Async function at the top of a module in this directory; gets `device=` unless `host` is
        None.
    host
        Names of host API and device that it is to run on; None: PortAudio need not work.
    """

    function: Callable[..., Coroutine[Any, Any, Any]]
    arguments: dict[str, Any]
    backend: str
    host: tuple[str, str] | None
    leave: bool
    limit: float


@dataclass(frozen=True)
class Host:
    """Where to run functions.

    Attributes
    ----------
    home
        Directory for configuration, jobs and results.
    hostapi, device
        PortAudio's names.
    variables
        Environment variables on top of `environment`.
    """

    home: Path
    hostapi: str
    device: str
    variables: dict[str, str] = field(default_factory=dict)

    def run(
        self,
        function: Any,
        backend: str,
        *,
        working: bool = True,
        leave: bool = True,
        **arguments: Any,
    ) -> Any:
        """Run an async function in a new process and return what it returns.

        The process fails unless it runs on the system's PortAudio with `hostapi` and `device`;
        with ``working=False`` that is not looked at. With ``leave=False`` the process just ends
        when the function has returned, as programs do.
        """
        where = (self.hostapi, self.device) if working else None
        job, result = self.home / "job.pickle", self.home / "result.pickle"
        result.unlink(missing_ok=True)
        task = Job(function, arguments, backend, where, working and leave, LIMIT)
        job.write_bytes(pickle.dumps(task))
        command = [sys.executable, "-W", "error", str(HERE / "child.py"), str(job), str(result)]
        done = subprocess.run(
            command,
            env=environment(self.home, **self.variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LIMIT + 30,  # by then the child has given up by itself
            check=False,
        )
        said = done.stdout.decode(errors="replace")
        assert done.returncode == 0, f"ended with {done.returncode}:\n{said}"
        return pickle.loads(result.read_bytes())


class Server:
    """A sound server of our own: started, and for sure stopped.

    Parameters
    ----------
    command
        Program and arguments, staying in the foreground.
    variables
        Its environment.
    log
        File for what it prints.
    """

    def __init__(self, command: list[str], variables: dict[str, str], log: Path) -> None:
        self.log = log
        # The kernel ends it, too, should this process be killed.
        guard = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*guard, *command],
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def reap(self) -> None:
        """See its end as soon as it comes: JACK starts no second server while a first has a pid."""
        threading.Thread(target=self._process.wait, daemon=True).start()

    def kill(self) -> None:
        """End it the hard way."""
        self._process.send_signal(signal.SIGKILL)

    def check(self) -> None:
        """Fail, with what it said, unless it runs."""
        code = self._process.poll()
        assert code is None, f"ended with {code}:\n{self.log.read_text(errors='replace')}"

    def stop(self) -> None:
        """End it, also when it was stopped (SIGSTOP)."""
        self._process.terminate()
        self._process.send_signal(signal.SIGCONT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
