"""Bad input to each command: one line that says what to do, and an exit code.

Many cases to a test: what a card costs to clean up after is more than a case takes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from .conftest import Done

Cli = Callable[..., Done]
LIVE = ("meter", "spectrogram", "wire")
SOUNDING = (*LIVE, "latency")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("this is no sound file")
    soundfile.write("sound.wav", np.zeros(4800), 48000)
    soundfile.write("nothing.wav", np.zeros(0), 48000)
    whole = (tmp_path / "sound.wav").read_bytes()
    (tmp_path / "header.wav").write_bytes(whole[:20])


def refused(done: Done, code: int, *texts: str) -> None:
    assert done.code == code, done
    assert len(done.err.splitlines()) == 1, done.err
    assert done.err.startswith("aiosounddevice ")
    for text in texts:
        assert text in done.err
    assert "Traceback" not in done.err + done.out


def test_an_unknown_device(cli: Cli) -> None:
    for command in (*SOUNDING, "plot"):
        refused(
            cli(command, "--device", "toaster"), 1, "'toaster'", "Virtual", "lists what there is"
        )
        refused(cli(command, "-d", "99"), 1, "99", "from 0 to 2")


def test_channels(cli: Cli) -> None:
    for command in (*SOUNDING, "plot"):
        refused(cli(command, "--channels", "0"), 2, "--channels")
        refused(cli(command, "--channels", "-1"), 2, "--channels")
        refused(cli(command, "-d", "loopback", "-c", "300"), 1, "300", "8 in, 8 out")


def test_a_rate_that_the_device_does_not_do(cli: Cli) -> None:
    for command in (*SOUNDING, "plot"):
        refused(cli(command, "--samplerate", "123"), 1, "123 Hz", "choose one of these")
        refused(cli(command, "--samplerate", "0"), 2, "--samplerate")


def test_latency(cli: Cli) -> None:
    for command in SOUNDING:
        refused(cli(command, "--latency", "quick"), 2, "'low', 'high' or seconds")


def test_seconds(cli: Cli) -> None:
    for command in (*LIVE, "plot"):
        refused(cli(command, "--seconds", "-1"), 2, "--seconds must be a positive number")
        refused(cli(command, "--seconds", "nan"), 2, "--seconds must be a positive number")


OTHERS: dict[str, list[tuple[str, int, str]]] = {
    "devices": [
        ("--interval 0", 2, "--interval must be"),
    ],
    "spectrogram": [
        ("--low 0", 2, "--low must be"),
        ("--low 500 --high 400", 2, "--low must be"),
        ("--low 23999 --high 1e9 -r 44100", 2, "44100 Hz"),
    ],
    "wire": [
        ("--prefill 0", 2, "--prefill"),
        ("--blocksize 0", 2, "--blocksize"),
        ("-i speaker", 1, "0 in, 2 out"),
        ("-o microphone", 1, "2 in, 0 out"),
    ],
    "latency": [
        ("--volume 2", 2, "--volume must be"),
        ("--longest 0", 2, "--longest must be"),
        ("-n 0", 2, "--repeat"),
        ("-i micro -o speaker --longest 0.1", 1, "not heard"),
    ],
    "plot": [
        ("nowhere.wav", 1, "nowhere.wav: no such file"),
        ("no/where", 1, "no/where: no such file"),
        ("folder", 1, "folder is a directory"),
        ("empty.wav", 1, "empty.wav cannot be read as a sound file"),
        ("text.wav", 1, "text.wav cannot be read as a sound file"),
        ("header.wav", 1, "header.wav"),
        ("nothing.wav", 1, "nothing.wav: there is no sound in it"),
        ("sound.wav -o x.foo", 2, "x.foo: no picture ends like that"),
        ("sound.wav -o picture", 2, "picture: no picture ends like that"),
        ("sound.wav -o folder.png", 1, "folder.png is a directory"),
        ("sound.wav -o no/where.png", 1, "no: there is no such directory"),
        ("sound.wav -d 0", 2, "not both"),
        ("toaster", 1, "No input device matching 'toaster'"),
    ],
    "demo": [
        ("--seconds 0", 2, "between 0.5 and 3600"),
        ("-o no/where.wav", 1, "no/where.wav: No such file or directory"),
        ("-o folder", 1, "folder: Is a directory"),
    ],
}


@pytest.mark.parametrize("command", OTHERS)
def test_others(cli: Cli, command: str) -> None:
    for arguments, code, text in OTHERS[command]:
        refused(cli(command, *arguments.split()), code, text)
    assert not Path("plot.png").exists()


def test_a_folder_that_may_not_be_written_to(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may do everything
    refused(cli("plot", "sound.wav", "-o", "folder/x.png"), 1, "permission denied")


def test_no_device_at_all(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    import aiosounddevice as sd

    use = sd.virtual.use
    bare = [sd.virtual.Loopback(), sd.virtual.Microphone(), sd.virtual.Speaker()]

    def unplugged(clock: str) -> sd.virtual.Card:
        card = use(clock, bare)
        for device in bare:
            card.unplug(device)
        return card

    monkeypatch.setattr(sd.virtual, "use", unplugged)
    try:
        for command in SOUNDING:
            refused(cli(command), 1, "0 devices seen")
    finally:
        use()


@pytest.mark.parametrize("command", LIVE)
def test_a_device_that_dies_meanwhile(
    cli: Cli, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import aiosounddevice as sd

    use = sd.virtual.use

    def dying(clock: str) -> sd.virtual.Card:
        card = use(clock)
        for device in card.devices:
            card.die(device, at=2.0)
        return card

    monkeypatch.setattr(sd.virtual, "use", dying)
    done = cli(command)
    refused(done, 1, "is the device still there")
    assert "frames lost" in done.out, "what there was is told"
