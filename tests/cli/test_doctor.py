"""What `doctor` finds out by PortAudio, and how it ends."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

import aiosounddevice as sd
from aiosounddevice.__main__ import main
from aiosounddevice.cli import soundcheck, system
from aiosounddevice.cli.doctor import tell
from aiosounddevice.cli.soundcheck import the_devices, the_library
from aiosounddevice.cli.system import Finding
from aiosounddevice.core import library
from aiosounddevice.virtual import Card


@pytest.mark.anyio
async def test_devices_that_work(auto_card: Card) -> None:
    assert (await the_library()).status == "ok"
    found = await the_devices()
    assert {finding.status for finding in found} == {"ok"}
    assert [finding.what for finding in found] == ["host APIs", "input", "", "", "output", "", ""]
    assert auto_card.open_streams == 0


@pytest.mark.anyio
async def test_no_devices(auto_card: Card) -> None:
    for device in auto_card.devices:
        auto_card.unplug(device)
    library.use(sd.virtual.library_path())
    (found,) = await the_devices()
    assert (found.status, found.text) == ("wrong", "PortAudio finds none")


@pytest.mark.anyio
async def test_no_input(auto_card: Card) -> None:
    auto_card.define([sd.virtual.Speaker()])
    try:
        found = await the_devices()
        wrong = [finding for finding in found if finding.status == "wrong"]
        assert [finding.what for finding in wrong] == ["input"]
        assert "--input-device" in wrong[0].advice
    finally:
        auto_card.define(None)


@pytest.mark.anyio
async def test_a_device_that_does_not_open(auto_card: Card) -> None:
    auto_card.fail("Pa_OpenStream", -9985)
    wrong = [finding for finding in await the_devices() if finding.status == "wrong"]
    assert len(wrong) == 1
    assert "-9985" in wrong[0].text


@pytest.mark.anyio
async def test_a_device_that_opens_and_does_nothing(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soundcheck, "LIMIT", 0.05)
    wrong = [finding.text for finding in await the_devices() if finding.status == "wrong"]
    assert wrong == ["opens, and then nothing happens for 0.05 s"] * 2


@pytest.mark.anyio
async def test_a_library_that_is_none(monkeypatch: pytest.MonkeyPatch, card: Card) -> None:
    library.use(__file__)
    found = await the_library()
    assert found.status == "wrong"
    assert __file__ in found.text
    assert "unset AIOSOUNDDEVICE_PORTAUDIO" in found.advice
    monkeypatch.delenv("AIOSOUNDDEVICE_PORTAUDIO")
    assert "nstall" in (await the_library()).advice


def test_something_wrong_is_exit_code_1(
    auto_card: Card,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    broken = system.System(str(tmp_path), {"PULSE_SERVER": "/gone"}, 1000, "linux")
    monkeypatch.setattr("aiosounddevice.cli.doctor.System", lambda: broken)
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert any(line.startswith("wrong sound server") for line in told)
    assert any(line.strip().startswith("→ start the server") for line in told)
    assert told[-1] == "1 thing is wrong"


def test_notes_are_no_trouble(
    auto_card: Card, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    note = Finding("note", "real time", "not allowed", "allow it")
    monkeypatch.setattr(system, "realtime", lambda _: [note])
    for name in ("container", "hardware", "servers"):
        monkeypatch.setattr(system, name, lambda *_: [])
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "sound works; 1 could be better"


def test_on_a_terminal_long_findings_stay_in_their_column() -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=50, color_system=None, _environ={})
    tell(console, Finding("wrong", "sound server", "word " * 20, "do this and that " * 5))
    rows = output.getvalue().splitlines()
    assert rows[0].startswith("wrong sound server  word")
    assert any(row.startswith(" " * 20 + "→ do this") for row in rows)
    assert all(row.startswith(" " * 20) and len(row) <= 50 for row in rows[1:])
