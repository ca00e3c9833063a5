"""The command ``rec``, in a pipe and in a terminal with somebody at the keys."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from aiosounddevice.cli.recording import Silence
from aiosounddevice.virtual import Card

from .conftest import Done
from .terminal import CTRL_C, Terminal

RATE = 48000
Cli = Callable[..., Done]


# ---- in a pipe


def test_a_recording_of_so_many_seconds(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    done = cli("rec", str(path), "--duration", "0:02.5")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "a.flac ← Virtual microphone · 48000 Hz · 2 channels"
    told = [float(line.split()[0].removeprefix("0:")) for line in lines[1:-1]]
    assert len(told) == 2
    assert 1 <= told[0] < 2 <= told[1] <= 2.5, "later than each second when the machine is busy"
    assert all(re.search(r"peak +-\d+\.\d +-\d+\.\d dBFS$", line) for line in lines[1:-1])
    assert re.fullmatch(
        rf"{re.escape(str(path))}: 0:02\.5, 0\.\d MB, highest peak -\d+\.\d dBFS, 0 frames lost",
        lines[-1],
    )
    info = soundfile.info(path)
    assert (info.frames, info.channels, info.samplerate) == (120000, 2, RATE)


def test_options(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    arguments = ["-t", "0.5", "--channels", "1", "--samplerate", "16000", "--subtype", "float"]
    assert cli("rec", str(path), *arguments, "--device", "loopback").code == 0
    info = soundfile.info(path)
    assert (info.frames, info.channels, info.samplerate) == (8000, 1, 16000)
    assert info.subtype == "FLOAT"


def test_a_file_that_is_there(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"mine")
    done = cli("rec", str(path), "-t", "0.1")
    assert done.code == 1
    assert done.err.endswith("a.wav exists already: choose another name, or --force\n")
    assert done.out == ""
    assert path.read_bytes() == b"mine"
    assert cli("rec", str(path), "-t", "0.1", "--force").code == 0
    assert soundfile.info(path).frames == 4800


def test_what_cannot_be(cli: Cli, tmp_path: Path) -> None:
    cases: list[tuple[list[str], int, str]] = [
        (["a.txt"], 2, "extension '.txt'"),
        (["a.flac", "--subtype", "FLOAT"], 2, "FLAC has no subtype 'FLOAT'"),
        (["a.wav", "-t", "0"], 2, "--duration must be longer than 0"),
        (["a.wav", "-t", "soon"], 2, "--duration must be seconds"),
        (["a.wav", "--until-silence", "-1"], 2, "--until-silence"),
        (["missing/a.wav"], 1, "make it first"),
        (["."], 2, "extension"),
        (["a.wav", "--device", "toaster"], 1, "toaster"),
        (["a.wav", "--channels", "9"], 1, "9 input channels"),
        (["a.opus", "--samplerate", "44100"], 1, "does not do"),
    ]
    for (name, *arguments), code, text in cases:
        done = cli("rec", str(tmp_path / name), "-t", "0.1", *arguments)
        assert done.code == code, done.err
        assert text in done.err
        assert done.err.startswith("aiosounddevice rec: ")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    write = os.write

    def full(fd: int, data: bytes) -> int:
        if os.lseek(fd, 0, os.SEEK_CUR) > 50000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(fd, data)

    path = tmp_path / "a.wav"
    with monkeypatch.context() as patch:
        patch.setattr("aiosounddevice.files.target.os.write", full)
        done = cli("rec", str(path), "-t", "5")
    assert done.code == 1
    assert "the disk is full:" in done.err
    assert "a.wav: 0:00." in done.out
    assert soundfile.info(path).frames >= 9600


def test_a_device_that_vanishes(cli: Cli, tmp_path: Path, realtime_card: Card) -> None:
    path = tmp_path / "a.wav"

    def dying(_asked: bool, **_: object) -> None:
        realtime_card.die(0, at=realtime_card.time + 0.3)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aiosounddevice.cli.card.choose", dying)
        done = cli("rec", str(path))
    assert done.code == 1
    kept = re.search(r"a\.wav' keeps the (\d\.\d) s until then", done.err)
    assert kept, done.err
    assert soundfile.info(path).frames / RATE == pytest.approx(float(kept[1]), abs=0.051)
    assert "a.wav: 0:00." in done.out


# ---- until silence


def test_silence_counts_after_the_first_sound() -> None:
    silence = Silence(1.0, -40.0)
    assert not any(silence.over(-60, now / 10) for now in range(50))
    assert silence.state() == "waiting for a sound above -40 dBFS"
    assert not silence.over(-39, 5.0)
    assert silence.state() == ""
    assert not silence.over(-41, 5.9)
    assert silence.state() == "silent for 0.9 of 1 s"
    assert not silence.over(-20, 5.95)
    assert not silence.over(-50, 6.9)
    assert silence.over(-50, 6.95)


def test_until_silence(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    speech = np.zeros(10 * RATE)
    speech[RATE : 2 * RATE] = 0.3

    def speaking() -> None:
        from aiosounddevice import virtual

        card = virtual.use("5x")
        card.microphone.feed(speech)

    monkeypatch.setattr("aiosounddevice.cli.card.choose", lambda *_, **__: speaking())
    path = tmp_path / "a.wav"
    done = cli("rec", str(path), "--device", "microphone", "--until-silence", "1.5")
    assert (done.code, done.err) == (0, "")
    frames = soundfile.info(path).frames
    assert 3.5 * RATE <= frames < 8 * RATE


# ---- in a terminal


def test_q_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    with Terminal("rec", "--virtual", str(path), "--until-silence", "9") as terminal:
        terminal.wait(r"take\.wav ← Virtual microphone · 48000 Hz · 2 channels +q stops$")
        terminal.wait(r"●  0:0\d\.[3-9]")
        terminal.wait(r"^ 1  █{10,}.* -\d+\.\d$")
        terminal.wait(r"-60 .* 0 dBFS$")
        terminal.type("q")
        assert terminal.end() == 0
        told = terminal.wait(r"take\.wav: 0:0(\d\.\d), 0\.\d MB, highest peak").group(1)
    assert soundfile.info(path).frames / RATE == pytest.approx(float(told), abs=0.1)


@pytest.mark.parametrize(("stop", "code"), [(CTRL_C, 0), (signal.SIGTERM, 143)])
def test_ctrl_c_and_signals_keep_the_file(
    tmp_path: Path, stop: str | signal.Signals, code: int
) -> None:
    path = tmp_path / "take.flac"
    with Terminal("rec", "--virtual", str(path), columns=40, lines=8) as terminal:
        terminal.wait(r"●  0:00\.[3-9]")
        if isinstance(stop, str):
            terminal.type(stop)
        else:
            terminal.send(stop)
        assert terminal.end() == code
    assert soundfile.info(path).frames > 0.3 * RATE
