"""Which parts the tests on real PortAudio need, and what to install where one is missing."""

from __future__ import annotations

import ctypes.util
import glob
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import aiosounddevice
from aiosounddevice.core import search

_PACKAGE = Path(aiosounddevice.__file__).resolve().parent
_PLUGINS = ("/usr/lib/*/alsa-lib", "/usr/lib/alsa-lib", "/usr/lib64/alsa-lib")


def _portaudio() -> bool:
    paths = [Path(path).resolve() for path in (*search.bundled(), *search.system())]
    return any(path.is_file() and _PACKAGE not in path.parents for path in paths)


def _jackd() -> bool:
    return shutil.which("jackd") is not None and ctypes.util.find_library("jack") is not None


def _plugin() -> bool:
    return any(glob.glob(f"{place}/libasound_module_pcm_pulse.so") for place in _PLUGINS)


_NEEDS: dict[str, dict[str, Callable[[], bool]]] = {
    "alsa": {"libportaudio2": _portaudio},
    "jack": {"libportaudio2": _portaudio, "jackd2": _jackd},
    "pulse": {
        "libportaudio2": _portaudio,
        "pulseaudio": lambda: shutil.which("pulseaudio") is not None,
        "libasound2-plugins": _plugin,
    },
}
MARKERS = tuple(_NEEDS)


def missing(marker: str) -> str:
    """Return why tests with that marker cannot run, and the remedy; empty if they can."""
    if not sys.platform.startswith("linux"):
        return f"{marker}: only on Linux"
    absent = [package for package, there in _NEEDS[marker].items() if not there()]
    return f"{marker}: apt install {' '.join(absent)}" if absent else ""
