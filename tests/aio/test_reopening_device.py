"""Streams that open a lost device again: which device, and how it can be ended."""

from __future__ import annotations

import anyio
import pytest

import aiosounddevice as sd
from aiosounddevice.aio import reopening
from aiosounddevice.core import control, library, life
from aiosounddevice.virtual import Card, Loopback, Microphone, Speaker

from .helpers import LONG, RATE, Beside, late_calls_are_over, numbers, settle
from .outage import OPTIONS, away, mended, trying, until

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.usefixtures("short_pauses"),
    pytest.mark.filterwarnings("ignore:the device was lost:aiosounddevice.XrunWarning"),
]


async def test_it_is_found_by_its_name_whatever_its_number(card: Card) -> None:
    first, second = Microphone("First"), Microphone("Second")
    card.define([first, second, Speaker()])
    async with (
        sd.InputStream(device="Second", **OPTIONS) as mic,
        anyio.create_task_group() as tasks,
    ):
        assert mic.device == 1
        reader = Beside(tasks, mic.receive)
        await settle()
        card.unplug(first)
        card.unplug(second)
        await card.advance_async(0)
        await trying(card)
        card.plug(second)
        await mended(mic)
        assert mic.device == 0
        await card.advance_async(64)
        await reader.result()


async def test_other_streams_of_the_library_go_on(card: Card) -> None:
    """The list of devices is made anew in a library of its own."""
    async with (
        sd.InputStream(device="loopback", **OPTIONS) as other,
        sd.InputStream(device="microphone", **OPTIONS) as mic,
        anyio.create_task_group() as tasks,
    ):
        before = library.current()
        reader = Beside(tasks, mic.receive)
        await settle()
        await away(card, card.microphone, 640)
        await mended(mic)
        await card.advance_async(640)
        assert len(await other.read(1280)) == 1280
        assert other.frames_lost == 0
        await reader.result()
        assert library.current() is not before
    assert card.open_streams == 0


async def test_after_a_while_the_default_device_will_do(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, spare = Microphone("Lost"), Microphone("Spare")
    card.define([lost, spare])
    async with (
        sd.InputStream(device="Lost", **OPTIONS) as mic,
        anyio.create_task_group() as tasks,
    ):
        reader = Beside(tasks, mic.receive)
        await settle()
        card.unplug(lost)
        await card.advance_async(0)
        await trying(card)
        assert not mic.active, "not at once"
        monkeypatch.setattr(reopening, "SAME_ONLY", 0.0)
        await mended(mic)
        await card.advance_async(64)
        await reader.result()
        assert [side.name for side in mic._core.sides] == ["Spare"]


async def test_a_device_of_another_kind_is_not_taken(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reopening, "SAME_ONLY", 0.0)
    lost, slow = Microphone("Lost", channels=2), Microphone("Slow", samplerates=[44100])
    mono = Microphone("Mono", channels=1)
    card.define([lost, slow, mono])
    card.set_default(slow)
    options = {**OPTIONS, "channels": None, "samplerate": None}
    async with (
        sd.InputStream(device="Lost", **options) as mic,
        anyio.create_task_group() as tasks,
    ):
        reader = Beside(tasks, mic.receive)
        await settle()
        card.unplug(lost)
        await card.advance_async(0)
        for other in (slow, mono):
            card.set_default(other)
            await trying(card)
            await trying(card)
            assert not mic.active
        card.plug(lost)
        await mended(mic)
        await card.advance_async(64)
        assert (await reader.result()).shape == (64, 2)
        assert mic.samplerate == RATE


async def test_jack(card: Card) -> None:
    server = Loopback("system", hostapi="JACK Audio Connection Kit", channels=2)
    card.define([server, Microphone(hostapi="ALSA")])
    async with (
        sd.InputStream(device="system", **OPTIONS) as ears,
        anyio.create_task_group() as tasks,
    ):
        before = library.current()
        reader = Beside(tasks, ears.receive)
        await settle()
        card.die(server, finished=False)
        card.clear_calls()
        ears._core.lose(2.0)
        await trying(card)
        card.plug(server)
        await mended(ears)
        await card.advance_async(64)
        await reader.result()
        assert library.current() is not before
        calls = {call.name for call in card.calls}
        assert not calls & {"Pa_StopStream", "Pa_AbortStream", "Pa_CloseStream", "Pa_Terminate"}
    card.reset()


@pytest.mark.parametrize("way", ["aclose", "stop", "abort", "cancel"])
async def test_it_can_be_ended_while_it_tries(
    card: Card, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(reopening, "FIRST_PAUSE", LONG)
    with anyio.fail_after(LONG / 2):
        async with anyio.create_task_group() as tasks:
            mic = sd.InputStream(device="microphone", **OPTIONS)
            await mic.start()
            reader = Beside(tasks, mic.receive)
            await settle()
            card.die(card.microphone)
            await card.advance_async(0)
            await until(lambda: mic._reopener._scope is not None)
            if way == "cancel":
                await reader.cancel()
            else:
                await getattr(mic, way)()
                with pytest.raises(sd.StreamClosed if way == "aclose" else anyio.EndOfStream):
                    await reader.result()
            if way in ("stop", "abort"):
                with pytest.raises(sd.DeviceLost):
                    await mic.start()
            await mic.aclose()
    assert control.wait_idle(LONG)
    assert card.open_streams == 0


async def test_a_cancelled_reader_leaves_it_to_the_next(card: Card) -> None:
    card.microphone.feed("card-ramp")
    async with (
        sd.InputStream(device="microphone", **OPTIONS) as mic,
        anyio.create_task_group() as tasks,
    ):
        for turn in range(20):
            reader = Beside(tasks, mic.read, 10**6)
            await settle()
            card.die(card.microphone)
            await card.advance_async(0)
            card.plug(card.microphone)
            for _ in range(turn):
                await anyio.lowlevel.checkpoint()
            await reader.cancel()
            reader = Beside(tasks, mic.read, 64)
            await mended(mic)
            await card.advance_async(640)
            block = numbers(await reader.result())
            assert block.tolist() == list(range(mic.info.frame, mic.info.frame + 64))
            assert len(mic.read_nowait()) == 640 - 64
        assert mic.frames_lost == 0
    assert control.wait_idle(LONG)
    assert card.open_streams == 0


@pytest.mark.parametrize("name", ["Pa_OpenStream", "Pa_CloseStream", "Pa_Initialize"])
async def test_a_driver_that_hangs_meanwhile(
    card: Card, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async with (
        sd.InputStream(device="microphone", **OPTIONS) as mic,
        anyio.create_task_group() as tasks,
    ):
        monkeypatch.setattr(life, "OPEN_LIMIT", 0.05)
        monkeypatch.setattr(life, "LOST_LIMIT", 0.05)
        reader = Beside(tasks, mic.receive)
        await settle()
        with card.hang(name, 1) as hang:
            card.die(card.microphone)
            await card.advance_async(640)
            card.plug(card.microphone)
            await until(lambda: hang.callers)
            await mended(mic)
            await card.advance_async(64)
            await reader.result()
    assert control.wait_idle(LONG)
    late_calls_are_over()
    card.reset()


async def test_names_of_what_a_stream_can_do(card: Card) -> None:
    with pytest.raises(ValueError, match="on_lost must be 'raise' or 'reopen'"):
        sd.InputStream(on_lost="ignore")
    with pytest.raises(TypeError, match="on_lost"):
        await sd.rec(10, on_lost="reopen")
