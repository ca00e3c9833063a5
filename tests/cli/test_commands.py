"""The commands piped, on the virtual card: what they say, and that it is true."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import soundfile

import aiosounddevice as sd
from aiosounddevice.dsp.sounds import signal_for_tests

from .conftest import Done

Cli = Callable[..., Done]


def lines(done: Done) -> list[str]:
    assert (done.code, done.err) == (0, ""), done
    return done.out.splitlines()


def test_devices(cli: Cli) -> None:
    assert lines(cli("devices")) == [
        "* 0 Virtual loopback, Virtual (8 in, 8 out)",
        "  1 Virtual microphone, Virtual (2 in, 0 out)",
        "  2 Virtual speaker, Virtual (0 in, 2 out)",
    ]


def test_devices_as_json(cli: Cli) -> None:
    devices = json.loads(cli("devices", "--json").out)
    assert [device["name"].split()[1] for device in devices] == [
        "loopback",
        "microphone",
        "speaker",
    ]
    assert devices[1]["hostapi_name"] == "Virtual"
    assert devices[1]["max_input_channels"] == 2
    assert [device["default_input"] for device in devices] == [True, False, False]


def test_meter_tells_the_levels_of_what_is_heard(cli: Cli) -> None:
    title, *told, summary = lines(cli("meter", "--seconds", "7.5"))
    assert title == "Virtual microphone · 48000 Hz · 2 channels"
    assert [float(line.split()[0]) for line in told] == [1, 2, 3, 4, 5, 6, 7]
    sound = signal_for_tests(48000)[: round(7.5 * 48000)]
    highest = 20 * np.log10(np.abs(sound).max())
    assert f"7.5 s, highest peak {highest:.1f} dBFS" in summary
    assert summary.endswith(f"on channel {np.abs(sound).max(axis=0).argmax() + 1}, 0 frames lost")
    for line in told:
        end = round(float(line.split()[0]) * 48000)
        recent = 20 * np.log10(np.sqrt(np.mean(sound[end - 480 : end].astype(float) ** 2, axis=0)))
        assert [float(text) for text in re.findall(r"(\S+) rms", line)] == pytest.approx(
            recent.tolist(), abs=0.051
        )


def test_meter_of_one_channel_of_another_device(cli: Cli) -> None:
    title, *_, summary = lines(cli("meter", "-d", "loopback", "-c", "1", "-r", "8000", "-s", "1"))
    assert title == "Virtual loopback · 8000 Hz · 1 channel"
    assert "highest peak -inf dBFS" in summary


def test_spectrogram(cli: Cli) -> None:
    title, heading, *told, summary = lines(cli("spectrogram", "--seconds", "4"))
    assert title.startswith("Virtual microphone")
    assert heading.split() == ["63", "125", "250", "500", "1k", "2k", "4k", "8k"]
    assert [line.split(" s")[0].strip() for line in told[:4]] == ["0.25", "0.50", "0.75", "1.00"]
    assert len(told) == 16
    assert re.search(r"^4\.0 s, strongest -\d+\.\d dBFS at \d+ Hz, 0 frames lost$", summary)


def test_wire(cli: Cli) -> None:
    done = cli("wire", "--seconds", "3", "--blocksize", "480", "--prefill", "10")
    title, *told, summary, xruns = lines(done)
    assert title == "Virtual microphone → Virtual loopback · 48000 Hz"
    assert len(told) == 3
    assert all("0 frames lost, 0 too late" in line for line in told)
    assert "100.0 here (4800 frames)" in summary
    total, given, taken = (
        float(re.search(pattern, summary)[1])  # type: ignore[index]
        for pattern in (r"delay ([\d.]+) ms", r"= ([\d.]+) input", r"\+ ([\d.]+) output")
    )
    assert total == pytest.approx(given + 100 + taken, abs=0.11)
    assert xruns.startswith("0 frames lost, 0 too late")


def test_wire_plays_what_comes_in(cli: Cli) -> None:
    lines(cli("wire", "-o", "speaker", "-b", "480", "--prefill", "10", "--seconds", "2"))
    played = sd.virtual.Card().speaker.recorded
    heard = signal_for_tests(48000)
    assert len(played) > 48000
    assert not played[:4800].any()
    assert np.array_equal(played[4800:48000].astype(np.float32), heard[: 48000 - 4800])


def test_xruns_are_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    use = sd.virtual.use

    def faulty(clock: str) -> sd.virtual.Card:
        card = use(clock)
        card.script("at frame 9600 lose 512 frames; at frame 48000 lose 512 frames")
        return card

    monkeypatch.setattr(sd.virtual, "use", faulty)
    told = lines(cli("wire", "--seconds", "2"))
    assert told[-1] == "0 frames lost, 0 too late, 4 xruns of the host", "two, in and out"


@pytest.mark.parametrize("delay", [4800, 12345])
def test_latency_is_the_loopbacks_delay(cli: Cli, delay: int) -> None:
    told = lines(cli("latency", "--virtual-delay", str(delay), "-n", "2"))
    milliseconds = f"{delay} frames, {delay / 48:.2f} ms"
    assert told[0] == "output      Virtual loopback"
    assert told[3] == f"1           {milliseconds}, 100 % alike, back at +0.0 dB"
    assert f"round trip  {milliseconds}" in told
    assert told[-1].startswith("the host    reports ")


def test_latency_with_a_blocksize_and_a_rate(cli: Cli) -> None:
    told = lines(cli("latency", "-b", "64", "-r", "44100", "-n", "1", "--virtual-delay", "441"))
    assert "settings    44100 Hz, blocks of 64" in told
    assert "round trip  441 frames, 10.00 ms" in told


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_plot_a_device(cli: Cli, tmp_path: Path, ending: str) -> None:
    picture = tmp_path / f"picture.{ending}"
    about, written = lines(cli("plot", "-s", "1", "-o", str(picture)))
    assert about == "recording   1 s from Virtual microphone · 48000 Hz · 2 channels"
    assert "1.00 s, 2 channels, 48000 Hz, peak -" in written
    marks = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert picture.read_bytes().startswith(marks[ending])


def test_plot_a_file(cli: Cli, tmp_path: Path) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(96000) / 48000)
    tone[:48000] = 0
    path, picture = tmp_path / "tone.flac", tmp_path / "tone.png"
    soundfile.write(path, tone, 48000)
    (written,) = lines(cli("plot", str(path), "-o", str(picture)))
    assert written == f"written     {picture}: 2.00 s, 1 channel, 48000 Hz, peak -6.0 dBFS"
    image = matplotlib.image.imread(picture)[:, :, :3]
    assert image.shape[0] > 400
    assert image.shape[1] > 800
    # The spectrogram's line is its brightest part, and in the second half only.
    height, width = image.shape[:2]
    spectrogram = image[height // 2 : int(0.9 * height), int(0.08 * width) : int(0.9 * width)]
    bright = spectrogram.sum(axis=2).max(axis=0)
    assert bright[: int(0.4 * len(bright))].max() < 0.5
    assert bright[int(0.6 * len(bright)) : int(0.95 * len(bright))].min() > 1.5


def test_plot_a_part_of_a_file(cli: Cli, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", np.zeros((480000, 2)), 48000)
    picture = tmp_path / "part.png"
    (written,) = lines(cli("plot", str(tmp_path / "long.wav"), "-s", "1.5", "-o", str(picture)))
    assert ": 1.50 s, 2 channels, 48000 Hz, peak -120.0 dBFS" in written


def test_doctor_finds_nothing_wrong_with_the_virtual_card(cli: Cli) -> None:
    told = lines(cli("doctor"))
    text = "\n".join(told)
    assert "wrong" not in text
    assert re.search(r"^ok    library +/.*libportaudio\.so\.2.*: Virtual sound card", text, re.M)
    assert re.search(r"^ok    host APIs +Virtual \(3\)$", text, re.M)
    assert re.search(r"^ok    input +Virtual loopback, 8 channels, 48000 Hz$", text, re.M)
    assert text.count("rates that open: 8000, 11025,") == 2
    assert len(re.findall(r"opens in \d+ ms and runs, latency [\d.]+ ms", text)) == 2
    assert told[-1].startswith("sound works")
