"""The packages behind the room, imported at first use; without them an error says what to install.

All of it is called in the file's thread: importing takes long too.
"""

from __future__ import annotations

import importlib
from typing import Any

from .errors import MissingPackage


def soundfile() -> Any:
    """Return the package soundfile: libsndfile, which knows the formats."""
    return _need("soundfile", "files", "sound files need")


def open_sound(*args: Any, **options: Any) -> Any:
    """Open a ``SoundFile`` that reads and writes straight on.

    Where a file can seek, soundfile seeks after every read and write to where it is. In an MP3
    file, and in a damaged one, that is not always the same place.
    """
    package = soundfile()

    class Straight(package.SoundFile):  # type: ignore[misc, name-defined]
        def seekable(self) -> bool:
            return False

    return Straight(*args, **options)


def soxr() -> Any:
    """Return the package soxr, which converts sample rates."""
    return _need("soxr", "resample", "the device and the file have different rates, which needs")


def _need(name: str, extra: str, what: str) -> Any:
    try:
        return importlib.import_module(name)
    except (ImportError, OSError) as error:  # OSError: the package is there, its library is not
        detail = "" if isinstance(error, ModuleNotFoundError) else f" ({error})"
        text = f'{what} the package {name}{detail}: pip install "aiosounddevice[{extra}]"'
        raise MissingPackage(text) from error
