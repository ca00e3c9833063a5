"""PortAudio on ALSA's `file` and `null` plug-ins: every frame can be looked at.

These devices run as fast as the computer, so nothing here depends on time; and nothing can keep
up with them but the callback itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import alsa
import anyio
import anyio.lowlevel
import numpy
import pytest
from numpy.typing import NDArray
from real import Host
from signals import ramp, sounding

import aiosounddevice as sd

pytestmark = pytest.mark.alsa

RATE = 48000
Signal = NDArray[numpy.generic]


# ---- play, rec, playrec


async def play(device: int, data: Signal, mapping: list[int] | None) -> bool:
    return bool(await sd.play(data, RATE, mapping, device=device))


@pytest.mark.parametrize(
    ("dtype", "columns", "mapping", "channels"),
    [("float32", 2, None, 2), ("int16", 2, [3, 1], 3), ("float32", 1, [1, 2], 2)],
)
def test_played_array_is_in_the_file_once(
    files: alsa.Files,
    backend: str,
    dtype: str,
    columns: int,
    mapping: list[int] | None,
    channels: int,
) -> None:
    data = ramp(15013, columns, dtype)
    expected = numpy.zeros((len(data), channels), dtype)
    expected[:, [place - 1 for place in mapping or range(1, columns + 1)]] = data
    assert files.host.run(play, backend, data=data, mapping=mapping) is False
    found = sounding(files.played(channels, dtype))
    assert found.shape == expected.shape
    assert numpy.array_equal(found, expected)


async def rec(device: int, frames: int, dtype: str, **channels: Any) -> Signal:
    return await sd.rec(frames, RATE, dtype=dtype, device=device, overflow="raise", **channels)


@pytest.mark.parametrize(
    ("dtype", "channels"),
    [("int16", {"channels": 2}), ("float32", {"mapping": [2]}), ("float32", {"channels": [2, 1]})],
)
def test_recorded_array_is_what_the_file_held(
    files: alsa.Files, backend: str, dtype: str, channels: dict[str, Any]
) -> None:
    signal = ramp(20011, 2, dtype)
    files.feed(signal)
    found = files.host.run(rec, backend, frames=20011, dtype=dtype, **channels)
    numbers = channels.get("mapping") or channels["channels"]
    expected = signal if numbers == 2 else signal[:, [number - 1 for number in numbers]]
    assert found.dtype == dtype
    assert found.shape == expected.shape
    assert numpy.array_equal(found, expected)


async def playrec(device: int, data: Signal) -> Signal:
    return await sd.playrec(data, RATE, channels=1, device=device, overflow="raise")


def test_playrec_plays_one_file_and_records_the_other(files: alsa.Files, backend: str) -> None:
    data, signal = ramp(9001, 2), -ramp(9001)
    files.feed(signal)
    assert numpy.array_equal(files.host.run(playrec, backend, data=data), signal)
    assert numpy.array_equal(sounding(files.played(2)), data)


# ---- recordings of a length that nobody knows, and bytes


async def rec_until_full(device: int, frames: int) -> Signal:
    """More than a chunk of memory and less than all that is handed over at first."""
    return await sd.rec(frames, RATE, channels=2, device=device, until=anyio.sleep_forever)


async def record_while(device: int, frames: int) -> Signal:
    async with sd.recording(frames=frames, channels=2, samplerate=RATE, device=device) as take:
        while take.frames < frames:
            await anyio.lowlevel.checkpoint()
    return take.data


def test_chunks_of_memory_join_without_a_gap(files: alsa.Files, backend: str) -> None:
    signal = ramp(100_003, 2)
    files.feed(signal)
    for function in (rec_until_full, record_while):
        found = files.host.run(function, backend, frames=len(signal))
        assert numpy.array_equal(found, signal)


async def raw(device: int, data: bytes) -> bytes:
    """What is read, after everything was played."""
    options = {"samplerate": RATE, "device": device, "channels": 2, "dtype": "int16", "buffer": 2}
    async with sd.RawOutputStream(**options, prebuffer=2) as speaker:
        assert await speaker.write_from(parts(data)) == 0
    async with sd.RawInputStream(**options, overflow="drop_newest") as mic:
        return await mic.receive() + await mic.read(20000)


async def parts(data: bytes) -> AsyncIterator[memoryview]:
    for start in range(0, len(data), 4 * 777):
        yield memoryview(data)[start : start + 4 * 777]


def test_bytes_come_and_go_unchanged(files: alsa.Files, backend: str) -> None:
    played, recorded = ramp(15013, 2, "int16"), ramp(30011, 2, "int16")
    files.feed(recorded)
    found = files.host.run(raw, backend, data=played.tobytes())
    assert len(found) > 80000
    assert recorded.tobytes().startswith(found)
    assert numpy.array_equal(sounding(files.played(2, "int16")), played)


# ---- streams


def chunks(data: Signal) -> list[Signal]:
    """Cut into pieces of odd lengths."""
    lengths = [1, 127, 4801, 3, 997, 2048, 61]
    ends = numpy.cumsum(lengths * (len(data) // sum(lengths) + 1))
    return [piece for piece in numpy.split(data, ends[ends < len(data)]) if len(piece)]


async def write_ahead(device: int, data: Signal) -> tuple[int, int]:
    """Write all before the first frame is played, then drain."""
    speaker = sd.OutputStream(
        RATE, device=device, channels=data.shape[1], dtype=data.dtype, buffer=2, prebuffer=2
    )
    async with speaker:
        inserted = [await speaker.write(chunk) for chunk in chunks(data)]
        await speaker.drain()
        return sum(inserted), speaker.frames_written


@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_chunks_join_without_a_gap(files: alsa.Files, backend: str, dtype: str) -> None:
    data = ramp(30011, 1, dtype)
    assert files.host.run(write_ahead, backend, data=data) == (0, len(data))
    found = sounding(files.played(1, dtype))
    assert found.shape == data.shape
    assert numpy.array_equal(found, data)


async def write_behind(device: int, data: Signal) -> tuple[int, int, int]:
    """Write to a device that is always faster."""
    async with sd.OutputStream(RATE, device=device, channels=data.shape[1]) as speaker:
        told = sum([await speaker.write(chunk) for chunk in chunks(data)])
        await speaker.drain()
        return told, speaker.statistics().output_inserted, speaker.frames_written


def test_late_chunks_are_separated_by_counted_silence(files: alsa.Files, backend: str) -> None:
    data = ramp(30011)
    told, inserted, written = files.host.run(write_behind, backend, data=data)
    found = sounding(files.played(1))
    assert written == len(data)
    assert numpy.array_equal(found[found != 0], data[:, 0])
    # What write() told comes before its chunk; after the last one the device was too fast as well.
    assert told <= numpy.count_nonzero(found == 0) <= inserted


async def read(device: int, frames: list[int], buffer: float) -> tuple[list[Signal], int]:
    mic = sd.InputStream(RATE, device=device, channels=2, buffer=buffer, overflow="drop_newest")
    async with mic:
        return [await mic.read(count) for count in frames], mic.frames_lost


def test_reads_of_any_length_join_without_a_gap(files: alsa.Files, backend: str) -> None:
    signal = ramp(60000, 2)
    files.feed(signal)
    frames = [1, 4095, 20011, 256, 35637]
    blocks, lost = files.host.run(read, backend, frames=frames, buffer=60000 / RATE)
    assert [len(block) for block in blocks] == frames
    assert numpy.array_equal(numpy.concatenate(blocks), signal)
    assert lost == 0


async def iterate(device: int, count: int) -> list[tuple[Signal, sd.BlockInfo]]:
    blocks = []
    mic = sd.InputStream(RATE, 480, device=device, channels=1, buffer=0.2, overflow="drop_newest")
    async with mic:
        async for block in mic:
            blocks.append((block, mic.info))
            if len(blocks) == count:
                return blocks
    raise AssertionError("the stream ended by itself")


def test_blocks_are_located_where_they_were_in_the_file(files: alsa.Files, backend: str) -> None:
    signal = ramp(480 * 20)
    files.feed(signal)
    blocks = files.host.run(iterate, backend, count=50)
    end = 0
    for block, info in blocks:
        assert len(block) == 480
        assert info.frame == end + info.lost
        end = info.frame + len(block)
        if end <= len(signal):
            assert numpy.array_equal(block, signal[info.frame : end])
    # The first 0.2 seconds are what "drop_newest" keeps, whatever comes after them.
    assert [info.frame for _, info in blocks[:20]] == list(range(0, len(signal), 480))


# ---- null: no data, so the counts are all there is


async def count(device: int) -> dict[str, Any]:
    flags = await sd.play(ramp(200_000, 2), RATE, device=device)
    take = await sd.rec(100_000, RATE, channels=1, device=device, overflow="ignore")
    async with sd.OutputStream(RATE, device=device, channels=1) as speaker:
        await speaker.write(ramp(100_000))  # more than the queue holds
        await speaker.drain()
        outputs = speaker.frames_written, speaker.frames_played
    async with sd.InputStream(RATE, device=device, channels=1) as mic:
        data = await mic.read(100_000)
        inputs = mic.frames_read, mic.info.frame + mic.info.lost
    return {
        "flags": bool(flags),
        "take": take.shape,
        "outputs": outputs,
        "inputs": inputs,
        "read": data.shape,
    }


def test_null_counts_frames(null: Host, backend: str) -> None:
    found = null.run(count, backend)
    assert found["flags"] is False
    assert found["take"] == (100_000, 1)
    assert found["outputs"][0] == 100_000
    assert found["outputs"][1] >= 100_000
    assert found["read"] == (100_000, 1)
    assert found["inputs"][0] == 100_000


async def pairs(device: int, count: int) -> list[tuple[int, int, int]]:
    found = []
    async with sd.Stream(RATE, 256, device=device, channels=1) as wire:
        async for indata, outdata in wire:
            outdata[:] = indata
            found.append((wire.info.frame, wire.info.lost, len(outdata)))
            if len(found) == count:
                break
    return found


def test_null_duplex_counts_frames(null: Host, backend: str) -> None:
    end = 0
    for frame, lost, frames in null.run(pairs, backend, count=200):
        assert frame == end + lost
        assert frames == 256
        end = frame + frames
