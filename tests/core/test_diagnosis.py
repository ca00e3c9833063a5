from __future__ import annotations

import os
import sys

import pytest
from fake_portaudio import laptop

from aiosounddevice.core import diagnosis
from aiosounddevice.core.errors import PortAudioError
from aiosounddevice.core.parameters import request, resolve

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux")


def explain(code, kind="output", pa=None, host=None, name=None, **arguments):
    pa = pa or laptop()
    found = resolve(pa, request(kind, **arguments))
    args = ("text", code) if host is None else ("text", code, host)
    return diagnosis.explain(pa, PortAudioError(*args, host_api_name=name), found)


def test_what_was_asked_comes_first():
    text = explain(-9986, device=1, channels=1, samplerate=96000, dtype="int16")
    assert text == (
        "asked for 1 output channel, int16, 96000 Hz; device 1 'HDA Intel: HDMI 0 (hw:0,3)' "
        "(ALSA) has 0 in, 8 out, default 48000 Hz"
    )


def test_sample_rates_that_do_open_are_probed():
    text = explain(-9997, "duplex", samplerate=12345, pa=laptop(rates=(16000, 48000)))
    assert text.count("'default' does 16000, 48000 Hz") == 2
    assert "choose one of these" in text
    assert "no usual sample rate" in explain(-9997, samplerate=1, pa=laptop(rates=()))


def test_wasapis_invalid_device_that_is_a_sample_rate():
    assert "'default' does 44100, 48000 Hz" in explain(-9996, samplerate=12345)
    assert "Hz: choose" not in explain(-9996, samplerate=48000)
    assert "no usual" not in explain(-9996, samplerate=1, pa=laptop(rates=()))


def test_channels():
    assert "devices with 8 outputs: 1, 2, 3" in explain(-9998, device=1)


def test_sample_formats_are_probed():
    pa = laptop()
    pa.lib.formats = 0x08 | 0x02
    assert "does int32, int16: choose one with dtype=" in explain(-9994, samplerate=48000, pa=pa)


def test_pair_on_two_host_apis():
    asked = {"device": (4, 1), "channels": 1, "samplerate": 48000}
    text = explain(-9993, "duplex", **asked)
    assert "input is JACK Audio Connection Kit, output is ALSA" in text
    assert "device=(0, 0)" in text
    assert "cannot be opened together" in explain(-9993, "duplex", **{**asked, "device": (0, 1)})


def test_busy():
    text = explain(-9985, device=0)
    assert "'HDA Intel: ALC (hw:0,0)' is " in text
    assert "'pipewire'" in text
    assert "exclusive mode" in explain(-9985, device=3)


def test_who_holds_it(tmp_path):
    status = tmp_path / "proc/asound/card1/pcm2p/sub0/status"
    status.parent.mkdir(parents=True)
    status.write_text("state: RUNNING\nowner_pid   : 4711\n")
    (tmp_path / "proc/4711").mkdir()
    (tmp_path / "proc/4711/comm").write_text("firefox\n")
    assert diagnosis._owner(1, 2, False, str(tmp_path)) == "firefox (process 4711)"
    assert diagnosis._owner(1, 2, True, str(tmp_path)) == ""
    status.write_text("closed\n")
    assert diagnosis._owner(1, 2, False, str(tmp_path)) == ""


@pytest.mark.parametrize(
    ("name", "code", "meaning"),
    [
        ("ALSA", -19, f"ALSA refused ({os.strerror(19)})"),
        ("Core Audio", int.from_bytes(b"who?", "big"), "Core Audio refused ('who?')"),
        ("Core Audio", -50, "Core Audio refused:"),
        ("Core Audio", int.from_bytes(b"nope", "big"), "Core Audio refused ('nope')"),
        ("Windows WASAPI", -2004287484, "Windows WASAPI refused (0x88890004)"),
        ("JACK", 1, "JACK refused:"),
    ],
)
def test_host_errors(name, code, meaning):
    text = explain(-9999, host=(0, code, ""), name=name)
    assert meaning in text
    assert "unplugged" in text


def test_an_explanation_never_hides_the_error(monkeypatch):
    def broken(*args):
        raise RuntimeError

    pa = laptop()
    monkeypatch.setattr(pa.lib, "Pa_IsFormatSupported", broken)
    assert explain(-9997, pa=pa) == ""


def test_what_is_explained_already_stays():
    error = PortAudioError("text", -9998, explanation="because")
    assert diagnosis.explain(laptop(), error, None) == "because"
    assert diagnosis.explain(laptop(), PortAudioError("text", -9998), None) == ""


@linux
def test_where_the_sound_devices_may_be(tmp_path):
    root = str(tmp_path)
    assert "no sound card" in diagnosis.environment_hint(root)
    (tmp_path / "dev/snd").mkdir(parents=True)
    assert "group 'audio'" in diagnosis.environment_hint(root)
    (tmp_path / "dev/snd/pcmC0D0p").touch()
    assert diagnosis.environment_hint(root) == ""
    (tmp_path / ".dockerenv").touch()
    assert "container" in diagnosis.environment_hint(root)
    (tmp_path / "proc/sys/kernel").mkdir(parents=True)
    (tmp_path / "proc/sys/kernel/osrelease").write_text("5.15-microsoft-standard-WSL2\n")
    assert "WSL" in diagnosis.environment_hint(root)
