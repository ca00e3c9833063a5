"""`recording`: everything from the block's beginning to its end, however the block goes."""

from __future__ import annotations

import contextlib
import gc
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

import anyio
import anyio.lowlevel
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.aio.loops import posted
from aiosounddevice.core import life, tape
from aiosounddevice.virtual import Card
from aiosounddevice.virtual.handshake import settled

from .helpers import LONG, RATE, Beside, as_float, die, numbers, opened, ramp

pytestmark = pytest.mark.anyio

MIC: dict[str, Any] = {"samplerate": RATE, "device": "microphone", "blocksize": 64, "latency": 0.0}


@pytest.fixture(autouse=True)
def _feeders_end() -> Iterator[None]:
    yield
    gc.collect()
    for thread in threading.enumerate():
        if thread.name == "aiosounddevice recording":
            thread.join(LONG)
            assert not thread.is_alive()


@pytest.mark.parametrize("frames", [0, 64, 6400, 3 * RATE + 640])
async def test_exactly_what_was_heard(card: Card, frames: int) -> None:
    async with sd.recording(channels=1, **MIC) as take:
        await card.advance_async(frames)
        assert take.frames == frames // 64 * 64
        assert (take.samplerate, take.channels, take.dtype) == (RATE, 1, "float32")
        assert take.device == int(card.microphone)
        assert take.latency >= 0
    frames = take.frames
    assert take.data.shape == (frames, 1)
    assert take.data.dtype == np.float32
    assert take.data is take.data
    assert np.array_equal(numbers(take.data), np.arange(frames))
    assert card.open_streams == 0
    await card.advance_async(640)
    assert len(take.data) == take.frames == frames


async def test_many_chunks(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tape, "CHUNK_SECONDS", 0.005)
    async with sd.recording(channels=2, **MIC) as take:
        for _ in range(20):
            await card.advance_async(1280)
            early = take.data
            assert np.array_equal(numbers(early), np.arange(take.frames))
    assert take.frames == 20 * 1280
    assert take.info.lost == 0
    assert np.array_equal(numbers(take.data), np.arange(20 * 1280))


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "int16", "int8", "uint8"])
async def test_every_dtype(card: Card, dtype: str) -> None:
    heard = np.random.default_rng(2).integers(-120, 120, (640, 2)).astype(np.int8)
    card.microphone.feed(heard)
    async with sd.recording(dtype=dtype, **MIC) as take:
        await card.advance_async(640)
    assert take.data.dtype == take.dtype == dtype
    assert np.array_equal(as_float(take.data), as_float(heard))


async def test_channel_numbers(card: Card) -> None:
    heard = ramp(640, 2)
    card.microphone.feed(heard)
    for options in ({"mapping": [2, 1]}, {"channels": [2, 1]}):
        card.microphone.feed(heard)
        async with sd.recording(**options, **MIC) as take:
            await card.advance_async(640)
        assert np.array_equal(take.data, heard[:, ::-1])


async def test_a_cap(card: Card) -> None:
    async with sd.recording(frames=1000, channels=1, **MIC) as take:
        await card.advance_async(640)
        assert take.frames == 640
        await card.advance_async(6400)
        assert take.frames == 1000
    assert np.array_equal(numbers(take.data), np.arange(1000))


async def test_info(card: Card) -> None:
    await card.advance_async(RATE)
    async with sd.recording(channels=1, **MIC) as take:
        began = card.time
        await card.advance_async(6400)
        during = take.info
    assert during[:3] == take.info[:3]
    assert take.info.frame == 0
    assert take.info.time == pytest.approx(began, abs=64 / RATE)
    assert take.info.lost == 0
    assert not take.info.flags


async def test_a_blocked_event_loop_loses_nothing(card: Card) -> None:
    """Ten seconds of sound, as fast as may be, while no task runs at all."""

    def elsewhere() -> None:
        end = card.frame + 10 * RATE
        while card.step(end):
            while not settled():  # as an automatic clock does
                time.sleep(0)

    async with sd.recording(channels=1, **MIC) as take:
        other = threading.Thread(target=elsewhere)
        other.start()
        other.join()
    assert take.info.lost == 0
    assert np.array_equal(numbers(take.data), np.arange(10 * RATE))


async def test_too_late_is_told_and_located(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than all the memory ahead, while the feeding thread has no turn."""

    async def record(take: sd.Take) -> None:
        async with take:
            card.microphone.feed(np.full((20 * RATE, 1), 0.5))
            monkeypatch.setattr(tape.Tape, "_feed", lambda *_: None)
            card.advance(5 * RATE)

    take = sd.recording(channels=1, **MIC)
    with pytest.warns(sd.XrunWarning, match="frames of the recording are silence") as caught:
        await record(take)
    assert [each.filename for each in caught] == [__file__]
    frames = take.frames
    assert take.info.lost == frames - 3 * RATE
    assert (take.data[: 3 * RATE] == 0.5).all()
    assert not take.data[3 * RATE :].any()


async def test_an_automatic_clock_waits_for_tasks_not_for_the_feeder(auto_card: Card) -> None:
    async with sd.recording(channels=1, **MIC) as take:
        await anyio.sleep(0.02)
        assert take.frames == 0
        async with sd.InputStream(channels=1, **MIC) as mic:
            await mic.read(5 * RATE)
    assert take.frames >= 5 * RATE
    assert np.array_equal(numbers(take.data), np.arange(take.frames))


# ---- ends


async def test_left_by_an_exception(card: Card) -> None:
    async def record(take: sd.Take) -> None:
        async with take:
            await card.advance_async(640)
            raise KeyError

    take = sd.recording(channels=1, **MIC)
    with pytest.raises(KeyError):
        await record(take)
    assert "Pa_StopStream" not in [call.name for call in card.calls]
    assert card.open_streams == 0
    assert numbers(take.data).tolist() == list(range(640))


async def test_left_by_a_cancellation(card: Card) -> None:
    takes = []

    async def record() -> None:
        async with sd.recording(channels=1, **MIC) as take:
            takes.append(take)
            await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        task = Beside(tasks, record)
        await opened()
        await card.advance_async(640)
        await task.cancel()
        assert task.cancelled
    assert card.open_streams == 0
    assert numbers(takes[0].data).tolist() == list(range(640))


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8])
async def test_cancelled_while_it_opens(card: Card, steps: int) -> None:
    async def record() -> None:
        async with sd.recording(channels=1, **MIC):
            await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        task = Beside(tasks, record)
        for _ in range(steps):
            await anyio.lowlevel.checkpoint()
        await task.cancel()
        assert task.cancelled
    assert card.open_streams == 0


async def test_entered_by_one_task_and_left_by_another(card: Card) -> None:
    """No task group or cancel scope is open meanwhile: those belong to one task."""
    stack = contextlib.AsyncExitStack()
    takes = []

    async def enter() -> None:
        takes.append(await stack.enter_async_context(sd.recording(channels=1, **MIC)))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(enter)
    with anyio.CancelScope():
        await card.advance_async(640)
    await stack.aclose()
    assert numbers(takes[0].data).tolist() == list(range(640))


async def test_a_lost_device(card: Card) -> None:
    async def record(take: sd.Take, error: type[Exception] | None = None) -> None:
        async with take:
            await card.advance_async(640)
            die(take)
            await card.advance_async(640)
            if error is not None:
                raise error

    take = sd.recording(channels=1, **MIC)
    with pytest.raises(sd.DeviceLost, match="Virtual microphone"):
        await record(take)
    assert numbers(take.data).tolist() == list(range(640))
    with pytest.raises(KeyError):
        await record(sd.recording(channels=1, **MIC), KeyError)
    assert card.open_streams == 0


@pytest.mark.parametrize("overflow", ["warn", "raise", "ignore"])
async def test_an_xrun(card: Card, overflow: str) -> None:
    card.lose(card.microphone, 192, 64)

    async def record() -> Any:
        async with sd.recording(channels=1, overflow=overflow, **MIC) as take:
            await card.advance_async(640)
        return take

    if overflow == "raise":
        with pytest.raises(sd.InputOverflow, match=r"lost input.*latency="):
            await record()
    elif overflow == "warn":
        with pytest.warns(sd.XrunWarning, match="lost input") as caught:
            take = await record()
        assert [each.filename for each in caught] == [__file__]
        assert take.info.flags.input_overflow
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            take = await record()
        assert numbers(take.data).tolist()[:192] == list(range(192))
    assert card.open_streams == 0


async def test_never_left(card: Card) -> None:
    take = sd.recording(channels=1, **MIC)
    await take.__aenter__()
    with pytest.warns(ResourceWarning, match=r"Take: running.* was never closed"):
        del take


async def test_only_once(card: Card) -> None:
    take = sd.recording(channels=1, **MIC)
    with pytest.raises(sd.StreamClosed, match="async with recording"):
        _ = take.data
    assert take.frames == 0
    async with take:
        with pytest.raises(sd.StreamClosed, match="made once"):
            await take.__aenter__()
    with pytest.raises(sd.StreamClosed, match="made once"):
        await take.__aenter__()
    assert take.data.shape == (0, 1)
    assert repr(take) == "<aiosounddevice.Take: over>"


async def test_a_device_that_does_not_open(card: Card) -> None:
    for name in ("Pa_OpenStream", "Pa_StartStream"):
        card.fail(name, -9999, "the driver sulks")
        with pytest.raises(sd.PortAudioError, match="the driver sulks"):
            async with sd.recording(channels=1, **MIC):
                pass
        assert card.open_streams == 0


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"frames": 0}, ValueError, "frames must be positive"),
        ({"overflow": "drop_oldest"}, ValueError, "overflow must be one of"),
        ({"dtype": "int24"}, TypeError, "dtype must be one of"),
        ({"chanels": 1}, TypeError, "chanels"),
        ({"block_size": 1}, TypeError, "did you mean 'blocksize'"),
    ],
)
async def test_arguments(card: Card, options: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        sd.recording(**options)


async def test_a_device_that_hangs_is_given_up(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was recorded is there; another exception is not hidden."""
    monkeypatch.setattr(life, "CLOSE_LIMIT", 0.05)

    async def record(take: sd.Take, error: type[Exception] | None = None) -> None:
        async with take:
            await card.advance_async(640)
            hang = card.hang("Pa_StopStream")
            with pytest.raises(sd.CallTimeout):
                await posted(take._core.stop())
            hang.release()
            if error is not None:
                raise error

    take = sd.recording(channels=1, **MIC)
    with pytest.raises(sd.StreamClosed):
        await record(take)
    assert numbers(take.data).tolist() == list(range(640))
    with pytest.raises(KeyError):
        await record(sd.recording(channels=1, **MIC), KeyError)
    card.reset()  # nobody closes them any more
