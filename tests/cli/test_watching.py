"""Devices that come and go, seen from here and from another process."""

from __future__ import annotations

import io
import json
import sys

import anyio
import pytest
from rich.console import Console

import aiosounddevice as sd
from aiosounddevice.cli import snapshot, watching
from aiosounddevice.cli.watching import Watch
from aiosounddevice.core.devices import DeviceList
from aiosounddevice.core.errors import AudioError
from aiosounddevice.virtual import Card

pytestmark = pytest.mark.anyio


async def test_a_list_survives_json(auto_card: Card) -> None:
    found = await sd.query_devices()
    again = snapshot.listed(json.loads(json.dumps(snapshot.described(found))))
    assert repr(again) == repr(found)
    assert tuple(again) == tuple(found)
    assert repr(snapshot.listed([])) == ""


async def test_a_child_sees_the_devices_afresh(auto_card: Card) -> None:
    seen = await watching._ask_child()
    assert repr(seen) == repr(await sd.query_devices())


@pytest.mark.parametrize("anyio_backend", [("asyncio", {})], ids=["asyncio"])
async def test_a_child_that_fails_says_why(
    anyio_backend: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIOSOUNDDEVICE_PORTAUDIO", "/no/such/library")
    with pytest.raises(AudioError, match="could not list the devices: PortAudio library not found"):
        await watching._ask_child()


async def test_plug_and_unplug(auto_card: Card) -> None:
    headset = sd.virtual.Headset()
    output = io.StringIO()
    view = Watch(Console(file=output), False, await watching._look_at_card())
    await view.compare(watching._look_at_card)
    assert output.getvalue().count("\n") == 3, "nothing has changed"
    auto_card.plug(headset)
    await view.compare(watching._look_at_card)
    assert "+ Virtual headset, Virtual (1 in, 2 out)" in output.getvalue()
    assert output.getvalue().endswith("  3 Virtual headset, Virtual (1 in, 2 out)\n")
    auto_card.unplug(headset)
    await view.compare(watching._look_at_card)
    assert "- Virtual headset, Virtual (1 in, 2 out)" in output.getvalue()


async def test_as_json_there_is_a_line_for_each_change(auto_card: Card) -> None:
    output = io.StringIO()
    view = Watch(Console(file=output), True, await watching._look_at_card())
    auto_card.plug(sd.virtual.Headset())
    await view.compare(watching._look_at_card)
    told = [json.loads(line) for line in output.getvalue().splitlines()]
    assert [len(devices) for devices in told] == [3, 4]
    assert told[1][3]["name"] == "Virtual headset"


async def test_a_server_that_restarts_is_told_once(auto_card: Card) -> None:
    output = io.StringIO()
    found = await sd.query_devices()
    view = Watch(Console(file=output), False, found)

    async def fails() -> DeviceList:
        await anyio.lowlevel.checkpoint()
        raise AudioError("no answer")

    await view.compare(fails)
    await view.compare(fails)
    assert output.getvalue().count("no answer") == 1
    await view.compare(sd.query_devices)
    await view.compare(fails)
    assert output.getvalue().count("no answer") == 2


@pytest.mark.parametrize("anyio_backend", [("asyncio", {})], ids=["asyncio"])
async def test_a_jack_server_is_asked_less_often(anyio_backend: object, auto_card: Card) -> None:
    found = await sd.query_devices()
    console = Console(file=io.StringIO())
    assert Watch(console, False, found).pause(2) == 2
    jack = DeviceList.make(found, ["JACK Audio Connection Kit"], (0, 0))
    assert Watch(console, False, jack).pause(2) == 10
    assert Watch(console, False, jack).pause(30) == 30


@pytest.mark.parametrize("anyio_backend", [("asyncio", {})], ids=["asyncio"])
async def test_a_child_starts_fast(anyio_backend: object) -> None:
    """It is started every other second."""
    code = "import sys, aiosounddevice.cli.snapshot; print(*sys.modules)"
    loaded = (await anyio.run_process([sys.executable, "-c", code])).stdout.decode().split()
    assert "aiosounddevice.cli.snapshot" in loaded
    assert not {"anyio", "asyncio", "numpy", "rich", "typer"} & set(loaded)
