"""The virtual card for its own tests: built from its sources where it is missing or older."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from card_portaudio import Stream, ffi

import aiosounddevice.virtual as virtual

ROOT = Path(virtual.__file__).parent
SOURCES = ROOT / "card"
FLAGS = ["-std=c11", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"]
LINK = ["-lpthread", "-lm", "-Wl,-soname,libportaudio.so.2", "-Wl,-Bsymbolic"]


@pytest.fixture(scope="session")
def library() -> Path:
    """The path of an up-to-date card."""
    path = ROOT / "libportaudio.so.2"
    newest = max(source.stat().st_mtime for source in SOURCES.iterdir())
    if not path.exists() or path.stat().st_mtime < newest:
        compiler = os.environ.get("CC") or shutil.which("cc") or "gcc"
        fresh = path.with_suffix(f".{os.getpid()}")
        sources = sorted(map(str, SOURCES.glob("*.c")))
        command = [compiler, *FLAGS, "-shared", "-fPIC", *sources, "-o", str(fresh), *LINK]
        subprocess.run(command, check=True)
        fresh.replace(path)
    return virtual.library_path()


@pytest.fixture
def card(library: Path) -> Iterator[virtual.Card]:
    """A card on the manual clock, reset before and after."""
    card = virtual.Card()
    card.define(None)  # also if another test's program has it initialised
    card.reset()
    card.set_clock("manual")
    yield card
    card.reset()


@pytest.fixture
def lib(card: virtual.Card) -> Iterator[Any]:
    """PortAudio's functions, initialised."""
    lib = ffi.dlopen(str(virtual.library_path()))
    assert lib.Pa_Initialize() == 0
    card.clear_calls()
    yield lib
    card.reset()
    left = 0
    while lib.Pa_Terminate() == 0:
        left += 1
    assert left == 1, "each Pa_Initialize needs its Pa_Terminate"


@pytest.fixture
def stream(lib: Any, card: virtual.Card) -> Iterator[Callable[..., Stream]]:
    """Open streams; those still open are closed at the end, and their exceptions raised."""
    streams: list[Stream] = []

    def open_stream(**options: Any) -> Stream:
        streams.append(Stream(lib, **options))
        return streams[-1]

    yield open_stream
    card.release()
    for opened in streams:
        lib.Pa_CloseStream(opened.pointer)
    for opened in streams:
        if opened.errors:
            raise opened.errors[0]
