"""What ``doctor`` finds out about the system, apart from PortAudio: Linux, mostly."""

from __future__ import annotations

import glob
import importlib.metadata
import os
import platform
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from .. import __version__
from ..core.diagnosis import environment_hint

Status = Literal["ok", "note", "wrong"]
PACKAGES = {
    "soundfile": ("files", "play and record files"),
    "soxr": ("resample", "convert sample rates"),
    "matplotlib": ("plot", "plot"),
}
_SERVERS = {
    "pipewire": "PipeWire",
    "pulseaudio": "PulseAudio",
    "jackd": "JACK",
    "jackdbus": "JACK",
}


class Finding(NamedTuple):
    """Something that was looked at."""

    status: Status
    """``"wrong"``: sound will not work as it should; ``"note"``: it could be better."""
    what: str
    text: str
    advice: str = ""


def _user() -> str:
    return os.environ.get("USER") or "$USER"


@dataclass(frozen=True)
class System:
    """Where to look; other values than the defaults are for tests.

    Attributes
    ----------
    root : str
        Of the file system.
    environ : mapping
    uid : int
    platform : str
        As `sys.platform`.
    """

    root: str = "/"
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    uid: int = field(default_factory=lambda: os.getuid() if hasattr(os, "getuid") else 0)
    platform: str = sys.platform

    def path(self, *parts: str) -> str:
        """Return a path below the root."""
        return os.path.join(self.root, *(part.lstrip("/") for part in parts))

    @property
    def runtime(self) -> str:
        """The user's directory of sockets."""
        return self.path(self.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{self.uid}")

    def processes(self) -> set[str]:
        """Names of what runs, as far as it can be seen."""
        found = set()
        for comm in glob.glob(self.path("proc/[0-9]*/comm")):
            try:
                with open(comm, encoding="utf-8", errors="replace") as file:
                    found.add(file.read().strip())
            except OSError:  # it has ended meanwhile
                continue
        return found


def about(system: System) -> list[Finding]:
    """Say what runs where."""
    text = (
        f"aiosounddevice {__version__}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()} {platform.machine()}"
    )
    found = [Finding("ok", "versions", text)]
    missing = {}
    for package, (extra, use) in PACKAGES.items():
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            missing[extra] = f"{package} (to {use})"
    if missing:
        command = f'pip install "aiosounddevice[{",".join(missing)}]"'
        found.append(Finding("note", "extras", f"missing: {', '.join(missing.values())}", command))
    else:
        found.append(Finding("ok", "extras", ", ".join(PACKAGES)))
    return found


def hardware(system: System, devices: bool = False) -> list[Finding]:
    """Look at ALSA's devices, and whether this user may open them.

    Parameters
    ----------
    system : System
    devices : bool
        Whether PortAudio finds devices: then none of this is needed.
    """
    if not system.platform.startswith("linux"):
        return []
    place = environment_hint(system.root)
    nodes = sorted(glob.glob(system.path("dev/snd/pcm*")))
    if not nodes and devices:  # sound goes another way, perhaps to another machine
        return [Finding("ok", "hardware", "no sound card in /dev/snd, and another way there")]
    if not nodes:
        text, servers = "no sound card in /dev/snd", _server(system)
        if servers:
            text += f", and PortAudio does not reach {', '.join(servers)}"
            place = "is the server this user's, XDG_RUNTIME_DIR or JACK_DEFAULT_SERVER as there?"
        return [Finding("wrong", "hardware", text, place)]
    closed = [node for node in nodes if not os.access(node, os.R_OK | os.W_OK)]
    if len(closed) == len(nodes) and not devices and not _server(system):
        advice = f"sudo usermod -aG audio {_user()}, then log in again"
        return [Finding("wrong", "hardware", "no access to the sound cards in /dev/snd", advice)]
    return [Finding("ok", "hardware", f"{_cards(system)}, {_groups()}")]


def _cards(system: System) -> str:
    try:
        with open(system.path("proc/asound/cards"), encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return "sound cards in /dev/snd"
    names = [line.split("]: ", 1)[1].split(" - ")[-1] for line in lines if "]: " in line]
    return ", ".join(names) or "sound cards in /dev/snd"


def _groups() -> str:
    import grp

    names = []
    for number in {os.getgid(), *os.getgroups()}:
        try:
            names.append(grp.getgrgid(number).gr_name)
        except KeyError:
            names.append(str(number))
    return f"groups {', '.join(sorted(names))}"


def container(system: System) -> list[Finding]:
    """Say if this is a container, or WSL, where sound comes from outside."""
    if not system.platform.startswith("linux"):
        return []
    marks = (".dockerenv", "run/.containerenv")
    if any(os.path.exists(system.path(mark)) for mark in marks):
        advice = (
            "pass it in: docker run --device /dev/snd --group-add audio ..., or the sound server's "
            "socket and PULSE_SERVER; tests can do with --virtual"
        )
        has = os.path.isdir(system.path("dev/snd")) or bool(_server(system))
        text = "yes: sound comes from outside"
        return [Finding("ok" if has else "note", "container", text, "" if has else advice)]
    return [Finding("ok", "container", "no")]


def _server(system: System) -> list[str]:
    """Return the sound servers that can be reached from here, by what to call them."""
    found = []
    if os.path.exists(os.path.join(system.runtime, "pipewire-0")):
        found.append("PipeWire")
    elif os.path.exists(os.path.join(system.runtime, "pulse", "native")):
        found.append("PulseAudio")
    if "PULSE_SERVER" in system.environ and _pulse_socket(system) is None:
        found.append(f"PulseAudio at {system.environ['PULSE_SERVER']}")
    running = {_SERVERS[name] for name in system.processes() if name in _SERVERS}
    return found + sorted({"JACK"} & running)


def _pulse_socket(system: System) -> str | None:
    """Return the socket that PULSE_SERVER names if it is not there."""
    server = system.environ.get("PULSE_SERVER", "")
    path = server.removeprefix("unix:")
    if path.startswith("/") and not os.path.exists(system.path(path)):
        return path
    return None


def servers(system: System) -> list[Finding]:
    """Look for PipeWire, PulseAudio and JACK, and for ALSA's way to them."""
    if not system.platform.startswith("linux"):
        return []
    gone = _pulse_socket(system)
    if gone is not None:
        advice = "start the server, pass the socket into the container, or unset PULSE_SERVER"
        return [Finding("wrong", "sound server", f"PULSE_SERVER: there is no {gone}", advice)]
    found = _server(system)
    if not found:
        running = sorted({_SERVERS[name] for name in system.processes() if name in _SERVERS})
        if running:
            text = f"{', '.join(running)} runs, but has no socket in {system.runtime}"
            advice = "it is another user's; run this program as that user"
            return [Finding("note", "sound server", text, advice)]
        return [Finding("ok", "sound server", "none; ALSA is used directly")]
    findings = [Finding("ok", "sound server", ", ".join(found))]
    ways = {
        "PipeWire": (("pipewire", "pulse"), "sudo apt install pipewire-alsa"),
        "PulseAudio": (("pulse",), "sudo apt install libasound2-plugins"),
    }
    for server in found:
        plugins, advice = ways.get(server.split(" ")[0], ((), ""))
        if plugins and not any(_plugin(system, plugin) for plugin in plugins):
            text = f"ALSA has no plug-in for {server}: PortAudio does not reach it"
            findings.append(Finding("wrong", "ALSA", text, advice))
    return findings


def _plugin(system: System, name: str) -> bool:
    file = f"alsa-lib/libasound_module_pcm_{name}.so"
    patterns = (f"usr/lib/{file}", f"usr/lib64/{file}", f"usr/lib/*/{file}")
    return any(glob.glob(system.path(pattern)) for pattern in patterns)


def realtime(system: System) -> list[Finding]:
    """Try whether a thread may have real-time priority, and say what the limits are."""
    if not system.platform.startswith("linux"):
        return []
    import resource

    priority = resource.getrlimit(resource.RLIMIT_RTPRIO)[0]
    memory = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    locked = "unlimited" if memory in (-1, resource.RLIM_INFINITY) else f"{memory >> 20} MiB"
    text = f"rtprio {priority}, memlock {locked}"
    if _may_be_realtime():
        return [Finding("ok", "real time", f"allowed; {text}")]
    advice = (
        "matters for blocks of a few milliseconds: put '@audio - rtprio 95' and '@audio - memlock "
        "unlimited' into /etc/security/limits.d/audio.conf, and log in again"
    )
    return [Finding("note", "real time", f"not allowed; {text}", advice)]


def _may_be_realtime() -> bool:
    allowed = []

    def attempt() -> None:  # of this thread alone, which ends right away
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except OSError:
            return
        allowed.append(True)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return bool(allowed)
