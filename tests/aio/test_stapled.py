"""Streams as anyio's: whatever takes an object stream takes these."""

from __future__ import annotations

from typing import Any

import anyio
import numpy as np
import pytest
from anyio.abc import ObjectReceiveStream, ObjectSendStream, ObjectStream
from anyio.streams.stapled import StapledObjectStream

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import RATE, Beside, numbers, settle, sounding

pytestmark = pytest.mark.anyio

KINDS = [
    pytest.param(sd.InputStream, sd.OutputStream, id="arrays"),
    pytest.param(sd.RawInputStream, sd.RawOutputStream, id="bytes"),
]


async def stapled(
    receiver: type[Any], sender: type[Any], **options: Any
) -> StapledObjectStream[Any]:
    given = {"channels": 1, "samplerate": RATE, "blocksize": 64, **options}
    speaker, mic = sender(device="speaker", **given), receiver(device="microphone", **given)
    await mic.start()
    await speaker.start()
    return StapledObjectStream(speaker, mic)


async def sent_on(wire: ObjectStream[Any]) -> None:
    """Knows of anyio and not of us."""
    async for block in wire:
        await wire.send(block)


@pytest.mark.parametrize(("receiver", "sender"), KINDS)
async def test_send_receive_and_close(card: Card, receiver: type[Any], sender: type[Any]) -> None:
    wire = await stapled(receiver, sender)
    speaker, mic = wire.send_stream, wire.receive_stream
    assert isinstance(mic, ObjectReceiveStream)
    assert isinstance(speaker, ObjectSendStream)
    async with anyio.create_task_group() as tasks:
        task = Beside(tasks, sent_on, wire)
        await settle()
        for _ in range(10):
            await card.advance_async(64)
            await settle()
        await task.cancel()
        assert (mic.frames_read, speaker.frames_written) == (640, 640)  # type: ignore[attr-defined]
        closing = Beside(tasks, wire.aclose)
        await settle()
        await card.advance_async(4096)
        await closing.result()
    assert numbers(sounding(card.speaker.recorded)).tolist() == list(range(1, 640))
    assert mic.closed  # type: ignore[attr-defined]
    assert speaker.closed  # type: ignore[attr-defined]
    assert card.open_streams == 0
    await wire.aclose()


@pytest.mark.parametrize(("receiver", "sender"), KINDS)
async def test_errors_are_anyios(card: Card, receiver: type[Any], sender: type[Any]) -> None:
    wire = await stapled(receiver, sender)
    empty: Any = b"" if receiver is sd.RawInputStream else np.empty((0, 1), np.float32)
    async with anyio.create_task_group() as tasks:
        task = Beside(tasks, wire.receive)
        await settle()
        with pytest.raises(anyio.BusyResourceError):
            await wire.receive()
        await task.cancel()
    await wire.receive_stream.stop()  # type: ignore[attr-defined]
    with pytest.raises(anyio.EndOfStream):
        await wire.receive()
    await wire.send(empty)
    await wire.aclose()
    with pytest.raises(anyio.ClosedResourceError):
        await wire.receive()
    with pytest.raises(anyio.ClosedResourceError):
        await wire.send(empty)


@pytest.mark.parametrize(("receiver", "sender"), KINDS)
async def test_what_anyio_makes_of_them(card: Card, receiver: type[Any], sender: type[Any]) -> None:
    """A cancelled receive has taken nothing; `async with` closes."""
    async with await stapled(receiver, sender) as wire:
        with anyio.move_on_after(0) as scope:
            await wire.receive()
        assert scope.cancelled_caught
        await card.advance_async(64)
        assert wire.receive_stream.read_nowait() is not None  # type: ignore[attr-defined]
        assert wire.receive_stream.info.frame == 0  # type: ignore[attr-defined]
    assert card.open_streams == 0
