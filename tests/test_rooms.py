"""Which room may know which: looked up in a fresh interpreter, not believed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "aiosounddevice"
WAITING = ("asyncio", "anyio", "trio", "aiosounddevice.aio")


def modules_after(statement: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{statement}\nprint(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.split())


def modules_of(room: str) -> list[str]:
    return sorted(
        f"aiosounddevice.{room}.{path.stem}"
        for path in (PACKAGE / room).glob("*.py")
        if path.stem != "__init__" and not path.stem.endswith("_build")
    )


def test_core_knows_no_event_loop_and_loads_no_numpy() -> None:
    found = modules_after("\n".join(f"import {name}" for name in modules_of("core")))
    assert set(modules_of("core")) <= found
    assert not found & {*WAITING, "numpy"}
    assert not {name for name in found if name.startswith("aiosounddevice.compat")}


def test_aio_does_not_know_compat() -> None:
    found = modules_after("\n".join(f"import {name}" for name in modules_of("aio")))
    assert not {name for name in found if name.startswith("aiosounddevice.compat")}


def test_the_files_know_neither_compat_nor_what_the_extras_bring() -> None:
    found = modules_after("\n".join(f"import {name}" for name in modules_of("files")))
    assert set(modules_of("files")) <= found
    assert not {name for name in found if name.startswith("aiosounddevice.compat")}
    assert not found & {"soundfile", "soxr", "numpy"}


def test_the_virtual_card_knows_no_event_loop() -> None:
    found = modules_after("\n".join(f"import {name}" for name in modules_of("virtual")))
    assert not found & set(WAITING)


def test_signal_maths_knows_no_event_loop_and_no_device() -> None:
    found = modules_after("\n".join(f"import {name}" for name in modules_of("dsp")))
    assert not found & {*WAITING, "aiosounddevice.core", "aiosounddevice.virtual"}


def test_importing_the_package_loads_nothing() -> None:
    found = modules_after("import aiosounddevice")
    assert not found & {*WAITING, "numpy", "cffi", "aiosounddevice.core._portaudio"}
    assert not {name for name in found if name.startswith("aiosounddevice.files")}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.[ch]")), ids=lambda path: path.name)
def test_c_files_are_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 450


def test_python_files_are_small() -> None:
    long = {
        path.name: lines
        for path in PACKAGE.rglob("*.py")
        if not path.name.startswith("_portaudio.")
        and (lines := len(path.read_text().splitlines())) > 450
    }
    assert not long
