"""Errors that only a real installation can make."""

from __future__ import annotations

import ctypes.util
import os
from collections.abc import Sequence
from pathlib import Path

import alsa
import pytest

import aiosounddevice as sd

Refusal = tuple[str, "int | None", str, list[str]]


async def refused(libraries: Sequence[str | None] = (None,)) -> list[Refusal]:
    """Return class, PortAudio's code, text and notes of the error that a first call raises."""
    found = []
    for path in libraries:
        if path is not None:
            os.environ["AIOSOUNDDEVICE_PORTAUDIO"] = path
        with pytest.raises(sd.AudioError) as caught:
            await sd.rec(10)
        error = caught.value
        code = error.code if isinstance(error, sd.PortAudioError) else None
        found.append((type(error).__name__, code, str(error), getattr(error, "__notes__", [])))
    return found


@pytest.mark.alsa
def test_broken_alsa_configuration(tmp_path: Path, backend: str) -> None:
    broken = alsa.host(tmp_path, alsa.BROKEN)
    [(name, code, text, notes)] = broken.run(refused, backend, working=False)
    assert (name, code) == ("PortAudioError", -9999)
    assert "Error initializing PortAudio" in text
    # ALSA's own lines name the file.
    assert any("ALSA lib" in note and ".asoundrc" in note for note in notes), notes


def test_no_library(tmp_path: Path, backend: str) -> None:
    text = tmp_path / "portaudio.txt"
    text.write_text("not a library\n" * 1000)
    absent = tmp_path / "absent.so"
    # Every system has this one, and PortAudio is not in it.
    other = ctypes.util.find_library("c") or "libc.so.6"
    reasons = {str(text): "invalid ELF header", str(absent): "No such file", other: "not PortAudio"}
    nowhere = alsa.host(tmp_path, alsa.NULL)
    found = nowhere.run(refused, backend, working=False, libraries=list(reasons))
    for (path, reason), (name, code, message, _) in zip(reasons.items(), found, strict=True):
        assert (name, code) == ("LibraryNotFound", None)
        assert f"{path}: " in message
        assert reason in message
