"""`rec(until=...)`."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import sys
import threading
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import numpy as np
import pytest
import trio

import aiosounddevice as sd
from aiosounddevice.aio import takes
from aiosounddevice.core import tape
from aiosounddevice.core.takes import Take
from aiosounddevice.virtual import Card

from .cutting import Cut
from .helpers import RATE, Beside, die, numbers, opened, settle

pytestmark = pytest.mark.anyio

MIC: dict[str, Any] = {
    "samplerate": RATE,
    "channels": 1,
    "device": "microphone",
    "blocksize": 64,
    "latency": 0.0,
}


@pytest.fixture
def takes_made(monkeypatch: pytest.MonkeyPatch) -> list[Take]:
    """The takes behind `rec`, as they are made."""
    made = []

    def remember(*args: Any, **options: Any) -> Take:
        made.append(Take(*args, **options))
        return made[-1]

    monkeypatch.setattr(takes, "Take", remember)
    return made


def rec(until_: Any, **options: Any) -> Callable[[], Awaitable[np.ndarray]]:
    given = {**MIC, **options}
    if "out" in given:
        del given["channels"]
    return functools.partial(sd.rec, until=until_, **given)


def events(backend: Any) -> list[Any]:
    own = asyncio.Event if backend[0] == "asyncio" else trio.Event
    return [own(), anyio.Event()]


async def test_events_of_any_library(card: Card, anyio_backend: Any) -> None:
    for event in events(anyio_backend):
        async with anyio.create_task_group() as tasks:
            task = Beside(tasks, rec(event))
            await opened()
            await card.advance_async(640)
            await settle()
            assert not task.over
            event.set()
            take = await task.result()
        assert take.shape == (640, 1)
        assert np.array_equal(numbers(take), np.arange(640))
        assert card.open_streams == 0


async def test_an_async_function(card: Card) -> None:
    """It runs from the moment when the device runs, and its last block is the recording's."""
    began = []

    async def three_blocks() -> None:
        began.append(card.open_streams)
        async with sd.InputStream(**MIC) as mic:
            for _ in range(3):
                await mic.receive()

    async with anyio.create_task_group() as tasks:
        task = Beside(tasks, rec(three_blocks))
        await opened()
        await opened()  # the second stream
        while not task.over:
            await card.advance_async(64)
            await opened()
        take = await task.result()
    assert began == [1]
    assert len(take) == 3 * 64
    assert numbers(take).tolist() == list(range(192))


async def test_many_chunks(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tape, "CHUNK_SECONDS", 0.005)
    event = anyio.Event()
    async with anyio.create_task_group() as tasks:
        task = Beside(tasks, rec(event, dtype="float64"))
        await opened()
        await card.advance_async(12800)
        event.set()
        take = await task.result()
    assert take.dtype == np.float64
    assert np.array_equal(numbers(take), np.arange(12800))


async def test_a_long_one_is_joined_in_a_thread(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(takes, "_LARGE", 2560)
    where = []
    join = tape.Tape.result

    def result(self: tape.Tape) -> np.ndarray:
        where.append(threading.current_thread() is threading.main_thread())
        return join(self)

    monkeypatch.setattr(tape.Tape, "result", result)
    for frames, here in ((576, True), (640, False)):
        event = anyio.Event()
        async with anyio.create_task_group() as tasks:
            task = Beside(tasks, rec(event))
            await opened()
            await card.advance_async(frames)
            event.set()
            assert np.array_equal(numbers(await task.result()), np.arange(frames))
        assert where.pop() is here


async def test_already_over(card: Card) -> None:
    event = anyio.Event()
    event.set()
    take = await rec(event, channels=2)()
    assert take.shape == (0, 2)
    assert card.open_streams == 0


@pytest.mark.parametrize("cap", [1, 640, 1000])
@pytest.mark.parametrize("given", ["frames", "out"])
async def test_the_cap_comes_first(card: Card, cap: int, given: str) -> None:
    ended = []

    async def never() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(True)

    out = np.ones((cap, 1), np.float32)
    options: dict[str, Any] = {"frames": cap} if given == "frames" else {"out": out}
    async with anyio.create_task_group() as tasks:
        task = Beside(tasks, rec(never, **options))
        await opened()
        await card.advance_async(6400)
        take = await task.result()
    assert ended == [True]
    assert np.array_equal(numbers(take), np.arange(cap))
    assert (take is out) == (given == "out")


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
async def test_of_out_the_filled_part_is_returned(card: Card, dtype: str) -> None:
    event = anyio.Event()
    out = np.ones((1000, 1), dtype)
    async with anyio.create_task_group() as tasks:
        task = Beside(tasks, rec(event, out=out))
        await opened()
        await card.advance_async(640)
        event.set()
        take = await task.result()
    assert take.shape == (640, 1)
    assert take.base is out
    if dtype != "uint8":
        assert np.array_equal(numbers(out[:640]), np.arange(640))
    kept = out.copy()
    await card.advance_async(6400)
    assert np.array_equal(out, kept)


async def test_an_automatic_clock_waits_for_the_cap(auto_card: Card) -> None:
    take = await rec(anyio.Event(), frames=RATE)()
    assert np.array_equal(numbers(take), np.arange(RATE))


async def test_without_a_cap_an_automatic_clock_waits_for_until(auto_card: Card) -> None:
    async def a_second() -> None:
        await anyio.sleep(0.01)  # of a clock that the card knows nothing of
        async with sd.InputStream(**MIC) as mic:
            await mic.read(RATE)

    take = await rec(a_second)()
    assert RATE <= len(take) <= RATE + 640
    assert np.array_equal(numbers(take), np.arange(len(take)))


# ---- errors


class SulkError(Exception):
    pass


@pytest.mark.parametrize("error", [SulkError, SystemExit])
@pytest.mark.parametrize("out", [False, True])
async def test_its_error_is_raised_as_it_is(
    card: Card, error: type[BaseException], out: bool
) -> None:
    raised = error("no")

    async def fail() -> None:
        await anyio.lowlevel.checkpoint()
        raise raised

    options = {"out": np.zeros(640, np.float32)} if out else {}
    with pytest.raises(error) as caught:
        await rec(fail, **options)()
    assert caught.value is raised
    assert card.open_streams == 0


async def test_a_group_of_its_own_is_kept(card: Card) -> None:
    async def fail() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sulk)

    async def sulk() -> None:
        raise SulkError

    with pytest.raises(Exception, match=r"unhandled errors in a TaskGroup|nursery") as caught:
        await rec(fail)()
    inner = caught.value.exceptions  # type: ignore[attr-defined]
    assert len(inner) == 1
    assert isinstance(inner[0], SulkError)


async def test_an_error_while_it_is_cancelled(card: Card) -> None:
    async def fail_late() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            raise SulkError

    async with anyio.create_task_group() as tasks:
        full = Beside(tasks, rec(fail_late, frames=640))
        await opened()
        await card.advance_async(640)
        with pytest.raises(SulkError):
            await full.result()
        cancelled = Beside(tasks, rec(fail_late))
        await opened()
        await cancelled.cancel()
        assert isinstance(cancelled.error, SulkError)
    assert card.open_streams == 0


@pytest.mark.parametrize("options", [{}, {"frames": RATE}, {"out": np.zeros(RATE, np.float32)}])
async def test_a_lost_device(card: Card, takes_made: list[Take], options: Any) -> None:
    async with anyio.create_task_group() as tasks:
        task = Beside(tasks, rec(anyio.sleep_forever, **options))
        await opened()
        await card.advance_async(640)
        die(takes_made[-1].core)
        await card.advance_async(640)
        with pytest.raises(sd.DeviceLost, match="Virtual microphone"):
            await task.result()
    assert card.open_streams == 0


async def test_no_more_memory(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise MemoryError("enough")

    for options in ({}, {"frames": 10 * RATE}):
        async with anyio.create_task_group() as tasks:
            task = Beside(tasks, rec(anyio.sleep_forever, **options))
            await opened()
            with monkeypatch.context() as patch:
                patch.setattr(tape, "_chunk", refuse)
                await card.advance_async(RATE + 64)
                if options:
                    await card.advance_async(9 * RATE)
                with pytest.raises(MemoryError, match="enough"):
                    await task.result()
        assert card.open_streams == 0


@pytest.mark.parametrize(
    "anyio_backend", [("asyncio", {"debug": True}), ("asyncio", {"use_uvloop": True})]
)
async def test_of_a_cancelled_task(card: Card) -> None:
    """On asyncio somebody else may cancel what `until` waits for."""
    other = asyncio.ensure_future(asyncio.sleep(1000))

    async def wait() -> None:
        other.cancel()
        await other

    with pytest.raises(asyncio.CancelledError):
        await rec(wait)()
    assert card.open_streams == 0
    await anyio.lowlevel.checkpoint()  # we are not cancelled


async def coroutine() -> None:
    pass


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (coroutine, "without calling it"),
        (threading.Event, "blocks"),
        (lambda: asyncio.Event, "must be an event or an async function"),
        (lambda: 5, "must be an event or an async function"),
        (lambda: int, "must be an event or an async function"),
    ],
)
async def test_what_cannot_be_waited_for(card: Card, make: Any, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        await sd.rec(until=make())
    assert not card.calls


async def test_a_function_that_is_not_async(card: Card) -> None:
    with pytest.raises(TypeError, match="must be an async function"):
        await rec(lambda: 5)()
    assert card.open_streams == 0


async def test_something_must_tell_the_length(card: Card) -> None:
    with pytest.raises(TypeError, match="frames, an array as out, or until"):
        await sd.rec(channels=1)


# ---- cancelling


@pytest.mark.parametrize("out", [False, True])
@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8, 13, 21])
async def test_cancelled_at_any_await(card: Card, steps: int, out: bool) -> None:
    array = np.full((6400, 1), 7, np.float32)
    options = {"out": array} if out else {}
    async with anyio.create_task_group() as tasks:
        task = Beside(tasks, rec(anyio.sleep_forever, **options))
        for _ in range(steps):
            await anyio.lowlevel.checkpoint()
        await task.cancel()
        assert task.cancelled
        assert card.open_streams == 0
    kept = array.copy()
    await card.advance_async(2000)
    assert np.array_equal(array, kept)


async def test_cancelled_while_until_cleans_up(card: Card) -> None:
    """Nothing is recorded meanwhile, however long that takes."""
    cleaned = anyio.Event()
    out = np.zeros((6400, 1), np.float32)

    async def slow() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await cleaned.wait()

    async with anyio.create_task_group() as tasks:
        task = Beside(tasks, rec(slow, out=out))
        await opened()
        await card.advance_async(640)
        task.scope.cancel()
        await settle()
        assert not task.over
        kept = out.copy()
        await card.advance_async(640)
        assert np.array_equal(out, kept)
        cleaned.set()
        await task.cancel()
        assert task.cancelled
    assert card.open_streams == 0


async def test_a_deadline(card: Card, anyio_backend: Any) -> None:
    with anyio.move_on_after(0.01) as scope:
        await rec(anyio.sleep_forever)()
    assert scope.cancelled_caught
    assert card.open_streams == 0
    if anyio_backend[0] == "asyncio":
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(rec(anyio.sleep_forever)(), 0.01)
        if sys.version_info >= (3, 11):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await rec(anyio.sleep_forever, frames=RATE)()
    assert card.open_streams == 0


# ---- memory


async def filled(**options: Any) -> np.ndarray:
    out = np.zeros((1000, 1), np.float32)
    with contextlib.suppress(SulkError):
        await sd.rec(out=out, samplerate=RATE, device="microphone", **options)
    return out


async def sulk() -> None:
    raise SulkError


async def recorded() -> np.ndarray:
    async with sd.recording(**MIC) as take:
        await sd.rec(1000, **MIC)
    return take.data


@pytest.mark.parametrize(
    "record",
    [
        functools.partial(sd.rec, 1000, **MIC),
        functools.partial(sd.rec, 1000, until=anyio.sleep_forever, **MIC),
        functools.partial(filled),
        functools.partial(filled, until=anyio.sleep_forever),
        functools.partial(filled, until=sulk),
        functools.partial(filled, until=anyio.lowlevel.checkpoint),
        recorded,
    ],
)
async def test_an_array_goes_with_its_last_reference(
    auto_card: Card, record: Callable[[], Awaitable[np.ndarray]]
) -> None:
    """And need not wait for the garbage collector: recordings are large."""
    gc.collect()
    gc.disable()
    try:
        array = weakref.ref(await record())
        await settle()
        assert array() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("until", [None, anyio.sleep_forever, sulk, anyio.lowlevel.checkpoint])
async def test_an_array_goes_wherever_it_is_cancelled(
    auto_card: Card, until: Callable[[], Awaitable[object]] | None
) -> None:
    async def cancelled(cut: Cut) -> weakref.ref[np.ndarray]:
        out = np.zeros((1000, 1), np.float32)
        options: dict[str, Any] = {} if until is None else {"until": until}
        with contextlib.suppress(SulkError):
            await cut(sd.rec(out=out, samplerate=RATE, device="microphone", **options))
        return weakref.ref(out)

    gc.collect()
    gc.disable()
    try:
        for at in range(20):
            cut = Cut(at)
            array = await cancelled(cut)
            await settle()
            assert array() is None, f"cancelled at await {at}"
    finally:
        gc.enable()
    assert not cut.reached
