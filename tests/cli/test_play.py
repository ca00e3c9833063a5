"""The command ``play``, in a pipe and in a terminal with somebody at the keys."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from rich.console import Console

from aiosounddevice.cli.playing import PlayView
from aiosounddevice.files.reading import FileInfo
from aiosounddevice.virtual import Card

from .conftest import Done
from .terminal import CTRL_C, Terminal

RATE = 48000
Cli = Callable[..., Done]


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A minute of two tones, which begins loud and gets soft."""
    t = np.arange(60 * RATE)[:, None]
    tones = 0.5 * np.sin(2 * np.pi * np.array([220, 330]) * t / RATE) * (1 - t / len(t))
    path = tmp_path_factory.mktemp("songs") / "song.flac"
    soundfile.write(path, tones, RATE)
    return str(path)


def short(path: Path, seconds: float = 2.0, rate: int = RATE, channels: int = 1) -> str:
    """A file that ends soon."""
    soundfile.write(path, np.full((round(seconds * rate), channels), 0.25), rate)
    return str(path)


# ---- in a pipe


def test_a_line_for_each_file(cli: Cli, tmp_path: Path) -> None:
    files = [short(tmp_path / "a.wav"), short(tmp_path / "b.flac", rate=22050, channels=2)]
    done = cli("play", *files)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "1 of 2: a.wav · WAV · 48000 Hz · 1 channel · 0:02.0",
        "2 of 2: b.flac · FLAC · 22050 Hz · 2 channels · 0:02.0",
    ]


def test_a_line_a_second(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIOSOUNDDEVICE_VIRTUAL_CLOCK", "4x")
    done = cli("play", short(tmp_path / "a.wav", 5))
    lines = done.out.splitlines()
    assert len(lines) == 2, "it takes a second and a quarter"
    assert lines[1].lstrip().startswith("0:0")
    assert lines[1].endswith("of 0:05.0  peak -12.0 dBFS")


def test_a_part_of_it(cli: Cli, song: str) -> None:
    done = cli("play", song, "--start", "0:59", "--stop", "59.5", "--channels", "1")
    assert (done.code, done.err) == (0, "")


def test_what_cannot_be_played_is_told_and_left_out(cli: Cli, tmp_path: Path) -> None:
    good = short(tmp_path / "good.wav", 0.1)
    (tmp_path / "text.wav").write_text("Dear diary")
    many = short(tmp_path / "many.wav", 0.01, channels=300)
    cases = {
        str(tmp_path / "missing.wav"): "there is no file",
        str(tmp_path): "is a folder, not a sound file",
        str(tmp_path / "text.wav"): "no sound file that libsndfile reads",
        many: "--channels 2 plays the first 2",
    }
    for path, text in cases.items():
        done = cli("play", path, good)
        assert done.code == 1
        assert text in done.err
        assert path in done.err
        assert done.err.startswith("aiosounddevice play: ")
        assert "2 of 2: good.wav" in done.out
    done = cli("play", good, "--start", "3")
    assert done.code == 1
    assert "which is 0.1 seconds long" in done.err
    assert cli("play", many, "--channels", "2").code == 0


def test_what_is_typed_wrongly(cli: Cli, tmp_path: Path) -> None:
    good = short(tmp_path / "good.wav", 0.1)
    for arguments in (["--start", "x"], ["--start", "2", "--stop", "1"], ["--latency", "soon"]):
        done = cli("play", good, *arguments)
        assert done.code == 2
        assert arguments[-2] in done.err
    assert cli("play").code == 2
    done = cli("play", good, "--device", "toaster")
    assert done.code == 1
    assert "toaster" in done.err


def test_without_soundfile(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = short(tmp_path / "good.wav", 0.1)
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    done = cli("play", good)
    assert done.code == 1
    assert 'pip install "aiosounddevice[files]"' in done.err


def test_a_device_that_vanishes(cli: Cli, song: str, realtime_card: Card) -> None:
    choose = "aiosounddevice.cli.card.choose"
    with pytest.MonkeyPatch.context() as patch:

        def dying(_asked: bool) -> None:
            realtime_card.die(0, at=realtime_card.time + 0.2)

        patch.setattr(choose, dying)
        done = cli("play", song)
    assert done.code == 1
    assert "is the device still there?" in done.err


# ---- in a terminal


def test_keys(song: str, tmp_path: Path) -> None:
    end = short(tmp_path / "end.wav", 30)
    with Terminal("play", "--virtual", song, "nowhere.wav", end) as terminal:
        terminal.wait(r"1 of 3: song\.flac · FLAC · 48000 Hz · 2 channels · 1:00\.0")
        terminal.wait(r"▶  0:00\.[3-9].*1:00\.0")
        terminal.wait(r"^ 1  █{20,}.* -[6-9]\.\d$")
        assert "green" in terminal.colours()
        terminal.type(" ")
        paused = terminal.wait(r"‖  0:(\d\d\.\d)")
        terminal.type("\x1b[C\x1b[C\x1b[C")
        there = terminal.wait(r"‖  0:(1\d\.\d)  ━+")
        assert 15 <= float(there[1]) - float(paused[1]) < 16, "it was heard until it had paused"
        terminal.type(" ")
        terminal.wait(r"▶  0:1[67]\.\d")
        terminal.type("\x1b[D")
        terminal.wait(r"▶  0:1[12]\.\d")
        terminal.type("\x1b[A")
        terminal.wait(r"2 of 3|3 of 3")  # a minute on is behind the end
        terminal.wait(r"3 of 3: end\.wav")
        terminal.wait(r"there is no file 'nowhere\.wav'")
        terminal.type("q")
        assert terminal.end() == 1, "one of them was not there"
        shown = terminal.text.splitlines()
        assert shown[0] == "aiosounddevice play: there is no file 'nowhere.wav'"
        assert shown[1].startswith("3 of 3: end.wav")
        assert len(shown) == 5, "nothing else is left on the screen"


def test_next_and_previous(song: str, tmp_path: Path) -> None:
    end = short(tmp_path / "end.wav", 30)
    with Terminal("play", "--virtual", song, end, columns=60, lines=12) as terminal:
        terminal.wait(r"1 of 2.*(\n.*)*▶  0:00\.[2-9]")
        terminal.type("n")
        terminal.wait(r"2 of 2.*(\n.*)*▶  0:00\.[2-9]")
        terminal.type("p")
        terminal.wait(r"1 of 2.*(\n.*)*▶  0:00\.[2-9]")
        terminal.type("\x1b[C")
        terminal.wait(r"▶  0:05\.[2-9]")
        terminal.type("p")
        terminal.wait(r"1 of 2.*(\n.*)*▶  0:00\.[2-9]")
        terminal.type("nn")
        assert terminal.end() == 0


def test_ctrl_c(song: str) -> None:
    with Terminal("play", "--virtual", song, columns=30) as terminal:
        terminal.wait("▶  0:00")
        terminal.type(CTRL_C)
        assert terminal.end() == 130


def test_a_loop_ends_with_q(tmp_path: Path) -> None:
    clock = {"AIOSOUNDDEVICE_VIRTUAL_CLOCK": "20x"}
    path = short(tmp_path / "a.wav", 0.4)
    with Terminal("play", "--virtual", "--loop", path, path, **clock) as terminal:
        for number in (1, 2, 1):
            terminal.wait(f"{number} of 2")
        terminal.type("q")
        assert terminal.end() == 0


# ---- the picture


class Standing:
    """Stands in for a player."""

    def __init__(self, frames: int | None, position: float, channels: int) -> None:
        self.info = FileInfo(44100, channels, frames, "OGG", "VORBIS")
        self.samplerate = 48000.0
        self.position, self.paused, self.level = position, False, (0.5,) * channels


@pytest.mark.parametrize("width", [10, 20, 40, 80, 200])
@pytest.mark.parametrize("height", [1, 3, 30])
@pytest.mark.parametrize("frames", [None, 441000])
def test_it_fits(width: int, height: int, frames: int | None) -> None:
    view, player = PlayView(), Standing(frames, 5.0, 12)
    someone: Any = player
    view.begin("a very long name of a song.ogg", someone, "1 of 2")
    view.look()
    output = io.StringIO()
    Console(file=output, width=width, height=height).print(view.picture(width, height))
    lines = output.getvalue().splitlines()
    assert len(lines) <= max(1, height - 1)
    assert all(len(line) <= width for line in lines)
    if width == 80 and height == 30 and frames:
        assert "0:05.0  ━" in lines[1]
        assert lines[1].count("━") == pytest.approx(lines[1].count("─"), abs=1)
        assert lines[0].endswith("44100 Hz at 48000 Hz · 12 channel")
