"""Raw streams: the same as the others, in bytes."""

from __future__ import annotations

import array
from collections.abc import AsyncIterator
from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import RATE, Beside, as_float, die, numbers, ramp, settle, sounding

pytestmark = pytest.mark.anyio

SIZES = {"float32": 4, "int32": 4, "int24": 3, "int16": 2, "int8": 1, "uint8": 1}


def microphone(**options: Any) -> sd.RawInputStream:
    given = {"device": "microphone", "channels": 1, "samplerate": RATE, "blocksize": 64}
    return sd.RawInputStream(**{**given, "latency": 0.0, **options})


def speaker(**options: Any) -> sd.RawOutputStream:
    given = {"device": "speaker", "channels": 1, "samplerate": RATE, "blocksize": 64}
    return sd.RawOutputStream(**{**given, "latency": 0.0, **options})


def integers(data: Any, size: int = 3) -> list[int]:
    data = bytes(data)
    return [
        int.from_bytes(data[n : n + size], "little", signed=True) for n in range(0, len(data), size)
    ]


def packed(values: Any, size: int = 3) -> bytes:
    return b"".join(int(value).to_bytes(size, "little", signed=True) for value in values)


# ---- input


@pytest.mark.parametrize("dtype", SIZES)
async def test_every_format(card: Card, dtype: str) -> None:
    heard = np.random.default_rng(2).integers(-120, 120, (640, 2)).astype(np.int8)
    card.microphone.feed(heard)
    async with microphone(dtype=dtype, channels=2) as mic:
        assert (mic.dtype, mic.samplesize) == (dtype, SIZES[dtype])
        await card.advance_async(640)
        data = await mic.read(640)
    assert type(data) is bytes
    assert len(data) == 640 * 2 * SIZES[dtype]
    if dtype == "int24":
        values = np.array(integers(data)) / 2**23
    else:
        values = as_float(np.frombuffer(data, dtype))
    assert np.array_equal(values.reshape(-1, 2), as_float(heard))


async def test_all_ways_to_read(card: Card) -> None:
    async with microphone(dtype="int24") as mic:
        await card.advance_async(1920)
        first = await mic.receive()
        assert integers(first) == list(range(64))
        second = await mic.read(100)
        assert integers(second) == list(range(64, 164))
        third = mic.read_nowait(36)
        assert integers(third) == list(range(164, 200))
        assert mic.info[:3] == (164, mic.info.time, 0)
        async for block in mic:
            assert integers(block) == list(range(200, 264))
            break
        rest = mic.read_nowait()
        assert integers(rest) == list(range(264, 1920))
        assert mic.read_nowait() == b""
        assert {type(data) for data in (first, second, third, rest)} == {bytes}
        assert mic.frames_read == 1920
        assert mic.frames_lost == 0


async def test_a_channel_list(card: Card) -> None:
    heard = ramp(640, 2, "int16")
    card.microphone.feed(heard)
    async with microphone(dtype="int16", channels=[2, 1]) as mic:
        await card.advance_async(640)
        data = await mic.read(640)
    assert np.array_equal(np.frombuffer(data, np.int16).reshape(-1, 2), heard[:, ::-1])


async def test_read_beyond_the_buffer(card: Card) -> None:
    async with microphone(dtype="int24", buffer=0.01) as mic, anyio.create_task_group() as tasks:
        task = Beside(tasks, mic.read, 5000)
        await settle()
        await card.advance_async(5120)
        assert integers(await task.result()) == list(range(5000))


@pytest.mark.parametrize("dtype", ["int24", "uint8"])
async def test_lost_frames_are_silence_in_their_place(card: Card, dtype: str) -> None:
    card.microphone.feed(np.full((RATE, 1), 0.5))
    sound, silence = {"int24": (b"\0\0\x40", bytes(3)), "uint8": (b"\xc0", b"\x80")}[dtype]
    options = {"dtype": dtype, "buffer": 640 / RATE, "overflow": "drop_newest"}
    async with microphone(**options) as mic, anyio.create_task_group() as tasks:
        card.advance(640 + 128)
        task = Beside(tasks, mic.read, 1000)
        await settle()
        await card.advance_async(640)
        data = await task.result()
        assert data == 640 * sound + 128 * silence + 232 * sound
        assert mic.info.lost == mic.frames_lost == 128


async def test_raise_once_a_gap(card: Card) -> None:
    async with microphone(dtype="int24", buffer=640 / RATE, overflow="raise") as mic:
        card.advance(640 + 128)
        assert integers(await mic.read(640)) == list(range(640))
        await card.advance_async(64)
        with pytest.raises(sd.InputOverflow, match="128 frames were lost"):
            await mic.receive()
        assert integers(await mic.receive()) == list(range(768, 832))


async def test_cancelled_nothing_is_lost(card: Card) -> None:
    async with (
        microphone(dtype="int24", buffer=640 / RATE) as mic,
        anyio.create_task_group() as tasks,
    ):
        heard = []
        for _ in range(5):
            task = Beside(tasks, mic.read, 5000)  # more than the buffer: it takes pieces
            await settle()
            await card.advance_async(640)
            await task.cancel()
            heard += integers(await mic.read(64))
        heard += integers(mic.read_nowait())
        assert heard == list(range(5 * 640))


async def test_stop_delivers_the_remainder(card: Card) -> None:
    async with microphone(dtype="int24") as mic:
        await card.advance_async(64)
        await mic.read(40)
        await mic.stop()
        assert integers(await mic.receive()) == list(range(40, 64))
        with pytest.raises(anyio.EndOfStream):
            await mic.receive()
        assert [block async for block in mic] == []


@pytest.mark.parametrize(("frames", "overlap"), [(100, 0), (100, 30), (30, 29), (1000, 999)])
async def test_blocks(card: Card, frames: int, overlap: int) -> None:
    async with microphone(dtype="int24") as mic:
        await card.advance_async(1920)
        start = 0
        async for block in mic.blocks(frames, overlap=overlap):
            assert type(block) is bytes
            assert integers(block) == list(range(start, start + frames))
            start += frames - overlap
            if start + frames > 1920 or start > 300:
                break


async def test_a_lost_device(card: Card) -> None:
    async with microphone(dtype="int24") as mic, anyio.create_task_group() as tasks:
        task = Beside(tasks, mic.receive)
        await settle()
        die(mic)
        await card.advance_async(64)
        with pytest.raises(sd.DeviceLost):
            await task.result()


# ---- output


@pytest.mark.parametrize("dtype", SIZES)
async def test_every_format_is_played(auto_card: Card, dtype: str) -> None:
    values = np.arange(1, 121).repeat(2)
    if dtype == "int24":
        data = packed(values * 2**16)
    elif dtype == "float32":
        data = (values / 128).astype(np.float32).tobytes()
    elif dtype == "uint8":
        data = (values + 128).astype(np.uint8).tobytes()
    else:
        data = (values * 2.0 ** (8 * SIZES[dtype] - 8)).astype(dtype).tobytes()
    async with speaker(dtype=dtype, channels=2) as out:
        assert await out.write(data) == 0
        assert out.frames_written == 120
    heard = sounding(auto_card.speaker.recorded)
    assert np.array_equal(heard * 128, values.reshape(-1, 2))


async def test_all_ways_to_write(auto_card: Card) -> None:
    """Chunks of odd sizes and all types join without a gap."""
    whole = packed(range(1, 20001))

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(3000, 60000, 3 * 777):
            yield whole[start : start + 3 * 777]

    async with speaker(dtype="int24", buffer=0.02) as out:
        await out.write(bytearray(whole[:300]))
        await out.write(b"")
        await out.send(memoryview(whole)[300:1500])
        await out.write(array.array("b", whole[1500:3000]))
        assert await out.write_from(chunks()) == 0
        assert out.statistics().output_inserted == 0
    assert numbers(sounding(auto_card.speaker.recorded)).tolist() == list(range(1, 20001))


async def test_a_chunk_may_be_changed_after_the_write(card: Card) -> None:
    async with speaker(dtype="int24") as out:
        data = bytearray(packed(range(1, 101)))
        await out.write(data)
        data[:] = bytes(300)
        data.clear()  # no buffer export holds it any more
        await card.advance_async(640)
        await out.abort()
    assert numbers(sounding(card.speaker.recorded)).tolist() == list(range(1, 101))


async def test_whole_frames_only(card: Card) -> None:
    async with speaker(dtype="int24", channels=2) as out:
        with pytest.raises(ValueError, match=r"7 bytes .* a frame has 6 bytes \(2 x int24\)"):
            await out.write(bytes(7))
        with pytest.raises(TypeError, match="bytes-like object, not list"):
            await out.write([1, 2])  # type: ignore[arg-type]
        assert out.frames_written == 0


async def test_an_underflow_is_counted_and_a_queue_cleared(card: Card) -> None:
    async with speaker(dtype="uint8") as out, anyio.create_task_group() as tasks:
        await out.write(b"\xc0" * 64)
        await card.advance_async(640)
        assert await out.write(b"\xc0" * 64) > 0
        clearing = Beside(tasks, out.clear)
        await settle()
        await card.advance_async(640)
        assert await clearing.result() == 64
        assert out.frames_discarded == 64
        await out.abort()
    heard = card.speaker.recorded[:, 0]
    assert set(heard.tolist()) == {0.0, 0.5}
    assert np.count_nonzero(heard) == 64


async def test_a_cancelled_write_tells_what_it_placed(card: Card) -> None:
    async with speaker(dtype="int24", buffer=640 / RATE) as out:
        async with anyio.create_task_group() as tasks:
            task = Beside(tasks, out.write, packed(range(1, 5001)))
            await settle()
            await card.advance_async(1280)
            await task.cancel()
        placed = out.frames_written
        assert 640 < placed < 5000
        await card.advance_async(6400)
        await out.abort()
    assert numbers(sounding(card.speaker.recorded)).tolist() == list(range(1, placed + 1))


# ---- both


async def test_pairs(card: Card) -> None:
    wire = sd.RawStream(
        RATE, 64, ("microphone", "speaker"), (1, 2), ("int16", "int24"), 0.0, prefill=2
    )
    heard = []

    async def work() -> None:
        async for indata, outdata in wire:
            assert type(indata) is bytes
            assert len(indata) == 64 * 2
            assert isinstance(outdata, memoryview)
            assert not outdata.readonly
            assert bytes(outdata) == bytes(64 * 2 * 3)
            frame = wire.info.frame
            heard.append(frame)
            outdata[:] = packed(np.arange(frame + 1, frame + 65).repeat(2))

    async with wire, anyio.create_task_group() as tasks:
        assert wire.samplesize == (2, 3)
        task = Beside(tasks, work)
        await settle()
        await card.advance_async(1280)
        await task.cancel()
        await wire.abort()
    assert heard == list(range(0, 1280, 64))
    played = numbers(card.speaker.recorded)
    expected = np.maximum(0, np.arange(len(played)) - 2 * 64 + 1)
    assert np.array_equal(played, expected)
    assert len(played) > 1000


async def test_an_unfilled_pair_of_uint8_is_silence(card: Card) -> None:
    wire = sd.RawStream(RATE, 64, ("microphone", "speaker"), 1, "uint8", 0.0)
    async with wire:
        await card.advance_async(128)
        _, outdata = await wire.__anext__()
        assert set(outdata) == {128}
        await wire.abort()
    assert not card.speaker.recorded.any()


# ---- the others


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (sd.InputStream, "RawInputStream"),
        (sd.OutputStream, "RawOutputStream"),
        (sd.Stream, "RawStream"),
    ],
)
async def test_arrays_have_no_int24(card: Card, kind: Any, raw: str) -> None:
    with pytest.raises(ValueError, match=f"NumPy has no dtype 'int24': use {raw}, or"):
        kind(dtype="int24")


async def test_options_are_the_same(card: Card) -> None:
    for kind in (sd.RawInputStream, sd.RawOutputStream, sd.RawStream):
        with pytest.raises(ValueError, match="buffer must be a positive number"):
            kind(buffer=-1)
    with pytest.raises(ValueError, match="overflow must be one of"):
        sd.RawInputStream(overflow="warn")
    assert repr(sd.RawInputStream()) == "<aiosounddevice.RawInputStream: not opened>"
