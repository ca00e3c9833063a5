"""Where a PortAudio library may be on this system, and how to install one."""

from __future__ import annotations

import glob
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from .errors import LibraryNotFound

BUNDLED = Path(__file__).resolve().parent.parent / "_bundled"

_NAMES = {
    "linux": ("libportaudio.so.2", "libportaudio.so"),
    "darwin": ("libportaudio.2.dylib", "libportaudio.dylib"),
    "win32": ("portaudio.dll", "libportaudio-2.dll", "libportaudio.dll", "portaudio_x64.dll"),
}

_INSTALL = {
    "debian": "sudo apt install libportaudio2",
    "ubuntu": "sudo apt install libportaudio2",
    "fedora": "sudo dnf install portaudio",
    "rhel": "sudo dnf install portaudio",
    "arch": "sudo pacman -S portaudio",
    "alpine": "sudo apk add portaudio",
    "suse": "sudo zypper install libportaudio2",
    "opensuse": "sudo zypper install libportaudio2",
    "gentoo": "sudo emerge media-libs/portaudio",
    "void": "sudo xbps-install portaudio",
    "nixos": "nix-shell -p portaudio",
    "darwin": "brew install portaudio",
    "freebsd": "pkg install portaudio",
}


def names() -> tuple[str, ...]:
    """Return the library's file names on this platform."""
    return _NAMES.get(sys.platform, _NAMES["linux"])


def bundled() -> list[str]:
    """Return the library that came in the wheel, if one did."""
    if not BUNDLED.is_dir():
        return []
    found = sorted(path for path in BUNDLED.iterdir() if "portaudio" in path.name.lower())
    return [str(path) for path in found]


def system() -> Iterator[str]:
    """Yield what to try, best first: files, then bare names for the dynamic linker.

    Files come first because the linker answers a bare name with whatever library of that SONAME
    is loaded already, and the virtual sound card has PortAudio's.
    """
    seen = set()
    for directory in _directories():
        for name in names():
            path = os.path.join(directory, name)
            real = os.path.realpath(path)
            if real not in seen and os.path.isfile(path):
                seen.add(real)
                yield path
    yield from names()


def _directories() -> Iterator[str]:
    for variable in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        yield from filter(None, os.environ.get(variable, "").split(os.pathsep))
    if os.path.isdir(os.path.join(sys.prefix, "conda-meta")):
        yield os.path.join(sys.prefix, "Library", "bin")
        yield os.path.join(sys.prefix, "lib")
    if sys.platform == "win32":
        return  # Windows' own search for bare names does the rest
    if sys.platform == "darwin":
        yield from ("/opt/homebrew/lib", "/usr/local/lib", "/opt/local/lib")
        return
    yield from _linker_directories("/etc/ld.so.conf")
    multiarch = sysconfig.get_config_var("MULTIARCH")
    if multiarch:
        yield from (f"/usr/local/lib/{multiarch}", f"/lib/{multiarch}", f"/usr/lib/{multiarch}")
    yield from ("/usr/local/lib", "/lib64", "/usr/lib64", "/lib", "/usr/lib")


def _linker_directories(path: str, depth: int = 0) -> Iterator[str]:
    """Yield the directories of an ld.so.conf, its includes included (at most four deep)."""
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        words = line.split("#", 1)[0].split()
        if words[:1] == ["include"] and depth < 4:
            for pattern in words[1:]:
                for included in sorted(glob.glob(os.path.join(os.path.dirname(path), pattern))):
                    yield from _linker_directories(included, depth + 1)
        elif len(words) == 1 and words[0].startswith("/"):
            yield words[0]


def install_hint(os_release: str = "/etc/os-release") -> str:
    """Return a line that tells how to install PortAudio here."""
    if sys.platform == "win32":
        return "Set AIOSOUNDDEVICE_PORTAUDIO to the path of a portaudio DLL."
    if os.path.isdir(os.path.join(sys.prefix, "conda-meta")):
        return "Install it with: conda install -c conda-forge portaudio"
    for name in _system_names(os_release):
        if name in _INSTALL:
            return f"Install it with: {_INSTALL[name]}"
    return "Install your system's PortAudio package (portaudio or libportaudio2)."


def _system_names(os_release: str) -> list[str]:
    if not sys.platform.startswith("linux"):
        return [sys.platform.rstrip("0123456789")]
    try:
        lines = Path(os_release).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    words = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}"
    return [word.strip("\"'").split("-")[0] for word in words.split()]


def loaded_file(name: str) -> str | None:
    """Return the file that was mapped for a bare library name (Linux), None if unknown."""
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    for line in maps.splitlines():
        path = line.split(None, 5)[-1]
        if os.path.basename(path).startswith(name) and os.path.isfile(path):
            return path
    return None


def not_found(tried: list[tuple[str, str]]) -> LibraryNotFound:
    """Return the error that names what was tried, and why it would not do.

    Parameters
    ----------
    tried : list of (str, str)
        Path or name, and reason.
    """
    lines = [f"  {path}: {_reason(path, reason)}" for path, reason in tried]
    where = "Tried:" if lines else "There was nothing to try."
    return LibraryNotFound(
        "PortAudio library not found",
        explanation="\n".join([where, *lines, install_hint()]),
    )


def _reason(path: str, reason: str) -> str:
    """Shorten dlopen's message, which CFFI gives with the path in it twice."""
    reason = reason.removeprefix(f"cannot load library '{path}': ").removeprefix(f"{path}: ")
    return reason.split(".  Additionally", 1)[0]
