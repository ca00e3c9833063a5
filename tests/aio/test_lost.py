"""Devices that die in the middle, as every waiter sees it."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.aio import base
from aiosounddevice.core import control, library, life, watchdog
from aiosounddevice.virtual import Card, Loopback, Microphone, Speaker

from .helpers import LONG, RATE, Beside, late_calls_are_over, opened, ramp, sounding

pytestmark = pytest.mark.anyio

OPTIONS: dict[str, Any] = {"samplerate": RATE, "blocksize": 64, "latency": 0.0}
JACK = "JACK Audio Connection Kit"


@pytest.fixture
def jack(card: Card) -> Iterator[Card]:
    """A card whose loopback is a JACK server's, beside a microphone and a speaker on ALSA."""
    card.define(
        [
            Loopback("system", hostapi=JACK, channels=2),
            Microphone("Alsa mic", hostapi="ALSA"),
            Speaker("Alsa speaker", hostapi="ALSA"),
        ]
    )
    yield card
    card.reset()  # streams that were given up


class Waiting:
    """Every way to wait for a device."""

    def __init__(self, tasks: anyio.abc.TaskGroup) -> None:
        self.tasks = tasks
        self.streams: list[Any] = []
        self.waiters: dict[str, Beside] = {}

    async def stream(self, stream: Any) -> Any:
        await stream.start()
        self.streams.append(stream)
        return stream

    def add(self, name: str, function: Callable[..., Awaitable[Any]], *args: Any) -> None:
        self.waiters[name] = Beside(self.tasks, function, *args)

    async def begin(self, card: Card, device: Any) -> None:
        where: dict[str, Any] = {**OPTIONS, "device": device}
        ears = [
            await self.stream(sd.InputStream(channels=1, buffer=0.01, **where)) for _ in range(2)
        ]
        mouths = [
            await self.stream(sd.OutputStream(channels=1, buffer=0.01, **where)) for _ in range(3)
        ]
        wire = await self.stream(sd.Stream(channels=1, buffer=0.01, **where))
        for mouth in mouths:
            await mouth.write(ramp(480))
        await card.advance_async(1)  # past the first block
        self.add("receive", ears[0].receive)
        self.add("read", ears[1].read, 10**6)
        self.add("write", mouths[0].write, ramp(10**5))
        self.add("drain", mouths[1].drain)
        self.add("clear", mouths[2].clear)
        self.add("duplex", wire.__anext__)
        self.blocks = sd.blocks(channels=1, **where)
        self.add("blocks", self.blocks.__anext__)
        self.add("play", _play, where)
        self.add("rec", _rec, where)
        self.add("playrec", _playrec, where)
        await opened()

    async def check(self, match: str) -> None:
        """Every one of them has been told, and is again; then close all."""
        for name, waiter in self.waiters.items():
            with contextlib.suppress(sd.DeviceLost):
                await waiter.result()
            assert isinstance(waiter.error, sd.DeviceLost), name
            assert re.search(match, str(waiter.error)), waiter.error
        await self.blocks.aclose()
        for stream in self.streams:
            assert not stream.active
            for call in ("receive", "drain", "__anext__"):
                if hasattr(stream, call):
                    with pytest.raises(sd.DeviceLost):
                        await getattr(stream, call)()
            await stream.stop()
            await stream.aclose()
            assert stream.closed


def lose_all() -> None:
    """What the watchdog does, without the wait for it."""
    for core in list(watchdog._watchdog._vigils):
        core.lose(2.0)


async def _play(where: dict[str, Any]) -> None:
    await sd.play(ramp(100), loop=True, **where)


async def _rec(where: dict[str, Any]) -> None:
    await sd.rec(10**6, channels=1, **where)


async def _playrec(where: dict[str, Any]) -> None:
    await sd.playrec(ramp(10**5), channels=1, **where)


async def sound_on(device: Any) -> np.ndarray:
    return await sd.playrec(ramp(500), channels=1, device=device, **OPTIONS)


async def advancing(card: Card, function: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    """What a function returns on a card that is moved on for it."""
    async with anyio.create_task_group() as tasks:
        task = Beside(tasks, function, *args)
        with anyio.fail_after(LONG):
            while not task.over:
                await card.advance_async(64)
        return await task.result()


def names(card: Card) -> list[str]:
    return [call.name for call in card.calls]


async def test_a_server_that_says_nothing(jack: Card) -> None:
    """As JACK when it is killed: calls on it hang, so there are none, nor on its library."""
    async with anyio.create_task_group() as tasks:
        waiting = Waiting(tasks)
        await waiting.begin(jack, "system")
        before = library.current()
        assert before is not None
        jack.die(jack.devices[0], finished=False)
        jack.clear_calls()
        lose_all()
        await waiting.check("nothing has come from 'system'.*open a new one")
        assert control.wait_idle(LONG)
        assert jack.calls == []
        assert before.retired
        assert not before.abandoned
        assert not before.streams


async def test_other_streams_of_a_library_that_lost_jack_go_on(jack: Card) -> None:
    ears = sd.InputStream(device="mic", channels=1, **OPTIONS)
    wire = sd.InputStream(device="system", channels=1, **OPTIONS)
    await ears.start()
    await wire.start()
    before = library.current()
    jack.die(jack.devices[0], finished=False)
    wire._core.lose(2.0)
    await jack.advance_async(640)
    assert (await ears.read(640)).shape == (640, 1)
    await wire.aclose()
    jack.plug(jack.devices[0])
    take = await advancing(jack, sound_on, "system")
    assert np.array_equal(sounding(take), ramp(len(sounding(take))))
    assert len(sounding(take)) > 400
    assert library.current() is not before
    jack.clear_calls()
    await ears.aclose()
    assert names(jack) == ["Pa_CloseStream"]
    assert jack.open_streams == 1, "the lost one"


async def test_a_host_that_says_so(card: Card) -> None:
    """As PulseAudio when it is killed: nothing hangs, and the library stays in use."""
    async with anyio.create_task_group() as tasks:
        waiting = Waiting(tasks)
        await waiting.begin(card, "loopback")
        before = library.current()
        card.die(card.loopback)
        await card.advance_async(1)
        await waiting.check("the host ended the stream on 'Virtual loopback'")
    assert card.open_streams == 0
    card.plug(card.loopback)
    assert (await advancing(card, sound_on, "loopback")).any()
    assert library.current() is before


async def test_a_host_that_stands_still(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """As PulseAudio when it is stopped: closing hangs, and costs the thread and the library."""
    monkeypatch.setattr(life, "LOST_LIMIT", 0.05)
    async with anyio.create_task_group() as tasks:
        waiting = Waiting(tasks)
        await waiting.begin(card, "loopback")
        before = library.current()
        assert before is not None
        card.die(card.loopback, finished=False)
        lose_all()
        await waiting.check("nothing has come from 'Virtual loopback'")
    assert before.abandoned
    card.plug(card.loopback)
    assert (await advancing(card, sound_on, "loopback")).any()
    assert library.current() is not before
    card.release()
    late_calls_are_over()
    card.reset()


@pytest.mark.parametrize("silent", [False, True])
async def test_captured_sound_comes_before_the_news(card: Card, silent: bool) -> None:
    async with sd.InputStream(device="microphone", channels=1, **OPTIONS) as mic:
        await card.advance_async(100)
        card.die(card.microphone)
        if silent:
            mic._core.lose(2.0)
        await card.advance_async(640)
        assert (await mic.read(1000)).shape == (64, 1)
        for _ in range(2):
            with pytest.raises(sd.DeviceLost):
                await mic.read(1000)


async def test_what_a_lost_stream_still_tells(card: Card) -> None:
    async with sd.OutputStream(device="speaker", channels=1, **OPTIONS) as speaker:
        await speaker.write(ramp(1000))
        await card.advance_async(640)
        speaker._core.lose(2.0)
        assert speaker.frames_written == 1000
        assert speaker.statistics().frames >= 640
        assert "running" in repr(speaker)
        assert not speaker.active
        with pytest.raises(sd.DeviceLost):
            await speaker.start()
    assert speaker.closed


async def test_the_watchdog_finds_it(realtime_card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way, in real time; only that it may take less."""
    monkeypatch.setattr(watchdog, "LEAST", 0.2)
    monkeypatch.setattr(watchdog, "CONFIRM", 0.05)
    card = realtime_card
    with anyio.fail_after(LONG):
        async with sd.InputStream(device="microphone", channels=1) as mic:
            await mic.receive()
            card.die(card.microphone, finished=False)
            with pytest.raises(sd.DeviceLost, match="nothing has come"):
                async for _ in mic:
                    pass
            card.release()  # so that closing does not hang


# ---- calls that hang


@pytest.mark.parametrize("name", ["Pa_Initialize", "Pa_OpenStream", "Pa_StartStream"])
async def test_a_start_that_hangs(
    card: Card, monkeypatch: pytest.MonkeyPatch, name: str, capfd: Any
) -> None:
    monkeypatch.setattr(life, "OPEN_LIMIT", 0.05)
    library.use("virtual")
    with card.hang(name, 1):
        with pytest.raises(sd.AudioError, match="did not return"):
            await sd.InputStream(channels=1, **OPTIONS).start()
        os.write(2, b"my own words\n")
        assert "my own words" in capfd.readouterr().err, "stderr is back"
        async with sd.InputStream(device="microphone", channels=1, **OPTIONS) as mic:
            await card.advance_async(64)
            assert len(await mic.receive()) == 64
    late_calls_are_over()
    card.reset()


async def test_a_close_that_hangs(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "CLOSE_LIMIT", 0.05)
    mic = sd.InputStream(device="microphone", channels=1, **OPTIONS)
    await mic.start()
    with card.hang("Pa_CloseStream", 1):
        await mic.aclose()
        assert mic.closed
        assert mic.statistics().callbacks == 0
        async with sd.InputStream(device="microphone", channels=1, **OPTIONS) as other:
            await card.advance_async(64)
            assert len(await other.receive()) == 64
    late_calls_are_over()
    card.reset()


async def test_a_close_is_not_waited_for_behind_an_open_that_hangs(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "CLOSE_WAIT", 0.05)
    with card.hang("Pa_OpenStream"), anyio.fail_after(LONG):
        with anyio.move_on_after(0.05) as scope:
            await sd.InputStream(channels=1, **OPTIONS).start()
        assert scope.cancelled_caught
        assert card.hanging("Pa_OpenStream") == 1
    assert control.wait_idle(LONG)
    assert card.open_streams == 0
