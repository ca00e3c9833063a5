"""The life of a stream: opening, closing, failing, being forgotten, dying."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import threading
from typing import Any

import anyio
import pytest

import aiosounddevice as sd
from aiosounddevice.core import control
from aiosounddevice.virtual import Card

from .helpers import LONG, RATE, Beside, die, opened, ramp, settle

pytestmark = pytest.mark.anyio

OPTIONS: dict[str, Any] = {"samplerate": RATE, "blocksize": 64, "latency": 0.0}
KINDS = {"in": sd.InputStream, "out": sd.OutputStream, "duplex": sd.Stream}
HOST_ERROR = -9999


def names(card: Card) -> list[str]:
    return [call.name for call in card.calls]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_constructor_touches_nothing(card: Card, kind: str) -> None:
    card.clear_calls()
    stream = KINDS[kind](device="no such device", channels=1)
    assert card.calls == []
    assert not stream.closed
    assert not stream.active
    assert stream.stopped
    assert "not opened" in repr(stream)
    with pytest.raises(sd.StreamClosed, match="start"):
        _ = stream.samplerate
    with pytest.raises(sd.StreamClosed):
        stream.statistics()


@pytest.mark.parametrize("kind", KINDS)
async def test_start_is_idempotent(card: Card, kind: str) -> None:
    card.clear_calls()
    async with KINDS[kind](channels=1, **OPTIONS) as stream:
        await stream.start()
        await stream.start()
        assert stream.active
        assert not stream.stopped
        assert "running" in repr(stream)
        assert names(card).count("Pa_OpenStream") == 1
        assert names(card).count("Pa_StartStream") == 1
        await stream.abort()
        await stream.abort()
        await stream.stop()
        assert names(card).count("Pa_AbortStream") == 1
        assert names(card).count("Pa_StopStream") == 0
    await stream.aclose()
    assert names(card).count("Pa_CloseStream") == 1
    assert stream.closed
    assert "closed" in repr(stream)
    with pytest.raises(sd.StreamClosed, match="closed"):
        await stream.start()


async def test_no_portaudio_call_is_made_on_the_loop(card: Card) -> None:
    card.clear_calls()
    async with sd.InputStream(channels=1, **OPTIONS) as stream:
        await card.advance_async(640)
        await stream.receive()
        await stream.stop()
        await stream.start()
        assert stream.cpu_load >= 0
        assert stream.time >= 0
    threads = {call.thread_id for call in card.calls}
    assert len(threads) == 1
    assert threading.get_native_id() not in threads


@pytest.mark.parametrize("kind", KINDS)
async def test_not_started(card: Card, kind: str) -> None:
    stream = KINDS[kind](channels=1, **OPTIONS)
    calls: list[Any] = [stream.stop, stream.abort]
    if kind == "in":
        calls += [stream.receive, lambda: stream.read(1)]
        with pytest.raises(sd.StreamClosed, match="async with"):
            stream.read_nowait()
    elif kind == "out":
        calls += [lambda: stream.write(ramp(1)), stream.drain, stream.clear]
    else:
        calls += [stream.__anext__, stream.drain]
    for call in calls:
        with pytest.raises(anyio.ClosedResourceError, match="not started; use 'async with'"):
            await call()
    await stream.aclose()
    for call in calls:
        with pytest.raises(sd.StreamClosed, match="was closed"):
            await call()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name", ["Pa_OpenStream", "Pa_StartStream", "Pa_SetStreamFinishedCallback"]
)
async def test_a_failed_start_leaves_nothing_open(card: Card, kind: str, name: str) -> None:
    stream = KINDS[kind](channels=1, **OPTIONS)
    card.fail(name, HOST_ERROR, "the driver sulks")
    with pytest.raises(sd.PortAudioError, match="the driver sulks") as caught:
        await stream.start()
    assert caught.value.code == HOST_ERROR
    assert card.open_streams == 0
    assert stream.closed
    with pytest.raises(sd.StreamClosed):
        await stream.start()


async def test_busy_and_unsupported_have_their_own_errors(card: Card) -> None:
    card.fail("Pa_OpenStream", -9985)
    with pytest.raises(sd.DeviceBusy):
        await sd.InputStream(channels=1).start()
    with pytest.raises(sd.FormatNotSupported, match="48000"):
        await sd.InputStream(samplerate=500, channels=1).start()
    with pytest.raises(sd.DeviceNotFound, match="toaster"):
        await sd.OutputStream(device="toaster").start()


@pytest.mark.parametrize(("call", "name"), [("stop", "Pa_StopStream"), ("abort", "Pa_AbortStream")])
async def test_a_failed_stop_is_told_and_the_stream_closed(
    card: Card, call: str, name: str
) -> None:
    async with sd.InputStream(channels=1, **OPTIONS) as stream:
        card.fail(name, HOST_ERROR, "no brakes")
        with pytest.raises(sd.PortAudioError, match="no brakes"):
            await getattr(stream, call)()
        assert not stream.active
    assert card.open_streams == 0


async def test_a_failed_stop_at_the_end_of_the_block_is_told(auto_card: Card) -> None:
    auto_card.fail("Pa_StopStream", HOST_ERROR, "no brakes")
    with pytest.raises(sd.PortAudioError, match="no brakes"):
        async with sd.OutputStream(channels=1, **OPTIONS) as stream:
            await stream.write(ramp(10))
    assert auto_card.open_streams == 0


async def test_after_a_failed_close_callbacks_find_the_kernel_and_a_shut_gate(card: Card) -> None:
    """PortAudio may leave a stream open whose close failed: its memory must stay."""
    card.fail("Pa_CloseStream", HOST_ERROR, "stuck")
    with contextlib.suppress(ZeroDivisionError):
        async with sd.OutputStream(device="speaker", channels=1, **OPTIONS) as stream:
            await stream.write(ramp(1000))
            raise ZeroDivisionError
    assert stream.closed
    assert card.open_streams == 1
    del stream
    gc.collect()
    card.advance(640)
    assert not card.speaker.recorded.any()
    card.reset()


async def test_a_cancelled_start_closes(card: Card) -> None:
    for delay in range(4):
        stream = sd.InputStream(channels=1, **OPTIONS)
        async with anyio.create_task_group() as tasks:
            starter = Beside(tasks, stream.start)
            for _ in range(delay):
                await anyio.lowlevel.checkpoint()
            await starter.cancel()
        if starter.cancelled:
            assert stream.closed
            assert card.open_streams == 0
        await stream.aclose()
    with anyio.CancelScope() as scope:
        scope.cancel()
        async with sd.OutputStream(channels=1, **OPTIONS):
            pytest.fail("a cancelled scope got in")
    assert card.open_streams == 0


async def test_a_deadline_passes_through_everything(card: Card) -> None:
    card.slow("Pa_OpenStream", 0.05)
    with anyio.move_on_after(0.001) as scope:
        async with sd.InputStream(channels=1, **OPTIONS):
            pytest.fail("opening takes longer than that")
    assert scope.cancelled_caught
    assert card.open_streams == 0
    card.slow("Pa_OpenStream", 0)
    stream = sd.InputStream(channels=1, **OPTIONS)
    with anyio.move_on_after(0.01) as scope:
        async with stream:
            await stream.receive()
    assert scope.cancelled_caught
    assert stream.closed
    assert card.open_streams == 0


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout")
async def test_asyncios_own_timeout(card: Card, anyio_backend: Any) -> None:
    if anyio_backend[0] != "asyncio":
        pytest.skip("asyncio only")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), sd.InputStream(channels=1, **OPTIONS) as stream:
            await stream.receive()
    assert card.open_streams == 0
    async with sd.InputStream(channels=1, **OPTIONS) as stream:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await stream.read(100)
        await card.advance_async(128)
        assert stream.read_nowait().shape == (128, 1)


async def test_a_failing_neighbour_closes_the_stream(card: Card) -> None:
    async def listen() -> None:
        async with sd.InputStream(channels=1, **OPTIONS) as stream:
            async for _ in stream:
                pass

    async def fail() -> None:
        await opened()
        raise ZeroDivisionError

    async def both() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen)
            tasks.start_soon(fail)

    with pytest.raises(BaseException) as caught:  # noqa: PT011 - a group, of 3.10's backport too
        await both()
    assert [type(error) for error in caught.value.exceptions] == [ZeroDivisionError]
    assert card.open_streams == 0


@pytest.mark.filterwarnings("always::ResourceWarning")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_forgotten_stream_warns_and_is_closed(card: Card, kind: str) -> None:
    stream = KINDS[kind](channels=1, **OPTIONS)
    await stream.start()
    assert card.open_streams == 1
    streams = [stream]
    del stream
    with pytest.warns(ResourceWarning, match="Stream: running> was never closed"):
        streams.clear()
    assert control.wait_idle(LONG)
    assert card.open_streams == 0


async def test_a_stream_that_was_never_started_may_be_forgotten(card: Card) -> None:
    stream = sd.InputStream(channels=1)
    del stream
    gc.collect()


async def test_aclose_wakes_a_reader(card: Card) -> None:
    async with sd.InputStream(channels=1, **OPTIONS) as stream:
        async with anyio.create_task_group() as tasks:
            readers = [Beside(tasks, stream.receive)]
            await settle()
            readers.append(Beside(tasks, stream.__anext__))
            await settle()
            await stream.aclose()
            with pytest.raises(anyio.ClosedResourceError, match="closed"):
                await readers[0].result()
            with pytest.raises(anyio.BusyResourceError, match=r"^another task is in receive"):
                await readers[1].result()
        with pytest.raises(sd.StreamClosed, match="closed"):
            await stream.receive()
        with pytest.raises(sd.StreamClosed, match="closed"):
            stream.read_nowait()


async def test_what_is_known_after_aclose(card: Card) -> None:
    async with sd.InputStream(device="microphone", channels=1, **OPTIONS) as stream:
        await card.advance_async(640)
        await stream.read(600)
    assert stream.frames_read == 600
    assert stream.samplerate == RATE
    assert stream.channels == 1
    assert stream.statistics().frames == 640
    assert not stream.active
    assert stream.stopped


@pytest.mark.parametrize("kind", KINDS)
async def test_a_device_that_dies_is_told_to_every_waiter(card: Card, kind: str) -> None:
    async with anyio.create_task_group() as tasks:
        stream = KINDS[kind](channels=1, **OPTIONS, buffer=0.01)
        await stream.start()
        if kind == "in":
            waiters = [Beside(tasks, stream.read, 10**6)]
        elif kind == "out":
            await stream.write(ramp(300))
            waiters = [Beside(tasks, stream.write, ramp(10**5)), Beside(tasks, stream.drain)]
        else:
            waiters = [Beside(tasks, stream.__anext__)]
        await settle()
        if kind != "duplex":
            await card.advance_async(64)
        die(stream)
        await card.advance_async(640)
        for waiter in waiters:
            last = waiter
            if kind == "in":
                assert (await waiter.result()).shape == (64, 1)  # what was captured, first
                last = Beside(tasks, stream.receive)
            with pytest.raises(sd.DeviceLost, match="Virtual loopback"):
                await last.result()
        assert not stream.active
        with anyio.CancelScope() as scope:
            scope.cancel()
            await stream.aclose()
    assert card.open_streams == 0


def run_in_another_loop(function: Any, backend: Any) -> list[BaseException]:
    """Await a function in a loop of another thread; what it raised."""
    errors: list[BaseException] = []

    def main() -> None:
        try:
            anyio.run(function, backend=backend[0], backend_options=backend[1])
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=main)
    thread.start()
    thread.join(LONG)
    assert not thread.is_alive()
    return errors


async def test_a_stream_belongs_to_its_loop(card: Card, anyio_backend: Any) -> None:
    async with sd.InputStream(channels=1, **OPTIONS) as stream:
        for call in (stream.start, stream.receive, stream.stop, stream.abort):
            errors = run_in_another_loop(call, anyio_backend)
            assert [type(error) for error in errors] == [sd.WrongLoop]
            assert "started in another event loop" in str(errors[0])
        await card.advance_async(64)
        assert (await stream.receive()).shape == (64, 1)


async def test_another_loop_may_close_it(card: Card, anyio_backend: Any) -> None:
    stream = sd.InputStream(channels=1, **OPTIONS)
    await stream.start()
    assert run_in_another_loop(stream.aclose, anyio_backend) == []
    assert stream.closed
    assert card.open_streams == 0
    await settle()


async def test_two_loops_in_two_threads_at_once(auto_card: Card, anyio_backend: Any) -> None:
    async def listen() -> None:
        async with sd.InputStream(device="microphone", channels=1, **OPTIONS) as stream:
            for _ in range(20):
                await stream.receive()

    errors: list[list[BaseException]] = []
    thread = threading.Thread(
        target=lambda: errors.append(run_in_another_loop(listen, anyio_backend))
    )
    thread.start()
    await listen()
    await anyio.to_thread.run_sync(thread.join)
    assert errors == [[]]
