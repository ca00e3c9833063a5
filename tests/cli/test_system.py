"""What `doctor` says of systems that are made up, as files below a folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from aiosounddevice.cli import system
from aiosounddevice.cli.system import Finding, System

PLUGINS = "usr/lib/x86_64-linux-gnu/alsa-lib/libasound_module_pcm_{}.so"
Make = Callable[..., System]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a system: ``make("dev/snd/pcmC0D0p", PULSE_SERVER="...")``; files may have contents."""

    def made(*files: str, **environ: str) -> System:
        for file in files:
            name, _, content = file.partition("=")
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return System(str(tmp_path), environ, 1000, "linux")

    return made


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


CARD = (
    "dev/snd/pcmC0D0p",
    "dev/snd/pcmC0D0c",
    "proc/asound/cards= 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n   HDA Intel at 0xf7\n",
)
PIPEWIRE = ("run/user/1000/pipewire-0", "run/user/1000/pulse/native", "proc/7/comm=pipewire\n")


def test_a_sound_card(make: Make) -> None:
    found = only(system.hardware(make(*CARD)))
    assert found.status == "ok"
    assert found.text.startswith("HDA Intel PCH, groups ")


def test_no_sound_card(make: Make) -> None:
    found = only(system.hardware(make()))
    assert (found.status, found.text) == ("wrong", "no sound card in /dev/snd")
    assert "no driver" in found.advice
    assert only(system.hardware(make(".dockerenv"))).advice.startswith("In a container")


def test_no_sound_card_and_none_needed(make: Make) -> None:
    assert only(system.hardware(make(), devices=True)).status == "ok"


def test_a_sound_server_that_portaudio_does_not_reach(make: Make) -> None:
    found = only(system.hardware(make(*PIPEWIRE)))
    assert found.status == "wrong"
    assert found.text.endswith("PortAudio does not reach PipeWire")
    assert "XDG_RUNTIME_DIR" in found.advice


def test_a_sound_card_that_may_not_be_opened(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    here = make(*CARD)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may do everything
    found = only(system.hardware(here))
    assert found.status == "wrong"
    assert "usermod -aG audio" in found.advice
    assert only(system.hardware(here, devices=True)).status == "ok"


def test_container(make: Make) -> None:
    assert only(system.container(make())) == Finding("ok", "container", "no")
    found = only(system.container(make(".dockerenv")))
    assert found.status == "note"
    assert "--device /dev/snd" in found.advice
    assert only(system.container(make("dev/snd/pcmC0D0p"))).status == "ok"


def test_no_sound_server(make: Make) -> None:
    assert only(system.servers(make())).text == "none; ALSA is used directly"


@pytest.mark.parametrize("plugin", ["pulse", "pipewire"])
def test_pipewire_that_alsa_reaches(make: Make, plugin: str) -> None:
    found = only(system.servers(make(*PIPEWIRE, PLUGINS.format(plugin))))
    assert found == Finding("ok", "sound server", "PipeWire")


def test_pipewire_that_alsa_does_not_reach(make: Make) -> None:
    server, alsa = system.servers(make(*PIPEWIRE))
    assert server.text == "PipeWire"
    assert alsa.status == "wrong"
    assert alsa.advice == "sudo apt install pipewire-alsa"


def test_pulseaudio_somewhere_else(make: Make) -> None:
    runtime = make("elsewhere/pulse/native", XDG_RUNTIME_DIR="/elsewhere")
    server, alsa = system.servers(runtime)
    assert server.text == "PulseAudio"
    assert "libasound2-plugins" in alsa.advice
    found = only(system.servers(make(PLUGINS.format("pulse"), PULSE_SERVER="tcp:host")))
    assert found.text == "PulseAudio at tcp:host"


def test_a_pulse_server_that_is_not_there(make: Make) -> None:
    found = only(system.servers(make(PULSE_SERVER="unix:/tmp/pulse.sock")))
    assert found.status == "wrong"
    assert "/tmp/pulse.sock" in found.text
    assert "unset PULSE_SERVER" in found.advice


def test_a_server_of_another_user(make: Make) -> None:
    found = only(system.servers(make("proc/12/comm=pulseaudio\n")))
    assert (found.status, "another user" in found.advice) == ("note", True)


def test_jack(make: Make) -> None:
    assert only(system.servers(make("proc/12/comm=jackd\n"))).text == "JACK"


@pytest.mark.parametrize(("allowed", "status"), [(True, "ok"), (False, "note")])
def test_real_time(make: Make, monkeypatch: pytest.MonkeyPatch, allowed: bool, status: str) -> None:
    monkeypatch.setattr(system, "_may_be_realtime", lambda: allowed)
    found = only(system.realtime(make()))
    assert found.status == status
    assert "rtprio" in found.text
    assert ("limits.d" in found.advice) is not allowed


def test_trying_real_time_leaves_this_thread_as_it_was() -> None:
    before = os.sched_getscheduler(0)
    assert system._may_be_realtime() in (True, False)
    assert os.sched_getscheduler(0) == before


def test_versions_and_extras(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    versions, extras = system.about(make())
    assert versions.text.startswith("aiosounddevice ")
    assert extras.status == "ok"
    monkeypatch.setitem(system.PACKAGES, "no-such-package", ("more", "do more"))
    _, extras = system.about(make())
    assert extras.status == "note"
    assert extras.text == "missing: no-such-package (to do more)"
    assert extras.advice == 'pip install "aiosounddevice[more]"'


def test_elsewhere_than_on_linux(make: Make) -> None:
    mac = System("/", {}, 501, "darwin")
    checks = (system.hardware, system.container, system.servers, system.realtime)
    assert [check(mac) for check in checks] == [[]] * 4
