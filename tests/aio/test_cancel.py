"""Every public coroutine, cancelled at every await it makes: nothing is lost, nothing is left.

A coroutine that is public and stands in none of the cases fails `test_all_are_covered`.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice import aio
from aiosounddevice.virtual import Card

from .cancel_files import FILE_CASES
from .cutting import Cut, held, let_go
from .helpers import RATE, numbers, ramp, sounding
from .kinds import FORM, Subscription, mic, speaker, wire

MOST = 200
"""Suspensions of one call; more would be a loop without end."""

Case = Callable[[Cut, Card], Awaitable[None]]
CASES: dict[str, Case] = {}
NEVER_SUSPEND = ("Blocks.__aenter__",)  # it opens nothing yet
ASYNC = ("__aenter__", "__aexit__", "__anext__")


def case(*names: str) -> Callable[[Case], Case]:
    def register(function: Case) -> Case:
        CASES.update(dict.fromkeys(names, function))
        return function

    return register


# What its users never hold, or hold as one of the public classes.
INTERNAL = {
    "AnyioReadiness", "DuplexBase", "HasAsyncWait", "InputBase", "OutputBase", "StreamBase",
    "Reopener", "Waiter", "Waiters", "Watch", "posted",
}  # fmt: skip


def is_async(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def public() -> dict[str, Any]:
    """What users hold: the public names, and all else in the room that is not known as internal."""
    things = {name: getattr(sd, name) for name in sd.__all__}
    for each in pkgutil.iter_modules(aio.__path__, f"{aio.__name__}."):
        module = importlib.import_module(each.name)
        for name, thing in vars(module).items():
            if getattr(thing, "__module__", "") == each.name and not name.startswith("_"):
                things.setdefault(name, thing)
    return {name: thing for name, thing in things.items() if name not in INTERNAL}


def surface() -> list[str]:
    """Public coroutines, methods as Class.method."""
    found = []
    for name, thing in public().items():
        if inspect.isclass(thing):
            found += [
                f"{name}.{attribute}"
                for attribute in dir(thing)
                if is_async(getattr(thing, attribute)) or attribute in ASYNC
                if not attribute.startswith("_") or attribute in ASYNC
            ]
        elif is_async(thing):
            found.append(name)
    return found


def test_all_are_covered() -> None:
    assert sorted(surface()) == sorted({name.split(" ")[0] for name in CASES})


def assert_numbered(blocks: list[np.ndarray]) -> None:
    """Of the ramp that the microphone hears, nothing is missing and nothing comes twice."""
    told = numbers(np.concatenate(blocks))
    np.testing.assert_array_equal(told, np.arange(told[0], told[0] + len(told)))


# ---- the life of all streams


def of_all(method: str) -> Callable[[Callable[[Cut, Any], Awaitable[None]]], None]:
    """Register a case for each class of streams; it gets a stream that is not started."""

    def register(function: Callable[[Cut, Any], Awaitable[None]]) -> None:
        for name, make in (("InputStream", mic), ("OutputStream", speaker), ("Stream", wire)):

            async def one(cut: Cut, card: Card, make: Any = make) -> None:
                stream = make()
                if isinstance(stream, Subscription):
                    await stream.prepare()
                    await function(cut, stream._second)
                    await stream.finish()
                else:
                    await function(cut, stream)

            CASES[f"{name}.{method}"] = one

    return register


async def written(stream: Any, frames: int = 1000) -> None:
    if hasattr(stream, "write"):
        await stream.write(ramp(frames))


@of_all("start")
async def start(cut: Cut, stream: Any) -> None:
    await cut(stream.start())
    await stream.aclose()
    assert stream.closed


@of_all("stop")
async def stop(cut: Cut, stream: Any) -> None:
    async with stream:
        await written(stream)
        await cut(stream.stop())
        await stream.stop()
        assert not stream.active or hasattr(stream, "_parent")


@of_all("abort")
async def abort(cut: Cut, stream: Any) -> None:
    async with stream:
        await written(stream)
        await cut(stream.abort())
        await stream.abort()
        assert not stream.active or hasattr(stream, "_parent")


@of_all("aclose")
async def aclose(cut: Cut, stream: Any) -> None:
    await stream.start()
    await written(stream)
    await cut(stream.aclose())
    assert stream.closed


@of_all("__aenter__")
async def enter(cut: Cut, stream: Any) -> None:
    await cut(stream.__aenter__())
    if not cut.scope.cancelled_caught:
        await stream.__aexit__(None, None, None)
    await stream.aclose()
    assert stream.closed


@of_all("__aexit__")
async def leave(cut: Cut, stream: Any) -> None:
    await stream.__aenter__()
    await written(stream)
    await cut(stream.__aexit__(None, None, None))
    assert stream.closed


# ---- input


@case("InputStream.read")
async def read(cut: Cut, card: Card) -> None:
    """Longer than the queue: what a cancelled one has collected is given back."""
    async with mic(buffer=0.02) as stream:
        blocks = [await stream.read(100)]
        taken = await cut(stream.read(3000))
        blocks += [await stream.read(200)] if taken is None else [taken]
        blocks.append(await stream.read(100))
        assert_numbered(blocks)


@case("InputStream.receive")
async def receive(cut: Cut, card: Card) -> None:
    async with mic() as stream:
        taken = await cut(stream.receive())
        blocks = [] if taken is None else [taken]
        assert_numbered([*blocks, await stream.receive(), await stream.read(1000)])
        assert stream.frames_lost == 0


@case("InputStream.__anext__")
async def next_block(cut: Cut, card: Card) -> None:
    async with mic(overflow="raise", buffer=0.1) as stream:
        taken = await cut(stream.__anext__())
        blocks = [] if taken is None else [taken]
        assert_numbered([*blocks, await stream.__anext__(), await stream.read(1000)])


@case("Blocks.__anext__")
async def next_of_blocks(cut: Cut, card: Card) -> None:
    async with sd.blocks(100, device="microphone", samplerate=RATE, channels=1) as blocks:
        first = await cut(blocks.__anext__())
        if first is None:
            assert blocks.stream.closed or not blocks.stream.stopped
        else:
            assert_numbered([first, await blocks.__anext__()])


@case("Blocks.__anext__ (of a stream, overlapping)")
async def next_of_overlapping(cut: Cut, card: Card) -> None:
    async with mic() as stream:
        over = stream.blocks(300, overlap=100)
        before = await over.__anext__()
        taken = await cut(over.__anext__())
        after = await over.__anext__() if taken is None else taken
        assert_numbered([before, after[100:]])
        np.testing.assert_array_equal(before[200:], after[:100])


@case("Blocks.aclose", "Blocks.__aexit__")
async def close_blocks(cut: Cut, card: Card) -> None:
    blocks = sd.blocks(100, device="microphone", samplerate=RATE, channels=1)
    await blocks.__anext__()
    await cut(blocks.aclose())
    assert blocks.stream.closed


@case("Blocks.__aenter__")
async def enter_blocks(cut: Cut, card: Card) -> None:
    blocks = sd.blocks(100, device="microphone", samplerate=RATE, channels=1)
    await cut(blocks.__aenter__())
    await blocks.aclose()


# ---- output


def assert_played(card: Card, *parts: np.ndarray) -> None:
    np.testing.assert_array_equal(sounding(card.speaker.recorded[:, :1]), np.concatenate(parts))


@case("OutputStream.write")
async def write(cut: Cut, card: Card) -> None:
    """`frames_written` says what was placed: the rest, written then, joins without a gap."""
    data = ramp(3000)
    async with speaker(buffer=0.02) as stream:
        await cut(stream.write(data))
        await stream.write(data[stream.frames_written :])
    assert_played(card, data)


@case("OutputStream.send")
async def send(cut: Cut, card: Card) -> None:
    data = ramp(3000)
    async with speaker(buffer=0.02) as stream:
        await cut(stream.send(data))
        await stream.send(data[stream.frames_written :])
    assert_played(card, data)


@case("OutputStream.write_from")
async def write_from(cut: Cut, card: Card) -> None:
    data = ramp(3000)

    async def chunks() -> AsyncGenerator[np.ndarray, None]:
        for begin in range(0, 3000, 300):
            yield data[begin : begin + 300]

    async with speaker(buffer=0.02) as stream:
        source = chunks()
        await cut(stream.write_from(source))
        await source.aclose()
        await stream.write(data[stream.frames_written :])
    assert_played(card, data)


@case("OutputStream.drain")
async def drain(cut: Cut, card: Card) -> None:
    async with speaker() as stream:
        await stream.write(ramp(2000))
        await cut(stream.drain())
        await stream.drain()
        assert stream.frames_played == 2000
        assert stream.statistics().output_inserted == 0
    assert_played(card, ramp(2000))


@case("OutputStream.clear")
async def clear(cut: Cut, card: Card) -> None:
    async with speaker() as stream:
        await stream.write(ramp(20000))
        await cut(stream.clear())
        await stream.clear()
        played = stream.frames_written - stream.frames_discarded
        assert played < 20000
        await stream.write(ramp(100, start=30001))
    heard = card.speaker.recorded[:, 0]
    np.testing.assert_array_equal(
        heard[heard != 0], np.concatenate([ramp(played), ramp(100, start=30001)])[:, 0]
    )


# ---- both


@case("Stream.__anext__")
async def next_pair(cut: Cut, card: Card) -> None:
    """The input goes on without a gap, and the output after the delay that it always has."""
    async with wire() as stream:
        frames = []
        for _ in range(3):
            indata, outdata = await stream.__anext__()
            frames.append((stream.info.frame, len(indata)))
            outdata[:] = 0.5
        if (pair := await cut(stream.__anext__())) is not None:
            frames.append((stream.info.frame, len(pair[0])))
        indata, _ = await stream.__anext__()
        frames.append((stream.info.frame, len(indata)))
        assert all(
            begin + length == after for (begin, length), (after, _) in itertools.pairwise(frames)
        )
        assert stream.statistics().output_written >= 3 * 64


@case("Stream.drain")
async def drain_both(cut: Cut, card: Card) -> None:
    async with wire() as stream:
        for _ in range(3):
            _, outdata = await stream.__anext__()
            outdata[:] = 0.5
        await cut(stream.drain())
        await stream.drain()


# ---- takes and questions


@case("play")
async def play(cut: Cut, card: Card) -> None:
    await cut(sd.play(ramp(2000), RATE, device="speaker", blocksize=64))
    if cut.scope.cancelled_caught:
        now = np.count_nonzero(card.speaker.recorded)
        card.advance(2000)
        assert np.count_nonzero(card.speaker.recorded) == now
    else:
        assert_played(card, ramp(2000))


@case("rec")
async def rec(cut: Cut, card: Card) -> None:
    out = np.full((1000, 1), 7, np.float32)
    await cut(sd.rec(out=out, samplerate=RATE, device="microphone", blocksize=64))
    kept = out.copy()
    card.advance(2000)
    np.testing.assert_array_equal(out, kept)
    if not cut.scope.cancelled_caught:
        assert_numbered([out])


@case("playrec")
async def playrec(cut: Cut, card: Card) -> None:
    take = await cut(sd.playrec(ramp(1000), RATE, channels=1, blocksize=64))
    assert (take is None) == cut.scope.cancelled_caught


@case("Take.__aenter__")
async def enter_recording(cut: Cut, card: Card) -> None:
    take = sd.recording(samplerate=RATE, device="microphone", channels=1)
    await cut(take.__aenter__())
    if not cut.scope.cancelled_caught:
        await take.__aexit__(None, None, None)


@case("Take.__aexit__")
async def leave_recording(cut: Cut, card: Card) -> None:
    async with mic() as stream:
        take = sd.recording(samplerate=RATE, device="microphone", channels=1)
        await take.__aenter__()
        await stream.read(1000)
        await cut(take.__aexit__(None, None, None))
        assert_numbered([take.data])


async def question(cut: Cut, card: Card, name: str) -> None:
    await cut(getattr(sd, name)())


for _name in ("query_devices", "query_hostapis", "check_input_settings", "check_output_settings"):
    CASES[_name] = lambda cut, card, name=_name: question(cut, card, name)  # type: ignore[misc]


@case("measure_latency")
async def measure(cut: Cut, card: Card) -> None:
    await cut(sd.measure_latency(samplerate=RATE, channels=1, longest=0.05))


# ---- all of them


def in_form(form: str, one: Case) -> Case:
    """A case, with streams of another form."""

    async def formed(cut: Cut, card: Card) -> None:
        token = FORM.set(form)
        try:
            await one(cut, card)
        finally:
            FORM.reset(token)

    return formed


CASES.update(FILE_CASES)
for _name, _case in list(CASES.items()):
    if _name.split(".")[0] in ("InputStream", "OutputStream", "Stream"):
        CASES[f"Raw{_name}"] = in_form("raw", _case)
    if _name.startswith("InputStream."):
        _method = _name.split(".", 1)[1]
        CASES[f"Subscription.{_method}"] = in_form("subscribed", _case)
        CASES[f"RawSubscription.{_method}"] = in_form("raw subscribed", _case)


@pytest.mark.anyio
@pytest.mark.parametrize("name", sorted(CASES))
async def test_cancelled_at_every_await(
    auto_card: Card, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sd.query_devices()  # the control thread and its watch are there
    monkeypatch.chdir(tmp_path)
    before = await held(auto_card)
    for at in range(MOST):
        cut = Cut(at)
        auto_card.speaker.clear()
        with anyio.fail_after(30):
            await CASES[name](cut, auto_card)
        assert await let_go(before, auto_card) == before, f"after a cancellation at await {at}"
        if not cut.reached:
            break
    assert not cut.reached, "does it ever return?"
    assert at > 0 or name in NEVER_SUSPEND, "not even one await"
