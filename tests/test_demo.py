"""The main job, as a user starts it."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest


def run(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "aiosounddevice", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_demo_accounts_for_every_frame(tmp_path: Path) -> None:
    done = run("demo", "--virtual", "--seconds", "1", "-o", "take.wav", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "card        Virtual loopback" in done.stdout
    assert "0 frames lost" in done.stdout
    assert "round trip  12480 frames" in done.stdout
    assert "every sample came back" in done.stdout
    assert not done.stderr
    with wave.open(str(tmp_path / "take.wav")) as file:
        assert file.getnframes() > 48000
        assert any(file.readframes(48000))


def test_without_a_sound_card_it_takes_the_virtual_one_and_says_so(tmp_path: Path) -> None:
    done = run("demo", "--seconds", "0.5", folder=tmp_path, AIOSOUNDDEVICE_PORTAUDIO="/nowhere.so")
    assert done.returncode == 0, done.stderr
    assert "using the virtual one" in done.stdout
    assert "0 frames lost" in done.stdout


@pytest.mark.parametrize("arguments", [("--virtual",), ("devices", "--virtual")])
def test_the_list_of_devices(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 0
    assert "* 0 Virtual loopback, Virtual (8 in, 8 out)" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("demo", "--seconds", "0"), 2, "between 0.5 and 3600"),
        (("demo", "--virtual", "--device", "nonsense"), 1, "nonsense"),
        (("demo", "--virtual", "--seconds", "0.5", "-o", "no/folder.wav"), 1, "no/folder.wav"),
        (("frobnicate",), 2, "No such command"),
    ],
)
def test_mistakes(tmp_path: Path, arguments: tuple[str, ...], code: int, text: str) -> None:
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == code
    assert text in done.stderr
    assert "Traceback" not in done.stderr
