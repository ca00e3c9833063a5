"""Sound servers that die or stand still in the middle of everything."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import warnings
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import jack
import numpy
import pulse
import pytest
from jack import RATE, Cables
from numpy.typing import NDArray
from real import Host, Server, environment
from signals import ramp, sounding

import aiosounddevice as sd
from aiosounddevice.aio import reopening
from aiosounddevice.core import closing, library, life
from aiosounddevice.core.life import StreamLife

Signal = NDArray[numpy.generic]
FOREVER = 10**8
LATENCY = 0.2


class Waiting:
    """Every way to wait for a device, at once; and how each of them ended."""

    def __init__(self, *, duplex: bool) -> None:
        self.duplex = duplex
        self.errors: dict[str, str] = {}
        self.last = 0.0

    async def _wait(self, name: str, function: Callable[..., Awaitable[Any]], *args: Any) -> None:
        try:
            while True:
                await function(*args)
        except Exception as error:
            self.errors[name] = type(error).__name__
        self.last = time.monotonic()

    async def run(self, device: int, fault: Callable[[], object]) -> None:
        """Wait in all of them, let the fault happen, and wait until all have ended."""
        where: dict[str, Any] = {"device": device, "samplerate": RATE, "latency": LATENCY}
        data, others = ramp(RATE // 4), weakref.WeakSet(closing.alive)
        async with contextlib.AsyncExitStack() as streams:
            enter = streams.enter_async_context
            ears = [await enter(sd.InputStream(channels=1, **where)) for _ in range(2)]
            mouths = [await enter(sd.OutputStream(channels=1, **where)) for _ in range(3)]
            for mouth in mouths:
                await mouth.write(data)
            await ears[0].receive()
            ways: dict[str, tuple[Callable[..., Awaitable[Any]], Any]] = {
                "receive": (ears[0].receive,),
                "read": (ears[1].read, FOREVER),
                "write": (mouths[0].write, data),
                "drain": (_play_on, mouths[1], mouths[1].drain),
                "clear": (_play_on, mouths[2], mouths[2].clear),
                "blocks": (_all, sd.blocks(channels=1, **where)),
                "play": (_play, data, where),
                "rec": (_rec, where),
            }
            if self.duplex:
                wire = await enter(sd.Stream(channels=1, **where))
                ways["duplex"] = (wire.__anext__,)
                ways["playrec"] = (_playrec, where)
            async with anyio.create_task_group() as tasks:
                for name, (function, *args) in ways.items():
                    tasks.start_soon(self._wait, name, function, *args)
                await running(len(ways), others)
                await anyio.sleep(0.1)
                assert not self.errors, self.errors
                start = time.monotonic()
                fault()
            self.last -= start


async def running(streams: int, others: weakref.WeakSet[StreamLife]) -> None:
    """Wait until so many streams besides the others have had their first callback."""
    with anyio.fail_after(60):
        while sum(_runs(core) for core in set(closing.alive) - set(others)) < streams:  # noqa: ASYNC110
            await anyio.sleep(0.01)


def _runs(core: StreamLife) -> bool:
    return core.running and core.statistics().callbacks > 0


async def _play_on(mouth: sd.OutputStream, wait: Callable[[], Awaitable[Any]]) -> None:
    await mouth.write(ramp(100))
    await wait()


async def _all(blocks: AsyncIterator[Any]) -> None:
    async for _ in blocks:
        pass


async def _play(data: Signal, where: dict[str, Any]) -> None:
    await sd.play(data, loop=True, **where)


async def _rec(where: dict[str, Any]) -> None:
    await sd.rec(RATE * 60, channels=1, **where)


async def _playrec(where: dict[str, Any]) -> None:
    await sd.playrec(ramp(RATE * 60), channels=1, **where)


NAMES = {"receive", "read", "write", "drain", "clear", "blocks", "play", "rec"}
DUPLEX = {"duplex", "playrec"}


def check(waiting: dict[str, str], seconds: float, names: set[str]) -> None:
    """Fail unless everybody was told."""
    assert waiting == dict.fromkeys(names, "DeviceLost")
    assert seconds < 30  # a busy computer's two or three


@contextlib.contextmanager
def both(number: int) -> Iterator[tuple[Server, Host]]:
    """JACK, and PulseAudio as ALSA's default device."""
    with pulse.serving() as (_, alsa):
        name = f"aiosounddevice-lost-{os.getpid()}-{number}"
        own = {"JACK_DEFAULT_SERVER": name, "JACK_NO_AUDIO_RESERVATION": "1"}
        variables = environment(alsa.home, **own)
        try:
            with jack.running(alsa.home, variables) as server:
                server.reap()
                yield server, Host(alsa.home, jack.HOSTAPI, "system", own)
                server.kill()  # it would wait for clients that are gone
        finally:
            # One that was killed keeps one of eight places until another comes of that name.
            with jack.running(alsa.home, variables):
                pass
            for left in Path("/dev/shm").glob(f"jack_sem.*_{name}_*"):
                left.unlink()


async def heard_on_jack() -> Signal:
    """Play into our own recording, on a device that is found anew."""
    data = ramp(RATE // 2)
    device = f"system, {jack.HOSTAPI}"
    with Cables() as cables:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(cables.loop, 1)
            take = await sd.playrec(data, RATE, channels=1, device=device, overflow="ignore")
    heard = sounding(take)
    assert len(heard) > jack.PERIOD
    assert numpy.array_equal(heard, data[-jack.PERIOD - len(heard) : -jack.PERIOD])
    return heard


class Reading:
    """A reader who is not told of the loss."""

    def __init__(self, stream: sd.InputStream) -> None:
        self.stream = stream
        self.lost = 0
        self.again = anyio.Event()

    async def run(self) -> None:
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            end = 0
            async for block in self.stream:
                info = self.stream.info
                assert 0 <= info.frame - end <= info.lost  # some of them inside the block
                end = info.frame + len(block)
                self.lost += info.lost
                if self.lost:
                    self.again.set()


_kept: list[object] = []


async def jack_is_lost(device: int, pid: int, fault: signal.Signals) -> dict[str, Any]:
    waiting, before = Waiting(duplex=True), library.current()
    alsa = sd.InputStream(RATE, device="default, ALSA", channels=1, latency=LATENCY)
    again = sd.InputStream(RATE, device=device, channels=1, on_lost="reopen")
    reopening.SAME_ONLY = 1000.0  # ALSA's default device would do
    forgotten = sd.OutputStream(RATE, device=device, channels=1)
    await forgotten.start()
    _kept.append(forgotten)  # and never closed: the interpreter's end must not hang, nor abort
    async with alsa, again, anyio.create_task_group() as tasks:
        reading = Reading(again)
        if fault == signal.SIGKILL:  # a new client of a server that stands still would wait, too
            tasks.start_soon(reading.run)
        await waiting.run(device, lambda: os.kill(pid, fault))
        alsa.read_nowait()
        went_on = len(await alsa.read(RATE // 4))
        if fault == signal.SIGSTOP:
            os.kill(pid, signal.SIGCONT)
            heard = await heard_on_jack()
        else:
            with jack.running(Path(os.environ["HOME"]), dict(os.environ)):
                await reading.again.wait()
                heard = await heard_on_jack()
                tasks.cancel_scope.cancel()
                await again.aclose()
        tasks.cancel_scope.cancel()
        assert library.current() is not before
    return {
        "waiting": waiting.errors,
        "seconds": waiting.last,
        "went_on": went_on,
        "heard": len(heard),
        "lost": reading.lost,
    }


@pytest.mark.jack
@pytest.mark.pulse
@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_jack(fault: signal.Signals) -> None:
    with both(fault) as (server, host):
        found = host.run(jack_is_lost, "asyncio", leave=False, pid=server.pid, fault=fault)
    check(found["waiting"], found["seconds"], NAMES | DUPLEX)
    assert found["went_on"] == RATE // 4
    assert found["heard"] > jack.PERIOD
    if fault == signal.SIGKILL:
        assert found["lost"] > 2 * RATE, "it was away for longer than that"


async def pulse_is_lost(device: int, pid: int, fault: signal.Signals) -> dict[str, Any]:
    life.LOST_LIMIT = 0.5  # closing hangs for as long as the server stands still
    # PortAudio's duplex streams on PulseAudio end by themselves when the computer is busy.
    waiting = Waiting(duplex=False)
    await waiting.run(device, lambda: os.kill(pid, fault))
    found = {"waiting": waiting.errors, "seconds": waiting.last}
    if fault == signal.SIGSTOP:
        os.kill(pid, signal.SIGCONT)
        return {**found, "heard": await heard_on_pulse()}
    with pulse.running(Path(os.environ["HOME"]), dict(os.environ)):
        return {**found, "heard": await heard_on_pulse()}


async def heard_on_pulse() -> int:
    """Play, and record the sink's monitor."""
    data = ramp(RATE // 4)
    lead = numpy.zeros((RATE // 4, 1), data.dtype)  # until the monitor has noticed
    async with sd.InputStream(RATE, channels=1, latency=0.5, buffer=30) as mic:
        await mic.read(1)
        await sd.play(numpy.concatenate([lead, data]), RATE, latency=0.5)
        blocks = [mic.read_nowait()]
        with anyio.fail_after(30):
            while not any(block.any() for block in blocks) or blocks[-1].any():
                blocks.append(await mic.read(RATE // 4))
    heard = numpy.concatenate(blocks)
    # A busy computer may have made gaps; but what is there is ours, and in order.
    numbers = numpy.rint(heard[heard != 0] * 2**23)
    assert numpy.isin(numbers, numpy.rint(data * 2**23)).all()
    assert (numpy.diff(numbers) > 0).all()
    return len(numbers)


@pytest.mark.pulse
@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_pulse(fault: signal.Signals) -> None:
    with pulse.serving() as (server, host):
        server.reap()
        found = host.run(pulse_is_lost, "asyncio", leave=False, pid=server.pid, fault=fault)
    check(found["waiting"], found["seconds"], NAMES)
    assert found["heard"] > RATE // 50
