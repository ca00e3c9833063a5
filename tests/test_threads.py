"""No PortAudio call is made on an event loop's thread, and the loop turns while a device opens."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.core import library
from aiosounddevice.virtual import Card

pytestmark = pytest.mark.anyio
SOUND = np.full((480, 2), 0.5, np.float32)


async def use_input() -> None:
    async with sd.InputStream(channels=1) as stream:
        await stream.receive()
        await stream.read(100)
        stream.read_nowait()
        await stream.stop()
        await stream.start()
        await stream.abort()


async def use_output() -> None:
    async with sd.OutputStream(channels=2) as stream:
        await stream.write(SOUND)
        await stream.send(SOUND)
        await stream.drain()
        await stream.write(SOUND)
        await stream.clear()


async def use_duplex() -> None:
    async with sd.Stream(channels=2, blocksize=64) as stream:
        async for indata, outdata in stream:
            outdata[:] = indata
            break
        stream.statistics()
        str((stream.latency, stream.time, stream.cpu_load, stream.active, stream.device))


async def use_blocks() -> None:
    async for _ in sd.blocks(100, channels=1):
        break


async def use_questions() -> None:
    await sd.query_devices()
    await sd.query_hostapis()
    await sd.check_input_settings(channels=1)
    await sd.check_output_settings(channels=1)


async def use_takes() -> None:
    await sd.play(SOUND)
    await sd.rec(100, channels=1)
    await sd.playrec(SOUND, channels=1)


async def cancel_takes() -> None:
    with anyio.move_on_after(0):
        await sd.play(SOUND)
    async with anyio.create_task_group() as group:
        group.start_soon(sd.play, SOUND, 48000, None, True)
        await sd.rec(4800, channels=1)
        group.cancel_scope.cancel()


USES = [use_input, use_output, use_duplex, use_blocks, use_questions, use_takes, cancel_takes]


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
async def test_no_call_on_the_loops_thread(
    auto_card: Card, use: Callable[[], Awaitable[None]]
) -> None:
    auto_card.clear_calls()
    await use()
    names = {call.name for call in auto_card.calls}
    assert names, "nothing was recorded, so nothing is proved"
    here = [call.name for call in auto_card.calls if call.thread_id == threading.get_native_id()]
    assert here == []


async def test_every_test_is_watched(card: Card, request: pytest.FixtureRequest) -> None:
    """What the card's fixture asks after each test is answered truly."""
    watch = request.config.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))
    await sd.query_devices()
    assert watch is not None
    assert card.calls
    assert watch.calls_on_loops(card) == []
    pa = library.current()
    assert pa is not None
    pa.lib.Pa_GetVersion()
    assert watch.calls_on_loops(card) == ["Pa_GetVersion"]
    card.clear_calls()


async def test_the_loop_turns_while_a_device_opens(realtime_card: Card) -> None:
    """A ticker of 1 ms during an open that takes 600.

    Counted, not timed: a loop that is blocked by the open ticks once or twice, one that is not
    ticks hundreds of times even on a machine that is busy.
    """
    realtime_card.slow("Pa_OpenStream", 0.6)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await anyio.sleep(0.001)
            ticks += 1

    async with anyio.create_task_group() as group:
        group.start_soon(tick)
        stream = sd.InputStream(channels=1)
        await stream.start()
        group.cancel_scope.cancel()
    await stream.aclose()
    assert ticks > 60
