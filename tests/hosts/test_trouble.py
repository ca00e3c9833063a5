"""Errors that only a real installation can make."""

from __future__ import annotations

import ctypes.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import alsa
import pytest

import aiosounddevice as sd


async def refused(**stream: Any) -> tuple[str, int | None, str, list[str]]:
    """Return class, PortAudio's code, text and notes of the error that a first call raises."""
    try:
        await sd.rec(10, **stream)
    except sd.AudioError as error:
        code = error.code if isinstance(error, sd.PortAudioError) else None
        return type(error).__name__, code, str(error), getattr(error, "__notes__", [])
    raise AssertionError("it worked")


@pytest.mark.alsa
def test_broken_alsa_configuration(tmp_path: Path, backend: str) -> None:
    broken = alsa.host(tmp_path, alsa.BROKEN)
    name, code, text, notes = broken.run(refused, backend, working=False)
    assert (name, code) == ("PortAudioError", -9999)
    assert "Error initializing PortAudio" in text
    # ALSA's own lines name the file.
    assert any("ALSA lib" in note and ".asoundrc" in note for note in notes), notes


def test_no_library(tmp_path: Path, backend: str) -> None:
    text = tmp_path / "portaudio.txt"
    text.write_text("not a library\n" * 1000)
    absent = tmp_path / "absent.so"
    # Every system has one of these, and PortAudio is in neither.
    other = ctypes.util.find_library("c") or "libc.so.6"
    for path, reason in ((text, "invalid ELF header"), (absent, ""), (other, "not PortAudio")):
        chosen = replace(
            alsa.host(tmp_path, alsa.NULL), variables={"AIOSOUNDDEVICE_PORTAUDIO": str(path)}
        )
        name, code, message, _ = chosen.run(refused, backend, working=False)
        assert (name, code) == ("LibraryNotFound", None)
        assert str(path) in message
        assert reason in message
